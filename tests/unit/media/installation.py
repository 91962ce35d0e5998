"""The platform as it is started: the roles `media` and `api` in threads, simulated cameras, a person for each role."""

import asyncio
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from tests.unit.api.serving import Browser, first_people
from tests.unit.identity.people import PASSWORD
from tests.unit.media.running import SETTINGS, hurried
from tests.unit.media.storing import until

from mingjian.config import ApiSettings, Settings
from mingjian.kernel.clock import SystemClock
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.rtsp import RtspServer
from mingjian.workers import api, media
from mingjian.workers.context import RoleContext, StopSignal

T = TypeVar("T")
OTHERS: Final = ("duty_operator", "security_manager", "police_supervisor", "requesting_officer", "maintenance")


class Cameras:
    """An RTSP server in a thread with a loop of its own."""

    def __init__(self, specs: Iterable[CameraSpec]) -> None:
        self.server = RtspServer(specs)
        self._loop = asyncio.new_event_loop()

    @contextmanager
    def running(self) -> Iterator["Cameras"]:
        thread = threading.Thread(target=self._loop.run_forever)
        thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self.server.start(), self._loop).result(20)
            yield self
        finally:
            asyncio.run_coroutine_threadsafe(self.server.stop(), self._loop).result(20)
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join(20)
            self._loop.close()

    def do(self, action: Callable[[], T]) -> T:
        """Run something on the server's loop."""

        async def acting() -> T:
            return action()

        return asyncio.run_coroutine_threadsafe(acting(), self._loop).result(20)

    def url(self, path: str) -> str:
        return self.server.url(path)


@dataclass
class RunningRole:
    """One role in a thread."""

    run: Callable[[RoleContext], None]
    context: RoleContext
    stop: StopSignal
    thread: threading.Thread

    def end(self) -> None:
        self.stop.set()
        self.thread.join(30)
        assert not self.thread.is_alive()


@dataclass
class Installation:
    """A data directory and what runs on it. `browsers` are signed in, by role code."""

    data: Path
    cameras: Cameras
    url: str = ""
    browsers: dict[str, Browser] = field(default_factory=dict)
    roles: dict[str, RunningRole] = field(default_factory=dict)

    def start(self, name: str, run: Callable[[RoleContext], None]) -> Mapping[str, Any]:
        told: list[Mapping[str, Any]] = []
        ready = threading.Event()

        def report(details: Mapping[str, Any]) -> None:
            told.append(details)
            ready.set()

        stop = StopSignal()
        run_dir = self.data / "run"
        run_dir.mkdir(exist_ok=True)
        context = RoleContext(
            role=name,
            settings=Settings(api=ApiSettings(port=0), media=SETTINGS),
            data_dir=self.data,
            run_dir=run_dir,
            database_url=f"sqlite:///{self.data / 'mingjian.db'}",
            clock=SystemClock(),
            stop=stop,
            report=report,
        )
        thread = threading.Thread(target=run, args=(context,), name=name)
        thread.start()
        self.roles[name] = RunningRole(run, context, stop, thread)
        assert ready.wait(60)
        return told[0]

    def start_media(self) -> None:
        self.start("media", media.run)

    def stop_media(self) -> None:
        self.roles.pop("media").end()

    def people(self, link: str) -> None:
        """Set up as the first person does, invite everybody else, and sign everybody in."""
        admin = Browser(self.url)
        body = {"token": link.partition("token=")[2], "people": first_people(), "password": PASSWORD}
        done = admin.post("/setup", body)
        assert done.status_code == 201, done.text
        self.browsers["system_administrator"] = admin
        for invite in done.json()["invites"]:
            self._redeem(invite["role"]["code"], invite["token"])
        for role in OTHERS:
            person = {"login_name": role, "display_name": role, "role": role}
            added = self.browsers["security_administrator"].post("/people", person)
            assert added.status_code == 201, added.text
            self._redeem(role, added.json()["invite_token"])
            self.grant(added.json()["person"]["id"])

    def grant(self, person_id: str, kind: str = "everywhere", value: str = "") -> None:
        """Let somebody reach something."""
        body = {"person_id": person_id, "kind": kind, "value": value}
        given = self.browsers["security_administrator"].post("/grants", body)
        assert given.status_code == 201, given.text

    def _redeem(self, role: str, token: str) -> None:
        browser = self.browsers[role] = Browser(self.url)
        redeemed = browser.post("/invites/redeem", {"token": token, "password": PASSWORD})
        assert redeemed.status_code == 200, redeemed.text

    def channel(self, channel_id: str) -> dict[str, Any]:
        items = self.browsers["duty_operator"].get("/channels").json()["items"]
        return next(one for one in items if one["id"] == channel_id)

    def add(self, path: str, name: str = "", **credentials: str) -> dict[str, Any]:
        """Test a camera and add it."""
        manager = self.browsers["security_manager"]
        probe = manager.post("/probes", {"url": self.cameras.url(path), **credentials})
        assert probe.status_code == 200, probe.text
        place = {"name": "腾冲市第一中学", "region_code": "530581"}
        body = {"probe_id": probe.json()["probe_id"], "name": name or path, "place": place, "spot": {"name": "校门"}}
        added = manager.post("/channels", body)
        assert added.status_code == 201, added.text
        channel: dict[str, Any] = added.json()
        return channel

    def recording(self, channel_id: str) -> dict[str, Any]:
        """Wait until the channel records; the channel as the API shows it."""
        until(lambda: self.channel(channel_id)["state"] == "recording")
        return self.channel(channel_id)

    def log(self, limit: int = 50) -> list[dict[str, Any]]:
        """The newest entries of the audit log, newest first."""
        items: list[dict[str, Any]] = self.browsers["auditor"].get(f"/audit?limit={limit}").json()["items"]
        return items


@contextmanager
def installed(data: Path, database: Path, specs: Iterable[CameraSpec]) -> Iterator[Installation]:
    """Everything up, everybody signed in; `database` is a migrated SQLite file to copy."""
    data.mkdir(exist_ok=True)
    shutil.copyfile(database, data / "mingjian.db")
    with pytest.MonkeyPatch.context() as patch, Cameras(specs).running() as cameras:
        hurried(patch)
        site = Installation(data, cameras)
        try:
            site.start_media()
            details = site.start("api", api.run)
            site.url = details["url"]
            (line,) = details["say"]
            site.people(str(line).rpartition(" ")[2])
            yield site
        finally:
            for role in reversed(list(site.roles.values())):
                role.end()
