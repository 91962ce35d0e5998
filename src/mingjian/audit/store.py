"""The table of entries. Triggers of the migration refuse UPDATE, DELETE, replacing and TRUNCATE on both engines."""

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa

from mingjian.audit import canonical
from mingjian.audit.model import Action, Actor, Entry, Recorded, RunState, Seal, Search, Verification
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
    sa.Index("ix_audit_entry_for_id_seq", "for_id", "seq"),
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


def newest(tx: Transaction, search: Search, before: int | None, limit: int) -> tuple[Recorded, ...]:
    """Up to `limit` of the wanted entries older than `before`, newest first."""
    query = sa.select(AUDIT_ENTRY).where(*_wanted(search)).order_by(AUDIT_ENTRY.c.seq.desc()).limit(limit)
    if before is not None:
        query = query.where(AUDIT_ENTRY.c.seq < before)
    return tuple(_recorded(row) for row in tx.execute(query))


def oldest(tx: Transaction, search: Search, after: int, until: int, limit: int) -> tuple[Recorded, ...]:
    """Up to `limit` of the wanted entries behind `after` and not behind `until`, oldest first."""
    span = AUDIT_ENTRY.c.seq > after, AUDIT_ENTRY.c.seq <= until
    query = sa.select(AUDIT_ENTRY).where(*_wanted(search), *span).order_by(AUDIT_ENTRY.c.seq).limit(limit)
    return tuple(_recorded(row) for row in tx.execute(query))


def newest_seq(tx: Transaction) -> int:
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.max(AUDIT_ENTRY.c.seq), 0))).scalar_one())


def _wanted(search: Search) -> Iterator[sa.ColumnElement[bool]]:
    entry = AUDIT_ENTRY.c
    if search.person is not None:
        yield sa.or_(entry.actor_id == search.person, entry.for_id == search.person)
    if search.own is not None:
        mine = sa.and_(entry.object_kind == "person", entry.object_id == str(search.own))
        yield sa.or_(entry.actor_id == search.own, entry.for_id == search.own, mine)
    if search.action:
        yield entry.action == search.action
    if search.object_kind:
        yield entry.object_kind == search.object_kind
    if search.object_id:
        yield entry.object_id == search.object_id
    if search.from_us is not None:
        yield entry.at_us >= search.from_us
    if search.until_us is not None:
        yield entry.at_us < search.until_us
    if search.text:
        yield _holds_text(search.text)


def _holds_text(text: str) -> sa.ColumnElement[bool]:
    said = [action.code for action in Action if text in action.sentence.zh or text in action.sentence.en]
    columns = (AUDIT_ENTRY.c.detail, AUDIT_ENTRY.c.actor_label, AUDIT_ENTRY.c.for_label, AUDIT_ENTRY.c.object_id)
    return sa.or_(AUDIT_ENTRY.c.action.in_(said), *(column.contains(text, autoescape=True) for column in columns))


def _recorded(row: Any) -> Recorded:
    actor = Actor(row.actor_kind, row.actor_id, row.actor_label, row.actor_address, row.for_id, row.for_label)
    detail = json.loads(row.detail)
    return Recorded(row.seq, row.at_us, row.action, actor, row.object_kind, row.object_id, detail, row.digest)


# Seals


# "audit" in ASCII
_WRITING: Final = 0x6175646974


def announce(tx: Transaction) -> None:
    """Say that this transaction is about to add entries, so that `settled_seq` waits for it.

    Numbers are given before they are committed on PostgreSQL: a seal must not go past one that may still come.
    """
    if tx.dialect == "postgresql":
        tx.execute(sa.text(f"SELECT pg_advisory_xact_lock_shared({_WRITING})"))


def settled_seq(tx: Transaction) -> int:
    """The highest number at or below which no further entry can appear. Needs a write transaction."""
    if tx.dialect == "postgresql":
        tx.execute(sa.text(f"SELECT pg_advisory_xact_lock({_WRITING})"))
    return int(tx.execute(sa.select(sa.func.coalesce(sa.func.max(AUDIT_ENTRY.c.seq), 0))).scalar_one())


def unsealed(tx: Transaction, after_seq: int, horizon: int, limit: int) -> list[tuple[int, bytes]]:
    """Numbers and digests behind `after_seq`, in order. Entries older than digests get one as they stand."""
    behind = AUDIT_ENTRY.c.seq > after_seq, AUDIT_ENTRY.c.seq <= horizon
    query = sa.select(AUDIT_ENTRY).where(*behind).order_by(AUDIT_ENTRY.c.seq).limit(limit)
    return [(row.seq, row.digest or digest_of(row)) for row in tx.execute(query)]


def last_seal(tx: Transaction) -> Seal | None:
    row = tx.execute(sa.select(AUDIT_SEAL).order_by(AUDIT_SEAL.c.size.desc()).limit(1)).first()
    return None if row is None else _seal(row)


def _seal(row: Any) -> Seal:
    return Seal(row.size, row.first_seq, row.last_seq, row.skipped, row.leaves, row.frontier, row.checkpoint, row.at_us)


def add_seal(tx: Transaction, seal: Seal) -> None:
    tx.execute(sa.insert(AUDIT_SEAL), {name: getattr(seal, name) for name in AUDIT_SEAL.c.keys()})  # noqa: SIM118


def seals(tx: Transaction) -> Generator[Seal, None, None]:
    """All seals in order, streamed; close it."""
    query = sa.select(AUDIT_SEAL).order_by(AUDIT_SEAL.c.size).execution_options(yield_per=64)
    with closing(tx.execute(query)) as rows:
        for row in rows:
            yield _seal(row)


def digests(tx: Transaction) -> Generator[tuple[int, bytes, bytes | None], None, None]:
    """Every entry in order, streamed; close it. Number, digest of what stands there, digest that it was given."""
    query = sa.select(AUDIT_ENTRY).order_by(AUDIT_ENTRY.c.seq).execution_options(yield_per=2_000)
    with closing(tx.execute(query)) as rows:
        for row in rows:
            yield row.seq, digest_of(row), row.digest


def digest_of(row: Any) -> bytes:
    """The digest of an entry as it stands in the table."""
    return canonical.digest(
        row.at_us,
        row.action,
        (row.actor_kind, row.actor_id, row.actor_label, row.actor_address),
        (row.for_id, row.for_label),
        (row.object_kind, row.object_id),
        row.detail,
    )


def count(tx: Transaction) -> int:
    return int(tx.execute(sa.select(sa.func.count()).select_from(AUDIT_ENTRY)).scalar_one())


_GUARDS: Final = {
    "sqlite": (
        "audit_entry_no_update", "audit_entry_no_delete", "audit_entry_no_replace",
        "audit_seal_no_update", "audit_seal_no_delete", "audit_seal_no_replace",
    ),
    "postgresql": (
        "audit_entry_no_change", "audit_entry_no_truncate", "audit_seal_no_change", "audit_seal_no_truncate",
    ),
}  # fmt: skip


def missing_guards(tx: Transaction) -> list[str]:
    """Which of the triggers that refuse changes are not there, or switched off."""
    if tx.dialect == "sqlite":
        query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    else:
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    there = set(tx.execute(sa.text(query)).scalars())
    return [name for name in _GUARDS[tx.dialect] if name not in there]


# Verifications


def add_verification(tx: Transaction, run: Verification) -> None:
    tx.execute(sa.insert(AUDIT_VERIFICATION).values(**_verification_row(run)))


def save_verification(tx: Transaction, run: Verification) -> None:
    row = _verification_row(run)
    tx.execute(sa.update(AUDIT_VERIFICATION).where(AUDIT_VERIFICATION.c.id == run.id).values(**row))


def verification(tx: Transaction, run_id: UUID) -> Verification | None:
    row = tx.execute(sa.select(AUDIT_VERIFICATION).where(AUDIT_VERIFICATION.c.id == run_id)).first()
    return None if row is None else _verification(row)


def verifications(tx: Transaction, limit: int) -> list[Verification]:
    """The newest first."""
    query = sa.select(AUDIT_VERIFICATION).order_by(AUDIT_VERIFICATION.c.asked_us.desc(), AUDIT_VERIFICATION.c.id.desc())
    return [_verification(row) for row in tx.execute(query.limit(limit))]


def _verification_row(run: Verification) -> dict[str, Any]:
    result = None if run.result is None else json.dumps(run.result, ensure_ascii=False)
    return {**asdict(run), "state": run.state.value, "result": result}


def _verification(row: Any) -> Verification:
    result = None if row.result is None else json.loads(row.result)
    return Verification(
        row.id,
        RunState(row.state),
        row.asked_us,
        row.asked_by,
        row.asked_label,
        row.updated_us,
        row.ended_us,
        row.done,
        row.total,
        result,
    )
