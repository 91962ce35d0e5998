"""Rows of the result: as a table for people, as JSON for programs."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Row:
    """One number. `bar` is the most that it may be; None where nothing was promised."""

    what: str
    value: float
    unit: str
    bar: float | None = None
    note: str = ""

    @property
    def held(self) -> bool:
        return self.bar is None or self.value <= self.bar


class Report:
    """Collects rows; says each as soon as it is known, since the whole takes minutes."""

    def __init__(self) -> None:
        self.rows: list[Row] = []
        # Rows are not folded on a pipe: nobody knows how wide its end is.
        self._console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)

    def add(self, row: Row) -> None:
        self.rows.append(row)
        self._console.print(f"  {row.what}: {_number(row)} {row.note}".rstrip(), markup=False)

    def begin(self, what: str) -> None:
        self._console.print(what, style="bold")

    @property
    def held(self) -> bool:
        return all(row.held for row in self.rows)

    def print(self) -> None:
        table = Table("what", "value", "bar", "", "remarks", box=None, pad_edge=False)
        table.columns[1].justify = table.columns[2].justify = "right"
        for row in self.rows:
            bar = "" if row.bar is None else f"{row.bar:g}"
            table.add_row(row.what, _number(row), bar, _verdict(row), row.note)
        self._console.print(table)

    def write(self, path: Path, facts: Mapping[str, Any]) -> None:
        rows = [{**asdict(row), "held": row.held} for row in self.rows]
        path.write_text(json.dumps({"conditions": facts, "rows": rows}, ensure_ascii=False, indent=2) + "\n")


def conditions() -> dict[str, Any]:
    """The machine, as far as it matters to the numbers."""
    model = next((line.split(":")[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")), "")
    version = subprocess.run(["ffmpeg", "-version"], capture_output=True, text=True, check=True).stdout
    return {
        "processor": model,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "ffmpeg": version.split()[2],
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()


def _number(row: Row) -> str:
    digits = 0 if row.unit in ("", "ms") else 3 if row.unit in ("% of a core", "x") else 2
    return f"{row.value:.{digits}f} {row.unit}".strip()


def _verdict(row: Row) -> str:
    return "" if row.bar is None else "held" if row.held else "MISSED"
