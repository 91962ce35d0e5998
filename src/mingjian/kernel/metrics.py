"""Counters and gauges of all processes of one machine, added up for one `/metrics` page.

Packages declare their metrics at import (`FRAMES = Counter("mingjian_media_frames_total", "...", ("channel",))`); the
real one is made at its first use, after `configure` has said where this process writes. Each process writes its values
into memory-mapped files in the run directory, named after the process (`media`, `api`), not its pid: counters go on
after a restart and files do not pile up. Without `configure` (tests, single commands) values stay in this process.
"""

import os
import threading
from pathlib import Path
from typing import Any, Final, Generic, Literal, TypeVar

import prometheus_client
from prometheus_client import CollectorRegistry, generate_latest, multiprocess, values

GaugeMode = Literal["livesum", "livemax", "livemin", "livemostrecent"]
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_own: Final = CollectorRegistry()
_lock: Final = threading.Lock()
_directory: Path | None = None

_Real = TypeVar("_Real", prometheus_client.Counter, prometheus_client.Gauge, prometheus_client.Histogram)


class _Declared(Generic[_Real]):
    """A metric that is made when it is first used."""

    _kind: type[_Real]

    def __init__(self, name: str, explanation: str, labels: tuple[str, ...] = (), **options: Any) -> None:
        self._declaration = (name, explanation, labels, options)
        self._real: _Real | None = None

    def labelled(self, **labels: str) -> _Real:
        """The metric of one set of labels, to keep where it is used often."""
        if self._real is None:
            with _lock:
                self._real = self._real or self._make()
        return self._real.labels(**labels) if labels else self._real

    def _make(self) -> _Real:
        name, explanation, labels, options = self._declaration
        return self._kind(name, explanation, labels, registry=_own, **options)


class Counter(_Declared[prometheus_client.Counter]):
    """Only grows; its name ends in `_total`."""

    _kind = prometheus_client.Counter

    def inc(self, amount: float = 1.0, **labels: str) -> None:
        self.labelled(**labels).inc(amount)


class Gauge(_Declared[prometheus_client.Gauge]):
    """A level. `mode` says what several processes' values make together; a dead process's value does not count."""

    _kind = prometheus_client.Gauge

    def __init__(
        self, name: str, explanation: str, labels: tuple[str, ...] = (), *, mode: GaugeMode = "livesum"
    ) -> None:
        super().__init__(name, explanation, labels, multiprocess_mode=mode)

    def set(self, value: float, **labels: str) -> None:
        self.labelled(**labels).set(value)


class Histogram(_Declared[prometheus_client.Histogram]):
    """How often a quantity (unit in the name) fell below each bound."""

    _kind = prometheus_client.Histogram

    def __init__(
        self, name: str, explanation: str, labels: tuple[str, ...] = (), *, buckets: tuple[float, ...]
    ) -> None:
        super().__init__(name, explanation, labels, buckets=buckets)

    def observe(self, value: float, **labels: str) -> None:
        self.labelled(**labels).observe(value)


def configure(directory: Path, process: str) -> None:
    """Let this process write its values to `directory` under the name `process`.

    Call it once, before any metric is used; no two living processes may have the same name. Raises RuntimeError when
    a metric was used before: its value would never be seen.
    """
    global _directory  # noqa: PLW0603 - one process, one place to write to
    if list(_own.collect()):
        raise RuntimeError("a metric was used before metrics.configure")
    directory.mkdir(parents=True, exist_ok=True)
    forget(directory, process)
    # The library reads this variable each time it opens a file; it is the only way to tell it the place.
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(directory)
    values.ValueClass = values.MultiProcessValue(lambda: process)  # type: ignore[no-untyped-call]
    _directory = directory


def render() -> bytes:
    """The page for Prometheus (CONTENT_TYPE): all processes when configured, else this one."""
    if _directory is None:
        return generate_latest(_own)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry, path=str(_directory))  # type: ignore[no-untyped-call]
    return generate_latest(registry)


def forget(directory: Path, process: str) -> None:
    """Drop the levels of a process that died; its counters stay, for they count what happened."""
    for file in directory.glob(f"gauge_*_{process}.db"):
        file.unlink(missing_ok=True)


def wipe(directory: Path) -> None:
    """Start from nothing; for the supervisor, before it starts any process."""
    for file in directory.glob("*.db"):
        file.unlink(missing_ok=True)
