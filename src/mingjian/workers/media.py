"""The media role: cameras in, footage and live chunks out."""

import asyncio
from contextlib import closing
from typing import Final

import uvloop

from mingjian.media import volumes
from mingjian.media.model import Volume
from mingjian.media.recorder import Recorder
from mingjian.registry.vault import open_vault
from mingjian.storage.engine import Database
from mingjian.workers.context import RoleContext
from mingjian.workers.folders import MEDIA_SOCKET, VAULT_KEY

DEMONSTRATION_LIMIT: Final = 5 << 30


def run(context: RoleContext) -> None:
    """Record until `context.stop`.

    Raises MingjianError VOLUME_MISSING or STORAGE_FAILED when footage cannot be kept where it should be.
    """
    with closing(Database(context.database_url)) as database:
        recorder = Recorder(
            database,
            context.settings.media,
            context.clock,
            open_vault(context.data_dir / VAULT_KEY),
            footage=_footage(context, database),
            demonstration=_demonstration(context, database) if context.demonstration else None,
            socket_path=str(context.run_dir / MEDIA_SOCKET),
        )
        uvloop.run(_record(context, recorder))


def _footage(context: RoleContext, database: Database) -> Volume:
    path = context.data_dir / context.settings.media.folder
    return volumes.ensure(database, path, demonstration=False, limit_bytes=None, now_us=context.clock.now_us())


def _demonstration(context: RoleContext, database: Database) -> Volume:
    return volumes.ensure(
        database,
        context.data_dir / "demonstration",
        demonstration=True,
        limit_bytes=DEMONSTRATION_LIMIT,
        now_us=context.clock.now_us(),
    )


async def _record(context: RoleContext, recorder: Recorder) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def end() -> None:
        loop.call_soon_threadsafe(stop.set)

    context.stop.on_set(end)
    await recorder.run(stop, context.ready)
