"""``python -m bench.flushing [--dir DIR]``: what it costs to make a second of footage durable, by each policy.

Sixty files grow by half a megabyte a second, as sixty cameras at 4 Mbit/s do, and are made durable together; alone, and
while another program writes to the same file system.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from mingjian.media.record.files import FlushPolicy, SegmentFiles

FILES: Final = 60
PIECE: Final = os.urandom(500_000)
ROUNDS: Final = 20
PAUSE_S: Final = 0.5
NOISE: Final = 4 << 20
NOISE_LIMIT: Final = 1 << 30


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.flushing", description=__doc__)
    parser.add_argument("--dir", type=Path, default=Path(".bench"), help="on the file system to measure")
    folder = parser.parse_args().dir
    folder.mkdir(exist_ok=True)
    policies: tuple[FlushPolicy, ...] = ("syncfs", "fdatasync")
    sys.stdout.write("policy     beside it   median   p95   longest (ms)   CPU of a flush (ms)\n")
    for noisy in (False, True):
        for policy in policies:
            with tempfile.TemporaryDirectory(dir=folder) as place, noise(Path(place), wanted=noisy):
                seconds, cpu = flushes(Path(place), policy)
            cuts = statistics.quantiles(seconds, n=20)
            name = "a writer" if noisy else "nothing"
            sys.stdout.write(
                f"{policy:10} {name:10} {1000 * cuts[9]:7.1f} {1000 * cuts[18]:7.1f} {1000 * max(seconds):9.1f}"
                f" {1000 * cpu:16.1f}\n"
            )
    return 0


def flushes(folder: Path, policy: FlushPolicy) -> tuple[list[float], float]:
    """Seconds of each flush, and seconds of CPU of one on average."""
    files = SegmentFiles(folder, policy)
    opened = [files.create(f"day/{number}/one.mp4") for number in range(FILES)]
    taken, cpu = [], 0.0
    for _ in range(ROUNDS):
        for descriptor in opened:
            files.append(descriptor, PIECE)
        before, began = used(), time.perf_counter()
        files.sync(opened)
        taken.append(time.perf_counter() - began)
        cpu += used() - before
        time.sleep(PAUSE_S)
    for descriptor in opened:
        files.close(descriptor)
    return taken, cpu / ROUNDS


def used() -> float:
    """Of this thread: the noise is another's."""
    usage = resource.getrusage(resource.RUSAGE_THREAD)
    return usage.ru_utime + usage.ru_stime


@contextmanager
def noise(folder: Path, *, wanted: bool) -> Iterator[None]:
    """Another program on the same file system: it fills a file over and over and never waits for the disk."""
    stop = threading.Event()

    def write() -> None:
        piece = os.urandom(NOISE)
        while not stop.is_set():
            with (folder / "noise").open("wb", buffering=0) as file:
                while not stop.is_set() and file.tell() < NOISE_LIMIT:
                    file.write(piece)
                    stop.wait(0.02)

    thread = threading.Thread(target=write)
    if wanted:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        if wanted:
            thread.join()


if __name__ == "__main__":
    sys.exit(main())
