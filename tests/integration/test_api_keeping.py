"""Keeping over a real socket: what people see, what they may do, and every refusal with its reason."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.identity.people import NOW
from tests.unit.media.keeping import CITATION, HOUR, S, Store

from mingjian.media import store as media_store
from mingjian.media.keep import watch
from mingjian.media.keep.completeness import day_text
from mingjian.media.keep.model import day_start_us
from mingjian.media.model import ClockEpoch, day_of
from mingjian.media.volumes import open_files
from mingjian.registry import service as registry
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

ROLES: Final = ("duty_operator", "security_manager", "police_supervisor", "requesting_officer", "maintenance")
TODAY: Final = day_of(NOW)
HOLD: Final = {"start": "2027-01-10T06:00:00Z", "end": "2027-01-10T07:00:00Z", "reason": "核实校门口事件"}
LAW: Final = {"kind": "minimum", "days": 30, "source": "law", "citation": CITATION}


@dataclass
class Keeping:
    site: Served
    store: Store
    browsers: dict[str, Browser]
    channel: str

    def by(self, role: str) -> Browser:
        return self.browsers[role]

    def send(self, role: str, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.by(role).send(method, API + path, body)

    def refusal(self, role: str, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and code of a refusal, which must say what, why and what to do in both languages."""
        answer = self.send(role, method, path, body)
        problem = answer.json()
        for language in ("zh", "en"):
            assert all(problem[language][part] for part in ("what", "why", "advice")), problem
        return answer.status_code, problem["code"]


@pytest.fixture
def keeping(database: Database, tmp_path: Path) -> Iterator[Keeping]:
    store = Store(database, tmp_path)
    channel = store.channel("校门口")
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        for role in ROLES:
            browsers[role] = add(site, browsers, role, role)
        yield Keeping(site, store, browsers, str(channel))


on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])

# Who may do what: the first role that may not, for each door.
REFUSED: Final[tuple[tuple[str, str, str, Any], ...]] = (
    ("duty_operator", "GET", "/storage", None),
    ("requesting_officer", "GET", "/alerts", None),
    ("duty_operator", "POST", "/clock/confirm", {}),
    ("police_supervisor", "POST", "/clock/confirm", {}),
    ("system_administrator", "PUT", "/channels/{channel}/recording", {"plan": "always"}),
    ("duty_operator", "PUT", "/channels/{channel}/recording", {"plan": "always"}),
    ("auditor", "POST", "/channels/{channel}/events", {"name": "门磁"}),
    ("requesting_officer", "GET", "/channels/{channel}/retention", None),
    ("maintenance", "POST", "/retention/terms", LAW),
    ("police_supervisor", "POST", "/retention/terms", LAW),
    ("system_administrator", "POST", "/retention/terms", LAW),
    ("maintenance", "DELETE", "/retention/terms/0193498a-7b00-7000-8000-000000000001", None),
    ("system_administrator", "GET", "/holds", None),
    ("auditor", "POST", "/holds", HOLD),
    ("maintenance", "POST", "/holds", HOLD),
    ("duty_operator", "POST", "/holds/0193498a-7b00-7000-8000-000000000001/lift", {"reason": "核实完毕"}),
    ("requesting_officer", "GET", "/completeness?day=2027-01-10", None),
)


@on_sqlite
def test_who_may_not_is_told_so(keeping: Keeping) -> None:
    for role, method, path, body in REFUSED:
        asked = {**body, "channel_id": keeping.channel} if body is HOLD else body
        found = keeping.refusal(role, method, path.format(channel=keeping.channel), asked)
        assert found == (403, "identity.not_permitted"), (role, method, path)


# Holds


def test_a_hold_from_placing_to_lifting(keeping: Keeping) -> None:
    placed = keeping.send("duty_operator", "POST", "/holds", {"channel_id": keeping.channel, **HOLD})
    assert placed.status_code == 201, placed.text
    hold = placed.json()
    assert (hold["placed_by_me"], hold["lifted_at"], hold["reason"]) == (True, None, "核实校门口事件")
    assert hold["start"] == "2027-01-10T06:00:00.000000Z"
    lift = f"/holds/{hold['id']}/lift"
    seen = keeping.send("auditor", "GET", "/holds").json()["items"]
    assert [(one["id"], one["placed_by_me"]) for one in seen] == [(hold["id"], False)]
    assert keeping.refusal("police_supervisor", "POST", lift, {"reason": " "}) == (422, "keep.reason_needed")
    lifted = keeping.send("police_supervisor", "POST", lift, {"reason": "核实完毕"})
    assert lifted.status_code == 200
    assert lifted.json()["lift_reason"] == "核实完毕"
    assert keeping.refusal("security_manager", "POST", lift, {"reason": "核实完毕"}) == (409, "keep.hold_lifted")
    assert keeping.send("auditor", "GET", "/holds?standing=true").json()["items"] == []
    assert len(keeping.send("auditor", "GET", "/holds").json()["items"]) == 1


@on_sqlite
def test_holds_that_are_refused(keeping: Keeping) -> None:
    def refused(**changes: Any) -> tuple[int, str]:
        body = {"channel_id": keeping.channel, **HOLD, **changes}
        return keeping.refusal("security_manager", "POST", "/holds", body)

    assert refused(reason="?") == (422, "keep.reason_needed")
    assert refused(end=HOLD["start"]) == (422, "keep.range_unreadable")
    assert refused(channel_id=str(keeping.store.volume.id)) == (404, "registry.channel_unknown")
    assert refused(reason="\x00\x00") == (422, "api.invalid")
    mine = keeping.send("security_manager", "POST", "/holds", {"channel_id": keeping.channel, **HOLD}).json()
    lift = f"/holds/{mine['id']}/lift"
    assert keeping.refusal("security_manager", "POST", lift, {"reason": "核实完毕"}) == (403, "keep.own_hold")
    unknown = f"/holds/{keeping.channel}/lift"
    assert keeping.refusal("police_supervisor", "POST", unknown, {"reason": "核实完毕"}) == (404, "keep.hold_unknown")


# Terms


def test_terms_and_what_they_come_to(keeping: Keeping) -> None:
    path = f"/channels/{keeping.channel}/retention"

    def set_term(**changes: Any) -> dict[str, Any]:
        answer = keeping.send("security_manager", "POST", "/retention/terms", {**LAW, **changes})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def now() -> dict[str, Any]:
        found: dict[str, Any] = keeping.send("duty_operator", "GET", path).json()
        return found

    by_text = {"days": 30, "source": "law", "citation": "《国务院条例》第十七条"}
    assert (now()["minimum"], now()["deletes"], now()["terms"]) == (by_text, True, [])
    assert "《国务院条例》第十七条" in now()["zh"]
    set_term(days=90, source="policy", citation="", channel_id=keeping.channel)
    law = set_term(days=60)
    assert now()["minimum"] == {"days": 90, "source": "policy", "citation": ""}
    assert now()["deletes"] is True
    set_term(kind="maximum", source="policy", days=45)
    assert (now()["maximum"]["days"], now()["conflict"]) == (90, True)
    set_term(days=7, source="policy", citation="", channel_id=keeping.channel)
    assert now()["minimum"] == {"days": 60, "source": "law", "citation": CITATION}
    assert (now()["maximum"]["days"], now()["conflict"]) == (60, True)
    assert "60" in now()["en"]
    assert len(now()["terms"]) == 3, "each replaced the one before it"
    ended = keeping.send("security_manager", "DELETE", f"/retention/terms/{law['id']}")
    assert ended.status_code == 204
    assert now()["minimum"] == by_text, "what the texts say holds whether or not anybody typed it"
    assert len(keeping.send("auditor", "GET", "/retention").json()["items"]) == 2


@on_sqlite
def test_terms_that_are_refused(keeping: Keeping) -> None:
    def refused(**changes: Any) -> tuple[int, str]:
        return keeping.refusal("security_manager", "POST", "/retention/terms", {**LAW, **changes})

    assert refused(citation=" ") == (422, "keep.citation_needed")
    assert refused(days=0) == (422, "api.invalid")
    assert refused(source="custom") == (422, "api.invalid")
    assert refused(channel_id=str(keeping.store.volume.id)) == (404, "registry.channel_unknown")
    unknown = f"/retention/terms/{keeping.channel}"
    assert keeping.refusal("security_manager", "DELETE", unknown) == (404, "keep.term_unknown")


# Plans


def test_plans_are_set_and_read_back(keeping: Keeping) -> None:
    path = f"/channels/{keeping.channel}/recording"
    assert keeping.send("auditor", "GET", path).json() == {
        "plan": "always",
        "weekly": [],
        "pre_roll_s": 5,
        "post_roll_s": 60,
        "priority": 2,
        "group_id": None,
    }
    days = [{"day": 5, "from": "14:00", "to": "24:00"}, {"day": 1, "from": "00:00", "to": "08:30"}]
    group = keeping.send("maintenance", "GET", "/storage").json()["groups"][0]["id"]
    plan = {"plan": "weekly", "weekly": days, "pre_roll_s": 0, "post_roll_s": 1, "priority": 1, "group_id": group}
    answer = keeping.send("maintenance", "PUT", path, plan)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {**plan, "weekly": [days[1], days[0]]}
    event = keeping.send("duty_operator", "POST", f"/channels/{keeping.channel}/events", {"name": "门磁报警"})
    assert event.status_code == 201
    assert event.json()["name"] == "门磁报警"


@on_sqlite
def test_plans_that_are_refused(keeping: Keeping) -> None:
    path = f"/channels/{keeping.channel}/recording"
    day = {"day": 1, "from": "08:00", "to": "12:00"}

    def refused(**plan: Any) -> tuple[int, str]:
        return keeping.refusal("maintenance", "PUT", path, {"plan": "weekly", "weekly": [day], **plan})

    groups = {one["name"]: one["id"] for one in keeping.send("auditor", "GET", "/storage").json()["groups"]}
    assert refused(weekly=[]) == (422, "keep.plan_unreadable")
    assert refused(plan="always") == (422, "keep.plan_unreadable"), "a plan that is not used must not seem to be"
    assert refused(weekly=[day, {**day, "from": "11:59", "to": "13:00"}]) == (422, "keep.plan_unreadable")
    assert refused(weekly=[{**day, "to": "08:00"}]) == (422, "keep.plan_unreadable")
    assert refused(weekly=[{**day, "to": "25:00"}]) == (422, "api.invalid")
    assert refused(weekly=[{**day, "from": "24:00"}]) == (422, "api.invalid")
    assert refused(weekly=[{**day, "day": 8}]) == (422, "api.invalid")
    assert refused(pre_roll_s=31) == (422, "api.invalid")
    assert refused(priority=4) == (422, "api.invalid")
    assert refused(group_id=keeping.channel) == (404, "keep.group_unknown")
    assert refused(group_id=groups["demonstration"]) == (422, "keep.group_other_kind")
    assert keeping.send("auditor", "GET", path).json()["plan"] == "always"


# Storage, the clock, alerts


@on_sqlite
def test_how_the_store_is_doing(keeping: Keeping) -> None:
    keeping.store.footage(keeping.store.channel(), NOW - 24 * HOUR, size=1_000)
    found = keeping.send("maintenance", "GET", "/storage").json()
    real, ring = found["groups"]
    (volume,) = real["volumes"]
    assert (real["name"], real["demonstration"], ring["demonstration"]) == ("default", False, True)
    assert volume["state"] in {"ok", "full"}, "as the disk of this machine is"
    assert (volume["used_bytes"], volume["filling_bytes_per_day"]) == (1_000, 1_000)
    assert volume["free_bytes"] > 0
    assert ring["days_left"] is None
    assert ring["volumes"][0]["limit_bytes"] == 1 << 40
    assert found["promise"]["zh"]
    assert found["clock"] == {
        "trusted": True,
        "epoch": 0,
        "step_us": None,
        "since": None,
        "zh": "服务器时钟可信。",
        "en": "The server's clock is trusted.",
    }
    assert found["deletion"]["paused"] is False, "the texts say how long footage stays"
    (Path(keeping.store.volume.path) / "mingjian-volume.json").unlink()
    (gone,) = keeping.send("maintenance", "GET", "/storage").json()["groups"][0]["volumes"]
    assert (gone["state"], gone["free_bytes"]) == ("missing", None)


def test_the_clock_is_confirmed_by_a_person(keeping: Keeping) -> None:
    assert keeping.refusal("maintenance", "POST", "/clock/confirm", {}) == (409, "keep.clock_confirmed")
    with keeping.store.database.write() as tx:
        media_store.add_clock_epoch(tx, ClockEpoch(1, NOW, -3_600 * S, observed=True))
    clock = keeping.send("auditor", "GET", "/storage").json()["clock"]
    assert (clock["trusted"], clock["epoch"], clock["step_us"]) == (False, 1, -3_600 * S)
    confirmed = keeping.send("maintenance", "POST", "/clock/confirm", {})
    assert (confirmed.status_code, confirmed.json()["trusted"]) == (200, True)
    assert keeping.refusal("maintenance", "POST", "/clock/confirm", {}) == (409, "keep.clock_confirmed")


@on_sqlite
def test_alerts_in_both_languages(keeping: Keeping) -> None:
    assert keeping.send("auditor", "GET", "/alerts").json()["items"] == []
    watch.Watch(keeping.store.database, open_files, 0, lambda _tx: None).look(NOW)
    (alert,) = keeping.send("auditor", "GET", "/alerts").json()["items"]
    assert (alert["code"], alert["object_kind"], alert["object_id"]) == (
        "channel.not_landing",
        "channel",
        keeping.channel,
    )
    assert "校门口" in alert["title"]["zh"]
    assert alert["en"]["advice"]
    assert alert["cleared_at"] is None


# Completeness


@on_sqlite
def test_completeness_of_a_channel_and_of_all(keeping: Keeping) -> None:
    with keeping.store.database.read() as tx:
        (channel,) = registry.channels(tx)
    start_us = day_start_us(TODAY - 1)
    keeping.store.footage(channel.id, start_us, length_us=6 * HOUR)
    yesterday = day_text(TODAY - 1)
    path = f"/channels/{keeping.channel}/completeness?start_day={yesterday}&end_day={day_text(TODAY + 5)}"
    first, today = keeping.send("duty_operator", "GET", path).json()["items"]
    assert first == {
        "channel_id": keeping.channel,
        "day": yesterday,
        "planned_us": 24 * HOUR,
        "recorded_us": 6 * HOUR,
        "missing": [],
        "unexplained_us": 18 * HOUR,
        "final": True,
    }
    assert (today["day"], today["final"], today["recorded_us"]) == (day_text(TODAY), False, 0)
    everybody = keeping.send("auditor", "GET", f"/completeness?day={yesterday}").json()["items"]
    assert everybody == [first]
    backwards = f"/channels/{keeping.channel}/completeness?start_day=2027-01-02&end_day=2027-01-01"
    assert keeping.refusal("auditor", "GET", backwards) == (422, "keep.range_unreadable")
    assert keeping.refusal("auditor", "GET", "/completeness?day=yesterday") == (422, "api.invalid")


@on_sqlite
def test_the_list_of_cameras_says_how_long_footage_is_kept(keeping: Keeping) -> None:
    def term() -> str:
        (one,) = keeping.send("duty_operator", "GET", "/channels").json()["items"]
        return str(one["term"]["en"])

    assert "30 days" in term()
    keeping.store.term(40)
    assert "40 days" in term()
    keeping.store.maximum(45)
    assert "45" in term()
