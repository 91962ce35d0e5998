"""What breadth costs: two hundred cameras, cameras that send datagrams, and all of them gone and back at once."""

import shutil
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from bench.cameras import Cameras, cameras, kept, require_whole
from bench.measure import memory
from bench.platform import Data, recorder
from bench.processes import BenchError, Process
from bench.recording import PEERS, Costs, add_memory, add_ratio, after_start, others
from bench.report import Report, Row
from bench.times import Times
from mingjian.kernel.intervals import Span
from mingjian.media import store
from mingjian.media.model import GapCause
from mingjian.registry import service as registry
from mingjian.storage.engine import Database

MANY: Final = 200
GROWTH_BAR: Final = 1.2
DATAGRAM_BAR: Final = 0.8
BACK_BAR_S: Final = 15.0
BURST_BAR: Final = 50
GONE_S: Final = 10.0
_SETTLED_EMPTY_S: Final = 5.0
_BACK_LIMIT_S: Final = 60.0
_WRITTEN_LIMIT_S: Final = 15.0
_GAP_LATE_US: Final = 3_000_000


def run(report: Report, folder: Path, times: Times, costs: Costs) -> None:
    """`costs`: of a few cameras over TCP, to compare with."""
    _many(report, folder / "many", costs, times)
    for count in (PEERS, MANY):
        _datagrams(report, folder / f"udp-{count}", count, costs, times)
    _gone_and_back(report, folder / "gone")


def _many(report: Report, folder: Path, costs: Costs, times: Times) -> None:
    report.begin(f"mingjian serve --role media, {MANY} cameras over TCP")
    data = Data(folder)
    with cameras(MANY, folder.parent) as sending:
        with recorder(data) as process:
            time.sleep(_SETTLED_EMPTY_S)
            empty = memory(process.pid)
            data.register(sending.addresses)
            usage = after_start(times, [process.pid], sending, lambda: data.wait_until_recording(MANY))
            full = memory(process.pid)
        dropped = sending.finish().dropped
    remark = require_whole(kept(folder.rglob("*.mp4")), MANY, times.window_s, dropped)
    percent = usage.percent("recorder") / MANY
    add_ratio(report, f"media, {MANY} cameras", percent, costs.peer, others(usage, remark))
    report.add(Row(f"media, {MANY} cameras against {PEERS}, CPU each", percent / costs.ours, "x", bar=GROWTH_BAR))
    add_memory(report, MANY, empty, full)
    shutil.rmtree(folder)


def _datagrams(report: Report, folder: Path, count: int, costs: Costs, times: Times) -> None:
    report.begin(f"mingjian serve --role media, {count} cameras over UDP")
    data = Data(folder)
    with cameras(count, folder.parent, transport="udp") as sending:
        with recorder(data) as process:
            data.register(sending.addresses)
            usage = after_start(times, [process.pid], sending, lambda: data.wait_until_recording(count))
        sending.finish()
    found = kept(folder.rglob("*.mp4"))
    if found.cameras != count or found.twice:
        raise BenchError(f"{found.cameras} of {count} cameras over UDP, {found.twice} frames twice")
    lost, dropped = _packets(data)
    note = others(usage, f"{found.frames} frames, {lost} packets lost, {dropped} of them for want of room")
    what = f"media, {count} cameras over UDP"
    add_ratio(report, what, usage.percent("recorder") / count, costs.peer, note, DATAGRAM_BAR)
    report.add(
        Row(f"{what}, frames missing", found.missing, "frames", bar=dropped, note="no more than the kernel dropped")
    )
    shutil.rmtree(folder)


def _packets(data: Data) -> tuple[int, int]:
    """Lost on the way, and dropped by the kernel, of all connections."""
    query = select(func.sum(store.CONNECTION.c.packets_lost), func.sum(store.CONNECTION.c.packets_dropped))
    with closing(Database(data.url)) as database, database.read() as tx:
        found = list(tx.execute(query).one())
    return int(found[0] or 0), int(found[1] or 0)


def _gone_and_back(report: Report, folder: Path) -> None:
    report.begin(f"{MANY} cameras gone for {GONE_S:.0f} s and back at once")
    data = Data(folder)
    with cameras(MANY, folder.parent, "640x360", 500) as sending, recorder(data) as process:
        data.register(sending.addresses)
        data.wait_until_recording(MANY)
        time.sleep(_SETTLED_EMPTY_S)
        gone_us = time.time_ns() // 1000
        sending.vanish(GONE_S)
        returned = time.monotonic() + GONE_S
        _until(lambda: data.recording() == 0, process, "they still seem to be there")
        _until(lambda: data.recording() == MANY, process, "not all came back")
        took = time.monotonic() - returned
        _add_return(report, sending, data, took, gone_us)
    shutil.rmtree(folder)


def _add_return(report: Report, sending: Cameras, data: Data, took: float, gone_us: int) -> None:
    report.add(Row("all recording again after", took, "s", bar=BACK_BAR_S))
    report.add(Row("busiest second", sending.busiest_second(), "connections", bar=BURST_BAR))
    # The end of a gap is written with the first footage behind it.
    deadline = time.monotonic() + _WRITTEN_LIMIT_S
    while (wrong := _wrong_gaps(data, gone_us)) and time.monotonic() < deadline:
        time.sleep(0.5)
    report.add(Row("gaps that are not as it was", wrong, "channels", bar=0))


def _wrong_gaps(data: Data, gone_us: int) -> int:
    """Channels that have not exactly one gap from the moment on, closed, of at least so long, and with the cause."""
    after = Span(gone_us - _GAP_LATE_US, time.time_ns() // 1000)
    with closing(Database(data.url)) as database, database.read() as tx:
        found = [store.gaps_between(tx, channel.id, after) for channel in registry.channels(tx)]
    return sum(
        not (
            len(gaps) == 1
            and gaps[0].cause is GapCause.DEVICE_OFFLINE
            and abs(gaps[0].start_us - gone_us) < _GAP_LATE_US
            and gaps[0].end_us is not None
            and gaps[0].end_us - gone_us > (GONE_S - 1) * 1_000_000
        )
        for gaps in found
    )


def _until(condition: Callable[[], bool], process: Process, complaint: str) -> None:
    deadline = time.monotonic() + GONE_S + _BACK_LIMIT_S
    while not condition():
        if time.monotonic() > deadline or not process.alive:
            raise BenchError(f"{complaint}: {process.last_words()}")
        time.sleep(0.1)
