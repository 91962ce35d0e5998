"""How much of what was planned is there, for each channel and day, and what the rest is due to.

The pure part measures one day of one channel. Where the server's clock was set back, a day has the hours that really
passed: each clock epoch is measured by itself and the results are added.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Select, case, cast, func, select

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId
from mingjian.kernel.intervals import Span, merge
from mingjian.media import store as media_store
from mingjian.media.keep import store
from mingjian.media.keep.errors import RANGE_UNREADABLE
from mingjian.media.keep.model import LONGEST_SEGMENT_US, ChannelRecording, Completeness, Total, day_span
from mingjian.media.keep.plan import planned
from mingjian.media.model import KEPT_STATES, ClockEpoch, Gap, GapCause, SegmentState, day_of, unpack_records
from mingjian.media.store import SEGMENT, SEGMENT_INDEX
from mingjian.registry import service as registry
from mingjian.registry.model import Channel
from mingjian.storage.engine import Database, Transaction

DAMAGE: Final = "damage"
"""Beside the codes of gaps: what was recorded and cannot be read any more."""
_TOLERANCE_US: Final = 500_000
"""A shorter stretch between two files is none; the writer makes no gap of it either."""
_SETTLED_US: Final = 600_000_000
"""After midnight, until what was open then is closed."""
FRESH_US: Final = 1_800_000_000
"""What the job wrote of today is shown so long; it comes back every ten minutes."""
LONGEST_RANGE: Final = 366
_CATCH_UP_DAYS: Final = 31
_FOREVER: Final = 1 << 62
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A span in one clock epoch."""

    span: Span
    clock_epoch: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one channel on one day. `alive`: from its registration to its retirement or now."""

    channel_id: ChannelId
    day: int
    recording: ChannelRecording
    events_us: Sequence[int]
    alive: Span | None
    epochs: Sequence[ClockEpoch]
    footage: Sequence[Stretch]
    gaps: Sequence[Gap]
    damage: Sequence[Stretch]


def measure(facts: Facts, now_us: int) -> Completeness:
    """One day, up to now. Everything that was planned is recorded, or has a cause, or is unexplained: never twice."""
    planned_us = recorded_us = unexplained_us = 0
    causes: dict[str, int] = {}
    for piece in pieces(facts, now_us):
        wanted = _without(
            planned(facts.recording, facts.events_us, piece.span), _gaps(facts.gaps, piece, GapCause.PLAN)
        )
        planned_us += _length(wanted)
        for cause in (one for one in GapCause if one is not GapCause.PLAN):
            wanted = _count(causes, cause.value, wanted, _gaps(facts.gaps, piece, cause))
        footage = merge((one.span for one in facts.footage if one.clock_epoch == piece.clock_epoch), _TOLERANCE_US)
        there = _inside(wanted, footage)
        whole = _count(
            causes, DAMAGE, there, [one.span for one in facts.damage if one.clock_epoch == piece.clock_epoch]
        )
        recorded_us += _length(whole)
        unexplained_us += _length(wanted) - _length(there)
    return Completeness(facts.channel_id, facts.day, planned_us, recorded_us, causes, unexplained_us, now_us)


def pieces(facts: Facts, now_us: int) -> list[Stretch]:
    """The parts of the day that a channel lived through, one for each clock epoch."""
    begins = [(0, -_FOREVER), *((one.epoch, one.began_us) for one in facts.epochs)]
    # An epoch ended where the next one began, on its own clock.
    ends = [*(one.began_us - one.step_us for one in facts.epochs), now_us]
    found = []
    for (epoch, start_us), end_us in zip(begins, ends, strict=True):
        if end_us <= start_us or facts.alive is None:
            continue
        part = Span(start_us, end_us).clip(day_span(facts.day))
        part = part.clip(facts.alive) if part else None
        if part:
            found.append(Stretch(part, epoch))
    return found


def _gaps(gaps: Iterable[Gap], piece: Stretch, cause: GapCause) -> list[Span]:
    found = []
    for one in gaps:
        if one.cause is not cause:
            continue
        if one.end_us is None and one.clock_epoch < piece.clock_epoch:
            found.append(piece.span)  # it has lasted since before the clock was set
        elif one.clock_epoch == piece.clock_epoch:
            end_us = _FOREVER if one.end_us is None else one.end_us
            if end_us > one.start_us:
                found.append(Span(one.start_us, end_us))
    return merge(found)


def _count(causes: dict[str, int], cause: str, wanted: list[Span], of: list[Span]) -> list[Span]:
    """Count what `of` takes of `wanted` under `cause`; what is left."""
    rest = _without(wanted, merge(of))
    if taken := _length(wanted) - _length(rest):
        causes[cause] = causes.get(cause, 0) + taken
    return rest


def _length(spans: Iterable[Span]) -> int:
    return sum(one.length_us for one in spans)


def _inside(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    return [part for one in spans for other in others if (part := one.clip(other))]


def _without(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """What is left of `spans` outside `others`; both sorted and disjoint."""
    left = []
    for one in spans:
        at = one.start_us
        for other in others:
            if other.end_us <= at or other.start_us >= one.end_us:
                continue
            if other.start_us > at:
                left.append(Span(at, other.start_us))
            at = other.end_us
            if at >= one.end_us:
                break
        if at < one.end_us:
            left.append(Span(at, one.end_us))
    return left


# From the database


def of_channel(tx: Transaction, channel_id: ChannelId, first: int, last: int, now_us: int) -> list[Completeness]:
    """Each day from `first` to `last` on which the channel was there; what is not final is measured now."""
    channel = registry.channel(tx, channel_id)
    known = {one.day: one for one in store.completeness(tx, first, last, channel_id) if is_final(one)}
    first, last = max(first, day_of(channel.created_us)), min(last, today(now_us))
    if channel.retired_us is not None:
        last = min(last, day_of(channel.retired_us))
    return [known.get(day) or measure(_facts(tx, channel, day), now_us) for day in range(first, last + 1)]


def of_day(tx: Transaction, day: int, now_us: int) -> list[Completeness]:
    """All channels on one day; what was measured within FRESH_US is not measured again."""
    known = {one.channel_id: one for one in store.completeness(tx, day, day)}
    found = []
    for channel in registry.channels(tx, with_retired=True):
        if not _lived_on(channel, day) or day > today(now_us):
            continue
        one = known.get(channel.id)
        if one is None or not (is_final(one) or now_us - one.computed_us < FRESH_US):
            one = measure(_facts(tx, channel, day), now_us)
        found.append(one)
    return found


@dataclass(frozen=True, slots=True)
class Summary:
    """Some days together: `days` are those of which anything is written down, `causes` what is missing and why."""

    days: Mapping[int, Total]
    causes: Mapping[str, int]


def summary(tx: Transaction, first: int, last: int, within: Select[Any]) -> Summary:
    """Of the channels that `within` gives the ids of, as far as the job has written days down."""
    days = store.totals_of_days(tx, first, last, within)
    return Summary(days, store.causes_within(tx, first, last, within))


def worst(
    tx: Transaction, first: int, last: int, within: Select[Any], after: tuple[int, UUID] | None, limit: int
) -> list[tuple[Total, Mapping[str, int]]]:
    """Channels with what is missing of each, the least complete first."""
    found = store.totals_of_channels(tx, first, last, within, after, limit)
    causes = store.causes_between(tx, first, last, [one.channel_id for one in found if one.channel_id is not None])
    return [(one, causes.get(one.channel_id, {}) if one.channel_id else {}) for one in found]


def _never() -> bool:
    return False


def complete_days(database: Database, now_us: int, stopping: Callable[[], bool] = _never) -> int:
    """Write down finished days that are not yet, of the last month, and today so far; returns how many."""
    newest, written = today(now_us), 0
    for day in range(newest - _CATCH_UP_DAYS, newest + 1):
        with database.read() as tx:
            final = {one.channel_id for one in store.completeness(tx, day, day) if is_final(one)}
            channels = [one for one in registry.channels(tx, with_retired=True) if _lived_on(one, day)]
        for channel in channels:
            if channel.id in final or stopping():
                continue
            with database.write() as tx:
                store.save_completeness(tx, measure(_facts(tx, channel, day), now_us))
            written += 1
    return written


def is_final(one: Completeness) -> bool:
    return one.computed_us >= day_span(one.day).end_us + _SETTLED_US


def _lived_on(channel: Channel, day: int) -> bool:
    retired = channel.retired_us
    return day_of(channel.created_us) <= day and (retired is None or day_of(retired) >= day)


def _facts(tx: Transaction, channel: Channel, day: int) -> Facts:
    span = day_span(day)
    recording = store.recording(tx, channel.id)
    around = Span(span.start_us - recording.post_roll_s * 1_000_000, span.end_us + recording.pre_roll_s * 1_000_000)
    alive_end_us = _FOREVER if channel.retired_us is None else channel.retired_us
    return Facts(
        channel.id,
        day,
        recording,
        [one.at_us for one in store.events_between(tx, channel.id, around)],
        Span(channel.created_us, alive_end_us) if alive_end_us > channel.created_us else None,
        media_store.clock_epochs(tx),
        [*_finished(tx, channel.id, span), *_open(tx, channel.id, span)],
        media_store.gaps_between(tx, channel.id, span),
        _damage(tx, channel.id, span),
    )


def _finished(tx: Transaction, channel_id: ChannelId, span: Span) -> list[Stretch]:
    """Finished footage of a channel around a day, joined where files follow one another."""
    inner = (
        select(
            SEGMENT.c.clock_epoch,
            SEGMENT.c.start_us,
            SEGMENT.c.end_us,
            func.lag(SEGMENT.c.end_us)
            .over(partition_by=SEGMENT.c.clock_epoch, order_by=SEGMENT.c.start_us)
            .label("before_us"),
        )
        .where(
            SEGMENT.c.channel_id == channel_id,
            SEGMENT.c.state.in_(KEPT_STATES),
            SEGMENT.c.start_us >= span.start_us - LONGEST_SEGMENT_US,
            SEGMENT.c.start_us < span.end_us,
        )
        .subquery()
    )
    apart = case((inner.c.start_us > inner.c.before_us + _TOLERANCE_US, 1), else_=0)
    islands = select(
        inner.c.clock_epoch,
        inner.c.start_us,
        inner.c.end_us,
        func.sum(cast(apart, Integer))
        .over(partition_by=inner.c.clock_epoch, order_by=inner.c.start_us)
        .label("island"),
    ).subquery()
    query = select(
        islands.c.clock_epoch,
        func.min(islands.c.start_us).label("start_us"),
        func.max(islands.c.end_us).label("end_us"),
    ).group_by(islands.c.clock_epoch, islands.c.island)
    return [Stretch(Span(row.start_us, row.end_us), row.clock_epoch) for row in tx.execute(query)]


def _open(tx: Transaction, channel_id: ChannelId, span: Span) -> list[Stretch]:
    """What is durable of the segment that is being written."""
    query = (
        select(SEGMENT.c.start_us, SEGMENT.c.clock_epoch, SEGMENT_INDEX.c.records)
        .join_from(SEGMENT, SEGMENT_INDEX)
        .where(
            SEGMENT.c.channel_id == channel_id,
            SEGMENT.c.state == SegmentState.OPEN,
            SEGMENT.c.start_us >= span.start_us - LONGEST_SEGMENT_US,
            SEGMENT.c.start_us < span.end_us,
        )
    )
    found = []
    for row in tx.execute(query):
        records = list(unpack_records(row.records))
        if records and records[-1].end_offset_us > 0:
            found.append(Stretch(Span(row.start_us, row.start_us + records[-1].end_offset_us), row.clock_epoch))
    return found


def _damage(tx: Transaction, channel_id: ChannelId, span: Span) -> list[Stretch]:
    return [Stretch(found, epoch) for found, epoch in store.damaged(tx, channel_id, span)]


# Days as people write them


def today(now_us: int) -> int:
    return day_of(now_us)


def day_text(day: int) -> str:
    return (_EPOCH + timedelta(days=day)).date().isoformat()


def day_range(first: str, last: str) -> tuple[int, int]:
    """Two days as YYYY-MM-DD. Raises MingjianError RANGE_UNREADABLE."""
    try:
        days = [(datetime.fromisoformat(text).replace(tzinfo=UTC) - _EPOCH).days for text in (first, last)]
    except ValueError as error:
        raise MingjianError(RANGE_UNREADABLE) from error
    if not 0 <= days[0] <= days[1] < days[0] + LONGEST_RANGE:
        raise MingjianError(RANGE_UNREADABLE)
    return days[0], days[1]
