"""The small stream of a channel: received while somebody watches it and a minute longer, and never recorded."""

import asyncio
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId
from mingjian.media.formats.frames import Frame, Sound, SoundParameters, VideoParameters
from mingjian.media.ingest.line import Exchange, Line, Sinks
from mingjian.media.ingest.source import Source
from mingjian.media.live.feed import Feed
from mingjian.media.model import ChannelState
from mingjian.media.recorded_time import RecordedTime
from mingjian.media.store import ChannelStatus

# Who looks at one wall after the other comes back within a minute: the picture is there at once then.
KEEP_S: Final = 60.0
# Media time that leaps by more says nothing about wall time any more.
_MAX_LEAP_TICKS: Final = 10 * 90_000


class SubStream:
    """Connects when its feed gets a listener, and leaves KEEP_S after the last one did. Lives in the packet loop."""

    def __init__(self, channel_id: ChannelId, source: Source, exchange: Exchange) -> None:
        self.source = source
        self.feed = Feed(self._watched)
        self._channel_id = channel_id
        self._clock = exchange.clock
        self._line = Line(source, Sinks(self._take, self._hear, self._over, self._failed), exchange)
        self._time: RecordedTime | None = None
        self._last_ticks = 0
        self._picture: VideoParameters | None = None
        self._leaving: asyncio.TimerHandle | None = None

    @property
    def connected(self) -> bool:
        return self._line.connection is not None

    async def stop(self) -> None:
        """End the connection, whoever watches."""
        self._stay()
        await self._line.stop()

    def _watched(self, watched: bool) -> None:
        self._stay()
        self._line.watched(watched)
        if watched and not self._line.running:
            self._tell(ChannelState.CONNECTING, None)
            self._line.start(f"sub-stream {self._channel_id}")
        elif not watched and self._line.running:
            self._leaving = asyncio.get_running_loop().call_later(KEEP_S, self._line.leave)

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def _over(self) -> None:
        self._time = self._picture = None
        self.feed.interrupted()

    def _failed(self, error: MingjianError) -> None:
        self._tell(ChannelState.OFFLINE, error)

    def _take(self, frames: list[Frame], arrival_us: int) -> None:
        for frame in frames:
            if self._time is None or not 0 < frame.ticks - self._last_ticks <= _MAX_LEAP_TICKS:
                self._time = RecordedTime(frame.ticks, arrival_us)
            self._time.observe(frame.ticks, arrival_us)
            self._last_ticks = frame.ticks
            self.feed.push(frame, self._time.at(frame.ticks))
        if self._picture != frames[-1].parameters:
            self._picture = frames[-1].parameters
            # `standby`: there is a picture, and this one is not recorded.
            self._tell(ChannelState.STANDBY, None)

    def _hear(self, parameters: SoundParameters, pieces: list[Sound]) -> None:
        self.feed.hear(parameters, pieces, self._moment_us)

    def _moment_us(self, ticks: int) -> int | None:
        return self._time.at(ticks) if self._time else None

    def _tell(self, state: ChannelState, error: MingjianError | None) -> None:
        problem = (error.code, {key: str(value) for key, value in error.values.items()}) if error else None
        status = ChannelStatus(self._channel_id, state, self._clock.now_us(), problem, self._picture)
        self.feed.state_changed(status)
