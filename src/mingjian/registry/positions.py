"""What is where: the channels of a box on the map, one by one where they are few, in heaps where they are many.

A channel is where its spot is said to be, and where nobody said that, where its place is. Heaps are made by the
database over cells of a grid that stays where it is while the box moves; their number is bounded by the box.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, cos, log2, radians
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, func, select

from mingjian.identity.scopes import Reach
from mingjian.kernel.ids import ChannelId, PlaceId, SpotId
from mingjian.registry import directory, sounds
from mingjian.registry.browsing import Within, holds
from mingjian.registry.coordinates import Position
from mingjian.registry.model import EntryKind, Spot, SpotView
from mingjian.registry.tables import DIRECTORY, PLACE, SPOT
from mingjian.storage.engine import Transaction

MOST: Final = 2_000
"""Channels that one answer names one by one."""

_CELLS_ACROSS: Final = 18
_SMALLEST: Final = 2.0**-20
_LONGITUDE: Final = DIRECTORY.c.longitude
_LATITUDE: Final = DIRECTORY.c.latitude


@dataclass(frozen=True, slots=True)
class Box:
    """Degrees of WGS-84, sides included; empty where a side is on the wrong side of the other."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, position: Position) -> bool:
        return self.west <= position.longitude <= self.east and self.south <= position.latitude <= self.north


WORLD: Final = Box(-180, -90, 180, 90)


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of the heaps, in degrees."""

    east: float
    north: float

    @classmethod
    def of(cls, box: Box) -> "Grid":
        """Cells about as wide as they are high on the ground, some eighteen across the box.

        Their width is a power of two and their height hangs on whole degrees of latitude: a box that moves keeps them.
        """
        width = max(box.east - box.west, (box.north - box.south) * 1.5, _SMALLEST * _CELLS_ACROSS)
        east = min(2.0 ** ceil(log2(width / _CELLS_ACROSS)), 64.0)
        middle = min(80.0, abs((box.south + box.north) / 2) // 5 * 5)
        return cls(east, east * cos(radians(middle)))


@dataclass(frozen=True, slots=True)
class Standing:
    """A channel on the map. `own`: its spot's position and not only its place's."""

    id: ChannelId
    name: str
    position: Position
    own: bool
    view: SpotView
    spot: Spot
    place_id: PlaceId
    place: str
    address: str
    region_code: str


@dataclass(frozen=True, slots=True)
class Heap:
    """Channels of one cell: how many, their middle, the box around them, and the division that holds them all ("" where
    nothing does). `chosen`: how many of them are among those that were asked about.
    """

    channels: int
    middle: Position
    box: Box
    region_code: str
    chosen: int = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """What a box holds: `standing` when it is little enough, else `heaps`; `total` either way."""

    total: int
    standing: tuple[Standing, ...]
    heaps: tuple[Heap, ...]


@dataclass(frozen=True, slots=True)
class Extent:
    """The box around everything that has a position (None: nothing has), and how many have one and have none."""

    box: Box | None
    placed: int
    unplaced: int


def extent(tx: Transaction, reaches: Sequence[Reach]) -> Extent:
    """What of a person's channels is where, altogether."""
    known = func.count(_LONGITUDE)
    columns = (func.count().label("every"), known.label("known"), *_edges())
    row = tx.execute(_within(tx, reaches, columns)).one()
    return Extent(_box(row) if row.known else None, row.known, row.every - row.known)


def seen(
    tx: Transaction,
    reaches: Sequence[Reach],
    box: Box,
    *,
    query: str = "",
    most: int = 500,
    chosen: Collection[UUID] = (),
) -> Seen:
    """What lies in a box, within all of `reaches`, and holds every word of `query`.

    At most `most` (and MOST) channels one by one. `chosen` are counted in the heaps: those in trouble, say.
    """
    where = [_in(box), *(holds(DIRECTORY.c.searched, word) for word in sounds.words(query))]
    grid = Grid.of(box)
    cells = _heaps(tx, reaches, where, grid)
    total = sum(one.channels for one in cells.values())
    if total <= min(most, MOST):
        return Seen(total, tuple(_standing(tx, reaches, where)) if total else (), ())
    counted = _counted(tx, reaches, where, grid, chosen)
    return Seen(total, (), tuple(replace(one, chosen=counted.get(key, 0)) for key, one in sorted(cells.items())))


_Cell = tuple[int, int]


def _heaps(
    tx: Transaction, reaches: Sequence[Reach], where: Iterable[ColumnElement[bool]], grid: Grid
) -> dict[_Cell, Heap]:
    cell = _cell(grid)
    columns = (
        *cell,
        func.count().label("found"),
        func.avg(_LONGITUDE).label("longitude"),
        func.avg(_LATITUDE).label("latitude"),
        *_edges(),
        func.min(DIRECTORY.c.region_code).label("first_region"),
        func.max(DIRECTORY.c.region_code).label("last_region"),
    )
    rows = tx.execute(_within(tx, reaches, columns).where(*where).group_by("cell_x", "cell_y"))
    return {(int(row.cell_x), int(row.cell_y)): _heap(row) for row in rows}


def _heap(row: Row[Any]) -> Heap:
    box = _box(row)
    # A mean of equal numbers may be off by its last digit.
    middle = Position(_between(box.west, row.longitude, box.east), _between(box.south, row.latitude, box.north))
    return Heap(row.found, middle, box, _holding(row.first_region, row.last_region))


def _between(least: float, value: float, most: float) -> float:
    return max(least, min(value, most))


def _holding(first: str, last: str) -> str:
    """The division that holds both: county, prefecture or province."""
    for digits in (6, 4, 2):
        if first[:digits] == last[:digits]:
            return f"{first[:digits]:0<6}"
    return ""


def _counted(
    tx: Transaction,
    reaches: Sequence[Reach],
    where: Sequence[ColumnElement[bool]],
    grid: Grid,
    chosen: Collection[UUID],
) -> Mapping[_Cell, int]:
    cell = _cell(grid)
    found: dict[_Cell, int] = {}
    for some in directory.batches(chosen):
        query = _within(tx, reaches, (*cell, func.count().label("found")))
        for row in tx.execute(query.where(DIRECTORY.c.id.in_(some), *where).group_by("cell_x", "cell_y")):
            key = int(row.cell_x), int(row.cell_y)
            found[key] = found.get(key, 0) + row.found
    return found


def _cell(grid: Grid) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return (
        func.floor(_LONGITUDE / grid.east).label("cell_x"),
        func.floor(_LATITUDE / grid.north).label("cell_y"),
    )


def _edges() -> tuple[ColumnElement[Any], ...]:
    return (
        func.min(_LONGITUDE).label("west"),
        func.min(_LATITUDE).label("south"),
        func.max(_LONGITUDE).label("east"),
        func.max(_LATITUDE).label("north"),
    )


def _box(row: Row[Any]) -> Box:
    return Box(row.west, row.south, row.east, row.north)


def _in(box: Box) -> ColumnElement[bool]:
    return _LONGITUDE.between(box.west, box.east) & _LATITUDE.between(box.south, box.north)


def _within(tx: Transaction, reaches: Sequence[Reach], columns: Iterable[Any]) -> Select[Any]:
    """Channels in use that lie within every reach."""
    kind = DIRECTORY.c.kind == EntryKind.CHANNEL.value
    return select(*columns).where(kind, *(Within.of(tx, reach).condition() for reach in reaches))


def _standing(tx: Transaction, reaches: Sequence[Reach], where: Iterable[ColumnElement[bool]]) -> Iterable[Standing]:
    columns = (
        DIRECTORY.c.id,
        DIRECTORY.c.name,
        DIRECTORY.c.region_code,
        _LONGITUDE.label("longitude"),
        _LATITUDE.label("latitude"),
        SPOT.c.longitude.is_not(None).label("own"),
        SPOT.c.id.label("spot_id"),
        SPOT.c.name.label("spot_name"),
        SPOT.c.kind.label("spot_kind"),
        SPOT.c.direction_deg,
        SPOT.c.field_deg,
        SPOT.c.range_m,
        PLACE.c.id.label("place_id"),
        PLACE.c.name.label("place_name"),
        PLACE.c.address,
    )
    query = _within(tx, reaches, columns).where(*where)
    query = query.join_from(DIRECTORY, SPOT, DIRECTORY.c.parent_id == SPOT.c.id).join(PLACE)
    return [_stands(row) for row in tx.execute(query.order_by(DIRECTORY.c.sorting, DIRECTORY.c.id).limit(MOST))]


def _stands(row: Row[Any]) -> Standing:
    position = Position(row.longitude, row.latitude)
    view = SpotView(position if row.own else None, row.direction_deg, row.field_deg, row.range_m)
    place_id = PlaceId(row.place_id)
    return Standing(
        ChannelId(row.id),
        row.name,
        position,
        bool(row.own),
        view,
        Spot(SpotId(row.spot_id), place_id, row.spot_name, row.spot_kind, view),
        place_id,
        row.place_name,
        row.address,
        row.region_code,
    )
