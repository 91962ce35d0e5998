"""When pictures are decoded that do not come in the order in which they are shown. Pure."""

from heapq import heappop, heappush, heappushpop
from typing import Final

from mingjian.kernel.media_time import TICKS_PER_SECOND

# Both standards hold sixteen pictures at most (H.264 section A.3.1, H.265 section A.4.1).
MAX_DEPTH: Final = 16
# Showing times that go back, or leap, by more are another clock.
_MAX_BACK: Final = 2 * TICKS_PER_SECOND
_MAX_LEAP: Final = 10 * TICKS_PER_SECOND
_USUAL_STEP: Final = 3600
_MIN_STEP: Final = 90


class DecodingOrder:
    """Gives each picture, in the order of decoding, a time of decoding that grows.

    The n-th picture is decoded at the (n - depth)-th smallest time of showing: without reordering both times are the
    same, and with it a picture is never decoded after it is shown. `depth` is what the parameter sets say; a stream
    that needs more makes it grow, and those few pictures that show it are decoded late.
    """

    __slots__ = ("_depth", "_last_shown", "_last_ticks", "_late", "_step", "_waiting")

    def __init__(self) -> None:
        self._depth = 0
        self._waiting: list[int] = []
        self._step = _USUAL_STEP
        self._last_shown: int | None = None
        self._last_ticks = 0
        self._late = 0

    @property
    def depth(self) -> int:
        """How many pictures may be decoded before one that is shown earlier."""
        return self._depth

    def place(self, shown: int, depth: int = 0) -> int:
        """The decoding time of the next picture, in ticks of the same clock; `depth` as its parameter sets say it.

        Goes back only where the clock of showing itself was set anew.
        """
        last = self._last_shown
        self._last_shown = shown
        if last is None or not -_MAX_BACK <= shown - last <= _MAX_LEAP:
            return self._begin(shown, depth)
        if depth > self._depth:
            self._deepen(min(depth, MAX_DEPTH))
        if not self._depth and shown > self._last_ticks:
            self._step = shown - last
            self._last_ticks = shown
            return shown
        return self._reordered(shown, last)

    def renew(self, shown: int, depth: int = 0) -> int:
        """As `place`, for the first picture of another sequence: what was to be shown behind it never comes.

        Decoding times go on growing. Where there is not room for so many of them before it, they are nearer together.
        """
        last, depth = self._last_shown, min(max(depth, self._depth), MAX_DEPTH)
        if last is None or shown - last > _MAX_LEAP:
            return self.place(shown, depth)
        for kept in (sorted(one for one in self._waiting if one <= shown - _MIN_STEP), []):
            first, missing = min(kept, default=shown), depth - len(kept)
            step = min(self._step, (first - self._last_ticks) // (missing + 1))
            if step >= _MIN_STEP:
                self._depth, self._late, self._last_shown = depth, 0, shown
                self._waiting = [first - ahead * step for ahead in range(missing, 0, -1)] + kept
                self._last_ticks = heappushpop(self._waiting, shown)
                return self._last_ticks
        return self.place(shown, depth)

    def _begin(self, shown: int, depth: int) -> int:
        self._depth = min(max(depth, self._depth), MAX_DEPTH)
        self._waiting = [shown - ahead * self._step for ahead in range(self._depth, 0, -1)]
        self._late = 0
        heappush(self._waiting, shown)
        self._last_ticks = heappop(self._waiting)
        return self._last_ticks

    def _deepen(self, depth: int) -> None:
        more = depth - self._depth
        first = min(self._waiting, default=self._last_ticks + self._step)
        for ahead in range(1, more + 1):
            heappush(self._waiting, first - ahead * self._step)
        self._depth = depth

    def _reordered(self, shown: int, last: int) -> int:
        if _MIN_STEP <= abs(shown - last) < self._step:
            self._step = abs(shown - last)
        heappush(self._waiting, shown)
        if len(self._waiting) <= self._depth:
            return self._pressed(shown)
        ticks = heappop(self._waiting)
        if ticks > self._last_ticks:
            self._late = 0
            self._last_ticks = ticks
            return ticks
        if shown == ticks and self._depth < MAX_DEPTH:
            # It comes behind one that is shown later: nobody had said that pictures wait for so many others.
            heappush(self._waiting, shown)
            self._depth += 1
        return self._pressed(shown)

    def _pressed(self, shown: int) -> int:
        """As soon as can be behind the last one; when that does not end, the clock has been set."""
        self._late += 1
        if self._late > 2 * MAX_DEPTH:
            return self._begin(shown, 0)
        self._last_ticks += 1
        return self._last_ticks
