"""Verifications that somebody asked for on the page: queued, worked on by `jobs`, read back with their result."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from mingjian.audit import service, store
from mingjian.audit.keys import HeadFile
from mingjian.audit.model import JSON, SYSTEM, Action, Actor, Entry, RunState, Verification
from mingjian.audit.notes import Signer
from mingjian.audit.verifying import Report, Stopped, verify
from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.storage import jobs
from mingjian.storage.engine import Database, Transaction

JOB: Final = "audit.verify"
SHOWN: Final = 20


def ask(tx: Transaction, by: Actor, now_us: int) -> Verification:
    """Queue a verification; recorded."""
    total = store.count(tx)
    run = Verification(new_id(now_us), RunState.QUEUED, now_us, by.id, by.name.zh, now_us, None, 0, total, None)
    store.add_verification(tx, run)
    service.record(tx, Entry(Action.AUDIT_VERIFY_ASKED, by, "audit", str(run.id), {}, now_us))
    jobs.enqueue(tx, JOB, {"run": str(run.id)}, now_us=now_us)
    return run


def listing(tx: Transaction) -> list[Verification]:
    """The newest first."""
    return store.verifications(tx, SHOWN)


@dataclass(frozen=True, slots=True)
class Work:
    """What working on one needs; `check` comes first in each transaction that changes something."""

    database: Database
    signer: Signer
    head: HeadFile
    clock: Clock
    check: Callable[[Transaction], None]
    stopped: Callable[[], bool]


def work_on(work: Work, run_id: UUID) -> None:
    """Verify, telling how far it is. Raises Stopped when the worker has to end: the job is repeated."""
    with work.database.read() as tx:
        run = store.verification(tx, run_id)
    if run is None or run.state is RunState.DONE:
        return

    def tell(done: int) -> None:
        _save(work, replace(run, state=RunState.RUNNING, updated_us=work.clock.now_us(), done=done))

    tell(0)
    report, problem = _verified(work, tell)
    now_us = work.clock.now_us()
    result = as_json(report, problem)
    done = replace(run, state=RunState.DONE, updated_us=now_us, ended_us=now_us, done=report.entries, result=result)
    with work.database.write() as tx:
        work.check(tx)
        store.save_verification(tx, replace(done, total=max(report.entries, run.total)))
        detail: dict[str, JSON] = {"entries": report.entries, "found": report.found, "size": report.size}
        if report.first is not None:
            detail |= {"first_seq": report.first.seq, "first_kind": report.first.kind.code}
        service.record(tx, Entry(Action.AUDIT_VERIFIED, SYSTEM, "audit", str(run.id), detail, now_us))


def _verified(work: Work, tell: Callable[[int], None]) -> tuple[Report, str]:
    verifier, problem, heads = work.signer.verifier, "", []
    try:
        known = work.head.read(verifier)
        heads = [known[0]] if known else []
    except MingjianError as error:
        problem = error.code  # the log itself is verified all the same
    report = verify(work.database, verifier, heads, tell=tell, stopped=work.stopped)
    if problem:
        report.found += 1
    return report, problem


def _save(work: Work, run: Verification) -> None:
    if work.stopped():
        raise Stopped
    with work.database.write() as tx:
        work.check(tx)
        store.save_verification(tx, run)


def as_json(report: Report, problem: str = "") -> dict[str, JSON]:
    """A report as it is stored and printed. `problem`: the code of what is wrong with the head beside the database."""
    findings: list[JSON] = [
        {
            "kind": finding.kind.code,
            "seq": finding.seq,
            "other": finding.other,
            "zh": finding.text.zh,
            "en": finding.text.en,
        }
        for finding in report.findings
    ]
    return {
        "whole": report.found == 0,
        "entries": report.entries,
        "sealed": report.size,
        "unsealed": report.unsealed,
        "seals": report.seals,
        "root": report.root.hex(),
        "found": report.found,
        "findings": findings,
        "head_problem": problem,
    }
