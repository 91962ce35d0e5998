"""Recorded time: wall time at the first frame plus media time, slewed toward arrival (design.md section 4)."""

from typing import Final

from mingjian.kernel.media_time import ticks_to_us

MAX_SLEW_PPM: Final = 500
WINDOW_US: Final = 10_000_000


class RecordedTime:
    """Map media ticks of one connection to wall time.

    A network can only delay: the smallest lateness in a window of ten seconds is the best measure of how far the
    camera's clock has run away. The next window corrects it, by at most 500 parts in a million, so recorded time
    never jumps and never goes back.
    """

    def __init__(self, first_ticks: int, arrival_us: int) -> None:
        self._base_ticks = first_ticks
        self._base_us = arrival_us
        self._rate_ppm = self._rate_before_ppm = 0
        self._least_late_us: int | None = None

    def at(self, ticks: int) -> int:
        """Recorded wall time in microseconds of a frame with media time `ticks`, of this window or the one before."""
        elapsed = ticks_to_us(ticks - self._base_ticks)
        rate_ppm = self._rate_ppm if elapsed >= 0 else self._rate_before_ppm
        return self._base_us + elapsed + elapsed * rate_ppm // 1_000_000

    def observe(self, ticks: int, arrival_us: int) -> None:
        """Note when a frame arrived; called for every frame, in order."""
        late = arrival_us - self.at(ticks)
        if self._least_late_us is None or late < self._least_late_us:
            self._least_late_us = late
        if ticks_to_us(ticks - self._base_ticks) >= WINDOW_US:
            self._turn_window(ticks)

    def _turn_window(self, ticks: int) -> None:
        now_us = self.at(ticks)
        late = self._least_late_us or 0
        self._base_ticks, self._base_us, self._rate_before_ppm = ticks, now_us, self._rate_ppm
        self._rate_ppm = max(-MAX_SLEW_PPM, min(MAX_SLEW_PPM, late * 1_000_000 // WINDOW_US))
        self._least_late_us = None
