"""Shifts and hand-overs: begun, handed over and ended by people; one open shift a post, and one a person."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from mingjian.alerts.model import Kinds
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.audit.service import record
from mingjian.duty import book, collect, flow, posts, store
from mingjian.duty.errors import HANDOVER_UNKNOWN, NOT_ON_DUTY, POST_TAKEN, SHIFT_UNKNOWN
from mingjian.duty.model import MINUTE_US, Category, Ending, Handover, Planned, Post, Series, Shift, Stage
from mingjian.identity import service as people
from mingjian.identity.model import DutyPlace, Person
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.storage.engine import Transaction

AROUND_US = 24 * 60 * MINUTE_US


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who acts: the person, how the audit log names them, and when."""

    person: Person
    actor: Actor
    now_us: int


def shift(tx: Transaction, shift_id: UUID, *, for_change: bool = False) -> Shift:
    """Raises MingjianError SHIFT_UNKNOWN."""
    found = store.shift(tx, shift_id, for_change=for_change)
    if found is None:
        raise MingjianError(SHIFT_UNKNOWN)
    return found


def own(tx: Transaction, person_id: UUID) -> Shift | None:
    """The open shift of a person."""
    return store.open_of(tx, person_id)


def require_own(tx: Transaction, who: Who) -> tuple[Post, Shift]:
    """The post and the open shift of who acts, held until the transaction ends. Raises MingjianError NOT_ON_DUTY."""
    found = store.open_of(tx, who.person.id)
    if found is None:
        raise MingjianError(NOT_ON_DUTY, **flow.Basis(posts.texts_of_site(tx, who.now_us)).values)
    held = shift(tx, found.id, for_change=True)
    post = posts.any_post(tx, held.post_id)
    flow.require_own(held, who.person.id, posts.grounds(tx, post, who.now_us))
    return post, held


def plans(tx: Transaction, post_id: UUID, from_us: int, until_us: int) -> list[Planned]:
    """What the roster plans for a post and meets the span."""
    return flow.planned(store.roster(tx, post_id), from_us, until_us)


def around(tx: Transaction, post_id: UUID, now_us: int) -> list[Planned]:
    """What it plans from a day before to a week from now."""
    return plans(tx, post_id, now_us - AROUND_US, now_us + 7 * AROUND_US)


# Begin and end


def begin(tx: Transaction, post: Post, reason: str, who: Who) -> Shift:
    """Begin a shift. `post` is held by the caller.

    Raises MingjianError ALREADY_ON_DUTY, POST_TAKEN or NOT_PLANNED (no reason is given, and somebody else is planned).
    """
    reason = " ".join(reason.split())
    grounds = posts.grounds(tx, post, who.now_us)
    planned = flow.may_begin(_scene(tx, post, who), reason, grounds)
    begun = _begin(tx, post, planned, reason, who)
    _record(tx, Action.DUTY_BEGUN, begun, post, who.actor, who.now_us, reason=reason)
    return begun


def _scene(tx: Transaction, post: Post, who: Who) -> flow.Scene:
    own_shift = store.open_of(tx, who.person.id)
    elsewhere = posts.any_post(tx, own_shift.post_id).name if own_shift else ""
    around_now = around(tx, post.id, who.now_us)
    names = {one: _name(tx, one) for one in {plan.person_id for plan in around_now}}
    at_post = store.open_at(tx, [post.id]).get(post.id)
    return flow.Scene(who.person.id, who.now_us, at_post, own_shift, elsewhere, around_now, names)


def _name(tx: Transaction, person_id: UUID) -> str:
    found = people.find_person(tx, person_id)
    return found.display_name if found else "—"


def _begin(tx: Transaction, post: Post, planned: Planned | None, reason: str, who: Who) -> Shift:
    number = store.number(tx, Series.SHIFT, flow.day_of(who.now_us).strftime("%Y%m%d"))
    times = (planned.from_us, planned.until_us) if planned else None
    begun = Shift(
        new_id(who.now_us), number, post.id, who.person.id, who.person.display_name, who.now_us, times, reason
    )
    try:
        with tx.savepoint():
            store.add_shift(tx, begun)
    except IntegrityError as error:  # two at the same moment: one of them is there now
        there = store.open_at(tx, [post.id]).get(post.id)
        label = there.person_label if there else who.person.display_name
        raise MingjianError(POST_TAKEN, who=label, **posts.grounds(tx, post, who.now_us).values) from error
    return begun


def end(tx: Transaction, who: Who) -> Shift:
    """End the own shift when nobody is planned next.

    Raises MingjianError NOT_ON_DUTY, HANDOVER_WAITS or HANDOVER_NEEDED.
    """
    post, held = require_own(tx, who)
    flow.may_submit(store.waiting(tx, [held.id]).get(held.id))
    nxt = flow.next_planned(around(tx, post.id, who.now_us), who.now_us)
    name = _name(tx, nxt.person_id) if nxt else ""
    flow.may_end(held, who.person.id, nxt, who.now_us, name, posts.grounds(tx, post, who.now_us))
    store.end_shift(tx, held.id, Ending.NOBODY_NEXT, who.now_us)
    _record(tx, Action.DUTY_ENDED, held, post, who.actor, who.now_us)
    return shift(tx, held.id)


def relieve(tx: Transaction, shift_id: UUID, reason: str, who: Who) -> Shift:
    """The security manager ends a shift that nobody ends. Raises MingjianError SHIFT_UNKNOWN or SHIFT_OVER."""
    held = shift(tx, shift_id, for_change=True)
    flow.require_open(held)
    post = posts.any_post(tx, held.post_id)
    _withdraw_waiting(tx, held, who.now_us)
    store.end_shift(tx, held.id, Ending.RELIEVED, who.now_us)
    _record(tx, Action.DUTY_RELIEVED, held, post, who.actor, who.now_us, reason=" ".join(reason.split()))
    return shift(tx, held.id)


# Hand over


def submit(tx: Transaction, summary: str, kinds: Kinds, who: Who) -> Handover:
    """The outgoing person's half of a hand-over, with what the machine collects now.

    Raises MingjianError NOT_ON_DUTY or HANDOVER_WAITS.
    """
    post, held = require_own(tx, who)
    flow.may_submit(store.waiting(tx, [held.id]).get(held.id))
    made = Handover(
        new_id(who.now_us),
        store.number(tx, Series.HANDOVER, flow.day_of(who.now_us).strftime("%Y%m%d")),
        post.id,
        held.id,
        who.person.id,
        who.person.display_name,
        who.now_us,
        summary.strip(),
        collect.sheet(tx, post, held, kinds),
    )
    store.add_handover(tx, made)
    _record_handover(tx, Action.DUTY_HANDOVER_SUBMITTED, made, post, who)
    return made


def withdraw(tx: Transaction, handover_id: UUID, who: Who) -> Handover:
    """Take the own hand-over back. Raises MingjianError HANDOVER_UNKNOWN, HANDOVER_DECIDED or NOT_ON_DUTY."""
    found = handover(tx, handover_id, for_change=True)
    flow.require_waiting(found)
    post, held = require_own(tx, who)
    flow.require_own(shift(tx, found.shift_id), who.person.id, posts.grounds(tx, post, who.now_us))
    taken_back = replace(found, stage=Stage.WITHDRAWN, decided_us=who.now_us)
    store.decide_handover(tx, taken_back)
    _record_handover(tx, Action.DUTY_HANDOVER_WITHDRAWN, replace(taken_back, shift_id=held.id), post, who)
    return taken_back


def _withdraw_waiting(tx: Transaction, held: Shift, now_us: int) -> None:
    waiting = store.waiting(tx, [held.id]).get(held.id)
    if waiting is not None:
        store.decide_handover(tx, replace(waiting, stage=Stage.WITHDRAWN, decided_us=now_us))


def handover(tx: Transaction, handover_id: UUID, *, for_change: bool = False) -> Handover:
    """Raises MingjianError HANDOVER_UNKNOWN."""
    found = store.handover(tx, handover_id, for_change=for_change)
    if found is None:
        raise MingjianError(HANDOVER_UNKNOWN)
    return found


def confirm(tx: Transaction, handover_id: UUID, remark: str, reason: str, who: Who) -> Handover:
    """The incoming person's half: the one shift ends, the next one begins, in one transaction.

    Raises MingjianError HANDOVER_UNKNOWN, HANDOVER_DECIDED, HANDOVER_SELF, ALREADY_ON_DUTY, NOT_PLANNED or SHIFT_OVER.
    """
    found = handover(tx, handover_id, for_change=True)
    post = posts.any_post(tx, found.post_id)
    grounds = posts.grounds(tx, post, who.now_us)
    actors = {one for one in (who.person.id, who.actor.id, who.actor.for_id) if one is not None}
    flow.may_confirm(found, actors, grounds)
    before = shift(tx, found.shift_id, for_change=True)
    flow.require_open(before)
    reason = " ".join(reason.split())
    scene = replace(_scene(tx, post, who), at_post=None)
    planned = flow.may_begin(scene, reason, grounds)
    store.end_shift(tx, before.id, Ending.HANDED_OVER, who.now_us)
    begun = _begin(tx, post, planned, reason, who)
    confirmed = replace(
        found,
        stage=Stage.CONFIRMED,
        decided_us=who.now_us,
        to_id=who.person.id,
        to_label=who.person.display_name,
        remark=remark.strip(),
        next_shift_id=begun.id,
    )
    store.decide_handover(tx, confirmed)
    _write_both(tx, confirmed, before, begun, who)
    _record_handover(tx, Action.DUTY_HANDED_OVER, confirmed, post, who, next=begun.number, reason=reason)
    return confirmed


def _write_both(tx: Transaction, done: Handover, before: Shift, begun: Shift, who: Who) -> None:
    remark = f"接班意见：{done.remark}" if done.remark else "无异议。"
    over = f"交班：{done.from_label} → {done.to_label}，交接单 {done.number}。{done.summary}"
    book.note(tx, before, Category.HANDOVER, over[: book.TEXT_LIMIT], who.person, who.now_us)
    book.note(
        tx,
        begun,
        Category.HANDOVER,
        f"接班：{done.from_label} → {done.to_label}，交接单 {done.number}。{remark}"[: book.TEXT_LIMIT],
        who.person,
        who.now_us,
    )


def seat_taken(tx: Transaction, seat: DutyPlace, person: Person, actor: Actor, now_us: int) -> None:
    """Somebody signed in at a duty place: whoever was on duty at its post is not there any more.

    A hand-over that waits is confirmed by it, because signing in there is the proof. Without one the shift ends as
    taken over without hand-over, which the log and the manager see, and the new person's begins.
    """
    post = store.post_of_seat(tx, seat.id)
    before = store.open_at(tx, [post.id]).get(post.id) if post else None
    if post is None or before is None or before.person_id == person.id or store.open_of(tx, person.id) is not None:
        return
    who = Who(person, actor, now_us)
    waiting = store.waiting(tx, [before.id]).get(before.id)
    if waiting is not None:
        confirm(tx, waiting.id, "", f"在值班席位 {seat.name} 接班", who)
        return
    store.end_shift(tx, before.id, Ending.TAKEN_OVER, now_us)
    planned = next(
        (one for one in around(tx, post.id, now_us) if one.person_id == person.id and _near(one, now_us)), None
    )
    begun = _begin(tx, post, planned, f"在值班席位 {seat.name} 接替，未办交接", who)
    _record(tx, Action.DUTY_TAKEN_WITHOUT, begun, post, actor, now_us, before=before.number, who=before.person_label)


def _near(plan: Planned, now_us: int) -> bool:
    return plan.from_us - flow.EARLY_US <= now_us < plan.until_us


def _record(tx: Transaction, action: Action, one: Shift, post: Post, by: Actor, now_us: int, **more: JSON) -> None:
    detail: dict[str, JSON] = {"number": one.number, "name": post.name, "person": one.person_label, **more}
    record(tx, Entry(action, by, "duty_shift", str(one.id), detail, now_us))


def _record_handover(tx: Transaction, action: Action, one: Handover, post: Post, who: Who, **more: JSON) -> None:
    detail: dict[str, JSON] = {
        "number": one.number,
        "name": post.name,
        "from": one.from_label,
        "to": one.to_label,
        "shift": str(one.shift_id),
        **more,
    }
    record(tx, Entry(action, who.actor, "duty_handover", str(one.id), detail, who.now_us))
