"""How a camera is asked for its streams, over the API: transport, the small stream, sound for those who listen."""

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.integration.test_api_views import closed_with, code, opened, socket
from tests.unit.api.serving import API
from tests.unit.media.installation import Installation, installed
from tests.unit.media.running import source
from tests.unit.media.storing import until
from websockets.sync.client import ClientConnection

from mingjian.simulate import readback
from mingjian.simulate.cameras import CameraSpec, Transports
from mingjian.simulate.sound import g711, order, other

ALAW = g711("alaw")
SOUND = 7
SPECS = [
    CameraSpec("main", 1, source()),
    CameraSpec("small", 2, source()),
    CameraSpec("heard", 3, source(), sound=ALAW),
    CameraSpec("datagrams", 4, source(), transports=Transports.UDP, sound=other("G726-32", 8000)),
]


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("data"), migrated_sqlite, SPECS) as running:
        yield running


def probe(site: Installation, path: str, **more: Any) -> dict[str, Any]:
    answer = site.browsers["security_manager"].post("/probes", {"url": site.cameras.url(path), **more})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def save(site: Installation, found: dict[str, Any], name: str) -> dict[str, Any]:
    place = {"name": "腾冲市第一中学", "region_code": "530581"}
    body = {"probe_id": found["probe_id"], "name": name, "place": place, "spot": {"name": "校门"}}
    added = site.browsers["security_manager"].post("/channels", body)
    assert added.status_code == 201, added.text
    channel: dict[str, Any] = added.json()
    return channel


def change(site: Installation, channel_id: str, **what: Any) -> Any:
    return site.browsers["security_manager"].send("PATCH", f"{API}/channels/{channel_id}", what)


def received(live: ClientConnection, seconds: float) -> list[str | bytes]:
    """All messages of this time."""
    messages: list[str | bytes] = []
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        try:
            messages.append(live.recv(timeout=left))
        except TimeoutError:
            break
    return messages


def test_a_test_tells_of_sound_transport_and_the_small_stream(site: Installation) -> None:
    heard = probe(site, "heard")
    assert heard["picture"]["sound"] == {"codec": "alaw", "mime": "alaw", "rate": 8000, "channels": 1}
    assert (heard["transport"], heard["sound_left_out"]) == ("tcp", "")
    refusing = probe(site, "datagrams")
    assert (refusing["transport"], refusing["sound_left_out"]) == ("udp", "G726-32")
    assert refusing["picture"]["sound"] is None
    asked = {"url": site.cameras.url("datagrams"), "transport": "tcp"}
    answer = site.browsers["security_manager"].post("/probes", asked)
    assert code(answer) == (502, "media.transport_refused")
    assert probe(site, "heard", transport="udp")["transport"] == "udp"

    both = probe(site, "main", sub_url=site.cameras.url("small"))
    assert (both["sub_picture"], both["sub_problem"]) == (both["picture"], None)
    assert [one["object_id"] for one in site.log(2)] == [site.cameras.url("small"), site.cameras.url("main")]
    broken = probe(site, "main", sub_url=site.cameras.url("nothing"))
    assert broken["sub_picture"] is None
    assert broken["sub_problem"]["code"] == "media.path_unknown"
    unreadable = {"url": site.cameras.url("main"), "sub_url": "http://127.0.0.1/"}
    assert code(site.browsers["security_manager"].post("/probes", unreadable)) == (422, "media.address_unreadable")


def test_what_was_tested_is_saved_and_can_be_changed(site: Installation) -> None:
    small = site.cameras.url("small")
    inside = small.replace("rtsp://", "rtsp://admin:hunter2@")
    channel = save(site, probe(site, "main", sub_url=inside, transport="tcp"), "both")
    assert (channel["device"]["transport"], channel["device"]["sub_address"]) == ("tcp", small)
    entry = site.log(1)[0]
    assert (entry["action"], entry["detail"]["sub_address"]) == ("channel.added", small)

    other_one = "rtsp://127.0.0.1:1/small?password=hunter2"
    changed = change(site, channel["id"], transport="udp", sub_address=other_one)
    assert changed.status_code == 200, changed.text
    hidden = other_one.replace("hunter2", "***")
    shown = {"address": site.cameras.url("main"), "transport": "udp", "sub_address": hidden, "onvif": False}
    assert changed.json()["device"] == shown
    entry = site.log(1)[0]
    assert (entry["action"], entry["object_id"]) == ("channel.changed", channel["id"])
    assert entry["detail"]["before"] == {"transport": "tcp", "sub_address": small}
    assert (entry["detail"]["transport"], entry["detail"]["sub_address"]) == ("udp", hidden)
    assert "hunter2" not in str(site.log(50))

    # Saved again as it is shown: the password behind the stars stays.
    assert change(site, channel["id"], sub_address=hidden).json()["device"] == shown
    renamed = change(site, channel["id"], name="both again").json()
    assert (renamed["name"], renamed["device"]) == ("both again", shown)
    assert change(site, channel["id"], sub_address="").json()["device"]["sub_address"] is None
    for wrong in ({}, {"transport": "sctp"}, {"name": " "}):
        assert code(change(site, channel["id"], **wrong)) == (422, "api.invalid")
    assert code(change(site, channel["id"], sub_address="http://x/")) == (422, "media.address_unreadable")
    duty = site.browsers["duty_operator"].send("PATCH", f"{API}/channels/{channel['id']}", {"transport": "tcp"})
    assert duty.status_code == 403
    site.browsers["security_manager"].send("DELETE", f"{API}/channels/{channel['id']}")


def test_sound_is_for_those_who_ask_for_it(site: Installation) -> None:
    duty = site.browsers["duty_operator"]
    channel = save(site, probe(site, "heard"), "heard")["id"]
    until(lambda: (site.recording(channel)["picture"] or {}).get("sound"))
    view_id = opened(duty, [channel])
    with socket(duty, view_id, channel, "?sound=1") as listening, socket(duty, view_id, channel) as muted:
        messages, silent = received(listening, 3), received(muted, 1)
    announced = [json.loads(one) for one in messages if isinstance(one, str)]
    assert [one["sound"] for one in announced if one["type"] == "init"][-1] == {
        "codec": "alaw",
        "mime": "alaw",
        "rate": 8000,
        "channels": 1,
        "configuration": "",
    }
    pieces = [one for one in messages if isinstance(one, bytes) and one[0] == SOUND]
    assert len(pieces) > 40
    places = order(ALAW, [one[16:] for one in pieces])
    assert places == [(places[0] + step) % len(ALAW.frames) for step in range(len(places))]
    walls = [int.from_bytes(one[8:16], "big") for one in pieces]
    assert {after - before for before, after in pairwise(walls)} <= set(range(39_000, 41_001))
    pictures = [int.from_bytes(one[8:16], "big") for one in messages if isinstance(one, bytes) and one[0] in {1, 2}]
    assert abs(walls[-1] - pictures[-1]) < 500_000
    assert [one for one in silent if isinstance(one, bytes) and one[0] == SOUND] == []
    assert len(silent) > 20


def test_the_small_stream_is_shown_where_there_is_one(site: Installation) -> None:
    duty = site.browsers["duty_operator"]
    channel = save(site, probe(site, "main"), "main")["id"]
    site.recording(channel)
    view_id = opened(duty, [channel])
    small = site.cameras.server.cameras["small"]
    played = small.plays
    assert closed_with(duty, view_id, channel, "?stream=sub") == (4400, "registry.no_small_stream")
    assert change(site, channel, sub_address=site.cameras.url("small")).status_code == 200
    numbers: dict[str, list[int]] = {}
    for stream in ("main", "sub"):
        with socket(duty, view_id, channel, f"?stream={stream}") as live:
            messages: list[str | bytes] = []
            while sum(isinstance(one, bytes) for one in messages) < 30:
                messages.append(live.recv(timeout=30))
        announced = [json.loads(one) for one in messages if isinstance(one, str)]
        assert {one["stream"] for one in announced if one["type"] == "init"} == {stream}
        media = b"".join(one[16:] for one in messages if isinstance(one, bytes))
        numbers[stream] = readback.numbers(media)
        assert len(numbers[stream]) >= 25
    assert small.plays == played + 1
    shown = site.channel(channel)
    assert shown["state"] == "recording"


def test_what_was_lost_is_told_by_connection(site: Installation) -> None:
    channel = save(site, probe(site, "datagrams"), "datagrams")["id"]
    shown = site.recording(channel)
    assert (shown["sound_left_out"], shown["picture"]["sound"]) == ("G726-32", None)
    maintenance = site.browsers["maintenance"]
    until(lambda: maintenance.get(f"/channels/{channel}/connections").json()["items"])
    (row,) = maintenance.get(f"/channels/{channel}/connections").json()["items"]
    assert (row["transport"], row["packets_lost"], row["packets_dropped"], row["units_damaged"]) == ("udp", 0, 0, 0)
