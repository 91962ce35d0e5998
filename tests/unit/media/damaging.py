"""A store to damage in tests: real files with their rows, every kind of harm, and a check that is run to its end."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import update
from tests.unit.media import storing
from tests.unit.media.storing import START, S

from mingjian.kernel.clock import WallUs
from mingjian.kernel.ids import ChannelId
from mingjian.media import store
from mingjian.media.check import service
from mingjian.media.check.means import Means
from mingjian.media.check.model import CheckRun, Damage, Mode
from mingjian.media.model import FragmentRecord, GapCause, Volume, unpack_records
from mingjian.media.record.files import SegmentFiles
from mingjian.storage.engine import Database

Found = tuple[str, str, str, float | None, float | None]
"""What a check found: kind, first word of its detail, file, span in seconds from START."""


@dataclass
class HandClock:
    """A clock whose time passes only when somebody waits."""

    now: float = START / S + 1_000
    waited: float = 0.0

    def now_us(self) -> WallUs:
        return WallUs(int(self.now * S))

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waited += seconds
        self.now += seconds


class BadSector(SegmentFiles):
    """A disk on which bytes of one file cannot be read, or whose folders cannot be listed."""

    path_name = ""
    bad: range = range(0)
    number = 5  # EIO
    opened: dict[int, str]

    def open_existing(self, path_name: str, *, writing: bool = False) -> int:
        descriptor = super().open_existing(path_name, writing=writing)
        self.opened = {**getattr(self, "opened", {}), descriptor: path_name}
        return descriptor

    def read_at(self, descriptor: int, offset: int, length: int) -> bytes:
        if self.opened[descriptor] == self.path_name and offset < self.bad.stop and offset + length > self.bad.start:
            raise OSError(self.number, os.strerror(self.number))
        return super().read_at(descriptor, offset, length)


@dataclass
class Harmed:
    """A site whose writer has stopped: six segments of ten seconds of one channel, and two of another."""

    site: storing.Site
    id: ChannelId
    other: ChannelId
    clock: HandClock = field(default_factory=HandClock)
    files: Callable[[Volume], SegmentFiles] = field(default=lambda volume: SegmentFiles(Path(volume.path)))

    @property
    def database(self) -> Database:
        return self.site.database

    def rows(self, channel_id: ChannelId | None = None) -> list[Any]:
        return self.site.segments(channel_id or self.id)

    def path(self, number: int) -> Path:
        return self.site.root / str(self.rows()[number].path_name)

    def records(self, number: int) -> list[FragmentRecord]:
        return list(unpack_records(self.rows()[number].records))

    def offset(self, number: int, fragment: int) -> int:
        """Where a fragment of a segment begins in its file."""
        return int(self.rows()[number].init_size) + sum(one.length for one in self.records(number)[:fragment])

    def span(self, number: int, first: int = 0, last: int = -1) -> tuple[float, float]:
        """Seconds from START of some fragments."""
        row, records = self.rows()[number], self.records(number)
        start, end = row.start_us + records[first].offset_us, row.start_us + records[last].end_offset_us
        return (start - START) / S, (end - START) / S

    def flip(self, number: int, at: int) -> None:
        with self.path(number).open("r+b") as file:
            file.seek(at)
            byte = file.read(1)
            file.seek(at)
            file.write(bytes([byte[0] ^ 0x10]))

    def edit(self, number: int, **values: Any) -> None:
        with self.database.write() as tx:
            row = self.rows()[number]
            tx.execute(update(store.SEGMENT).where(store.SEGMENT.c.id == row.id).values(**values))

    def edit_index(self, number: int, records: list[FragmentRecord]) -> None:
        with self.database.write() as tx:
            packed = b"".join(one.pack() for one in records)
            changed = update(store.SEGMENT_INDEX).where(store.SEGMENT_INDEX.c.segment_id == self.rows()[number].id)
            tx.execute(changed.values(records=packed))

    # Checking

    def means(self, **changes: Any) -> Means:
        given = {"database": self.database, "clock": self.clock, "pause": self.clock.wait, "files": self.files}
        return Means(**{**given, **changes})

    def check(self, mode: Mode = Mode.FULL, **changes: Any) -> CheckRun:
        run = service.begin(self.database, mode, None, resume=False, now_us=self.clock.now_us())
        return service.work(self.means(**changes), run)

    def standing(self) -> list[Found]:
        with self.database.read() as tx:
            known = service.damage(tx)
        return sorted((self._told(one.damage) for one in known), key=repr)

    def _told(self, one: Damage) -> Found:
        def seconds(us: int | None) -> float | None:
            return None if us is None else (us - START) / S

        return one.kind.value, one.word.value, one.path_name, seconds(one.start_us), seconds(one.end_us)


def harmed(site: storing.Site) -> Harmed:
    """Six and two closed segments; a gap between the third and the fourth."""
    one, two = site.channel(), site.channel()
    one.record(30)
    one.interrupted()
    site.writer.interrupt(one.id, GapCause.NETWORK)
    one.record(30, skip_s=10)
    one.hand_over()
    two.record(20)
    two.hand_over()
    site.settle()
    site.writer.stop()
    return Harmed(site, one.id, two.id)


def after(count: int) -> Callable[[], bool]:
    """True from the `count`-th call on."""
    asked = iter(range(count))
    return lambda: next(asked, None) is None
