"""Volumes and their identity."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.unit.media.storing import START, Site, Trouble

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.media import store, volumes
from mingjian.media.model import Volume
from mingjian.media.record.files import IDENTITY_FILE
from mingjian.storage.engine import Database

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])  # where the engine plays no part: a database costs time


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    database = Trouble(database_url)
    made = Site(database, tmp_path / "video")
    yield made
    if made.writer.alive:
        made.writer.stop()
    database.close()


# Volumes


def ensured(database: Database, path: Path, *, demonstration: bool = False, limit: int | None = None) -> Volume:
    return volumes.ensure(database, path, demonstration=demonstration, limit_bytes=limit, now_us=START)


def test_a_volume_is_made_once_and_found_by_its_identity(database: Database, tmp_path: Path) -> None:
    first = ensured(database, tmp_path / "a")
    assert ensured(database, tmp_path / "a") == first
    (tmp_path / "a").rename(tmp_path / "b")  # the disk is mounted elsewhere
    moved = ensured(database, tmp_path / "b")
    assert (moved.id, moved.path) == (first.id, str(tmp_path / "b"))
    with database.read() as tx:
        assert store.volumes(tx) == [moved]
    assert ensured(database, tmp_path / "ring", demonstration=True, limit=10).id != first.id
    assert ensured(database, tmp_path / "ring", demonstration=True, limit=20).limit_bytes == 20


DAMAGE = {
    "not mounted": "",
    "half written": "{",
    "no object": "[1]",
    "no id": "{}",
    "another kind of id": '{"volume": 5}',
    "no uuid": '{"volume": "x"}',
    "another disk": json.dumps({"volume": str(new_id(START))}),
}


@on_sqlite
@pytest.mark.parametrize("name", DAMAGE)
def test_a_volume_that_is_not_the_one(database: Database, tmp_path: Path, name: str) -> None:
    path = tmp_path / "a"
    volume = ensured(database, path)
    if name == "not mounted":
        (path / IDENTITY_FILE).unlink()
    else:
        (path / IDENTITY_FILE).write_text(DAMAGE[name])
    with pytest.raises(MingjianError, match=r"media\.volume_missing"):
        volumes.verify(volume)
    assert ensured(database, path) == volume, "it stays known as it is; the recorder does without it"
    with database.read() as tx:
        assert volumes.space(tx) == []  # what is free there is not free for us
        assert store.volumes(tx) == [volume]


@on_sqlite
def test_a_volume_whose_making_was_interrupted_keeps_its_identity(database: Database, tmp_path: Path) -> None:
    told = new_id(START)
    (tmp_path / IDENTITY_FILE).write_text(json.dumps({"volume": str(told)}))
    assert ensured(database, tmp_path).id == told


@on_sqlite
def test_a_folder_that_cannot_be_written(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MingjianError, match=r"media\.storage_failed"):
        ensured(database, tmp_path / "file" / "video")
    with database.read() as tx:
        assert store.volumes(tx) == []


def test_space(site: Site) -> None:
    channel = site.channel()
    channel.record(12)
    site.settle()
    with site.database.read() as tx:
        (space,) = volumes.space(tx)
    closed, _open = site.segments(channel.id)
    assert space.used_bytes == closed.size
    assert space.free_bytes > 0
