"""A token bucket: how long to wait so that a rate is not exceeded. Pure; time is an argument."""

from typing import Final

BURST_S: Final = 0.25


class Bucket:
    """`rate` bytes a second on average, at most a quarter of a second's worth at once; 0 is no bound."""

    def __init__(self, rate: float, now: float) -> None:
        self._rate = rate
        self._tokens = rate * BURST_S
        self._then = now

    def take(self, count: int, now: float) -> float:
        """Take `count` bytes; how many seconds to wait before going on."""
        if self._rate <= 0:
            return 0.0
        self._tokens = min(self._rate * BURST_S, self._tokens + (now - self._then) * self._rate) - count
        self._then = now
        return max(0.0, -self._tokens / self._rate)
