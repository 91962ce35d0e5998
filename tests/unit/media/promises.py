"""What docs/design/store.md says is always true, looked for by a reader of its own: it shares no code with the product.

Files are handed in as bytes by name, for each volume; what the database says is read by SQL.
"""

import io
import struct
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import av
from sqlalchemy import text

from mingjian.simulate import readback
from mingjian.storage.engine import Transaction

SEAL: Final = UUID("6d696e67-6a69-616e-8000-7365616c2f31").bytes
RECORD: Final = struct.Struct(">IIIIHBB32s")
KEPT: Final = ("closed", "marked")
# A silence that needs no gap row.
JITTER_US: Final = 500_000
# What recorded time and media time of a fragment may differ by.
SLEW_US: Final = 1_000

Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Row:
    """A segment as the database has it; ids in hexadecimal."""

    id: str
    channel: str
    volume: str
    state: str
    path_name: str
    start_us: int
    end_us: int | None
    epoch: int
    init_size: int
    size: int | None
    frames: int | None
    digest: bytes | None
    records: tuple[tuple[Any, ...], ...]

    @property
    def promised(self) -> int:
        """Bytes that the index speaks of."""
        return self.init_size + sum(one[0] for one in self.records) if self.records else 0


@dataclass(frozen=True, slots=True)
class GapRow:
    channel: str
    start_us: int
    end_us: int | None
    cause: str
    epoch: int

    def covers(self, start_us: int, end_us: int) -> bool:
        return self.start_us <= start_us and (self.end_us is None or self.end_us >= end_us)

    def touches(self, start_us: int, end_us: int) -> bool:
        return self.start_us < end_us and (self.end_us is None or self.end_us > start_us)


_SEGMENTS: Final = """
SELECT id, channel_id, volume_id, state, path_name, start_us, end_us, clock_epoch, init_size, size, frames, digest,
records FROM segment LEFT JOIN segment_index ON segment_id = id ORDER BY channel_id, clock_epoch, start_us, id
"""


def rows(tx: Transaction) -> list[Row]:
    return [_row(list(one)) for one in _ask(tx, _SEGMENTS)]


def _row(values: list[Any]) -> Row:
    values[:3] = map(_hex, values[:3])
    values[-1] = tuple(RECORD.iter_unpack(values[-1] or b""))
    return Row(*values)


def gaps(tx: Transaction) -> list[GapRow]:
    found = _ask(tx, "SELECT channel_id, start_us, end_us, cause, clock_epoch FROM gap ORDER BY start_us")
    return [GapRow(_hex(one[0]), *one[1:]) for one in found]


def contents(root: Path) -> dict[str, bytes]:
    """Files of a volume by name, without its identity."""
    files = (one for one in root.rglob("*") if one.is_file() and one.name != "mingjian-volume.json")
    return {str(one.relative_to(root)): one.read_bytes() for one in files}


def everything(tx: Transaction) -> list[tuple[str, Any]]:
    """All that the store's tables say, to compare."""
    tables = ("segment", "segment_index", "gap", "recorded_day", "clock_epoch")
    return [(name, sorted(map(repr, _ask(tx, f"SELECT * FROM {name}")))) for name in tables]


# Checking


def broken(tx: Transaction, volumes: Mapping[str, Files], *, over: bool, covered: bool = False) -> list[str]:
    """What is not as promised. `over`: nobody is writing and what was left open was recovered; `covered`: each channel
    was taken up again since, so that every silence has its cause.
    """
    found = rows(tx)
    unfinished = [one for one in found if one.state in ("open", "prepared")] if over else []
    return [
        *(problem for row in found for problem in _file(row, volumes.get(row.volume, {}))),
        *_ownership(found, volumes),
        *_overlaps(found, gaps(tx)),
        *_counters(tx, found),
        *_epochs(tx, found),
        *(f"{row.path_name}: still {row.state}" for row in unfinished),
        *((*_silences(found, gaps(tx)), *_turns(tx, found, gaps(tx))) if covered else ()),
    ]


def _file(row: Row, files: Files) -> Iterator[str]:
    """Invariant 1: a row promises what the disk has."""
    if row.state not in ("open", *KEPT):
        return
    content = files.get(row.path_name)
    if content is None:
        if row.records or row.state in KEPT:
            yield f"{row.path_name} ({row.state}): no file, and {row.promised} bytes promised"
        return
    if row.state in KEPT:
        yield from _closed(row, content)
    if len(content) < row.promised:
        yield f"{row.path_name} ({row.state}): {len(content)} bytes, {row.promised} promised"
        return
    at = row.init_size
    for number, (length, *_, sealed, digest) in enumerate(row.records):
        piece = content[at : at + length]
        body = piece[:-56] if sealed else piece
        if sha256(body).digest() != digest or (sealed and piece[-56:] != _seal(digest)):
            yield f"{row.path_name} ({row.state}): fragment {number} at {at} is not the one in the index"
        at += length


def _closed(row: Row, content: bytes) -> Iterator[str]:
    digests = sha256(content[: row.init_size]).digest() + b"".join(one[-1] for one in row.records)
    if len(content) != row.size or row.size != row.promised:
        yield f"{row.path_name}: {len(content)} bytes, the row says {row.size}, its index {row.promised}"
    if not row.records or row.end_us is None:
        yield f"{row.path_name}: closed and empty"
    if row.digest != sha256(digests).digest():
        yield f"{row.path_name}: the digest of the segment is not that of its parts"
    if row.frames != sum(one[4] for one in row.records):
        yield f"{row.path_name}: {row.frames} frames, the index has others"


def _ownership(found: Iterable[Row], volumes: Mapping[str, Files]) -> Iterator[str]:
    """Invariant 2: every file belongs to one row."""
    named = Counter((row.volume, row.path_name) for row in found)
    for (_, name), count in named.items():
        if count > 1:
            yield f"{name}: {count} rows"
    for volume, files in volumes.items():
        for name in files:
            if (volume, name) not in named:
                yield f"{name}: a file without a row"


def _overlaps(found: list[Row], lasting: list[GapRow]) -> Iterator[str]:
    """Invariant 3, and no gap over footage."""
    for (channel, epoch), spans in _spans(found).items():
        for (_, end_us), (start_us, _) in pairwise(spans):
            if start_us < end_us:
                yield f"channel {channel} epoch {epoch}: {start_us} begins before {end_us}"
    for (channel, epoch), pieces in _pieces(found).items():
        for start_us, end_us in pieces:
            for gap in lasting:
                if (gap.channel, gap.epoch) == (channel, epoch) and gap.touches(start_us + SLEW_US, end_us - SLEW_US):
                    yield f"channel {channel} epoch {epoch}: {gap} over footage {start_us} to {end_us}"


def _spans(found: Iterable[Row]) -> dict[tuple[str, int], list[tuple[int, int]]]:
    spans: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    for row in found:
        if row.state in KEPT and row.end_us is not None:
            spans[row.channel, row.epoch].append((row.start_us, row.end_us))
    return {key: sorted(those) for key, those in spans.items()}


def _pieces(found: Iterable[Row]) -> dict[tuple[str, int], list[tuple[int, int]]]:
    """When there really is a picture: by fragments, for a camera may fall silent within a segment."""
    pieces: dict[tuple[str, int], list[tuple[int, int]]] = defaultdict(list)
    for row in found:
        if row.state in KEPT:
            for _, _, duration_ticks, offset_us, *_ in row.records:
                start_us = row.start_us + offset_us
                pieces[row.channel, row.epoch].append((start_us, start_us + duration_ticks * 100 // 9))
    return {key: sorted(those) for key, those in pieces.items()}


def _counters(tx: Transaction, found: Iterable[Row]) -> Iterator[str]:
    """Invariant 7."""
    counted: Counter[tuple[str, str, int]] = Counter()
    sizes: Counter[tuple[str, str, int]] = Counter()
    for row in found:
        if row.state in KEPT:
            key = row.channel, row.volume, (row.start_us + 28_800_000_000) // 86_400_000_000
            counted[key] += 1
            sizes[key] += row.size or 0
    said = {
        (_hex(one.channel_id), _hex(one.volume_id), one.day): (one.segments, one.bytes)
        for one in _ask(tx, "SELECT channel_id, volume_id, day, segments, bytes FROM recorded_day")
        if one.segments or one.bytes
    }
    meant = {key: (counted[key], sizes[key]) for key in counted}
    if said != meant:
        yield f"days are counted as {sorted(said.items())}, and are {sorted(meant.items())}"


def _epochs(tx: Transaction, found: Iterable[Row]) -> Iterator[str]:
    """An epoch is known before anything is recorded in it."""
    known = {0, *(one[0] for one in _ask(tx, "SELECT epoch FROM clock_epoch"))}
    for row in found:
        if row.epoch not in known:
            yield f"{row.path_name}: nobody knows of epoch {row.epoch}"


def _turns(tx: Transaction, found: Iterable[Row], lasting: list[GapRow]) -> Iterator[str]:
    """Invariant 6 at the end of an epoch: recorded until the clock stepped, or there is a gap until then."""
    turns = _ask(tx, "SELECT epoch, began_us, step_us FROM clock_epoch")
    pieces = _pieces(found)
    for (channel, epoch), spans in pieces.items():
        later = [(number, began_us - step_us) for number, began_us, step_us in turns if number > epoch]
        if not later or not any(other == channel and number > epoch for other, number in pieces):
            continue
        _, stepped_us = min(later)
        end_us = spans[-1][1]
        own = [one for one in lasting if (one.channel, one.epoch) == (channel, epoch)]
        if stepped_us - end_us > JITTER_US and not _filled(own, end_us, stepped_us):
            yield f"channel {channel} epoch {epoch}: no cause from {end_us} to the step at {stepped_us}: {own}"


def _silences(found: Iterable[Row], lasting: list[GapRow]) -> Iterator[str]:
    """Invariant 6: every stretch between two fragments has its cause."""
    for (channel, epoch), spans in _pieces(found).items():
        own = [one for one in lasting if (one.channel, one.epoch) == (channel, epoch)]
        for (_, end_us), (start_us, _) in pairwise(spans):
            if start_us - end_us > JITTER_US and not _filled(own, end_us, start_us):
                yield f"channel {channel} epoch {epoch}: no cause from {end_us} to {start_us}: {own}"


def _filled(own: Iterable[GapRow], start_us: int, end_us: int) -> bool:
    at = start_us
    for gap in own:
        if gap.start_us <= at + SLEW_US and (gap.end_us is None or gap.end_us > at):
            at = end_us if gap.end_us is None else gap.end_us
    return at >= end_us - SLEW_US


# Files


def proven(content: bytes) -> list[bytes]:
    """The whole, sealed fragments at the beginning of a file, behind its init segment; without their seals."""
    at = 0
    for kind in (b"ftyp", b"moov"):
        size = _box(content, at, kind)
        if size is None:
            return []
        at += size
    found = []
    while (end := _fragment_end(content, at)) is not None:
        body = content[at:end]
        if content[end : end + 56] != _seal(sha256(body).digest()):
            break
        found.append(body)
        at = end + 56
    return found


def fragment_at_end(content: bytes, size: int) -> bytes:
    """The fragment in the last `size` bytes that were written to a file, without its seal."""
    at = len(content) - size
    for kind in (b"ftyp", b"moov"):
        at += _box(content, at, kind) or 0
    end = _fragment_end(content, at)
    assert end is not None
    assert len(content) == end + 56
    return content[at:end]


def _fragment_end(content: bytes, at: int) -> int | None:
    for kind in (b"prft", b"moof", b"mdat"):
        size = _box(content, at, kind)
        if size is None:
            return None
        at += size
    return at


def _box(content: bytes, at: int, kind: bytes) -> int | None:
    size = int.from_bytes(content[at : at + 4], "big")
    return size if content[at + 4 : at + 8] == kind and size >= 8 and at + size <= len(content) else None


def _seal(digest: bytes) -> bytes:
    return struct.pack(">I4s", 56, b"uuid") + SEAL + digest


@lru_cache(maxsize=4096)
def decoded(content: bytes) -> tuple[int, ...]:
    """The frame numbers of a file, every picture of which libav decodes. Raises av.FFmpegError for a damaged one."""
    with av.open(io.BytesIO(content), mode="r") as container:
        stream = container.streams.video[0]
        stream.codec_context.options = {"err_detect": "explode"}
        pictures = sum(len(packet.decode()) for packet in container.demux(stream))
    found = tuple(readback.numbers_in_mp4(content))
    assert pictures == len(found), (pictures, len(found))
    return found


def _ask(tx: Transaction, query: str) -> list[Any]:
    return list(tx.execute(text(query)))


def _hex(value: UUID | str) -> str:
    return UUID(str(value)).hex
