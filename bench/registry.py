"""A registry of a hundred thousand channels and five thousand people: how soon pages open, something is found, a table
is in, and whether somebody may do something is answered.

``python -m bench --registry``. Pages are asked for over HTTP of the real API, as the console does, by
somebody who reaches everything; then by queries for people who reach a part.
"""

import csv
import random
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Final

import httpx

from bench.people_rows import Staff
from bench.people_rows import fill as fill_people
from bench.platform import READY_S, Data, set_up_all
from bench.processes import Process, running
from bench.registry_rows import Filled, Size, fill
from bench.report import Report, Row
from mingjian.identity.permissions import Permission
from mingjian.identity.rights import service as rights
from mingjian.kernel.clock import SystemClock
from mingjian.registry import browsing
from mingjian.registry import service as registry
from mingjian.storage.engine import Database

TREE_BAR_MS: Final = 100.0
SEARCH_BAR_MS: Final = 200.0
IMPORT_ROWS: Final = 20_000
IMPORT_BAR_S: Final = 60.0
TARGET_BAR_MS: Final = 5.0
PAGE_BAR_MS: Final = 200.0
CHECK_BAR_US: Final = 50.0
_ROUNDS: Final = 40


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
        with _serving(data) as clients:
            client = clients["security_manager"]
            with database.write() as tx:
                staff = fill_people(tx, filled, SystemClock().now_us())
            measure(report, client, filled)
            _pages(report, client, filled)
            _people(report, clients["auditor"], staff, filled)
            _rights(report, database, staff, filled)
            _import(report, client, filled)


def _pages(report: Report, client: httpx.Client, filled: Filled) -> None:
    """Lists of channels with how each is doing: what live, the map and the cameras begin with."""
    first = _p95(client, ["/channels"] * _ROUNDS)
    report.add(Row("first page of channels (200, with states and terms), p95", first, "ms", PAGE_BAR_MS))
    deep = _deep(client, "/channels?limit=500", 40)
    report.add(Row("a page of 500 channels behind 20,000, p95", _p95(client, [deep] * _ROUNDS), "ms", PAGE_BAR_MS))
    words = ["/channels?q=东门 9", "/channels?q=dmqj", "/channels?q=不存在的名字"] * _ROUNDS
    report.add(Row("channels by words, p95", _p95(client, words), "ms", PAGE_BAR_MS))
    chance = random.Random(5)
    walls = ["/channels?" + "&".join(f"id={one}" for one in chance.sample(list(filled.channels), 25))] * _ROUNDS
    report.add(Row("the 25 channels of a wall by their ids, p95", _p95(client, walls), "ms", PAGE_BAR_MS))
    report.add(Row("how many in which state, p95", _p95(client, ["/channels/summary"] * _ROUNDS), "ms", PAGE_BAR_MS))
    places = ["/places", "/places?q=第一中学", "/places?q=qq"] * _ROUNDS
    report.add(Row("places, p95", _p95(client, places), "ms", PAGE_BAR_MS))


def _people(report: Report, client: httpx.Client, staff: Staff, filled: Filled) -> None:
    """The pages about people, for the auditor."""
    report.add(Row("first page of people (200), p95", _p95(client, ["/people"] * _ROUNDS), "ms", PAGE_BAR_MS))
    deep = _deep(client, "/people?limit=500", 9)
    report.add(Row("the last page of people, p95", _p95(client, [deep] * _ROUNDS), "ms", PAGE_BAR_MS))
    words = [f"/people?q={word}" for word in ("王伟", "person04999", "5305-02", "nobody")] * _ROUNDS
    report.add(Row("people by words, p95", _p95(client, words), "ms", PAGE_BAR_MS))
    report.add(
        Row("first page of grants (200), p95", _p95(client, ["/grants?standing=true"] * _ROUNDS), "ms", PAGE_BAR_MS)
    )
    deep = _deep(client, "/grants?limit=500", 30)
    report.add(Row("a page of 500 grants behind 15,000, p95", _p95(client, [deep] * _ROUNDS), "ms", PAGE_BAR_MS))
    own = f"/grants?person_id={staff.people[7].id}"
    report.add(Row("grants of one person, p95", _p95(client, [own] * _ROUNDS), "ms", PAGE_BAR_MS))
    chance = random.Random(6)
    asked = [
        f"/permissions/why?person_id={who.id}&permission=live.view&kind=channel&value={chance.choice(filled.channels)}"
        for who in [*chance.sample(list(staff.people), 30), *[staff.widest] * 6]
    ]
    report.add(Row("why may this person see this, p95", _p95(client, asked), "ms", PAGE_BAR_MS, f"{len(asked)} times"))


def _rights(report: Report, database: Database, staff: Staff, filled: Filled) -> None:
    """The check of a permission, and lists of those who reach a part: in the process, by the calls of the API."""
    chance = random.Random(7)
    now_us = SystemClock().now_us()
    with database.read() as tx:
        targets = list(registry.targets(tx, chance.sample(list(filled.channels), 2_000)).values())
        for who, what in ((staff.people[5], "four scopes"), (staff.widest, "a thousand scopes")):
            loaded = [_timed(partial(rights.authority, tx, who, now_us)) for _ in range(_ROUNDS)]
            report.add(Row(f"everything that somebody may, {what}, median", statistics.median(loaded) * 1000, "ms"))
            authority = rights.authority(tx, who, now_us)
            begun = time.perf_counter()
            for target in targets:
                authority.may(Permission.LIVE_VIEW, target)
            check = (time.perf_counter() - begun) / len(targets) * 1e6
            report.add(Row(f"check of a permission, {what}", check, "µs", CHECK_BAR_US))
            reach = authority.reach(Permission.CHANNEL_READ)
            times = [_timed(partial(browsing.channels, tx, reach, query=q, limit=200)) for q in ("", "东门") * _ROUNDS]
            report.add(Row(f"channels of somebody with {what}, p95", _p95_of(times), "ms", PAGE_BAR_MS))
            times = [_timed(partial(browsing.branch, tx, reach, "")) for _ in range(_ROUNDS)]
            report.add(Row(f"tree opens for somebody with {what}, p95", _p95_of(times), "ms", TREE_BAR_MS))


def _deep(client: httpx.Client, path: str, pages: int) -> str:
    """The address of the page behind so many others."""
    cursor = ""
    for _ in range(pages):
        answer = client.get(f"/api/v1{path}&cursor={cursor}")
        answer.raise_for_status()
        cursor = answer.json()["next"]
    return f"{path}&cursor={cursor}"


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
    return _p95_of([_timed(partial(_got, client, path)) for path in paths])


def _p95_of(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1] * 1000


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
def _serving(data: Data) -> Iterator[dict[str, httpx.Client]]:
    """The API alone, as its role runs: nothing is recorded here. A client for each of the first people, by role."""
    command = [sys.executable, "-m", "mingjian", "serve", "--role", "api", "--supervised", "--data", str(data.path)]
    environment = {"MINGJIAN_API__PORT": "0"}
    with running(command, log=data.path / "api.log", environment=environment) as (process,), ExitStack() as opened:
        address, token = _address(process)
        yield {
            role: opened.enter_context(
                httpx.Client(
                    base_url=address, headers={"Cookie": cookie, "Origin": address}, timeout=600, trust_env=False
                )
            )
            for role, cookie in set_up_all(address, token).items()
        }


def _address(process: Process) -> tuple[str, str]:
    found = process.line(r"(http://[^/\s]+)/setup\?token=([\w-]+)", READY_S)
    return found.group(1), found.group(2)
