"""Give and take back grants, appoint deputies, and say what somebody may do now."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from mingjian.audit.model import JSON, SYSTEM, Action, Actor, Entry
from mingjian.audit.service import record
from mingjian.identity import service as people
from mingjian.identity.errors import PERSON_UNKNOWN
from mingjian.identity.model import Person
from mingjian.identity.permissions import Authority, Permission
from mingjian.identity.rights import explain as explaining
from mingjian.identity.rights import flow, store
from mingjian.identity.rights.errors import DEPUTY_UNKNOWN, GRANT_UNFIT, GRANT_UNKNOWN, OWN_GRANT
from mingjian.identity.rights.explain import Explanation
from mingjian.identity.rights.model import Deputy, GivenGrant
from mingjian.identity.scopes import EVERYWHERE, KIND_BY_CODE, Grant, Scope, Target
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId, new_id
from mingjian.storage.engine import Transaction
from mingjian.storage.keyset import Page, Place

MOST_GRANTS: Final = 2_000
"""Standing grants of one person. Who needs more is granted a territory or an organisation."""

AT_SET_UP: Final = "初始设置 set-up"
AT_DEMONSTRATION: Final = "演示 demonstration"


# What somebody may do


def authority(tx: Transaction, person: Person, now_us: int) -> Authority:
    """Everything that `person` may do at this moment, by two or three reads."""
    absent = _stood_in_for(tx, person, now_us)
    grants = store.standing_grants(tx, [person.id, *(other.id for _, other in absent)])
    return flow.authority(person, grants, absent, now_us)


def _stood_in_for(tx: Transaction, person: Person, now_us: int) -> list[tuple[Deputy, Person]]:
    deputies = store.standing_for(tx, person.id, now_us)
    absent = [(deputy, people.find_person(tx, deputy.absent_id)) for deputy in deputies]
    return [(deputy, other) for deputy, other in absent if other is not None]


# Grants


@dataclass(frozen=True, slots=True)
class NewGrant:
    """What somebody is to reach; `name` is what the scope's thing is called, for the log."""

    grant: Grant
    note: str = ""
    name: str = ""


def grants(
    tx: Transaction, person_id: UUID | None, after: Place | None, limit: int, *, standing: bool = False
) -> Page[GivenGrant]:
    """A page of grants, of one person or of everybody, newest first; ended ones too unless `standing`."""
    return store.grants(tx, person_id, after, limit, standing=standing)


def give(tx: Transaction, new: NewGrant, by: Actor, now_us: int) -> GivenGrant:
    """Give a grant; whether the scope's thing exists is the caller's to know.

    Raises MingjianError OWN_GRANT (also for who stands in for the person), GRANT_UNFIT or PERSON_UNKNOWN.
    """
    person = _person(tx, new.grant.person_id)
    if by.is_or_stands_for(person.id):
        raise MingjianError(OWN_GRANT)
    flow.check_grant(new.grant, PersonId(by.id) if by.id else PersonId(UUID(int=0)), now_us)
    if person.disabled_us is not None or len(store.standing_grants(tx, [person.id])) >= MOST_GRANTS:
        raise MingjianError(GRANT_UNFIT)
    return _give(tx, new, person, by, now_us)


def give_everywhere(tx: Transaction, given_people: Iterable[Person], note: str, now_us: int) -> None:
    """What an installation's first people and those of a demonstration get: the whole of it. Recorded for each."""
    for person in given_people:
        _give(tx, NewGrant(Grant(person.id, EVERYWHERE, now_us), note), person, SYSTEM, now_us)


def end(tx: Transaction, grant_id: UUID, by: Actor, now_us: int, name: str = "") -> None:
    """Take a grant back; it holds no longer from the next request on. Raises MingjianError GRANT_UNKNOWN."""
    given = store.grant(tx, grant_id)
    if given is None or given.ended_us is not None:
        raise MingjianError(GRANT_UNKNOWN)
    store.end_grant(tx, grant_id, by.name.zh, now_us)
    _record_grant(tx, Action.GRANT_ENDED, given, _person(tx, given.grant.person_id), by, now_us, name)


def find_grant(tx: Transaction, grant_id: UUID) -> GivenGrant | None:
    """The grant of this id, ended or not."""
    return store.grant(tx, grant_id)


def _give(tx: Transaction, new: NewGrant, person: Person, by: Actor, now_us: int) -> GivenGrant:
    given = GivenGrant(new_id(now_us), new.grant, new.note, now_us, by.id, by.name.zh)
    store.add_grant(tx, given)
    _record_grant(tx, Action.GRANT_GIVEN, given, person, by, now_us, new.name)
    return given


def _record_grant(
    tx: Transaction, action: Action, given: GivenGrant, person: Person, by: Actor, now_us: int, name: str
) -> None:
    grant = given.grant
    words = flow.in_words(grant.scope, name)
    detail: dict[str, JSON] = {
        "person": people.actor_of(person, "").label,
        "person_id": str(person.id),
        "scope": grant.scope.kind.code,
        "value": grant.scope.value,
        "scope_zh": words.zh,
        "scope_en": words.en,
        "from_us": grant.from_us,
        "until_us": grant.until_us,
        "hours": [[one.day, one.from_minute, one.until_minute] for one in grant.hours],
        "note": given.note,
    }
    record(tx, Entry(action, by, "grant", str(given.id), detail, now_us))


# Deputies


@dataclass(frozen=True, slots=True)
class NewDeputy:
    """Who is to stand in for whom, from when until when."""

    absent_id: UUID
    stand_in_id: UUID
    from_us: int
    until_us: int
    note: str = ""


def deputies(tx: Transaction, after: Place | None, limit: int) -> Page[Deputy]:
    """A page of all of them, ended ones too, newest first."""
    return store.deputies(tx, after, limit)


def appoint(tx: Transaction, new: NewDeputy, by: Actor, now_us: int) -> Deputy:
    """Let one person stand in for another.

    Raises MingjianError PERSON_UNKNOWN, OWN_GRANT, DEPUTY_UNFIT or DEPUTY_APART.
    """
    absent, stand_in = _person(tx, new.absent_id), _person(tx, new.stand_in_id)
    if by.is_or_stands_for(stand_in.id):
        raise MingjianError(OWN_GRANT)
    by_id = PersonId(by.id) if by.id else PersonId(UUID(int=0))
    flow.check_deputy(absent, stand_in, (new.from_us, new.until_us), by_id, now_us)
    deputy = Deputy(
        new_id(now_us),
        absent.id,
        stand_in.id,
        new.from_us,
        new.until_us,
        new.note,
        now_us,
        by.id,
        by.name.zh,
    )
    store.add_deputy(tx, deputy)
    _record_deputy(tx, Action.DEPUTY_APPOINTED, deputy, absent, stand_in, by, now_us)
    return deputy


def end_deputy(tx: Transaction, deputy_id: UUID, by: Actor, now_us: int) -> None:
    """End it before its time. Raises MingjianError DEPUTY_UNKNOWN."""
    deputy = store.deputy(tx, deputy_id)
    if deputy is None or deputy.ended_us is not None:
        raise MingjianError(DEPUTY_UNKNOWN)
    store.end_deputy(tx, deputy_id, by.name.zh, now_us)
    absent, stand_in = _person(tx, deputy.absent_id), _person(tx, deputy.stand_in_id)
    _record_deputy(tx, Action.DEPUTY_ENDED, deputy, absent, stand_in, by, now_us)


def _record_deputy(
    tx: Transaction, action: Action, deputy: Deputy, absent: Person, stand_in: Person, by: Actor, now_us: int
) -> None:
    detail: dict[str, JSON] = {
        "person": people.actor_of(stand_in, "").label,
        "person_id": str(stand_in.id),
        "absent": people.actor_of(absent, "").label,
        "absent_id": str(absent.id),
        "from_us": deputy.from_us,
        "until_us": deputy.until_us,
        "note": deputy.note,
    }
    record(tx, Entry(action, by, "deputy", str(deputy.id), detail, now_us))


def _person(tx: Transaction, person_id: UUID) -> Person:
    found = people.find_person(tx, person_id)
    if found is None:
        raise MingjianError(PERSON_UNKNOWN)
    return found


def scope_of(kind_code: str, value: str) -> Scope:
    """The scope of a form. Raises MingjianError GRANT_UNFIT."""
    try:
        return Scope(KIND_BY_CODE[kind_code], value)
    except (KeyError, ValueError) as error:
        raise MingjianError(GRANT_UNFIT) from error


# Why


def explain(
    tx: Transaction,
    person_id: UUID,
    permission: Permission,
    target: Target | None,
    now_us: int,
    name_of: Callable[[Scope], str],
) -> Explanation:
    """Why this person may do this to this target, or why not. Raises MingjianError PERSON_UNKNOWN."""
    person = _person(tx, person_id)
    absent = _stood_in_for(tx, person, now_us)
    grants = store.standing_grants(tx, [person.id, *(other.id for _, other in absent)])
    return explaining.explain(explaining.Case(person, permission, target, now_us, name_of), grants, absent)
