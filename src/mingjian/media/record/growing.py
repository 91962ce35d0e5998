"""A segment on its way: what was given to its lane, what is durable, what the database knows."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final, NamedTuple

from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.ids import ChannelId, SegmentId
from mingjian.media.formats import fmp4
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.model import RECORD_SIZE, Fragment, FragmentRecord, Segment, SegmentState, unpack_records
from mingjian.media.record.lane import Lane, LaneFile
from mingjian.media.store import Closing


class Mark(NamedTuple):
    """A place between two fragments: lengths of the index and of the digests, and what the row says there."""

    packed: int
    digests: int
    size: int
    frames: int
    end_us: int


@dataclass(slots=True, eq=False)
class GrowingSegment:
    """`stored`: the state that its row was made with, None before it is there; `waiting` is what came before that.
    `cutting`: its file is being cut back, and the flush with this number makes that durable; `abandoned`: that failed
    too, and the next recovery takes care of it.

    `asked`, `durable` and `committed` follow each other: given to a flush, made durable by it, told to the database.
    """

    row: Segment
    lane: Lane
    file: LaneFile
    init: bytes
    asked: Mark
    durable: Mark
    committed: Mark
    stored: SegmentState | None = None
    abandoned: bool = False
    cutting: int | None = None
    waiting: list[Fragment] = field(default_factory=list)
    packed: bytearray = field(default_factory=bytearray)
    digests: bytearray = field(default_factory=bytearray)
    size: int = 0
    frames: int = 0
    end_us: int = 0

    @property
    def mark(self) -> Mark:
        return Mark(len(self.packed), len(self.digests), self.size, self.frames, self.end_us)

    @property
    def dirty(self) -> bool:
        """Whether a flush has to make something of it durable."""
        return self.cutting is not None or self.durable != self.mark

    @property
    def settled(self) -> bool:
        """Whether all that was given is durable, or was given up."""
        return not self.waiting and (self.cutting is not None or self.durable == self.mark)

    def begin(self, fragment: Fragment) -> None:
        """Make a prepared segment the one that begins with this fragment."""
        self.row = replace(
            self.row,
            start_us=fragment.start_us,
            end_us=fragment.start_us,
            parameters=fragment.parameters,
            clock_epoch=fragment.clock_epoch,
            state=SegmentState.OPEN,
        )
        self.init = fmp4.init(fragment.parameters, fragment.start_us)
        self.row = replace(self.row, init_size=len(self.init))
        self.end_us = fragment.start_us
        self.asked = self.durable = self.committed = self.mark

    def add(self, fragment: Fragment) -> tuple[bytes, ...]:
        """Take a fragment into the index, sealed; returns what the file gets."""
        digest = sha256(fragment.data).digest()
        parts: tuple[bytes, ...] = (fragment.data, fmp4.seal(digest))
        if not self.size:
            parts = (self.init, *parts)
            self.size = len(self.init)
            self.digests += sha256(self.init).digest()
        record = FragmentRecord(
            len(fragment.data) + fmp4.SEAL_SIZE,
            fragment.start_ticks,
            fragment.duration_ticks,
            fragment.start_us - self.row.start_us,
            fragment.frames,
            fragment.key,
            digest,
            sealed=True,
        )
        self.packed += record.pack()
        self.digests += digest
        self.size += record.length
        self.frames += record.frames
        self.end_us = fragment.start_us + fragment.duration_us
        return parts

    def cut_to(self, size: int) -> None:
        """Forget every fragment that does not end within `size` bytes."""
        kept = list(_within(self.packed, self.row.init_size, size))
        length = sum(one.length for one in kept)
        del self.packed[len(kept) * RECORD_SIZE :]
        del self.digests[32 * (len(kept) + 1) if kept else 0 :]
        self.size = self.row.init_size + length if kept else 0
        self.frames = sum(one.frames for one in kept)
        self.end_us = self.row.start_us + (kept[-1].end_offset_us if kept else 0)
        self.asked, self.durable = min(self.asked, self.mark), min(self.durable, self.mark)

    def index(self) -> bytes:
        """The packed index of what is durable."""
        return bytes(self.packed[: self.durable.packed])

    def closing(self) -> Closing:
        """How it ends; all of it is durable."""
        return Closing(
            self.row.id,
            self.row.start_us,
            self.end_us,
            self.size,
            self.frames,
            sha256(self.digests).digest(),
            bytes(self.packed),
        )


UNKNOWN: Final = VideoParameters("", "", 0, 0, 0.0, b"")
"""Of a segment that has not begun."""


def new_segment(segment_id: SegmentId, channel_id: ChannelId, lane: Lane, start_us: int, epoch: int) -> GrowingSegment:
    """A segment without a row and a file yet. `start_us` names its file; it may begin later."""
    day = to_datetime(start_us).astimezone(SHANGHAI)
    path_name = f"{day:%Y%m%d}/{channel_id}/{day:%H%M%S}-{segment_id}.mp4"
    row = Segment(
        segment_id,
        channel_id,
        lane.volume.id,
        SegmentState.PREPARED,
        path_name,
        start_us,
        start_us,
        epoch,
        0,
        0,
        UNKNOWN,
    )
    nothing = Mark(0, 0, 0, 0, 0)
    return GrowingSegment(row, lane, LaneFile(path_name), b"", nothing, nothing, nothing)


def _within(packed: bytearray, init_size: int, size: int) -> Iterator[FragmentRecord]:
    at = init_size
    for record in unpack_records(bytes(packed)):
        at += record.length
        if at > size:
            return
        yield record
