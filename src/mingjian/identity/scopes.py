"""Where a right holds: territory, organisation, place, channel, and when. Pure.

A `Grant` says that one person has the rights of the own role in one `Scope`, between two instants and, where it names
hours, in these hours of the week. The grants that hold now are compiled into a `Reach`, and a `Reach` answers for a
`Target` by looking up at most a dozen keys.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import lru_cache
from typing import Final
from uuid import UUID

from mingjian.kernel.clock import SHANGHAI, from_datetime, to_datetime
from mingjian.kernel.ids import PersonId

_LEVELS: Final = (2, 4, 6, 9, 12)
"""Digits of a province, prefecture and county (GB/T 2260), a township and a village (GB/T 10114)."""

DAY_MINUTES: Final = 24 * 60
_MINUTE_US: Final = 60_000_000


class ScopeKind(Enum):
    """What a scope is made of. Codes are stored and never change meaning."""

    EVERYWHERE = "everywhere", "全部", "everywhere"
    TERRITORY = "territory", "行政区划", "territory"
    ORGANISATION = "organisation", "单位", "organisation"
    PLACE = "place", "场所", "place"
    CHANNEL = "channel", "通道", "channel"

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code: Final = code
        self.zh: Final = zh
        self.en: Final = en


KIND_BY_CODE: Final = {kind.code: kind for kind in ScopeKind}


@dataclass(frozen=True, slots=True)
class Scope:
    """`value` is empty for EVERYWHERE, a region code for TERRITORY, the text of a UUID for the others.

    A territory covers its subdivisions by digits (530000 covers 530581), an organisation its subtree.
    Raises ValueError for a value that its kind cannot have.
    """

    kind: ScopeKind
    value: str = ""

    def __post_init__(self) -> None:
        match self.kind:
            case ScopeKind.EVERYWHERE:
                fits = not self.value
            case ScopeKind.TERRITORY:
                digits = self.value.isascii() and self.value.isdecimal()
                fits = digits and len(self.value) in _LEVELS[2:] and not self.value.startswith("0")
            case _:
                fits = str(UUID(self.value)) == self.value
        if not fits:
            raise ValueError(f"{self.value!r} is no {self.kind.code}")


EVERYWHERE: Final = Scope(ScopeKind.EVERYWHERE)


@dataclass(frozen=True, slots=True)
class Target:
    """What a request is about; `organisations` are the owner and all above it. An empty target is the installation.

    Without a channel it is about the place, without a place about the organisation or the territory.
    """

    region_code: str = ""
    organisations: tuple[UUID, ...] = ()
    place_id: UUID | None = None
    channel_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """A stretch of every week in Asia/Shanghai: `day` 0 is Monday, minutes since midnight, half open.

    What crosses midnight is two of them. Raises ValueError for an empty or impossible stretch.
    """

    day: int
    from_minute: int
    until_minute: int

    def __post_init__(self) -> None:
        if not (0 <= self.day <= 6 and 0 <= self.from_minute < self.until_minute <= DAY_MINUTES):
            raise ValueError("hours are a day from 0 to 6 and two growing minutes from 0 to 1440")


@dataclass(frozen=True, slots=True)
class Grant:
    """The rights of a person's role hold in `scope` from `from_us` until `until_us` (None: until taken back).

    `hours` empty means at any hour. `deputy_for` names whom the person stands in for when the right is that
    person's and not the own.
    """

    person_id: PersonId
    scope: Scope
    from_us: int
    until_us: int | None = None
    hours: tuple[Hours, ...] = ()
    deputy_for: PersonId | None = None

    def holds(self, now_us: int) -> bool:
        """Whether it holds at this instant."""
        begun = self.from_us <= now_us and (self.until_us is None or now_us < self.until_us)
        return begun and (not self.hours or _within(self.hours, now_us))


@dataclass(frozen=True, slots=True)
class Reach:
    """What one person may reach now. `territories` are the digits that region codes begin with (5305 for 530500)."""

    everywhere: bool = False
    territories: frozenset[str] = frozenset()
    organisations: frozenset[UUID] = frozenset()
    places: frozenset[UUID] = frozenset()
    channels: frozenset[UUID] = frozenset()

    def covers(self, target: Target) -> bool:
        """Whether the target lies within."""
        return (
            self.everywhere
            or target.channel_id in self.channels
            or target.place_id in self.places
            or not self.organisations.isdisjoint(target.organisations)
            or self.covers_region(target.region_code)
        )

    def covers_region(self, region_code: str) -> bool:
        """Whether all of this territory lies within."""
        if self.everywhere:
            return True
        if not self.territories or not region_code:
            return False
        code = stem(region_code)
        return any(code[:digits] in self.territories for digits in _LEVELS if digits <= len(code))

    @property
    def nowhere(self) -> bool:
        """Whether nothing is within."""
        return self == NOWHERE

    def __or__(self, other: "Reach") -> "Reach":
        """What lies within one of the two."""
        return Reach(
            self.everywhere or other.everywhere,
            self.territories | other.territories,
            self.organisations | other.organisations,
            self.places | other.places,
            self.channels | other.channels,
        )


NOWHERE: Final = Reach()
ANYWHERE: Final = Reach(everywhere=True)


def reach_of(scopes: Iterable[Scope]) -> Reach:
    """The scopes as one reach."""
    values: dict[ScopeKind, set[str]] = {kind: set() for kind in ScopeKind}
    for scope in scopes:
        values[scope.kind].add(scope.value)
    return Reach(
        bool(values[ScopeKind.EVERYWHERE]),
        frozenset(map(stem, values[ScopeKind.TERRITORY])),
        frozenset(map(UUID, values[ScopeKind.ORGANISATION])),
        frozenset(map(UUID, values[ScopeKind.PLACE])),
        frozenset(map(UUID, values[ScopeKind.CHANNEL])),
    )


def compile_reach(grants: Iterable[Grant], now_us: int) -> Reach:
    """What these grants of one person reach at this instant."""
    return reach_of(grant.scope for grant in grants if grant.holds(now_us))


def holds_until_us(grants: Iterable[Grant], now_us: int) -> int | None:
    """The next instant at which `compile_reach` may answer differently; None when it never will by itself."""
    return min((edge for grant in grants for edge in _edges(grant, now_us) if edge > now_us), default=None)


@lru_cache(maxsize=8192)
def stem(region_code: str) -> str:
    """The digits with which the codes of all its subdivisions begin: 530000 is 53, 530500 is 5305, 530581 itself."""
    for digits in _LEVELS:
        if not region_code[digits:].strip("0"):
            return region_code[:digits]
    return region_code


def _edges(grant: Grant, now_us: int) -> Iterable[int]:
    yield grant.from_us
    if grant.until_us is not None:
        yield grant.until_us
    local = to_datetime(now_us).astimezone(SHANGHAI)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    for hours in grant.hours:
        day = midnight + timedelta(days=(hours.day - local.weekday()) % 7)
        for minute in (hours.from_minute, hours.until_minute):
            edge = from_datetime(day) + minute * _MINUTE_US
            yield edge if edge > now_us else edge + 7 * DAY_MINUTES * _MINUTE_US


def _within(hours: tuple[Hours, ...], now_us: int) -> bool:
    local = to_datetime(now_us).astimezone(SHANGHAI)
    day, minute = local.weekday(), local.hour * 60 + local.minute
    return any(one.day == day and one.from_minute <= minute < one.until_minute for one in hours)
