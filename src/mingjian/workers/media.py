"""The media role: cameras in, footage and live chunks out."""

import asyncio
from contextlib import closing
from typing import Final

import uvloop

from mingjian.media import volumes
from mingjian.media.recorder import Recorder
from mingjian.registry.vault import open_vault
from mingjian.storage.engine import Database
from mingjian.workers.context import RoleContext
from mingjian.workers.folders import MEDIA_SOCKET, VAULT_KEY
from mingjian.workers.listening import listener

DEMONSTRATION_LIMIT: Final = 5 << 30


def run(context: RoleContext) -> None:
    """Record until `context.stop`.

    Raises MingjianError STORAGE_FAILED when the first folder for footage cannot be made.
    """
    with closing(Database(context.database_url)) as database:
        _ensure_volumes(context, database)
        recorder = Recorder(
            database,
            context.settings.media,
            context.clock,
            open_vault(context.data_dir / VAULT_KEY),
            socket_path=str(context.run_dir / MEDIA_SOCKET),
            floor_bytes=context.settings.store.floor_mb << 20,
            listen=listener(context.settings.media.allowed_networks, context.clock),
        )
        uvloop.run(_record(context, recorder))


def _ensure_volumes(context: RoleContext, database: Database) -> None:
    now_us = context.clock.now_us()
    video = context.data_dir / context.settings.media.folder
    volumes.ensure(database, video, demonstration=False, limit_bytes=None, now_us=now_us)
    if context.demonstration:
        ring = context.data_dir / "demonstration"
        volumes.ensure(database, ring, demonstration=True, limit_bytes=DEMONSTRATION_LIMIT, now_us=now_us)


async def _record(context: RoleContext, recorder: Recorder) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.call_soon_threadsafe(stop.set)

    context.stop.on_set(end)
    await recorder.run(stop, context.ready)
