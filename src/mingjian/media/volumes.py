"""Volumes and their identity: a missing or swapped disk is noticed, and nothing is written to it or deleted from it."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import VolumeId, new_id
from mingjian.media import store
from mingjian.media.errors import STORAGE_FAILED, VOLUME_MISSING
from mingjian.media.model import Volume
from mingjian.storage.engine import Database, Transaction

IDENTITY_FILE: Final = "mingjian-volume.json"


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes on a volume: used by closed segments, free on its disk."""

    volume: Volume
    used_bytes: int
    free_bytes: int


def ensure(database: Database, path: Path, *, demonstration: bool, limit_bytes: int | None, now_us: int) -> Volume:
    """The volume at `path`: found by its identity, or made when this installation has none of that kind.

    Raises MingjianError VOLUME_MISSING when the database knows a volume there and the folder does not,
    STORAGE_FAILED when the folder cannot be written.
    """
    with database.read() as tx:
        known = next((one for one in store.volumes(tx) if one.demonstration == demonstration), None)
    if known is None:
        return _make(database, path, demonstration=demonstration, limit_bytes=limit_bytes, now_us=now_us)
    verify(Volume(known.id, str(path), demonstration, limit_bytes))
    current = Volume(known.id, str(path), demonstration, limit_bytes)
    if current != known:
        with database.write() as tx:
            store.change_volume(tx, current)
    return current


def verify(volume: Volume) -> None:
    """Raises MingjianError VOLUME_MISSING unless the folder holds this volume's identity."""
    if _identity(Path(volume.path)) != volume.id:
        raise MingjianError(VOLUME_MISSING, path=volume.path)


def _identity(path: Path) -> VolumeId | None:
    try:
        told = json.loads((path / IDENTITY_FILE).read_bytes())
        return VolumeId(UUID(told["volume"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def space(tx: Transaction) -> list[Space]:
    """Space of every volume that is in its place."""
    here = [one for one in store.volumes(tx) if _identity(Path(one.path)) == one.id]
    return [Space(one, store.used_bytes(tx, one.id), shutil.disk_usage(one.path).free) for one in here]


def _make(database: Database, path: Path, *, demonstration: bool, limit_bytes: int | None, now_us: int) -> Volume:
    # A folder that has an identity and no row is a volume whose making was interrupted, or one of a lost database.
    volume = Volume(_identity(path) or VolumeId(new_id(now_us)), str(path), demonstration, limit_bytes)
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o750)
        aside = path / f".{IDENTITY_FILE}"
        with aside.open("w") as file:
            json.dump({"volume": str(volume.id)}, file)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(path / IDENTITY_FILE)
    except OSError as error:
        raise MingjianError(STORAGE_FAILED, reason=f"{path}: {error.strerror}") from error
    with database.write() as tx:
        store.add_volume(tx, volume, now_us)
    return volume
