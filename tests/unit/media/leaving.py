"""What a recorder that died leaves: many open segments, each a bit ahead of its row."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

from tests.unit.media import making
from tests.unit.media.storing import START, S

from mingjian.kernel.ids import ChannelId, SegmentId, new_id
from mingjian.media import store
from mingjian.media.model import Segment, SegmentState, Volume
from mingjian.media.record.cutter import Cutter
from mingjian.media.record.growing import GrowingSegment, new_segment
from mingjian.media.record.lane import Lane
from mingjian.storage.engine import Database

FRAMES = 10
"""In each of the two fragments: the first is in the index, the second was written after the last flush."""


def leave_open(database: Database, volume: Volume, count: int, *, prepared: bool = True) -> None:
    """`count` segments of as many channels, and with each the file that was ready for its next minute."""
    model, known, content = _model(volume)
    root = Path(volume.path)
    rows: list[Segment] = []
    for number in range(count):
        channel_id = ChannelId(new_id(START + number))
        rows.append(_of(model.row, channel_id))
        _write(root, rows[-1], content)
        if prepared:
            rows.append(replace(_of(model.row, channel_id), state=SegmentState.PREPARED))
            _write(root, rows[-1], b"")
    with database.write() as tx:
        store.open_segments(tx, rows)
        store.flush_segments(tx, {one.id: known for one in rows if one.state is SegmentState.OPEN})


def _of(model: Segment, channel_id: ChannelId) -> Segment:
    segment_id = SegmentId(new_id(model.start_us))
    return replace(model, id=segment_id, channel_id=channel_id, path_name=f"20250615/{channel_id}/{segment_id}.mp4")


def _write(root: Path, row: Segment, content: bytes) -> None:
    path = root / row.path_name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _model(volume: Volume) -> tuple[GrowingSegment, bytes, bytes]:
    """A segment, the index of its first fragment, and its file with both."""
    cutter = Cutter(fragment_ticks=FRAMES * making.STEP, segment_us=60 * S, phase_us=0)
    pushed = (cutter.push(one, START + one.ticks * 100 // 9) for one in making.frames(2 * FRAMES + 1))
    first, second = (one for one in pushed if one is not None)
    lane = cast("Lane", SimpleNamespace(volume=volume))
    model = new_segment(SegmentId(new_id(START)), ChannelId(new_id(START)), lane, START, 0)
    model.begin(first)
    content = b"".join(model.add(first))
    model.durable = model.mark
    known = model.index()
    return model, known, content + b"".join(model.add(second))
