"""The media role: cameras in, footage and live chunks out. Several processes may share the cameras."""

import asyncio
import gc
import socket
from contextlib import closing
from pathlib import Path
from typing import Final

import structlog
import uvloop

from mingjian.media import volumes
from mingjian.media.live.afar import parsed
from mingjian.media.members.model import Fenced, Place
from mingjian.media.recorder import Recorder
from mingjian.registry.vault import open_vault
from mingjian.storage.engine import Database
from mingjian.workers.context import RoleContext
from mingjian.workers.finding import finder
from mingjian.workers.folders import MEDIA, VAULT_KEY, Folders, held, is_held, media_socket, name_of
from mingjian.workers.listening import listener
from mingjian.workers.turning import turner

DEMONSTRATION_LIMIT: Final = 5 << 30
# The first volumes are made by one process; the others wait.
_VOLUMES_WAIT_S: Final = 30.0
# Objects; usually 700.
_GARBAGE_AFTER: Final = 20_000

_log: Final = structlog.get_logger(__name__)


def run(context: RoleContext) -> None:
    """Record until `context.stop`.

    Raises MingjianError STORAGE_FAILED when the first folder for footage cannot be made.
    """
    with closing(Database(context.database_url)) as database:
        with held(_folders(context), "volumes", wait_s=_VOLUMES_WAIT_S):
            _ensure_volumes(context, database)
        # Frames come and go by the thousand and never in circles, which the collector would look for all the time.
        gc.freeze()
        gc.set_threshold(_GARBAGE_AFTER, 20, 20)
        uvloop.run(_record(context, database))


def _ensure_volumes(context: RoleContext, database: Database) -> None:
    now_us = context.clock.now_us()
    video = context.data_dir / context.settings.media.folder
    volumes.ensure(database, video, demonstration=False, limit_bytes=None, now_us=now_us)
    if context.demonstration:
        ring = context.data_dir / "demonstration"
        volumes.ensure(database, ring, demonstration=True, limit_bytes=DEMONSTRATION_LIMIT, now_us=now_us)


async def _record(context: RoleContext, database: Database) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.call_soon_threadsafe(stop.set)

    context.stop.on_set(end)
    while not stop.is_set():
        try:
            await _recorder(context, database).run(stop, context.ready)
        except Fenced as fenced:
            # What it had is another's. It holds nothing of that any more, and begins as one that has nothing.
            _log.warning("media.begins_anew", fence=fenced.fence)


def _recorder(context: RoleContext, database: Database) -> Recorder:
    folders, allowed = _folders(context), context.settings.media.allowed_networks
    return Recorder(
        database,
        context.settings.media,
        context.clock,
        open_vault(context.data_dir / VAULT_KEY),
        socket_path=str(media_socket(folders, context.member)),
        floor_bytes=context.settings.store.floor_mb << 20,
        listen=listener(allowed, context.clock),
        member=context.member,
        place=Place(socket.gethostname(), place_of(context.run_dir)),
        is_gone=lambda number: not is_held(folders, name_of(MEDIA, number)),
        live_at=_live_at(context),
        answers={**finder(allowed, context.clock), **turner(allowed, context.clock)},
    )


def _live_at(context: RoleContext) -> tuple[str, int] | None:
    """Processes of one machine take ports one after the other."""
    if not context.settings.media.live_address:
        return None
    host, port = parsed(context.settings.media.live_address)
    return host, port + context.member - 1


def place_of(run_dir: Path) -> str:
    """Names a run directory, not its path alone: two containers may have the same path, and the same host name."""
    found = run_dir.stat()
    return f"{run_dir} {found.st_dev}:{found.st_ino}"


def _folders(context: RoleContext) -> Folders:
    return Folders(context.data_dir, context.run_dir)
