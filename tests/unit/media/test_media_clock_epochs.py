"""Clock steps: what is noticed, and how a channel's recorded time goes over one without losing a frame."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from tests.unit.media import making

from mingjian.media.model import Fragment
from mingjian.media.record.clock_watch import ClockWatch
from mingjian.media.record.cutter import Cutter

S = 1_000_000
START = 1_750_000_000 * S
DAY = 86_400 * S


@dataclass
class Steppable:
    seconds: float = 100.0
    wall_us: int = START

    def monotonic(self) -> float:
        return self.seconds

    def now_us(self) -> Any:
        return self.wall_us

    def pass_by(self, seconds: float, *, off_us: int = 0) -> None:
        self.seconds += seconds
        self.wall_us += int(seconds * S) + off_us


@pytest.mark.parametrize(
    ("off_us", "noticed"),
    [(0, False), (1_500_000, False), (-1_500_000, False), (2_100_000, True), (-2_100_000, True), (DAY, True)],
)
def test_a_step_of_more_than_two_seconds_is_an_epoch(off_us: int, noticed: bool) -> None:
    clock = Steppable()
    watch = ClockWatch(clock)
    for _ in range(5):
        clock.pass_by(1)
        assert watch.look() is None
    clock.pass_by(1, off_us=off_us)
    step = watch.look()
    assert (step is not None) is noticed
    if step is not None:
        assert (step.epoch, step.began_us, step.observed) == (1, clock.wall_us, True)
        assert abs(step.step_us - off_us) <= 1
    clock.pass_by(1)
    assert watch.look() is None


def test_a_loop_that_was_late_is_no_step() -> None:
    clock = Steppable()
    watch = ClockWatch(clock)
    clock.pass_by(60)
    assert watch.look() is None


def cut(frames: int, step_at: int, off_us: int) -> list[Fragment]:
    """Frames at 25 a second with a key frame each second; before one of them the clock steps."""
    cutter = Cutter(fragment_ticks=90_000, segment_us=60 * S, phase_us=0)
    cut_out = []
    for number, frame in enumerate(making.frames(frames)):
        if number == step_at:
            cutter.stepped(1)
        arrival_us = START + frame.ticks * 100 // 9 + (off_us if number >= step_at else 0)
        cut_out.append(cutter.push(frame, arrival_us))
    cut_out.append(cutter.finish())
    return [one for one in cut_out if one is not None]


@pytest.mark.parametrize("off_us", [DAY, -DAY, 3600 * S, -3600 * S])
@pytest.mark.parametrize("step_at", [60, 75, 76])
def test_the_next_key_frame_begins_the_epoch_and_no_frame_is_lost(off_us: int, step_at: int) -> None:
    fragments = cut(200, step_at, off_us)
    assert sum(one.frames for one in fragments) == 200
    before = [one for one in fragments if one.clock_epoch == 0]
    after = [one for one in fragments if one.clock_epoch == 1]
    assert sum(one.frames for one in before) == -(-step_at // 25) * 25
    assert after[0].opens
    assert after[0].key
    assert after[0].start_us == START + sum(one.frames for one in before) * S // 25 + off_us
    for one, following in [*pairwise(before), *pairwise(after)]:
        assert following.start_us == one.start_us + one.duration_us


def test_a_channel_without_a_picture_is_in_the_new_epoch_at_once() -> None:
    cutter = Cutter(fragment_ticks=90_000, segment_us=60 * S, phase_us=0, not_before_us=START + DAY)
    cutter.stepped(1)
    for frame in making.frames(26):
        fragment = cutter.push(frame, START + frame.ticks * 100 // 9)
    assert fragment is not None
    assert (fragment.clock_epoch, fragment.start_us) == (1, START)
