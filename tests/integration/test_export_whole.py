"""From a camera to another player and to a file that somebody takes away: the platform as it is started."""

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import av
import numpy as np
import pytest
from tests.unit.api.serving import API
from tests.unit.media.installation import Installation, installed
from tests.unit.media.listening import complaints, key_times, tone_times
from tests.unit.media.running import source
from tests.unit.media.storing import until

from mingjian.media.playback import SOUND_HEAD
from mingjian.simulate import readback
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.sound import aac, g711, order, tones
from mingjian.workers import jobs

SPECS = [
    *(CameraSpec(f"camera/{number}", number, source()) for number in range(2)),
    CameraSpec("sound/aac", 2, source(), sound=aac()),
    CameraSpec("sound/alaw", 3, source(), sound=g711("alaw")),
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


def written_until(site: Installation, channel: str, begun: datetime) -> datetime:
    """The end of the footage that is on the disk: on a busy machine it is seconds behind the camera."""
    asked = urlencode({"from": begun.isoformat(), "to": (begun + timedelta(minutes=1)).isoformat()})
    spans = site.browsers["security_manager"].get(f"/channels/{channel}/timeline?{asked}").json()["spans"]
    return datetime.fromisoformat(spans[-1]["end"]) if spans else begun


def clipped(site: Installation, channel: str) -> tuple[dict[str, Any], bytes]:
    """Three seconds of what was just recorded: the clip and its file."""
    begun = datetime.now(UTC)
    manager = site.browsers["security_manager"]
    wanted = {"start": begun + timedelta(seconds=0.5), "end": begun + timedelta(seconds=3.5)}
    until(lambda: written_until(site, channel, begun) > wanted["end"])
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


@pytest.mark.breadth
def test_sound_goes_along(site: Installation) -> None:
    added = site.add("sound/aac", "校门口有声")["id"]
    site.recording(added)
    clip, content = clipped(site, added)
    assert clip["parts"][0]["sound"] == "aac"
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


@pytest.fixture(scope="module")
def phone(site: Installation) -> str:
    """A camera that sends G.711: a tone with each key frame, one a second."""
    added: str = site.add("sound/alaw", "值班室")["id"]
    site.recording(added)
    return added


@pytest.mark.breadth
def test_g711_goes_along_and_keeps_its_lips(site: Installation, phone: str, tmp_path: Path) -> None:
    clip, content = clipped(site, phone)
    assert clip["parts"][0]["sound"] == "alaw"
    file = tmp_path / "clip.mp4"
    file.write_bytes(content)
    assert complaints(file) == []
    found, (begin, end) = tone_times(file)
    expected = [key for key in key_times(file) if begin + 0.02 < key < end - 0.1]
    assert len(expected) >= 2
    assert [min(abs(tone - key) for tone in found) < 0.06 for key in expected] == [True] * len(expected)


def moment_us(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1_000_000)


def test_sound_is_played_back_with_its_picture(site: Installation, phone: str) -> None:
    begun = datetime.now(UTC)
    until(lambda: datetime.now(UTC) - begun > timedelta(seconds=6))
    manager = site.browsers["security_manager"]
    opened = manager.post("/views", {"kind": "playback", "channels": [phone], "reason": REASON})
    view = opened.json()["id"]
    span = {"from": begun.isoformat(), "to": (begun + timedelta(seconds=5)).isoformat()}
    sound = f"/views/{view}/sound/{phone}?{urlencode(span)}"
    until(lambda: "mingjian-next" in manager.get(sound).headers)  # what follows the span is on the disk
    picture = manager.get(f"/views/{view}/media/{phone}?{urlencode(span)}")
    key_us = moment_us(picture.headers["mingjian-from"])
    answer = manager.get(sound)
    assert answer.status_code == 200
    told = json.loads(answer.headers["mingjian-sound"])
    assert told == {"codec": "alaw", "mime": "alaw", "rate": 8000, "channels": 1, "configuration": ""}
    assert answer.headers["mingjian-epoch"] == picture.headers["mingjian-epoch"]
    pieces, at = [], 0
    while at < len(answer.content):
        size, wall_us = SOUND_HEAD.unpack_from(answer.content, at)
        at += SOUND_HEAD.size
        pieces.append((wall_us, answer.content[at : at + size]))
        at += size
    sent = g711("alaw")
    places = order(sent, [piece for _, piece in pieces])
    assert places == [(places[0] + number) % len(sent.frames) for number in range(len(pieces))]
    assert 4 < len(pieces) * sent.samples / sent.clock < 7
    octets = np.frombuffer(b"".join(piece for _, piece in pieces), np.uint8).astype(int) ^ 0x55
    loudness = ((octets & 15) * 2 + 33 << np.maximum(octets >> 4 & 7, 1) - 1) / 4096  # ITU-T G.711, but for its lowest
    heard_us = [pieces[0][0] + round(tone * 1e6) for tone in tones(loudness, 8000)]
    assert len(heard_us) >= 4
    assert max(abs((one - key_us + 500_000) % 1_000_000 - 500_000) for one in heard_us) < 60_000
    # Nobody hears what they do not watch.
    other = site.browsers["auditor"]
    assert other.get(f"/views/{view}/sound/{phone}?{urlencode(span)}").status_code == 403
    assert manager.get(f"/views/{uuid4()}/sound/{phone}?{urlencode(span)}").status_code == 404


def test_what_has_no_sound_says_so(site: Installation, channel: str) -> None:
    begun = datetime.now(UTC)
    until(lambda: datetime.now(UTC) - begun > timedelta(seconds=3))
    manager = site.browsers["security_manager"]
    opened = manager.post("/views", {"kind": "playback", "channels": [channel], "reason": REASON})
    span = {"from": begun.isoformat(), "to": (begun + timedelta(seconds=2)).isoformat()}
    answer = manager.get(f"/views/{opened.json()['id']}/sound/{channel}?{urlencode(span)}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert "mingjian-sound" not in answer.headers
    assert "mingjian-from" in answer.headers


def test_a_clip_of_what_was_just_seen(site: Installation, channel: str) -> None:
    clip, content = clipped(site, channel)
    assert clip["parts"][0]["sound"] is None
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
