"""What cameras may send and should not: strategies, and what must hold of whatever comes.

A few of it in every run, much in the long counts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from hypothesis import strategies as st
from tests.unit.media import coding, making
from tests.unit.media.making import Exchange, Request, interleaved, reply, requests, rtp

from mingjian.media.formats import h264, h265, rtcp, sdp, sound
from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.errors import PeerError, Wrong
from mingjian.media.formats.frames import Frame
from mingjian.media.formats.h264 import H264Depacketizer
from mingjian.media.formats.h265 import H265Depacketizer
from mingjian.media.formats.reorder import MAX_WAITING
from mingjian.media.formats.rtsp import Lane, Ports, RtspClient
from mingjian.media.formats.units import Depacketizer

AUDIO = (
    "m=audio 0 RTP/AVP 97\r\na=rtpmap:97 MPEG4-GENERIC/16000\r\n"
    "a=fmtp:97 mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1408\r\na=control:track2\r\n"
)
CREDENTIALS = Credentials("who", "secret")


@cache
def described(codec: str) -> str:
    head = "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\na=control:*\r\n"
    return head + coding.pictures(codec).media_lines() + "a=control:track1\r\n" + AUDIO


def fragmented(codec: str, nal: bytes, room: int = 300) -> list[bytes]:
    if len(nal) <= room:
        return [nal]
    if codec == "h264":
        head, body, kind = bytes((nal[0] & 0xE0 | 28,)), nal[1:], nal[0] & 0x1F
    else:
        head, body, kind = bytes((nal[0] & 0x81 | 49 << 1, nal[1])), nal[2:], nal[0] >> 1 & 0x3F
    cuts = range(0, len(body), room)
    return [
        head + bytes(((at == 0) << 7 | (at + room >= len(body)) << 6 | kind,)) + body[at : at + room] for at in cuts
    ]


@cache
def packets(codec: str, count: int = 12, params: str = "bframes=3") -> tuple[bytes, ...]:
    """RTP packets of some pictures; numbers and times wrap early on."""
    made, sequence = [], 65_530
    for unit in coding.pictures(codec, params).units[:count]:
        payloads = [part for nal in unit.nals for part in fragmented(codec, nal)]
        for at, payload in enumerate(payloads):
            marker = at == len(payloads) - 1
            made.append(rtp(payload, sequence, 2**32 - 9_000 + unit.shown, marker=marker))
            sequence += 1
    return tuple(made)


@cache
def heard() -> tuple[bytes, ...]:
    pieces = coding.sound("aac").pieces[:8]
    return tuple(
        rtp(b"\x00\x10" + (len(one) << 3).to_bytes(2, "big") + one, at, 1024 * at, marker=True)
        for at, one in enumerate(pieces)
    )


REPORT = b"\x80\xc8\x00\x06" + bytes(4) + (3_900_000_000).to_bytes(4, "big") + bytes(16)


@cache
def media(codec: str) -> bytes:
    """Picture, sound and reports in one connection."""
    out, beside = bytearray(), list(heard())
    for at, packet in enumerate(packets(codec)):
        out += interleaved(packet)
        if at % 3 == 0 and beside:
            out += interleaved(beside.pop(0), 2)
        if at % 5 == 0:
            out += interleaved(REPORT, 1) + interleaved(REPORT, 3)
    return bytes(out) + b"".join(interleaved(one, 2) for one in beside)


def answers(codec: str, request: Request) -> bytes:
    match request.method:
        case "DESCRIBE" if "authorization" not in request.headers:
            told = 'WWW-Authenticate: Digest realm="r", nonce="n", qop="auth", algorithm=SHA-256\r\n'
            return reply(request, "401 Unauthorized", told + 'WWW-Authenticate: Basic realm="r"\r\n')
        case "DESCRIBE":
            return reply(request, headers="Content-Base: rtsp://camera.test/stream/\r\n", body=described(codec))
        case "SETUP":
            first = 0 if request.uri.endswith("track1") else 2
            told = f"Transport: RTP/AVP/TCP;unicast;interleaved={first}-{first + 1}\r\nSession: 42;timeout=30\r\n"
            return reply(request, headers=told)
        case _:
            return reply(request, headers="Session: 42\r\n")


# Accidents: where, and what becomes of the octets there.

ACCIDENTS = st.lists(
    st.tuples(
        st.sampled_from(["change", "remove", "repeat", "insert", "cut"]),
        st.integers(0, 1 << 16),
        st.integers(1, 2_000),
        st.binary(max_size=20)
        | st.sampled_from([b"$", b"$\x00\xff\xff", b"RTSP/1.0 200 OK\r\n", b"\r\n\r\n", b"\x00"]),
    ),
    min_size=1,
    max_size=6,
)
Accident = tuple[str, int, int, bytes]


def spoiled(data: bytes, accidents: list[Accident]) -> bytes:
    out = bytearray(data)
    for kind, place, size, octets in accidents:
        at = place % (len(out) + 1)
        match kind:
            case "change":
                out[at : at + 1] = bytes(one ^ (size & 0xFF or 1) for one in out[at : at + 1])
            case "remove":
                del out[at : at + size]
            case "repeat":
                out[at:at] = out[at : at + size]
            case "insert":
                out[at:at] = octets
            case _:
                del out[at:]
    return bytes(out)


def cut(data: bytes, places: list[int]) -> Iterator[bytes]:
    at = 0
    for place in sorted({place % (len(data) + 1) for place in places}):
        if place > at:
            yield data[at:place]
        at = max(at, place)
    if data[at:]:
        yield data[at:]


def well_formed(codec: str, frames: list[Frame]) -> None:
    """Every access unit is NAL units behind their lengths, with a picture among them; times of decoding grow."""
    for frame in frames:
        at, kinds = 0, set()
        while at < len(frame.data):
            size = int.from_bytes(frame.data[at : at + 4], "big")
            assert size >= 1
            kinds.add(coding.kind(codec, frame.data[at + 4 :]))
            at += 4 + size
        assert at == len(frame.data)
        assert any(kind <= (5 if codec == "h264" else 31) for kind in kinds)
        assert frame.parameters is not None
        assert -(2**31) <= frame.shift < 2**31


@dataclass(frozen=True, slots=True)
class Told:
    """A whole session, spoiled: `which` of the answers and of the media is hit."""

    codec: str
    which: int
    accidents: list[Accident]
    places: list[int]


SESSIONS = st.builds(
    Told,
    st.sampled_from(["h264", "h265"]),
    st.integers(0, 6),
    ACCIDENTS,
    st.lists(st.integers(0, 1 << 16), max_size=12),
)


def check_session(told: Told) -> None:
    """Frames, or the end of the session, and nothing else; what is asked is well formed, whatever was said."""
    exchange = Exchange(lambda request: answers(told.codec, request), CREDENTIALS)
    client, said, ended = exchange.client, 0, None
    client.start()
    try:
        while client.wants_to_send and said < 20:
            for request in requests(client.data_to_send()):
                assert request.method in {"DESCRIBE", "SETUP", "PLAY", "OPTIONS", "GET_PARAMETER"}
                data = answers(told.codec, request)
                if said == told.which:
                    data = spoiled(data, told.accidents)
                said += 1
                for piece in cut(data, told.places):
                    exchange.frames += client.receive(piece)
        for piece in cut(spoiled(media(told.codec), told.accidents if told.which >= said else []), told.places):
            exchange.frames += client.receive(piece)
    except PeerError as error:
        ended = error
    assert ended is None or (ended.detail.isprintable() and len(ended.detail) <= 120)
    well_formed(told.codec, exchange.frames)
    for piece_ in client.take_sound():
        assert piece_.data
    client.take_clock()
    assert len(client._rest) <= (1 << 16) + 4 + (64 << 10) + (16 << 10)


LINES = st.one_of(
    st.text(max_size=80),
    st.sampled_from(described("h264").split("\r\n") + described("h265").split("\r\n")),
    st.builds(
        lambda name, number, text: f"a={name}:{number} {text}",
        st.sampled_from(["rtpmap", "fmtp", "control"]),
        st.sampled_from(["96", "97", "0", "8", "²", "-1", "9" * 40]),
        st.text(max_size=60)
        | st.sampled_from(["H264/90000", "H265/", "/", "PCMA/8000/2", "MPEG4-GENERIC/0", "L16/9999999999/²", "H264/²"]),
    ),
    st.builds(
        lambda kind, rest: f"m={kind} {rest}", st.sampled_from(["video", "audio", "VIDEO", ""]), st.text(max_size=40)
    ),
)


def check_description(lines: list[str]) -> None:
    body = "v=0\r\n" + "\r\n".join(lines)
    try:
        found = sdp.parse(body.encode("utf-8", "replace"))
    except PeerError:
        return
    for one in found.media:
        assert 0 <= one.payload_type <= 127
        assert 0 <= one.clock_rate < 10**9
        assert 1 <= one.channels <= 8
        sound.of_media(one)
        h264.sprop_parameter_sets(one.parameters.get("sprop-parameter-sets", ""))
        h265.sprop_parameter_sets(one.parameters)

    def answer(request: Request) -> bytes:
        return reply(request, body=body) if request.method == "DESCRIBE" else answers("h264", request)

    exchange, wrong = Exchange(answer), None
    try:
        exchange.run()
    except PeerError as error:
        wrong = error.wrong
    assert wrong in (None, Wrong.NO_VIDEO, Wrong.CODEC, Wrong.MALFORMED)
    assert wrong or [request.method for request in exchange.asked][-1] == "PLAY"
    assert all(request.uri.isprintable() and " " not in request.uri for request in exchange.asked)


BEGINNINGS = {
    "h264": "7c85 7c05 7c45 7cc5 5c81 78 65 41 67 68 06",
    "h265": "620193 620113 620153 6201c1 6001 6401 64012630 2601 0201 1201 2a01 4001 4201 4401 4e01",
}
HEADS = {codec: st.sampled_from([bytes.fromhex(one) for one in text.split()]) for codec, text in BEGINNINGS.items()}


def payloads(codec: str) -> st.SearchStrategy[bytes]:
    """Some that belong to the format, some that only begin like it."""
    sets = st.sampled_from(coding.pictures(codec).sets + coding.pictures(codec, "bframes=3").sets)
    return st.one_of(
        st.binary(max_size=60),
        st.builds(lambda head, rest: head + rest, HEADS[codec], st.binary(max_size=200)),
        sets,
        st.builds(
            lambda one, place, octet: one[:place] + bytes((octet,)) + one[place:],
            sets,
            st.integers(0, 40),
            st.integers(0, 255),
        ),
        st.builds(
            lambda head, units: head + b"".join(len(one).to_bytes(2, "big") + one for one in units),
            st.just(b"\x78" if codec == "h264" else b"\x60\x01"),
            st.lists(sets | st.binary(max_size=30), max_size=5),
        ),
    )


Sent = tuple[bytes, int, int, bool, int]
TIMES = st.sampled_from([0, 0, 3600, 3600, -3600, 7200, -7200, 1, -1, 90_000 * 3600, 2**31, -(2**31), -(90_000 * 20)])


def sent(codec: str) -> st.SearchStrategy[list[Sent]]:
    """Payload, how many numbers are skipped, how much later, marker, first octet."""
    first = st.sampled_from([0x80, 0x80, 0x80, 0x90, 0xA0, 0xBF, 0x8F, 0x40])
    return st.lists(st.tuples(payloads(codec), st.integers(-3, 3), TIMES, st.booleans(), first), max_size=60)


def check_packets(codec: str, given: list[Sent], *, with_sets: bool) -> None:
    track: Depacketizer
    made = coding.pictures(codec).sets
    if codec == "h264":
        track = H264Depacketizer((made[0], made[1]) if with_sets else None)
    else:
        track = H265Depacketizer((made[0], made[1], made[2]) if with_sets else None)
    sequence, timestamp, frames = 65_530, 2**32 - 5_000, []
    for payload, skip, later, marker, first in given:
        sequence += 1 + skip
        timestamp += later
        packet = b"before" + rtp(payload, sequence, timestamp, marker=marker, first=first) + b"behind"
        track.push(packet, 6, len(packet) - 6)
        frames += track.take()
    well_formed(codec, frames)
    assert len(frames) + track.damaged_units <= 2 * len(given)


def check_reports(data: bytes, at: int) -> None:
    found, _ = rtcp.sender_reports(data, min(at, len(data)), len(data))
    assert len(found) <= rtcp.MAX_PARTS
    exchange = Exchange(lambda request: answers("h264", request), CREDENTIALS).run(media("h264")[:3_000])
    before = len(exchange.frames)
    for channel in (1, 3):
        exchange.hear(interleaved(data[:60_000], channel))
    exchange.hear(media("h264")[3_000:])
    assert len(exchange.frames) >= before
    for one in exchange.client.take_sound():
        assert abs(one.ticks) < 100 * 90_000


TURNS = st.lists(
    st.tuples(
        st.sampled_from(list(Lane)),
        st.lists(st.integers(0, 400) | st.binary(max_size=60), max_size=30),
    ),
    max_size=25,
)


def check_datagrams(codec: str, turns: list[tuple[Lane, list[int | bytes]]]) -> None:
    """Good packets in any order, as often as you like, and others among them."""

    def udp(request: Request) -> bytes:
        if request.method != "SETUP":
            return answers(codec, request)
        return reply(request, headers="Transport: RTP/AVP;unicast;server_port=6970-6971\r\nSession: 42\r\n")

    exchange = Exchange(udp, CREDENTIALS)
    client = exchange.client = RtspClient(making.CHANNEL, CREDENTIALS, "0a4f113b", Ports(5000, 5002))
    exchange.run()
    good = {Lane.PICTURE: packets(codec), Lane.SOUND: heard()}
    frames: list[Frame] = []
    for lane, given in turns:
        own = good.get(lane, (REPORT,))
        frames += client.datagrams(lane, [own[one % len(own)] if isinstance(one, int) else one for one in given])
        client.take_sound()
        assert all(len(one._waiting) <= MAX_WAITING for one in client._orders.values())
    well_formed(codec, frames)


def check_parameter_sets(codec: str, data: bytes, which: int, accidents: list[Accident]) -> None:
    good = coding.pictures(codec, "bframes=3").sets
    for one in (data, spoiled(good[which % len(good)], accidents)):
        sets = [*good]
        sets[which % len(good)] = one
        found = h264.parameters(*sets) if codec == "h264" else h265.parameters(*sets)
        if found is not None:
            assert 16 <= found.width <= 16_384
            assert 16 <= found.height <= 16_384
            assert 0 <= found.fps <= 240
            assert found.mime.isascii()
            assert (h264 if codec == "h264" else h265).configured(found.configuration) == found


SOUNDS = st.lists(
    st.tuples(
        st.one_of(
            st.binary(max_size=80),
            st.builds(
                lambda sizes, rest: b"".join(one.to_bytes(2, "big") for one in (16 * len(sizes), *sizes)) + rest,
                st.lists(st.integers(0, 65_535) | st.integers(0, 60).map(lambda size: size << 3), max_size=8),
                st.binary(max_size=200),
            ),
        ),
        st.integers(-2, 3),
        st.integers(-5_000, 5_000) | TIMES,
        st.booleans(),
        st.sampled_from((0x80, 0x80, 0x90, 0xA0)),
    ),
    max_size=60,
)


def check_sound(given: list[Sent], *, telephone: bool, pictures: list[int]) -> None:
    """Pieces that lie near the picture, whatever both clocks do; or nothing."""
    described_ = sdp.Media("audio", 8, "PCMA", 8_000, "")
    if not telephone:
        fields = {"mode": "AAC-hbr", "sizelength": "13", "indexlength": "3", "config": "1408"}
        described_ = sdp.Media("audio", 97, "MPEG4-GENERIC", 16_000, "", fields)
    track = sound.of_media(described_)
    assert track is not None
    sequence, timestamp = 65_530, 2**32 - 9_000
    for at, (payload, skip, later, marker, first) in enumerate(given):
        sequence += 1 + skip
        timestamp += later
        picture = pictures[at % len(pictures)]
        packet = b"before" + rtp(payload, sequence, timestamp, marker=marker, first=first) + b"behind"
        track.push(packet, 6, len(packet) - 6, picture)
        for piece in track.take():
            assert piece.data
            assert abs(piece.ticks - picture) <= 20 * 90_000 + 1
            assert telephone or piece.samples == 1_024
        if at % 7 == 0:
            track.align(timestamp & 0xFFFFFFFF, picture)
