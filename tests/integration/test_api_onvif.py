"""Cameras are found and asked over the API, by the recorder; what was found is added with its small stream."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.unit.media.installation import Installation, installed
from tests.unit.media.running import source
from tests.unit.onvif import answers
from tests.unit.onvif.beside import answering, beside
from tests.unit.onvif.cameras import PERSON, Camera, Heard, Reply

from mingjian.onvif.discovery import discover
from mingjian.simulate.cameras import CameraSpec
from mingjian.workers import finding

SPECS = [CameraSpec("gate/main", 1, source()), CameraSpec("gate/sub", 2, source())]


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(finding, "LISTEN_S", 0.6)
        with installed(tmp_path_factory.mktemp("data"), migrated_sqlite, SPECS) as running:
            yield running


@pytest.fixture
def camera(site: Installation) -> Iterator[Camera]:
    """A device that wants a password and has the streams of the simulated camera."""
    camera = Camera(auth="digest")
    urls = {"Profile_1": site.cameras.url("gate/main"), "Profile_2": site.cameras.url("gate/sub")}

    def stream(one: Heard) -> Reply:
        found = f"<trt:MediaUri><tt:Uri>{urls[one.text('ProfileToken')]}</tt:Uri></trt:MediaUri>"
        return Reply(answers.enveloped(f"<trt:GetStreamUriResponse>{found}</trt:GetStreamUriResponse>"))

    camera.said = {"GetStreamUri": stream}
    with beside(camera):
        yield camera


def asked(site: Installation, path: str, body: dict[str, Any], role: str = "security_manager") -> Any:
    return site.browsers[role].post(path, body)


def test_what_is_found_is_looked_at_and_added(site: Installation, camera: Camera) -> None:
    manager = site.browsers["security_manager"]
    body = {"address": camera.address, "username": PERSON.user_name, "password": PERSON.password}
    answer = manager.post("/onvif/looks", body)
    assert answer.status_code == 200, answer.text
    device = answer.json()
    assert (device["manufacturer"], device["model"], device["name"]) == ("Maker", "IPC-1", "南门 No.1")
    assert device["address"] == f"http://{camera.address}/onvif/device_service"
    assert abs(device["clock_error_s"]) < 5
    (picture,) = device["pictures"]
    main, sub = picture["main"], picture["sub"]
    assert (main["codec"], main["width"], main["height"], main["fps"]) == ("h264", 1920, 1080, 25)
    assert (sub["width"], sub["height"]) == (640, 360)
    entry = site.log()[0]
    assert (entry["action"], entry["detail"]["address"]) == ("channel.probed", device["address"])
    assert PERSON.password not in str(site.log())

    probe = manager.post("/probes", {"url": main["url"], "sub_url": sub["url"]}).json()
    assert probe["sub_picture"]["codec"] == "h264"
    place = {"name": "腾冲市第一中学", "region_code": "530581"}
    new = {"probe_id": probe["probe_id"], "name": "南门", "place": place, "spot": {"name": "南门"}}
    channel = manager.post("/channels", new).json()["id"]
    put = manager.send("PUT", f"/api/v1/channels/{channel}/onvif", {"address": device["address"]})
    assert put.status_code == 204
    entry = site.log()[0]
    assert (entry["action"], entry["object_id"]) == ("channel.changed", channel)
    assert entry["detail"]["onvif_address"] == device["address"]

    # The device that has this channel is known, if it is found again.
    with answering(f"http://{camera.address}/onvif/device_service") as port, pytest.MonkeyPatch.context() as patch:
        defaults = discover.__kwdefaults__
        assert defaults is not None
        patch.setitem(defaults, "port", port)
        found = manager.post("/onvif/searches", {"host": "127.0.0.1"})
    assert found.status_code == 200, found.text
    (one,) = found.json()["items"]
    assert one == {
        "name": "A",
        "hardware": "H1",
        "location": "city/腾冲",
        "host": "127.0.0.1",
        "addresses": [device["address"]],
        "known": True,
    }
    assert found.json()["more"] == 0
    entry = site.log()[0]
    assert (entry["action"], entry["detail"]) == ("cameras.sought", {"host": "127.0.0.1"})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"address": "http://admin:x@127.0.0.1/"}, "onvif.address_unreadable"),
        ({"address": "ftp://127.0.0.1"}, "onvif.address_unreadable"),
        ({"address": "203.0.113.9"}, "media.network_refused"),
        ({"address": "127.0.0.1:1"}, "media.unreachable"),
        ({"address": "CAMERA"}, "onvif.credentials_needed"),
        ({"address": "CAMERA", "username": "admin", "password": "wrong"}, "onvif.credentials_refused"),
    ],
)
def test_refusals_are_told_by_their_code(site: Installation, camera: Camera, body: dict[str, str], code: str) -> None:
    body = {**body, "address": body["address"].replace("CAMERA", camera.address)}
    answer = asked(site, "/onvif/looks", body)
    assert answer.json()["code"] == code
    assert answer.status_code >= 400
    assert "wrong" not in str(site.log())


def test_a_search_outside_the_allowed_networks_is_refused(site: Installation) -> None:
    answer = asked(site, "/onvif/searches", {"host": "203.0.113.9"})
    assert answer.json()["code"] == "media.network_refused"


def test_who_may_not_add_cameras_finds_none(site: Installation) -> None:
    for path, body in (("/onvif/searches", {}), ("/onvif/looks", {"address": "127.0.0.1"})):
        assert asked(site, path, body, "duty_operator").status_code == 403
    put = site.browsers["duty_operator"].send(
        "PUT", "/api/v1/channels/00000000-0000-0000-0000-000000000000/onvif", {"address": ""}
    )
    assert put.status_code == 403
