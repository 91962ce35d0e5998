"""Bring a backup back: onto an empty data folder, whole or not at all, and say what footage is there.

The file is read whole and proved first; then it is unpacked beside, brought to this program's schema, and put in place,
the database last. Sign-ins and one-time links of the time of the backup are over: some had been ended since.
"""

import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.kernel.clock import to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import VolumeId
from mingjian.media import volumes
from mingjian.media.check import service as checks
from mingjian.media.check.means import Means
from mingjian.media.check.model import CheckRun, DamageKind, Mode, RunState
from mingjian.media.model import Volume
from mingjian.media.record.files import SegmentFiles
from mingjian.operations.backup import archive, databases, service
from mingjian.operations.backup.errors import FOOTAGE_UNKNOWN, NEWER_SCHEMA, NOT_EMPTY, OTHER_ENGINE, WRITING_FAILED
from mingjian.operations.backup.format import BackupKey
from mingjian.operations.backup.model import Verified
from mingjian.operations.backup.service import Site
from mingjian.storage import migrate
from mingjian.storage.engine import Database, Transaction

_ASIDE: Final = ".restoring"
_MAY_BE_THERE: Final = frozenset({archive.SETTINGS, "lost+found", "run"})

Forget = Callable[[Transaction, int], None]
"""Ends sign-ins and one-time links; given by who knows people."""


@dataclass(frozen=True, slots=True)
class FoundVolume:
    """One volume after a restore: whether it is in its place, and what the fast check says is not."""

    volume: Volume
    there: bool
    segments_missing: int


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back. `strangers`: folders that were named and belong to volumes that the backup does not know.

    `checked` None: the check was not asked for.
    """

    verified: Verified
    upgraded_to: str
    moved: tuple[str, ...]
    strangers: tuple[str, ...]
    volumes: tuple[FoundVolume, ...]
    checked: CheckRun | None
    unknown_files: int


def restore(
    site: Site, path: Path, key: BackupKey, footage: Sequence[Path], *, by: Actor, forget: Forget, check: bool = True
) -> Restored:
    """Restore the backup `path` as `site`; `footage` are folders of volumes that are elsewhere now.

    Raises MingjianError: those of `service.verify`, NOT_EMPTY, OTHER_ENGINE, NEWER_SCHEMA, FOOTAGE_UNKNOWN,
    WRITING_FAILED, PG_TOOLS_MISSING or PG_FAILED, and what a migration raises; then nothing was restored.
    """
    _require_empty(site)
    for folder in footage:
        if not _is_volume(folder):
            raise MingjianError(FOOTAGE_UNKNOWN, path=folder)
    verified = service.verify(path, key)
    about = verified.about
    here = databases.engine_of(site.database_url)
    if about.engine != here:
        raise MingjianError(OTHER_ENGINE, made=about.engine, here=here)
    if about.revision not in migrate.revisions():
        raise MingjianError(NEWER_SCHEMA, found=about.revision, version=about.version)
    _put_in_place(site, path, key, about.engine)
    with closing(Database(site.database_url)) as database:
        migrate.upgrade(database)
        folders = [*_volumes_inside(site), *(one.absolute() for one in footage)]
        moved = _note(site, database, verified, folders, by, forget)
        checked = _check(site, database) if check else None
        return _told(database, verified, folders, moved, checked)


def _require_empty(site: Site) -> None:
    databases.require_empty(site.database_url)
    if not site.data_dir.exists():
        return
    found = [one for one in site.data_dir.iterdir() if one.name not in _MAY_BE_THERE and not _is_volume(one)]
    if found:
        names = ", ".join(sorted(one.name for one in found)[:5])
        raise MingjianError(NOT_EMPTY, path=site.data_dir, found=names)


def _is_volume(path: Path) -> bool:
    return path.is_dir() and SegmentFiles(path).identity() is not None


def _put_in_place(site: Site, path: Path, key: BackupKey, engine: str) -> None:
    aside = site.data_dir / _ASIDE
    try:
        site.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            with service.opened(path) as source:
                archive.read(source, key, str(path), archive.Unpacking(aside))
            if engine == "sqlite":
                # Before it is in place: a migration that fails must not leave half an installation.
                with closing(Database(f"sqlite:///{aside / archive.DATABASES[engine]}")) as database:
                    migrate.upgrade(database)
                databases.settle(aside / archive.DATABASES[engine])
            _move(site, aside, engine)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    except OSError as error:
        raise MingjianError(WRITING_FAILED, path=site.data_dir, reason=error.strerror or str(error)) from error


def _move(site: Site, aside: Path, engine: str) -> None:
    """The database comes last: until it is there, nothing starts here. What failed halfway is taken away again."""
    settings = site.data_dir / archive.SETTINGS
    placed: list[Path] = []
    try:
        for name in archive.FOLDERS:
            if (aside / name).exists():
                (aside / name).rename(site.data_dir / name)
                placed.append(site.data_dir / name)
        if (aside / archive.SETTINGS).exists():
            # Settings that somebody wrote for this machine stay; the old ones are kept beside them.
            at = settings.with_name(f"{settings.name}.restored") if settings.exists() else settings
            (aside / archive.SETTINGS).rename(at)
            placed.append(at)
        dumped = aside / archive.DATABASES[engine]
        if engine == "sqlite":
            target = databases.sqlite_file(site.database_url)
            target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.move(dumped, target)
            _sync(target.parent)
        else:
            databases.restore_postgresql(site.database_url, dumped)
    except BaseException:
        for one in placed:
            shutil.rmtree(one, ignore_errors=True) if one.is_dir() else one.unlink(missing_ok=True)
        raise
    _sync(site.data_dir)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _volumes_inside(site: Site) -> list[Path]:
    """Folders of footage that lie in the data folder itself are found without being named."""
    return [one for one in sorted(site.data_dir.iterdir()) if _is_volume(one)]


def _note(
    site: Site, database: Database, verified: Verified, folders: Sequence[Path], by: Actor, forget: Forget
) -> tuple[str, ...]:
    now_us = site.clock.now_us()
    made_at = to_datetime(verified.about.made_us).strftime("%Y-%m-%dT%H:%M:%SZ")
    with database.write() as tx:
        moved = [str(one) for one in folders if volumes.relocate(tx, one, by=by, now_us=now_us)]
        forget(tx, now_us)
        detail: dict[str, JSON] = {
            "made_at": made_at,
            "sha256": verified.digest.hex(),
            "version": verified.about.version,
            "schema": verified.about.revision,
            "host": verified.about.host,
            "moved": [*moved],
        }
        audit.record(tx, Entry(Action.BACKUP_RESTORED, by, "backup", "", detail, now_us))
    return tuple(moved)


def _check(site: Site, database: Database) -> CheckRun:
    run = checks.begin(database, Mode.FAST, None, resume=False, now_us=site.clock.now_us())
    means = Means(database, site.clock, lambda _seconds: False)
    return checks.work(means, run, lambda _run: None)


def _told(
    database: Database,
    verified: Verified,
    folders: Sequence[Path],
    moved: tuple[str, ...],
    checked: CheckRun | None,
) -> Restored:
    with database.read() as tx:
        found = checks.damage(tx, limit=1_000_000) if checked is not None else []
        known = volumes.known(tx)
    missing: dict[VolumeId, int] = {}
    for one in found:
        if one.damage.kind is DamageKind.MISSING:
            missing[one.damage.volume_id] = missing.get(one.damage.volume_id, 0) + 1
    ids = {one.id for one in known}
    there = {one.id: SegmentFiles(Path(one.path)).identity() == one.id for one in known}
    return Restored(
        verified,
        migrate.head(),
        moved,
        tuple(str(one) for one in folders if SegmentFiles(one).identity() not in ids),
        tuple(FoundVolume(one, there[one.id], missing.get(one.id, 0)) for one in known),
        checked,
        sum(one.damage.kind is DamageKind.UNKNOWN_FILE for one in found),
    )


def is_whole(restored: Restored) -> bool:
    """Whether all footage that the backup knows of is there."""
    complete = restored.checked is None or restored.checked.state is RunState.DONE
    return complete and all(one.there and not one.segments_missing for one in restored.volumes)
