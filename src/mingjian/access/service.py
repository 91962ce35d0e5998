"""Open and close views. One audit entry when a view opens, before the first byte; one when it closes."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from mingjian.access import store
from mingjian.access.errors import NOT_IN_VIEW, OTHER_KIND, REASON_NEEDED, TOO_MANY_CHANNELS, VIEW_UNKNOWN
from mingjian.access.model import View, ViewKind
from mingjian.audit import service as audit
from mingjian.audit.model import JSON, SYSTEM, Action, Actor, Entry
from mingjian.identity.model import Person, Role
from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, PersonId, ViewId, new_id
from mingjian.law.engine import require
from mingjian.law.model import Act, Facts
from mingjian.registry import service as registry
from mingjian.storage.engine import Transaction

MAX_CHANNELS: Final = 64
ON_DUTY: Final = "值班"
NOT_SAID: Final = "未说明"
# Names are there for the reader of the log, the ids say it: 64 names of any script fit into one entry.
_NAME_IN_ENTRY: Final = 40
# Sockets of a live view say every few seconds that it is watched; this catches what a crash of ours left open.
FORGOTTEN_AFTER_US: Final = {ViewKind.LIVE: 120_000_000, ViewKind.PLAYBACK: 3_600_000_000}
"""A paused playback asks for nothing: it ends with the session's idle time."""


def open_view(
    tx: Transaction,
    kind: ViewKind,
    channel_ids: Sequence[UUID],
    reason: str,
    *,
    person: Person,
    actor: Actor,
    now_us: int,
    session_key: bytes | None = None,
) -> View:
    """Open a view on these channels; the caller has passed the door for its kind already.

    For who is on duty the shift is the reason; others may say theirs, and playback must.

    Raises MingjianError REASON_NEEDED, TOO_MANY_CHANNELS, CHANNEL_UNKNOWN, or law.errors.FORBIDDEN.
    """
    reason = " ".join(reason.split())
    if kind is ViewKind.PLAYBACK and not 2 <= len(reason) <= 200:
        raise MingjianError(REASON_NEEDED)
    wanted = list(dict.fromkeys(channel_ids))
    if not 0 < len(wanted) <= MAX_CHANNELS:
        raise MingjianError(TOO_MANY_CHANNELS, limit=MAX_CHANNELS, found=len(wanted))
    channels = [registry.channel(tx, channel_id) for channel_id in wanted]
    on = to_datetime(now_us).astimezone(SHANGHAI).date()
    findings = {require(Act.VIEW, Facts(on, channel.place.region_code)).outcome.value for channel in channels}
    view = View(
        ViewId(new_id(now_us)),
        person.id,
        person.login_name,
        kind,
        reason[:200] or (ON_DUTY if person.role is Role.DUTY_OPERATOR else NOT_SAID),
        now_us,
        None,
        {channel.id: 0 for channel in channels},
        session_key,
    )
    store.add(tx, view)
    detail: dict[str, JSON] = {
        "kind": kind.value,
        "reason": view.reason,
        "channels": [{"id": str(channel.id), "name": channel.name[:_NAME_IN_ENTRY]} for channel in channels],
        "law": [*sorted(findings)],
    }
    audit.record(tx, Entry(Action.VIEW_OPENED, actor, "view", str(view.id), detail, now_us))
    return view


def view_of(tx: Transaction, view_id: UUID, person: Person, kind: ViewKind | None = None) -> View:
    """An open view of this person, of this kind when one is asked for.

    Raises MingjianError VIEW_UNKNOWN: another's view does not exist for you. OTHER_KIND: who opened a view to watch
    live has given no reason to play back.
    """
    view = store.get(tx, ViewId(view_id))
    if view is None or view.closed_us is not None or view.person_id != person.id:
        raise MingjianError(VIEW_UNKNOWN)
    if kind not in (None, view.kind):
        raise MingjianError(OTHER_KIND)
    return view


def open_view_by_id(tx: Transaction, view_id: ViewId) -> View | None:
    """The view while it is open, whoever asks: for a right that was derived from it and names it."""
    view = store.get(tx, view_id)
    return view if view is not None and view.closed_us is None else None


def channel_of(view: View, channel_id: UUID) -> ChannelId:
    """The channel, when the view holds it. Raises MingjianError NOT_IN_VIEW."""
    if channel_id not in view.seconds:
        raise MingjianError(NOT_IN_VIEW)
    return ChannelId(channel_id)


def seen(tx: Transaction, view_id: ViewId, seconds: Mapping[ChannelId, int], now_us: int) -> None:
    """Add seconds that were watched; keeps the view from being forgotten."""
    store.add_seconds(tx, view_id, seconds, now_us)


def close_view(tx: Transaction, view_id: ViewId, *, actor: Actor, now_us: int) -> None:
    """Close a view and record how long each channel was seen; closing twice is closing once."""
    view = store.get(tx, view_id, for_change=True)
    if view is None or view.closed_us is not None:
        return
    store.close(tx, view_id, now_us)
    detail: dict[str, JSON] = {
        "kind": view.kind.value,
        "person": view.person_label,
        "channels": [{"id": str(channel_id), "seconds": seconds} for channel_id, seconds in view.seconds.items()],
    }
    audit.record(tx, Entry(Action.VIEW_CLOSED, actor, "view", str(view_id), detail, now_us))


def watched(tx: Transaction, person_id: PersonId, from_us: int, until_us: int | None = None) -> frozenset[ChannelId]:
    """Channels of which the person saw live pictures since then: what a shift looked at, as the views say."""
    return store.watched(tx, person_id, from_us, until_us)


def close_forgotten(tx: Transaction, now_us: int, limit: int = 200) -> int:
    """Close views that nobody has watched for FORGOTTEN_AFTER_US; returns how many."""
    found = [
        view_id
        for kind, after_us in FORGOTTEN_AFTER_US.items()
        for view_id in store.forgotten(tx, kind, now_us - after_us, limit)
    ]
    for view_id in found:
        close_view(tx, view_id, actor=SYSTEM, now_us=now_us)
    return len(found)
