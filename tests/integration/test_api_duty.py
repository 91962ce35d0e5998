"""A shift over a real socket: roster, begin, log, hand over by two people, the duty place, the grounds of refusals."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from tests.unit.api import duty_driving
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.identity.people import PASSWORD, actions

from mingjian.alerts import service as alerts
from mingjian.alerts.model import Alert
from mingjian.identity.scopes import Scope, ScopeKind
from mingjian.kernel.ids import PersonId
from mingjian.media.keep.errors import DISK_FULL
from mingjian.registry.vault import Secret
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

ADDRESS: Final = "rtsp://192.0.2.20:554/stream1"


@dataclass
class Desk:
    served: Served
    browsers: dict[str, Browser]
    post: str

    def send(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        return self.browsers[who].send(method, API + path, body)

    def desk(self, who: str = "duty_operator") -> Any:
        return self.send(who, "GET", "/duty/desk").json()

    def camera(self) -> str:
        admin = self.browsers["system_administrator"]
        person_id = PersonId(UUID(duty_driving.id_of(admin)))
        now_us = self.served.clock.now_us()
        probe = self.served.context.probes.keep(person_id, ADDRESS, Secret("admin", "12345"), now_us)
        place = {"name": "一中", "address": "腾冲", "region_code": "530581"}
        body = {"probe_id": probe.id, "name": "校门", "place": place, "spot": {"name": "门口"}}
        return str(admin.post("/channels", body).json()["id"])


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        post = duty_driving.on_duty(site, browsers)
        yield Desk(site, browsers, post)


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("operation", sorted(duty_driving.DRIVERS))
def test_a_successful_change_is_in_the_log(database: Database, tmp_path: Path, operation: str, engine: str) -> None:
    action, drive = duty_driving.DRIVERS[operation]
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        before = len(actions(database))
        answer = drive(site, browsers)
        assert answer.status_code in {200, 201, 204}, answer.text
        assert action in actions(database)[before:]


def test_a_shift_is_handed_over_by_two_people(desk: Desk) -> None:
    channel = desk.camera()
    with desk.served.context.database.write() as tx:
        alerts.raise_(tx, Alert(DISK_FULL, "group-1", {"group": "一组"}, desk.served.clock.now_us()))
    attached = {"channel_id": channel, "at": "2027-01-15T08:00:00.000000Z"}
    body = {"category": "suspicious", "text": "有人徘徊", "attached": attached}
    entry = desk.send("duty_operator", "POST", "/duty/log", body)
    assert entry.status_code == 201, entry.text
    assert entry.json()["number"].startswith("RZ-20270115-")
    assert entry.json()["attached"] == {**attached, "name": "校门"}
    shown = desk.desk()
    assert [one["number"] for one in shown["unreported"]] == [entry.json()["number"]]
    assert shown["cameras"] == 1
    cameras = next(one for one in shown["tasks"] if one["task"]["kind"] == "cameras")
    assert (cameras["seen"], cameras["total"], cameras["missing"][0]["name"]) == (0, 1, "校门")

    desk.served.clock.forward(60)
    sheet = desk.send("duty_operator", "POST", "/duty/handovers", {"summary": "一条可疑未报"}).json()
    assert sheet["number"].startswith("JJ-20270115-")
    collected = sheet["sheet"]
    assert [one["code"] for one in collected["alerts"]] == ["store.disk_full"] or collected["alerts_total"] == 1
    assert collected["unreported"][0]["number"] == entry.json()["number"]
    assert {one["kind"] for one in collected["undone"]} >= {"cameras", "once"}

    own = desk.send("duty_operator", "POST", f"/duty/handovers/{sheet['id']}/confirm", {})
    assert (own.status_code, own.json()["code"]) == (403, "duty.handover_self")
    grounds = own.json()["grounds"]
    assert grounds["rule"]["zh"] == "交接班须两个人分别确认"
    assert "第十五条第一款" in grounds["articles"][0]["zh"], "no region is set: the national text"
    assert "接班人" in grounds["who"]["zh"]

    waiting = desk.desk("next")["posts"][0]["waiting"]
    assert (waiting["number"], waiting["mine"]) == (sheet["number"], False)
    done = desk.send("next", "POST", f"/duty/handovers/{sheet['id']}/confirm", {"remark": "已核对"}).json()
    assert (done["stage"], done["to"], done["remark"]) == ("confirmed", "新人", "已核对")
    assert done["shift"]["ending"] == "handed_over"
    assert desk.desk()["shift"] is None
    after = desk.desk("next")
    assert after["shift"]["id"] == done["next_shift"]["id"]
    assert after["received"]["number"] == sheet["number"]
    again = desk.send("next", "POST", f"/duty/handovers/{sheet['id']}/confirm", {})
    assert (again.status_code, again.json()["code"]) == (409, "duty.handover_decided")
    printed = desk.send("auditor", "GET", f"/duty/shifts/{done['shift']['id']}").json()
    assert [one["category"] for one in printed["entries"]] == ["suspicious", "handover"]
    assert printed["handed_over"]["number"] == sheet["number"]


def test_the_next_person_confirms_at_the_same_browser(desk: Desk) -> None:
    sheet = desk.send("duty_operator", "POST", "/duty/handovers", {"summary": "平稳"}).json()["id"]
    path = f"/duty/handovers/{sheet}/confirm-here"
    wrong = desk.send("duty_operator", "POST", path, {"login_name": "li.qiang", "secret": "not the right one"})
    assert wrong.json()["code"] == "identity.sign_in_refused"
    own = desk.send("duty_operator", "POST", path, {"login_name": "zhang.wei", "secret": PASSWORD})
    assert own.json()["code"] == "duty.handover_self"
    other = desk.send("duty_operator", "POST", path, {"login_name": "auditor", "secret": PASSWORD})
    assert other.json()["code"] == "identity.not_permitted"
    assert desk.desk()["shift"] is not None, "what was refused changed nothing"
    before = dict(desk.browsers["duty_operator"].cookies)
    done = desk.send("duty_operator", "POST", path, {"login_name": "li.qiang", "secret": PASSWORD})
    assert (done.status_code, done.json()["login_name"]) == (200, "li.qiang")
    assert desk.desk()["shift"]["person_id"] == done.json()["id"], "this browser is the next person's now"
    desk.browsers["duty_operator"].cookies = before
    assert desk.send("duty_operator", "GET", "/duty/desk").status_code == 401


def test_an_act_that_matters_needs_a_fresh_proof(desk: Desk) -> None:
    desk.served.clock.forward(600)
    stale = desk.send("duty_operator", "POST", "/duty/handovers", {"summary": "平稳"})
    assert stale.json()["code"] == "identity.assertion_needed"
    assert stale.json()["grounds"]["who"]["zh"] == "本人"
    assert desk.send("duty_operator", "POST", "/session/proof", {"password": PASSWORD}).status_code == 204
    assert desk.send("duty_operator", "POST", "/duty/handovers", {"summary": "平稳"}).status_code == 201


def test_nobody_is_on_duty_twice(desk: Desk) -> None:
    taken = desk.send("next", "POST", f"/duty/posts/{desk.post}/shifts", {})
    assert (taken.status_code, taken.json()["code"]) == (409, "duty.post_taken")
    other = desk.send("security_manager", "POST", "/duty/posts", {"name": "东门岗"}).json()["id"]
    twice = desk.send("duty_operator", "POST", f"/duty/posts/{other}/shifts", {})
    assert (twice.status_code, twice.json()["code"]) == (409, "duty.already_on_duty")
    off = desk.send("next", "POST", "/duty/log", {"category": "other", "text": "试写"})
    assert (off.status_code, off.json()["code"]) == (409, "duty.not_on_duty")


def test_a_roster_says_who_may_begin_and_leave(desk: Desk) -> None:
    """The clock of these tests stands at Friday 2027-01-15 16:00 in Shanghai."""
    manager, li = desk.browsers["security_manager"], duty_driving.id_of(desk.browsers["next"])
    zhang = duty_driving.id_of(desk.browsers["duty_operator"])
    desk.send("duty_operator", "POST", "/duty/shift/end", {})
    slots = [
        {"start": "08:00", "minutes": 720, "person_id": zhang},
        {"start": "20:00", "minutes": 720, "person_id": li},
    ]
    week = {"week": [{"weekday": day, "slots": slots} for day in range(7)]}
    saved = manager.send("PUT", f"{API}/duty/posts/{desk.post}/week", week)
    assert saved.status_code == 200, saved.text
    assert saved.json()["number"] == "PB-20270115-0001"
    not_planned = desk.send("next", "POST", f"/duty/posts/{desk.post}/shifts", {})
    assert (not_planned.status_code, not_planned.json()["code"]) == (403, "duty.not_planned")
    assert not_planned.json()["grounds"]["who"]["zh"] == "安保负责人"
    begun = desk.send("duty_operator", "POST", f"/duty/posts/{desk.post}/shifts", {}).json()
    assert begun["planned_until"] == "2027-01-15T12:00:00.000000Z"
    desk.served.clock.forward(3.5 * 3600)  # 19:30
    desk.send("duty_operator", "POST", "/session", {"login_name": "zhang.wei", "password": PASSWORD})
    leaving = desk.send("duty_operator", "POST", "/duty/shift/end", {})
    assert (leaving.status_code, leaving.json()["code"]) == (403, "duty.handover_needed")
    desk.send("security_manager", "POST", "/session", {"login_name": "manager", "password": PASSWORD})
    desk.send("auditor", "POST", "/session", {"login_name": "auditor", "password": PASSWORD})
    overlap = {"name": "停电", "slots": [{"start": "09:00", "minutes": 1440, "person_id": li}]}
    refused = manager.send("PUT", f"{API}/duty/posts/{desk.post}/days/2027-01-20", overlap)
    assert (refused.status_code, refused.json()["code"]) == (422, "duty.roster_unfit")
    free = manager.send("PUT", f"{API}/duty/posts/{desk.post}/days/2027-01-20", {"name": "停电", "slots": []})
    assert free.json()["roster"]["days"][0]["name"] == "停电"
    auditor_id = duty_driving.id_of(desk.browsers["auditor"])
    unfit = manager.send("PUT", f"{API}/duty/posts/{desk.post}/week", duty_driving.week_of(auditor_id))
    assert unfit.json()["code"] == "duty.person_unfit"
    planned = desk.send("auditor", "GET", f"/duty/posts/{desk.post}/plan?from=2027-01-19T16:00:00Z&days=2").json()
    assert [one["start"] for one in planned["items"]][:2] == [
        "2027-01-19T12:00:00.000000Z",
        "2027-01-21T00:00:00.000000Z",
    ]


def test_entries_are_corrected_and_never_changed(desk: Desk) -> None:
    first = desk.send("duty_operator", "POST", "/duty/log", {"category": "event", "text": "东门停电"}).json()
    desk.served.clock.forward(60)
    body = {"category": "event", "text": "更正：西门停电", "corrects": first["id"]}
    second = desk.send("duty_operator", "POST", "/duty/log", body).json()
    assert second["corrects"] == first["id"]
    third = desk.send("duty_operator", "POST", "/duty/log", {**body, "corrects": second["id"]})
    assert (third.status_code, third.json()["code"]) == (422, "duty.correction_unfit")
    for statement in ("UPDATE duty_log SET text = 'x'", "DELETE FROM duty_log"):
        with pytest.raises(DatabaseError, match="append-only"), desk.served.context.database.write() as tx:
            tx.execute(text(statement))
    seen, cursor = [], ""
    while True:
        page = desk.send("auditor", "GET", f"/duty/log?limit=1&cursor={cursor}").json()
        seen += [one["text"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == ["更正：西门停电", "东门停电"]


def test_operators_see_their_own_place_alone(desk: Desk) -> None:
    place = desk.send("system_administrator", "POST", "/places", {"name": "二中", "region_code": "530581"}).json()[
        "place"
    ]["id"]
    there = desk.send("security_manager", "POST", "/duty/posts", {"name": "二中岗", "place_id": place}).json()
    assert "《云南规定》" in there["articles"][1]["words"]["zh"]
    local = add(desk.served, desk.browsers, "duty_operator", "local", Scope(ScopeKind.PLACE, place))
    assert [one["name"] for one in local.get("/duty/posts").json()["items"]] == ["二中岗"]
    refused = local.post(f"/duty/posts/{desk.post}/shifts", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "identity.out_of_scope")
    assert refused.json()["grounds"]["who"]["zh"] == "安全管理员授权"
    planning = local.post("/duty/posts", {"name": "三中岗"})
    assert planning.json()["grounds"]["who"]["zh"] == "安保负责人"
    assert "第十六条第二款第二项" in planning.json()["grounds"]["articles"][0]["zh"]


def test_a_seat_is_the_same_notion_as_a_shift(desk: Desk) -> None:
    """Who takes over a duty place takes over the shift of its post: with the sheet that waits, or visibly without."""
    added = desk.send("security_administrator", "POST", "/duty-places", {"name": "一号席"}).json()
    seat = desk.served.browser()
    seat.post("/duty-places/enrol", {"token": added["link_token"]})
    described = {"name": "值班室", "seat_id": added["id"]}
    assert desk.send("security_manager", "PUT", f"/duty/posts/{desk.post}", described).status_code == 200
    taken = seat.post("/session/take-over", {"login_name": "li.qiang", "secret": PASSWORD})
    assert taken.status_code == 200, taken.text
    here = seat.get("/duty/desk").json()
    assert (here["here"], here["shift"]["person_id"]) == (desk.post, taken.json()["id"])
    assert "未办交接" in here["shift"]["reason"]
    assert "duty.taken_without_handover" in actions(desk.served.context.database)
    sheet = seat.post("/duty/handovers", {"summary": "平稳"}).json()
    seat.post("/session/take-over", {"login_name": "zhang.wei", "secret": PASSWORD})
    settled = seat.get(f"/duty/handovers/{sheet['id']}").json()
    assert (settled["stage"], settled["next_shift"]["id"]) == (
        "confirmed",
        seat.get("/duty/desk").json()["shift"]["id"],
    )


def test_alerts_are_assigned_and_closed_with_a_reason(desk: Desk) -> None:
    with desk.served.context.database.write() as tx:
        alerts.raise_(tx, Alert(DISK_FULL, "group-1", {"group": "一组"}, desk.served.clock.now_us()))
        alert = alerts.standing(tx, DISK_FULL)[0].id
    manager = duty_driving.id_of(desk.browsers["security_manager"])
    people = desk.send("duty_operator", "GET", "/duty/people?use=alerts").json()["items"]
    assert manager in [one["id"] for one in people]
    given = desk.send("duty_operator", "POST", f"/alerts/{alert}/assign", {"to_id": manager})
    assert given.json()["assigned"]["to_id"] == manager
    auditor = duty_driving.id_of(desk.browsers["auditor"])
    unfit = desk.send("duty_operator", "POST", f"/alerts/{alert}/assign", {"to_id": auditor})
    assert unfit.json()["code"] == "alerts.assignee_unfit"
    bare = desk.send("duty_operator", "POST", f"/alerts/{alert}/close", {"reason": "handled"})
    assert (bare.status_code, bare.json()["code"]) == (422, "alerts.note_needed")
    closed = desk.send("duty_operator", "POST", f"/alerts/{alert}/close", {"reason": "known", "note": "换盘中"}).json()
    assert (closed["closed"]["reason"], closed["acknowledged"]["by"]) == ("known", closed["closed"]["by"])
    again = desk.send("duty_operator", "POST", f"/alerts/{alert}/close", {"reason": "known", "note": "换盘中"})
    assert again.json()["code"] == "alerts.closed"


def test_a_forgotten_shift_is_ended_by_the_manager(desk: Desk) -> None:
    shift = desk.desk()["shift"]["id"]
    refused = desk.send("next", "POST", f"/duty/shifts/{shift}/relieve", {"reason": "联系不上"})
    assert refused.json()["code"] == "identity.not_permitted"
    ended = desk.send("security_manager", "POST", f"/duty/shifts/{shift}/relieve", {"reason": "联系不上"})
    assert ended.json()["ending"] == "relieved"
    assert desk.send("next", "POST", f"/duty/posts/{desk.post}/shifts", {}).status_code == 201


def test_tasks_are_done_once(desk: Desk) -> None:
    tasks = desk.desk()["tasks"]
    assert [one["task"]["basis"] for one in tasks] == ["watch", "check"], "what the national text asks for"
    once = next(one for one in tasks if one["task"]["kind"] == "once")
    body = {"task_id": once["task"]["id"], "well": False, "note": "东门黑屏，已报修"}
    done = desk.send("duty_operator", "POST", "/duty/checks", body)
    assert next(one for one in done.json() if one["task"]["id"] == body["task_id"])["done"]["note"] == body["note"]
    again = desk.send("duty_operator", "POST", "/duty/checks", body)
    assert (again.status_code, again.json()["code"]) == (409, "duty.task_done")
    unknown = desk.send("duty_operator", "POST", "/duty/checks", {"task_id": desk.post})
    assert unknown.json()["code"] == "duty.task_unknown"
