"""Take a camera in hand, keep it while it is used, let it go. Each session of turning is two entries in the log."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, SYSTEM, Action, Actor, Entry
from mingjian.identity.model import Person
from mingjian.kernel.errors import MingjianError, Problem
from mingjian.kernel.ids import new_id
from mingjian.registry.model import Channel
from mingjian.storage.engine import Transaction
from mingjian.turning import flow, store
from mingjian.turning.errors import HELD, LOST, NEEDS_REASON
from mingjian.turning.flow import Answer
from mingjian.turning.model import Lock

_MICRO = 1_000_000


def held(tx: Transaction, channel_id: UUID, now_us: int) -> Lock | None:
    """Who has the camera in hand now."""
    lock = store.lock_of(tx, channel_id)
    return lock if lock is not None and lock.holds(now_us) else None


def take(tx: Transaction, channel: Channel, person: Person, reason: str, *, by: Actor, now_us: int) -> Lock:
    """Take a camera in hand.

    Raises MingjianError HELD, or NEEDS_REASON for who may take it over and did not say why.
    """
    before = store.lock_of(tx, channel.id, for_change=True)
    answer = flow.asked(before, person.id, person.role, reason, now_us)
    if before is not None:
        if answer in (Answer.HELD, Answer.NEEDS_REASON):
            raise _held(HELD if answer is Answer.HELD else NEEDS_REASON, before)
        # Nobody told that it ended: its page or its server went away.
        _record_end(tx, channel, before, SYSTEM if answer is Answer.FREE else by, now_us)
    lock = Lock(
        id=new_id(now_us),
        channel_id=channel.id,
        person_id=person.id,
        label=by.label,
        role=person.role,
        reason=reason.strip() if answer is Answer.TAKES_OVER else "",
        taken_us=now_us,
        expires_us=now_us + flow.HOLD_US,
    )
    try:
        store.put(tx, lock)
    except IntegrityError:  # PostgreSQL: two took a free camera side by side, and the other was first
        raise MingjianError(LOST) from None
    detail: dict[str, JSON] = {"name": channel.name}
    action = Action.TURNING_BEGUN
    if answer is Answer.TAKES_OVER and before is not None:
        action = Action.TURNING_TAKEN_OVER
        detail |= {"from": before.label, "reason": lock.reason}
    audit.record(tx, Entry(action, by, "channel", str(channel.id), detail, now_us))
    return lock


def _held(problem: Problem, lock: Lock) -> MingjianError:
    return MingjianError(problem, by=lock.label, until=_clock(lock.expires_us))


def _clock(us: int) -> str:
    """Time of day in Asia/Shanghai, which has no other time than UTC+8."""
    seconds = (us // _MICRO + 8 * 3600) % 86_400
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def current(tx: Transaction, lock_id: UUID, channel_id: UUID, person_id: UUID, now_us: int) -> Lock:
    """The lock, if it is this person's and still holds. Raises MingjianError LOST."""
    lock = store.lock_of(tx, channel_id)
    if lock is None or lock.id != lock_id or lock.person_id != person_id or not lock.holds(now_us):
        raise MingjianError(LOST)
    return lock


def use(tx: Transaction, lock: Lock, acts: int, now_us: int) -> Lock:
    """It is used: it ends later. Raises MingjianError LOST when it was taken over or let go."""
    expires_us = now_us + flow.HOLD_US
    if not store.used(tx, lock.id, acts, expires_us):
        raise MingjianError(LOST)
    return replace(lock, acts=acts, expires_us=expires_us)


def release(
    tx: Transaction, channel: Channel, lock_id: UUID, *, by: Actor, now_us: int, acts: int | None = None
) -> None:
    """Let the camera go, after so many acts. Raises MingjianError LOST when it is in other hands already: that entry
    was made then.
    """
    lock = store.lock_of(tx, channel.id, for_change=True)
    if lock is None or lock.id != lock_id:
        raise MingjianError(LOST)
    store.remove(tx, lock)
    counted = lock if acts is None else replace(lock, acts=acts)
    _record_end(tx, channel, counted, by, now_us)


def record_preset(tx: Transaction, channel: Channel, what: Action, name: str, *, by: Actor, now_us: int) -> None:
    """A preset was kept or removed: where a camera can be sent to is changed for everybody."""
    detail: dict[str, JSON] = {"name": channel.name, "preset": name}
    audit.record(tx, Entry(what, by, "channel", str(channel.id), detail, now_us))


def _record_end(tx: Transaction, channel: Channel, lock: Lock, by: Actor, now_us: int) -> None:
    ended_us = min(now_us, lock.expires_us)
    detail: dict[str, JSON] = {
        "name": channel.name,
        "person": lock.label,
        "acts": lock.acts,
        "seconds": max(0, ended_us - lock.taken_us) // _MICRO,
    }
    audit.record(tx, Entry(Action.TURNING_ENDED, by, "channel", str(channel.id), detail, now_us))
