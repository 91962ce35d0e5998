"""Whether the server's clock can be trusted with deletion, as the process that deletes sees it.

The recorder notices steps within a second and writes a new epoch. The process that deletes must not use the second in
between, so it compares the clocks itself; and where no recorder runs, it writes the epoch.
"""

import ctypes
import threading
from typing import Final

from mingjian.audit import service as audit
from mingjian.audit.model import SYSTEM, Action, Entry
from mingjian.kernel.clock import Clock
from mingjian.media import store as media_store
from mingjian.media.keep import store
from mingjian.media.keep.rules import clock_of
from mingjian.media.model import ClockEpoch
from mingjian.storage.engine import Database, Transaction

MAX_SLEW_US: Final = 2_000_000
SYNCHRONISED_S: Final = 3_600.0
"""So long without another step, and the system's word is enough."""
_RECORDER_S: Final = 60.0
_STA_UNSYNC: Final = 0x0040
_TIME_ERROR: Final = 5


class _Timex(ctypes.Structure):
    """struct timex of adjtimex(2), as far as it is read."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def system_is_synchronised() -> bool:
    """Whether the kernel says that a time service keeps its clock; no where it cannot be asked."""
    told = _Timex()
    try:
        state: int = ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(told))
    except AttributeError:
        return False
    return 0 <= state < _TIME_ERROR and not told.status & _STA_UNSYNC


class ClockTrust:
    """Kept by one process for its life."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._offset_us = self._measure()
        self._known_epoch = 0
        self._stepped: tuple[int, int, float] | None = None  # the epoch before, microseconds, when it was noticed
        self._synchronised: tuple[int, float] | None = None  # the epoch, since when

    def steady(self, tx: Transaction) -> bool:
        """Whether deletion may go on: no step since the last look, or the database knows it and somebody confirmed.

        Read the time before this is asked: a step that comes later does no harm to it.
        """
        clock = clock_of(tx)
        with self._lock:
            return self._no_step(clock.epochs[-1].epoch if clock.epochs else 0) and clock.trusted

    def _no_step(self, newest: int) -> bool:
        offset_us = self._measure()
        step_us, self._offset_us = offset_us - self._offset_us, offset_us
        if abs(step_us) > MAX_SLEW_US:
            self._stepped = (self._known_epoch, step_us, self.clock.monotonic())
        self._known_epoch = newest
        if self._stepped is not None and newest > self._stepped[0]:
            self._stepped = None
        return self._stepped is None

    def look(self, database: Database, *, synchronised: bool) -> None:
        """Write down a step that nobody else did; confirm the clock once the system has vouched for it long enough."""
        with database.write() as tx:
            if self.steady(tx):
                self._synchronised = None
                return
            self._write_step(tx)
            clock = clock_of(tx)
            if clock.trusted:
                return
            newest = clock.epochs[-1]
            now_s = self.clock.monotonic()
            if not synchronised:
                self._synchronised = None
            elif self._synchronised is None or self._synchronised[0] != newest.epoch:
                self._synchronised = (newest.epoch, now_s)
            elif now_s - self._synchronised[1] >= SYNCHRONISED_S:
                _confirm(tx, newest, self.clock.now_us())

    def _write_step(self, tx: Transaction) -> None:
        if self._stepped is None or self.clock.monotonic() - self._stepped[2] < _RECORDER_S:
            return
        _, step_us, _ = self._stepped
        epoch = ClockEpoch(self._known_epoch + 1, self.clock.now_us(), step_us, observed=True)
        media_store.add_clock_epoch(tx, epoch)
        self._stepped = None

    def _measure(self) -> int:
        return self.clock.now_us() - int(self.clock.monotonic() * 1_000_000)


def _confirm(tx: Transaction, newest: ClockEpoch, now_us: int) -> None:
    store.confirm_epochs(tx, newest.epoch, SYSTEM.label, now_us)
    detail = {"epoch": newest.epoch, "step_us": newest.step_us, "began_us": newest.began_us}
    audit.record(tx, Entry(Action.CLOCK_CONFIRMED, SYSTEM, "clock", str(newest.epoch), detail, now_us))
