"""When sockets of cameras are read. Measured: this decides half of what a camera costs.

Waking for every burst of a camera costs more than parsing it. A camera that nobody watches is therefore read ten
times a second, all of them in one turn of the loop: the kernel's buffer holds the tenth of a second in between.
Cameras that somebody watches are read twenty times a second, again in one turn: that adds 25 ms to the delay of a
picture, and all chunks leave in one write. A camera that is still answering requests is read as data arrives.
"""

import asyncio
from typing import Final, Protocol

TICK_S: Final = 0.1
WATCHED_TICK_S: Final = 0.05
READ_SIZE: Final = 1 << 18
# Reads in a row from one camera: one that sends without end must not keep the others waiting.
MAX_READS: Final = 4


class Readable(Protocol):
    def fileno(self) -> int: ...

    def readable(self, buffer: memoryview) -> None: ...


class _Round:
    """Connections that are read together, every `interval_s`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, interval_s: float, buffer: memoryview) -> None:
        self._loop = loop
        self._interval_s = interval_s
        self._buffer = buffer
        self._members: dict[Readable, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def join(self, connection: Readable) -> None:
        self._members[connection] = None
        if self._timer is None:
            self._timer = self._loop.call_later(self._interval_s, self._tick)

    def leave(self, connection: Readable) -> None:
        self._members.pop(connection, None)

    def _tick(self) -> None:
        self._timer = self._loop.call_later(self._interval_s, self._tick) if self._members else None
        for connection in list(self._members):
            connection.readable(self._buffer)


class Reading:
    """Reads every connection of one packet loop, through one buffer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._buffer = memoryview(bytearray(READ_SIZE))
        self._prompt: set[Readable] = set()
        self._unwatched = _Round(loop, TICK_S, self._buffer)
        self._watched = _Round(loop, WATCHED_TICK_S, self._buffer)

    def promptly(self, connection: Readable) -> None:
        """Read this connection as data arrives."""
        self.forget(connection)
        self._prompt.add(connection)
        self._loop.add_reader(connection.fileno(), connection.readable, self._buffer)

    def by_tick(self, connection: Readable, *, watched: bool) -> None:
        """Read this connection ten times a second, or twenty times when it is watched."""
        self.forget(connection)
        (self._watched if watched else self._unwatched).join(connection)

    def forget(self, connection: Readable) -> None:
        if connection in self._prompt:
            self._prompt.discard(connection)
            self._loop.remove_reader(connection.fileno())
        self._unwatched.leave(connection)
        self._watched.leave(connection)
