"""HLS (RFC 8216) of stored fragments: lists of parts, and the parts, for players that are not ours.

A part is a run of fragments of one segment, of 2 to 6 s, beginning with a key frame; a stretch without key frames that
is longer is cut at fragments. Its address names segment, fragments and decode time, so that nothing is remembered
between requests; what an address may name is decided by the grant alone.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Final

from mingjian.kernel.clock import to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import SegmentId
from mingjian.kernel.intervals import Span
from mingjian.kernel.media_time import us_to_ticks
from mingjian.media.export.errors import PIECE_UNKNOWN
from mingjian.media.export.model import Grant
from mingjian.media.export.reading import Damaged, Footage, Piece, pieces_of, segments_of, within
from mingjian.media.export.service import GRANT_US
from mingjian.media.formats import fmp4
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.model import Segment, SegmentState
from mingjian.storage.engine import Transaction

MIN_PART_US: Final = 2_000_000
MAX_PART_US: Final = 6_000_000
TARGET_S: Final = 6
LIVE_PARTS: Final = 6
"""A live list holds this many: RFC 8216 section 6.2.2 wants three at least."""
LIVE_BACK_US: Final = 30_000_000
"""How long before its granting a live stream begins."""
# Closer than this, two parts are one stretch: what lies between is the length of a frame.
_SEAM_US: Final = 500_000
_VERSION: Final = 7  # EXT-X-MAP in a list that is not of I-frames only, and fragmented MP4


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A part as a list names it: `ticks` is the decode time of its first frame, 90 kHz."""

    pieces: tuple[Piece, ...]
    ticks: int
    duration_us: int
    discontinuity: bool
    new_map: bool

    @property
    def first(self) -> Piece:
        return self.pieces[0]


def parts_of(pieces: Iterable[Piece], *, growing: bool) -> list[tuple[Piece, ...]]:
    """The parts of one segment, from its fragments in order.

    `growing`: more will come, so that only parts are given that stay as they are.
    """
    runs = _runs(pieces)
    parts: list[list[Piece]] = []
    for number, run in enumerate(runs):
        last = number == len(runs) - 1
        if growing and last:
            break  # its end is not known yet
        joins = parts and run[0].record.key and _length_us(parts[-1]) < MIN_PART_US
        if joins and _length_us([*parts[-1], *run]) <= MAX_PART_US:
            parts[-1] += run
        else:
            parts.append(run)
    if growing and parts and _length_us(parts[-1]) < MIN_PART_US:
        parts.pop()
    return [tuple(one) for one in parts]


def _runs(pieces: Iterable[Piece]) -> list[list[Piece]]:
    """Fragments from each key frame to the next, cut where they get longer than a part may be."""
    runs: list[list[Piece]] = []
    for piece in pieces:
        if not runs or piece.record.key or piece.end_us - runs[-1][0].start_us > MAX_PART_US:
            runs.append([piece])
        else:
            runs[-1].append(piece)
    return runs


def _length_us(pieces: list[Piece]) -> int:
    return pieces[-1].end_us - pieces[0].start_us


def index(tx: Transaction, grant: Grant, now_us: int) -> str:
    """The list of a grant, as text."""
    if grant.start_us is None or grant.end_us is None:
        return _live(tx, grant, now_us)
    span = Span(grant.start_us, grant.end_us)
    listed = list(_listed(_recorded(tx, grant, span)))
    return "".join([*_head(listed, "VOD"), *_body(listed), "#EXT-X-ENDLIST\n"])


def _live(tx: Transaction, grant: Grant, now_us: int) -> str:
    # Counted from one fixed moment, each part has the same number in every list (RFC 8216 section 6.2.1).
    listed = list(_listed(_recorded(tx, grant, _live_span(grant, now_us)), from_us=0))
    gone, shown = listed[:-LIVE_PARTS], listed[-LIVE_PARTS:]
    head = [
        *_head(shown, None),
        f"#EXT-X-MEDIA-SEQUENCE:{len(gone)}\n",
        f"#EXT-X-DISCONTINUITY-SEQUENCE:{sum(one.discontinuity for one in gone)}\n",
    ]
    return "".join([*head, *_body(shown)])


def _live_span(grant: Grant, now_us: int) -> Span:
    start_us = grant.expires_us - GRANT_US - LIVE_BACK_US
    return Span(start_us, max(now_us, start_us + 1) + MAX_PART_US)


def _recorded(tx: Transaction, grant: Grant, span: Span) -> Iterator[tuple[Piece, ...]]:
    for segment in segments_of(tx, grant.channel_id, span):
        yield from _granted_parts(tx, grant, segment, span)


def _granted_parts(tx: Transaction, grant: Grant, segment: Segment, span: Span) -> list[tuple[Piece, ...]]:
    """The parts of a segment that a grant covers: for playback those of its range, for live those begun since."""
    pieces = pieces_of(tx, segment)
    if grant.start_us is not None:
        return parts_of(within(pieces, span), growing=False)
    whole = parts_of(pieces, growing=segment.state is SegmentState.OPEN)
    return [part for part in whole if part[0].start_us >= span.start_us]


def _listed(parts: Iterable[tuple[Piece, ...]], from_us: int | None = None) -> Iterator[ListedPart]:
    """Parts with their decode times: counted on from part to part, or wall time since `from_us`."""
    before: ListedPart | None = None
    for pieces in parts:
        first = pieces[0]
        joined = before is not None and _joined(before.pieces[-1], first)
        new_map = before is None or before.first.segment.parameters != first.segment.parameters
        ticks = 0
        if from_us is not None:
            ticks = us_to_ticks(first.start_us - from_us)
        elif before is not None:
            step_us = first.start_us - before.first.start_us if joined else before.duration_us
            ticks = before.ticks + us_to_ticks(step_us)
        duration_us = pieces[-1].end_us - first.start_us
        before = ListedPart(pieces, ticks, duration_us, before is not None and not joined, new_map or not joined)
        yield before


def _joined(last: Piece, first: Piece) -> bool:
    one, other = last.segment, first.segment
    same = one.parameters == other.parameters and one.clock_epoch == other.clock_epoch
    return same and abs(first.start_us - last.end_us) <= _SEAM_US


def _head(listed: list[ListedPart], kind: str | None) -> list[str]:
    longest_us = max((one.duration_us for one in listed), default=0)
    lines = [
        "#EXTM3U\n",
        f"#EXT-X-VERSION:{_VERSION}\n",
        f"#EXT-X-TARGETDURATION:{max(TARGET_S, round(longest_us / 1_000_000))}\n",
    ]
    if kind:
        lines.append(f"#EXT-X-PLAYLIST-TYPE:{kind}\n")
    if all(one.first.record.key for one in listed):
        lines.append("#EXT-X-INDEPENDENT-SEGMENTS\n")
    return lines


def _body(listed: list[ListedPart]) -> Iterator[str]:
    for number, one in enumerate(listed):
        segment = one.first.segment
        if one.discontinuity:
            yield "#EXT-X-DISCONTINUITY\n"
        if one.new_map or number == 0:
            yield f'#EXT-X-MAP:URI="{segment.id}/init.mp4"\n'
        if one.discontinuity or number == 0:
            moment = to_datetime(one.first.start_us).astimezone(UTC)
            yield f"#EXT-X-PROGRAM-DATE-TIME:{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z\n"
        yield f"#EXTINF:{one.duration_us / 1_000_000:.6f},\n"
        yield f"{segment.id}/{one.first.number}-{one.pieces[-1].number}-{one.ticks}.m4s\n"


def init(tx: Transaction, grant: Grant, segment_id: SegmentId) -> bytes:
    """The init segment of a segment that the grant covers. Raises MingjianError PIECE_UNKNOWN."""
    parameters = _granted_segment(tx, grant, segment_id).parameters
    return fmp4.init(parameters if _plays_sound(parameters) else replace(parameters, sound=None))


def part(tx: Transaction, grant: Grant, segment_id: SegmentId, first: int, last: int) -> tuple[Piece, ...]:
    """The fragments of a part. Raises MingjianError PIECE_UNKNOWN for what no list of this grant names.

    The last part of a growing segment may have grown since it was listed: its beginning is still one.
    """
    segment = _granted_segment(tx, grant, segment_id)
    for found in _granted_parts(tx, grant, segment, _span(grant)):
        if found[0].number == first <= last <= found[-1].number:
            return found[: last - first + 1]
    raise MingjianError(PIECE_UNKNOWN)


def _granted_segment(tx: Transaction, grant: Grant, segment_id: SegmentId) -> Segment:
    for segment in segments_of(tx, grant.channel_id, _span(grant)):
        if segment.id == segment_id:
            return segment
    raise MingjianError(PIECE_UNKNOWN)


def _span(grant: Grant) -> Span:
    if grant.start_us is not None and grant.end_us is not None:
        return Span(grant.start_us, grant.end_us)
    return _live_span(grant, grant.expires_us)


def content(footage: Footage, pieces: tuple[Piece, ...], ticks: int) -> Iterator[bytes]:
    """The fragments of a part with their decode times; damaged ones are gone around to the next key frame.

    Raises MingjianError PIECE_UNKNOWN when nothing of it can be read.
    """
    sent, broken = False, False
    for piece in pieces:
        if broken and not piece.record.key:
            continue
        try:
            data = footage.read(piece)
        except Damaged:
            broken = True
            continue
        sent, broken = True, False
        parameters = piece.segment.parameters
        if not _plays_sound(parameters):
            data = fmp4.picture_only(data)
        decode_ticks = ticks + us_to_ticks(piece.start_us - pieces[0].start_us)
        yield fmp4.with_decode_time(data, decode_ticks, parameters.sound)
    if not sent:
        raise MingjianError(PIECE_UNKNOWN)


def _plays_sound(parameters: VideoParameters) -> bool:
    """Whether players of HLS know the sound beside this picture: AAC and nothing else that is kept."""
    return parameters.sound is not None and parameters.sound.codec == "aac"
