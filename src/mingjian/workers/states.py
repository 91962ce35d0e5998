"""How each process is doing: a small JSON file in the run directory, replaced as a whole, read by /health."""

import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

FILE_NAME: Final = "processes.json"
_LIMIT: Final = 1 << 20

ProcessPhase = Literal["starting", "up", "waiting", "stopping", "stopped", "failed"]
"""`waiting`: it died and is started again after a pause. `failed`: it cannot start as things are."""


@dataclass(frozen=True, slots=True)
class ProcessState:
    """One supervised process; `started_us` is wall time in microseconds of its last start, `restarts` counts them."""

    role: str
    pid: int | None
    started_us: int
    restarts: int
    state: ProcessPhase


def write_states(run_dir: Path, states: Iterable[ProcessState]) -> None:
    """Replace the file: a reader sees the old or the new one, never half of one."""
    text = json.dumps({"supervisor_pid": os.getpid(), "processes": [asdict(state) for state in states]})
    new = run_dir / f"{FILE_NAME}.new"
    new.write_text(text)
    new.replace(run_dir / FILE_NAME)


def read_states(run_dir: Path) -> list[ProcessState]:
    """What the supervisor last wrote; empty when a role runs alone, without a supervisor."""
    try:
        with (run_dir / FILE_NAME).open("rb") as file:
            document = json.loads(file.read(_LIMIT))
    except FileNotFoundError:
        return []
    return [ProcessState(**entry) for entry in document["processes"]]
