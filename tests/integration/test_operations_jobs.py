"""The jobs of alerts, backups and the watch over the installation, as the role `jobs` runs them."""

import shutil
import threading
from pathlib import Path
from typing import Final

import pytest
from tests.unit.media.keeping import DAY, at

from mingjian.alerts import service as alerts
from mingjian.alerts.model import Alert
from mingjian.config import Settings
from mingjian.kernel.clock import WallUs
from mingjian.kernel.errors import MingjianError
from mingjian.media.keep.errors import DISK_FULL
from mingjian.operations.backup import keys, service
from mingjian.operations.backup.settings import BackupSettings
from mingjian.storage import jobs
from mingjian.storage.engine import Database
from mingjian.workers.context import StopSignal
from mingjian.workers.job_kinds import JobContext, registry

S: Final = 1_000_000
OURS: Final = (
    "alerts.mail", "alerts.hook", "alerts.prune", "operations.watch", "backup.make", "keep.prune",
    "api.forget_requests",
)  # fmt: skip


class SetClock:
    us: int = at(DAY)

    def now_us(self) -> WallUs:
        return WallUs(self.us)

    def monotonic(self) -> float:
        return self.us / S


def run(database: Database, kind: str, data_dir: Path, settings: Settings, clock: SetClock) -> None:
    now_us = clock.now_us()
    with database.write() as tx:
        jobs.enqueue(tx, kind, {}, now_us=now_us)
        job = jobs.claim(tx, "test", now_us, 60 * S, {kind})
    assert job is not None
    context = JobContext(job, clock, StopSignal(), threading.Event(), settings, data_dir)
    registry().handlers[kind](database, {}, context)
    with database.write() as tx:
        jobs.finish(tx, job, now_us)


@pytest.mark.parametrize("kind", OURS)
def test_a_fresh_installation_needs_none_of_them(database: Database, tmp_path: Path, kind: str) -> None:
    run(database, kind, tmp_path, Settings(), SetClock())
    with database.read() as tx:
        assert alerts.listing(tx).items == ()


def test_each_has_a_period_and_the_slow_ones_keep_nobody_waiting() -> None:
    known = registry()
    assert set(OURS) <= known.periods_us.keys()
    assert {"alerts.mail", "alerts.hook", "backup.make", "keep.prune"} <= known.alone


def test_old_alerts_are_forgotten(database: Database, tmp_path: Path) -> None:
    clock = SetClock()
    with database.write() as tx:
        alerts.raise_(tx, Alert(DISK_FULL, "a", {"group": "一"}, clock.us))
        alerts.clear(tx, DISK_FULL, "a", clock.us)
    clock.us += 401 * 86_400 * S
    run(database, "alerts.prune", tmp_path, Settings(), clock)
    with database.read() as tx:
        assert alerts.listing(tx).items == ()


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_backup_by_the_clock(database: Database, database_url: str, tmp_path: Path, engine: str) -> None:
    data, clock = tmp_path, SetClock()
    assert database_url.endswith(str(data / "mingjian.db"))
    (data / "backups").mkdir()
    settings = Settings(backup=BackupSettings(folder="backups", key_file="backup.key", every_hours=24, keep=1))
    with pytest.raises(MingjianError) as caught:
        run(database, "backup.make", data, settings, clock)
    assert caught.value.code == "backup.key_unreadable", "a key is not made by itself: nobody would have a copy"
    keys.new_key(data / "backup.key")
    clock.us += 3_600 * S
    run(database, "backup.make", data, settings, clock)
    (first,) = (data / "backups").glob("*.mjbackup")
    clock.us += 3_600 * S
    run(database, "backup.make", data, settings, clock)
    assert list((data / "backups").glob("*.mjbackup")) == [first], "not due yet"
    clock.us += 24 * 3_600 * S
    run(database, "backup.make", data, settings, clock)
    (second,) = (data / "backups").glob("*.mjbackup")
    assert second != first, "the older one went"
    assert service.verify(second, keys.read_key(data / "backup.key")).about.engine == "sqlite"
    shutil.rmtree(data / "backups")
