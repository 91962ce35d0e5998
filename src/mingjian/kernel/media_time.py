"""Media time: ticks of 1/90000 s. Pure, and a type of its own: never added to wall time without conversion."""

from typing import Final, NewType

Ticks = NewType("Ticks", int)

TICKS_PER_SECOND: Final = 90_000


def ticks_to_us(ticks: int) -> int:
    """Microseconds of `ticks`, rounded down."""
    return ticks * 100 // 9


def us_to_ticks(us: int) -> int:
    """Ticks of `us` microseconds, rounded to the nearest so that ticks survive the way there and back."""
    return (us * 9 + 50) // 100
