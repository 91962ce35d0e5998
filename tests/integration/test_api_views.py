"""Watching over the API: live over WebSocket, playback in windows, what the log says of it, and who is refused."""

import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import av
import pytest
from tests.unit.api.serving import API, Browser, served, set_up
from tests.unit.api.serving import add as add_person
from tests.unit.identity.people import PASSWORD
from tests.unit.media.installation import Installation, installed
from tests.unit.media.running import source
from tests.unit.media.storing import until
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from mingjian.api import views
from mingjian.media.live import feed
from mingjian.simulate import readback
from mingjian.simulate.cameras import CameraSpec
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

SPECS = [CameraSpec(f"camera/{number}", number, source()) for number in range(5)]
REASON = "核实校门口事件"


@pytest.fixture(scope="module")
def site(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(views, "CHECK_S", 0.3)
        with installed(tmp_path_factory.mktemp("data"), migrated_sqlite, SPECS) as running:
            yield running


@pytest.fixture(scope="module")
def channels(site: Installation) -> list[str]:
    """Three cameras that record."""
    added = [site.add(f"camera/{number}")["id"] for number in range(3)]
    for channel_id in added:
        site.recording(channel_id)
    return added


def code(answer: Any) -> tuple[int, str]:
    document = answer.json()
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, document["code"]


def opened(browser: Browser, channels: list[str], kind: str = "live", reason: str = "") -> str:
    answer = browser.post("/views", {"kind": kind, "channels": channels, "reason": reason})
    assert answer.status_code == 201, answer.text
    view_id: str = answer.json()["id"]
    return view_id


@contextmanager
def socket(browser: Browser, view_id: str, channel_id: str, query: str = "") -> Iterator[ClientConnection]:
    url = f"{browser.origin.replace('http', 'ws', 1)}{API}/views/{view_id}/live/{channel_id}{query}"
    headers = {"Cookie": browser.cookie_header} if browser.cookies else {}
    # A page that goes says goodbye at most; it does not wait until everything on the way has arrived.
    with connect(
        url,
        origin=Origin(browser.origin),
        additional_headers=headers,
        user_agent_header=browser.agent,
        proxy=None,
        open_timeout=20,
        close_timeout=0.2,
        max_size=None,
    ) as opened_socket:
        yield opened_socket


@dataclass
class Seen:
    """What a live page was sent."""

    texts: list[dict[str, Any]] = field(default_factory=list)
    kinds: list[int] = field(default_factory=list)
    walls: list[int] = field(default_factory=list)
    media: bytes = b""
    order: list[str] = field(default_factory=list)

    def take(self, message: str | bytes) -> None:
        if isinstance(message, str):
            self.texts.append(json.loads(message))
            self.order.append(self.texts[-1]["type"])
            return
        assert message[1:8] == bytes(7)
        self.kinds.append(message[0])
        self.order.append(("INIT", "KEY", "CHUNK")[message[0]])
        if message[0]:
            self.walls.append(int.from_bytes(message[8:16], "big"))
        self.media += message[16:]

    def states(self) -> list[str]:
        return [one["state"] for one in self.texts if one["type"] == "state"]

    def numbers(self) -> list[int]:
        return readback.numbers(self.media)


def watch(live: ClientConnection, enough: Any, seen: Seen | None = None, limit_s: float = 20) -> Seen:
    seen = seen or Seen()
    deadline = time.monotonic() + limit_s
    while not enough(seen):
        seen.take(live.recv(timeout=max(0.01, deadline - time.monotonic())))
    return seen


def closed_with(browser: Browser, view_id: str, channel_id: str, query: str = "") -> tuple[int, str]:
    with socket(browser, view_id, channel_id, query) as live, pytest.raises(ConnectionClosed) as end:
        watch(live, lambda _: False)
    assert end.value.rcvd is not None
    return end.value.rcvd.code, end.value.rcvd.reason


# Live


def test_live(site: Installation, channels: list[str]) -> None:
    duty = site.browsers["duty_operator"]
    view_id = opened(duty, channels[:2])
    entry = site.log()[0]
    assert (entry["action"], entry["object_id"]) == ("view.opened", view_id)
    assert "duty_operator" in entry["actor"]["label"]
    assert [one["id"] for one in entry["detail"]["channels"]] == channels[:2]
    with socket(duty, view_id, channels[0], "?transport=mse") as live:
        seen = watch(live, lambda one: len(one.kinds) > 60)
    assert seen.order[:4] == ["state", "init", "INIT", "KEY"]
    assert seen.texts[0]["state"] == "recording"
    assert seen.texts[0]["problem"] is None
    shown = site.channel(channels[0])
    assert seen.texts[0]["since"] == shown["state_since"]
    assert seen.texts[1] == {
        "type": "init",
        "transport": "mse",
        "stream": "main",
        "mime": f'video/mp4; codecs="{shown["picture"]["mime"]}"',
        "codec": "h264",
        "width": 256,
        "height": 144,
        "sound": None,
    }
    numbers = seen.numbers()
    assert numbers == list(range(numbers[0], numbers[0] + 60))
    assert numbers[0] % 25 == 0  # from the last key frame on
    assert seen.kinds == [0] + [1 if number % 25 == 0 else 2 for number in numbers]
    steps = [after - before for before, after in zip(seen.walls, seen.walls[1:], strict=False)]
    assert all(abs(step - 40_000) < 100 for step in steps)
    assert abs(seen.walls[-1] / 1e6 - time.time()) < 3
    with av.open(io.BytesIO(seen.media), "r") as container:
        assert len(list(container.decode(video=0))) == 60
    with av.open(io.BytesIO(seen.media), "r") as container:
        first = next(container.demux(container.streams.video[0]))
        assert first.dts is not None
        assert first.dts < 90_000 * 120


def test_the_log_says_how_long_each_picture_was_seen(site: Installation, channels: list[str]) -> None:
    duty = site.browsers["duty_operator"]
    view_id = opened(duty, channels)
    with socket(duty, view_id, channels[0]) as one, socket(duty, view_id, channels[1]) as two:
        begun = time.monotonic()
        watch(one, lambda seen: len(seen.kinds) > 70)
        watch(two, lambda seen: len(seen.kinds) > 5)
        assert duty.send("POST", f"{API}/views/{view_id}/close").status_code == 204
        passed = time.monotonic() - begun
    entry = site.log()[0]
    assert (entry["action"], entry["object_id"]) == ("view.closed", view_id)
    seconds = {one["id"]: one["seconds"] for one in entry["detail"]["channels"]}
    assert seconds[channels[2]] == 0
    for channel_id in channels[:2]:
        assert abs(seconds[channel_id] - passed) <= 1.1
    assert code(duty.send("POST", f"{API}/views/{view_id}/close")) == (404, "access.view_unknown")


def test_many_viewers_share_one_subscription(site: Installation, channels: list[str]) -> None:
    joined: list[Any] = []
    with pytest.MonkeyPatch.context() as patch:
        join, barrier = feed.Feed.join, Barrier(3)

        def noting(self: Any, listener: Any) -> Any:
            joined.append(listener)
            return join(self, listener)

        patch.setattr(feed.Feed, "join", noting)
        browsers = [site.browsers[role] for role in ("duty_operator", "police_supervisor", "maintenance")]

        def look(browser: Browser) -> list[int]:
            with socket(browser, opened(browser, [channels[2]]), channels[2]) as live:
                first = watch(live, lambda seen: len(seen.kinds) > 3)
                barrier.wait(20)  # all three are there at one time
                return watch(live, lambda seen: len(seen.kinds) > 40, first).numbers()

        with ThreadPoolExecutor(3) as pool:
            found = list(pool.map(look, browsers))
    assert len(joined) == 1
    for numbers in found:
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_recorder_that_starts_anew_goes_on(site: Installation, channels: list[str]) -> None:
    duty = site.browsers["duty_operator"]
    with socket(duty, opened(duty, channels[:1]), channels[0]) as live:
        seen = watch(live, lambda one: len(one.kinds) > 5)
        site.stop_media()
        try:
            watch(live, lambda one: one.states()[-1] == "offline", seen)
            down = seen.texts[-1]
            assert down["problem"]["code"] == "media.recorder_down"
            assert abs(datetime.fromisoformat(down["since"]).timestamp() - time.time()) < 60
            with socket(duty, opened(duty, channels[1:2]), channels[1]) as other:  # who comes now is told as well
                assert watch(other, lambda one: one.texts).texts[0]["problem"]["code"] == "media.recorder_down"
        finally:
            site.start_media()
        again = watch(live, lambda one: 1 in one.kinds and len(one.kinds) > 10)
    assert again.states()[-1] == "recording"
    assert again.order[again.order.index("init") :][:3] == ["init", "INIT", "KEY"]
    numbers = again.numbers()
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    for channel_id in channels:
        site.recording(channel_id)


def test_a_camera_that_goes_away_is_never_a_frozen_picture(site: Installation) -> None:
    duty = site.browsers["duty_operator"]
    channel_id = site.add("camera/3")["id"]
    camera = site.cameras.server.cameras["camera/3"]
    with socket(duty, opened(duty, [channel_id]), channel_id) as live:
        seen = watch(live, lambda one: len(one.kinds) > 5)
        site.cameras.do(camera.stop)
        watch(live, lambda one: one.states()[-1] == "offline", seen)
        assert seen.texts[-1]["problem"]["zh"]["what"]
        site.cameras.do(camera.start)
        watch(live, lambda one: one.states()[-1] == "recording" and one.kinds.count(0) == 2, seen)
    assert [one for one in seen.states() if one != "connecting"] == ["recording", "offline", "recording"]


# Who is refused a picture


def test_close_codes(site: Installation, channels: list[str]) -> None:
    duty, police = site.browsers["duty_operator"], site.browsers["police_supervisor"]
    view_id = opened(duty, channels[:1])
    playback_id = opened(duty, channels[:1], "playback", REASON)
    assert closed_with(Browser(site.url), view_id, channels[0]) == (4401, "identity.not_signed_in")
    assert closed_with(site.browsers["auditor"], view_id, channels[0]) == (4403, "identity.not_permitted")
    assert closed_with(duty, view_id, channels[1]) == (4403, "access.not_in_view")
    assert closed_with(duty, playback_id, channels[0]) == (4403, "access.other_kind")
    assert closed_with(police, view_id, channels[0]) == (4404, "access.view_unknown")
    assert closed_with(duty, str(uuid4()), channels[0]) == (4404, "access.view_unknown")


def test_a_view_that_is_closed_elsewhere_ends(site: Installation, channels: list[str]) -> None:
    duty = site.browsers["duty_operator"]
    view_id = opened(duty, channels[:1])
    with socket(duty, view_id, channels[0]) as live:
        watch(live, lambda seen: len(seen.kinds) > 2)
        assert duty.send("POST", f"{API}/views/{view_id}/close").status_code == 204
        with pytest.raises(ConnectionClosed) as end:
            watch(live, lambda _: False)
    assert end.value.rcvd is not None
    assert (end.value.rcvd.code, end.value.rcvd.reason) == (4404, "access.view_unknown")


def test_a_session_that_ends_takes_its_pictures_with_it(site: Installation, channels: list[str]) -> None:
    browser = Browser(site.url)
    assert browser.post("/session", {"login_name": "maintenance", "password": PASSWORD}).status_code == 200
    with socket(browser, opened(browser, channels[:1]), channels[0]) as live:
        watch(live, lambda seen: len(seen.kinds) > 2)
        copy = Browser(site.url, dict(browser.cookies))
        assert copy.send("DELETE", f"{API}/session").status_code == 204
        with pytest.raises(ConnectionClosed) as end:
            watch(live, lambda _: False)
    assert end.value.rcvd is not None
    assert end.value.rcvd.code == 4401


@pytest.mark.parametrize("query", ["?transport=webrtc", "?transport="])
def test_transports_that_are_not_there_yet(site: Installation, channels: list[str], query: str) -> None:
    duty = site.browsers["duty_operator"]
    view_id = opened(duty, channels[:1])
    with pytest.raises((InvalidStatus, ConnectionClosed)), socket(duty, view_id, channels[0], query) as live:
        live.recv(timeout=20)


def test_threat_23_signing_out_ends_live_pictures_at_once(
    site: Installation, channels: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "CHECK_S", 3600.0)  # so that nothing but being told can end it here
    duty = site.browsers["duty_operator"]
    body = {"login_name": "duty_operator", "password": PASSWORD}
    elsewhere = Browser(duty.origin)
    assert elsewhere.post("/session", body).status_code == 200
    view_id = opened(elsewhere, channels[:1])
    with socket(elsewhere, view_id, channels[0]) as live:
        watch(live, lambda seen: len(seen.kinds) > 1)
        found = duty.get("/session/sign-ins").json()["items"]
        (other,) = [one["id"] for one in found if not one["this"]]
        assert duty.send("DELETE", f"{API}/session/sign-ins/{other}").status_code == 204
        with pytest.raises(ConnectionClosed) as end:
            watch(live, lambda _: False)
    assert end.value.rcvd is not None
    assert (end.value.rcvd.code, end.value.rcvd.reason) == (4401, "identity.not_signed_in")


def test_pages_of_others_get_no_picture(site: Installation, channels: list[str]) -> None:
    duty = site.browsers["duty_operator"]
    view_id = opened(duty, channels[:1])
    url = f"{site.url.replace('http', 'ws', 1)}{API}/views/{view_id}/live/{channels[0]}"
    headers = {"Cookie": duty.cookie_header}
    with (
        pytest.raises(InvalidStatus) as refused,
        connect(url, origin=Origin("https://evil.example"), additional_headers=headers, proxy=None),
    ):
        pass
    assert refused.value.response.status_code == 403


# Playback


def spans(site: Installation, channel_id: str) -> list[tuple[datetime, datetime]]:
    now = datetime.now().astimezone()
    asked = f"from={quote((now - timedelta(hours=1)).isoformat())}&to={quote((now + timedelta(minutes=1)).isoformat())}"
    found = site.browsers["auditor"].get(f"/channels/{channel_id}/timeline?{asked}").json()["spans"]
    return [(datetime.fromisoformat(one["start"]), datetime.fromisoformat(one["end"])) for one in found]


def window(browser: Browser, view_id: str, channel_id: str, start: datetime, end: datetime, **more: str) -> Any:
    extra = "".join(f"&{name}={quote(value)}" for name, value in more.items())
    asked = f"from={quote(start.isoformat())}&to={quote(end.isoformat())}{extra}"
    return browser.get(f"/views/{view_id}/media/{channel_id}?{asked}")


def test_playback_from_window_to_window(site: Installation) -> None:
    manager = site.browsers["security_manager"]
    channel_id = site.add("camera/4")["id"]
    until(lambda: (found := spans(site, channel_id)) and found[0][1] - found[0][0] > timedelta(seconds=4.5))
    ((begin, _),) = spans(site, channel_id)
    view_id = opened(manager, [channel_id], "playback", REASON)
    start = begin + timedelta(seconds=1.7)
    origin, at, movies, numbers = start.isoformat(), start, [], []
    until_moment = begin + timedelta(seconds=3.2)
    with_lead = True
    while at < until_moment:
        more = {"origin": origin}
        answer = window(manager, view_id, channel_id, at, at + timedelta(seconds=0.8), **more)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "video/mp4"
        assert answer.headers["mingjian-mime"] == "avc1.42c00c"
        from_ = datetime.fromisoformat(answer.headers["mingjian-from"])
        assert from_ <= at if with_lead else from_ >= at
        with_lead = False
        movies.append(answer.content)
        numbers += readback.numbers_in_mp4(answer.content)
        at = datetime.fromisoformat(answer.headers["mingjian-next"])
    assert numbers == list(range(numbers[0], numbers[-1] + 1))
    assert len(numbers) > 50
    assert numbers[0] % 25 == 0
    with av.open(io.BytesIO(movies[0]), "r") as container:
        assert next(container.demux(container.streams.video[0])).is_keyframe
    for movie in movies[1:]:  # decode times are wall time since the origin, the same in every window
        with av.open(io.BytesIO(movie), "r") as container:
            packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
        first = readback.numbers(bytes(packets[0]))[0]
        told = (packets[0].dts or 0) / 90_000
        assert abs(told - (begin + timedelta(seconds=first / 25) - start).total_seconds()) < 0.05
    assert manager.send("POST", f"{API}/views/{view_id}/close").status_code == 204
    closed, *_ = site.log()
    assert closed["action"] == "view.closed"
    assert abs(closed["detail"]["channels"][0]["seconds"] - len(numbers) / 25) <= len(movies)
    opening = next(one for one in site.log() if one["action"] == "view.opened" and one["object_id"] == view_id)
    assert (opening["detail"]["reason"], opening["detail"]["kind"]) == (REASON, "playback")


def test_windows_without_footage(site: Installation, channels: list[str]) -> None:
    manager = site.browsers["security_manager"]
    view_id = opened(manager, channels[:1], "playback", REASON)
    begin = spans(site, channels[0])[0][0]
    before = window(manager, view_id, channels[0], begin - timedelta(seconds=50), begin - timedelta(seconds=1))
    assert before.status_code == 204
    assert datetime.fromisoformat(before.headers["mingjian-next"]) == begin
    far = datetime.now().astimezone() + timedelta(days=1)
    after = window(manager, view_id, channels[0], far, far + timedelta(seconds=5))
    assert (after.status_code, "mingjian-next" in after.headers) == (204, False)
    long = window(manager, view_id, channels[0], begin, begin + timedelta(seconds=61))
    assert code(long) == (422, "media.window_unreadable")
    assert code(window(manager, view_id, channels[0], begin, begin)) == (422, "media.window_unreadable")


def test_who_may_not_play_back(site: Installation, channels: list[str]) -> None:
    duty, maintenance = site.browsers["duty_operator"], site.browsers["maintenance"]
    begin = spans(site, channels[0])[0][0]
    end = begin + timedelta(seconds=1)
    live_id = opened(duty, channels[:1])
    recorded_id = opened(duty, channels[:1], "playback", REASON)
    assert window(duty, recorded_id, channels[0], begin, end).status_code == 200
    # Who watches live has said no reason to play back.
    assert code(window(duty, live_id, channels[0], begin, end)) == (403, "access.other_kind")
    assert code(window(duty, recorded_id, channels[1], begin, end)) == (403, "access.not_in_view")
    police = site.browsers["police_supervisor"]
    assert code(window(police, recorded_id, channels[0], begin, end)) == (404, "access.view_unknown")
    assert code(window(maintenance, recorded_id, channels[0], begin, end)) == (403, "identity.not_permitted")
    assert code(window(Browser(site.url), recorded_id, channels[0], begin, end)) == (401, "identity.not_signed_in")


# Doors and bad input, without cameras


@pytest.fixture
def alone(database: Database, tmp_path: Path) -> Iterator[Any]:
    with served(database, tmp_path) as running:
        running.browsers = set_up(running)  # type: ignore[attr-defined]
        yield running


@pytest.mark.parametrize("engine", ["sqlite"])
def test_who_may_open_what(alone: Any) -> None:
    browsers = {**alone.browsers}
    for role in ("duty_operator", "security_manager", "police_supervisor", "requesting_officer", "maintenance"):
        browsers[role] = add_person(alone, alone.browsers, role, role)
    found: dict[str, set[str]] = {"live": set(), "playback": set()}
    for role, browser in browsers.items():
        for kind, allowed in found.items():
            answer = browser.post("/views", {"kind": kind, "channels": [str(uuid4())], "reason": REASON})
            if answer.status_code != 403:
                assert code(answer) == (404, "registry.channel_unknown")
                allowed.add(role)
    watching = {"duty_operator", "security_manager", "police_supervisor"}
    assert found == {"live": {*watching, "maintenance"}, "playback": watching}
    assert "view.opened" not in [
        one["action"] for one in alone.browsers["auditor"].get("/audit?limit=200").json()["items"]
    ]


def test_bad_input_is_refused_with_words(alone: Any) -> None:
    duty = add_person(alone, alone.browsers, "duty_operator", "duty")
    one = str(uuid4())
    for body in (
        {},
        {"kind": "live"},
        {"kind": "live", "channels": []},
        {"kind": "live", "channels": [one] * 65},
        {"kind": "live", "channels": ["x"]},
        {"kind": "both", "channels": [one]},
        {"kind": "playback", "channels": [one]},
        {"kind": "playback", "channels": [one], "reason": " x "},
        {"kind": "playback", "channels": [one], "reason": "x" * 201},
        {"kind": "playback", "channels": [one], "reason": "no\0thing"},
        {"kind": "live", "channels": [one], "reason": "x" * 401},
        {"kind": "live", "channels": [one], "more": 1},
    ):
        assert duty.post("/views", body).status_code == 422, body
    for query in ("", "?from=x&to=y", "?from=2026-01-01T00:00:00Z", "?from=2026-01-01T00:00:00&to=2026-01-01T00:00:01"):
        assert duty.get(f"/views/{one}/media/{one}{query}").status_code == 422
    span = "from=2026-01-01T00:00:00Z&to=2026-01-01T00:00:01Z"
    assert duty.get(f"/views/x/media/{one}?{span}").status_code == 422
    assert duty.get(f"/views/{one}/media/{one}?{span}&origin=x").status_code == 422
    assert code(duty.get(f"/views/{one}/media/{one}?{span}")) == (404, "access.view_unknown")
    assert code(duty.send("POST", f"{API}/views/{one}/close")) == (404, "access.view_unknown")
    assert duty.send("POST", f"{API}/views/x/close").status_code == 422
