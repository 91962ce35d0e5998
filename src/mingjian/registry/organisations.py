"""Organisations and units: a tree, and which statutory role each has towards places and systems."""

from dataclasses import asdict, replace
from typing import Final
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.identity.scopes import Target
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import OrganisationId, PlaceId, StatutoryRoleId, SystemId, new_id
from mingjian.registry import directory, rows
from mingjian.registry.credit_code import is_credit_code
from mingjian.registry.errors import (
    CREDIT_CODE_WRONG,
    ORGANISATION_IN_USE,
    ORGANISATION_KNOWN,
    ORGANISATION_RING,
    ORGANISATION_UNKNOWN,
    REGION_UNKNOWN,
    ROLE_UNKNOWN,
    TOO_DEEP,
)
from mingjian.registry.model import Assignment, NewOrganisation, Organisation, StatutoryRole, path_below
from mingjian.registry.territories import territory
from mingjian.storage.engine import Transaction

MOST_LEVELS: Final = 8


def organisation(tx: Transaction, organisation_id: UUID) -> Organisation:
    """One organisation in use. Raises MingjianError ORGANISATION_UNKNOWN."""
    found = rows.organisation(tx, organisation_id)
    if found is None or found.retired_us is not None:
        raise MingjianError(ORGANISATION_UNKNOWN)
    return found


def target(found: Organisation) -> Target:
    """What a request about this organisation is about."""
    return Target(found.region_code, found.line)


def add(tx: Transaction, new: NewOrganisation, *, by: Actor, now_us: int) -> Organisation:
    """Raises MingjianError ORGANISATION_KNOWN, ORGANISATION_UNKNOWN (the one above), REGION_UNKNOWN, TOO_DEEP or
    CREDIT_CODE_WRONG.
    """
    made = make(tx, new, now_us)
    rows.add_organisations(tx, [made])
    directory.refresh_organisations(tx, [made.id])
    detail: dict[str, JSON] = {"name": made.name, "kind": made.kind.code, "region_code": made.region_code}
    if made.parent_id is not None:
        detail["above"] = str(made.parent_id)
    audit.record(tx, Entry(Action.ORGANISATION_ADDED, by, "organisation", str(made.id), detail, now_us))
    return made


def make(tx: Transaction, new: NewOrganisation, now_us: int) -> Organisation:
    """The organisation that `add` would add. Raises what `add` does."""
    _check(new)
    above = organisation(tx, new.parent_id) if new.parent_id is not None else None
    if rows.organisation_named(tx, new.name, new.parent_id) is not None:
        raise MingjianError(ORGANISATION_KNOWN, name=new.name)
    return made_below(above, new, now_us)


def made_below(above: Organisation | None, new: NewOrganisation, now_us: int) -> Organisation:
    """Raises MingjianError TOO_DEEP."""
    if above is not None and len(above.line) >= MOST_LEVELS:
        raise MingjianError(TOO_DEEP, limit=MOST_LEVELS)
    own_id = OrganisationId(new_id(now_us))
    return Organisation(
        own_id,
        above.id if above else None,
        new.name,
        new.kind,
        new.region_code,
        path_below(above.path if above else "", own_id),
        new.credit_code.upper(),
        new.address,
        new.contact,
        new.phone,
        now_us,
    )


def change(tx: Transaction, organisation_id: UUID, new: NewOrganisation, *, by: Actor, now_us: int) -> Organisation:
    """Make it what `new` says, with all below it when it goes below another one.

    Raises MingjianError as `add` does, or ORGANISATION_RING.
    """
    before = organisation(tx, organisation_id)
    _check(new)
    above = organisation(tx, new.parent_id) if new.parent_id is not None else None
    namesake = rows.organisation_named(tx, new.name, new.parent_id)
    if namesake is not None and namesake.id != before.id:
        raise MingjianError(ORGANISATION_KNOWN, name=new.name)
    after = replace(
        before,
        parent_id=new.parent_id,
        name=new.name,
        kind=new.kind,
        region_code=new.region_code,
        path=_moved_path(tx, before, above),
        credit_code=new.credit_code.upper(),
        address=new.address,
        contact=new.contact,
        phone=new.phone,
    )
    rows.change_organisation(tx, after)
    if after.path != before.path:
        rows.move_paths(tx, before.path, after.path)
    if (after.path, after.region_code) != (before.path, before.region_code):
        directory.refresh_below(tx, after.path)
        directory.refresh_organisations(tx, rows.children(tx, after.id))
    else:
        directory.refresh_organisations(tx, [after.id])
    detail: dict[str, JSON] = {"name": after.name, **_difference(before, after)}
    audit.record(tx, Entry(Action.ORGANISATION_CHANGED, by, "organisation", str(after.id), detail, now_us))
    return after


def retire(tx: Transaction, organisation_id: UUID, *, by: Actor, now_us: int) -> None:
    """Raises MingjianError ORGANISATION_UNKNOWN, or ORGANISATION_IN_USE while something belongs to it."""
    before = organisation(tx, organisation_id)
    if count := rows.belongings(tx, before.id):
        raise MingjianError(ORGANISATION_IN_USE, name=before.name, count=count)
    rows.retire_organisation(tx, before.id, now_us)
    directory.refresh_organisations(tx, [before.id])
    detail: dict[str, JSON] = {"name": before.name}
    audit.record(tx, Entry(Action.ORGANISATION_RETIRED, by, "organisation", str(before.id), detail, now_us))


def give_role(
    tx: Transaction,
    role: StatutoryRole,
    organisation_id: UUID,
    *,
    place_id: PlaceId | None = None,
    system_id: SystemId | None = None,
    by: Actor,
    now_us: int,
) -> Assignment:
    """The organisation has this role towards a place or a system (one of the two) from now on.

    What it has already is given back. Raises MingjianError ORGANISATION_UNKNOWN.
    """
    assert (place_id is None) != (system_id is None)
    found = organisation(tx, organisation_id)
    known = rows.assignments(tx, place_id=place_id, system_id=system_id)
    same = (one for one in known if (one.role, one.organisation_id, one.until_us) == (role, found.id, None))
    given = next(same, None)
    if given is None:
        own_id = StatutoryRoleId(new_id(now_us))
        given = Assignment(own_id, role, found.id, place_id, system_id, now_us)
        rows.add_assignment(tx, given)
    detail = {**_role_words(found, role), "place": _text(place_id), "system": _text(system_id)}
    audit.record(tx, Entry(Action.STATUTORY_ROLE_GIVEN, by, "organisation", str(found.id), detail, now_us))
    return given


def end_role(tx: Transaction, assignment_id: UUID, *, by: Actor, now_us: int) -> None:
    """Raises MingjianError ROLE_UNKNOWN."""
    given = assignment(tx, assignment_id)
    rows.end_assignment(tx, given.id, now_us)
    found = rows.organisation(tx, given.organisation_id)
    assert found is not None  # a row refers to it
    detail = {**_role_words(found, given.role), "place": _text(given.place_id), "system": _text(given.system_id)}
    audit.record(tx, Entry(Action.STATUTORY_ROLE_ENDED, by, "organisation", str(found.id), detail, now_us))


def assignment(tx: Transaction, assignment_id: UUID) -> Assignment:
    """A role that still holds. Raises MingjianError ROLE_UNKNOWN."""
    given = rows.assignment(tx, assignment_id)
    if given is None or given.until_us is not None:
        raise MingjianError(ROLE_UNKNOWN)
    return given


def roles(
    tx: Transaction, *, place_id: UUID | None = None, system_id: UUID | None = None
) -> list[tuple[Assignment, Organisation]]:
    """Who has which role towards a place or a system, and had, oldest first."""
    given = rows.assignments(tx, place_id=place_id, system_id=system_id)
    known = rows.organisations(tx, {one.organisation_id for one in given})
    return [(one, known[one.organisation_id]) for one in given]


def _check(new: NewOrganisation) -> None:
    if territory(new.region_code) is None:
        raise MingjianError(REGION_UNKNOWN, code=new.region_code[:12])
    if new.credit_code and not is_credit_code(new.credit_code.upper()):
        raise MingjianError(CREDIT_CODE_WRONG)


def _moved_path(tx: Transaction, before: Organisation, above: Organisation | None) -> str:
    if above is not None and above.path.startswith(before.path):
        raise MingjianError(ORGANISATION_RING)
    levels = rows.levels_below(tx, before.path) + (len(above.line) if above else 0)
    if levels > MOST_LEVELS:
        raise MingjianError(TOO_DEEP, limit=MOST_LEVELS)
    return path_below(above.path if above else "", before.id)


def _difference(before: Organisation, after: Organisation) -> dict[str, JSON]:
    """What changed, and what was before; the path follows from the one above."""
    old, new = (_plain(one) for one in (before, after))
    changed = [key for key in new if new[key] != old[key]]
    return {"after": {key: new[key] for key in changed}, "before": {key: old[key] for key in changed}}


def _plain(one: Organisation) -> dict[str, JSON]:
    fields = asdict(one)
    names = ("name", "region_code", "credit_code", "address", "contact", "phone")
    return {**{name: fields[name] for name in names}, "kind": one.kind.code, "above": _text(one.parent_id)}


def _role_words(found: Organisation, role: StatutoryRole) -> dict[str, JSON]:
    return {"name": found.name, "role": role.code, "role_zh": role.zh, "role_en": role.en}


def _text(one: UUID | None) -> str | None:
    return str(one) if one is not None else None
