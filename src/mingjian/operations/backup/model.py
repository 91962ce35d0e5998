"""What a backup is. Frozen; times are wall microseconds, sizes bytes."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class BackupState(StrEnum):
    MAKING = "making"
    DONE = "done"  # written, read again and found whole
    FAILED = "failed"
    REMOVED = "removed"  # a newer one took its place


@dataclass(frozen=True, slots=True)
class BackupRun:
    """One backup that was made or tried; `digest` is the SHA-256 of the whole file, `reason` why it failed."""

    id: UUID
    started_us: int
    finished_us: int | None
    path: str
    size: int | None
    digest: bytes | None
    state: BackupState
    scheduled: bool
    reason: str = ""
