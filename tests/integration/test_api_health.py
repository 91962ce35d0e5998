"""The health of an installation over the API, on both engines: completeness, what the doctor says, what waits."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from tests.unit.api.serving import Browser, Served, add, served, set_up
from tests.unit.media.keeping import Store

from mingjian.identity.scopes import Scope, ScopeKind
from mingjian.kernel.ids import ChannelId
from mingjian.media.keep import completeness as complete
from mingjian.media.keep import store as keep_store
from mingjian.media.keep.model import Completeness
from mingjian.media.model import day_of
from mingjian.storage import jobs
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

HOUR: Final = 3_600_000_000


@dataclass
class Site:
    served: Served
    store: Store
    browsers: dict[str, Browser]
    today: int

    def day(self, channel_id: ChannelId, day: int, recorded_h: int, **causes_h: int) -> None:
        causes = {cause: hours * HOUR for cause, hours in causes_h.items()}
        unexplained = 24 * HOUR - recorded_h * HOUR - sum(causes.values())
        one = Completeness(channel_id, day, 24 * HOUR, recorded_h * HOUR, causes, unexplained, 1)
        with self.store.database.write() as tx:
            keep_store.save_completeness(tx, one)

    def asked(self, role: str, path: str, **more: Any) -> Any:
        first, last = complete.day_text(self.today - 2), complete.day_text(self.today)
        query = "&".join(f"{name}={value}" for name, value in more.items())
        answer = self.browsers[role].get(f"{path}?start_day={first}&end_day={last}&{query}")
        assert answer.status_code == 200, answer.text
        return answer


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with served(database, tmp_path) as running:
        browsers = set_up(running)
        browsers["maintenance"] = add(running, browsers, "maintenance", "crew")
        yield Site(running, Store(database, tmp_path), browsers, day_of(running.clock.now_us()))


def test_the_summary_adds_up_all_channels_and_days(site: Site) -> None:
    one, two = site.store.channel("甲"), site.store.channel("乙")
    site.day(one, site.today - 1, 24)
    site.day(one, site.today, 12, network=11)
    site.day(two, site.today, 20, network=1, disk=3)
    site.day(two, site.today - 3, 1)  # before the range
    found = site.asked("maintenance", "/health/completeness/summary").json()
    assert [(day["planned_us"] // HOUR, day["recorded_us"] // HOUR) for day in found["days"]] == [(24, 24), (48, 32)]
    assert (found["planned_us"] // HOUR, found["recorded_us"] // HOUR, found["unexplained_us"] // HOUR) == (72, 56, 1)
    assert [(one["cause"], one["us"] // HOUR) for one in found["missing"]] == [("network", 12), ("disk", 3)]


def test_the_least_complete_channel_comes_first_and_pages_follow_each_other(site: Site) -> None:
    hours = {"甲": 24, "乙": 3, "丙": 12, "丁": 24, "戊": 0}
    for name, recorded in hours.items():
        site.day(site.store.channel(name), site.today, recorded)
    seen, cursor = [], ""
    while cursor is not None:
        page = site.asked("maintenance", "/health/completeness", limit=2, cursor=cursor).json()
        seen += [(one["name"], one["share"]) for one in page["items"]]
        assert len(page["items"]) <= 2
        cursor = page["next"]
    assert seen[:3] == [("戊", 0), ("乙", 12_500), ("丙", 50_000)]
    assert sorted(seen[3:]) == sorted([("甲", 100_000), ("丁", 100_000)])


def test_who_reaches_one_channel_sees_one(site: Site) -> None:
    mine, other = site.store.channel("我的"), site.store.channel("别人的")
    for channel in (mine, other):
        site.day(channel, site.today, 12, network=12)
    site.browsers["near"] = add(site.served, site.browsers, "maintenance", "near", Scope(ScopeKind.CHANNEL, str(mine)))
    assert [one["name"] for one in site.asked("near", "/health/completeness").json()["items"]] == ["我的"]
    assert "别人的" not in site.asked("near", "/health/completeness.csv").text


def test_the_table_holds_every_channel_and_no_formula(site: Site) -> None:
    names = ["校门", "=1+1"]
    for name in names:
        site.day(site.store.channel(name), site.today, 18, network=6)
    answer = site.asked("maintenance", "/health/completeness.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert {row[0] for row in rows[1:]} == {"校门", "'=1+1"}
    assert {tuple(row[2:5]) for row in rows[1:]} == {("86400", "64800", "75.000")}
    assert "21600 s" in rows[1][5]


def test_upkeep_says_what_waits_and_what_was_given_up(site: Site) -> None:
    now_us = site.served.clock.now_us()
    with site.store.database.write() as tx:
        jobs.enqueue(tx, "export.clip", {}, now_us=now_us - 60_000_000)
        jobs.enqueue(tx, "later", {}, now_us=now_us, run_after_us=now_us + HOUR)
        jobs.enqueue(tx, "broken", {}, now_us=now_us - 1)
        taken = jobs.claim(tx, "me", now_us, HOUR, ["broken"])
        assert taken is not None
        jobs.fail(tx, taken, "no", now_us=now_us, retry_at_us=None)
    found = site.browsers["maintenance"].get("/health/upkeep").json()
    assert {(one["kind"], one["due"], one["running"], one["dead"]) for one in found["queues"]} == {
        ("export.clip", 1, 0, 0),
        ("broken", 0, 0, 1),
    }
    assert (found["backup_at"], found["clock_trusted"]) == (None, True)
    assert found["database"] == site.store.database.engine.dialect.name


def test_what_the_doctor_finds_is_told_with_what_to_do(site: Site) -> None:
    found = site.browsers["maintenance"].get("/health/findings").json()["items"]
    order = ["fail", "warn", "ok"]
    assert [order.index(one["level"]) for one in found] == sorted(order.index(one["level"]) for one in found)
    told = next(one for one in found if one["check"] == "alerts")
    assert told["level"] == "warn"
    assert told["advice"]["zh"]
    assert told["advice"]["en"]


@pytest.mark.parametrize("path", ["/health/findings", "/health/upkeep"])
def test_a_duty_operator_is_refused(site: Site, path: str) -> None:
    site.browsers["duty"] = add(site.served, site.browsers, "duty_operator", "duty")
    assert site.browsers["duty"].get(path).status_code == 403
