"""`mingjian check` as people and timers use it, the jobs that check, and the API that tells of it."""

import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete, update
from tests.engines import mostly_sqlite
from tests.integration.test_cli_commands import command, environment, run
from tests.unit.api.serving import add, served, set_up
from tests.unit.identity.people import actions
from tests.unit.media.damaging import Harmed, harmed
from tests.unit.media.storing import START, S, Site, Trouble

from mingjian.config import Settings
from mingjian.kernel.ids import new_id
from mingjian.media.check import service
from mingjian.media.check import store as check_store
from mingjian.media.check.model import Mode, RunState
from mingjian.media.store import SEGMENT
from mingjian.storage import jobs
from mingjian.workers import job_kinds
from mingjian.workers.context import StopSignal
from mingjian.workers.job_kinds import JobContext, registry

MOSTLY = "sqlite"  # the engine plays a small part

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    database = Trouble(database_url)
    made = Site(database, tmp_path / "video")
    yield made
    if made.writer.alive:
        made.writer.stop()
    database.close()


@pytest.fixture
def one(site: Site) -> Harmed:
    return harmed(site)


def check(data: Path, url: str, *words: str, **extra: str) -> Any:
    return run("check", *words, "--data", data, MINGJIAN_STORAGE__URL=url, **extra)


# The command


@mostly_sqlite
def test_exit_codes_and_words(one: Harmed, database_url: str, tmp_path: Path) -> None:
    whole = check(tmp_path, database_url, "--full")
    assert (whole.returncode, whole.stderr) == (0, "")
    assert "存储完好" in whole.stdout
    assert "8/8" in whole.stdout
    one.path(3).unlink()
    damaged = check(tmp_path, database_url, "--fast", LANG="en_GB.UTF-8")
    assert damaged.returncode == 1
    assert "the file is missing" in damaged.stdout
    assert str(one.rows()[3].path_name) in damaged.stdout
    told = check(tmp_path, database_url, "--fast", "--json")
    assert told.returncode == 1
    document = json.loads(told.stdout)
    assert document["run"]["state"] == "done"
    (damage,) = document["damage"]
    start, end = one.span(3)
    assert (damage["kind"], damage["start_us"], damage["end_us"]) == ("missing", START + start * S, START + end * S)
    other = check(tmp_path, database_url, "--full", "--volume", str(one.site.volume.id))
    assert other.returncode == 1


@on_sqlite
@pytest.mark.breadth
def test_what_cannot_run_says_why(one: Harmed, database_url: str, tmp_path: Path) -> None:
    for words in (["--fast", "--full"], []):
        assert check(tmp_path, database_url, *words).returncode == 2
    unknown = check(tmp_path, database_url, "--fast", "--volume", "00000000-0000-0000-0000-000000000001")
    assert unknown.returncode == 2
    assert "check.volume_unknown" in unknown.stderr
    no_schema = check(tmp_path, f"sqlite:///{tmp_path / 'empty.db'}", "--fast")
    assert no_schema.returncode == 2
    assert len(no_schema.stderr.splitlines()) == 2
    service.begin(one.database, Mode.FULL, None, resume=False, now_us=one.site.clock.now_us())
    busy = check(tmp_path, database_url, "--full")
    assert (busy.returncode, busy.stdout) == (2, "")
    assert "check.running" in busy.stderr
    assert check(tmp_path, database_url, "--full", "--new").returncode == 0


@on_sqlite
def test_a_check_that_is_told_to_stop_goes_on_where_it_was(one: Harmed, database_url: str, tmp_path: Path) -> None:
    words = command("check", "--full", "--rate", "0.5", "--data", tmp_path)
    process = subprocess.Popen(words, env=environment({"MINGJIAN_STORAGE__URL": database_url}), stdout=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while not [now for now in runs(one) if now.segments_done]:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)
    assert process.returncode == 2
    (stopped,) = runs(one)
    assert stopped.state is RunState.STOPPED
    assert 0 < stopped.segments_done < 8
    assert check(tmp_path, database_url, "--full", "--rate", "0").returncode == 0
    (done,) = runs(one)
    assert (done.id, done.state, done.segments_done) == (stopped.id, RunState.DONE, 8)


def runs(one: Harmed) -> list[Any]:
    with one.database.read() as tx:
        return service.listing(tx)


# Jobs


def job_context(one: Harmed, kind: str, **store: float) -> JobContext:
    with one.database.write() as tx:
        jobs.enqueue(tx, kind, {}, now_us=one.clock.now_us(), dedupe_key=str(new_id(START)))
    with one.database.write() as tx:
        job = jobs.claim(tx, "me", one.clock.now_us(), 10**9, [kind])
    assert job is not None
    settings = Settings.model_validate({"store": store})
    return JobContext(job, one.clock, _Waiting(one), threading.Event(), settings)


class _Waiting(StopSignal):
    """Waiting passes the test's own time."""

    def __init__(self, one: Harmed) -> None:
        super().__init__()
        self._clock = one.clock

    def wait(self, timeout_s: float | None = None) -> bool:
        self._clock.wait(timeout_s or 0)
        return self.is_set()


def test_the_scrub_reads_everything_in_slices_at_its_rate(one: Harmed) -> None:
    one.flip(1, one.offset(1, 4) + 400)
    registry().handlers["check.scrub"](one.database, {}, job_context(one, "check.scrub"))
    assert runs(one) == []  # what was written today is in memory: reading it proves no disk
    one.clock.wait(2 * 86_400)
    begun, slices = one.clock.now, 0
    while not [now for now in runs(one) if now.state is RunState.DONE]:
        before = one.clock.now
        context = job_context(one, "check.scrub", scrub_mb_per_s=0.05)
        registry().handlers["check.scrub"](one.database, {}, context)
        assert one.clock.now - before <= 20
        slices += 1
        assert slices < 40
        one.clock.wait(15)
    (done,) = runs(one)
    assert done.mode is Mode.SCRUB
    assert done.segments_done == 8
    assert slices > 2
    assert done.bytes_done / (one.clock.now - begun) <= 0.05e6 * 1.4
    assert [found[:2] for found in one.standing()] == [("altered", "content")]
    registry().handlers["check.scrub"](one.database, {}, job_context(one, "check.scrub"))
    assert len(runs(one)) == 1  # a small store is read once a day
    one.clock.wait(86_400)
    registry().handlers["check.scrub"](one.database, {}, job_context(one, "check.scrub"))
    assert len(runs(one)) == 2


@on_sqlite
def test_no_scrub_where_it_is_switched_off(one: Harmed) -> None:
    registry().handlers["check.scrub"](one.database, {}, job_context(one, "check.scrub", scrub_mb_per_s=0))
    assert runs(one) == []


def test_checking_kinds_have_threads_of_their_own() -> None:
    assert {"check.run", "check.scrub"} <= registry().alone
    assert "check.scrub" in registry().periods_us


@on_sqlite
def test_a_worker_that_lost_its_lease_writes_nothing(one: Harmed) -> None:
    one.path(2).unlink()
    context = job_context(one, "check.scrub")
    with one.database.write() as tx:
        jobs.finish(tx, context.job, one.clock.now_us())
    with pytest.raises(jobs.LeaseLost):
        registry().handlers["check.scrub"](one.database, {}, context)
    assert one.standing() == []


# The API


def test_checks_and_damage_over_the_api(one: Harmed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one.flip(1, one.offset(1, 4) + 400)
    with served(one.database, tmp_path) as api:
        browsers = set_up(api)
        for role in ("security_manager", "maintenance", "duty_operator"):
            browsers[role] = add(api, browsers, role, role)
        manager = browsers["security_manager"]
        assert manager.get("/checks").json() == {"items": [], "last": []}
        assert manager.get("/damage").json() == {"items": [], "next": None, "standing": 0}
        asked = manager.post("/checks", {"mode": "full"})
        assert asked.status_code == 201
        assert asked.json()["state"] == "queued"
        assert actions(one.database)[-1] == "check.asked"
        again = manager.post("/checks", {"mode": "full"})
        assert (again.status_code, again.json()["code"]) == (409, "check.running")
        assert browsers["maintenance"].post("/checks", {"mode": "fast"}).status_code == 201
        for role in ("system_administrator", "auditor", "duty_operator"):
            assert browsers[role].post("/checks", {"mode": "fast"}).status_code == 403
        assert browsers["duty_operator"].get("/damage").status_code == 403
        monkeypatch.setattr(job_kinds, "_SLICE_S", 0.0)
        assert work_off(one) > 8  # a slice at a time
        items = manager.get("/checks").json()["items"]
        assert {(item["mode"], item["state"], item["found"]) for item in items} == {
            ("full", "done", 1),
            ("fast", "done", 0),
        }
        full = next(item for item in items if item["mode"] == "full")
        assert full["segments_done"] == full["segments_total"] == 8
        assert full["bytes_done"] == full["bytes_total"] > 0
        found = browsers["auditor"].get("/damage").json()
        (item,) = found["items"]
        assert found["standing"] == 1
        assert (item["kind"], item["channel_id"]) == ("altered", str(one.id))
        assert item["zh"]
        assert item["cleared_at"] is None


def work_off(one: Harmed) -> int:
    """Run jobs of checks until there are none; how many."""
    for count in range(100):
        one.clock.now += 1
        with one.database.write() as tx:
            job = jobs.claim(tx, "me", 1 << 60, 10**9, [service.JOB])
        if job is None:
            return count
        context = JobContext(job, one.clock, StopSignal(), threading.Event())
        registry().handlers[job.kind](one.database, job.payload, context)
        with one.database.write() as tx:
            jobs.finish(tx, job, one.clock.now_us())
    raise AssertionError("it does not end")


@on_sqlite
def test_damage_with_times_that_no_calendar_has_is_shown(one: Harmed, tmp_path: Path) -> None:
    row = one.rows()[5]
    with one.database.write() as tx:
        edited = update(SEGMENT).where(SEGMENT.c.id == row.id)
        tx.execute(edited.values(start_us=-(1 << 61), end_us=1 << 62))
    (one.site.root / row.path_name).unlink()
    one.check()
    with served(one.database, tmp_path) as api:
        answer = set_up(api)["auditor"].get("/damage")
    assert answer.status_code == 200
    assert "missing" in {item["kind"] for item in answer.json()["items"]}
    assert check(tmp_path, f"sqlite:///{tmp_path / 'mingjian.db'}", "--fast").returncode == 1
    with one.database.write() as tx:
        tx.execute(delete(check_store.DAMAGE))
