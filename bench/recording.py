"""What recording costs: one `ffmpeg -c copy` for each camera against one media process for all."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.cameras import Cameras, cameras, kept, require_whole
from bench.measure import Memory, Usage, Window, memory
from bench.platform import Data, recorder, whole
from bench.processes import BenchError, Process, running
from bench.report import Report, Row
from bench.times import Times
from bench.viewing import Viewing

PEERS: Final = 20
MANY: Final = 60
RATIO_BAR: Final = 0.5
MEMORY_BAR_MB: Final = 3.0
_SETTLED_EMPTY_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Costs:
    """Percent of a core for each camera, PEERS of them over TCP: ffmpeg's, and the recorder's."""

    peer: float
    ours: float


def run(report: Report, folder: Path, times: Times) -> None:
    """Every comparison, one after the other, so that none disturbs another."""
    costs = compare(report, folder, times)
    _ours(report, folder / f"media-{MANY}", MANY, costs.peer, times)
    _whole(report, folder / "whole", costs.peer, times)


def compare(report: Report, folder: Path, times: Times) -> Costs:
    """Ffmpeg and the recorder with as many cameras."""
    peer = _peer(report, folder / "peer", times)
    return Costs(peer, _ours(report, folder / f"media-{PEERS}", PEERS, peer, times))


def _peer(report: Report, folder: Path, times: Times) -> float:
    """Percent of a core for each process of ffmpeg."""
    report.begin(f"ffmpeg -c copy, {PEERS} cameras, a process each")
    folder.mkdir()
    with cameras(PEERS, folder.parent) as sending:
        commands = [_ffmpeg(one, folder / f"{number}-%03d.mp4") for number, one in enumerate(sending.addresses)]
        with running(*commands, log=folder / "ffmpeg.log") as processes:
            usage = after_start(times, [one.pid for one in processes], sending)
            resident = [memory(one.pid) for one in processes if one.alive]
            _require_alive(processes)
        remark = _remark(folder, sending, PEERS, times)
    percent = usage.percent("recorder") / PEERS
    report.add(Row("ffmpeg, CPU per camera", percent, "% of a core", note=others(usage, remark)))
    report.add(Row("ffmpeg, memory per camera", sum(one.pss_mb for one in resident) / PEERS, "MB (PSS)"))
    shutil.rmtree(folder)
    return percent


def _ffmpeg(address: str, target: Path) -> list[str]:
    command = ["ffmpeg", "-nostdin", "-v", "error", "-rtsp_transport", "tcp", "-i", address, "-c", "copy"]
    command += ["-f", "segment", "-segment_time", "60", "-segment_format", "mp4"]
    return [*command, "-segment_format_options", "movflags=+frag_keyframe+empty_moov", str(target)]


def _require_alive(processes: list[Process]) -> None:
    if dead := [one for one in processes if not one.alive]:
        raise BenchError(f"{len(dead)} recorders ended by themselves: {dead[0].last_words()}")


def _ours(report: Report, folder: Path, count: int, peer: float, times: Times) -> float:
    report.begin(f"mingjian serve --role media, {count} cameras")
    data = Data(folder)
    with cameras(count, folder.parent) as sending:
        with recorder(data) as process:
            time.sleep(_SETTLED_EMPTY_S)
            empty = memory(process.pid)
            data.register(sending.addresses)
            usage = after_start(times, [process.pid], sending, lambda: data.wait_until_recording(count))
            full = memory(process.pid)
        remark = _remark(folder, sending, count, times)
    percent = usage.percent("recorder") / count
    add_ratio(report, f"media, {count} cameras", percent, peer, others(usage, remark))
    if count == MANY:
        add_memory(report, count, empty, full)
    shutil.rmtree(folder)
    return percent


def after_start(times: Times, pids: list[int], sending: Cameras, ready: Callable[[], None] = lambda: None) -> Usage:
    """CPU between `times.settle_s` after the start and the end of the window."""
    began = time.monotonic()
    ready()
    time.sleep(max(0.0, began + times.settle_s - time.monotonic()))
    window = Window({"recorder": pids}, ours=[sending.pid])
    time.sleep(times.window_s)
    return window.close()


def _remark(folder: Path, sending: Cameras, count: int, times: Times) -> str:
    # Sending stops after recording has, so that the end of the files is not a loss.
    sent = sending.finish()
    return require_whole(kept(folder.rglob("*.mp4")), count, times.window_s, sent.dropped)


def others(usage: Usage, remark: str) -> str:
    return f"others took {usage.others_percent:.0f} % of a core; {remark}"


def add_ratio(report: Report, what: str, percent: float, peer: float, note: str, bar: float = RATIO_BAR) -> None:
    report.add(Row(f"{what}, CPU per camera", percent, "% of a core", note=note))
    report.add(Row(f"{what}, CPU against ffmpeg", percent / peer, "x", bar=bar))


def add_memory(report: Report, count: int, empty: Memory, full: Memory) -> None:
    each = (full.rss_mb - empty.rss_mb) / count
    each_pss = (full.pss_mb - empty.pss_mb) / count
    report.add(Row("media, memory without cameras", empty.rss_mb, "MB (RSS)", note=f"{empty.pss_mb:.1f} MB PSS"))
    report.add(Row(f"media, memory with {count} cameras", full.rss_mb, "MB (RSS)", note=f"{full.pss_mb:.1f} MB PSS"))
    note = f"{each_pss:.2f} MB PSS"
    report.add(Row("media, memory per camera above empty", each, "MB (RSS)", bar=MEMORY_BAR_MB, note=note))


def _whole(report: Report, folder: Path, peer: float, times: Times) -> None:
    report.begin("mingjian serve, every role, 20 cameras")
    data = Data(folder)
    with cameras(20, folder.parent) as sending:
        with whole(data) as platform:
            channels = data.register(sending.addresses)
            began = time.monotonic()
            data.wait_until_recording(20)
            time.sleep(max(0.0, began + times.settle_s - time.monotonic()))
            window = Window({role: [pid] for role, pid in platform.pids.items()}, ours=[sending.pid])
            time.sleep(times.window_s)
            usage = window.close()
            rest = {role: usage.percent(role) for role in platform.pids if role != "media"}
            note = ", ".join(f"{role} {percent:.2f} %" for role, percent in rest.items())
            percent = usage.percent(*platform.pids) / 20
            add_ratio(report, "serve (all roles), 20 cameras", percent, peer, f"{others(usage, '')}{note} of a core")
            Viewing(report, platform, channels, times, sending.pid).run(usage)
        _remark(folder, sending, 20, times)
    shutil.rmtree(folder)
