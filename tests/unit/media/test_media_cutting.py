"""Recorded time and the cutter: what is promised of every list of frames, whatever a camera's clock does."""

import itertools
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.media import coding, making
from tests.unit.media.making import STEP

from mingjian.kernel.media_time import TICKS_PER_SECOND, ticks_to_us, us_to_ticks
from mingjian.media.formats import fmp4
from mingjian.media.formats.frames import Frame, Sound, SoundParameters
from mingjian.media.formats.samples import samples, sound
from mingjian.media.model import Fragment, FragmentRecord
from mingjian.media.record.cutter import (
    MAX_FRAGMENT_BYTES,
    MAX_FRAGMENT_FRAMES,
    MAX_FRAME_TICKS,
    MAX_LEAP_TICKS,
    MAX_SEGMENT_TICKS,
    Cutter,
)
from mingjian.media.recorded_time import MAX_SLEW_PPM, RecordedTime
from mingjian.simulate import readback

S: Final = 1_000_000
START: Final = 1_800_000_000 * S


def cutter(**more: int) -> Cutter:
    return Cutter(**{"fragment_ticks": TICKS_PER_SECOND, "segment_us": 60 * S, "phase_us": 0, **more})


def small(number: int, ticks: int, *, key: bool = False, size: int = 0) -> Frame:
    """A frame that says its number and nothing else."""
    text = b"MINGJIAN-FRAME-1%016X%08X" % (number, 7)
    return Frame(text + bytes(size), ticks, key, making.parameters())


def numbers(fragment: Fragment) -> list[int]:
    return readback.numbers(fragment.data)


@st.composite
def rides(draw: st.DrawFn) -> list[tuple[Frame, int, bool]]:
    """Frames with arrival times and whether a silent second was noticed before: clocks drift, stall, and jump."""
    rate = draw(st.sampled_from([STEP, 3000, 6000, 45_000, 90_000]))
    drift = draw(st.sampled_from([0, 0, 300, -300, 5000, -5000]))
    gop = draw(st.integers(1, 60))
    odd = {
        draw(st.integers(1, 400)): draw(
            st.sampled_from([0, 1, -STEP, -90_000, 150_000, MAX_FRAME_TICKS, MAX_FRAME_TICKS + 1, 500_000])
            | st.sampled_from([MAX_LEAP_TICKS, MAX_LEAP_TICKS + 1, 2**31, -(2**31)])
        )
        for _ in range(draw(st.integers(0, 6)))
    }
    late = draw(st.lists(st.integers(0, 3 * S), min_size=1, max_size=9))
    settled = draw(st.sets(st.integers(1, 400), max_size=8))
    ticks, ride, arrival = draw(st.integers(0, 2**40)), [], START
    for number in range(draw(st.integers(1, 400))):
        step = odd.get(number, rate)
        ticks += step
        arrival += max(0, ticks_to_us(step if abs(step) < MAX_LEAP_TICKS else rate) * (S + drift) // S)
        key = number % gop == 0
        ride.append((small(number, ticks, key=key), arrival + late[number % len(late)], number in settled))
    return ride


def ridden(ride: list[tuple[Frame, int, bool]], into: Cutter) -> list[Fragment]:
    made: list[Fragment | None] = []
    for frame, arrival_us, silent in ride:
        if silent:
            made.append(into.settle())
        made.append(into.push(frame, arrival_us))
    return [one for one in [*made, into.finish()] if one is not None]


@given(ride=rides(), segment_s=st.sampled_from([1, 10, 60]), phase_us=st.integers(0, 10 * S))
@settings(max_examples=150)
def test_what_is_promised_of_any_ride(ride: list[tuple[Frame, int, bool]], segment_s: int, phase_us: int) -> None:
    by_number = {number: frame for number, (frame, _, _) in enumerate(ride)}
    longest = max((b.ticks - a.ticks for (a, _, _), (b, _, _) in itertools.pairwise(ride)), default=0)
    fragments = ridden(ride, cutter(segment_us=segment_s * S, phase_us=phase_us, not_before_us=START + 5 * S))
    end_us, seen, segment_end = START + 5 * S, [], 0
    for fragment in fragments:
        inside = numbers(fragment)
        first = by_number[inside[0]]
        # Spans never overlap, and time never goes back.
        assert fragment.start_us >= end_us
        assert fragment.duration_us >= 0
        end_us = fragment.start_us + fragment.duration_us
        # A fragment is at most a second and a frame, and its durations are those of its frames.
        assert fragment.duration_ticks <= TICKS_PER_SECOND + min(MAX_FRAME_TICKS, max(longest, STEP))
        assert abs(fragment.duration_us - ticks_to_us(fragment.duration_ticks)) <= 2 + fragment.duration_us / 1000
        assert len(inside) == fragment.frames
        assert fragment.key == first.key
        # Every segment begins with a key frame and with decode time 0, which then never overlaps.
        if fragment.opens:
            assert fragment.key
            assert fragment.start_ticks == 0
            segment_end = 0
        assert fragment.start_ticks >= segment_end
        segment_end = fragment.start_ticks + fragment.duration_ticks
        seen += inside
        assert FragmentRecord(
            1, fragment.start_ticks, fragment.duration_ticks, 0, fragment.frames, True, bytes(32)
        ).pack()
    # Every frame is in one fragment at most, in order; those that are missing follow a jump and wait for a key frame.
    assert seen == sorted(set(seen))
    assert not fragments or fragments[0].opens
    missing = set(by_number) - set(seen)
    waiting = True
    last = None
    for number, frame in by_number.items():
        step = frame.ticks - last if last is not None else 0
        last = frame.ticks
        if not 0 < step <= MAX_LEAP_TICKS:
            waiting = True
        waiting = waiting and not frame.key
        assert (number in missing) == waiting


def test_nothing_jumps_for_a_steady_camera() -> None:
    frames = [small(number, number * STEP, key=number % 50 == 0) for number in range(2500)]
    fragments = ridden([(frame, START + number * 40_000, False) for number, frame in enumerate(frames)], cutter())
    assert sum(fragment.frames for fragment in fragments) == 2500
    assert {fragment.duration_us for fragment in fragments} == {S}
    assert [fragment.start_us for fragment in fragments] == [START + at * S for at in range(100)]
    assert [at for at, fragment in enumerate(fragments) if fragment.opens] == [0, 60]  # START is a whole minute


def test_the_phase_moves_the_turn() -> None:
    frames = [small(number, number * STEP, key=number % 25 == 0) for number in range(2000)]
    ride = [(frame, START + number * 40_000, False) for number, frame in enumerate(frames)]
    turns = [at for at, fragment in enumerate(ridden(ride, cutter(phase_us=20 * S))) if fragment.opens]
    assert turns == [0, 40]


def test_new_parameters_begin_a_new_segment() -> None:
    other = making.parameters(320, 176)
    frames = [small(number, number * STEP, key=number % 5 == 0) for number in range(20)]
    frames[10:] = [replace(frame, parameters=other) for frame in frames[10:]]
    fragments = ridden([(frame, START, False) for frame in frames], cutter())
    assert [(numbers(one)[0], one.opens, one.parameters is other) for one in fragments if one.opens] == [
        (0, True, False),
        (10, True, True),
    ]


@pytest.mark.parametrize("drift", [400, -400])
def test_a_camera_whose_clock_runs_away_is_followed(drift: int) -> None:
    into = cutter()
    arrival = START
    for number in range(25 * 3600):
        arrival = START + number * 40_000 * (S + drift) // S
        into.push(small(number, number * STEP, key=number % 50 == 0), arrival)
    assert abs(into.wall_us(small(0, 25 * 3600 * STEP)) - arrival) < 100_000


def test_key_frames_alone_do_not_make_a_fragment_each() -> None:
    ride = [(small(number, number * STEP, key=True), START + number * 40_000, False) for number in range(100)]
    fragments = ridden(ride, cutter())
    assert {fragment.frames for fragment in fragments[:-1]} == {13}  # half a second


def test_a_camera_that_stamps_its_frames_a_tick_apart() -> None:
    """The index counts frames in 16 bits: one such camera must not end the writer of all the others."""
    ride = [(small(number, number, key=number == 0), START, False) for number in range(70_000)]
    fragments = ridden(ride, cutter())
    assert max(fragment.frames for fragment in fragments) == MAX_FRAGMENT_FRAMES
    assert sum(fragment.frames for fragment in fragments) == 70_000


def test_a_camera_that_sends_no_second_key_frame() -> None:
    """Offsets in the index have 32 bits of microseconds: 71 minutes."""
    count = MAX_SEGMENT_TICKS // 90_000 + 4300
    ride = [(small(number, number * 90_000, key=number == 0), START + number * S, False) for number in range(count)]
    ride.append((small(count, count * 90_000, key=True), START + count * S, False))
    fragments = ridden(ride, cutter())
    assert fragments[-2].start_ticks <= MAX_SEGMENT_TICKS
    assert (fragments[-1].opens, numbers(fragments[-1])) == (True, [count])


def test_large_frames_end_a_fragment() -> None:
    size = MAX_FRAGMENT_BYTES // 3
    ride = [(small(number, number * STEP, key=number == 0, size=size), START, False) for number in range(7)]
    assert [numbers(fragment) for fragment in ridden(ride, cutter())] == [[0, 1], [2, 3], [4, 5], [6]]


def test_a_stall_is_no_picture() -> None:
    ticks = [*range(0, 10 * STEP, STEP), *range(900_000, 900_000 + 10 * STEP, STEP)]
    ride = [(small(at, tick, key=at == 0), START + ticks_to_us(tick), False) for at, tick in enumerate(ticks)]
    before, after = ridden(ride, cutter())
    assert (before.start_us, before.duration_us) == (START, 400_000)
    assert (after.start_us, after.opens, after.start_ticks) == (START + 10 * S, False, 900_000)


def test_a_silent_camera_keeps_one_frame_in_memory() -> None:
    into = cutter()
    for number in range(10):
        into.push(small(number, number * STEP, key=number == 0), START + number * 40_000)
    settled = into.settle()
    assert settled is not None
    assert (numbers(settled), settled.duration_ticks) == (list(range(9)), 9 * STEP)
    assert into.settle() is None
    rest = into.finish()
    assert rest is not None
    assert (numbers(rest), rest.start_ticks) == ([9], 9 * STEP)


def test_a_restart_waits_for_a_key_frame() -> None:
    into = cutter()
    for number in range(10):
        into.push(small(number, number * STEP, key=number == 0), START)
    into.restart()
    made = [into.push(small(number, number * STEP, key=number == 25), START) for number in range(10, 40)]
    assert made == [None] * 30
    rest = into.finish()
    assert rest is not None
    assert (numbers(rest)[0], rest.opens) == (25, True)


def test_the_next_connection_begins_when_it_begins() -> None:
    """Its media time may follow on by chance; a minute has passed all the same."""
    into = cutter()
    ride = [(small(number, number * STEP - 90_000, key=number == 0), START, False) for number in range(10)]
    first = ridden(ride, into)
    into.interrupted()
    (second,) = ridden([(small(10, 0, key=True), START + 60 * S, False)], into)
    assert (first[-1].start_us, second.start_us) == (START, START + 60 * S)


@given(
    late=st.lists(st.integers(-20 * S, 20 * S), min_size=1, max_size=30),
    steps=st.lists(st.integers(1, 900_000), min_size=1, max_size=300),
)
def test_recorded_time_never_jumps(late: list[int], steps: list[int]) -> None:
    time = RecordedTime(1000, START)
    ticks, before = 1000, START
    for number, step in enumerate(steps):
        ticks += step
        time.observe(ticks, START + ticks_to_us(ticks) + late[number % len(late)])
        now, exact = time.at(ticks), ticks_to_us(step)
        assert now >= before
        assert abs((now - before) - exact) <= exact * MAX_SLEW_PPM // S + 3
        before = now


@given(st.integers(-(2**40), 2**40))
def test_ticks_survive_the_way_there_and_back(ticks: int) -> None:
    assert us_to_ticks(ticks_to_us(ticks)) == ticks


# Sound and pictures out of order


def heard_by(fragments: list[Fragment]) -> list[bytes]:
    return [bytes(one) for fragment in fragments if (run := sound(fragment.data)) for one in run.pieces]


@given(
    late_ms=st.integers(0, 400),
    per_piece=st.sampled_from([160, 320, 1024]),
    segment_s=st.sampled_from([1, 2, 60]),
    holes=st.sets(st.integers(0, 300), max_size=30),
)
@settings(max_examples=60)
def test_every_piece_of_sound_is_in_one_fragment(late_ms: int, per_piece: int, segment_s: int, holes: set[int]) -> None:
    """From the first segment that has sound, whatever its delay; spans of sound never overlap within a segment."""
    phone = SoundParameters("alaw", 8_000, 1)
    into, given_ = cutter(segment_us=segment_s * S), []
    fragments: list[Fragment | None] = []
    number = 0
    for frame in (small(at, at * STEP, key=at % 25 == 0) for at in range(250)):
        moment = frame.ticks - late_ms * 90
        while number * per_piece * 90_000 // 8_000 <= moment:
            ticks = number * per_piece * 90_000 // 8_000
            if number not in holes:
                piece = Sound(number.to_bytes(4, "big") + bytes(per_piece - 4), ticks, per_piece)
                into.hear(phone, [piece])
                given_.append(piece)
            number += 1
        fragments.append(into.push(frame, START + ticks_to_us(frame.ticks)))
    fragments.append(into.finish())
    made = [one for one in fragments if one is not None]
    assert sum(one.frames for one in made) == 250
    kept = [int.from_bytes(one[:4], "big") for one in heard_by(made)]
    every = [int.from_bytes(one.data[:4], "big") for one in given_]
    assert kept == every[len(every) - len(kept) :]
    assert len(kept) >= len(every) - 1.2 * 8_000 / per_piece  # what came before a segment could tell of it
    end = 0
    for one in made:
        assert (one.parameters.sound == phone) or one.parameters.sound is None
        if one.opens:
            end = 0
            assert one.start_ticks == (fmp4.LEAD_TICKS if one.parameters.sound else 0)
        run = sound(one.data)
        if run is not None:
            assert one.parameters.sound == phone
            assert run.decode_samples >= end
            end = run.decode_samples + sum(run.samples)


def test_sound_that_begins_changes_and_ends_begins_segments() -> None:
    phone, music = SoundParameters("alaw", 8_000, 1), SoundParameters("aac", 16_000, 1, b"\x14\x08")
    into, made = cutter(), []
    for at in range(200):
        ticks = at * STEP
        told = None if at < 60 else phone if at < 110 else music
        if told is not None:
            into.hear(told, [Sound(b"x" * 320, ticks, 320 if told is phone else 1024)])
        if at == 170:
            into.silent()
        if (fragment := into.push(small(at, ticks, key=at % 25 == 0), START + ticks_to_us(ticks))) is not None:
            made.append(fragment)
    opened = [(numbers(one)[0], one.parameters.sound) for one in made if one.opens]
    assert opened[:3] == [(0, None), (75, phone), (125, music)]


def test_pictures_out_of_order_keep_their_offsets() -> None:
    coded = coding.pictures("h265", "bframes=3:open-gop=1:keyint=26:min-keyint=26", 80)
    frames, into = coded.frames(), cutter()
    ride = [(one, START + ticks_to_us(one.ticks - frames[0].ticks), False) for one in frames]
    found = [one for fragment in ridden(ride, into) for one in samples(fragment.data)]
    assert [bytes(one.data) for one in found] == [one.data for one in frames]
    assert [(one.shift, one.key, one.leading) for one in found] == [(one.shift, one.key, one.leading) for one in frames]
    assert {one.duration_ticks for one in found} == {STEP}
