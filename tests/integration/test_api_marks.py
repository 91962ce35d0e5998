"""What a timeline shows beside footage, and marks: who places, finds and removes them."""

from pathlib import Path
from uuid import UUID

import httpx
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.media.shelf import Shelf, at

from mingjian.alerts import service as alerts
from mingjian.alerts.model import Alert
from mingjian.api.schema import moment_text
from mingjian.kernel.ids import new_id
from mingjian.media.keep import store as kept
from mingjian.media.keep.model import RecordingEvent
from mingjian.operations.catalogue import KINDS
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

S = 1_000_000


def stored(site: Served) -> UUID:
    shelf = Shelf(site.context.database, site.context.data_dir / "video")
    channel = shelf.channel()
    shelf.minutes(channel, 10)
    return channel


def asked(browser: Browser, channel: UUID, *, bin_s: int | None = None) -> dict[str, list[dict[str, object]]]:
    span = f"from={moment_text(at(0))}&to={moment_text(at(10))}"
    answer = browser.get(f"/channels/{channel}/moments?{span}" + (f"&bin={bin_s}" if bin_s else ""))
    assert answer.status_code == 200, answer.text
    found: dict[str, list[dict[str, object]]] = answer.json()
    return found


def mark(browser: Browser, channel: UUID, name: str, start_us: int, end_us: int) -> httpx.Response:
    body = {"start": moment_text(start_us), "end": moment_text(end_us), "name": name}
    return browser.post(f"/channels/{channel}/marks", body)


def test_a_timeline_shows_what_happened_to_footage(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        channel = stored(site)
        manager = add(site, browsers, "security_manager", "manager")
        police = add(site, browsers, "police_supervisor", "police")
        mender = add(site, browsers, "maintenance", "mender")
        span = {"start": moment_text(at(2)), "end": moment_text(at(4))}
        assert manager.post("/holds", {"channel_id": str(channel), "reason": "核实事件", **span}).status_code == 201
        assert police.post("/clips", {"channels": [str(channel)], "reason": "核实事件", **span}).status_code == 201
        kind = next(one for one in KINDS.values() if one.object_kind == "channel")
        names = dict.fromkeys(("name", "why_zh", "why_en", "channel"), "x")
        with database.write() as tx:
            for second in (1, 2, 3, 5):
                kept.add_event(tx, RecordingEvent(new_id(at(0)), channel, at(0) + second * S, "门磁"))  # type: ignore[arg-type]
            alerts.raise_(tx, Alert(kind, str(channel), names, at(1)))
        found = asked(manager, channel, bin_s=4)
        assert [(one["start"], one["end"]) for one in found["holds"]] == [(span["start"], span["end"])]
        assert [(one["count"], one["name"]) for one in found["events"]] == [(3, "门磁"), (1, "门磁")]
        assert [(one["start"], one["end"]) for one in found["alerts"]] == [(moment_text(at(1)), None)]
        assert [(one["by_me"], one["id"], one["state"]) for one in found["copies"]] == [(False, None, "waiting")]
        assert len(asked(manager, channel)["events"]) == 4
        mine = asked(police, channel)["copies"][0]
        assert mine["by_me"]
        assert mine["id"]
        # Whom the table shows no holds and no copies learns of none.
        seen = asked(mender, channel)
        assert [seen[name] is None for name in ("holds", "copies", "alerts")] == [True, True, False]


def test_marks_are_placed_found_and_removed(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        channel = stored(site)
        duty = add(site, browsers, "duty_operator", "duty")
        other = add(site, browsers, "duty_operator", "other")
        manager = add(site, browsers, "security_manager", "manager")
        mender = add(site, browsers, "maintenance", "mender")
        first = mark(duty, channel, "  校门口   纠纷 ", at(1), at(1))
        assert first.status_code == 201
        assert (first.json()["name"], first.json()["placed_by_me"]) == ("校门口 纠纷", True)
        second = mark(other, channel, "白色货车 100%", at(3), at(4)).json()["id"]
        assert [one["name"] for one in asked(manager, channel)["marks"]] == ["校门口 纠纷", "白色货车 100%"]
        for words, names in (
            ("", ["白色货车 100%", "校门口 纠纷"]),
            ("纠纷 校门", ["校门口 纠纷"]),
            ("0%", ["白色货车 100%"]),
            ("_", []),
        ):
            items = duty.get(f"/marks?q={words.replace('%', '%25')}").json()["items"]
            assert [one["name"] for one in items] == names
        page = duty.get("/marks?limit=1").json()
        rest = duty.get(f"/marks?limit=1&cursor={page['next']}").json()
        assert [page["items"][0]["name"], rest["items"][0]["name"]] == ["白色货车 100%", "校门口 纠纷"]
        assert rest["next"] is None

        refused = duty.send("DELETE", f"{API}/marks/{second}")
        assert (refused.status_code, refused.json()["code"]) == (403, "mark.not_yours")
        assert manager.send("DELETE", f"{API}/marks/{second}").status_code == 204
        assert duty.send("DELETE", f"{API}/marks/{first.json()['id']}").status_code == 204
        assert duty.send("DELETE", f"{API}/marks/{second}").json()["code"] == "mark.unknown"
        assert mark(mender, channel, "x", at(1), at(1)).status_code == 403
        assert asked(duty, channel)["marks"] == []


def test_a_mark_has_a_name_and_a_time_that_was(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        channel = stored(site)
        duty = add(site, browsers, "duty_operator", "duty")
        now = site.clock.now_us()
        assert mark(duty, channel, "   ", at(1), at(1)).json()["code"] == "mark.name_needed"
        assert mark(duty, channel, "x" * 101, at(1), at(1)).json()["code"] == "mark.name_needed"
        assert mark(duty, channel, "x", at(2), at(1)).json()["code"] == "mark.span_unfit"
        assert mark(duty, channel, "x", now, now + S).json()["code"] == "mark.span_unfit"
