"""The live end of a channel inside `media`: frames since the last key frame, and whoever listens."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, Protocol

from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.formats import fmp4
from mingjian.media.formats.fmp4 import PictureRun
from mingjian.media.formats.frames import Frame, Sound, SoundParameters, VideoParameters
from mingjian.media.live.wire import Kind
from mingjian.media.store import ChannelStatus

# A camera that sends a key frame once a minute must not fill the memory; a viewer then waits for the next one.
MAX_GROUP_BYTES: Final = 16 << 20
_USUAL_TICKS: Final = 3600


class Listener(Protocol):
    """Where live chunks go. `format` comes before each init segment."""

    def format(self, parameters: VideoParameters) -> None: ...

    def picture(self, kind: Kind, wall_us: int, media: bytes) -> None: ...

    def sound(self, wall_us: int, piece: bytes) -> None: ...

    def state(self, status: ChannelStatus) -> None: ...


class Feed:
    """Keeps the frames since the last key frame and makes live chunks of them for listeners.

    Live chunks are made only while somebody listens: recording pays for a list append.
    """

    def __init__(self, on_watched: Callable[[bool], None]) -> None:
        """`on_watched` is told when the first listener comes and when the last one leaves."""
        self._on_watched = on_watched
        self._group: list[tuple[Frame, int]] = []
        self._group_bytes = 0
        self._running = False
        self._last_ticks = 0
        self._listeners: list[Listener] = []
        self._parameters: VideoParameters | None = None
        self._sound: SoundParameters | None = None
        self._base_ticks = 0
        self._sequence = 0
        self._step = _USUAL_TICKS
        self._status: ChannelStatus | None = None

    @property
    def watched(self) -> bool:
        return bool(self._listeners)

    def push(self, frame: Frame, wall_us: int) -> None:
        if frame.key:
            self._group = [(frame, wall_us)]
            self._group_bytes = len(frame.data)
            self._running = True
        elif not self._running:
            return
        else:
            step = frame.ticks - self._last_ticks
            if 0 < step < TICKS_PER_SECOND:
                self._step = step
            if self._group:
                self._group.append((frame, wall_us))
                self._group_bytes += len(frame.data)
                if self._group_bytes > MAX_GROUP_BYTES:
                    self._group = []  # those who watch go on; who joins now waits for the next key frame
        self._last_ticks = frame.ticks
        if self._listeners:
            self._send(frame, wall_us)

    def hear(self, parameters: SoundParameters, pieces: list[Sound], moment_us: Callable[[int], int | None]) -> None:
        """Sound, for whoever listens now; `moment_us` gives recorded time of media time."""
        if parameters != self._sound:
            self._sound = parameters
            if self._parameters is not None:
                self._introduce(self._listeners, self._parameters)
        if not self._listeners:
            return
        for piece in pieces:
            wall_us = moment_us(piece.ticks)
            if wall_us is not None:
                for listener in self._listeners:
                    listener.sound(wall_us, piece.data)

    def interrupted(self) -> None:
        """The connection ended: nothing here can be continued."""
        self._sound = None
        self._group = []
        self._running = False
        self._parameters = None

    def state_changed(self, status: ChannelStatus) -> None:
        self._status = status
        for listener in self._listeners:
            listener.state(status)

    def join(self, listener: Listener) -> Callable[[], None]:
        """Send state, init and everything since the last key frame to `listener`, then go on; returns how to leave."""
        if self._status is not None:
            listener.state(self._status)
        if self._group:
            if self._parameters != self._group[0][0].parameters:
                self._begin(self._group[0][0])
            self._introduce([listener], self._group[0][0].parameters)
            for frame, wall_us in self._group:
                self._send_to([listener], frame, wall_us)
        elif self._parameters is not None:
            self._introduce([listener], self._parameters)
        self._listeners = [*self._listeners, listener]
        self._on_watched(True)
        return lambda: self._leave(listener)

    def _leave(self, listener: Listener) -> None:
        self._listeners = [one for one in self._listeners if one is not listener]
        self._on_watched(self.watched)

    def _begin(self, frame: Frame) -> None:
        self._parameters = frame.parameters
        self._base_ticks = frame.ticks

    def _introduce(self, listeners: list[Listener], parameters: VideoParameters) -> None:
        init = fmp4.init(parameters)
        for listener in listeners:
            listener.format(replace(parameters, sound=self._sound))
            listener.picture(Kind.INIT, 0, init)

    def _send(self, frame: Frame, wall_us: int) -> None:
        if frame.key and (frame.parameters != self._parameters or frame.ticks < self._base_ticks):
            self._begin(frame)
            self._introduce(self._listeners, frame.parameters)
        if self._parameters is not None:
            self._send_to(self._listeners, frame, wall_us)

    def _send_to(self, listeners: list[Listener], frame: Frame, wall_us: int) -> None:
        self._sequence = self._sequence + 1 & 0xFFFFFFFF
        ticks = max(0, frame.ticks - self._base_ticks)
        picture = PictureRun(ticks, [frame.data], [self._step], [frame.key], [frame.shift], [frame.leading])
        chunk = fmp4.fragment(self._sequence, picture)
        kind = Kind.KEY if frame.key else Kind.CHUNK
        for listener in listeners:
            listener.picture(kind, wall_us, chunk)
