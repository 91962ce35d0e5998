"""Checks: begin one, take one up again, run it piece by piece, and tell what they found."""

from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import Action, Actor, Entry
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, CheckId, VolumeId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media import store as media_store
from mingjian.media.check import order, store
from mingjian.media.check.errors import CHECK_RUNNING, VOLUME_UNKNOWN
from mingjian.media.check.means import Means, Stopped
from mingjian.media.check.model import (
    CheckRun,
    Cursor,
    KnownDamage,
    Mode,
    RunState,
    Stage,
    Step,
)
from mingjian.media.check.volume import VolumeCheck, settle
from mingjian.media.keep.rules import rulebook
from mingjian.storage import jobs
from mingjian.storage.engine import Database, Transaction
from mingjian.storage.keyset import Page, Place

NOTE_S: Final = 3.0
"""How often a run writes down where it is: what a break can cost."""
ABANDONED_US: Final = 60_000_000
"""A run that has not said anything for so long has nobody who works on it."""
LISTING_LIMIT: Final = 500
_BURST: Final = 2.0
_DAY_US: Final = 86_400_000_000
_ALL_TIME: Final = Span(-(1 << 62), 1 << 62)
_LONGEST_DEBT_US: Final = 60_000_000
JOB: Final = "check.run"

Tell = Callable[[CheckRun], None]


def _quiet(_run: CheckRun) -> None:
    """Nobody watches."""


# Runs


def ask(tx: Transaction, mode: Mode, *, by: Actor, now_us: int) -> CheckRun:
    """Queue a check for the role `jobs`. Raises MingjianError CHECK_RUNNING while one of that mode is under way."""
    going = [one for one in store.unfinished(tx, mode) if one.state is RunState.QUEUED or _is_alive(one, now_us)]
    if going:
        raise MingjianError(CHECK_RUNNING, mode=mode.value)
    run = _new(tx, mode, None, now_us, RunState.QUEUED)
    audit.record(tx, Entry(Action.CHECK_ASKED, by, "check", str(run.id), {"mode": mode.value}, now_us))
    jobs.enqueue(tx, JOB, {"run": str(run.id)}, now_us=now_us, dedupe_key=f"{JOB}:{run.id}")
    return run


def begin(database: Database, mode: Mode, only: VolumeId | None, *, resume: bool | None, now_us: int) -> CheckRun:
    """A run to work on: the last one of this kind that was broken off, or a new one.

    `resume`: True takes up a broken one where there is one, False begins anew, None takes it up unless somebody works
    on it. Raises MingjianError CHECK_RUNNING when somebody does and `resume` is not False, VOLUME_UNKNOWN.
    """
    with database.write() as tx:
        if only is not None and only not in {volume_id for volume_id, _ in store.volumes_with_rows(tx)}:
            raise MingjianError(VOLUME_UNKNOWN, volume=only)
        broken = [one for one in store.unfinished(tx, mode) if one.cursor.only == only]
        if resume is not False and broken:
            if _is_alive(broken[0], now_us):
                raise MingjianError(CHECK_RUNNING, mode=mode.value)
            run = replace(broken[0], state=RunState.RUNNING, updated_us=now_us)
            store.note_run(tx, run)
        else:
            run = _new(tx, mode, only, now_us, RunState.RUNNING)
    return run


def _new(tx: Transaction, mode: Mode, only: VolumeId | None, now_us: int, state: RunState) -> CheckRun:
    segments, size = store.totals(tx, only)
    run = CheckRun(
        CheckId(new_id(now_us)),
        mode,
        state,
        now_us,
        now_us,
        cursor=Cursor(only),
        segments_total=segments,
        bytes_total=size if mode.reads else 0,
    )
    store.add_run(tx, run)
    return run


def _is_alive(run: CheckRun, now_us: int) -> bool:
    return run.state is RunState.RUNNING and now_us - run.updated_us < ABANDONED_US


def state_now(run: CheckRun, now_us: int) -> RunState:
    """A run that says `running` and has not been heard of for a minute is stopped."""
    return RunState.STOPPED if run.state is RunState.RUNNING and not _is_alive(run, now_us) else run.state


def find(tx: Transaction, run_id: UUID) -> CheckRun | None:
    return store.run_of(tx, CheckId(run_id))


def listing(tx: Transaction, limit: int = 20) -> list[CheckRun]:
    """The newest runs first."""
    return store.runs(tx, limit)


def last_done(tx: Transaction) -> list[CheckRun]:
    """The newest finished run of each mode."""
    found = (store.last_done(tx, mode) for mode in Mode)
    return [one for one in found if one is not None]


# Damage


def damage(tx: Transaction, *, cleared: bool = False, limit: int = LISTING_LIMIT) -> list[KnownDamage]:
    """What was found and stands, newest first; `cleared` also what a later check found whole."""
    return list(store.listing(tx, None, limit, cleared=cleared).items)


def damage_page(tx: Transaction, after: Place | None, limit: int, *, cleared: bool = False) -> Page[KnownDamage]:
    """The same, a page of it."""
    return store.listing(tx, after, limit, cleared=cleared)


def damaged(tx: Transaction, channel_id: ChannelId, start_us: int, end_us: int) -> list[KnownDamage]:
    """Damaged seconds of a channel that touch [start_us, end_us), by clock epoch and time."""
    return store.damaged_between(tx, channel_id, start_us, end_us)


def standing(tx: Transaction) -> dict[VolumeId, int]:
    """How much damage stands on each volume that has any."""
    return store.standing_by_volume(tx)


# Running


@dataclass(slots=True)
class _Notes:
    """Where a run is, written down every few seconds."""

    means: Means
    run: CheckRun
    tell: Tell
    noted: float

    def beat(self) -> None:
        if self.means.clock.monotonic() - self.noted >= NOTE_S:
            self.note()

    def step(self, step: Step) -> None:
        self.run = self.run.after(step)
        self.tell(self.run)
        self.beat()

    def note(self, state: RunState = RunState.RUNNING) -> None:
        now_us = self.means.clock.now_us()
        ended_us = now_us if state is RunState.DONE else None
        self.run = replace(self.run, state=state, updated_us=now_us, ended_us=ended_us)
        with self.means.database.write() as tx:
            self.means.check(tx)
            store.note_run(tx, self.run)
        self.noted = self.means.clock.monotonic()


def work(means: Means, run: CheckRun, tell: Tell = _quiet, *, enough: Callable[[], bool] | None = None) -> CheckRun:
    """Go on with a run until it is done, `means.stop` says so (even in the middle of a file), or it is `enough`.

    Returns the run as it is noted: `done` or `stopped`.
    """
    notes = _Notes(means, run, tell, means.clock.monotonic())
    with closing(_all_steps(means.at_work(notes.beat), run)) as steps:
        try:
            for step in steps:
                notes.step(step)
                if means.stop() or (enough is not None and enough()):
                    notes.note(RunState.STOPPED)
                    return notes.run
        except Stopped:
            notes.note(RunState.STOPPED)
            return notes.run
    notes.note(RunState.DONE)
    return notes.run


def _all_steps(means: Means, run: CheckRun) -> Generator[Step, None, None]:
    cursor, full = run.cursor, run.mode.reads
    if cursor.stage is not Stage.ORDER:
        with means.database.read() as tx:
            ids = [volume_id for volume_id, _ in store.volumes_with_rows(tx)]
            volumes = {one.id: one for one in media_store.volumes(tx)}
        for volume_id in ids:
            if (cursor.only and cursor.only != volume_id) or (cursor.volume and volume_id < cursor.volume):
                continue
            volume = volumes[volume_id]
            yield from VolumeCheck(means, volume, means.files(volume), full, cursor.only).steps(cursor)
    if cursor.only is None:
        yield from _order(means, cursor.after if cursor.stage is Stage.ORDER else "")


def _order(means: Means, after: str) -> Iterator[Step]:
    """The spans of each channel, one after the other."""
    while True:
        with means.database.read() as tx:
            channel_id = store.next_channel(tx, after)
            if channel_id is None:
                return
            segments = list(store.spans_of(tx, channel_id))
            gaps = media_store.gaps_between(tx, channel_id, _ALL_TIME)
            explained_us = _explained_until(tx, channel_id, segments, means.clock.now_us())
            found = list(order.disorder(segments, gaps, explained_us))
            known = store.standing_order(tx, channel_id)
        if found or known:
            place = found[0].volume_id if found else known[0].damage.volume_id
            settle(means, place, found, _standing_order(channel_id))
        after = str(channel_id)
        yield Step(Cursor(None, None, Stage.ORDER, after), found=len(found))


def _explained_until(tx: Transaction, channel_id: ChannelId, segments: list[order.Placed], now_us: int) -> int:
    """Before which moment footage may have been deleted: its minimum term is over, or it is in a ring."""
    if store.is_ring(tx, {one.volume_id for one in segments}):
        return _ALL_TIME.end_us
    terms = rulebook(tx, {channel_id}, now_us).of(channel_id).terms
    return now_us - terms.minimum_days * _DAY_US if terms.lawful else _ALL_TIME.start_us


def _standing_order(channel_id: ChannelId) -> Callable[[Transaction], list[KnownDamage]]:
    return lambda tx: store.standing_order(tx, channel_id)


def work_on_job(means: Means, run_id: UUID, slice_s: float) -> None:
    """Go on for at most `slice_s` with a run that was asked for; what is left is queued again."""
    with means.database.read() as tx:
        run = find(tx, run_id)
    if run is None or run.state is RunState.DONE:
        return
    end = means.clock.monotonic() + slice_s
    run = work(means, run, enough=lambda: means.clock.monotonic() >= end)
    if run.state is not RunState.DONE:
        now_us = means.clock.now_us()
        with means.database.write() as tx:
            means.check(tx)
            store.note_run(tx, replace(run, state=RunState.RUNNING))
            jobs.enqueue(tx, JOB, {"run": str(run_id)}, now_us=now_us, dedupe_key=f"{JOB}:{run_id}")


# The slow check that never ends


def scrub(means: Means, rate: float, slice_s: float) -> CheckRun | None:
    """One slice of the slow check: reads for at most `slice_s` (and what is left of one file), `rate` bytes a second
    on average between slices. None when what was read before has to be paid for first.
    """
    if rate <= 0:
        return None
    now_us = means.clock.now_us()
    going = _scrubbing(means, now_us)
    if going is None:
        return None
    paid_us = max(going.cursor.paid_until_us, now_us - _LONGEST_DEBT_US)
    if paid_us > now_us:
        return None
    end = means.clock.monotonic() + slice_s
    begun = going.bytes_done

    def enough() -> bool:
        return means.clock.monotonic() >= end or _paid_until(paid_us, seen.bytes_done - begun, rate) > now_us

    seen = going

    def see(run: CheckRun) -> None:
        nonlocal seen
        seen = run

    done = work(replace(means, rate=rate * _BURST), going, see, enough=enough)
    paid_us = _paid_until(paid_us, done.bytes_done - begun, rate)
    done = replace(done, cursor=replace(done.cursor, paid_until_us=paid_us))
    with means.database.write() as tx:
        means.check(tx)
        store.note_run(tx, done)
    return done


def _paid_until(paid_us: int, count: int, rate: float) -> int:
    return paid_us + int(count * 1_000_000 / rate)


def _scrubbing(means: Means, now_us: int) -> CheckRun | None:
    """The scrub that is under way, or a new one behind the last: at most one a day, when the store is small."""
    with means.database.write() as tx:
        means.check(tx)
        if broken := store.unfinished(tx, Mode.SCRUB):
            return broken[0]
        last = store.last_done(tx, Mode.SCRUB)
        if last is not None and now_us - last.started_us < SCRUB_EVERY_US:
            return None
        if not store.has_older_than(tx, now_us - FRESH_US):
            return None
        return _new(tx, Mode.SCRUB, None, now_us, RunState.RUNNING)


SCRUB_EVERY_US: Final = _DAY_US
# What was written within a day is read from memory, which says nothing about the disk.
FRESH_US: Final = _DAY_US
