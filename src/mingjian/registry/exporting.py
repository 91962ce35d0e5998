"""The registry as tables: the same columns that can be imported, without passwords. What left is recorded."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.identity.scopes import Reach
from mingjian.registry import browsing, rows, sheets, store
from mingjian.registry.columns import COLUMNS, TableKind
from mingjian.registry.coordinates import Position
from mingjian.registry.directory import batches
from mingjian.registry.model import UNCLASSIFIED, Channel, EntryKind, Organisation, Place, shown_address
from mingjian.registry.tables import CHANNEL, DIRECTORY, PLACE
from mingjian.storage.engine import Transaction

Format = Literal["csv", "xlsx"]
MEDIA_TYPES: Final[Mapping[Format, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_ENTRIES: Final = {
    TableKind.ORGANISATIONS: EntryKind.ORGANISATION,
    TableKind.PLACES: EntryKind.PLACE,
    TableKind.CHANNELS: EntryKind.CHANNEL,
}


@dataclass(frozen=True, slots=True)
class Table:
    """One file, and how many rows it has beside its header."""

    data: bytes
    rows: int


def template(kind: TableKind, form: Format) -> bytes:
    """A table with nothing but its header and one row that shows how."""
    return _file(kind, [[column.example for column in COLUMNS[kind]]], form)


def export(
    tx: Transaction, kind: TableKind, form: Format, reach: Reach, *, under: str = "", by: Actor, now_us: int
) -> Table:
    """Everything of a kind below a node that lies within `reach`; recorded with the digest of the file.

    Raises MingjianError NODE_UNKNOWN or TOO_MANY_ROWS.
    """
    ids = _ids(tx, kind, reach, under)
    found = [row for some in batches(ids) for row in _ROWS[kind](tx, some)]
    data = _file(kind, found, form)
    detail: dict[str, JSON] = {
        "kind": kind.zh,
        "kind_en": kind.en,
        "count": len(found),
        "format": form,
        "under": under,
        "sha256": sha256(data).hexdigest(),
    }
    audit.record(tx, Entry(Action.REGISTRY_EXPORTED, by, "registry", kind.code, detail, now_us))
    return Table(data, len(found))


def _file(kind: TableKind, found: list[list[str]], form: Format) -> bytes:
    header = [f"{column.zh}{'*' if column.needed else ''}" for column in COLUMNS[kind]]
    return b"".join(sheets.write_csv(header, found)) if form == "csv" else sheets.write_xlsx(header, found)


def _ids(tx: Transaction, kind: TableKind, reach: Reach, under: str) -> list[UUID]:
    within = browsing.Within.of(tx, reach).condition()
    below = browsing.below_node(tx, under)
    query = select(DIRECTORY.c.id).where(DIRECTORY.c.kind == _ENTRIES[kind].value, within, below)
    # Those above before those below, so that the table can be imported as it is.
    order = (DIRECTORY.c.path,) if kind is TableKind.ORGANISATIONS else (DIRECTORY.c.sorting, DIRECTORY.c.id)
    return list(tx.execute(query.order_by(*order)).scalars())


def _organisation_rows(tx: Transaction, ids: list[UUID]) -> Iterator[list[str]]:
    found = rows.organisations(tx, ids)
    names = _Lines(tx, found.values())
    for one in (found[own_id] for own_id in ids if own_id in found):
        above = names.of(one.parent_id)
        yield [one.name, above, one.region_code, one.kind.zh, one.credit_code, one.address, one.contact, one.phone]


def _place_rows(tx: Transaction, ids: list[UUID]) -> Iterator[list[str]]:
    found: dict[UUID, Place] = {one.id: one for one in rows.places_where(tx, PLACE.c.id.in_(ids))}
    names = _lines_of(tx, found.values())
    for own_id in ids:
        if (one := found.get(own_id)) is not None:
            known = one.longitude is not None and one.latitude is not None
            position = Position(one.longitude or 0, one.latitude or 0) if known else None
            yield [
                one.name,
                names.of(one.organisation_id),
                one.region_code,
                one.address,
                " ".join(one.kinds),
                *_degrees(position),
            ]


def _channel_rows(tx: Transaction, ids: list[UUID]) -> Iterator[list[str]]:
    found: dict[UUID, Channel] = {one.id: one for one in store.channels_where(tx, CHANNEL.c.id.in_(ids))}
    names = _lines_of(tx, [one.place for one in found.values()])
    for own_id in ids:
        if (one := found.get(own_id)) is not None:
            yield _channel_row(one, names)


def _channel_row(one: Channel, names: "_Lines") -> list[str]:
    device, view = one.device, one.spot.view
    return [
        one.name,
        one.place.name,
        names.of(one.place.organisation_id),
        one.spot.name,
        one.spot.kind if one.spot.kind != UNCLASSIFIED else "",
        shown_address(device.address),
        shown_address(device.sub_address) if device.sub_address else "",
        "",
        "",
        device.transport,
        device.maker,
        device.model,
        device.serial,
        *_degrees(view.position),
        *(f"{number:g}" if number is not None else "" for number in (view.direction_deg, view.field_deg, view.range_m)),
    ]


def _degrees(position: Position | None) -> list[str]:
    return [f"{position.longitude:.7f}", f"{position.latitude:.7f}", "WGS-84"] if position else ["", "", ""]


class _Lines:
    """What an organisation is called with all above it, as an import reads it."""

    def __init__(self, tx: Transaction, known: Iterable[Organisation]) -> None:
        ids = {above for one in known for above in one.line}
        self._names: Mapping[UUID, Organisation] = rows.organisations(tx, ids)

    def of(self, organisation_id: UUID | None) -> str:
        one = self._names.get(organisation_id) if organisation_id else None
        return "/".join(self._names[above].name for above in one.line if above in self._names) if one else ""


def _lines_of(tx: Transaction, places: Iterable[Place]) -> _Lines:
    ids = {one.organisation_id for one in places if one.organisation_id}
    return _Lines(tx, rows.organisations(tx, ids).values())


_ROWS: Final[Mapping[TableKind, Callable[[Transaction, list[UUID]], Iterator[list[str]]]]] = {
    TableKind.ORGANISATIONS: _organisation_rows,
    TableKind.PLACES: _place_rows,
    TableKind.CHANNELS: _channel_rows,
}
