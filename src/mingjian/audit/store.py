"""The table of entries. Triggers of the migration refuse UPDATE, DELETE, replacing and TRUNCATE on both engines."""

import json
from typing import Any, Final

import sqlalchemy as sa

from mingjian.audit.model import Actor, Entry, Recorded
from mingjian.storage.engine import METADATA, Transaction

AUDIT_ENTRY: Final = sa.Table(
    "audit_entry",
    METADATA,
    # SQLite knows AUTOINCREMENT (a number is never given twice) for INTEGER alone; it is 64 bit there as well.
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True),
    sa.Column("at_us", sa.BigInteger(), nullable=False),
    sa.Column("action", sa.Text(), nullable=False),
    sa.Column("actor_kind", sa.Text(), nullable=False),
    sa.Column("actor_id", sa.Uuid(), nullable=True),
    sa.Column("actor_label", sa.Text(), nullable=False),
    sa.Column("actor_address", sa.Text(), nullable=False),
    sa.Column("object_kind", sa.Text(), nullable=False),
    sa.Column("object_id", sa.Text(), nullable=False),
    sa.Column("detail", sa.Text(), nullable=False),
    sqlite_autoincrement=True,
)


def append(tx: Transaction, entry: Entry, detail: str) -> int:
    """Add `entry` with its detail as canonical JSON text; returns its sequence number."""
    values = {
        "at_us": entry.at_us,
        "action": entry.action.code,
        "actor_kind": entry.actor.kind,
        "actor_id": entry.actor.id,
        "actor_label": entry.actor.label,
        "actor_address": entry.actor.address,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "detail": detail,
    }
    return int(tx.execute(sa.insert(AUDIT_ENTRY).values(values).returning(AUDIT_ENTRY.c.seq)).scalar_one())


def newest(tx: Transaction, before: int | None, limit: int) -> tuple[Recorded, ...]:
    """Up to `limit` entries older than `before`, newest first."""
    query = sa.select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AUDIT_ENTRY.c.seq < before)
    return tuple(_recorded(row) for row in tx.execute(query))


def _recorded(row: Any) -> Recorded:
    actor = Actor(row.actor_kind, row.actor_id, row.actor_label, row.actor_address)
    return Recorded(row.seq, row.at_us, row.action, actor, row.object_kind, row.object_id, json.loads(row.detail))
