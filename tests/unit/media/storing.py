"""A store to write to in tests: a volume in a folder, an I/O object that watches and fails on demand, readers."""

import errno
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from sqlalchemy import select
from tests.unit.media import making

from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media import store
from mingjian.media.formats import fmp4
from mingjian.media.formats.frames import Frame
from mingjian.media.model import SHOWN_STATES, Fragment, Gap, unpack_records
from mingjian.media.record.cutter import Cutter
from mingjian.media.record.files import SegmentFiles
from mingjian.media.record.placement import Berth, Placement, VolumeState
from mingjian.media.record.recovery import recover
from mingjian.media.record.writer import SegmentWriter
from mingjian.media.store import ChannelStatus
from mingjian.media.volumes import ensure
from mingjian.simulate import readback
from mingjian.storage.engine import Database, Transaction
from mingjian.storage.errors import DATABASE_BUSY

S: Final = 1_000_000
START: Final = 1_750_000_000 * S
"""In the past of any machine that runs this."""
LIMIT_S: Final = 15.0
ALL_TIME: Final = Span(0, 4_000_000_000 * S)


def until(condition: Callable[[], Any], limit_s: float = LIMIT_S) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


class WatchedFiles(SegmentFiles):
    """Does what it is asked, checks the order of things, and fails where the test says so.

    `fails` maps a call to what happens instead: an errno, or half of it first where `torn` is set.
    """

    def __init__(self, root: Path, database: Database | None = None) -> None:
        super().__init__(root)
        self.root = root
        self.database = database
        self.fails: dict[str, int] = {}
        self.torn = False
        self.calls: list[str] = []
        self.opened: dict[int, str] = {}
        self.written: dict[str, int] = {}
        self.durable: dict[str, int] = {}

    def _called(self, call: str) -> None:
        self.calls.append(call)
        if number := self.fails.get(call):
            raise OSError(number, os.strerror(number))

    def create(self, path_name: str) -> int:
        if self.database is not None:  # the row of a segment is committed before its file is created
            with self.database.read() as tx:
                query = select(store.SEGMENT.c.state).where(store.SEGMENT.c.path_name == path_name)
                assert tx.execute(query).scalar_one() in ("prepared", "open")
        self._called("create")
        descriptor = super().create(path_name)
        self.opened[descriptor] = path_name
        return descriptor

    def append(self, descriptor: int, *parts: bytes) -> None:
        data = b"".join(parts)
        if self.torn and "append" in self.fails:
            super().append(descriptor, data[: len(data) // 2])
        self._called("append")
        super().append(descriptor, *parts)
        name = self.opened[descriptor]
        self.written[name] = self.written.get(name, 0) + len(data)

    def sync(self, descriptors: Sequence[int]) -> None:
        self._called("sync")
        super().sync(descriptors)
        self.durable.update(self.written)

    def close(self, descriptor: int) -> None:
        super().close(descriptor)
        self._called("close")

    def remove(self, path_name: str) -> None:
        self._called("remove")
        super().remove(path_name)


class Trouble(Database):
    """A database that refuses to write while `busy`, or loses the answer to commits while `deaf`."""

    busy = False
    deaf = False
    after_commit: Callable[[], None] = staticmethod(lambda: None)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        if self.busy:
            raise MingjianError(DATABASE_BUSY, seconds=0)
        with super().write() as tx:
            yield tx
        if self.deaf:
            raise MingjianError(DATABASE_BUSY, seconds=0)
        self.after_commit()


@dataclass
class Site:
    """A volume, its I/O object, a writer that flushes all the time, and what it said."""

    database: Trouble
    root: Path
    interval_s: float = 0.02
    broken: list[ChannelId] = field(default_factory=list)
    clock: SystemClock = field(default_factory=SystemClock)

    def __post_init__(self) -> None:
        volume = ensure(self.database, self.root, demonstration=False, limit_bytes=None, now_us=START)
        self.volume = volume
        self.placement = Placement(self.clock)
        self.files = WatchedFiles(self.root, self.database)
        self.writer = self.new_writer()

    def new_writer(self) -> SegmentWriter:
        def broken(channel_id: ChannelId, _error: OSError) -> None:
            self.broken.append(channel_id)

        self.writer = SegmentWriter(
            self.database, self.clock, self.placement, flush_interval_s=self.interval_s, on_broken=broken
        )
        self.writer.start()
        self.lane = self.writer.open_lane(self.volume, self.files)
        self.placement.replace([Berth(self.lane, VolumeState.OK, 1 << 40)])
        return self.writer

    def die(self) -> None:
        """End the writer as a kill does: nothing is closed."""
        self.writer._close_everything = lambda: None  # type: ignore[method-assign]
        self.writer.stop()

    def recover(self) -> int:
        """What the next start does with what is left; how many segments it looked after."""
        return recover(self.database, self.volume.id, self.files)

    def channel(self, created_us: int = START) -> "Writing":
        return Writing(self, ChannelId(new_id(START)), created_us)

    def settle(self) -> None:
        assert self.writer.drain(LIMIT_S)

    def segments(self, channel_id: ChannelId) -> list[Any]:
        with self.database.read() as tx:
            query = select(store.SEGMENT, store.SEGMENT_INDEX.c.records).join_from(store.SEGMENT, store.SEGMENT_INDEX)
            query = query.where(store.SEGMENT.c.channel_id == channel_id, store.SEGMENT.c.state.in_(SHOWN_STATES))
            return list(tx.execute(query.order_by(store.SEGMENT.c.clock_epoch, store.SEGMENT.c.start_us)))

    def gaps(self, channel_id: ChannelId) -> list[tuple[float, float | None, str]]:
        """Gaps in seconds from START, and their causes."""

        def of(gap: Gap) -> tuple[float, float | None, str]:
            end = None if gap.end_us is None else round((gap.end_us - START) / S, 3)
            return round((gap.start_us - START) / S, 3), end, gap.cause.value

        with self.database.read() as tx:
            return [of(gap) for gap in store.gaps_between(tx, channel_id, ALL_TIME)]

    def status(self, channel_id: ChannelId) -> ChannelStatus | None:
        with self.database.read() as tx:
            return store.statuses(tx).get(channel_id)

    def recorded(self, channel_id: ChannelId) -> list[int]:
        """The numbers of all frames in closed segments, after `check`."""
        return [
            number
            for row in self.segments(channel_id)
            if row.state == "closed"
            for number in readback.numbers((self.root / row.path_name).read_bytes())
        ]

    def check(self, channel_id: ChannelId) -> None:
        """Every promise of a closed row, and no file that no row knows."""
        end_us = 0
        for row in self.segments(channel_id):
            assert row.start_us >= end_us
            if row.state == "closed":
                check_closed(row, (self.root / row.path_name).read_bytes())
                end_us = row.end_us
        with self.database.read() as tx:
            known = set(tx.execute(select(store.SEGMENT.c.path_name)).scalars())
        files = {str(path.relative_to(self.root)) for path in self.root.rglob("*.mp4")}
        assert files <= known
        spans = [(row.start_us, row.end_us) for row in self.segments(channel_id) if row.state == "closed"]
        with self.database.read() as tx:
            for gap in store.gaps_between(tx, channel_id, ALL_TIME):
                for start, end in spans:  # a gap never covers footage
                    inside = gap.start_us < end and (gap.end_us is None or gap.end_us > start)
                    assert not inside or gap.start_us >= start, (gap, start, end)


def check_closed(row: Any, data: bytes) -> None:
    """Size, digests and index of a closed segment agree with its file."""
    assert len(data) == row.size
    init, at = data[: row.init_size], row.init_size
    digests, frames = sha256(init).digest(), 0
    for record in unpack_records(row.records):
        piece = data[at : at + record.length]
        body = piece[: -fmp4.SEAL_SIZE] if record.sealed else piece
        assert sha256(body).digest() == record.digest
        assert not record.sealed or piece[len(body) :] == fmp4.seal(record.digest)
        assert len(readback.numbers(piece)) == record.frames
        digests += record.digest
        frames += record.frames
        at += record.length
    assert at == row.size
    assert sha256(digests).digest() == row.digest
    assert frames == row.frames


@dataclass
class Writing:
    """One channel that is recorded in a test: frames in at 25 a second from START on."""

    site: Site
    id: ChannelId
    created_us: int
    number: int = 0
    width: int = 256
    height: int = 144
    sent: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.adopt()

    def adopt(self) -> int:
        until_us = self.site.writer.adopt(self.id, self.site.volume.group_id, self.created_us)
        self.cutter = Cutter(fragment_ticks=90_000, segment_us=10 * S, phase_us=0, not_before_us=until_us)
        return until_us

    def frames(self, count: int) -> list[Frame]:
        ticks = self.number * making.STEP
        return making.frames(count, first=self.number, ticks=ticks, width=self.width, height=self.height)

    def record(self, seconds: float, *, skip_s: float = 0, late_us: int = 0) -> None:
        """Give so many seconds of frames to the writer, after a silence, each of them late."""
        self.number += int(skip_s * 25)
        for frame in self.frames(int(seconds * 25)):
            self.sent.append(self.number)
            self.number += 1
            self._write(self.cutter.push(frame, START + frame.ticks * 100 // 9 + late_us))

    def hand_over(self) -> None:
        self._write(self.cutter.finish())

    def interrupted(self) -> None:
        self.hand_over()
        self.cutter.interrupted()

    def _write(self, fragment: Fragment | None) -> None:
        if fragment is not None:
            self.site.writer.write(self.id, fragment)
        while self.site.broken:  # as the packet loop does
            self.site.broken.pop()
            self.cutter.restart()


NO_SPACE: Final = errno.ENOSPC
BAD_SECTOR: Final = errno.EIO
