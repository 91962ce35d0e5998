"""What a recorder that died has left: cut every open segment back to what is proven, and close it."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

import structlog

from mingjian.kernel.ids import VolumeId
from mingjian.media import store
from mingjian.media.model import FragmentRecord, Segment, unpack_records
from mingjian.media.record.files import SegmentFiles
from mingjian.media.store import Closing
from mingjian.storage.engine import Database

_log: Final = structlog.get_logger(__name__)


def recover(database: Database, volumes: Mapping[VolumeId, SegmentFiles]) -> int:
    """Close the segments that were left open on these volumes; returns how many.

    A segment keeps every fragment up to the last whose digest matches; a segment without one goes, row and file.
    Segments on volumes that are not in their place, and files that cannot be read now, stay as they are until the next
    start: one bad sector must not keep the others from being recorded.
    """
    with database.read() as tx:
        left = [(segment, records) for segment, records in store.segments_left_open(tx) if segment.volume_id in volumes]
    closings, empty = [], []
    for segment, records in left:
        try:
            closing = _recovered(segment, list(unpack_records(records)), volumes[segment.volume_id])
        except OSError as error:
            _log.error("recorder.recovery_failed", segment=str(segment.id), error=str(error))
            continue
        if closing is None:
            empty.append(segment)
        else:
            closings.append(closing)
    with database.write() as tx:
        store.close_segments(tx, closings)
        store.mark_garbage(tx, [one.id for one in empty])
    gone = [one for one in empty if _removed(one, volumes[one.volume_id])]
    with database.write() as tx:
        store.forget_segments(tx, [one.id for one in gone])
    if left:
        _log.info("recorder.recovered", segments=len(closings), empty=len(empty))
    return len(left)


def _removed(segment: Segment, files: SegmentFiles) -> bool:
    try:
        files.remove(segment.path_name)
    except OSError:
        return False  # the sweep of garbage tries again
    return True


def _recovered(segment: Segment, records: list[FragmentRecord], files: SegmentFiles) -> Closing | None:
    try:
        descriptor = files.open_existing(segment.path_name)
    except FileNotFoundError:
        return None
    try:
        init = files.read_at(descriptor, 0, segment.init_size)
        kept = _proven(records, segment.init_size, files, descriptor)
        if not kept:
            return None
        size = segment.init_size + sum(one.length for one in kept)
        files.cut(descriptor, size)
        files.sync(descriptor)
    finally:
        files.close(descriptor)
    return Closing(
        segment.id,
        segment.start_us,
        segment.start_us + kept[-1].end_offset_us,
        size,
        sum(one.frames for one in kept),
        sha256(sha256(init).digest() + b"".join(one.digest for one in kept)).digest(),
        b"".join(one.pack() for one in kept),
        recovered=True,
    )


def _proven(
    records: list[FragmentRecord], init_size: int, files: SegmentFiles, descriptor: int
) -> list[FragmentRecord]:
    """The records up to the last whose bytes are there; usually the very last one is."""
    offset = init_size + sum(one.length for one in records)
    for index in range(len(records) - 1, -1, -1):
        record = records[index]
        offset -= record.length
        if sha256(files.read_at(descriptor, offset, record.length)).digest() == record.digest:
            return records[: index + 1]
    return []
