"""Playback of any range without re-encoding, and the timeline it is chosen from.

Footage is ordered by clock epoch, then by time. What is missing, cut short, unreadable or not what was recorded is gone
around: one bad file, or a disk that is away, costs its own seconds and nothing else.
"""

import struct
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, VolumeId
from mingjian.kernel.intervals import Span, merge
from mingjian.kernel.media_time import TICKS_PER_SECOND, ticks_to_us, us_to_ticks
from mingjian.media import store
from mingjian.media.check import store as check_store
from mingjian.media.check.model import DamageKind
from mingjian.media.check.verify import is_whole, located
from mingjian.media.errors import VOLUME_MISSING, WINDOW_UNREADABLE
from mingjian.media.formats import fmp4, samples
from mingjian.media.formats.fmp4 import PictureRun
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.model import FragmentRecord, Gap, GapCause, Segment, Volume, unpack_records
from mingjian.media.record.files import SegmentFiles
from mingjian.media.store import Stretch
from mingjian.storage.engine import Transaction

MAX_WINDOW_US: Final = 60_000_000
MAX_KEY_WINDOW_US: Final = 600_000_000
MAX_TIMELINE_US: Final = 31 * 86_400_000_000
# No segment is longer than this (segment_s is at most 600, and a key frame may be late).
LONGEST_SEGMENT_US: Final = 1_800_000_000
# Two segments this close are one span: what lies between is the length of a frame.
_SEAM_US: Final = 500_000
# Before each piece of sound: its length, and the wall time in microseconds at which it begins.
SOUND_HEAD: Final = struct.Struct(">IQ")
# The first frame of an epoch may be slewed by a moment before the epoch was noticed.
_EPOCH_SLACK_US: Final = 60_000_000


# Timeline


@dataclass(frozen=True, slots=True)
class TimelineSpan:
    span: Span
    clock_epoch: int


@dataclass(frozen=True, slots=True)
class DamagedSpan:
    """Seconds that were recorded and cannot be shown as they were."""

    span: Span
    clock_epoch: int
    kind: DamageKind


@dataclass(frozen=True, slots=True)
class TimelineGap:
    """Time without recording: one gap, or several short ones from the start of the first to the end of the last.

    `end_us` is None while it lasts; `cause` is what most of it is due to; `missing_us` is what is not recorded of it.
    """

    start_us: int
    end_us: int | None
    clock_epoch: int
    cause: GapCause
    count: int
    missing_us: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """What is recorded in a range, what is not and why, what is damaged, and how far recording has come (None: nothing
    yet). An hour that the server's clock ran twice is in `spans` twice, with two epochs.
    """

    spans: tuple[TimelineSpan, ...]
    gaps: tuple[TimelineGap, ...]
    recording_until_us: int | None
    damage: tuple[DamagedSpan, ...] = ()


def timeline(tx: Transaction, channel_id: ChannelId, wanted: Span, bin_us: int = 0) -> Timeline:
    """What a strip shows on which a pixel is `bin_us` wide: there is never more of a kind than there are pixels.

    Footage with less than a pixel between is one span, and gaps shorter than a pixel that end in the same one are one
    entry with their count. `bin_us` 0: as it is.

    Raises MingjianError WINDOW_UNREADABLE for more than 31 days.
    """
    if wanted.length_us > MAX_TIMELINE_US:
        raise MingjianError(WINDOW_UNREADABLE, limit="31 d")
    seam_us = max(_SEAM_US, bin_us)
    stretches = store.stretches_between(tx, channel_id, wanted, LONGEST_SEGMENT_US, seam_us)
    gaps = store.gaps_between(tx, channel_id, wanted)
    until = stretches[-1].end_us if stretches else None
    long = [one for one in gaps if one.end_us is None or one.end_us - one.start_us >= bin_us]
    spans = _without(_joined(stretches, wanted, seam_us), long)
    return Timeline(tuple(spans), tuple(_binned(gaps, bin_us)), until, tuple(_damaged(tx, channel_id, wanted)))


def _binned(gaps: list[Gap], bin_us: int) -> list[TimelineGap]:
    """Long gaps as they are; of the short ones one entry for each bin in which they end."""
    found: list[TimelineGap] = []
    bins: dict[tuple[int, int], list[Gap]] = {}
    for gap in gaps:
        if gap.end_us is None or not bin_us or gap.end_us - gap.start_us >= bin_us:
            missing_us = 0 if gap.end_us is None else gap.end_us - gap.start_us
            found.append(TimelineGap(gap.start_us, gap.end_us, gap.clock_epoch, gap.cause, 1, missing_us))
        else:
            bins.setdefault((gap.clock_epoch, gap.end_us // bin_us), []).append(gap)
    found += [_together(some) for some in bins.values()]
    return sorted(found, key=lambda one: (one.clock_epoch, one.start_us))


def _together(gaps: list[Gap]) -> TimelineGap:
    by_cause: Counter[GapCause] = Counter()
    for one in gaps:
        by_cause[one.cause] += (one.end_us or one.start_us) - one.start_us
    start_us, end_us = min(one.start_us for one in gaps), max(one.end_us or 0 for one in gaps)
    cause = by_cause.most_common(1)[0][0]
    return TimelineGap(start_us, end_us, gaps[0].clock_epoch, cause, len(gaps), by_cause.total())


def _joined(stretches: list[Stretch], wanted: Span, seam_us: int) -> list[TimelineSpan]:
    joined: list[TimelineSpan] = []
    for one in stretches:
        if one.end_us <= one.start_us:
            continue
        last = joined[-1] if joined else None
        if last and last.clock_epoch == one.clock_epoch and one.start_us <= last.span.end_us + seam_us:
            joined[-1] = TimelineSpan(Span(last.span.start_us, max(last.span.end_us, one.end_us)), last.clock_epoch)
        else:
            joined.append(TimelineSpan(Span(one.start_us, one.end_us), one.clock_epoch))
    clipped = ((whole_span.span.clip(wanted), whole_span.clock_epoch) for whole_span in joined)
    return [TimelineSpan(span, epoch) for span, epoch in clipped if span]


def _without(spans: list[TimelineSpan], gaps: list[Gap]) -> list[TimelineSpan]:
    """Spans less the gaps of their epoch inside them: a camera that stalled without leaving its segment."""
    holes: dict[int, list[Span]] = {}
    for gap in gaps:
        if gap.end_us is not None and gap.end_us > gap.start_us:
            holes.setdefault(gap.clock_epoch, []).append(Span(gap.start_us, gap.end_us))
    return [part for one in spans for part in _cut(one, merge(holes.get(one.clock_epoch, ())))]


def _cut(one: TimelineSpan, holes: list[Span]) -> Iterator[TimelineSpan]:
    start_us = one.span.start_us
    for hole in holes:
        if hole.end_us <= start_us or hole.start_us >= one.span.end_us:
            continue
        if hole.start_us > start_us:
            yield TimelineSpan(Span(start_us, hole.start_us), one.clock_epoch)
        start_us = hole.end_us
    if start_us < one.span.end_us:
        yield TimelineSpan(Span(start_us, one.span.end_us), one.clock_epoch)


def _damaged(tx: Transaction, channel_id: ChannelId, wanted: Span) -> Iterator[DamagedSpan]:
    found: dict[tuple[int, DamageKind], list[Span]] = {}
    for known in check_store.damaged_between(tx, channel_id, wanted.start_us, wanted.end_us):
        one = known.damage
        assert one.start_us is not None
        assert one.end_us is not None
        if span := Span(one.start_us, one.end_us).clip(wanted):
            found.setdefault((one.clock_epoch, one.kind), []).append(span)
    spans = [DamagedSpan(span, epoch, kind) for (epoch, kind), found_in in found.items() for span in merge(found_in)]
    yield from sorted(spans, key=lambda one: (one.clock_epoch, one.span))


# Windows


@dataclass(frozen=True, slots=True)
class Piece:
    """One fragment to send: where it is and the wall time of its first frame."""

    path: Path
    offset: int
    record: FragmentRecord
    start_us: int
    # In a window of key frames: until when the picture that this piece begins with stands for what follows it.
    stands_until_us: int | None = None

    @property
    def seconds(self) -> float:
        if self.stands_until_us is not None:
            return (self.stands_until_us - self.start_us) / 1_000_000
        return self.record.duration_ticks / TICKS_PER_SECOND


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of footage with one set of parameters and one clock epoch.

    `from_us`: wall time of its first frame; `next_us`: where to go on, None when there is nothing later, and
    `next_epoch` the clock epoch of that; `parameters` is None when the window holds nothing.
    """

    parameters: VideoParameters | None
    from_us: int
    next_us: int | None
    pieces: tuple[Piece, ...] = ()
    clock_epoch: int = 0
    next_epoch: int | None = None

    def content(self, origin_us: int) -> Iterator[bytes]:
        """Init segment and fragments of the picture, their decode times counted from `origin_us`. Reads files as it
        goes, and leaves out every fragment that is not what was recorded.
        """
        assert self.parameters is not None
        yield fmp4.init(replace(self.parameters, sound=None))
        for piece, data in whole(self.pieces):
            decode_ticks = max(0, us_to_ticks(piece.start_us - origin_us))
            yield fmp4.with_decode_time(fmp4.picture_only(data), decode_ticks)

    def key_frames(self, origin_us: int) -> Iterator[bytes]:
        """The same of a window of key frames: the first picture of each piece, its bytes as they were recorded, shown
        until the next one. What else is in a fragment is read, for its digest, and not sent.
        """
        assert self.parameters is not None
        yield fmp4.init(replace(self.parameters, sound=None))
        for number, (piece, data) in enumerate(whole(self.pieces), 1):
            first = next(samples.samples(data), None)
            if first is None or not first.key:
                continue
            ticks = max(0, us_to_ticks(piece.start_us - origin_us))
            lasts = max(first.duration_ticks, us_to_ticks((piece.stands_until_us or 0) - piece.start_us))
            yield fmp4.fragment(number, PictureRun(ticks, [bytes(first.data)], [lasts], [True], [first.shift]))

    def sound(self) -> Iterator[bytes]:
        """The sound beside the picture: each piece (an access unit of AAC, or samples of G.711) behind SOUND_HEAD."""
        assert self.parameters is not None
        rate = self.parameters.sound.rate if self.parameters.sound else 0
        for piece, data in whole(self.pieces) if rate else ():
            run = samples.sound(data)
            if run is None:
                continue
            at = run.decode_samples
            for one, lasts in zip(run.pieces, run.samples, strict=True):
                ticks = at * TICKS_PER_SECOND // rate - piece.record.start_ticks
                yield SOUND_HEAD.pack(len(one), piece.start_us + ticks_to_us(ticks)) + one
                at += lasts


def whole(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, bytes]]:
    """The pieces whose bytes are there and have their digest, each with them. A file is opened once."""
    for path, group in groupby(pieces, key=lambda one: one.path):
        files = SegmentFiles(path.parent)
        try:
            descriptor = files.open_existing(path.name)
        except OSError:
            continue
        try:
            for piece in group:
                data = _read(files, descriptor, piece)
                if is_whole(data, piece.record):
                    yield piece, data
        finally:
            files.close(descriptor)


def _read(files: SegmentFiles, descriptor: int, piece: Piece) -> bytes:
    try:
        return files.read_at(descriptor, piece.offset, piece.record.length)
    except OSError:
        return b""  # this second is gone; the next one may not be


def window(
    tx: Transaction,
    channel_id: ChannelId,
    wanted: Span,
    *,
    with_lead: bool,
    epoch: int | None = None,
    keys_only: bool = False,
) -> Window:
    """The fragments that begin in `wanted`; `with_lead`: from the key frame before it on.

    `epoch`: in this clock epoch. Without it, in the first epoch that has something there; whoever goes on by
    `next_us` and `next_epoch` visits everything once, in order.

    `keys_only`: only what begins with a key frame, for `key_frames`.

    Raises MingjianError WINDOW_UNREADABLE for more than a minute (ten of key frames), VOLUME_MISSING when all that
    could be shown from here on is on disks that are not there.
    """
    if wanted.length_us > (MAX_KEY_WINDOW_US if keys_only else MAX_WINDOW_US):
        raise MingjianError(WINDOW_UNREADABLE, limit="600 s" if keys_only else "60 s")
    look = _Look(tx, channel_id, wanted, with_lead, keys_only)
    segments = store.segments_between(tx, channel_id, wanted, LONGEST_SEGMENT_US)
    found = [look.plan(number, list(group)) for number, group in groupby(segments, key=lambda one: one.clock_epoch)]
    if epoch is None:
        plan = next((one for one in found if one.indexed), None) or _first_behind(found)
        epoch = plan.clock_epoch if plan else None
    else:
        plan = next((one for one in found if one.clock_epoch == epoch), None)
    following = look.following(plan, epoch)
    next_us, next_epoch = following or (None, None)
    if plan is None or plan.first is None:
        return Window(None, wanted.start_us, next_us, clock_epoch=epoch or 0, next_epoch=next_epoch)
    pieces = tuple(plan.pieces)
    return Window(plan.first.parameters, pieces[0].start_us, next_us, pieces, plan.clock_epoch, next_epoch)


@dataclass(slots=True)
class _Plan:
    """What one epoch has in a window. `indexed`: it has something there, whether or not it can be shown."""

    clock_epoch: int
    first: Segment | None = None
    pieces: list[Piece] = field(default_factory=list)
    next_us: int | None = None
    indexed: bool = False
    away: Volume | None = None


def _first_behind(plans: list[_Plan]) -> _Plan | None:
    """The epoch that goes on soonest behind a silence."""
    return min((one for one in plans if one.next_us is not None), key=lambda one: one.next_us or 0, default=None)


class _Look:
    """One look at the footage of a channel."""

    def __init__(
        self, tx: Transaction, channel_id: ChannelId, wanted: Span, with_lead: bool, keys_only: bool = False
    ) -> None:
        self._keys_only = keys_only
        self._tx = tx
        self._channel_id = channel_id
        self._wanted = wanted
        self._with_lead = with_lead
        self._volumes = {one.id: one for one in store.volumes(tx)}
        self._unreadable = [
            (known.damage.segment_id, known.damage.start_us or 0, known.damage.end_us or 0)
            for known in check_store.damaged_between(
                tx, channel_id, wanted.start_us - LONGEST_SEGMENT_US, wanted.end_us
            )
            # A disk may try for seconds before it gives up. Whatever else is damaged shows itself when it is read.
            if known.damage.kind is DamageKind.UNREADABLE
        ]

    def plan(self, epoch: int, segments: Sequence[Segment]) -> _Plan:
        plan = _Plan(epoch)
        # Where spans overlap although they must not, the later one counts: every window gets on.
        untils = [*(one.start_us for one in segments[1:]), None]
        for segment, until_us in zip(segments, untils, strict=True):
            if plan.first is not None and segment.parameters != plan.first.parameters:
                plan.next_us = segment.start_us
                break
            pieces = self._pieces(plan, segment, until_us)
            if pieces:
                plan.first = plan.first or segment
                plan.pieces += pieces
            if plan.next_us is not None:
                break
        return plan

    def _pieces(self, plan: _Plan, segment: Segment, until_us: int | None) -> list[Piece]:
        """A segment's fragments in the window; sets `next_us` where one begins behind it."""
        records = tuple(unpack_records(store.records_of(self._tx, segment.id)))
        fragments = [one for one in located(segment, records) if until_us is None or one.start_us < until_us]
        path = Path(self._volumes[segment.volume_id].path) / segment.path_name
        chosen = [Piece(path, one.offset, one.record, one.start_us) for one in fragments]
        if self._keys_only:
            chosen = _standing(chosen)
        behind = [one.start_us for one in chosen if one.start_us >= self._wanted.end_us]
        inside = [one for one in chosen if self._wanted.start_us <= one.start_us < self._wanted.end_us]
        lead = self._lead(chosen, until_us) if self._with_lead and plan.first is None else []
        plan.next_us = behind[0] if behind else None
        if not lead and not inside:
            return []
        plan.indexed = True
        size = self._size(plan, segment)
        return _beginning_with_key(lead, self._there(segment, lead, size)) + self._there(segment, inside, size)

    def _lead(self, pieces: list[Piece], until_us: int | None) -> list[Piece]:
        """From the last key frame before the window on, unless what was recorded ended before the window begins."""
        start_us = self._wanted.start_us
        lead: list[Piece] = []
        for piece in pieces:
            if piece.start_us < start_us:
                lead = [piece] if piece.record.key else [*lead, piece]
        inside = any(start_us <= one.start_us < self._wanted.end_us for one in pieces)
        taken_over = until_us is not None and until_us <= start_us
        return lead if inside or (lead and _reaches(lead[-1], start_us) and not taken_over) else []

    def _size(self, plan: _Plan, segment: Segment) -> int:
        """Bytes of a segment's file; 0 when it is not there."""
        volume = self._volumes[segment.volume_id]
        files = SegmentFiles(Path(volume.path))
        try:
            size = files.size(segment.path_name)
        except OSError:
            size = None
        if size is None and files.identity() != volume.id:
            plan.away = volume
        return size or 0

    def _there(self, segment: Segment, pieces: list[Piece], size: int) -> list[Piece]:
        bad = [(start_us, end_us) for segment_id, start_us, end_us in self._unreadable if segment_id == segment.id]
        return [
            one
            for one in pieces
            if one.offset + one.record.length <= size
            and not any(start_us <= one.start_us < end_us for start_us, end_us in bad)
        ]

    # Where to go on

    def following(self, plan: _Plan | None, epoch: int | None) -> tuple[int, int] | None:
        """Moment and epoch of what comes behind the window."""
        if plan is not None and plan.away is not None and plan.first is None:
            return self._beyond(plan, plan.away)
        if plan is not None and plan.next_us is not None:
            return plan.next_us, plan.clock_epoch
        if epoch is None:
            return store.next_segment(self._tx, self._channel_id, self._wanted.end_us)
        found = self._next(epoch)
        if found is None:
            # An epoch that nobody wrote down (rows that were lost) is found at least where it does not go back.
            shown_us = plan.pieces[-1].start_us if plan is not None and plan.pieces else self._wanted.start_us
            found = store.next_segment(self._tx, self._channel_id, shown_us, epoch)
        return found

    def _beyond(self, plan: _Plan, away: Volume) -> tuple[int, int]:
        """The next footage on a disk that is there: a disk that is away may have held a month."""
        here = [one.id for one in self._volumes.values() if SegmentFiles(Path(one.path)).identity() == one.id]
        found = self._next(plan.clock_epoch, here) if here else None
        if found is None:
            raise MingjianError(VOLUME_MISSING, path=away.path)
        return found

    def _next(self, epoch: int, volumes: Collection[VolumeId] | None = None) -> tuple[int, int] | None:
        """The next segment in the order of recording: in this epoch, else where a later one begins."""
        after_us = self._wanted.end_us
        start_us = store.next_in_epoch(self._tx, self._channel_id, epoch, after_us, volumes)
        if start_us is not None:
            return start_us, epoch
        for later in store.clock_epochs(self._tx):
            if later.epoch > epoch:
                begun_us = later.began_us - _EPOCH_SLACK_US
                start_us = store.next_in_epoch(self._tx, self._channel_id, later.epoch, begun_us, volumes)
                if start_us is not None:
                    return start_us, later.epoch
        return None


def _beginning_with_key(planned: list[Piece], there: list[Piece]) -> list[Piece]:
    """A lead without the key frame that it was for leads to nothing."""
    return there if planned and there and planned[0] == there[0] else []


def _standing(pieces: list[Piece]) -> list[Piece]:
    """Those that begin with a key frame, each standing for what follows it without a break."""
    found: list[Piece] = []
    for piece in pieces:
        end_us = piece.start_us + ticks_to_us(piece.record.duration_ticks)
        if piece.record.key:
            found.append(replace(piece, stands_until_us=end_us))
        elif found and piece.start_us <= (found[-1].stands_until_us or 0) + _SEAM_US:
            found[-1] = replace(found[-1], stands_until_us=end_us)
    return found


def _reaches(piece: Piece, moment_us: int) -> bool:
    if piece.stands_until_us is not None:
        return piece.stands_until_us > moment_us
    return piece.start_us + piece.record.end_offset_us - piece.record.offset_us > moment_us
