"""A real platform for browser tests: `mingjian serve` in its own processes, and simulated cameras in another."""

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue

START_S = 180.0
ROOT = Path(__file__).parents[2]


class Lines:
    """The output of a process, line by line, with a limit on waiting."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        self._queue: SimpleQueue[str] = SimpleQueue()
        self.seen: list[str] = []
        threading.Thread(target=self._read, args=(process.stdout,), daemon=True).start()

    def _read(self, stream: Iterator[str]) -> None:
        for line in stream:
            self._queue.put(line.rstrip("\n"))

    def find(self, pattern: str, within_s: float = START_S) -> re.Match[str]:
        """The first line that matches, also among those seen before."""
        deadline = time.monotonic() + within_s
        for line in self.seen:
            if found := re.search(pattern, line):
                return found
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._queue.get(timeout=left)
            except Empty:
                break
            self.seen.append(line)
            if found := re.search(pattern, line):
                return found
        raise AssertionError(f"no line like {pattern!r} within {within_s} s; there were:\n" + "\n".join(self.seen))


@contextmanager
def process(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[Lines]:
    """A process that ends with the block: its standard input ends, then SIGTERM, then SIGKILL."""
    with log.open("w") as errors:
        started = subprocess.Popen(
            command,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=ROOT,
        )
    try:
        yield Lines(started)
    finally:
        assert started.stdin is not None
        started.stdin.close()
        started.terminate()
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()
        assert started.stdout is not None
        started.stdout.close()


@contextmanager
def serving(data: Path, *options: str) -> Iterator[tuple[str, Lines]]:
    """`mingjian serve`: its address and what it prints."""
    data.parent.mkdir(parents=True, exist_ok=True)
    environment = {"MINGJIAN_API__PORT": "0", "MINGJIAN_LANGUAGE": "zh"}
    command = [sys.executable, "-m", "mingjian", "serve", "--data", str(data), *options]
    with process(command, environment, data.parent / "serve.log") as lines:
        yield lines.find(r"已就绪：(http\S+)").group(1), lines


@contextmanager
def cameras(cache: Path, count: int, *options: str) -> Iterator[int]:
    """Simulated cameras at rtsp://127.0.0.1:PORT/cam/1 and on; the port. `options` as of `simulate.load`."""
    command = [sys.executable, "-m", "mingjian.simulate.load", "--cameras", str(count), "--port", "0"]
    command += ["--size", "640x360", "--kbps", "800", "--cache", str(cache), *options]
    with process(command, {}, cache / "cameras.log") as lines:
        yield int(json.loads(lines.find(r"^(\{.*ready.*\})$").group(1))["port"])
