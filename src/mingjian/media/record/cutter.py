"""Cut the frames of one connection into fragments and segments. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Final

from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.formats import fmp4
from mingjian.media.formats.fmp4 import PictureRun
from mingjian.media.formats.frames import Frame, Sound, SoundParameters, VideoParameters
from mingjian.media.model import Fragment
from mingjian.media.record.soundtrack import SoundTrack
from mingjian.media.recorded_time import RecordedTime

MAX_FRAGMENT_BYTES: Final = 8 << 20
# A camera may stamp its frames a tick apart; the index counts the frames of a fragment in 16 bits.
MAX_FRAGMENT_FRAMES: Final = 1_000
# Without a key frame for so long nothing more is kept until one comes: playback looks back half an hour at most.
MAX_SEGMENT_TICKS: Final = 1_500 * TICKS_PER_SECOND
# Key frames that come faster do not each begin a fragment: cameras that send nothing but key frames exist.
MIN_KEYED_TICKS: Final = TICKS_PER_SECOND // 2
# A frame that would stay longer is a stall of the camera: the stall is no picture.
MAX_FRAME_TICKS: Final = 2 * TICKS_PER_SECOND
# Media time that goes back, or leaps by more, says nothing about wall time any more.
MAX_LEAP_TICKS: Final = 10 * TICKS_PER_SECOND
USUAL_FRAME_TICKS: Final = 3600


class Cutter:
    """Collects frames until a fragment is due, and gives it its recorded time.

    Frames before the first key frame are left out: nothing could show them. Every key frame begins a fragment
    (unless key frames come faster than every half second), and every segment begins with a key frame.
    """

    def __init__(
        self, *, fragment_ticks: int, segment_us: int, phase_us: int, not_before_us: int = 0, clock_epoch: int = 0
    ) -> None:
        """`phase_us` shifts the moments where segments end, so that a thousand cameras do not turn files at once;
        `not_before_us` is the end of what the channel has recorded already in this clock epoch: spans never overlap.
        """
        self._fragment_ticks = fragment_ticks
        self._segment_us = segment_us
        self._phase_us = phase_us
        self._end_us = not_before_us
        self._clock_epoch = self._next_epoch = clock_epoch
        self._time: RecordedTime | None = None
        self._frames: list[Frame] = []
        self._bytes = 0
        self._last_ticks = 0
        self._usual_ticks = USUAL_FRAME_TICKS
        self._segment: tuple[int, VideoParameters] | None = None  # its minute and its parameters
        self._segment_ticks = 0
        self._keyed_ticks = 0  # of the last fragment that began with a key frame
        self._start_us = 0
        self._sequence = 0
        self._opens = False
        self._sound: SoundParameters | None = None
        self._heard = SoundTrack()

    @property
    def waiting(self) -> int:
        """Frames collected and not yet cut."""
        return len(self._frames)

    def wall_us(self, frame: Frame) -> int:
        """Recorded time of a frame that was pushed."""
        return self._time.at(frame.ticks) if self._time else 0

    def stepped(self, clock_epoch: int) -> None:
        """The server's clock stepped. What comes goes on by the old time until a key frame can begin a segment: so
        nothing is lost.
        """
        self._next_epoch = clock_epoch
        if self._time is None:
            self._turn_epoch()

    def moment_us(self, ticks: int) -> int | None:
        """Recorded time of a moment of media time near the last frame; None before the first one."""
        return self._time.at(ticks) if self._time else None

    def hear(self, parameters: SoundParameters, pieces: Iterable[Sound]) -> None:
        """Take sound that goes with the frames. It is in the file from the next segment on."""
        if parameters != self._sound:
            self._sound = parameters
        if self._segment is not None and self._segment[1].sound == parameters:
            self._heard.push(pieces)

    def silent(self) -> None:
        """There is no sound any more: the connection that brought it ended."""
        self._sound = None
        self._heard.drop()

    def push(self, frame: Frame, arrival_us: int) -> Fragment | None:
        """Take the next frame; return the fragment that it completes, if it does."""
        step = frame.ticks - self._last_ticks
        self._last_ticks = frame.ticks
        if self._time is not None and 0 < step <= MAX_LEAP_TICKS:
            if self._next_epoch == self._clock_epoch:
                self._time.observe(frame.ticks, arrival_us)
                return self._continue(frame, step)
            if not frame.key and self._segment is not None:
                return self._continue(frame, step)
        fragment = self._cut(step) if self._frames and 0 < step <= MAX_FRAME_TICKS else self.finish()
        self._turn_epoch()
        self._time = RecordedTime(frame.ticks, max(arrival_us, self._end_us))
        self._segment = None
        self._begin(frame)
        return fragment

    def _turn_epoch(self) -> None:
        if self._next_epoch != self._clock_epoch:
            self._clock_epoch, self._end_us = self._next_epoch, 0

    def finish(self) -> Fragment | None:
        """What is left when the connection ends; its last frame gets the usual duration."""
        return self._cut(self._usual_ticks) if self._frames else None

    def settle(self) -> Fragment | None:
        """What is certain while a connection is silent: all but the last frame, whose duration nobody knows yet."""
        if len(self._frames) < 2:
            return None
        last = self._frames.pop()
        fragment = self._cut(last.ticks - self._frames[-1].ticks)
        self._begin(last)
        return fragment

    def interrupted(self) -> None:
        """The connection ended: media time of the next one has nothing to do with this one's."""
        self.restart()
        self._time = None
        self._turn_epoch()

    def restart(self) -> None:
        """Forget what was collected: the next segment begins with the next key frame."""
        self._frames = []
        self._segment = None
        self._heard.drop()

    def _continue(self, frame: Frame, step: int) -> Fragment | None:
        if not self._frames:
            self._begin(frame)
            return None
        if not self._due(frame, step):
            self._usual_ticks = step
            self._frames.append(frame)
            self._bytes += len(frame.data)
            return None
        fragment = self._cut(min(step, self._usual_ticks) if step > MAX_FRAME_TICKS else step)
        self._begin(frame)
        return fragment

    def _due(self, frame: Frame, step: int) -> bool:
        collected = frame.ticks - self._frames[0].ticks
        if frame.key and (frame.ticks - self._keyed_ticks >= MIN_KEYED_TICKS or self._turns(frame)):
            return True
        return (
            collected >= self._fragment_ticks
            or step > MAX_FRAME_TICKS
            or self._bytes + len(frame.data) > MAX_FRAGMENT_BYTES
            or len(self._frames) >= MAX_FRAGMENT_FRAMES
        )

    def _begin(self, frame: Frame) -> None:
        if frame.key and self._turns(frame):
            self._segment = self._minute(frame), self._parameters(frame)
            self._segment_ticks = frame.ticks
            self._heard.begin(frame.ticks, self._sound)
            self._sequence = 0
            self._opens = True
        elif frame.ticks - self._segment_ticks > MAX_SEGMENT_TICKS:
            self._segment = None
        if self._segment is not None:
            if frame.key:
                self._keyed_ticks = frame.ticks
            self._frames = [frame]
            self._bytes = len(frame.data)
            # Fixed here: looked up again after a turn of the window, it could reach into the last fragment.
            self._start_us = self.wall_us(frame)

    def _turns(self, frame: Frame) -> bool:
        """Whether this key frame begins a new segment: its minute came, or its parameters changed."""
        return self._segment != (self._minute(frame), self._parameters(frame))

    def _parameters(self, frame: Frame) -> VideoParameters:
        return replace(frame.parameters, sound=self._sound) if self._sound else frame.parameters

    def _minute(self, frame: Frame) -> int:
        return (self.wall_us(frame) + self._phase_us) // self._segment_us

    def _cut(self, last_duration: int) -> Fragment:
        assert self._time is not None
        assert self._segment is not None
        frames, self._frames = self._frames, []
        durations = [following.ticks - one.ticks for one, following in pairwise(frames)]
        durations.append(last_duration)
        lead_ticks = fmp4.LEAD_TICKS if self._segment[1].sound else 0
        start_ticks, total = frames[0].ticks - self._segment_ticks + lead_ticks, sum(durations)
        self._sequence += 1
        picture = PictureRun(
            start_ticks,
            [one.data for one in frames],
            durations,
            [one.key for one in frames],
            [one.shift for one in frames],
            [one.leading for one in frames],
        )
        data = fmp4.fragment(self._sequence, picture, self._start_us, self._heard.take())
        self._end_us = max(self._time.at(frames[0].ticks + total), self._start_us)
        opens, self._opens = self._opens, False
        return Fragment(
            data,
            self._start_us,
            self._end_us - self._start_us,
            start_ticks,
            total,
            len(frames),
            frames[0].key,
            opens,
            self._segment[1],
            self._clock_epoch,
        )
