"""The duty log and what was done of the must-do list."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field

from mingjian.api import paging
from mingjian.api.deps import Data
from mingjian.api.duty import Reader, Server, place_of, reached_posts, shown_dues, who
from mingjian.api.duty_shapes import CategoryCode, ChosenCategory, DutyDue, DutyLog, DutyLogEntry
from mingjian.api.paging import Cursor, Limit
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, Moment, Shape
from mingjian.duty import book, collect, model, reading, service
from mingjian.identity.permissions import Permission
from mingjian.registry import service as registry

router = versioned("duty")

_LATEST = 253_402_300_800_000_000


class Attaching(Shape):
    """This camera at this time."""

    channel_id: UUID
    at: Moment


class NewLogEntry(Shape):
    """An entry for the duty log. `reported_to` names where a suspicious thing was reported, and when."""

    category: ChosenCategory
    text: str = Field(min_length=1, max_length=book.TEXT_LIMIT, pattern=NO_CONTROLS, examples=["东门有人长时间徘徊"])
    attached: Attaching | None = None
    corrects: UUID | None = None
    reported_to: str = Field(default="", max_length=200, pattern=NO_CONTROLS, examples=["腾越派出所 14:10 电话"])


class Ticking(Shape):
    """A task that was done. `key` as the desk gave it."""

    task_id: UUID
    key: Moment = 0
    well: bool = True
    note: str = Field(default="", max_length=200, pattern=NO_CONTROLS)


@router.get("/duty/log", operation_id="listDutyLog")
def list_log(
    caller: Reader,
    data: Data,
    post_id: UUID | None = None,
    category: CategoryCode | None = None,
    start: Annotated[Moment | None, Query(alias="from")] = None,
    end: Annotated[Moment | None, Query(alias="to")] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> DutyLog:
    """The log of one post or of all within reach, newest first."""
    with data.read() as tx:
        wanted = reached_posts(tx, caller, post_id)
        found = reading.log(
            tx,
            wanted,
            place_of(cursor),
            limit,
            category=model.CATEGORY_BY_CODE[category] if category else None,
            span=(0 if start is None else start, _LATEST if end is None else end),
        )
    following = paging.written(found.next[0], str(found.next[1])) if found.next else None
    return DutyLog(items=[DutyLogEntry.of(one) for one in found.items], next=following)


@router.post("/duty/log", operation_id="writeDutyLog", status_code=201)
def write_log(body: NewLogEntry, caller: Server, data: Data) -> DutyLogEntry:
    """Append an entry to the log of the own shift; its number is the receipt. It can be corrected, never changed."""
    acting = who(caller)
    with data.write() as tx:
        post, shift = service.require_own(tx, acting)
        attached = None
        if body.attached is not None:
            channel = registry.channel(tx, body.attached.channel_id)
            caller.at_channels(tx, Permission.CHANNEL_READ, [channel.id])
            attached = model.Attached(channel.id, channel.name, body.attached.at)
        entry = book.note(
            tx,
            shift,
            model.CATEGORY_BY_CODE[body.category],
            body.text,
            caller.person,
            acting.now_us,
            attached=attached,
            corrects=body.corrects,
            reported_to=body.reported_to,
        )
        return DutyLogEntry.of(book.recorded(tx, entry, shift, post, caller.actor))


@router.post("/duty/checks", operation_id="tickDutyTask", status_code=201)
def tick_task(body: Ticking, caller: Server, data: Data) -> list[DutyDue]:
    """Note that a task of the own shift is done; what is to do now."""
    acting = who(caller)
    with data.write() as tx:
        post, shift = service.require_own(tx, acting)
        book.tick(
            tx, post, shift, body.task_id, body.key,
            well=body.well, note=body.note, actor=caller.actor, now_us=acting.now_us,
        )  # fmt: skip
        return shown_dues(tx, post, shift, collect.cameras(tx, post), acting.now_us)
