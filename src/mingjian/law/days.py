"""Days as the law counts them, in Asia/Shanghai, on the civil calendar.

自…之日起N日内: the day itself is not counted. 自…起施行: that day counts. Months and years are those of the
calendar (民法典 200 to 202): a term ends on the same day of the last month, or on its last day where that month has
no such day. The statutory date never moves for a holiday: no text says so.
"""

import calendar
from datetime import date, timedelta
from typing import Final

UNITS: Final = ("days", "months", "years")


def after(day: date, number: int, unit: str) -> date:
    """The last day of a term of `number` days, months or years from `day`. Raises OverflowError beyond the calendar."""
    if unit == "days":
        return day + timedelta(days=number)
    months = number * 12 if unit == "years" else number
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError(f"no calendar has the year {year}")
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def before(day: date, number: int) -> date:
    """The last day that is still `number` days before `day`. Raises OverflowError."""
    return day - timedelta(days=number)
