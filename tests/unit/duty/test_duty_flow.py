"""Who may begin, hand over, confirm and leave; what a roster plans across midnight and on days of its own."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.duty import basis, flow
from mingjian.duty.collect import unreported
from mingjian.duty.model import (
    Category,
    Check,
    Ending,
    Exceptional,
    Handover,
    LogEntry,
    Planned,
    Roster,
    Shift,
    Slot,
    Stage,
    Task,
    TaskKind,
)
from mingjian.kernel.clock import SHANGHAI, from_datetime
from mingjian.kernel.errors import MingjianError, Text
from mingjian.law.library import installed
from mingjian.law.model import Citation

ZHANG, LI, WANG = UUID(int=1), UUID(int=2), UUID(int=3)
POST = UUID(int=9)
NAMES = {ZHANG: "张伟", LI: "李强", WANG: "王芳"}
TEXTS = flow.Basis(Text("《云南规定》第二十二条第一项", "Yunnan provisions, article 22 item 1"))
HOUR = 60


def at(text: str) -> int:
    """`2026-11-23 20:00` in Asia/Shanghai; that day is a Monday."""
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


def two_shifts() -> dict[int, tuple[Slot, ...]]:
    """Every day 08:00 to 20:00 and through the night."""
    return {day: (Slot(8 * HOUR, 12 * HOUR, ZHANG), Slot(20 * HOUR, 12 * HOUR, LI)) for day in range(7)}


def shift(person: UUID = ZHANG, **more: Any) -> Shift:
    begun = at("2026-11-23 08:00")
    planned = (begun, at("2026-11-23 20:00"))
    return replace(Shift(UUID(int=20), "ZB-20261123-0001", POST, person, NAMES[person], begun, planned), **more)


def refused(act: Callable[[], object]) -> str:
    with pytest.raises(MingjianError) as caught:
        act()
    words = caught.value
    assert words.what.zh
    assert words.why.zh
    assert words.advice.zh
    return words.code


# Rosters


def test_a_night_shift_belongs_to_the_day_on_which_it_begins() -> None:
    plans = flow.planned(Roster(two_shifts()), at("2026-11-24 02:00"), at("2026-11-24 09:00"))
    assert plans == [
        Planned(at("2026-11-23 20:00"), at("2026-11-24 08:00"), LI),
        Planned(at("2026-11-24 08:00"), at("2026-11-24 20:00"), ZHANG),
    ]


@pytest.mark.parametrize(
    ("moment", "now", "following"),
    [
        ("2026-11-23 07:59", LI, ZHANG),
        ("2026-11-23 08:00", ZHANG, LI),
        ("2026-11-23 19:59", ZHANG, LI),
        ("2026-11-23 20:00", LI, ZHANG),
        ("2026-11-23 23:59", LI, ZHANG),
        ("2026-11-24 00:00", LI, ZHANG),
    ],
)
def test_who_is_planned_now_and_next(moment: str, now: UUID, following: UUID) -> None:
    plans = flow.planned(Roster(two_shifts()), at("2026-11-22 00:00"), at("2026-11-26 00:00"))
    found, nxt = flow.now_planned(plans, at(moment)), flow.next_planned(plans, at(moment))
    assert found
    assert nxt
    assert (found.person_id, nxt.person_id) == (now, following)


def test_a_day_of_its_own_takes_the_place_of_the_week() -> None:
    holiday = Exceptional("国庆节", (Slot(8 * HOUR, 24 * HOUR, WANG),))
    roster = Roster(two_shifts(), {"2026-10-01": holiday, "2026-10-02": Exceptional("国庆节", ())})
    plans = flow.planned(roster, at("2026-10-01 08:00"), at("2026-10-03 08:00"))
    assert plans == [Planned(at("2026-10-01 08:00"), at("2026-10-02 08:00"), WANG, "国庆节")]
    flow.check_roster(roster)


def slots(*given: tuple[int, int]) -> tuple[Slot, ...]:
    return tuple(Slot(begin * HOUR, hours * HOUR, ZHANG) for begin, hours in given)


@pytest.mark.parametrize(
    ("roster", "fits"),
    [
        (Roster({}), True),
        (Roster({0: slots((8, 12), (20, 12))}), True),
        (Roster({0: slots((8, 13), (20, 4))}), False),
        (Roster({0: slots((20, 12)), 1: slots((8, 12))}), True),
        (Roster({0: slots((20, 13)), 1: slots((8, 12))}), False),
        (Roster({6: slots((20, 12)), 0: slots((8, 12))}), True),
        (Roster({6: slots((20, 13)), 0: slots((8, 12))}), False),
        (Roster({0: slots((0, 24)), 1: slots((0, 24))}), True),
        (Roster(two_shifts(), {"2026-11-25": Exceptional("停电", slots((9, 24)))}), False),
        (Roster(two_shifts(), {"2026-11-25": Exceptional("停电", slots((7, 2)))}), False),
        (Roster(two_shifts(), {"2026-11-25": Exceptional("停电", slots((8, 16)))}), True),
        (Roster({0: (Slot(24 * HOUR, 60, ZHANG),)}), False),
        (Roster({0: (Slot(0, 0, ZHANG),)}), False),
        (Roster({0: (Slot(0, 24 * HOUR + 1, ZHANG),)}), False),
    ],
)
def test_what_overlaps_is_refused(roster: Roster, fits: bool) -> None:
    if fits:
        flow.check_roster(roster)
    else:
        assert refused(lambda: flow.check_roster(roster)) == "duty.roster_unfit"


week = st.dictionaries(
    st.integers(0, 6),
    st.lists(st.builds(Slot, st.integers(0, 1439), st.integers(1, 1440), st.just(ZHANG)), max_size=3).map(
        lambda found: tuple(sorted(found, key=lambda slot: slot.from_minute))
    ),
    max_size=7,
)


@given(week)
def test_what_the_check_lets_through_never_has_two_at_once(found: dict[int, tuple[Slot, ...]]) -> None:
    roster = Roster(found)
    plans = flow.planned(roster, at("2026-11-02 00:00"), at("2026-11-30 00:00"))
    overlaps = any(one.until_us > after.from_us for one, after in pairwise(plans))
    try:
        flow.check_roster(roster)
    except MingjianError:
        assert overlaps
    else:
        assert not overlaps


# Who may


def scene(person: UUID, moment: str, **more: Any) -> flow.Scene:
    plans = flow.planned(Roster(two_shifts()), at("2026-11-22 00:00"), at("2026-11-26 00:00"))
    return replace(flow.Scene(person, at(moment), None, None, "", plans, NAMES), **more)


@pytest.mark.parametrize(
    ("given", "reason", "expected"),
    [
        (scene(ZHANG, "2026-11-23 08:05"), "", "2026-11-23 08:00"),
        (scene(ZHANG, "2026-11-23 07:10"), "", "2026-11-23 08:00"),  # early: the planned one begins
        (scene(LI, "2026-11-24 00:30"), "", "2026-11-23 20:00"),  # after midnight it is yesterday's
        (scene(ZHANG, "2026-11-23 06:50"), "", "duty.not_planned"),
        (scene(WANG, "2026-11-23 08:05"), "", "duty.not_planned"),
        (scene(WANG, "2026-11-23 08:05"), "替张伟", None),
        (scene(WANG, "2026-11-23 08:05", plans=[]), "", None),  # nothing planned: whoever is there
        (scene(ZHANG, "2026-11-23 08:05", at_post=shift(LI)), "", "duty.post_taken"),
        (scene(ZHANG, "2026-11-23 08:05", own=shift(), own_post="东门"), "", "duty.already_on_duty"),
        (scene(ZHANG, "2026-11-23 08:05", at_post=shift(), own=shift()), "", "duty.already_on_duty"),
    ],
)
def test_who_may_begin(given: flow.Scene, reason: str, expected: str | None) -> None:
    if expected is not None and expected.startswith("duty."):
        assert refused(lambda: flow.may_begin(given, reason, TEXTS)) == expected
        return
    found = flow.may_begin(given, reason, TEXTS)
    assert (found.from_us if found else None) == (at(expected) if expected else None)


@pytest.mark.parametrize(
    ("given", "person", "nxt", "expected"),
    [
        (shift(), ZHANG, None, ""),
        (shift(), ZHANG, "2026-11-23 21:01", ""),
        (shift(), ZHANG, "2026-11-23 20:59", "duty.handover_needed"),
        (shift(), LI, None, "duty.not_on_duty"),
        (shift(ended_us=at("2026-11-23 19:00"), ending=Ending.RELIEVED), ZHANG, None, "duty.shift_over"),
    ],
)
def test_who_may_leave_without_a_hand_over(given: Shift, person: UUID, nxt: str | None, expected: str) -> None:
    following = Planned(at(nxt), at(nxt) + 1, LI) if nxt else None

    def leave() -> None:
        flow.may_end(given, person, following, at("2026-11-23 20:00"), "李强", TEXTS)

    if expected:
        assert refused(leave) == expected
    else:
        leave()


def handover(stage: Stage = Stage.SUBMITTED) -> Handover:
    return Handover(
        UUID(int=30), "JJ-20261123-0001", POST, UUID(int=20), ZHANG, "张伟", at("2026-11-23 20:00"), "平稳", {}, stage
    )


@pytest.mark.parametrize(
    ("given", "people", "expected"),
    [
        (handover(), {LI}, ""),
        (handover(), {ZHANG}, "duty.handover_self"),
        (handover(), {LI, ZHANG}, "duty.handover_self"),  # a deputy of who hands over
        (handover(Stage.CONFIRMED), {LI}, "duty.handover_decided"),
        (handover(Stage.WITHDRAWN), {LI}, "duty.handover_decided"),
    ],
)
def test_two_different_people_confirm(given: Handover, people: set[UUID], expected: str) -> None:
    if expected:
        assert refused(lambda: flow.may_confirm(given, people, TEXTS)) == expected
    else:
        flow.may_confirm(given, people, TEXTS)


def test_refusals_name_what_they_rest_on() -> None:
    with pytest.raises(MingjianError) as caught:
        flow.may_confirm(handover(), {ZHANG}, TEXTS)
    assert "《云南规定》第二十二条第一项" in caught.value.why.zh
    assert "article 22 item 1" in caught.value.why.en


def test_one_hand_over_waits_at_a_time() -> None:
    flow.may_submit(None)
    assert refused(lambda: flow.may_submit(handover())) == "duty.handover_waits"


# What is due


def task(kind: TaskKind, *minutes: int, number: int = 40) -> Task:
    return Task(UUID(int=number), POST, Text("事", "thing"), kind, minutes)


def test_what_is_due_in_a_shift_across_midnight() -> None:
    night = shift(LI, begun_us=at("2026-11-23 20:05"), planned=(at("2026-11-23 20:00"), at("2026-11-24 08:00")))
    timed = task(TaskKind.TIMED, 20 * HOUR, 22 * HOUR, 2 * HOUR, 8 * HOUR)
    once = task(TaskKind.ONCE, number=41)
    done = Check(UUID(int=50), timed.id, night.id, at("2026-11-23 22:00"), at("2026-11-23 22:03"), "李强", True, "")
    found = flow.due([once, timed], night, [done])
    assert [(one.due_us, one.finished) for one in found] == [
        (at("2026-11-23 22:00"), True),
        (at("2026-11-24 02:00"), False),
        (at("2026-11-24 08:00"), False),
    ]
    assert found[2].task == once, "20:00 was before the shift, 08:00 is the next one's"


def test_cameras_are_finished_when_all_were_watched() -> None:
    one = flow.due([task(TaskKind.CAMERAS)], shift(), [])[0]
    assert not replace(one, seen=2, total=3).finished
    assert replace(one, seen=3, total=3).finished


def test_what_is_suspicious_stays_open_until_it_was_reported() -> None:
    def entry(number: int, category: Category, reported_to: str = "", corrects: int | None = None) -> LogEntry:
        return LogEntry(
            UUID(int=number), f"RZ-{number}", POST, UUID(int=20), number, ZHANG, "张伟", category, "徘徊",
            corrects=None if corrects is None else UUID(int=corrects), reported_to=reported_to,
        )  # fmt: skip

    entries = [
        entry(1, Category.SUSPICIOUS),
        entry(2, Category.SUSPICIOUS, "派出所"),
        entry(3, Category.EVENT),
        entry(4, Category.SUSPICIOUS),
        entry(5, Category.SUSPICIOUS, "派出所 14:10", corrects=4),
        entry(6, Category.SUSPICIOUS, corrects=1),
    ]
    assert [one.number for one in unreported(entries)] == ["RZ-1"]


# What it rests on


def test_every_article_is_a_row_of_its_text() -> None:
    books = installed()
    for places in basis.ARTICLES.values():
        for code, cited in places.items():
            rows = {row.citation for row in books.packs[code].rows}
            assert {Citation.parse(code, one) for one in cited} <= rows, code


@pytest.mark.parametrize(
    ("region", "day", "codes"),
    [
        ("530581", date(2026, 11, 23), ["NAT", "YN"]),
        ("530581", date(2020, 1, 6), ["YN", "TC"]),  # Tengchong's ended in 2022; the national one began in 2025
        ("500103", date(2026, 11, 23), ["NAT", "CQ"]),
        ("440305", date(2026, 11, 23), ["NAT", "GD"]),
        ("360102", date(2026, 11, 23), ["NAT", "NC"]),
        ("110101", date(2026, 11, 23), ["NAT"]),
        ("", date(2026, 11, 23), ["NAT"]),
        ("110101", date(2020, 1, 6), []),
    ],
)
def test_the_articles_are_those_in_force_at_the_post(region: str, day: date, codes: list[str]) -> None:
    assert [one.instrument for one in basis.articles(basis.WATCH, region, day)] == codes


def test_where_all_are_silent_nothing_is_cited() -> None:
    assert basis.in_words(basis.articles(basis.ENTRY, "530581", date(2026, 11, 23))) == Text("—", "—")


def test_days_are_those_of_shanghai() -> None:
    late = from_datetime(datetime(2026, 11, 23, 16, 0, tzinfo=UTC))
    assert flow.day_of(late) == date(2026, 11, 24)
    assert flow.midnight(date(2026, 11, 24)) == late
