"""How long each part takes: for numbers to keep, or for development."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Times:
    """settle_s: from the start to the window; window_s, viewers_s: CPU windows; joins: how many at the socket;
    pictures: how many delays are read in the browser; limit_s: for all.
    """

    settle_s: float
    window_s: float
    viewers_s: float
    joins: int
    pictures: int
    limit_s: int


FULL: Final = Times(settle_s=10, window_s=60, viewers_s=30, joins=100, pictures=300, limit_s=1_200)
QUICK: Final = Times(settle_s=6, window_s=20, viewers_s=20, joins=30, pictures=120, limit_s=720)
