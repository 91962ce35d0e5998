"""The event feed over a real socket, on both engines: who hears what, and what it costs when nobody listens."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.media.keeping import MANAGER, Store
from tests.unit.media.storing import until
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from mingjian.alerts import service as alerts
from mingjian.alerts.model import Alert
from mingjian.api import events, feed
from mingjian.audit import service as audit
from mingjian.audit.model import Action, Entry
from mingjian.identity.scopes import Scope, ScopeKind
from mingjian.kernel.ids import ChannelId, PersonId
from mingjian.media import store as media_store
from mingjian.media.export import store as clips
from mingjian.media.export.model import Clip, ClipId, ClipState, Contents
from mingjian.media.keep import service as keeping
from mingjian.media.keep.errors import DISK_FULL, OFFLINE
from mingjian.media.live.hub import LiveHub
from mingjian.media.marks import service as marks
from mingjian.media.model import ChannelState
from mingjian.media.store import ChannelStatus
from mingjian.storage import news
from mingjian.storage.engine import Database
from mingjian.storage.news import Topic

MOSTLY = "sqlite"  # what is called here is tested on both engines

LIMIT_S: Final = 30.0


@dataclass
class Page:
    """One open page; `until` gives all that came until a message, `so_far` all that was told until now."""

    socket: ClientConnection
    served: Served

    def next(self, timeout_s: float = LIMIT_S) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.socket.recv(timeout=timeout_s))
        return found

    def until(self, topic: str, subject: str = "") -> list[dict[str, Any]]:
        heard = [self.next()]
        while (heard[-1]["topic"], heard[-1].get("id", "")) != (topic, subject):
            heard.append(self.next())
        return heard

    def so_far(self) -> list[dict[str, Any]]:
        feed_ = self.served.context.feed
        looked = feed_.looks
        until(lambda: feed_.looks > looked + 1)  # one look may have begun before what the test did
        self.socket.send("time")
        return self.until("time")[:-1]

    def rest(self) -> None:
        while True:
            self.next()


@dataclass
class Site:
    served: Served
    store: Store
    browsers: dict[str, Browser]

    @contextmanager
    def page(self, role: str) -> Iterator[Page]:
        browser = self.browsers[role]
        with connect(
            f"{browser.origin.replace('http', 'ws', 1)}{API}/events",
            origin=Origin(browser.origin),
            additional_headers={"Cookie": browser.cookie_header},
            user_agent_header=browser.agent,
            proxy=None,
            open_timeout=20,
            close_timeout=0.2,
        ) as socket:
            page = Page(socket, self.served)
            hello = page.next()
            assert (hello["topic"], hello["boot"]) == ("server", self.served.context.feed.boot)
            looked = self.served.context.feed.looks
            until(lambda: self.served.context.feed.looks > looked)  # what was before it came is not told
            yield page

    def status(self, channel_id: ChannelId, state: ChannelState = ChannelState.RECORDING) -> None:
        with self.store.database.write() as tx:
            media_store.write_status(tx, ChannelStatus(channel_id, state, self.served.clock.now_us(), None, None))

    def alert(self, object_id: str, *, of_channel: bool = False) -> str:
        kind = OFFLINE if of_channel else DISK_FULL
        words = {"group": "一组", "name": "校门口", "reason_zh": "没有回应。", "reason_en": "No answer."}
        with self.store.database.write() as tx:
            alerts.raise_(tx, Alert(kind, object_id, words, self.served.clock.now_us()))
            return next(str(one.id) for one in alerts.standing(tx, kind) if one.object_id == object_id)


@pytest.fixture
def site(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(feed, "EVERY_S", 0.05)
    monkeypatch.setattr(events, "CHECK_S", 0.2)
    monkeypatch.setattr(LiveHub, "connected", True)
    with served(database, tmp_path) as running:
        browsers = set_up(running)
        yield Site(running, Store(database, tmp_path), browsers)


def joins(site: Site, role: str, name: str, *scopes: Scope) -> None:
    site.browsers[name] = add(site.served, site.browsers, role, name, *scopes)


def test_a_page_hears_of_its_own_channels_and_of_no_others(site: Site) -> None:
    mine, other = site.store.channel("我的"), site.store.channel("别人的")
    joins(site, "duty_operator", "duty", Scope(ScopeKind.CHANNEL, str(mine)))
    joins(site, "duty_operator", "chief")
    with site.page("duty") as duty, site.page("chief") as chief:
        site.status(other)
        hidden = site.alert(str(other), of_channel=True)
        site.status(mine)
        shown = site.alert(str(mine), of_channel=True)
        heard = duty.so_far()
        assert {one.get("id") for one in chief.so_far()} >= {str(other), hidden, str(mine), shown}
    assert [one for one in heard if one.get("id") in (str(other), hidden)] == []
    assert {(one["topic"], one.get("id")) for one in heard} >= {("channel", str(mine)), ("alert", shown)}
    state = next(one for one in heard if one["topic"] == "channel")
    assert (state["state"], state["problem"]) == ("recording", None)
    assert str(other) not in json.dumps(heard)


def test_what_a_role_may_not_know_it_does_not_hear(site: Site) -> None:
    """The security administrator reads no channel, but alerts; the requesting officer neither."""
    channel = site.store.channel()
    joins(site, "requesting_officer", "officer")
    with site.page("security_administrator") as security, site.page("officer") as officer:
        site.status(channel)
        site.alert("group-1")
        assert [one["topic"] for one in security.so_far()] == ["alert"]
        assert officer.so_far() == []


def test_marks_and_the_duty_desk_are_told_to_who_may_see_them(site: Site) -> None:
    mine, other = site.store.channel("我的"), site.store.channel("别人的")
    joins(site, "duty_operator", "duty", Scope(ScopeKind.CHANNEL, str(mine)))
    now_us = site.served.clock.now_us()
    with site.page("duty") as duty, site.page("security_administrator") as security:
        with site.store.database.write() as tx:
            marks.place(tx, mine, now_us - 2, now_us - 1, "可疑人员", by=MANAGER, now_us=now_us)
            marks.place(tx, other, now_us - 2, now_us - 1, "不相干", by=MANAGER, now_us=now_us)
            audit.record(tx, Entry(Action.DUTY_POST_ADDED, MANAGER, "duty_post", "1", {"name": "监控室"}, now_us))
        told = {(one["topic"], one.get("id")) for one in duty.so_far()}
        assert told == {("mark", str(mine)), ("duty", None)}
        assert security.so_far() == []


def test_changes_of_one_look_are_told_once(site: Site) -> None:
    channel = site.store.channel()
    with site.page("system_administrator") as page:
        with site.store.database.write() as tx:
            for state in (ChannelState.OFFLINE, ChannelState.CONNECTING, ChannelState.RECORDING):
                media_store.write_status(tx, ChannelStatus(channel, state, 1, None, None))
        heard = page.so_far()
    assert [one["state"] for one in heard if one["topic"] == "channel"] == ["recording"]


def test_holds_and_what_is_installed_are_heard(site: Site) -> None:
    channel = site.store.channel()
    joins(site, "security_manager", "manager")
    now_us = site.served.clock.now_us()
    with site.page("manager") as page:
        with site.store.database.write() as tx:
            hold = keeping.place_hold(tx, channel, now_us - 60_000_000, now_us, "事故", by=MANAGER, now_us=now_us)
        page.until("hold", str(hold.id))
        site.store.channel("新的")
        page.until("registry")


def test_a_clip_is_heard_of_by_whose_it_is(site: Site) -> None:
    """By whose it is alone: others of the same right hear nothing."""
    joins(site, "security_manager", "one")
    joins(site, "security_manager", "two")
    person = UUID(site.browsers["one"].get("/session").json()["id"])
    clip = _clip(site, person)
    with site.page("one") as one, site.page("two") as two:
        with site.store.database.write() as tx:
            news.tell(tx, Topic.CLIP, clip)
        (told,) = one.until("clip", str(clip))
        assert (told["state"], told["total_bytes"]) == ("waiting", 9)
        assert two.so_far() == []


def _clip(site: Site, person_id: UUID) -> UUID:
    start_us = site.served.clock.now_us()
    clip = Clip(
        id=ClipId(uuid4()),
        person_id=PersonId(person_id),
        person_label="某人",
        channels=(),
        start_us=start_us,
        end_us=start_us + 1,
        reason="事故",
        state=ClipState.WAITING,
        done_bytes=0,
        total_bytes=9,
        contents=Contents(),
        file_name="clip.mp4",
        size=None,
        digest=None,
        problem=None,
        created_us=start_us,
        finished_us=None,
        expires_us=start_us + 2,
    )
    with site.store.database.write() as tx:
        clips.add(tx, clip)
    return clip.id


def test_who_loses_a_right_hears_no_more(site: Site) -> None:
    """The reach is asked again while the page is open."""
    mine = site.store.channel()
    joins(site, "duty_operator", "duty")
    with site.page("duty") as page:
        site.status(mine)
        page.until("channel", str(mine))
        duty = site.browsers["duty"].get("/session").json()["id"]
        grants = site.browsers["security_administrator"].get("/grants").json()["items"]
        for one in [one["id"] for one in grants if one["person_id"] == duty]:
            assert site.browsers["security_administrator"].send("DELETE", f"{API}/grants/{one}").status_code == 204
        page.until("session")
        site.status(mine, ChannelState.OFFLINE)
        assert page.so_far() == []


def test_an_ended_sign_in_ends_the_feed(site: Site) -> None:
    joins(site, "duty_operator", "duty")
    with site.page("duty") as page:
        other = Browser(site.served.origin, dict(site.browsers["duty"].cookies))
        assert other.send("DELETE", f"{API}/session").status_code == 204
        with pytest.raises(ConnectionClosed) as end:
            page.rest()
    assert end.value.rcvd is not None
    assert (end.value.rcvd.code, end.value.rcvd.reason) == (4401, "identity.not_signed_in")


def test_nobody_looks_while_nobody_listens(site: Site) -> None:
    looks = site.served.context.feed.looks
    site.status(site.store.channel())
    time.sleep(0.3)  # six times what is between two looks
    assert site.served.context.feed.looks == looks
    with site.page("system_administrator"), site.page("auditor"):
        begun = site.served.context.feed.looks
        until(lambda: site.served.context.feed.looks > begun + 2)
    until(lambda: site.served.context.feed._looking is None)
    ended = site.served.context.feed.looks
    time.sleep(0.3)
    assert site.served.context.feed.looks <= ended + 1


def test_too_much_at_once_is_asked_for_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed, "MOST_AT_ONCE", 5)
    with site.page("system_administrator") as page:
        with site.store.database.write() as tx:
            for _ in range(6):
                news.tell(tx, Topic.CHANNEL, uuid4())
        assert page.next() == {"topic": "server", "reload": True}


def test_recorders_that_go_and_come_make_pages_ask(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with site.page("system_administrator") as page:
        monkeypatch.setattr(LiveHub, "connected", False)
        assert page.next() == {"topic": "channel"}
        monkeypatch.setattr(LiveHub, "connected", True)
        assert page.next() == {"topic": "channel"}
