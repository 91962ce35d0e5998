"""The tree, the list and the search, each filtered by what one person reaches.

A node of the tree is the whole (an empty text), a territory (its code), or an entry (`organisation:<id>`,
`place:<id>`, `spot:<id>`). Something may stand in it twice: below who it belongs to, and in the territory where it is
when that is another one.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, or_, select, true, tuple_, union_all

from mingjian.identity.scopes import ANYWHERE, Reach
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PlaceId
from mingjian.registry import sounds, store
from mingjian.registry.directory import OWNER_PATH, between, owned_channels
from mingjian.registry.errors import CURSOR_UNKNOWN, NODE_UNKNOWN
from mingjian.registry.model import (
    Branch,
    Channel,
    EntryKind,
    ListEntry,
    Listing,
    Place,
    TerritoryEntry,
    line_of,
)
from mingjian.registry.tables import CHANNEL, DIRECTORY, ORGANISATION, PLACE
from mingjian.registry.territories import parent, territory
from mingjian.storage.engine import Transaction

LISTING_LIMIT: Final = 200
_ESCAPE: Final = "!"
_BELOW: Final = DIRECTORY.alias("below")


@dataclass(frozen=True, slots=True)
class Within:
    """A reach as conditions on the directory; `paths` are those of the organisations that it names."""

    reach: Reach
    paths: tuple[str, ...]

    @classmethod
    def of(cls, tx: Transaction, reach: Reach) -> "Within":
        if reach.everywhere or not reach.organisations:
            return cls(reach, ())
        query = select(ORGANISATION.c.path).where(ORGANISATION.c.id.in_(reach.organisations))
        return cls(reach, tuple(sorted(tx.execute(query).scalars())))

    def condition(self, entry: Any = DIRECTORY) -> ColumnElement[bool]:
        """Whether an entry lies within.

        A reach of several sorts is first made into ids, each sort by its own index: asked row by row, all of them
        together cost more than the search itself.
        """
        if self.reach.everywhere:
            return true()
        sorts = list(self._sorts(entry))
        if len(sorts) <= 1:
            return sorts[0] if sorts else false()
        own = DIRECTORY.alias("within")
        kinds = [kind.value for kind in EntryKind]
        ids = [select(own.c.id).where(own.c.kind.in_(kinds), one) for one in self._sorts(own)]
        held: ColumnElement[bool] = entry.c.id.in_(union_all(*ids))
        return held

    def _sorts(self, entry: Any) -> Iterator[ColumnElement[bool]]:
        reach = self.reach
        if reach.territories:
            yield or_(false(), *(between(entry.c.region_code, stem) for stem in sorted(reach.territories)))
        if self.paths:
            yield or_(false(), *(between(entry.c.path, path) for path in self.paths))
        if reach.places:
            yield entry.c.place_id.in_(reach.places)
        if reach.channels:
            yield and_(entry.c.kind == EntryKind.CHANNEL.value, entry.c.id.in_(reach.channels))


def search(
    tx: Transaction,
    reach: Reach,
    *,
    query: str = "",
    kinds: Collection[EntryKind] = (EntryKind.ORGANISATION, EntryKind.PLACE, EntryKind.CHANNEL),
    under: str = "",
    cursor: str | None = None,
    limit: int = 50,
    basic: bool = True,
) -> Listing:
    """Entries below a node whose name, pinyin, initials, address or serial number hold every word of the query.

    Addresses and numbers are looked at for who may see `basic` data: a search that finds by them tells them.
    In the order of kinds and sounds. Raises MingjianError NODE_UNKNOWN or CURSOR_UNKNOWN.
    """
    limit = max(1, min(limit, LISTING_LIMIT))
    rows, following = _found(tx, reach, query, kinds, under, cursor, limit, basic=basic)
    return Listing(_with_names_above(tx, [_entry(row) for row in rows]), following)


def channels(
    tx: Transaction,
    reach: Reach,
    *,
    query: str = "",
    under: str = "",
    cursor: str | None = None,
    limit: int,
    basic: bool = True,
) -> tuple[list[Channel], str | None]:
    """A page of the channels in use that `search` would find, in its order, and the cursor of the following one."""
    rows, following = _found(tx, reach, query, (EntryKind.CHANNEL,), under, cursor, limit, basic=basic)
    known = {one.id: one for one in store.channels_of(tx, [row.id for row in rows])}
    return [known[row.id] for row in rows if row.id in known], following


def places(
    tx: Transaction, reach: Reach, *, query: str = "", cursor: str | None = None, limit: int, basic: bool = True
) -> tuple[list[Place], str | None]:
    """The same for places."""
    rows, following = _found(tx, reach, query, (EntryKind.PLACE,), "", cursor, limit, basic=basic)
    known = {one.id: one for one in store.places_of(tx, [row.id for row in rows])}
    return [known[row.id] for row in rows if row.id in known], following


def count_channels(tx: Transaction, reach: Reach) -> int:
    """How many channels in use lie within."""
    query = select(func.count()).select_from(DIRECTORY)
    where = DIRECTORY.c.kind == EntryKind.CHANNEL.value, Within.of(tx, reach).condition()
    return int(tx.execute(query.where(*where)).scalar_one())


def channels_within(tx: Transaction, reach: Reach) -> Select[Any]:
    """The ids of the channels in use that lie within, as a query: for conditions of others."""
    query = select(DIRECTORY.c.id).where(DIRECTORY.c.kind == EntryKind.CHANNEL.value)
    return query.where(Within.of(tx, reach).condition())


def reached(tx: Transaction, reach: Reach, channel_id: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether the channel with this id lies within, as a condition of a query of others; retired channels too."""
    if reach.everywhere:
        return true()
    sorts: list[ColumnElement[bool]] = [PLACE.c.region_code.startswith(stem) for stem in sorted(reach.territories)]
    sorts += [between(OWNER_PATH, path) for path in Within.of(tx, reach).paths]
    sorts += [PLACE.c.id.in_(reach.places), CHANNEL.c.id.in_(reach.channels)]
    return owned_channels(CHANNEL.c.id).where(CHANNEL.c.id == channel_id, or_(*sorts)).exists()


def _found(
    tx: Transaction,
    reach: Reach,
    query: str,
    kinds: Collection[EntryKind],
    under: str,
    cursor: str | None,
    limit: int,
    *,
    basic: bool,
) -> tuple[Sequence[Any], str | None]:
    where = [Within.of(tx, reach).condition(), DIRECTORY.c.kind.in_(sorted(kind.value for kind in kinds))]
    text = DIRECTORY.c.searched if basic else func.substr(DIRECTORY.c.searched, 1, DIRECTORY.c.shown)
    where += [holds(text, word) for word in sounds.words(query)]
    where.append(below_node(tx, under))
    key = (DIRECTORY.c.kind, DIRECTORY.c.sorting, DIRECTORY.c.id)
    if cursor is not None:
        where.append(tuple_(*key) > _position(cursor))
    rows = tx.execute(select(DIRECTORY).where(*where).order_by(*key).limit(limit + 1)).all()
    return rows[:limit], _cursor(rows[limit - 1]) if len(rows) > limit else None


def holds(column: ColumnElement[Any], word: str) -> ColumnElement[bool]:
    """Whether a text holds a word as it is, with no pattern in it.

    By LIKE and not by a function: of LIKE, PostgreSQL guesses how much it will find, and reads a rare word's rows in
    the order of the disk instead of that of the list.
    """
    for special in (_ESCAPE, "%", "_"):
        word = word.replace(special, f"{_ESCAPE}{special}")
    return column.like(f"%{word}%", escape=_ESCAPE)


def branch(
    tx: Transaction, reach: Reach, node: str = "", *, cursor: str | None = None, limit: int = LISTING_LIMIT
) -> Branch:
    """What is directly below a node. Raises MingjianError NODE_UNKNOWN or CURSOR_UNKNOWN."""
    within = Within.of(tx, reach)
    if not node:
        return _top(tx, within, cursor, limit)
    if territory(node) is not None:
        found = () if cursor else _territories(tx, within, node)
        return _page(tx, within, DIRECTORY.c.seat == node, found, cursor, limit)
    kind, own_id = parsed(node)
    if kind is EntryKind.CHANNEL:
        raise MingjianError(NODE_UNKNOWN)
    return _page(tx, within, DIRECTORY.c.parent_id == own_id, (), cursor, limit)


def parsed(node: str) -> tuple[EntryKind, UUID]:
    """The kind and id that a node's text names. Raises MingjianError NODE_UNKNOWN."""
    kind, _, own_id = node.partition(":")
    try:
        return EntryKind.coded(kind), UUID(own_id)
    except (KeyError, ValueError) as error:
        raise MingjianError(NODE_UNKNOWN) from error


def _top(tx: Transaction, within: Within, cursor: str | None, limit: int) -> Branch:
    """Where the tree begins for one person: provinces for who reaches everywhere, else what the own scopes name."""
    reach = within.reach
    if reach.everywhere:
        return Branch(_territories(tx, within, None), (), None)
    codes = [f"{stem:0<6}" for stem in sorted(reach.territories) if not _inside_another(stem, reach.territories)]
    counted = tuple(TerritoryEntry(code, _count(tx, _stem(code))) for code in codes)
    named = {
        EntryKind.ORGANISATION: reach.organisations,
        EntryKind.PLACE: reach.places,
        EntryKind.CHANNEL: reach.channels,
    }
    own = [and_(DIRECTORY.c.kind == kind.value, DIRECTORY.c.id.in_(ids)) for kind, ids in named.items() if ids]
    # Whatever is below what a scope names is within it: it needs no second look.
    return _page(tx, Within(ANYWHERE, ()), or_(false(), *own), counted if cursor is None else (), cursor, limit)


def _inside_another(stem: str, stems: Iterable[str]) -> bool:
    return any(stem != other and stem.startswith(other) for other in stems)


def _count(tx: Transaction, stem: str) -> int:
    channels = DIRECTORY.c.kind == EntryKind.CHANNEL.value
    query = select(func.count()).where(channels, between(DIRECTORY.c.region_code, stem))
    return int(tx.execute(query).scalar_one())


def _territories(tx: Transaction, within: Within, node: str | None) -> tuple[TerritoryEntry, ...]:
    """The divisions directly below one (None: the country) that hold something, with how many channels."""
    stem = "" if node is None else _stem(node)
    kinds = (EntryKind.ORGANISATION.value, EntryKind.PLACE.value, EntryKind.CHANNEL.value)
    query = (
        select(DIRECTORY.c.kind, DIRECTORY.c.region_code, func.count().label("found"))
        .where(DIRECTORY.c.kind.in_(kinds), between(DIRECTORY.c.region_code, stem), within.condition())
        .group_by(DIRECTORY.c.kind, DIRECTORY.c.region_code)
    )
    channels: dict[str, int] = defaultdict(int)
    for row in tx.execute(query):
        if (code := _child(row.region_code, node)) is not None:
            channels[code] += row.found if row.kind == EntryKind.CHANNEL.value else 0
    return tuple(TerritoryEntry(code, channels[code]) for code in sorted(channels))


def _stem(code: str) -> str:
    found = territory(code)
    return found.stem if found else code


def _child(code: str, node: str | None) -> str | None:
    """The division directly below `node` that this one is or is part of; None when there is none between."""
    while code != node:
        above = parent(code)
        if above == node:
            return code
        if above is None:
            return None
        code = above
    return None


def _page(
    tx: Transaction,
    within: Within,
    where: ColumnElement[bool],
    territories: tuple[TerritoryEntry, ...],
    cursor: str | None,
    limit: int,
) -> Branch:
    limit = max(1, min(limit, LISTING_LIMIT))
    key = (DIRECTORY.c.kind, DIRECTORY.c.sorting, DIRECTORY.c.id)
    query = select(DIRECTORY).where(where, within.condition()).order_by(*key).limit(limit + 1)
    if cursor is not None:
        query = query.where(tuple_(*key) > _position(cursor))
    rows = tx.execute(query).all()
    following = _cursor(rows[limit - 1]) if len(rows) > limit else None
    return Branch(territories, tuple(_counted(tx, within, rows[:limit])), following)


def _counted(tx: Transaction, within: Within, rows: Sequence[Any]) -> Iterable[ListEntry]:
    """Entries with how many channels are below each, and whether it opens."""
    counts = _channels_below(tx, within, rows)
    parents = [row.id for row in rows if row.kind != EntryKind.CHANNEL.value]
    opening = _with_children(tx, within, parents)
    for row in rows:
        yield replace(_entry(row), channels=counts.get(row.id, 0), opens=row.id in opening)


def _with_children(tx: Transaction, within: Within, ids: Sequence[UUID]) -> set[UUID]:
    if not ids:
        return set()
    any_below = exists().where(_BELOW.c.parent_id == DIRECTORY.c.id, within.condition(_BELOW))
    return set(tx.execute(select(DIRECTORY.c.id).where(DIRECTORY.c.id.in_(ids), any_below)).scalars())


def _channels_below(tx: Transaction, within: Within, rows: Sequence[Any]) -> Mapping[UUID, int]:
    conditions = {
        EntryKind.ORGANISATION.value: and_(_BELOW.c.path >= DIRECTORY.c.path, _BELOW.c.path < DIRECTORY.c.path + "~"),
        EntryKind.PLACE.value: _BELOW.c.place_id == DIRECTORY.c.id,
        EntryKind.SPOT.value: _BELOW.c.parent_id == DIRECTORY.c.id,
    }
    counts: dict[UUID, int] = {}
    for kind, below in conditions.items():
        if ids := [row.id for row in rows if row.kind == kind]:
            counted = (
                select(func.count())
                .where(_BELOW.c.kind == EntryKind.CHANNEL.value, below, within.condition(_BELOW))
                .correlate(DIRECTORY)
                .scalar_subquery()
            )
            query = select(DIRECTORY.c.id, counted.label("found")).where(
                DIRECTORY.c.id.in_(ids), DIRECTORY.c.kind == kind
            )
            counts |= {row.id: row.found for row in tx.execute(query)}
    return counts


def below_node(tx: Transaction, node: str) -> ColumnElement[bool]:
    """Whether an entry is anywhere below this node, or is it."""
    if not node:
        return true()
    if territory(node) is not None:
        return between(DIRECTORY.c.region_code, _stem(node))
    kind, own_id = parsed(node)
    match kind:
        case EntryKind.ORGANISATION:
            path = tx.execute(select(ORGANISATION.c.path).where(ORGANISATION.c.id == own_id)).scalar()
            if path is None:
                raise MingjianError(NODE_UNKNOWN)
            return between(DIRECTORY.c.path, path)
        case EntryKind.PLACE:
            return DIRECTORY.c.place_id == own_id
        case _:
            return or_(DIRECTORY.c.id == own_id, DIRECTORY.c.parent_id == own_id)


def _entry(row: Any) -> ListEntry:
    place_id = PlaceId(row.place_id) if row.place_id else None
    above = tuple(str(one) for one in line_of(row.path))
    return ListEntry(EntryKind(row.kind), row.id, row.name, row.region_code, place_id, row.parent_id, above)


def names(tx: Transaction, ids: Collection[UUID], kinds: Collection[EntryKind] = tuple(EntryKind)) -> dict[UUID, str]:
    """What those of them are called that are in use."""
    query = select(DIRECTORY.c.id, DIRECTORY.c.name).where(
        DIRECTORY.c.id.in_(ids), DIRECTORY.c.kind.in_([kind.value for kind in kinds])
    )
    return {row.id: row.name for row in tx.execute(query)} if ids else {}


def _with_names_above(tx: Transaction, entries: list[ListEntry]) -> tuple[ListEntry, ...]:
    """The same with names instead of ids in `above`: organisations from the top, then the place."""
    ids = {UUID(one) for entry in entries for one in entry.above}
    ids |= {entry.place_id for entry in entries if entry.place_id is not None}
    known = names(tx, ids, (EntryKind.ORGANISATION, EntryKind.PLACE))

    def above(entry: ListEntry) -> tuple[str, ...]:
        line = [UUID(one) for one in entry.above if UUID(one) != entry.id]
        line += [entry.place_id] if entry.place_id not in (None, entry.id) else []
        return tuple(known[one] for one in line if one in known)

    return tuple(replace(entry, above=above(entry)) for entry in entries)


def _cursor(row: Any) -> str:
    return urlsafe_b64encode(f"{row.kind}\0{row.sorting}\0{row.id.hex}".encode()).decode().rstrip("=")


def _position(cursor: str) -> Any:
    try:
        text = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        kind, sorting, own_id = text.split("\0")
        return tuple_(EntryKind(int(kind)).value, sorting, UUID(hex=own_id))
    except ValueError as error:  # UnicodeDecodeError and binascii.Error are kinds of it
        raise MingjianError(CURSOR_UNKNOWN) from error
