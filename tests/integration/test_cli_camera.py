"""`mingjian camera`: a camera is tested, added and changed on the machine itself, by the transport that is chosen."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.test_cli_commands import run
from tests.unit.media.installation import Cameras
from tests.unit.media.running import source

from mingjian.audit.service import listing
from mingjian.registry import service as registry
from mingjian.simulate.cameras import CameraSpec, Transports
from mingjian.simulate.sound import g711, other
from mingjian.storage.engine import Database

SPECS = [
    CameraSpec("main", 1, source(), sound=g711("ulaw")),
    CameraSpec("small", 2, source()),
    CameraSpec("datagrams", 3, source(), transports=Transports.UDP, sound=other("G726-32", 8000)),
]
WHERE = ("--name", "东门", "--place", "一中", "--region", "530581", "--spot", "校门")


@pytest.fixture(scope="module")
def cameras() -> Iterator[Cameras]:
    with Cameras(SPECS).running() as running:
        yield running


@pytest.fixture
def data(tmp_path: Path, migrated_sqlite: Path) -> Path:
    folder = tmp_path / "d"
    folder.mkdir(mode=0o700)
    shutil.copyfile(migrated_sqlite, folder / "mingjian.db")
    return folder


def told(*words: object) -> dict[str, Any]:
    done = run(*words, "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.breadth
def test_a_camera_is_tested_by_the_transport_that_is_chosen(cameras: Cameras, data: Path) -> None:
    found = told("camera", "test", cameras.url("main"), "--data", data)
    assert (found["transport"], found["sound_left_out"]) == ("tcp", "")
    assert (found["sound"]["codec"], found["sound"]["rate"]) == ("ulaw", 8000)
    assert told("camera", "test", cameras.url("datagrams"), "--data", data)["transport"] == "udp"
    words = run("camera", "test", cameras.url("datagrams"), "--data", data).stdout
    assert "UDP" in words
    assert "G726-32" in words
    refused = run("camera", "test", cameras.url("datagrams"), "--transport", "tcp", "--data", data)
    assert refused.returncode != 0
    assert "media.transport_refused" in refused.stderr


def test_both_streams_are_added_and_changed(cameras: Cameras, data: Path) -> None:
    small = cameras.url("small")
    wrong = run("camera", "add", cameras.url("main"), *WHERE, "--sub", cameras.url("none"), "--data", data)
    assert wrong.returncode != 0
    assert "media.path_unknown" in wrong.stderr
    added = told("camera", "add", cameras.url("main"), *WHERE, "--sub", small, "--transport", "udp", "--data", data)
    assert added["transport"] == "udp"
    changed = told("camera", "change", added["id"], "--transport", "tcp", "--data", data)
    assert {name: changed[name] for name in ("transport", "sub_address")} == {"transport": "tcp", "sub_address": small}
    assert told("camera", "change", added["id"], "--sub", "", "--data", data)["sub_address"] is None
    database = Database(f"sqlite:///{data / 'mingjian.db'}")
    with database.read() as tx:
        (kept,) = registry.channels(tx)
        entries = [one for one in listing(tx, None, 20).items if one.action == "channel.changed"]
    database.close()
    assert (kept.device.transport, kept.device.sub_address) == ("tcp", None)
    assert [one.detail["before"] for one in reversed(entries)] == [
        {"transport": "udp", "sub_address": small},
        {"transport": "tcp", "sub_address": small},
    ]
