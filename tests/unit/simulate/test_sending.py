import asyncio
import itertools
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.simulate import nal, readback
from mingjian.simulate.cameras import Camera, CameraSpec, Misbehaviour
from mingjian.simulate.clips import Clip
from mingjian.simulate.encode import AccessUnit
from mingjian.simulate.mischief import EVERY, FLOOD, HUGE, JUMPS
from mingjian.simulate.outlets import MAX_BUFFERED, Interleaved
from mingjian.simulate.sending import Feed, Pacer, PictureStream, SoundStream
from mingjian.simulate.sound import g711
from mingjian.simulate.sources import ClipSource


def clip(frames: int = 6, gop: int = 3, fps: Fraction = Fraction(25)) -> Clip:
    units = tuple(
        AccessUnit(
            (nal.numbering("h264"), b"\x41" + bytes((i % 256,)) * 50),
            key=i % gop == 0,
            timestamp_90k=round(i * 90_000 / fps),
        )
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


def stream(source: ClipSource, wire: Wire, misbehaviour: Misbehaviour | None = None) -> tuple[Camera, PictureStream]:
    camera = Camera(CameraSpec("cam/1", 7, source, misbehaviour=misbehaviour))
    return camera, PictureStream(camera, Interleaved(wire, 0), ssrc=1, sequence=65530, timestamp=0xFFFFFF00)


def feed(source: ClipSource, sender: PictureStream, count: int, started: float = 0.0) -> Feed:
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
    stream(source, wire, Misbehaviour.RUBBISH_REPORTS)[1].report(9000, 1_000_000.5)
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


def payloads(octets: bytes) -> list[bytes]:
    """The payloads of interleaved packets, by the lengths that stand before them."""
    found, at = [], 0
    while at < len(octets):
        size = int.from_bytes(octets[at + 2 : at + 4], "big")
        found.append(octets[at + 16 : at + 4 + size])
        at += 4 + size
    return found


def test_pictures_that_come_out_of_order_tell_when_they_are_shown() -> None:
    ticks = [0, 3, 1, 2, 5, 4]
    made = clip()
    units = tuple(replace(unit, timestamp_90k=3600 * at) for unit, at in zip(made.units, ticks, strict=True))
    wire, source = Wire(), ClipSource(replace(made, units=units))
    feed(source, stream(source, wire)[1], 12)
    stamps = [(int.from_bytes(sent[8:12], "big") - 0xFFFFFF00) % 2**32 // 3600 for sent in wire.sent]
    assert stamps == [*ticks, *(6 + at for at in ticks)]
    assert wire.numbers() == list(range(12))


def test_a_session_may_begin_at_a_later_key_frame() -> None:
    wire, source = Wire(), ClipSource(clip(gop=3), first_key=1)
    index, wait = source.first(17.0)
    assert (index, wait) == (3, 0.0)
    played = Feed(source, stream(source, wire)[1], 0.0, index)
    for _ in range(4):
        played.send_next()
    assert [sent[-1] for sent in wire.sent] == [3, 4, 5, 0]


def test_without_parameter_sets_in_band_they_are_left_out() -> None:
    made = clip()
    units = tuple(replace(unit, nals=(b"\x67sps", b"\x68pps", *unit.nals)) for unit in made.units)
    source = ClipSource(replace(made, units=units), in_band=False)
    assert [len(template.packets) for template in source.templates] == [2] * 6


def test_a_feed_goes_on_with_another_clip_at_its_next_frame() -> None:
    wire, one, other = Wire(), ClipSource(clip()), ClipSource(clip(frames=4, gop=2))
    sender = stream(one, wire)[1]
    played = feed(one, sender, 2)
    played.switch(other)
    for _ in range(5):
        played.send_next()
    assert [sent[-1] for sent in wire.sent] == [0, 1, 0, 1, 2, 3, 0]
    assert wire.numbers() == list(range(7))
    stamps = [int.from_bytes(sent[8:12], "big") for sent in wire.sent]
    assert stamps == [(0xFFFFFF00 + 3600 * i) & 0xFFFFFFFF for i in range(7)]


def test_a_camera_switches_to_a_clip_of_the_same_rate_only_and_tells_of_it_or_not() -> None:
    one, other = ClipSource(clip()), ClipSource(clip(frames=4))
    camera = Camera(CameraSpec("cam/1", 7, one))
    camera.switch(other, described=False)
    assert (camera.source, camera.spec.source) == (other, one)
    camera.switch(other)
    assert camera.spec.source is other
    with pytest.raises(ValueError, match="rate"):
        camera.switch(ClipSource(clip(fps=Fraction(30))))


def spoiled(kind: Misbehaviour) -> tuple[list[bytes], list[bytes]]:
    """What is sent as frames 23, 24, 25, and as frame 49."""
    wire, source = Wire(), ClipSource(clip())
    feed(source, stream(source, wire, kind)[1], 2 * EVERY)
    assert readback.numbers(b"".join(wire.sent)) == list(range(2 * EVERY))
    return wire.sent[EVERY - 2 : EVERY + 1], [wire.sent[2 * EVERY - 1]]


def test_empty_units_come_before_a_frame() -> None:
    (before, turn, after), _ = spoiled(Misbehaviour.EMPTY_UNITS)
    assert len(payloads(before)) == len(payloads(after)) == 2
    nothing, hollow, empties, fragment, *rest = payloads(turn)
    assert (nothing, len(hollow), empties[1:], len(fragment)) == (b"", 1, bytes(4), 2)
    assert len(rest) == 2
    sequences = [int.from_bytes(one[6:8], "big") for one in (turn, after)]
    assert (sequences[1] - sequences[0]) % 65536 == 6


def test_units_lie_about_their_length() -> None:
    (_, turn, _), _ = spoiled(Misbehaviour.LYING_UNITS)
    short, far, *_ = payloads(turn)
    assert int.from_bytes(short[1:3], "big") > len(short) - 3
    first = int.from_bytes(far[1:3], "big")
    assert int.from_bytes(far[3 + first : 5 + first], "big") > len(far) - 5 - first


def test_a_unit_may_be_huge() -> None:
    (_, turn, _), _ = spoiled(Misbehaviour.HUGE_UNIT)
    found = payloads(turn)
    assert sum(len(one) - 2 for one in found[:-2]) == HUGE
    assert (found[0][1] & 0xC0, found[-3][1] & 0xC0) == (0x80, 0x40)


def test_lengths_in_the_connection_lie_both_ways() -> None:
    (before, turn, _), (later,) = spoiled(Misbehaviour.LYING_LENGTHS)
    right = int.from_bytes(before[2:4], "big")
    assert int.from_bytes(turn[2:4], "big") == right - 7
    assert int.from_bytes(later[2:4], "big") == right + 1000


def test_garbage_comes_before_a_frame() -> None:
    (before, turn, _), _ = spoiled(Misbehaviour.GARBAGE)
    assert turn.count(b"GARBAGE") == 5
    assert b"GARBAGE" not in before


def test_time_jumps() -> None:
    wire, source = Wire(), ClipSource(clip())
    feed(source, stream(source, wire, Misbehaviour.TIME_JUMPS)[1], 3 * EVERY)
    stamps = [int.from_bytes(sent[8:12], "big") for sent in wire.sent]
    steps = [(later - earlier - 3600) % 2**32 for earlier, later in itertools.pairwise(stamps)]
    assert [step for step in steps if step] == [(b - a) % 2**32 for a, b in itertools.pairwise(JUMPS[:3])]


def test_a_flood_is_a_hundred_times_as_many_frames_in_the_same_time() -> None:
    wire, source = Wire(), ClipSource(clip())
    played = Feed(source, stream(source, wire)[1], 10.0, speed=FLOOD)
    for _ in range(25 * FLOOD):
        played.send_next()
    assert played.due == pytest.approx(11)
    assert (int.from_bytes(wire.sent[-1][8:12], "big") - 0xFFFFFF00) % 2**32 == 90_000 - 36


def test_sound_has_a_clock_of_its_own() -> None:
    wire, source = Wire(), ClipSource(clip())
    sound = g711("alaw", packet_ms=40)
    camera = Camera(CameraSpec("cam/1", 7, source, sound=sound))
    sender = SoundStream(camera, Interleaved(wire, 2), ssrc=2, sequence=9, timestamp=100)
    played = Feed(sound, sender, 5.0)
    for _ in range(60):
        played.send_next()
    assert played.due == pytest.approx(5 + 60 * 0.04)
    assert [int.from_bytes(sent[8:12], "big") for sent in wire.sent[:3]] == [100, 420, 740]
    assert [sent[1] for sent in wire.sent] == [2] * 60
    assert [one for sent in wire.sent for one in payloads(sent)] == [sound.frames[at % 50] for at in range(60)]
    sender.report(played.ticks_at(6.0), 1000.0)
    assert wire.sent[-1][1] == 3
    assert int.from_bytes(wire.sent[-1][20:24], "big") == 100 + 8000
    assert camera.sounds_sent == 60


def test_a_bye_names_the_source() -> None:
    wire, source = Wire(), ClipSource(clip())
    stream(source, wire)[1].bye()
    assert wire.sent[-1][4:] == b"\x80\xc9\0\1\0\0\0\1" + b"\x81\xcb\0\1\0\0\0\1"
