"""The sound of one segment: pieces by the picture's media time, laid one after the other by their samples. Pure."""

from collections.abc import Iterable
from typing import Final

from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.formats.fmp4 import LEAD_TICKS, SoundRun
from mingjian.media.formats.frames import Sound, SoundParameters

# Pieces follow each other by their samples; only what is further off than this is a hole, or another clock.
_TOLERANCE_S: Final = 0.06
MAX_BYTES: Final = 4 << 20
# Each costs eight octets of `moof`, which recovery reads up to a bound.
MAX_PIECES: Final = 8_192
_MAX_HOLE_S: Final = 30


class SoundTrack:
    """Collects sound between two cuts.

    A hole makes the piece before it last longer, as far as it is in the same fragment; what would lie over sound that
    is there already follows it.
    """

    def __init__(self) -> None:
        self._parameters: SoundParameters | None = None
        self._base_ticks = 0
        self._next = 0
        self._first = 0
        self._pieces: list[bytes] = []
        self._samples: list[int] = []
        self._bytes = 0
        self.dropped_pieces = 0

    def begin(self, base_ticks: int, parameters: SoundParameters | None) -> None:
        """A segment begins whose picture begins at `base_ticks`; what was collected was taken before."""
        self.drop()
        self._parameters = parameters
        self._base_ticks = base_ticks
        self._next = 0

    def drop(self) -> None:
        """Forget what was collected."""
        self._pieces, self._samples, self._bytes = [], [], 0

    def push(self, pieces: Iterable[Sound]) -> None:
        """Take pieces in order."""
        if self._parameters is None:
            return
        for piece in pieces:
            if self._bytes + len(piece.data) > MAX_BYTES or len(self._pieces) >= MAX_PIECES:
                self.dropped_pieces += 1
                continue
            self._place(piece, self._parameters.rate)

    def _place(self, piece: Sound, rate: int) -> None:
        ticks = piece.ticks - self._base_ticks + LEAD_TICKS
        at = max(0, ticks * rate // TICKS_PER_SECOND)
        hole = at - self._next
        follows = abs(hole) <= _TOLERANCE_S * rate and self._next > 0
        if not self._pieces:
            self._first = self._next if follows or hole < 0 else at
            self._next = self._first
        elif not follows and 0 < hole <= _MAX_HOLE_S * rate:
            self._samples[-1] += hole
            self._next += hole
        self._pieces.append(piece.data)
        self._samples.append(piece.samples)
        self._bytes += len(piece.data)
        self._next += piece.samples

    def take(self) -> SoundRun | None:
        """What was collected since the last cut; None without."""
        if not self._pieces:
            return None
        run = SoundRun(self._first, self._pieces, self._samples)
        self.drop()
        return run
