"""Whether the spans of one channel make sense: footage and gaps side by side, nothing twice, nothing unexplained. Pure.

Only spans of the same clock epoch are compared: an hour that the clock ran twice is there twice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mingjian.kernel.ids import ChannelId, SegmentId, VolumeId
from mingjian.media.check.model import Damage, DamageKind, Detail
from mingjian.media.model import Gap

# A span ends where media time says, and the next begins in slewed wall time: 500 ppm of a fragment or two.
SLEW_US: Final = 5_000
# A gap ends with the first frame recorded again; half a second of silence is none (docs/design/media.md).
SEAM_US: Final = 500_000
# What a frame's length and a fragment's may hide between two segments beyond that.
UNEXPLAINED_US: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class Placed:
    """The span of a segment. Nobody knows yet how far an open one goes: its `end_us` is its start."""

    id: SegmentId
    channel_id: ChannelId
    volume_id: VolumeId
    clock_epoch: int
    start_us: int
    end_us: int
    path_name: str
    is_open: bool = False


def disorder(segments: Iterable[Placed], gaps: Sequence[Gap], explained_until_us: int) -> Iterator[Damage]:
    """What is wrong with the spans of a channel. `segments` and `gaps` ordered by start.

    `explained_until_us`: what is missing before that moment may have been deleted, as the law allows.
    """
    last: dict[int, Placed] = {}
    holes = _Gaps(gaps)
    for one in segments:
        before = last.get(one.clock_epoch)
        if one.is_open or (before is not None and before.is_open):
            # Rows that are being written say what was true at the last flush: they are judged once they are closed.
            last[one.clock_epoch] = one
            continue
        if before is not None and one.start_us < before.end_us - SLEW_US:
            end_us = max(one.start_us + 1, min(before.end_us, one.end_us))
            yield _damage(one, DamageKind.OVERLAP, Detail.SEGMENTS, one.start_us, end_us, at_segment=True)
        holes.forget_before(one.clock_epoch, one.start_us if before is None else before.end_us)
        yield from holes.over(one)
        if before is not None and _is_hole(before, one, explained_until_us):
            yield from holes.unexplained(before, one)
        if before is None or one.end_us > before.end_us:
            last[one.clock_epoch] = one
    yield from _among_gaps(gaps, last)


def _is_hole(before: Placed, one: Placed, explained_until_us: int) -> bool:
    return one.start_us - max(before.end_us, explained_until_us) >= UNEXPLAINED_US


class _Gaps:
    """The gaps of a channel, asked for in the order of time."""

    def __init__(self, gaps: Sequence[Gap]) -> None:
        self._gaps: dict[int, list[Gap]] = {}
        for gap in gaps:
            self._gaps.setdefault(gap.clock_epoch, []).append(gap)
        self._past: dict[int, int] = {}

    def over(self, one: Placed) -> Iterator[Damage]:
        """Gaps that began before a segment and reach into it. A stall inside a segment begins inside it."""
        for gap in self._near(one.clock_epoch, one.start_us):
            if gap.start_us >= one.start_us:
                break
            end_us = one.end_us if gap.end_us is None else min(gap.end_us, one.end_us)
            if gap.start_us < one.start_us - SLEW_US and end_us > one.start_us + SEAM_US:
                yield _damage(one, DamageKind.OVERLAP, Detail.GAP, one.start_us, end_us, at_segment=True)

    def unexplained(self, before: Placed, one: Placed) -> Iterator[Damage]:
        at_us = before.end_us
        for gap in self._near(one.clock_epoch, before.end_us):
            if gap.start_us >= one.start_us:
                break
            if gap.start_us - at_us >= UNEXPLAINED_US:
                yield _damage(one, DamageKind.MISSING, Detail.UNEXPLAINED, at_us, gap.start_us, at_segment=False)
            at_us = max(at_us, one.start_us if gap.end_us is None else gap.end_us)
        if one.start_us - at_us >= UNEXPLAINED_US:
            yield _damage(one, DamageKind.MISSING, Detail.UNEXPLAINED, at_us, one.start_us, at_segment=False)

    def forget_before(self, epoch: int, moment_us: int) -> None:
        """Gaps of an epoch that ended well before a moment never matter again."""
        gaps, index = self._gaps.get(epoch, []), self._past.get(epoch, 0)
        while index < len(gaps) and (end_us := gaps[index].end_us) is not None and end_us <= moment_us - SEAM_US:
            index += 1
        self._past[epoch] = index

    def _near(self, epoch: int, at_us: int) -> Iterator[Gap]:
        """Gaps of an epoch that end after `at_us`."""
        gaps = self._gaps.get(epoch, [])
        for index in range(self._past.get(epoch, 0), len(gaps)):
            end_us = gaps[index].end_us
            if end_us is None or end_us > at_us - SEAM_US:
                yield gaps[index]


def _among_gaps(gaps: Sequence[Gap], near: dict[int, Placed]) -> Iterator[Damage]:
    if not near:
        return
    place = near[max(near)]
    lasting = [gap for gap in gaps if gap.end_us is None]
    for gap in lasting[:-1]:
        yield _of_gap(place, gap, Detail.LASTING, gap.start_us + 1)
    reached: dict[int, int] = {}
    for gap in gaps:
        if gap.end_us is None:
            continue
        if gap.end_us <= gap.start_us or gap.start_us < reached.get(gap.clock_epoch, 0) - SEAM_US:
            yield _of_gap(place, gap, Detail.GAPS, max(gap.end_us, gap.start_us + 1))
        reached[gap.clock_epoch] = max(reached.get(gap.clock_epoch, 0), gap.end_us)


def _of_gap(place: Placed, gap: Gap, detail: Detail, end_us: int) -> Damage:
    return Damage(
        place.volume_id,
        DamageKind.OVERLAP,
        detail,
        channel_id=gap.channel_id,
        start_us=gap.start_us,
        end_us=end_us,
        clock_epoch=gap.clock_epoch,
    )


def _damage(one: Placed, kind: DamageKind, detail: Detail, start_us: int, end_us: int, *, at_segment: bool) -> Damage:
    return Damage(
        one.volume_id,
        kind,
        detail,
        segment_id=one.id if at_segment else None,
        channel_id=one.channel_id,
        path_name=one.path_name if at_segment else "",
        start_us=start_us,
        end_us=end_us,
        clock_epoch=one.clock_epoch,
    )
