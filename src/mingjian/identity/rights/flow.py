"""Decisions about grants and deputies, without side effects."""

from collections.abc import Iterable
from typing import Final

from mingjian.identity.model import SEPARATE_ROLES, Person, Role
from mingjian.identity.permissions import Authority, Part, Permission
from mingjian.identity.rights.errors import DEPUTY_APART, DEPUTY_UNFIT, GRANT_UNFIT, OWN_GRANT
from mingjian.identity.rights.model import Deputy, GivenGrant
from mingjian.identity.scopes import Grant, Scope, ScopeKind, compile_reach
from mingjian.kernel.errors import MingjianError, Text
from mingjian.kernel.ids import PersonId

DEPUTY_DAYS: Final = 92
_DAY_US: Final = 86_400_000_000


def authority(
    person: Person, grants: Iterable[GivenGrant], absent: Iterable[tuple[Deputy, Person]], now_us: int
) -> Authority:
    """What `person` may do now.

    `grants` are the standing ones of the person and of everybody in `absent`, for whom the person stands in.
    """
    if person.disabled_us is not None:
        return Authority(person, ())
    given = [one.grant for one in grants]
    parts = [_part(person, given, now_us, None)]
    for deputy, other in absent:
        if deputy.holds(now_us) and other.disabled_us is None and may_stand_in(other, person):
            parts.append(_part(other, given, now_us, other))
    only = None if person.narrowed is None else frozenset(one for one in Permission if one.value in person.narrowed)
    return Authority(person, tuple(parts), only)


def _part(whose: Person, grants: list[Grant], now_us: int, stands_for: Person | None) -> Part:
    mine = (grant for grant in grants if grant.person_id == whose.id)
    return Part(whose.role, compile_reach(mine, now_us), stands_for)


def may_stand_in(absent: Person, stand_in: Person) -> bool:
    """三员分立 holds for deputies too: an administrator is stood in for by one of the same role, and by nobody else."""
    separate = {absent.role, stand_in.role} & set(SEPARATE_ROLES)
    programs = Role.SERVICE in {absent.role, stand_in.role}
    return not programs and (not separate or absent.role is stand_in.role)


def check_grant(grant: Grant, by: PersonId, now_us: int) -> None:
    """Raise MingjianError OWN_GRANT or GRANT_UNFIT unless `by` may give this now."""
    if grant.person_id == by:
        raise MingjianError(OWN_GRANT)
    if grant.until_us is not None and grant.until_us <= max(grant.from_us, now_us):
        raise MingjianError(GRANT_UNFIT)
    if len(grant.hours) > 70:
        raise MingjianError(GRANT_UNFIT)


def check_deputy(absent: Person, stand_in: Person, span: tuple[int, int], by: PersonId, now_us: int) -> None:
    """Raise MingjianError OWN_GRANT, DEPUTY_UNFIT or DEPUTY_APART unless `by` may arrange this now."""
    from_us, until_us = span
    if stand_in.id == by:
        raise MingjianError(OWN_GRANT)
    unfit = absent.id == stand_in.id or absent.disabled_us is not None or stand_in.disabled_us is not None
    too_long = until_us <= max(from_us, now_us) or until_us - from_us > DEPUTY_DAYS * _DAY_US
    if unfit or too_long:
        raise MingjianError(DEPUTY_UNFIT, days=DEPUTY_DAYS)
    if not may_stand_in(absent, stand_in):
        raise MingjianError(DEPUTY_APART)


def in_words(scope: Scope, name: str = "") -> Text:
    """A scope as people read it; `name` is what the thing is called, where that is known."""
    if scope.kind is ScopeKind.EVERYWHERE:
        return Text(scope.kind.zh, scope.kind.en)
    shown = f"{name} {scope.value}".strip() if scope.kind is ScopeKind.TERRITORY else name or scope.value
    return Text(f"{scope.kind.zh} {shown}", f"{scope.kind.en} {shown}")
