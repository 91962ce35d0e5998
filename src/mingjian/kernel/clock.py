"""Time at the edge. Wall time is integer microseconds since the Unix epoch (UTC); media time is another type."""

import time
from datetime import UTC, datetime, timedelta
from typing import NewType, Protocol
from zoneinfo import ZoneInfo

WallUs = NewType("WallUs", int)
"""Wall-clock time: microseconds since 1970-01-01T00:00:00Z."""

SHANGHAI = ZoneInfo("Asia/Shanghai")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What code that must know the time is given."""

    def now_us(self) -> WallUs: ...

    def monotonic(self) -> float: ...


class SystemClock:
    """The machine's clock; constructed in `workers` and `cli` only."""

    def now_us(self) -> WallUs:
        return WallUs(time.time_ns() // 1000)

    def monotonic(self) -> float:
        return time.monotonic()


def to_datetime(us: int) -> datetime:
    """An aware UTC datetime; exact to the microsecond."""
    return _EPOCH + timedelta(microseconds=us)


def from_datetime(moment: datetime) -> WallUs:
    """Microseconds since the epoch of an aware datetime.

    Raises ValueError for a naive one: a time without a zone is not a time.
    """
    if moment.tzinfo is None:
        raise ValueError("a datetime without a time zone")
    return WallUs((moment - _EPOCH) // timedelta(microseconds=1))
