"""The event feed: one WebSocket for each page, on which it hears what changed."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import Depends, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketState

from mingjian import __version__
from mingjian.api.deps import AppContext, Caller, Context, Requires, still_allowed
from mingjian.api.feed import Listener
from mingjian.api.routing import versioned
from mingjian.api.schema import moment_text
from mingjian.identity import flow, service
from mingjian.identity.permissions import Permission

router = versioned("events")

# How often an open page asks whether its sign-in still holds, and what it may hear.
CHECK_S = 15.0
_TIME: Final = "time"

Own = Annotated[Caller, Depends(Requires(Permission.SESSION_OWN))]


@router.websocket("/events")
async def events(socket: WebSocket, context: Context, caller: Own) -> None:
    """What changed, as JSON messages with a `topic`; within the caller's reach, each subject at most once a second.

    The first message is `server`: which start of the server this is (`boot`), its version and its time. A page that
    knew another `boot`, or that gets `reload`, asks for everything again. Who sends `time` is told the time.
    """
    await socket.accept()
    listener = Listener(caller.authority)
    listener.put({"topic": "server", "boot": context.feed.boot, "version": __version__, **_time(context)})
    context.feed.join(listener, context.database, context.media)
    tasks = [
        asyncio.create_task(_send(socket, listener)),
        asyncio.create_task(_receive(socket, listener, context)),
        asyncio.create_task(_watch(context, caller, listener)),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except WebSocketDisconnect:
        pass
    finally:
        context.feed.leave(listener)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if socket.application_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, WebSocketDisconnect):  # the page went in this very moment
            await socket.close()


async def _send(socket: WebSocket, listener: Listener) -> None:
    while True:
        for message in await listener.take():
            await socket.send_text(json.dumps(message, ensure_ascii=False, separators=(",", ":")))


async def _receive(socket: WebSocket, listener: Listener, context: AppContext) -> None:
    """Pages ask for the time alone; reading is also how their leaving is noticed."""
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        if message.get("text") == _TIME:
            listener.put({"topic": "time", **_time(context)})


def _time(context: AppContext) -> Mapping[str, Any]:
    return {"time": moment_text(context.clock.now_us())}


async def _watch(context: AppContext, caller: Caller, listener: Listener) -> None:
    """Every CHECK_S, and when the sign-in is ended: it holds, and the page hears what its person may hear now."""
    known: object = None
    async with context.endings.told(context.database, caller.session.key) as ended:
        while True:
            caller, standing = await run_in_threadpool(_still, context, caller)
            if known is not None and standing != known:
                listener.put({"topic": "session"})
            known = standing
            listener.authority = caller.authority
            with suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), CHECK_S)


def _still(context: AppContext, caller: Caller) -> tuple[Caller, object]:
    """The caller as things are now, and what `GET /session/state` would say that a page should show."""
    again = still_allowed(context, caller, Permission.SESSION_OWN)
    with context.database.read() as tx:
        notices = [one.id for one in service.notices(tx, again.person)]
    locked = flow.is_locked(again.session, again.visit.now_us, context.settings.identity)
    return again, (locked, notices, again.authority.parts)
