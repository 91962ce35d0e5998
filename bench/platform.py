"""The platform under measurement: its data directory, its processes, and a person who has signed in."""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx

from bench.processes import BenchError, Process, running
from mingjian.audit.model import Actor
from mingjian.kernel.clock import SystemClock
from mingjian.media import service as media
from mingjian.media.model import ChannelState
from mingjian.registry import service as registry
from mingjian.registry.model import NewPlace
from mingjian.registry.vault import open_vault
from mingjian.storage import migrate
from mingjian.storage.engine import Database
from mingjian.workers.folders import VAULT_KEY, prepare
from mingjian.workers.states import read_states

READY_S: Final = 60.0
RECORDING_S: Final = 30.0
ACTOR: Final = Actor("command_line", None, "bench")
_PASSWORD: Final = "numbers not guesses"
_PEOPLE: Final = ("security_manager", "system_administrator", "security_administrator", "auditor")


class Data:
    """A data directory with a migrated database."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.folders = prepare(path)
        self.url = f"sqlite:///{path / 'mingjian.db'}"
        with closing(Database(self.url)) as database:
            migrate.upgrade(database)

    def register(self, addresses: Sequence[str]) -> list[UUID]:
        """Make the registry know these cameras; their channels, in order."""
        vault, clock, place = open_vault(self.path / VAULT_KEY), SystemClock(), NewPlace("Bench", "", "530102")
        with closing(Database(self.url)) as database, database.write() as tx:
            return [
                registry.add_channel(
                    tx,
                    name=f"camera {number}",
                    address=address,
                    secret=None,
                    place=place,
                    spot_name="gate",
                    vault=vault,
                    by=ACTOR,
                    now_us=clock.now_us(),
                ).id
                for number, address in enumerate(addresses, 1)
            ]

    def wait_until_recording(self, count: int) -> None:
        """Raises BenchError unless `count` channels record within RECORDING_S."""
        deadline = time.monotonic() + RECORDING_S
        with closing(Database(self.url)) as database:
            while (found := self._recording(database)) < count:
                if time.monotonic() > deadline:
                    raise BenchError(f"{found} of {count} cameras are recorded after {RECORDING_S:.0f} s")
                time.sleep(0.2)

    def recording(self) -> int:
        """How many channels record now, as pages say it."""
        with closing(Database(self.url)) as database:
            return self._recording(database)

    def files(self) -> list[Path]:
        return sorted((self.path / "video").rglob("*.mp4"))

    @staticmethod
    def _recording(database: Database) -> int:
        with database.read() as tx:
            said = media.statuses(tx, registry.channels(tx), recorder_up=True)
        return sum(one.state is ChannelState.RECORDING for one in said.values())


@contextmanager
def recorder(data: Data) -> Iterator[Process]:
    """`mingjian serve --role media`; as under a supervisor, so that it ends with the bench whatever happens."""
    command = [sys.executable, "-m", "mingjian", "serve", "--role", "media", "--supervised", "--data", str(data.path)]
    with running(command, log=data.path / "recorder.log") as (process,):
        process.line(r'"ready": true', READY_S)
        yield process


@dataclass(frozen=True, slots=True)
class Whole:
    """`mingjian serve` with every role: where it is, which processes, and the cookie of a signed-in person."""

    address: str
    cookie: str
    pids: dict[str, int]


@contextmanager
def whole(data: Data, port: int = 0) -> Iterator[Whole]:
    """`mingjian serve`, every role; at any free port unless `port` says which."""
    command = [sys.executable, "-m", "mingjian", "serve", "--data", str(data.path)]
    with running(command, log=data.path / "serve.log", environment={"MINGJIAN_API__PORT": str(port)}) as (process,):
        address = process.line(r"(http://[^/\s]+)$", READY_S).group(1)
        token = process.line(r"token=(\S+)", READY_S).group(1)
        cookie = set_up(address, token)
        yield Whole(address, cookie, {"supervisor": process.pid, **_roles(data)})


def _roles(data: Data) -> dict[str, int]:
    deadline = time.monotonic() + READY_S
    while True:
        found = read_states(data.folders.run)
        if found and all(one.state == "up" for one in found):
            return {one.role: one.pid for one in found if one.pid is not None}
        if time.monotonic() > deadline:
            raise BenchError(f"not every role is up: {[(one.role, one.state) for one in found]}")
        time.sleep(0.1)


def set_up(address: str, token: str) -> str:
    """The first people; the cookies of the first of them: of the session, and of the device that it is bound to."""
    return _first(address, token)[0]


def set_up_all(address: str, token: str) -> dict[str, str]:
    """The same with everybody's cookies, by role: each of the others took up the invitation."""
    own, invites = _first(address, token)
    cookies = {_PEOPLE[0]: own}
    for invite in invites:
        body = {"token": invite["token"], "password": _PASSWORD}
        answer = httpx.post(f"{address}/api/v1/invites/redeem", json=body, headers={"Origin": address}, timeout=30)
        if answer.status_code != httpx.codes.OK:
            raise BenchError(f"an invitation was refused: {json.dumps(answer.json())}")
        cookies[answer.json()["role"]["code"]] = _cookies(answer)
    return cookies


def _first(address: str, token: str) -> tuple[str, list[dict[str, str]]]:
    people = [{"role": role, "login_name": role[:12], "display_name": role} for role in _PEOPLE]
    body = {"token": token, "people": people, "password": _PASSWORD}
    answer = httpx.post(f"{address}/api/v1/setup", json=body, headers={"Origin": address}, timeout=30)
    if answer.status_code != httpx.codes.CREATED:
        raise BenchError(f"set-up was refused: {json.dumps(answer.json())}")
    return _cookies(answer), answer.json()["invites"]


def _cookies(answer: httpx.Response) -> str:
    return "; ".join(cookie.split(";")[0] for cookie in answer.headers.get_list("set-cookie"))
