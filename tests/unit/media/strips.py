"""A day of a channel in the index alone, as a camera with a bad line leaves it: 1,440 segments and 200 gaps."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import insert
from tests.unit.media import making

from mingjian.kernel.ids import ChannelId, VolumeId, new_id
from mingjian.media import store
from mingjian.media.model import GapCause
from mingjian.storage.engine import Database

S: Final = 1_000_000
DAY_S: Final = 86_400
GAPS: Final = [(index * 432 + 100, index * 432 + 100 + (3 if index % 2 else 90)) for index in range(200)]
"""Seconds of the day: every second one is shorter than a pixel of a day."""


def segments() -> list[tuple[int, int]]:
    """Seconds of the day that are recorded: one for each minute, but for what is missing of it."""
    return [(minute * 60, minute * 60 + 60) for minute in range(1_440)]


def recorded() -> Iterator[tuple[int, int]]:
    for start, end in segments():
        at = start
        for gap_start, gap_end in GAPS:
            if gap_end <= at or gap_start >= end:
                continue
            if gap_start > at:
                yield at, gap_start
            at = min(end, gap_end)
        if at < end:
            yield at, end


def write(database: Database, channel_id: ChannelId, volume_id: VolumeId, start_us: int) -> int:
    """Write the day from `start_us` on; returns how many segments it has. No file belongs to them."""
    parameters = making.parameters(256, 144)
    rows = [
        {
            "id": new_id(start_us),
            "channel_id": channel_id,
            "volume_id": volume_id,
            "state": "closed",
            "origin": "live",
            "stream": "main",
            "path_name": f"strip/{channel_id}/{start_us}-{start}.mp4",
            "start_us": start_us + start * S,
            "end_us": start_us + end * S,
            "clock_epoch": 0,
            "codec": parameters.codec,
            "mime": parameters.mime,
            "width": parameters.width,
            "height": parameters.height,
            "fps": parameters.fps,
            "configuration": parameters.configuration,
            "init_size": 0,
            "size": 0,
            "frames": 0,
            "digest": bytes(32),
            "recovered": False,
        }
        for start, end in recorded()
    ]
    gaps = [
        {
            "id": new_id(start_us),
            "channel_id": channel_id,
            "start_us": start_us + start * S,
            "end_us": start_us + end * S,
            "cause": GapCause.NETWORK,
            "clock_epoch": 0,
        }
        for start, end in GAPS
    ]
    with database.write() as tx:
        tx.execute(insert(store.SEGMENT), rows)
        tx.execute(insert(store.GAP), gaps)
    return len(rows)
