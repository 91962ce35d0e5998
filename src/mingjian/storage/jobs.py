"""Work to be done later or elsewhere: rows that a worker leases.

States: `pending` -> `running` (leased) -> `done`, or back to `pending` for another try, or `dead` when it is given up;
`superseded` is a failed try whose work another pending job with the same key will do.

The fencing token is `attempt`: it grows with every claim, and every effect of a worker is refused once its owner and
attempt are no longer those of the row. A worker that was away for longer than its lease cannot finish what another
has taken over. Handlers are idempotent: a worker that dies after its effect and before `finish` is repeated.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ColumnElement,
    Index,
    Integer,
    Row,
    Table,
    Text,
    Uuid,
    and_,
    case,
    delete,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import JobId, new_id
from mingjian.storage.engine import METADATA, Transaction
from mingjian.storage.errors import LEASE_LOST

Payload = Mapping[str, Any]
"""A JSON object; never pickled, at most PAYLOAD_LIMIT bytes."""

PAYLOAD_LIMIT: Final = 64 * 1024
ERROR_LIMIT: Final = 2_000


class State(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    DONE = "done"
    DEAD = "dead"
    SUPERSEDED = "superseded"


_PENDING_KEY: Final = text("state = 'pending' AND dedupe_key IS NOT NULL")

_job: Final = Table(
    "job",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("payload", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("run_after_us", BigInteger, nullable=False),
    Column("lease_owner", Text),
    Column("lease_until_us", BigInteger),
    Column("attempt", Integer, nullable=False),
    Column("dedupe_key", Text),
    Column("last_error", Text),
    Column("created_us", BigInteger, nullable=False),
    Column("finished_us", BigInteger),
    CheckConstraint("state IN ('pending', 'running', 'done', 'dead', 'superseded')", name="state"),
    CheckConstraint("(state = 'running') = (lease_owner IS NOT NULL AND lease_until_us IS NOT NULL)", name="lease"),
    Index("ix_job_state_run_after_us", "state", "run_after_us"),
    Index(
        "uq_job_dedupe_key_pending",
        "dedupe_key",
        unique=True,
        sqlite_where=_PENDING_KEY,
        postgresql_where=_PENDING_KEY,
    ),
)


class LeaseLost(MingjianError):  # noqa: N818 - a fact of life for a worker, not a mistake
    """The attempt is over for this worker; whatever it was about to change must not be changed."""

    def __init__(self, job: "Job") -> None:
        super().__init__(LEASE_LOST, job=job.id, attempt=job.attempt)


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job. `attempt` starts at 1 and is the fencing token; times are microseconds since the Unix epoch."""

    id: JobId
    kind: str
    payload: Payload
    attempt: int
    owner: str
    lease_until_us: int
    created_us: int
    dedupe_key: str | None


def enqueue(
    tx: Transaction, kind: str, payload: Payload, *, now_us: int, run_after_us: int = 0, dedupe_key: str | None = None
) -> JobId:
    """Ask for work; visible to workers once `tx` commits.

    While a job with the same `dedupe_key` is pending no second one is made: the pending one is moved forward if
    `run_after_us` is earlier, and its id is returned. A job that already runs does not count, since it may have
    read the state before the change that this call is about.

    Raises ValueError when the payload is larger than PAYLOAD_LIMIT.
    """
    insert = sqlite.insert(_job) if tx.dialect == "sqlite" else postgresql.insert(_job)
    statement = insert.values(
        id=new_id(now_us),
        kind=kind,
        payload=_encode(payload),
        state=State.PENDING,
        run_after_us=run_after_us or now_us,
        attempt=0,
        dedupe_key=dedupe_key,
        created_us=now_us,
    )
    earlier = statement.excluded.run_after_us < _job.c.run_after_us
    returned = tx.execute(
        statement.on_conflict_do_update(
            index_elements=[_job.c.dedupe_key],
            index_where=_PENDING_KEY,
            set_={"run_after_us": case((earlier, statement.excluded.run_after_us), else_=_job.c.run_after_us)},
        ).returning(_job.c.id)
    )
    return JobId(returned.scalar_one())


def due_kinds(tx: Transaction, now_us: int) -> frozenset[str]:
    """The kinds of which `claim` would find one; a look that locks nothing."""
    return frozenset(tx.execute(select(_job.c.kind).where(_due(now_us)).distinct()).scalars())


def claim(tx: Transaction, owner: str, now_us: int, lease_us: int, kinds: Collection[str]) -> Job | None:
    """Lease the job that has been due longest among `kinds`, or None. Needs a `write` transaction.

    A job whose lease ran out at or before `now_us` is due again, whoever held it.
    """
    found = tx.execute(
        select(_job.c.id)
        .where(_due(now_us), _job.c.kind.in_(sorted(kinds)))
        .order_by(_job.c.run_after_us, _job.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar_one_or_none()
    if found is None:
        return None
    leased = {"state": State.RUNNING, "lease_owner": owner, "lease_until_us": now_us + lease_us}
    row = tx.execute(
        update(_job).where(_job.c.id == found).values(attempt=_job.c.attempt + 1, **leased).returning(_job)
    ).one()
    return _claimed(row)


def _due(now_us: int) -> ColumnElement[bool]:
    return or_(
        and_(_job.c.state == State.PENDING, _job.c.run_after_us <= now_us),
        and_(_job.c.state == State.RUNNING, _job.c.lease_until_us <= now_us),
    )


def check(tx: Transaction, job: Job) -> None:
    """Raise LeaseLost unless `job` is still this worker's; holds the row, so that it stays so until `tx` ends.

    Call it in each transaction in which a handler changes something.
    """
    row = tx.execute(select(_job.c.id).where(_ours(job)).with_for_update()).one_or_none()
    if row is None:
        raise LeaseLost(job)


def extend(tx: Transaction, job: Job, lease_until_us: int) -> Job:
    """Keep the lease until `lease_until_us`. Raises LeaseLost."""
    _change(tx, job, lease_until_us=lease_until_us)
    return replace(job, lease_until_us=lease_until_us)


def finish(tx: Transaction, job: Job, now_us: int) -> None:
    """The work is done. In the transaction of the last effect, effect and end are one. Raises LeaseLost."""
    _change(tx, job, state=State.DONE, finished_us=now_us, **_NO_LEASE)


def fail(tx: Transaction, job: Job, error: str, *, now_us: int, retry_at_us: int | None) -> State:
    """The attempt failed: try again at `retry_at_us`, or never when it is None. Returns the new state.

    `error` is kept for the operator, cut to ERROR_LIMIT; it must hold no secret. Raises LeaseLost.
    """
    kept = error[:ERROR_LIMIT]
    if retry_at_us is None:
        _change(tx, job, state=State.DEAD, last_error=kept, finished_us=now_us, **_NO_LEASE)
        return State.DEAD
    try:
        with tx.savepoint():
            _change(tx, job, state=State.PENDING, last_error=kept, run_after_us=retry_at_us, **_NO_LEASE)
    except IntegrityError:
        # The same work was asked for again while this attempt ran: one pending job is enough.
        _change(tx, job, state=State.SUPERSEDED, last_error=kept, finished_us=now_us, **_NO_LEASE)
        return State.SUPERSEDED
    return State.PENDING


def forget_finished(tx: Transaction, before_us: int) -> int:
    """Delete what ended before `before_us`, dead jobs excepted (a person looks at those); returns how many."""
    ended = _job.c.state.in_([State.DONE, State.SUPERSEDED])
    return tx.execute(delete(_job).where(ended, _job.c.finished_us < before_us)).rowcount


def count(tx: Transaction, state: State) -> int:
    """How many jobs are in `state`."""
    return int(tx.execute(select(func.count()).select_from(_job).where(_job.c.state == state)).scalar_one())


@dataclass(frozen=True, slots=True)
class Queue:
    """Jobs of one kind: how many are due, running and given up, and since when the oldest waits."""

    kind: str
    due: int
    running: int
    dead: int
    waiting_since_us: int | None


def queues(tx: Transaction, now_us: int) -> list[Queue]:
    """Every kind of which there is anything to say."""
    is_due = and_(_job.c.state == State.PENDING, _job.c.run_after_us <= now_us)
    query = (
        select(
            _job.c.kind,
            func.sum(case((is_due, 1), else_=0)).label("due"),
            func.sum(case((_job.c.state == State.RUNNING, 1), else_=0)).label("running"),
            func.sum(case((_job.c.state == State.DEAD, 1), else_=0)).label("dead"),
            func.min(case((is_due, _job.c.run_after_us))).label("since"),
        )
        .where(_job.c.state.in_([State.PENDING, State.RUNNING, State.DEAD]))
        .group_by(_job.c.kind)
        .order_by(_job.c.kind)
    )
    return [Queue(row.kind, int(row.due), int(row.running), int(row.dead), row.since) for row in tx.execute(query)]


_NO_LEASE: Final[Mapping[str, Any]] = {"lease_owner": None, "lease_until_us": None}


def _ours(job: Job) -> ColumnElement[bool]:
    return and_(
        _job.c.id == job.id,
        _job.c.state == State.RUNNING,
        _job.c.lease_owner == job.owner,
        _job.c.attempt == job.attempt,
    )


def _change(tx: Transaction, job: Job, **values: Any) -> None:
    if tx.execute(update(_job).where(_ours(job)).values(**values)).rowcount != 1:
        raise LeaseLost(job)


def _claimed(row: Row[Any]) -> Job:
    return Job(
        id=JobId(row.id),
        kind=row.kind,
        payload=json.loads(row.payload),
        attempt=row.attempt,
        owner=row.lease_owner,
        lease_until_us=row.lease_until_us,
        created_us=row.created_us,
        dedupe_key=row.dedupe_key,
    )


def _encode(payload: Payload) -> str:
    encoded = json.dumps(payload, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    if len(encoded.encode()) > PAYLOAD_LIMIT:
        raise ValueError(f"a job's payload of {len(encoded)} characters is over {PAYLOAD_LIMIT} bytes")
    return encoded
