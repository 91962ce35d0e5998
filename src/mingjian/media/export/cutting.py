"""One channel of a clip: which frames go into which part, and what is left out and why."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import av

from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.ids import SegmentId
from mingjian.kernel.intervals import Span, merge
from mingjian.kernel.media_time import TICKS_PER_SECOND, ticks_to_us, us_to_ticks
from mingjian.media import store
from mingjian.media.export.model import (
    NEW_PART_AFTER_US,
    PART_BYTES,
    PART_FRAMES,
    Clip,
    ClipChannel,
    LeftOut,
    LeftOutCause,
    Part,
)
from mingjian.media.export.mp4 import Mp4
from mingjian.media.export.reading import Damaged, Footage, Piece, segments_of, within
from mingjian.media.export.service import plain_name
from mingjian.media.formats.samples import Sample, samples, sound
from mingjian.media.model import Gap, Segment
from mingjian.storage.engine import Database

# Between two fragments that belong together there is less than the length of a frame.
_SEAM_US: Final = 500_000


@dataclass(frozen=True, slots=True)
class Source:
    """Fragments of one segment that went into a part, by their numbers."""

    part: str
    segment_id: SegmentId
    first: int
    last: int


@dataclass(slots=True)
class ChannelCut:
    """What became of one channel."""

    channel: ClipChannel
    parts: list[Part] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    def call_part(self, name: str) -> None:
        """Give the only part another name, and what it came from with it."""
        self.parts = [replace(part, name=name) for part in self.parts]
        self.sources = [replace(source, part=name) for source in self.sources]


@dataclass(slots=True)
class _Growing:
    """The part that is being written. `zero_us`: wall time of its first shown frame."""

    mp4: Mp4
    path: Path
    name: str
    segment: Segment
    zero_us: int
    first_us: int
    end_us: int
    shown: int = 0
    size: int = 0
    sources: list[Source] = field(default_factory=list)


class Cut:
    """Reads a channel's footage in the range of a clip and hands over each part that is finished.

    `read` is told the bytes of each fragment, `add` is given each finished part with its file and returns it with
    size and digest.
    """

    def __init__(
        self,
        footage: Footage,
        clip: Clip,
        number: int,
        channel: ClipChannel,
        folder: Path,
        read: Callable[[int], None],
        add: Callable[[Part, Path], Part],
    ) -> None:
        self._footage = footage
        self._clip = clip
        self._span = Span(clip.start_us, clip.end_us)
        self._number = number
        self._folder = folder
        self._read = read
        self._add = add
        self._cut = ChannelCut(channel)
        self._growing: _Growing | None = None
        self._covered: list[Span] = []
        self._last_end_us: int | None = None
        # After a fragment that is gone, nothing can be decoded until the next key frame.
        self._broken = False

    def run(self, database: Database) -> ChannelCut:
        with database.read() as tx:
            segments = segments_of(tx, self._cut.channel.id, self._span)
            gaps = store.gaps_between(tx, self._cut.channel.id, self._span)
        try:
            for segment in segments:
                self._segment(segment)
            self._end_part()
        finally:
            self._abandon()
        self._explain(gaps)
        return self._cut

    def _segment(self, segment: Segment) -> None:
        pieces = list(within(self._footage.pieces(segment), self._span))
        if not pieces:  # its rows went while the clip was made
            self._leave_out(segment.start_us, segment.end_us, LeftOutCause.MISSING)
        for piece in pieces:
            self._read(piece.record.length)
            try:
                data = self._footage.read(piece)
            except Damaged as damage:
                self._broken = True
                self._leave_out(piece.start_us, piece.end_us, damage.cause)
                continue
            if self._broken and not piece.record.key:
                self._leave_out(piece.start_us, piece.end_us, LeftOutCause.UNDECODABLE)
                continue
            self._broken = False
            self._write(piece, data, pieces)

    def _write(self, piece: Piece, data: bytes, pieces: list[Piece]) -> None:
        if self._growing is None or self._new_part_is_due(self._growing, piece):
            self._end_part()
            if not piece.record.key:
                self._broken = True  # every part begins where decoding can begin
                self._leave_out(piece.start_us, piece.end_us, LeftOutCause.UNDECODABLE)
                return
            self._growing = self._begin(piece, data, pieces)
        growing = self._growing
        start_ticks = us_to_ticks(piece.start_us - growing.zero_us)
        timed = [(one, ticks, piece.start_us + ticks_to_us(ticks + one.shift)) for one, ticks in _timed(data)]
        while timed and timed[-1][2] >= self._span.end_us:
            timed.pop()  # what is decoded before a frame that is shown stays, whenever it is shown itself
        for sample, ticks, at_us in timed:
            growing.mp4.write(sample, start_ticks + ticks)
            growing.shown += at_us >= growing.zero_us
            end_us = max(growing.end_us, at_us + ticks_to_us(sample.duration_ticks))
            growing.end_us = min(end_us, self._span.end_us)
        self._hear(growing, piece, data, start_ticks)
        growing.size += len(data)
        self._note_source(growing, piece)
        self._cover(piece.start_us, piece.end_us)

    def _hear(self, growing: _Growing, piece: Piece, data: bytes, start_ticks: int) -> None:
        """The sound of a fragment, as far as it is heard in the range."""
        rate = growing.mp4.sound_rate
        heard = sound(data) if rate else None
        if heard is None:
            return
        at = heard.decode_samples + (start_ticks - piece.record.start_ticks) * rate // TICKS_PER_SECOND
        end = us_to_ticks(self._span.end_us - growing.zero_us) * rate // TICKS_PER_SECOND
        for one, lasts in zip(heard.pieces, heard.samples, strict=True):
            if at < end:
                growing.mp4.hear(bytes(one), at, lasts)
            at += lasts

    def _new_part_is_due(self, growing: _Growing, piece: Piece) -> bool:
        one, other = growing.segment, piece.segment
        if (one.parameters, one.clock_epoch) != (other.parameters, other.clock_epoch):
            return True
        if not growing.end_us - _SEAM_US <= piece.start_us <= growing.end_us + NEW_PART_AFTER_US:
            return True
        full = growing.size + piece.record.length > PART_BYTES or growing.mp4.frames >= PART_FRAMES
        return full and piece.record.key

    def _begin(self, piece: Piece, data: bytes, pieces: list[Piece]) -> _Growing:
        zero_us = piece.start_us if piece.start_us >= self._span.start_us else self._first_shown_us(pieces)
        count = len(self._cut.parts) + 1
        moment = to_datetime(zero_us).astimezone(SHANGHAI)
        folder = f"{self._number:02}_{plain_name(self._cut.channel.name)}"
        name = f"{folder}/{count:04}_{moment:%Y%m%d-%H%M%S}.mp4"
        path = self._folder / f"{self._number}-{count}.mp4"
        title = f"{self._cut.channel.name} {moment:%Y-%m-%d %H:%M:%S%z}"
        mp4 = Mp4(path, piece.segment.parameters, data, title=title, created_us=zero_us)
        return _Growing(mp4, path, name, piece.segment, zero_us, piece.start_us, piece.start_us)

    def _first_shown_us(self, pieces: list[Piece]) -> int:
        """Wall time of the first frame in the range, where footage begins before it."""
        for piece in pieces:
            if piece.end_us <= self._span.start_us:
                continue
            with suppress(Damaged):
                timed = _timed(self._footage.read(piece))
                shown = [piece.start_us + ticks_to_us(ticks + sample.shift) for sample, ticks in timed]
                if within_range := [at_us for at_us in shown if at_us >= self._span.start_us]:
                    return min(within_range)
        return self._span.start_us

    def _end_part(self) -> None:
        growing, self._growing = self._growing, None
        if growing is None:
            return
        growing.mp4.close()
        if not growing.shown:  # nothing but what leads to the range
            growing.path.unlink()
            return
        part = Part(
            name=growing.name,
            channel_id=self._cut.channel.id,
            clock_epoch=growing.segment.clock_epoch,
            start_us=growing.zero_us,
            end_us=growing.end_us,
            lead_us=max(0, growing.zero_us - growing.first_us),
            frames=growing.mp4.frames,
            size=0,
            sha256="",
            sound=growing.mp4.sound_codec,
        )
        self._cut.parts.append(self._add(part, growing.path))
        self._cut.sources += growing.sources

    def _abandon(self) -> None:
        """Let go of a file that will not be finished; what libav says of it then is of no interest."""
        growing, self._growing = self._growing, None
        if growing is not None:
            with suppress(av.FFmpegError):
                growing.mp4.close()

    def _note_source(self, growing: _Growing, piece: Piece) -> None:
        last = growing.sources[-1] if growing.sources else None
        if last is not None and (last.segment_id, last.last + 1) == (piece.segment.id, piece.number):
            growing.sources[-1] = Source(last.part, last.segment_id, last.first, piece.number)
        else:
            growing.sources.append(Source(growing.name, piece.segment.id, piece.number, piece.number))

    def _cover(self, start_us: int, end_us: int) -> None:
        last = self._covered[-1] if self._covered else None
        if last is not None and last.start_us <= start_us <= last.end_us + _SEAM_US:
            self._covered[-1] = Span(last.start_us, max(last.end_us, end_us))
        elif end_us > start_us:
            self._covered.append(Span(start_us, end_us))

    def _leave_out(self, start_us: int, end_us: int, cause: LeftOutCause) -> None:
        clipped = Span(start_us, end_us).clip(self._span) if end_us > start_us else None
        if clipped is None:
            return
        last = self._cut.left_out[-1] if self._cut.left_out else None
        if (
            last is not None
            and last.cause == cause
            and last.end_us - _SEAM_US <= clipped.start_us <= last.end_us + _SEAM_US
        ):
            self._cut.left_out.pop()
            clipped = Span(last.start_us, max(last.end_us, clipped.end_us))
        self._cut.left_out.append(LeftOut(self._cut.channel.id, clipped.start_us, clipped.end_us, cause.value))

    def _explain(self, gaps: list[Gap]) -> None:
        """Add the gaps of the range with their causes, and what nobody explained."""
        channel_id, left_out = self._cut.channel.id, self._cut.left_out
        for gap in gaps:
            end_us = self._span.end_us if gap.end_us is None else gap.end_us
            if end_us > gap.start_us and (clipped := Span(gap.start_us, end_us).clip(self._span)):
                left_out.append(LeftOut(channel_id, clipped.start_us, clipped.end_us, gap.cause.value))
        known = [*self._covered, *(Span(one.start_us, one.end_us) for one in left_out)]
        for start_us, end_us in _holes(merge(known, _SEAM_US), self._span):
            left_out.append(LeftOut(channel_id, start_us, end_us, LeftOutCause.UNEXPLAINED.value))
        left_out.sort(key=lambda one: (one.start_us, one.end_us))


def _timed(fragment: bytes) -> Iterator[tuple[Sample, int]]:
    """The frames of a fragment, each with its ticks from the first."""
    ticks = 0
    for sample in samples(fragment):
        yield sample, ticks
        ticks += sample.duration_ticks


def _holes(known: list[Span], span: Span) -> Iterator[tuple[int, int]]:
    at_us = span.start_us
    for one in known:
        if one.start_us - at_us > _SEAM_US:
            yield at_us, min(one.start_us, span.end_us)
        at_us = max(at_us, one.end_us)
    if span.end_us - at_us > _SEAM_US:
        yield at_us, span.end_us
