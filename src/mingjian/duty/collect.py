"""What the machine finds by itself: cameras of a post, what went offline, what was watched, what is not done."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from mingjian.access import service as access
from mingjian.alerts import service as alerts
from mingjian.alerts.model import Kinds, Recorded
from mingjian.duty import flow, store
from mingjian.duty.model import Category, Due, LogEntry, Post, Shift, TaskKind
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId
from mingjian.media.keep.errors import OFFLINE
from mingjian.registry import service as registry
from mingjian.storage.engine import Transaction

MOST: Final = 200
"""Of each list on a sheet; what is left out is said as a number."""
NAMED: Final = 50
_CHANNEL: Final = "channel"


@dataclass(frozen=True, slots=True)
class Outage:
    """A camera that was offline in the shift; `cleared_us` None: it still is. `begun_before`: before the shift."""

    channel_id: UUID
    name: str
    raised_us: int
    cleared_us: int | None


def cameras(tx: Transaction, post: Post) -> dict[UUID, str]:
    """Names of the channels that whoever is on duty there watches: those of its place, organisation, or all."""
    return registry.names_within(tx, place_id=post.place_id, organisation_id=post.organisation_id)


def outages(tx: Transaction, watched: Mapping[UUID, str], since_us: int) -> list[Outage]:
    """Cameras of the post that are offline or were since then, newest first."""
    found = [(UUID(one.object_id), one) for one in alerts.about(tx, OFFLINE, since_us)]
    return [
        Outage(channel_id, watched[channel_id], one.raised_us, one.cleared_us)
        for channel_id, one in sorted(found, key=lambda pair: -pair[1].raised_us)
        if channel_id in watched
    ]


def standing(tx: Transaction, watched: Collection[UUID]) -> list[Recorded]:
    """Alerts that stand and nobody closed: those of the installation, and those of cameras of the post."""
    page = alerts.listing(tx, None, alerts.LISTING_LIMIT, standing_only=True)
    return [
        one
        for one in page.items
        if one.closed is None and (one.object_kind != _CHANNEL or UUID(one.object_id) in watched)
    ]


def dues(tx: Transaction, shift: Shift, watched: Mapping[UUID, str]) -> list[Due]:
    """What is to be done in the shift, with how many cameras its person has watched."""
    found = flow.due(store.tasks_of_shift(tx, shift), shift, store.checks(tx, shift.id))
    if not any(one.task.kind is TaskKind.CAMERAS for one in found):
        return found
    until_us = shift.ended_us
    seen = access.watched(tx, PersonId(shift.person_id), shift.begun_us, until_us)
    missing = tuple((one, name) for one, name in watched.items() if one not in seen)
    return [
        replace(one, seen=len(watched) - len(missing), total=len(watched), missing=missing[:NAMED])
        if one.task.kind is TaskKind.CAMERAS
        else one
        for one in found
    ]


def unreported(entries: Sequence[LogEntry]) -> list[LogEntry]:
    """Suspicious entries of which neither they nor what corrects them says where they were reported."""
    later = {one.corrects for one in entries if one.corrects is not None and one.reported_to}
    return [
        one
        for one in entries
        if one.category is Category.SUSPICIOUS and not one.reported_to and one.id not in later and one.corrects is None
    ]


def sheet(tx: Transaction, post: Post, shift: Shift, kinds: Kinds) -> dict[str, object]:
    """What a hand-over sheet holds beside the summary; JSON, kept as it was at the moment of submission."""
    watched = cameras(tx, post)
    open_alerts = standing(tx, watched)
    gone = outages(tx, watched, shift.begun_us)
    written = store.entries_of_shift(tx, shift.id)
    undone = [one for one in dues(tx, shift, watched) if not one.finished]
    return {
        "alerts": [_alert(one, kinds) for one in open_alerts[:MOST]],
        "alerts_total": len(open_alerts),
        "outages": [_outage(one) for one in gone[:MOST]],
        "cameras": len(watched),
        "cameras_offline": sum(one.cleared_us is None for one in gone),
        "undone": [_due(one) for one in undone[:MOST]],
        "unreported": [{"number": one.number, "text": one.text} for one in unreported(written)[:MOST]],
        "entries": len(written),
    }


def _alert(one: Recorded, kinds: Kinds) -> dict[str, object]:
    told: MingjianError = alerts.told(one, kinds)
    return {
        "id": str(one.id),
        "code": one.code,
        "severity": one.severity.value,
        "zh": told.what.zh,
        "en": told.what.en,
        "raised_us": one.raised_us,
        "acknowledged_by": one.acknowledged.label if one.acknowledged else None,
        "assigned_to": one.assigned.to_label if one.assigned else None,
    }


def _outage(one: Outage) -> dict[str, object]:
    return {
        "channel_id": str(one.channel_id),
        "name": one.name,
        "raised_us": one.raised_us,
        "cleared_us": one.cleared_us,
    }


def _due(one: Due) -> dict[str, object]:
    return {
        "zh": one.task.title.zh,
        "en": one.task.title.en,
        "kind": one.task.kind.value,
        "due_us": one.due_us,
        "seen": one.seen,
        "total": one.total,
        "missing": [name for _, name in one.missing],
    }
