"""The table of marks."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Row, Table, Text, Uuid, and_, delete, insert, or_, select
from sqlalchemy.sql import Select

from mingjian.kernel.ids import ChannelId, MarkId, PersonId
from mingjian.kernel.intervals import Span
from mingjian.media.marks.model import LONGEST_US, Mark, Search
from mingjian.storage.engine import METADATA, Transaction

MARK: Final = Table(
    "mark",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel_id", Uuid, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("placed_by", Uuid),
    Column("placed_label", Text, nullable=False),
    Column("placed_us", BigInteger, nullable=False),
    Index("ix_mark_channel_id_start_us", "channel_id", "start_us"),
    Index("ix_mark_start_us", "start_us"),
)


def add(tx: Transaction, mark: Mark) -> None:
    tx.execute(
        insert(MARK),
        {
            "id": mark.id,
            "channel_id": mark.channel_id,
            "start_us": mark.start_us,
            "end_us": mark.end_us,
            "name": mark.name,
            "placed_by": mark.placed_by,
            "placed_label": mark.placed_label,
            "placed_us": mark.placed_us,
        },
    )


def get(tx: Transaction, mark_id: UUID, *, for_change: bool = False) -> Mark | None:
    query = select(MARK).where(MARK.c.id == mark_id)
    row = tx.execute(query.with_for_update() if for_change else query).one_or_none()
    return _mark(row) if row else None


def remove(tx: Transaction, mark_id: MarkId) -> None:
    tx.execute(delete(MARK).where(MARK.c.id == mark_id))


def between(tx: Transaction, channel_id: ChannelId, span: Span, limit: int) -> list[Mark]:
    """Those of a channel that touch `span`, in the order of time."""
    query = _touching(select(MARK), span).where(MARK.c.channel_id == channel_id)
    return [_mark(row) for row in tx.execute(query.order_by(MARK.c.start_us, MARK.c.id).limit(limit))]


def found(tx: Transaction, search: Search, before: tuple[int, UUID] | None, limit: int) -> list[Mark]:
    """Newest moment first; `before` is the place where the page before ended."""
    query = select(MARK).order_by(MARK.c.start_us.desc(), MARK.c.id.desc()).limit(limit)
    if search.span is not None:
        query = _touching(query, search.span)
    if search.channel_id is not None:
        query = query.where(MARK.c.channel_id == search.channel_id)
    for word in search.words.split():
        query = query.where(
            or_(MARK.c.name.icontains(word, autoescape=True), MARK.c.placed_label.icontains(word, autoescape=True))
        )
    if before is not None:
        start_us, mark_id = before
        query = query.where(
            or_(MARK.c.start_us < start_us, and_(MARK.c.start_us == start_us, MARK.c.id < mark_id)),
        )
    return [_mark(row) for row in tx.execute(query)]


def _touching(query: Select[Any], span: Span) -> Select[Any]:
    # No mark is longer: the index answers without reading what was long ago.
    return query.where(
        MARK.c.start_us < span.end_us, MARK.c.start_us >= span.start_us - LONGEST_US, MARK.c.end_us >= span.start_us
    )


def _mark(row: Row[Any]) -> Mark:
    return Mark(
        MarkId(row.id),
        ChannelId(row.channel_id),
        row.start_us,
        row.end_us,
        row.name,
        PersonId(row.placed_by) if row.placed_by else None,
        row.placed_label,
        row.placed_us,
    )
