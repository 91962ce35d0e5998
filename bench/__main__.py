"""``python -m bench [--quick] [--json FILE] [--dir DIR]``: exit code 0 when every bar held, 1 when one did not, 2 when
something could not be measured.
"""

import argparse
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Final

from bench import browser, recording
from bench.processes import BenchError
from bench.report import Report, conditions
from bench.times import FULL, QUICK, Times

NEEDED_BYTES: Final = 6 << 30
# Rendered once and kept: a minute of both cores.
SCENES: Final = Path(".run/scenes")


def main() -> int:
    options = _options()
    times = QUICK if options.quick else FULL
    report = Report()
    try:
        facts = conditions()
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
    # By exceptions, so that every process that was started is ended and every file removed.
    signal.signal(signal.SIGTERM, _end)
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(times.limit_s)
    with tempfile.TemporaryDirectory(dir=parent, prefix="b") as folder:
        recording.run(report, Path(folder), times)
        browser.run(report, Path(folder), SCENES, pictures=times.pictures, joins=times.pictures // 12)
    signal.alarm(0)


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(2)


def _too_long(_number: int, _frame: FrameType | None) -> None:
    raise BenchError("this machine is too slow or too busy: it took longer than the limit")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Performance against ffmpeg in the same run")
    parser.add_argument("--quick", action="store_true", help="short windows, for development")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the numbers there too")
    parser.add_argument("--dir", type=Path, default=Path(".bench"), help="where footage goes until the end")
    return parser.parse_args()


sys.exit(main())
