"""A start after a death with many open segments: all are closed, with what is behind their index, and soon."""

import os
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select
from tests.counts import counted
from tests.unit.media import promises
from tests.unit.media.leaving import FRAMES, leave_open

from mingjian.media import store, volumes
from mingjian.media.record.files import FlushPolicy, SegmentFiles
from mingjian.media.record.recovery import recover
from mingjian.storage.engine import Database


def recover_many(database: Database, folder: Path, count: int, policy: FlushPolicy) -> float:
    """Seconds for the recovery of so many open segments, and as many prepared ones."""
    volume = volumes.add(database, folder / "video", "default", 1)
    leave_open(database, volume, count)
    os.sync()  # as after a death a while ago: what was written is on the disk
    began = time.monotonic()
    recover(database, volume.id, SegmentFiles(Path(volume.path), policy))
    took = time.monotonic() - began
    with database.read() as tx:
        states = tx.execute(select(store.SEGMENT.c.state, func.count()).group_by(store.SEGMENT.c.state))
        assert [tuple(one) for one in states] == [("closed", count)]
        frames = tx.execute(select(func.min(store.SEGMENT.c.frames), func.max(store.SEGMENT.c.frames))).one()
        assert tuple(frames) == (2 * FRAMES, 2 * FRAMES)
        files = {volume.id.hex: promises.contents(Path(volume.path))}
        assert promises.broken(tx, files, over=True) == []
    return took


@pytest.mark.parametrize("policy", ["syncfs", "fdatasync"])
def test_hundreds_are_closed(database: Database, tmp_path: Path, policy: FlushPolicy) -> None:
    recover_many(database, tmp_path, 300, policy)


@pytest.mark.quiet
@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("engine", ["sqlite"])
def test_ten_thousand_are_closed_in_ten_seconds(database: Database, tmp_path: Path) -> None:
    count = counted("SOAK_LEFT_OPEN", 10_000)
    took = recover_many(database, tmp_path, count, "syncfs")
    sys.stderr.write(f"\n{count} open segments, and as many files for the next minute: {took:.1f} s\n")
    assert took < 10
