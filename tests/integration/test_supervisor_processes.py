"""The supervisor with real processes that are killed, hang, or cannot start."""

import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import mingjian
from mingjian.kernel.clock import SystemClock
from mingjian.workers.exits import PORT_TAKEN
from mingjian.workers.states import ProcessState, read_states
from mingjian.workers.supervisor import STOP_WAIT_S, Supervised, Supervisor

SOURCE = Path(mingjian.__file__).parents[1]

SERVES = "import json, sys; print(json.dumps({'ready': True, 'number': 7}), flush=True); sys.stdin.read()"
HANGS = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + SERVES + "; import time; time.sleep(600)"
# A process that stops for nobody, with the watch that every role has.
STUBBORN = """
import threading
from mingjian.workers.context import StopSignal
from mingjian.workers.process import _report, _watch
_watch(StopSignal(), supervised=True)
_report({})
threading.Event().wait()
"""


def until(condition: Callable[[], bool], limit_s: float = 20.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


def alive(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def code(text: str) -> tuple[str, ...]:
    return (sys.executable, "-c", text)


class Running:
    """A supervisor in a thread of this process."""

    def __init__(self, folder: Path, *processes: Supervised) -> None:
        self.folder = folder
        (folder / "metrics").mkdir()
        self.supervisor = Supervisor(processes, folder, folder / "metrics", SystemClock())
        self.result: int | None = None
        self.thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        self.result = self.supervisor.run()

    def state(self, name: str) -> ProcessState | None:
        return next((state for state in read_states(self.folder) if state.role == name), None)

    def is_up(self, name: str, restarts: int = 0) -> bool:
        state = self.state(name)
        return state is not None and (state.state, state.restarts) == ("up", restarts)

    def pid(self, name: str) -> int:
        state = self.state(name)
        assert state is not None
        assert state.pid is not None
        return state.pid


@contextmanager
def supervised(folder: Path, *processes: Supervised) -> Iterator[Running]:
    running = Running(folder, *processes)
    running.thread.start()
    try:
        yield running
    finally:
        running.supervisor.stop()
        running.thread.join(timeout=30)
        assert not running.thread.is_alive()


@pytest.fixture(autouse=True)
def source_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(SOURCE))


def test_a_killed_process_comes_back_and_the_others_do_not_notice(tmp_path: Path) -> None:
    with supervised(tmp_path, Supervised("a", code(SERVES)), Supervised("b", code(SERVES))) as running:
        until(lambda: running.is_up("a") and running.is_up("b"))
        before = running.state("b")
        killed = running.pid("a")
        os.kill(killed, signal.SIGKILL)
        until(lambda: running.is_up("a", restarts=1))
        assert running.pid("a") != killed
        assert running.state("b") == before


def test_everybody_is_told_what_a_process_says_each_time_it_is_ready(tmp_path: Path) -> None:
    told: list[Mapping[str, Any]] = []
    with supervised(tmp_path, Supervised("a", code(SERVES), told.append)) as running:
        until(lambda: running.is_up("a"))
        os.kill(running.pid("a"), signal.SIGKILL)
        until(lambda: len(told) == 2)
    assert told == [{"number": 7}, {"number": 7}]


def test_stopping_leaves_no_process_and_says_so(tmp_path: Path) -> None:
    with supervised(tmp_path, Supervised("a", code(SERVES)), Supervised("b", code(SERVES))) as running:
        until(lambda: running.is_up("a") and running.is_up("b"))
        pids = [running.pid("a"), running.pid("b")]
    assert running.result == 0
    assert not any(alive(pid) for pid in pids)
    assert {state.state for state in read_states(tmp_path)} == {"stopped"}


# Ends once another one was asked to end.
WAITS = """
import pathlib, signal, sys, time
mine, other = map(pathlib.Path, sys.argv[1:])
def ask(*_):
    mine.touch()
    while not other.exists():
        time.sleep(0.01)
    sys.exit()
signal.signal(signal.SIGTERM, ask)
"""


def test_those_of_one_role_are_stopped_together(tmp_path: Path) -> None:
    first, second = str(tmp_path / "first"), str(tmp_path / "second")
    waits = WAITS + SERVES.replace("sys.stdin.read()", "time.sleep(600)")
    processes = [
        Supervised("media", (*code(waits), first, second)),
        Supervised("media-2", (*code(waits), second, first)),
    ]
    with supervised(tmp_path, *processes) as running:
        until(lambda: running.is_up("media") and running.is_up("media-2"))
        running.supervisor.stop()
        began = time.monotonic()
        running.thread.join(timeout=30)
    assert time.monotonic() - began < STOP_WAIT_S
    assert {state.state for state in read_states(tmp_path)} == {"stopped"}


def test_they_are_stopped_in_the_opposite_order(tmp_path: Path) -> None:
    log = tmp_path / "log"
    text = (
        "import signal, sys\n"
        f"def end(*_): open({str(log)!r}, 'a').write(sys.argv[1]); sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\n"
    ) + SERVES
    processes = [Supervised(name, (*code(text), name)) for name in "abc"]
    with supervised(tmp_path, *processes) as running:
        until(lambda: all(running.is_up(name) for name in "abc"))
    assert log.read_text() == "cba"


def test_a_process_that_does_not_stop_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingjian.workers.supervisor.STOP_WAIT_S", 0.3)
    with supervised(tmp_path, Supervised("a", code(HANGS))) as running:
        until(lambda: running.is_up("a"))
        pid = running.pid("a")
    assert not alive(pid)


def test_what_a_process_started_ends_with_it(tmp_path: Path) -> None:
    child = tmp_path / "child"
    text = (
        "import subprocess, sys;"
        f"p = subprocess.Popen(['sleep', '600']); open({str(child)!r}, 'w').write(str(p.pid));" + SERVES
    )
    with supervised(tmp_path, Supervised("a", code(text))) as running:
        until(lambda: running.is_up("a"))
        grandchild = int(child.read_text())
        os.kill(running.pid("a"), signal.SIGKILL)
        until(lambda: running.is_up("a", restarts=1))
        assert not alive(grandchild)


def test_a_process_that_cannot_start_ends_everything_with_its_code(tmp_path: Path) -> None:
    failing = Supervised("b", code(f"raise SystemExit({PORT_TAKEN})"))
    with supervised(tmp_path, Supervised("a", code(SERVES)), failing) as running:
        running.thread.join(timeout=30)
        assert running.result == PORT_TAKEN
    states = {state.role: state.state for state in read_states(tmp_path)}
    assert states == {"a": "stopped", "b": "failed"}


def test_the_same_code_later_is_tried_again(tmp_path: Path) -> None:
    """A port that is taken when a role comes back will be free again: the platform does not go down for it."""
    mark = tmp_path / "mark"
    text = (
        f"import os, sys; first = not os.path.exists({str(mark)!r}); open({str(mark)!r}, 'w').close()\n"
        f"if first: print('{{\"ready\": true}}', flush=True)\nsys.exit({PORT_TAKEN})"
    )
    with supervised(tmp_path, Supervised("a", code(text))) as running:
        until(lambda: (state := running.state("a")) is not None and state.restarts >= 2)
        assert running.thread.is_alive()


def test_pauses_between_starts_grow(tmp_path: Path) -> None:
    log = tmp_path / "log"
    text = f"import time; open({str(log)!r}, 'a').write(f'{{time.monotonic()}}\\n'); raise SystemExit(1)"
    with supervised(tmp_path, Supervised("a", code(text))) as _running:
        until(lambda: log.exists() and len(log.read_text().splitlines()) >= 4)
    times = [float(line) for line in log.read_text().splitlines()]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert gaps[0] >= 0.2
    assert gaps[1] >= 0.4
    assert gaps[2] >= 0.8


def test_other_output_is_not_taken_for_news(tmp_path: Path) -> None:
    text = "print('hello'); print('[1]'); print('{\"ready\": 1}'); print('x' * 200000);" + SERVES
    told: list[Mapping[str, Any]] = []
    with supervised(tmp_path, Supervised("a", code(text), told.append)) as running:
        until(lambda: running.is_up("a"))
    assert told == [{"number": 7}]


def test_nobody_outlives_a_killed_supervisor(tmp_path: Path) -> None:
    driver = f"""
import json, sys
from pathlib import Path
from mingjian.kernel.clock import SystemClock
from mingjian.workers.supervisor import STOP_WAIT_S, Supervised, Supervisor
folder = Path({str(tmp_path)!r})
(folder / "metrics").mkdir()
commands = {{"polite": {code(SERVES)!r}, "stubborn": {code(STUBBORN)!r}}}
Supervisor([Supervised(name, command) for name, command in commands.items()], folder, folder / "metrics",
           SystemClock()).run()
"""
    with subprocess.Popen(code(driver)) as supervisor:
        until(lambda: [state.state for state in read_states(tmp_path)] == ["up", "up"])
        pids = [state.pid for state in read_states(tmp_path)]
        supervisor.kill()
        started = time.monotonic()
    until(lambda: not any(alive(pid) for pid in pids if pid is not None), limit_s=10)
    assert time.monotonic() - started < 2.0


def test_the_state_file_is_never_seen_half_written(tmp_path: Path) -> None:
    with supervised(tmp_path, *(Supervised(f"p{n}", code("raise SystemExit(1)")) for n in range(4))):
        until((tmp_path / "processes.json").exists)
        for _ in range(2_000):
            json.loads((tmp_path / "processes.json").read_bytes())
