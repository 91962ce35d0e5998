"""The directory of what is in use, made from the tables themselves: one way of making it, for one row and for all.

Whoever changes a name, a place, an owner or a spot calls a `refresh_…` of this module in the same transaction.
"""

from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, delete, func, insert, select

from mingjian.registry.model import EntryKind
from mingjian.registry.sounds import plain, searched, sorting
from mingjian.registry.tables import CHANNEL, DEVICE, DIRECTORY, ORGANISATION, PLACE, SPOT, SYSTEM
from mingjian.storage.engine import Transaction

T = TypeVar("T")
BATCH: Final = 500
"""Ids in one statement: both engines bound how many values one may have."""

_ABOVE: Final = ORGANISATION.alias("above")
_RUNS: Final = ORGANISATION.alias("runs")
OWNER_PATH: Final = func.coalesce(_RUNS.c.path, ORGANISATION.c.path, "")
"""A channel is its system's unit's; one without a system is its place's."""


def refresh_organisations(tx: Transaction, ids: Collection[UUID]) -> None:
    """These organisations themselves, and nothing below them."""
    for some in batches(ids):
        _forget(tx, EntryKind.ORGANISATION, some)
        _add(tx, map(_organisation, tx.execute(organisations_query(ORGANISATION.c.id.in_(some)))))


def refresh_places(tx: Transaction, ids: Collection[UUID]) -> None:
    """These places, with their spots and channels."""
    for some in batches(ids):
        _forget(tx, EntryKind.PLACE, some)
        _add(tx, map(_place, tx.execute(places_query(PLACE.c.id.in_(some)))))
        refresh_spots(tx, tx.execute(select(SPOT.c.id).where(SPOT.c.place_id.in_(some))).scalars().all())


def refresh_spots(tx: Transaction, ids: Collection[UUID]) -> None:
    """These spots, with the channels that look at them."""
    for some in batches(ids):
        _forget(tx, EntryKind.SPOT, some)
        _add(tx, map(_spot, tx.execute(spots_query(SPOT.c.id.in_(some)))))
        refresh_channels(tx, tx.execute(select(CHANNEL.c.id).where(CHANNEL.c.spot_id.in_(some))).scalars().all())


def refresh_channels(tx: Transaction, ids: Collection[UUID]) -> None:
    for some in batches(ids):
        _forget(tx, EntryKind.CHANNEL, some)
        _add(tx, map(_channel, tx.execute(channels_query(CHANNEL.c.id.in_(some)))))


def refresh_below(tx: Transaction, path: str) -> None:
    """Everything that belongs to the organisation with this path or to one below it, and these themselves."""
    within = between(ORGANISATION.c.path, path)
    refresh_organisations(tx, tx.execute(select(ORGANISATION.c.id).where(within)).scalars().all())
    owned = select(PLACE.c.id).join(ORGANISATION, PLACE.c.organisation_id == ORGANISATION.c.id).where(within)
    refresh_places(tx, tx.execute(owned).scalars().all())
    run = (
        select(CHANNEL.c.id)
        .join(DEVICE, CHANNEL.c.device_id == DEVICE.c.id)
        .join(SYSTEM, DEVICE.c.system_id == SYSTEM.c.id)
        .join(ORGANISATION, SYSTEM.c.organisation_id == ORGANISATION.c.id)
        .where(within)
    )
    refresh_channels(tx, tx.execute(run).scalars().all())


def rebuild(tx: Transaction) -> int:
    """Make the whole directory anew; returns how many entries it has."""
    tx.execute(delete(DIRECTORY))
    made = 0
    for query, entry in _EVERYTHING:
        made += _add(tx, map(entry, tx.execute(query())))
    return made


def everything(tx: Transaction) -> list[tuple[Any, ...]]:
    """What the directory should hold, as rows in order: a check compares it with what it holds."""
    made = (entry(row) for query, entry in _EVERYTHING for row in tx.execute(query()))
    return sorted((tuple(one[column.name] for column in DIRECTORY.columns) for one in made), key=repr)


def between(column: ColumnElement[Any], beginning: str) -> ColumnElement[bool]:
    """Whether a text begins so, in a form that an index answers. For paths and codes: letters, digits and slashes."""
    if not beginning:
        return column == column  # noqa: PLR0124 - everything begins with nothing
    return and_(column >= beginning, column < f"{beginning}~")


def batches(ids: Collection[T]) -> Iterator[list[T]]:
    found = list(ids)
    return (found[start : start + BATCH] for start in range(0, len(found), BATCH))


def organisations_query(where: ColumnElement[bool] | None = None) -> Select[Any]:
    query = (
        select(ORGANISATION, _ABOVE.c.region_code.label("above_region"))
        .outerjoin_from(ORGANISATION, _ABOVE, ORGANISATION.c.parent_id == _ABOVE.c.id)
        .where(ORGANISATION.c.retired_us.is_(None))
    )
    return query if where is None else query.where(where)


def places_query(where: ColumnElement[bool] | None = None) -> Select[Any]:
    query = select(
        PLACE, ORGANISATION.c.region_code.label("above_region"), func.coalesce(ORGANISATION.c.path, "").label("path")
    ).outerjoin_from(PLACE, ORGANISATION, PLACE.c.organisation_id == ORGANISATION.c.id)
    return query if where is None else query.where(where)


def spots_query(where: ColumnElement[bool] | None = None) -> Select[Any]:
    query = (
        select(
            SPOT.c.id,
            SPOT.c.name,
            SPOT.c.place_id,
            PLACE.c.region_code,
            func.coalesce(ORGANISATION.c.path, "").label("path"),
        )
        .join_from(SPOT, PLACE)
        .outerjoin(ORGANISATION, PLACE.c.organisation_id == ORGANISATION.c.id)
    )
    return query if where is None else query.where(where)


def owned_channels(*columns: Any) -> Select[Any]:
    """Channels with their device, spot and place, and the path of their owner as `path`."""
    return (
        select(*columns, OWNER_PATH.label("path"))
        .join_from(CHANNEL, DEVICE)
        .join(SPOT, CHANNEL.c.spot_id == SPOT.c.id)
        .join(PLACE, SPOT.c.place_id == PLACE.c.id)
        .outerjoin(ORGANISATION, PLACE.c.organisation_id == ORGANISATION.c.id)
        .outerjoin(SYSTEM, DEVICE.c.system_id == SYSTEM.c.id)
        .outerjoin(_RUNS, SYSTEM.c.organisation_id == _RUNS.c.id)
    )


def channels_query(where: ColumnElement[bool] | None = None) -> Select[Any]:
    query = owned_channels(
        CHANNEL.c.id, CHANNEL.c.name, CHANNEL.c.spot_id, DEVICE.c.address, DEVICE.c.serial, SPOT.c.place_id,
        SPOT.c.name.label("spot_name"), PLACE.c.name.label("place_name"), PLACE.c.region_code,
        func.coalesce(SPOT.c.longitude, PLACE.c.longitude).label("longitude"),
        func.coalesce(SPOT.c.latitude, PLACE.c.latitude).label("latitude"),
    ).where(CHANNEL.c.retired_us.is_(None))  # fmt: skip
    return query if where is None else query.where(where)


def host_of(address: str) -> str:
    """Host and port of an address: what people search by, and no password can stand there."""
    return address.partition("://")[2].partition("/")[0].partition("?")[0].rpartition("@")[2]


def _organisation(row: Row[Any]) -> dict[str, Any]:
    seat = row.region_code if row.region_code != row.above_region else ""
    return _entry(EntryKind.ORGANISATION, row, [], [plain(row.credit_code)], row.path, None, row.parent_id, seat)


def _place(row: Row[Any]) -> dict[str, Any]:
    seat = row.region_code if row.region_code != row.above_region else ""
    return _entry(EntryKind.PLACE, row, [], [plain(row.address)], row.path, row.id, row.organisation_id, seat)


def _spot(row: Row[Any]) -> dict[str, Any]:
    return _entry(EntryKind.SPOT, row, [], [], row.path, row.place_id, row.place_id)


def _channel(row: Row[Any]) -> dict[str, Any]:
    others = [_sounds(row.place_name), _sounds(row.spot_name)]
    basic = [plain(host_of(row.address)), plain(row.serial)]
    entry = _entry(EntryKind.CHANNEL, row, others, basic, row.path, row.place_id, row.spot_id)
    return {**entry, "longitude": row.longitude, "latitude": row.latitude}


def _entry(
    kind: EntryKind,
    row: Row[Any],
    others: Iterable[str],
    basic: Iterable[str],
    path: str,
    place_id: UUID | None,
    parent_id: UUID | None,
    seat: str = "",
) -> dict[str, Any]:
    shown = "\n".join([_sounds(row.name), *filter(None, others)])
    return {
        "kind": kind.value,
        "sorting": sorting(row.name),
        "id": row.id,
        "name": row.name,
        "searched": "\n".join([shown, *filter(None, basic)]),
        "region_code": row.region_code,
        "path": path,
        "place_id": place_id,
        "parent_id": parent_id,
        "seat": seat,
        "shown": len(shown),
        "longitude": None,
        "latitude": None,
    }


@lru_cache(maxsize=4096)
def _sounds(name: str) -> str:
    return searched(name)


def _forget(tx: Transaction, kind: EntryKind, ids: list[UUID]) -> None:
    tx.execute(delete(DIRECTORY).where(DIRECTORY.c.kind == kind.value, DIRECTORY.c.id.in_(ids)))


def _add(tx: Transaction, entries: Iterable[dict[str, Any]]) -> int:
    made = 0
    some: list[dict[str, Any]] = []
    for entry in entries:
        some.append(entry)
        if len(some) == BATCH:
            tx.execute(insert(DIRECTORY), some)
            made, some = made + len(some), []
    if some:
        tx.execute(insert(DIRECTORY), some)
    return made + len(some)


_EVERYTHING: Final = (
    (organisations_query, _organisation),
    (places_query, _place),
    (spots_query, _spot),
    (channels_query, _channel),
)
