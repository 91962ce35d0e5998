"""Processes of a bench: started, listened to, and ended by their own handle."""

import os
import re
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import IO, Final

STOP_WAIT_S: Final = 20.0


class BenchError(Exception):
    """Something could not be measured; the text says what and where to look."""


class Process:
    """A running process and the lines of its standard output."""

    def __init__(self, command: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self._log = log
        with log.open("ab") as errors:
            self._popen = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, **environment},
            )
        assert self._popen.stdout is not None
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, args=(self._popen.stdout,), daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def line(self, pattern: str, within_s: float) -> re.Match[str]:
        """The next line that matches. Raises BenchError when none comes."""
        deadline = time.monotonic() + within_s
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except Empty:
                break
            if line is None:
                raise BenchError(f"it ended before saying {pattern!r}: {self.last_words()}")
            if found := re.search(pattern, line):
                return found
        raise BenchError(f"no line like {pattern!r} within {within_s:.0f} s: {self.last_words()}")

    def last_words(self) -> str:
        return self._log.read_text(errors="replace")[-1500:]

    def tell(self, line: str) -> None:
        """A line to its standard input."""
        assert self._popen.stdin is not None
        self._popen.stdin.write(line + "\n")
        self._popen.stdin.flush()

    def ask_to_stop(self) -> None:
        """End of standard input; what listens to it stops in peace."""
        assert self._popen.stdin is not None
        self._popen.stdin.close()

    def terminate(self) -> None:
        self._popen.terminate()

    def wait(self) -> None:
        """Wait for the end; force it after STOP_WAIT_S."""
        try:
            self._popen.wait(STOP_WAIT_S)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._reader.join()
        assert self._popen.stdout is not None
        self._popen.stdout.close()

    def _read(self, stream: IO[str]) -> None:
        for line in stream:
            self._lines.put(line.rstrip("\n"))
        self._lines.put(None)


@contextmanager
def running(
    *commands: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
) -> Iterator[list[Process]]:
    """These processes, until the block ends; what they write to standard error goes to `log`."""
    started: list[Process] = []
    try:
        for command in commands:
            started.append(Process(command, log, environment or {}))  # noqa: PERF401 - what was started must be ended
        yield started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.ask_to_stop()
            process.wait()
