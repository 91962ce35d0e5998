"""What a recorder that died has left: cut every unfinished segment back to what is proven, and close it."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final

import structlog

from mingjian.kernel.ids import ChannelId, SegmentId, VolumeId
from mingjian.media import store
from mingjian.media.formats import fmp4, h264, h265
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.members import store as members
from mingjian.media.members.membership import Membership
from mingjian.media.model import FragmentRecord, Segment, unpack_records
from mingjian.media.record import silences
from mingjian.media.record.files import SegmentFiles
from mingjian.media.store import Closing, Left
from mingjian.storage.engine import Database, Transaction

MAX_INIT: Final = 64 << 10
# Rows that one transaction closes: others want to write too.
BATCH: Final = 500

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Proven:
    """What a file holds that can be proven: its beginning, and every fragment up to the last good one."""

    start_us: int
    init: bytes
    records: tuple[FragmentRecord, ...]
    parameters: VideoParameters

    @property
    def size(self) -> int:
        return len(self.init) + sum(one.length for one in self.records)


def recover(
    database: Database,
    volume_id: VolumeId,
    files: SegmentFiles,
    in_use: Collection[SegmentId] = frozenset(),
    membership: Membership | None = None,
) -> int:
    """Close the segments that were left unfinished on a volume that is in its place; returns how many.

    A segment keeps every fragment that its index or its seals prove; one without any goes, row and file. Files that
    cannot be read now stay as they are: one bad sector must not keep the others from being recorded. Segments `in_use`
    belong to a writer.

    With a `membership`, those of members that live are left alone, and those of members that do not are taken over
    first, so that no two recover the same. Raises Fenced when this member's own life is over.
    """
    with database.read() as tx:
        left = [one for one in left_over(tx, volume_id, membership) if one.segment.id not in in_use]
        lives = members.lives(tx) if membership else {}
    severed: set[SegmentId] = set()
    if membership is not None:
        left = _taken_over(database, volume_id, left, membership)
        alive = {fence for fence, life in lives.items() if membership.may_write_still(life)}
        severed = {one.segment.id for one in left if one.fence in alive}
    left.sort(key=lambda one: one.segment.channel_id)  # what belongs to one channel is told together
    closed = empty = 0
    for start in range(0, len(left), BATCH):
        ended, gone = _recover(_Means(database, files, membership, severed), left[start : start + BATCH])
        closed, empty = closed + ended, empty + gone
    if left:
        _log.info("recorder.recovered", volume=str(volume_id), segments=closed, empty=empty)
    return len(left)


def left_over(tx: Transaction, volume_id: VolumeId, membership: Membership | None = None) -> list[Left]:
    """Unfinished segments that are this member's own or no living member's."""
    found = store.unfinished(tx, volume_id)
    if membership is None:
        return found
    others = {one.fence for one in members.living(tx)} - {membership.me.fence}
    return [one for one in found if one.fence not in others]


def _taken_over(database: Database, volume_id: VolumeId, left: list[Left], membership: Membership) -> list[Left]:
    mine = membership.me.fence
    foreign = {one.fence for one in left} - {mine}
    if not foreign:
        return left
    with database.write() as tx:
        membership.renew(tx)
        had = store.take_over(tx, volume_id, foreign, mine)
    return [one for one in left if one.segment.id in had]


@dataclass(frozen=True, slots=True)
class _Means:
    """`severed`: segments whose writer may still have the file open, on a machine that is cut off perhaps."""

    database: Database
    files: SegmentFiles
    membership: Membership | None
    severed: Collection[SegmentId]

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with self.database.write() as tx:
            if self.membership is not None:
                self.membership.renew(tx)
            yield tx


def _recover(means: _Means, left: Collection[Left]) -> tuple[int, int]:
    files = means.files
    closings: list[tuple[Segment, Closing]] = []
    begun: list[Segment] = []
    empty: list[Segment] = []
    opened: list[int] = []
    try:
        for segment, index in ((one.segment, one.index) for one in left):
            try:
                proven, descriptor = _recovered(segment, list(unpack_records(index)), files)
                if proven is not None and segment.id in means.severed:
                    descriptor = _severed(files, segment.path_name, descriptor, proven.size)
            except OSError as error:
                _log.error("recorder.recovery_failed", segment=str(segment.id), error=str(error))
                continue
            if proven is None:
                empty.append(segment)
                continue
            opened.append(descriptor)
            closings.append((segment, _closing(segment, proven)))
            if not index:
                begun.append(_as_begun(segment, proven))
        files.sync(opened)
    finally:
        for descriptor in opened:
            files.close(descriptor)
    with means.write() as tx:
        store.begin_segments(tx, begun)
        store.close_segments(tx, [closing for _, closing in closings])
        store.mark_garbage(tx, [one.id for one in empty])
        _explain(tx, closings, empty)
    gone = set(files.remove_all(one.path_name for one in empty))  # the sweep of garbage tries the others again
    with means.write() as tx:
        store.forget_segments(tx, [one.id for one in empty if one.path_name in gone])
    return len(closings), len(empty)


def _explain(tx: Transaction, closings: list[tuple[Segment, Closing]], empty: list[Segment]) -> None:
    """An empty one has nothing to add where the end of its channel's footage has been looked at with another."""
    done: set[tuple[ChannelId, int]] = set()
    for segment, closing in closings:
        if silences.explain(tx, segment, silences.spans(closing.start_us, list(unpack_records(closing.records)))):
            done.add((segment.channel_id, segment.clock_epoch))
    for of, segment in {(one.channel_id, one.clock_epoch): one for one in empty}.items():
        if of not in done:
            silences.explain(tx, segment, ())


def _recovered(segment: Segment, records: list[FragmentRecord], files: SegmentFiles) -> tuple[_Proven | None, int]:
    """What the segment holds, and its file, cut and open; (None, -1) when nothing of it is proven."""
    try:
        descriptor = files.open_existing(segment.path_name, writing=True)
    except FileNotFoundError:
        return None, -1
    try:
        proven = _prove(segment, records, files, descriptor) if records else _begun(files, descriptor)
        if proven is not None:
            files.cut(descriptor, proven.size)
            return proven, descriptor
    except OSError:
        files.close(descriptor)
        raise
    files.close(descriptor)
    return None, -1


def _severed(files: SegmentFiles, path_name: str, descriptor: int, size: int) -> int:
    try:
        return files.sever(path_name, descriptor, size)
    finally:
        files.close(descriptor)


def _closing(segment: Segment, proven: _Proven) -> Closing:
    return Closing(
        segment.id,
        proven.start_us,
        proven.start_us + proven.records[-1].end_offset_us,
        proven.size,
        sum(one.frames for one in proven.records),
        sha256(sha256(proven.init).digest() + b"".join(one.digest for one in proven.records)).digest(),
        b"".join(one.pack() for one in proven.records),
        recovered=True,
    )


def _as_begun(segment: Segment, proven: _Proven) -> Segment:
    """The row of a segment whose first flush did not come: its file says when it began, and with what."""
    return replace(segment, start_us=proven.start_us, init_size=len(proven.init), parameters=proven.parameters)


def _prove(segment: Segment, records: list[FragmentRecord], files: SegmentFiles, descriptor: int) -> _Proven | None:
    init = files.read_at(descriptor, 0, segment.init_size)
    known = _matching(records, segment.init_size, files, descriptor)
    if len(known) == len(records):
        # Behind what the database knows stands what was written and not flushed: each seal proves its fragment.
        end = segment.init_size + sum(one.length for one in known)
        known += [_record(one, segment.start_us) for one in _behind(files, descriptor, end)]
    return _Proven(segment.start_us, init, tuple(known), segment.parameters) if known else None


def _begun(files: SegmentFiles, descriptor: int) -> _Proven | None:
    """A file of which the database knows nothing yet; its beginning has no seal, so it is made again and compared."""
    found = fmp4.configuration(files.read_at(descriptor, 0, MAX_INIT))
    if found is None:
        return None
    size, codec, content, sound = found
    parameters = (h265 if codec == "h265" else h264).configured(content)
    behind = list(_behind(files, descriptor, size)) if parameters else []
    if parameters is None or not behind:
        return None
    start_us, parameters = behind[0].wall_us, replace(parameters, sound=sound)
    init = files.read_at(descriptor, 0, size)
    if init != fmp4.init(parameters, start_us):
        return None
    return _Proven(start_us, init, tuple(_record(one, start_us) for one in behind), parameters)


def _matching(
    records: list[FragmentRecord], init_size: int, files: SegmentFiles, descriptor: int
) -> list[FragmentRecord]:
    """The records up to the last whose bytes are there; usually the very last one is."""
    offset = init_size + sum(one.length for one in records)
    for index in range(len(records) - 1, -1, -1):
        record = records[index]
        offset -= record.length
        if _holds(files.read_at(descriptor, offset, record.length), record):
            return records[: index + 1]
    return []


def _holds(data: bytes, record: FragmentRecord) -> bool:
    """Whether these are the bytes that were written."""
    body = data[: -fmp4.SEAL_SIZE] if record.sealed else data
    sealed = not record.sealed or data[len(body) :] == fmp4.seal(record.digest)
    return sealed and len(data) == record.length and sha256(body).digest() == record.digest


def _behind(files: SegmentFiles, descriptor: int, at: int) -> Iterator[fmp4.Found]:
    while found := fmp4.find(lambda offset, length: files.read_at(descriptor, offset, length), at):
        yield found
        at += found.length


def _record(found: fmp4.Found, start_us: int) -> FragmentRecord:
    return FragmentRecord(
        found.length,
        found.start_ticks,
        found.duration_ticks,
        max(0, found.wall_us - start_us),
        found.frames,
        found.key,
        found.digest,
        sealed=True,
    )
