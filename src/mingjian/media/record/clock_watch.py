"""Notices when the server's clock jumps: wall time against the monotonic clock, and against what the database knows."""

from typing import Final

import structlog
from sqlalchemy.exc import IntegrityError

from mingjian.kernel.clock import Clock
from mingjian.media import store
from mingjian.media.members import store as members
from mingjian.media.model import ClockEpoch
from mingjian.storage.engine import Database, Transaction

MAX_SLEW_US: Final = 2_000_000
# After a longer absence nobody can tell a clock that was set forward from time that passed.
LONG_ABSENCE_US: Final = 86_400_000_000
_TRIES: Final = 20

_log: Final = structlog.get_logger(__name__)


class ClockWatch:
    """Counts clock epochs. Several processes see the same step, each for itself: it has one number."""

    def __init__(self, clock: Clock, host: str = "") -> None:
        """`host`: the machine, as members say it: only what was noted on the same machine is of the same clock."""
        self._clock = clock
        self._host = host
        self._offset_us = self._measure()
        self.epoch = 0

    def begin(self, database: Database) -> None:
        """Go on from what the database knows; a clock that went back while nobody looked begins an epoch."""
        with database.read() as tx:
            if self._found(tx) is None:
                return
        for _ in range(_TRIES):
            try:
                with database.write() as tx:
                    if (step_us := self._found(tx)) is not None:
                        store.add_clock_epoch(tx, self._next(self._clock.now_us(), step_us, observed=False))
            except IntegrityError:
                continue  # another process found the same step in the same moment
            return

    def _found(self, tx: Transaction) -> int | None:
        """The step that nobody has written down yet, in microseconds: back, or 0 where nobody can know; None: none."""
        epochs = store.clock_epochs(tx)
        self.epoch = max((one.epoch for one in epochs), default=0)
        self._offset_us = self._measure()
        last = self._last_seen(tx)
        if last is None:
            return None
        seen_us, epoch = last
        # What others have found of the step already is no second one.
        off_us = self._clock.now_us() - seen_us - sum(one.step_us for one in epochs if one.epoch > epoch)
        return None if -MAX_SLEW_US <= off_us <= LONG_ABSENCE_US else min(0, off_us)

    def _last_seen(self, tx: Transaction) -> tuple[int, int] | None:
        if members.anybody(tx):
            return members.last_seen(tx, self._host)
        seen_us = store.clock_seen_us(tx)
        return None if seen_us is None else (seen_us, self.epoch)

    def look(self, newest: int = 0) -> ClockEpoch | None:
        """The epoch that has just begun, if one has; called once a second or so.

        `newest`: the newest epoch that the database knows. A step that another process was faster to write has its
        number; an epoch that is no step of this machine's clock is gone over to all the same, without one.
        """
        offset_us = self._measure()
        step_us, self._offset_us = offset_us - self._offset_us, offset_us
        if abs(step_us) > MAX_SLEW_US:
            self.epoch = max(self.epoch, newest - 1)
            return self._next(self._clock.now_us(), step_us, observed=True)
        if newest <= self.epoch:
            return None
        self.epoch = newest - 1
        return self._next(self._clock.now_us(), 0, observed=True)

    def _next(self, now_us: int, step_us: int, *, observed: bool) -> ClockEpoch:
        self.epoch += 1
        _log.warning("recorder.clock_stepped", epoch=self.epoch, seconds=step_us / 1e6, observed=observed)
        return ClockEpoch(self.epoch, now_us, step_us, observed)

    def _measure(self) -> int:
        return self._clock.now_us() - int(self._clock.monotonic() * 1_000_000)
