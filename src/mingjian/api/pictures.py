"""Pictures of open views: thumbnails along the timeline, stills where a browser cannot decode, snapshots."""

import asyncio
from base64 import b64encode
from collections.abc import Coroutine
from functools import partial
from typing import Annotated, Any, Final, Literal, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Response
from pydantic import ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from mingjian.access import service as access
from mingjian.access.model import View, ViewKind
from mingjian.api.deps import AppContext, Caller, Context, Data, Door, Requires
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, TIME_EXAMPLE, Moment, Shape, moment_text
from mingjian.api.views import CHECK_S, PERMISSION_OF, LiveWatcher, PlaybackWatcher
from mingjian.identity.permissions import Permission
from mingjian.kernel.ids import ChannelId, ViewId
from mingjian.media.pictures import finding, service
from mingjian.media.pictures.decoder import Form
from mingjian.media.pictures.desk import width_class
from mingjian.media.pictures.finding import Footage
from mingjian.media.pictures.service import MEDIA_TYPE, Snapshot, Source
from mingjian.registry import service as registry
from mingjian.registry.model import Channel

router = versioned("pictures")

T = TypeVar("T")
SnapshotTaker = Annotated[Caller, Depends(Requires(Permission.SNAPSHOT_TAKE))]
Epoch = Annotated[int | None, Query(ge=0, lt=1 << 31)]
Width = Annotated[int, Query(ge=16, le=4096)]

_JPEG: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"image/jpeg": {}}},
    204: {"description": "the page did not wait"},
}
_REMEMBERED_S: Final = 60.0
_FORMS: Final = {"jpeg": Form.JPEG, "png": Form.PNG}
_SNAPSHOT_EXAMPLE: Final[dict[str, Any]] = {
    "name": "校门口东侧_20261120-140300.240.jpg",
    "media_type": "image/jpeg",
    "width": 1920,
    "height": 1080,
    "size": 412_345,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "at": TIME_EXAMPLE,
    "clock_epoch": 0,
    "image": "/9j/4AAQSkZJRgABAQ==",
    "sidecar_name": "校门口东侧_20261120-140300.240.jpg.json",
    "sidecar": '{"format": "mingjian-snapshot/1"}',
}


class NewSnapshot(Shape):
    """The frame of an open view to take out, and why. Without `at` it is the newest key frame of a live view.

    `at` is the moment of the frame as the page shows it; `epoch` which run of the server's clock it is from.
    """

    channel: UUID
    at: Moment | None = None
    epoch: int | None = Field(default=None, ge=0, lt=1 << 31)
    form: Literal["jpeg", "png"] = "jpeg"
    reason: str = Field(max_length=400, pattern=NO_CONTROLS, examples=["核实 11 月 20 日 14 时校门口事件"])


class SnapshotGiven(Shape):
    """A snapshot as it was recorded: the picture (`image`, base64) and its sidecar, a text to keep beside it.

    `at` is when the frame was taken; `sha256` in hex is in the audit log and in the sidecar.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [_SNAPSHOT_EXAMPLE]})

    name: str
    media_type: str
    width: int
    height: int
    size: int
    sha256: str
    at: Moment
    clock_epoch: int
    image: str
    sidecar_name: str
    sidecar: str


# Thumbnails


@router.get(
    "/views/{view_id}/thumbnail/{channel_id}",
    operation_id="thumbnail",
    response_class=Response,
    responses=_JPEG,
)
async def get_thumbnail(
    view_id: UUID,
    channel_id: UUID,
    at: Moment,
    request: Request,
    context: Context,
    data: Data,
    caller: PlaybackWatcher,
    width: Width = 160,
    epoch: Epoch = None,
) -> Response:
    """A small picture of a moment: the key frame before it, of an open playback view.

    `width` becomes the next of 160, 320, 640 and 1280. `Mingjian-At` is when the picture was taken. A request that the
    page gave up is not worked on.
    """
    pictures = context.pictures
    pictures.thumbnail_rate.take(caller.session.key, context.clock.monotonic())
    found = await run_in_threadpool(_key_frame, data, view_id, channel_id, caller, at, epoch)
    picture = await _unless_gone(request, pictures.thumbnail(found, width_class(width)))
    if picture is None:
        return Response(status_code=204)
    if context.stills.is_due(ViewId(view_id), context.clock.monotonic(), _REMEMBERED_S):
        await run_in_threadpool(_count, context, ViewId(view_id))  # or the view would be closed as forgotten
    headers = {"Mingjian-At": moment_text(found.first.start_us), "Mingjian-Epoch": str(found.window.clock_epoch)}
    return Response(picture, media_type="image/jpeg", headers=headers)


def _key_frame(data: Door, view_id: UUID, channel_id: UUID, caller: Caller, at_us: int, epoch: int | None) -> Footage:
    with data.read() as tx:
        view = access.view_of(tx, view_id, caller.person, ViewKind.PLAYBACK)
        return finding.key_frame(tx, access.channel_of(view, channel_id), at_us, epoch)


# Stills


@router.get(
    "/views/{view_id}/still/{channel_id}",
    operation_id="still",
    response_class=Response,
    responses=_JPEG,
)
async def get_still(
    view_id: UUID,
    channel_id: UUID,
    request: Request,
    context: Context,
    data: Data,
    caller: LiveWatcher,
    width: Width = 640,
) -> Response:
    """The newest key frame of a channel of an open live view, where the browser cannot decode the stream.

    It is renewed at most every `Mingjian-Every` seconds; `Mingjian-At` is when it was taken. It counts as watching.
    """
    pictures = context.pictures
    pictures.still_rate.take(caller.session.key, context.clock.monotonic())
    view, channel = await run_in_threadpool(_watched, data, view_id, channel_id, caller, ViewKind.LIVE)
    context.stills.asked(view.id, channel, pictures.still_s, watching=context.watching, count=partial(_count, context))
    still = await _unless_gone(request, pictures.still(context.media, channel, width_class(width), context.clock))
    if context.stills.is_due(view.id, context.clock.monotonic(), CHECK_S):
        await run_in_threadpool(_count, context, view.id)
    if still is None:
        return Response(status_code=204)
    headers = {"Mingjian-At": moment_text(still.wall_us), "Mingjian-Every": f"{pictures.still_s:g}"}
    return Response(still.data, media_type="image/jpeg", headers=headers)


def _watched(data: Door, view_id: UUID, channel_id: UUID, caller: Caller, kind: ViewKind) -> tuple[View, ChannelId]:
    with data.read() as tx:
        view = access.view_of(tx, view_id, caller.person, kind)
    return view, access.channel_of(view, channel_id)


def _count(context: AppContext, view_id: ViewId) -> None:
    with context.database.write() as tx:
        access.seen(tx, view_id, context.watching.uncounted(view_id), context.clock.now_us())


# Snapshots


@router.post("/views/{view_id}/snapshots", operation_id="takeSnapshot", status_code=201)
async def take_snapshot(
    view_id: UUID, body: NewSnapshot, context: Context, data: Data, caller: SnapshotTaker
) -> SnapshotGiven:
    """Take one frame out of an open view at full size, with a sidecar; recorded with its reason and digest.

    The picture is decoded from the stored fragments, proven by their digests, or from the newest live key frame.
    """
    pictures = context.pictures
    reason = service.reason_of(body.reason)
    kind = ViewKind.LIVE if body.at is None else ViewKind.PLAYBACK
    caller = await run_in_threadpool(_at, data, caller, body.channel, kind)
    pictures.snapshot_rate.take(caller.session.key, context.clock.monotonic())
    view, channel = await run_in_threadpool(_asked, data, view_id, body.channel, caller, kind)
    form = _FORMS[body.form]
    if body.at is None:
        picture, key = await pictures.live_frame(context.media, channel.id, form)
        epoch = await run_in_threadpool(_newest_epoch, data)
        source = Source("live", (key.digest,))
        taken = Snapshot(channel, view.id, reason, picture, form, key.wall_us, epoch, source)
    else:
        footage = await run_in_threadpool(_shown_frame, data, channel.id, body.at, body.epoch)
        picture, at_us = await pictures.frame(footage, form)
        epoch = footage.window.clock_epoch
        source = Source("playback", footage.digests, footage.segment_id)
        taken = Snapshot(channel, view.id, reason, picture, form, at_us, epoch, source)
    return await run_in_threadpool(_give, context, data, caller, taken, kind)


def _at(data: Door, caller: Caller, channel_id: UUID, kind: ViewKind) -> Caller:
    with data.read() as tx:
        caller.at_channels(tx, PERMISSION_OF[kind], [channel_id])
        return caller.at_channels(tx, Permission.SNAPSHOT_TAKE, [channel_id])


def _asked(data: Door, view_id: UUID, channel_id: UUID, caller: Caller, kind: ViewKind) -> tuple[View, Channel]:
    with data.read() as tx:
        view = access.view_of(tx, view_id, caller.person, kind)
        channel = registry.channel(tx, access.channel_of(view, channel_id))
    service.require_lawful(channel, caller.visit.now_us)
    return view, channel


def _newest_epoch(data: Door) -> int:
    with data.read() as tx:
        return service.newest_epoch(tx)


def _shown_frame(data: Door, channel_id: ChannelId, at_us: int, epoch: int | None) -> Footage:
    with data.read() as tx:
        return finding.shown_frame(tx, channel_id, at_us, epoch)


def _give(context: AppContext, data: Door, caller: Caller, taken: Snapshot, kind: ViewKind) -> SnapshotGiven:
    """Record it; nothing leaves before that is committed."""
    with data.write() as tx:
        access.view_of(tx, taken.view_id, caller.person, kind)  # it may have been closed meanwhile
        sidecar = service.take(tx, taken, actor=caller.actor, now_us=context.clock.now_us())
    return SnapshotGiven(
        name=taken.file_name,
        media_type=MEDIA_TYPE[taken.form],
        width=taken.picture.width,
        height=taken.picture.height,
        size=len(taken.picture.data),
        sha256=taken.digest,
        at=taken.at_us,
        clock_epoch=taken.clock_epoch,
        image=b64encode(taken.picture.data).decode(),
        sidecar_name=f"{taken.file_name}.json",
        sidecar=sidecar,
    )


# The page


async def _unless_gone(request: Request, work: Coroutine[Any, Any, T]) -> T | None:
    """What `work` gives; None, and `work` cancelled, when the page gives the request up."""
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
