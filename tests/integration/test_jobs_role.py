"""The worker of the role `jobs` on real databases, with handlers that work, fail, hang and lose their lease."""

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from sqlalchemy import text

from mingjian.kernel.clock import WallUs
from mingjian.storage import jobs
from mingjian.storage.engine import Database
from mingjian.storage.jobs import Payload, State
from mingjian.workers.context import StopSignal
from mingjian.workers.job_kinds import Handler, JobContext, Registry, forget_finished, registry
from mingjian.workers.jobs import MAX_ATTEMPTS, Worker, _run_all

DAY_US = 86_400_000_000


@dataclass
class HandClock:
    now: int = 1_764_000_000_000_000

    def now_us(self) -> WallUs:
        return WallUs(self.now)

    def monotonic(self) -> float:
        return self.now / 1_000_000


@dataclass
class Bench:
    """A worker, its clock and what its handlers did."""

    database: Database
    clock: HandClock = field(default_factory=HandClock)
    stop: StopSignal = field(default_factory=StopSignal)
    seen: list[Payload] = field(default_factory=list)

    def worker(self, handler: Handler, periods_us: dict[str, int] | None = None) -> Worker:
        known = Registry({"kind": handler}, periods_us or {})
        return Worker(self.database, known, self.clock, stop=self.stop, owner="me", chance=random.Random(1))

    def enqueue(self, n: int = 1) -> None:
        self.clock.now += 1
        with self.database.write() as tx:
            jobs.enqueue(tx, "kind", {"n": n}, now_us=self.clock.now)

    def note(self, _database: Database, payload: Payload, _context: JobContext) -> None:
        self.seen.append(payload)

    def count(self, state: State) -> int:
        with self.database.read() as tx:
            return jobs.count(tx, state)

    def errors(self) -> list[str]:
        with self.database.read() as tx:
            return list(tx.execute(text("SELECT last_error FROM job")).scalars())


@pytest.fixture
def bench(database: Database) -> Bench:
    return Bench(database)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield pool


def test_due_jobs_are_run_to_their_end(bench: Bench, pool: ThreadPoolExecutor) -> None:
    bench.enqueue(1)
    bench.enqueue(2)
    worker = bench.worker(bench.note)
    assert [worker.step(pool) for _ in range(3)] == [True, True, False]
    assert bench.seen == [{"n": 1}, {"n": 2}]
    assert bench.count(State.DONE) == 2


def test_a_failing_job_is_tried_ten_times_then_given_up(bench: Bench, pool: ThreadPoolExecutor) -> None:
    def broken(_database: Database, payload: Payload, _context: JobContext) -> None:
        bench.seen.append(payload)
        raise ConnectionError("no answer from rtsp://admin:hunter2@10.0.0.5/")

    bench.enqueue()
    worker = bench.worker(broken)
    assert worker.step(pool)
    assert not worker.step(pool), "it must pause before it tries again"
    for _ in range(20):
        bench.clock.now += 1_000_000_000
        worker.step(pool)
    assert len(bench.seen) == MAX_ATTEMPTS
    assert bench.count(State.DEAD) == 1
    assert bench.errors() == ["ConnectionError: no answer from rtsp://***@10.0.0.5/"]


def test_a_job_that_kills_its_worker_each_time_is_given_up(bench: Bench, pool: ThreadPoolExecutor) -> None:
    bench.enqueue()
    for _ in range(MAX_ATTEMPTS):
        with bench.database.write() as tx:
            assert jobs.claim(tx, "dead", bench.clock.now, 10, ["kind"]) is not None
        bench.clock.now += 10
    assert bench.worker(bench.note).step(pool)
    assert bench.seen == []
    assert bench.count(State.DEAD) == 1


def test_a_periodic_job_comes_back_after_its_end(bench: Bench, pool: ThreadPoolExecutor) -> None:
    worker = bench.worker(bench.note, {"kind": DAY_US})
    worker.plan_periodic()
    worker.plan_periodic()
    assert [worker.step(pool), worker.step(pool)] == [True, False]
    bench.clock.now += DAY_US - 1
    assert not worker.step(pool)
    bench.clock.now += 1
    assert [worker.step(pool), worker.step(pool)] == [True, False]
    assert bench.count(State.PENDING) == 1


def test_a_periodic_job_that_was_given_up_comes_back(bench: Bench, pool: ThreadPoolExecutor) -> None:
    def broken(_database: Database, _payload: Payload, _context: JobContext) -> None:
        raise ConnectionError

    worker = bench.worker(broken, {"kind": DAY_US})
    worker.plan_periodic()
    for _ in range(MAX_ATTEMPTS):
        assert worker.step(pool)
        bench.clock.now += 1_000_000_000
    assert (bench.count(State.DEAD), bench.count(State.PENDING)) == (1, 1)


def test_the_lease_is_kept_while_the_handler_works(
    bench: Bench, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    extended = threading.Event()
    real = jobs.extend

    def extend(*arguments: object) -> object:
        made = real(*arguments)  # type: ignore[arg-type]
        extended.set()
        return made

    monkeypatch.setattr(jobs, "extend", extend)

    def slow(_database: Database, _payload: Payload, context: JobContext) -> None:
        bench.clock.now += 60_000
        assert extended.wait(30)
        with bench.database.write() as tx:
            assert jobs.claim(tx, "other", bench.clock.now, 10, ["kind"]) is None
            context.check(tx)

    bench.enqueue()
    worker = bench.worker(slow)
    worker._lease_us = 60_000
    assert worker.step(pool)
    assert bench.count(State.DONE) == 1


def test_a_handler_whose_lease_is_gone_changes_nothing(bench: Bench, pool: ThreadPoolExecutor) -> None:
    def paused(_database: Database, payload: Payload, context: JobContext) -> None:
        bench.clock.now += DAY_US
        with bench.database.write() as tx:
            assert jobs.claim(tx, "other", bench.clock.now, DAY_US, ["kind"]) is not None
        with bench.database.write() as tx:
            context.check(tx)
            bench.seen.append(payload)

    bench.enqueue()
    with pytest.raises(jobs.LeaseLost):
        bench.worker(paused).step(pool)
    assert bench.seen == []
    assert bench.count(State.RUNNING) == 1


def test_the_loop_goes_on_after_failures_and_ends_when_told(bench: Bench) -> None:
    def handler(_database: Database, payload: Payload, _context: JobContext) -> None:
        bench.seen.append(payload)
        if len(bench.seen) == 3:
            bench.stop.set()
        if payload["n"] == 2:
            raise ConnectionError

    for n in (1, 2, 3):
        bench.enqueue(n)
    thread = threading.Thread(target=bench.worker(handler).run)
    thread.start()
    thread.join(timeout=30)
    assert not thread.is_alive()
    assert [payload["n"] for payload in bench.seen] == [1, 2, 3]
    assert (bench.count(State.DONE), bench.count(State.PENDING)) == (2, 1)


def test_every_periodic_kind_has_a_handler() -> None:
    assert registry().periods_us.keys() <= registry().handlers.keys()


def test_finished_jobs_are_forgotten_after_a_week(bench: Bench, pool: ThreadPoolExecutor) -> None:
    bench.enqueue()
    assert bench.worker(bench.note).step(pool)
    bench.clock.now += 7 * DAY_US
    worker = bench.worker(forget_finished, {"kind": DAY_US})
    worker.plan_periodic()
    assert worker.step(pool)
    assert bench.count(State.DONE) == 2, "one week old is not yet older than a week"
    bench.clock.now += DAY_US
    assert worker.step(pool)
    assert bench.count(State.DONE) == 2


def test_a_kind_that_stands_alone_keeps_no_other_waiting(bench: Bench) -> None:
    quick_ran = threading.Event()

    def slow(_database: Database, _payload: Payload, _context: JobContext) -> None:
        assert quick_ran.wait(20), "the quick job waited for the slow one"
        bench.stop.set()

    def quick(_database: Database, _payload: Payload, _context: JobContext) -> None:
        quick_ran.set()

    known = Registry({"slow": slow, "quick": quick}, alone=frozenset({"slow"}))
    with bench.database.write() as tx:
        for kind in ("slow", "quick"):
            jobs.enqueue(tx, kind, {}, now_us=bench.clock.now)
    workers = [
        Worker(bench.database, part, bench.clock, stop=bench.stop, owner="me", chance=random.Random(1))
        for part in known.threads()
    ]
    _run_all(workers, bench.stop)
    assert bench.count(State.DONE) == 2


def test_a_thread_that_fails_ends_the_role(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    known = Registry({"slow": bench.note, "quick": bench.note}, alone=frozenset({"slow"}))
    workers = [
        Worker(bench.database, part, bench.clock, stop=bench.stop, owner="me", chance=random.Random(1))
        for part in known.threads()
    ]
    monkeypatch.setattr(workers[1], "step", lambda _pool: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        _run_all(workers, bench.stop)
