"""Leases and fencing on real databases: by table, by two claimants at once, and by a machine of random histories."""

import threading
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from mingjian.kernel.ids import JobId
from mingjian.storage import jobs
from mingjian.storage.engine import Database, Transaction
from mingjian.storage.jobs import Job, LeaseLost, State

LEASE = 100


def take(database: Database, owner: str, now_us: int, kind: str = "kind") -> Job | None:
    with database.write() as tx:
        return jobs.claim(tx, owner, now_us, LEASE, [kind])


def taken(database: Database, owner: str, now_us: int) -> Job:
    job = take(database, owner, now_us)
    assert job is not None
    return job


def put(database: Database, *, run_after_us: int = 0, key: str | None = None, kind: str = "kind") -> JobId:
    with database.write() as tx:
        return jobs.enqueue(tx, kind, {"n": 1}, now_us=10, run_after_us=run_after_us, dedupe_key=key)


def states(database: Database) -> dict[State, int]:
    with database.read() as tx:
        return {state: found for state in State if (found := jobs.count(tx, state))}


@pytest.mark.parametrize(("now_us", "expected"), [(999, False), (1_000, True), (1_001, True)])
def test_a_job_is_due_from_its_time_on(database: Database, now_us: int, expected: bool) -> None:
    put(database, run_after_us=1_000)
    assert (take(database, "a", now_us) is not None) is expected


@pytest.mark.parametrize(("after_us", "expected"), [(LEASE - 1, False), (LEASE, True)])
def test_a_lease_holds_until_its_end(database: Database, after_us: int, expected: bool) -> None:
    put(database)
    first = taken(database, "a", 1_000)
    second = take(database, "b", 1_000 + after_us)
    assert (second is not None) is expected
    if second is not None:
        assert (second.id, second.attempt) == (first.id, 2)


def test_jobs_are_taken_in_the_order_in_which_they_became_due(database: Database) -> None:
    late, early = put(database, run_after_us=200), put(database, run_after_us=100)
    assert [taken(database, "a", 300).id, taken(database, "a", 300).id] == [early, late]


def test_a_worker_is_given_only_what_it_knows(database: Database) -> None:
    put(database, kind="other")
    assert take(database, "a", 1_000) is None
    assert take(database, "a", 1_000, kind="other") is not None


EFFECTS: dict[str, Callable[[Transaction, Job], object]] = {
    "check": jobs.check,
    "extend": lambda tx, job: jobs.extend(tx, job, 5_000),
    "finish": lambda tx, job: jobs.finish(tx, job, 5_000),
    "fail": lambda tx, job: jobs.fail(tx, job, "x", now_us=5_000, retry_at_us=6_000),
    "give up": lambda tx, job: jobs.fail(tx, job, "x", now_us=5_000, retry_at_us=None),
}


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("taker", ["the other", "the same"])
def test_who_was_away_too_long_can_change_nothing(database: Database, effect: str, taker: str) -> None:
    put(database)
    stale = taken(database, "the same", 1_000)
    fresh = taken(database, taker, 1_000 + LEASE)
    with pytest.raises(LeaseLost), database.write() as tx:
        EFFECTS[effect](tx, stale)
    assert states(database) == {State.RUNNING: 1}
    with database.write() as tx:
        EFFECTS[effect](tx, fresh)


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_finished_job_cannot_be_changed(database: Database, effect: str) -> None:
    put(database)
    job = taken(database, "a", 1_000)
    with database.write() as tx:
        jobs.finish(tx, job, 1_001)
    with pytest.raises(LeaseLost), database.write() as tx:
        EFFECTS[effect](tx, job)
    assert states(database) == {State.DONE: 1}


def test_an_extended_lease_is_not_taken_over(database: Database) -> None:
    put(database)
    job = taken(database, "a", 1_000)
    with database.write() as tx:
        assert jobs.extend(tx, job, 9_000).lease_until_us == 9_000
    assert take(database, "b", 8_999) is None
    assert take(database, "b", 9_000) is not None


def test_a_failed_job_waits_for_its_next_try_and_remembers_why(database: Database) -> None:
    put(database)
    job = taken(database, "a", 1_000)
    with database.write() as tx:
        assert jobs.fail(tx, job, "e" * 9_999, now_us=1_001, retry_at_us=2_000) is State.PENDING
    assert take(database, "a", 1_999) is None
    assert taken(database, "a", 2_000).attempt == 2
    with database.read() as tx:
        assert tx.execute(text("SELECT last_error FROM job")).scalar_one() == "e" * jobs.ERROR_LIMIT


def test_a_pending_job_of_the_same_key_is_moved_forward_not_doubled(database: Database) -> None:
    first = put(database, run_after_us=1_000, key="k")
    assert put(database, run_after_us=2_000, key="k") == first
    assert take(database, "a", 999) is None
    assert put(database, run_after_us=500, key="k") == first
    assert taken(database, "a", 500).id == first
    assert states(database) == {State.RUNNING: 1}


def test_a_running_job_does_not_swallow_a_new_request(database: Database) -> None:
    first = put(database, key="k")
    running = taken(database, "a", 1_000)
    second = put(database, key="k")
    assert second != first
    with database.write() as tx:
        assert jobs.fail(tx, running, "x", now_us=1_001, retry_at_us=2_000) is State.SUPERSEDED
    assert states(database) == {State.PENDING: 1, State.SUPERSEDED: 1}
    assert taken(database, "a", 1_000).id == second


def test_an_undone_request_was_never_made(database: Database) -> None:
    def broken() -> None:
        with database.write() as tx:
            jobs.enqueue(tx, "kind", {}, now_us=1)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert states(database) == {}


def test_finished_jobs_are_forgotten_and_dead_ones_kept(database: Database) -> None:
    for index, effect in enumerate(("finish", "finish", "give up")):
        put(database)
        job = taken(database, "a", 1_000 + index)
        with database.write() as tx:
            EFFECTS[effect](tx, job)
    with database.write() as tx:
        assert jobs.forget_finished(tx, 5_000) == 0
        assert jobs.forget_finished(tx, 5_001) == 2
    assert states(database) == {State.DEAD: 1}


def test_a_payload_has_a_limit(database: Database) -> None:
    with database.write() as tx, pytest.raises(ValueError, match="65536"):
        jobs.enqueue(tx, "kind", {"text": "字" * 30_000}, now_us=1)


def test_many_claimants_at_once_share_the_work_without_doubling(database: Database) -> None:
    for _ in range(24):
        put(database)
    got: list[JobId] = []

    def work(owner: str) -> None:
        while (job := take(database, owner, 1_000)) is not None:
            got.append(job.id)

    threads = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(got) == len(set(got)) == 24


@dataclass
class Worker:
    name: str
    job: Job | None = None


class Histories(RuleBasedStateMachine):
    """Two workers, a clock that moves on, crashes and long pauses. No job is lost, none is done twice."""

    url: str

    def __init__(self) -> None:
        super().__init__()
        self.database = Database(self.url)
        with self.database.write() as tx:
            tx.execute(text("DELETE FROM job"))
        self.now_us = 1_000
        self.workers = [Worker("a"), Worker("b")]
        self.asked: set[JobId] = set()
        self.done: list[JobId] = []
        self.holders: dict[JobId, Job] = {}

    def teardown(self) -> None:
        self.database.close()

    @initialize()
    def begin(self) -> None:
        self.enqueue(key=None, delay=0)

    @rule(key=st.sampled_from([None, "k1", "k2"]), delay=st.sampled_from([0, 1, 50, 150]))
    def enqueue(self, key: str | None, delay: int) -> None:
        with self.database.write() as tx:
            made = jobs.enqueue(tx, "kind", {}, now_us=self.now_us, run_after_us=self.now_us + delay, dedupe_key=key)
        self.asked.add(made)

    @rule(by=st.sampled_from([1, 49, 50, LEASE - 1, LEASE, 2 * LEASE]))
    def time_passes(self, by: int) -> None:
        self.now_us += by

    @precondition(lambda self: self.free())
    @rule(which=st.integers(0, 1), after=st.sampled_from([0, 1, LEASE - 1, LEASE]))
    def claim(self, which: int, after: int) -> None:
        self.now_us += after
        worker = self.free()[which % len(self.free())]
        worker.job = take(self.database, worker.name, self.now_us)
        if worker.job is not None:
            self.holders[worker.job.id] = worker.job

    @precondition(lambda self: self.busy())
    @rule(which=st.integers(0, 1))
    def crash(self, which: int) -> None:
        self.busy()[which % len(self.busy())].job = None

    @precondition(lambda self: self.busy())
    @rule(which=st.integers(0, 1))
    def extend(self, which: int) -> None:
        self._effect(which, lambda tx, job: jobs.extend(tx, job, self.now_us + LEASE), over=False)

    @precondition(lambda self: self.busy())
    @rule(which=st.integers(0, 1))
    def finish(self, which: int) -> None:
        done = self._effect(which, lambda tx, job: jobs.finish(tx, job, self.now_us))
        if done is not None:
            self.done.append(done.id)

    @precondition(lambda self: self.busy())
    @rule(which=st.integers(0, 1), delay=st.sampled_from([0, 1, 50, 150]))
    def fail(self, which: int, delay: int) -> None:
        retry = self.now_us + delay
        self._effect(which, lambda tx, job: jobs.fail(tx, job, "x", now_us=self.now_us, retry_at_us=retry))

    def free(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.job is None]

    def busy(self) -> list[Worker]:
        return [worker for worker in self.workers if worker.job is not None]

    def _effect(self, which: int, effect: Callable[[Transaction, Job], object], *, over: bool = True) -> Job | None:
        """Let a worker that believes it holds a job do something; the job, unless it had been lost."""
        worker = self.busy()[which % len(self.busy())]
        job = worker.job
        assert job is not None
        lost = self.holders[job.id].attempt != job.attempt
        try:
            with self.database.write() as tx:
                effect(tx, job)
        except LeaseLost:
            assert lost, "refused although nobody had taken it over"
            worker.job = None
            return None
        assert not lost, "changed by one who had lost it"
        if over:
            worker.job = None
        return job

    @invariant()
    def nothing_is_lost_and_nothing_done_twice(self) -> None:
        with self.database.read() as tx:
            rows = tx.execute(text("SELECT id, state, dedupe_key FROM job")).all()
        assert len(rows) == len(self.asked)
        assert len(self.done) == len(set(self.done))
        pending = [row.dedupe_key for row in rows if row.state == "pending" and row.dedupe_key]
        assert len(pending) == len(set(pending))
        for row in rows:
            twin = row.state == "superseded"
            assert row.state in ("pending", "running", "done") or twin

    def drained(self) -> None:
        """A last worker with time on its side ends everything that was asked for."""
        self.now_us += 10_000
        while (job := take(self.database, "last", self.now_us)) is not None:
            with self.database.write() as tx:
                jobs.finish(tx, job, self.now_us)
        assert set(states(self.database)) <= {State.DONE, State.SUPERSEDED}


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("count", [20, pytest.param(200, marks=pytest.mark.soak)])
def test_random_histories(database_url: str, count: int) -> None:
    class Here(Histories):
        url = database_url

        def teardown(self) -> None:
            with closing(self.database):
                self.drained()

    run_state_machine_as_test(Here, settings=settings(max_examples=count, stateful_step_count=30, deadline=None))
