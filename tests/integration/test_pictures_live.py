"""Stills and snapshots of cameras that are live, of both codecs, through recorder, socket and API."""

import json
import time
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from tests.unit.api.serving import API, Browser
from tests.unit.media.installation import Installation, installed
from tests.unit.media.picturing import number_in, opened
from tests.unit.media.running import source
from tests.unit.media.storing import until

from mingjian.api import pictures
from mingjian.media.pictures import desk
from mingjian.simulate import clips, nal
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.encode import Settings
from mingjian.simulate.loadclip import pictures as drawn
from mingjian.simulate.sources import ClipSource

MOSTLY = "sqlite"  # the engine plays a small part

REASON: Final = "核实校门口事件"


@cache
def h265() -> ClipSource:
    settings = Settings("h265", 256, 144, Fraction(25), 300, 25, preset="ultrafast", threads=1, b_frames=2)
    return ClipSource(clips.make(settings, drawn(256, 144, 50)))


SPECS: Final = [CameraSpec("h264", 1, source()), CameraSpec("h265", 2, h265()), CameraSpec("leaves", 3, source())]
CODECS: Final[tuple[nal.Codec, ...]] = ("h264", "h265")


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pictures, "CHECK_S", 0.5)
        for rate in ("_STILLS", "_THUMBNAILS", "_SNAPSHOTS"):
            patch.setattr(desk, rate, (1e6, 1_000_000))  # tests ask without rest
        with installed(tmp_path_factory.mktemp("data"), migrated_sqlite, SPECS) as running:
            yield running


@pytest.fixture(scope="module")
def channels(site: Installation) -> dict[str, str]:
    added: dict[str, str] = {path: site.add(path)["id"] for path in CODECS}
    for channel_id in added.values():
        site.recording(channel_id)
    return added


@pytest.fixture
def duty(site: Installation) -> Browser:
    return site.browsers["duty_operator"]


def view(browser: Browser, channel_id: str, kind: str = "live") -> str:
    answer = browser.post("/views", {"kind": kind, "channels": [channel_id], "reason": REASON})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def still(browser: Browser, view_id: str, channel_id: str, width: int = 1280) -> httpx.Response:
    return browser.get(f"/views/{view_id}/still/{channel_id}?width={width}")


def taken_at(answer: httpx.Response) -> float:
    return datetime.fromisoformat(answer.headers["mingjian-at"]).timestamp()


@pytest.mark.parametrize("codec", CODECS)
def test_stills_go_on(site: Installation, channels: dict[str, str], duty: Browser, codec: str) -> None:
    channel_id = channels[codec]
    view_id = view(duty, channel_id)
    first = still(duty, view_id, channel_id)
    assert first.status_code == 200, first.text
    assert (first.headers["content-type"], first.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert float(first.headers["mingjian-every"]) == 2.0
    assert number_in(first.content) in {0, 25}  # a key frame each second
    assert abs(taken_at(first) - time.time()) < 30
    later: list[httpx.Response] = []

    def renewed() -> bool:
        later.append(still(duty, view_id, channel_id))
        return later[-1].headers["mingjian-at"] != first.headers["mingjian-at"]

    until(renewed)
    assert 1 < taken_at(later[-1]) - taken_at(first) < 30
    assert opened(still(duty, view_id, channel_id, 160).content).size == (160, 90)


def test_many_pages_share_a_still(site: Installation, channels: dict[str, str]) -> None:
    channel_id = channels["h265"]
    people = [site.browsers[role] for role in ("duty_operator", "police_supervisor", "maintenance")]
    views = [(browser, view(browser, channel_id)) for browser in people]
    begun = time.monotonic()
    with ThreadPoolExecutor(12) as pool:
        asked = [pool.submit(still, browser, view_id, channel_id) for browser, view_id in views * 4]
    answers = [one.result() for one in asked]
    assert {one.status_code for one in answers} == {200}
    # Twelve pages within one pause: one picture, or two where the pause ended among them.
    assert len({one.headers["mingjian-at"] for one in answers}) <= 2 + (time.monotonic() - begun) // 2


def test_stills_are_seen_in_the_log(site: Installation, channels: dict[str, str], duty: Browser) -> None:
    channel_id = channels["h264"]
    view_id = view(duty, channel_id)
    before = time.monotonic()
    assert still(duty, view_id, channel_id).status_code == 200
    first = time.monotonic()
    while (last := time.monotonic()) - first < 2.5:
        assert still(duty, view_id, channel_id).status_code == 200
    assert duty.send("POST", f"{API}/views/{view_id}/close").status_code == 204
    after = time.monotonic()
    entry = site.log()[0]
    assert (entry["action"], entry["object_id"]) == ("view.closed", view_id)
    ((found, seconds),) = [(one["id"], one["seconds"]) for one in entry["detail"]["channels"]]
    assert found == channel_id
    assert last - first - 1 <= seconds <= after - before + 1
    assert still(duty, view_id, channel_id).status_code == 404


@pytest.mark.parametrize("codec", CODECS)
def test_a_live_snapshot(site: Installation, channels: dict[str, str], duty: Browser, codec: str) -> None:
    channel_id = channels[codec]
    answer = duty.post(f"/views/{view(duty, channel_id)}/snapshots", {"channel": channel_id, "reason": REASON})
    assert answer.status_code == 201, answer.text
    taken = answer.json()
    assert number_in(b64decode(taken["image"])) in {0, 25}
    assert abs(datetime.fromisoformat(taken["at"]).timestamp() - time.time()) < 30
    entry = site.log()[0]
    assert (entry["action"], entry["object_id"]) == ("snapshot.taken", channel_id)
    assert (entry["detail"]["kind"], entry["detail"]["sha256"]) == ("live", taken["sha256"])
    source = json.loads(taken["sidecar"])["source"]
    assert (source["kind"], source["segment"], len(source["sha256"])) == ("live", None, 1)


def test_recorded_h265_has_thumbnails_and_snapshots(
    site: Installation, channels: dict[str, str], duty: Browser
) -> None:
    """Of what was recorded by the whole platform, with B-frames: the frame that is shown at a moment."""
    channel_id = channels["h265"]
    view_id = view(duty, channel_id, "playback")
    moment = time.time() - 3
    found: list[dict[str, Any]] = []

    def at(seconds: float) -> str:
        return f"{datetime.fromtimestamp(seconds).astimezone().isoformat()}"

    def there() -> bool:
        query = {"at": at(moment), "width": 640}
        answer = duty.send("GET", f"{API}/views/{view_id}/thumbnail/{channel_id}", params=query)
        if answer.status_code == 200:
            assert number_in(answer.content) in {0, 25}
            assert 0 <= moment - taken_at(answer) <= 1.2
        return answer.status_code == 200

    until(there)
    for late in (0.0, 0.2, 0.4):
        body = {"channel": channel_id, "reason": REASON, "at": at(moment - late)}
        answer = duty.post(f"/views/{view_id}/snapshots", body)
        assert answer.status_code == 201, answer.text
        found.append(answer.json())
    numbers = [number_in(b64decode(one["image"])) for one in found]
    moments = [datetime.fromisoformat(one["at"]).timestamp() for one in found]
    for number, shown in zip(numbers, moments, strict=True):
        assert number is not None
        steps = round((moments[0] - shown) * 25)
        assert (number + steps) % 50 == numbers[0]
    assert all(-0.01 <= moment - late - shown < 0.05 for late, shown in zip((0.0, 0.2, 0.4), moments, strict=True))


def test_a_camera_that_is_gone_says_so(site: Installation, duty: Browser) -> None:
    channel_id = site.add("leaves")["id"]
    site.recording(channel_id)
    view_id = view(duty, channel_id)
    assert still(duty, view_id, channel_id).status_code == 200
    site.cameras.do(site.cameras.server.cameras["leaves"].stop)
    until(lambda: site.channel(channel_id)["state"] == "offline")
    answers: list[httpx.Response] = []

    def refused() -> bool:
        answers.append(still(duty, view_id, channel_id))
        return answers[-1].status_code != 200

    until(refused)  # the last still is given for as long as it is not older than the pause
    assert answers[-1].status_code == 502
    assert answers[-1].json()["code"] == site.channel(channel_id)["problem"]["code"]
    taken = duty.post(f"/views/{view_id}/snapshots", {"channel": channel_id, "reason": REASON})
    assert taken.status_code == 502
