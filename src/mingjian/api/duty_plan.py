"""Posts, rosters and must-do lists: what the security manager plans."""

import re
from datetime import date
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query
from pydantic import Field

from mingjian.api.deps import Caller, Data
from mingjian.api.duty import Planner, Reader, names_of, shown_posts
from mingjian.api.duty_shapes import (
    DutyArticle,
    DutyPost,
    DutyTask,
    PlannedShift,
    TaskKindCode,
    shown_task,
)
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, Moment, Phrase, Shape
from mingjian.duty import basis, flow, model, posts, service
from mingjian.identity.permissions import Permission
from mingjian.identity.scopes import Target
from mingjian.kernel.errors import Text
from mingjian.kernel.ids import new_id
from mingjian.storage.engine import Transaction

router = versioned("duty")

_CLOCK: Final = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
_MOST_DAYS: Final = 62
_DAY_US: Final = 86_400_000_000


class NewDutyPost(Shape):
    """A post as it is described; at most one of place and organisation, neither for the whole installation."""

    name: str = Field(min_length=1, max_length=64, pattern=NO_CONTROLS, examples=["一中值班室"])
    place_id: UUID | None = None
    organisation_id: UUID | None = None
    seat_id: UUID | None = None

    def to_model(self) -> posts.NewPost:
        return posts.NewPost(self.name, self.place_id, self.organisation_id, self.seat_id)


class RosterSlot(Shape):
    """A stretch of the roster: from `HH:MM` of the day (Asia/Shanghai), so many minutes, who. It may cross midnight."""

    start: str = Field(pattern=_CLOCK, examples=["20:00"])
    minutes: int = Field(ge=1, le=model.DAY_MINUTES, examples=[720])
    person_id: UUID
    person: str = ""

    def to_model(self) -> model.Slot:
        return model.Slot(_minute(self.start), self.minutes, self.person_id)

    @classmethod
    def of(cls, one: model.Slot, names: dict[UUID, str]) -> "RosterSlot":
        start = f"{one.from_minute // 60:02d}:{one.from_minute % 60:02d}"
        return cls(start=start, minutes=one.minutes, person_id=one.person_id, person=names.get(one.person_id, "—"))


def _minute(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)


class RosterDay(Shape):
    """A day of the week (0 is Monday) and its slots."""

    weekday: int = Field(ge=0, le=6)
    slots: list[RosterSlot] = Field(max_length=flow.MOST_SLOTS)


class RosterException(Shape):
    """A day that does not follow the week: its name (国庆节, 调休上班) and its slots, none where nobody is on duty."""

    day: date
    name: str = Field(min_length=1, max_length=40, pattern=NO_CONTROLS, examples=["国庆节"])
    slots: list[RosterSlot] = Field(max_length=flow.MOST_SLOTS)


class DutyRoster(Shape):
    """The weekly pattern, the exceptions by day, and the must-do list."""

    week: list[RosterDay]
    days: list[RosterException]
    tasks: list[DutyTask]
    articles: list[DutyArticle]
    staff_articles: list[DutyArticle]


class NewWeek(Shape):
    """The weekly pattern; days that are not there have nobody."""

    week: list[RosterDay] = Field(max_length=7)


class NewDay(Shape):
    """An exceptional day."""

    name: str = Field(min_length=1, max_length=40, pattern=NO_CONTROLS, examples=["调休上班"])
    slots: list[RosterSlot] = Field(max_length=flow.MOST_SLOTS)


class RosterSaved(Shape):
    """The number of the change: its receipt."""

    number: str
    roster: DutyRoster


class NewTask(Shape):
    """Something of the must-do list. With the `id` of one that is there, it stays that one."""

    id: UUID | None = None
    title: Phrase
    kind: TaskKindCode
    times: list[Annotated[str, Field(pattern=_CLOCK)]] = Field(default_factory=list, max_length=24)
    basis: str = Field(default="", pattern="^(|watch|check|entry|report)$")


class NewTasks(Shape):
    """The must-do list, in order."""

    items: list[NewTask] = Field(max_length=posts.MOST_TASKS)


class PlannedShifts(Shape):
    """What a roster plans, by begin."""

    items: list[PlannedShift]


@router.post("/duty/posts", operation_id="addDutyPost", status_code=201)
def add_post(body: NewDutyPost, caller: Planner, data: Data) -> DutyPost:
    """A new post, with the must-do list of the texts in force there."""
    with data.write() as tx:
        caller = _allowed(tx, body, caller)
        made = posts.add(tx, body.to_model(), by=caller.actor, now_us=caller.visit.now_us)
        return shown_posts(tx, [made], caller)[0]


@router.put("/duty/posts/{post_id}", operation_id="changeDutyPost")
def change_post(post_id: UUID, body: NewDutyPost, caller: Planner, data: Data) -> DutyPost:
    """Describe a post anew."""
    with data.write() as tx:
        caller = _allowed(tx, body, caller)
        changed = posts.change(tx, post_id, body.to_model(), by=caller.actor, now_us=caller.visit.now_us)
        return shown_posts(tx, [changed], caller)[0]


def _allowed(tx: Transaction, body: NewDutyPost, caller: Caller) -> Caller:
    described = model.Post(new_id(0), body.name, body.place_id, body.organisation_id, None, 0)
    where: Target = posts.target(tx, described)
    return caller.at(Permission.DUTY_PLAN, where)


@router.delete("/duty/posts/{post_id}", operation_id="endDutyPost", status_code=204)
def end_post(post_id: UUID, caller: Planner, data: Data) -> None:
    """The post is used no more; its log stays."""
    with data.write() as tx:
        posts.end(tx, post_id, by=caller.actor, now_us=caller.visit.now_us)


@router.get("/duty/posts/{post_id}/roster", operation_id="dutyRoster")
def get_roster(post_id: UUID, caller: Reader, data: Data) -> DutyRoster:
    """What is planned for a post, and its must-do list."""
    with data.read() as tx:
        return shown_roster(tx, posts.post(tx, post_id), caller.visit.now_us)


def shown_roster(tx: Transaction, post: model.Post, now_us: int) -> DutyRoster:
    """The roster as it stands."""
    found = posts.roster(tx, post.id)
    names = names_of(tx, found.people)
    topics = {topic: DutyArticle.all_of(posts.articles(tx, post, topic, now_us)) for topic in basis.TOPICS}
    return DutyRoster(
        week=[
            RosterDay(weekday=day, slots=[RosterSlot.of(slot, names) for slot in slots])
            for day, slots in sorted(found.week.items())
        ],
        days=[
            RosterException(
                day=date.fromisoformat(day), name=one.name, slots=[RosterSlot.of(slot, names) for slot in one.slots]
            )
            for day, one in sorted(found.days.items())
        ],
        tasks=[shown_task(one, topics.get(one.basis, [])) for one in posts.tasks(tx, post.id)],
        articles=topics[basis.WATCH],
        staff_articles=topics[basis.STAFF],
    )


@router.get("/duty/posts/{post_id}/plan", operation_id="dutyPlan")
def get_plan(
    post_id: UUID,
    _caller: Reader,
    data: Data,
    start: Annotated[Moment, Query(alias="from")],
    days: Annotated[int, Query(ge=1, le=_MOST_DAYS)] = 7,
) -> PlannedShifts:
    """What the roster plans in these days."""
    with data.read() as tx:
        found = service.plans(tx, posts.post(tx, post_id).id, start, start + days * _DAY_US)
        names = names_of(tx, {one.person_id for one in found})
        return PlannedShifts(items=[PlannedShift.of(one, names) for one in found])


@router.put("/duty/posts/{post_id}/week", operation_id="setDutyWeek")
def set_week(post_id: UUID, body: NewWeek, caller: Planner, data: Data) -> RosterSaved:
    """Set the weekly pattern."""
    week = {day.weekday: [slot.to_model() for slot in day.slots] for day in body.week}
    with data.write() as tx:
        post = posts.post(tx, post_id, for_change=True)
        number = posts.set_week(tx, post, week, by=caller.actor, now_us=caller.visit.now_us)
        return RosterSaved(number=number, roster=shown_roster(tx, post, caller.visit.now_us))


@router.put("/duty/posts/{post_id}/days/{day}", operation_id="setDutyDay")
def set_day(post_id: UUID, day: date, body: NewDay, caller: Planner, data: Data) -> RosterSaved:
    """Let a day not follow the week."""
    wanted = model.Exceptional(body.name, tuple(slot.to_model() for slot in body.slots))
    return _set_day(post_id, day, wanted, caller, data)


@router.delete("/duty/posts/{post_id}/days/{day}", operation_id="clearDutyDay")
def clear_day(post_id: UUID, day: date, caller: Planner, data: Data) -> RosterSaved:
    """Let a day follow the week again."""
    return _set_day(post_id, day, None, caller, data)


def _set_day(post_id: UUID, day: date, wanted: model.Exceptional | None, caller: Caller, data: Data) -> RosterSaved:
    with data.write() as tx:
        post = posts.post(tx, post_id, for_change=True)
        number = posts.set_day(tx, post, day, wanted, by=caller.actor, now_us=caller.visit.now_us)
        return RosterSaved(number=number, roster=shown_roster(tx, post, caller.visit.now_us))


@router.put("/duty/posts/{post_id}/tasks", operation_id="setDutyTasks")
def set_tasks(post_id: UUID, body: NewTasks, caller: Planner, data: Data) -> DutyRoster:
    """Set the must-do list."""
    now_us = caller.visit.now_us
    with data.write() as tx:
        post = posts.post(tx, post_id, for_change=True)
        wanted = [
            model.Task(
                one.id or new_id(now_us),
                post.id,
                Text(_plain(one.title.zh), _plain(one.title.en)),
                model.TaskKind(one.kind),
                tuple(sorted({_minute(time) for time in one.times})),
                one.basis,
            )
            for one in body.items
        ]
        posts.set_tasks(tx, post, wanted, by=caller.actor, now_us=now_us)
        return shown_roster(tx, post, now_us)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())[:200]
