"""A registry of a hundred thousand channels: how soon the tree opens, something is found, and a table is in.

``python -m bench --registry``. All of it is asked over HTTP of the real API, as pages do, by
somebody who reaches everything.
"""

import csv
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Final

import httpx

from bench.platform import READY_S, Data, set_up
from bench.processes import Process, running
from bench.registry_rows import Filled, Size, fill
from bench.report import Report, Row
from mingjian.kernel.clock import SystemClock
from mingjian.registry import service as registry
from mingjian.storage.engine import Database

TREE_BAR_MS: Final = 100.0
SEARCH_BAR_MS: Final = 200.0
IMPORT_ROWS: Final = 20_000
IMPORT_BAR_S: Final = 60.0
TARGET_BAR_MS: Final = 5.0
_ROUNDS: Final = 12


def run(report: Report, folder: Path, size: Size) -> None:
    """Fill a database in `folder`, start the platform over it, and ask."""
    sizes = f"{size.channels:,} channels, {size.places:,} places, {size.organisations:,} organisations"
    report.begin(f"a registry of {sizes}")
    data = Data(folder / "data")
    begun = time.monotonic()
    with closing(Database(data.url)) as database, database.write() as tx:
        filled = fill(tx, size, SystemClock().now_us())
    report.add(Row("filling and making the directory", time.monotonic() - begun, "s"))
    with closing(Database(data.url)) as database:
        _targets(report, database, filled)
    with _serving(data) as client:
        measure(report, client, filled)
        _import(report, client, filled)


def measure(report: Report, client: httpx.Client, filled: Filled) -> None:
    """The tree and the search over HTTP, for who reaches everything."""
    top = [one for one in filled.organisations if one.parent_id is None]
    places = random.Random(3).sample(list(filled.places), 40)
    county = top[0].region_code
    nodes = ["", f"{county[:2]}0000", f"{county[:4]}00", county]
    nodes = nodes * _ROUNDS + [f"organisation:{one.id}" for one in top[:40]]
    nodes += [f"place:{one.id}" for one in places]
    asked = [f"/registry/tree?node={node}" for node in nodes]
    report.add(Row("tree opens, p95", _p95(client, asked), "ms", TREE_BAR_MS, f"{len(asked)} times"))
    words = (
        "东门球机999", "dmqj", "zhongxue", "第一中学 东门", "menzhenlou", "10.0.3.7", "sn00012345", "腾越",
        "nothing here", "不存在的名字", "球机 99 西门",
    )  # fmt: skip
    searches = [f"/registry/entries?q={word}" for word in words for _ in range(_ROUNDS)]
    note = f"{len(searches)} times, {len(words)} queries; three of them find nothing or one"
    report.add(Row("search, p95", _p95(client, searches), "ms", SEARCH_BAR_MS, note))
    rare = _p95(client, ["/registry/entries?q=nothing here"] * _ROUNDS)
    report.add(Row("search that reads all and finds nothing, p95", rare, "ms", SEARCH_BAR_MS))
    lists = [f"/registry/entries?kind=channel&under={county}"] * _ROUNDS
    report.add(Row("list of a county's channels, p95", _p95(client, lists), "ms", SEARCH_BAR_MS))


def _p95(client: httpx.Client, paths: Sequence[str]) -> float:
    times = [_timed(partial(_got, client, path)) for path in paths]
    return statistics.quantiles(times, n=20)[-1] * 1000


def _got(client: httpx.Client, path: str) -> None:
    client.get(f"/api/v1{path}").raise_for_status()


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _targets(report: Report, database: Database, filled: Filled) -> None:
    """What a request is about, by its query: one channel, and a wall of them."""
    chance = random.Random(4)
    for count, what, bar in ((1, "target of one channel", TARGET_BAR_MS), (64, "targets of a wall of 64", None)):
        times = []
        for _ in range(60):
            wanted = chance.sample(list(filled.channels), count)
            with database.read() as tx:
                times.append(_timed(partial(registry.targets, tx, wanted)))
        report.add(Row(f"{what}, median", statistics.median(times) * 1000, "ms", bar))


def _import(report: Report, client: httpx.Client, filled: Filled) -> None:
    """A table of channels, tried and imported."""
    out = StringIO()
    writer = csv.writer(out)
    writer.writerow(["通道名称", "所在场所", "部位", "码流地址", "账号", "口令", "序列号"])
    places = [one.name for one in filled.places]
    for number in range(IMPORT_ROWS):
        host = f"172.16.{number >> 8 & 255}.{number & 255}"
        address = f"rtsp://{host}:554/stream{number >> 16}"
        writer.writerow(
            [f"新增枪机{number}", places[number % len(places)], "大厅", address, "admin", "12345", f"X{number}"]
        )
    table, headers = out.getvalue().encode(), {"Content-Type": "application/octet-stream"}
    for what, path in (("tried", "/imports/try"), ("imported", "/imports")):
        begun = time.perf_counter()
        answer = client.post(f"/api/v1/registry{path}?kind=channels", content=table, headers=headers)
        seconds = time.perf_counter() - begun
        report.add(Row(f"a table of {IMPORT_ROWS:,} channels {what}", seconds, "s", IMPORT_BAR_S))
        answer.raise_for_status()
        assert answer.json()["error_count"] == 0


@contextmanager
def _serving(data: Data) -> Iterator[httpx.Client]:
    """The API alone, as its role runs: nothing is recorded here."""
    command = [sys.executable, "-m", "mingjian", "serve", "--role", "api", "--supervised", "--data", str(data.path)]
    with running(command, log=data.path / "api.log", environment={"MINGJIAN_API__PORT": "0"}) as (process,):
        address, token = _address(process)
        cookie = set_up(address, token)
        headers = {"Cookie": cookie, "Origin": address}
        with httpx.Client(base_url=address, headers=headers, timeout=120, trust_env=False) as client:
            yield client


def _address(process: Process) -> tuple[str, str]:
    found = process.line(r"(http://[^/\s]+)/setup\?token=([\w-]+)", READY_S)
    return found.group(1), found.group(2)
