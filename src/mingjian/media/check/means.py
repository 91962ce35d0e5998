"""What a check works with, and how it reads: at most so many bytes a second, and never past a stop."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from mingjian.kernel.clock import Clock
from mingjian.media.check.bucket import Bucket
from mingjian.media.check.verify import Read
from mingjian.media.model import Volume
from mingjian.media.record.files import SegmentFiles
from mingjian.media.volumes import open_files
from mingjian.storage.engine import Database, Transaction

_LONGEST_PAUSE_S: Final = 1.0


class Stopped(Exception):  # noqa: N818 - somebody asked for it
    """The check was asked to stop in the middle of a file, which is then checked again from its beginning."""


def _never() -> bool:
    return False


def _nobody_else(_tx: Transaction) -> None:
    """Nobody else works on this run."""


def _quiet() -> None:
    """Nobody waits."""


@dataclass(frozen=True, slots=True)
class Means:
    """`pause` waits so many seconds, or less when it is time to stop; `check` fences a worker (see workers.jobs);
    `beat` is called while a long file is read.
    """

    database: Database
    clock: Clock
    pause: Callable[[float], object]
    files: Callable[[Volume], SegmentFiles] = open_files
    stop: Callable[[], bool] = _never
    check: Callable[[Transaction], None] = _nobody_else
    rate: float = 0.0
    beat: Callable[[], None] = _quiet
    bucket: Bucket | None = None

    def at_work(self, beat: Callable[[], None]) -> "Means":
        """With one bucket for the whole run, and somebody who hears that it goes on."""
        return replace(self, beat=beat, bucket=Bucket(self.rate, self.clock.monotonic()))

    def reading(self, files: SegmentFiles, descriptor: int) -> Read:
        """A function that reads this file within the rate. It raises Stopped when the check is to stop."""

        def read(offset: int, length: int) -> bytes:
            if self.stop():
                raise Stopped
            data = files.read_at(descriptor, offset, length)
            self._pay(len(data))
            self.beat()
            return data

        return read

    def _pay(self, count: int) -> None:
        delay = self.bucket.take(count, self.clock.monotonic()) if self.bucket else 0.0
        while delay > 0 and not self.stop():
            self.pause(min(delay, _LONGEST_PAUSE_S))
            delay -= _LONGEST_PAUSE_S
            self.beat()
