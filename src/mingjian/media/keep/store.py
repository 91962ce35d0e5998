"""Tables of keeping: plans, events, terms, holds, completeness."""

import json
from collections.abc import Collection
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Integer,
    Row,
    Select,
    Table,
    Text,
    Uuid,
    and_,
    case,
    cast,
    column,
    delete,
    func,
    insert,
    or_,
    select,
    table,
    update,
)

from mingjian.identity.scopes import Reach
from mingjian.kernel.ids import ChannelId, PersonId, VolumeGroupId, VolumeId
from mingjian.kernel.intervals import Span
from mingjian.media.keep.model import (
    WHOLE_SHARE,
    ChannelRecording,
    Completeness,
    EventBin,
    Hold,
    PlanKind,
    RecordingEvent,
    Term,
    TermKind,
    TermSource,
    Total,
    WeeklySpan,
)
from mingjian.media.store import CLOCK_EPOCH
from mingjian.registry import browsing
from mingjian.storage.engine import METADATA, Transaction
from mingjian.storage.keyset import DOWN, UP, Order, Page, Place

CHANNEL_RECORDING: Final = Table(
    "channel_recording",
    METADATA,
    Column("channel_id", Uuid, primary_key=True),
    Column("group_id", Uuid, ForeignKey("volume_group.id")),
    Column("plan", Text, nullable=False),
    Column("weekly", Text, nullable=False),
    Column("pre_roll_s", Integer, nullable=False),
    Column("post_roll_s", Integer, nullable=False),
    Column("priority", Integer, nullable=False),
)
RECORDING_EVENT: Final = Table(
    "recording_event",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel_id", Uuid, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Index("ix_recording_event_channel_id_at_us", "channel_id", "at_us"),
)
RETENTION_TERM: Final = Table(
    "retention_term",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel_id", Uuid),
    Column("kind", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Column("source", Text, nullable=False),
    Column("citation", Text, nullable=False),
    Column("set_label", Text, nullable=False),
    Column("set_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Index("ix_retention_term_channel_id", "channel_id"),
)
HOLD: Final = Table(
    "hold",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("channel_id", Uuid, nullable=False),
    Column("start_us", BigInteger, nullable=False),
    Column("end_us", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("placed_by", Uuid),
    Column("placed_label", Text, nullable=False),
    Column("placed_us", BigInteger, nullable=False),
    Column("lifted_by", Uuid),
    Column("lifted_label", Text),
    Column("lifted_us", BigInteger),
    Column("lift_reason", Text),
    Index("ix_hold_channel_id_end_us", "channel_id", "end_us"),
)
_OVER: Final = case((HOLD.c.lifted_us.is_(None), 0), else_=1).label("over")
_HOLDS: Final = Order((_OVER, UP), (HOLD.c.placed_us, DOWN), (HOLD.c.id, DOWN))
_TERMS: Final = Order((RETENTION_TERM.c.set_us, UP), (RETENTION_TERM.c.id, UP))
COMPLETENESS_DAY: Final = Table(
    "completeness_day",
    METADATA,
    Column("channel_id", Uuid, primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("planned_us", BigInteger, nullable=False),
    Column("recorded_us", BigInteger, nullable=False),
    Column("causes", Text, nullable=False),
    Column("unexplained_us", BigInteger, nullable=False),
    Column("computed_us", BigInteger, nullable=False),
)

# Plans and events


def recordings(tx: Transaction) -> dict[ChannelId, ChannelRecording]:
    """What was set; a channel without a row has the defaults of `ChannelRecording`."""
    return {ChannelId(row.channel_id): _recording(row) for row in tx.execute(select(CHANNEL_RECORDING))}


def recording(tx: Transaction, channel_id: ChannelId) -> ChannelRecording:
    query = select(CHANNEL_RECORDING).where(CHANNEL_RECORDING.c.channel_id == channel_id)
    row = tx.execute(query).one_or_none()
    return _recording(row) if row else ChannelRecording()


def save_recording(tx: Transaction, channel_id: ChannelId, recording: ChannelRecording) -> None:
    values = {
        "group_id": recording.group_id,
        "plan": recording.plan,
        "weekly": json.dumps([[one.weekday, one.start_minute, one.end_minute] for one in recording.weekly]),
        "pre_roll_s": recording.pre_roll_s,
        "post_roll_s": recording.post_roll_s,
        "priority": recording.priority,
    }
    tx.execute(delete(CHANNEL_RECORDING).where(CHANNEL_RECORDING.c.channel_id == channel_id))
    tx.execute(insert(CHANNEL_RECORDING), {"channel_id": channel_id, **values})


def _recording(row: Row[Any]) -> ChannelRecording:
    return ChannelRecording(
        PlanKind(row.plan),
        tuple(WeeklySpan(*one) for one in json.loads(row.weekly)),
        row.pre_roll_s,
        row.post_roll_s,
        row.priority,
        VolumeGroupId(row.group_id) if row.group_id else None,
    )


def add_event(tx: Transaction, event: RecordingEvent) -> None:
    tx.execute(
        insert(RECORDING_EVENT),
        {"id": event.id, "channel_id": event.channel_id, "at_us": event.at_us, "name": event.name},
    )


def has_event(tx: Transaction, event_id: UUID) -> bool:
    query = select(RECORDING_EVENT.c.id).where(RECORDING_EVENT.c.id == event_id)
    return tx.execute(query).one_or_none() is not None


def events_between(tx: Transaction, channel_id: ChannelId, span: Span) -> list[RecordingEvent]:
    """Events of a channel in `span`, oldest first."""
    query = (
        select(RECORDING_EVENT)
        .where(
            RECORDING_EVENT.c.channel_id == channel_id,
            RECORDING_EVENT.c.at_us >= span.start_us,
            RECORDING_EVENT.c.at_us < span.end_us,
        )
        .order_by(RECORDING_EVENT.c.at_us)
    )
    return [RecordingEvent(row.id, ChannelId(row.channel_id), row.at_us, row.name) for row in tx.execute(query)]


def binned_events(tx: Transaction, channel_id: ChannelId, span: Span, bin_us: int) -> list[EventBin]:
    """Events of a channel in `span`, one entry for each `bin_us` of time in which there are any, oldest first."""
    bins = RECORDING_EVENT.c.at_us // bin_us
    counted = (
        select(
            func.min(RECORDING_EVENT.c.at_us).label("first_us"),
            func.max(RECORDING_EVENT.c.at_us).label("last_us"),
            func.count().label("number"),
            func.max(RECORDING_EVENT.c.name).label("name"),
        )
        .where(
            RECORDING_EVENT.c.channel_id == channel_id,
            RECORDING_EVENT.c.at_us >= span.start_us,
            RECORDING_EVENT.c.at_us < span.end_us,
        )
        .group_by(bins)
    )
    found = [EventBin(row.first_us, row.last_us, row.number, row.name) for row in tx.execute(counted)]
    return sorted(found, key=lambda one: one.first_us)


def events_since(tx: Transaction, since_us: int) -> dict[ChannelId, list[int]]:
    """Moments of events of every channel, oldest first."""
    query = select(RECORDING_EVENT.c.channel_id, RECORDING_EVENT.c.at_us).where(RECORDING_EVENT.c.at_us >= since_us)
    found: dict[ChannelId, list[int]] = {}
    for row in tx.execute(query.order_by(RECORDING_EVENT.c.at_us)):
        found.setdefault(ChannelId(row.channel_id), []).append(row.at_us)
    return found


def forget_events(tx: Transaction, channel_id: ChannelId, before_us: int, limit: int) -> int:
    """Delete up to `limit` events of a channel that happened before then; returns how many."""
    some = select(RECORDING_EVENT.c.id).where(
        RECORDING_EVENT.c.channel_id == channel_id, RECORDING_EVENT.c.at_us < before_us
    )
    return tx.execute(delete(RECORDING_EVENT).where(RECORDING_EVENT.c.id.in_(some.limit(limit)))).rowcount


# Terms


def terms(tx: Transaction, channel_id: ChannelId | None = None) -> list[Term]:
    """Terms in force, oldest first: all of them, or those that touch one channel."""
    query = select(RETENTION_TERM).where(RETENTION_TERM.c.ended_us.is_(None)).order_by(RETENTION_TERM.c.set_us)
    if channel_id is not None:
        everywhere = RETENTION_TERM.c.channel_id.is_(None)
        query = query.where(or_(everywhere, RETENTION_TERM.c.channel_id == channel_id))
    return [_term(row) for row in tx.execute(query)]


def terms_of(tx: Transaction, channels: Collection[ChannelId]) -> list[Term]:
    """Terms in force that touch one of these channels, oldest first."""
    query = select(RETENTION_TERM).where(RETENTION_TERM.c.ended_us.is_(None)).order_by(RETENTION_TERM.c.set_us)
    theirs = RETENTION_TERM.c.channel_id.in_(list(channels))
    return [_term(row) for row in tx.execute(query.where(or_(RETENTION_TERM.c.channel_id.is_(None), theirs)))]


def term(tx: Transaction, term_id: UUID) -> Term | None:
    row = tx.execute(select(RETENTION_TERM).where(RETENTION_TERM.c.id == term_id)).one_or_none()
    return _term(row) if row else None


def add_term(tx: Transaction, term: Term) -> None:
    tx.execute(
        insert(RETENTION_TERM),
        {
            "id": term.id,
            "channel_id": term.channel_id,
            "kind": term.kind,
            "days": term.days,
            "source": term.source,
            "citation": term.citation,
            "set_label": term.set_label,
            "set_us": term.set_us,
            "ended_us": None,
        },
    )


def end_term(tx: Transaction, term_id: UUID, now_us: int) -> None:
    tx.execute(update(RETENTION_TERM).where(RETENTION_TERM.c.id == term_id).values(ended_us=now_us))


def _term(row: Row[Any]) -> Term:
    return Term(
        row.id,
        ChannelId(row.channel_id) if row.channel_id else None,
        TermKind(row.kind),
        row.days,
        TermSource(row.source),
        row.citation,
        row.set_label,
        row.set_us,
        row.ended_us,
    )


# Holds


def add_hold(tx: Transaction, hold: Hold) -> None:
    tx.execute(
        insert(HOLD),
        {
            "id": hold.id,
            "channel_id": hold.channel_id,
            "start_us": hold.span.start_us,
            "end_us": hold.span.end_us,
            "reason": hold.reason,
            "placed_by": hold.placed_by,
            "placed_label": hold.placed_label,
            "placed_us": hold.placed_us,
        },
    )


def hold(tx: Transaction, hold_id: UUID, *, for_change: bool = False) -> Hold | None:
    query = select(HOLD).where(HOLD.c.id == hold_id)
    row = tx.execute(query.with_for_update() if for_change else query).one_or_none()
    return _hold(row) if row else None


def holds(tx: Transaction, reach: Reach, after: Place | None, limit: int, *, standing: bool) -> Page[Hold]:
    """A page of holds, those that stand first, newest first; no others when `standing`."""
    query = select(HOLD, _OVER).where(browsing.reached(tx, reach, HOLD.c.channel_id))
    if standing:
        query = query.where(HOLD.c.lifted_us.is_(None))
    return _HOLDS.page(tx, query, after, limit, _hold)


def count_standing(tx: Transaction, reach: Reach) -> int:
    """How many holds stand."""
    where = HOLD.c.lifted_us.is_(None), browsing.reached(tx, reach, HOLD.c.channel_id)
    return int(tx.execute(select(func.count()).select_from(HOLD).where(*where)).scalar_one())


def terms_within(tx: Transaction, reach: Reach, after: Place | None, limit: int) -> Page[Term]:
    """A page of the terms in force, oldest first: those of all channels and those of channels within reach."""
    theirs = browsing.reached(tx, reach, RETENTION_TERM.c.channel_id)
    query = select(RETENTION_TERM).where(
        RETENTION_TERM.c.ended_us.is_(None), or_(RETENTION_TERM.c.channel_id.is_(None), theirs)
    )
    return _TERMS.page(tx, query, after, limit, _term)


def holds_between(tx: Transaction, channel_id: ChannelId, span: Span, limit: int) -> list[Hold]:
    """Holds that stand on a channel and touch `span`, in the order of time."""
    query = select(HOLD).where(
        HOLD.c.channel_id == channel_id,
        HOLD.c.end_us > span.start_us,
        HOLD.c.start_us < span.end_us,
        HOLD.c.lifted_us.is_(None),
    )
    return [_hold(row) for row in tx.execute(query.order_by(HOLD.c.start_us, HOLD.c.id).limit(limit))]


def held(tx: Transaction, channel_ids: Collection[ChannelId] | None = None) -> dict[ChannelId, list[Span]]:
    """The ranges that stand, by channel: of these, or of all when None."""
    query = select(HOLD.c.channel_id, HOLD.c.start_us, HOLD.c.end_us).where(HOLD.c.lifted_us.is_(None))
    if channel_ids is not None:
        query = query.where(HOLD.c.channel_id.in_(list(channel_ids)))
    found: dict[ChannelId, list[Span]] = {}
    for row in tx.execute(query):
        found.setdefault(ChannelId(row.channel_id), []).append(Span(row.start_us, row.end_us))
    return found


def lift_hold(tx: Transaction, hold_id: UUID, *, by: PersonId | None, label: str, reason: str, now_us: int) -> None:
    tx.execute(
        update(HOLD)
        .where(HOLD.c.id == hold_id)
        .values(lifted_by=by, lifted_label=label, lifted_us=now_us, lift_reason=reason)
    )


def _hold(row: Row[Any]) -> Hold:
    return Hold(
        row.id,
        ChannelId(row.channel_id),
        Span(row.start_us, row.end_us),
        row.reason,
        PersonId(row.placed_by) if row.placed_by else None,
        row.placed_label,
        row.placed_us,
        PersonId(row.lifted_by) if row.lifted_by else None,
        row.lifted_label,
        row.lifted_us,
        row.lift_reason,
    )


# Damage, which `check` writes. It knows this package, so its table is named here by what is read of it.

_DAMAGE: Final = table(
    "damage",
    column("volume_id", Uuid),
    column("channel_id", Uuid),
    column("start_us", BigInteger),
    column("end_us", BigInteger),
    column("clock_epoch", Integer),
    column("kind", Text),
    column("cleared_us", BigInteger),
)
_COSTS_FOOTAGE: Final = ("missing", "short", "altered", "unreadable")


def damaged(tx: Transaction, channel_id: ChannelId, span: Span) -> list[tuple[Span, int]]:
    """Damaged spans of a channel that overlap `span`, with their clock epoch."""
    query = select(_DAMAGE.c.start_us, _DAMAGE.c.end_us, _DAMAGE.c.clock_epoch).where(
        _DAMAGE.c.channel_id == channel_id,
        _DAMAGE.c.cleared_us.is_(None),
        _DAMAGE.c.kind.in_(_COSTS_FOOTAGE),
        _DAMAGE.c.start_us < span.end_us,
        _DAMAGE.c.end_us > span.start_us,
    )
    return [(Span(row.start_us, row.end_us), row.clock_epoch) for row in tx.execute(query)]


def damage_by_volume(tx: Transaction) -> dict[VolumeId, int]:
    """How many places are damaged on each volume that has any."""
    count = func.count().label("places")
    query = select(_DAMAGE.c.volume_id, count).where(_DAMAGE.c.cleared_us.is_(None)).group_by(_DAMAGE.c.volume_id)
    return {VolumeId(row.volume_id): row.places for row in tx.execute(query)}


# Clock


def confirm_epochs(tx: Transaction, newest: int, label: str, now_us: int) -> None:
    """The clock is right since the epoch `newest`; so are the epochs before it over."""
    tx.execute(
        update(CLOCK_EPOCH)
        .where(CLOCK_EPOCH.c.epoch <= newest, CLOCK_EPOCH.c.confirmed_us.is_(None))
        .values(confirmed_us=now_us, confirmed_by=label)
    )


# Completeness


def save_completeness(tx: Transaction, one: Completeness) -> None:
    key = (COMPLETENESS_DAY.c.channel_id == one.channel_id, COMPLETENESS_DAY.c.day == one.day)
    tx.execute(delete(COMPLETENESS_DAY).where(*key))
    tx.execute(
        insert(COMPLETENESS_DAY),
        {
            "channel_id": one.channel_id,
            "day": one.day,
            "planned_us": one.planned_us,
            "recorded_us": one.recorded_us,
            "causes": json.dumps(dict(one.causes), sort_keys=True),
            "unexplained_us": one.unexplained_us,
            "computed_us": one.computed_us,
        },
    )


def completeness(
    tx: Transaction, first_day: int, last_day: int, channel_id: ChannelId | None = None
) -> list[Completeness]:
    """Finished days from `first_day` to `last_day`, both included, by channel and day."""
    query = (
        select(COMPLETENESS_DAY)
        .where(COMPLETENESS_DAY.c.day.between(first_day, last_day))
        .order_by(COMPLETENESS_DAY.c.channel_id, COMPLETENESS_DAY.c.day)
    )
    if channel_id is not None:
        query = query.where(COMPLETENESS_DAY.c.channel_id == channel_id)
    return [_completeness(row) for row in tx.execute(query)]


def forget_completeness(tx: Transaction, channel_id: ChannelId, since_day: int) -> None:
    """What was written of these days is not true any more; it is measured again."""
    mine = (COMPLETENESS_DAY.c.channel_id == channel_id, COMPLETENESS_DAY.c.day >= since_day)
    tx.execute(delete(COMPLETENESS_DAY).where(*mine))


def _completeness(row: Row[Any]) -> Completeness:
    return Completeness(
        ChannelId(row.channel_id),
        row.day,
        row.planned_us,
        row.recorded_us,
        json.loads(row.causes),
        row.unexplained_us,
        row.computed_us,
    )


_SUMS: Final = (
    func.sum(COMPLETENESS_DAY.c.planned_us).label("planned_us"),
    func.sum(COMPLETENESS_DAY.c.recorded_us).label("recorded_us"),
    func.sum(COMPLETENESS_DAY.c.unexplained_us).label("unexplained_us"),
)


def totals_of_days(tx: Transaction, first: int, last: int, within: Select[Any]) -> dict[int, Total]:
    """Each day of the channels that `within` gives the ids of."""
    days = COMPLETENESS_DAY.c.day
    query = select(days, *_SUMS).where(_between(first, last), COMPLETENESS_DAY.c.channel_id.in_(within)).group_by(days)
    return {row.day: _total(None, row) for row in tx.execute(query)}


def totals_of_channels(
    tx: Transaction, first: int, last: int, within: Select[Any], after: tuple[int, UUID] | None, limit: int
) -> list[Total]:
    """The channels that `within` gives the ids of, the least complete first, behind `after` (share and id)."""
    sums = (
        select(COMPLETENESS_DAY.c.channel_id, *_SUMS)
        .where(_between(first, last), COMPLETENESS_DAY.c.channel_id.in_(within))
        .group_by(COMPLETENESS_DAY.c.channel_id)
        .subquery()
    )
    planned = cast(sums.c.planned_us, BigInteger)
    # Sums of PostgreSQL are numeric; whole numbers divide alike on both engines.
    share = case((planned > 0, cast(sums.c.recorded_us, BigInteger) * WHOLE_SHARE // planned), else_=WHOLE_SHARE)
    ranked = select(sums, share.label("share")).subquery()
    query = select(ranked).order_by(ranked.c.share, ranked.c.channel_id).limit(limit)
    if after is not None:
        same = and_(ranked.c.share == after[0], ranked.c.channel_id > after[1])
        query = query.where(or_(ranked.c.share > after[0], same))
    return [_total(ChannelId(row.channel_id), row) for row in tx.execute(query)]


def causes_between(
    tx: Transaction, first: int, last: int, channel_ids: Collection[ChannelId]
) -> dict[ChannelId, dict[str, int]]:
    """What is missing of each channel, by cause."""
    query = select(COMPLETENESS_DAY.c.channel_id, COMPLETENESS_DAY.c.causes).where(
        _between(first, last), COMPLETENESS_DAY.c.channel_id.in_(list(channel_ids)), COMPLETENESS_DAY.c.causes != "{}"
    )
    found: dict[ChannelId, dict[str, int]] = {}
    for row in tx.execute(query):
        _sum(found.setdefault(ChannelId(row.channel_id), {}), row.causes)
    return found


def causes_within(tx: Transaction, first: int, last: int, within: Select[Any]) -> dict[str, int]:
    """What is missing of all of them, by cause."""
    query = select(COMPLETENESS_DAY.c.causes).where(
        _between(first, last), COMPLETENESS_DAY.c.channel_id.in_(within), COMPLETENESS_DAY.c.causes != "{}"
    )
    found: dict[str, int] = {}
    for causes in tx.execute(query).scalars():
        _sum(found, causes)
    return found


def _sum(into: dict[str, int], causes: str) -> None:
    for cause, us in json.loads(causes).items():
        into[cause] = into.get(cause, 0) + us


def _between(first: int, last: int) -> ColumnElement[bool]:
    return COMPLETENESS_DAY.c.day.between(first, last)


def _total(channel_id: ChannelId | None, row: Any) -> Total:
    planned, recorded = int(row.planned_us), int(row.recorded_us)
    share = recorded * WHOLE_SHARE // planned if planned > 0 else WHOLE_SHARE
    return Total(channel_id, planned, recorded, int(row.unexplained_us), share)
