"""Clips over the API: asked for, made by the job, downloaded whole and in pieces, and what the log says of it."""

import random
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote
from uuid import uuid4

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.identity.people import PASSWORD
from tests.unit.media.shelf import Shelf, at

from mingjian.api.clips import byte_range, disposition
from mingjian.api.schema import moment_text
from mingjian.law import engine
from mingjian.law.model import Act, Citation, Facts, Finding, Outcome
from mingjian.media.export.service import Room
from mingjian.registry import service as registry
from mingjian.simulate import readback
from mingjian.storage.engine import Database
from mingjian.workers.context import StopSignal
from mingjian.workers.job_kinds import registry as kinds
from mingjian.workers.jobs import Worker

MOSTLY = "sqlite"  # the engine plays a small part

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
REASON: Final = "核实校门口事件"


@dataclass
class Counter:
    """A served application, its footage, and people who may copy."""

    site: Served
    shelf: Shelf
    browsers: dict[str, Browser]
    data: Path

    @property
    def manager(self) -> Browser:
        return self.browsers["security_manager"]

    def ask(self, channels: list[Any], start: float, end: float, **more: Any) -> httpx.Response:
        body = {
            "channels": [str(one) for one in channels],
            "start": moment_text(at(start)),
            "end": moment_text(at(end)),
        }
        return self.manager.post("/clips", {**body, "reason": REASON, **more})

    def run_jobs(self) -> None:
        """As the role `jobs` does, until nothing is due."""
        chance = random.Random(1)
        database, clock = self.site.context.database, self.site.clock
        worker = Worker(database, kinds(), clock, stop=StopSignal(), owner="me", chance=chance, data_dir=self.data)
        with ThreadPoolExecutor(1) as pool:
            while worker.step(pool):
                pass

    def ready(self, channels: list[Any], start: float = 3.2, end: float = 7.0) -> dict[str, Any]:
        asked = self.ask(channels, start, end)
        assert asked.status_code == 201, asked.text
        self.run_jobs()
        found: dict[str, Any] = self.manager.get(f"/clips/{asked.json()['id']}").json()
        assert found["state"] == "ready", found
        return found

    def file(self, clip_id: str, browser: Browser | None = None, **headers: str) -> httpx.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return (browser or self.manager).send("GET", f"{API}/clips/{clip_id}/file", headers=named)

    def log(self) -> list[dict[str, Any]]:
        """Entries of clips, oldest first."""
        items = self.browsers["auditor"].get("/audit?limit=100").json()["items"]
        return [one for one in reversed(items) if one["action"].startswith("clip.")]

    def actions(self) -> list[str]:
        return [one["action"].partition(".")[2] for one in self.log()]


@pytest.fixture
def counter(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter]:
    monkeypatch.setattr(Room, "free_bytes", lambda _self: 1 << 40)
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        for role in ("security_manager", "police_supervisor"):
            browsers[role] = add(site, browsers, role, role)
        yield Counter(site, Shelf(database, tmp_path / "video"), browsers, tmp_path)


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["code"]


def test_from_asking_to_the_last_byte(counter: Counter) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 30)
    asked = counter.ask([channel, channel], 3.2, 24.6)
    assert asked.status_code == 201
    clip = asked.json()
    assert (clip["state"], clip["zh"], clip["file"], clip["problem"]) == ("waiting", "等待生成", None, None)
    assert clip["channels"] == [{"id": str(channel), "name": "校门口东侧"}]
    assert (clip["start"], clip["end"], clip["reason"]) == (moment_text(at(3.2)), moment_text(at(24.6)), REASON)
    (entry,) = counter.log()
    assert (entry["action"], entry["object_id"]) == ("clip.requested", clip["id"])
    assert entry["detail"] == {
        "channels": [{"id": str(channel), "name": "校门口东侧"}],
        "start_us": at(3.2),
        "end_us": at(24.6),
        "reason": REASON,
        "law": ["silent"],
    }
    assert code(counter.file(clip["id"])) == (409, "export.clip_not_ready")
    assert code(counter.manager.get(f"/clips/{clip['id']}/manifest")) == (409, "export.clip_not_ready")
    counter.run_jobs()
    clip = counter.manager.get(f"/clips/{clip['id']}").json()
    assert counter.manager.get("/clips").json() == {"items": [clip], "next": None}
    assert (clip["state"], clip["done_bytes"]) == ("ready", clip["total_bytes"])
    assert clip["file"]["media_type"] == "video/mp4"
    (part,) = clip["parts"]
    assert (part["start"], part["end"], part["lead_ms"]) == (moment_text(at(3.2)), moment_text(at(24.6)), 200)
    answer = counter.file(clip["id"])
    assert answer.status_code == 200
    assert readback.numbers(answer.content) == list(range(75, 615))
    digest = sha256(answer.content).hexdigest()
    assert digest == clip["file"]["sha256"] == part["sha256"] == counter.log()[1]["detail"]["sha256"]
    assert len(answer.content) == clip["file"]["size"] == int(answer.headers["content-length"])
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["etag"] == f'"{digest}"'
    assert answer.headers["cache-control"] == "no-store"
    told = answer.headers["repr-digest"]
    assert b64decode(told.removeprefix("sha-256=:").removesuffix(":")).hex() == digest
    plain, _, named = answer.headers["content-disposition"].partition("; filename*=UTF-8''")
    assert plain == 'attachment; filename="20250615-230643_230704.mp4"'
    assert unquote(named) == "校门口东侧_20250615-230643_230704.mp4" == clip["file"]["name"]
    manifest = counter.manager.get(f"/clips/{clip['id']}/manifest")
    (told,) = manifest.json()["channels"][0]["parts"]
    assert (told["file"], told["sha256"]) == (clip["file"]["name"], digest)
    assert len(told["segments"]) >= 1
    assert counter.actions() == ["requested", "made", "downloaded"]
    entry = counter.log()[-1]
    assert (entry["object_id"], entry["detail"]["sha256"]) == (clip["id"], digest)
    assert entry["zh"].endswith("下载了复制件 校门口东侧_20250615-230643_230704.mp4")


def test_a_broken_download_goes_on(counter: Counter) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    clip = counter.ready([channel])
    size = clip["file"]["size"]
    whole = counter.file(clip["id"])
    etag = whole.headers["etag"]
    found, first = b"", 0
    while first < size:
        last = min(size, first + 100_000) - 1
        answer = counter.file(clip["id"], Range=f"bytes={first}-{last}", If_Range=etag)
        assert answer.status_code == 206
        assert answer.headers["content-range"] == f"bytes {first}-{last}/{size}"
        assert answer.headers["repr-digest"] == whole.headers["repr-digest"]
        found += answer.content
        first = last + 1
    assert found == whole.content
    assert counter.file(clip["id"], Range="bytes=-1000").content == whole.content[-1000:]
    assert counter.file(clip["id"], Range=f"bytes={size - 5}-").content == whole.content[-5:]
    assert counter.file(clip["id"], Range=f"bytes={size - 5}-{size + 99}").content == whole.content[-5:]
    # The first bytes again are a second download; what follows belongs to it.
    assert counter.actions() == ["requested", "made", "downloaded", "downloaded"]
    beyond = counter.file(clip["id"], Range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    for headers in ({"Range": "bytes=5-", "If_Range": '"another"'}, {"Range": "bytes=1-2,5-6"}, {"Range": "rubbish"}):
        answer = counter.file(clip["id"], None, **headers)
        assert (answer.status_code, answer.content) == (200, whole.content)
    same = counter.file(clip["id"], If_None_Match=etag)
    assert (same.status_code, same.content) == (304, b"")
    assert len(counter.actions()) == 7


@on_sqlite
def test_what_is_the_same_download(counter: Counter) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    clip = counter.ready([channel])
    other = Browser(counter.site.origin)
    assert other.post("/session", {"login_name": "security_manager", "password": PASSWORD}).status_code == 200

    def downloads() -> int:
        return counter.actions().count("downloaded")

    assert counter.file(clip["id"], Range="bytes=1000-").status_code == 206
    assert downloads() == 1  # nothing came before it: it is one
    counter.site.clock.forward(500)
    counter.file(clip["id"], Range="bytes=2000-")
    counter.site.clock.forward(500)  # minutes count from the last bytes that were sent
    counter.file(clip["id"], Range="bytes=3000-")
    assert downloads() == 1
    counter.file(clip["id"], other, Range="bytes=3000-")
    assert downloads() == 2
    counter.site.clock.forward(700)
    counter.file(clip["id"], Range="bytes=3000-")
    assert downloads() == 3
    counter.file(clip["id"])
    assert downloads() == 4


@on_sqlite
def test_nothing_is_sent_that_the_log_does_not_hold(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    clip = counter.ready([channel])
    with monkeypatch.context() as broken:
        broken.setattr("mingjian.media.export.service.begin_download", lambda *_args, **_named: None)
        answer = counter.file(clip["id"])
    assert answer.status_code == 500
    assert b"moov" not in answer.content


# Who is refused


@on_sqlite
def test_who_may_copy(counter: Counter) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    for role in ("duty_operator", "requesting_officer", "maintenance"):
        counter.browsers[role] = add(counter.site, counter.browsers, role, role)
    body = {"channels": [str(channel)], "start": moment_text(at(1)), "end": moment_text(at(2)), "reason": REASON}
    found = {role for role, browser in counter.browsers.items() if browser.post("/clips", body).status_code == 201}
    assert found == {"security_manager", "police_supervisor"}
    assert code(counter.browsers["duty_operator"].post("/clips", body)) == (403, "identity.not_permitted")
    for path in ("/clips", f"/clips/{uuid4()}", f"/clips/{uuid4()}/file", f"/clips/{uuid4()}/manifest"):
        assert code(counter.browsers["duty_operator"].get(path)) == (403, "identity.not_permitted")
        assert code(Browser(counter.site.origin).get(path)) == (401, "identity.not_signed_in")


@on_sqlite
def test_the_law_is_asked_for_each_place(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Act, str | None]] = []

    def forbids(act: Act, facts: Facts) -> Finding:
        asked.append((act, facts.region_code))
        return Finding(Outcome.FORBIDDEN, (Citation("NAT", 16),))

    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    monkeypatch.setattr(engine, "may", forbids)
    answer = counter.ask([channel], 1, 2)
    assert code(answer) == (403, "law.forbidden")
    assert "第十六条" in answer.json()["zh"]["why"]
    assert asked == [(Act.COPY, "110101")]
    assert counter.manager.get("/clips").json()["items"] == []
    assert counter.log() == []


def test_clips_of_others_do_not_exist(counter: Counter) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    clip = counter.ready([channel])
    police = counter.browsers["police_supervisor"]
    for clip_id in (clip["id"], str(uuid4())):
        for path in (f"/clips/{clip_id}", f"/clips/{clip_id}/file", f"/clips/{clip_id}/manifest"):
            assert code(police.get(path)) == (404, "export.clip_unknown")
        assert code(police.send("DELETE", f"{API}/clips/{clip_id}")) == (404, "export.clip_unknown")
    assert police.get("/clips").json()["items"] == []
    assert counter.file(clip["id"]).status_code == 200


def test_deleting(counter: Counter) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    clip = counter.ready([channel])
    waiting = counter.ask([channel], 1, 2).json()
    for one in (clip, waiting):
        assert counter.manager.send("DELETE", f"{API}/clips/{one['id']}").status_code == 204
        assert code(counter.manager.get(f"/clips/{one['id']}")) == (404, "export.clip_unknown")
        assert code(counter.manager.send("DELETE", f"{API}/clips/{one['id']}")) == (404, "export.clip_unknown")
    counter.run_jobs()
    assert [*(counter.data / "exports").iterdir()] == []
    assert counter.manager.get("/clips").json()["items"] == []
    assert counter.actions() == ["requested", "made", "requested", "deleted", "deleted"]


@on_sqlite
def test_a_file_that_is_not_the_one(counter: Counter) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    clip = counter.ready([channel])
    path = counter.data / "exports" / f"{clip['id']}.mp4"
    path.write_bytes(path.read_bytes()[:-1])
    assert code(counter.file(clip["id"])) == (503, "export.file_gone")
    path.unlink()
    assert code(counter.file(clip["id"])) == (503, "export.file_gone")
    assert "downloaded" not in counter.actions()


@on_sqlite
def test_a_clip_that_expired(counter: Counter) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    clip = counter.ready([channel])
    counter.site.clock.forward(7 * 86_400)
    counter.manager.post("/session", {"login_name": "security_manager", "password": PASSWORD})
    assert code(counter.file(clip["id"])) == (409, "export.clip_not_ready")


# Bad input


def test_bad_input_is_refused_with_words(counter: Counter) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    now_us = counter.site.clock.us

    def until_now(ahead_s: float) -> str:
        return moment_text(now_us + int(ahead_s * 1_000_000))

    table: list[tuple[dict[str, Any], tuple[int, str]]] = [
        ({"channels": []}, (422, "api.invalid")),
        ({"channels": [str(uuid4()) for _ in range(17)]}, (422, "api.invalid")),
        ({"channels": ["x"]}, (422, "api.invalid")),
        ({"channels": "x"}, (422, "api.invalid")),
        ({"channels": [str(uuid4())]}, (404, "registry.channel_unknown")),
        ({"channels": [str(channel), str(uuid4())]}, (404, "registry.channel_unknown")),
        ({"end": moment_text(at(1))}, (422, "export.range_unfit")),
        ({"end": moment_text(at(0.5))}, (422, "export.range_unfit")),
        ({"end": moment_text(at(1 + 25 * 3600))}, (422, "export.range_unfit")),
        ({"end": moment_text(at(1 + 24 * 3600) + 1)}, (422, "export.range_unfit")),
        ({"start": until_now(-60), "end": until_now(1)}, (422, "export.range_in_future")),
        ({"start": until_now(60), "end": until_now(90)}, (422, "export.range_in_future")),
        ({"start": moment_text(at(20)), "end": moment_text(at(30))}, (409, "export.nothing_recorded")),
        ({"start": "yesterday"}, (422, "api.invalid")),
        ({"start": "2025-06-15T15:06:43"}, (422, "api.invalid")),
        ({"start": 5.5}, (422, "api.invalid")),
        ({"start": "-0001-01-01T00:00:00Z"}, (422, "api.invalid")),
        ({"reason": ""}, (422, "export.reason_needed")),
        ({"reason": " x "}, (422, "export.reason_needed")),
        ({"reason": "x" * 201}, (422, "export.reason_needed")),
        ({"reason": "x" * 401}, (422, "api.invalid")),
        ({"reason": "no\0thing"}, (422, "api.invalid")),
        ({"reason": None}, (422, "api.invalid")),
        ({"more": 1}, (422, "api.invalid")),
    ]
    good = {"channels": [str(channel)], "start": moment_text(at(1)), "end": moment_text(at(2)), "reason": REASON}
    for wrong, expected in table:
        answer = counter.manager.post("/clips", {**good, **wrong})
        assert code(answer) == expected, wrong
        assert answer.json()["zh"]["advice"]
        assert answer.json()["en"]["advice"]
    for missing in good:
        body = {name: value for name, value in good.items() if name != missing}
        assert code(counter.manager.post("/clips", body)) == (422, "api.invalid")
    for path in ("/clips/x", "/clips/x/file", "/clips/x/manifest"):
        assert code(counter.manager.get(path)) == (422, "api.invalid")
    assert counter.log() == []
    assert not (counter.data / "exports").exists()


@on_sqlite
def test_footage_of_a_retired_channel_can_be_copied(counter: Counter) -> None:
    channel = counter.shelf.channel()
    counter.shelf.minutes(channel, 10)
    with counter.site.context.database.write() as tx:
        from mingjian.audit.model import SYSTEM

        registry.retire(tx, channel, by=SYSTEM, now_us=at(20))
    assert readback.numbers(counter.file(counter.ready([channel], 0, 4)["id"]).content) == list(range(100))


# Headers


@given(st.integers(1, 1 << 50), st.text(max_size=30) | st.from_regex(r"bytes=\d{0,20}-\d{0,20}", fullmatch=True))
def test_any_range_is_inside_the_file(size: int, value: str) -> None:
    found = byte_range(value, size)
    assert found is None or found == (0, 0) or 0 <= found[0] < found[1] <= size


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("bytes=0-", (0, 10)),
        ("bytes=0-0", (0, 1)),
        ("bytes=3-5", (3, 6)),
        ("bytes=3-99", (3, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=-0", (0, 0)),
        ("bytes=10-", (0, 0)),
        ("bytes=5-3", None),
        ("bytes=-", None),
        ("bytes=0-1,3-4", None),
        ("items=0-1", None),
        ("bytes=٣-", None),
    ],
)
def test_ranges(value: str | None, expected: tuple[int, int] | None) -> None:
    assert byte_range(value, 10) == expected


@pytest.mark.parametrize(
    ("name", "plain"),
    [("校门口.mp4", "clip.mp4"), ('a"b\\c.zip', "a_b_c.zip"), ("门1 a.mp4", "1_a.mp4")],
)
def test_names_of_files(name: str, plain: str) -> None:
    header = disposition(name)
    assert header.isascii()
    assert header.startswith(f"attachment; filename=\"{plain}\"; filename*=UTF-8''")
    assert unquote(header.rpartition("''")[2]) == name
