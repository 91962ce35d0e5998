"""The table of entries. Triggers of the migration refuse UPDATE, DELETE, replacing and TRUNCATE on both engines."""

import json
from typing import Any, Final

import sqlalchemy as sa

from mingjian.audit import canonical
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
    sa.Column("for_id", sa.Uuid(), nullable=True),
    sa.Column("for_label", sa.Text(), nullable=False, server_default=""),
    # Null for entries older than digests: they were sealed as they stood.
    sa.Column("digest", sa.LargeBinary(), nullable=True),
    sa.Index("ix_audit_entry_at_us", "at_us"),
    sa.Index("ix_audit_entry_action_seq", "action", "seq"),
    sa.Index("ix_audit_entry_actor_id_seq", "actor_id", "seq"),
    sa.Index("ix_audit_entry_object_kind_object_id_seq", "object_kind", "object_id", "seq"),
    sqlite_autoincrement=True,
)
AUDIT_SEAL: Final = sa.Table(
    "audit_seal",
    METADATA,
    # Entries of the tree after this seal (RFC 6962 tree size).
    sa.Column("size", sa.BigInteger(), primary_key=True, autoincrement=False),
    sa.Column("first_seq", sa.BigInteger(), nullable=False),
    sa.Column("last_seq", sa.BigInteger(), nullable=False),
    sa.Column("skipped", sa.Text(), nullable=False),
    sa.Column("leaves", sa.LargeBinary(), nullable=False),
    sa.Column("frontier", sa.LargeBinary(), nullable=False),
    sa.Column("checkpoint", sa.Text(), nullable=False),
    sa.Column("at_us", sa.BigInteger(), nullable=False),
)
AUDIT_VERIFICATION: Final = sa.Table(
    "audit_verification",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("state", sa.Text(), nullable=False),
    sa.Column("asked_us", sa.BigInteger(), nullable=False),
    sa.Column("asked_by", sa.Uuid(), nullable=True),
    sa.Column("asked_label", sa.Text(), nullable=False),
    sa.Column("updated_us", sa.BigInteger(), nullable=False),
    sa.Column("ended_us", sa.BigInteger(), nullable=True),
    sa.Column("done", sa.BigInteger(), nullable=False),
    sa.Column("total", sa.BigInteger(), nullable=False),
    sa.Column("result", sa.Text(), nullable=True),
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
        "for_id": entry.actor.for_id,
        "for_label": entry.actor.for_label,
        "digest": _digest(entry, detail),
    }
    return int(tx.execute(sa.insert(AUDIT_ENTRY).values(values).returning(AUDIT_ENTRY.c.seq)).scalar_one())


def _digest(entry: Entry, detail: str) -> bytes:
    actor = entry.actor
    return canonical.digest(
        entry.at_us,
        entry.action.code,
        (actor.kind, actor.id, actor.label, actor.address),
        (actor.for_id, actor.for_label),
        (entry.object_kind, entry.object_id),
        detail,
    )


def newest(tx: Transaction, before: int | None, limit: int) -> tuple[Recorded, ...]:
    """Up to `limit` entries older than `before`, newest first."""
    query = sa.select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AUDIT_ENTRY.c.seq < before)
    return tuple(_recorded(row) for row in tx.execute(query))


def _recorded(row: Any) -> Recorded:
    actor = Actor(row.actor_kind, row.actor_id, row.actor_label, row.actor_address, row.for_id, row.for_label)
    return Recorded(row.seq, row.at_us, row.action, actor, row.object_kind, row.object_id, json.loads(row.detail))
