"""Cameras over the API, with real cameras and a real recorder behind it."""

from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from PIL import Image
from tests.unit.api.serving import API, served, set_up
from tests.unit.api.serving import add as add_person
from tests.unit.media.installation import Installation, installed
from tests.unit.media.running import source
from tests.unit.media.storing import until

from mingjian.simulate.auth import Account, Scheme
from mingjian.simulate.cameras import CameraSpec, Misbehaviour
from mingjian.storage.engine import Database

PICTURE = {"codec": "h264", "mime": "avc1.42c00c", "width": 256, "height": 144, "fps": 25.0, "sound": None}
DIGEST = Account(Scheme.DIGEST_QOP, "admin", "hunter2 密码")
SPECS = [
    *(CameraSpec(f"camera/{number}", number, source()) for number in range(6)),
    CameraSpec("digest", 10, source(), account=DIGEST),
    CameraSpec("missing", 11, source(), misbehaviour=Misbehaviour.NOT_FOUND),
    CameraSpec("mjpeg", 12, source(), misbehaviour=Misbehaviour.MJPEG),
    CameraSpec("web", 13, source(), misbehaviour=Misbehaviour.HTML),
]


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("data"), migrated_sqlite, SPECS) as running:
        yield running


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def code(answer: Any) -> tuple[int, str]:
    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert all(document[language][part] for language in ("zh", "en") for part in ("what", "why", "advice"))
    return answer.status_code, document["code"]


def test_from_a_test_to_footage_to_the_end(site: Installation) -> None:
    manager, duty = site.browsers["security_manager"], site.browsers["duty_operator"]
    probe = manager.post(
        "/probes", {"url": site.cameras.url("digest"), "username": "admin", "password": DIGEST.password}
    )
    assert probe.status_code == 200, probe.text
    found = probe.json()
    assert found["picture"] == PICTURE
    kind, _, still = found["still"].partition(",")
    assert kind == "data:image/jpeg;base64"
    assert Image.open(BytesIO(b64decode(still))).size == (256, 144)
    assert timedelta(minutes=9) < moment(found["expires_at"]) - datetime.now(UTC) <= timedelta(minutes=10)

    body = {
        "probe_id": found["probe_id"],
        "name": " 校门口 ",
        "place": {"name": "第一中学", "address": "腾越镇", "region_code": "530581"},
        "spot": {"name": "校门"},
    }
    added = manager.post("/channels", body)
    assert added.status_code == 201
    channel = added.json()
    assert (channel["name"], channel["spot"]["name"], channel["spot"]["kind"]) == ("校门口", "校门", "unclassified")
    assert (channel["place"]["region_zh"], channel["place"]["region_en"]) == ("云南省腾冲市", "Tengchong, Yunnan")
    assert channel["device"] == {
        "address": site.cameras.url("digest"),
        "transport": "auto",
        "sub_address": None,
        "onvif": False,
    }
    assert (channel["state"], channel["demonstration"], channel["problem"]) == ("connecting", False, None)
    assert code(manager.post("/channels", body)) == (409, "media.probe_unknown")  # a test serves once

    shown = site.recording(channel["id"])
    assert shown["picture"] == found["picture"]
    assert moment(shown["state_since"]) <= datetime.now(UTC)
    place = manager.get("/places").json()["items"][0]
    assert place == channel["place"]

    renamed = manager.send("PATCH", f"{API}/channels/{channel['id']}", {"name": "校门口东侧"})
    assert (renamed.json()["name"], renamed.json()["state"]) == ("校门口东侧", "recording")

    def timeline() -> dict[str, Any]:
        start, end = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1)
        asked = f"?from={quote(start.isoformat())}&to={quote(end.isoformat())}"
        answer = site.browsers["maintenance"].get(f"/channels/{channel['id']}/timeline{asked}")
        assert answer.status_code == 200
        document: dict[str, Any] = answer.json()
        return document

    until(lambda: timeline()["spans"])
    first = timeline()
    until(lambda: (timeline()["recording_until"] or "") > (first["recording_until"] or ""))
    (span,) = timeline()["spans"]
    assert span["start"] == first["spans"][0]["start"]
    assert span["clock_epoch"] == 0

    assert manager.send("DELETE", f"{API}/channels/{channel['id']}").status_code == 204
    assert channel["id"] not in [one["id"] for one in duty.get("/channels").json()["items"]]
    until(lambda: timeline()["gaps"] and timeline()["gaps"][-1]["cause"] == "operator")
    until(lambda: not site.cameras.do(lambda: len(site.cameras.server.cameras["digest"].links)))
    last = timeline()["gaps"][-1]
    assert (last["end"], last["zh"], last["en"]) == (None, "人工停止", "stopped by a person")
    assert timeline()["spans"]  # footage stays
    assert code(manager.send("DELETE", f"{API}/channels/{channel['id']}")) == (409, "registry.channel_retired")
    assert code(manager.send("PATCH", f"{API}/channels/{channel['id']}", {"name": "x"})) == (
        409,
        "registry.channel_retired",
    )
    entries = [one for one in site.log() if one["object_id"] == channel["id"] or one["action"] == "channel.probed"]
    assert [one["action"] for one in reversed(entries)][-4:] == [
        "channel.probed",
        "channel.added",
        "channel.changed",
        "channel.retired",
    ]
    assert "hunter2" not in str(site.log(200))
    assert "hunter2" not in str(timeline()) + str(channel)


def test_credentials_in_the_address_are_taken_out(site: Installation) -> None:
    manager = site.browsers["security_manager"]
    inside = site.cameras.url("digest").replace("rtsp://", "rtsp://admin:hunter2%20%E5%AF%86%E7%A0%81@")
    assert manager.post("/probes", {"url": inside}).status_code == 200
    wrong = {"url": inside, "username": "admin", "password": "other"}
    assert code(manager.post("/probes", wrong)) == (502, "media.credentials_refused")  # what stands beside it counts
    assert "hunter2" not in str(site.log(200))


PROBLEMS = [
    ("missing", 502, "media.path_unknown"),
    ("mjpeg", 502, "media.codec_unsupported"),
    ("web", 502, "media.not_rtsp"),
    ("digest", 502, "media.credentials_refused"),
    ("rtsp://169.254.169.254/latest/meta-data", 422, "media.network_refused"),
    ("rtsp://8.8.8.8/", 422, "media.network_refused"),
    ("rtsp://0/", 422, "media.network_refused"),
    ("rtsp://no-such-host.invalid/", 502, "media.host_unknown"),
    ("rtsp://127.0.0.1:1/", 502, "media.unreachable"),
    ("http://127.0.0.1/", 422, "media.address_unreadable"),
    ("/etc/passwd", 422, "media.address_unreadable"),
    ("rtsp://u%00:p@127.0.0.1/", 422, "media.address_unreadable"),
    ("rtsp://127.0.0.1:1/x?src=rtsp://u:p@127.0.0.1/", 502, "media.unreachable"),
]


@pytest.mark.parametrize(("address", "status", "expected"), PROBLEMS)
def test_probes_that_find_nothing_say_why(site: Installation, address: str, status: int, expected: str) -> None:
    address = address if ":" in address or "/" in address else site.cameras.url(address)
    before = len(site.log(200))
    assert code(site.browsers["security_manager"].post("/probes", {"url": address})) == (status, expected)
    # Somebody tried to see a picture there: that is in the log even when nothing came of it.
    unreadable = expected == "media.address_unreadable"
    assert len(site.log(200)) == before + (not unreadable) or before == 200


def test_one_address_is_registered_once(site: Installation) -> None:
    manager = site.browsers["security_manager"]
    first = site.add("camera/1")
    found = manager.post("/probes", {"url": site.cameras.url("camera/1")}).json()
    assert found["obstacle"]["code"] == "registry.device_known"  # said before anything else is typed
    assert first["name"] in found["obstacle"]["zh"]["what"]
    own = manager.post("/probes", {"url": site.cameras.url("camera/1"), "channel_id": first["id"]})
    assert own.json()["obstacle"] is None
    probe = found["probe_id"]
    body = {"probe_id": probe, "name": "x", "place": {"id": first["place"]["id"]}, "spot": {"name": "x"}}
    assert code(manager.post("/channels", body)) == (409, "registry.device_known")
    manager.send("DELETE", f"{API}/channels/{first['id']}")
    again = manager.post("/channels", body)  # the test was not used up by the refusal
    assert again.status_code == 201
    assert again.json()["place"] == first["place"]


def test_a_test_belongs_to_who_made_it(site: Installation) -> None:
    probe = site.browsers["maintenance"].post("/probes", {"url": site.cameras.url("camera/2")}).json()["probe_id"]
    body = {"probe_id": probe, "name": "x", "place": {"name": "x", "region_code": "530581"}, "spot": {"name": "x"}}
    assert code(site.browsers["security_manager"].post("/channels", body)) == (409, "media.probe_unknown")
    for change, expected in (
        ({"place": {"id": str(uuid4())}}, (404, "registry.place_unknown")),
        ({"place": {"name": "x", "region_code": "000000"}}, (422, "registry.region_unknown")),
    ):
        assert code(site.browsers["maintenance"].post("/channels", {**body, **change})) == expected


def test_a_camera_that_goes_away_is_said(site: Installation) -> None:
    channel = site.add("camera/3")
    site.recording(channel["id"])
    camera = site.cameras.server.cameras["camera/3"]
    site.cameras.do(camera.stop)
    until(lambda: site.channel(channel["id"])["state"] == "offline")
    shown = site.channel(channel["id"])
    assert shown["problem"]["code"] in ("media.peer_ended", "media.unreachable")
    assert shown["problem"]["status"] is None  # no answer of ours failed
    assert shown["problem"]["zh"]["advice"]
    site.cameras.do(camera.start)
    site.recording(channel["id"])


def test_a_recorder_that_is_down_is_said(site: Installation) -> None:
    channel = site.add("camera/4")
    site.recording(channel["id"])
    site.stop_media()
    try:
        until(lambda: site.channel(channel["id"])["state"] == "offline")
        assert site.channel(channel["id"])["problem"]["code"] == "media.recorder_down"
        manager = site.browsers["security_manager"]
        probe = manager.post("/probes", {"url": site.cameras.url("camera/4")})
        assert code(probe) == (503, "media.recorder_down")
        assert site.browsers["system_administrator"].get("/health").json()["channels"]["recording"] == 0
    finally:
        site.start_media()
    site.recording(channel["id"])
    health = site.browsers["system_administrator"].get("/health").json()
    (volume,) = health["storage"]
    assert volume["free_bytes"] > 0
    assert health["channels"]["recording"] >= 1


# Doors and bad input, without cameras


@pytest.fixture
def alone(database: Database, tmp_path: Path) -> Iterator[Any]:
    with served(database, tmp_path) as running:
        running.browsers = set_up(running)  # type: ignore[attr-defined]
        yield running


BAD: list[tuple[str, str, Any]] = [
    ("POST", "/probes", {}),
    ("POST", "/probes", {"url": ""}),
    ("POST", "/probes", {"url": 5}),
    ("POST", "/probes", {"url": "x" * 1025}),
    ("POST", "/probes", {"url": "rtsp://h/", "username": "a\0b"}),
    ("POST", "/probes", {"url": "rtsp://h/", "password": "a\r\nb"}),
    ("POST", "/probes", {"url": "rtsp://h/", "more": 1}),
    ("POST", "/probes", [1]),
    ("POST", "/channels", {}),
    ("POST", "/channels", {"probe_id": "x", "name": " ", "place": {"id": str(uuid4())}, "spot": {"name": "x"}}),
    ("POST", "/channels", {"probe_id": "x", "name": "a\0", "place": {"id": str(uuid4())}, "spot": {"name": "x"}}),
    ("POST", "/channels", {"probe_id": "x", "name": "x" * 101, "place": {"id": str(uuid4())}, "spot": {"name": "x"}}),
    ("POST", "/channels", {"probe_id": "x", "name": "x", "place": {"id": "x"}, "spot": {"name": "x"}}),
    (
        "POST",
        "/channels",
        {"probe_id": "x", "name": "x", "place": {"name": "x", "region_code": "53058"}, "spot": {"name": "x"}},
    ),
    (
        "POST",
        "/channels",
        {
            "probe_id": "x",
            "name": "x",
            "place": {"name": "x", "address": "\0", "region_code": "530581"},
            "spot": {"name": "x"},
        },
    ),
    ("PATCH", "/channels/x", {"name": "x"}),
    ("PATCH", f"/channels/{uuid4()}", {"name": ""}),
    ("PATCH", f"/channels/{uuid4()}", {}),
    ("DELETE", "/channels/x", None),
    ("GET", f"/channels/{uuid4()}/timeline", None),
    ("GET", f"/channels/{uuid4()}/timeline?from=x&to=y", None),
    ("GET", f"/channels/{uuid4()}/timeline?from=2026-01-01T00:00:00&to=2026-01-02T00:00:00", None),
    ("GET", f"/channels/{uuid4()}/timeline?from=1800000000000000&to=1800000000000001", None),
    ("GET", f"/channels/{uuid4()}/timeline?from=0001-01-01T00:00:00%2B23:59&to=9999-12-31T23:59:59-23:59", None),
    ("GET", f"/channels/{uuid4()}/timeline?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", None),
    ("GET", f"/channels/{uuid4()}/timeline?from=%00&to=%ff", None),
]


def test_bad_input_is_refused_with_words(alone: Any) -> None:
    browser = alone.browsers["system_administrator"]
    for method, path, body in BAD:
        answer = browser.send(method, API + path, body)
        assert (answer.status_code, path) == (422, path)
        code(answer)


def test_what_is_not_there(alone: Any) -> None:
    browser = alone.browsers["system_administrator"]
    span = "from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z"
    nobody = uuid4()
    for answer in (
        browser.send("PATCH", f"{API}/channels/{nobody}", {"name": "x"}),
        browser.send("DELETE", f"{API}/channels/{nobody}"),
        browser.get(f"/channels/{nobody}/timeline?{span}"),
    ):
        assert code(answer) == (404, "registry.channel_unknown")
    body = {"probe_id": "x", "name": "x", "place": {"id": str(uuid4())}, "spot": {"name": "x"}}
    assert code(browser.post("/channels", body)) == (409, "media.probe_unknown")
    assert code(browser.post("/probes", {"url": "rtsp://127.0.0.1/"})) == (503, "media.recorder_down")
    assert browser.get("/channels").json()["items"] == []
    assert browser.get("/places").json()["items"] == []
    assert {"code": "530581", "zh": "云南省腾冲市", "en": "Tengchong, Yunnan"} in browser.get("/regions").json()[
        "items"
    ]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_who_may(alone: Any) -> None:
    """The table of permissions, asked over the wire: who may read, and who may change."""
    browsers = {**alone.browsers}
    for role in ("duty_operator", "security_manager", "police_supervisor", "requesting_officer", "maintenance"):
        browsers[role] = add_person(alone, alone.browsers, role, role)
    readers = {role for role, browser in browsers.items() if browser.get("/channels").status_code == 200}
    assert readers == set(browsers) - {"security_administrator", "requesting_officer"}
    changes = [
        ("POST", "/probes", {"url": "rtsp://127.0.0.1/"}),
        ("POST", "/channels", {"probe_id": "x", "name": "x", "place": {"id": str(uuid4())}, "spot": {"name": "x"}}),
        ("PATCH", f"/channels/{uuid4()}", {"name": "x"}),
        ("DELETE", f"/channels/{uuid4()}", None),
    ]
    for method, path, body in changes:
        answers = {role: browser.send(method, API + path, body).status_code for role, browser in browsers.items()}
        managers = {role for role, status in answers.items() if status != 403}
        assert managers == {"system_administrator", "security_manager", "maintenance"}, path
    stranger = alone.browser()
    assert code(stranger.get("/channels")) == (401, "identity.not_signed_in")
