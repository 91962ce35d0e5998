"""Cameras are turned over the API, by the recorder: one hand at a time, and never on by itself."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.unit.api.serving import AGENT, Browser
from tests.unit.media.installation import Installation, installed
from tests.unit.media.running import source
from tests.unit.media.storing import until
from tests.unit.onvif import virtual
from tests.unit.onvif.beside import beside
from tests.unit.onvif.turning import Head, turning
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from mingjian.simulate.cameras import CameraSpec
from mingjian.workers.turning import HOLD_S

RIGHT = {"do": "move", "pan": 0.5, "tilt": 0.0, "zoom": 0.0}


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    specs = [CameraSpec("gate/main", 1, source()), CameraSpec("fixed", 2, source())]
    with installed(tmp_path_factory.mktemp("data"), migrated_sqlite, specs) as running:
        running.ids = {path: add(running, path) for path in ("gate/main", "fixed")}  # type: ignore[attr-defined]
        yield running


@pytest.fixture
def head(site: Installation) -> Iterator[Head]:
    camera, head = turning()
    with beside(camera):
        put_address(site, f"http://{camera.address}/onvif/device_service")
        yield head
    release_all(site)


def add(site: Installation, path: str) -> str:
    manager = site.browsers["security_manager"]
    probe = manager.post("/probes", {"url": site.cameras.url(path)}).json()
    place = {"name": f"腾冲市第一中学 {path}", "region_code": "530581"}
    new = {"probe_id": probe["probe_id"], "name": path, "place": place, "spot": {"name": "门口"}}
    return str(manager.post("/channels", new).json()["id"])


def put_address(site: Installation, address: str) -> None:
    put = site.browsers["security_manager"].send("PUT", f"/api/v1/channels/{gate(site)}/onvif", {"address": address})
    assert put.status_code == 204, put.text


def gate(site: Installation) -> str:
    return str(site.ids["gate/main"])  # type: ignore[attr-defined]


def release_all(site: Installation) -> None:
    lock = state(site, "duty_operator")
    if lock is None:
        return
    for browser in site.browsers.values():
        if browser.send("DELETE", f"/api/v1{path(site)}/lock/{lock['id']}").status_code == 204:
            return


def path(site: Installation) -> str:
    return f"/channels/{gate(site)}/turning"


def state(site: Installation, role: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = site.browsers[role].get(path(site)).json()["lock"]
    return found


def take(site: Installation, role: str, reason: str = "") -> dict[str, Any]:
    answer = site.browsers[role].post(f"{path(site)}/lock", {"reason": reason})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


@contextmanager
def hand(site: Installation, browser: Browser, lock: str) -> Iterator[ClientConnection]:
    address = f"{browser.origin.replace('http', 'ws')}/api/v1{path(site)}?lock={lock}"
    headers = {"Cookie": browser.cookie_header, "Origin": browser.origin}
    with connect(address, additional_headers=headers, user_agent_header=AGENT, proxy=None) as socket:
        yield socket


def said(socket: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of this kind."""
    while True:
        message: dict[str, Any] = json.loads(socket.recv(timeout=20))
        if message["type"] == kind:
            return message


def done(socket: ClientConnection, words: dict[str, Any]) -> None:
    socket.send(json.dumps(words))
    assert said(socket, "done")["do"] == words["do"]


def log(site: Installation) -> list[dict[str, Any]]:
    return [one for one in site.log() if one["action"].startswith(("turning.", "preset."))]


def test_it_turns_while_it_is_said_and_stops_when_it_is_told(site: Installation, head: Head) -> None:
    duty = site.browsers["duty_operator"]
    lock = take(site, "duty_operator")
    with hand(site, duty, lock["id"]) as socket:
        said(socket, "held")
        began = time.monotonic()
        while time.monotonic() - began < 2 * HOLD_S:
            done(socket, RIGHT)
            assert head.speed == (0.5, 0.0, 0.0)
            time.sleep(0.2)
        assert head.stops == [], "who goes on saying so is not interrupted"
        assert len(head.moves) <= 2, "and the camera is not asked again each time"
        done(socket, {"do": "stop"})
        assert not head.moving
        done(socket, {"do": "goto", "preset": "2"})
        assert head.went == ["2"]
    until(lambda: state(site, "duty_operator") is None)
    ended, begun = log(site)[:2]
    assert (begun["action"], begun["object_id"]) == ("turning.begun", gate(site))
    assert ended["action"] == "turning.ended"
    assert ended["detail"]["acts"] == 2, "one for the movement, however often it was said, and one for the preset"


def test_nobody_says_so_any_more(site: Installation, head: Head) -> None:
    """The page hangs, its socket stands: the recorder stops the camera by itself."""
    lock = take(site, "duty_operator")
    with hand(site, site.browsers["duty_operator"], lock["id"]) as socket:
        done(socket, RIGHT)
        said_at = time.monotonic()
        until(lambda: not head.moving)
        assert HOLD_S - 0.3 <= head.stops[0] - said_at <= HOLD_S + 2.0


def test_the_socket_ends(site: Installation, head: Head) -> None:
    lock = take(site, "duty_operator")
    with hand(site, site.browsers["duty_operator"], lock["id"]) as socket:
        done(socket, RIGHT)
        assert head.moving
        ended_at = time.monotonic()
    until(lambda: not head.moving)
    assert head.stops[0] - ended_at < HOLD_S, "at once, not when the recorder has waited"
    until(lambda: state(site, "duty_operator") is None)


def test_one_hand_at_a_time(site: Installation, head: Head) -> None:
    lock = take(site, "duty_operator")
    seen = state(site, "maintenance")
    assert seen is not None
    assert (seen["own"], seen["may_take_over"], seen["role"]["code"]) == (False, False, "duty_operator")
    refused = site.browsers["maintenance"].post(f"{path(site)}/lock", {"reason": "检修"})
    assert (refused.status_code, refused.json()["code"]) == (409, "turning.held")
    assert seen["by"] in refused.json()["zh"]["what"]

    manager = site.browsers["security_manager"]
    refused = manager.post(f"{path(site)}/lock", {"reason": ""})
    assert (refused.status_code, refused.json()["code"]) == (409, "turning.needs_reason")
    with hand(site, site.browsers["duty_operator"], lock["id"]) as socket:
        done(socket, RIGHT)
        taken = take(site, "security_manager", "追查校门口事件")
        with pytest.raises(ConnectionClosed):
            said(socket, "nothing that is ever told")
    until(lambda: not head.moving)
    with hand(site, manager, taken["id"]) as socket:
        done(socket, {**RIGHT, "pan": -0.5})
        assert head.speed == (-0.5, 0.0, 0.0)
    until(lambda: state(site, "duty_operator") is None)
    actions = [one["action"] for one in log(site)[:4]]
    assert actions == ["turning.ended", "turning.taken_over", "turning.ended", "turning.begun"]
    assert log(site)[1]["detail"]["reason"] == "追查校门口事件"


def test_a_lock_of_another_or_of_before_turns_nothing(site: Installation, head: Head) -> None:
    lock = take(site, "duty_operator")
    with hand(site, site.browsers["security_manager"], lock["id"]) as socket, pytest.raises(ConnectionClosed):
        said(socket, "held")
    answer = site.browsers["duty_operator"].send("DELETE", f"/api/v1{path(site)}/lock/{lock['id']}")
    assert answer.status_code == 204
    with hand(site, site.browsers["duty_operator"], lock["id"]) as socket, pytest.raises(ConnectionClosed):
        said(socket, "held")
    assert head.moves == []


def test_presets_need_their_own_right(site: Installation, head: Head) -> None:
    duty, manager = site.browsers["duty_operator"], site.browsers["security_manager"]
    told = duty.get(f"{path(site)}/camera").json()
    assert told == {
        "turns": True,
        "home": True,
        "presets": [{"token": "1", "name": "校门全景"}, {"token": "2", "name": "传达室"}],
    }
    assert duty.post(f"{path(site)}/presets", {"name": "操场"}).status_code == 403
    kept = manager.post(f"{path(site)}/presets", {"name": "操场"})
    assert (kept.status_code, kept.json()) == (201, {"token": "3", "name": "操场"})
    assert head.presets["3"] == "操场"
    assert manager.send("DELETE", f"/api/v1{path(site)}/presets/3").status_code == 204
    assert "3" not in head.presets
    assert [one["action"] for one in log(site)[:2]] == ["preset.removed", "preset.kept"]


def test_a_camera_without_onvif_is_not_turned(site: Installation) -> None:
    fixed = site.ids["fixed"]  # type: ignore[attr-defined]
    answer = site.browsers["duty_operator"].post(f"/channels/{fixed}/turning/lock", {})
    assert (answer.status_code, answer.json()["code"]) == (409, "turning.not_turning")


def test_a_camera_of_others_turns(site: Installation, tmp_path: Path) -> None:
    """IPyCam, written by nobody here."""
    with virtual.running(tmp_path, signed=False) as port:
        put_address(site, f"http://127.0.0.1:{port}/onvif/device_service")
        told = site.browsers["duty_operator"].get(f"{path(site)}/camera").json()
        assert told["turns"]
        lock = take(site, "duty_operator")
        with hand(site, site.browsers["duty_operator"], lock["id"]) as socket:
            done(socket, RIGHT)
            done(socket, {"do": "stop"})
        until(lambda: state(site, "duty_operator") is None)
