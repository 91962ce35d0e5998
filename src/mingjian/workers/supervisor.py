"""Keep the processes of one machine running, each by itself.

Every process gets a pipe on standard input, held open by the supervisor and by nobody else: when the supervisor dies,
however it dies, the pipe ends and the process stops. It says on standard output, with one JSON line `{"ready": true}`
and details, that it serves. Logs go to standard error. A thread looks after each process; the main thread waits.
"""

import json
import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final

import structlog

from mingjian.kernel import metrics
from mingjian.kernel.clock import Clock
from mingjian.workers.context import StopSignal
from mingjian.workers.exits import FINAL
from mingjian.workers.states import ProcessPhase, ProcessState, write_states

FIRST_PAUSE_S: Final = 0.2
LONGEST_PAUSE_S: Final = 10.0
HEALTHY_AFTER_S: Final = 30.0
STOP_WAIT_S: Final = 8.0
_LINE_LIMIT: Final = 65_536

_log = structlog.get_logger(__name__)


def _ignore(_details: Mapping[str, Any]) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True)
class Supervised:
    """One process: its name, its command, and who is told (in the process's thread) each time it is ready."""

    name: str
    command: tuple[str, ...]
    on_ready: Callable[[Mapping[str, Any]], None] = _ignore


def next_pause_s(previous_s: float, uptime_s: float) -> float:
    """Seconds to wait before the next start: doubling, and from the beginning after a healthy run."""
    if previous_s == 0.0 or uptime_s >= HEALTHY_AFTER_S:
        return FIRST_PAUSE_S
    return min(previous_s * 2, LONGEST_PAUSE_S)


class Supervisor:
    """Starts `processes` in order, restarts each alone, stops them in the opposite order."""

    def __init__(self, processes: Sequence[Supervised], run_dir: Path, metrics_dir: Path, clock: Clock) -> None:
        self._run_dir = run_dir
        self._metrics_dir = metrics_dir
        self._stop = StopSignal()
        self._failed_with: int | None = None
        self._lock = threading.Lock()
        self._states: dict[str, ProcessState] = {}
        self._keepers = [_Keeper(process, clock, self._stop, self._changed, self._failed) for process in processes]

    def stop(self) -> None:
        """Ask for the end; safe in a signal handler. The second time nobody is waited for."""
        if self._stop.is_set():
            for keeper in self._keepers:
                keeper.kill()
        self._stop.set()

    def run(self) -> int:
        """Work until `stop` or until a process cannot start as things are; the exit code of that one, else 0."""
        metrics.wipe(self._metrics_dir)
        for keeper in self._keepers:
            keeper.start()
        self._stop.wait()
        for keeper in reversed(self._keepers):
            for other in self._keepers:
                if other.role == keeper.role:
                    other.ask()  # those of one role end together
            keeper.finish(STOP_WAIT_S)
        return self._failed_with or 0

    def _changed(self, state: ProcessState) -> None:
        with self._lock:
            self._states[state.role] = state
            write_states(self._run_dir, self._states.values())
        if state.pid is None:
            metrics.forget(self._metrics_dir, state.role)

    def _failed(self, code: int) -> None:
        self._failed_with = self._failed_with or code
        self._stop.set()


class _Keeper:
    """Runs one process again and again, in a thread of its own."""

    def __init__(
        self,
        process: Supervised,
        clock: Clock,
        stop: StopSignal,
        changed: Callable[[ProcessState], None],
        failed: Callable[[int], None],
    ) -> None:
        self._process = process
        self._clock = clock
        self._stop = stop
        self._changed = changed
        self._failed = failed
        self._child: subprocess.Popen[bytes] | None = None
        # A pid may belong to somebody else once it is reaped: nobody signals meanwhile. Re-entrant, since the main
        # thread's signal handler may interrupt the main thread.
        self._reaping = threading.RLock()
        self._was_ready = False
        self._asked = False
        self._state = ProcessState(process.name, None, clock.now_us(), 0, "starting")
        self._thread = threading.Thread(target=self._keep, name=f"keep-{process.name}", daemon=True)
        self._log = _log.bind(process=process.name)

    def start(self) -> None:
        self._thread.start()

    @property
    def role(self) -> str:
        """What it does, without the number that tells it from others of its kind."""
        name, _, number = self._process.name.rpartition("-")
        return name if number.isdigit() else self._process.name

    def ask(self) -> None:
        """Ask it to end, once."""
        if not self._asked:
            self._asked = True
            self._signal(signal.SIGTERM)

    def finish(self, wait_s: float) -> None:
        """Wait until the process has ended, by SIGTERM and after `wait_s` by SIGKILL."""
        self.ask()
        self._thread.join(wait_s)
        if self._thread.is_alive():
            self._log.warning("process_did_not_stop", waited_s=wait_s)
            self.kill()
            self._thread.join(wait_s)
        self._log.info("process_stopped")

    def kill(self) -> None:
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with self._reaping:
            if self._child is not None and self._child.returncode is None:
                # It leads a group of its own, with whatever it has started.
                os.killpg(self._child.pid, number)

    def _keep(self) -> None:
        pause_s = 0.0
        while not self._stop.is_set():
            started = self._clock.monotonic()
            code = self._run_once()
            if self._stop.is_set():
                break
            if code in FINAL and not self._was_ready:
                self._become("failed", pid=None)
                self._failed(code)
                return
            pause_s = next_pause_s(pause_s, self._clock.monotonic() - started)
            self._log.error("process_died", code=code, again_in_s=pause_s, restarts=self._state.restarts)
            self._become("waiting", pid=None)
            self._stop.wait(pause_s)
            self._state = replace(self._state, restarts=self._state.restarts + 1)
        self._become("stopped", pid=None)

    def _run_once(self) -> int:
        child = subprocess.Popen(  # noqa: S603 - the commands are our own
            self._process.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
        )
        assert child.stdout is not None
        with child:
            self._state = replace(self._state, started_us=self._clock.now_us())
            self._child = child
            self._become("starting", pid=child.pid)
            if self._stop.is_set():  # set between the look at it and the start: nobody else will end this one
                self._signal(signal.SIGTERM)
            reader = threading.Thread(target=self._read, args=(child.stdout,), daemon=True)
            reader.start()
            os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
            # End what it left behind, which would hold ports and pipes that the next one needs.
            self._signal(signal.SIGKILL)
            with self._reaping:
                code = child.wait()
            reader.join()
        return code

    def _read(self, stream: IO[bytes]) -> None:
        while line := stream.readline(_LINE_LIMIT):
            details = _ready_line(line)
            if details is None:
                self._log.info("process_said", text=line.decode(errors="replace").strip()[:500])
                continue
            self._was_ready = True
            self._become("up", pid=self._state.pid)
            self._log.info("process_ready")
            self._process.on_ready(details)

    def _become(self, phase: ProcessPhase, pid: int | None) -> None:
        self._state = replace(self._state, state=phase, pid=pid)
        self._changed(self._state)


def _ready_line(line: bytes) -> Mapping[str, Any] | None:
    try:
        document = json.loads(line)
    except ValueError:
        return None
    if not isinstance(document, dict) or document.pop("ready", None) is not True:
        return None
    return document
