"""Checks of the store: how far they are, what they found, and asking for one."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from mingjian.api import paging
from mingjian.api.deps import Caller, Context, Data, Requires
from mingjian.api.paging import Cursor, Limit
from mingjian.api.routing import versioned
from mingjian.api.schema import Moment, Shape
from mingjian.identity.permissions import Permission
from mingjian.media.check import service
from mingjian.media.check.model import CheckRun, KnownDamage, Mode

router = versioned("checks")

Runner = Annotated[Caller, Depends(Requires(Permission.CHECK_RUN))]
_READ = [Depends(Requires(Permission.HEALTH_READ))]
_LAST_MOMENT_US = 253_402_300_800_000_000


class Check(Shape):
    """A check. `fast` compares rows, files, sizes and counters; `full` also reads every byte; `scrub` does that slowly
    and all the time. Totals are estimates. A `stopped` one goes on where it was.
    """

    id: UUID
    mode: Literal["fast", "full", "scrub"]
    state: Literal["queued", "running", "stopped", "done"]
    started_at: Moment
    updated_at: Moment
    ended_at: Moment | None
    segments_done: int
    segments_total: int
    bytes_done: int
    bytes_total: int
    found: int

    @classmethod
    def of(cls, run: CheckRun, now_us: int) -> "Check":
        return cls(
            id=run.id,
            mode=run.mode.value,
            state=service.state_now(run, now_us).value,
            started_at=run.started_us,
            updated_at=run.updated_us,
            ended_at=run.ended_us,
            segments_done=run.segments_done,
            segments_total=max(run.segments_total, run.segments_done),
            bytes_done=run.bytes_done,
            bytes_total=max(run.bytes_total, run.bytes_done),
            found=run.found,
        )


class Checks(Shape):
    """The newest checks first; `last`: the last of each mode that came to its end."""

    items: list[Check]
    last: list[Check]


class NewCheck(Shape):
    """Which check to do."""

    mode: Literal["fast", "full"] = Field(examples=["fast"])


class Damage(Shape):
    """Something that is not as it was recorded. `start` and `end` are the seconds that it costs, null where it costs
    none or has none; `path_name` is below the volume's folder. Cleared once a later check finds it whole.
    """

    id: UUID
    volume_id: UUID
    segment_id: UUID | None
    channel_id: UUID | None
    path_name: str
    start: Moment | None
    end: Moment | None
    clock_epoch: int
    kind: Literal["missing", "short", "long", "altered", "unreadable", "unknown_file", "counter", "overlap"]
    detail: str
    zh: str
    en: str
    found_at: Moment
    cleared_at: Moment | None

    @classmethod
    def of(cls, known: KnownDamage) -> "Damage":
        one = known.damage
        return cls(
            id=known.id,
            volume_id=one.volume_id,
            segment_id=one.segment_id,
            channel_id=one.channel_id,
            path_name=one.path_name,
            start=_shown(one.start_us),
            end=_shown(one.end_us),
            clock_epoch=one.clock_epoch,
            kind=one.kind.value,
            detail=one.detail,
            zh=one.text.zh,
            en=one.text.en,
            found_at=known.found_us,
            cleared_at=known.cleared_us,
        )


def _shown(us: int | None) -> int | None:
    """A row that somebody edited may have times that no calendar has."""
    return us if us is not None and 0 <= us < _LAST_MOMENT_US else None


class Damages(Shape):
    """Damage, newest first; `standing` is how much there is in all."""

    items: list[Damage]
    next: str | None
    standing: int


@router.get("/checks", operation_id="listChecks", dependencies=_READ)
def list_checks(context: Context, data: Data) -> Checks:
    """The last checks, with how far they are."""
    now_us = context.clock.now_us()
    with data.read() as tx:
        newest, last = service.listing(tx), service.last_done(tx)
    return Checks(items=[Check.of(run, now_us) for run in newest], last=[Check.of(run, now_us) for run in last])


@router.post("/checks", operation_id="startCheck", status_code=201)
def start_check(body: NewCheck, data: Data, caller: Runner) -> Check:
    """Queue a check; it runs beside everything else, within the rate of the settings."""
    now_us = caller.visit.now_us
    with data.write() as tx:
        run = service.ask(tx, Mode(body.mode), by=caller.actor, now_us=now_us)
    return Check.of(run, now_us)


@router.get("/damage", operation_id="listDamage", dependencies=_READ)
def list_damage(
    data: Data, cursor: Cursor = None, limit: Limit = 200, *, cleared: Annotated[bool, Query()] = False
) -> Damages:
    """Damage that was found and stands; with `cleared` also what a later check found whole again."""
    with data.read() as tx:
        page = service.damage_page(tx, paging.place(cursor, int, UUID), limit, cleared=cleared)
        standing = sum(service.standing(tx).values())
    items = [Damage.of(one) for one in page.items]
    return Damages(items=items, next=paging.following(page.next), standing=standing)
