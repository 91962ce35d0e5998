"""Alerts: what stands, what stood, and who has seen it."""

from collections.abc import Iterable
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import ConfigDict, Field

from mingjian.alerts import service
from mingjian.alerts.errors import ASSIGNEE_UNFIT
from mingjian.alerts.model import CloseReason, Place, Recorded
from mingjian.api import door, paging
from mingjian.api.deps import Caller, Data, Requires
from mingjian.api.keeping import Words
from mingjian.api.paging import Cursor, Limit
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, TIME_EXAMPLE, Moment, ProblemText, Shape
from mingjian.identity import service as people
from mingjian.identity.permissions import Permission, may
from mingjian.identity.scopes import Reach
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId
from mingjian.operations.catalogue import KINDS
from mingjian.storage.engine import Transaction

router = versioned("alerts")

Reader = Annotated[Caller, Depends(Requires(Permission.ALERT_READ))]
Watcher = Annotated[Caller, Depends(Requires(Permission.ALERT_ACKNOWLEDGE))]

CloseReasonCode = Literal["handled", "false_alarm", "known", "reported", "other"]

_CHANNEL: Final = "channel"
# A hundred times the largest page: beyond it the count is a lower bound.
_COUNTED_PAGES: Final = 100
_EXAMPLE: Final[dict[str, Any]] = {
    "id": "0193498a-7b00-7000-8000-000000000040",
    "code": "channel.offline",
    "severity": "warning",
    "title": {"zh": "通道“校门口”离线。", "en": 'The channel "校门口" is offline.'},
    "zh": {"what": "通道“校门口”离线。", "why": "摄像机没有回应。", "advice": "请检查摄像机的电源与网络。"},
    "en": {
        "what": 'The channel "校门口" is offline.',
        "why": "The camera does not answer.",
        "advice": "Check the camera's power and network.",
    },
    "object_kind": "channel",
    "object_id": "0193498a-7b00-7000-8000-000000000002",
    "raised_at": TIME_EXAMPLE,
    "cleared_at": None,
    "acknowledged": {"at": TIME_EXAMPLE, "by": "张伟", "note": "已通知运维"},
    "assigned": {"at": TIME_EXAMPLE, "by": "张伟", "to_id": "0193498a-7b00-7000-8000-000000000041", "to": "王强"},
    "closed": None,
    "times": 1,
}


class Acknowledged(Shape):
    """Who has seen an alert, and what they said."""

    at: Moment
    by: str
    note: str


class Assigned(Shape):
    """Who is to see to an alert, and who said so."""

    at: Moment
    by: str
    to_id: UUID
    to: str


class Closed(Shape):
    """How somebody dealt with an alert."""

    at: Moment
    by: str
    reason: CloseReasonCode
    note: str


class Alert(Shape):
    """Something that a person should know; `cleared_at` null while it stands. `closed`: somebody has dealt with it,
    though it may stand on.

    `times`: how often it came back within ten minutes of its end, and one.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    id: UUID
    code: str
    severity: Literal["notice", "warning", "critical"]
    title: Words
    zh: ProblemText
    en: ProblemText
    object_kind: str
    object_id: str
    raised_at: Moment
    cleared_at: Moment | None
    acknowledged: Acknowledged | None
    assigned: Assigned | None
    closed: Closed | None
    times: int

    @classmethod
    def of(cls, alert: Recorded) -> "Alert":
        told = service.told(alert, KINDS)
        said, given, closed = alert.acknowledged, alert.assigned, alert.closed
        return cls(
            id=alert.id,
            code=alert.code,
            severity=alert.severity.value,
            title=Words.of(told.what),
            zh=ProblemText(what=told.what.zh, why=told.why.zh, advice=told.advice.zh),
            en=ProblemText(what=told.what.en, why=told.why.en, advice=told.advice.en),
            object_kind=alert.object_kind,
            object_id=alert.object_id,
            raised_at=alert.raised_us,
            cleared_at=alert.cleared_us,
            acknowledged=Acknowledged(at=said.at_us, by=said.label, note=said.note) if said else None,
            assigned=Assigned(at=given.at_us, by=given.by_label, to_id=given.to_id, to=given.to_label)
            if given
            else None,
            closed=Closed(at=closed.at_us, by=closed.by_label, reason=closed.reason.value, note=closed.note)
            if closed
            else None,
            times=alert.times,
        )


class Alerts(Shape):
    """Those that stand first, newest first. `standing` and `unacknowledged` count all, not this page alone."""

    items: list[Alert]
    next: str | None
    standing: int
    unacknowledged: int


@router.get("/alerts", operation_id="listAlerts")
def list_alerts(
    data: Data, reader: Reader, cursor: Cursor = None, limit: Limit = 200, *, standing: bool = False
) -> Alerts:
    """What needs somebody's attention and, unless `standing`, what did.

    Alerts of channels that the caller does not reach are left out, so a page may be shorter than `limit`.
    """
    reach = reader.reach(Permission.ALERT_READ)
    with data.read() as tx:
        page = service.listing(tx, _place(cursor), limit, standing_only=standing)
        items = _reached(tx, reach, page.items)
        standing_now, unacknowledged = service.counts(tx) if reach.everywhere else _counts(tx, reach)
    end = page.next
    return Alerts(
        items=[Alert.of(one) for one in items],
        next=paging.written(end.over, end.raised_us, str(end.id)) if end else None,
        standing=standing_now,
        unacknowledged=unacknowledged,
    )


def _reached(tx: Transaction, reach: Reach, alerts: Iterable[Recorded]) -> list[Recorded]:
    """Those of the installation, and those of channels within reach."""
    found = list(alerts)
    named = {UUID(one.object_id) for one in found if one.object_kind == _CHANNEL}
    within = door.reached(tx, reach, named)
    return [one for one in found if one.object_kind != _CHANNEL or UUID(one.object_id) in within]


def _counts(tx: Transaction, reach: Reach) -> tuple[int, int]:
    standing, place = [], None
    for _ in range(_COUNTED_PAGES):
        page = service.listing(tx, place, paging.LIMIT, standing_only=True)
        standing += _reached(tx, reach, page.items)
        place = page.next
        if place is None:
            break
    return len(standing), sum(one.acknowledged is None for one in standing)


def _place(cursor: str | None) -> Place | None:
    if not cursor:
        return None
    over, raised_us, alert_id = paging.read(cursor, bool, int, UUID)
    return Place(bool(over), int(str(raised_us)), UUID(str(alert_id)))


class Acknowledging(Shape):
    """What is done about it; may be empty."""

    note: str = Field(default="", max_length=400, pattern=NO_CONTROLS, examples=["已通知运维"])


@router.post("/alerts/{alert_id}/acknowledge", operation_id="acknowledgeAlert")
def acknowledge_alert(alert_id: UUID, body: Acknowledging, data: Data, caller: Watcher) -> Alert:
    """Say that somebody has seen it; it stands until what it says is over."""
    with data.write() as tx:
        caller = _at(tx, alert_id, caller)
        return Alert.of(service.acknowledge(tx, alert_id, body.note, by=caller.actor, now_us=caller.visit.now_us))


class Assigning(Shape):
    """Who is to see to it."""

    to_id: UUID


class Closing(Shape):
    """Why there is nothing more to do; a note is needed with `other`, and for what is still so."""

    reason: CloseReasonCode
    note: str = Field(default="", max_length=400, pattern=NO_CONTROLS, examples=["学校停电检修，17 时恢复"])


@router.post("/alerts/{alert_id}/assign", operation_id="assignAlert")
def assign_alert(alert_id: UUID, body: Assigning, data: Data, caller: Watcher) -> Alert:
    """Give it to somebody who deals with alerts; it may be given on."""
    with data.write() as tx:
        caller = _at(tx, alert_id, caller)
        to = people.find_person(tx, PersonId(body.to_id))
        if to is None or not may(to, Permission.ALERT_ACKNOWLEDGE):
            raise MingjianError(ASSIGNEE_UNFIT)
        now_us = caller.visit.now_us
        return Alert.of(service.assign(tx, alert_id, to.id, to.display_name, by=caller.actor, now_us=now_us))


@router.post("/alerts/{alert_id}/close", operation_id="closeAlert")
def close_alert(alert_id: UUID, body: Closing, data: Data, caller: Watcher) -> Alert:
    """Say that it is dealt with, and how; who closes it has seen it."""
    with data.write() as tx:
        caller = _at(tx, alert_id, caller)
        reason = CloseReason(body.reason)
        return Alert.of(service.close(tx, alert_id, reason, body.note, by=caller.actor, now_us=caller.visit.now_us))


def _at(tx: Transaction, alert_id: UUID, caller: Caller) -> Caller:
    found = service.get(tx, alert_id)
    if found.object_kind != _CHANNEL:
        return caller
    return caller.at_channels(tx, Permission.ALERT_ACKNOWLEDGE, [UUID(found.object_id)])
