"""What happens when a disk fills, and how many days before somebody knows."""

from pathlib import Path
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.media.keeping import DAY, HOUR, at

from mingjian.media.keep.forecast import HORIZON_DAYS, Recorded, days_left
from mingjian.media.keep.ladder import Room, Rung, decide
from mingjian.media.keep.reserve import FILE_NAME, Reserve

FLOOR: Final = 1_200
# free bytes of the volumes, who recorded before: bytes to purge, who records
LADDER: Final[dict[str, tuple[tuple[int, ...], int, Rung]]] = {
    "plenty": ((10_000,), 3, Rung(0, 3)),
    "just enough not to bother": ((1_800,), 3, Rung(0, 3)),
    "room is made before anybody stops": ((1_799,), 3, Rung(601, 3)),
    "the last moment of all": ((1_200,), 3, Rung(1_200, 3)),
    "the lowest stops first": ((1_199,), 3, Rung(1_201, 2)),
    "the middle at two thirds": ((799,), 3, Rung(1_601, 1)),
    "nobody below a third": ((399,), 3, Rung(2_001, 0)),
    "what stopped waits for a quarter more": ((1_400,), 2, Rung(1_000, 2)),
    "and begins again": ((1_500,), 2, Rung(900, 3)),
    "from nothing to the first": ((700,), 0, Rung(1_700, 1)),
    "from nothing to all": ((1_800,), 0, Rung(0, 3)),
    "one full volume costs nothing beside another": ((0, 5_000), 3, Rung(0, 3)),
    "both full": ((100, 500), 3, Rung(1_900, 1)),
    "no volume": ((), 3, Rung(0, 0)),
}


@pytest.mark.parametrize("name", LADDER)
def test_the_ladder(name: str) -> None:
    free, standing, rung = LADDER[name]
    assert decide([Room(one, FLOOR) for one in free], standing) == rung


def test_a_priority_is_told_by_its_number() -> None:
    assert [Rung(0, 2).may_record(priority) for priority in (1, 2, 3)] == [True, True, False]
    assert Rung(0, 2).full
    assert not Rung(9, 3).full


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=4), st.integers(0, 3))
def test_more_room_never_stops_anybody(free: list[int], standing: int) -> None:
    before = decide([Room(one, FLOOR) for one in free], standing)
    after = decide([Room(one + 100, FLOOR) for one in free], standing)
    assert after.recording >= before.recording
    assert after.purge_bytes <= before.purge_bytes
    assert before.may_record(1) or not before.may_record(3), "who matters most records longest"


@given(st.lists(st.integers(0, 2_400), min_size=1, max_size=30))
def test_a_level_that_wavers_by_little_does_not_switch_recording(levels: list[int]) -> None:
    """Between stopping and beginning again lies a quarter of a floor."""
    standing, switched_at = 3, dict[int, int]()
    for free in levels:
        recording = decide([Room(free, FLOOR)], standing).recording
        for priority in range(min(standing, recording) + 1, max(standing, recording) + 1):
            last = switched_at.get(priority)
            assert last is None or abs(free - last) >= FLOOR // 4 - 1 or (recording < standing)
            switched_at[priority] = free
        standing = recording


# Forecast

NOW: Final = at(DAY, 12)


def daily(size: int, *, first: int = DAY - 40, last: int = DAY - 1) -> dict[int, int]:
    return dict.fromkeys(range(first, last + 1), size)


FORECASTS: Final[dict[str, tuple[int, list[Recorded], int | None]]] = {
    "nothing recorded": (1_000, [], None),
    "nothing may go": (1_000, [Recorded(None, daily(100))], 10),
    "not one more day": (50, [Recorded(None, daily(100))], 0),
    "terms let go what comes in": (1_000, [Recorded(30, daily(100))], None),
    "terms let go what comes in, however short of room": (100, [Recorded(30, daily(100, first=DAY - 30))], None),
    "the first weeks have nothing to let go": (1_000, [Recorded(30, daily(100, first=DAY - 10))], 10),
    "it fits until the first goes": (2_100, [Recorded(30, daily(100, first=DAY - 10))], None),
    "what may go already is room": (0, [Recorded(30, daily(100, first=DAY - 50))], None),
    "one kind never goes": (2_000, [Recorded(30, daily(100, first=DAY - 30)), Recorded(None, daily(100))], 19),
    "held days are no room": (0, [Recorded(30, daily(100), held=daily(100))], 0),
    "too far away to say": (100 * (HORIZON_DAYS + 2), [Recorded(None, daily(100))], None),
    "today alone, scaled up": (1_000, [Recorded(None, {DAY: 50})], 10),
    "young": (1_000, [Recorded(None, daily(200, first=DAY - 2))], 5),
    "a quiet week counts": (700, [Recorded(None, {DAY - 7: 700})], 7),
    "what was long ago does not": (700, [Recorded(None, daily(700, last=DAY - 8))], None),
}


@pytest.mark.parametrize("name", FORECASTS)
def test_days_that_are_left(name: str) -> None:
    free, kinds, days = FORECASTS[name]
    assert days_left(free, kinds, NOW) == days


def test_a_first_minute_is_nothing_to_reckon_with() -> None:
    assert Recorded(None, {DAY: 50}).rate(at(DAY, 0) + HOUR // 60) == 0


@given(free=st.integers(0, 100_000), size=st.integers(1, 1_000), term=st.integers(1, 60), days=st.integers(0, 60))
def test_a_forecast_holds_day_by_day(free: int, size: int, term: int, days: int) -> None:
    """Against a plain account of what comes and goes each day."""
    there = daily(size, first=DAY - days, last=DAY - 1) if days else {}
    left = days_left(free, [Recorded(term, there)], NOW)
    if not there:
        assert left is None
        return
    room = free
    stored = dict(there)
    for ahead in range(200):
        for day in [one for one in stored if one < DAY + ahead - term]:
            room += stored.pop(day)
        room -= size
        stored[DAY + ahead] = size
        if room < 0:
            assert left == ahead
            return
    assert left is None


# The reserve


def test_the_reserve_takes_room_and_gives_it_up(tmp_path: Path) -> None:
    reserve, file = Reserve(tmp_path, 1 << 20), tmp_path / FILE_NAME
    assert reserve.tend()
    assert file.stat().st_blocks * 512 >= 1 << 20, "it must take up the room, not only be that long"
    assert reserve.tend(1 << 19)
    assert not reserve.tend((1 << 19) - 1)
    assert not file.exists()
    assert not reserve.tend(2 << 20), "it does not come and go"
    assert reserve.tend(4 << 20)
    assert file.stat().st_size == 1 << 20


def test_no_reserve_is_kept_where_none_is_wanted(tmp_path: Path) -> None:
    assert Reserve(tmp_path, 1 << 20).tend()
    assert not Reserve(tmp_path, 0).tend()
    assert list(tmp_path.iterdir()) == []
    assert not Reserve(tmp_path / "not there", 1 << 20).tend()
