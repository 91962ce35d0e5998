"""Many cameras with one password: each is tested like one alone, a few at a time, and added when it answers.

What is on its way and what came of it is in `bulks`.
"""

import asyncio
from typing import Annotated, Final
from uuid import UUID

from fastapi import Depends
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from mingjian.api import door
from mingjian.api.basic import BasicText
from mingjian.api.bulks import Row, Running, State
from mingjian.api.channels import Picture, read_address, tested
from mingjian.api.decisions import DecisionForm, decided
from mingjian.api.deps import AppContext, Caller, Context, Data, Door, Requires, still_allowed
from mingjian.api.organisations import Name
from mingjian.api.routing import versioned
from mingjian.api.schema import Problem, Shape
from mingjian.audit import service as audit
from mingjian.audit.model import Action, Entry
from mingjian.identity.permissions import Permission
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PlaceId
from mingjian.registry import service as registry
from mingjian.registry.model import TransportChoice, shown_address
from mingjian.registry.ranges import HOST, cameras
from mingjian.registry.vault import Secret

router = versioned("channels")

Manager = Annotated[Caller, Depends(Requires(Permission.CHANNEL_MANAGE))]

AT_ONCE: Final = 6
"""Cameras that are tested at once: the recorder is busy with others."""
_MOST_RUNNING: Final = 2
_MOST_KEPT: Final = 64
_KEPT_S: Final = 3_600.0
_CREDENTIAL: Final = r"^[^\x00-\x1f\x7f]*$"


class BulkRequest(Shape):
    """Cameras of one place that share a password.

    `cameras` holds ranges such as `192.168.1.20-69`, hosts, and whole addresses, on lines or with commas between; hosts
    are put into `url` and `sub_url` in the place of `{host}`. Each is called `name` and a number. `decision` where
    a text leaves a camera at this spot to people: without it nothing is begun.
    """

    cameras: str = Field(min_length=1, max_length=20_000, examples=["192.168.1.20-69"])
    url: str = Field(
        default="", max_length=1_024, pattern=_CREDENTIAL, examples=[f"rtsp://{HOST}:554/Streaming/Channels/101"]
    )
    sub_url: str = Field(default="", max_length=1_024, pattern=_CREDENTIAL)
    username: str = Field(default="", max_length=128, pattern=_CREDENTIAL)
    password: str = Field(default="", max_length=256, pattern=_CREDENTIAL)
    transport: TransportChoice = "auto"
    place_id: UUID
    name: Name
    spot: Name
    spot_kind: str = Field(default="unclassified", pattern=r"^[a-z0-9_]{1,64}$")
    decision: DecisionForm | None = None


class BulkRow(Shape):
    """One camera of many, and what came of it."""

    number: int
    name: str
    address: BasicText
    state: State
    channel_id: UUID | None
    picture: Picture | None
    problem: Problem | None


class Bulk(Shape):
    """Many cameras on their way; `done` once nothing is waited for any more."""

    id: str
    done: bool
    added: int
    failed: int
    rows: list[BulkRow]

    @classmethod
    def of(cls, running: Running) -> "Bulk":
        rows = [
            BulkRow(
                number=number,
                name=row.name,
                address=shown_address(row.camera.address),
                state=row.state,
                channel_id=row.channel_id,
                picture=row.picture,
                problem=Problem.of(row.error) if row.error else None,
            )
            for number, row in enumerate(running.rows, 1)
        ]
        states = [row.state for row in running.rows]
        added, failed = states.count("added"), states.count("failed")
        return cls(id=running.id, done=running.done, added=added, failed=failed, rows=rows)


@router.post("/channels/bulk", operation_id="addCameras", status_code=202)
async def add_cameras(body: BulkRequest, context: Context, data: Data, caller: Manager) -> Bulk:
    """Begin to test and add many cameras; ask for what came of each with the `id` of the answer."""
    wanted = cameras(body.cameras, body.url, body.sub_url)
    await run_in_threadpool(_record, data, caller, body, len(wanted))
    rows = [Row(camera, f"{body.name.strip()}{number:02d}") for number, camera in enumerate(wanted, 1)]
    begun = context.bulks.begin(caller.person.id, rows, context.clock.monotonic())
    begun.task = asyncio.create_task(_run(context, data, caller, body, begun))
    return Bulk.of(begun)


@router.get("/channels/bulk/{bulk_id}", operation_id="addedCameras")
async def added_cameras(bulk_id: str, context: Context, caller: Manager) -> Bulk:
    """How far it is, and what came of each camera."""
    return Bulk.of(context.bulks.find(bulk_id, caller.person.id))


def _record(data: Door, caller: Caller, body: BulkRequest, count: int) -> None:
    with data.write() as tx:
        where = door.of_place(tx, body.place_id)
        caller = caller.at(Permission.CHANNEL_MANAGE, where)
        given = decided(caller, body.decision, where) is not None
        spot, now_us = body.spot.strip(), caller.visit.now_us
        registry.foresee_cameras(tx, body.place_id, spot, body.spot_kind, decided=given, now_us=now_us)
        place = str(body.place_id)
        audit.record(tx, Entry(Action.BULK_ASKED, caller.actor, "place", place, {"count": count}, caller.visit.now_us))


async def _run(context: AppContext, data: Door, caller: Caller, body: BulkRequest, begun: Running) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(row: Row) -> None:
        async with turns:
            row.state = "testing"
            try:
                await _add(context, data, caller, body, row)
            except MingjianError as error:
                row.state, row.error = "failed", error

    async with asyncio.TaskGroup() as group:
        for row in begun.rows:
            group.create_task(one(row))


async def _add(context: AppContext, data: Door, caller: Caller, body: BulkRequest, row: Row) -> None:
    address, inline = read_address(row.camera.address)
    secret = Secret(body.username, body.password) if body.username else inline
    small = read_address(row.camera.sub_address)[0] if row.camera.sub_address else None
    answer, _movie = await tested(context, data, caller, address, secret, body.transport)
    row.picture = Picture.probed(answer)
    row.channel_id = await run_in_threadpool(_register, context, data, caller, body, row, address, secret, small)
    row.state = "added"


def _register(
    context: AppContext,
    data: Door,
    caller: Caller,
    body: BulkRequest,
    row: Row,
    address: str,
    secret: Secret | None,
    small: str | None,
) -> UUID:
    # Minutes may have passed since it was asked for: the session and the right have to hold still.
    again = still_allowed(context, caller, Permission.CHANNEL_MANAGE)
    with data.write() as tx:
        where = door.of_place(tx, body.place_id)
        again = again.at(Permission.CHANNEL_MANAGE, where)
        added = registry.add_channel(
            tx,
            name=row.name,
            address=address,
            secret=secret,
            place=PlaceId(body.place_id),
            spot_name=body.spot.strip(),
            spot_kind=body.spot_kind,
            decision=decided(again, body.decision, where),
            vault=context.vault,
            by=again.actor,
            now_us=again.visit.now_us,
            transport=body.transport,
            sub_address=small,
        )
        tx.after_commit(context.media.hint_threadsafe)
    return added.id
