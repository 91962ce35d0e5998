"""The API role: one port for HTTP, WebSocket and the console."""

import errno
import gc
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import structlog
import uvicorn
from fastapi import FastAPI

from mingjian.alerts import service as alerts
from mingjian.api.app import create_app
from mingjian.api.deps import AppContext
from mingjian.api.errors import ADDRESS_UNUSABLE, PORT_TAKEN
from mingjian.api.facilities import Installed
from mingjian.api.sockets import LiveSocket
from mingjian.api.tls import ensure_certificate, is_loopback, names_for
from mingjian.api.watching import Watching
from mingjian.audit.service import audited
from mingjian.identity import service
from mingjian.kernel.errors import MingjianError
from mingjian.law.library import installed
from mingjian.media import service as media
from mingjian.media.live.afar import PURPOSE, Afar, Trust
from mingjian.media.live.hub import LiveHub
from mingjian.media.pictures.desk import Pictures
from mingjian.operations.errors import ROLE_DOWN
from mingjian.operations.watch import RoleWatch
from mingjian.registry.vault import open_vault
from mingjian.storage.engine import Database
from mingjian.workers.context import RoleContext
from mingjian.workers.folders import VAULT_KEY, Folders, media_socket, media_sockets
from mingjian.workers.states import read_states

TLS_FOLDER: Final = Path("keys") / "tls"
"""In the data directory; `authority.pem` in it is for workstations."""

_STOP_WAIT_S: Final = 3
ROLES_S: Final = 10.0
_BACKLOG: Final = 512
# Viewers send next to nothing; what they are sent is not limited by this.
_MESSAGE_LIMIT: Final = 65_536
_log: Final = structlog.get_logger(__name__)
_WILDCARDS: Final = ("0.0.0.0", "::")  # noqa: S104 - recognised, not listened on


def run(context: RoleContext) -> None:
    """Serve until `context.stop`.

    The port is taken before anything else, so that a taken one is said in one line: raises MingjianError PORT_TAKEN
    or ADDRESS_UNUSABLE.
    """
    api = context.settings.api
    with bind(api.host, api.port) as listener, closing(Database(context.database_url)) as database:
        certificate = _certificate(context)
        origin = _origin(context, listener, "https" if certificate else "http")
        hub = _hub(context, database)
        config = configuration(_application(context, database, hub), certificate)
        server = _Server(context, config, hub, origin, _invitation(context, database, origin))
        context.stop.on_set(server.stop)
        watching = threading.Thread(target=watch_roles, args=(context, database), name="roles")
        watching.start()
        threading.Thread(target=warm, name="warm", daemon=True).start()
        try:
            server.run(sockets=[listener])
        finally:
            context.stop.set()
            watching.join()


def warm() -> None:
    """Read the texts before somebody asks; what stays is kept from the collector: a round took a fifth of a second."""
    installed()
    gc.collect()
    gc.freeze()


def watch_roles(context: RoleContext, database: Database) -> None:
    """Say which processes of this machine are down. `jobs` does so too; this one is heard when that is down."""
    watch = RoleWatch(socket.gethostname())
    while not context.stop.wait(ROLES_S):
        now_us = context.clock.now_us()
        states = read_states(context.run_dir)
        down = watch.down(states, now_us)
        try:
            with database.read() as tx:
                standing = {one.object_id for one in alerts.standing(tx, ROLE_DOWN)}
            if down.keys() != {one for one in standing if one.startswith(f"{watch.host}/")}:
                with database.write() as tx:
                    watch.settle(tx, states, now_us)
        except MingjianError as error:
            _log.warning("roles_not_watched", code=error.code)


def _hub(context: RoleContext, database: Database) -> LiveHub:
    """To every process that records: on this machine those that somebody started by hand too, and on others."""
    folders = Folders(context.data_dir, context.run_dir)
    there = [str(media_socket(folders, number + 1)) for number in range(context.settings.media.processes)]
    if database.engine.dialect.name == "sqlite":  # its file is on this machine, and so is all that writes to it
        return LiveHub(*there, more=lambda: media_sockets(folders))
    trust = Trust(open_vault(context.data_dir / VAULT_KEY).derive(PURPOSE))
    here = socket.gethostname()

    def afar() -> Afar:
        with database.read() as tx:
            return media.afar(tx, here)

    return LiveHub(*there, more=lambda: media_sockets(folders), afar=afar, trust=trust)


def bind(host: str, port: int) -> socket.socket:
    """A listening socket. Raises MingjianError PORT_TAKEN or ADDRESS_UNUSABLE."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise MingjianError(PORT_TAKEN, host=host, port=port) from error
        reason = error.strerror or str(error)
        raise MingjianError(ADDRESS_UNUSABLE, host=host, port=port, reason=reason) from error


def _application(context: RoleContext, database: Database, hub: LiveHub) -> FastAPI:
    return create_app(
        AppContext(
            database=database,
            settings=context.settings,
            clock=context.clock,
            media=hub,
            vault=open_vault(context.data_dir / VAULT_KEY),
            watching=Watching(context.clock),
            facilities=Installed(hub),
            run_dir=context.run_dir,
            data_dir=context.data_dir,
            demonstration=context.demonstration,
            processes=lambda: read_states(context.run_dir),
            pictures=Pictures(context.settings.pictures, context.data_dir, context.settings.store.floor_bytes),
            loaded=context.loaded,
            written=context.written,
        )
    )


def configuration(app: FastAPI, certificate: Path | None = None) -> uvicorn.Config:
    """How `app` is served; over TLS when there is a certificate (with its key in the same file)."""
    return uvicorn.Config(
        app,
        ssl_certfile=certificate,
        loop="uvloop",
        http="httptools",
        ws=LiveSocket,
        lifespan="off",
        log_config=None,
        access_log=False,  # the application writes its own, without queries
        server_header=False,
        proxy_headers=False,  # anybody can write them
        ws_max_size=_MESSAGE_LIMIT,
        ws_per_message_deflate=False,  # video does not get smaller
        timeout_graceful_shutdown=_STOP_WAIT_S,
    )


def _certificate(context: RoleContext) -> Path | None:
    """Passwords and pictures leave this machine only encrypted."""
    api = context.settings.api
    if is_loopback(api.host):
        return None
    public = urlsplit(api.public_origin).hostname
    names = names_for(api.host, (*api.host_names, *([public] if public else [])))
    return ensure_certificate(context.data_dir / TLS_FOLDER, names, context.clock.now_us()).server


def _origin(context: RoleContext, listener: socket.socket, scheme: str) -> str:
    api = context.settings.api
    host = "127.0.0.1" if api.host in _WILDCARDS else api.host
    host = f"[{host}]" if ":" in host else host
    return api.public_origin or f"{scheme}://{host}:{listener.getsockname()[1]}"


def _invitation(context: RoleContext, database: Database, origin: str) -> str | None:
    """The link for the first set-up, when there is nobody yet. Whoever has it becomes the first administrator."""
    with database.read() as tx:
        if service.is_initialized(tx):
            return None
    with audited(database) as tx:
        token = service.issue_setup_token(tx, context.clock.now_us(), context.settings.identity)
    return f"{origin}/setup?token={token}"


class _Server(uvicorn.Server):
    """Uvicorn, which here leaves signals to the role's process and says when it serves."""

    def __init__(
        self, context: RoleContext, config: uvicorn.Config, hub: LiveHub, url: str, set_up: str | None
    ) -> None:
        super().__init__(config)
        self._context = context
        self._hub = hub
        self._url = url
        self._set_up = set_up

    def stop(self) -> None:
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.start()
        await super().startup(sockets)
        if self.started:
            # For the person at the terminal, never for the log.
            say = [f"首次设置 / first set-up: {self._set_up}"] if self._set_up else []
            self._context.ready(url=self._url, say=say)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        await self._hub.stop()
