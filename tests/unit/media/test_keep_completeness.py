"""One day of one channel: what was planned, what is there, what the rest is due to. Never twice, never lost."""

from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.media.keeping import DAY, HOUR, S, at

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId
from mingjian.kernel.intervals import Span
from mingjian.media.keep.completeness import Facts, Stretch, day_range, day_text, is_final, measure
from mingjian.media.keep.model import ChannelRecording, PlanKind, WeeklySpan, day_start_us
from mingjian.media.model import ClockEpoch, Gap, GapCause

A: Final = ChannelId(UUID(int=1))
ALWAYS: Final = ChannelRecording()
# Day 20,000 is a Friday.
OFFICE: Final = ChannelRecording(PlanKind.WEEKLY, (WeeklySpan(5, 480, 720), WeeklySpan(5, 840, 1_080)))
SATURDAY: Final = ChannelRecording(PlanKind.WEEKLY, (WeeklySpan(6, 0, 1_440),))
EVENTS: Final = ChannelRecording(PlanKind.EVENT, pre_roll_s=10, post_roll_s=50)
AFTER: Final = at(DAY + 2)


def hours(first: float, last: float, epoch: int = 0) -> Stretch:
    return Stretch(Span(at(DAY, first), at(DAY, last)), epoch)


def gap(first: float, last: float | None, cause: GapCause, epoch: int = 0) -> Gap:
    return Gap(A, at(DAY, first), None if last is None else at(DAY, last), cause, epoch)


def facts(*footage: Stretch, recording: ChannelRecording = ALWAYS, gaps: tuple[Gap, ...] = (), **more: Any) -> Facts:
    everything = {"events_us": [], "alive": Span(0, 1 << 62), "epochs": [], "damage": [], **more}
    return Facts(A, DAY, recording, footage=footage, gaps=gaps, **everything)


NETWORK, ROLE, PLAN, DISK = GapCause.NETWORK, GapCause.ROLE_DOWN, GapCause.PLAN, GapCause.DISK
STEP_BACK: Final = [ClockEpoch(1, at(DAY, 3), -2 * HOUR, observed=True)]  # at 5 o'clock it was 3 again
STEP_FORTH: Final = [ClockEpoch(1, at(DAY, 8), 3 * HOUR, observed=True)]  # at 5 o'clock it was 8
MIDNIGHT: Final = [ClockEpoch(1, at(DAY, 23.5), -1 * HOUR, observed=True)]  # at 0:30 of the next day it was 23:30

# facts, now: planned, recorded, causes, unexplained, in hours
TABLE: Final[dict[str, tuple[Facts, int, tuple[float, float, dict[str, float], float]]]] = {
    "whole": (facts(hours(-1, 25)), AFTER, (24, 24, {}, 0)),
    "nothing, and no cause": (facts(), AFTER, (24, 0, {}, 24)),
    "two files": (facts(hours(0, 12), hours(12, 24)), AFTER, (24, 24, {}, 0)),
    "less than half a second between files": (
        facts(hours(0, 12), hours(12 + 0.4 / 3_600, 24)),
        AFTER,
        (24, 24, {}, 0),
    ),
    "a gap with its cause": (
        facts(hours(0, 6), hours(8, 24), gaps=(gap(6, 8, NETWORK),)),
        AFTER,
        (24, 22, {"network": 2}, 0),
    ),
    "half of it explained": (
        facts(hours(0, 6), hours(8, 24), gaps=(gap(6, 7, NETWORK),)),
        AFTER,
        (24, 22, {"network": 1}, 1),
    ),
    "causes that overlap are counted once": (
        facts(hours(0, 6), hours(9, 24), gaps=(gap(6, 8, NETWORK), gap(7, 9, ROLE))),
        AFTER,
        (24, 21, {"network": 2, "role_down": 1}, 0),
    ),
    "a stall within a file": (facts(hours(0, 24), gaps=(gap(3, 4, NETWORK),)), AFTER, (24, 23, {"network": 1}, 0)),
    "a gap that lasts": (facts(hours(0, 20), gaps=(gap(20, None, DISK),)), AFTER, (24, 20, {"disk": 4}, 0)),
    "damage": (facts(hours(0, 24), damage=[hours(5, 6)]), AFTER, (24, 23, {"damage": 1}, 0)),
    "damage beside footage is none": (
        facts(hours(0, 12), gaps=(gap(12, 24, NETWORK),), damage=[hours(11, 13)]),
        AFTER,
        (24, 11, {"network": 12, "damage": 1}, 0),
    ),
    "today so far": (facts(hours(0, 24)), at(DAY, 10), (10, 10, {}, 0)),
    "tomorrow": (facts(hours(0, 24)), at(DAY - 1), (0, 0, {}, 0)),
    "registered at noon": (facts(hours(12, 24), alive=Span(at(DAY, 12), 1 << 62)), AFTER, (12, 12, {}, 0)),
    "retired at six": (facts(hours(0, 7), alive=Span(0, at(DAY, 6))), AFTER, (6, 6, {}, 0)),
    "never alive": (facts(hours(0, 7), alive=None), AFTER, (0, 0, {}, 0)),
    "office hours": (
        facts(hours(7, 13), hours(14, 19), recording=OFFICE, gaps=(gap(13, 14, PLAN),)),
        AFTER,
        (8, 8, {}, 0),
    ),
    "office hours, one missing": (
        facts(hours(8, 12), hours(15, 18), recording=OFFICE, gaps=(gap(12, 14, PLAN), gap(14, 15, NETWORK))),
        AFTER,
        (8, 7, {"network": 1}, 0),
    ),
    "no plan for this weekday": (facts(hours(0, 24), recording=SATURDAY), AFTER, (0, 0, {}, 0)),
    "a plan that was wider since noon": (
        facts(hours(8, 24), gaps=(gap(0, 8, PLAN),)),
        AFTER,
        (16, 16, {}, 0),
    ),
    "an event": (
        facts(hours(9.99, 10.1), recording=EVENTS, events_us=[at(DAY, 10)]),
        AFTER,
        (60 / 3_600, 60 / 3_600, {}, 0),
    ),
    "set back by two hours": (
        facts(hours(0, 5, 0), hours(3, 24, 1), epochs=STEP_BACK),
        AFTER,
        (26, 26, {}, 0),
    ),
    "set back, and the second time missing": (
        facts(hours(0, 5, 0), hours(5, 24, 1), epochs=STEP_BACK, gaps=(gap(3, 5, NETWORK, 1),)),
        AFTER,
        (26, 24, {"network": 2}, 0),
    ),
    "footage of one epoch is no footage of the other": (
        facts(hours(0, 5, 0), hours(5, 24, 1), epochs=STEP_BACK),
        AFTER,
        (26, 24, {}, 2),
    ),
    "a gap that has lasted since before": (
        facts(hours(0, 4, 0), epochs=STEP_BACK, gaps=(gap(4, None, NETWORK, 0),)),
        AFTER,
        (26, 4, {"network": 22}, 0),
    ),
    "set forward by three hours": (
        facts(hours(0, 5, 0), hours(8, 24, 1), epochs=STEP_FORTH, gaps=(gap(5, 8, GapCause.CLOCK),)),
        AFTER,
        (21, 21, {}, 0),
    ),
    "set back over midnight": (
        facts(hours(0, 24.5, 0), hours(23.5, 25, 1), epochs=MIDNIGHT),
        AFTER,
        (24.5, 24.5, {}, 0),
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_a_day(name: str) -> None:
    given_facts, now_us, (planned, recorded, causes, unexplained) = TABLE[name]
    found = measure(given_facts, now_us)
    assert in_hours(found.planned_us) == pytest.approx(planned, abs=1e-3)
    assert in_hours(found.recorded_us) == pytest.approx(recorded, abs=1e-3)
    assert {cause: in_hours(us) for cause, us in found.causes.items()} == pytest.approx(causes, abs=1e-3)
    assert in_hours(found.unexplained_us) == pytest.approx(unexplained, abs=1e-3)


def in_hours(us: int) -> float:
    return us / HOUR


minutes: Final = st.integers(-60, 1_500)
spans: Final = st.tuples(minutes, st.integers(1, 400), st.integers(0, 2))


@given(
    footage=st.lists(spans, max_size=6),
    gaps=st.lists(st.tuples(spans, st.sampled_from(GapCause)), max_size=6),
    damage=st.lists(spans, max_size=3),
    plan=st.sampled_from([ALWAYS, OFFICE, EVENTS]),
    steps=st.lists(st.tuples(st.integers(0, 700), st.integers(-300, 300)), max_size=2),
    now=st.integers(0, 2_000),
)
def test_every_planned_moment_is_counted_exactly_once(
    footage: list[Any], gaps: list[Any], damage: list[Any], plan: ChannelRecording, steps: list[Any], now: int
) -> None:
    def stretch(one: tuple[int, int, int]) -> Stretch:
        start_us = day_start_us(DAY) + one[0] * 60 * S
        return Stretch(Span(start_us, start_us + one[1] * 60 * S), one[2])

    def of_gap(one: tuple[int, int, int], cause: GapCause) -> Gap:
        found = stretch(one)
        return Gap(A, found.span.start_us, found.span.end_us, cause, found.clock_epoch)

    epochs, began = [], 0
    for index, (after, step) in enumerate(steps):
        began = max(0, began + after + step)
        epochs.append(ClockEpoch(index + 1, day_start_us(DAY) + began * 60 * S, step * 60 * S, observed=True))
    found = measure(
        facts(
            *(stretch(one) for one in footage),
            recording=plan,
            gaps=tuple(of_gap(*one) for one in gaps),
            damage=[stretch(one) for one in damage],
            events_us=[at(DAY, 9), at(DAY, 23.999)],
            epochs=epochs,
        ),
        day_start_us(DAY) + now * 60 * S,
    )
    assert found.planned_us == found.recorded_us + sum(found.causes.values()) + found.unexplained_us
    assert min(found.planned_us, found.recorded_us, found.unexplained_us, *found.causes.values(), 0) == 0
    assert "plan" not in found.causes


def test_a_day_is_final_some_time_after_its_end() -> None:
    finished = measure(facts(), at(DAY + 1, 0) + 599 * S)
    assert not is_final(finished)
    assert is_final(measure(facts(), at(DAY + 1, 0) + 600 * S))


def test_days_as_people_write_them() -> None:
    assert day_text(DAY) == "2024-10-04"
    assert day_range("2024-10-04", "2024-10-06") == (DAY, DAY + 2)
    for wrong in (("2024-10-06", "2024-10-04"), ("2024-02-30", "2024-03-01"), ("2020-01-01", "2024-01-01")):
        with pytest.raises(MingjianError, match=r"keep\.range_unreadable"):
            day_range(*wrong)
