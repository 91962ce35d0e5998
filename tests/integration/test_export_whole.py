"""From a camera to another player and to a file that somebody takes away: the platform as it is started."""

import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import pytest
from tests.unit.api.serving import API
from tests.unit.media.installation import Installation, installed
from tests.unit.media.running import source
from tests.unit.media.storing import until

from mingjian.simulate import readback
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.sound import aac, order
from mingjian.workers import jobs

SPECS = [
    *(CameraSpec(f"camera/{number}", number, source()) for number in range(2)),
    CameraSpec("sound/aac", 2, source(), sound=aac()),
]
REASON = "核实校门口事件"


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installed(tmp_path_factory.mktemp("data"), migrated_sqlite, SPECS) as running:
        running.start("jobs", jobs.run)
        yield running


@pytest.fixture(scope="module")
def channel(site: Installation) -> str:
    added: str = site.add("camera/1", "校门口东侧")["id"]
    site.recording(added)
    return added


def clipped(site: Installation, channel: str) -> tuple[dict[str, Any], bytes]:
    """Three seconds of what was just recorded: the clip and its file."""
    begun = datetime.now(UTC)
    until(lambda: datetime.now(UTC) - begun > timedelta(seconds=4))
    manager = site.browsers["security_manager"]
    wanted = {"start": begun + timedelta(seconds=0.5), "end": begun + timedelta(seconds=3.5)}
    body = {"channels": [channel], "reason": REASON, **{name: one.isoformat() for name, one in wanted.items()}}
    asked = manager.post("/clips", body)
    assert asked.status_code == 201, asked.text
    clip: dict[str, Any] = asked.json()

    def over() -> bool:
        clip.update(manager.get(f"/clips/{clip['id']}").json())
        return clip["state"] not in {"waiting", "running"}

    until(over, 60)
    assert clip["state"] == "ready", clip
    return clip, manager.get(f"/clips/{clip['id']}/file").content


def test_sound_goes_along(site: Installation) -> None:
    added = site.add("sound/aac", "校门口有声")["id"]
    site.recording(added)
    _, content = clipped(site, added)
    sent = aac()
    with av.open(BytesIO(content), "r") as movie:
        sound = movie.streams.audio[0]
        begins = [float((one.start_time or 0) * (one.time_base or 0)) for one in movie.streams]
        assert abs(begins[0] - begins[1]) < 0.1
        heard = [bytes(one) for one in movie.demux(sound) if one.size]
    order_of_units = order(sent, heard)
    first = order_of_units[0]
    assert order_of_units == [(first + number) % len(sent.frames) for number in range(len(heard))]
    assert 2.6 < len(heard) * sent.samples / sent.clock < 3.2


def test_a_clip_of_what_was_just_seen(site: Installation, channel: str) -> None:
    clip, content = clipped(site, channel)
    manager = site.browsers["security_manager"]
    answer = manager.get(f"/clips/{clip['id']}/file")
    assert answer.content == content
    assert sha256(answer.content).hexdigest() == clip["file"]["sha256"]
    (part,) = clip["parts"]
    lead = round(part["lead_ms"] / 40)
    stamps = readback.stamps_in_mp4(answer.content)
    numbers = [one.frame for one in stamps]
    assert {one.camera for one in stamps} == {1}
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert abs(len(numbers) - lead - 75) <= 1
    assert numbers[0] % 25 == 0
    assert clip["left_out"] == []


def test_live_in_another_player(site: Installation, channel: str) -> None:
    duty = site.browsers["duty_operator"]
    view = duty.post("/views", {"kind": "live", "channels": [channel]}).json()["id"]
    url = duty.post(f"/views/{view}/streams", {"channel": channel}).json()["url"]
    until(lambda: ".m4s" in site.browsers["auditor"].send("GET", url.removeprefix(site.url)).text)
    command = ["ffmpeg", "-v", "error", "-live_start_index", "0", "-i", url, "-map", "0:v", "-c", "copy"]
    begun = time.monotonic()
    done = subprocess.run([*command, "-t", "12", "-f", "h264", "-"], capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    numbers = readback.numbers(done.stdout)
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert abs(len(numbers) - 300) <= 1
    assert duty.send("POST", f"{API}/views/{view}/close").status_code == 204
    closed = site.log()[0]
    assert closed["action"] == "view.closed"
    (seen,) = closed["detail"]["channels"]
    assert 12 <= seen["seconds"] <= time.monotonic() - begun + 20
