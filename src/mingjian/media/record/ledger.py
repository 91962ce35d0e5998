"""What the writer knows of a channel: how far it is recorded, in which clock epoch, and the gap that lasts, if any."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from mingjian.kernel.ids import ChannelId, GapId, VolumeGroupId
from mingjian.media import store
from mingjian.media.model import ClockEpoch, Fragment, Gap, GapCause
from mingjian.media.record.growing import GrowingSegment
from mingjian.media.record.lane import Lane
from mingjian.media.store import ChannelStatus
from mingjian.storage.engine import Transaction

# A silence shorter than this between two spans is jitter of a camera, not a gap.
GAP_TOLERANCE_US: Final = 500_000

Change = Callable[[Transaction], None]


@dataclass(frozen=True, slots=True)
class Lasting:
    """A gap that has not ended."""

    id: GapId
    start_us: int
    cause: GapCause
    clock_epoch: int


@dataclass(slots=True)
class Ledger:
    """One channel. Methods append what the database has to learn to `changes`, which the next commit carries.

    `ended`: the gap that the newest segment ended; it goes on if nothing of that segment reaches the disk.
    `expected`: footage may come, and has a file ready. `told` is the status that the packet loop told; while `trouble`
    (why the disk refused) lasts, another one is shown.
    """

    channel_id: ChannelId
    group_id: VolumeGroupId
    changes: list[Change]
    new_id: Callable[[], GapId]
    end_us: int
    clock_epoch: int
    gap: Lasting | None = None
    ended: Lasting | None = None
    lane: Lane | None = None
    segment: GrowingSegment | None = None
    prepared: GrowingSegment | None = None
    told: ChannelStatus | None = None
    trouble: str = ""
    expected: bool = True
    waiting_bytes: int = 0
    landed: float = field(default=0.0)

    def recorded(self, fragment: Fragment, epochs: Mapping[int, ClockEpoch]) -> None:
        """A fragment continues the channel, or ends a silence."""
        if fragment.opens:
            self.ended = self.gap
        if fragment.clock_epoch != self.clock_epoch:
            self.turn({one: those for one, those in epochs.items() if one <= fragment.clock_epoch}, fragment.start_us)
        silence_us = fragment.start_us - self.end_us
        if self.gap is not None:
            self._end_gap(self.gap, fragment.start_us)
            self.gap = None
        elif silence_us > GAP_TOLERANCE_US:
            self._note(Gap(self.channel_id, self.end_us, fragment.start_us, GapCause.NO_VIDEO, self.clock_epoch))
        self.end_us = fragment.start_us + fragment.duration_us

    def interrupted(self, cause: GapCause, at_us: int) -> None:
        """Nothing more comes for now."""
        if self.gap is not None and self.gap.cause is GapCause.ROLE_DOWN and self.gap.start_us < at_us:
            # The recorder is back and the camera is not: from here on it is the camera's gap.
            self._end_gap(self.gap, at_us)
            self.gap, self.end_us = None, at_us
        self.begin_gap(cause)

    def begin_gap(self, cause: GapCause) -> None:
        """A gap begins where recording ended, unless one lasts already."""
        if self.gap is None:
            self._begin(cause)

    def replan(self, cause: GapCause, at_us: int) -> None:
        """The reason for not recording changed while nothing is recorded."""
        if self.gap is None or self.gap.cause is cause:
            self.begin_gap(cause)
            return
        self._end_gap(self.gap, max(at_us, self.gap.start_us))
        self.end_us = max(at_us, self.gap.start_us)
        self._begin(cause)

    def back_to(self, segment: GrowingSegment, cause: GapCause) -> None:
        """The channel is recorded to the end of this segment and no further."""
        if self.gap is not None and self.gap.start_us > segment.end_us:
            gone = self.gap
            self.changes.append(lambda tx: store.forget_gap(tx, gone.id))
            self.gap = None
        if segment.row.clock_epoch == self.clock_epoch:
            self.end_us = segment.end_us
        before = self.ended
        if self.gap is None and before is not None and not segment.size and before.start_us <= segment.end_us:
            self.gap = before
            self.end_us = before.start_us
            self._write(before, None)
        self.begin_gap(cause)

    def lost(self, segment: GrowingSegment, until_us: int) -> None:
        """The end of an earlier segment did not reach the disk; recording has gone on since."""
        self._note(Gap(self.channel_id, segment.end_us, until_us, GapCause.DISK, segment.row.clock_epoch))

    def turn(self, epochs: Mapping[int, ClockEpoch], again_us: int | None = None) -> None:
        """The clock stepped: a silence, and the gap that lasts, go on in the newest of `epochs`.

        `again_us`: recorded time of the fragment that begins there. Not called while older footage may still come: a
        fragment that was begun before the step, or footage that a plan keeps for what comes after.
        """
        newest = max(epochs, default=0)
        if newest <= self.clock_epoch:
            return
        step_us = sum(one.step_us for one in epochs.values() if one.epoch > self.clock_epoch)
        began_us = epochs[newest].began_us
        gap, before_us = self.gap, max(self.end_us, began_us - step_us)
        if gap is not None:
            self._end_gap(gap, before_us)
            self.gap = None
        elif before_us - self.end_us > GAP_TOLERANCE_US:
            self._note(Gap(self.channel_id, self.end_us, before_us, GapCause.NO_VIDEO, self.clock_epoch))
        # What went on being recorded by the old time after the step is counted on in the new one.
        began_us = max(began_us, before_us + step_us)
        if again_us is not None:
            began_us = min(began_us, again_us)
        self.clock_epoch = newest
        if step_us > 0 and began_us > before_us:
            self._note(Gap(self.channel_id, before_us, began_us, GapCause.CLOCK, newest))
        self.end_us = began_us
        if gap is not None:
            self._begin(gap.cause)

    def _begin(self, cause: GapCause) -> None:
        self.gap = Lasting(self.new_id(), self.end_us, cause, self.clock_epoch)
        self._write(self.gap, None)

    def _note(self, gap: Gap) -> None:
        """A gap that is over already."""
        lasted = Lasting(self.new_id(), gap.start_us, gap.cause, gap.clock_epoch)
        self._write(lasted, gap.end_us)

    def _write(self, gap: Lasting, end_us: int | None) -> None:
        row = Gap(self.channel_id, gap.start_us, end_us, gap.cause, gap.clock_epoch)
        self.changes.append(lambda tx: store.open_gap(tx, gap.id, row))

    def _end_gap(self, gap: Lasting, end_us: int) -> None:
        self.changes.append(
            (lambda tx: store.close_gap(tx, gap.id, end_us))
            if end_us > gap.start_us
            else (lambda tx: store.forget_gap(tx, gap.id))
        )
