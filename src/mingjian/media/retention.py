"""What may be removed, and how. Only the demonstration's ring is: nothing with a statutory term has a caller here.

Two phases: the row becomes garbage, then the file goes, then the row. Whatever happens in between, no row promises a
file that is gone.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, SYSTEM, Action, Entry
from mingjian.kernel.errors import MingjianError
from mingjian.media import store, volumes
from mingjian.media.model import Segment, Volume
from mingjian.media.record.files import SegmentFiles
from mingjian.storage.engine import Database

_BATCH: Final = 200


def turn_ring(database: Database, now_us: int) -> int:
    """Remove the oldest demonstration footage above its volume's limit; returns how many segments went.

    A volume that is not in its place is left alone.
    """
    with database.read() as tx:
        rings = [one for one in store.volumes(tx) if one.demonstration and one.limit_bytes is not None]
    turned = sum(_turn(database, ring, now_us) for ring in rings)
    _sweep(database)
    return turned


def _turn(database: Database, ring: Volume, now_us: int) -> int:
    assert ring.limit_bytes is not None
    try:
        volumes.verify(ring)
    except MingjianError:
        return 0
    with database.write() as tx:
        excess = store.used_bytes(tx, ring.id) - ring.limit_bytes
        going: list[Segment] = []
        for segment in store.oldest_closed(tx, ring.id, _BATCH):
            if excess <= 0:
                break
            going.append(segment)
            excess -= segment.size
        if not going:
            return 0
        store.mark_garbage(tx, [one.id for one in going])
        detail: dict[str, JSON] = {
            "segments": len(going),
            "bytes": sum(one.size for one in going),
            "from_us": going[0].start_us,
            "to_us": going[-1].end_us,
        }
        audit.record(tx, Entry(Action.RING_PURGED, SYSTEM, "volume", str(ring.id), detail, now_us))
    return len(going)


def _sweep(database: Database) -> None:
    """The second phase, also for what a crash left between the two."""
    with database.read() as tx:
        going = store.garbage(tx, _BATCH)
        places: Mapping[object, Volume] = {one.id: one for one in store.volumes(tx)}
    gone = []
    for segment in going:
        volume = places[segment.volume_id]
        try:
            volumes.verify(volume)
            SegmentFiles(Path(volume.path)).remove(segment.path_name)
        except (MingjianError, OSError):
            continue
        gone.append(segment.id)
    if gone:
        with database.write() as tx:
            store.forget_segments(tx, gone)
