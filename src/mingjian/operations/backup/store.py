"""The table of backups that were made."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, Row, Table, Text, Uuid, insert, select, update

from mingjian.operations.backup.model import BackupRun, BackupState
from mingjian.storage.engine import METADATA, Transaction

BACKUP_RUN: Final = Table(
    "backup_run",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("started_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger),
    Column("path", Text, nullable=False),
    Column("size", BigInteger),
    Column("digest", LargeBinary),
    Column("state", Text, nullable=False),
    Column("scheduled", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Index("ix_backup_run_started_us", "started_us"),
)


def add(tx: Transaction, run: BackupRun) -> None:
    tx.execute(
        insert(BACKUP_RUN),
        {
            "id": run.id,
            "started_us": run.started_us,
            "finished_us": run.finished_us,
            "path": run.path,
            "size": run.size,
            "digest": run.digest,
            "state": run.state,
            "scheduled": run.scheduled,
            "reason": run.reason,
        },
    )


def set_state(tx: Transaction, run_id: UUID, state: BackupState) -> None:
    tx.execute(update(BACKUP_RUN).where(BACKUP_RUN.c.id == run_id).values(state=state))


def runs(tx: Transaction, limit: int, state: BackupState | None = None) -> list[BackupRun]:
    """The newest first."""
    query = select(BACKUP_RUN).order_by(BACKUP_RUN.c.started_us.desc(), BACKUP_RUN.c.id.desc()).limit(limit)
    if state is not None:
        query = query.where(BACKUP_RUN.c.state == state)
    return [_run(row) for row in tx.execute(query)]


def _run(row: Row[Any]) -> BackupRun:
    return BackupRun(
        UUID(str(row.id)),
        row.started_us,
        row.finished_us,
        row.path,
        row.size,
        row.digest,
        BackupState(row.state),
        row.scheduled,
        row.reason,
    )
