"""Use cases of keeping: each in the caller's transaction, with its audit entry."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from itertools import pairwise
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.identity.scopes import Reach
from mingjian.kernel.errors import MingjianError, Text
from mingjian.kernel.ids import ChannelId, PersonId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media import store as footage
from mingjian.media.keep import rules, store
from mingjian.media.keep.errors import (
    CITATION_NEEDED,
    CLOCK_CONFIRMED,
    GROUP_OTHER_KIND,
    GROUP_UNKNOWN,
    HOLD_LIFTED,
    HOLD_UNKNOWN,
    OWN_HOLD,
    PLAN_UNREADABLE,
    RANGE_UNREADABLE,
    REASON_NEEDED,
    TERM_UNKNOWN,
    VOLUME_UNKNOWN,
)
from mingjian.media.keep.lawful import BY_LAW, lawful_terms
from mingjian.media.keep.model import (
    DAY_MINUTES,
    ChannelRecording,
    EventBin,
    Hold,
    PlanKind,
    RecordingEvent,
    Term,
    TermKind,
    TermSource,
)
from mingjian.media.keep.terms import Clock, Effective, by_law, effective
from mingjian.media.model import Volume, day_of
from mingjian.registry import service as registry
from mingjian.registry.model import Channel
from mingjian.storage.engine import Transaction
from mingjian.storage.keyset import Page, Place

__all__ = [
    "Clock",
    "Retention",
    "add_event",
    "any_lawful",
    "clock",
    "confirm_clock",
    "end_term",
    "holds",
    "in_words",
    "lift_hold",
    "place_hold",
    "recording",
    "retention",
    "retentions",
    "retire_volume",
    "set_recording",
    "set_term",
    "terms",
]

_LISTED = 100_000

# Plans


def recordings(tx: Transaction) -> dict[ChannelId, ChannelRecording]:
    """What was set for each channel; one that is not in it has the defaults."""
    return store.recordings(tx)


def recent_events(tx: Transaction, since_us: int) -> dict[ChannelId, list[int]]:
    """Moments of events of every channel since then, oldest first."""
    return store.events_since(tx, since_us)


def recording(tx: Transaction, channel_id: UUID) -> ChannelRecording:
    """How a channel is recorded. Raises MingjianError registry CHANNEL_UNKNOWN."""
    return store.recording(tx, registry.channel(tx, channel_id).id)


def set_recording(tx: Transaction, channel_id: UUID, wanted: ChannelRecording, *, by: Actor, now_us: int) -> None:
    """Raises MingjianError PLAN_UNREADABLE, GROUP_UNKNOWN, GROUP_OTHER_KIND or registry CHANNEL_UNKNOWN."""
    channel = registry.channel(tx, channel_id)
    wanted = replace(wanted, weekly=tuple(sorted(wanted.weekly)))
    _require_readable(wanted)
    if wanted.group_id is not None:
        group = next((one for one in footage.volume_groups(tx) if one.id == wanted.group_id), None)
        if group is None:
            raise MingjianError(GROUP_UNKNOWN)
        if group.demonstration != channel.demonstration:
            raise MingjianError(GROUP_OTHER_KIND)
    store.save_recording(tx, channel.id, wanted)
    # What was reckoned of today by the old plan is not shown until it is reckoned again.
    store.forget_completeness(tx, channel.id, day_of(now_us))
    detail: dict[str, JSON] = {
        "name": channel.name,
        "plan": wanted.plan.value,
        "weekly": [[one.weekday, one.start_minute, one.end_minute] for one in wanted.weekly],
        "pre_roll_s": wanted.pre_roll_s,
        "post_roll_s": wanted.post_roll_s,
        "priority": wanted.priority,
        "group": str(wanted.group_id) if wanted.group_id else None,
    }
    audit.record(tx, Entry(Action.PLAN_SET, by, "channel", str(channel.id), detail, now_us))


def _require_readable(wanted: ChannelRecording) -> None:
    spans = wanted.weekly
    fits = all(1 <= one.weekday <= 7 and 0 <= one.start_minute < one.end_minute <= DAY_MINUTES for one in spans)
    apart = all(
        before.weekday < after.weekday or before.end_minute <= after.start_minute for before, after in pairwise(spans)
    )
    if not fits or not apart or (wanted.plan is PlanKind.WEEKLY) != bool(spans):
        raise MingjianError(PLAN_UNREADABLE)


def add_event(tx: Transaction, channel_id: UUID, name: str, *, by: Actor, now_us: int) -> RecordingEvent:
    """Something happens in front of a channel now; one whose plan is `event` is recorded for it."""
    channel = registry.channel(tx, channel_id)
    event = RecordingEvent(new_id(now_us), channel.id, now_us, name)
    store.add_event(tx, event)
    detail: dict[str, JSON] = {"name": channel.name, "event": name}
    audit.record(tx, Entry(Action.EVENT_REPORTED, by, "channel", str(channel.id), detail, now_us))
    return event


def note_event(tx: Transaction, event: RecordingEvent) -> None:
    """A camera said so itself: footage is the record of it, and the audit log is for what people do.

    May be called twice for one event.
    """
    if not store.has_event(tx, event.id):
        store.add_event(tx, event)


# Terms


@dataclass(frozen=True, slots=True)
class Retention:
    """The terms that touch a channel and what they come to."""

    effective: Effective
    terms: tuple[Term, ...]
    demonstration: bool

    @property
    def deletes(self) -> bool:
        """Whether footage of this channel goes by itself, sooner or later."""
        return self.demonstration or self.effective.lawful


def in_words(found: Retention) -> Text:
    """How long footage is kept, as a person reads it."""
    least, most = found.effective.minimum_days, found.effective.maximum_days
    if found.demonstration:
        return Text("演示数据，无法定保存期限", "demonstration, no statutory term")
    if not found.effective.lawful:
        return Text("法定期限待定，不自动删除", "statutory term not determined; nothing is deleted")
    basis = _basis(found.effective.minimum)
    if most is None:
        return Text(
            f"至少保存 {least} 日{basis}，空间不足时清除最旧的",
            f"kept {least} days{basis}, and longer while there is room",
        )
    if most == least:
        return Text(f"保存 {least} 日{basis}后清除", f"kept {least} days{basis}, then removed")
    return Text(
        f"至少保存 {least} 日{basis}，满 {most} 日清除", f"kept at least {least} days{basis}, removed after {most}"
    )


def _basis(term: Term | None) -> str:
    """The article, where the installed texts give the term."""
    return f"（{term.citation}）" if term is not None and term.id == BY_LAW else ""


def terms(tx: Transaction, reach: Reach, after: Place | None, limit: int) -> Page[Term]:
    """A page of the terms in force, oldest first: those of all channels and those of channels within reach."""
    return store.terms_within(tx, reach, after, limit)


def term(tx: Transaction, term_id: UUID) -> Term | None:
    """One term, in force or ended."""
    return store.term(tx, term_id)


def any_lawful(tx: Transaction, now_us: int) -> bool:
    """Whether there is anything that may be deleted at all: a minimum from a law, for all or for some channel."""
    if any(one.kind is TermKind.MINIMUM and one.source is TermSource.LAW for one in store.terms(tx)):
        return True
    return bool(lawful_terms(tx, registry.channels(tx), now_us))


def retention(tx: Transaction, channel_id: UUID, now_us: int) -> Retention:
    """Raises MingjianError registry CHANNEL_UNKNOWN."""
    channel = registry.channel(tx, channel_id)
    return retentions(tx, [channel], now_us)[channel.id]


def retentions(tx: Transaction, channels: Collection[Channel], now_us: int) -> dict[ChannelId, Retention]:
    """What is kept of each channel for how long, at this moment: by people's terms and by the installed texts."""
    known = store.terms_of(tx, [one.id for one in channels])
    lawful = lawful_terms(tx, channels, now_us)
    return {
        one.id: Retention(
            effective([*known, *by_law(lawful, one.id)], one.id),
            tuple(term for term in known if term.channel_id in (None, one.id)),
            one.demonstration,
        )
        for one in channels
    }


def set_term(
    tx: Transaction,
    channel_id: UUID | None,
    kind: TermKind,
    days: int,
    source: TermSource,
    citation: str,
    *,
    by: Actor,
    now_us: int,
) -> Term:
    """A term for one channel, or for all when `channel_id` is None; the one of this kind and source ends with it.

    Footage that was marked and is under its minimum now comes back in the same transaction. Raises MingjianError
    CITATION_NEEDED or registry CHANNEL_UNKNOWN.
    """
    citation = " ".join(citation.split())
    if source is TermSource.LAW and len(citation) < 2:
        raise MingjianError(CITATION_NEEDED)
    channel = registry.channel(tx, channel_id) if channel_id else None
    registry.lock_channels(tx, [channel.id] if channel else None)
    term = Term(new_id(now_us), channel.id if channel else None, kind, days, source, citation, by.label, now_us)
    for before in store.terms(tx):
        if (before.channel_id, before.kind, before.source) == (term.channel_id, kind, source):
            _end(tx, before, by, now_us)
    store.add_term(tx, term)
    audit.record(tx, Entry(Action.TERM_SET, by, "term", str(term.id), _told(term, channel), now_us))
    rules.bring_back_what_must_stay(tx, term.channel_id, now_us)
    return term


def end_term(tx: Transaction, term_id: UUID, *, by: Actor, now_us: int) -> None:
    """Raises MingjianError TERM_UNKNOWN."""
    term = store.term(tx, term_id)
    if term is not None:
        registry.lock_channels(tx, [term.channel_id] if term.channel_id else None)
        term = store.term(tx, term_id)
    if term is None or term.ended_us is not None:
        raise MingjianError(TERM_UNKNOWN)
    _end(tx, term, by, now_us)
    rules.bring_back_what_must_stay(tx, term.channel_id, now_us)


def _end(tx: Transaction, term: Term, by: Actor, now_us: int) -> None:
    store.end_term(tx, term.id, now_us)
    audit.record(tx, Entry(Action.TERM_ENDED, by, "term", str(term.id), _told(term, None), now_us))


def _told(term: Term, channel: Channel | None) -> dict[str, JSON]:
    return {
        "channel": str(term.channel_id) if term.channel_id else None,
        "name": channel.name if channel else None,
        "kind": term.kind.value,
        "days": term.days,
        "source": term.source.value,
        "citation": term.citation,
    }


# Holds


def holds(tx: Transaction, reach: Reach, after: Place | None, limit: int, *, standing: bool = False) -> Page[Hold]:
    """A page of the holds of channels within reach: those that stand first, newest first."""
    return store.holds(tx, reach, after, limit, standing=standing)


def standing_holds(tx: Transaction, reach: Reach) -> int:
    """How many holds of channels within reach stand."""
    return store.count_standing(tx, reach)


def holds_of_timeline(tx: Transaction, channel_id: ChannelId, span: Span) -> list[Hold]:
    """Those that stand on a channel and touch `span`."""
    return store.holds_between(tx, channel_id, span, _LISTED)


def events_of_timeline(tx: Transaction, channel_id: ChannelId, span: Span, bin_us: int) -> list[EventBin]:
    """What started recording or was reported of a channel, put together by `bin_us` of time."""
    return store.binned_events(tx, channel_id, span, bin_us)


def find_hold(tx: Transaction, hold_id: UUID) -> Hold | None:
    """The hold of this id, lifted or not."""
    return store.hold(tx, hold_id)


def place_hold(
    tx: Transaction, channel_id: UUID, start_us: int, end_us: int, reason: str, *, by: Actor, now_us: int
) -> Hold:
    """Keep a range of a channel; what was marked of it comes back in the same transaction.

    Raises MingjianError REASON_NEEDED, RANGE_UNREADABLE or registry CHANNEL_UNKNOWN.
    """
    channel = registry.channel(tx, channel_id)
    reason = _reason(reason)
    if end_us <= start_us:
        raise MingjianError(RANGE_UNREADABLE)
    registry.lock_channels(tx, [channel.id])
    placed_by = PersonId(by.id) if by.id else None
    span = Span(start_us, end_us)
    hold = Hold(new_id(now_us), channel.id, span, reason, placed_by, by.label, now_us)
    store.add_hold(tx, hold)
    detail: dict[str, JSON] = {
        "name": channel.name,
        "channel": str(channel.id),
        "from_us": start_us,
        "to_us": end_us,
        "reason": reason,
        "brought_back": rules.bring_back(tx, channel.id, span),
    }
    audit.record(tx, Entry(Action.HOLD_PLACED, by, "hold", str(hold.id), detail, now_us))
    return hold


def lift_hold(tx: Transaction, hold_id: UUID, reason: str, *, by: Actor, now_us: int) -> Hold:
    """Raises MingjianError HOLD_UNKNOWN, HOLD_LIFTED, OWN_HOLD or REASON_NEEDED."""
    hold = store.hold(tx, hold_id, for_change=True)
    if hold is None:
        raise MingjianError(HOLD_UNKNOWN)
    if hold.lifted_us is not None:
        raise MingjianError(HOLD_LIFTED, who=hold.lifted_label)
    # Who is nobody in particular (the command line) could be the one who placed it; a deputy acts in another's name.
    if by.id is None or by.is_or_stands_for(hold.placed_by):
        raise MingjianError(OWN_HOLD, who=hold.placed_label)
    reason = _reason(reason)
    lifted_by = PersonId(by.id)
    store.lift_hold(tx, hold.id, by=lifted_by, label=by.label, reason=reason, now_us=now_us)
    detail: dict[str, JSON] = {
        "name": registry.channel(tx, hold.channel_id).name,
        "channel": str(hold.channel_id),
        "from_us": hold.span.start_us,
        "to_us": hold.span.end_us,
        "reason": reason,
        "placed_by": hold.placed_label,
    }
    audit.record(tx, Entry(Action.HOLD_LIFTED, by, "hold", str(hold.id), detail, now_us))
    return replace(hold, lifted_by=lifted_by, lifted_label=by.label, lifted_us=now_us, lift_reason=reason)


def _reason(text: str) -> str:
    reason = " ".join(text.split())
    if not 2 <= len(reason) <= 200:
        raise MingjianError(REASON_NEEDED)
    return reason


# Volumes


def retire_volume(tx: Transaction, volume_id: UUID, *, by: Actor, now_us: int) -> Volume:
    """No new footage goes to this volume; it is read and checked on, and empties as its footage ends its term.

    Raises MingjianError VOLUME_UNKNOWN.
    """
    known = next((one for one in footage.volumes(tx) if one.id == volume_id and one.retired_us is None), None)
    if known is None:
        raise MingjianError(VOLUME_UNKNOWN, volume=volume_id)
    retired = replace(known, retired_us=now_us)
    footage.change_volume(tx, retired)
    audit.record(tx, Entry(Action.VOLUME_RETIRED, by, "volume", str(known.id), {"path": known.path}, now_us))
    return retired


# Clock


def clock(tx: Transaction) -> Clock:
    return rules.clock_of(tx)


def confirm_clock(tx: Transaction, *, by: Actor, now_us: int) -> Clock:
    """Somebody says that the clock is right: deletion goes on. Raises MingjianError CLOCK_CONFIRMED."""
    before = clock(tx)
    if before.trusted:
        raise MingjianError(CLOCK_CONFIRMED)
    newest = before.epochs[-1]
    store.confirm_epochs(tx, newest.epoch, by.label, now_us)
    detail: dict[str, JSON] = {"epoch": newest.epoch, "step_us": newest.step_us, "began_us": newest.began_us}
    audit.record(tx, Entry(Action.CLOCK_CONFIRMED, by, "clock", str(newest.epoch), detail, now_us))
    return clock(tx)
