"""One channel of the recorder: what comes over its line is recorded, shown and told."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import structlog

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, VolumeGroupId
from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.errors import NO_ROOM, cause_of
from mingjian.media.formats.frames import Frame, Sound, SoundParameters, VideoParameters
from mingjian.media.formats.rtsp import ClockReading
from mingjian.media.ingest.connections import ConnectionLog
from mingjian.media.ingest.line import Exchange, Line, Sinks
from mingjian.media.ingest.source import Source
from mingjian.media.keep.model import ChannelRecording
from mingjian.media.live.feed import Feed
from mingjian.media.model import ChannelState, Fragment, GapCause
from mingjian.media.record.cutter import Cutter
from mingjian.media.record.gate import Gate
from mingjian.media.record.writer import SegmentWriter
from mingjian.media.settings import MediaSettings
from mingjian.media.store import ChannelStatus

_log: Final = structlog.get_logger(__name__)


class ChannelRecorder:
    """Owns a channel's line, its cutter and its live feed. Lives in the packet loop."""

    def __init__(
        self,
        channel_id: ChannelId,
        source: Source,
        *,
        settings: MediaSettings,
        exchange: Exchange,
        writer: SegmentWriter,
        recorded_until_us: int,
        clock_epoch: int,
        gate: Gate,
        group_id: VolumeGroupId,
    ) -> None:
        self.channel_id = channel_id
        self.source = source
        clock = exchange.clock
        sinks = Sinks(self._take, self._hear, self._over, self._failed, self._take_clock)
        self._line = Line(source, sinks, exchange)
        self.feed = Feed(self._line.watched)
        self._log = ConnectionLog(channel_id, writer.later, clock)
        self._clock_epoch = clock_epoch
        self.frames = 0
        self._frames_at_tick = 0
        self._writer = writer
        self._clock = clock
        segment_us = int(settings.segment_s * 1_000_000)
        self._cutter = Cutter(
            fragment_ticks=int(settings.fragment_s * TICKS_PER_SECOND),
            segment_us=segment_us,
            phase_us=channel_id.int % segment_us,
            not_before_us=recorded_until_us,
            clock_epoch=clock_epoch,
        )
        self.gate = gate
        self.group_id = group_id
        self.open_since = clock.monotonic()
        self._missing: GapCause | None = None
        self._shut_for: GapCause | None = None
        self._missed = False
        self._state: tuple[ChannelState, str] | None = None
        self._since_us = 0
        self._picture: VideoParameters | None = None
        self._sound: SoundParameters | None = None

    def start(self) -> None:
        self._tell(ChannelState.CONNECTING, None)
        self._line.start(f"channel {self.channel_id}")

    async def stop(self) -> None:
        """End the connection; what was received is handed to the writer."""
        await self._line.stop()

    def broken(self) -> None:
        """The writer gave the segment up: begin a new one with the next key frame."""
        self._cutter.restart()

    def replan(self, recording: ChannelRecording, events_us: Sequence[int], *, no_room: bool) -> None:
        """What the plan says now, what happened, and whether the disks have room for this channel."""
        self.gate.change(recording)
        if no_room != self.gate.no_room:
            self.gate.no_room = no_room
            if self._picture is not None:
                self._tell(self._state_of_picture(), None)
        for at_us in events_us:
            self.gate.event(at_us)

    def stepped(self, clock_epoch: int) -> None:
        """The server's clock stepped: a new epoch begins with the next key frame."""
        self._clock_epoch = clock_epoch
        self._cutter.stepped(clock_epoch)

    def tick(self) -> None:
        """Once a second: hand over what waits when no frame came since, so that a silent camera costs no footage."""
        if self.frames == self._frames_at_tick and (fragment := self._cutter.settle()):
            self._keep(fragment)
        self._frames_at_tick = self.frames
        self._log.tick()
        if self._missing is not None and self._missed != self._wanted():
            # The plan's time began or ended while the camera is away.
            self._miss(self._missing)

    @property
    def connected(self) -> bool:
        """Whether pictures come in."""
        return self._missing is None and self._picture is not None

    def _hand_over(self) -> None:
        if fragment := self._cutter.finish():
            self._keep(fragment)

    def _keep(self, fragment: Fragment) -> None:
        """Hand a fragment to the writer, if the plan wants it."""
        was_open = self.gate.open
        for one in self.gate.push(fragment):
            self._writer.write(self.channel_id, one)
        if not self.gate.open:
            self._shut(self.gate.why_not)
        elif not was_open:
            self._shut_for = None
            self.open_since = self._clock.monotonic()
        no_room = self._no_room()
        if self._picture is not None and self._state != (self._state_of_picture(), no_room.code if no_room else ""):
            self._tell(self._state_of_picture(), no_room)

    def _shut(self, cause: GapCause) -> None:
        """The picture is there and not wanted: say so once for each reason."""
        if self._shut_for is not cause:
            self._shut_for = cause
            self._writer.interrupt(self.channel_id, cause, replan=True)

    def _no_room(self) -> MingjianError | None:
        return MingjianError(NO_ROOM) if self.gate.no_room and self._picture is not None else None

    def _state_of_picture(self) -> ChannelState:
        return ChannelState.RECORDING if self.gate.open or self._wanted() else ChannelState.STANDBY

    def _wanted(self) -> bool:
        return self.gate.wants(self._clock.now_us())

    def _miss(self, cause: GapCause) -> None:
        """No picture comes: the camera's gap where the plan wants one, else the plan's."""
        wanted = self._wanted()
        replan = self._missing is not None and wanted != self._missed
        self._missing, self._missed, self._shut_for = cause, wanted, None
        self._writer.interrupt(self.channel_id, cause if self._missed else self.gate.why_not, replan=replan)

    def _over(self) -> None:
        self._log.ended()
        self._hand_over()
        self._cutter.interrupted()
        self._cutter.silent()
        self._sound = None
        self.feed.interrupted()

    def _failed(self, error: MingjianError) -> None:
        self._miss(cause_of(error))
        self._tell(ChannelState.OFFLINE, error)

    def _take(self, frames: list[Frame], arrival_us: int) -> None:
        """The packet path: every frame of every camera passes here."""
        cutter, feed = self._cutter, self.feed
        for frame in frames:
            fragment = cutter.push(frame, arrival_us)
            if fragment is not None:
                self._keep(fragment)
            feed.push(frame, cutter.wall_us(frame))
        self.frames += len(frames)
        if self._picture is not frames[-1].parameters:
            self._shows(frames[-1].parameters)

    def _hear(self, parameters: SoundParameters, pieces: list[Sound]) -> None:
        """Sound that goes with the frames that follow."""
        self._cutter.hear(parameters, pieces)
        if parameters != self._sound:
            self._sound = parameters
            if self._picture is not None:
                self._tell(self._state_of_picture(), None)
        self.feed.hear(parameters, pieces, self._cutter.moment_us)

    def _take_clock(self, readings: list[ClockReading]) -> None:
        for one in readings:
            recorded_us = self._cutter.moment_us(one.ticks)
            if recorded_us is not None:
                self._log.heard(one.ntp_us, recorded_us)

    def _shows(self, parameters: VideoParameters) -> None:
        if not self._log.lasts and self._line.connection is not None:
            self._log.began(self._line.connection, self._clock_epoch)
        state = self._state_of_picture()
        self._missing = None
        if self._picture != parameters or self._state != (state, ""):
            self._picture = parameters
            self._tell(state, None)
        self._picture = parameters

    def _tell(self, state: ChannelState, error: MingjianError | None) -> None:
        error = error or self._no_room()
        said = state, error.code if error else ""
        shown = state in (ChannelState.RECORDING, ChannelState.STANDBY)
        if not shown and said == self._state:
            return
        now_us = self._clock.now_us()
        if self._state is None or self._state[0] is not state:
            self._since_us = now_us
        self._state = said
        if not shown:
            self._picture = None
        problem = (error.code, {key: str(value) for key, value in error.values.items()}) if error else None
        _log.info("channel.state", channel=str(self.channel_id), state=state.value, problem=error and error.code)
        picture = replace(self._picture, sound=self._sound) if self._picture is not None else None
        connection = self._line.connection
        left_out = connection.client.sound_left_out if connection is not None else ""
        status = ChannelStatus(self.channel_id, state, self._since_us, problem, picture, left_out)
        self._writer.status(status)
        self.feed.state_changed(status)
