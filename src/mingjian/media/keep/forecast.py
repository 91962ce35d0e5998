"""How many days until a group of volumes is full. Pure: what was recorded each day, what is free, what terms let go."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from mingjian.media.keep.model import DAY_US, day_start_us
from mingjian.media.model import day_of

FULL_DAYS: Final = 7
HORIZON_DAYS: Final = 3_650
# With less than this of today and no full day there is nothing to reckon with.
_LEAST_US: Final = DAY_US // 48


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is there of channels with one term: bytes by day.

    `stays_days`: how long their footage must be kept; None: nothing of it may go. `held`: of `by_day`, what is under a
    hold, by day.
    """

    stays_days: int | None
    by_day: Mapping[int, int]
    held: Mapping[int, int] = field(default_factory=dict)

    def rate(self, now_us: int) -> int:
        """Bytes a day: over the last full days, as many as there are up to FULL_DAYS, else of today so far."""
        today = day_of(now_us)
        known = [day for day in self.by_day if today - FULL_DAYS <= day < today]
        if known:
            return sum(self.by_day[day] for day in known) // (today - min(known))
        so_far = now_us - day_start_us(today)
        return self.by_day.get(today, 0) * DAY_US // so_far if so_far >= _LEAST_US else 0

    def may_go(self, day: int) -> int:
        """Bytes of a day that go once their term is over."""
        return max(0, self.by_day.get(day, 0) - self.held.get(day, 0))


def days_left(free_bytes: int, kinds: list[Recorded], now_us: int) -> int | None:
    """Whole days that new footage still fits, letting go each day what may go then; None: for HORIZON_DAYS at least.

    `free_bytes` is what is above the floors of the group's volumes.
    """
    today = day_of(now_us)
    rates = [(one, one.rate(now_us)) for one in kinds]
    if not any(rate for _, rate in rates):
        return None
    free = free_bytes + sum(
        one.may_go(day)
        for one in kinds
        if one.stays_days is not None
        for day in one.by_day
        if day < today - one.stays_days
    )
    for ahead in range(HORIZON_DAYS):
        # What came today is not free any more.
        free -= sum(max(0, rate - (0 if ahead else one.by_day.get(today, 0))) for one, rate in rates)
        if free < 0:
            return ahead
        for one, rate in rates:
            if one.stays_days is None:
                continue
            going = today + ahead - one.stays_days
            free += one.may_go(going) if going < today else rate
    return None
