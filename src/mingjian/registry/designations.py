"""What authorities decided about a place: facts with paper and date, on which texts depend. Never guessed."""

from datetime import date
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import DesignationId, PlaceId, new_id
from mingjian.registry import places, rows
from mingjian.registry.errors import DESIGNATION_UNKNOWN
from mingjian.registry.model import DESIGNATION_KINDS, Designation, DesignationKind, NewDesignation
from mingjian.storage.engine import Transaction


def of_place(tx: Transaction, place_id: UUID) -> list[Designation]:
    """Those that hold, oldest first."""
    return rows.designations(tx, place_id)


def add(tx: Transaction, place_id: UUID, new: NewDesignation, *, by: Actor, now_us: int) -> Designation:
    """Register an authority's paper. Raises MingjianError PLACE_UNKNOWN."""
    where = places.place(tx, place_id)
    added = Designation(DesignationId(new_id(now_us)), where.id, new, now_us, by.label)
    rows.add_designation(tx, added)
    detail = {"name": where.name, **_words(new)}
    audit.record(tx, Entry(Action.DESIGNATION_ADDED, by, "place", str(where.id), detail, now_us))
    return added


def places_with(tx: Transaction, kind: DesignationKind) -> frozenset[PlaceId]:
    """The places of which this holds."""
    return rows.places_designated(tx, kind.code)


def designation(tx: Transaction, designation_id: UUID) -> Designation:
    """One that holds. Raises MingjianError DESIGNATION_UNKNOWN."""
    found = rows.designation(tx, designation_id)
    if found is None or found.ended_us is not None:
        raise MingjianError(DESIGNATION_UNKNOWN)
    return found


def end(tx: Transaction, designation_id: UUID, *, by: Actor, now_us: int) -> None:
    """It holds no longer; the paper stays on record. Raises MingjianError DESIGNATION_UNKNOWN."""
    found = designation(tx, designation_id)
    rows.end_designation(tx, found.id, now_us)
    where = places.place(tx, found.place_id)
    detail = {"name": where.name, **_words(found.said)}
    audit.record(tx, Entry(Action.DESIGNATION_ENDED, by, "place", str(where.id), detail, now_us))


def _words(said: NewDesignation) -> dict[str, JSON]:
    kind = DESIGNATION_KINDS[said.kind]
    return {
        "kind": said.kind,
        "kind_zh": kind.zh,
        "kind_en": kind.en,
        "authority": said.authority,
        "document": said.document,
        "issued_on": _iso(said.issued_on),
    }


def _iso(day: date) -> str:
    return day.isoformat()
