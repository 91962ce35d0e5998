"""The API role as it is started: the port first, the set-up link to the person at the terminal, TLS beyond loopback."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.unit.api.serving import API, Browser, first_people
from tests.unit.identity.people import PASSWORD

from mingjian.config import ApiSettings, Settings
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Database
from mingjian.workers import api
from mingjian.workers.context import RoleContext, StopSignal

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])


class Role:
    """The role in a thread; `details` is what it said when it was ready."""

    def __init__(self, database_url: str, data_dir: Path, settings: Settings) -> None:
        self.details: Mapping[str, Any] = {}
        self._ready = threading.Event()
        self._stop = StopSignal()
        run_dir = data_dir / "run"
        run_dir.mkdir(exist_ok=True)
        self.context = RoleContext(
            role="api",
            settings=settings,
            data_dir=data_dir,
            run_dir=run_dir,
            database_url=database_url,
            clock=SystemClock(),
            stop=self._stop,
            report=self._report,
        )

    def _report(self, details: Mapping[str, Any]) -> None:
        self.details = details
        self._ready.set()

    @contextmanager
    def running(self) -> Iterator["Role"]:
        thread = threading.Thread(target=api.run, args=(self.context,))
        thread.start()
        try:
            assert self._ready.wait(60)
            yield self
        finally:
            self._stop.set()
            thread.join(30)
        assert not thread.is_alive()

    def link(self) -> str:
        (line,) = self.details["say"]
        return str(line).rpartition(" ")[2]


def on(**values: Any) -> Settings:
    return Settings(api=ApiSettings(**{"port": 0, **values}))


def test_a_taken_port_is_said_before_anything_else(tmp_path: Path, engine: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        nowhere = f"sqlite:///{tmp_path / 'never opened' / 'x.db'}"
        role = Role(nowhere, tmp_path, on(port=port))
        with pytest.raises(MingjianError) as refused:
            api.run(role.context)
    assert refused.value.code == "api.port_taken"
    assert str(port) in refused.value.what.zh
    assert not (tmp_path / "never opened").exists()


@pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
def test_an_address_that_is_not_ours(tmp_path: Path, engine: str, host: str) -> None:
    role = Role("sqlite:////nowhere/x.db", tmp_path, on(host=host))
    with pytest.raises(MingjianError, match=r"api\.address_unusable"):
        api.run(role.context)


def test_the_link_works_once_and_a_new_start_makes_a_new_one(database: Database, tmp_path: Path, engine: str) -> None:
    def start() -> Role:
        return Role(f"sqlite:///{tmp_path / 'mingjian.db'}", tmp_path, on())

    with start().running() as role:
        first = role.link()
        assert first.startswith(f"{role.details['url']}/setup?token=")
    with start().running() as role:
        second = role.link()
        browser = Browser(role.details["url"])
        body = {"people": first_people(), "password": PASSWORD}
        old = browser.post("/setup", {"token": first.partition("=")[2], **body})
        assert (old.status_code, old.json()["code"]) == (403, "identity.token_invalid")
        assert browser.post("/setup", {"token": second.partition("=")[2], **body}).status_code == 201
    with start().running() as role:
        assert role.details["say"] == []
        browser.origin = role.details["url"]
        assert browser.get("/session").status_code == 200  # sessions outlive the process


def test_beyond_loopback_everything_is_encrypted(database: Database, tmp_path: Path, engine: str) -> None:
    role = Role(f"sqlite:///{tmp_path / 'mingjian.db'}", tmp_path, on(host="0.0.0.0"))
    with role.running():
        url = role.details["url"]
        assert url.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cafile=tmp_path / api.TLS_FOLDER / "authority.pem")
        answer = httpx.get(f"{url}{API}/state", verify=trusted, trust_env=False)
        assert answer.status_code == 200
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        with pytest.raises(httpx.HTTPError):
            httpx.get(f"{url.replace('https', 'http')}{API}/state", trust_env=False)
