"""`mingjian volume` as it is typed: add, list, retire."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.identity.people import actions
from typer.testing import CliRunner

from mingjian.cli.app import app
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.storage.engine import Database

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


def run(data: Path, *arguments: str) -> Any:
    """The JSON that a command prints. Raises MingjianError as the command does."""
    done = CliRunner().invoke(app, ["volume", *arguments, "--data", str(data), "--json"])
    if isinstance(done.exception, MingjianError):
        raise done.exception
    assert done.exit_code == 0, done.output
    return json.loads(done.output)


@on_sqlite
def test_a_volume_from_adding_to_retiring(database: Database, tmp_path: Path) -> None:
    added = run(tmp_path, "add", str(tmp_path / "disk1"))
    again = run(tmp_path, "add", str(tmp_path / "disk1"))
    assert again == added, "adding a volume twice is adding it once"
    run(tmp_path, "add", str(tmp_path / "disk2"), "--group", "archive")
    listed = {row["path"]: row for row in run(tmp_path, "list")}
    assert {row["group"] for row in listed.values()} == {"default", "archive"}
    assert listed[str(tmp_path / "disk1")]["id"] == added["id"]
    retired = run(tmp_path, "retire", added["id"])
    assert retired["path"] == str(tmp_path / "disk1")
    assert {row["path"]: row["state"] for row in run(tmp_path, "list")}[retired["path"]] == "retired"
    for unknown in (added["id"], str(new_id(1))):
        with pytest.raises(MingjianError) as refused:
            run(tmp_path, "retire", unknown)
        assert refused.value.code == "keep.volume_unknown"
    assert actions(database) == ["volume.added", "volume.added", "volume.retired"]


@on_sqlite
def test_a_folder_that_cannot_be_written_is_refused(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(MingjianError) as refused:
        run(tmp_path, "add", str(tmp_path / "file" / "disk"))
    assert refused.value.code == "media.storage_failed"
    assert run(tmp_path, "list") == []


@on_sqlite
def test_the_list_is_for_people_too(database: Database, tmp_path: Path) -> None:
    run(tmp_path, "add", str(tmp_path / "disk1"))
    shown = CliRunner().invoke(app, ["--language", "en", "volume", "list", "--data", str(tmp_path)]).output
    assert "default: recording can go on" in shown
