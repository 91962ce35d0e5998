"""Several processes of a role: their names, their sockets, and which of them there are."""

from pathlib import Path

import pytest

from mingjian.cli.serve import plan
from mingjian.config import declared
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import MingjianError
from mingjian.workers.folders import Folders, held, is_held, media_socket, media_sockets, name_of, prepare
from mingjian.workers.media import place_of
from mingjian.workers.process import Start, run_role


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return prepare(tmp_path / "data")


def test_one_process_is_called_as_ever() -> None:
    assert [name_of("media"), name_of("media", 2), name_of("api")] == ["media", "media-2", "api"]


@pytest.mark.parametrize(
    ("media", "names"), [(1, ["media", "jobs", "api"]), (3, ["media", "media-2", "media-3", "jobs", "api"])]
)
def test_what_is_started(folders: Folders, media: int, names: list[str]) -> None:
    planned = plan(folders, None, demonstration=False, media=media)
    assert [one.name for one in planned] == names
    members = [one.command[-1] for one in planned if one.command[-3] == "media"]
    assert members == [str(number + 1) for number in range(media)]


def test_sockets_are_found_whoever_made_them(folders: Folders) -> None:
    assert media_sockets(folders) == []
    for number in (1, 2, 9):
        media_socket(folders, number).touch()
    (folders.run / "api.sock").touch()
    assert media_sockets(folders) == [
        str(folders.run / name) for name in ("media-2.sock", "media-9.sock", "media.sock")
    ]


def test_a_lock_tells_whether_a_process_is_gone(folders: Folders) -> None:
    assert not is_held(folders, "media-2")
    with held(folders, "media-2"):
        assert is_held(folders, "media-2")
    assert not is_held(folders, "media-2")
    with held(folders, "media-2"):  # whoever asked does not hold it
        pass


def test_a_place_is_a_folder_and_not_its_name(tmp_path: Path) -> None:
    first, second = tmp_path / "run", tmp_path / "other"
    first.mkdir()
    before = place_of(first)
    assert place_of(first) == before
    second.mkdir()
    first.rename(tmp_path / "gone")
    second.rename(first)
    assert place_of(first) != before


def test_only_media_has_members(folders: Folders) -> None:
    with pytest.raises(MingjianError) as refused:
        run_role(Start("api", member=2), declared(), folders, SystemClock())
    assert refused.value.code == "workers.role_alone"
