"""When sockets of cameras are read. Measured: this decides half of what a camera costs.

Waking for every burst of a camera costs more than parsing it. A camera that nobody watches is therefore read ten
times a second, all of them in one turn of the loop: the kernel's buffer holds the tenth of a second in between. A
camera that somebody watches, or that is still answering requests, is read as data arrives.
"""

import asyncio
from typing import Final, Protocol

TICK_S: Final = 0.1
READ_SIZE: Final = 1 << 18
# Reads in a row from one camera: one that sends without end must not keep the others waiting.
MAX_READS: Final = 4


class Readable(Protocol):
    def fileno(self) -> int: ...

    def readable(self, buffer: memoryview) -> None: ...


class Reading:
    """Reads every connection of one packet loop, through one buffer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._buffer = memoryview(bytearray(READ_SIZE))
        self._prompt: set[Readable] = set()
        self._ticked: dict[Readable, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def promptly(self, connection: Readable) -> None:
        """Read this connection as data arrives."""
        self._ticked.pop(connection, None)
        if connection not in self._prompt:
            self._prompt.add(connection)
            self._loop.add_reader(connection.fileno(), connection.readable, self._buffer)

    def by_tick(self, connection: Readable) -> None:
        """Read this connection ten times a second."""
        self._forget_prompt(connection)
        self._ticked[connection] = None
        if self._timer is None:
            self._timer = self._loop.call_later(TICK_S, self._tick)

    def forget(self, connection: Readable) -> None:
        self._forget_prompt(connection)
        self._ticked.pop(connection, None)

    def _forget_prompt(self, connection: Readable) -> None:
        if connection in self._prompt:
            self._prompt.discard(connection)
            self._loop.remove_reader(connection.fileno())

    def _tick(self) -> None:
        self._timer = self._loop.call_later(TICK_S, self._tick) if self._ticked else None
        for connection in list(self._ticked):
            connection.readable(self._buffer)
