"""Which kinds of jobs there are. A package that has work for later adds its handler here; `jobs` runs them."""

import socket
import threading
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import UUID

from mingjian.access import service as access
from mingjian.alerts import service as alerts
from mingjian.alerts.delivery import Teller, origin_of
from mingjian.alerts.model import Way
from mingjian.audit import runs as audit_runs
from mingjian.config import Settings
from mingjian.config.reading import FILE_NAME
from mingjian.identity import service as people
from mingjian.kernel.clock import Clock
from mingjian.kernel.networks import is_this_machine
from mingjian.media import volumes
from mingjian.media.check import service as checks
from mingjian.media.check.means import Means
from mingjian.media.export import making
from mingjian.media.export import service as exports
from mingjian.media.keep import completeness, pruning
from mingjian.media.keep.clock_trust import ClockTrust, system_is_synchronised
from mingjian.media.keep.deletion import Deleter
from mingjian.media.keep.watch import Watch
from mingjian.media.pictures import service as pictures
from mingjian.operations import watch as operations
from mingjian.operations.backup import keys as backup_keys
from mingjian.operations.backup import service as backups
from mingjian.operations.catalogue import KINDS
from mingjian.storage import idempotency, jobs, news
from mingjian.storage.engine import Database, Transaction
from mingjian.storage.jobs import Job, Payload
from mingjian.workers import audit_jobs
from mingjian.workers.context import StopSignal
from mingjian.workers.folders import CERTIFICATE
from mingjian.workers.states import read_states

_DAY_US: Final = 86_400_000_000
_MB: Final = 1_000_000
_SLICE_S: Final = 20.0
_KEEP_FINISHED_US: Final = 7 * _DAY_US


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a handler is given beside its payload. `lost` is set when another worker has taken the job over.

    A handler that takes long looks at `stop` and `lost`, and ends soon after one is set.
    """

    job: Job
    clock: Clock
    stop: StopSignal
    lost: threading.Event
    settings: Settings = field(default_factory=Settings)
    data_dir: Path = Path()

    def check(self, tx: Transaction) -> None:
        """First in each transaction that changes something: raises LeaseLost when the job is not ours any more."""
        jobs.check(tx, self.job)

    def ending(self) -> bool:
        """Whether a handler that takes long should end soon."""
        return self.stop.is_set() or self.lost.is_set()


Handler = Callable[[Database, Payload, JobContext], None]
"""Does the work; idempotent, since it is repeated when its worker dies before the end is recorded."""


@dataclass(frozen=True, slots=True)
class Registry:
    """`handlers` by kind; `periods_us` names the kinds that come back by themselves, that long after their end.

    `alone` are kinds that may take minutes or hours: each has a thread of its own, so that no other waits for it.
    """

    handlers: Mapping[str, Handler]
    periods_us: Mapping[str, int] = field(default_factory=dict)
    alone: frozenset[str] = frozenset()

    def threads(self) -> "list[Registry]":
        """What each thread runs: one for all short kinds, one for each that stands alone."""
        return [self._only(self.handlers.keys() - self.alone), *(self._only({kind}) for kind in sorted(self.alone))]

    def _only(self, kinds: AbstractSet[str]) -> "Registry":
        return Registry(
            {kind: handler for kind, handler in self.handlers.items() if kind in kinds},
            {kind: period_us for kind, period_us in self.periods_us.items() if kind in kinds},
        )


def registry() -> Registry:
    """All kinds of this program."""
    return Registry(
        handlers={
            "jobs.forget_finished": forget_finished,
            "media.turn_ring": turn_ring,
            "access.close_forgotten": close_forgotten,
            "keep.mark": mark_footage,
            "keep.purge": purge_footage,
            "keep.make_room": make_room,
            "keep.watch": watch_store,
            "keep.complete_days": complete_days,
            exports.JOB: make_clip,
            "export.expire": expire_clips,
            checks.JOB: run_check,
            "check.scrub": scrub,
            "pictures.forget_gone": forget_thumbnails,
            "alerts.mail": tell_by_mail,
            "alerts.hook": tell_by_hook,
            "alerts.prune": prune_alerts,
            "operations.watch": watch_installation,
            "backup.make": make_backup,
            "keep.prune": prune_rows,
            "api.forget_requests": forget_requests,
            audit_jobs.SEAL: seal_log,
            audit_runs.JOB: verify_log,
        },
        periods_us={
            "jobs.forget_finished": _DAY_US,
            "media.turn_ring": 30_000_000,
            "access.close_forgotten": 60_000_000,
            "keep.mark": 3_600_000_000,
            "keep.purge": 600_000_000,
            "keep.make_room": 10_000_000,
            "keep.watch": 30_000_000,
            "keep.complete_days": 600_000_000,
            "export.expire": 600_000_000,
            "check.scrub": 15_000_000,
            "pictures.forget_gone": 60_000_000,
            "alerts.mail": 10_000_000,
            "alerts.hook": 10_000_000,
            "alerts.prune": 3_600_000_000,
            "operations.watch": 30_000_000,
            "backup.make": 600_000_000,
            "keep.prune": _DAY_US,
            "api.forget_requests": 3_600_000_000,
            audit_jobs.SEAL: audit_jobs.SEAL_EVERY_US,
        },
        alone=frozenset(
            {
                exports.JOB,
                checks.JOB,
                audit_jobs.SEAL,
                audit_runs.JOB,
                "check.scrub",
                "keep.mark",
                "keep.purge",
                "keep.complete_days",
                "keep.prune",
                "alerts.mail",
                "alerts.hook",
                "backup.make",
            }
        ),
    )


def seal_log(database: Database, _payload: Payload, context: JobContext) -> None:
    """Seal what was recorded since."""
    audit_jobs.seal(database, context.data_dir, context.clock, context.check, context.ending)


def verify_log(database: Database, payload: Payload, context: JobContext) -> None:
    """Compare the log with its seals, for who asked on the page."""
    run_id = UUID(payload["run"])
    audit_jobs.verify(database, run_id, context.data_dir, context.clock, context.check, context.ending)


def forget_finished(database: Database, _payload: Payload, context: JobContext) -> None:
    """Finished jobs are of no use after a week; dead ones wait for a person."""
    with database.write() as tx:
        context.check(tx)
        jobs.forget_finished(tx, context.clock.now_us() - _KEEP_FINISHED_US)
        news.prune(tx)


def turn_ring(database: Database, _payload: Payload, context: JobContext) -> None:
    """Keep demonstration footage below the limit of its volume."""
    _deleter(database, context).turn_rings(context.clock.now_us())


def mark_footage(database: Database, _payload: Payload, context: JobContext) -> None:
    """Mark what is past its maximum, once an hour."""
    now_us = context.clock.now_us()
    if _steady(database, context):
        _deleter(database, context).mark_due(now_us)


def purge_footage(database: Database, _payload: Payload, context: JobContext) -> None:
    """Remove what was marked and can no longer be brought back."""
    now_us = context.clock.now_us()
    if _steady(database, context):
        undo_us = int(context.settings.store.undo_hours * 3_600_000_000)
        _deleter(database, context).purge_due(now_us, undo_us)


def make_room(database: Database, _payload: Payload, context: JobContext) -> None:
    """Step 2 of the ladder: let go what the law allows. Recording itself does step 3."""
    now_us = context.clock.now_us()
    if _steady(database, context):
        _watch(database, context).make_room(_deleter(database, context), now_us)
    making.make_room(_export_work(database, context))


def watch_store(database: Database, _payload: Payload, context: JobContext) -> None:
    """Raise and clear alerts; confirm the clock once the system has vouched for it for an hour."""
    _trust(context.clock).look(database, synchronised=system_is_synchronised())
    _watch(database, context).look(context.clock.now_us())


def complete_days(database: Database, _payload: Payload, context: JobContext) -> None:
    """Write down how complete finished days are."""
    completeness.complete_days(database, context.clock.now_us(), context.stop.is_set)


def _deleter(database: Database, context: JobContext) -> Deleter:
    def stopping() -> bool:
        return context.stop.is_set() or context.lost.is_set()

    return Deleter(database, volumes.open_files, context.check, stopping)


def _watch(database: Database, context: JobContext) -> Watch:
    return Watch(database, volumes.open_files, context.settings.store.floor_bytes, context.check)


_trusts: Final[list[ClockTrust]] = []


def _trust(clock: Clock) -> ClockTrust:
    """One for each clock, for the life of this process: it remembers where the clock was."""
    known = next((one for one in _trusts if one.clock is clock), None)
    if known is None:
        known = ClockTrust(clock)
        _trusts.append(known)
    return known


def _steady(database: Database, context: JobContext) -> bool:
    """Whether the clock may be used to delete by. Asked after the time was read."""
    with database.read() as tx:
        return _trust(context.clock).steady(tx)


def close_forgotten(database: Database, _payload: Payload, context: JobContext) -> None:
    """Close views whose page is gone."""
    with database.write() as tx:
        context.check(tx)
        access.close_forgotten(tx, context.clock.now_us())


def make_clip(database: Database, payload: Payload, context: JobContext) -> None:
    """Make the file of a clip."""
    making.make(_export_work(database, context), UUID(payload["clip"]))


def expire_clips(database: Database, _payload: Payload, context: JobContext) -> None:
    """Remove clips whose time is over, grants that ended, and files that a crash left behind."""
    making.expire(_export_work(database, context))


def _export_work(database: Database, context: JobContext) -> making.Work:
    return making.Work(
        database,
        context.clock,
        exports.Room(context.data_dir / exports.FOLDER, context.settings.store.floor_mb * _MB),
        check=context.check,
        stopped=lambda: context.stop.is_set() or context.lost.is_set(),
        attempt=context.job.attempt,
    )


def forget_thumbnails(database: Database, _payload: Payload, context: JobContext) -> None:
    """Remove thumbnails of footage that is gone."""
    pictures.forget_gone(database, context.data_dir, context.clock.now_us())


def run_check(database: Database, payload: Payload, context: JobContext) -> None:
    """Go on with a check that somebody asked for, for a while."""
    means = _check_means(database, context, context.settings.store.check_mb_per_s * _MB)
    checks.work_on_job(means, UUID(payload["run"]), _SLICE_S)


def scrub(database: Database, _payload: Payload, context: JobContext) -> None:
    """Read a little of everything that is stored, all the time."""
    rate = context.settings.store.scrub_mb_per_s * _MB
    checks.scrub(_check_means(database, context, rate), rate, _SLICE_S / 2)


def _check_means(database: Database, context: JobContext, rate: float) -> Means:
    return Means(
        database,
        context.clock,
        context.stop.wait,
        stop=lambda: context.stop.is_set() or context.lost.is_set(),
        check=context.check,
        rate=rate,
    )


def tell_by_mail(database: Database, _payload: Payload, context: JobContext) -> None:
    """Mail what happened and was not mailed yet."""
    _teller(database, context).tell(Way.MAIL, context.clock.now_us())


def tell_by_hook(database: Database, _payload: Payload, context: JobContext) -> None:
    """Post what happened and was not posted yet."""
    _teller(database, context).tell(Way.HOOK, context.clock.now_us())


def _teller(database: Database, context: JobContext) -> Teller:
    return Teller(
        database,
        context.settings.alerts,
        KINDS,
        context.data_dir,
        origin_of(context.settings.api.public_origin),
        context.check,
        context.job.attempt,
    )


def prune_alerts(database: Database, _payload: Payload, context: JobContext) -> None:
    """Forget alerts that have been over for long."""
    forgotten = 1
    while forgotten and not (context.stop.is_set() or context.lost.is_set()):
        with database.write() as tx:
            context.check(tx)
            forgotten = alerts.prune(tx, context.settings.alerts.keep_days, context.clock.now_us())


def watch_installation(database: Database, _payload: Payload, context: JobContext) -> None:
    """Look at what no domain looks at: the certificate, the processes, the age of the backup."""
    now_us = context.clock.now_us()
    settings = context.settings
    certificate = None if is_this_machine(settings.api.host) else context.data_dir / CERTIFICATE
    processes = read_states(context.data_dir / "run")
    with database.write() as tx:
        context.check(tx)
        operations.certificate(tx, certificate, now_us)
        _roles.settle(tx, processes, now_us)
        _clock.settle(tx, synchronised=system_is_synchronised(), now_us=now_us, monotonic_s=context.clock.monotonic())
        operations.backup(tx, settings.backup.warn_after_days, people.set_up_us(tx), now_us)


_roles: Final = operations.RoleWatch(socket.gethostname())
_clock: Final = operations.ClockWatch()


def make_backup(database: Database, _payload: Payload, context: JobContext) -> None:
    """Make the scheduled backup when it is due."""
    settings, now_us = context.settings.backup, context.clock.now_us()
    if not settings.folder:
        return
    schedule = backups.Schedule(
        context.data_dir / settings.folder, int(settings.every_hours * 3_600_000_000), settings.keep
    )
    with database.read() as tx:
        due = backups.is_due(tx, schedule, now_us)
    if due:
        url = context.settings.storage.database_url(context.data_dir)
        site = backups.Site(context.data_dir, url, context.data_dir / FILE_NAME, context.clock)
        key = backup_keys.read_key(context.data_dir / settings.key_file)
        backups.make_scheduled(site, database, schedule, key, context.check)


def prune_rows(database: Database, _payload: Payload, context: JobContext) -> None:
    """Forget connections and events that are older than all footage they could speak of."""
    pruning.prune(database, context.clock.now_us(), context.check, context.stop.is_set)


def forget_requests(database: Database, _payload: Payload, context: JobContext) -> None:
    """Keys of requests that are to happen once hold for a day."""
    with database.write() as tx:
        context.check(tx)
        idempotency.prune(tx, context.clock.now_us())
