"""Playback of any range without re-encoding, and the timeline it is chosen from."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId
from mingjian.kernel.intervals import Span
from mingjian.kernel.media_time import TICKS_PER_SECOND, us_to_ticks
from mingjian.media import store
from mingjian.media.errors import VOLUME_MISSING, WINDOW_UNREADABLE
from mingjian.media.formats import fmp4
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.model import FragmentRecord, Gap, Segment, unpack_records
from mingjian.media.record.files import SegmentFiles
from mingjian.storage.engine import Transaction

MAX_WINDOW_US: Final = 60_000_000
MAX_TIMELINE_US: Final = 31 * 86_400_000_000
# No segment is longer than this (segment_s is at most 600, and a key frame may be late).
LONGEST_SEGMENT_US: Final = 1_800_000_000
# Two segments this close are one span: what lies between is the length of a frame.
_SEAM_US: Final = 500_000


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    span: Span
    clock_epoch: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is recorded in a range, what is not and why, and how far recording has come (None: nothing yet)."""

    spans: tuple[TimelineSpan, ...]
    gaps: tuple[Gap, ...]
    recording_until_us: int | None


def timeline(tx: Transaction, channel_id: ChannelId, wanted: Span) -> Timeline:
    """Raises MingjianError WINDOW_UNREADABLE for more than 31 days."""
    if wanted.length_us > MAX_TIMELINE_US:
        raise MingjianError(WINDOW_UNREADABLE, limit="31 d")
    segments = store.segments_between(tx, channel_id, wanted, LONGEST_SEGMENT_US)
    gaps = store.gaps_between(tx, channel_id, wanted)
    until = segments[-1].end_us if segments else None
    spans = _without(_joined(segments, wanted), gaps)
    return Timeline(tuple(spans), tuple(gaps), until)


def _joined(segments: list[Segment], wanted: Span) -> list[TimelineSpan]:
    joined: list[TimelineSpan] = []
    for segment in segments:
        if segment.end_us <= segment.start_us:
            continue
        last = joined[-1] if joined else None
        if last and last.clock_epoch == segment.clock_epoch and segment.start_us <= last.span.end_us + _SEAM_US:
            joined[-1] = TimelineSpan(Span(last.span.start_us, max(last.span.end_us, segment.end_us)), last.clock_epoch)
        else:
            joined.append(TimelineSpan(Span(segment.start_us, segment.end_us), segment.clock_epoch))
    clipped = ((one.span.clip(wanted), one.clock_epoch) for one in joined)
    return [TimelineSpan(span, epoch) for span, epoch in clipped if span]


def _without(spans: list[TimelineSpan], gaps: list[Gap]) -> list[TimelineSpan]:
    """Spans less the gaps inside them: a camera that stalled for a while without leaving its segment."""
    for gap in gaps:
        if gap.end_us is None or gap.end_us <= gap.start_us:
            continue
        hole = Span(gap.start_us, gap.end_us)
        spans = [part for one in spans for part in _cut(one, hole)]
    return spans


def _cut(one: TimelineSpan, hole: Span) -> Iterator[TimelineSpan]:
    before, after = (one.span.start_us, hole.start_us), (hole.end_us, one.span.end_us)
    if hole.end_us <= one.span.start_us or hole.start_us >= one.span.end_us:
        yield one
        return
    for start_us, end_us in (before, after):
        if end_us > start_us:
            yield TimelineSpan(Span(start_us, end_us), one.clock_epoch)


@dataclass(frozen=True, slots=True)
class _Piece:
    """One fragment to send: where it is and the wall time of its first frame."""

    path: Path
    offset: int
    record: FragmentRecord
    start_us: int

    @property
    def seconds(self) -> float:
        return self.record.duration_ticks / TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of footage with one set of parameters and one clock epoch.

    `from_us`: wall time of its first frame; `next_us`: where to go on, None when there is nothing later;
    `parameters` is None when the window holds nothing.
    """

    parameters: VideoParameters | None
    from_us: int
    next_us: int | None
    pieces: tuple[_Piece, ...] = ()

    def content(self, origin_us: int) -> Iterator[bytes]:
        """Init segment and fragments, their decode times counted from `origin_us`. Reads files as it goes."""
        assert self.parameters is not None
        yield fmp4.init(self.parameters)
        for piece in self.pieces:
            data = SegmentFiles(piece.path.parent).read(piece.path.name, piece.offset, piece.record.length)
            yield fmp4.with_decode_time(data, max(0, us_to_ticks(piece.start_us - origin_us)))


def window(tx: Transaction, channel_id: ChannelId, wanted: Span, *, with_lead: bool) -> Window:
    """The fragments that begin in `wanted`; `with_lead`: from the key frame before it on.

    Raises MingjianError WINDOW_UNREADABLE for more than a minute, VOLUME_MISSING when its disk is not there.
    """
    if wanted.length_us > MAX_WINDOW_US:
        raise MingjianError(WINDOW_UNREADABLE, limit="60 s")
    first: Segment | None = None
    chosen: list[_Piece] = []
    next_us: int | None = None
    for segment in store.segments_between(tx, channel_id, wanted, LONGEST_SEGMENT_US):
        if first is not None and (segment.parameters, segment.clock_epoch) != (first.parameters, first.clock_epoch):
            next_us = segment.start_us
            break
        pieces, next_us = _pieces(tx, segment, wanted, with_lead=with_lead and first is None)
        if pieces:
            first = first or segment
            chosen += pieces
        if next_us is not None:
            break
    if next_us is None:
        next_us = store.next_segment_start(tx, channel_id, wanted.end_us)
    if first is None:
        return Window(None, wanted.start_us, next_us)
    return Window(first.parameters, chosen[0].start_us, next_us, tuple(chosen))


def _pieces(tx: Transaction, segment: Segment, wanted: Span, *, with_lead: bool) -> tuple[list[_Piece], int | None]:
    """A segment's fragments in the range, and where its first fragment behind the range begins."""
    records = list(unpack_records(store.records_of(tx, segment.id)))
    if not records:
        return [], None  # its row is there, its file perhaps not yet
    root = store.volume_path(tx, segment.volume_id)
    path = Path(root) / segment.path_name
    if not path.exists():
        raise MingjianError(VOLUME_MISSING, path=root)
    pieces: list[_Piece] = []
    behind_us: int | None = None
    offset = segment.init_size
    for record in records:
        start_us = segment.start_us + record.offset_us
        if start_us >= wanted.end_us:
            behind_us = start_us
            break
        piece = _Piece(path, offset, record, start_us)
        offset += record.length
        if start_us >= wanted.start_us:
            pieces.append(piece)
        elif with_lead:
            # Everything from the last key frame before the range; a newer key frame starts the lead anew.
            pieces = [piece] if record.key else [*pieces, piece]
    if with_lead and pieces and pieces[-1].start_us < wanted.start_us and not _reaches(pieces[-1], wanted.start_us):
        pieces = []  # what was recorded ended before the range began
    return pieces, behind_us


def _reaches(piece: _Piece, moment_us: int) -> bool:
    return piece.start_us + piece.record.end_offset_us - piece.record.offset_us > moment_us
