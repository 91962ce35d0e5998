"""Tells open connections that their sign-in was ended, within a second, by one read for all of them.

Whoever ends it may be another process or another machine: signing out, an administrator, a new password, a disabled
account, a revoked token. The database is the only thing that they share.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

import structlog
from starlette.concurrency import run_in_threadpool

from mingjian.identity import service
from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Database

EVERY_S: Final = 1.0

_LOG: Final = structlog.get_logger("mingjian.api.endings")


class Endings:
    """Asks while there is somebody to tell, and not otherwise. Belongs to one event loop."""

    def __init__(self) -> None:
        self._waiting: dict[bytes, set[asyncio.Event]] = {}
        self._asking: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def told(self, database: Database, key: bytes) -> AsyncIterator[asyncio.Event]:
        """An event that is set once the session of `key` was ended."""
        event = asyncio.Event()
        self._waiting.setdefault(key, set()).add(event)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(database))
        try:
            yield event
        finally:
            self._waiting[key].discard(event)
            if not self._waiting[key]:
                del self._waiting[key]

    async def _ask(self, database: Database) -> None:
        while self._waiting:
            await asyncio.sleep(EVERY_S)
            try:
                ended = await run_in_threadpool(_ended, database, tuple(self._waiting))
            except MingjianError as error:  # asked again in a second
                _LOG.warning("cannot ask for ended sign-ins", code=error.code)
                continue
            for event in [event for key in ended for event in self._waiting.get(key, ())]:
                event.set()


def _ended(database: Database, keys: Sequence[bytes]) -> frozenset[bytes]:
    with database.read() as tx:
        return service.ended_among(tx, keys)
