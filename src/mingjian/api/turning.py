"""Pan, tilt, zoom: take a camera in hand, turn it over a WebSocket, its presets."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from fastapi import Depends, Query, WebSocket, WebSocketDisconnect
from pydantic import Field, TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.websockets import WebSocketState

from mingjian.api.deps import AppContext, Caller, Context, Data, Requires, still_allowed
from mingjian.api.onvif import told
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, Moment, Problem, Role, Shape, moment_text
from mingjian.audit.model import Action
from mingjian.audit.service import audited
from mingjian.identity.permissions import Permission
from mingjian.kernel.errors import MingjianError
from mingjian.media.formats import url as addresses
from mingjian.registry import service as registry
from mingjian.registry.model import Channel
from mingjian.turning import flow, service
from mingjian.turning.errors import NOT_TURNING
from mingjian.turning.model import Lock

router = versioned("turning")

# A camera that is asked for the first time tells about each of its streams.
FIRST_S: Final = 20.0
WORD_S: Final = 6.0
CHECK_S: Final = 5.0
_MOST_WAITING: Final = 20

Turner = Annotated[Caller, Depends(Requires(Permission.PTZ_CONTROL))]
Keeper = Annotated[Caller, Depends(Requires(Permission.PTZ_PRESET))]
Watcher = Annotated[Caller, Depends(Requires(Permission.LIVE_VIEW))]
Speed = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Token = Annotated[str, Field(min_length=1, max_length=128, pattern=NO_CONTROLS)]


class TurningLock(Shape):
    """Who has the camera in hand. `own`: you; `may_take_over`: by rank, with a reason."""

    id: UUID
    by: str
    role: Role
    own: bool
    may_take_over: bool
    since: Moment
    expires_at: Moment

    @classmethod
    def of(cls, lock: Lock, caller: Caller) -> "TurningLock":
        own = lock.person_id == caller.person.id
        return cls(
            id=lock.id,
            by=lock.label,
            role=Role.of(lock.role),
            own=own,
            may_take_over=not own and flow.outranks(caller.person.role, lock.role),
            since=lock.taken_us,
            expires_at=lock.expires_us,
        )


class TurningState(Shape):
    """Whether somebody has the camera in hand."""

    lock: TurningLock | None


class TakeLock(Shape):
    """Take a camera in hand; `reason` where it is taken over from somebody."""

    reason: str = Field(default="", max_length=200, pattern=NO_CONTROLS, examples=["追查校门口事件"])


class CameraPreset(Shape):
    """A position under a name, as the camera keeps it."""

    token: str
    name: str


class Turning(Shape):
    """What the camera itself says: whether it turns, and its presets."""

    turns: bool
    home: bool
    presets: list[CameraPreset]


class NewPreset(Shape):
    """The name for where the camera looks now; `token` to keep it instead of a preset that is there."""

    name: str = Field(min_length=1, max_length=64, pattern=NO_CONTROLS, examples=["校门全景"])
    token: Token | None = None


class _Move(Shape):
    do: Literal["move"]
    pan: Speed = 0.0
    tilt: Speed = 0.0
    zoom: Speed = 0.0


class _Stop(Shape):
    do: Literal["stop"]


class _Goto(Shape):
    do: Literal["goto"]
    preset: Token


class _Home(Shape):
    do: Literal["home"]


_Word = _Move | _Stop | _Goto | _Home
_WORDS: Final[TypeAdapter[_Word]] = TypeAdapter(Annotated[_Word, Field(discriminator="do")])


@router.get("/channels/{channel_id}/turning", operation_id="turningState")
def state(channel_id: UUID, data: Data, caller: Watcher) -> TurningState:
    """Whose hand the camera is in now; for everybody who watches it."""
    with data.read() as tx:
        lock = service.held(tx, channel_id, caller.visit.now_us)
    return TurningState(lock=TurningLock.of(lock, caller) if lock else None)


@router.post("/channels/{channel_id}/turning/lock", operation_id="takeTurning", status_code=201)
def take(channel_id: UUID, body: TakeLock, data: Data, caller: Turner) -> TurningLock:
    """Take a camera in hand. It is let go when its WebSocket ends, or half a minute after its last use."""
    with data.write() as tx:
        channel = registry.channel(tx, channel_id)
        _address(channel)
        taken = service.take(tx, channel, caller.person, body.reason, by=caller.actor, now_us=caller.visit.now_us)
    return TurningLock.of(taken, caller)


@router.delete("/channels/{channel_id}/turning/lock/{lock_id}", operation_id="releaseTurning", status_code=204)
async def release(channel_id: UUID, lock_id: UUID, context: Context, caller: Turner) -> None:
    """Let the camera go; it stops."""
    camera = await run_in_threadpool(_held_camera, context, channel_id, lock_id, caller)
    with suppress(MingjianError):
        await camera.ask({"act": "stop"}, WORD_S)
    await run_in_threadpool(_release, context, caller, camera.channel, lock_id)


@router.get(
    "/channels/{channel_id}/turning/camera",
    operation_id="turningOfCamera",
    dependencies=[Depends(Requires(Permission.PTZ_CONTROL))],
)
async def look(channel_id: UUID, context: Context) -> Turning:
    """Ask the camera whether it turns, and for its presets."""
    camera = await run_in_threadpool(_camera, context, channel_id)
    answer = await camera.ask({"act": "look"}, FIRST_S)
    return Turning(
        turns=answer["turns"], home=answer["home"], presets=[CameraPreset(**one) for one in answer["presets"]]
    )


@router.post("/channels/{channel_id}/turning/presets", operation_id="keepPreset", status_code=201)
async def keep(channel_id: UUID, body: NewPreset, context: Context, caller: Keeper) -> CameraPreset:
    """Keep where the camera looks now under a name."""
    camera = await run_in_threadpool(_camera, context, channel_id)
    answer = await camera.ask({"act": "keep", "name": body.name, "preset": body.token}, FIRST_S)
    await run_in_threadpool(_record, context, caller, camera.channel, Action.PRESET_KEPT, body.name)
    return CameraPreset(token=answer["token"], name=body.name)


@router.delete("/channels/{channel_id}/turning/presets/{token}", operation_id="removePreset", status_code=204)
async def remove(channel_id: UUID, token: Token, context: Context, caller: Keeper) -> None:
    """Remove a preset from the camera."""
    camera = await run_in_threadpool(_camera, context, channel_id)
    await camera.ask({"act": "remove", "preset": token}, FIRST_S)
    await run_in_threadpool(_record, context, caller, camera.channel, Action.PRESET_REMOVED, token)


@router.websocket("/channels/{channel_id}/turning")
async def turn(
    socket: WebSocket, channel_id: UUID, context: Context, caller: Turner, lock: Annotated[UUID, Query()]
) -> None:
    """Turn a camera that is in hand.

    Said are `{"do": "move", "pan": …, "tilt": …, "zoom": …}`, again and again while it is to move (the recorder stops
    it 1.2 s after the last one), `stop`, `goto` with a `preset`, `home`.

    Told are `{"type": "held", "expires_at": …}` and `{"type": "problem", "problem": …}`. When the socket ends, whatever
    the cause, the camera is stopped and let go.
    """
    camera = await run_in_threadpool(_held_camera, context, channel_id, lock, caller)
    await socket.accept()
    hand = _Hand(socket, context, caller, camera, lock)
    tasks = [asyncio.create_task(one) for one in (hand.listen(), hand.act(), hand.hold())]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    except WebSocketDisconnect:
        pass
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.shield(hand.let_go())
    if socket.application_state is WebSocketState.CONNECTED:
        with suppress(RuntimeError, WebSocketDisconnect):  # the page went in this very moment
            await socket.close()


@dataclass(frozen=True, slots=True)
class _Camera:
    """A camera as the recorder is asked to turn it."""

    context: AppContext
    channel: Channel
    reached: Mapping[str, Any]

    async def ask(self, words: Mapping[str, Any], within_s: float) -> Mapping[str, Any]:
        """Raises MingjianError with what is wrong."""
        answer, _ = await self.context.media.ask({"do": "ptz", **self.reached, **words}, within_s)
        if problem := answer.get("problem"):
            raise told(problem["code"], problem["values"])
        return answer


class _Hand:
    """One open WebSocket: words in, done in order; those that a later one overtakes are left out."""

    def __init__(self, socket: WebSocket, context: AppContext, caller: Caller, camera: _Camera, lock_id: UUID) -> None:
        self._socket = socket
        self._context = context
        self._caller = caller
        self._camera = camera
        self._lock_id = lock_id
        self._words: deque[_Word] = deque(maxlen=_MOST_WAITING)
        self._arrived = asyncio.Event()
        self._acts = 0
        self._counted = -1
        self._moving = False

    async def listen(self) -> None:
        while True:
            message = await self._socket.receive()
            if message["type"] == "websocket.disconnect":
                raise WebSocketDisconnect(message.get("code", 1005))
            try:
                word = _WORDS.validate_json(message.get("text") or "")
            except ValidationError:
                continue  # nothing that a page of this version says
            if isinstance(word, _Move | _Stop):
                while self._words and isinstance(self._words[-1], _Move | _Stop):
                    self._words.pop()
            self._words.append(word)
            self._arrived.set()

    async def act(self) -> None:
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self._words:
                await self._do(self._words.popleft())

    async def _do(self, word: _Word) -> None:
        starts = not isinstance(word, _Stop) and not (isinstance(word, _Move) and self._moving)
        self._acts += starts
        self._moving = isinstance(word, _Move)
        try:
            await self._camera.ask({"act": word.do, **word.model_dump(exclude={"do"})}, FIRST_S if starts else WORD_S)
        except MingjianError as error:
            await self._tell(
                {"type": "problem", "problem": Problem.of(error).model_dump(mode="json", exclude_none=True)}
            )
        else:
            await self._tell({"type": "done", "do": word.do})

    async def hold(self) -> None:
        """While it is used the lock goes on; the sign-in, the right and the lock itself must hold."""
        async with self._context.endings.told(self._context.database, self._caller.session.key) as ended:
            while True:
                lock = await run_in_threadpool(self._held)
                await self._tell({"type": "held", "expires_at": moment_text(lock.expires_us)})
                with suppress(TimeoutError):
                    await asyncio.wait_for(ended.wait(), CHECK_S)

    def _held(self) -> Lock:
        person, channel_id = self._caller.person.id, self._camera.channel.id
        again = still_allowed(self._context, self._caller, Permission.PTZ_CONTROL, channel_id)
        now_us = again.visit.now_us
        with self._context.database.read() as tx:
            lock = service.current(tx, self._lock_id, channel_id, person, now_us)
        if self._acts == self._counted and not self._moving:
            return lock
        self._counted = self._acts
        with self._context.database.write() as tx:
            return service.use(tx, lock, self._acts, now_us)

    async def let_go(self) -> None:
        """The camera stops first; then the lock is free for others."""
        with suppress(MingjianError):
            await self._camera.ask({"act": "stop"}, WORD_S)
        with suppress(MingjianError):
            await run_in_threadpool(
                _release, self._context, self._caller, self._camera.channel, self._lock_id, self._acts
            )

    async def _tell(self, message: Mapping[str, Any]) -> None:
        with suppress(RuntimeError):  # it is being closed
            await self._socket.send_text(json.dumps(message, ensure_ascii=False))


def _camera(context: AppContext, channel_id: UUID) -> _Camera:
    with context.database.read() as tx:
        channel = registry.channel(tx, channel_id)
    secret = registry.credentials(channel, context.vault)
    reached = {
        "address": _address(channel),
        "path": addresses.parse(channel.device.address)[0].path,
        "user_name": secret.user_name if secret else "",
        "password": secret.password if secret else "",
    }
    return _Camera(context, channel, reached)


def _held_camera(context: AppContext, channel_id: UUID, lock_id: UUID, caller: Caller) -> _Camera:
    camera = _camera(context, channel_id)
    with context.database.read() as tx:
        service.current(tx, lock_id, channel_id, caller.person.id, context.clock.now_us())
    return camera


def _address(channel: Channel) -> str:
    if channel.device.onvif_address is None or channel.retired_us is not None:
        raise MingjianError(NOT_TURNING)
    return channel.device.onvif_address


def _release(context: AppContext, caller: Caller, channel: Channel, lock_id: UUID, acts: int | None = None) -> None:
    now_us = context.clock.now_us()
    with audited(context.database) as tx:
        service.release(tx, channel, lock_id, by=caller.actor, now_us=now_us, acts=acts)


def _record(context: AppContext, caller: Caller, channel: Channel, what: Action, name: str) -> None:
    with audited(context.database) as tx:
        service.record_preset(tx, channel, what, name, by=caller.actor, now_us=context.clock.now_us())
