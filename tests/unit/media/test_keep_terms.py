"""How long footage must and may stay: the law's counting, sources, and a clock that was set."""

from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.media.keeping import CITATION, DAY, HOUR, S, at

from mingjian.kernel.ids import ChannelId, SegmentId, VolumeId
from mingjian.kernel.intervals import Span
from mingjian.media.keep.model import Footage, Term, TermKind, TermSource, day_start_us
from mingjian.media.keep.terms import Clock, Effective, Rules, effective, over_us
from mingjian.media.model import ClockEpoch, day_of

A: Final = ChannelId(UUID(int=1))
B: Final = ChannelId(UUID(int=2))
LAW, POLICY = TermSource.LAW, TermSource.POLICY
MINIMUM, MAXIMUM = TermKind.MINIMUM, TermKind.MAXIMUM


def term(
    kind: TermKind, days: int, source: TermSource, channel: ChannelId | None = None, ended_us: int | None = None
) -> Term:
    return Term(UUID(int=days), channel, kind, days, source, CITATION, "somebody", 0, ended_us)


# terms, minimum and its source, maximum, lawful, conflict
TABLE: Final[dict[str, tuple[list[Term], tuple[int, TermSource | None], int | None, bool, bool]]] = {
    "nothing": ([], (0, None), None, False, False),
    "the law alone": ([term(MINIMUM, 30, LAW)], (30, LAW), None, True, False),
    "a policy alone": ([term(MINIMUM, 90, POLICY)], (90, POLICY), None, False, False),
    "a longer policy": ([term(MINIMUM, 30, LAW), term(MINIMUM, 90, POLICY)], (90, POLICY), None, True, False),
    "a shorter policy": ([term(MINIMUM, 30, LAW), term(MINIMUM, 15, POLICY)], (30, LAW), None, True, False),
    "as long as the law": ([term(MINIMUM, 30, POLICY), term(MINIMUM, 30, LAW)], (30, LAW), None, True, False),
    "longer for this one": ([term(MINIMUM, 30, LAW), term(MINIMUM, 60, LAW, A)], (60, LAW), None, True, False),
    "longer for another": ([term(MINIMUM, 30, LAW), term(MINIMUM, 60, LAW, B)], (30, LAW), None, True, False),
    "lawful for another": ([term(MINIMUM, 30, LAW, B)], (0, None), None, False, False),
    "no more in force": ([term(MINIMUM, 30, LAW, ended_us=1)], (0, None), None, False, False),
    "both": ([term(MINIMUM, 30, LAW), term(MAXIMUM, 45, POLICY)], (30, LAW), 45, True, False),
    "shortest maximum": ([term(MAXIMUM, 60, LAW), term(MAXIMUM, 45, POLICY, A)], (0, None), 45, False, False),
    "conflict": ([term(MINIMUM, 30, LAW), term(MAXIMUM, 7, LAW)], (30, LAW), 30, True, True),
}


@pytest.mark.parametrize("name", TABLE)
def test_what_terms_come_to(name: str) -> None:
    terms, (least, source), most, lawful, conflict = TABLE[name]
    found = effective(terms, A)
    assert (found.minimum_days, found.minimum.source if found.minimum else None) == (least, source)
    assert (found.maximum_days, found.lawful, found.conflict) == (most, lawful, conflict)


def footage(last_us: int, *, epoch: int = 0, length_us: int = 60 * S) -> Footage:
    end_us = last_us + 1
    return Footage(SegmentId(UUID(int=9)), A, VolumeId(UUID(int=8)), "x", end_us - length_us, end_us, epoch, 1)


def rules(days: int = 30, *, holds: tuple[Span, ...] = (), steps: tuple[int, ...] = (), **more: Any) -> Rules:
    epochs = [ClockEpoch(i + 1, at(DAY), step, observed=True, confirmed_us=1) for i, step in enumerate(steps)]
    lawful = effective([term(MINIMUM, days, LAW)], A)
    return Rules(more.pop("terms", lawful), holds, Clock(epochs), **more)


# 第十七条: kept for not less than 30 days; the day of recording is not counted.
@pytest.mark.parametrize(
    ("last_us", "may_go_us"),
    [
        (at(DAY, 0), at(DAY + 31, 0)),
        (at(DAY, 12), at(DAY + 31, 0)),
        (at(DAY + 1, 0) - 1, at(DAY + 31, 0)),
        (at(DAY + 1, 0), at(DAY + 32, 0)),
    ],
)
def test_the_day_of_recording_is_not_counted(last_us: int, may_go_us: int) -> None:
    assert over_us(last_us, 30) == may_go_us
    assert not rules().may_go(footage(last_us), may_go_us - 1)
    assert rules().may_go(footage(last_us), may_go_us)


def test_days_are_those_of_shanghai() -> None:
    """2024-10-04 15:59:59 UTC is still the 4th in Shanghai, a second later it is the 5th."""
    last_of_4th = 1_728_057_599 * S
    assert day_of(last_of_4th) == 20_000
    assert day_of(last_of_4th + S) == 20_001
    assert over_us(last_of_4th + S, 30) - over_us(last_of_4th, 30) == 24 * HOUR


def test_footage_over_midnight_counts_from_its_last_moment() -> None:
    over_midnight = footage(at(DAY + 1, 0) + 10 * S)
    assert not rules().may_go(over_midnight, at(DAY + 31, 0))
    assert rules().may_go(over_midnight, at(DAY + 32, 0))


def test_without_a_minimum_from_a_law_nothing_goes() -> None:
    ancient, now_us = footage(at(DAY - 3_650)), at(DAY)
    for terms in ([], [term(MINIMUM, 30, POLICY)], [term(MAXIMUM, 1, LAW)], [term(MINIMUM, 30, LAW, B)]):
        assert not rules(terms=effective(terms, A)).may_go(ancient, now_us)
    assert rules().may_go(ancient, now_us)


def test_a_maximum_makes_it_go_and_never_before_the_minimum() -> None:
    both = effective([term(MINIMUM, 30, LAW), term(MAXIMUM, 45, POLICY)], A)
    recorded = footage(at(DAY))
    assert rules().must_go(recorded, at(DAY + 3_000)) is False, "nobody set a maximum"
    assert not rules(terms=both).must_go(recorded, at(DAY + 46, 0) - 1)
    assert rules(terms=both).must_go(recorded, at(DAY + 46, 0))
    short = effective([term(MINIMUM, 30, LAW), term(MAXIMUM, 7, POLICY)], A)
    assert not rules(terms=short).must_go(recorded, at(DAY + 31, 0) - 1)
    assert rules(terms=short).must_go(recorded, at(DAY + 31, 0))


@pytest.mark.parametrize(
    ("hold", "held"),
    [((-60, 0), True), ((-61, -59), True), ((-120, -60), False), ((0, 60), False), ((-1, 1), True)],
)
def test_a_hold_keeps_what_it_touches(hold: tuple[int, int], held: bool) -> None:
    end_us = at(DAY)
    recorded = footage(end_us - 1)
    held_rules = rules(holds=(Span(end_us + hold[0] * S, end_us + hold[1] * S),))
    assert held_rules.held(recorded) is held
    assert held_rules.may_go(recorded, at(DAY + 100)) is not held
    demonstration = rules(holds=tuple(held_rules.holds), demonstration=True, terms=effective([], A))
    assert demonstration.may_go(recorded, at(DAY)) is not held


# A clock that was set: ages are those that really passed.

DAYS: Final = 24 * HOUR
CLOCKS: Final = {
    # steps after the recording, days of the wall clock between recording and now: whether 30 days really passed
    "never set": ((), 31, True),
    "set forward by a year, too early": ((365 * DAYS,), 31 + 364, False),
    "set forward by a year, in time": ((365 * DAYS,), 31 + 365, True),
    "was behind since 1970": ((19_000 * DAYS,), 19_001, False),
    "set back by a day, in time": ((-1 * DAYS,), 30, True),
    "set back by a day, too early": ((-1 * DAYS,), 29, False),
    "forward and back again": ((10 * DAYS, -10 * DAYS), 30, False),
    "forward and back again, in time": ((10 * DAYS, -10 * DAYS), 31, True),
    "back and forth by an hour": ((-HOUR, HOUR), 31, True),
    "nobody knows by how much": ((0,), 31, True),
}


@pytest.mark.parametrize("name", CLOCKS)
def test_ages_are_those_that_really_passed(name: str) -> None:
    steps, days, over = CLOCKS[name]
    assert rules(steps=steps).may_go(footage(at(DAY)), at(DAY + days)) is over


def test_steps_before_the_recording_do_not_matter() -> None:
    before = rules(steps=(365 * DAYS, -HOUR))
    assert before.may_go(footage(at(DAY), epoch=2), at(DAY + 31))
    assert not before.may_go(footage(at(DAY), epoch=2), at(DAY + 30))
    assert not before.may_go(footage(at(DAY), epoch=0), at(DAY + 31))


def test_a_clock_is_trusted_when_the_newest_epoch_is_confirmed() -> None:
    step = ClockEpoch(1, at(DAY), HOUR, observed=True)
    confirmed = ClockEpoch(1, at(DAY), HOUR, observed=True, confirmed_us=1)
    newer = ClockEpoch(2, at(DAY), HOUR, observed=True)
    assert Clock().trusted
    assert not Clock([step]).trusted
    assert Clock([confirmed]).trusted
    assert not Clock([confirmed, newer]).trusted


def test_time_for_undoing_is_not_shortened_by_a_clock_set_forward() -> None:
    marked = at(DAY)
    stepped = Clock([ClockEpoch(1, at(DAY, 13), 48 * HOUR, observed=True, confirmed_us=1)])
    assert stepped.passed_us(marked, at(DAY, 12 + 48 + 1)) == HOUR
    assert Clock().passed_us(marked, at(DAY, 13)) == HOUR


steps_of: Final = st.lists(st.integers(-400 * DAYS, 400 * DAYS), max_size=4).map(tuple)


@given(
    steps=steps_of,
    really_us=st.integers(0, 800 * DAYS),
    days=st.integers(1, 400),
    recorded_us=st.integers(at(DAY), at(DAY + 2)),
)
def test_nothing_goes_before_its_days_have_really_passed(
    steps: tuple[int, ...], really_us: int, days: int, recorded_us: int
) -> None:
    """Whatever the clock did, the answer is that of a clock that was never touched and shows what this one shows."""
    now_us = recorded_us + really_us + sum(steps)
    told_today = recorded_us + sum(steps)
    may_go = rules(days, steps=steps).may_go(footage(recorded_us), now_us)
    assert may_go is (now_us >= day_start_us(day_of(told_today) + days + 1))
    if may_go:
        assert really_us > days * DAYS
    if really_us >= (days + 1) * DAYS:
        assert may_go


@given(steps=steps_of, day=st.integers(0, 900), days=st.integers(1, 400), hour=st.integers(0, 23))
def test_no_day_is_passed_over(steps: tuple[int, ...], day: int, days: int, hour: int) -> None:
    """What a day has that may go is never hidden by the bound on days."""
    found, now_us = rules(days, steps=steps), at(DAY + 900, 7)
    recorded = footage(at(DAY + day, hour), epoch=len(steps) and day % (len(steps) + 1))
    if found.may_go(recorded, now_us):
        assert day_of(recorded.start_us) <= found.newest_day(days, now_us)


def test_an_effective_term_names_its_source() -> None:
    found: Effective = effective([term(MINIMUM, 30, LAW)], A)
    assert found.minimum is not None
    assert found.minimum.citation == CITATION
