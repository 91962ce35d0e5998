"""What a timeline shows beside footage: holds, events, alerts, set clocks, marks, and what was copied before."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import ConfigDict, Field

from mingjian.alerts import service as alerts
from mingjian.alerts.model import Recorded
from mingjian.api import door, paging
from mingjian.api.channels import Bin
from mingjian.api.deps import Caller, Data, Requires
from mingjian.api.errors import CURSOR_UNREADABLE
from mingjian.api.keeping import Words
from mingjian.api.paging import Cursor, Limit
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, TIME_EXAMPLE, EndOf, Moment, Shape, StartOf, span_of
from mingjian.identity.permissions import Permission
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId
from mingjian.kernel.intervals import Span
from mingjian.media.errors import WINDOW_UNREADABLE
from mingjian.media.export import model as copies
from mingjian.media.export import service as exporting
from mingjian.media.keep import model as kept
from mingjian.media.keep import service as keeping
from mingjian.media.marks import model, service
from mingjian.media.model import ClockEpoch
from mingjian.operations.catalogue import KINDS
from mingjian.registry import service as registry
from mingjian.storage.engine import Transaction

router = versioned("marks")

Reader = Annotated[Caller, Depends(Requires(Permission.RECORDING_READ))]
Watcher = Annotated[Caller, Depends(Requires(Permission.PLAYBACK_VIEW))]

_LONGEST_US: Final = 124 * 86_400_000_000
_MARK_EXAMPLE: Final[dict[str, Any]] = {
    "id": "0193498a-7b00-7000-8000-000000000050",
    "channel_id": "0193498a-7b00-7000-8000-000000000010",
    "start": TIME_EXAMPLE,
    "end": TIME_EXAMPLE,
    "name": "校门口纠纷开始",
    "placed_by": "张伟",
    "placed_by_me": True,
    "placed_at": TIME_EXAMPLE,
}


class Mark(Shape):
    """A named moment (`end` is `start`) or span of a channel."""

    model_config = ConfigDict(json_schema_extra={"examples": [_MARK_EXAMPLE]})

    id: UUID
    channel_id: UUID
    start: Moment
    end: Moment
    name: str
    placed_by: str
    placed_by_me: bool
    placed_at: Moment

    @classmethod
    def of(cls, mark: model.Mark, caller: Caller) -> "Mark":
        return cls(
            id=mark.id,
            channel_id=mark.channel_id,
            start=mark.start_us,
            end=mark.end_us,
            name=mark.name,
            placed_by=mark.placed_label,
            placed_by_me=mark.is_of(caller.person.id),
            placed_at=mark.placed_us,
        )


class Marks(Shape):
    """Newest moment first."""

    items: list[Mark]
    next: str | None


class NewMark(Shape):
    """A name for a moment or a span."""

    start: Moment
    end: Moment
    name: str = Field(max_length=200, pattern=NO_CONTROLS, examples=["校门口纠纷开始"])


class HoldMoment(Shape):
    """A span that no schedule deletes."""

    id: UUID
    start: Moment
    end: Moment
    reason: str
    placed_by: str


class EventMoment(Shape):
    """Events that are drawn as one: the first and the last, how many, and what one of them was."""

    start: Moment
    end: Moment
    count: int
    name: str


class AlertMoment(Shape):
    """An alert about the channel; `end` null while it stands."""

    id: UUID
    start: Moment
    end: Moment | None
    severity: Literal["notice", "warning", "critical"]
    title: Words


class ClockMoment(Shape):
    """The server's clock was set; `step_ms` null where nobody can know by how much."""

    at: Moment
    clock_epoch: int
    step_ms: int | None


class CopyMoment(Shape):
    """What was copied before, by whomever; `id` only of what is yours."""

    id: UUID | None
    start: Moment
    end: Moment
    channels: int
    state: Literal["waiting", "running", "ready", "failed", "cancelled", "expired"]
    by: str
    by_me: bool
    created_at: Moment


class Moments(Shape):
    """What happened to the footage of a channel; null: what you may not see."""

    holds: list[HoldMoment] | None
    events: list[EventMoment]
    alerts: list[AlertMoment] | None
    clocks: list[ClockMoment]
    marks: list[Mark]
    copies: list[CopyMoment] | None


@router.get("/channels/{channel_id}/moments", operation_id="channelMoments")
def get_moments(channel_id: UUID, start: StartOf, end: EndOf, data: Data, caller: Reader, bin_: Bin = None) -> Moments:
    """Holds, events, alerts, set clocks, marks and copies of a channel between two moments (at most 124 days).

    `bin`: how many seconds one pixel of the strip is; events of one pixel are one entry.
    """
    span = span_of(start, end, "124 d")
    if span.length_us > _LONGEST_US:
        raise MingjianError(WINDOW_UNREADABLE, limit="124 d")
    with data.read() as tx:
        channel = ChannelId(registry.channel(tx, channel_id).id)
        target = registry.target(tx, channel)
        sees = {one: caller.authority.may(one, target) for one in _SHOWN_BY}
        return Moments(
            holds=_holds(tx, channel, span) if sees[Permission.HOLD_READ] else None,
            events=[_event(one) for one in keeping.events_of_timeline(tx, channel, span, (bin_ or 1) * 1_000_000)],
            alerts=_alerts(tx, channel, span) if sees[Permission.ALERT_READ] else None,
            clocks=[_clock(one) for one in keeping.clock(tx).epochs if one.epoch and _in(span, one.began_us)],
            marks=[Mark.of(one, caller) for one in service.of_timeline(tx, channel, span)],
            copies=_copies(tx, channel, span, caller) if sees[Permission.CLIP_MAKE] else None,
        )


_SHOWN_BY: Final = (Permission.HOLD_READ, Permission.ALERT_READ, Permission.CLIP_MAKE)


def _in(span: Span, moment_us: int) -> bool:
    return span.start_us <= moment_us < span.end_us


def _holds(tx: Transaction, channel: ChannelId, span: Span) -> list[HoldMoment]:
    return [_hold(one) for one in keeping.holds_of_timeline(tx, channel, span)]


def _hold(hold: kept.Hold) -> HoldMoment:
    return HoldMoment(
        id=hold.id, start=hold.span.start_us, end=hold.span.end_us, reason=hold.reason, placed_by=hold.placed_label
    )


def _event(event: kept.EventBin) -> EventMoment:
    return EventMoment(start=event.first_us, end=event.last_us, count=event.count, name=event.name)


def _alerts(tx: Transaction, channel: ChannelId, span: Span) -> list[AlertMoment]:
    found = alerts.of_timeline(tx, "channel", str(channel), span.start_us, span.end_us)
    return [_alert(one) for one in found]


def _alert(alert: Recorded) -> AlertMoment:
    return AlertMoment(
        id=alert.id,
        start=alert.raised_us,
        end=alert.cleared_us,
        severity=alert.severity.value,
        title=Words.of(alerts.told(alert, KINDS).what),
    )


def _clock(epoch: ClockEpoch) -> ClockMoment:
    return ClockMoment(
        at=epoch.began_us, clock_epoch=epoch.epoch, step_ms=epoch.step_us // 1000 if epoch.step_us else None
    )


def _copies(tx: Transaction, channel: ChannelId, span: Span, caller: Caller) -> list[CopyMoment]:
    return [_copy(one, caller) for one in exporting.copied(tx, channel, span)]


def _copy(clip: copies.Clip, caller: Caller) -> CopyMoment:
    own = clip.person_id == caller.person.id
    return CopyMoment(
        id=clip.id if own else None,
        start=clip.start_us,
        end=clip.end_us,
        channels=len(clip.channels),
        state=clip.state.value,
        by=clip.person_label,
        by_me=own,
        created_at=clip.created_us,
    )


@router.post("/channels/{channel_id}/marks", operation_id="placeMark", status_code=201)
def place_mark(channel_id: UUID, body: NewMark, data: Data, caller: Watcher) -> Mark:
    """Give a moment or a span of a channel a name, for others to find."""
    with data.write() as tx:
        mark = service.place(
            tx, channel_id, body.start, body.end, body.name, by=caller.actor, now_us=caller.visit.now_us
        )
    return Mark.of(mark, caller)


@router.get("/marks", operation_id="listMarks")
def list_marks(
    data: Data,
    caller: Reader,
    cursor: Cursor = None,
    limit: Limit = 100,
    words: Annotated[str, Query(alias="q", max_length=200, pattern=NO_CONTROLS)] = "",
    channel: Annotated[UUID | None, Query()] = None,
) -> Marks:
    """Marks of the channels that you reach, with all of these words in their name or in that of who placed them.

    Those of other channels are left out, so a page may be shorter than `limit`.
    """
    before = _place(cursor)
    search = model.Search(words, ChannelId(channel) if channel else None)
    with data.read() as tx:
        found = service.found(tx, search, before, limit + 1)
        reached = door.reached(tx, caller.reach(Permission.RECORDING_READ), {one.channel_id for one in found})
    page = found[:limit]
    last = page[-1] if len(found) > limit else None
    return Marks(
        items=[Mark.of(one, caller) for one in page if one.channel_id in reached],
        next=paging.written(last.start_us, str(last.id)) if last else None,
    )


def _place(cursor: str | None) -> tuple[int, UUID] | None:
    if not cursor:
        return None
    start_us, mark_id = paging.read(cursor, int, str)
    try:
        return int(start_us), UUID(str(mark_id))
    except ValueError as error:
        raise MingjianError(CURSOR_UNREADABLE) from error


@router.delete("/marks/{mark_id}", operation_id="removeMark", status_code=204)
def remove_mark(mark_id: UUID, data: Data, caller: Watcher) -> None:
    """Remove a mark: your own, or as one who may lift holds there."""
    with data.write() as tx:
        mark = service.mark_of(tx, mark_id)
        target = registry.target(tx, mark.channel_id)
        caller = caller.at(Permission.PLAYBACK_VIEW, target)
        others = caller.authority.may(Permission.HOLD_LIFT, target)
        service.remove(tx, mark, may_remove_others=others, by=caller.actor, now_us=caller.visit.now_us)
