"""Watching: open a view, live over WebSocket, playback in windows, close the view."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Response, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketState

from mingjian.access import service as access
from mingjian.access.model import View as OpenView
from mingjian.access.model import ViewKind
from mingjian.api.deps import AppContext, Caller, Context, Data, Requires, still_allowed
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, EndOf, Moment, Problem, Shape, StartOf, moment_text, span_of
from mingjian.api.sockets import pouring
from mingjian.identity.permissions import Permission
from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, ViewId
from mingjian.media import errors as media_errors
from mingjian.media import playback
from mingjian.media.live.hub import Stream
from mingjian.media.live.server import sound_document
from mingjian.registry import service as registry
from mingjian.registry.errors import NO_SMALL_STREAM

router = versioned("views")

# How often an open picture asks whether its session still holds, and says how long it was seen.
CHECK_S = 15.0
SOUND_TYPE = "application/vnd.mingjian.sound"
PERMISSION_OF = {ViewKind.LIVE: Permission.LIVE_VIEW, ViewKind.PLAYBACK: Permission.PLAYBACK_VIEW}

Watcher = Annotated[Caller, Depends(Requires(Permission.LIVE_VIEW, Permission.PLAYBACK_VIEW))]
LiveWatcher = Annotated[Caller, Depends(Requires(Permission.LIVE_VIEW))]
PlaybackWatcher = Annotated[Caller, Depends(Requires(Permission.PLAYBACK_VIEW))]


class NewView(Shape):
    """Channels that somebody is about to watch. Playback says why; on duty the shift is the reason for live."""

    kind: Literal["live", "playback"]
    channels: list[UUID] = Field(min_length=1, max_length=64)
    reason: str = Field(default="", max_length=400, pattern=NO_CONTROLS, examples=["核实 11 月 20 日 14 时校门口事件"])


class View(Shape):
    """A view that is open now; its opening is in the audit log already."""

    id: UUID
    opened_at: Moment


@router.post("/views", operation_id="openView", status_code=201)
def open_view(body: NewView, context: Context, data: Data, caller: Watcher) -> View:
    """Open a view: one audit entry, committed before the first byte of any picture."""
    kind = ViewKind(body.kind)
    if kind is ViewKind.PLAYBACK:
        caller.require_unlocked(context.settings.identity)
    with data.write() as tx:
        caller = caller.at_channels(tx, PERMISSION_OF[kind], body.channels)
        opened = access.open_view(
            tx,
            kind,
            body.channels,
            body.reason,
            person=caller.person,
            actor=caller.actor,
            now_us=caller.visit.now_us,
            session_key=caller.session.key,
        )
    return View(id=opened.id, opened_at=opened.opened_us)


@router.post("/views/{view_id}/close", operation_id="closeView", status_code=204)
def close_view(view_id: UUID, context: Context, data: Data, caller: Watcher) -> None:
    """Close a view: a second audit entry says how long each channel was seen."""
    with data.write() as tx:
        view = access.view_of(tx, view_id, caller.person)
        access.seen(tx, view.id, context.watching.uncounted(view.id), caller.visit.now_us)
        access.close_view(tx, view.id, actor=caller.actor, now_us=caller.visit.now_us)


@router.get(
    "/views/{view_id}/media/{channel_id}",
    operation_id="playback",
    response_class=Response,
    responses={200: {"content": {"video/mp4": {}}}, 204: {"description": "nothing was recorded in this range"}},
)
def get_playback(
    view_id: UUID,
    channel_id: UUID,
    start: StartOf,
    end: EndOf,
    context: Context,
    data: Data,
    caller: PlaybackWatcher,
    origin: Annotated[Moment | None, Query()] = None,
    epoch: Annotated[int | None, Query(ge=0, lt=1 << 31)] = None,
    *,
    keys: bool = False,
) -> Response:
    """A window of footage, never re-encoded: one init segment and the fragments that begin in the range.

    Decode times are wall time since `origin`. Without `origin`, or where it is `from`, the window begins with the key
    frame before the range, and decode times count from that frame, whose wall time is in `Mingjian-From`.

    `epoch` chooses one of the times that the server's clock ran through this range (`clock_epoch` of the timeline);
    without it the first is shown. `Mingjian-Next` and `Mingjian-Next-Epoch` say where footage goes on; that may be
    earlier, where the clock was set back. Damaged seconds are left out.

    `keys`: key frames alone, each shown until the next, of up to 600 s: for playing fast. The bytes of each are those
    that were recorded.
    """
    wanted = span_of(start, end, "600 s" if keys else "60 s")
    with data.read() as tx:
        channel = access.channel_of(access.view_of(tx, view_id, caller.person, ViewKind.PLAYBACK), channel_id)
        with_lead = origin is None or origin == start
        found = playback.window(tx, channel, wanted, with_lead=with_lead, epoch=epoch, keys_only=keys)
    headers = _headers_of(found)
    if found.parameters is None:
        return Response(status_code=204, headers=headers)
    seconds = sum(piece.seconds for piece in found.pieces)
    with context.database.write() as tx:
        access.seen(tx, ViewId(view_id), {channel: round(seconds)}, caller.visit.now_us)
    headers["Mingjian-Mime"] = found.parameters.mime
    counted_from = found.from_us if with_lead or origin is None else origin
    content = found.key_frames(counted_from) if keys else found.content(counted_from)
    return StreamingResponse(content, media_type="video/mp4", headers=headers)


@router.get(
    "/views/{view_id}/sound/{channel_id}",
    operation_id="playbackSound",
    response_class=Response,
    responses={200: {"content": {SOUND_TYPE: {}}}, 204: {"description": "no sound was recorded in this range"}},
)
def get_playback_sound(
    view_id: UUID,
    channel_id: UUID,
    start: StartOf,
    end: EndOf,
    data: Data,
    caller: PlaybackWatcher,
    epoch: Annotated[int | None, Query(ge=0, lt=1 << 31)] = None,
) -> Response:
    """The sound beside a window of footage, as the camera sent it: of the fragments that begin in the range.

    Each piece, an access unit of AAC or samples of G.711, stands behind 4 bytes with its length and 8 with the wall
    time in microseconds at which it begins, big-endian. `Mingjian-Sound` says in JSON what it is; the other headers are
    those of the picture.
    """
    wanted = span_of(start, end, "60 s")
    with data.read() as tx:
        channel = access.channel_of(access.view_of(tx, view_id, caller.person, ViewKind.PLAYBACK), channel_id)
        found = playback.window(tx, channel, wanted, with_lead=False, epoch=epoch)
    headers = _headers_of(found)
    described = sound_document(found.parameters.sound) if found.parameters is not None else None
    if described is None:
        return Response(status_code=204, headers=headers)
    headers["Mingjian-Sound"] = json.dumps(described, separators=(",", ":"))
    return StreamingResponse(found.sound(), media_type=SOUND_TYPE, headers=headers)


def _headers_of(window: playback.Window) -> dict[str, str]:
    """Where the window begins, and where to go on."""
    headers = {}
    if window.next_us is not None:
        headers = {"Mingjian-Next": moment_text(window.next_us), "Mingjian-Next-Epoch": str(window.next_epoch)}
    if window.parameters is not None:
        headers |= {"Mingjian-From": moment_text(window.from_us), "Mingjian-Epoch": str(window.clock_epoch)}
    return headers


@router.websocket("/views/{view_id}/live/{channel_id}")
async def live(
    socket: WebSocket,
    view_id: UUID,
    channel_id: UUID,
    context: Context,
    caller: LiveWatcher,
    transport: Literal["mse"] = "mse",
    stream: Stream = "main",
    *,
    sound: bool = False,
) -> None:
    """Live chunks of one channel of an open view; `transport` is `mse`, the only one yet.

    `stream` is `sub` for the small stream of a camera that has one; `sound` is sent to who asks for it.
    """
    view = await run_in_threadpool(_view, context, view_id, caller)
    channel = access.channel_of(view, channel_id)
    if stream == "sub":
        await run_in_threadpool(_require_small_stream, context, channel)
    await socket.accept()
    viewer = context.media.join(channel, stream, sound=sound)
    context.watching.began(view.id, channel)
    told = partial(_text, {"transport": transport, "stream": stream}, context.clock)
    tasks = [
        asyncio.create_task(_watch_session(context, caller, view.id, channel)),
        asyncio.create_task(_until_gone(socket)),
    ]
    try:
        with pouring(socket, viewer, told):
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except WebSocketDisconnect:
        pass
    finally:
        context.media.leave(channel, viewer, stream)
        context.watching.ended(view.id, channel)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await run_in_threadpool(_count, context, view.id)
    if socket.application_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, WebSocketDisconnect):  # the page went in this very moment
            await socket.close()


def _view(context: AppContext, view_id: UUID, caller: Caller) -> OpenView:
    with context.database.read() as tx:
        return access.view_of(tx, view_id, caller.person, ViewKind.LIVE)


def _require_small_stream(context: AppContext, channel_id: ChannelId) -> None:
    with context.database.read() as tx:
        if registry.channel(tx, channel_id).device.sub_address is None:
            raise MingjianError(NO_SMALL_STREAM)


def _text(chosen: Mapping[str, str], clock: Clock, item: Mapping[str, Any]) -> str:
    if item["type"] == "init":
        content = {**item, **chosen, "mime": f'video/mp4; codecs="{item["mime"]}"'}
    else:
        problem = item["problem"]
        shown = Problem.of(media_errors.told(problem["code"], problem["values"])) if problem else None
        content = {
            "type": "state",
            "state": item["state"],
            "since": moment_text(item["since_us"] or clock.now_us()),  # the hub, which has no clock, says 0 for "now"
            "problem": shown.model_dump(exclude_none=True) if shown else None,
        }
    return json.dumps(content, ensure_ascii=False)


async def _watch_session(context: AppContext, caller: Caller, view_id: ViewId, channel: ChannelId) -> None:
    """Every CHECK_S, and when the sign-in is ended: the picture goes on only while it holds and the view is open."""
    async with context.endings.told(context.database, caller.session.key) as ended:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), CHECK_S)
            caller = await run_in_threadpool(_still, context, caller, view_id, channel)


def _still(context: AppContext, caller: Caller, view_id: ViewId, channel: ChannelId) -> Caller:
    again = still_allowed(context, caller, Permission.LIVE_VIEW, channel)
    with context.database.read() as tx:
        access.view_of(tx, view_id, again.person)
    _count(context, view_id)
    return again


def _count(context: AppContext, view_id: ViewId) -> None:
    with context.database.write() as tx:
        access.seen(tx, view_id, context.watching.uncounted(view_id), context.clock.now_us())


async def _until_gone(socket: WebSocket) -> None:
    """Viewers say nothing; reading is how their leaving is noticed."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
