"""Every route that changes something leaves an entry in the log: each is driven once, none may be left out."""

from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

import httpx
import pytest
from fastapi.routing import APIRoute, iter_route_contexts
from tests.unit.api import duty_driving, law_driving, people_driving, registry_driving
from tests.unit.api.serving import API, Browser, Served, add, first_people, served, set_up, setup_token
from tests.unit.identity.people import PASSWORD, actions
from tests.unit.media.shelf import Shelf, at

from mingjian.alerts import service as alerts
from mingjian.alerts.model import Alert
from mingjian.api.app import _with_routers
from mingjian.api.schema import moment_text
from mingjian.kernel.ids import PersonId
from mingjian.media import store as media_store
from mingjian.media.keep.errors import DISK_FULL
from mingjian.media.model import ClockEpoch
from mingjian.registry.vault import Secret
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

UNSAFE: Final = {
    route.operation_id
    for route in iter_route_contexts(_with_routers([]).routes)
    if isinstance(route.original_route, APIRoute) and not (route.methods or set()) <= {"GET", "HEAD"}
}
CHANGES_NOTHING: Final = {
    "lookInvite": "says whom an invitation is for; POST keeps the token out of addresses",
    "tryTable": "reads a table and says what importing it would do",
    **people_driving.CHANGES_NOTHING,
}

ADDRESS: Final = "rtsp://192.0.2.20:554/stream1"
Driver = Callable[[Served, dict[str, Browser]], httpx.Response]


def invitation(site: Served, browsers: dict[str, Browser]) -> str:
    body = {"login_name": "new.person", "display_name": "新人", "role": "duty_operator"}
    added = browsers["security_administrator"].post("/people", body)
    return str(added.json()["invite_token"])


def add_channel(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    admin = browsers["system_administrator"]
    person_id = PersonId(UUID(admin.get("/session").json()["id"]))
    probe = site.context.probes.keep(person_id, ADDRESS, Secret("admin", "12345"), site.clock.now_us())
    place = {"name": "一中", "address": "腾冲", "region_code": "530581"}
    body = {"probe_id": probe.id, "name": "校门", "place": place, "spot": {"name": "门口"}}
    return admin.post("/channels", body)


def change_channel(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = add_channel(site, browsers).json()["id"]
    return browsers["system_administrator"].send("PATCH", f"{API}/channels/{channel}", {"name": "东门"})


def retire_channel(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = add_channel(site, browsers).json()["id"]
    return browsers["system_administrator"].send("DELETE", f"{API}/channels/{channel}")


def open_view(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = add_channel(site, browsers).json()["id"]
    duty = browsers["duty_operator"] = add(site, browsers, "duty_operator", "duty")
    return duty.post("/views", {"kind": "live", "channels": [channel]})


def close_view(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    view = open_view(site, browsers).json()["id"]
    return browsers["duty_operator"].post(f"/views/{view}/close", {})


def create_clip(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    shelf = Shelf(site.context.database, site.context.data_dir / "video")
    channel = shelf.channel()
    shelf.minutes(channel, 10)
    browsers["security_manager"] = add(site, browsers, "security_manager", "manager")
    asked = {"start": moment_text(at(1)), "end": moment_text(at(2)), "reason": "核实事件"}
    return browsers["security_manager"].post("/clips", {"channels": [str(channel)], **asked})


def delete_clip(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    clip = create_clip(site, browsers).json()["id"]
    return browsers["security_manager"].send("DELETE", f"{API}/clips/{clip}")


def open_stream(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = add_channel(site, browsers).json()["id"]
    duty = add(site, browsers, "duty_operator", "duty")
    view = duty.post("/views", {"kind": "live", "channels": [channel]}).json()["id"]
    return duty.post(f"/views/{view}/streams", {"channel": channel})


def start_check(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    manager = browsers["security_manager"] = add(site, browsers, "security_manager", "manager")
    return manager.post("/checks", {"mode": "fast"})


def with_manager(site: Served, browsers: dict[str, Browser]) -> str:
    """A channel, and somebody who decides about its footage."""
    browsers["security_manager"] = add(site, browsers, "security_manager", "manager")
    return str(add_channel(site, browsers).json()["id"])


def take_snapshot(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    shelf = Shelf(site.context.database, site.context.data_dir / "video")
    channel = shelf.channel()
    shelf.minutes(channel, 2)
    duty = add(site, browsers, "duty_operator", "li.ming")
    body = {"kind": "playback", "channels": [str(channel)], "reason": "核实事件"}
    view = duty.post("/views", body).json()["id"]
    asked = {"channel": str(channel), "at": moment_text(at(1.5)), "reason": "核实事件"}
    return duty.post(f"/views/{view}/snapshots", asked)


def set_plan(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = with_manager(site, browsers)
    plan = {"plan": "weekly", "weekly": [{"day": 1, "from": "08:00", "to": "18:00"}]}
    return browsers["security_manager"].send("PUT", f"{API}/channels/{channel}/recording", plan)


def report_event(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = with_manager(site, browsers)
    return browsers["security_manager"].post(f"/channels/{channel}/events", {"name": "门磁报警"})


def set_term(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    with_manager(site, browsers)
    body = {"kind": "minimum", "days": 30, "source": "law", "citation": "条例 第十七条"}
    return browsers["security_manager"].post("/retention/terms", body)


def end_term(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    term = set_term(site, browsers).json()["id"]
    return browsers["security_manager"].send("DELETE", f"{API}/retention/terms/{term}")


def place_hold(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = with_manager(site, browsers)
    span = {"start": "2026-11-20T06:00:00Z", "end": "2026-11-20T07:00:00Z"}
    return browsers["security_manager"].post("/holds", {"channel_id": channel, "reason": "核实事件", **span})


def lift_hold(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    hold = place_hold(site, browsers).json()["id"]
    police = add(site, browsers, "police_supervisor", "police")
    return police.post(f"/holds/{hold}/lift", {"reason": "核实完毕"})


def place_mark(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = with_manager(site, browsers)
    body = {"start": "2026-01-20T06:00:00Z", "end": "2026-01-20T06:00:30Z", "name": "门口纠纷"}
    return browsers["security_manager"].post(f"/channels/{channel}/marks", body)


def remove_mark(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    mark = place_mark(site, browsers).json()["id"]
    return browsers["security_manager"].send("DELETE", f"{API}/marks/{mark}")


def confirm_clock(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    with_manager(site, browsers)
    with site.context.database.write() as tx:
        media_store.add_clock_epoch(tx, ClockEpoch(1, 1, 3_600_000_000, observed=True))
    return browsers["security_manager"].post("/clock/confirm", {})


def person_id(site: Served, browsers: dict[str, Browser], role: str) -> str:
    browsers[role] = add(site, browsers, role, role.replace("_", "."))
    return str(browsers[role].get("/session").json()["id"])


def give_grant(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    body = {"person_id": person_id(site, browsers, "maintenance"), "kind": "territory", "value": "530581"}
    return browsers["security_administrator"].post("/grants", body)


def end_grant(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    grant = give_grant(site, browsers).json()["id"]
    return browsers["security_administrator"].send("DELETE", f"{API}/grants/{grant}")


def appoint_deputy(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    absent, stand_in = (person_id(site, browsers, role) for role in ("security_manager", "duty_operator"))
    until = moment_text(site.clock.now_us() + 3_600_000_000)
    body = {"absent_id": absent, "stand_in_id": stand_in, "until_at": until}
    return browsers["security_administrator"].post("/deputies", body)


def end_deputy(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    deputy = appoint_deputy(site, browsers).json()["id"]
    return browsers["security_administrator"].send("DELETE", f"{API}/deputies/{deputy}")


def set_onvif_address(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = add_channel(site, browsers).json()["id"]
    body = {"address": "http://192.0.2.20/onvif/device_service"}
    return browsers["system_administrator"].send("PUT", f"{API}/channels/{channel}/onvif", body)


def take_turning(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    channel = add_channel(site, browsers).json()["id"]
    body = {"address": "http://192.0.2.20/onvif/device_service"}
    browsers["system_administrator"].send("PUT", f"{API}/channels/{channel}/onvif", body)
    browsers["duty_operator"] = add(site, browsers, "duty_operator", "duty")
    return browsers["duty_operator"].post(f"/channels/{channel}/turning/lock", {})


def release_turning(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    lock = take_turning(site, browsers).json()["id"]
    channel = browsers["duty_operator"].get("/channels").json()["items"][0]["id"]
    return browsers["duty_operator"].send("DELETE", f"{API}/channels/{channel}/turning/lock/{lock}")


def acknowledge_alert(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    with site.context.database.write() as tx:
        alerts.raise_(tx, Alert(DISK_FULL, "group-1", {"group": "一组"}, site.clock.now_us()))
        (alert,) = alerts.standing(tx, DISK_FULL)
    return browsers["system_administrator"].post(f"/alerts/{alert.id}/acknowledge", {"note": "已通知运维"})


def assign_alert(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    alert = acknowledge_alert(site, browsers).json()["id"]
    admin = browsers["system_administrator"]
    return admin.post(f"/alerts/{alert}/assign", {"to_id": admin.get("/session").json()["id"]})


def close_alert(site: Served, browsers: dict[str, Browser]) -> httpx.Response:
    alert = acknowledge_alert(site, browsers).json()["id"]
    return browsers["system_administrator"].post(f"/alerts/{alert}/close", {"reason": "known", "note": "换盘中"})


DRIVERS: Final[dict[str, tuple[str, Driver]]] = {
    "redeemInvite": (
        "people.invite_redeemed",
        lambda site, browsers: site.browser().post(
            "/invites/redeem", {"token": invitation(site, browsers), "password": PASSWORD}
        ),
    ),
    "signIn": (
        "people.signed_in",
        lambda site, _: site.browser().post("/session", {"login_name": "admin", "password": PASSWORD}),
    ),
    "signOut": ("people.signed_out", lambda _, browsers: browsers["auditor"].send("DELETE", f"{API}/session")),
    "setLanguage": (
        "people.language_changed",
        lambda _, browsers: browsers["auditor"].send("PUT", f"{API}/session/language", {"language": "en"}),
    ),
    "setPassword": (
        "people.password_changed",
        lambda _, browsers: browsers["auditor"].send(
            "PUT", f"{API}/session/password", {"current": PASSWORD, "new": "a rather different one"}
        ),
    ),
    "addPerson": (
        "people.created",
        lambda _, browsers: browsers["security_administrator"].post(
            "/people", {"login_name": "zhang", "display_name": "张伟", "role": "duty_operator"}
        ),
    ),
    "addChannel": ("channel.added", add_channel),
    "changeChannel": ("channel.changed", change_channel),
    "retireChannel": ("channel.retired", retire_channel),
    "openView": ("view.opened", open_view),
    "closeView": ("view.closed", close_view),
    "createClip": ("clip.requested", create_clip),
    "deleteClip": ("clip.deleted", delete_clip),
    "openStream": ("stream.granted", open_stream),
    "takeSnapshot": ("snapshot.taken", take_snapshot),
    "setRecordingPlan": ("recording.plan_set", set_plan),
    "reportEvent": ("recording.event", report_event),
    "setTerm": ("retention.term_set", set_term),
    "endTerm": ("retention.term_ended", end_term),
    "placeHold": ("hold.placed", place_hold),
    "liftHold": ("hold.lifted", lift_hold),
    "placeMark": ("mark.placed", place_mark),
    "removeMark": ("mark.removed", remove_mark),
    "confirmClock": ("clock.confirmed", confirm_clock),
    "startCheck": ("check.asked", start_check),
    "giveGrant": ("grant.given", give_grant),
    "endGrant": ("grant.ended", end_grant),
    "appointDeputy": ("deputy.appointed", appoint_deputy),
    "endDeputy": ("deputy.ended", end_deputy),
    "setOnvifAddress": ("channel.changed", set_onvif_address),
    "takeTurning": ("turning.begun", take_turning),
    "releaseTurning": ("turning.ended", release_turning),
    "acknowledgeAlert": ("alert.acknowledged", acknowledge_alert),
    "assignAlert": ("alert.assigned", assign_alert),
    "closeAlert": ("alert.closed", close_alert),
    "startVerification": (
        "audit.verify_asked",
        lambda _, browsers: browsers["auditor"].post("/audit/verifications", {}),
    ),
}
BY_ITSELF: Final = {
    "setUp": "needs a system without people",
    "probeCamera": "its camera is not there in this test",
    "keepPreset": "test_api_turning looks for its entry, with a camera that answers",
    "removePreset": "as keepPreset",
    "searchCameras": "test_api_onvif looks for its entry, with cameras that answer",
    "lookAtCamera": "test_api_onvif looks for its entry, with a camera that answers",
}


def test_every_unsafe_route_is_driven() -> None:
    # In test_api_registry, test_people_places, test_api_law and test_api_duty.
    elsewhere = {*registry_driving.DRIVERS, *people_driving.DRIVERS, *law_driving.DRIVERS, *duty_driving.DRIVERS}
    assert set(DRIVERS) | elsewhere | set(BY_ITSELF) | set(CHANGES_NOTHING) == UNSAFE


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("operation", sorted(DRIVERS))
def test_a_successful_change_is_in_the_log(database: Database, tmp_path: Path, operation: str, engine: str) -> None:
    action, drive = DRIVERS[operation]
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        before = len(actions(database))
        assert drive(site, browsers).status_code in {200, 201, 204}
        assert action in actions(database)[before:]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_setup_is_in_the_log(database: Database, tmp_path: Path, engine: str) -> None:
    with served(database, tmp_path) as site:
        token = setup_token(site.context)
        body = {"token": token, "people": first_people(), "password": PASSWORD}
        assert site.browser().post("/setup", body).status_code == 201
    assert "people.set_up" in actions(database)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_camera_test_is_in_the_log_even_when_it_fails(database: Database, tmp_path: Path, engine: str) -> None:
    with served(database, tmp_path) as site:
        admin = set_up(site)["system_administrator"]
        probe = {"url": "rtsp://192.0.2.20/1", "username": "admin", "password": "12345"}
        assert admin.post("/probes", probe).status_code == 503
    assert actions(database)[-1] == "channel.probed"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_refused_sign_in_is_in_the_log(database: Database, tmp_path: Path, engine: str) -> None:
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        add(site, browsers, "duty_operator", "duty")
        refused = site.browser().post("/session", {"login_name": "duty", "password": "not the right one"})
        assert refused.status_code == 401
        item = browsers["auditor"].get("/audit?limit=1").json()["items"][0]
    assert item["action"] == "people.sign_in_refused"
    assert item["actor"] == {
        "kind": "anonymous",
        "id": None,
        "label": "",
        "address": "127.0.0.1",
        "stands_for": None,
    }
