"""Tables of views."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    Table,
    Text,
    Uuid,
    insert,
    select,
    update,
)

from mingjian.access.model import View, ViewKind
from mingjian.kernel.ids import ChannelId, PersonId, ViewId
from mingjian.storage.engine import METADATA, Transaction

VIEW: Final = Table(
    "view",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("person_id", Uuid, nullable=False),
    Column("person_label", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("opened_us", BigInteger, nullable=False),
    Column("seen_us", BigInteger, nullable=False),
    Column("closed_us", BigInteger),
    Column("session_key", LargeBinary),
    Index("ix_view_closed_us_seen_us", "closed_us", "seen_us"),
    Index("ix_view_person_id_seen_us", "person_id", "seen_us"),
)
VIEW_CHANNEL: Final = Table(
    "view_channel",
    METADATA,
    Column("view_id", Uuid, ForeignKey("view.id"), primary_key=True),
    Column("channel_id", Uuid, primary_key=True),
    Column("seconds", Integer, nullable=False),
)


def add(tx: Transaction, view: View) -> None:
    tx.execute(
        insert(VIEW),
        {
            "id": view.id,
            "person_id": view.person_id,
            "person_label": view.person_label,
            "kind": view.kind,
            "reason": view.reason,
            "opened_us": view.opened_us,
            "seen_us": view.opened_us,
            "closed_us": None,
            "session_key": view.session_key,
        },
    )
    rows = [{"view_id": view.id, "channel_id": channel_id, "seconds": 0} for channel_id in view.channels]
    tx.execute(insert(VIEW_CHANNEL), rows)


def get(tx: Transaction, view_id: ViewId, *, for_change: bool = False) -> View | None:
    query = select(VIEW).where(VIEW.c.id == view_id)
    row = tx.execute(query.with_for_update() if for_change else query).one_or_none()
    return _view(tx, row) if row else None


def forgotten(tx: Transaction, kind: ViewKind, seen_before_us: int, limit: int) -> list[ViewId]:
    """Open views of a kind that nobody has watched since."""
    query = (
        select(VIEW.c.id)
        .where(VIEW.c.closed_us.is_(None), VIEW.c.seen_us < seen_before_us, VIEW.c.kind == kind)
        .limit(limit)
    )
    return [ViewId(found) for found in tx.execute(query).scalars()]


def add_seconds(tx: Transaction, view_id: ViewId, seconds: Mapping[ChannelId, int], now_us: int) -> None:
    tx.execute(update(VIEW).where(VIEW.c.id == view_id).values(seen_us=now_us))
    for channel_id, more in seconds.items():
        tx.execute(
            update(VIEW_CHANNEL)
            .where(VIEW_CHANNEL.c.view_id == view_id, VIEW_CHANNEL.c.channel_id == channel_id)
            .values(seconds=VIEW_CHANNEL.c.seconds + more)
        )


def close(tx: Transaction, view_id: ViewId, now_us: int) -> None:
    tx.execute(update(VIEW).where(VIEW.c.id == view_id).values(closed_us=now_us))


def watched(tx: Transaction, person_id: PersonId, from_us: int, until_us: int | None) -> frozenset[ChannelId]:
    """Channels with seconds seen in live views of the person that were watched after `from_us`."""
    query = (
        select(VIEW_CHANNEL.c.channel_id)
        .join_from(VIEW_CHANNEL, VIEW, VIEW_CHANNEL.c.view_id == VIEW.c.id)
        .where(
            VIEW.c.person_id == person_id,
            VIEW.c.kind == ViewKind.LIVE,
            VIEW.c.seen_us >= from_us,
            VIEW_CHANNEL.c.seconds > 0,
        )
        .distinct()
    )
    if until_us is not None:
        query = query.where(VIEW.c.opened_us < until_us)
    return frozenset(ChannelId(found) for found in tx.execute(query).scalars())


def _view(tx: Transaction, row: Row[Any]) -> View:
    query = select(VIEW_CHANNEL.c.channel_id, VIEW_CHANNEL.c.seconds).where(VIEW_CHANNEL.c.view_id == row.id)
    seconds = {ChannelId(one.channel_id): one.seconds for one in tx.execute(query)}
    return View(
        ViewId(row.id),
        PersonId(row.person_id),
        row.person_label,
        ViewKind(row.kind),
        row.reason,
        row.opened_us,
        row.closed_us,
        seconds,
        row.session_key,
    )
