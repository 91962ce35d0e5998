"""How wrong a camera's clock is, from its sender reports. For showing only: recorded time is the server's. Pure."""

from collections import deque
from itertools import combinations
from statistics import median
from typing import Final

NTP_ERA_US: Final = (1 << 32) * 1_000_000
# Cameras report about every five seconds: a minute's worth.
RECENT: Final = 12
# A clock that is set is another clock: its drift is measured anew.
SET_US: Final = 500_000
# Recorded time begins with the arrival of a first frame, up to a tenth of a second late, and is slewed by 500 parts in
# a million at most: until it has settled, the difference says more about us than about the camera.
SETTLING_US: Final = 300_000_000
# Recorded time is good to a few milliseconds; a shorter stretch says nothing about parts in a million.
SHORTEST_US: Final = 300_000_000
# Pairs grow with the square: 64 points cost a third of a millisecond.
MOST_POINTS: Final = 64


class CameraClock:
    """The clock of one camera during one connection.

    `report` takes what the camera's clock and recorded time say of the same moment. A report that is far from the
    others, as from a camera that stumbled, moves nothing: errors are medians, the drift is the median of slopes
    (Theil and Sen).
    """

    __slots__ = ("_began_us", "_first", "_fitted", "_points", "_recent", "_stride", "_taken", "reports")

    def __init__(self) -> None:
        self.reports = 0
        self._began_us: int | None = None
        self._first: list[int] = []
        self._recent: deque[int] = deque(maxlen=RECENT)
        self._fitted: int | None = None
        self._points: list[tuple[int, int]] = []
        self._stride = 1
        self._taken = 0

    @property
    def first_error_us(self) -> int | None:
        """The camera's clock less recorded time in the first minute, in microseconds; None before the first report."""
        return round(median(self._first)) if self._first else None

    @property
    def error_us(self) -> int | None:
        """The same in the last minute."""
        return round(median(self._recent)) if self._recent else None

    @property
    def drift_ppm(self) -> float | None:
        """How much faster the camera's clock runs, in parts in a million; None until it can be known."""
        points = self._points
        if len(points) < 3 or points[-1][0] - points[0][0] < SHORTEST_US:
            return None
        slopes = (1e6 * (late[1] - early[1]) / (late[0] - early[0]) for early, late in combinations(points, 2))
        return round(median(slopes), 1)

    def report(self, camera_us: int, recorded_us: int) -> None:
        """Take one report: the camera's wall time (first NTP era) and recorded time of the same moment."""
        error_us = _nearest_era(camera_us - recorded_us)
        self.reports += 1
        self._began_us = recorded_us if self._began_us is None else self._began_us
        if len(self._first) < RECENT:
            self._first.append(error_us)
        self._recent.append(error_us)
        if recorded_us - self._began_us >= SETTLING_US:
            self._fit(error_us, recorded_us)

    def _fit(self, error_us: int, recorded_us: int) -> None:
        usual = round(median(self._recent))
        if self._fitted is not None and abs(usual - self._fitted) > SET_US:
            self._points.clear()
            self._stride, self._taken = 1, 0
        self._fitted = usual
        if abs(error_us - usual) > SET_US or (self._points and recorded_us <= self._points[-1][0]):
            return
        if self._taken % self._stride == 0:
            self._points.append((recorded_us, error_us))
        self._taken += 1
        if len(self._points) > MOST_POINTS:
            del self._points[1::2]
            self._stride *= 2


def _nearest_era(difference_us: int) -> int:
    """NTP tells time modulo 136 years (RFC 5905 section 6): of all that it may mean the nearest is meant."""
    half = NTP_ERA_US // 2
    return (difference_us + half) % NTP_ERA_US - half
