"""Lets fragments through while the plan wants them, and keeps the last ones in memory for what comes before. Pure."""

from collections import deque
from dataclasses import replace
from typing import Final

from mingjian.kernel.intervals import Span
from mingjian.media.formats import fmp4
from mingjian.media.keep.model import ChannelRecording, PlanKind
from mingjian.media.keep.plan import planned, wanted_at
from mingjian.media.model import Fragment, GapCause

MAX_KEPT_BYTES: Final = 32 << 20
_SECOND_US: Final = 1_000_000
_EVENTS_KEPT: Final = 64


class Gate:
    """One channel's. What it lets through begins with a key frame, in a segment of its own, and ends before one: so
    what it begins with next time is never a part that is missing its beginning.

    Footage before an event is what memory holds: at least from a key frame on, so that the first moment that is wanted
    is there even when it falls between two key frames.
    """

    def __init__(self, recording: ChannelRecording) -> None:
        self._recording = recording
        self._events_us: deque[int] = deque(maxlen=_EVENTS_KEPT)
        self._kept: deque[Fragment] = deque()
        self._kept_bytes = 0
        self._base_ticks = 0
        self.no_room = False
        self.open = False

    @property
    def recording(self) -> ChannelRecording:
        return self._recording

    @property
    def why_not(self) -> GapCause:
        """The cause of a gap that the gate makes."""
        return GapCause.DISK if self.no_room else GapCause.PLAN

    def change(self, recording: ChannelRecording) -> None:
        self._recording = recording

    def event(self, at_us: int) -> None:
        """Something happened: the plan `event` wants what is around it."""
        if at_us not in self._events_us:
            self._events_us.append(at_us)

    def wants(self, moment_us: int) -> bool:
        return not self.no_room and wanted_at(self._recording, self._events_us, moment_us)

    def push(self, fragment: Fragment) -> list[Fragment]:
        """What is to be written now, in order: nothing, this fragment, or what was kept before it too."""
        wanted = self._wants_any_of(fragment)
        if self.open and (wanted or not (fragment.key or self.no_room)):
            return [self._rebased(fragment)]
        self.open = False
        if not wanted:
            self._keep(fragment)
            return []
        self._keep(fragment)
        kept, first = list(self._kept), self._first_wanted()
        if first is None:
            return []
        self._forget()
        self.open = True
        self._base_ticks = kept[first].start_ticks - (fmp4.LEAD_TICKS if kept[first].parameters.sound else 0)
        head = replace(kept[first], opens=True)
        return [self._moved(head), *(self._rebased(one) for one in kept[first + 1 :])]

    def _wants_any_of(self, fragment: Fragment) -> bool:
        if self.no_room:
            return False
        if self._recording.plan is PlanKind.ALWAYS:
            return True
        span = Span(fragment.start_us, fragment.start_us + max(1, fragment.duration_us))
        return bool(planned(self._recording, self._events_us, span))

    def _first_wanted(self) -> int | None:
        """The last key frame at or before the first fragment that is wanted; or the first key frame behind it."""
        first: int | None = None
        for index, one in enumerate(self._kept):
            wanted = self._wants_any_of(one)
            if one.key:
                first = index
            if wanted and first is not None:
                return first
        return None

    def _keep(self, fragment: Fragment) -> None:
        if self._kept and self._kept[-1].clock_epoch != fragment.clock_epoch:
            self._forget()  # a segment has one epoch
        self._kept.append(fragment)
        self._kept_bytes += len(fragment.data)
        before_us = fragment.start_us - self._recording.pre_roll_s * _SECOND_US
        while self._kept_bytes > MAX_KEPT_BYTES or self._has_older_key_frame(before_us):
            self._kept_bytes -= len(self._kept.popleft().data)

    def _has_older_key_frame(self, before_us: int) -> bool:
        """Whether the oldest fragment is not needed: another key frame follows that is old enough too."""
        if self._recording.plan is not PlanKind.EVENT:
            before_us = self._kept[-1].start_us
        following = (one for index, one in enumerate(self._kept) if index)
        return any(one.key and one.start_us <= before_us for one in following)

    def _forget(self) -> None:
        self._kept.clear()
        self._kept_bytes = 0

    def _rebased(self, fragment: Fragment) -> Fragment:
        if fragment.opens:
            self._base_ticks = 0
        return self._moved(fragment)

    def _moved(self, fragment: Fragment) -> Fragment:
        """Counted from the first fragment that was let through, where the gate opened within a segment."""
        if not self._base_ticks:
            return fragment
        ticks = fragment.start_ticks - self._base_ticks
        return replace(
            fragment, start_ticks=ticks, data=fmp4.with_decode_time(fragment.data, ticks, fragment.parameters.sound)
        )
