"""The seats of the three administrators: changed by the other two, or with the machine at hand."""

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from mingjian.audit.model import Action, Actor, Entry
from mingjian.audit.service import record
from mingjian.identity import flow, service, store
from mingjian.identity.errors import (
    CHANGE_NOT_YOURS,
    CHANGE_UNFIT,
    CHANGE_UNKNOWN,
    NOT_ONESELF,
    SEAT_BY_TWO,
    SEAT_TAKEN,
)
from mingjian.identity.model import (
    SEPARATE_ROLES,
    Change,
    ChangeKind,
    Invited,
    NewPerson,
    NoticeKind,
    Person,
    Role,
    Visit,
)
from mingjian.identity.settings import IdentitySettings
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.storage.engine import Transaction

CHANGE_US: Final = 72 * 3_600_000_000
"""How long a proposal may be confirmed."""


def seats(tx: Transaction) -> tuple[tuple[Role, Person | None], ...]:
    """Each of the three seats with its holder."""
    return tuple((role, store.holder(tx, role)) for role in SEPARATE_ROLES)


def open_changes(tx: Transaction, now_us: int) -> tuple[Change, ...]:
    """Proposals that wait for the other one, oldest first."""
    return store.open_changes(tx, now_us)


def propose(tx: Transaction, kind: ChangeKind, role: Role, person_id: UUID, by: Person, visit: Visit) -> Change:
    """One of the other two proposes that `person_id` takes the seat of `role`, or that its holder gets a new link.

    Raises MingjianError NOT_ONESELF, CHANGE_NOT_YOURS, PERSON_UNKNOWN, CHANGE_UNFIT or SEAT_SAME_NAME.
    """
    if by.role not in SEPARATE_ROLES:
        raise MingjianError(CHANGE_NOT_YOURS)
    if by.role is role:
        raise MingjianError(NOT_ONESELF)
    person = service.require_person(tx, person_id)
    _require_fit(tx, kind, role, person)
    expires_us = visit.now_us + CHANGE_US
    change = Change(new_id(visit.now_us), kind, role, person.id, by.id, visit.now_us, expires_us)
    store.add_change(tx, change)
    words = _words(change, person)
    _record(tx, Action.ADMINISTRATION_PROPOSED, service.actor_of(by, visit.address), change, visit, words)
    _tell(tx, NoticeKind.ADMINISTRATION_PROPOSED, by, visit, words, lambda one: flow.may_decide(change, one))
    return change


def confirm(
    tx: Transaction, change_id: UUID, by: Person, visit: Visit, settings: IdentitySettings
) -> tuple[Invited | None, tuple[bytes, ...]]:
    """The remaining one confirms, and it is done: the link (RENEW), and the keys of the sessions that ended.

    Raises MingjianError CHANGE_UNKNOWN, CHANGE_NOT_YOURS, CHANGE_UNFIT, SEAT_SAME_NAME or SEAT_TAKEN.
    """
    change = _open(tx, change_id, visit.now_us)
    if not flow.may_decide(change, by):
        raise MingjianError(CHANGE_NOT_YOURS)
    person = service.require_person(tx, change.person_id)
    _require_fit(tx, change.kind, change.role, person)
    _require_proposer(tx, change)
    store.decide_change(tx, change.id, by.id, "confirmed", visit.now_us)
    words = _words(change, person)
    actor = service.actor_of(by, visit.address)
    _record(tx, Action.ADMINISTRATION_CHANGED, actor, change, visit, words)
    _tell(tx, NoticeKind.ADMINISTRATION_CHANGED, by, visit, words, lambda one: one.id != by.id)
    if change.kind is ChangeKind.RENEW:
        store.drop_factor(tx, person.id)
        ended = store.drop_sessions_of(tx, person.id, but=None)
        return service.invite(tx, person, actor, visit.now_us, settings), ended
    return None, _seat(tx, change.role, person, visit.now_us)


def withdraw(tx: Transaction, change_id: UUID, by: Person, visit: Visit) -> None:
    """Whoever proposed it takes it back, or the other one refuses it. Raises MingjianError CHANGE_UNKNOWN or
    CHANGE_NOT_YOURS.
    """
    change = _open(tx, change_id, visit.now_us)
    if by.id != change.proposed_by and not flow.may_decide(change, by):
        raise MingjianError(CHANGE_NOT_YOURS)
    store.decide_change(tx, change.id, by.id, "withdrawn", visit.now_us)
    person = service.require_person(tx, change.person_id)
    actor = service.actor_of(by, visit.address)
    _record(tx, Action.ADMINISTRATION_WITHDRAWN, actor, change, visit, _words(change, person))


def recover(
    tx: Transaction, role: Role, instead: NewPerson | None, by: Actor, now_us: int, settings: IdentitySettings
) -> Invited:
    """With the machine at hand: a link for the holder of a seat, or for `instead`, who takes it from the holder.

    The password and the second factor of before end when the link is used; the sign-ins end at once. All three see
    it. Raises MingjianError SEAT_BY_TWO for any other role, CHANGE_UNFIT when the seat is empty and nobody is named,
    and what adding a person raises.
    """
    if role not in SEPARATE_ROLES:
        raise MingjianError(SEAT_BY_TWO, role_zh=role.zh, role_en=role.en)
    person = store.holder(tx, role)
    if person is not None:
        store.drop_sessions_of(tx, person.id, but=None)
    if instead is not None:
        if person is not None:
            store.set_disabled(tx, person.id, now_us)
        invited = service.add_person(tx, instead, by, now_us, settings)
    elif person is not None:
        store.drop_factor(tx, person.id)
        invited = service.invite(tx, person, by, now_us, settings)
    else:
        raise MingjianError(CHANGE_UNFIT)
    detail = {"login_name": invited.person.login_name, "role": role.code, "role_zh": role.zh, "role_en": role.en}
    record(tx, Entry(Action.RECOVERED, by, "person", str(invited.person.id), dict(detail), now_us))
    told = {"person": invited.person.display_name, "role_zh": role.zh, "role_en": role.en}
    for _, holder in seats(tx):
        if holder is not None:
            service.notify(tx, holder, NoticeKind.RECOVERED, now_us, **told)
    return invited


def _open(tx: Transaction, change_id: UUID, now_us: int) -> Change:
    change = store.lock_change(tx, change_id)
    if change is None or change.decided_us is not None or change.expires_us <= now_us:
        raise MingjianError(CHANGE_UNKNOWN)
    return change


def _require_fit(tx: Transaction, kind: ChangeKind, role: Role, person: Person) -> None:
    holder = store.holder(tx, role)
    if kind is ChangeKind.RENEW:
        fit = holder is not None and holder.id == person.id
    else:
        fit = person.disabled_us is None and person.role not in SEPARATE_ROLES and store.has_password(tx, person.id)
    if not fit:
        raise MingjianError(CHANGE_UNFIT)
    if kind is ChangeKind.REPLACE:
        others = [one for seat, one in seats(tx) if seat is not role]
        flow.require_different_names([person.display_name, *(one.display_name for one in others if one)])


def _require_proposer(tx: Transaction, change: Change) -> None:
    """Who proposed it must still be one of the other two."""
    proposer = store.person(tx, change.proposed_by)
    if proposer is None or proposer.disabled_us is not None or proposer.role not in SEPARATE_ROLES:
        raise MingjianError(CHANGE_UNKNOWN)
    if proposer.role is change.role:
        raise MingjianError(CHANGE_NOT_YOURS)


def _seat(tx: Transaction, role: Role, person: Person, now_us: int) -> tuple[bytes, ...]:
    """Out and in within one transaction: the seat is never empty and never held twice."""
    holder = store.holder(tx, role)
    ended: tuple[bytes, ...] = ()
    if holder is not None:
        store.set_disabled(tx, holder.id, now_us)
        store.drop_invites_of(tx, holder.id)
        ended = store.drop_sessions_of(tx, holder.id, but=None)
    try:
        with tx.savepoint():
            store.set_role(tx, person.id, role)
    except IntegrityError as error:  # somebody else took it meanwhile
        raise MingjianError(SEAT_TAKEN, role_zh=role.zh, role_en=role.en) from error
    return ended + store.drop_sessions_of(tx, person.id, but=None)


def _words(change: Change, person: Person) -> dict[str, str]:
    if change.kind is ChangeKind.RENEW:
        zh = f"为{change.role.zh}{person.display_name}生成新的登录链接"
        return {"what_zh": zh, "what_en": f"a new link for {person.display_name}, the {change.role.en}"}
    zh = f"由{person.display_name}接任{change.role.zh}"
    return {"what_zh": zh, "what_en": f"{person.display_name} becomes the {change.role.en}"}


def _record(
    tx: Transaction, action: Action, actor: Actor, change: Change, visit: Visit, words: Mapping[str, str]
) -> None:
    detail = {"kind": change.kind.value, "role": change.role.code, "person": str(change.person_id), **words}
    record(tx, Entry(action, actor, "administration", str(change.id), detail, visit.now_us))


def _tell(
    tx: Transaction,
    kind: NoticeKind,
    by: Person,
    visit: Visit,
    words: Mapping[str, str],
    whom: Callable[[Person], bool],
) -> None:
    for _, holder in seats(tx):
        if holder is not None and whom(holder):
            service.notify(tx, holder, kind, visit.now_us, by=by.display_name, **words)


def may_decide(change: Change, person: Person) -> bool:
    """Whether `person` is the one who may confirm or refuse it."""
    return flow.may_decide(change, person)
