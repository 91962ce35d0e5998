"""Notices when the server's clock jumps: wall time against the monotonic clock, and against what the database knows."""

from typing import Final

import structlog

from mingjian.kernel.clock import Clock
from mingjian.media import store
from mingjian.media.model import ClockEpoch
from mingjian.storage.engine import Database

MAX_SLEW_US: Final = 2_000_000
# After a longer absence nobody can tell a clock that was set forward from time that passed.
LONG_ABSENCE_US: Final = 86_400_000_000

_log: Final = structlog.get_logger(__name__)


class ClockWatch:
    """Counts clock epochs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_us = self._measure()
        self.epoch = 0

    def begin(self, database: Database) -> None:
        """Go on from what the database knows; a clock that went back while nobody looked begins an epoch."""
        with database.read() as tx:
            self.epoch = max((one.epoch for one in store.clock_epochs(tx)), default=0)
            seen_us = store.clock_seen_us(tx)
        self._offset_us = self._measure()
        now_us = self._clock.now_us()
        if seen_us is None or -MAX_SLEW_US <= now_us - seen_us <= LONG_ABSENCE_US:
            return
        found = self._next(now_us, min(0, now_us - seen_us), observed=False)
        with database.write() as tx:
            store.add_clock_epoch(tx, found)

    def look(self) -> ClockEpoch | None:
        """The epoch that has just begun, if one has; called once a second or so."""
        offset_us = self._measure()
        step_us, self._offset_us = offset_us - self._offset_us, offset_us
        if abs(step_us) <= MAX_SLEW_US:
            return None
        return self._next(self._clock.now_us(), step_us, observed=True)

    def _next(self, now_us: int, step_us: int, *, observed: bool) -> ClockEpoch:
        self.epoch += 1
        _log.warning("recorder.clock_stepped", epoch=self.epoch, seconds=step_us / 1e6, observed=observed)
        return ClockEpoch(self.epoch, now_us, step_us, observed)

    def _measure(self) -> int:
        return self._clock.now_us() - int(self._clock.monotonic() * 1_000_000)
