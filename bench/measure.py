"""What processes cost, from /proc: CPU time (proc(5), fields utime and stime of `stat`) and memory (`smaps_rollup`)."""

import os
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_PROC: Final = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU of named groups of processes over a window, in seconds of one core; `others`: whatever else ran here."""

    seconds: float
    cpu_s: Mapping[str, float]
    others_s: float

    def percent(self, *groups: str) -> float:
        """Share of one core, in percent, of these groups together."""
        return 100 * sum(self.cpu_s[group] for group in groups) / self.seconds

    @property
    def others_percent(self) -> float:
        return 100 * self.others_s / self.seconds


@dataclass(frozen=True, slots=True)
class Memory:
    """Resident (RSS) and proportional (PSS: shared pages divided among sharers) size in MB of 10^6 bytes."""

    rss_mb: float
    pss_mb: float


class Window:
    """CPU between two moments. `groups` are measured; `ours` are known and neither measured nor called others."""

    def __init__(self, groups: Mapping[str, Sequence[int]], ours: Iterable[int] = ()) -> None:
        self._groups = groups
        self._ours = [*ours, os.getpid()]
        self._began = time.monotonic()
        self._before = {name: cpu_s(pids) for name, pids in groups.items()}
        self._others = self._elsewhere_s(self._before)

    def close(self) -> Usage:
        after = {name: cpu_s(pids) for name, pids in self._groups.items()}
        others = self._elsewhere_s(after)
        seconds = time.monotonic() - self._began
        spent = {name: after[name] - self._before[name] for name in after}
        return Usage(seconds, spent, max(0.0, others - self._others))

    def _elsewhere_s(self, groups: Mapping[str, float]) -> float:
        return _busy_s() - sum(groups.values()) - cpu_s(self._ours)


def cpu_s(pids: Iterable[int]) -> float:
    """User and system time so far of these processes, their threads included."""
    return sum(_process_ticks(pid) for pid in pids) / _TICKS


def memory(pid: int) -> Memory:
    lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()
    sizes = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines[1:]}
    return Memory(sizes["Rss"] / 1e6, sizes["Pss"] / 1e6)


def _process_ticks(pid: int) -> int:
    # The name of the program is in parentheses and may hold anything; what follows the last one are plain numbers.
    fields = (_PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _busy_s() -> float:
    """CPU time of the whole machine: user, nice, system, irq, softirq."""
    fields = [int(field) for field in (_PROC / "stat").read_text().split("\n", 1)[0].split()[1:]]
    return (sum(fields[:3]) + fields[5] + fields[6]) / _TICKS
