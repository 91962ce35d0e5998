"""How long pictures that are open now have been watched; what is counted goes into the view's closing entry."""

from threading import Lock

from mingjian.kernel.clock import Clock
from mingjian.kernel.ids import ChannelId, ViewId


class Watching:
    """Counts seconds of open pictures in this process. Two windows on one channel of one view count once."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._open: dict[tuple[ViewId, ChannelId], int] = {}
        self._since: dict[tuple[ViewId, ChannelId], float] = {}
        self._rest: dict[tuple[ViewId, ChannelId], float] = {}
        self._lock = Lock()

    def began(self, view_id: ViewId, channel_id: ChannelId) -> None:
        with self._lock:
            key = view_id, channel_id
            self._open[key] = self._open.get(key, 0) + 1
            self._since.setdefault(key, self._clock.monotonic())

    def ended(self, view_id: ViewId, channel_id: ChannelId) -> None:
        with self._lock:
            key = view_id, channel_id
            self._open[key] -= 1
            if not self._open[key]:
                del self._open[key]
                self._rest[key] = self._rest.get(key, 0.0) + self._clock.monotonic() - self._since.pop(key)

    def uncounted(self, view_id: ViewId) -> dict[ChannelId, int]:
        """Whole seconds of each channel since the last call; fractions stay for the next."""
        now = self._clock.monotonic()
        seconds: dict[ChannelId, int] = {}
        with self._lock:
            for key in [key for key in {*self._since, *self._rest} if key[0] == view_id]:
                total = self._rest.pop(key, 0.0)
                if key in self._since:
                    total += now - self._since[key]
                    self._since[key] = now
                    self._rest[key] = total % 1
                    seconds[key[1]] = int(total)
                else:
                    seconds[key[1]] = round(total)
        return {channel_id: count for channel_id, count in seconds.items() if count}
