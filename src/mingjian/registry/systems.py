"""Systems: what is accepted and filed. A system belongs to one unit, covers spots, and has devices."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.identity.scopes import Target
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import OrganisationId, SpotId, SystemId, new_id
from mingjian.registry import directory, organisations, places, rows
from mingjian.registry.errors import SYSTEM_UNKNOWN
from mingjian.registry.model import System
from mingjian.registry.tables import SYSTEM
from mingjian.storage.engine import Transaction


def system(tx: Transaction, system_id: UUID) -> System:
    """One system in use. Raises MingjianError SYSTEM_UNKNOWN."""
    found = rows.system(tx, system_id)
    if found is None or found.retired_us is not None:
        raise MingjianError(SYSTEM_UNKNOWN)
    return found


def target(tx: Transaction, found: System) -> Target:
    """What a request about this system is about: its unit."""
    return organisations.target(organisations.organisation(tx, found.organisation_id))


def systems_of(tx: Transaction, organisation_id: UUID) -> list[System]:
    """Those in use that belong to this unit itself."""
    return rows.systems(tx, SYSTEM.c.organisation_id == organisation_id)


def spots_of(tx: Transaction, system_id: UUID) -> list[SpotId]:
    return rows.covered_spots(tx, system_id)


def add(tx: Transaction, name: str, organisation_id: UUID, *, by: Actor, now_us: int) -> System:
    """Raises MingjianError ORGANISATION_UNKNOWN."""
    unit = organisations.organisation(tx, organisation_id)
    added = System(SystemId(new_id(now_us)), unit.id, name, now_us)
    rows.add_system(tx, added)
    detail: dict[str, JSON] = {"name": name, "organisation": unit.name}
    audit.record(tx, Entry(Action.SYSTEM_ADDED, by, "system", str(added.id), detail, now_us))
    return added


def change(
    tx: Transaction,
    system_id: UUID,
    *,
    name: str,
    organisation_id: UUID,
    spot_ids: Collection[UUID] | None = None,
    by: Actor,
    now_us: int,
) -> System:
    """Its name, its unit, and where `spot_ids` is given the spots that it covers, these and no others.

    Raises MingjianError SYSTEM_UNKNOWN, ORGANISATION_UNKNOWN or SPOT_UNKNOWN.
    """
    before = system(tx, system_id)
    unit = organisations.organisation(tx, organisation_id)
    after = replace(before, name=name, organisation_id=OrganisationId(unit.id))
    rows.change_system(tx, after)
    detail: dict[str, JSON] = {"name": name, "before": before.name, "organisation": unit.name}
    if spot_ids is not None:
        wanted = list(dict.fromkeys(spot_ids))
        for spot_id in wanted:
            places.spot(tx, spot_id)
        rows.cover(tx, after.id, wanted)
        detail["spots"] = len(wanted)
    if after.organisation_id != before.organisation_id:
        directory.refresh_channels(tx, rows.channels_of_system(tx, after.id))
    audit.record(tx, Entry(Action.SYSTEM_CHANGED, by, "system", str(after.id), detail, now_us))
    return after
