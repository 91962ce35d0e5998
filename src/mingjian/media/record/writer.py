"""The recorder's writer: one thread that keeps rows, and tells the lanes of the volumes what to write.

Order of things (docs/design/store.md): the row of a segment is committed before its file is created; a fragment is
written at once, sealed; a flush makes all writes of a volume durable and only then commits the digests of the
fragments that it made durable. So a row never promises what the disk does not have.
"""

import errno
import queue
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, GapId, SegmentId, VolumeGroupId, new_id
from mingjian.media import store
from mingjian.media.errors import STORAGE_FAILED
from mingjian.media.members import store as members
from mingjian.media.members.membership import BEAT_S, Membership
from mingjian.media.members.model import Fenced
from mingjian.media.model import ChannelState, ClockEpoch, Fragment, GapCause, Volume
from mingjian.media.record.files import SegmentFiles
from mingjian.media.record.growing import GrowingSegment, new_segment
from mingjian.media.record.lane import Discarded, Failed, Lane, Synced
from mingjian.media.record.ledger import Change, Lasting, Ledger
from mingjian.media.record.orders import Orders
from mingjian.media.record.placement import Placement
from mingjian.media.store import ChannelStatus
from mingjian.storage.engine import Database, Transaction

# What a channel may hold in memory while its segment waits for the database.
MAX_WAITING_BYTES: Final = 32 << 20
# What may wait for a volume, unless configured.
MAX_LANE_BYTES: Final = 256 << 20
ADOPTING_TIMEOUT_S: Final = 60.0
ALIVE_S: Final = 0.5
# How long the last flush waits for disks and the database; what it cannot close, the next start recovers.
CLOSING_TIMEOUT_S: Final = 10.0
# The moment that the database knows is written at least so often.
CLOCK_NOTE_S: Final = 10.0
# How long after a step of the clock footage of before may still be given: what a plan keeps in memory, and a bit.
TURNING_S: Final = 60.0

_log: Final = structlog.get_logger(__name__)
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Adopted:
    """A channel to keep from now on; `until` gets how far it is recorded in this clock epoch."""

    ledger: Ledger
    recorded: bool
    until: Future[int]


@dataclass(frozen=True, slots=True)
class _Interrupted:
    channel_id: ChannelId
    cause: GapCause
    at_us: int
    replan: bool = False


@dataclass(frozen=True, slots=True)
class _Write:
    channel_id: ChannelId
    fragment: Fragment


@dataclass(frozen=True, slots=True)
class _Stepped:
    """The clock stepped: a new epoch began."""

    epoch: ClockEpoch


@dataclass(frozen=True, slots=True)
class _Left:
    lane: Lane


@dataclass(frozen=True, slots=True)
class _Asked:
    segments: Future[set[SegmentId]]


@dataclass(frozen=True, slots=True)
class _LetGo:
    channel_id: ChannelId


@dataclass(frozen=True, slots=True)
class _Later:
    change: Change


@dataclass(frozen=True, slots=True)
class _Barrier:
    """Everything queued before it is durable, or was given up, when `done` is set."""

    done: threading.Event


_Told = _Adopted | _Write | _Interrupted | _Stepped | _Left | _LetGo | _Later | _Asked | ChannelStatus | _Barrier
_Order = _Told | Failed | Synced | Discarded


@dataclass(slots=True)
class _Round:
    """One flush: which lanes have not answered, and when it commits without them."""

    deadline: float
    began: float
    lanes: set[Lane] = field(default_factory=set)


class SegmentWriter:
    """Takes fragments from the packet loop; owns rows, gaps and status rows of its channels."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        placement: Placement,
        *,
        flush_interval_s: float,
        on_broken: Callable[[ChannelId, OSError], None],
        on_durable: Callable[[int, int, float], None] = lambda _bytes, _fragments, _seconds: None,
        max_lane_bytes: int = MAX_LANE_BYTES,
        membership: Membership | None = None,
        after_turn: Callable[[Callable[[], None]], object] = lambda do: do(),
    ) -> None:
        """`on_broken` is called from the writer's thread when a channel's segment had to be given up;
        `on_durable` after each flush with bytes, fragments and seconds that it took. Once `membership` is over, nothing
        is committed any more and the thread ends. `after_turn`: how the packet loop has something done at the end of
        the turn that it is in.
        """
        self._database = database
        self._clock = clock
        self._placement = placement
        self._interval = flush_interval_s
        self._on_broken = on_broken
        self._on_durable = on_durable
        self._max_lane_bytes = max_lane_bytes
        self._membership = membership
        self._orders: Orders[_Order | None] = Orders()
        self._after_turn = after_turn
        self._to_be_woken = False
        self._ledgers: dict[ChannelId, Ledger] = {}
        self._lanes: list[Lane] = []
        self._ending: list[GrowingSegment] = []
        self._discarding: dict[int, SegmentId] = {}
        self._forgotten: list[SegmentId] = []
        self._garbage: list[SegmentId] = []
        self._changes: list[Change] = []
        self._statuses: dict[ChannelId, ChannelStatus] = {}
        self._barriers: list[threading.Event] = []
        self._epochs: dict[int, ClockEpoch] = {}
        self._untold_epochs: list[ClockEpoch] = []
        self._turning: float | None = None
        self._round: _Round | None = None
        self._syncs: dict[int, list[GrowingSegment]] = {}
        self._syncing: set[Lane] = set()
        self._sync_number = 0
        self._written = (0, 0)
        self._clock_noted = -CLOCK_NOTE_S
        self._beat_due = float("-inf")
        self._stopping = False
        self._leaving: set[ChannelId] = set()
        self._bytes: dict[ChannelId, int] = {}
        self._thread = threading.Thread(target=self._run, name="segment-writer", daemon=True)

    def start(self) -> None:
        with self._database.read() as tx:
            self._epochs = {one.epoch: one for one in store.clock_epochs(tx)}
        self._thread.start()

    @property
    def hangs(self) -> bool:
        """Whether a lane is still at work after the end: its disk does not answer, and its files are open."""
        return not all(lane.stop(timeout_s=0) for lane in self._lanes)

    @property
    def alive(self) -> bool:
        """Whether the thread runs; without it nothing is recorded."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Close every segment and end; returns when all is durable, or no disk answers any more."""
        self._orders.put(None)
        self._thread.join()

    def open_lane(self, volume: Volume, files: SegmentFiles) -> Lane:
        """A lane for a volume, which the placement may offer from then on."""
        lane = Lane(volume, files, self._orders.put, self._clock, self._is_ours)
        self._lanes.append(lane)
        return lane

    def _is_ours(self) -> bool:
        """Whether no other member can have taken over what this one has in hand."""
        return self._membership is None or self._membership.fresh or self._membership.alone

    # From the packet loop

    def adopt(self, channel_id: ChannelId, group_id: VolumeGroupId, created_us: int, *, expected: bool = True) -> int:
        """Begin to keep a channel, or go on with it after its source changed; blocks. `expected`: footage will come.

        Returns how far it is recorded already (wall time of this clock epoch), so that spans never overlap. Raises
        TimeoutError when the thread does not take orders any more.
        """
        epoch = max(self._epochs, default=0)
        with self._database.read() as tx:
            end_us = _later(store.last_end_us(tx, channel_id, epoch), store.open_end_us(tx, channel_id, epoch))
            recorded = end_us is not None or store.last_end_us(tx, channel_id, None) is not None
            gap = store.lasting_gap(tx, channel_id)
            if end_us is None and recorded and gap is None:
                epoch, end_us = self._newest_end(tx, channel_id)
        if end_us is None:
            end_us = self._begins_at(created_us, epoch)
        new_gap_id = lambda: GapId(new_id(self._clock.now_us()))  # noqa: E731 - one expression
        ledger = Ledger(channel_id, group_id, self._changes, new_gap_id, end_us, epoch, expected=expected)
        if gap is not None:
            ledger.gap = Lasting(gap[0], gap[1].start_us, gap[1].cause, gap[1].clock_epoch)
            if gap[1].clock_epoch != epoch:
                ledger.clock_epoch, ledger.end_us = gap[1].clock_epoch, gap[1].start_us
        until: Future[int] = Future()
        self._orders.put(_Adopted(ledger, recorded, until))
        return self._answer(until)

    def _newest_end(self, tx: Transaction, channel_id: ChannelId) -> tuple[int, int | None]:
        """The newest clock epoch in which a channel has footage, and where that ends."""
        for epoch in sorted(self._epochs, reverse=True):
            if (end_us := store.last_end_us(tx, channel_id, epoch)) is not None:
                return epoch, end_us
        return 0, store.last_end_us(tx, channel_id, 0)

    def _begins_at(self, created_us: int, epoch: int) -> int:
        """From when on a channel that has nothing in this epoch is missed: both times are of clocks that may differ."""
        began_us = self._epochs[epoch].began_us if epoch in self._epochs else created_us
        return created_us if began_us <= created_us <= self._clock.now_us() else began_us

    def write(self, channel_id: ChannelId, fragment: Fragment) -> None:
        """Take a fragment. All of a turn of the packet loop wake the thread once (ADR 0028)."""
        self._orders.put_quietly(_Write(channel_id, fragment))
        if not self._to_be_woken:
            self._to_be_woken = True
            self._after_turn(self._wake)

    def _wake(self) -> None:
        self._to_be_woken = False
        self._orders.wake()

    def interrupt(self, channel_id: ChannelId, cause: GapCause, *, replan: bool = False) -> None:
        """No more fragments for now: the segment ends and a gap begins where recording stopped.

        `replan`: a gap that lasts for another cause ends now, and one for this cause begins.
        """
        self._orders.put(_Interrupted(channel_id, cause, self._clock.now_us(), replan))

    def stepped(self, epoch: ClockEpoch) -> None:
        """The server's clock stepped: fragments of the new epoch follow, each channel from its next key frame on."""
        self._orders.put(_Stepped(epoch))

    def let_go(self, channel_id: ChannelId) -> None:
        """Keep a channel no more: once what was recorded of it is durable, another member may take it up."""
        self._orders.put(_LetGo(channel_id))

    def leave(self, lane: Lane) -> None:
        """The volume of this lane is not in its place any more: segments on it end, new ones go elsewhere."""
        self._orders.put(_Left(lane))

    def in_use(self) -> set[SegmentId]:
        """Segments that this writer has in hand: nobody else may recover them."""
        found: Future[set[SegmentId]] = Future()
        self._orders.put(_Asked(found))
        return self._answer(found)

    def _answer(self, asked: Future[_T]) -> _T:
        """What the thread answers. Raises Fenced when it ended meanwhile, TimeoutError when it does not take orders."""
        until = time.monotonic() + ADOPTING_TIMEOUT_S
        while True:
            try:
                return asked.result(ALIVE_S)
            except TimeoutError:
                if self._membership is not None and self._membership.fenced:
                    raise Fenced(self._membership.me.fence) from None
                if time.monotonic() > until:
                    raise

    def status(self, status: ChannelStatus) -> None:
        self._orders.put(status)

    def later(self, change: Change) -> None:
        """Have a change of the database made with the next commit."""
        self._orders.put(_Later(change))

    def landed(self) -> Mapping[ChannelId, float]:
        """When footage of each channel last became durable (monotonic seconds)."""
        return {channel: one.landed for channel, one in list(self._ledgers.items())}

    def taken_bytes(self) -> Mapping[ChannelId, int]:
        """All that was ever given of each channel."""
        return dict(self._bytes)

    def drain(self, timeout_s: float) -> bool:
        """Wait until everything given so far is durable, or was given up."""
        done = threading.Event()
        self._orders.put(_Barrier(done))
        return done.wait(timeout_s)

    # The thread

    def _run(self) -> None:
        try:
            self._keep()
        except Fenced:
            _log.error("recorder.fenced")
            _stop(self._lanes)

    def _keep(self) -> None:
        due = self._clock.monotonic() + self._interval
        while True:
            order = self._next(due)
            if order is None:
                break
            if order is not _NOTHING:
                self._take(order)
            self._end_round()
            if self._clock.monotonic() >= due:
                self._begin_round()
                due = self._clock.monotonic() + self._interval
            self._beat()
        self._close_everything()

    def _beat(self) -> None:
        """A sign of life where nothing else is committed."""
        membership, now = self._membership, self._clock.monotonic()
        if membership is None or membership.silent_s < BEAT_S or now < self._beat_due:
            return
        self._beat_due = now + BEAT_S
        try:
            with self._database.write() as tx:
                self._renewed(tx)
                self._tell_epochs(tx)
        except (SQLAlchemyError, MingjianError) as error:
            _log.error("recorder.flush_failed", error=str(error))

    def _next(self, due: float) -> _Order | None:
        until = due if self._round is None else min(due, self._round.deadline)
        if self._membership is not None:
            until = min(until, self._clock.monotonic() + BEAT_S)
        if self._orders.empty():
            for lane in self._lanes:
                lane.wake()  # for all that was given since this thread last waited
        try:
            return self._orders.get(max(0.0, until - self._clock.monotonic()))
        except queue.Empty:
            return _NOTHING

    def _take(self, order: _Order) -> None:  # noqa: C901, PLR0912 - one line for each kind of order
        match order:
            case _Write():
                self._take_fragment(self._ledgers[order.channel_id], order.fragment)
            case Synced():
                self._take_synced(order)
            case ChannelStatus():
                self._take_status(order)
            case _Interrupted():
                self._take_interruption(order)
            case _Adopted():
                self._take_adopted(order)
            case Failed():
                self._take_failure(order)
            case Discarded():
                self._take_discarded(order)
            case _Stepped():
                self._take_step(order.epoch)
            case _Left():
                self._take_leaving(order.lane)
            case _LetGo():
                self._take_letting_go(order.channel_id)
            case _Later():
                self._changes.append(order.change)
            case _Asked():
                order.segments.set_result(self._in_hand())
            case _Barrier():
                self._barriers.append(order.done)

    def _take_adopted(self, order: _Adopted) -> None:
        new = order.ledger
        ledger = self._ledgers.setdefault(new.channel_id, new)
        ledger.expected = new.expected
        if ledger is not new:
            self._end_segment(ledger)
            ledger.turn(self._epochs)
            if ledger.group_id != new.group_id:
                self._discard_prepared(ledger)
                ledger.group_id, ledger.lane = new.group_id, None
        else:
            if order.recorded and ledger.gap is None:
                # The last recorder had no time to say that it goes: it was not there since.
                ledger.begin_gap(GapCause.ROLE_DOWN)
            ledger.turn(self._epochs)
        order.until.set_result(ledger.end_us)

    def _take_status(self, status: ChannelStatus) -> None:
        ledger = self._ledgers.get(status.channel_id)
        if ledger is not None:
            ledger.told = status
        if ledger is None or not ledger.trouble or status.state is not ChannelState.RECORDING:
            self._statuses[status.channel_id] = status

    def _take_fragment(self, ledger: Ledger, fragment: Fragment) -> None:
        self._bytes[ledger.channel_id] = self._bytes.get(ledger.channel_id, 0) + len(fragment.data)
        if fragment.opens:
            self._end_segment(ledger)
            ledger.segment = self._segment_for(ledger, fragment)
        segment = ledger.segment
        if segment is None:
            return  # given up; the next segment begins with a key frame
        ledger.recorded(fragment, self._epochs)
        if segment.stored is None:
            segment.waiting.append(fragment)
            ledger.waiting_bytes += len(fragment.data)
            if ledger.waiting_bytes > MAX_WAITING_BYTES:
                self._give_up(segment, OSError(errno.ENOMEM, "the database does not take new segments"), 0)
        elif segment.lane.waiting_bytes > self._max_lane_bytes:
            segment.lane.forget_waiting(segment.file)
            self._placement.refused(segment.lane)
            self._give_up(segment, OSError(errno.ETIMEDOUT, "the disk does not answer"), segment.file.written)
        else:
            self._put(segment, fragment)

    def _segment_for(self, ledger: Ledger, fragment: Fragment) -> GrowingSegment | None:
        """The prepared segment when it fits, else a new one; None when no volume takes any."""
        prepared = ledger.prepared
        if prepared is not None and self._fits(ledger, prepared, fragment):
            ledger.prepared = None
            prepared.begin(fragment)
            return prepared
        self._discard_prepared(ledger)
        lane = self._lane_for(ledger)
        if lane is None:
            self._refuse(ledger, OSError(errno.ENOSPC, "no volume of the group takes new footage"))
            return None
        segment = self._new_segment(ledger, lane, fragment)
        segment.begin(fragment)
        return segment

    def _fits(self, ledger: Ledger, prepared: GrowingSegment, fragment: Fragment) -> bool:
        return (
            prepared.row.clock_epoch == fragment.clock_epoch
            and prepared.file.error is None
            and self._lane_for(ledger) is prepared.lane
        )

    def _lane_for(self, ledger: Ledger) -> Lane | None:
        channels = Counter(one.lane for one in self._ledgers.values() if one.lane is not None)
        ledger.lane = self._placement.choose(ledger.group_id, ledger.lane, channels)
        return ledger.lane

    def _new_segment(self, ledger: Ledger, lane: Lane, fragment: Fragment) -> GrowingSegment:
        segment_id = SegmentId(new_id(self._clock.now_us()))
        start_us, epoch = fragment.start_us, fragment.clock_epoch
        return new_segment(segment_id, ledger.channel_id, lane, start_us, epoch)

    def _put(self, segment: GrowingSegment, fragment: Fragment) -> None:
        segment.lane.append(segment.file, *segment.add(fragment))
        self._written = self._written[0] + len(fragment.data), self._written[1] + 1

    def _take_interruption(self, order: _Interrupted) -> None:
        ledger = self._ledgers[order.channel_id]
        self._end_segment(ledger)
        if order.cause is GapCause.OPERATOR:
            ledger.expected = False
            self._discard_prepared(ledger)
        ledger.turn(self._epochs)
        if order.replan:
            ledger.replan(order.cause, order.at_us)
        else:
            ledger.interrupted(order.cause, order.at_us)

    def _take_step(self, epoch: ClockEpoch) -> None:
        self._epochs[epoch.epoch] = epoch
        self._untold_epochs.append(epoch)
        self._turning = self._clock.monotonic() + TURNING_S
        for ledger in self._ledgers.values():
            self._discard_prepared(ledger)

    def _turn_silent(self) -> None:
        """Channels that are not recorded get a gap in the new epoch, once nothing older can come any more."""
        if self._turning is not None and self._clock.monotonic() >= self._turning:
            self._turning = None
            for ledger in self._ledgers.values():
                if ledger.segment is None:
                    ledger.turn(self._epochs)

    def _take_leaving(self, lane: Lane) -> None:
        for ledger in self._ledgers.values():
            if ledger.segment is not None and ledger.segment.lane is lane:
                self._end_segment(ledger)
                ledger.begin_gap(GapCause.DISK)
                self._on_broken(ledger.channel_id, OSError(errno.ENODEV, "the volume is not in its place"))

    def _in_hand(self) -> set[SegmentId]:
        ahead = {one.prepared.row.id for one in self._ledgers.values() if one.prepared is not None}
        return ahead | {one.row.id for one in self._all()} | set(self._discarding.values())

    def _take_letting_go(self, channel_id: ChannelId) -> None:
        ledger = self._ledgers.get(channel_id)
        if ledger is not None:
            self._end_segment(ledger)
            ledger.expected = False
            self._discard_prepared(ledger)
            ledger.turn(self._epochs)
            ledger.begin_gap(GapCause.ROLE_DOWN)
        self._leaving.add(channel_id)

    def _end_segment(self, ledger: Ledger) -> None:
        segment, ledger.segment = ledger.segment, None
        if segment is not None and (segment.stored is not None or segment.waiting):
            self._ending.append(segment)

    def _discard_prepared(self, ledger: Ledger) -> None:
        prepared, ledger.prepared = ledger.prepared, None
        if prepared is not None and prepared.stored is not None:
            self._discard(prepared)

    def _discard(self, segment: GrowingSegment) -> None:
        """Nothing of it is worth keeping: its file goes, then its row."""
        self._discarding[id(segment.file)] = segment.row.id
        segment.lane.discard(segment.file)

    def _take_discarded(self, order: Discarded) -> None:
        segment_id = self._discarding.pop(id(order.file))
        (self._forgotten if order.gone else self._garbage).append(segment_id)

    # When a disk refuses

    def _take_failure(self, order: Failed) -> None:
        if not self._placement.failing(order.lane):
            _log.error("recorder.write_failed", path=order.file.path_name, error=str(order.error))
        self._placement.refused(order.lane)
        for segment in self._all():
            if segment.file is order.file:
                self._give_up(segment, order.error, segment.file.written)
                return
        for ledger in self._ledgers.values():
            if ledger.prepared is not None and ledger.prepared.file is order.file:
                self._discard_prepared(ledger)
                return

    def _give_up(self, segment: GrowingSegment, error: OSError, size: int) -> None:
        """Keep what is whole within `size` bytes, and say what is missing.

        If it is the segment of now, a gap begins, and the packet loop starts a new one.
        """
        ledger = self._ledgers[segment.row.channel_id]
        self._no_longer_waiting(segment)
        until_us = segment.end_us
        self._shorten(segment, size)
        if ledger.segment is segment:
            self._end_segment(ledger)
            ledger.back_to(segment, GapCause.DISK)
            self._refuse(ledger, error)
        elif segment.end_us < until_us:
            ledger.lost(segment, until_us)

    def _shorten(self, segment: GrowingSegment, size: int) -> None:
        before = segment.size
        segment.cut_to(size)
        if not segment.size or (segment.size == before and segment.file.error is None):
            return
        if segment.cutting is not None and segment.file.error is not None:
            # It could not be cut either: what it promises already holds, and recovery does the rest.
            segment.abandoned = True
            return
        segment.cutting = self._sync_number + 1
        segment.lane.cut(segment.file, segment.size)

    def _refuse(self, ledger: Ledger, error: OSError) -> None:
        reason = error.strerror or str(error)
        ledger.begin_gap(GapCause.DISK)
        if ledger.trouble != reason:
            ledger.trouble = reason
            problem = STORAGE_FAILED.code, {"reason": reason}
            self._statuses[ledger.channel_id] = ChannelStatus(
                ledger.channel_id, ChannelState.OFFLINE, self._clock.now_us(), problem, None
            )
        self._on_broken(ledger.channel_id, error)

    def _no_longer_waiting(self, segment: GrowingSegment) -> list[Fragment]:
        fragments, segment.waiting = segment.waiting, []
        self._ledgers[segment.row.channel_id].waiting_bytes -= sum(len(one.data) for one in fragments)
        return fragments

    def _took(self, segment: GrowingSegment) -> None:
        """The disk takes footage of a channel, again perhaps: show what the packet loop says."""
        ledger = self._ledgers.get(segment.row.channel_id)
        if ledger is None:
            return
        ledger.landed = self._clock.monotonic()
        if ledger.trouble and ledger.segment is segment:
            ledger.trouble = ""
            if ledger.told is not None:
                self._statuses[segment.row.channel_id] = ledger.told

    # Flushing

    def _all(self) -> list[GrowingSegment]:
        """Segments that have begun; those that ended come first: they are older."""
        return [*self._ending, *(one.segment for one in self._ledgers.values() if one.segment is not None)]

    def _begin_round(self) -> None:
        now = self._clock.monotonic()
        self._turn_silent()
        try:
            self._open_rows()
        except (SQLAlchemyError, MingjianError) as error:
            # Nothing is lost: rows that wait stay waiting, the next flush tries again.
            _log.error("recorder.flush_failed", error=str(error))
        self._round = _Round(now + self._interval / 4, now)
        for lane, segments in self._dirty().items():
            if lane not in self._syncing:
                self._ask(lane, segments)
        self._end_round()

    def _ask(self, lane: Lane, segments: list[GrowingSegment]) -> None:
        for one in segments:
            one.asked = one.mark
        self._sync_number += 1
        self._syncs[self._sync_number] = segments
        self._syncing.add(lane)
        if self._round is not None:
            self._round.lanes.add(lane)
        lane.sync(self._sync_number, [one.file for one in segments])

    def _dirty(self) -> Mapping[Lane, list[GrowingSegment]]:
        grouped: dict[Lane, list[GrowingSegment]] = {}
        for one in self._all():
            if one.stored is not None and one.dirty and not one.abandoned:
                grouped.setdefault(one.lane, []).append(one)
        return grouped

    def _open_rows(self) -> None:
        """Rows for new segments and for those that will follow, then their files, then what waited for them."""
        new = [one for one in self._all() if one.stored is None]
        ahead = [] if self._stopping else self._prepare()
        if not new and not ahead:
            return
        with self._database.write() as tx:
            fence = self._renewed(tx)
            self._tell_epochs(tx)
            store.open_segments(tx, [one.row for one in [*new, *ahead]], fence)
        for one in [*new, *ahead]:
            one.stored = one.row.state
            one.lane.create(one.file)
        for one in new:
            for fragment in self._no_longer_waiting(one):
                self._put(one, fragment)

    def _renewed(self, tx: Transaction) -> int | None:
        """Hold the lease until `tx` ends; the fence of this life. Raises Fenced when it is over."""
        if self._membership is None:
            return None
        if self._untold_epochs:  # told in this transaction, so that what is noted of the clock is of that epoch
            self._membership.epoch = max(one.epoch for one in self._untold_epochs)
        self._membership.renew(tx)
        return self._membership.me.fence

    def _tell_epochs(self, tx: Transaction) -> None:
        """An epoch is known before anything is recorded in it."""
        for one in self._untold_epochs:
            store.add_clock_epoch(tx, one)

    def _prepare(self) -> list[GrowingSegment]:
        """A segment ahead for each channel that may be recorded."""
        for ledger in self._ledgers.values():
            if ledger.prepared is not None or not ledger.expected:
                continue
            lane = self._lane_for(ledger)
            if lane is not None and not self._placement.failing(lane):
                now_us = self._clock.now_us()
                segment_id = SegmentId(new_id(now_us))
                epoch = max(self._epochs, default=0)
                ledger.prepared = new_segment(segment_id, ledger.channel_id, lane, now_us, epoch)
        ahead = [one.prepared for one in self._ledgers.values() if one.prepared is not None]
        return [one for one in ahead if one.stored is None]

    def _take_synced(self, order: Synced) -> None:
        segments = self._syncs.pop(order.number)
        self._syncing.discard(order.lane)
        if self._round is not None:
            self._round.lanes.discard(order.lane)
        if order.error is not None:
            if not self._placement.failing(order.lane):
                _log.error("recorder.sync_failed", path=order.lane.volume.path, error=str(order.error))
            self._placement.refused(order.lane)
        for one in segments:
            if order.error is not None:
                self._give_up(one, order.error, one.durable.size)
            else:
                one.durable = one.asked
                if one.cutting is not None and order.number >= one.cutting:
                    one.cutting = None
                self._took(one)

    def _end_round(self) -> None:
        """Commit once every disk has answered, or without those that take too long."""
        current = self._round
        if current is None or (current.lanes and self._clock.monotonic() < current.deadline):
            return
        self._round = None
        try:
            self._commit()
        except (SQLAlchemyError, MingjianError) as error:
            _log.error("recorder.flush_failed", error=str(error))
            return
        (written, fragments), self._written = self._written, (0, 0)
        self._on_durable(written, fragments, self._clock.monotonic() - current.began)
        if not self._syncing and all(one.settled for one in self._all()):
            barriers, self._barriers = self._barriers, []
            for barrier in barriers:
                barrier.set()

    def _commit(self) -> None:
        over = [one for one in self._ending if one.stored is not None and not one.dirty]
        closed = [one for one in over if one.size]
        growing = [one for one in self._all() if one.durable != one.committed and one.durable.size]
        growing = [one for one in growing if one not in closed]
        note_clock = self._membership is None and self._clock.monotonic() - self._clock_noted >= CLOCK_NOTE_S
        gone = self._gone(over)
        told = self._changes, self._statuses, self._forgotten, self._garbage, self._untold_epochs, gone
        if growing or over or note_clock or any(told):
            self._write_rows(growing, closed, gone)
        self._leaving -= gone
        for channel_id in gone:
            self._ledgers.pop(channel_id, None)
            self._bytes.pop(channel_id, None)
        for one in growing:
            one.committed = one.durable
        for one in over:
            if one.size:
                one.lane.close(one.file)
            else:
                self._discard(one)
        for one in self._ending:
            if one.abandoned:
                one.lane.close(one.file)
        self._ending = [one for one in self._ending if one not in over and not one.abandoned]

    def _gone(self, over: list[GrowingSegment]) -> set[ChannelId]:
        """Channels that are let go and of which nothing is left to be written."""
        kept = {one.row.channel_id for one in self._ending if one not in over and not one.abandoned}
        return self._leaving - kept

    def _write_rows(
        self, growing: list[GrowingSegment], closed: list[GrowingSegment], gone: Collection[ChannelId]
    ) -> None:
        with self._database.write() as tx:
            fence = self._renewed(tx)
            self._tell_epochs(tx)
            store.begin_segments(tx, [one.row for one in [*growing, *closed] if not one.committed.size])
            store.flush_segments(tx, {one.row.id: one.index() for one in growing})
            store.close_segments(tx, [one.closing() for one in closed])
            store.forget_segments(tx, self._forgotten)
            store.mark_garbage(tx, self._garbage)
            for change in self._changes:
                change(tx)
            for status in self._statuses.values():
                store.write_status(tx, status)
            if fence is None:
                store.note_clock(tx, self._clock.now_us())
            elif gone:
                members.let_go(tx, fence, gone)
        self._clock_noted = self._clock.monotonic()
        for done in (self._changes, self._statuses, self._forgotten, self._garbage, self._untold_epochs):
            done.clear()

    def _close_everything(self) -> None:
        self._stopping = True
        for ledger in self._ledgers.values():
            self._end_segment(ledger)
            self._discard_prepared(ledger)
            ledger.turn(self._epochs)
            ledger.begin_gap(GapCause.ROLE_DOWN)
        until = self._clock.monotonic() + CLOSING_TIMEOUT_S
        while self._clock.monotonic() < until:
            self._begin_round()
            if self._settled():
                break
            order = self._next(min(until, self._clock.monotonic() + min(self._interval, 0.2)))
            if order is not None and order is not _NOTHING:
                self._take(order)
        _stop(self._lanes)

    def _settled(self) -> bool:
        """Whether the database knows all that happened."""
        return not (
            self._round
            or self._ending
            or self._discarding
            or self._changes
            or self._statuses
            or self._forgotten
            or self._garbage
        )


def _later(one: int | None, other: int | None) -> int | None:
    return max((at for at in (one, other) if at is not None), default=None)


def _stop(lanes: Iterable[Lane]) -> None:
    for lane in lanes:
        if not lane.stop(timeout_s=1.0):
            _log.error("recorder.lane_hangs", path=lane.volume.path)


_NOTHING: Final[_Order] = _Barrier(threading.Event())
