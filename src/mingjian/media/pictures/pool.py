"""Decoding in processes of their own: a few, bounded, begun when wanted and gone when nothing is asked.

Lives in one event loop (that of the API). Whatever a stream does to a decoder costs that decoder: it is killed, and the
next picture gets another.
"""

import asyncio
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.media.pictures import decoder
from mingjian.media.pictures.decoder import Decoded, Order, Status
from mingjian.media.pictures.errors import BUSY, DECODER_DOWN, TOO_FAR, TOO_LARGE, TOO_SLOW, UNDECODABLE
from mingjian.media.pictures.metrics import FAILED, SECONDS

MOST_WAITING: Final = 48
MOST_WAITING_BYTES: Final = 96 << 20
IDLE_S: Final = 60.0
START_S: Final = 20.0
_PROGRAM: Final = Path(decoder.__file__)


@dataclass(frozen=True, slots=True)
class Work:
    """A movie, what to decode of it, and how long that may take."""

    movie: bytes
    order: Order
    limit_s: float = 10.0


@dataclass(slots=True, eq=False)
class _Task:
    work: Work
    key: Hashable
    future: asyncio.Future[Decoded]
    waiting: int = field(default=0)


class Decoders:
    """Up to `processes` decoders. `idle_s`: how long one waits for more before it ends."""

    def __init__(self, processes: int = 1, idle_s: float = IDLE_S) -> None:
        self._most = processes
        self._idle_s = idle_s
        self._urgent: deque[_Task] = deque()
        self._usual: deque[_Task] = deque()
        self._by_key: dict[Hashable, _Task] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._busy = 0
        self._bytes = 0
        self._ready = asyncio.Event()
        self.processes: set[int] = set()
        """Ids of the processes that run now."""

    async def decode(self, work: Work, *, urgent: bool = False, key: Hashable = None) -> Decoded:
        """The picture; who asks for the same `key` while it is made shares it. What nobody waits for is not decoded.

        Of what is not urgent, the newest comes first: the pointer has left the older ones behind.

        Raises MingjianError UNDECODABLE, TOO_LARGE, TOO_FAR, TOO_SLOW, BUSY or DECODER_DOWN.
        """
        task = self._by_key.get(key) if key is not None else None
        if task is None:
            task = self._enqueue(work, key, urgent=urgent)
        task.waiting += 1
        try:
            return await asyncio.shield(task.future)
        finally:
            task.waiting -= 1
            if not task.waiting:
                self._abandon(task)

    def _enqueue(self, work: Work, key: Hashable, *, urgent: bool) -> _Task:
        waiting = len(self._urgent) + len(self._usual)
        if waiting >= MOST_WAITING or self._bytes + len(work.movie) > MOST_WAITING_BYTES:
            FAILED.inc(reason="busy")
            raise MingjianError(BUSY, retry_after_s=1)
        task = _Task(work, key, asyncio.get_running_loop().create_future())
        self._bytes += len(work.movie)
        (self._urgent if urgent else self._usual).append(task)
        if key is not None:
            self._by_key[key] = task
        self._ready.set()
        idle = len(self._workers) - self._busy
        if waiting + 1 > idle and len(self._workers) < self._most:
            worker = asyncio.create_task(self._work(), name="decoder")
            self._workers.add(worker)
        return task

    def _abandon(self, task: _Task) -> None:
        """Nobody waits any more: whoever asks again begins again."""
        if self._by_key.get(task.key) is task:
            del self._by_key[task.key]
        task.future.cancel()
        for queue in (self._urgent, self._usual):
            with suppress(ValueError):
                queue.remove(task)
                self._bytes -= len(task.work.movie)

    # Workers

    async def _work(self) -> None:
        process: _Process | None = None
        try:
            while (task := await self._next()) is not None:
                self._busy += 1
                try:
                    process = await self._do(task, process)
                finally:
                    self._busy -= 1
                    if not task.future.done():  # the loop ends, or a defect of ours
                        task.future.cancel()
        finally:
            self._workers.discard(asyncio.current_task())
            if process is not None:
                self._end(process)

    async def _next(self) -> _Task | None:
        while not (self._urgent or self._usual):
            self._ready.clear()
            try:
                async with asyncio.timeout(self._idle_s):
                    await self._ready.wait()
            except TimeoutError:
                if not (self._urgent or self._usual):
                    return None
        task = self._urgent.popleft() if self._urgent else self._usual.pop()
        self._bytes -= len(task.work.movie)
        return task

    async def _do(self, task: _Task, process: "_Process | None") -> "_Process | None":
        """Decode; returns the process while it is good for another."""
        begun = time.perf_counter()
        try:
            if process is None:
                process = await self._begin()
            async with asyncio.timeout(task.work.limit_s):
                made = await process.ask(task.work)
        except MingjianError as error:
            FAILED.inc(reason=error.code.partition(".")[2])
            _refuse(task, error)
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            slow = isinstance(error, TimeoutError)
            FAILED.inc(reason="too_slow" if slow else "died")
            _refuse(
                task, MingjianError(TOO_SLOW, seconds=round(task.work.limit_s)) if slow else MingjianError(UNDECODABLE)
            )
            if process is not None:
                self._end(process)
            return None
        except BaseException:
            if process is not None:
                self._end(process)
            raise
        else:
            SECONDS.observe(time.perf_counter() - begun)
            if not task.future.done():
                task.future.set_result(made)
        return process

    async def _begin(self) -> "_Process":
        process = await _Process.begin()
        self.processes.add(process.pid)
        return process

    def _end(self, process: "_Process") -> None:
        self.processes.discard(process.pid)
        process.end()


def _refuse(task: _Task, error: MingjianError) -> None:
    if not task.future.done():
        task.future.set_exception(error)


_PROBLEMS: Final = {Status.UNDECODABLE: UNDECODABLE, Status.TOO_LARGE: TOO_LARGE, Status.TOO_MANY: TOO_FAR}


class _Process:
    """One decoder at the other end of a socket."""

    def __init__(
        self, popen: subprocess.Popen[bytes], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._popen = popen
        self._reader = reader
        self._writer = writer

    @property
    def pid(self) -> int:
        return self._popen.pid

    @classmethod
    async def begin(cls) -> "_Process":
        """Raises MingjianError DECODER_DOWN."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        try:
            with theirs:
                popen = subprocess.Popen(  # noqa: ASYNC220, S603 - our own program; returns as soon as the program is loaded
                    [sys.executable, "-I", "-B", str(_PROGRAM)],
                    stdin=theirs.fileno(),
                    stdout=theirs.fileno(),
                    stderr=subprocess.DEVNULL,
                    env={},
                )
        except OSError as error:
            ours.close()
            raise MingjianError(DECODER_DOWN, reason=error.strerror or str(error)) from error
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        process = cls(popen, reader, writer)
        try:
            async with asyncio.timeout(START_S):
                await reader.readexactly(len(decoder.READY))
        except (TimeoutError, OSError, asyncio.IncompleteReadError) as error:
            process.end()
            raise MingjianError(DECODER_DOWN, reason=str(error) or type(error).__name__) from error
        except BaseException:
            process.end()
            raise
        return process

    async def ask(self, work: Work) -> Decoded:
        """Raises MingjianError for a picture that there is not, OSError or IncompleteReadError where it died."""
        self._writer.write(work.order.pack(len(work.movie)))
        self._writer.write(work.movie)
        await self._writer.drain()
        head = await self._reader.readexactly(decoder.REPLY.size)
        status, damaged, width, height, ticks, size = decoder.REPLY.unpack(head)
        if status != Status.DONE:
            raise MingjianError(_PROBLEMS[Status(status)], seconds=round(work.limit_s))
        if size > decoder.MAX_PICTURE:
            raise ConnectionError("a decoder that promises too much")
        return Decoded(await self._reader.readexactly(size), width, height, ticks, bool(damaged))

    def end(self) -> None:
        """Kill it; it has nothing to lose."""
        self._writer.transport.abort()
        self._popen.kill()
        self._popen.wait()
