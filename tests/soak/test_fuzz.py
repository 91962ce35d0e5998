"""Many more examples than the daily tests have time for: what a camera sends, and what media and API say."""

import gc
import tracemalloc
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.counts import counted
from tests.unit.media import fuzzing
from tests.unit.media.fuzzing import ACCIDENTS as SPOILS
from tests.unit.media.fuzzing import LINES, SESSIONS, TURNS, Accident, Sent, Told
from tests.unit.media.making import Exchange, interleaved, rtp, stream

from mingjian.media.formats.errors import PeerError
from mingjian.media.formats.frames import Frame
from mingjian.media.formats.rtsp import Lane
from mingjian.media.live import wire
from mingjian.media.live.wire import Kind

# Five minutes of a processor: 31 ms for one example of each of the fourteen properties (measured over 800 of them).
EXAMPLES = counted("SOAK_EXAMPLES", 10_000)
pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

MEDIA = stream(30)
WHOLE = Exchange().run(MEDIA).frames
# An access unit of 16 MiB, the same joined, and as much for small parts held one by one.
MEMORY_LIMIT = 64 << 20


def content(frames: list[Frame]) -> list[tuple[bytes, int, bool]]:
    return [(one.data, one.ticks, one.key) for one in frames]


def cut(data: bytes, places: list[int]) -> Iterator[bytes]:
    at = 0
    for place in sorted({place % (len(data) + 1) for place in places}):
        yield data[at:place]
        at = place
    yield data[at:]


def hear(exchange: Exchange, pieces: Iterator[bytes] | list[bytes]) -> None:
    """Whatever is said: frames, or the end of the session, and nothing else."""
    try:
        for piece in pieces:
            exchange.hear(piece)
    except PeerError:
        return


def well_formed(frames: list[Frame]) -> None:
    """Every access unit is NAL units behind their lengths, and shows a picture."""
    for frame in frames:
        at, kinds = 0, set()
        while at < len(frame.data):
            size = int.from_bytes(frame.data[at : at + 4], "big")
            kinds.add(frame.data[at + 4] & 0x1F)
            at += 4 + size
        assert at == len(frame.data)
        assert kinds & {0, 1, 2, 3, 4, 5}


@settings(max_examples=EXAMPLES)
@given(places=st.lists(st.integers(0, len(MEDIA)), max_size=60))
def test_any_cutting_gives_the_same_frames(places: list[int]) -> None:
    exchange = Exchange().run()
    for piece in cut(MEDIA, places):
        if piece:
            exchange.hear(piece)
    assert content(exchange.frames) == content(WHOLE)


PLACE = st.integers(0, len(MEDIA))
# What happens to the stream: where, and what.
ACCIDENTS = st.lists(
    st.one_of(
        st.tuples(st.just("change"), PLACE, st.integers(1, 255)),
        st.tuples(st.just("remove"), PLACE, st.integers(1, 4000)),
        st.tuples(st.just("repeat"), PLACE, st.integers(1, 4000)),
        st.tuples(
            st.just("insert"), PLACE, st.binary(max_size=60) | st.sampled_from([b"$", b"RTSP/1.0 ", b"\r\n\r\n"])
        ),
    ),
    min_size=1,
    max_size=8,
)


def spoiled(accidents: list[tuple[str, int, int]] | list[tuple[str, int, bytes]]) -> bytes:
    data = bytearray(MEDIA)
    for kind, place, what in accidents:
        at = place % max(1, len(data))
        match kind, what:
            case "change", int():
                data[at : at + 1] = bytes(octet ^ what for octet in data[at : at + 1])
            case "remove", int():
                del data[at : at + what]
            case "repeat", int():
                data[at:at] = data[at : at + what]
            case _, bytes():
                data[at:at] = what
    return bytes(data)


@settings(max_examples=EXAMPLES)
@given(accidents=ACCIDENTS, places=st.lists(PLACE, max_size=12))
def test_a_spoiled_stream_gives_frames_or_ends(
    accidents: list[tuple[str, int, int]] | list[tuple[str, int, bytes]], places: list[int]
) -> None:
    exchange = Exchange().run()
    hear(exchange, [piece for piece in cut(spoiled(accidents), places) if piece])
    well_formed(exchange.frames)


PAYLOADS = st.one_of(
    st.binary(min_size=1, max_size=60),
    st.builds(
        lambda indicator, header, rest: bytes((indicator, header)) + rest,
        st.sampled_from((0x1C, 0x3C, 0x7C)),
        st.sampled_from((0x85, 0x05, 0x45, 0xC5, 0x81, 0x01, 0x41)),
        st.binary(max_size=1400),
    ),
    st.builds(
        lambda units: b"\x18" + b"".join(len(one).to_bytes(2, "big") + one for one in units),
        st.lists(st.binary(max_size=40), max_size=6),
    ),
)
PACKETS = st.lists(
    st.tuples(
        PAYLOADS, st.integers(-1, 3), st.integers(0, 2), st.booleans(), st.sampled_from((0x80, 0x90, 0xA0, 0x8F))
    ),
    max_size=80,
)


@settings(max_examples=EXAMPLES)
@given(packets=PACKETS)
def test_any_packets_give_well_formed_units(packets: list[tuple[bytes, int, int, bool, int]]) -> None:
    exchange, sequence, timestamp, data = Exchange().run(), 65_530, 2**32 - 5000, b""
    for payload, skip, later, marker, first in packets:
        sequence += 1 + skip
        timestamp += 3600 * later
        data += interleaved(rtp(payload, sequence, timestamp, marker=marker, first=first))
    hear(exchange, [data])
    well_formed(exchange.frames)
    ticks = [frame.ticks for frame in exchange.frames]
    assert ticks == sorted(ticks)


@settings(max_examples=EXAMPLES)
@given(
    pieces=st.lists(
        st.binary(max_size=300) | st.sampled_from([b"RTSP/1.0 200 OK\r\n", b"$\0", b"\r\n\r\n"]), max_size=30
    )
)
def test_a_stranger_only_ends_the_session(pieces: list[bytes]) -> None:
    exchange = Exchange()
    exchange.client.start()
    hear(exchange, pieces)


# Whole sessions of both codecs, with sound: the same as in every run, and many more of it.

CODECS = st.sampled_from(["h264", "h265"])


@settings(max_examples=EXAMPLES)
@given(SESSIONS)
def test_spoiled_sessions(told: Told) -> None:
    fuzzing.check_session(told)


@settings(max_examples=EXAMPLES)
@given(st.lists(LINES, max_size=40))
def test_any_descriptions(lines: list[str]) -> None:
    fuzzing.check_description(lines)


@settings(max_examples=EXAMPLES)
@given(fuzzing.sent("h264"), st.booleans())
def test_any_packets_of_h264(given_: list[Sent], with_sets: bool) -> None:
    fuzzing.check_packets("h264", given_, with_sets=with_sets)


@settings(max_examples=EXAMPLES)
@given(fuzzing.sent("h265"), st.booleans())
def test_any_packets_of_h265(given_: list[Sent], with_sets: bool) -> None:
    fuzzing.check_packets("h265", given_, with_sets=with_sets)


@settings(max_examples=EXAMPLES)
@given(fuzzing.SOUNDS, st.booleans(), st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=5))
def test_any_packets_of_sound(
    packets: list[tuple[bytes, int, int, bool, int]], telephone: bool, pictures: list[int]
) -> None:
    fuzzing.check_sound(packets, telephone=telephone, pictures=pictures)


@settings(max_examples=EXAMPLES)
@given(st.binary(max_size=400), st.integers(0, 400))
def test_any_reports(data: bytes, at: int) -> None:
    fuzzing.check_reports(data, at)


@settings(max_examples=EXAMPLES)
@given(CODECS, TURNS)
def test_any_datagrams(codec: str, turns: list[tuple[Lane, list[int | bytes]]]) -> None:
    fuzzing.check_datagrams(codec, turns)


@settings(max_examples=EXAMPLES)
@given(CODECS, st.binary(max_size=200), st.integers(0, 2), SPOILS)
def test_any_parameter_sets(codec: str, data: bytes, which: int, accidents: list[Accident]) -> None:
    fuzzing.check_parameter_sets(codec, data, which, accidents)


ENDLESS = {
    "a fragmented unit begun again and again": b"\x7c\x85" + bytes(1400),
    "a fragmented unit that never ends": b"\x7c\x05" + bytes(1400),
    "small units of one picture": b"\x41" + bytes(60),
    "units that are no picture": b"\x06" + bytes(1400),
    "aggregates": b"\x18" + b"\x00\x28" + bytes(40),
    "the smallest fragments": b"\x7c\x85\x00",
}


@pytest.mark.parametrize("payload", ENDLESS.values(), ids=ENDLESS.keys())
def test_a_picture_that_never_ends_stays_in_bounds(payload: bytes) -> None:
    """50 MB that belong to one picture: a camera without a marker bit must not take the machine's memory."""
    exchange, sequence = Exchange().run(), 0
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(50_000_000 // (200 * (len(payload) + 16)) if len(payload) > 40 else 1000):
            packets = b"".join(interleaved(rtp(payload, sequence + n, 5)) for n in range(200))
            sequence += 200
            exchange.hear(packets)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < MEMORY_LIMIT, f"{peak >> 20} MiB"


MESSAGES = st.lists(
    st.tuples(st.sampled_from(list(Kind)), st.integers(0, 2**32 - 1), st.binary(max_size=3000)), max_size=30
)


@settings(max_examples=EXAMPLES)
@given(messages=MESSAGES, places=st.lists(st.integers(0, 100_000), max_size=60))
def test_messages_survive_any_cutting(messages: list[tuple[Kind, int, bytes]], places: list[int]) -> None:
    reader = wire.Messages()
    sent = b"".join(wire.message(kind, handle, payload) for kind, handle, payload in messages)
    assert [one for piece in cut(sent, places) for one in reader.feed(piece)] == messages


@settings(max_examples=EXAMPLES)
@given(pieces=st.lists(st.binary(max_size=400), max_size=30))
def test_a_stranger_on_the_wire_is_refused_or_waited_for(pieces: list[bytes]) -> None:
    reader, told = wire.Messages(), 0
    try:
        for piece in pieces:
            told += sum(wire.HEAD.size + len(payload) for _kind, _handle, payload in reader.feed(piece))
    except wire.WireError:
        return
    assert told <= sum(map(len, pieces))
