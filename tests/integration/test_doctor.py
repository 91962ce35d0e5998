"""`mingjian doctor` on installations that are well and on those that are not."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import pytest
from sqlalchemy import text
from tests.unit.media.keeping import DAY, Store, at

from mingjian.alerts import service as alerts
from mingjian.alerts.model import Alert
from mingjian.alerts.settings import AlertsSettings
from mingjian.api.tls import ensure_certificate, names_for
from mingjian.media import store as media_store
from mingjian.media.model import ChannelState
from mingjian.media.store import ChannelStatus
from mingjian.operations import doctor
from mingjian.operations.backup import store as backup_store
from mingjian.operations.backup.model import BackupRun, BackupState
from mingjian.operations.doctor import Finding, Installation, Level
from mingjian.operations.errors import SEAL_FAILING
from mingjian.registry.vault import open_vault
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # the engine plays a small part

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
S: Final = 1_000_000
DAY_US: Final = 86_400 * S
NOW: Final = at(DAY)


@dataclass
class Ward:
    """An installation that is well."""

    store: Store
    here: Installation

    def find(self, check: str) -> list[Finding]:
        return [one for one in doctor.examine(self.here) if one.check == check]

    def level(self, check: str) -> str:
        (found,) = self.find(check)
        assert (found.level is Level.OK) or (found.why.zh and found.advice.en), "what is wrong is explained"
        return found.level.value

    def change(self, **values: Any) -> None:
        self.here = replace(self.here, **values)

    def backed_up(self, days: float) -> None:
        began = NOW - int(days * DAY_US)
        run = BackupRun(uuid4(), began, began, "/x", 1, b"", BackupState.DONE, scheduled=False)
        with self.store.database.write() as tx:
            backup_store.add(tx, run)


@pytest.fixture
def ward(database: Database, database_url: str, tmp_path: Path) -> Ward:
    tmp_path.chmod(0o700)
    open_vault(tmp_path / "keys/devices.key")
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        port = probe.getsockname()[1]
    settings = AlertsSettings(mail_host="127.0.0.1", mail_from="a@b.cn", mail_to=("c@d.cn",))
    here = Installation(
        tmp_path, database_url, "127.0.0.1", port, tls=False, floor_bytes=1, alerts=settings, warn_backup_days=7,
        running=False, synchronised=True, now_us=NOW,
    )  # fmt: skip
    made = Ward(Store(database, tmp_path), here)
    made.backed_up(1)
    return made


def test_a_healthy_installation(ward: Ward) -> None:
    found = doctor.examine(ward.here)
    assert [one for one in found if one.level is not Level.OK] == []
    assert doctor.worst(found) is Level.OK
    assert {one.check for one in found} >= {
        "rights", "libraries", "migrations", "clock", "volume", "port", "certificate", "backup", "alerts", "audit",
    }  # fmt: skip


def test_a_schema_of_another_version(ward: Ward) -> None:
    with ward.store.database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '0007_processes'"))
    assert "migrate" in ward.find("migrations")[0].advice.en
    with ward.store.database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    assert (ward.level("migrations"), "newer" in ward.find("migrations")[0].why.en) == ("fail", True)
    assert ward.find("volume") == [], "what cannot be looked at is left out, and the rest goes on"


@on_sqlite
def test_nothing_here_yet(ward: Ward, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    ward.change(data_dir=empty, database_url=f"sqlite:///{empty / 'mingjian.db'}")
    assert (ward.level("folder"), ward.level("database")) == ("fail", "warn")


@on_sqlite
@pytest.mark.parametrize("name", ["keys/devices.key", "."])
def test_rights_that_are_too_wide(ward: Ward, name: str) -> None:
    (ward.here.data_dir / name).chmod(0o755)
    assert ward.level("rights") == "fail"


@on_sqlite
def test_a_clock_that_nobody_keeps(ward: Ward) -> None:
    ward.change(synchronised=False)
    assert ward.level("clock") == "warn"


@on_sqlite
def test_disks(ward: Ward) -> None:
    assert [one.level.value for one in ward.find("volume")] == ["ok", "ok"]
    shutil.move(ward.store.volume.path, ward.here.data_dir / "elsewhere")
    assert sorted(one.level.value for one in ward.find("volume")) == ["fail", "ok"]
    ward.change(floor_bytes=1 << 62)
    assert ward.level("disk") == "fail"


@on_sqlite
def test_cameras(ward: Ward) -> None:
    assert ward.find("cameras") == []
    channel = ward.store.channel("校门口")
    assert ward.level("cameras") == "ok", "nothing runs, so nothing is offline"
    ward.change(running=True)
    assert ward.level("cameras") == "warn"
    with ward.store.database.write() as tx:
        media_store.write_status(tx, ChannelStatus(channel, ChannelState.RECORDING, NOW, None, None))
    assert ward.level("cameras") == "ok"


@contextmanager
def taken(port: int) -> Iterator[None]:
    with closing(socket.create_server(("127.0.0.1", port))):
        yield


@on_sqlite
def test_the_port(ward: Ward) -> None:
    with taken(ward.here.port):
        assert ward.level("port") == "fail", "another program has it"
        ward.change(running=True)
        assert ward.level("port") == "ok"
    assert ward.level("port") == "fail", "it runs and does not answer"


@on_sqlite
def test_the_certificate(ward: Ward) -> None:
    ward.change(tls=True)
    assert ward.level("certificate") == "warn", "none yet"
    ensure_certificate(ward.here.data_dir / "keys/tls", names_for("192.0.2.1", ()), NOW)
    assert ward.level("certificate") == "ok"
    assert ward.level("rights") == "ok", "the authority's certificate is for everybody"
    ward.change(now_us=NOW + 380 * DAY_US)
    assert ward.level("certificate") == "warn"
    ward.change(now_us=NOW + 400 * DAY_US)
    assert ward.level("certificate") == "fail"


def test_backups(ward: Ward) -> None:
    assert ward.level("backup") == "ok"
    ward.change(now_us=NOW + 8 * DAY_US)
    assert ward.level("backup") == "warn"
    with ward.store.database.write() as tx:
        tx.execute(text("DELETE FROM backup_run"))
    assert "never" in ward.find("backup")[0].what.en
    ward.change(warn_backup_days=0)
    assert ward.find("backup") == []


@on_sqlite
def test_ways_of_telling(ward: Ward) -> None:
    ward.change(alerts=AlertsSettings())
    assert ward.level("alerts") == "warn"
    ward.change(alerts=AlertsSettings(hook_url="http://127.0.0.1:1/", hook_secret_file="hook.key"))
    assert ward.level("alerts") == "fail", "this machine is not on the list"


def test_a_log_that_is_not_sealed(ward: Ward) -> None:
    words = {"reason_zh": "签名不符。", "reason_en": "The signature differs."}
    with ward.store.database.write() as tx:
        alerts.raise_(tx, Alert(SEAL_FAILING, "log", words, NOW))
    assert (ward.level("audit"), ward.level("standing")) == ("fail", "warn")


@on_sqlite
def test_a_database_that_cannot_be_opened(ward: Ward, tmp_path: Path) -> None:
    (tmp_path / "mingjian.db").write_bytes(b"no database at all" * 1_000)
    found = doctor.examine(ward.here)
    assert doctor.worst(found) is Level.FAIL
    assert {"rights", "clock", "port"} <= {one.check for one in found}, "the others are looked at all the same"


@on_sqlite
def test_the_command_in_both_languages(ward: Ward) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": "src", "MINGJIAN_API__PORT": str(ward.here.port)}
        command = [sys.executable, "-m", "mingjian", *words, "--data", str(ward.here.data_dir)]
        return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=60)

    done = run("doctor", "--json")
    said = json.loads(done.stdout)
    assert (said["level"], done.returncode) == ("warn", 1), "no way of telling is set, the backup is old"
    assert all(one["zh"]["what"] and one["en"]["what"] for one in said["findings"])
    english = run("--language", "en", "doctor")
    assert english.returncode == 1
    assert "It works; something wants attention." in english.stdout
    (ward.here.data_dir / "keys/devices.key").chmod(0o644)
    assert run("doctor").returncode == 2
