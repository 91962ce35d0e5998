"""What a recorder that died had no time to say: which silences there were around the footage that was recovered.

Gaps are committed with a flush. Footage that is recovered may be newer than that: then a gap that seemed to last ended
where the footage begins. And footage may be missing that was given to the disk before a gap was committed: that stretch
is the recorder's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf
from typing import Final

from sqlalchemy import bindparam, select, update

from mingjian.kernel.ids import GapId, new_id
from mingjian.kernel.intervals import Span
from mingjian.kernel.media_time import ticks_to_us
from mingjian.media import store
from mingjian.media.model import KEPT_STATES, SHOWN_STATES, FragmentRecord, Gap, GapCause, Segment
from mingjian.media.record.ledger import GAP_TOLERANCE_US
from mingjian.storage.engine import Transaction

# Media time and recorded time of a fragment differ by the slew.
SLEW_US: Final = 1_000


@dataclass(frozen=True, slots=True)
class Beside:
    """The footage next to a segment in its clock epoch: where it ends before, where it begins after."""

    before_us: int | None
    after_us: int | None


def explain(tx: Transaction, segment: Segment, footage: Sequence[Span]) -> bool:
    """Make the gaps of a channel true around a segment that was recovered; `footage`: its spans, none when it is empty.

    The segment is closed, or garbage, in this transaction. Returns whether all that follows in its clock epoch has been
    looked at, as it has where no footage comes behind it.
    """
    beside = _beside(tx, segment, footage)
    if footage and beside.before_us is None and segment.clock_epoch:
        beside = replace(beside, before_us=_explain_turn(tx, segment, footage[0].start_us))
    since_us = beside.before_us if beside.before_us is not None else footage[0].start_us if footage else None
    if since_us is None:
        return False
    if footage and beside.after_us is not None and beside.after_us < footage[-1].end_us:
        # By media time; by recorded time, which is slewed, the next one had begun.
        tx.execute(update(store.SEGMENT).where(store.SEGMENT.c.id == segment.id).values(end_us=beside.after_us))
    left = []
    for gap_id, gap in _gaps(tx, segment, since_us, beside.after_us):
        kept = trimmed(gap, footage)
        if kept is None:
            store.forget_gap(tx, gap_id)
            continue
        left.append(kept)
        if kept != gap:
            store.open_gap(tx, gap_id, kept)
    for span, cause in unexplained(footage, left, beside):
        _note(tx, Gap(segment.channel_id, span.start_us, span.end_us, cause, segment.clock_epoch))
    return beside.after_us is None


def _explain_turn(tx: Transaction, segment: Segment, first_us: int) -> int | None:
    """The first footage of a clock epoch was recovered: end what lasted in the epoch before, as the writer would have.

    Returns from when on the new epoch has to be accounted for; None when the channel was not recorded before.
    """
    epochs = {one.epoch: one for one in store.clock_epochs(tx)}
    found = _left_off(tx, segment)
    if found is None or segment.clock_epoch not in epochs:
        return None
    epoch, end_us, lasting = found
    step_us = sum(one.step_us for one in epochs.values() if epoch < one.epoch <= segment.clock_epoch)
    stepped_us = max(end_us, epochs[segment.clock_epoch].began_us - step_us)
    began_us = min(max(epochs[segment.clock_epoch].began_us, stepped_us + step_us), first_us)
    if lasting is not None:
        gap_id, gap = lasting
        store.open_gap(tx, gap_id, replace(gap, end_us=max(stepped_us, gap.start_us + 1)))
        if first_us > began_us:
            _note(tx, replace(gap, start_us=began_us, end_us=first_us, clock_epoch=segment.clock_epoch))
    before = [gap for _, gap in _gaps(tx, replace(segment, clock_epoch=epoch), end_us, stepped_us)]
    for span, cause in unexplained((), before, Beside(end_us, stepped_us)):
        _note(tx, Gap(segment.channel_id, span.start_us, span.end_us, cause, epoch))
    known = (gap.cause for _, gap in _gaps(tx, segment, stepped_us, first_us))
    if step_us > 0 and began_us > stepped_us and GapCause.CLOCK not in known:
        _note(tx, Gap(segment.channel_id, stepped_us, began_us, GapCause.CLOCK, segment.clock_epoch))
    return began_us


def _left_off(tx: Transaction, segment: Segment) -> tuple[int, int, tuple[GapId, Gap] | None] | None:
    """The newest epoch before this one in which the channel was recorded or had a gap that lasts: where that begins."""
    lasting = store.lasting_gap(tx, segment.channel_id)
    if lasting is not None and lasting[1].clock_epoch >= segment.clock_epoch:
        lasting = None
    for epoch in range(segment.clock_epoch - 1, -1, -1):
        asked = {"channel": segment.channel_id, "epoch": epoch, "segment": segment.id, "start": _END_OF_TIME}
        end_us: int | None = tx.execute(_BEFORE, asked).scalar_one_or_none()
        if lasting is not None and lasting[1].clock_epoch == epoch:
            return epoch, lasting[1].start_us if end_us is None else end_us, lasting
        if end_us is not None:
            return epoch, end_us, None
    return None


def _note(tx: Transaction, gap: Gap) -> None:
    store.open_gap(tx, GapId(new_id(gap.start_us)), gap)


# Made once: a recorder that died may have left ten thousand segments, and making costs more than running.
_ROW: Final = store.SEGMENT.c
_MINE: Final = (_ROW.channel_id == bindparam("channel"), _ROW.clock_epoch == bindparam("epoch"))
_BEFORE: Final = (
    select(_ROW.end_us)
    .where(*_MINE, _ROW.state.in_(KEPT_STATES), _ROW.start_us < bindparam("start"), _ROW.id != bindparam("segment"))
    .order_by(_ROW.start_us.desc())
    .limit(1)
)
_AFTER: Final = (
    select(_ROW.start_us)
    .where(*_MINE, _ROW.state.in_(SHOWN_STATES), _ROW.start_us > bindparam("start"), _ROW.id != bindparam("segment"))
    .order_by(_ROW.start_us)
    .limit(1)
)
_FOLLOWING: Final = (
    select(store.CLOCK_EPOCH)
    .where(store.CLOCK_EPOCH.c.epoch > bindparam("after"))
    .order_by(store.CLOCK_EPOCH.c.epoch)
    .limit(1)
)
_LATER: Final = (
    select(_ROW.id)
    .where(
        _ROW.channel_id == bindparam("channel"),
        _ROW.clock_epoch > bindparam("epoch"),
        _ROW.state.in_(SHOWN_STATES),
    )
    .limit(1)
)
_GAPS: Final = (
    select(store.GAP)
    .where(
        store.GAP.c.channel_id == bindparam("channel"),
        store.GAP.c.clock_epoch == bindparam("epoch"),
        store.GAP.c.end_us.is_(None) | (store.GAP.c.end_us > bindparam("since")),
        store.GAP.c.start_us < bindparam("until"),
    )
    .order_by(store.GAP.c.start_us)
)
_END_OF_TIME: Final = (1 << 63) - 1


def _beside(tx: Transaction, segment: Segment, footage: Sequence[Span]) -> Beside:
    asked = {
        "channel": segment.channel_id,
        "epoch": segment.clock_epoch,
        "segment": segment.id,
        "start": footage[0].start_us if footage else _END_OF_TIME,
    }
    before_us: int | None = tx.execute(_BEFORE, asked).scalar_one_or_none()
    if not footage:
        return Beside(before_us, _turned_us(tx, segment, before_us))
    after_us: int | None = tx.execute(_AFTER, asked).scalar_one_or_none()
    return Beside(before_us, after_us if after_us is not None else _turned_us(tx, segment, footage[-1].end_us))


def _turned_us(tx: Transaction, segment: Segment, end_us: int | None) -> int | None:
    """Where the epoch of a segment ended, when the channel is known to have gone on in a later one."""
    following = tx.execute(_FOLLOWING, {"after": segment.clock_epoch}).one_or_none()
    if following is None or end_us is None:
        return None
    lasting = store.lasting_gap(tx, segment.channel_id)
    if lasting is None or lasting[1].clock_epoch <= segment.clock_epoch:
        asked = {"channel": segment.channel_id, "epoch": segment.clock_epoch}
        if tx.execute(_LATER, asked).scalar_one_or_none() is None:
            return None
    stepped_us: int = following.began_us - following.step_us
    return max(end_us, stepped_us)


def _gaps(tx: Transaction, segment: Segment, since_us: int, until_us: int | None) -> list[tuple[GapId, Gap]]:
    asked = {
        "channel": segment.channel_id,
        "epoch": segment.clock_epoch,
        "since": since_us,
        "until": _END_OF_TIME if until_us is None else until_us,
    }
    return [
        (GapId(one.id), Gap(segment.channel_id, one.start_us, one.end_us, GapCause(one.cause), one.clock_epoch))
        for one in tx.execute(_GAPS, asked)
    ]


def spans(start_us: int, records: Sequence[FragmentRecord]) -> list[Span]:
    """When a segment really has a picture: a camera may fall silent within one."""
    found = []
    for record, following in pairwise([*records, None]):
        assert record is not None
        begin_us = start_us + record.offset_us
        end_us = begin_us + ticks_to_us(record.duration_ticks)
        if following is not None and abs(start_us + following.offset_us - end_us) <= SLEW_US:
            end_us = start_us + following.offset_us
        if end_us > begin_us:
            found.append(Span(begin_us, end_us))
    return found


def trimmed(gap: Gap, footage: Sequence[Span]) -> Gap | None:
    """The first part of a gap that footage leaves of it, if any."""
    start_us = gap.start_us
    for piece in footage:
        if piece.end_us - SLEW_US <= start_us:
            continue
        if piece.start_us > start_us:
            end_us = piece.start_us if gap.end_us is None else min(gap.end_us, piece.start_us)
            return replace(gap, start_us=start_us, end_us=end_us)
        start_us = piece.end_us
    if gap.end_us is not None and start_us >= gap.end_us - SLEW_US:
        return None
    return replace(gap, start_us=start_us)


def unexplained(footage: Sequence[Span], gaps: Sequence[Gap], beside: Beside) -> Iterator[tuple[Span, GapCause]]:
    """Stretches around and within footage that nothing accounts for.

    Between footage half a second is jitter; what is missing right before or behind a gap is footage that was lost with
    the recorder.
    """
    accounted: list[tuple[float, float, bool]] = [(one.start_us, one.end_us, True) for one in footage]
    accounted += [(one.start_us, inf if one.end_us is None else one.end_us, False) for one in gaps]
    if beside.after_us is not None:
        accounted.append((beside.after_us, inf, True))
    at: float = footage[0].start_us if beside.before_us is None else beside.before_us
    shown = True
    for start_us, end_us, is_footage in sorted(accounted):
        if start_us - at > (GAP_TOLERANCE_US if shown and is_footage else SLEW_US):
            within = bool(footage) and footage[0].start_us < at and start_us < footage[-1].end_us
            yield Span(int(at), int(start_us)), GapCause.NO_VIDEO if within else GapCause.ROLE_DOWN
        if end_us > at:
            at, shown = end_us, is_footage
