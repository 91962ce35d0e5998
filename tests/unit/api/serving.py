"""A real server on a real socket, and a small browser: cookies as browsers keep them, the page's own origin."""

import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import uvicorn
from fastapi import FastAPI
from tests.unit.identity.people import FIRST, NOW, PASSWORD, S

from mingjian.api.app import create_app
from mingjian.api.deps import AppContext
from mingjian.api.watching import Watching
from mingjian.audit.model import Actor
from mingjian.audit.service import audited
from mingjian.config import Settings
from mingjian.identity import service
from mingjian.identity.passwords import Hasher
from mingjian.identity.rights import service as rights
from mingjian.identity.scopes import EVERYWHERE, Grant, Scope
from mingjian.kernel.clock import WallUs
from mingjian.kernel.ids import PersonId
from mingjian.media.live.hub import LiveHub
from mingjian.registry.vault import KEY_BYTES, Vault
from mingjian.storage.engine import Database
from mingjian.workers.api import bind, configuration

API: Final = "/api/v1"
# Without it each request reads the certificates of the world's authorities: 17 of its 19 ms.
NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
AGENT: Final = "Mozilla/5.0 (tests)"
"""What every client here calls itself, also on WebSockets: a session is bound to it."""


class SetClock:
    """A clock that moves when told."""

    def __init__(self) -> None:
        self.us = NOW

    def now_us(self) -> WallUs:
        return WallUs(self.us)

    def monotonic(self) -> float:
        return self.us / S

    def forward(self, seconds: float) -> None:
        self.us += int(seconds * S)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.up = threading.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield  # signals belong to pytest

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self.up.set()


@dataclass
class Served:
    """An application that answers at `origin`."""

    app: FastAPI
    context: AppContext
    clock: SetClock
    origin: str

    def browser(self) -> "Browser":
        return Browser(self.origin)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """Serve `app` on a free loopback port, as the API role does; gives the origin."""
    listener = bind("127.0.0.1", 0)
    server = _Server(configuration(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        assert server.up.wait(30)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
    assert not thread.is_alive()


def context_for(
    database: Database, run_dir: Path, settings: Settings | None = None, **more: Any
) -> tuple[AppContext, SetClock]:
    clock = SetClock()
    context = AppContext(
        database=database,
        settings=settings or Settings(),
        clock=clock,
        media=LiveHub(str(run_dir / "no recorder.sock")),
        vault=Vault(bytes(KEY_BYTES)),
        watching=Watching(clock),
        run_dir=run_dir,
        data_dir=run_dir,
        hasher=Hasher(memory_kib=8, passes=1, lanes=1),
        **more,
    )
    return context, clock


@contextmanager
def served(
    database: Database, run_dir: Path, prepare: Callable[[FastAPI], object] | None = None, **more: Any
) -> Iterator[Served]:
    """The application over `database`, after `prepare` added what the test needs of its own."""
    context, clock = context_for(database, run_dir, **more)
    app = create_app(context)
    if prepare is not None:
        prepare(app)
    with serving(app) as origin:
        yield Served(app, context, clock, origin)


@dataclass
class Browser:
    """Keeps `__Host-` cookies as browsers do on loopback (a secure context), and names its own origin."""

    origin: str
    cookies: dict[str, str] = field(default_factory=dict)
    set_cookie: str = ""
    agent: str = AGENT

    def send(
        self, method: str, path: str, json: Any = None, headers: Mapping[str, str] | None = None, **more: Any
    ) -> httpx.Response:
        sent = {"Origin": self.origin, "Cookie": self.cookie_header, "User-Agent": self.agent, **(headers or {})}
        answer = httpx.request(
            method,
            f"{self.origin}{path}",
            json=json,
            headers={name: value for name, value in sent.items() if value},
            timeout=30,
            trust_env=False,
            verify=NO_TLS,
            **more,
        )
        self._keep(answer)
        return answer

    def get(self, path: str) -> httpx.Response:
        return self.send("GET", API + path)

    def post(self, path: str, json: Any) -> httpx.Response:
        return self.send("POST", API + path, json)

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _keep(self, answer: httpx.Response) -> None:
        for header in answer.headers.get_list("set-cookie"):
            self.set_cookie = header if header.startswith("__Host-mingjian=") else self.set_cookie
            found = re.match(r'(__Host-[^=]+)="?([^;"]*)"?', header)
            assert found, header
            attributes = {part.strip().lower() for part in header.split(";")[1:]}
            # RFC 6265bis section 5.7: a __Host- cookie is kept only with these, and with no Domain.
            assert {"secure", "path=/"} <= attributes
            assert not [each for each in attributes if each.startswith("domain")]
            if "max-age=0" in attributes:
                self.cookies.pop(found[1], None)
            else:
                self.cookies[found[1]] = found[2]


def setup_token(context: AppContext) -> str:
    with audited(context.database) as tx:
        token = service.issue_setup_token(tx, context.clock.now_us(), context.settings.identity)
    assert token is not None
    return token


def first_people() -> list[dict[str, str]]:
    return [
        {"role": person.role.code, "login_name": person.login_name, "display_name": person.display_name}
        for person in FIRST
    ]


def set_up(served: Served) -> dict[str, "Browser"]:
    """The first three people, each signed in in a browser of their own, by role code."""
    admin = served.browser()
    body = {"token": setup_token(served.context), "people": first_people(), "password": PASSWORD}
    done = admin.post("/setup", body)
    assert done.status_code == 201, done.text
    browsers = {"system_administrator": admin}
    for invite in done.json()["invites"]:
        browser = browsers[invite["role"]["code"]] = served.browser()
        redeemed = browser.post("/invites/redeem", {"token": invite["token"], "password": PASSWORD})
        assert redeemed.status_code == 200, redeemed.text
    return browsers


def add(served: Served, browsers: dict[str, "Browser"], role: str, login_name: str, *scopes: Scope) -> "Browser":
    """Another person, signed in, who may act in these scopes: without one, everywhere."""
    body = {"login_name": login_name, "display_name": "新人", "role": role}
    added = browsers["security_administrator"].post("/people", body)
    assert added.status_code == 201, added.text
    browser = served.browser()
    redeemed = browser.post("/invites/redeem", {"token": added.json()["invite_token"], "password": PASSWORD})
    assert redeemed.status_code == 200
    grant(served, UUID(added.json()["person"]["id"]), *(scopes or (EVERYWHERE,)))
    return browser


def grant(served: Served, person_id: UUID, *scopes: Scope) -> None:
    """What the security administrator does on the page Permissions."""
    now_us = served.clock.now_us()
    with audited(served.context.database) as tx:
        for scope in scopes:
            given = rights.NewGrant(Grant(PersonId(person_id), scope, now_us))
            rights.give(tx, given, Actor("command_line", None, "test"), now_us)
