"""Stored footage, fragment by fragment, each proven by its digest before it leaves."""

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from mingjian.kernel.ids import ChannelId, VolumeId
from mingjian.kernel.intervals import Span
from mingjian.media import store
from mingjian.media.export.model import LeftOutCause
from mingjian.media.formats.fmp4 import SEAL_SIZE
from mingjian.media.model import FragmentRecord, Segment, unpack_records
from mingjian.media.record.files import SegmentFiles
from mingjian.storage.engine import Database, Transaction

# No segment is longer than this (segment_s is at most 600, and a key frame may be late).
LONGEST_SEGMENT_US: Final = 1_800_000_000


class Damaged(Exception):  # noqa: N818 - a fact about a disk
    """A fragment is not there as its row says; `cause` is MISSING, ALTERED or UNREADABLE."""

    def __init__(self, cause: LeftOutCause) -> None:
        super().__init__(cause.value)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class Piece:
    """One fragment: where it is (`number` in the index, `offset` in the file) and the wall time of its first frame."""

    segment: Segment
    number: int
    offset: int
    record: FragmentRecord

    @property
    def start_us(self) -> int:
        return self.segment.start_us + self.record.offset_us

    @property
    def end_us(self) -> int:
        return self.segment.start_us + self.record.end_offset_us


def segments_of(tx: Transaction, channel_id: ChannelId, span: Span) -> list[Segment]:
    """Segments with footage in `span`, by clock epoch and start."""
    found = store.segments_between(tx, channel_id, span, LONGEST_SEGMENT_US)
    shown = (one for one in found if one.end_us > one.start_us)
    return sorted(shown, key=lambda one: (one.clock_epoch, one.start_us))


def pieces_of(tx: Transaction, segment: Segment) -> list[Piece]:
    """All fragments of a segment, as far as they are durable."""
    pieces = []
    offset = segment.init_size
    for number, record in enumerate(unpack_records(store.records_of(tx, segment.id))):
        pieces.append(Piece(segment, number, offset, record))
        offset += record.length
    return pieces


class Footage:
    """Reads fragments of any volume and proves them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._files: dict[VolumeId, SegmentFiles] = {}

    def pieces(self, segment: Segment) -> list[Piece]:
        with self._database.read() as tx:
            return pieces_of(tx, segment)

    def read(self, piece: Piece) -> bytes:
        """The fragment (prft, moof, mdat) without its seal.

        Raises Damaged: the file is gone, cannot be read, or does not match the digest of the index.
        """
        files = self._of_volume(piece.segment.volume_id)
        try:
            data = files.read(piece.segment.path_name, piece.offset, piece.record.length)
        except FileNotFoundError as error:
            raise Damaged(LeftOutCause.MISSING) from error
        except OSError as error:
            raise Damaged(LeftOutCause.UNREADABLE) from error
        if piece.record.sealed:
            data = data[:-SEAL_SIZE]
        if sha256(data).digest() != piece.record.digest:
            raise Damaged(LeftOutCause.ALTERED)
        return data

    def _of_volume(self, volume_id: VolumeId) -> SegmentFiles:
        if volume_id not in self._files:
            with self._database.read() as tx:
                self._files[volume_id] = SegmentFiles(Path(store.volume_path(tx, volume_id)))
        return self._files[volume_id]


def within(pieces: list[Piece], span: Span) -> Iterator[Piece]:
    """The pieces that reach into `span`, and what leads back to the key frame before it."""
    first = next((at for at, one in enumerate(pieces) if one.end_us > span.start_us), len(pieces))
    while first < len(pieces) and first > 0 and not pieces[first].record.key:
        first -= 1

    for piece in pieces[first:]:
        if piece.start_us >= span.end_us:
            return
        yield piece
