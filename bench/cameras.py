"""The simulated cameras of a bench, and which of their frames a recorder has kept."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.processes import BenchError, Process, running
from mingjian.simulate import readback

KBPS: Final = 4000
FPS: Final = 25
_START_S: Final = 120.0
"""The first start encodes the clip."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Frames sent, by the camera's number; `dropped`: not sent because a reader did not keep up."""

    frames: dict[int, int]
    dropped: int


class Cameras:
    """Cameras in a process of their own."""

    def __init__(self, process: Process, port: int, count: int) -> None:
        self._process = process
        self.addresses = [f"rtsp://127.0.0.1:{port}/cam/{number}" for number in range(1, count + 1)]

    @property
    def pid(self) -> int:
        return self._process.pid

    def vanish(self, seconds: float) -> None:
        """All are gone at once, for so long; the count of connections begins anew."""
        self._process.tell(f"outage {seconds}")
        self._process.line(r'"outage_s"', 20)

    def busiest_second(self) -> int:
        """The most connections that any one second saw."""
        self._process.tell("attempts")
        return int(json.loads(self._process.line(r"^\{.*busiest_second.*\}$", 20).group())["busiest_second"])

    def finish(self) -> Sent:
        """Stop sending and say what was sent."""
        self._process.ask_to_stop()
        said = json.loads(self._process.line(r"^\{.*\}$", 20).group())
        main = {path: count for path, count in said["frames_sent"].items() if not path.endswith("/sub")}
        by_camera = {int(path.rpartition("/")[2]): count for path, count in main.items()}
        return Sent(by_camera, sum(said["frames_dropped"].values()))


@contextmanager
def cameras(
    count: int,
    folder: Path,
    size: str = "1920x1080",
    kbps: int = KBPS,
    *,
    transport: str = "both",
    more: Sequence[str] = (),
) -> Iterator[Cameras]:
    """H.264, by default 1080p25 at 4 Mbit/s. `transport`: `both`, or what alone they take, `tcp` or `udp`; `more`:
    other words for `mingjian.simulate.load`, such as `--sound`, `aac`.
    """
    command = [sys.executable, "-m", "mingjian.simulate.load", "--cameras", str(count), "--kbps", str(kbps)]
    command += ["--fps", str(FPS), "--size", size, "--port", "0", "--cache", str(folder / "cache")]
    command += ["--transport", transport, *more]
    with running(command, log=folder / "cameras.log") as (process,):
        port = json.loads(process.line(r"^\{.*ready.*\}$", _START_S).group())["port"]
        yield Cameras(process, int(port), count)


@dataclass(frozen=True, slots=True)
class Kept:
    """What files hold: frames, and between the first and last of each camera those missing and those there twice."""

    cameras: int
    frames: int
    missing: int
    twice: int


def kept(files: Iterable[Path]) -> Kept:
    """Look for the stamps in the bytes of these files. Each camera must have been played once only."""
    seen: dict[int, Counter[int]] = {}
    for file in files:
        for stamp in readback.stamps(file.read_bytes()):
            seen.setdefault(stamp.camera, Counter())[stamp.frame] += 1
    frames = sum(one.total() for one in seen.values())
    missing = sum(len(readback.missing(one)) for one in seen.values())
    return Kept(len(seen), frames, missing, frames - sum(len(one) for one in seen.values()))


def require_whole(found: Kept, cameras: int, seconds: float, dropped: int) -> str:
    """A recorder that loses frames is cheap: raises BenchError unless all are there. Returns the remark for the row."""
    expected = cameras * seconds * FPS
    remark = f"{found.frames} frames, {found.missing} missing, {found.twice} twice"
    if found.cameras != cameras or found.missing or found.twice or dropped or found.frames < 0.9 * expected:
        raise BenchError(f"recording is not whole: {found.cameras} of {cameras} cameras, {remark}, {dropped} not taken")
    return remark
