"""Millions of segments in the real schema, fast: what a site has after months, without the months.

Only a few hundred sampled segments have a file; no other is read. Rows, indexes, counters of days, gaps and holds are
as the recorder and people would have left them.
"""

import random
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
import pysqlite3
from sqlalchemy.engine import make_url

from bench.processes import BenchError
from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.ids import new_id
from mingjian.media.formats import fmp4, h264
from mingjian.media.formats.fmp4 import PictureRun
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.model import FragmentRecord, day_of
from mingjian.simulate import loadclip

S: Final = 1_000_000
MINUTE_US: Final = 60 * S
FRAMES: Final = 25
# One minute of a channel in so many is missing, and has a gap.
MISSING_EVERY: Final = 997
HOLDS: Final = 200
BATCH: Final = 20_000
COLUMNS: Final = (
    *("id", "channel_id", "volume_id", "state", "origin", "stream", "path_name", "start_us", "end_us", "clock_epoch"),
    *("codec", "mime", "width", "height", "fps", "configuration", "init_size", "size", "frames", "digest", "recovered"),
)
_GAP: Final = ("id", "channel_id", "start_us", "end_us", "cause", "clock_epoch")
_HOLD: Final = ("id", "channel_id", "start_us", "end_us", "reason", "placed_label", "placed_us", "lifted_us")
_DAY: Final = ("channel_id", "volume_id", "day", "segments", "bytes")

Rows = Iterable[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Footage:
    """The bytes of one file and what its row says."""

    parameters: VideoParameters
    content: bytes
    init_size: int
    records: bytes
    digest: bytes
    fragments: int


def footage(cache: Path, start_us: int, fragments: int, *, key_bytes: int, frame_bytes: int) -> Footage:
    """Sealed fragments of a second with random pictures in them, and their index."""
    noise, parameters = random.Random(7), _parameters(cache)
    init = fmp4.init(parameters, start_us)
    parts, records, digests = [init], [], [sha256(init).digest()]
    for number in range(fragments):
        sizes = [key_bytes, *[frame_bytes] * (FRAMES - 1)]
        frames = [struct.pack(">I", size) + noise.randbytes(size) for size in sizes]
        keys = [True] + [False] * (FRAMES - 1)
        data = fmp4.fragment(
            number + 1, PictureRun(number * 90_000, frames, [3_600] * FRAMES, keys), start_us + number * S
        )
        digest = sha256(data).digest()
        parts += [data, fmp4.seal(digest)]
        digests.append(digest)
        length = len(data) + fmp4.SEAL_SIZE
        records.append(FragmentRecord(length, number * 90_000, 90_000, number * S, FRAMES, True, digest, sealed=True))
    whole = sha256(b"".join(digests)).digest()
    packed = b"".join(one.pack() for one in records)
    return Footage(parameters, b"".join(parts), len(init), packed, whole, fragments)


def _parameters(cache: Path) -> VideoParameters:
    sps, pps = loadclip.load_clip(cache, "h264", 320, 180, 25, 300, seconds=2).parameter_sets
    found = h264.parameters(sps, pps)
    assert found is not None
    return found


@dataclass(frozen=True, slots=True)
class Sample:
    """A segment with a file."""

    channel: UUID
    start_us: int
    volume: int
    path_name: str


@dataclass(slots=True)
class History:
    """`count` closed segments of `channels`, minute by minute up to `end_us`; `volumes` take turns by day.

    `rows` makes them in the order of time, and leaves `samples`, `days` and `gaps` behind.
    """

    channels: Sequence[UUID]
    volumes: Sequence[UUID]
    count: int
    end_us: int
    minute: Footage
    sampled: int
    samples: list[Sample] = field(default_factory=list)
    days: dict[tuple[UUID, UUID, int], list[int]] = field(default_factory=dict)
    gaps: list[tuple[UUID, int, int]] = field(default_factory=list)

    @property
    def minutes(self) -> int:
        return -(-self.count * MISSING_EVERY // (MISSING_EVERY - 1) // len(self.channels)) + 1

    @property
    def begin_us(self) -> int:
        return (self.end_us // MINUTE_US - self.minutes - 1) * MINUTE_US

    def rows(self) -> Iterator[tuple[tuple[Any, ...], tuple[str, bytes]]]:
        noise, made = random.Random(11), 0
        blank = [_index(noise) for _ in range(64)]
        picked = set(noise.sample(range(self.count), min(self.sampled, self.count)))
        names = [(channel.hex, str(channel)) for channel in self.channels]
        for minute in range(self.minutes):
            stamp = f"{to_datetime(self.begin_us + minute * MINUTE_US).astimezone(SHANGHAI):%Y%m%d/%H%M}"
            folder, _, clock = stamp.partition("/")
            for number, (channel, written) in enumerate(names):
                start_us = self.begin_us + minute * MINUTE_US + number * 700_000 % MINUTE_US
                if (minute * 83 + number * 131) % MISSING_EVERY == 0:
                    self.gaps.append((self.channels[number], start_us, start_us + MINUTE_US))
                    continue
                if made == self.count:
                    return
                volume = (minute // 1_440 + number) % len(self.volumes)
                segment = f"{start_us // 1000:012x}7{number:03x}8{made:015x}"
                path = f"{folder}/{written}/{clock}{start_us // S % 60:02d}-{_dashed(segment)}.mp4"
                sample = made in picked
                yield (
                    self._row(segment, channel, volume, path, start_us),
                    (
                        segment,
                        self.minute.records if sample else blank[made & 63],
                    ),
                )
                self._count(number, volume, start_us)
                if sample:
                    self.samples.append(Sample(self.channels[number], start_us, volume, path))
                made += 1

    def _row(self, segment: str, channel: str, volume: int, path: str, start_us: int) -> tuple[Any, ...]:
        minute = self.minute
        picture = minute.parameters
        return (
            *(segment, channel, self.volumes[volume].hex, "closed", "live", "main", path),
            *(start_us, start_us + MINUTE_US, 0),
            *(picture.codec, picture.mime, picture.width, picture.height, picture.fps, picture.configuration),
            *(minute.init_size, len(minute.content), minute.fragments * FRAMES, minute.digest, False),
        )

    def _count(self, number: int, volume: int, start_us: int) -> None:
        key = self.channels[number], self.volumes[volume], day_of(start_us)
        counters = self.days.setdefault(key, [0, 0])
        counters[0] += 1
        counters[1] += len(self.minute.content)

    def day_rows(self) -> Rows:
        return [(channel.hex, volume.hex, day, *both) for (channel, volume, day), both in self.days.items()]

    def gap_rows(self) -> Rows:
        for channel, start_us, end_us in self.gaps:
            yield new_id(start_us).hex, channel.hex, start_us, end_us, "network", 0

    def hold_rows(self) -> Rows:
        """Hours of footage that somebody asked to keep; half of them are lifted again."""
        noise = random.Random(13)
        for number in range(HOLDS):
            start_us = self.begin_us + noise.randrange(self.minutes) * MINUTE_US
            channel = noise.choice(self.channels).hex
            lifted = self.end_us if number % 2 else None
            hold = new_id(start_us).hex
            yield hold, channel, start_us, start_us + 60 * MINUTE_US, "bench", "bench", self.end_us, lifted


def _dashed(segment: str) -> str:
    return f"{segment[:8]}-{segment[8:12]}-{segment[12:16]}-{segment[16:20]}-{segment[20:]}"


def _index(noise: random.Random) -> bytes:
    """Sixty records of fragments that are in no file."""
    sizes = [noise.randrange(300_000, 700_000) for _ in range(60)]
    return b"".join(
        FragmentRecord(size, at * 90_000, 90_000, at * S, FRAMES, True, noise.randbytes(32), sealed=True).pack()
        for at, size in enumerate(sizes)
    )


def fill(url: str, history: History) -> None:
    """Write the whole history into the migrated database at `url`, which nobody else has open."""
    if url.startswith("sqlite"):
        _fill_sqlite(str(make_url(url).database), history)
    else:
        _fill_postgresql(url, history)
    if len(history.samples) < min(history.sampled, history.count):
        raise BenchError("the history came out shorter than asked for")


def _fill_sqlite(path: str, history: History) -> None:
    """Without a journal and without syncs: when it fails, the folder goes."""
    connection = pysqlite3.connect(path, isolation_level=None)
    # The write-ahead log would write everything twice.
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-400000"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    connection.execute("BEGIN")
    rows = history.rows()
    while batch := list(islice(rows, BATCH)):
        connection.executemany(_insert("segment", COLUMNS), [segment for segment, _ in batch])
        connection.executemany(_insert("segment_index", ("segment_id", "records")), [index for _, index in batch])
    connection.executemany(_insert("recorded_day", _DAY), history.day_rows())
    connection.executemany(_insert("gap", _GAP), history.gap_rows())
    connection.executemany(_insert("hold", _HOLD), history.hold_rows())
    connection.execute("COMMIT")
    connection.execute("PRAGMA journal_mode=WAL").fetchall()
    connection.close()


def _insert(table: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _fill_postgresql(url: str, history: History) -> None:
    with psycopg.connect(url) as connection:
        rows = history.rows()
        while batch := list(islice(rows, BATCH)):
            _copy(connection, "segment", COLUMNS, (segment for segment, _ in batch))
            _copy(connection, "segment_index", ("segment_id", "records"), (index for _, index in batch))
        _copy(connection, "recorded_day", _DAY, history.day_rows())
        _copy(connection, "gap", _GAP, history.gap_rows())
        _copy(connection, "hold", _HOLD, history.hold_rows())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")  # as autovacuum does in the night


def _copy(connection: psycopg.Connection, table: str, columns: Sequence[str], rows: Rows) -> None:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
        for row in rows:
            copy.write_row(row)
