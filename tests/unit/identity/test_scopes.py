"""Scopes, hours and reaches: by tables, and against a slow definition that knows no keys."""

from datetime import datetime
from itertools import product
from timeit import repeat
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.identity.scopes import (
    ANYWHERE,
    DAY_MINUTES,
    EVERYWHERE,
    NOWHERE,
    Grant,
    Hours,
    Reach,
    Scope,
    ScopeKind,
    Target,
    compile_reach,
    holds_until_us,
    reach_of,
    stem,
)
from mingjian.kernel.clock import SHANGHAI, from_datetime
from mingjian.kernel.ids import PersonId

WHO: Final = PersonId(UUID(int=1))
COUNTY: Final = UUID(int=10)
SCHOOL: Final = UUID(int=11)
PLACE: Final = UUID(int=20)
CHANNEL: Final = UUID(int=30)
TARGET: Final = Target("530581", (SCHOOL, COUNTY), PLACE, CHANNEL)


def territory(code: str) -> Scope:
    return Scope(ScopeKind.TERRITORY, code)


def of(kind: ScopeKind, value: UUID) -> Scope:
    return Scope(kind, str(value))


@pytest.mark.parametrize(
    ("scope", "covered"),
    [
        (EVERYWHERE, True),
        (territory("530000"), True),
        (territory("530500"), True),
        (territory("530581"), True),
        (territory("530581000000"), True),
        (territory("530581001"), False),  # a township of it
        (territory("530500000"), True),
        (territory("530581001002"), False),
        (territory("530580"), False),
        (territory("530100"), False),
        (territory("500000"), False),
        (of(ScopeKind.ORGANISATION, SCHOOL), True),
        (of(ScopeKind.ORGANISATION, COUNTY), True),
        (of(ScopeKind.ORGANISATION, UUID(int=12)), False),
        (of(ScopeKind.PLACE, PLACE), True),
        (of(ScopeKind.PLACE, UUID(int=21)), False),
        (of(ScopeKind.CHANNEL, CHANNEL), True),
        (of(ScopeKind.CHANNEL, UUID(int=31)), False),
        # An id is an id of its kind only.
        (of(ScopeKind.CHANNEL, PLACE), False),
        (of(ScopeKind.PLACE, CHANNEL), False),
        (of(ScopeKind.ORGANISATION, PLACE), False),
    ],
)
def test_a_scope_covers_what_lies_within(scope: Scope, covered: bool) -> None:
    assert reach_of([scope]).covers(TARGET) is covered


@pytest.mark.parametrize(
    ("code", "digits"),
    [
        ("530000", "53"),
        ("530500", "5305"),
        ("530581", "530581"),
        ("530110", "530110"),
        ("530581100", "530581100"),
        ("530581000", "530581"),
        ("530581100000", "530581100"),
        ("530581100200", "530581100200"),
        ("429004", "429004"),
        ("100000", "10"),
        ("", ""),
    ],
)
def test_the_stem_of_a_code_is_what_its_subdivisions_begin_with(code: str, digits: str) -> None:
    assert stem(code) == digits


@pytest.mark.parametrize("target", [Target(), Target("530581"), TARGET])
def test_without_a_grant_nothing_is_reached(target: Target) -> None:
    assert not NOWHERE.covers(target)
    assert NOWHERE.nowhere
    assert ANYWHERE.covers(target)


def test_the_installation_itself_is_reached_from_everywhere_only() -> None:
    narrow = reach_of([territory("530000"), of(ScopeKind.PLACE, PLACE), of(ScopeKind.CHANNEL, CHANNEL)])
    assert not narrow.covers(Target())


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (ScopeKind.EVERYWHERE, "530000"),
        (ScopeKind.TERRITORY, ""),
        (ScopeKind.TERRITORY, "53"),
        (ScopeKind.TERRITORY, "000000"),
        (ScopeKind.TERRITORY, "53058１"),
        (ScopeKind.TERRITORY, "53058%"),
        (ScopeKind.PLACE, "530581"),
        (ScopeKind.CHANNEL, "{00000000-0000-0000-0000-00000000001e}"),
    ],
)
def test_a_scope_refuses_what_its_kind_cannot_have(kind: ScopeKind, value: str) -> None:
    with pytest.raises(ValueError, match=r"no |badly formed"):
        Scope(kind, value)


@pytest.mark.parametrize("hours", [(7, 0, 1), (-1, 0, 1), (0, 5, 5), (0, 6, 5), (0, -1, 5), (0, 0, DAY_MINUTES + 1)])
def test_hours_refuse_what_no_week_has(hours: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="hours"):
        Hours(*hours)


def at(text: str) -> int:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


NIGHT: Final = (Hours(4, 22 * 60, DAY_MINUTES), Hours(5, 0, 6 * 60))  # Friday 22:00 to Saturday 06:00


@pytest.mark.parametrize(
    ("grant", "now", "holds"),
    [
        (Grant(WHO, EVERYWHERE, at("2026-11-20T08:00")), "2026-11-20T07:59:59", False),
        (Grant(WHO, EVERYWHERE, at("2026-11-20T08:00")), "2026-11-20T08:00", True),
        (Grant(WHO, EVERYWHERE, 0, at("2026-11-21T08:00")), "2026-11-21T07:59:59", True),
        (Grant(WHO, EVERYWHERE, 0, at("2026-11-21T08:00")), "2026-11-21T08:00", False),
        (Grant(WHO, EVERYWHERE, 0, None, NIGHT), "2026-11-20T21:59:59", False),
        (Grant(WHO, EVERYWHERE, 0, None, NIGHT), "2026-11-20T22:00", True),
        (Grant(WHO, EVERYWHERE, 0, None, NIGHT), "2026-11-21T00:00", True),
        (Grant(WHO, EVERYWHERE, 0, None, NIGHT), "2026-11-21T05:59:59", True),
        (Grant(WHO, EVERYWHERE, 0, None, NIGHT), "2026-11-21T06:00", False),
        (Grant(WHO, EVERYWHERE, 0, None, NIGHT), "2026-11-19T23:00", False),
        (Grant(WHO, EVERYWHERE, 0, at("2026-11-20T23:00"), NIGHT), "2026-11-20T23:30", False),
    ],
)
def test_a_grant_holds_in_its_time_only(grant: Grant, now: str, holds: bool) -> None:
    assert grant.holds(at(now)) is holds
    assert compile_reach([grant], at(now)).everywhere is holds


def test_a_reach_says_when_it_must_be_compiled_again() -> None:
    grants = [Grant(WHO, EVERYWHERE, 0, None, NIGHT), Grant(WHO, territory("530000"), 0, at("2026-11-21T03:00"))]
    edges = ["2026-11-20T22:00", "2026-11-21T00:00", "2026-11-21T03:00", "2026-11-21T06:00", "2026-11-27T22:00"]
    now = at("2026-11-20T12:00")
    for edge in edges:
        found = holds_until_us(grants, now)
        assert found == at(edge)
        now = found
    assert holds_until_us([Grant(WHO, EVERYWHERE, 0)], now) is None


ids = st.sampled_from([UUID(int=number) for number in range(6)])
codes = st.sampled_from(
    ["530000", "530500", "530581", "530581001", "530581001000", "530581001002", "500000", "500100", "530600"]
)
scopes = st.one_of(
    st.just(EVERYWHERE),
    codes.map(territory),
    *(st.builds(of, st.just(kind), ids) for kind in list(ScopeKind)[2:]),
)
targets = st.builds(Target, codes | st.just(""), st.lists(ids, max_size=3).map(tuple), st.none() | ids, st.none() | ids)


def plainly(scope: Scope, target: Target) -> bool:
    """The definition: what a scope covers, said without sets and stems."""
    match scope.kind:
        case ScopeKind.EVERYWHERE:
            return True
        case ScopeKind.TERRITORY:
            within = scope.value.ljust(12, "0")
            region = target.region_code.ljust(12, "0")
            ends = (2, 4, 6, 9, 12)
            level = next(end for end in ends if set(within[end:]) <= {"0"})
            return bool(target.region_code) and within[:level] == region[:level]
        case ScopeKind.ORGANISATION:
            return scope.value in map(str, target.organisations)
        case ScopeKind.PLACE:
            return scope.value == str(target.place_id)
        case ScopeKind.CHANNEL:
            return scope.value == str(target.channel_id)


@given(st.lists(scopes, max_size=5), targets)
def test_a_reach_is_the_sum_of_its_scopes(given_scopes: list[Scope], target: Target) -> None:
    assert reach_of(given_scopes).covers(target) is any(plainly(scope, target) for scope in given_scopes)


@given(st.lists(scopes, max_size=4), st.lists(scopes, max_size=4))
def test_two_reaches_add_up(some: list[Scope], more: list[Scope]) -> None:
    assert reach_of(some) | reach_of(more) == reach_of([*some, *more])


def test_a_check_takes_less_than_fifty_microseconds() -> None:
    """The bar of the issue, for somebody with 5,000 grants of every kind, at the target's most expensive place."""
    wide = reach_of(
        of(kind, UUID(int=number)) for kind, number in product(list(ScopeKind)[2:], range(100, 1_700))
    ) | Reach(territories=frozenset(str(code) for code in range(310_101, 310_301)))
    assert not wide.covers(TARGET)
    rounds = 1_000

    def checks() -> None:
        for _ in range(rounds):
            wide.covers(TARGET)

    best_s = min(repeat(checks, number=1, repeat=5)) / rounds
    assert best_s < 50e-6
