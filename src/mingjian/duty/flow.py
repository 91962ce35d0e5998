"""Decisions without side effects: what a roster plans, who may begin, hand over, confirm and leave, what is due."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from mingjian.duty.errors import (
    ALREADY_ON_DUTY,
    HANDOVER_DECIDED,
    HANDOVER_NEEDED,
    HANDOVER_SELF,
    HANDOVER_WAITS,
    NOT_ON_DUTY,
    NOT_PLANNED,
    POST_TAKEN,
    ROSTER_UNFIT,
    SHIFT_OVER,
)
from mingjian.duty.model import (
    DAY_MINUTES,
    MINUTE_US,
    Check,
    Due,
    Handover,
    Planned,
    Roster,
    Shift,
    Slot,
    Stage,
    Task,
    TaskKind,
)
from mingjian.kernel.clock import SHANGHAI, from_datetime, to_datetime
from mingjian.kernel.errors import MingjianError, Text

EARLY_US: Final = 60 * MINUTE_US
"""Who comes this much before the planned begin, begins the planned shift; who is next within it is waited for."""
MOST_SLOTS: Final = 24
"""Of one day."""
_WEEKDAYS: Final = "一二三四五六日"
_WEEKDAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


# What a roster plans


def day_of(us: int) -> date:
    """The calendar day in Asia/Shanghai."""
    return to_datetime(us).astimezone(SHANGHAI).date()


def midnight(day: date) -> int:
    """The first microsecond of the day in Asia/Shanghai."""
    return from_datetime(datetime(day.year, day.month, day.day, tzinfo=SHANGHAI))


def clock(us: int) -> str:
    """`2026-11-21 20:00`, as people read it."""
    return to_datetime(us).astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def planned(roster: Roster, from_us: int, until_us: int) -> list[Planned]:
    """Every shift that the roster plans and that meets the span, by its begin."""
    found: list[Planned] = []
    day = day_of(from_us) - timedelta(days=1)  # what began the evening before may reach into it
    while midnight(day) < until_us:
        found += (one for one in _of_day(roster, day) if one.from_us < until_us and one.until_us > from_us)
        day += timedelta(days=1)
    return sorted(found, key=lambda one: one.from_us)


def _of_day(roster: Roster, day: date) -> Iterator[Planned]:
    exceptional = roster.days.get(day.isoformat())
    slots = roster.week.get(day.weekday(), ()) if exceptional is None else exceptional.slots
    begins = midnight(day)
    for slot in slots:
        from_us = begins + slot.from_minute * MINUTE_US
        because = exceptional.name if exceptional else ""
        yield Planned(from_us, from_us + slot.minutes * MINUTE_US, slot.person_id, because)


def now_planned(plans: Iterable[Planned], now_us: int) -> Planned | None:
    """Which of these holds at this instant."""
    return next((one for one in plans if one.from_us <= now_us < one.until_us), None)


def next_planned(plans: Iterable[Planned], now_us: int) -> Planned | None:
    """The first that begins later."""
    return next((one for one in sorted(plans, key=lambda one: one.from_us) if one.from_us > now_us), None)


def check_roster(roster: Roster) -> None:
    """Raise MingjianError ROSTER_UNFIT unless nothing of it overlaps: two people at one post at once, or one slot that
    begins before the one of the evening before has ended.
    """
    for slots in [*roster.week.values(), *(one.slots for one in roster.days.values())]:
        _check_slots(slots)
    _check_week(roster.week)
    for day in sorted(roster.days):
        _check_around(roster, date.fromisoformat(day))


def _check_slots(slots: Sequence[Slot]) -> None:
    if len(slots) > MOST_SLOTS:
        raise _unfit("一天的班次太多。", "A day has too many shifts.")
    if any(not (0 <= one.from_minute < DAY_MINUTES and 0 < one.minutes <= DAY_MINUTES) for one in slots):
        raise _unfit(
            "班次须在一天之内开始，且不超过二十四小时。", "A shift begins within its day and lasts a day at most."
        )


def _check_week(week: Mapping[int, Sequence[Slot]]) -> None:
    span = 7 * DAY_MINUTES
    all_of_them = sorted(
        (day * DAY_MINUTES + slot.from_minute, day * DAY_MINUTES + slot.until_minute)
        for day, slots in week.items()
        for slot in slots
    )
    # The week goes round: what begins on Sunday evening meets Monday.
    again = [(begin + span, end + span) for begin, end in all_of_them[:1]]
    for (_, end), (begin, _) in pairwise([*all_of_them, *again]):
        if begin < end:
            day = begin // DAY_MINUTES % 7
            raise _unfit(f"周{_WEEKDAYS[day]}的班次重叠。", f"Shifts overlap on {_WEEKDAYS_EN[day]}.")


def _check_around(roster: Roster, day: date) -> None:
    first, last = midnight(day), midnight(day + timedelta(days=1))
    # A day of its own takes the place of the week's: what reaches into it from before, and out of it, must fit.
    for one, after in pairwise(planned(roster, first - DAY_MINUTES * MINUTE_US, last + DAY_MINUTES * MINUTE_US)):
        if after.from_us < one.until_us:
            raise _unfit(f"{day} 前后的班次重叠。", f"Shifts around {day} overlap.")


def _unfit(zh: str, en: str) -> MingjianError:
    return MingjianError(ROSTER_UNFIT, reason_zh=zh, reason_en=en)


# Who may begin, hand over, confirm and leave


@dataclass(frozen=True, slots=True)
class Basis:
    """What a refusal rests on, in words."""

    citations: Text

    @property
    def values(self) -> dict[str, str]:
        return {"citations": self.citations.zh, "citations_en": self.citations.en}


@dataclass(frozen=True, slots=True)
class Scene:
    """What is known when somebody wants to begin: the open shift of the post, the own open one elsewhere and its post's
    name, and what the roster plans around now, with the names of its people.
    """

    person_id: UUID
    now_us: int
    at_post: Shift | None
    own: Shift | None
    own_post: str
    plans: Sequence[Planned]
    names: Mapping[UUID, str]


def may_begin(scene: Scene, reason: str, basis: Basis) -> Planned | None:
    """The planned shift that begins now; None where the roster plans nothing, or somebody stands in.

    Raises MingjianError ALREADY_ON_DUTY, POST_TAKEN or NOT_PLANNED.
    """
    if scene.own is not None:
        raise MingjianError(ALREADY_ON_DUTY, post=scene.own_post, **basis.values)
    if scene.at_post is not None:
        raise MingjianError(POST_TAKEN, who=scene.at_post.person_label, **basis.values)
    return planned_for(scene, reason, basis)


def planned_for(scene: Scene, reason: str, basis: Basis) -> Planned | None:
    """The same when the post becomes free by a hand-over. Raises MingjianError NOT_PLANNED."""
    near = [one for one in scene.plans if one.from_us - EARLY_US <= scene.now_us < one.until_us]
    own = [one for one in near if one.person_id == scene.person_id]
    if own:
        return own[-1]  # who comes early is there for the shift that is about to begin
    if near and not reason:
        # Who is expected: whoever is about to begin, else whoever should be there.
        raise MingjianError(NOT_PLANNED, who=scene.names.get(near[-1].person_id, "—"), **basis.values)
    return None


def may_end(shift: Shift, person_id: UUID, nxt: Planned | None, now_us: int, who: str, basis: Basis) -> None:
    """Whether a shift may end without anybody taking over: nobody is planned soon.

    Raises MingjianError NOT_ON_DUTY, SHIFT_OVER or HANDOVER_NEEDED.
    """
    require_own(shift, person_id, basis)
    if nxt is not None and nxt.from_us - now_us <= EARLY_US:
        raise MingjianError(HANDOVER_NEEDED, who=who, when=clock(nxt.from_us), **basis.values)


def require_own(shift: Shift, person_id: UUID, basis: Basis) -> None:
    """Raise MingjianError SHIFT_OVER or NOT_ON_DUTY unless this is the person's own and still open."""
    require_open(shift)
    if shift.person_id != person_id:
        raise MingjianError(NOT_ON_DUTY, **basis.values)


def require_open(shift: Shift) -> None:
    """Raise MingjianError SHIFT_OVER unless the shift is open."""
    if shift.ended_us is not None:
        raise MingjianError(SHIFT_OVER, number=shift.number, when=clock(shift.ended_us))


def may_submit(waiting: Handover | None) -> None:
    """Raise MingjianError HANDOVER_WAITS while another one of the same shift waits."""
    if waiting is not None:
        raise MingjianError(HANDOVER_WAITS, number=waiting.number)


def may_confirm(handover: Handover, people: Collection[UUID], basis: Basis) -> None:
    """Whether these (the person, and whoever the person stands in for) may confirm: none of them handed over.

    Raises MingjianError HANDOVER_DECIDED or HANDOVER_SELF.
    """
    require_waiting(handover)
    if handover.from_id in people:
        raise MingjianError(HANDOVER_SELF, **basis.values)


def require_waiting(handover: Handover) -> None:
    """Raise MingjianError HANDOVER_DECIDED unless it waits."""
    if handover.stage is not Stage.SUBMITTED:
        raise MingjianError(HANDOVER_DECIDED, number=handover.number)


# What is due


def due(tasks: Iterable[Task], shift: Shift, checks: Iterable[Check]) -> list[Due]:
    """Everything to do in a shift, by when it is due; what has no time is due at the planned end."""
    done = {(check.task_id, check.due_us): check for check in checks}
    end_us = shift.planned[1] if shift.planned else None
    found = [one for task in tasks for one in _dues(task, shift, end_us, done)]
    return sorted(found, key=lambda one: (one.due_us is None, one.due_us or 0))


def _dues(task: Task, shift: Shift, end_us: int | None, done: Mapping[tuple[UUID, int], Check]) -> Iterator[Due]:
    if task.kind is not TaskKind.TIMED:
        yield Due(task, end_us, done.get((task.id, 0)))
        return
    for at_us in times_within(task.minutes, shift.begun_us, end_us or shift.begun_us + DAY_MINUTES * MINUTE_US):
        yield Due(task, at_us, done.get((task.id, at_us)))


def times_within(minutes: Iterable[int], from_us: int, until_us: int) -> list[int]:
    """The instants of these minutes of the day (Asia/Shanghai) within the span, half open."""
    found, wanted = [], sorted(set(minutes))
    day = day_of(from_us)
    while (begins := midnight(day)) < until_us:
        found += [at for minute in wanted if from_us <= (at := begins + minute * MINUTE_US) < until_us]
        day += timedelta(days=1)
    return found
