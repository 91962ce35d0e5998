"""The role `jobs`: claims what is due and runs its handler, one job at a time, and long kinds beside each other.

What a handler raises is kept with the job, which is tried again after a growing pause; after MAX_ATTEMPTS it is `dead`
and an error is logged. The handlers are in `job_kinds`.
"""

import os
import random
import socket
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from math import inf
from pathlib import Path
from typing import Final

import structlog

from mingjian.config import Settings
from mingjian.kernel import metrics
from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.redaction import redact_text
from mingjian.media.keep.reserve import Reserve
from mingjian.storage import jobs
from mingjian.storage.engine import Database, Transaction
from mingjian.storage.jobs import Job, LeaseLost, State
from mingjian.workers.context import RoleContext, StopSignal
from mingjian.workers.job_kinds import JobContext, Registry, registry

MAX_ATTEMPTS: Final = 10
LEASE_US: Final = 30_000_000
IDLE_S: Final = 1.0
RESERVE_S: Final = 5.0
STEP_US: Final = 2_000_000
FIRST_RETRY_S: Final = 2.0
LONGEST_RETRY_S: Final = 600.0

_ENDED = metrics.Counter("mingjian_jobs_ended_total", "Attempts that ended, by kind and outcome", ("kind", "outcome"))
_log = structlog.get_logger(__name__)


def run(context: RoleContext) -> None:
    """The role's entry; see `workers.context`."""
    owner = f"{socket.gethostname()}:{os.getpid()}"
    with closing(Database(context.database_url)) as database:
        chance = random.Random()  # noqa: S311 - jitter
        due = Due(database, context.clock)
        workers = [
            Worker(
                database,
                known,
                context.clock,
                stop=context.stop,
                owner=owner,
                chance=chance,
                settings=context.settings,
                data_dir=context.data_dir,
                due=due,
            )
            for known in registry().threads()
        ]
        for worker in workers:
            worker.plan_periodic()
        reserve = threading.Thread(target=tend_reserve, args=(context,), name="reserve")
        reserve.start()
        context.ready()
        try:
            _run_all(workers, context.stop)
        finally:
            context.stop.set()
            reserve.join()


def _run_all(workers: "Sequence[Worker]", stop: StopSignal) -> None:
    """Run each in a thread until `stop`; when one fails, all end, so that the role is started anew as a whole."""
    with ThreadPoolExecutor(max_workers=len(workers), thread_name_prefix="jobs") as pool:
        running = [pool.submit(worker.run) for worker in workers]
        wait(running, return_when=FIRST_COMPLETED)
        stop.set()
    for one in running:
        one.result()


def tend_reserve(context: RoleContext) -> None:
    """Give up the file that keeps room for the database when its disk is full, and make it again later.

    Not a job: without room no job can be claimed. A database elsewhere looks after itself.
    """
    if not context.database_url.startswith("sqlite"):
        return
    reserve = Reserve(context.data_dir, context.settings.store.reserve_mb << 20)
    while not context.stop.is_set():
        reserve.tend()
        context.stop.wait(RESERVE_S)


def retry_delay_us(attempt: int, jitter: float) -> int:
    """Microseconds before the try after `attempt` (from 1): doubling, at most LONGEST_RETRY_S, times 0.5 to 1.5.

    `jitter` is in [0, 1): jobs that failed together must not come back together.
    """
    seconds = min(FIRST_RETRY_S * 2 ** (attempt - 1), LONGEST_RETRY_S)
    return int(seconds * (0.5 + jitter) * 1_000_000)


class Due:
    """Looks which kinds have work, once in LOOK_S for all workers of the process: each look costs a millisecond."""

    def __init__(self, database: Database, clock: Clock, look_s: float = 0.9 * IDLE_S) -> None:
        self._database = database
        self._clock = clock
        self._look_s = look_s
        self._looked_s = -inf
        self._kinds: frozenset[str] = frozenset()
        self._lock = threading.Lock()

    def among(self, kinds: Iterable[str]) -> bool:
        """Whether one of these had work at the last look."""
        with self._lock:
            now_s = self._clock.monotonic()
            if now_s - self._looked_s >= self._look_s:
                with self._database.read() as tx:
                    self._kinds = jobs.due_kinds(tx, self._clock.now_us())
                self._looked_s = now_s
            return not self._kinds.isdisjoint(kinds)


class Worker:
    """Runs jobs of the registry's kinds until `stop` is set; `owner` is this process's name in leases."""

    def __init__(
        self,
        database: Database,
        known: Registry,
        clock: Clock,
        *,
        stop: StopSignal,
        owner: str,
        chance: random.Random,
        settings: Settings | None = None,
        data_dir: Path | None = None,
        due: Due | None = None,
    ) -> None:
        self._database = database
        self._due = due or Due(database, clock, look_s=0)
        self._known = known
        self._clock = clock
        self._stop = stop
        self._owner = owner
        self._chance = chance
        self._settings = settings or Settings()
        self._data_dir = data_dir or Path()
        self._lease_us = LEASE_US
        self._offset_us = self._offset()

    def plan_periodic(self) -> None:
        """See to it that each periodic kind runs now; from then on it comes back by itself."""
        with self._database.write() as tx:
            for kind in self._known.periods_us:
                now_us = self._clock.now_us()
                jobs.enqueue(tx, kind, {}, now_us=now_us, dedupe_key=kind)

    def run(self) -> None:
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="job") as pool:
            while not self._stop.is_set():
                self.notice_clock()
                if not self._step_or_complain(pool):
                    self._stop.wait(IDLE_S)

    def notice_clock(self) -> None:
        """Plan anew where the clock was set back: what is due in a minute would wait until it has caught up."""
        offset_us = self._offset()
        if offset_us >= self._offset_us - STEP_US:
            self._offset_us = offset_us
            return
        try:
            self.plan_periodic()
        except MingjianError as error:
            _log.error("jobs_wait_for_database", code=error.code, reason=str(error))
            return
        self._offset_us = offset_us

    def _offset(self) -> int:
        return self._clock.now_us() - int(self._clock.monotonic() * 1_000_000)

    def step(self, pool: ThreadPoolExecutor) -> bool:
        """Run one due job to its end; False when none was due."""
        if not self._due.among(self._known.handlers):
            return False
        with self._database.write() as tx:
            job = jobs.claim(tx, self._owner, self._clock.now_us(), self._lease_us, self._known.handlers.keys())
        if job is None:
            return False
        if job.attempt > MAX_ATTEMPTS:
            # Its worker died each time before it could say so.
            self._end(job, RuntimeError("the process ended during the last attempt"))
            return True
        lost = threading.Event()
        handler = self._known.handlers[job.kind]
        given = JobContext(job, self._clock, self._stop, lost, self._settings, self._data_dir)
        future = pool.submit(handler, self._database, job.payload, given)
        self._hold(job, future, lost)
        self._end(job, future.exception())
        return True

    def _step_or_complain(self, pool: ThreadPoolExecutor) -> bool:
        try:
            return self.step(pool)
        except LeaseLost as error:
            _log.warning("job_lease_lost", **error.values)
        except MingjianError as error:
            _log.error("jobs_wait_for_database", code=error.code, reason=str(error))
        return False

    def _hold(self, job: Job, future: Future[None], lost: threading.Event) -> None:
        """Keep the lease while the handler works."""
        while not wait([future], timeout=self._lease_us / 3_000_000).done:
            try:
                with self._database.write() as tx:
                    jobs.extend(tx, job, self._clock.now_us() + self._lease_us)
            except LeaseLost:
                lost.set()
            except MingjianError as error:
                _log.warning("job_lease_not_extended", job=str(job.id), code=error.code)

    def _end(self, job: Job, failure: BaseException | None) -> None:
        if isinstance(failure, LeaseLost):
            raise failure
        with self._database.write() as tx:
            now_us = self._clock.now_us()
            state = self._record(tx, job, failure, now_us)
            over = state is not State.PENDING
            if over and job.kind in self._known.periods_us:
                next_us = now_us + self._known.periods_us[job.kind]
                jobs.enqueue(tx, job.kind, {}, now_us=now_us, run_after_us=next_us, dedupe_key=job.kind)
        _ENDED.inc(kind=job.kind, outcome=state.value)
        if failure is not None:
            log = _log.error if state is State.DEAD else _log.warning
            log("job_failed", job=str(job.id), kind=job.kind, attempt=job.attempt, state=state, exc_info=failure)

    def _record(self, tx: Transaction, job: Job, failure: BaseException | None, now_us: int) -> State:
        if failure is None:
            jobs.finish(tx, job, now_us)
            return State.DONE
        again_us = now_us + retry_delay_us(job.attempt, self._chance.random())
        error = redact_text(f"{type(failure).__name__}: {failure}")
        return jobs.fail(tx, job, error, now_us=now_us, retry_at_us=again_us if job.attempt < MAX_ATTEMPTS else None)
