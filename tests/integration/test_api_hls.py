"""HLS for other players: real players over a real socket, frames counted; what an address opens, and what not."""

import io
import json
import re
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import av
import httpx
import pytest
from sqlalchemy import select, update
from tests.unit.api.serving import API, NO_TLS, Browser, Served, add, served, set_up
from tests.unit.media.shelf import FRAME_US, START, S, Shelf, at

from mingjian.api import security
from mingjian.api.schema import moment_text
from mingjian.identity import store as people
from mingjian.identity.tokens import digest
from mingjian.kernel.ids import ChannelId
from mingjian.media import store as footage_store
from mingjian.media.export.store import STREAM_GRANT
from mingjian.simulate import readback
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # the engine plays a small part

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])
REASON: Final = "核实校门口事件"


@dataclass
class Cinema:
    """A served application, footage, and a duty operator who watches."""

    site: Served
    shelf: Shelf
    browsers: dict[str, Browser]

    @property
    def duty(self) -> Browser:
        return self.browsers["duty_operator"]

    def view(self, channels: list[ChannelId], kind: str = "playback", browser: Browser | None = None) -> str:
        body = {"kind": kind, "channels": [str(one) for one in channels], "reason": REASON}
        answer = (browser or self.duty).post("/views", body)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    def ask(self, view_id: str, channel: Any, start: float | None = None, end: float | None = None) -> httpx.Response:
        body = {"channel": str(channel)}
        if start is not None:
            body["start"] = moment_text(at(start))
        if end is not None:
            body["end"] = moment_text(at(end))
        return self.duty.post(f"/views/{view_id}/streams", body)

    def url(self, channel: ChannelId, start: float, end: float) -> str:
        answer = self.ask(self.view([channel]), channel, start, end)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["url"])

    def live_url(self, channel: ChannelId) -> str:
        answer = self.ask(self.view([channel], "live"), channel)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["url"])

    def log(self) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.browsers["auditor"].get("/audit?limit=50").json()["items"]
        return items


@pytest.fixture
def cinema(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cinema]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        for role in ("duty_operator", "police_supervisor", "maintenance"):
            browsers[role] = add(site, browsers, role, role)
        yield Cinema(site, Shelf(database, tmp_path / "video"), browsers)


def get(url: str) -> httpx.Response:
    """As a player does: no cookies, no origin."""
    return httpx.get(url, timeout=30, trust_env=False, verify=NO_TLS)


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@dataclass
class Part:
    url: str
    seconds: float
    discontinuity: bool
    map: str
    moment: datetime | None


def parts(url: str) -> tuple[list[Part], list[str]]:
    """The parts of a list and its other lines. Reads as RFC 8216 section 4 writes."""
    answer = get(url)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/vnd.apple.mpegurl"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    first, *lines = answer.text.splitlines()
    assert first == "#EXTM3U"
    found: list[Part] = []
    head: list[str] = []
    base = url.rpartition("/")[0]
    seconds, discontinuity, moment, init = 0.0, False, None, ""
    for line in lines:
        name, _, value = line.partition(":")
        match name:
            case "#EXT-X-DISCONTINUITY":
                discontinuity = True
            case "#EXT-X-MAP":
                init = f"{base}/{json.loads(value.removeprefix('URI='))}"
            case "#EXT-X-PROGRAM-DATE-TIME":
                moment = datetime.fromisoformat(value)
            case "#EXTINF":
                seconds = float(value.rstrip(","))
            case _ if line.startswith("#"):
                head.append(line)
            case _:
                found.append(Part(f"{base}/{line}", seconds, discontinuity, init, moment))
                discontinuity, moment = False, None
    return found, head


def played_by_ffmpeg(url: str) -> list[int]:
    command = ["ffmpeg", "-v", "error", "-i", url, "-map", "0:v", "-c", "copy", "-f", "h264", "-"]
    done = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert done.stderr == b""
    return readback.numbers(done.stdout)


def packets(movie: bytes) -> list[tuple[int, float, bool]]:
    """Number, decode time in seconds and key of each frame; all of them can be decoded."""
    with av.open(io.BytesIO(movie), "r") as container:
        found = [
            (readback.numbers(bytes(one))[0], float((one.dts or 0) * one.time_base), one.is_keyframe)
            for one in container.demux(container.streams.video[0])
            if one.size and one.time_base
        ]
    with av.open(io.BytesIO(movie), "r") as container:
        assert len(list(container.decode(video=0))) == len(found)
    return found


# Playback


@pytest.mark.parametrize("sealed", [True, False])
def test_other_players_play_a_range(cinema: Cinema, sealed: bool) -> None:
    channel = cinema.shelf.channel()
    cinema.shelf.minutes(channel, 30, sealed=sealed)
    url = cinema.url(channel, 3.2, 24.4)
    assert url.startswith(f"{cinema.site.origin}{API}/hls/")
    # Whole fragments: the range began in the second half of a second and ends in the first half of one.
    expected = list(range(75, 612))
    assert played_by_ffmpeg(url) == expected
    with av.open(url, "r") as container:
        assert [readback.numbers(bytes(one))[0] for one in container.demux(video=0) if one.size] == expected
    with av.open(url, "r") as container:
        assert len(list(container.decode(video=0))) == len(expected)


@on_sqlite
def test_the_list(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    cinema.shelf.minutes(channel, 30)
    found, head = parts(cinema.url(channel, 3.2, 24.4))
    assert head == [
        "#EXT-X-VERSION:7",
        "#EXT-X-TARGETDURATION:6",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        "#EXT-X-INDEPENDENT-SEGMENTS",
        "#EXT-X-ENDLIST",
    ]
    assert not any(part.discontinuity for part in found)
    assert all(part.seconds <= 6 for part in found)
    assert sum(part.seconds >= 2 for part in found) >= len(found) - 3  # the end of a file may be shorter
    assert found[0].moment is not None
    assert round(found[0].moment.timestamp() * S) == at(3)
    init = get(found[0].map).content
    told: list[tuple[int, float, bool]] = []
    for part in found:
        answer = get(part.url)
        assert answer.headers["content-type"] == "video/iso.segment"
        assert answer.headers["cache-control"] == "no-store"
        frames = packets(init + answer.content)
        assert frames[0][2]
        assert abs(len(frames) / 25 - part.seconds) < 1e-6
        told += frames
    for number, seconds, _ in told:
        assert abs(seconds - (number - 75) / 25) < 1e-4


@on_sqlite
def test_discontinuities(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    cinema.shelf.segment(channel, 0, 100)
    cinema.shelf.segment(channel, 100, 100, width=320, height=240)
    cinema.shelf.segment(channel, 300, 100, width=320, height=240)  # behind a silence
    cinema.shelf.segment(channel, 400, 100, epoch=1, start_us=at(13))  # the clock was set back
    cinema.shelf.segment(channel, 500, 100, epoch=1, start_us=at(17))
    found, _ = parts(cinema.url(channel, 0, 30))
    begins = [part for part in found if part.discontinuity]
    assert len(begins) == 3
    assert [round(part.moment.timestamp() - START / S) for part in begins if part.moment] == [4, 12, 13]
    assert len({part.map for part in found}) == 4
    clock = 0.0
    numbers = []
    for part in found:
        frames = packets(get(part.map).content + get(part.url).content)
        assert abs(frames[0][1] - clock) < 1e-3, "decode times go on from part to part"
        clock += part.seconds
        numbers += [number for number, *_ in frames]
    assert numbers == [*range(200), *range(300, 600)]


@on_sqlite
def test_few_key_frames(cinema: Cinema) -> None:
    """A camera with a key frame every eleven seconds: parts are cut without one, and that is said."""
    from tests.unit.media import making

    channel = cinema.shelf.channel()
    with pytest.MonkeyPatch.context() as patch:
        frames = making.frames

        def rare(*args: Any, **named: Any) -> Any:
            made = frames(*args, **named)
            for number, frame in enumerate(made):
                frame.key = number % 275 == 0
            return made

        patch.setattr(making, "frames", rare)
        cinema.shelf.segment(channel, 0, 550)
    url = cinema.url(channel, 0, 22)
    found, head = parts(url)
    assert "#EXT-X-INDEPENDENT-SEGMENTS" not in head
    assert [part.seconds for part in found] == [6.0, 5.0, 6.0, 5.0]
    assert played_by_ffmpeg(url) == list(range(550))


@on_sqlite
def test_damage_is_gone_around(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    segment = cinema.shelf.segment(channel, 0, 250)
    url = cinema.url(channel, 0, 10)
    found, _ = parts(url)
    whole = [number for part in found for number, *_ in packets(get(part.map).content + get(part.url).content)]
    assert whole == list(range(250))
    cinema.shelf.spoil(channel, segment, 4)  # the key frame at 2 s and what needs it
    for number in (8, 9, 10, 11):
        cinema.shelf.spoil(channel, segment, number)  # 4 s to 6 s: a whole part
    answers = [get(part.url) for part in found]
    assert {answer.status_code for answer in answers} == {200, 404}
    got = [number for answer in answers if answer.status_code == 200 for number in readback.numbers(answer.content)]
    assert got == [*range(50), *range(75, 100), *range(150, 250)]
    cinema.shelf.path(channel, segment).unlink()
    refused(get(found[0].url), 404, "export.piece_unknown")


def test_what_was_seen_is_in_the_log(cinema: Cinema) -> None:
    channel, other = cinema.shelf.channel(), cinema.shelf.channel("西门")
    cinema.shelf.minutes(channel, 30)
    view_id = cinema.view([channel, other])
    answer = cinema.ask(view_id, channel, 0, 20)
    granted = cinema.log()[0]
    assert (granted["action"], granted["object_id"]) == ("stream.granted", view_id)
    assert (granted["detail"]["channel"], granted["detail"]["start_us"]) == (str(channel), START)
    token = answer.json()["url"].split("/")[-2]
    assert token not in json.dumps(cinema.log())
    assert len(played_by_ffmpeg(answer.json()["url"])) == 500
    assert cinema.duty.post(f"/views/{view_id}/close", {}).status_code == 204
    closed = cinema.log()[0]
    assert closed["action"] == "view.closed"
    seconds = {one["id"]: one["seconds"] for one in closed["detail"]["channels"]}
    assert seconds == {str(channel): 20, str(other): 0}


# Live


def test_live(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    now_s = (cinema.site.clock.us - START) // S // 25 * 25  # far behind START
    first = now_s * 25
    cinema.shelf.segment(channel, first - 1500, 1250)  # a minute ago, closed
    growing = cinema.shelf.segment(channel, first - 250, 2500, is_open=True)
    with cinema.site.context.database.read() as tx:
        records = footage_store.records_of(tx, growing)
    size = len(records) // 200
    url = cinema.live_url(channel)
    seen: dict[int, str] = {}
    numbers: list[int] = []
    for second in range(0, 60, 4):
        cinema.shelf.grow(growing, records[: (20 + 2 * second) * size])
        cinema.site.clock.forward(4)
        found, head = parts(url)
        assert "#EXT-X-TARGETDURATION:6" in head
        assert not [line for line in head if line == "#EXT-X-ENDLIST" or "PLAYLIST-TYPE" in line]
        assert 3 <= len(found) <= 6
        (sequence,) = [int(line.partition(":")[2]) for line in head if line.startswith("#EXT-X-MEDIA-SEQUENCE")]
        for number, part in enumerate(found, sequence):
            if number not in seen:
                numbers += [one for one, *_ in packets(get(part.map).content + get(part.url).content)]
            assert seen.setdefault(number, part.url) == part.url, "a part keeps its number"
    assert sorted(seen) == list(range(min(seen), max(seen) + 1))
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert first - 30 * 25 <= numbers[0] < first + 250
    assert len(numbers) > 50 * 25


@on_sqlite
def test_a_live_player(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    first = (cinema.site.clock.us - START) // S * 25
    cinema.shelf.segment(channel, first - 625, 625, is_open=True)
    url = cinema.live_url(channel)
    command = ["ffmpeg", "-v", "error", "-live_start_index", "0", "-i", url, "-map", "0:v", "-c", "copy"]
    done = subprocess.run([*command, "-t", "9", "-f", "h264", "-"], capture_output=True, check=True, timeout=60)
    numbers = readback.numbers(done.stdout)
    assert numbers == list(range(numbers[0], numbers[0] + 225))


# What an address opens, and for how long


def test_addresses_end(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    cinema.shelf.minutes(channel, 10)
    view_id = cinema.view([channel])
    answer = cinema.ask(view_id, channel, 0, 10).json()
    found, _ = parts(answer["url"])
    urls = [answer["url"], found[0].url, found[0].map]
    cinema.site.clock.forward(599)
    assert [get(url).status_code for url in urls] == [200] * 3
    assert datetime.fromisoformat(answer["expires_at"]).timestamp() * S == cinema.site.clock.us + S
    cinema.site.clock.forward(1)
    for url in urls:
        refused(get(url), 404, "export.stream_unknown")


def test_addresses_end_with_their_view(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    cinema.shelf.minutes(channel, 10)
    view_id = cinema.view([channel])
    url = cinema.ask(view_id, channel, 0, 10).json()["url"]
    found, _ = parts(url)
    assert cinema.duty.post(f"/views/{view_id}/close", {}).status_code == 204
    for one in (url, found[0].url, found[0].map):
        refused(get(one), 404, "export.stream_unknown")


def test_addresses_end_with_the_right(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    cinema.shelf.minutes(channel, 10)
    urls = [cinema.url(channel, 0, 10), cinema.url(channel, 0, 10)]
    with cinema.site.context.database.write() as tx:
        duty = people.PERSON.c.login_name == "duty_operator"
        tx.execute(update(people.PERSON).where(duty).values(role="maintenance"))
    refused(get(urls[0]), 404, "export.stream_unknown")
    with cinema.site.context.database.write() as tx:
        tx.execute(update(people.PERSON).where(duty).values(role="duty_operator"))
    assert get(urls[0]).status_code == 200
    with cinema.site.context.database.write() as tx:
        tx.execute(update(people.PERSON).where(duty).values(disabled_us=1))
    refused(get(urls[1]), 404, "export.stream_unknown")


def test_threat_23_addresses_end_with_the_sign_in(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    cinema.shelf.minutes(channel, 10)
    url = cinema.url(channel, 0, 10)
    (one, *_), _ = parts(url)
    assert get(one.url).status_code == 200
    assert cinema.duty.send("DELETE", f"{API}/session").status_code == 204
    for address in (url, one.map, one.url):
        refused(get(address), 404, "export.stream_unknown")


def test_playback_ends_with_the_lock_of_the_duty_place_and_live_goes_on(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    cinema.shelf.minutes(channel, 10)
    recorded, live = cinema.url(channel, 0, 10), cinema.live_url(channel)
    locks_s = round(cinema.site.context.settings.identity.duty_lock_minutes * 60)
    with cinema.site.context.database.write() as tx:
        # Signed in at a duty place, and the last hand moved half of that time ago.
        seated = {"kind": "duty", "active_us": cinema.site.clock.us - locks_s * S // 2}
        tx.execute(update(people.SESSION).values(seated))
    (one, *_), _ = parts(recorded)
    cinema.site.clock.forward(locks_s // 2 - 1)
    assert [get(url).status_code for url in (recorded, one.url, live)] == [200] * 3
    cinema.site.clock.forward(1)
    for address in (recorded, one.map, one.url):
        refused(get(address), 404, "export.stream_unknown")
    assert get(live).status_code == 200


def test_tokens(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    cinema.shelf.minutes(channel, 10)
    url = cinema.url(channel, 0, 10)
    token = url.split("/")[-2]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)  # 256 bits
    with cinema.site.context.database.read() as tx:
        (kept,) = tx.execute(select(STREAM_GRANT.c.token_digest)).scalars()
    assert kept == digest(token)
    other = "A" if token[0] != "A" else "B"
    for wrong in (other + token[1:], token[:-1], token + "A", token.swapcase(), kept.hex(), "%00", "x" * 200, "旧"):
        refused(get(url.replace(token, wrong)), 404, "export.stream_unknown")
    assert get(url.replace(token, "x" * 201)).status_code == 422
    assert get(url).status_code == 200


@on_sqlite
def test_an_address_is_for_one_channel_and_one_range(cinema: Cinema) -> None:
    channel, other = cinema.shelf.channel(), cinema.shelf.channel("西门")
    cinema.shelf.segment(channel, 0, 250)
    cinema.shelf.segment(channel, 250, 250)
    cinema.shelf.segment(other, 0, 250)
    all_parts, _ = parts(cinema.url(channel, 0, 20))
    other_parts, _ = parts(cinema.url(other, 0, 10))
    url = cinema.url(channel, 4.0, 8.0)
    base = url.rpartition("/")[0]
    granted, _ = parts(url)
    assert sum(part.seconds for part in granted) == 4
    numbers = [one for part in granted for one in readback.numbers(get(part.url).content)]
    assert numbers == list(range(100, 200))

    def under(part_url: str) -> str:
        return f"{base}/{'/'.join(part_url.split('/')[-2:])}"

    inside = {under(part.url).rpartition("-")[0] for part in granted}
    for part in [*all_parts, *other_parts]:
        answer = get(under(part.url))
        if answer.status_code == 200:
            assert set(readback.numbers(answer.content)) <= set(numbers)
        else:
            refused(answer, 404, "export.piece_unknown")
    assert inside
    segment = granted[0].url.split("/")[-2]
    for name in ("0-3-0.m4s", "8-99-0.m4s", "8-7-0.m4s", "9-11-0.m4s", "7-11-0.m4s"):
        refused(get(f"{base}/{segment}/{name}"), 404, "export.piece_unknown")
    for name in ("x-3-0.m4s", "-1-3-0.m4s", "8-11.m4s", "8-11-99999999999999999999.m4s"):
        assert get(f"{base}/{segment}/{name}").status_code in {404, 422}
    refused(get(f"{base}/{other_parts[0].url.split('/')[-2]}/init.mp4"), 404, "export.piece_unknown")
    refused(get(f"{base}/{uuid4()}/init.mp4"), 404, "export.piece_unknown")
    assert get(f"{base}/x/init.mp4").status_code == 422


@on_sqlite
def test_live_shows_no_yesterday(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    first = (cinema.site.clock.us - START) // S * 25
    old = cinema.shelf.segment(channel, first - 100_000, 250)
    long = cinema.shelf.segment(channel, first - 2500, 2500, is_open=True)
    base = cinema.live_url(channel).rpartition("/")[0]
    refused(get(f"{base}/{old}/init.mp4"), 404, "export.piece_unknown")
    refused(get(f"{base}/{old}/0-3-0.m4s"), 404, "export.piece_unknown")
    refused(get(f"{base}/{long}/0-3-0.m4s"), 404, "export.piece_unknown")
    assert get(f"{base}/{long}/init.mp4").status_code == 200


def test_who_gets_an_address(cinema: Cinema) -> None:
    channel, other = cinema.shelf.channel(), cinema.shelf.channel("西门")
    cinema.shelf.minutes(channel, 10)
    playback, live = cinema.view([channel]), cinema.view([channel], "live")
    for answer, status, code in (
        (cinema.ask(live, channel, 0, 5), 403, "access.other_kind"),
        (cinema.ask(playback, channel), 403, "access.other_kind"),
        (cinema.ask(playback, other, 0, 5), 403, "access.not_in_view"),
        (cinema.ask(str(uuid4()), channel, 0, 5), 404, "access.view_unknown"),
        (cinema.ask(playback, channel, 5, 5), 422, "media.window_unreadable"),
        (cinema.ask(playback, channel, 5, 4), 422, "media.window_unreadable"),
        (cinema.ask(playback, channel, 5), 422, "media.window_unreadable"),
        (cinema.ask(playback, channel, None, 5), 422, "media.window_unreadable"),
        (cinema.ask(playback, channel, 0, 25 * 3600), 422, "export.range_unfit"),
        (cinema.ask(playback, channel, 4e8, 4e8 + 5), 422, "export.range_in_future"),
        (cinema.ask(playback, "x", 0, 5), 422, "api.invalid"),
    ):
        refused(answer, status, code)
    body = {"channel": str(channel), "start": moment_text(at(0)), "end": moment_text(at(5))}
    path = f"/views/{playback}/streams"
    refused(cinema.browsers["police_supervisor"].post(path, body), 404, "access.view_unknown")
    refused(cinema.browsers["maintenance"].post(path, body), 403, "identity.not_permitted")
    refused(cinema.browsers["auditor"].post(path, body), 403, "identity.not_permitted")
    refused(Browser(cinema.site.origin).post(path, body), 401, "identity.not_signed_in")
    assert "stream.granted" not in {one["action"] for one in cinema.log()}


@on_sqlite
def test_no_log_holds_a_token(cinema: Cinema, monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[Any] = []

    class Noting:
        def info(self, event: str, **values: Any) -> None:
            lines.append({"event": event, **values})

        debug = info

    monkeypatch.setattr(security, "_ACCESS", Noting())
    channel = cinema.shelf.channel()
    cinema.shelf.minutes(channel, 10)
    url = cinema.url(channel, 0, 10)
    token = url.split("/")[-2]
    parts(url)
    get(url.replace("index", "no"))
    wanted = ["/api/v1/hls/***/index.m3u8", "/api/v1/hls/***/no.m3u8"]
    deadline = time.monotonic() + 20
    # A line is written after its answer went out.
    while (seen := [one["path"] for one in lines if "/hls/" in one["path"]]) != wanted:
        assert time.monotonic() < deadline, seen
        time.sleep(0.01)
    assert token not in str(lines)


@on_sqlite
def test_an_empty_range_is_an_empty_list(cinema: Cinema) -> None:
    channel = cinema.shelf.channel()
    found, head = parts(cinema.url(channel, 0, 10))
    assert found == []
    assert "#EXT-X-ENDLIST" in head
    assert parts(cinema.live_url(channel))[0] == []


def test_frames_are_forty_milliseconds() -> None:
    assert FRAME_US * 25 == S
