"""Alerts and requests that happen once, over a real socket."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.identity.people import NOW
from tests.unit.media.keeping import Store

from mingjian.alerts import service
from mingjian.alerts.model import Alert, Kind
from mingjian.api import idempotency
from mingjian.media.keep.errors import DISK_FULL, OFFLINE
from mingjian.storage import idempotency as kept
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

S: Final = 1_000_000
DAY_S: Final = 86_400


@dataclass
class Site:
    served: Served
    store: Store
    browsers: dict[str, Browser]

    def raise_(self, kind: Kind, object_id: str) -> str:
        words = {"group": "一组", "name": "校门口", "reason_zh": "没有回应。", "reason_en": "No answer."}
        with self.store.database.write() as tx:
            service.raise_(tx, Alert(kind, object_id, words, self.served.clock.now_us()))
            return str(service.standing(tx, kind)[0].id)

    def send(self, role: str, method: str, path: str, body: Any = None, key: str = "") -> httpx.Response:
        return self.browsers[role].send(method, API + path, body, {"Idempotency-Key": key} if key else None)


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Site]:
    with served(database, tmp_path) as running:
        browsers = set_up(running)
        browsers["duty_operator"] = add(running, browsers, "duty_operator", "duty")
        browsers["requesting_officer"] = add(running, browsers, "requesting_officer", "officer")
        yield Site(running, Store(database, tmp_path), browsers)


def test_alerts_are_listed_acknowledged_and_counted(site: Site) -> None:
    first = site.raise_(DISK_FULL, "group-1")
    listed = site.send("auditor", "GET", "/alerts").json()
    assert (listed["standing"], listed["unacknowledged"], listed["next"]) == (1, 1, None)
    (alert,) = listed["items"]
    assert (alert["severity"], alert["times"], alert["acknowledged"], alert["object_kind"]) == (
        "critical", 1, None, "volume_group",
    )  # fmt: skip
    path = f"/alerts/{first}/acknowledge"
    assert site.send("auditor", "POST", path, {"note": "看到了"}).status_code == 403, "who only reads decides nothing"
    assert site.send("requesting_officer", "GET", "/alerts").status_code == 403
    done = site.send("duty_operator", "POST", path, {"note": "已通知运维"})
    assert done.status_code == 200, done.text
    assert done.json()["acknowledged"]["note"] == "已通知运维"
    again = site.send("duty_operator", "POST", path, {})
    assert (again.status_code, again.json()["code"]) == (409, "alerts.acknowledged")
    assert site.send("duty_operator", "GET", "/alerts?standing=true").json()["unacknowledged"] == 0


def test_pages_follow_their_cursor(site: Site) -> None:
    for number in range(5):
        site.raise_(DISK_FULL, f"group-{number}")
        site.served.clock.forward(1)
    seen, cursor = [], ""
    while True:
        page = site.send("auditor", "GET", f"/alerts?limit=2&cursor={cursor}").json()
        seen += [one["object_id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == [f"group-{number}" for number in (4, 3, 2, 1, 0)]


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    "cursor", ["x", "W10", "WzFd", "W3RydWUsMSwieCJd", "bnVsbA", "W3RydWUsMTAwMDAwMDAwMDAwMDAwMDAwMDAsIiJd"]
)
def test_a_cursor_of_somebody_elses_making_is_refused(site: Site, cursor: str, engine: str) -> None:
    answer = site.send("auditor", "GET", f"/alerts?cursor={cursor}")
    assert (answer.status_code, answer.json()["code"]) == (422, "api.cursor_unreadable")


def test_alerts_of_channels_out_of_reach_are_not_shown(site: Site) -> None:
    channel = site.store.channel("校门口")
    alert = site.raise_(OFFLINE, str(channel))
    seen = {role: site.send(role, "GET", "/alerts").json()["items"] for role in ("auditor", "duty_operator")}
    reached = site.send("duty_operator", "GET", "/channels").json()["items"]
    assert bool(seen["duty_operator"]) is bool(reached)
    if not reached:
        refused = site.send("duty_operator", "POST", f"/alerts/{alert}/acknowledge", {})
        assert refused.status_code == 403


# Requests that happen once


def hold(channel: object) -> dict[str, Any]:
    span = {"start": "2027-01-10T06:00:00Z", "end": "2027-01-10T07:00:00Z"}
    return {"channel_id": str(channel), "reason": "核实校门口事件", **span}


PERSON: Final = {"login_name": "once", "display_name": "一次", "role": "duty_operator"}
KEY: Final = "0193498a-7b00-7000-8000-00000000beef"


def people(site: Site) -> list[str]:
    listed = site.send("security_administrator", "GET", "/people").json()
    return [one["login_name"] for one in listed["items"]]


def test_a_request_sent_twice_happens_once(site: Site, tmp_path: Path) -> None:
    first = site.send("security_administrator", "POST", "/people", PERSON, KEY)
    assert first.status_code == 201, first.text
    assert "idempotency-replayed" not in first.headers
    second = site.send("security_administrator", "POST", "/people", PERSON, KEY)
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["idempotency-replayed"] == "true"
    assert people(site).count("once") == 1
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("mingjian.db*"))
    assert first.json()["invite_token"].encode() not in raw, "one-time links are kept sealed"
    # Another process, tomorrow's first hour: the answer is in the database.
    with served(site.store.database, tmp_path) as restarted:
        browser = Browser(restarted.origin, site.browsers["security_administrator"].cookies)
        replayed = browser.send("POST", f"{API}/people", PERSON, {"Idempotency-Key": KEY})
        assert (replayed.status_code, replayed.json()) == (201, first.json())


def test_a_key_belongs_to_one_request_of_one_person(site: Site) -> None:
    assert site.send("security_administrator", "POST", "/people", PERSON, KEY).status_code == 201
    other = site.send("security_administrator", "POST", "/people", PERSON | {"login_name": "twice"}, KEY)
    assert (other.status_code, other.json()["code"]) == (422, "api.key_other_request")
    without = site.send("security_administrator", "POST", "/people", PERSON)
    assert without.status_code == 409, "without a key it is another request, and refused as such"
    channel = site.store.channel()
    placed = site.send("duty_operator", "POST", "/holds", hold(channel), KEY)
    assert placed.status_code != 422, "the same key of another person is another key"


def test_a_refused_request_leaves_its_key_free(site: Site) -> None:
    wrong = site.send("security_administrator", "POST", "/people", PERSON | {"role": "nobody"}, KEY)
    assert wrong.status_code == 422
    assert site.send("security_administrator", "POST", "/people", PERSON, KEY).status_code == 201


@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_a_file_is_made_again(site: Site, form: str) -> None:
    """It may be of any size and is no text: nothing of it is kept."""
    asked = {"kind": "channels", "format": form}
    first, second = (site.send("system_administrator", "POST", "/registry/exports", asked, KEY) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 200), first.text
    assert first.headers["content-disposition"] == second.headers["content-disposition"]
    assert "idempotency-replayed" not in second.headers
    assert second.content


def test_an_answer_too_long_to_keep_is_not_given_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(idempotency, "ANSWER_LIMIT", 100)
    first, second = (site.send("security_administrator", "POST", "/people", PERSON, KEY) for _ in range(2))
    assert (first.status_code, len(first.content) > 100) == (201, True)
    assert (second.status_code, second.json()["code"]) == (409, "api.key_answered")
    assert people(site).count("once") == 1


def test_a_key_is_forgotten_after_a_day(site: Site) -> None:
    assert site.send("security_administrator", "POST", "/people", PERSON, KEY).status_code == 201
    with site.store.database.write() as tx:
        assert kept.prune(tx, NOW + 3_600 * S) == 0
        assert kept.prune(tx, NOW + (DAY_S + 3_600) * S) == 1


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("key", ["short", "x" * 201, "with space", "caf\u00e9-caf\u00e9"])
def test_a_key_that_is_none(site: Site, key: str, engine: str) -> None:
    sent = {"Idempotency-Key": key.encode("latin-1")}
    answer = site.browsers["security_administrator"].send("POST", f"{API}/people", PERSON, sent)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["code"]) == (422, "api.key_unreadable")


# Where a refusal leads


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_type_of_a_problem_is_a_page(site: Site, engine: str) -> None:
    refused = site.served.browser().get("/people").json()
    page = site.served.browser().send("GET", refused["type"])
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert "请重新登录" in page.text
    assert "What to do" in page.text
    assert site.served.browser().send("GET", "/docs/errors/no.such").status_code == 404
    assert site.served.browser().send("GET", "/docs/errors/..%2f..%2fetc%2fpasswd").status_code in {200, 404}
