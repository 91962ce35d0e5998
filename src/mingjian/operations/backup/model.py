"""What a backup is. Frozen; times are wall microseconds, sizes bytes."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class BackupState(StrEnum):
    DONE = "done"  # written, read again and found whole
    FAILED = "failed"
    REMOVED = "removed"  # a newer one took its place


@dataclass(frozen=True, slots=True)
class BackupRun:
    """One backup that was made or tried; `digest` is the SHA-256 of the whole file, `reason` why it failed."""

    id: UUID
    started_us: int
    finished_us: int
    path: str
    size: int | None
    digest: bytes | None
    state: BackupState
    scheduled: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What a backup says of itself; `revision` of the schema, `engine` `sqlite` or `postgresql`."""

    version: str
    revision: str
    engine: str
    made_us: int
    host: str


@dataclass(frozen=True, slots=True)
class Verified:
    """A backup that was read whole; `entries`: name -> bytes."""

    about: About
    entries: dict[str, int]
    digest: bytes
    size: int
