"""Make a backup, read it again, keep the newest ones; bring one back onto an empty machine."""

import fcntl
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from mingjian import __version__
from mingjian.audit import service as audit
from mingjian.audit.model import JSON, SYSTEM, Action, Actor, Entry
from mingjian.kernel.clock import SHANGHAI, Clock, to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.operations.backup import archive, databases, store
from mingjian.operations.backup.errors import DESTINATION_EXISTS, NOT_A_BACKUP, WRITING_FAILED
from mingjian.operations.backup.format import BackupKey, Effort
from mingjian.operations.backup.model import About, BackupRun, BackupState, Verified
from mingjian.storage import migrate
from mingjian.storage.engine import Database, Transaction

SUFFIX: Final = ".mjbackup"
_LISTED: Final = 1_000
_RUN: Final = "run"
_SCRATCH: Final = "backup-"


@dataclass(frozen=True, slots=True)
class Site:
    """What is backed up: the data directory, the database's address, the settings file in force (None: none)."""

    data_dir: Path
    database_url: str
    settings_file: Path | None
    clock: Clock


def make(
    site: Site,
    database: Database,
    target: Path,
    key: BackupKey,
    *,
    by: Actor,
    scheduled: bool = False,
    effort: Effort = Effort(),  # noqa: B008 - frozen
) -> Verified:
    """Write a backup into the new file `target`, read it again whole, and write down that it was made.

    Raises MingjianError DESTINATION_EXISTS, WRITING_FAILED, NO_ROOM, DAMAGED, PG_TOOLS_MISSING or PG_FAILED; then
    `target` is not there, and the failure is written down.
    """
    if target.exists():
        raise MingjianError(DESTINATION_EXISTS, path=target)
    started_us = site.clock.now_us()
    try:
        done = _make(site, database, target, key, effort)
    except MingjianError as error:
        reason = f"{error.code}: {error.why.en}"[:1_000]
        _note(site, database, started_us, target, None, by, scheduled=scheduled, reason=reason)
        raise
    _note(site, database, started_us, target, done, by, scheduled=scheduled)
    return done


def _note(
    site: Site,
    database: Database,
    started_us: int,
    target: Path,
    done: Verified | None,
    by: Actor,
    *,
    scheduled: bool,
    reason: str = "",
) -> None:
    now_us = site.clock.now_us()
    run = BackupRun(
        new_id(started_us),
        started_us,
        now_us,
        str(target),
        done.size if done else None,
        done.digest if done else None,
        BackupState.DONE if done else BackupState.FAILED,
        scheduled,
        reason,
    )
    detail: dict[str, JSON] = {"path": str(target)}
    detail |= {"size": done.size, "sha256": done.digest.hex()} if done else {"problem": reason.partition(":")[0]}
    with database.write() as tx:
        store.add(tx, run)
        action = Action.BACKUP_MADE if done else Action.BACKUP_FAILED
        audit.record(tx, Entry(action, by, "backup", str(run.id), detail, now_us))


def _make(site: Site, database: Database, target: Path, key: BackupKey, effort: Effort) -> Verified:
    aside = target.with_name(f".{target.name}.partial")
    try:
        with _scratch(site) as folder:
            dumped = folder / "database"
            databases.dump(site.database_url, dumped)
            about = About(
                __version__,
                migrate.current(database) or "",
                databases.engine_of(site.database_url),
                site.clock.now_us(),
                socket.gethostname(),
            )
            _write(aside, site, dumped, about, key, effort)
        done = verify(aside, key)
        # Not `replace`: a file that came meanwhile is somebody else's.
        os.link(aside, target)
        _sync_folder(target.parent)
    except FileExistsError as error:
        raise MingjianError(DESTINATION_EXISTS, path=target) from error
    except OSError as error:
        raise MingjianError(WRITING_FAILED, path=target, reason=error.strerror or str(error)) from error
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
    return done


def _write(aside: Path, site: Site, dumped: Path, about: About, key: BackupKey, effort: Effort) -> None:
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        writer = archive.Writer(file, key, effort)
        writer.about(about)
        for path in (*key_files(site.data_dir), *sign_files(site.data_dir), *law_files(site.data_dir)):
            writer.file(path.relative_to(site.data_dir).as_posix(), path)
        if site.settings_file is not None and site.settings_file.is_file():
            writer.file(archive.SETTINGS, site.settings_file)
        writer.file(archive.DATABASES[about.engine], dumped)
        writer.finish()
        file.flush()
        os.fsync(file.fileno())


def key_files(data_dir: Path) -> list[Path]:
    """Everything below `keys`, without what is written just now and without links."""
    found = sorted((data_dir / archive.KEYS).rglob("*"))
    return [path for path in found if path.is_file() and not path.is_symlink() and _is_key(path)]


def sign_files(data_dir: Path) -> list[Path]:
    """Photos of signs under the names that the registry gives them."""
    found = sorted((data_dir / archive.SIGNS).glob("*.jpg"))
    return [path for path in found if archive.holds(f"{archive.SIGNS}/{path.name}") and not path.is_symlink()]


def law_files(data_dir: Path) -> list[Path]:
    """Official wordings of texts that somebody put there."""
    found = sorted((data_dir / archive.LAW).glob("*.txt"))
    named = [path for path in found if archive.holds(f"{archive.LAW}/{path.name}")]
    return [path for path in named if path.is_file() and not path.is_symlink()]


def _is_key(path: Path) -> bool:
    return not path.name.startswith(".") and path.name != "lock" and not path.name.endswith(".new")


@contextmanager
def _scratch(site: Site) -> Iterator[Path]:
    """A folder on the disk of the data, for one backup at a time; what one that died has left goes first."""
    run = site.data_dir / _RUN
    run.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (run / "backup.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for left in run.glob(f"{_SCRATCH}*.d"):
            shutil.rmtree(left, ignore_errors=True)
        folder = run / f"{_SCRATCH}{os.getpid()}.d"
        folder.mkdir(mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def verify(path: Path, key: BackupKey) -> Verified:
    """Read a backup whole; nothing is written.

    Raises MingjianError NOT_A_BACKUP, WRONG_KEY, DAMAGED or NAME_REFUSED.
    """
    with opened(path) as source:
        return archive.read(source, key, str(path), _drop)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Raises MingjianError NOT_A_BACKUP when there is no such file to read."""
    try:
        source = path.open("rb")
    except OSError as error:
        raise MingjianError(NOT_A_BACKUP, path=path, found=error.strerror or "-") from error
    with source:
        yield source


def _drop(_name: str, _source: BinaryIO, _size: int) -> None:
    """Only its digest is wanted."""


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# By the clock


@dataclass(frozen=True, slots=True)
class Schedule:
    """Where scheduled backups go, how often they are made, how many stay."""

    folder: Path
    every_us: int
    keep: int


def is_due(tx: Transaction, schedule: Schedule, now_us: int) -> bool:
    """Whether the last good scheduled backup is older than the period; a clock that was set back is no reason."""
    good = [one for one in store.runs(tx, _LISTED, BackupState.DONE) if one.scheduled]
    return not good or not 0 <= now_us - good[0].started_us < schedule.every_us


def make_scheduled(
    site: Site, database: Database, schedule: Schedule, key: BackupKey, check: Callable[[Transaction], None]
) -> None:
    """Make one and remove those that are too many. Raises like `make`."""
    moment = to_datetime(site.clock.now_us()).astimezone(SHANGHAI)
    target = schedule.folder / f"mingjian-{moment:%Y%m%d-%H%M%S}{SUFFIX}"
    make(site, database, target, key, by=SYSTEM, scheduled=True)
    rotate(database, schedule, site.clock.now_us(), check)


def rotate(database: Database, schedule: Schedule, now_us: int, check: Callable[[Transaction], None]) -> list[str]:
    """Remove scheduled backups of ours beyond the newest `keep`; returns their paths.

    Only files that a row of ours names, in the folder that is set now, are touched; one that cannot be removed stays.
    """
    with database.read() as tx:
        good = [one for one in store.runs(tx, _LISTED, BackupState.DONE) if one.scheduled]
    removed = []
    for run in good[schedule.keep :]:
        path = Path(run.path)
        if path.parent != schedule.folder or path.suffix != SUFFIX:
            continue
        try:
            path.unlink(missing_ok=True)
        except OSError:
            continue
        with database.write() as tx:
            check(tx)
            store.set_state(tx, run.id, BackupState.REMOVED)
            entry = Entry(Action.BACKUP_REMOVED, SYSTEM, "backup", str(run.id), {"path": run.path}, now_us)
            audit.record(tx, entry)
        removed.append(run.path)
    return removed


def runs(tx: Transaction, limit: int = 50) -> list[BackupRun]:
    """The newest first."""
    return store.runs(tx, limit)


def last_good_us(tx: Transaction) -> int | None:
    """When the newest backup that was read again was begun."""
    found = store.runs(tx, 1, BackupState.DONE)
    return found[0].started_us if found else None
