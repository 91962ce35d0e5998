"""How the installation is doing: how complete recordings are, what the doctor finds, what waits."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Depends, Response
from fastapi.responses import StreamingResponse
from pydantic import Field
from sqlalchemy import Select

from mingjian import __version__
from mingjian.api import paging
from mingjian.api.deps import AppContext, Caller, Context, Data, Requires
from mingjian.api.keeping import DayText, MissingTime, Words, cause_text
from mingjian.api.paging import Cursor, Limit
from mingjian.api.routing import versioned
from mingjian.api.schema import Moment, Shape
from mingjian.identity.permissions import Permission
from mingjian.identity.scopes import ANYWHERE
from mingjian.kernel.ids import ChannelId
from mingjian.kernel.networks import is_this_machine
from mingjian.media.keep import completeness as complete
from mingjian.media.keep import service as keeping
from mingjian.media.keep.clock_trust import system_is_synchronised
from mingjian.media.keep.model import WHOLE_SHARE, Total
from mingjian.operations import doctor
from mingjian.operations.backup import service as backups
from mingjian.operations.watch import certificate_days
from mingjian.registry import browsing, sheets
from mingjian.registry import service as registry
from mingjian.storage import jobs, migrate
from mingjian.storage.engine import Transaction

router = versioned("health")

Reader = Annotated[Caller, Depends(Requires(Permission.RECORDING_READ))]
_AT_ONCE: Final = 500
_CERTIFICATE: Final = ("keys", "tls", "server.pem")


class Finding(Shape):
    """One thing that the doctor looked at; `why` and `advice` are empty where all is well."""

    check: str
    level: Literal["ok", "warn", "fail"]
    what: Words
    why: Words
    advice: Words


class Findings(Shape):
    """What `mingjian doctor` says of this installation, the worst first."""

    items: list[Finding]


@router.get("/health/findings", operation_id="healthFindings", dependencies=[Depends(Requires(Permission.HEALTH_READ))])
def get_findings(context: Context) -> Findings:
    """Look the installation over, as `mingjian doctor` does; takes a second or two. Nothing is changed."""
    found = doctor.examine(_installation(context))
    order = list(doctor.Level)
    found.sort(key=lambda one: -order.index(one.level))
    return Findings(
        items=[
            Finding(
                check=one.check,
                level=one.level.value,
                what=Words.of(one.what),
                why=Words.of(one.why),
                advice=Words.of(one.advice),
            )
            for one in found
        ]
    )


def _installation(context: AppContext) -> doctor.Installation:
    settings = context.settings
    return doctor.Installation(
        data_dir=context.data_dir,
        database_url=settings.storage.database_url(context.data_dir),
        host=settings.api.host,
        port=settings.api.port,
        tls=not is_this_machine(settings.api.host),
        floor_bytes=settings.store.floor_bytes,
        alerts=settings.alerts,
        warn_backup_days=settings.backup.warn_after_days,
        running=True,
        synchronised=system_is_synchronised(),
        now_us=context.clock.now_us(),
    )


class Queue(Shape):
    """Work of one kind: how much is due, running and given up, and since when the oldest waits."""

    kind: str
    due: int
    running: int
    dead: int
    waiting_since: Moment | None


class Upkeep(Shape):
    """What keeps an installation going: queues, clock, certificate, backup, versions.

    `certificate_days` is null where none is needed, `backup_at` where there never was a good backup.
    """

    queues: list[Queue]
    clock_synchronised: bool
    clock_trusted: bool
    certificate_days: int | None
    backup_at: Moment | None
    version: str
    schema_revision: str
    database: Literal["sqlite", "postgresql"]


@router.get("/health/upkeep", operation_id="healthUpkeep", dependencies=[Depends(Requires(Permission.HEALTH_READ))])
def get_upkeep(context: Context, data: Data) -> Upkeep:
    """Queues of jobs, the clock, the certificate, the backup, versions."""
    now_us = context.clock.now_us()
    local = is_this_machine(context.settings.api.host)
    with data.read() as tx:
        return Upkeep(
            queues=[_queue(one) for one in jobs.queues(tx, now_us) if one.due or one.running or one.dead],
            clock_synchronised=system_is_synchronised(),
            clock_trusted=keeping.clock(tx).trusted,
            certificate_days=None if local else certificate_days(context.data_dir.joinpath(*_CERTIFICATE), now_us),
            backup_at=backups.last_good_us(tx),
            version=__version__,
            schema_revision=migrate.head(),
            database="sqlite" if tx.dialect == "sqlite" else "postgresql",
        )


def _queue(one: jobs.Queue) -> Queue:
    return Queue(kind=one.kind, due=one.due, running=one.running, dead=one.dead, waiting_since=one.waiting_since_us)


# Completeness


class DayTotal(Shape):
    """All channels on one day."""

    day: str = Field(examples=["2026-11-20"])
    planned_us: int
    recorded_us: int


class CompletenessSummary(Shape):
    """All channels together. What is planned is recorded, or missing with a cause, or unexplained.

    Days that nobody has measured yet are left out: the job writes them every ten minutes.
    """

    days: list[DayTotal]
    planned_us: int
    recorded_us: int
    missing: list[MissingTime]
    unexplained_us: int


@router.get(
    "/health/completeness/summary",
    operation_id="completenessSummary",
    dependencies=[Depends(Requires(Permission.HEALTH_READ))],
)
def get_summary(start_day: DayText, end_day: DayText, data: Data) -> CompletenessSummary:
    """How much of what was promised is there, day by day (366 at most); counts alone, of all channels in use."""
    first, last = complete.day_range(start_day, end_day)
    with data.read() as tx:
        found = complete.summary(tx, first, last, browsing.channels_within(tx, ANYWHERE))
    return CompletenessSummary(
        days=[
            DayTotal(day=complete.day_text(day), planned_us=one.planned_us, recorded_us=one.recorded_us)
            for day, one in sorted(found.days.items())
        ],
        planned_us=sum(one.planned_us for one in found.days.values()),
        recorded_us=sum(one.recorded_us for one in found.days.values()),
        missing=_missing(found.causes),
        unexplained_us=sum(one.unexplained_us for one in found.days.values()),
    )


class ChannelTotal(Shape):
    """One channel over some days. `share`: recorded of planned in hundred-thousandths; whole where nothing was."""

    channel_id: UUID
    name: str
    place: str
    planned_us: int
    recorded_us: int
    missing: list[MissingTime]
    unexplained_us: int
    share: int


class ChannelTotals(Shape):
    """The least complete first."""

    items: list[ChannelTotal]
    next: str | None


@router.get("/health/completeness", operation_id="completenessByChannel")
def list_totals(
    start_day: DayText, end_day: DayText, data: Data, caller: Reader, cursor: Cursor = None, limit: Limit = 100
) -> ChannelTotals:
    """Channels that you reach, the least complete first; days as they were written down."""
    first, last = complete.day_range(start_day, end_day)
    after = None
    if cursor:
        share, channel_id = paging.read(cursor, int, UUID)
        assert isinstance(share, int)
        assert isinstance(channel_id, UUID)
        after = share, channel_id
    with data.read() as tx:
        within = browsing.channels_within(tx, caller.reach(Permission.RECORDING_READ))
        items = _totals(tx, first, last, within, after, limit + 1)
    more = len(items) > limit
    end = items[limit - 1] if more else None
    return ChannelTotals(
        items=items[:limit], next=paging.written(end.share, end.channel_id) if end is not None else None
    )


def _totals(
    tx: Transaction, first: int, last: int, within: Select[tuple[UUID]], after: tuple[int, UUID] | None, limit: int
) -> list[ChannelTotal]:
    found = complete.worst(tx, first, last, within, after, limit)
    named = {one.id: one for one in registry.channels_of(tx, [_id(total) for total, _ in found])}
    return [
        ChannelTotal(
            channel_id=channel.id,
            name=channel.name,
            place=channel.place.name,
            planned_us=total.planned_us,
            recorded_us=total.recorded_us,
            missing=_missing(causes),
            unexplained_us=total.unexplained_us,
            share=total.share,
        )
        for total, causes in found
        if (channel := named.get(_id(total))) is not None
    ]


def _id(total: Total) -> ChannelId:
    assert total.channel_id is not None
    return total.channel_id


def _missing(causes: Mapping[str, int]) -> list[MissingTime]:
    return [
        MissingTime(cause=cause, us=us, zh=cause_text(cause).zh, en=cause_text(cause).en)
        for cause, us in sorted(causes.items(), key=lambda item: -item[1])
    ]


_HEADER: Final = ("通道 channel", "场所 place", "应录秒 planned s", "已录秒 recorded s", "完整率 %", "缺失原因 missing")


@router.get(
    "/health/completeness.csv",
    operation_id="completenessTable",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
def get_table(start_day: DayText, end_day: DayText, context: Context, caller: Reader) -> Response:
    """The same as a table for spreadsheets, all of it."""
    first, last = complete.day_range(start_day, end_day)
    name = f"completeness-{start_day}-{end_day}.csv"
    return StreamingResponse(
        sheets.write_csv(_HEADER, _lines(context, caller, first, last)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _lines(context: AppContext, caller: Caller, first: int, last: int) -> Iterator[tuple[str, ...]]:
    """Some hundreds in each read, so that no snapshot is held while somebody's line is slow."""
    after: tuple[int, UUID] | None = None
    while True:
        with context.database.read() as tx:
            within = browsing.channels_within(tx, caller.reach(Permission.RECORDING_READ))
            items = _totals(tx, first, last, within, after, _AT_ONCE)
        for one in items:
            missing = "；".join(f"{cause.zh} {cause.us // 1_000_000} s" for cause in one.missing)
            percent = f"{one.share * 100 / WHOLE_SHARE:.3f}"
            yield (
                one.name,
                one.place,
                str(one.planned_us // 1_000_000),
                str(one.recorded_us // 1_000_000),
                percent,
                missing,
            )
        if len(items) < _AT_ONCE:
            return
        after = items[-1].share, items[-1].channel_id
