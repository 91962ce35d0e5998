"""When sockets of cameras are read. Measured: this decides half of what a camera costs.

Waking for every burst of a camera costs more than parsing it. A camera that nobody watches is therefore read six
times a second, all of them in one turn of the loop: the kernel's buffer holds what comes in between. Cameras that
somebody watches are read twice as often, every other time together with the rest: that adds 40 ms to the delay of a
picture, and its two chunks leave in one write. A camera that is still answering requests is read as data arrives.
"""

import asyncio
from typing import Final, Protocol

WATCHED_TICK_S: Final = 0.08
TICK_S: Final = 2 * WATCHED_TICK_S
READ_SIZE: Final = 1 << 18
# Reads in a row from one camera: one that sends without end must not keep the others waiting.
MAX_READS: Final = 4


class Readable(Protocol):
    def fileno(self) -> int: ...

    def readable(self, buffer: memoryview) -> None: ...


class Reading:
    """Reads every connection of one packet loop, through one buffer and by one timer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._buffer = memoryview(bytearray(READ_SIZE))
        self._prompt: set[Readable] = set()
        self._unwatched: dict[Readable, None] = {}
        self._watched: dict[Readable, None] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._turn = 0

    def promptly(self, connection: Readable) -> None:
        """Read this connection as data arrives."""
        self.forget(connection)
        self._prompt.add(connection)
        self._loop.add_reader(connection.fileno(), connection.readable, self._buffer)

    def by_tick(self, connection: Readable, *, watched: bool) -> None:
        """Read this connection every TICK_S, or every WATCHED_TICK_S when it is watched."""
        self.forget(connection)
        (self._watched if watched else self._unwatched)[connection] = None
        if self._timer is None:
            self._timer = self._loop.call_later(WATCHED_TICK_S, self._tick)

    def forget(self, connection: Readable) -> None:
        if connection in self._prompt:
            self._prompt.discard(connection)
            self._loop.remove_reader(connection.fileno())
        self._unwatched.pop(connection, None)
        self._watched.pop(connection, None)

    def _tick(self) -> None:
        """Watched connections each time, the others every other time: never a waking of their own."""
        interval_s = WATCHED_TICK_S if self._watched else TICK_S
        self._timer = self._loop.call_later(interval_s, self._tick) if self._watched or self._unwatched else None
        self._turn ^= 1
        due = [*self._watched, *self._unwatched] if self._turn or not self._watched else list(self._watched)
        for connection in due:
            connection.readable(self._buffer)
