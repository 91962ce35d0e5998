"""Pictures over the API: thumbnails of open views, snapshots with their entry, and who gets none."""

import json
import random
import socket as sockets
from base64 import b64decode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import delete, update
from tests.unit.api.serving import AGENT, API, Browser, Served, add, served, set_up
from tests.unit.media.picturing import number_in, opened
from tests.unit.media.shelf import FRAME_US, Shelf, at
from tests.unit.media.storing import until

from mingjian.access import service as access
from mingjian.api.schema import moment_text
from mingjian.law import engine
from mingjian.law.model import Act, Citation, Facts, Finding, Outcome
from mingjian.media import store
from mingjian.media.model import GapCause, unpack_records
from mingjian.media.pictures import finding, service
from mingjian.media.pictures.desk import Pictures
from mingjian.media.pictures.settings import PicturesSettings
from mingjian.storage import jobs
from mingjian.storage.engine import Database
from mingjian.workers.context import StopSignal
from mingjian.workers.job_kinds import registry as kinds
from mingjian.workers.jobs import Worker

MOSTLY = "sqlite"  # the engine plays a small part

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
REASON: Final = "核实校门口事件"
ROLES: Final = ("security_manager", "duty_operator", "maintenance", "police_supervisor")


@dataclass
class Desk:
    """A served application, its footage, and people."""

    site: Served
    shelf: Shelf
    browsers: dict[str, Browser]
    data: Path

    @property
    def duty(self) -> Browser:
        return self.browsers["duty_operator"]

    def view(self, *channels: Any, kind: str = "playback", browser: Browser | None = None) -> str:
        body = {"kind": kind, "channels": [str(one) for one in channels], "reason": REASON}
        answer = (browser or self.duty).post("/views", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def thumbnail(self, view: str, channel: Any, seconds: float, **more: Any) -> httpx.Response:
        query = {"at": moment_text(at(seconds)), **more}
        browser: Browser = query.pop("browser", self.duty)
        return browser.send("GET", f"{API}/views/{view}/thumbnail/{channel}", params=query)

    def snapshot(self, view: str, channel: Any, seconds: float, **more: Any) -> httpx.Response:
        browser: Browser = more.pop("browser", self.duty)
        body = {"channel": str(channel), "at": moment_text(at(seconds)), "reason": REASON, **more}
        return browser.post(f"/views/{view}/snapshots", body)

    def log(self) -> list[dict[str, Any]]:
        items = self.browsers["auditor"].get("/audit?limit=100").json()["items"]
        return [one for one in reversed(items) if one["action"] == "snapshot.taken"]

    def cached(self) -> list[Path]:
        return sorted((self.data / "cache" / "pictures").rglob("*.jpg"))


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Iterator[Desk]:
    pictures = Pictures(PicturesSettings(cache_mb=4), tmp_path)
    with served(database, tmp_path, pictures=pictures) as site:
        browsers = set_up(site)
        for role in ROLES:
            browsers[role] = add(site, browsers, role, role)
        yield Desk(site, Shelf(database, tmp_path / "video"), browsers, tmp_path)


def code(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert all(document[language]["what"] for language in ("zh", "en"))
    return answer.status_code, document["code"]


# Thumbnails


def test_the_key_frame_before_a_moment(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 25)
    view = desk.view(channel)
    for seconds, shown in ((0.0, 0), (0.97, 0), (7.5, 7), (24.99, 24), (12.0, 12)):
        answer = desk.thumbnail(view, channel, seconds)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "image/jpeg"
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["mingjian-at"] == moment_text(at(shown))
        assert answer.headers["mingjian-epoch"] == "0"
        assert opened(answer.content).size == (160, 90)
    full = desk.thumbnail(view, channel, 7.9, width=640)
    assert number_in(full.content) == 7 * 25 % 50  # never larger than it is
    assert opened(full.content).size == (256, 144)
    assert desk.log() == []


def test_the_second_time_it_comes_from_the_cache(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 10)
    view = desk.view(channel)
    first = desk.thumbnail(view, channel, 3.2)
    (kept,) = desk.cached()
    assert kept.read_bytes() == first.content
    assert kept.parts[-3] == str(channel)
    kept.write_bytes(b"from the cache")
    assert desk.thumbnail(view, channel, 3.9).content == b"from the cache"
    assert len(desk.cached()) == 1
    desk.thumbnail(view, channel, 3.9, width=320)
    desk.thumbnail(view, channel, 3.9, width=1280)  # large ones are not kept
    assert [path.name.partition("-")[2] for path in desk.cached()] == ["160.jpg", "320.jpg"]


def test_what_is_deleted_is_shown_no_more_and_forgotten(desk: Desk) -> None:
    channel = desk.shelf.channel()
    gone, kept = desk.shelf.segment(channel, 0, 100), desk.shelf.segment(channel, 100, 100)
    view = desk.view(channel)
    for seconds in (1.0, 5.0):
        assert desk.thumbnail(view, channel, seconds).status_code == 200
    database = desk.site.context.database
    with database.write() as tx:
        tx.execute(update(store.SEGMENT).where(store.SEGMENT.c.id == gone).values(state="garbage"))
    assert code(desk.thumbnail(view, channel, 1.0)) == (404, "pictures.nothing_there")
    assert len(desk.cached()) == 2
    assert service.forget_gone(database, desk.data, desk.site.clock.us) == 1
    assert [path.parts[-2] for path in desk.cached()] == [str(kept)]
    assert desk.thumbnail(view, channel, 5.0).status_code == 200


@on_sqlite
def test_what_may_not_be_seen_any_more_is_forgotten(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = desk.shelf.channel()
    desk.shelf.segment(channel, 0, 100)
    view = desk.view(channel)
    desk.thumbnail(view, channel, 1.0)
    assert len(desk.cached()) == 1

    def forbidding(act: Act, _facts: Facts) -> Finding:
        return Finding(Outcome.FORBIDDEN if act is Act.VIEW else Outcome.NO_PACK, (Citation("NAT", 6),))

    monkeypatch.setattr(engine, "may", forbidding)
    assert service.forget_gone(desk.site.context.database, desk.data, desk.site.clock.us) == 1
    assert desk.cached() == []


@on_sqlite
def test_who_looks_at_pictures_is_not_forgotten(desk: Desk) -> None:
    """A page that cannot decode asks for nothing but pictures: its view stays open."""
    channel = desk.shelf.channel()
    desk.shelf.segment(channel, 0, 100)
    looked_at, left = desk.view(channel), desk.view(channel)
    database, clock = desk.site.context.database, desk.site.clock
    for _ in range(4):
        clock.forward(1_200)
        assert desk.thumbnail(looked_at, channel, 1.0).status_code == 200
        with database.write() as tx:
            access.close_forgotten(tx, clock.us)
    assert code(desk.thumbnail(left, channel, 1.0)) == (404, "access.view_unknown")
    assert desk.thumbnail(looked_at, channel, 1.0).status_code == 200


@on_sqlite
def test_the_job_forgets_what_is_gone(desk: Desk) -> None:
    channel = desk.shelf.channel()
    segment = desk.shelf.segment(channel, 0, 100)
    desk.thumbnail(desk.view(channel), channel, 1.0)
    database = desk.site.context.database
    with database.write() as tx:
        tx.execute(delete(store.SEGMENT_INDEX).where(store.SEGMENT_INDEX.c.segment_id == segment))
        tx.execute(delete(store.SEGMENT).where(store.SEGMENT.c.id == segment))
    kind = "pictures.forget_gone"
    assert kind in kinds().periods_us
    with database.write() as tx:
        jobs.enqueue(tx, kind, {}, now_us=desk.site.clock.us)
    worker = Worker(
        database, kinds(), desk.site.clock, stop=StopSignal(), owner="me", chance=random.Random(1), data_dir=desk.data
    )
    assert len(desk.cached()) == 1
    with ThreadPoolExecutor(1) as pool:
        while worker.step(pool):
            pass
    assert desk.cached() == []


def test_who_gets_none(desk: Desk) -> None:
    channel, other = desk.shelf.channel(), desk.shelf.channel("操场")
    for one in (channel, other):
        desk.shelf.minutes(one, 5)
    view, live = desk.view(channel), desk.view(channel, kind="live")
    police = desk.browsers["police_supervisor"]
    assert code(desk.thumbnail(view, channel, 1, browser=police)) == (404, "access.view_unknown")
    assert code(desk.thumbnail(view, channel, 1, browser=desk.browsers["maintenance"])) == (
        403,
        "identity.not_permitted",
    )
    assert code(desk.thumbnail(view, channel, 1, browser=Browser(desk.site.origin))) == (401, "identity.not_signed_in")
    assert code(desk.thumbnail(live, channel, 1)) == (403, "access.other_kind")
    assert code(desk.thumbnail(view, other, 1)) == (403, "access.not_in_view")
    assert code(desk.thumbnail(str(uuid4()), channel, 1)) == (404, "access.view_unknown")
    assert desk.thumbnail(view, channel, 1).status_code == 200
    desk.duty.post(f"/views/{view}/close", None)
    assert code(desk.thumbnail(view, channel, 1)) == (404, "access.view_unknown")
    for query in ({"width": 1}, {"width": 99_999}, {"epoch": -1}, {"at": "yesterday"}):
        assert code(desk.thumbnail(live, channel, 1, **query))[0] == 422


def test_where_nothing_was_recorded(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.segment(channel, 0, 50)
    desk.shelf.segment(channel, 250, 50)
    desk.shelf.gap(channel, at(2), at(10), GapCause.NETWORK)
    view = desk.view(channel)
    answer = desk.thumbnail(view, channel, 5)
    assert code(answer) == (404, "pictures.nothing_there")
    assert answer.json()["zh"]["why"] == "原因：网络中断。"
    assert answer.json()["en"]["why"] == "The cause: network interrupted."
    assert code(desk.thumbnail(view, channel, 5_000)) == (404, "pictures.nothing_there")
    assert desk.thumbnail(view, channel, 10).headers["mingjian-at"] == moment_text(at(10))
    assert code(desk.snapshot(view, channel, 5)) == (404, "pictures.nothing_there")


def test_what_is_damaged(desk: Desk) -> None:
    """Each second stands for itself: a key frame that is not what was recorded is not shown, its neighbours are."""
    channel = desk.shelf.channel()
    segment = desk.shelf.segment(channel, 0, 100)
    desk.shelf.spoil(channel, segment, 2)  # of two fragments a second: the first of second 1
    view = desk.view(channel)
    assert desk.thumbnail(view, channel, 0.5).status_code == 200
    assert code(desk.thumbnail(view, channel, 1.7)) == (409, "pictures.damaged")
    assert code(desk.snapshot(view, channel, 1.7)) == (409, "pictures.damaged")
    assert desk.thumbnail(view, channel, 2.0).status_code == 200
    desk.shelf.path(channel, segment).unlink()
    for seconds in (0.6, 3.0):
        assert code(desk.thumbnail(view, channel, seconds, width=640)) == (409, "pictures.damaged")
    assert desk.log() == []


@on_sqlite
def test_a_disk_that_is_away(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.segment(channel, 0, 100)
    view = desk.view(channel)
    desk.shelf.root.rename(desk.data / "elsewhere")
    assert code(desk.thumbnail(view, channel, 1)) == (503, "media.volume_missing")
    assert code(desk.snapshot(view, channel, 1)) == (503, "media.volume_missing")


def test_a_repeated_hour(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.segment(channel, 0, 100, epoch=0)
    desk.shelf.segment(channel, 25, 100, epoch=1, start_us=at(1))
    view = desk.view(channel)
    numbers = {}
    for epoch in (0, 1):
        answer = desk.thumbnail(view, channel, 2.1, width=640, epoch=epoch)
        assert answer.headers["mingjian-epoch"] == str(epoch)
        numbers[epoch] = answer.headers["mingjian-at"]
        taken = desk.snapshot(view, channel, 2.1, epoch=epoch).json()
        assert taken["clock_epoch"] == epoch == json.loads(taken["sidecar"])["clock_epoch"]
    assert numbers == {0: moment_text(at(2)), 1: moment_text(at(2))}
    assert desk.thumbnail(view, channel, 2.1).headers["mingjian-epoch"] == "0"
    assert code(desk.thumbnail(view, channel, 2.1, epoch=7)) == (404, "pictures.nothing_there")


@on_sqlite
def test_a_stream_that_nobody_can_decode(desk: Desk) -> None:
    """Bytes that are exactly what was recorded, and no picture."""
    channel = desk.shelf.channel()
    segment = desk.shelf.segment(channel, 0, 50, sealed=False)
    path = desk.shelf.path(channel, segment)
    with desk.site.context.database.read() as tx:
        records = list(unpack_records(store.records_of(tx, segment)))
    data = bytearray(path.read_bytes())
    begin = len(data) - sum(one.length for one in records)
    for number, record in enumerate(records):
        end = begin + record.length
        data[begin + 250 : end] = bytes(end - begin - 250)
        records[number] = replace(record, digest=sha256(data[begin:end]).digest())
        begin = end
    path.write_bytes(data)
    desk.shelf.grow(segment, b"".join(one.pack() for one in records))
    view = desk.view(channel)
    assert code(desk.thumbnail(view, channel, 1)) == (502, "pictures.undecodable")
    assert code(desk.snapshot(view, channel, 1)) == (502, "pictures.undecodable")
    assert desk.log() == []


@on_sqlite
def test_a_session_that_asks_without_end_is_slowed_down(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.segment(channel, 0, 50)
    view = desk.view(channel)
    answers = [desk.thumbnail(view, channel, 1) for _ in range(45)]
    assert [one.status_code for one in answers] == [200] * 40 + [429] * 5
    assert code(answers[-1]) == (429, "pictures.too_often")
    assert answers[-1].headers["retry-after"] == "1"
    desk.site.clock.forward(1)
    assert desk.thumbnail(view, channel, 1).status_code == 200
    snapshots = [desk.snapshot(view, channel, 1).status_code for _ in range(7)]
    assert snapshots == [201] * 5 + [429] * 2
    assert len(desk.log()) == 5


@on_sqlite
def test_many_hovers_at_once(desk: Desk) -> None:
    """They share a picture, and the rest of the API answers meanwhile."""
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 20)
    view = desk.view(channel)
    with ThreadPoolExecutor(12) as pool:
        hovering = [pool.submit(desk.thumbnail, view, channel, number % 20 + 0.5) for number in range(40)]
        assert desk.duty.get("/session").status_code == 200
        assert {one.result().status_code for one in hovering} == {200}
    assert len(desk.cached()) == 20
    assert len(desk.site.context.pictures.decoders.processes) == 1


@on_sqlite
def test_what_the_page_gave_up_is_not_worked_on(desk: Desk) -> None:
    """The pointer moved on: the connection is closed before the answer, and nothing waits for the decoder any more."""
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 30)
    view = desk.view(channel)
    decoders = desk.site.context.pictures.decoders
    host, port = desk.site.origin.removeprefix("http://").split(":")
    for second in range(30):
        with sockets.create_connection((host, int(port)), timeout=20) as gone:
            path = f"{API}/views/{view}/thumbnail/{channel}?at={moment_text(at(second + 0.5))}"
            head = f"Cookie: {desk.duty.cookie_header}\r\nUser-Agent: {AGENT}"
            lines = (f"GET {path} HTTP/1.1", f"Host: {host}:{port}", head, "", "")
            gone.sendall("\r\n".join(lines).encode())
    until(lambda: not decoders._by_key and not decoders._usual and not decoders._bytes)
    assert len(desk.cached()) < 30
    desk.site.clock.forward(10)
    assert desk.thumbnail(view, channel, 29).status_code == 200


# Snapshots


@pytest.mark.parametrize("form", ["jpeg", "png"])
def test_exactly_the_frame_that_was_seen(desk: Desk, form: str) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 20)
    view = desk.view(channel)
    for number in (0, 1, 37, 100 + 24, 263):
        desk.site.clock.forward(10)
        for late_us in (-1, 0, 20_000):  # a browser rounds, and a frame is seen until the next one is
            answer = desk.snapshot(view, channel, 0, at=moment_text(at(0) + number * FRAME_US + late_us), form=form)
            assert answer.status_code == 201, answer.text
            taken = answer.json()
            image = b64decode(taken["image"])
            assert number_in(image) == number % 50
            assert taken["at"] == moment_text(at(0) + number * FRAME_US)
            assert (taken["width"], taken["height"]) == (256, 144) == opened(image).size
            assert taken["media_type"] == f"image/{form}"


def test_a_snapshot_is_in_the_log_with_its_digest(desk: Desk) -> None:
    channel = desk.shelf.channel("校门 口/东侧")
    segment = desk.shelf.segment(channel, 0, 100)
    view = desk.view(channel)
    taken = desk.snapshot(view, channel, 2.6).json()
    image = b64decode(taken["image"])
    (entry,) = desk.log()
    assert entry["object_id"] == str(channel)
    assert entry["zh"].endswith("截取了 校门 口/东侧 的画面")
    assert entry["detail"] == {
        "view": view,
        "name": "校门 口/东侧",
        "kind": "playback",
        "at_us": at(2.6),
        "clock_epoch": 0,
        "reason": REASON,
        "media_type": "image/jpeg",
        "size": len(image),
        "sha256": sha256(image).hexdigest(),
        "law": ["silent"],
    }
    assert (taken["sha256"], taken["size"]) == (entry["detail"]["sha256"], entry["detail"]["size"])
    assert taken["name"] == "校门_口_东侧_20250615-230642.600.jpg"
    assert taken["sidecar_name"] == f"{taken['name']}.json"
    sidecar = json.loads(taken["sidecar"])
    assert sidecar["file"]["sha256"] == taken["sha256"]
    assert sidecar["channel"] == {"id": str(channel), "name": "校门 口/东侧"}
    assert (sidecar["at"], sidecar["at_beijing"]) == (moment_text(at(2.6)), "2025-06-15T23:06:42.600+08:00")
    assert sidecar["taken"]["by"] == entry["actor"]["label"] == "新人 (duty_operator)"
    assert (sidecar["taken"]["reason"], sidecar["taken"]["audit_entry"]) == (REASON, entry["seq"])
    assert sidecar["decoder"]["concealed"] is False
    with desk.site.context.database.read() as tx:
        digests = [one.digest.hex() for one in unpack_records(store.records_of(tx, segment))]
    assert sidecar["source"]["segment"] == str(segment)
    # From the key frame of second 2 on; a frame that is shown then may have been sent a little later.
    assert sidecar["source"]["sha256"][:2] == digests[4:6]


def test_who_may_take_one_and_why(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 5)
    view = desk.view(channel)
    for reason in ("", " ", "x", "x" * 201):
        assert code(desk.snapshot(view, channel, 1, reason=reason)) == (422, "pictures.reason_needed")
    for role in ("maintenance", "auditor", "system_administrator"):
        refused = desk.snapshot(view, channel, 1, browser=desk.browsers[role])
        assert code(refused) == (403, "identity.not_permitted")
    assert code(desk.snapshot(view, channel, 1, browser=desk.browsers["police_supervisor"])) == (
        404,
        "access.view_unknown",
    )
    assert code(desk.snapshot(view, uuid4(), 1)) == (403, "access.not_in_view")
    assert code(desk.snapshot(view, channel, 1, at=None)) == (403, "access.other_kind")  # a live one of a playback view
    assert code(desk.snapshot(view, channel, 1, form="bmp"))[0] == 422
    assert desk.log() == []
    for role in ("security_manager", "police_supervisor"):
        browser = desk.browsers[role]
        own = desk.view(channel, browser=browser)
        assert desk.snapshot(own, channel, 1, browser=browser).status_code == 201


@on_sqlite
def test_what_the_law_forbids_to_copy(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 5)
    view = desk.view(channel)

    def forbidding(act: Act, _facts: Facts) -> Finding:
        return Finding(Outcome.FORBIDDEN if act is Act.COPY else Outcome.NO_PACK, (Citation("NAT", 6),))

    monkeypatch.setattr(engine, "may", forbidding)
    assert code(desk.snapshot(view, channel, 1)) == (403, "law.forbidden")
    assert desk.thumbnail(view, channel, 1).status_code == 200
    assert desk.log() == []


@on_sqlite
def test_a_view_that_is_closed_while_the_picture_is_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 5)
    view = desk.view(channel)
    made = finding.Footage.movie

    def closing(footage: finding.Footage) -> bytes:
        desk.duty.post(f"/views/{view}/close", None)
        return made(footage)

    monkeypatch.setattr(finding.Footage, "movie", closing)
    assert code(desk.snapshot(view, channel, 1)) == (404, "access.view_unknown")
    assert desk.log() == []


@on_sqlite
def test_a_key_frame_that_is_too_far_away(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 5)
    view = desk.view(channel)
    monkeypatch.setattr(finding, "MOST_LEAD_US", 500_000)
    answer = desk.snapshot(view, channel, 1.9)
    assert code(answer) == (409, "pictures.too_far")
    assert desk.snapshot(view, channel, 1.2).status_code == 201
    monkeypatch.setattr(finding, "MOST_LEAD_US", 60_000_000)
    monkeypatch.setattr(finding, "MOST_FRAMES", 4)
    answer = desk.snapshot(view, channel, 1.9)
    assert code(answer) == (409, "pictures.too_far")
    assert "60" in answer.json()["en"]["why"]


@on_sqlite
def test_a_channel_without_a_recorder(desk: Desk) -> None:
    """Live pictures come from the recorder; the refusal is the one that a live page shows."""
    channel = desk.shelf.channel()
    view = desk.view(channel, kind="live")
    assert code(desk.duty.get(f"/views/{view}/still/{channel}")) == (503, "media.recorder_down")
    assert code(desk.snapshot(view, channel, 0, at=None)) == (503, "media.recorder_down")
    playback = desk.view(channel)
    assert code(desk.duty.get(f"/views/{playback}/still/{channel}")) == (403, "access.other_kind")
