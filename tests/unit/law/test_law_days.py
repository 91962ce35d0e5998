"""Terms: month ends, leap years, year ends; the day before, the day itself and the day after of every number."""

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.law import days
from mingjian.law.ask import ask
from mingjian.law.engine import answer, numbers_on
from mingjian.law.library import installed
from mingjian.law.model import Question

CALENDAR = st.dates(date(1950, 1, 1), date(2150, 12, 31))


def _nowhere(_: str) -> None:
    return None


def _asked(**question: object) -> Any:
    return ask(installed(), json.dumps({"scope": "instrument_only", **question}), _nowhere)["answer"]


@given(CALENDAR, st.integers(0, 4000))
def test_days_are_counted_from_the_next_one(day: date, number: int) -> None:
    last = days.after(day, number, "days")
    assert (last - day).days == number
    assert days.before(last, number) == day


@given(CALENDAR, st.integers(0, 48))
def test_months_end_on_the_same_day_or_on_the_last_of_the_month(day: date, number: int) -> None:
    last = days.after(day, number, "months")
    assert (last.year * 12 + last.month) - (day.year * 12 + day.month) == number
    assert last.day == day.day or (last.day < day.day and (last + timedelta(days=1)).day == 1)


@given(CALENDAR, st.integers(0, 20))
def test_years_are_calendar_years(day: date, number: int) -> None:
    last = days.after(day, number, "years")
    assert last == days.after(day, number * 12, "months")
    assert (last.month, last.day) in {(day.month, day.day), (2, 28)}


@pytest.mark.parametrize(
    ("day", "number", "unit", "last"),
    [
        (date(2023, 1, 31), 30, "days", date(2023, 3, 2)),
        (date(2024, 1, 30), 30, "days", date(2024, 2, 29)),
        (date(2016, 12, 31), 1, "days", date(2017, 1, 1)),
        (date(2016, 8, 31), 6, "months", date(2017, 2, 28)),
        (date(2024, 2, 29), 1, "years", date(2025, 2, 28)),
        (date(2024, 2, 29), 4, "years", date(2028, 2, 29)),
        (date(2025, 2, 1), 2, "years", date(2027, 2, 1)),
    ],
)
def test_known_terms(day: date, number: int, unit: str, last: date) -> None:
    assert days.after(day, number, unit) == last


def test_a_term_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(OverflowError):
        days.after(date(9999, 12, 31), 1, "months")


@given(CALENDAR, st.integers(0, 60))
def test_footage_may_go_on_the_day_after_the_term(recorded: date, later: int) -> None:
    """Every text with a term in days, on any day of its life."""
    for pack in installed().packs.values():
        asked = recorded + timedelta(days=later)
        if "retention.days" not in pack.parameters or not pack.instrument.holds_on(asked):
            continue
        number = numbers_on(pack, asked)["retention.days"]
        found = answer(
            installed(),
            Question(pack.instrument.region, asked, "retention", {"recorded_on": recorded}, "instrument_only"),
        )
        assert found.values["retain_through"] == recorded + timedelta(days=int(str(number)))
        assert found.values["delete_allowed"] is (later > int(str(number)))


@pytest.mark.parametrize("code", list(installed().packs))
def test_a_text_holds_from_its_first_day_through_its_last(code: str) -> None:
    instrument = installed().packs[code].instrument
    if instrument.in_force is not None:
        assert not instrument.holds_on(instrument.in_force - timedelta(days=1))
        assert instrument.holds_on(instrument.in_force)
        assert instrument.holds_on(instrument.in_force + timedelta(days=1))
    if instrument.ends is not None:
        assert instrument.holds_on(instrument.ends)
        assert not instrument.holds_on(instrument.ends + timedelta(days=1))


def test_every_number_holds_from_its_first_day_through_its_last() -> None:
    for pack in installed().packs.values():
        for name, values in pack.parameters.items():
            for value in values:
                assert numbers_on(pack, value.first)[name] == value.value
                if value.first > date.min:
                    assert name not in numbers_on(pack, value.first - timedelta(days=1)) or len(values) > 1
                if value.last < date.max:
                    assert numbers_on(pack, value.last)[name] == value.value
                    assert name not in numbers_on(pack, value.last + timedelta(days=1)) or len(values) > 1


@pytest.mark.parametrize(
    ("jurisdiction", "day", "applies"),
    [
        ("tengchong", "2017-09-04", ["YN"]),
        ("tengchong", "2017-09-05", ["YN", "TC"]),
        ("tengchong", "2022-09-04", ["YN", "TC"]),
        ("tengchong", "2022-09-05", ["YN"]),
        ("tengchong", "2025-03-31", ["YN"]),
        ("tengchong", "2025-04-01", ["NAT", "YN"]),
        ("chongqing", "2016-07-31", ["Order 230"]),
        ("chongqing", "2016-08-01", ["CQ"]),
        ("nanchang", "2016-09-30", []),
        ("nanchang", "2016-10-01", ["NC"]),
        ("guangdong", "2009-03-31", []),
        ("guangdong", "2009-04-01", ["GD"]),
        ("national", "2025-03-31", []),
        ("national", "2025-04-01", ["NAT"]),
    ],
)
def test_texts_in_force_on_the_days_around_a_change(jurisdiction: str, day: str, applies: list[str]) -> None:
    found = _asked(jurisdiction=jurisdiction, date=day, scope="all_in_force", topic="effectivity", facts={})
    assert found["applies"] == applies
    assert found["text_available"] is (applies not in (["Order 230"], ["GD"]))


def test_wording_that_is_not_at_hand_is_never_guessed() -> None:
    site = {"site": "hotel_guest_room"}
    for jurisdiction, day in (("guangdong", "2025-01-08"), ("chongqing", "2016-07-31")):
        found = _asked(jurisdiction=jurisdiction, date=day, topic="prohibited_site", facts=site)
        assert (found["prohibited"], found["text_available"]) == ("review", False)
    assert (
        _asked(jurisdiction="guangdong", date="2025-01-09", topic="prohibited_site", facts=site)["prohibited"] is True
    )
