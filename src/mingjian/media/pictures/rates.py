"""How often somebody may ask: a bucket for each session. Pure; time is an argument."""

from collections import OrderedDict
from collections.abc import Hashable
from math import ceil
from threading import Lock
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.media.pictures.errors import TOO_OFTEN

_MOST: Final = 2_000


class Rates:
    """`per_s` in the long run, `burst` at once, for each key."""

    def __init__(self, per_s: float, burst: int) -> None:
        self._per_s = per_s
        self._burst = burst
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: Hashable, now_s: float) -> None:
        """Raises MingjianError TOO_OFTEN, which says when to come again."""
        with self._lock:
            left, since_s = self._left.pop(key, (float(self._burst), now_s))
            left = min(float(self._burst), left + max(0.0, now_s - since_s) * self._per_s)
            allowed = left >= 1.0
            self._left[key] = (left - 1.0 if allowed else left, now_s)
            while len(self._left) > _MOST:
                self._left.popitem(last=False)
        if not allowed:
            raise MingjianError(TOO_OFTEN, retry_after_s=max(1, ceil((1.0 - left) / self._per_s)))
