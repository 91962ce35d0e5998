"""A line to one camera: connected, watched, and connected again. Lives in the packet loop."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.media.errors import CODEC_UNSUPPORTED, CREDENTIALS_REFUSED, PATH_UNKNOWN, TRANSPORT_REFUSED
from mingjian.media.ingest.attempts import Attempts, Pause
from mingjian.media.ingest.connection import ClockSink, Connection, FrameSink, SoundSink, Transport, connect, watch
from mingjian.media.ingest.networks import Network
from mingjian.media.ingest.reading import Reading
from mingjian.media.ingest.source import Source

# A connection that held this long was good: the next failure starts the back-off anew.
STEADY_S: Final = 30.0
_REFUSALS: Final = frozenset({CREDENTIALS_REFUSED.code, PATH_UNKNOWN.code, CODEC_UNSUPPORTED.code})


@dataclass(frozen=True, slots=True)
class Exchange:
    """What all lines of a process share."""

    networks: list[Network]
    clock: Clock
    reading: Reading
    attempts: Attempts


@dataclass(frozen=True, slots=True)
class Sinks:
    """Where what comes over a line goes.

    `over`: a connection ended that had stood, for whatever reason; `failed`: why the last attempt or connection ended.
    """

    frames: FrameSink
    sound: SoundSink
    over: Callable[[], None]
    failed: Callable[[MingjianError], None]
    clock: ClockSink | None = None


class Line:
    """Tries until it is stopped: with pauses that grow, and in datagrams where the camera refuses TCP."""

    def __init__(self, source: Source, sinks: Sinks, exchange: Exchange) -> None:
        self.source = source
        self.connection: Connection | None = None
        self._sinks = sinks
        self._exchange = exchange
        self._transport = source.transport or Transport.TCP
        self._watched = False
        self._brought = False
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        return self._task is not None

    def start(self, name: str) -> None:
        self._task = asyncio.create_task(self._run(), name=name)

    def leave(self) -> asyncio.Task[None] | None:
        """End the connection; the task returned, if any, has then come to its end."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
        return task

    async def stop(self) -> None:
        """End the connection; on return it is over."""
        task = self.leave()
        if task is not None:
            await asyncio.wait({task})

    def watched(self, watched: bool) -> None:
        """Whether somebody watches: then frames are taken more often."""
        self._watched = watched
        if self.connection is not None:
            self.connection.watched(watched)

    async def _run(self) -> None:
        pause, clock = Pause(), self._exchange.clock
        while True:
            await self._exchange.attempts.turn()
            began = clock.monotonic()
            error = await self._once()
            if self._other_transport(error):
                continue
            self._sinks.failed(error)
            if clock.monotonic() - began > STEADY_S:
                pause.restart()
            await asyncio.sleep(pause.next_s(refused=error.code in _REFUSALS))

    def _other_transport(self, error: MingjianError) -> bool:
        """Whether to try at once in datagrams: the camera refuses TCP, and nobody has said that it must be that."""
        if self.source.transport is not None:
            return False
        refused = error.code == TRANSPORT_REFUSED.code and self._transport is Transport.TCP
        if refused:
            self._transport = Transport.UDP
        elif not self._brought:
            self._transport = Transport.TCP
        return refused

    async def _once(self) -> MingjianError:
        source, sinks, exchange = self.source, self._sinks, self._exchange
        self._brought = False
        try:
            connection = await connect(
                source.url,
                source.credentials,
                sinks.frames,
                allowed=exchange.networks,
                clock=exchange.clock,
                reading=exchange.reading,
                clock_sink=sinks.clock,
                sound_sink=sinks.sound,
                transport=self._transport,
            )
        except MingjianError as error:
            return error
        self.connection = connection
        connection.watched(self._watched)
        try:
            return await watch(connection, source.url, exchange.clock)
        finally:
            self._brought = connection.frames > 0
            self.connection = None
            sinks.over()
