"""What decides how long footage stays: plans, terms, holds, completeness. Frozen; units in the names."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from mingjian.kernel.ids import ChannelId, PersonId, SegmentId, VolumeGroupId, VolumeId
from mingjian.kernel.intervals import Span

DAY_US: Final = 86_400_000_000
DAY_MINUTES: Final = 1_440
UTC8_US: Final = 28_800_000_000
"""Asia/Shanghai, which has had no other time since 1991."""

LONGEST_SEGMENT_US: Final = 7_200_000_000
"""No segment is longer; bounds how far before a moment one that reaches it can begin."""


class PlanKind(StrEnum):
    ALWAYS = "always"
    WEEKLY = "weekly"
    EVENT = "event"


@dataclass(frozen=True, slots=True, order=True)
class WeeklySpan:
    """[start_minute, end_minute) of a day of the week: 1 is Monday, 7 Sunday; minutes from midnight, up to 1440."""

    weekday: int
    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True)
class ChannelRecording:
    """When a channel is recorded, where, and how much it matters.

    `priority`: 1 is recorded longest when there is no room, 3 stops first. `group_id`: None is the group that
    everything goes to. Rolls are seconds of recording before and after an event; outside the plan `event` they mean
    nothing.
    """

    plan: PlanKind = PlanKind.ALWAYS
    weekly: tuple[WeeklySpan, ...] = ()
    pre_roll_s: int = 5
    post_roll_s: int = 60
    priority: int = 2
    group_id: VolumeGroupId | None = None


@dataclass(frozen=True, slots=True)
class EventBin:
    """Events that are drawn as one: the first and the last of them, how many, and the name of one of them."""

    first_us: int
    last_us: int
    count: int
    name: str


@dataclass(frozen=True, slots=True)
class RecordingEvent:
    """Something happened in front of a channel; `name` says what, in the words of whoever reported it."""

    id: UUID
    channel_id: ChannelId
    at_us: int
    name: str


class TermKind(StrEnum):
    MINIMUM = "minimum"
    MAXIMUM = "maximum"


class TermSource(StrEnum):
    """Who says so. A law is cited; a policy is the unit's own decision and can never stand in for a law."""

    LAW = "law"
    POLICY = "policy"


@dataclass(frozen=True, slots=True)
class Term:
    """How many calendar days footage must (minimum) or may (maximum) be kept; `channel_id` None: every channel."""

    id: UUID
    channel_id: ChannelId | None
    kind: TermKind
    days: int
    source: TermSource
    citation: str
    set_label: str
    set_us: int
    ended_us: int | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    """A range of a channel that no schedule deletes; `lifted_us` None while it stands."""

    id: UUID
    channel_id: ChannelId
    span: Span
    reason: str
    placed_by: PersonId | None
    placed_label: str
    placed_us: int
    lifted_by: PersonId | None = None
    lifted_label: str | None = None
    lifted_us: int | None = None
    lift_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Footage:
    """What deletion needs to know of a segment; `size` in bytes."""

    id: SegmentId
    channel_id: ChannelId
    volume_id: VolumeId
    path_name: str
    start_us: int
    end_us: int
    clock_epoch: int
    size: int

    @property
    def span(self) -> Span:
        return Span(self.start_us, max(self.end_us, self.start_us + 1))


@dataclass(frozen=True, slots=True)
class Completeness:
    """One channel on one day (days since 1970-01-01 in UTC+8), in microseconds that really passed.

    `planned_us` = `recorded_us` + sum of `causes` + `unexplained_us`. `causes` are the codes of gaps, and `damage`.
    A day on which the server's clock was set back has more than 24 hours.
    """

    channel_id: ChannelId
    day: int
    planned_us: int
    recorded_us: int
    causes: Mapping[str, int]
    unexplained_us: int
    computed_us: int


def day_start_us(day: int) -> int:
    """The first moment of a day in UTC+8; `media.model.day_of` is the way back."""
    return day * DAY_US - UTC8_US


def day_span(day: int) -> Span:
    return Span(day_start_us(day), day_start_us(day + 1))


@dataclass(frozen=True, slots=True)
class Total:
    """Some days together, of one channel or of all. `share`: recorded of planned, in hundred-thousandths."""

    channel_id: ChannelId | None
    planned_us: int
    recorded_us: int
    unexplained_us: int
    share: int


WHOLE_SHARE: Final = 100_000
