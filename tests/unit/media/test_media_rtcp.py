"""Sender reports: what is read, what is left out, and that rubbish costs nothing."""

import struct
from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.media.making import STEP, Exchange, interleaved, stream

from mingjian.media.formats.rtcp import MAX_PARTS, SenderReport, sender_reports

UNIX_EPOCH = 2_208_988_800


def report(seconds: int, fraction: int = 0, timestamp: int = 0, *, blocks: int = 0, words: int | None = None) -> bytes:
    words = 6 + 6 * blocks if words is None else words
    head = struct.pack(">BBHI", 0x80 | blocks, 200, words, 7)
    return head + struct.pack(">IIIII", seconds, fraction, timestamp, 3, 4) + bytes(24 * blocks)


def other(kind: int, size: int = 8) -> bytes:
    return struct.pack(">BBH", 0x81, kind, size // 4 - 1) + bytes(size - 4)


def read(data: bytes) -> tuple[list[SenderReport], bool]:
    return sender_reports(b"before" + data + b"behind", 6, 6 + len(data))


AT = UNIX_EPOCH + 1_750_000_000
ONE = SenderReport(1_750_000_000_500_000, 90)


@pytest.mark.parametrize(
    ("data", "found", "sound"),
    [
        (report(AT, 1 << 31, 90), [ONE], True),
        (report(AT, 1 << 31, 90) + other(202, 20), [ONE], True),
        (report(AT, 1 << 31, 90, blocks=2) + other(202), [ONE], True),
        (other(201) + other(202), [], True),
        (other(201) + report(AT, 1 << 31, 90), [ONE], True),
        (report(AT, 1 << 31, 90) * 2, [ONE, ONE], True),
        (report(0, 0, 90), [], True),  # tells no time, section 6.4.1
        (report(UNIX_EPOCH, 0, 5), [SenderReport(0, 5)], True),  # an empty battery
        (report(1, 0, 5), [SenderReport((1 - UNIX_EPOCH) * 1_000_000, 5)], True),
        (report(AT, 0xFFFFFFFF, 5), [SenderReport(1_750_000_001_000_000, 5)], True),  # rounded
        (b"", [], False),
        (b"\x80\xc8", [], False),
        (report(AT)[:-1], [], False),
        (report(AT, words=7), [], False),
        (report(AT, words=5)[:24], [], False),
        (report(AT, words=6, blocks=1), [], False),  # says a block, has none
        (report(AT, 1 << 31, 90) + b"\x80", [ONE], False),
        (report(AT, 1 << 31, 90) + b"\x00" * 8, [ONE], False),
        (bytes((0x40,)) + report(AT)[1:], [], False),  # version 1
        (other(202) * MAX_PARTS, [], True),
        (other(202) * MAX_PARTS + report(AT), [], False),
    ],
)
def test_compound_packets(data: bytes, found: list[SenderReport], sound: bool) -> None:
    assert read(data) == (found, sound)


def test_ntp_is_the_time_that_it_names() -> None:
    moment = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
    seconds = int((moment - datetime(1900, 1, 1, tzinfo=UTC)).total_seconds())
    ((found,), _) = read(report(seconds))
    assert found.ntp_us == int(moment.timestamp()) * 1_000_000


@given(st.binary(max_size=300))
@example(report(AT)[:20])
def test_rubbish_is_no_report_and_no_error(data: bytes) -> None:
    found, _ = read(data)
    assert len(found) <= len(data) // 28


@given(st.lists(st.one_of(st.just(report(AT, 1 << 31, 90)), st.binary(max_size=40)), max_size=6))
def test_reports_before_rubbish_count(parts: list[bytes]) -> None:
    found, _ = read(b"".join(parts))
    whole = next((index for index, part in enumerate(parts) if part != report(AT, 1 << 31, 90)), len(parts))
    assert found[:whole] == [ONE] * whole


# In a session


def test_a_report_is_told_in_media_time_beside_the_frames() -> None:
    first = 2**32 - 9_000  # of `stream`: the clock wraps after 2.5 frames
    exchange = Exchange().run(stream(4) + interleaved(report(AT, 1 << 31, first + 3 * STEP + 900 - 2**32), 1))
    assert [frame.ticks for frame in exchange.frames] == [number * STEP for number in range(4)]
    assert exchange.client.knows_clock
    (reading,) = exchange.client.take_clock()
    assert (reading.ntp_us, reading.ticks) == (ONE.ntp_us, 3 * STEP + 900)
    assert not exchange.client.knows_clock
    assert (exchange.client.take_clock(), exchange.client.bad_reports) == ([], 0)


@pytest.mark.parametrize(
    ("media", "bad"),
    [
        (interleaved(report(AT, 0, 0), 1), 1),  # before the first packet nobody knows what its timestamp means
        (stream(1) + interleaved(report(AT, 0, 1 << 30), 1), 1),  # hours away from the picture
        (stream(1) + interleaved(b"rubbish", 1), 1),
        (stream(1) + interleaved(b"", 1) * 3, 3),
        (stream(1) + interleaved(report(AT), 2), 0),  # another channel is nobody's
    ],
)
def test_reports_that_say_nothing_are_counted_and_cost_no_frame(media: bytes, bad: int) -> None:
    exchange = Exchange().run(media + stream(30, sequence=9, timestamp=5))
    assert len(exchange.frames) >= 30
    assert (exchange.client.take_clock(), exchange.client.bad_reports) == ([], bad)


def test_reports_that_nobody_takes_are_bounded() -> None:
    exchange = Exchange().run(stream(1) + interleaved(report(AT, 0, 2**32 - 9_000), 1) * 1_000)
    assert len(exchange.client.take_clock()) == 64


@given(st.binary(max_size=200))
def test_control_packets_never_cost_a_frame(data: bytes) -> None:
    media = stream(5)
    half = len(stream(2))
    exchange = Exchange().run(media[:half] + interleaved(data, 1) + media[half:])
    assert len(exchange.frames) == 5
