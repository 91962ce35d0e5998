"""The recorder's writer: one thread that turns fragments into files and rows.

Order of things (design.md section 4): the row of a segment is committed before its file is created; a fragment is
written at once, in one write; every flush makes all writes of a volume durable and only then commits the digests of
the fragments that it made durable. So a row never promises what the disk does not have.
"""

import errno
import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from mingjian.kernel.clock import SHANGHAI, Clock, to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, GapId, SegmentId, VolumeId, new_id
from mingjian.media import store
from mingjian.media.errors import STORAGE_FAILED
from mingjian.media.formats import fmp4
from mingjian.media.model import ChannelState, Fragment, FragmentRecord, Gap, GapCause, Segment, SegmentState
from mingjian.media.record.files import SegmentFiles
from mingjian.media.store import ChannelStatus, Closing
from mingjian.storage.engine import Database, Transaction

# A silence shorter than this between two spans is jitter of a camera, not a gap.
GAP_TOLERANCE_US: Final = 500_000
# What a channel may hold in memory while its segment waits for the database.
MAX_WAITING_BYTES: Final = 32 << 20
# How often the last flush is tried where the database is busy; what it cannot close, the next start recovers.
CLOSING_TRIES: Final = 3
ADOPTING_TIMEOUT_S: Final = 60.0

_NO_ROW: Final = -1
_ROW_COMMITTED: Final = -2

_log: Final = structlog.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _OpenSegment:
    """A segment on its way: `descriptor` is a file's once its row is committed and the file created.

    `packed` and `digests` grow with every fragment written; `durable` is how much of all that the database knows.
    `torn`: the file may hold more than that, such as half a fragment; nothing is appended any more.
    """

    row: Segment
    files: SegmentFiles
    init: bytes
    durable: tuple[int, int, int, int, int]
    descriptor: int = _NO_ROW
    waiting: list[Fragment] = field(default_factory=list)
    packed: bytearray = field(default_factory=bytearray)
    digests: bytearray = field(default_factory=bytearray)
    size: int = 0
    frames: int = 0
    end_us: int = 0
    dirty: bool = False
    torn: bool = False

    def now_durable(self) -> None:
        self.dirty = False
        self.durable = len(self.packed), len(self.digests), self.size, self.frames, self.end_us

    def back_to_durable(self) -> None:
        """Forget what was written since the last flush: whether the disk has it is unknown."""
        packed, digests, self.size, self.frames, self.end_us = self.durable
        del self.packed[packed:], self.digests[digests:]
        self.dirty = False
        self.torn = True


@dataclass(frozen=True, slots=True)
class _Lasting:
    """A gap that has not ended."""

    id: GapId
    start_us: int
    cause: GapCause


@dataclass(slots=True)
class _Ledger:
    """What the writer knows of a channel: how far it is recorded, and the gap that lasts, if any.

    `ended`: the gap that the newest segment ended; it goes on if nothing of that segment reaches the disk.
    `told` is the status that the packet loop told; while `trouble` (why the disk refused) lasts, another one is shown.
    """

    end_us: int
    gap: _Lasting | None
    segment: _OpenSegment | None = None
    ended: _Lasting | None = None
    told: ChannelStatus | None = None
    trouble: str = ""
    waiting_bytes: int = 0


@dataclass(frozen=True, slots=True)
class _Adopted:
    """A channel to keep from now on; `until` gets how far it is recorded."""

    channel_id: ChannelId
    volume_id: VolumeId
    files: SegmentFiles
    ledger: _Ledger
    recorded: bool
    until: Future[int]


@dataclass(frozen=True, slots=True)
class _Interrupted:
    channel_id: ChannelId
    cause: GapCause
    at_us: int


@dataclass(frozen=True, slots=True)
class _Write:
    channel_id: ChannelId
    fragment: Fragment


@dataclass(frozen=True, slots=True)
class _Barrier:
    """Everything queued before it is durable when `done` is set."""

    done: threading.Event


_Order = _Adopted | _Write | _Interrupted | ChannelStatus | _Barrier


class SegmentWriter:
    """Takes fragments from the packet loop; owns files, rows, gaps and status rows of its channels."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        flush_interval_s: float,
        on_broken: Callable[[ChannelId, OSError], None],
        on_durable: Callable[[int, int, float], None] = lambda _bytes, _fragments, _seconds: None,
    ) -> None:
        """`on_broken` is called from the writer's thread when a channel's segment had to be given up;
        `on_durable` after each flush with bytes, fragments and seconds that it took.
        """
        self._database = database
        self._clock = clock
        self._interval = flush_interval_s
        self._on_broken = on_broken
        self._on_durable = on_durable
        self._orders: queue.SimpleQueue[_Order | None] = queue.SimpleQueue()
        self._volumes: dict[ChannelId, tuple[VolumeId, SegmentFiles]] = {}
        self._ledgers: dict[ChannelId, _Ledger] = {}
        self._ending: list[_OpenSegment] = []
        self._gaps: list[Callable[[Transaction], None]] = []
        self._statuses: dict[ChannelId, ChannelStatus] = {}
        self._barriers: list[threading.Event] = []
        self._written = (0, 0)
        self._thread = threading.Thread(target=self._run, name="segment-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def alive(self) -> bool:
        """Whether the thread runs; without it nothing is recorded."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Close every segment and end; returns when all is durable."""
        self._orders.put(None)
        self._thread.join()

    # From the packet loop

    def adopt(self, channel_id: ChannelId, volume_id: VolumeId, files: SegmentFiles, created_us: int) -> int:
        """Begin to keep a channel, or go on with it after its source changed; blocks.

        Returns how far it is recorded already (wall time), so that spans never overlap. Raises TimeoutError when the
        thread does not take orders any more.
        """
        with self._database.read() as tx:
            end_us = store.last_end_us(tx, channel_id)
            gap = store.lasting_gap(tx, channel_id)
        known = _Lasting(gap[0], gap[1].start_us, gap[1].cause) if gap else None
        ledger = _Ledger(end_us or created_us, known)
        until: Future[int] = Future()
        self._orders.put(_Adopted(channel_id, volume_id, files, ledger, end_us is not None, until))
        return until.result(ADOPTING_TIMEOUT_S)

    def write(self, channel_id: ChannelId, fragment: Fragment) -> None:
        self._orders.put(_Write(channel_id, fragment))

    def interrupt(self, channel_id: ChannelId, cause: GapCause) -> None:
        """No more fragments for now: the segment ends and a gap begins where recording stopped."""
        self._orders.put(_Interrupted(channel_id, cause, self._clock.now_us()))

    def status(self, status: ChannelStatus) -> None:
        self._orders.put(status)

    def drain(self, timeout_s: float) -> bool:
        """Wait until everything given so far is durable."""
        done = threading.Event()
        self._orders.put(_Barrier(done))
        return done.wait(timeout_s)

    # The thread

    def _run(self) -> None:
        due = self._clock.monotonic() + self._interval
        while True:
            try:
                order = self._orders.get(timeout=max(0.0, due - self._clock.monotonic()))
            except queue.Empty:
                pass
            else:
                if order is None:
                    break
                self._take(order)
            if self._clock.monotonic() >= due:
                self._flush()
                due = self._clock.monotonic() + self._interval
        self._close_everything()

    def _take(self, order: _Order) -> None:
        match order:
            case _Adopted():
                self._take_adopted(order)
            case _Write():
                self._take_fragment(order.channel_id, order.fragment)
            case _Interrupted():
                self._take_interruption(order)
            case ChannelStatus():
                self._take_status(order)
            case _Barrier():
                self._barriers.append(order.done)

    def _take_adopted(self, order: _Adopted) -> None:
        self._volumes[order.channel_id] = order.volume_id, order.files
        ledger = self._ledgers.setdefault(order.channel_id, order.ledger)
        if ledger is not order.ledger:
            self._end_segment(ledger)
        elif order.recorded and ledger.gap is None:
            # The last recorder had no time to say that it goes: it was not there since.
            self._begin_gap(order.channel_id, ledger, GapCause.ROLE_DOWN)
        order.until.set_result(ledger.end_us)

    def _take_status(self, status: ChannelStatus) -> None:
        ledger = self._ledgers.get(status.channel_id)
        if ledger is not None:
            ledger.told = status
        if ledger is None or not ledger.trouble or status.state is not ChannelState.RECORDING:
            self._statuses[status.channel_id] = status

    def _take_fragment(self, channel_id: ChannelId, fragment: Fragment) -> None:
        ledger = self._ledgers[channel_id]
        if fragment.opens:
            self._end_segment(ledger)
            ledger.segment = self._new_segment(channel_id, fragment)
        segment = ledger.segment
        if segment is None:
            return  # given up; the next segment begins with a key frame
        self._note_continuity(channel_id, ledger, fragment)
        if segment.descriptor < 0:
            segment.waiting.append(fragment)
            ledger.waiting_bytes += len(fragment.data)
            if ledger.waiting_bytes > MAX_WAITING_BYTES:
                self._give_up(segment, OSError(errno.ENOMEM, "the database does not take new segments"))
        else:
            self._put(segment, fragment)

    def _new_segment(self, channel_id: ChannelId, fragment: Fragment) -> _OpenSegment:
        volume_id, files = self._volumes[channel_id]
        segment_id = SegmentId(new_id(self._clock.now_us()))
        init = fmp4.init(fragment.parameters, fragment.start_us)
        day = to_datetime(fragment.start_us).astimezone(SHANGHAI)
        row = Segment(
            segment_id,
            channel_id,
            volume_id,
            SegmentState.OPEN,
            f"{day:%Y%m%d}/{channel_id}/{day:%H%M%S}-{segment_id}.mp4",
            fragment.start_us,
            fragment.start_us,
            0,
            len(init),
            0,
            fragment.parameters,
        )
        nothing = (0, 0, 0, 0, fragment.start_us)
        return _OpenSegment(row, files, init, end_us=fragment.start_us, durable=nothing)

    def _note_continuity(self, channel_id: ChannelId, ledger: _Ledger, fragment: Fragment) -> None:
        start_us, silence_us = fragment.start_us, fragment.start_us - ledger.end_us
        if fragment.opens:
            ledger.ended = ledger.gap
        if ledger.gap is not None:
            self._end_gap(ledger.gap, start_us)
            ledger.gap = None
        elif silence_us > GAP_TOLERANCE_US:
            gap = Gap(channel_id, ledger.end_us, start_us, GapCause.NO_VIDEO)
            gap_id = GapId(new_id(self._clock.now_us()))
            self._gaps.append(lambda tx: store.open_gap(tx, gap_id, gap))
        ledger.end_us = start_us + fragment.duration_us

    def _end_gap(self, gap: _Lasting, end_us: int) -> None:
        self._gaps.append(
            (lambda tx: store.close_gap(tx, gap.id, end_us))
            if end_us > gap.start_us
            else (lambda tx: store.forget_gap(tx, gap.id))
        )

    def _put(self, segment: _OpenSegment, fragment: Fragment) -> bool:
        """Write one fragment; False when the disk refused it and the segment was given up."""
        try:
            if segment.size == 0:
                segment.files.append(segment.descriptor, segment.init + fragment.data)
                segment.size = len(segment.init)
                segment.digests += sha256(segment.init).digest()
            else:
                segment.files.append(segment.descriptor, fragment.data)
        except OSError as error:
            segment.torn = True
            self._give_up(segment, error)
            return False
        digest = sha256(fragment.data).digest()
        record = FragmentRecord(
            len(fragment.data),
            fragment.start_ticks,
            fragment.duration_ticks,
            fragment.start_us - segment.row.start_us,
            fragment.frames,
            fragment.key,
            digest,
        )
        segment.packed += record.pack()
        segment.digests += digest
        segment.size += record.length
        segment.frames += record.frames
        segment.end_us = fragment.start_us + fragment.duration_us
        segment.dirty = True
        self._written = self._written[0] + record.length, self._written[1] + 1
        return True

    def _take_interruption(self, order: _Interrupted) -> None:
        ledger = self._ledgers[order.channel_id]
        self._end_segment(ledger)
        if ledger.gap is not None and ledger.gap.cause is GapCause.ROLE_DOWN and ledger.gap.start_us < order.at_us:
            # The recorder is back and the camera is not: from here on it is the camera's gap.
            self._end_gap(ledger.gap, order.at_us)
            ledger.gap, ledger.end_us = None, order.at_us
        self._begin_gap(order.channel_id, ledger, order.cause)

    def _begin_gap(self, channel_id: ChannelId, ledger: _Ledger, cause: GapCause) -> None:
        if ledger.gap is not None:
            return
        gap_id = GapId(new_id(self._clock.now_us()))
        gap = Gap(channel_id, ledger.end_us, None, cause)
        ledger.gap = _Lasting(gap_id, ledger.end_us, cause)
        self._gaps.append(lambda tx: store.open_gap(tx, gap_id, gap))

    def _end_segment(self, ledger: _Ledger) -> None:
        if ledger.segment is not None:
            self._ending.append(ledger.segment)
            ledger.segment = None

    def _give_up(self, segment: _OpenSegment, error: OSError) -> None:
        """The disk refused: keep what is whole, begin a gap, and let the packet loop start a new segment."""
        channel_id = segment.row.channel_id
        ledger = self._ledgers[channel_id]
        self._no_longer_waiting(segment)
        if ledger.segment is not None and ledger.segment is not segment:
            self._no_longer_waiting(ledger.segment)  # nothing of it is on the disk: its turn comes after this one's
        if segment.descriptor == _NO_ROW:
            ledger.segment = None
        self._end_segment(ledger)
        self._back_to(channel_id, ledger, segment)
        reason = error.strerror or str(error)
        if ledger.trouble != reason:
            ledger.trouble = reason
            problem = STORAGE_FAILED.code, {"reason": reason}
            self._statuses[channel_id] = ChannelStatus(
                channel_id, ChannelState.OFFLINE, self._clock.now_us(), problem, None
            )
        self._on_broken(channel_id, error)

    def _no_longer_waiting(self, segment: _OpenSegment) -> list[Fragment]:
        fragments, segment.waiting = segment.waiting, []
        self._ledgers[segment.row.channel_id].waiting_bytes -= sum(len(one.data) for one in fragments)
        return fragments

    def _back_to(self, channel_id: ChannelId, ledger: _Ledger, segment: _OpenSegment) -> None:
        """The channel is recorded to the end of this segment and no further."""
        if ledger.gap is not None and ledger.gap.start_us > segment.end_us:
            gap = ledger.gap
            self._gaps.append(lambda tx: store.forget_gap(tx, gap.id))
            ledger.gap = None
        ledger.end_us = segment.end_us
        before = ledger.ended
        if ledger.gap is None and before is not None and not segment.size and before.start_us <= segment.end_us:
            ledger.gap = before
            ledger.end_us = before.start_us
            lasting = Gap(channel_id, before.start_us, None, before.cause)
            self._gaps.append(lambda tx: store.open_gap(tx, before.id, lasting))
        self._begin_gap(channel_id, ledger, GapCause.DISK)

    def _took(self, segment: _OpenSegment) -> None:
        """The disk takes footage of a channel, again perhaps: show what the packet loop says."""
        ledger = self._ledgers[segment.row.channel_id]
        if ledger.trouble and ledger.segment is segment:
            ledger.trouble = ""
            if ledger.told is not None:
                self._statuses[segment.row.channel_id] = ledger.told

    # Flushing

    def _flush(self) -> bool:
        """Make everything durable; False when the database refused and the next flush has to try again."""
        started = self._clock.monotonic()
        try:
            self._open_rows()
            self._create_files()
            self._sync()
            self._commit()
        except (SQLAlchemyError, MingjianError) as error:
            # Nothing is lost: rows that wait stay waiting, files stay open, the next flush tries again.
            _log.error("recorder.flush_failed", error=str(error))
            return False
        (written, fragments), self._written = self._written, (0, 0)
        self._on_durable(written, fragments, self._clock.monotonic() - started)
        barriers, self._barriers = self._barriers, []
        for barrier in barriers:
            barrier.set()
        return True

    def _segments(self) -> Mapping[ChannelId, _OpenSegment]:
        return {channel: ledger.segment for channel, ledger in self._ledgers.items() if ledger.segment is not None}

    def _open_rows(self) -> None:
        new = [one for one in [*self._segments().values(), *self._ending] if one.descriptor == _NO_ROW]
        if new:
            with self._database.write() as tx:
                store.open_segments(tx, [one.row for one in new])
        for one in new:
            one.descriptor = _ROW_COMMITTED

    def _create_files(self) -> None:
        # Those that ended come first: they are older.
        for segment in [*self._ending, *self._segments().values()]:
            if segment.descriptor == _ROW_COMMITTED:
                try:
                    segment.descriptor = segment.files.create(segment.row.path_name)
                except OSError as error:
                    self._give_up(segment, error)
                    continue
            if segment.descriptor >= 0:
                all(self._put(segment, fragment) for fragment in self._no_longer_waiting(segment))

    def _sync(self) -> None:
        for files, segments in self._by_volume().items():
            touched = [one for one in segments if one.dirty]
            if not touched:
                continue
            try:
                files.sync(touched[0].descriptor)
            except OSError as error:
                for one in touched:
                    one.back_to_durable()
                    self._give_up(one, error)
            else:
                for one in touched:
                    self._took(one)

    def _by_volume(self) -> dict[SegmentFiles, list[_OpenSegment]]:
        grouped: dict[SegmentFiles, list[_OpenSegment]] = {}
        for one in [*self._segments().values(), *self._ending]:
            grouped.setdefault(one.files, []).append(one)
        return grouped

    def _commit(self) -> None:
        growing = [one for one in self._segments().values() if one.dirty]
        ending = [one for one in self._ending if one.descriptor != _NO_ROW]
        self._trim(ending)
        if growing or ending or self._gaps or self._statuses:
            with self._database.write() as tx:
                store.flush_segments(tx, {one.row.id: bytes(one.packed) for one in growing})
                store.close_segments(tx, [_closing(one) for one in ending if one.size])
                store.forget_segments(tx, [one.row.id for one in ending if not one.size])
                for change in self._gaps:
                    change(tx)
                for status in self._statuses.values():
                    store.write_status(tx, status)
        for one in growing:
            one.now_durable()
        self._gaps.clear()
        self._statuses.clear()
        self._finish_files(ending)
        self._ending = [one for one in self._ending if one not in ending]

    def _trim(self, ending: list[_OpenSegment]) -> None:
        """A closed row promises the size of its file."""
        for one in ending:
            if one.torn and one.descriptor >= 0 and one.size:
                try:
                    one.files.cut(one.descriptor, one.size)
                except OSError as error:
                    _log.error("recorder.trim_failed", segment=str(one.row.id), error=str(error))

    def _finish_files(self, ending: list[_OpenSegment]) -> None:
        for one in ending:
            try:
                if one.descriptor >= 0:
                    one.files.close(one.descriptor)
                if not one.size:
                    one.files.remove(one.row.path_name)
            except OSError as error:
                # The row is right and the bytes are durable; a descriptor is closed even when this is said.
                _log.error("recorder.close_failed", segment=str(one.row.id), error=str(error))

    def _close_everything(self) -> None:
        for channel_id, ledger in self._ledgers.items():
            self._end_segment(ledger)
            self._begin_gap(channel_id, ledger, GapCause.ROLE_DOWN)
        for _ in range(CLOSING_TRIES):
            if self._flush():
                return
            threading.Event().wait(min(self._interval, 1.0))


def _closing(segment: _OpenSegment) -> Closing:
    return Closing(
        segment.row.id,
        segment.row.start_us,
        segment.end_us,
        segment.size,
        segment.frames,
        sha256(segment.digests).digest(),
        bytes(segment.packed),
    )
