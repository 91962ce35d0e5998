"""Volumes and their identity: a missing or swapped disk is noticed, and nothing is written to it or deleted from it."""

import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, SYSTEM, Action, Actor, Entry
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import VolumeGroupId, VolumeId, new_id
from mingjian.media import store
from mingjian.media.errors import STORAGE_FAILED, VOLUME_MISSING
from mingjian.media.model import Volume, VolumeGroup
from mingjian.media.record.files import SegmentFiles
from mingjian.storage.engine import Database, Transaction

DEFAULT_GROUP: Final = "default"
DEMONSTRATION_GROUP: Final = "demonstration"


@dataclass(frozen=True, slots=True)
class Space:
    """Bytes on a volume: used by finished segments, free on its disk."""

    volume: Volume
    used_bytes: int
    free_bytes: int


def ensure(database: Database, path: Path, *, demonstration: bool, limit_bytes: int | None, now_us: int) -> Volume:
    """The first volume of its kind: the one that the database knows, or a new one at `path`.

    A known one whose folder was moved to `path` is found there by its identity. One that is not in its place stays as
    it is: the recorder does without it until it is back. Raises MingjianError STORAGE_FAILED when a new folder cannot
    be written.
    """
    with database.read() as tx:
        known = next((one for one in store.volumes(tx) if one.demonstration == demonstration), None)
    if known is None:
        name = DEMONSTRATION_GROUP if demonstration else DEFAULT_GROUP
        return _make(database, path, name, demonstration=demonstration, limit_bytes=limit_bytes, now_us=now_us)
    there = SegmentFiles(path).identity() == known.id
    current = replace(known, path=str(path) if there else known.path, limit_bytes=limit_bytes)
    if current != known:
        with database.write() as tx:
            store.change_volume(tx, current)
    return current


def add(database: Database, path: Path, group_name: str, now_us: int, by: Actor = SYSTEM) -> Volume:
    """Put another folder into service, in a group that is made when it is new.

    Raises MingjianError STORAGE_FAILED when it cannot be written.
    """
    return _make(database, path, group_name, demonstration=False, limit_bytes=None, now_us=now_us, by=by)


def known(tx: Transaction) -> list[Volume]:
    """Every volume, retired ones too."""
    return store.volumes(tx)


def relocate(tx: Transaction, folder: Path, *, by: Actor, now_us: int) -> bool:
    """The volume whose identity is in `folder` is there from now on; False when it is none of ours, or was there."""
    identity = SegmentFiles(folder).identity()
    found = next((one for one in store.volumes(tx) if one.id == identity), None)
    if found is None or found.path == str(folder):
        return False
    store.change_volume(tx, replace(found, path=str(folder)))
    detail: dict[str, JSON] = {"path": str(folder), "before": found.path}
    audit.record(tx, Entry(Action.VOLUME_MOVED, by, "volume", str(found.id), detail, now_us))
    return True


def open_files(volume: Volume) -> SegmentFiles:
    """The files of a volume; whether it is in its place is another question."""
    return SegmentFiles(Path(volume.path))


def verify(volume: Volume) -> None:
    """Raises MingjianError VOLUME_MISSING unless the folder holds this volume's identity."""
    if SegmentFiles(Path(volume.path)).identity() != volume.id:
        raise MingjianError(VOLUME_MISSING, path=volume.path)


def space(tx: Transaction) -> list[Space]:
    """Space of every volume that is in its place."""
    here = [one for one in store.volumes(tx) if SegmentFiles(Path(one.path)).identity() == one.id]
    return [Space(one, store.used_bytes(tx, one.id), shutil.disk_usage(one.path).free) for one in here]


def _make(
    database: Database,
    path: Path,
    group_name: str,
    *,
    demonstration: bool,
    limit_bytes: int | None,
    now_us: int,
    by: Actor = SYSTEM,
) -> Volume:
    files = SegmentFiles(path)
    # A folder that has an identity and no row is a volume whose making was interrupted, or one of a lost database.
    found = files.identity()
    with database.read() as tx:
        known = next((one for one in store.volumes(tx) if one.id == found), None)
        group = next((one for one in store.volume_groups(tx) if one.name == group_name), None)
    if known is not None:
        return known
    volume_id = found or VolumeId(new_id(now_us))
    try:
        files.identify(volume_id)
    except OSError as error:
        raise MingjianError(STORAGE_FAILED, reason=f"{path}: {error.strerror}") from error
    with database.write() as tx:
        if group is None:
            group = VolumeGroup(VolumeGroupId(new_id(now_us)), group_name, demonstration)
            store.add_volume_group(tx, group, now_us)
        volume = Volume(volume_id, group.id, str(path), group.demonstration, limit_bytes)
        store.add_volume(tx, volume, now_us)
        detail: dict[str, JSON] = {"path": str(path), "group": group.name}
        audit.record(tx, Entry(Action.VOLUME_ADDED, by, "volume", str(volume.id), detail, now_us))
    return volume
