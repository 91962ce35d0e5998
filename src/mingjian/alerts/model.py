"""Alerts and their life. Frozen; times are wall microseconds."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from mingjian.kernel.errors import Problem, Text


class Severity(StrEnum):
    """How soon somebody must act: sometime, today, now."""

    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"

    @property
    def text(self) -> Text:
        return _SEVERITY_TEXT[self]

    @property
    def and_worse(self) -> tuple["Severity", ...]:
        return tuple(Severity)[list(Severity).index(self) :]


_SEVERITY_TEXT: Final = {
    Severity.NOTICE: Text("提示", "notice"),
    Severity.WARNING: Text("警告", "warning"),
    Severity.CRITICAL: Text("严重", "critical"),
}


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of alert: its words, how grave it is, and what kind of object it is about."""

    problem: Problem
    severity: Severity
    object_kind: str

    @property
    def code(self) -> str:
        return self.problem.code


Kinds = Mapping[str, Kind]
"""By code. `operations.catalogue` has all of this program."""


@dataclass(frozen=True, slots=True)
class Alert:
    """A condition that somebody reports; `detail` fills the sentences of its kind. It must hold no secret."""

    kind: Kind
    object_id: str
    detail: Mapping[str, str]
    at_us: int


class What(StrEnum):
    """What happens in the life of an alert."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    CLEARED = "cleared"
    ASSIGNED = "assigned"
    CLOSED = "closed"

    @property
    def text(self) -> Text:
        return _WHAT_TEXT[self]


_WHAT_TEXT: Final = {
    What.RAISED: Text("发生", "raised"),
    What.ACKNOWLEDGED: Text("已确认", "acknowledged"),
    What.CLEARED: Text("已恢复", "cleared"),
    What.ASSIGNED: Text("已交办", "assigned"),
    What.CLOSED: Text("已办结", "closed"),
}


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Somebody saw it and said so."""

    at_us: int
    by: UUID | None
    label: str
    note: str


@dataclass(frozen=True, slots=True)
class Assignment:
    """Somebody is to see to it; the last one stands."""

    at_us: int
    by_label: str
    to_id: UUID
    to_label: str


class CloseReason(StrEnum):
    """Why there is nothing more to do about an alert."""

    HANDLED = "handled"
    FALSE_ALARM = "false_alarm"
    KNOWN = "known"
    REPORTED = "reported"
    OTHER = "other"

    @property
    def text(self) -> Text:
        return _REASON_TEXT[self]


_REASON_TEXT: Final = {
    CloseReason.HANDLED: Text("已处理", "dealt with"),
    CloseReason.FALSE_ALARM: Text("误报", "false alarm"),
    CloseReason.KNOWN: Text("已知情况（检修、停电等）", "known (maintenance, power cut)"),
    CloseReason.REPORTED: Text("已上报或移交", "reported or passed on"),
    CloseReason.OTHER: Text("其他", "other"),
}


@dataclass(frozen=True, slots=True)
class Closing:
    """Somebody has dealt with it, and says how. It may stand on: what it says is true until it ends by itself."""

    at_us: int
    by_label: str
    reason: CloseReason
    note: str


@dataclass(frozen=True, slots=True)
class Recorded:
    """One alert as it stands in the table. `times`: how often it came back within REOPEN_US of its end, and one."""

    id: UUID
    code: str
    severity: Severity
    object_kind: str
    object_id: str
    detail: Mapping[str, str]
    raised_us: int
    cleared_us: int | None = None
    acknowledged: Acknowledgement | None = None
    times: int = 1
    assigned: Assignment | None = None
    closed: Closing | None = None


@dataclass(frozen=True, slots=True)
class Happening:
    """Something in the life of an alert that others are told of."""

    id: UUID
    what: What
    at_us: int
    alert: Recorded


class Way(StrEnum):
    """By which people and programs outside are told."""

    MAIL = "mail"
    HOOK = "hook"


class Outcome(StrEnum):
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page of alerts ended: what is over comes after what stands, newest first."""

    over: bool
    raised_us: int
    id: UUID


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is the place after which the following page begins, None on the last one."""

    items: tuple[Recorded, ...]
    next: Place | None
