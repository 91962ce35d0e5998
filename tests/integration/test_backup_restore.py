"""Backup and restore as a person does them: commands in processes of their own, an empty folder, footage that moved."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text
from tests.engines import mostly_sqlite
from tests.integration.rows_by_revision import insert_one_row_each
from tests.unit.api.serving import served, set_up
from tests.unit.media.keeping import DAY, S, Store, at

from mingjian.audit import service as audit
from mingjian.audit.model import SYSTEM, Actor
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import MingjianError
from mingjian.media import volumes
from mingjian.operations.backup import archive, databases, keys, restoring, service
from mingjian.operations.backup.format import BackupKey, Effort
from mingjian.operations.backup.model import About
from mingjian.operations.backup.service import Schedule, Site
from mingjian.registry.vault import Secret, open_vault
from mingjian.storage import migrate
from mingjian.storage.engine import Database

PASSPHRASE: Final = "不见不散 at the old bridge"
KEY: Final = BackupKey.of_passphrase(PASSPHRASE)
QUICK: Final = Effort(passes=1, memory_kib=64, lanes=1)
OWNER: Final = UUID(int=5)


def nobody(_tx: Any, _now_us: int) -> None:
    """People are another matter here."""


@dataclass
class Command:
    """`mingjian` in a process of its own, as a person with a passphrase calls it."""

    data: Path
    url: str = ""
    passphrase: str = PASSPHRASE

    def __call__(self, *words: object, code: int = 0) -> dict[str, Any]:
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": "src", "MINGJIAN_BACKUP_PASSPHRASE": self.passphrase}
        if self.url:
            environ["MINGJIAN_STORAGE__URL"] = self.url
        done = subprocess.run(
            [sys.executable, "-m", "mingjian", *map(str, words), "--data", str(self.data), "--json"],
            env=environ, capture_output=True, text=True, check=False, timeout=110,
        )  # fmt: skip
        assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
        return json.loads(done.stdout) if done.stdout else {"said": done.stderr}


@mostly_sqlite
def test_everything_comes_back_on_an_empty_machine(  # noqa: PLR0915 - one story
    engine: str,
    database_url: str,
    empty_url: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    open_database: Callable[[str], Database],
) -> None:
    short = tmp_path_factory.mktemp("b")  # sockets lie below the data folder, and their paths are short
    first, second, elsewhere = short / "first", short / "second", short / "elsewhere"
    first.mkdir()
    if engine == "sqlite":
        shutil.move(tmp_path / "mingjian.db", first / "mingjian.db")
        database_url = f"sqlite:///{first / 'mingjian.db'}"
    database = open_database(database_url)
    store = Store(database, first)
    channel = store.channel()
    for minute in range(3):
        store.footage(channel, at(DAY) + minute * 60 * S)
    sealed = open_vault(first / "keys/devices.key").seal(Secret("admin", "12345"), OWNER)
    with served(database, first) as site:
        browsers = set_up(site)
        cookie = browsers["auditor"].cookies
    (first / "mingjian.toml").write_text("[store]\nclip_days = 3\n")
    with database.read() as tx:
        entries = audit.listing(tx, None, 200).items
    ours = Command(first, database_url if engine == "postgresql" else "")

    file = tmp_path / "copy.mjbackup"
    done = ours("backup", file)
    assert file.stat().st_size == done["size"]
    assert file.stat().st_mode & 0o777 == 0o600
    assert {"keys/devices.key", "mingjian.toml", "about.json"} <= set(done["entries"])
    assert b"12345" not in file.read_bytes()
    assert ours("backup", "--verify", file)["sha256"] == done["sha256"]
    assert "backup.destination_exists" in ours("backup", file, code=2)["said"]
    assert (
        "backup.wrong_key" in Command(first, ours.url, "another long one")("backup", "--verify", file, code=2)["said"]
    )
    assert not list((first / "run").glob("backup-*")), "nothing in clear is left behind"

    # The machine burns; its footage was on a disk of its own, from which one file is lost.
    database.close()
    shutil.move(first / "video", elsewhere)
    lost, *_ = sorted(elsewhere.rglob("*.mp4"))
    lost.unlink()
    (elsewhere / "0000-newer.mp4").write_bytes(b"recorded after the backup")
    shutil.rmtree(first)

    url = f"sqlite:///{second / 'mingjian.db'}" if engine == "sqlite" else empty_url
    theirs = Command(second, url if engine == "postgresql" else "")
    restored = theirs("restore", file, "--footage", elsewhere, code=1)
    video, ring = sorted(restored["volumes"], key=lambda one: one["path"].endswith("ring"))
    assert (video["path"], video["there"], video["segments_missing"]) == (str(elsewhere), True, 1)
    assert (ring["there"], restored["unknown_files"], restored["whole"]) == (False, 1, False)
    assert restored["moved"] == [str(elsewhere)]
    assert (elsewhere / "0000-newer.mp4").exists(), "what is unknown is not touched"

    again = open_database(url)
    migrate.require_head(again)
    with again.read() as tx:
        kept = audit.listing(tx, None, 200).items
        assert kept[-len(entries) :] == entries
        news = {one.action: one for one in kept[: -len(entries)]}
        assert {"backup.restored", "volume.moved"} <= set(news)
        assert news["backup.restored"].actor.label == "mingjian restore"
        assert news["backup.restored"].detail["sha256"] == done["sha256"]
        assert str(elsewhere) in {one.path for one in volumes.known(tx)}
    assert open_vault(second / "keys/devices.key").open(sealed, OWNER).password == "12345"
    assert (second / "mingjian.toml").read_text() == "[store]\nclip_days = 3\n"
    with served(again, second) as site:
        browser = site.browser()
        browser.cookies = cookie
        assert browser.get("/session").status_code == 401, "a sign-in of the time of the backup is over"

    assert "backup.not_empty" in theirs("restore", file, code=2)["said"]


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "data").mkdir()
    return Site(tmp_path / "data", f"sqlite:///{tmp_path / 'data' / 'mingjian.db'}", None, SystemClock())


def backup_of(site: Site, target: Path, revision: str = "head", by: Actor = SYSTEM) -> Path:
    with closing(Database(site.database_url)) as database:
        migrate.upgrade(database, revision)
        if revision != "head":
            with database.engine.connect() as connection:
                insert_one_row_each(connection)
                connection.commit()
            _write_old(site, database, target)
        else:
            service.make(site, database, target, KEY, by=by, effort=QUICK)
    return target


def _write_old(site: Site, database: Database, target: Path) -> None:
    """As an older program would have written it: it knew nothing of the table of backups."""
    revision = migrate.current(database) or ""
    dumped = site.data_dir / "dumped"
    databases.dump(site.database_url, dumped)
    _write(target, About("0.0.9", revision, "sqlite", 1, "old"), dumped)


def _write(target: Path, about: About, database: Path) -> None:
    with target.open("wb") as file:
        writer = archive.Writer(file, KEY, QUICK)
        writer.about(about)
        writer.file("database.sqlite", database)
        writer.finish()


def emptied(site: Site) -> Site:
    shutil.rmtree(site.data_dir)
    return site


def restored(site: Site, file: Path, **more: Any) -> restoring.Restored:
    return restoring.restore(site, file, KEY, [], by=SYSTEM, forget=nobody, **more)


def refusal(site: Site, file: Path) -> str:
    with pytest.raises(MingjianError) as caught:
        restored(site, file)
    return caught.value.code


@pytest.mark.parametrize("revision", ["0001_jobs", "0007_processes"])
def test_a_backup_of_an_older_version_is_brought_up(site: Site, tmp_path: Path, revision: str) -> None:
    file = backup_of(site, tmp_path / "old", revision)
    done = restored(emptied(site), file, check=False)
    assert done.verified.about.revision == revision
    with closing(Database(site.database_url)) as database:
        migrate.require_head(database)
        with database.read() as tx:
            assert tx.execute(text("SELECT count(*) FROM job")).scalar_one() == 1


def test_a_backup_of_a_newer_version_is_refused(site: Site, tmp_path: Path) -> None:
    backup_of(site, tmp_path / "now")
    _write(tmp_path / "newer", About("9.0.0", "9999_future", "sqlite", 1, "x"), site.data_dir / "mingjian.db")
    assert refusal(emptied(site), tmp_path / "newer") == "backup.newer_schema"
    assert not site.data_dir.exists()


def test_the_other_engine_is_refused(site: Site, tmp_path: Path) -> None:
    with (tmp_path / "pg").open("wb") as file:
        writer = archive.Writer(file, KEY, QUICK)
        writer.about(About("0.1.0", migrate.head(), "postgresql", 1, "x"))
        writer.text("database.pgdump", "PGDMP")
        writer.finish()
    assert refusal(emptied(site), tmp_path / "pg") == "backup.other_engine"


@pytest.mark.parametrize("cut", [0, 41, 42, 1_000, -17, -1])
def test_a_backup_that_is_damaged_restores_nothing(site: Site, tmp_path: Path, cut: int) -> None:
    file = backup_of(site, tmp_path / "whole")
    file.write_bytes(file.read_bytes()[:cut])
    assert refusal(emptied(site), file).startswith("backup.")
    assert not site.data_dir.exists()


def test_only_an_empty_folder_is_restored_into(site: Site, tmp_path: Path) -> None:
    file = backup_of(site, tmp_path / "whole")
    assert refusal(site, file) == "backup.not_empty"
    emptied(site).data_dir.mkdir()
    (site.data_dir / "keys").mkdir()
    assert refusal(site, file) == "backup.not_empty"
    (site.data_dir / "keys").rmdir()
    (site.data_dir / "mingjian.toml").write_text("# for this machine\n")
    (site.data_dir / "run").mkdir()
    restored(site, file)
    assert (site.data_dir / "mingjian.toml").read_text() == "# for this machine\n"
    assert sorted(one.name for one in site.data_dir.iterdir() if not one.name.startswith("mingjian.db-")) == [
        "mingjian.db", "mingjian.toml", "run",
    ]  # fmt: skip


def test_a_disk_that_fails_while_writing_leaves_no_file(site: Site, tmp_path: Path) -> None:
    with closing(Database(site.database_url)) as database:
        migrate.upgrade(database)
        nowhere = tmp_path / "away" / "copy"
        with pytest.raises(MingjianError) as caught:
            service.make(site, database, nowhere, KEY, by=SYSTEM, effort=QUICK)
        assert caught.value.code == "backup.writing_failed"
        with database.read() as tx:
            (failed,) = service.runs(tx)
            assert (failed.state, service.last_good_us(tx)) == ("failed", None)
            (entry,) = audit.listing(tx, None, 5).items
            assert entry.action == "backup.failed"
    assert not list((site.data_dir / "run").glob("backup-*.d"))


class LaterClock(SystemClock):
    """As many days later as it was asked."""

    days = 0

    def now_us(self) -> Any:
        return super().now_us() + self.days * 86_400 * S


def test_scheduled_backups_come_when_due_and_the_oldest_go(site: Site, tmp_path: Path) -> None:
    clock = LaterClock()
    site = Site(site.data_dir, site.database_url, None, clock)
    keys.new_key(tmp_path / "key")
    key = keys.read_key(tmp_path / "key")
    schedule = Schedule(tmp_path / "backups", 86_400 * S, 2)
    schedule.folder.mkdir()
    (schedule.folder / "mingjian-somebody-elses.mjbackup").write_bytes(b"not ours")
    with closing(Database(site.database_url)) as database:
        migrate.upgrade(database)
        for day in range(4):
            clock.days = day
            with database.read() as tx:
                assert service.is_due(tx, schedule, clock.now_us())
            service.make_scheduled(site, database, schedule, key, lambda _tx: None)
            with database.read() as tx:
                assert not service.is_due(tx, schedule, clock.now_us() + 3_600 * S)
        with database.read() as tx:
            states = [one.state.value for one in service.runs(tx)]
    assert states == ["done", "done", "removed", "removed"]
    left = sorted(schedule.folder.glob("*.mjbackup"))
    assert len(left) == 3
    assert service.verify(left[0], key).about.engine == "sqlite"
    assert left[2].name == "mingjian-somebody-elses.mjbackup"
