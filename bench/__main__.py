"""``python -m bench [--quick] [--json FILE] [--dir DIR]``; ``python -m bench --ingest`` for two hundred cameras,
datagrams, and all of them gone and back; ``python -m bench --store [--segments N]`` for a store of eight million
segments; ``python -m bench --registry`` for a registry of a hundred thousand channels; ``python -m bench --law`` for
questions of law: exit code 0 when every bar held, 1 when one did not, 2 when something could not be measured.
"""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Final

from bench import browser, ingest, law, recording, registry, store
from bench.processes import BenchError
from bench.registry_rows import Size
from bench.report import Report, conditions
from bench.times import FULL, QUICK, Times

NEEDED_BYTES: Final = 6 << 30
INGEST_BYTES: Final = 16 << 30
STORE_LIMIT_S: Final = 3_600
REGISTRY_LIMIT_S: Final = 2_400
# Rendered once and kept: a minute of both cores.
SCENES: Final = Path(".run/scenes")


def main() -> int:
    options = _options()
    times = QUICK if options.quick else FULL
    report = Report()
    try:
        facts = conditions()
        if options.law:
            law.run(report)
        elif options.registry:
            _measure_registry(report, options.dir)
        elif options.store:
            _measure_store(report, options.dir, options.segments)
        elif options.ingest:
            _measure_ingest(report, options.dir, times)
        else:
            _measure(report, options.dir, times)
    except (BenchError, OSError) as error:
        print(f"bench: {error}", file=sys.stderr)
        return 2
    report.print()
    if options.json:
        report.write(options.json, facts)
    return 0 if report.held else 1


def _measure(report: Report, parent: Path, times: Times) -> None:
    parent.mkdir(exist_ok=True)
    if (free := shutil.disk_usage(parent).free) < NEEDED_BYTES:
        raise BenchError(f"{NEEDED_BYTES >> 30} GiB are needed in {parent}, {free >> 30} GiB are free; see --dir")
    _bound(times.limit_s)
    with tempfile.TemporaryDirectory(dir=parent, prefix="b") as folder:
        recording.run(report, Path(folder), times)
        browser.run(report, Path(folder), SCENES, pictures=times.pictures, joins=times.pictures // 12)
    signal.alarm(0)


def _measure_ingest(report: Report, parent: Path, times: Times) -> None:
    parent.mkdir(exist_ok=True)
    if (free := shutil.disk_usage(parent).free) < INGEST_BYTES:
        raise BenchError(f"{INGEST_BYTES >> 30} GiB are needed in {parent}, {free >> 30} GiB are free; see --dir")
    _bound(times.limit_s)
    with tempfile.TemporaryDirectory(dir=parent, prefix="i") as folder:
        costs = recording.compare(report, Path(folder), times)
        ingest.run(report, Path(folder), times, costs)
    signal.alarm(0)


def _measure_store(report: Report, parent: Path, segments: int) -> None:
    parent.mkdir(exist_ok=True)
    _bound(STORE_LIMIT_S)
    with tempfile.TemporaryDirectory(dir=parent, prefix="s") as folder:
        store.run(report, Path(folder), segments)
    signal.alarm(0)


def _measure_registry(report: Report, parent: Path) -> None:
    parent.mkdir(exist_ok=True)
    _bound(REGISTRY_LIMIT_S)
    with tempfile.TemporaryDirectory(dir=parent, prefix="r") as folder:
        registry.run(report, Path(folder), Size())
    signal.alarm(0)


def _bound(limit_s: int) -> None:
    # By exceptions, so that every process that was started is ended and every file removed.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(limit_s)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(2)


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise BenchError("this machine is too slow or too busy: it took longer than the limit")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Performance against ffmpeg in the same run")
    parser.add_argument("--quick", action="store_true", help="short windows, for development")
    parser.add_argument("--law", action="store_true", help="questions of law a second instead")
    parser.add_argument("--ingest", action="store_true", help="many cameras, datagrams, all gone and back instead")
    parser.add_argument("--store", action="store_true", help="a store of millions of segments instead")
    parser.add_argument("--registry", action="store_true", help="a registry of a hundred thousand channels instead")
    parser.add_argument("--segments", type=int, default=store.SEGMENTS, help="with --store: how many (%(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    parser.add_argument("--dir", type=Path, default=Path(".bench"), help="where footage goes until the end")
    return parser.parse_args()


sys.exit(main())
