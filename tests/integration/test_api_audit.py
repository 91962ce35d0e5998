"""The log over HTTP: search, pages, the own trail, export, verification as a job; and the command line."""

import csv
import io
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.identity.people import NOW
from typer.testing import CliRunner

from mingjian.audit import canonical, keys
from mingjian.audit.model import Action, Actor, Entry, Search
from mingjian.audit.sealing import Sealer
from mingjian.audit.service import export, listing, record
from mingjian.cli.audit import app as audit_app
from mingjian.kernel.clock import WallUs
from mingjian.storage import jobs
from mingjian.storage.engine import Database
from mingjian.workers import audit_jobs
from mingjian.workers.context import StopSignal
from mingjian.workers.job_kinds import JobContext, registry

MOSTLY = "sqlite"  # what is called here is tested on both engines

on_sqlite: Final = pytest.mark.parametrize("engine", ["sqlite"])
LI: Final = Actor("person", None, "李明 (li.ming)", "192.0.2.7")


def seqs(page: Any) -> list[int]:
    return [item.seq for item in page.items]


@pytest.fixture
def filled(database: Database) -> Database:
    """Six entries of two acts about three channels, a minute apart."""
    with database.write() as tx:
        for number in range(6):
            action = Action.CHANNEL_CHANGED if number % 2 else Action.CHANNEL_ADDED
            detail = {"name": f"校门{number}", "note": "100%_真" if number == 3 else ""}
            record(tx, Entry(action, LI, "channel", f"c{number % 3}", detail, NOW + number * 60_000_000))
    return database


@pytest.mark.parametrize(
    ("search", "found"),
    [
        (Search(), [6, 5, 4, 3, 2, 1]),
        (Search(action="channel.changed"), [6, 4, 2]),
        (Search(object_kind="channel", object_id="c1"), [5, 2]),
        (Search(from_us=NOW + 60_000_000, until_us=NOW + 180_000_000), [3, 2]),
        (Search(text="校门4"), [5]),
        (Search(text="%"), [4]),
        (Search(text="0%_"), [4]),
        (Search(text="新增通道"), [5, 3, 1]),  # the sentence
        (Search(text="li.ming"), [6, 5, 4, 3, 2, 1]),
        (Search(text="nowhere"), []),
        (Search(action="channel.changed", text="真"), [4]),
    ],
)
def test_a_search_on_both_engines(filled: Database, search: Search, found: list[int]) -> None:
    with filled.read() as tx:
        assert seqs(listing(tx, None, 10, search)) == found
        first = listing(tx, None, 2, search)
        rest = listing(tx, first.next, 10, search) if first.next else None
    assert seqs(first) + (seqs(rest) if rest else []) == found
    assert [one.seq for one in export(filled, search, 6)] == sorted(found)
    assert [one.seq for one in export(filled, search, 3)] == [seq for seq in sorted(found) if seq <= 3]


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Served]:
    with served(database, tmp_path) as running:
        yield running


@on_sqlite
def test_everybody_sees_the_own_trail_and_nobody_anothers(site: Served, engine: str) -> None:
    browsers = set_up(site)
    duty = add(site, browsers, "duty_operator", "duty")
    own = duty.get("/session").json()["id"]
    site.browser().post("/session", {"login_name": "duty", "password": "not the right one"})
    trail = duty.get("/session/trail").json()["items"]
    assert {"people.created", "people.invite_redeemed", "people.signed_in"} <= {one["action"] for one in trail}
    refused = next(one for one in trail if one["action"] == "people.sign_in_refused")
    assert refused["object_id"] == own  # who guesses at an account is seen by its owner
    assert all(own in {one["actor"]["id"], one["object_id"]} for one in trail)
    assert duty.get("/audit").status_code == 403
    assert duty.get("/audit/export").status_code == 403


@on_sqlite
def test_a_change_is_told_with_before_and_after(site: Served, engine: str) -> None:
    browsers = set_up(site)
    browsers["auditor"].send("PUT", f"{API}/session/language", {"language": "en"})
    entry = browsers["auditor"].get("/audit?action=people.language_changed").json()["items"][0]
    assert entry["detail"]["language"] == "en"
    assert len(bytes.fromhex(entry["digest"])) == 32


@on_sqlite
@pytest.mark.parametrize(
    "query", ["action=no.such_act", "from=yesterday", "before=0", "limit=0", "person=x", "text=%00"]
)
def test_searches_that_are_refused(site: Served, query: str, engine: str) -> None:
    assert set_up(site)["auditor"].get(f"/audit?{query}").status_code == 422


@on_sqlite
def test_an_export_is_recorded_first_and_can_be_checked_by_anybody(site: Served, engine: str) -> None:
    browsers = set_up(site)
    auditor = browsers["auditor"]
    answer = auditor.get("/audit/export?form=jsonl")
    assert answer.status_code == 200
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [one["seq"] for one in lines] == list(range(1, len(lines) + 1))
    told = auditor.get("/audit?action=audit.exported").json()["items"][0]
    assert told["detail"] == {"form": "jsonl", "search": {}, "until_seq": len(lines)}
    for one in lines:
        actor = one["actor"]
        detail = json.dumps(one["detail"], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        digest = canonical.digest(
            one["at_us"],
            one["action"],
            (actor["kind"], actor["id"], actor["label"], actor["address"]),
            (actor["for_id"], actor["for_label"]),
            (one["object_kind"], one["object_id"]),
            detail,
        )
        assert digest.hex() == one["digest"]


@on_sqlite
def test_a_table_for_spreadsheets_computes_nothing(site: Served, engine: str) -> None:
    browsers = set_up(site)
    with site.context.database.write() as tx:
        evil = Actor("person", None, '=HYPERLINK("http://192.0.2.1")', "")
        record(tx, Entry(Action.SIGNED_IN, evil, "person", "@x", {}, NOW))
    answer = browsers["auditor"].get("/audit/export?form=csv&text=HYPERLINK")
    assert answer.text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert [row[2] for row in rows] == ["action", "people.signed_in"]
    assert rows[1][6].startswith("'=HYPERLINK")
    assert rows[1][10] == "'@x"


# Verification


class _Clock:
    def now_us(self) -> WallUs:
        return WallUs(NOW)

    def monotonic(self) -> float:
        return 0.0


def work(site: Served) -> None:
    """What the role `jobs` does: seal, then everything that waits to be verified."""
    database, folder, handlers = site.context.database, site.context.data_dir, registry().handlers
    audit_jobs.seal(database, folder, _Clock(), lambda _tx: None, lambda: False)
    while True:
        with database.write() as tx:
            job = jobs.claim(tx, "test", site.clock.now_us(), 60_000_000, ["audit.verify"])
        if job is None:
            return
        context = JobContext(job, _Clock(), StopSignal(), threading.Event(), data_dir=folder)
        handlers[job.kind](database, job.payload, context)
        with database.write() as tx:
            jobs.finish(tx, job, NOW)


def verified(site: Served, auditor: Browser) -> dict[str, Any]:
    asked = auditor.post("/audit/verifications", {})
    assert asked.status_code == 201
    work(site)
    # By its id: the clock of this test stands still, so that two runs may be of the same moment.
    runs = auditor.get("/audit/verifications").json()["items"]
    run = next(one for one in runs if one["id"] == asked.json()["id"])
    assert run["state"] == "done"
    return dict(run)


@on_sqlite
def test_the_auditor_verifies(site: Served, engine: str) -> None:
    browsers = set_up(site)
    auditor = browsers["auditor"]
    assert browsers["system_administrator"].post("/audit/verifications", {}).status_code == 403
    run = verified(site, auditor)
    assert run["result"]["whole"]
    assert run["result"]["sealed"] == run["result"]["entries"]
    assert run["done"] == run["total"]
    shown = auditor.get("/audit/verifications").json()
    assert shown["head"].startswith(shown["key"].partition("+")[0])
    assert {"audit.verify_asked", "audit.verified"} <= {one["action"] for one in auditor.get("/audit").json()["items"]}
    with site.context.database.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
        connection.exec_driver_sql("UPDATE audit_entry SET actor_label = 'nobody' WHERE seq = 3")
        connection.commit()
    result = verified(site, auditor)["result"]
    assert not result["whole"]
    # The first bad entry comes first, and the guard that is gone last.
    assert [(one["kind"], one["seq"]) for one in result["findings"]] == [("changed", 3), ("guard", 0)]
    told = auditor.get("/audit?action=audit.verified").json()["items"][0]
    assert told["detail"]["first_seq"] == 3


@on_sqlite
def test_the_command_names_the_first_bad_entry(site: Served, engine: str, tmp_path: Path) -> None:
    set_up(site)
    work(site)
    runner, data = CliRunner(), ["--data", str(tmp_path)]
    whole = runner.invoke(audit_app, ["verify", *data])
    assert (whole.exit_code, "日志完好" in whole.stdout or "whole" in whole.stdout) == (0, True), whole.output
    head = json.loads(runner.invoke(audit_app, ["head", "--json", *data]).stdout)
    noted = tmp_path / "noted"
    noted.write_text(head["head"])
    with_key = runner.invoke(audit_app, ["verify", "--key", head["key"], "--head", str(noted), "--json", *data])
    assert (with_key.exit_code, json.loads(with_key.stdout)["whole"]) == (0, True)
    other = "mingjian-00000000/audit+" + head["key"].partition("+")[2]
    assert runner.invoke(audit_app, ["verify", "--key", other, *data]).exit_code == 2
    with site.context.database.engine.connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_entry_no_delete")
        connection.exec_driver_sql("DELETE FROM audit_entry WHERE seq = 2")
        connection.commit()
    bad = runner.invoke(audit_app, ["verify", "--json", *data])
    assert bad.exit_code == 1
    assert json.loads(bad.stdout)["findings"][0] | {"zh": "", "en": ""} == {
        "kind": "removed", "seq": 2, "other": "", "zh": "", "en": "",
    }  # fmt: skip
    (tmp_path / keys.KEY).unlink()
    assert runner.invoke(audit_app, ["verify", *data]).exit_code == 2


@on_sqlite
def test_sealing_that_stopped_is_an_alert_until_it_goes_on(site: Served, engine: str, tmp_path: Path) -> None:
    browsers = set_up(site)
    work(site)
    head = keys.HeadFile.of(tmp_path)
    before = head.path.read_text()
    head.path.write_text("nonsense")
    browsers["auditor"].get("/audit/export")  # one more entry
    work(site)
    alerts = browsers["system_administrator"].get("/alerts").json()["items"]
    assert [one["code"] for one in alerts] == ["operations.seal_failing"]
    head.path.write_text(before)
    work(site)
    standing = browsers["system_administrator"].get("/alerts").json()["items"]
    assert [one["cleared_at"] is not None for one in standing] == [True]
    assert Sealer(site.context.database, keys.signer(tmp_path), head).seal(NOW) == 0
