"""Threat row 21: no name in an address leads to a file that it does not name, whoever asks.

Every operation with a name in its path is asked with names that climb; beside the data lies a file that nobody may see.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from tests.unit.api.serving import Browser, Served, add, served, set_up
from tests.unit.media.shelf import Shelf

from mingjian.api.app import openapi_document
from mingjian.media.export import service as exports
from mingjian.media.export.service import FOLDER
from mingjian.registry import photos
from mingjian.storage.engine import Database

CANARY: Final = "canary-7f3a-nobody-may-read-this"
DOCUMENT: Final[dict[str, Any]] = openapi_document()
NAMES: Final = (
    "../canary.txt", "../../canary.txt", "..%2fcanary.txt", "..%2f..%2fcanary.txt", "%2e%2e%2fcanary.txt",
    "%2e%2e/%2e%2e/canary.txt", "..%5ccanary.txt", "..\\canary.txt", "%252e%252e%252fcanary.txt", "..%c0%afcanary.txt",
    "....//canary.txt", "%00canary.txt", "canary.txt%00.mp4", "{data}/canary.txt", "%2f{data}%2fcanary.txt",
    "file:%2f%2f{data}%2fcanary.txt", "keys%2fdevices.key", "..%2fkeys%2fdevices.key", "mingjian.db",
    "..%2fmingjian.db",
    "%2fetc%2fpasswd", "/etc/passwd", "/proc/self/environ", ".", "..", "~", "con", "a" * 300, "%e2%80%a5%2fcanary.txt",
)  # fmt: skip
STATIC: Final = ("/", "/assets/", "/docs/errors/", "/api/v1/", "/hls/", "/api/v1/hls/")


@dataclass
class Site:
    served: Served
    manager: Browser
    data: Path
    client: httpx.Client

    def get(self, path: str) -> httpx.Response:
        """As it is: no client in between that tidies the path up."""
        url = httpx.URL(self.served.origin).copy_with(raw_path=path.encode())
        headers = {"Cookie": self.manager.cookie_header, "Origin": self.served.origin, "User-Agent": self.manager.agent}
        return self.client.get(url, headers=headers)


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("outer") / "data"
    folder.mkdir()
    (folder / "mingjian.db").write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{folder / 'mingjian.db'}")
    for place in (folder, folder.parent):
        (place / "canary.txt").write_text(CANARY)
    (folder / "keys").mkdir()
    (folder / "keys/devices.key").write_text(CANARY)
    for name in (FOLDER, photos.FOLDER, "video"):
        (folder / name).mkdir()
    Shelf(database, folder / "video").channel()
    with served(database, folder) as running:
        manager = add(running, set_up(running), "security_manager", "manager")
        with httpx.Client(timeout=30, trust_env=False, verify=False) as client:
            yield Site(running, manager, folder, client)
    database.close()


def hostile(site: Site) -> list[str]:
    return [name.replace("{data}", str(site.data)) for name in NAMES]


def require_nothing_seen(answer: httpx.Response, path: str) -> None:
    assert answer.status_code != 500, path
    assert CANARY not in answer.text, path
    assert "root:x:" not in answer.text, path
    assert not answer.content.startswith(b"SQLite format 3"), path


PATHS: Final = sorted(path for path, item in DOCUMENT["paths"].items() if "{" in path and "get" in item)


@pytest.mark.parametrize("path", PATHS)
def test_threat_21_names_in_the_paths_of_the_api(site: Site, path: str) -> None:
    for name in hostile(site):
        asked = "/".join(name if part.startswith("{") else part for part in path.split("/"))
        require_nothing_seen(site.get(asked), asked)


@pytest.mark.parametrize("prefix", STATIC)
def test_threat_21_names_of_pages_and_files(site: Site, prefix: str) -> None:
    for name in hostile(site):
        require_nothing_seen(site.get(prefix + name), prefix + name)


def test_threat_21_the_canary_can_be_seen_where_it_may_be(site: Site) -> None:
    """The tests above look for something that is there."""
    assert (site.data / "canary.txt").read_text() == CANARY
    assert site.get("/api/v1/session").status_code == 200


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "校门\0口", "a/b\\c", "..", ".", "con:", "\u202egpj.exe", "x" * 500, "-rf *", "\n"]
)
def test_threat_21_names_of_cameras_in_names_of_files(name: str) -> None:
    plain = exports.plain_name(name)
    assert plain
    assert "/" not in plain
    assert "\\" not in plain
    assert not plain.startswith((".", "-"))
    assert len(plain) <= 40
    assert plain.isprintable()
