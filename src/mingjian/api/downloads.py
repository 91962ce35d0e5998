"""Which downloads go on: a broken one that is taken up again is not a second one in the audit log."""

from threading import Lock
from typing import Final
from uuid import UUID

from mingjian.kernel.clock import Clock

DownloadKey = tuple[bytes, UUID]
"""The key of a session and what it downloads."""


class Downloads:
    """Remembers when a session was last sent bytes of a file."""

    _GOES_ON_US: Final = 10 * 60_000_000
    _MOST: Final = 1_000

    def __init__(self) -> None:
        self._last: dict[DownloadKey, int] = {}
        self._lock = Lock()

    def goes_on(self, key: DownloadKey, first: int, clock: Clock) -> bool:
        """Whether bytes from `first` on continue what this session began."""
        with self._lock:
            last = self._last.get(key)
        return first > 0 and last is not None and 0 <= clock.now_us() - last <= self._GOES_ON_US

    def seen(self, key: DownloadKey, clock: Clock) -> None:
        with self._lock:
            if key not in self._last and len(self._last) >= self._MOST:
                self._last.clear()
            self._last[key] = clock.now_us()
