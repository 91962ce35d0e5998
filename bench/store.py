"""A store of eight million segments: how soon it answers, how long a seek, a timeline, a flush and a deletion take.

``python -m bench --store [--segments N]``. The platform is the real one, with all roles, over a database that was
filled by `bench.store_rows`; its cameras answer nobody, so it is at rest but for trying.
"""

import random
import shutil
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from statistics import quantiles
from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy import func, select

from bench import caches
from bench.platform import READY_S, Data, set_up
from bench.processes import BenchError, Process, running
from bench.report import Report, Row
from bench.store_rows import FRAMES, MINUTE_US, Footage, History, S, fill, footage
from mingjian.api.schema import moment_text
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.ids import ChannelId, SegmentId, VolumeId, new_id
from mingjian.media import store, volumes
from mingjian.media.keep import store as keep
from mingjian.media.keep.deletion import Deleter
from mingjian.media.keep.model import Term, TermKind, TermSource
from mingjian.media.model import Segment, SegmentState, Volume, day_of
from mingjian.media.record.files import SegmentFiles
from mingjian.media.store import Closing
from mingjian.storage.engine import Database, Transaction

SEGMENTS: Final = 8_000_000
CHANNELS: Final = 80
VOLUMES: Final = 4
SAMPLED: Final = 300
SEEKS: Final = 200
TIMELINES: Final = 60
OPEN: Final = 10_000
START_BAR_S: Final = 5.0
RECOVERY_BAR_S: Final = 10.0
SEEK_BAR_MS: Final = 100.0
TIMELINE_BAR_MS: Final = 200.0
DAY_US: Final = 86_400 * S
_WINDOW_US: Final = 10 * S
_FLUSHES: Final = 60
_ANSWER_S: Final = 120.0


def needed_bytes(segments: int) -> int:
    """A row with its index takes 4.7 kB; a sampled file 15 MB; a file to recover 0.5 MB."""
    return segments * 4_800 + SAMPLED * 16_000_000 + OPEN * 600_000 + (1 << 30)


def run(report: Report, folder: Path, segments: int) -> None:
    """Fill a database in `folder` and measure. Raises BenchError when there is not enough room."""
    if (free := shutil.disk_usage(folder).free) < (needed := needed_bytes(segments)):
        raise BenchError(f"{needed >> 30} GiB are needed in {folder}, {free >> 30} GiB are free; see --dir, --segments")
    site = _filled(report, folder, segments)
    report.begin(f"the platform over {segments:,} segments, {caches.how()}")
    with site.serving(programs_too=True) as served:
        report.add(Row("start to the first answer, all cold", served.seconds, "s", START_BAR_S, "all roles"))
    with site.serving() as served:
        report.add(Row("start to the first answer, database cold", served.seconds, "s", START_BAR_S, "all roles"))
        _seeks(report, site, served)
        _timelines(report, site, served)
        _pages(report, site, served)
    _flushes(report, site)
    _deletions(report, site)
    _recovery(report, site, folder)


@dataclass(slots=True)
class _Served:
    """A platform that answers, and a person who is signed in."""

    address: str
    seconds: float
    client: httpx.Client


@dataclass(slots=True)
class _Site:
    data: Data
    channels: Sequence[UUID]
    volumes: Sequence[Volume]
    history: History
    cookie: str = ""
    files: list[Path] = field(default_factory=list)

    def forget(self) -> None:
        caches.drop(self._paths())

    def _paths(self) -> list[Path]:
        database = self.data.path / "mingjian.db"
        return [database, database.with_name("mingjian.db-wal"), *self.files]

    @contextmanager
    def serving(self, *, programs_too: bool = False) -> Iterator[_Served]:
        """`mingjian serve` over a database that is not in memory; `seconds` from the command to the first answer."""
        if programs_too:
            self.forget()
        else:
            caches.give_up(self._paths())
        port = _free_port()
        address = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "mingjian", "serve", "--data", str(self.data.path)]
        environment = {"MINGJIAN_API__PORT": str(port)}
        began = time.monotonic()
        with running(command, log=self.data.path / "serve.log", environment=environment) as (process,):
            _wait_for(address, port, process)
            seconds = time.monotonic() - began
            if not self.cookie:
                self.cookie = set_up(address, process.line(r"token=(\S+)", READY_S).group(1))
            headers = {"Cookie": self.cookie, "Origin": address}
            with httpx.Client(base_url=f"{address}/api/v1", headers=headers, timeout=_ANSWER_S) as client:
                yield _Served(address, seconds, client)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def _wait_for(address: str, port: int, process: Process) -> None:
    """Until the first answer; waiting costs the starting platform next to nothing."""
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and process.alive:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=READY_S).close()
        except OSError:
            time.sleep(0.02)
            continue
        if httpx.get(f"{address}/api/v1/state", timeout=READY_S).status_code == httpx.codes.OK:
            return
    raise BenchError(f"it does not answer: {process.last_words()}")


def _filled(report: Report, folder: Path, segments: int) -> _Site:
    report.begin(f"filling a database with {segments:,} segments of {CHANNELS} channels")
    path = folder / "store"
    path.mkdir(mode=0o700)
    data = Data(path)
    channels = data.register([f"rtsp://127.0.0.1:9/{number}" for number in range(CHANNELS)])
    now_us = SystemClock().now_us()
    with closing(Database(data.url)) as database:
        made = [volumes.ensure(database, path / "video", demonstration=False, limit_bytes=None, now_us=now_us)]
        made += [volumes.add(database, path / f"video{number}", "default", now_us) for number in range(1, VOLUMES)]
    minute = footage(folder / "clips", now_us, 60, key_bytes=60_000, frame_bytes=8_000)
    history = History(channels, [one.id for one in made], segments, now_us - 60 * MINUTE_US, minute, SAMPLED)
    site = _Site(data, channels, made, history)
    with site.serving(programs_too=True) as empty:
        report.add(Row("start to the first answer, empty, all cold", empty.seconds, "s", note="all roles, first start"))
    began = time.monotonic()
    fill(data.url, history)
    size = (path / "mingjian.db").stat().st_size
    report.add(Row("time to fill", time.monotonic() - began, "s", note=f"{size / 1e9:.1f} GB"))
    for sample in history.samples:
        file = Path(made[sample.volume].path) / sample.path_name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(minute.content)
        site.files.append(file)
    return site


# Through HTTP


def _seeks(report: Report, site: _Site, served: _Served) -> None:
    noise, first, whole = random.Random(17), [], []
    views = [_view(served, site.channels[at : at + 40]) for at in range(0, CHANNELS, 40)]
    for _ in range(SEEKS):
        sample = noise.choice(site.history.samples)
        start_us = sample.start_us + noise.randrange(50 * S)
        view = views[site.channels.index(sample.channel) // 40]
        asked = {"from": moment_text(start_us), "to": moment_text(start_us + _WINDOW_US)}
        site.forget()
        began = time.monotonic()
        with served.client.stream("GET", f"/views/{view}/media/{sample.channel}", params=asked) as answer:
            if answer.status_code != httpx.codes.OK:
                raise BenchError(f"a seek was answered with {answer.status_code}")
            size, stream = 0, answer.iter_raw()
            size += len(next(stream))
            first.append(1000 * (time.monotonic() - began))
            size += sum(map(len, stream))
        whole.append(1000 * (time.monotonic() - began))
        if size < 9 * len(site.history.minute.content) // 60:
            raise BenchError(f"a seek got {size} bytes")
    _percentiles(report, "first byte of a seek", first, SEEK_BAR_MS)
    _percentiles(report, "ten seconds of footage, whole", whole, None)


def _view(served: _Served, channels: Sequence[UUID]) -> str:
    body = {"kind": "playback", "channels": [str(one) for one in channels], "reason": "bench"}
    answer = served.client.post("/views", json=body)
    if answer.status_code != httpx.codes.CREATED:
        raise BenchError(f"the view was refused: {answer.text[:500]}")
    return str(answer.json()["id"])


def _timelines(report: Report, site: _Site, served: _Served) -> None:
    noise, history = random.Random(19), site.history
    for days, bar, count in ((1, TIMELINE_BAR_MS, TIMELINES), (31, None, 10)):
        room = max(1, history.end_us - history.begin_us - days * DAY_US)
        taken = []
        for _ in range(count):
            start_us = history.begin_us + noise.randrange(room)
            asked = {"from": moment_text(start_us), "to": moment_text(start_us + days * DAY_US)}
            taken.append(_asked(site, served, f"/channels/{noise.choice(site.channels)}/timeline", asked))
        _percentiles(report, f"timeline of {days} d", taken, bar)


def _pages(report: Report, site: _Site, served: _Served) -> None:
    for path in ("/channels", "/storage", f"/channels/{site.channels[0]}/connections", "/holds", "/alerts"):
        taken = [_asked(site, served, path, {}) for _ in range(10)]
        _percentiles(report, f"GET {path.replace(str(site.channels[0]), '…')}", taken, None)


def _asked(site: _Site, served: _Served, path: str, asked: dict[str, str]) -> float:
    """Milliseconds of one answer from a cold cache."""
    site.forget()
    began = time.monotonic()
    answer = served.client.get(path, params=asked)
    if answer.status_code != httpx.codes.OK:
        raise BenchError(f"{path} was answered with {answer.status_code}: {answer.text[:300]}")
    return 1000 * (time.monotonic() - began)


# In the database


class _Timed(Database):
    """Notes how long each writing transaction held the lock."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.held_ms: list[float] = []

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        with super().write() as tx:
            began = time.monotonic()
            yield tx
        self.held_ms.append(1000 * (time.monotonic() - began))


def _flushes(report: Report, site: _Site) -> None:
    """What the recorder's writer does each second, and each minute, for every channel at once."""
    now_us, grown, turned = SystemClock().now_us(), [], []
    site.forget()
    with closing(Database(site.data.url)) as database:
        rows = _open_rows(site, now_us, CHANNELS)
        _took(database, lambda tx: store.open_segments(tx, rows))
        _took(database, lambda tx: store.begin_segments(tx, rows))
        for number in range(_FLUSHES):
            index = site.history.minute.records[: 52 * (number + 1)]
            indexes = dict.fromkeys((one.id for one in rows), index)
            grown.append(_took(database, partial(store.flush_segments, indexes=indexes)))
        for _ in range(10):
            following = _open_rows(site, now_us, CHANNELS)
            closings = [_closing(site, one) for one in rows]
            turned.append(_took(database, partial(_turn, following=following, closings=closings)))
            rows = following
        with database.write() as tx:
            store.forget_segments(tx, [one.id for one in rows])
    _percentiles(report, f"flush of {CHANNELS} channels", grown, None)
    _percentiles(report, f"flush in which {CHANNELS} segments end and begin", turned, None)


def _turn(tx: Transaction, following: Sequence[Segment], closings: Sequence[Closing]) -> None:
    store.open_segments(tx, following)
    store.begin_segments(tx, following)
    store.close_segments(tx, closings)


def _took(database: Database, work: Callable[[Transaction], object]) -> float:
    began = time.monotonic()
    with database.write() as tx:
        work(tx)
    return 1000 * (time.monotonic() - began)


def _open_rows(site: _Site, start_us: int, count: int, minute: Footage | None = None) -> list[Segment]:
    made = minute or site.history.minute
    volume_ids = [VolumeId(one.id) for one in site.volumes]
    found = []
    for number in range(count):
        segment_id = SegmentId(new_id(start_us))
        # A few more channels than there are: whose they are is nobody's business here.
        channel = site.channels[number] if number < len(site.channels) else new_id(start_us)
        path_name = f"bench/{number % 100:02d}/{segment_id}.mp4"
        volume_id = volume_ids[number % len(volume_ids)]
        found.append(
            Segment(
                segment_id,
                ChannelId(channel),
                volume_id,
                SegmentState.OPEN,
                path_name,
                start_us,
                start_us,
                0,
                made.init_size,
                0,
                made.parameters,
            )
        )
    return found


def _closing(site: _Site, row: Segment) -> Closing:
    minute = site.history.minute
    size, frames = len(minute.content), minute.fragments * FRAMES
    return Closing(row.id, row.start_us, row.start_us + MINUTE_US, size, frames, minute.digest, minute.records)


def _deletions(report: Report, site: _Site) -> None:
    """The first day of every channel comes to the end of its term."""
    history, now_us = site.history, SystemClock().now_us()
    days = day_of(now_us) - day_of(history.begin_us) - 1
    with closing(_Timed(site.data.url)) as database:
        with database.write() as tx:
            for kind, source in ((TermKind.MINIMUM, TermSource.LAW), (TermKind.MAXIMUM, TermSource.POLICY)):
                keep.add_term(tx, Term(new_id(now_us), None, kind, days, source, "bench", "bench", now_us))
        deleter = Deleter(database, lambda volume: SegmentFiles(Path(volume.path)))
        steps: list[tuple[str, Callable[[], int]]] = [
            ("mark a day of every channel", partial(deleter.mark_due, now_us)),
            ("look for what to mark, nothing due", partial(deleter.mark_due, now_us)),
            ("let it go", partial(deleter.purge_due, now_us + 1, 0)),
        ]
        for what, work in steps:
            site.forget()
            database.held_ms.clear()
            began = time.monotonic()
            count = work()
            longest = f"{count} segments, longest transaction {max(database.held_ms, default=0):.0f} ms"
            report.add(Row(what, time.monotonic() - began, "s", note=longest))


# After a death


def _recovery(report: Report, site: _Site, folder: Path) -> None:
    """A recorder died with ten thousand segments open: a fragment of each is not in its index yet."""
    now_us = SystemClock().now_us()
    grown = footage(folder / "clips", now_us, 30, key_bytes=4_000, frame_bytes=500)
    rows = _open_rows(site, now_us, OPEN, grown)
    with closing(Database(site.data.url)) as database:
        for at in range(0, OPEN, 1_000):
            part = rows[at : at + 1_000]
            with database.write() as tx:
                store.open_segments(tx, part)
                store.flush_segments(tx, dict.fromkeys((one.id for one in part), grown.records[:-52]))
    roots = {one.id: Path(one.path) for one in site.volumes}
    for one in rows:
        file = roots[one.volume_id] / one.path_name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(grown.content)
        site.files.append(file)
    site.forget()
    began = time.monotonic()
    command = [sys.executable, "-m", "mingjian", "serve", "--role", "media", "--supervised"]
    with running([*command, "--data", str(site.data.path)], log=site.data.path / "media.log") as (process,):
        process.line(r'"ready": true', READY_S)
        ready = time.monotonic() - began
        left = _until_recovered(site)
        seconds = time.monotonic() - began
    report.add(Row("media, start to ready", ready, "s", RECOVERY_BAR_S, f"{OPEN} segments left open"))
    report.add(Row("media, start to all recovered", seconds, "s", RECOVERY_BAR_S, f"{left} not recovered"))
    if left or _recovered(site, rows) != OPEN:
        raise BenchError(f"{left} segments are open, {_recovered(site, rows)} of {OPEN} were recovered whole")


def _until_recovered(site: _Site) -> int:
    deadline = time.monotonic() + READY_S
    with closing(Database(site.data.url)) as database:
        while True:
            with database.read() as tx:
                left = sum(len(store.segments_left_open(tx, VolumeId(one.id))) for one in site.volumes)
            if not left or time.monotonic() > deadline:
                return left
            time.sleep(0.05)


def _recovered(site: _Site, rows: Sequence[Segment]) -> int:
    """How many were closed with all they had, the fragment behind the index too."""
    table: Any = store.SEGMENT.c
    found = 0
    with closing(Database(site.data.url)) as database, database.read() as tx:
        for at in range(0, len(rows), 1_000):
            ids = [one.id for one in rows[at : at + 1_000]]
            whole = (table.state == SegmentState.CLOSED, table.recovered, table.frames == 30 * FRAMES)
            found += int(tx.execute(select(func.count()).where(table.id.in_(ids), *whole)).scalar_one())
    return found


def _percentiles(report: Report, what: str, taken: Sequence[float], bar: float | None) -> None:
    cuts = quantiles(taken, n=20, method="inclusive")
    note = f"{len(taken)} times, p50 {cuts[9]:.0f} ms, longest {max(taken):.0f} ms"
    report.add(Row(f"{what}, p95", cuts[18], "ms", bar, note))
