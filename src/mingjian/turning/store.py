"""The table of locks."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Column, ForeignKey, Integer, Table, Text, Uuid, delete, insert, select, update

from mingjian.identity.model import ROLE_BY_CODE
from mingjian.kernel.ids import ChannelId
from mingjian.storage import news
from mingjian.storage.engine import METADATA, Transaction
from mingjian.storage.news import Topic
from mingjian.turning.model import Lock

LOCK: Final = Table(
    "turning_lock",
    METADATA,
    Column("channel_id", Uuid, ForeignKey("channel.id"), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("label", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("taken_us", BigInteger, nullable=False),
    Column("expires_us", BigInteger, nullable=False),
    Column("acts", Integer, nullable=False),
)


def lock_of(tx: Transaction, channel_id: UUID, *, for_change: bool = False) -> Lock | None:
    query = select(LOCK).where(LOCK.c.channel_id == channel_id)
    row = tx.execute(query.with_for_update() if for_change else query).first()
    return None if row is None else _lock(row)


def put(tx: Transaction, lock: Lock) -> None:
    """Instead of the lock that was there. An IntegrityError means that another took it in this very moment."""
    news.tell(tx, Topic.PTZ, lock.channel_id)
    tx.execute(delete(LOCK).where(LOCK.c.channel_id == lock.channel_id))
    tx.execute(
        insert(LOCK),
        {
            "channel_id": lock.channel_id,
            "id": lock.id,
            "person_id": lock.person_id,
            "label": lock.label,
            "role": lock.role.code,
            "reason": lock.reason,
            "taken_us": lock.taken_us,
            "expires_us": lock.expires_us,
            "acts": lock.acts,
        },
    )


def used(tx: Transaction, lock_id: UUID, acts: int, expires_us: int) -> bool:
    """False when there is no such lock any more."""
    changed = update(LOCK).where(LOCK.c.id == lock_id).values(acts=acts, expires_us=expires_us)
    return tx.execute(changed).rowcount == 1


def remove(tx: Transaction, lock: Lock) -> None:
    news.tell(tx, Topic.PTZ, lock.channel_id)
    tx.execute(delete(LOCK).where(LOCK.c.id == lock.id))


def _lock(row: Any) -> Lock:
    return Lock(
        row.id,
        ChannelId(row.channel_id),
        row.person_id,
        row.label,
        ROLE_BY_CODE[row.role],
        row.reason,
        row.taken_us,
        row.expires_us,
        row.acts,
    )
