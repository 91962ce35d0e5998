"""A process of its own that makes one clip, slowly: a test kills it. Arguments: database, folder, clip, attempt."""

import sys
import time
from pathlib import Path
from uuid import UUID

from mingjian.kernel.clock import SystemClock
from mingjian.media.export import cutting, making, mp4
from mingjian.media.export.service import Room
from mingjian.media.formats.samples import Sample
from mingjian.storage.engine import Database, Transaction


class Slow(mp4.Mp4):
    """Takes as long for each frame as a large one takes."""

    def write(self, sample: Sample, ticks: int) -> None:
        time.sleep(0.01)
        super().write(sample, ticks)


def held(_tx: Transaction) -> None:
    """Nobody else makes it."""


def main(url: str, folder: str, clip: str, attempt: str) -> None:
    cutting.Mp4 = Slow  # type: ignore[attr-defined]
    room = Room(Path(folder), 0)
    work = making.Work(Database(url), SystemClock(), room, held, lambda: False, int(attempt))
    making.make(work, UUID(clip))


if __name__ == "__main__":
    main(*sys.argv[1:])
