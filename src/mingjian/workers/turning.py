"""Cameras that turn, for people at the console: `media` speaks to them, because the API never does.

A camera moves only while somebody says so: `HOLD_S` after the last word the movement is stopped here, whatever became
of the page, its connection or the API. Where even this process dies, the camera stops by itself after `LONGEST_S`.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final

import structlog

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.media.formats.authentication import Credentials
from mingjian.media.ingest.networks import Network
from mingjian.onvif.model import Vector
from mingjian.onvif.streams import turned_at
from mingjian.workers.finding import Answerer, told

if TYPE_CHECKING:
    from mingjian.onvif.client import OnvifClient
    from mingjian.onvif.control import Ptz

HOLD_S: Final = 1.2
LONGEST_S: Final = 5.0
"""What the camera is told; a movement that goes on is asked for again before."""

AGAIN_S: Final = 3.0
IDLE_S: Final = 30.0
STOPS_TRIED: Final = 3

_log: Final = structlog.get_logger(__name__)
_Key = tuple[str, Credentials | None, str]


def turner(allowed: Sequence[Network], clock: Clock) -> Mapping[str, Answerer]:
    """What answers `ptz`: `look`, `move`, `stop`, `goto`, `home`, `keep`, `remove`."""
    heads: dict[_Key, Head] = {}

    async def ptz(request: Mapping[str, Any]) -> Mapping[str, Any]:
        user_name = request.get("user_name")
        credentials = Credentials(user_name, request.get("password") or "") if user_name else None
        key = request["address"], credentials, request["path"]
        head = heads.get(key)
        if head is None or head.closed:
            head = heads[key] = Head(*key, allowed=allowed, clock=clock)
        try:
            return await _answer(head, request)
        finally:
            for known, one in list(heads.items()):
                if one.closed:
                    del heads[known]

    return {"ptz": told(ptz)}


async def _answer(head: "Head", request: Mapping[str, Any]) -> Mapping[str, Any]:
    match request["act"]:
        case "look":
            return await head.look()
        case "move":
            await head.move(Vector(request["pan"], request["tilt"], request["zoom"]))
        case "stop":
            await head.stop()
        case "goto":
            async with head as ptz:
                await ptz.goto(request["preset"])
        case "home":
            async with head as ptz:
                await ptz.home()
        case "keep":
            async with head as ptz:
                return {"token": await ptz.keep(request["name"], request.get("preset") or None)}
        case "remove":
            async with head as ptz:
                await ptz.remove(request["preset"])
        case other:
            raise ValueError(f"no such act: {other!r}")
    return {}


class Head:
    """One camera that turns, in one conversation that is kept for a while. What is asked of it is done in order."""

    def __init__(
        self,
        address: str,
        credentials: Credentials | None,
        path: str,
        *,
        allowed: Sequence[Network],
        clock: Clock,
    ) -> None:
        self.closed = False
        self._to = address, credentials, path
        self._allowed = allowed
        self._clock = clock
        self._turn = asyncio.Lock()
        self._client: OnvifClient | None = None
        self._ptz: Ptz | None = None
        self._wanted: Vector | None = None
        self._sent: Vector | None = None
        self._sent_at = 0.0
        self._until = 0.0
        self._used_at = 0.0
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> "Ptz":
        await self._turn.acquire()
        try:
            return await self._opened()
        except BaseException:
            self._turn.release()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        del kind, trace
        self._used_at = asyncio.get_running_loop().time()
        if isinstance(error, MingjianError):
            await self._hang()  # the next word begins a new conversation
        self._turn.release()

    async def look(self) -> Mapping[str, Any]:
        """Whether it turns, and its presets."""
        async with self as ptz:
            abilities = await ptz.abilities()
            presets = await ptz.presets()
        return {
            "turns": abilities.continuous,
            "home": abilities.home,
            "most": abilities.presets,
            "presets": [{"token": one.token, "name": one.name} for one in presets],
        }

    async def move(self, speed: Vector) -> None:
        """Move so until told otherwise, or until nobody says so any more."""
        self._wanted = speed if speed != Vector() else None
        self._until = asyncio.get_running_loop().time() + HOLD_S
        await self._settle()

    async def stop(self) -> None:
        self._wanted = None
        self._until = 0.0
        await self._settle()

    async def _settle(self) -> None:
        """Make the camera do what is wanted now: words that were overtaken while it was busy are never said."""
        async with self as ptz:
            now = asyncio.get_running_loop().time()
            wanted = self._wanted if now < self._until else None
            if wanted is None:
                if self._sent is not None:
                    await ptz.stop()
                    self._sent = None
            elif wanted != self._sent or now - self._sent_at > AGAIN_S:
                if self._sent is not None and _loses_axis(self._sent, wanted):
                    await ptz.stop()
                self._sent, self._sent_at = wanted, now
                await ptz.move(wanted, seconds=LONGEST_S)

    async def _opened(self) -> "Ptz":
        # Late: who has no such camera does not pay for its libraries.
        from mingjian.onvif.client import OnvifClient, access  # noqa: PLC0415
        from mingjian.onvif.control import Ptz  # noqa: PLC0415
        from mingjian.onvif.errors import NOT_SUPPORTED  # noqa: PLC0415
        from mingjian.onvif.looking import look_with  # noqa: PLC0415

        if self._watching is None:
            self._used_at = asyncio.get_running_loop().time()
            self._watching = asyncio.create_task(self._watch())
        if self._ptz is not None:
            return self._ptz
        address, credentials, path = self._to
        client = OnvifClient(access(address, credentials, allowed=list(self._allowed), clock=self._clock))
        await client.__aenter__()
        self._client = client
        try:
            profile = turned_at(path, await look_with(client))
        except MingjianError:
            await self._hang()
            raise
        if profile is None:
            await self._hang()
            raise MingjianError(NOT_SUPPORTED, action="PTZ", reason="—")
        self._ptz = Ptz(client, profile)
        return self._ptz

    async def _hang(self) -> None:
        client, self._client, self._ptz = self._client, None, None
        if client is not None:
            await client.__aexit__(None, None, None)

    async def _watch(self) -> None:
        """Stop what nobody asks for any more, and end the conversation when nothing is asked."""
        loop = asyncio.get_running_loop()
        try:
            while self._sent is not None or loop.time() - self._used_at < IDLE_S:
                if self._sent is not None and loop.time() >= self._until:
                    await self._stop_surely()
                else:
                    await asyncio.sleep(0.1)
        finally:  # also where the process ends
            self.closed = True
            async with self._turn:
                await self._hang()

    async def _stop_surely(self) -> None:
        for _ in range(STOPS_TRIED):
            with suppress(MingjianError):
                await self._settle()
                return
            _log.warning("camera.stop_failed", address=self._to[0])
        # It stops by itself: it was told for how long it may move.
        self._sent = None


def _loses_axis(before: Vector, after: Vector) -> bool:
    """Whether an axis that moves is to stand still: it is left out of a movement, and some cameras let it go on."""
    pairs = ((before.pan or before.tilt, after.pan or after.tilt), (before.zoom, after.zoom))
    return any(was and not now for was, now in pairs)
