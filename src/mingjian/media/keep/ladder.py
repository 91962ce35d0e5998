"""What to do when a disk fills. Pure: free space in, how much must go and who may still record out.

The order is that of the law: first goes what may go, then new recording stops, lowest priority first; footage under its
term or a hold is never touched. Volumes of a group stand in for each other, so the one with most room decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

EVERYBODY: Final = 3
"""Priorities 1, 2 and 3 record."""
# In floors (`[store] floor_mb`): below the first, room is made, up to the second.
MAKE_ROOM_BELOW: Final = Fraction(3, 2)
MAKE_ROOM_UP_TO: Final = Fraction(2)
# A priority stops below this many floors and begins again RESUME_ABOVE higher: the rest of the floor is left to those
# that matter more.
STOP_BELOW: Final = {3: Fraction(1), 2: Fraction(2, 3), 1: Fraction(1, 3)}
RESUME_ABOVE: Final = Fraction(1, 4)


@dataclass(frozen=True, slots=True)
class Room:
    """One volume that is there and not retired."""

    free_bytes: int
    floor_bytes: int

    @property
    def floors(self) -> Fraction:
        return Fraction(self.free_bytes, max(1, self.floor_bytes))


@dataclass(frozen=True, slots=True)
class Rung:
    """`purge_bytes`: what should go now; channels of priority 1 to `recording` may record, 0: none."""

    purge_bytes: int
    recording: int

    def may_record(self, priority: int) -> bool:
        return priority <= self.recording

    @property
    def full(self) -> bool:
        return self.recording < EVERYBODY


def decide(rooms: Iterable[Room], standing: int = EVERYBODY) -> Rung:
    """The rung of a group; `standing` is the `recording` of the last decision. Without a volume nobody records."""
    best = max(rooms, key=lambda one: one.floors, default=None)
    if best is None:
        return Rung(0, 0)
    floors = best.floors
    wanted = int((MAKE_ROOM_UP_TO - floors) * best.floor_bytes) if floors < MAKE_ROOM_BELOW else 0
    recording = sum(_records(priority, floors, standing) for priority in STOP_BELOW)
    return Rung(wanted, recording)


def _records(priority: int, floors: Fraction, standing: int) -> bool:
    below = STOP_BELOW[priority]
    return floors >= (below if priority <= standing else below + RESUME_ABOVE)
