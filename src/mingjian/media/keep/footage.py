"""Segments as deletion sees them: what is due, marking it, letting it go, dropping its row."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, select, update

from mingjian.kernel.ids import ChannelId, SegmentId, VolumeId
from mingjian.kernel.intervals import Span
from mingjian.media import store
from mingjian.media.keep.model import LONGEST_SEGMENT_US, Footage, day_span
from mingjian.media.model import SegmentState
from mingjian.media.store import RECORDED_DAY, SEGMENT
from mingjian.storage.engine import Transaction

# Parameters of one statement: SQLite takes 32,766.
_CHUNK: Final = 500
_PIECE: Final = 16
_COLUMNS: Final = (
    SEGMENT.c.id,
    SEGMENT.c.channel_id,
    SEGMENT.c.volume_id,
    SEGMENT.c.path_name,
    SEGMENT.c.start_us,
    SEGMENT.c.end_us,
    SEGMENT.c.clock_epoch,
    SEGMENT.c.size,
)


def days(tx: Transaction, volume_ids: Collection[VolumeId]) -> list[tuple[int, ChannelId]]:
    """Days on which volumes have finished footage, with the channel; oldest first."""
    query = (
        select(RECORDED_DAY.c.day, RECORDED_DAY.c.channel_id)
        .where(
            RECORDED_DAY.c.volume_id.in_(list(volume_ids)),
            RECORDED_DAY.c.segments > 0,
        )
        .distinct()
        .order_by(RECORDED_DAY.c.day, RECORDED_DAY.c.channel_id)
    )
    return [(row.day, ChannelId(row.channel_id)) for row in tx.execute(query)]


def of_day(
    tx: Transaction,
    channel_id: ChannelId,
    day: int,
    volume_ids: Collection[VolumeId],
    states: Sequence[SegmentState],
    limit: int,
    from_us: int = 0,
) -> list[Footage]:
    """Footage of a channel that began on `day`, at `from_us` or later, oldest first."""
    span = day_span(day)
    query = (
        select(*_COLUMNS)
        .where(
            SEGMENT.c.channel_id == channel_id,
            SEGMENT.c.start_us >= max(span.start_us, from_us),
            SEGMENT.c.start_us < span.end_us,
            SEGMENT.c.state.in_(states),
            SEGMENT.c.volume_id.in_(list(volume_ids)),
        )
        .order_by(SEGMENT.c.start_us)
        .limit(limit)
    )
    return [_footage(row) for row in tx.execute(query)]


def oldest_of_day(
    tx: Transaction, channel_id: ChannelId, day: int, volume_ids: Collection[VolumeId], state: SegmentState
) -> Iterator[Footage]:
    """The same in one state, read in small pieces as far as it is asked for."""
    from_us, known = 0, set[SegmentId]()
    while True:
        found = of_day(tx, channel_id, day, volume_ids, [state], _PIECE, from_us)
        new = [one for one in found if one.id not in known]
        yield from new
        if len(found) < _PIECE or not new:
            return
        # Two clock epochs may have a segment with the same start.
        from_us, known = found[-1].start_us, {one.id for one in found}


def oldest(tx: Transaction, volume_id: VolumeId, state: SegmentState) -> Iterator[Footage]:
    """Footage of a volume in one state, oldest first, as far as it is asked for."""
    query = (
        select(*_COLUMNS).where(SEGMENT.c.volume_id == volume_id, SEGMENT.c.state == state).order_by(SEGMENT.c.start_us)
    )
    return (_footage(row) for row in tx.execute(query))


def by_id(tx: Transaction, ids: Iterable[SegmentId], state: SegmentState) -> list[Footage]:
    """Those of `ids` that are in `state` now, oldest first."""
    found = [
        _footage(row)
        for chunk in _chunks(ids)
        for row in tx.execute(select(*_COLUMNS).where(SEGMENT.c.id.in_(chunk), SEGMENT.c.state == state))
    ]
    return sorted(found, key=lambda one: (one.start_us, one.id))


def marked_before(tx: Transaction, volume_id: VolumeId, before_us: int, limit: int) -> list[tuple[Footage, int]]:
    """Footage that was marked at or before `before_us`, oldest footage first, with when it was marked."""
    query = (
        select(*_COLUMNS, SEGMENT.c.marked_us)
        .where(
            SEGMENT.c.volume_id == volume_id,
            SEGMENT.c.state == SegmentState.MARKED,
            SEGMENT.c.marked_us <= before_us,
        )
        .order_by(SEGMENT.c.start_us)
        .limit(limit)
    )
    return [(_footage(row), row.marked_us) for row in tx.execute(query)]


def touching(tx: Transaction, channel_id: ChannelId, span: Span, states: Sequence[SegmentState]) -> list[Footage]:
    """Footage of a channel that overlaps `span`."""
    query = (
        select(*_COLUMNS)
        .where(
            SEGMENT.c.channel_id == channel_id,
            SEGMENT.c.state.in_(states),
            SEGMENT.c.start_us < span.end_us,
            SEGMENT.c.start_us > span.start_us - LONGEST_SEGMENT_US,
            SEGMENT.c.end_us > span.start_us,
        )
        .order_by(SEGMENT.c.start_us)
    )
    return [_footage(row) for row in tx.execute(query)]


def mark(tx: Transaction, ids: Iterable[SegmentId], now_us: int) -> None:
    _move(tx, ids, SegmentState.CLOSED, {"state": SegmentState.MARKED, "marked_us": now_us})


def unmark(tx: Transaction, ids: Iterable[SegmentId]) -> None:
    _move(tx, ids, SegmentState.MARKED, {"state": SegmentState.CLOSED, "marked_us": None})


def condemn(tx: Transaction, going: Sequence[Footage]) -> None:
    """Marked footage becomes garbage, and no counter counts it any more."""
    _move(tx, [one.id for one in going], SegmentState.MARKED, {"state": SegmentState.GARBAGE})
    store.uncount_days(tx, [(one.channel_id, one.volume_id, one.start_us, one.size) for one in going])


def garbage(tx: Transaction, volume_id: VolumeId, limit: int) -> list[tuple[SegmentId, str]]:
    """Garbage of a volume: id and path name."""
    query = (
        select(SEGMENT.c.id, SEGMENT.c.path_name)
        .where(SEGMENT.c.volume_id == volume_id, SEGMENT.c.state == SegmentState.GARBAGE)
        .order_by(SEGMENT.c.start_us)
        .limit(limit)
    )
    return [(SegmentId(row.id), row.path_name) for row in tx.execute(query)]


def _move(tx: Transaction, ids: Iterable[SegmentId], from_state: SegmentState, values: dict[str, Any]) -> None:
    for chunk in _chunks(ids):
        tx.execute(update(SEGMENT).where(SEGMENT.c.id.in_(chunk), SEGMENT.c.state == from_state).values(**values))


def _chunks(ids: Iterable[SegmentId]) -> Iterator[list[UUID]]:
    left = iter(ids)
    while chunk := list(islice(left, _CHUNK)):
        yield list(chunk)


def _footage(row: Row[Any]) -> Footage:
    return Footage(
        SegmentId(row.id),
        ChannelId(row.channel_id),
        VolumeId(row.volume_id),
        row.path_name,
        row.start_us,
        row.end_us,
        row.clock_epoch,
        row.size,
    )
