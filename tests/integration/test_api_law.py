"""The law over the API: one installation for all tests of this file."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.unit.api.law_driving import DESIGNATION, DRIVERS, REASON, open_spot
from tests.unit.api.registry_driving import a_channel, a_place, channel_body
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.identity.people import actions

from mingjian.storage.engine import Database

CORRIDOR = {"name": "宿舍走廊", "kind": "dormitory_building_corridor"}


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("law")
    (folder / "mingjian.db").write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{folder / 'mingjian.db'}")
    with served(database, folder) as running:
        yield running
    database.close()


@pytest.fixture(scope="module")
def browsers(site: Served) -> dict[str, Browser]:
    found = set_up(site)
    for role in ("security_manager", "duty_operator"):
        if role not in found:
            found[role] = add(site, found, role, role)
    return found


@pytest.fixture(scope="module")
def admin(browsers: dict[str, Browser]) -> Browser:
    return browsers["system_administrator"]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.mark.parametrize("operation", sorted(DRIVERS))
def test_a_change_is_in_the_log(site: Served, browsers: dict[str, Browser], operation: str) -> None:
    action, drive = DRIVERS[operation]
    before = len(actions(site.context.database))
    answer = drive(site, browsers)
    assert answer.status_code in {200, 201, 204}, answer.text
    assert action in actions(site.context.database)[before:]


def test_the_texts_and_what_they_say(site: Served, admin: Browser) -> None:
    everything = admin.get("/law/texts").json()["items"]
    assert everything[0]["code"] == "NAT"
    assert {one["code"] for one in everything} >= {"NAT", "YN", "TC", "CQ", "NC", "GD", "Order 230"}
    there = admin.get("/law/texts?region=530581&on=2022-09-04").json()["items"]
    assert [one["code"] for one in there] == ["YN", "TC"]
    whole = admin.get("/law/texts/YN").json()
    retained = next(row for row in whole["rows"] if (row["citation"]["article"], row["citation"]["item"]) == (22, 6))
    assert retained["citation"]["zh"] == "《云南规定》第二十二条第六项"
    assert next(one for one in whole["numbers"] if one["name"] == "retention.days")["low"] == 15
    assert whole["wording"] is None
    (site.context.data_dir / "law").mkdir()
    (site.context.data_dir / "law" / "YN.txt").write_bytes("第一条 …\xff".encode() + b"\xff")
    assert admin.get("/law/texts/yn").json()["wording"].startswith("第一条 …")
    assert admin.get("/law/texts/NAT").json()["wording"] is None
    assert code(admin.get("/law/texts/XX")) == (404, "law.text_unknown")
    assert len(admin.get("/law/kinds").json()["items"]) > 150


def test_may_i_put_a_camera_here(admin: Browser) -> None:
    refused = admin.get("/law/site?region=530581&kind=changing_room&on=2026-11-21").json()
    assert refused["prohibited"]["values"]["prohibited"] is True
    assert {one["zh"] for one in refused["prohibited"]["citations"]} == {
        "《国务院条例》第八条第一款第三项",
        "《云南规定》第十一条第二项",
    }
    open_ = admin.get("/law/site?region=530581&kind=dormitory_building_corridor").json()
    assert open_["prohibited"]["values"]["prohibited"] == "review"
    silent = admin.get("/law/site?region=530581&kind=hotel_corridor").json()["prohibited"]["values"]
    assert (silent["prohibited"], silent["silent"]) == (False, True)


@pytest.mark.parametrize(
    "query",
    [
        "/law/site?region=999999&kind=changing_room",
        "/law/site?region=530581&kind=throne_room",
        "/law/answer?region=530581&topic=weather",
        "/law/answer?region=530581&topic=retention&facts=[",
        "/law/answer?region=530581&topic=retention&facts=[1]",
        '/law/answer?region=530581&topic=retention&facts={"recorded_on":"yesterday"}',
        '/law/answer?region=530581&topic=retention&facts={"kind":"funny"}',
        f"/law/answer?region=530581&topic=retention&facts={'[' * 3_000}",
    ],
)
def test_a_question_that_is_none(admin: Browser, query: str) -> None:
    assert code(admin.get(query)) == (422, "law.question_unfit")


def test_an_answer_with_its_reason(admin: Browser) -> None:
    facts = json.dumps({"recorded_on": "2026-11-01"})
    found = admin.get(f"/law/answer?region=530581&topic=retention&on=2026-11-21&facts={facts}").json()
    assert (found["values"]["min_days"], found["values"]["retain_through"]) == (30, "2026-12-01")
    assert found["explanation"]["zh"]
    assert found["explanation"]["en"]


def test_what_changes_between_two_days(admin: Browser) -> None:
    found = admin.get("/law/changes?from=2025-03-31&to=2025-04-01&region=530000").json()
    assert (found["begin"], found["end"]) == (["NAT"], [])
    assert "民宿客房" in {one["words"]["zh"] for one in found["changes"]}


def test_what_applies_at_a_place_and_at_a_channel(site: Served, browsers: dict[str, Browser], admin: Browser) -> None:
    place = a_place(site, browsers)
    empty = admin.get(f"/places/{place}/law").json()
    assert (empty["retention"]["values"]["min_days"], empty["sign_missing"]) == (30, False)
    admin.post(f"/places/{place}/spots", {"name": "校门"})
    assert admin.get(f"/places/{place}/law").json()["sign_missing"] is True
    admin.post(f"/places/{place}/signs", {"text": "公共视频区域"})
    assert admin.get(f"/places/{place}/law").json()["sign_missing"] is False
    admin.post(f"/places/{place}/designations", DESIGNATION)
    now = admin.get(f"/places/{place}/law").json()
    assert now["retention"]["values"]["min_days"] == 90
    assert [one["document"] for one in now["designations"]] == [DESIGNATION["document"]]
    assert [one["kind"] for one in now["mandatory"]] == ["counter_terror_key_target"]
    channel = admin.get(f"/channels/{a_channel(site, browsers)}/law").json()
    assert (channel["retention"]["values"]["min_days"], channel["site"], channel["decisions"]) == (30, None, [])
    assert admin.get(f"/places/{uuid4()}/law").status_code == 404


def test_a_camera_at_a_spot_that_the_texts_leave_open(site: Served, browsers: dict[str, Browser]) -> None:
    manager = browsers["security_manager"]
    place = a_place(site, browsers)
    assert code(manager.post(f"/places/{place}/spots", CORRIDOR)) == (409, "registry.law_review_needed")
    assert manager.post(f"/places/{place}/spots", {**CORRIDOR, "decision": REASON}).status_code == 201
    forbidden = {"name": "更衣室", "kind": "changing_room", "decision": REASON}
    answer = manager.post(f"/places/{place}/spots", forbidden)
    assert code(answer) == (403, "law.forbidden")
    assert "第八条第一款第三项" in answer.json()["zh"]["why"]


def test_who_may_not_decide_is_told_who_may(site: Served, browsers: dict[str, Browser], admin: Browser) -> None:
    spot, body = a_place(site, browsers), {**CORRIDOR, "decision": REASON}
    answer = admin.post(f"/places/{spot}/spots", body)
    assert code(answer) == (403, "identity.not_permitted")
    assert "安保负责人" in json.dumps(answer.json(), ensure_ascii=False)
    decided = {**REASON, "spots": [open_spot(site, browsers)]}
    assert code(browsers["duty_operator"].post("/law/decisions", decided)) == (403, "identity.not_permitted")


def test_nothing_is_decided_where_nothing_is_open(site: Served, browsers: dict[str, Browser]) -> None:
    place = a_place(site, browsers)
    plain = browsers["system_administrator"].post(f"/places/{place}/spots", {"name": "校门"}).json()["id"]
    answer = browsers["security_manager"].post("/law/decisions", {**REASON, "spots": [plain]})
    assert code(answer) == (409, "registry.nothing_to_decide")


def test_a_new_camera_is_judged_by_what_it_looks_at(site: Served, browsers: dict[str, Browser], admin: Browser) -> None:
    body = channel_body(site, browsers)
    answer = admin.post("/channels", {**body, "spot": {"name": "更衣室", "kind": "changing_room"}})
    assert code(answer) == (403, "law.forbidden")
    assert admin.post("/channels", {**body, "spot": {"name": "走廊", "kind": "hotel_corridor"}}).status_code == 201


def test_a_channel_moves_to_an_open_spot_by_a_decision(site: Served, browsers: dict[str, Browser]) -> None:
    manager, admin = browsers["security_manager"], browsers["system_administrator"]
    path, spot = f"{API}/channels/{a_channel(site, browsers)}/spot", open_spot(site, browsers)
    assert code(manager.send("PUT", path, {"spot_id": spot})) == (409, "registry.law_review_needed")
    # Who may move it may not decide.
    refused = admin.send("PUT", path, {"spot_id": spot, "decision": REASON})
    assert code(refused) == (403, "identity.not_permitted")
    moved = manager.send("PUT", path, {"spot_id": spot, "decision": REASON})
    assert moved.status_code == 200, moved.text
    assert moved.json()["spots"][-1]["spot_id"] == spot
    assert actions(site.context.database)[-2:] == ["law.decided", "channel.moved"]
    # What was decided is not asked again, and not recorded again by the same words.
    again = manager.send("PUT", path, {"spot_id": spot, "decision": REASON})
    assert again.status_code == 200
    assert actions(site.context.database)[-2:] == ["channel.moved", "channel.moved"]


def test_many_cameras_are_refused_before_any_is_tested(site: Served, browsers: dict[str, Browser]) -> None:
    manager = browsers["security_manager"]
    body = {"cameras": "192.0.2.1-3", "url": "rtsp://{host}/", "name": "x", "place_id": a_place(site, browsers)}
    corridor = {**body, "spot": "宿舍走廊", "spot_kind": "dormitory_building_corridor"}
    before = len(actions(site.context.database))
    assert code(manager.post("/channels/bulk", corridor)) == (409, "registry.law_review_needed")
    forbidden = {**body, "spot": "更衣室", "spot_kind": "changing_room", "decision": REASON}
    assert code(manager.post("/channels/bulk", forbidden)) == (403, "law.forbidden")
    assert "channel.bulk_asked" not in actions(site.context.database)[before:]
    begun = manager.post("/channels/bulk", {**corridor, "decision": REASON})
    assert begun.status_code == 202, begun.text
