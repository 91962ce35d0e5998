"""Posts, their rosters and their must-do lists: what the security manager decides."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.audit.service import record
from mingjian.duty import basis, flow, store
from mingjian.duty.errors import NOT_ON_ROSTER_ROLE, POST_IN_USE, POST_NAME_UNFIT, POST_UNKNOWN, SEAT_UNFIT
from mingjian.duty.model import Exceptional, Post, Roster, Series, Slot, Task, TaskKind
from mingjian.identity import seats
from mingjian.identity import service as people
from mingjian.identity.model import Person
from mingjian.identity.scopes import Reach, Target
from mingjian.kernel.errors import MingjianError, Text
from mingjian.kernel.ids import new_id
from mingjian.law.model import Citation
from mingjian.registry import organisations, places
from mingjian.site import service as site
from mingjian.storage.engine import Transaction

MOST_TASKS: Final = 50
# By the texts: each of them is asked for, in words like these, by the places that `basis` lists.
FROM_THE_TEXTS: Final = (
    (Text("逐个查看全部画面", "Watch every camera once"), TaskKind.CAMERAS, basis.WATCH),
    (
        Text("检查设备和录像是否正常，故障及时报修", "Check equipment and recording; have faults repaired"),
        TaskKind.ONCE,
        basis.CHECK,
    ),
    (
        Text("确认无关人员未进入监看场所", "Make sure that nobody unrelated is in the watch room"),
        TaskKind.ONCE,
        basis.ENTRY,
    ),
    (
        Text("可疑情况均已及时报告公安机关", "What was suspicious has been reported to the police"),
        TaskKind.ONCE,
        basis.REPORT,
    ),
)


@dataclass(frozen=True, slots=True)
class NewPost:
    """A post as somebody describes it; at most one of place and organisation."""

    name: str
    place_id: UUID | None = None
    organisation_id: UUID | None = None
    seat_id: UUID | None = None


def post(tx: Transaction, post_id: UUID, *, for_change: bool = False) -> Post:
    """A post in use. Raises MingjianError POST_UNKNOWN."""
    found = store.post(tx, post_id, for_change=for_change)
    if found is None or found.ended_us is not None:
        raise MingjianError(POST_UNKNOWN)
    return found


def any_post(tx: Transaction, post_id: UUID) -> Post:
    """A post, in use or not: for what happened at it. Raises MingjianError POST_UNKNOWN."""
    found = store.post(tx, post_id)
    if found is None:
        raise MingjianError(POST_UNKNOWN)
    return found


def target(tx: Transaction, one: Post) -> Target:
    """What a request about this post is about: its place, its organisation, or the installation."""
    if one.place_id is not None:
        return places.target(tx, places.place(tx, one.place_id))
    if one.organisation_id is not None:
        return organisations.target(organisations.organisation(tx, one.organisation_id))
    return Target()


def reached(tx: Transaction, reach: Reach) -> list[Post]:
    """The posts that lie within."""
    return [one for one in store.posts(tx) if reach.everywhere or reach.covers(target(tx, one))]


def region(tx: Transaction, one: Post) -> str:
    """The division whose texts hold at the post; that of the installation where the post has none."""
    return target(tx, one).region_code or site.site(tx).region_code


def articles(tx: Transaction, one: Post, topic: str, now_us: int) -> tuple[Citation, ...]:
    """Where the texts in force at the post ask for `topic` (see `duty.basis`)."""
    return basis.articles(topic, region(tx, one), flow.day_of(now_us))


def grounds(tx: Transaction, one: Post, now_us: int) -> flow.Basis:
    """What refusals at this post rest on."""
    return flow.Basis(basis.in_words(articles(tx, one, basis.WATCH, now_us)))


def texts_of_site(tx: Transaction, now_us: int) -> Text:
    """What refusals rest on that are about no post."""
    return basis.in_words(basis.articles(basis.WATCH, site.site(tx).region_code, flow.day_of(now_us)))


# Posts


def add(tx: Transaction, new: NewPost, *, by: Actor, now_us: int) -> Post:
    """A new post with the must-do list of the texts.

    Raises MingjianError POST_NAME_UNFIT, SEAT_UNFIT, PLACE_UNKNOWN or ORGANISATION_UNKNOWN.
    """
    made = Post(new_id(now_us), "", None, None, None, now_us)
    made = _described(tx, made, new)
    _save(tx, made, new=True)
    store.put_tasks(tx, made.id, _tasks_of_texts(tx, made, now_us), now_us)
    _record(tx, Action.DUTY_POST_ADDED, made, by, now_us)
    return made


def change(tx: Transaction, post_id: UUID, new: NewPost, *, by: Actor, now_us: int) -> Post:
    """Raises what `add` does, and POST_UNKNOWN."""
    changed = _described(tx, post(tx, post_id, for_change=True), new)
    _save(tx, changed, new=False)
    _record(tx, Action.DUTY_POST_CHANGED, changed, by, now_us)
    return changed


def end(tx: Transaction, post_id: UUID, *, by: Actor, now_us: int) -> None:
    """Raises MingjianError POST_UNKNOWN or POST_IN_USE."""
    found = post(tx, post_id, for_change=True)
    standing = store.open_at(tx, [found.id]).get(found.id)
    if standing is not None:
        raise MingjianError(POST_IN_USE, who=standing.person_label, number=standing.number)
    store.change_post(tx, replace(found, ended_us=now_us))
    _record(tx, Action.DUTY_POST_ENDED, found, by, now_us)


def _described(tx: Transaction, before: Post, new: NewPost) -> Post:
    name = " ".join(new.name.split())
    if not 1 <= len(name) <= 64 or (new.place_id and new.organisation_id):
        raise MingjianError(POST_NAME_UNFIT)
    changed = replace(
        before, name=name, place_id=new.place_id, organisation_id=new.organisation_id, seat_id=new.seat_id
    )
    target(tx, changed)  # what it names must be there
    if new.seat_id is not None and new.seat_id not in {one.id for one in seats.places(tx)}:
        raise MingjianError(SEAT_UNFIT)
    return changed


def _save(tx: Transaction, one: Post, *, new: bool) -> None:
    others = [other for other in store.posts(tx) if other.id != one.id]
    if one.seat_id is not None and one.seat_id in {other.seat_id for other in others}:
        raise MingjianError(SEAT_UNFIT)
    try:
        with tx.savepoint():
            (store.add_post if new else store.change_post)(tx, one)
    except IntegrityError as error:
        raise MingjianError(POST_NAME_UNFIT) from error


def _record(tx: Transaction, action: Action, one: Post, by: Actor, now_us: int, **more: JSON) -> None:
    detail: dict[str, JSON] = {
        "name": one.name,
        "place": None if one.place_id is None else str(one.place_id),
        "organisation": None if one.organisation_id is None else str(one.organisation_id),
        "seat": None if one.seat_id is None else str(one.seat_id),
        **more,
    }
    record(tx, Entry(action, by, "duty_post", str(one.id), detail, now_us))


# Rosters


def roster(tx: Transaction, post_id: UUID) -> Roster:
    """What is planned for a post."""
    return store.roster(tx, post_id)


def set_week(tx: Transaction, one: Post, week: Mapping[int, Sequence[Slot]], *, by: Actor, now_us: int) -> str:
    """The weekly pattern instead of the one before; the number of the change.

    Raises MingjianError ROSTER_UNFIT or NOT_ON_ROSTER_ROLE.
    """
    kept = {day: _in_order(slots) for day, slots in week.items() if slots}
    checked = replace(store.roster(tx, one.id), week=kept)
    flow.check_roster(checked)
    _check_people(tx, (slot for slots in kept.values() for slot in slots))
    store.put_week(tx, one.id, kept, _ids(now_us))
    shown: list[JSON] = [
        [day, slot.from_minute, slot.minutes, str(slot.person_id)] for day, slots in kept.items() for slot in slots
    ]
    return _planned(tx, one, by, now_us, {"week": shown[:100]})


def set_day(tx: Transaction, one: Post, day: date, exceptional: Exceptional | None, *, by: Actor, now_us: int) -> str:
    """One day does not follow the week, or does again (None); the number of the change.

    Raises MingjianError ROSTER_UNFIT or NOT_ON_ROSTER_ROLE.
    """
    name = day.isoformat()
    before = store.roster(tx, one.id)
    days = {known: found for known, found in before.days.items() if known != name}
    if exceptional is not None:
        exceptional = Exceptional(" ".join(exceptional.name.split()), _in_order(exceptional.slots))
        _check_people(tx, exceptional.slots)
        days[name] = exceptional
    flow.check_roster(Roster(before.week, days))
    store.put_day(tx, one.id, name, exceptional, _ids(now_us))
    shown: list[JSON] = [
        [slot.from_minute, slot.minutes, str(slot.person_id)] for slot in (exceptional.slots if exceptional else ())
    ]
    return _planned(
        tx, one, by, now_us, {"day": name, "because": exceptional.name if exceptional else "", "slots": shown}
    )


def _planned(tx: Transaction, one: Post, by: Actor, now_us: int, detail: dict[str, JSON]) -> str:
    number = store.number(tx, Series.ROSTER, flow.day_of(now_us).strftime("%Y%m%d"))
    entry = {"name": one.name, "number": number, **detail}
    record(tx, Entry(Action.DUTY_ROSTER_SET, by, "duty_post", str(one.id), entry, now_us))
    return number


def _in_order(slots: Iterable[Slot]) -> tuple[Slot, ...]:
    return tuple(sorted(slots, key=lambda slot: slot.from_minute))


def _ids(now_us: int) -> Iterable[UUID]:
    while True:
        yield new_id(now_us)


def _check_people(tx: Transaction, slots: Iterable[Slot]) -> None:
    for person_id in {slot.person_id for slot in slots}:
        found = people.find_person(tx, person_id)
        if found is None or not may_serve(found):
            raise MingjianError(NOT_ON_ROSTER_ROLE, who=found.display_name if found else "—")


def may_serve(person: Person) -> bool:
    """Whether the person's role is one that is on duty, with an account in use."""
    return person.disabled_us is None and person.role in people.DUTY_ROLES


def who_serve(tx: Transaction) -> list[Person]:
    """Everybody whose role is one that is on duty."""
    return [one for one in people.everybody(tx) if may_serve(one)]


# The must-do list


def tasks(tx: Transaction, post_id: UUID) -> list[Task]:
    return store.tasks(tx, post_id)


def set_tasks(tx: Transaction, one: Post, wanted: Sequence[Task], *, by: Actor, now_us: int) -> list[Task]:
    """These, in this order, instead of the ones before."""
    store.put_tasks(tx, one.id, wanted[:MOST_TASKS], now_us)
    detail: dict[str, JSON] = {"name": one.name, "tasks": [task.title.zh for task in wanted[:MOST_TASKS]]}
    record(tx, Entry(Action.DUTY_TASKS_SET, by, "duty_post", str(one.id), detail, now_us))
    return store.tasks(tx, one.id)


def _tasks_of_texts(tx: Transaction, one: Post, now_us: int) -> list[Task]:
    """What the texts in force at the post ask for; what they are silent about is left to the manager."""
    return [
        Task(new_id(now_us), one.id, title, kind, (), topic)
        for title, kind, topic in FROM_THE_TEXTS
        if articles(tx, one, topic, now_us)
    ]
