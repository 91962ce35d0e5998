import asyncio
import itertools
from dataclasses import dataclass, field
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.simulate import nal, readback
from mingjian.simulate.cameras import Camera, CameraSpec, Misbehaviour
from mingjian.simulate.clips import Clip
from mingjian.simulate.encode import AccessUnit
from mingjian.simulate.sending import MAX_BUFFERED, Feed, Pacer, Stream
from mingjian.simulate.sources import ClipSource


def clip(frames: int = 6, gop: int = 3, fps: Fraction = Fraction(25)) -> Clip:
    units = tuple(
        AccessUnit((nal.numbering("h264"), b"\x41" + bytes((i % 256,)) * 50), key=i % gop == 0, timestamp_90k=0)
        for i in range(frames)
    )
    return Clip("h264", 320, 180, fps, (b"\x67", b"\x68"), units)


@dataclass(slots=True)
class Wire:
    waiting: int = 0
    sent: list[bytes] = field(default_factory=list)

    def write(self, data: bytes | bytearray) -> None:
        self.sent.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def numbers(self) -> list[int]:
        return readback.numbers(b"".join(self.sent))


def stream(source: ClipSource, wire: Wire) -> tuple[Camera, Stream]:
    camera = Camera(CameraSpec("cam/1", 7, source))
    return camera, Stream(camera, wire, 0, ssrc=1, sequence=65530, timestamp=0xFFFFFF00)


def feed(source: ClipSource, sender: Stream, count: int, started: float = 0.0) -> Feed:
    played = Feed(source, sender, started, 0)
    for _ in range(count):
        played.send_next()
    return played


def test_numbers_and_times_go_on_over_the_loop() -> None:
    wire, source = Wire(), ClipSource(clip())
    feed(source, stream(source, wire)[1], 20)
    assert wire.numbers() == list(range(20))
    assert {stamp.camera for stamp in readback.stamps(wire.sent[3])} == {7}
    stamps = [int.from_bytes(sent[8:12], "big") for sent in wire.sent]
    assert stamps == [(0xFFFFFF00 + 3600 * i) & 0xFFFFFFFF for i in range(20)]
    assert [int.from_bytes(sent[6:8], "big") for sent in wire.sent[:4]] == [65530, 65532, 65534, 0]


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001), Fraction(25, 2)])
def test_due_times_do_not_drift(fps: Fraction) -> None:
    source = ClipSource(clip(fps=fps))
    played = feed(source, stream(source, Wire())[1], 100_000)
    assert played.due == pytest.approx(float(100_000 / fps), abs=1e-6)


def test_a_slow_reader_loses_whole_frames_until_a_key_frame_and_they_are_counted() -> None:
    wire, source = Wire(), ClipSource(clip(gop=3))
    camera, sender = stream(source, wire)
    played = feed(source, sender, 4)
    wire.waiting = MAX_BUFFERED + 1
    played.send_next()  # number 4
    wire.waiting = 0
    for _ in range(4):
        played.send_next()  # 5 is no key frame; 6 is
    assert wire.numbers() == [0, 1, 2, 3, 6, 7, 8]
    assert (sender.counters.frames_sent, sender.counters.frames_dropped) == (7, 2)
    assert (camera.frames_sent, camera.frames_dropped) == (7, 2)


def test_memory_is_bounded_by_one_frame_over_the_limit() -> None:
    source = ClipSource(clip())

    @dataclass(slots=True)
    class Stuck(Wire):
        def write(self, data: bytes | bytearray) -> None:
            self.waiting += len(data)

    wire = Stuck()
    feed(source, stream(source, wire)[1], 60_000)
    assert wire.waiting <= MAX_BUFFERED + max(len(t.data) for t in source.templates)


def test_a_frozen_camera_sends_nothing_and_goes_on_at_a_key_frame_without_a_hole() -> None:
    wire, source = Wire(), ClipSource(clip(gop=3))
    camera, sender = stream(source, wire)
    played = feed(source, sender, 2)
    camera.frozen = True
    for _ in range(5):
        played.send_next()
    assert wire.numbers() == [0, 1]
    camera.frozen = False
    for _ in range(5):
        played.send_next()
    assert wire.numbers() == [0, 1, *range(2 + camera.frames_dropped, 7)]


def test_a_session_begins_with_a_key_frame() -> None:
    wire, source = Wire(), ClipSource(clip(gop=3))
    sender = stream(source, wire)[1]
    for index in (1, 2, 3, 4):
        sender.send(source.templates[index], index * 3600)
    assert wire.numbers() == [0, 1]


def test_a_fast_clock_sends_sooner_and_says_later() -> None:
    source = ClipSource(clip())
    played = Feed(source, stream(source, Wire())[1], 100.0, 0, drift_ppm=80.0)
    for _ in range(25 * 3600):
        played.send_next()
    assert played.due - 100 == pytest.approx(3600 / 1.00008, abs=1e-6)
    assert played.ticks_at(100 + 3600) == round(3600 * 90_000 * 1.00008)


def test_reports_may_be_rubbish() -> None:
    wire, source = Wire(), ClipSource(clip())
    camera = Camera(CameraSpec("cam/1", 7, source, misbehaviour=Misbehaviour.RUBBISH_REPORTS))
    Stream(camera, wire, 0, ssrc=1, sequence=1, timestamp=1).report(9000, 1_000_000.5)
    (report,) = wire.sent
    assert report[:2] == b"$\x01"
    assert int.from_bytes(report[2:4], "big") == len(report) - 4
    assert 4 * (1 + int.from_bytes(report[6:8], "big")) > len(report) - 4


def test_a_sender_report_tells_time_and_counts() -> None:
    wire, source = Wire(), ClipSource(clip())
    sender = stream(source, wire)[1]
    feed(source, sender, 4)
    sender.report(9000, 1_000_000.5)
    report = wire.sent[-1]
    assert report[:2] == b"$\x01"
    assert int.from_bytes(report[2:4], "big") == len(report) - 4
    assert report[4:6] == b"\x80\xc8"
    words = [int.from_bytes(report[8 + 4 * i : 12 + 4 * i], "big") for i in range(6)]
    assert words[1:4] == [1_000_000 + 2208988800, 1 << 31, (0xFFFFFF00 + 9000) & 0xFFFFFFFF]
    assert words[4] == 8
    assert words[5] == sum(len(s) - 2 * 16 for s in wire.sent[:4])
    assert (len(report) - 4) % 4 == 0


@given(st.floats(0, 59.999, allow_nan=False))
def test_a_clip_in_step_begins_at_the_next_key_frame_of_the_minute(second: float) -> None:
    source = ClipSource(clip(frames=900, gop=30, fps=Fraction(15)), in_step=True)
    index, wait = source.first(second)
    assert source.templates[index].key
    assert 0 < wait <= 2.0 + 1e-9
    assert (second + wait) % 60 == pytest.approx(index / 15, abs=1e-6)


def test_a_clip_in_step_must_last_a_minute() -> None:
    with pytest.raises(ValueError, match="60 s"):
        ClipSource(clip(), in_step=True)


def test_cameras_that_start_together_are_spread_over_the_frame_interval() -> None:
    async def starts() -> list[float]:
        pacer, source = Pacer(asyncio.get_running_loop()), ClipSource(clip())
        feeds = [pacer.play(source, stream(source, Wire())[1], number) for number in range(40)]
        pacer.close()
        return sorted(one.started for one in feeds)

    started = asyncio.run(starts())
    assert started[-1] - started[0] <= 0.045
    gaps = [b - a for a, b in itertools.pairwise(started)]
    assert max(gaps) < 0.004


def test_the_pacer_sends_in_real_time_and_stops_for_closed_feeds() -> None:
    async def run() -> tuple[list[int], float, int]:
        loop = asyncio.get_running_loop()
        pacer, source, wire = Pacer(loop), ClipSource(clip(fps=Fraction(200))), Wire()
        played = pacer.play(source, stream(source, wire)[1], 1)
        began = loop.time()
        while len(wire.sent) < 60:
            await asyncio.sleep(0.005)
            assert loop.time() - began < 10
        took = loop.time() - began
        played.closed = True
        sent = len(wire.sent)
        await asyncio.sleep(0.05)
        pacer.close()
        return wire.numbers(), took, len(wire.sent) - sent

    numbers, took, after = asyncio.run(run())
    assert numbers[:60] == list(range(60))
    assert took >= 59 / 200 - 0.01
    assert after == 0
