"""The API's end of the Unix sockets: one upstream subscription a channel, one shared buffer for all its viewers.

There is a socket for each process that records, and a connection to each on another machine. Each is asked for every
channel that somebody watches, and the one that has it sends it; so a channel that moves is followed by itself.
"""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import PurePath
from typing import Any, Final, Literal, cast
from uuid import UUID

import structlog

from mingjian.kernel.errors import MingjianError
from mingjian.media.errors import LIVE_ELSEWHERE, RECORDER_DOWN
from mingjian.media.live import wire
from mingjian.media.live.afar import HANDSHAKE_S, Afar, Remote, Trust
from mingjian.media.live.wire import Kind

RECONNECT_S: Final = 0.25
RECONNECT_AFAR_S: Final = 1.0
# How often it is asked which sockets there are.
SOCKETS_S: Final = 1.0
# What may wait for one viewer; beyond it that viewer gets key frames only until it has caught up.
MAX_VIEWER_BYTES: Final = 4 << 20
MAX_GROUP_BYTES: Final = 16 << 20

Stream = Literal["main", "sub"]
"""The recorded stream of a channel, or the small one of its device."""

_log: Final = structlog.get_logger(__name__)


class Viewer:
    """A queue of messages for one viewer: documents, pictures and sound (bytes). Bounded by MAX_VIEWER_BYTES.

    `on_item` is called after each one; whoever does not wait in `take` sets it and takes them by `next`.
    """

    def __init__(self, *, sound: bool = False) -> None:
        """`sound`: whether it is listened to."""
        self.on_item: Callable[[], None] = _nothing
        self._sound = sound
        self._queue: deque[bytes | Mapping[str, Any]] = deque()
        self._waiting_bytes = 0
        self._skipping = True  # nothing can be shown before the first key frame
        self.skipped = 0

    def put(self, item: bytes | Mapping[str, Any]) -> None:
        if isinstance(item, bytes):
            if item[0] == Kind.SOUND and not self._sound:
                return
            if item[0] == Kind.KEY:
                self._skipping = self._waiting_bytes > MAX_VIEWER_BYTES // 2
            elif item[0] != Kind.INIT and self._waiting_bytes > MAX_VIEWER_BYTES:
                self._skipping = True
            if self._skipping and item[0] != Kind.INIT:
                self.skipped += 1
                return
            self._waiting_bytes += len(item)
        self._queue.append(item)
        self.on_item()

    def next(self) -> bytes | Mapping[str, Any] | None:
        """The message that has waited longest, None when none waits."""
        if not self._queue:
            return None
        item = self._queue.popleft()
        if isinstance(item, bytes):
            self._waiting_bytes -= len(item)
        return item

    async def take(self) -> list[bytes | Mapping[str, Any]]:
        """Everything that waits, at least one message."""
        while not self._queue:
            arrived = asyncio.Event()
            self.on_item = arrived.set
            await arrived.wait()
        return list(iter(self.next, None))


def _nothing() -> None:
    """Nobody waits for a message."""


class _Channel:
    """What viewers of one stream of a channel share. `turn`, `source`: which process has it, that took it up last."""

    def __init__(self, channel_id: UUID, handle: int, stream: Stream = "main") -> None:
        self.channel_id = channel_id
        self.stream = stream
        self.handle = handle
        self.viewers: list[Viewer] = []
        self.source: object = None
        self._turn = -1
        self._state: Mapping[str, Any] | None = None
        self._format: Mapping[str, Any] | None = None
        self._init: bytes | None = None
        self._group: list[bytes] = []
        self._group_bytes = 0

    def join(self, viewer: Viewer) -> None:
        for item in (self._state, self._format, self._init, *self._group):
            if item is not None:
                viewer.put(item)
        self.viewers.append(viewer)

    def received(self, kind: Kind, payload: bytes, source: object = None) -> None:
        if kind in (Kind.STATE, Kind.FORMAT):
            self._received_document(kind, json.loads(payload), source)
            return
        if source is not self.source:
            return  # of a process that does not know yet that another one has the channel
        if kind is Kind.INIT:
            self._init = payload
            self._group = []
        elif kind is Kind.KEY:
            self._group = [payload]
            self._group_bytes = len(payload)
        elif self._group and kind is Kind.CHUNK:  # whoever joins now hears what comes, not what was
            self._group.append(payload)
            self._group_bytes += len(payload)
            if self._group_bytes > MAX_GROUP_BYTES:
                self._group = []  # whoever joins now waits for the next key frame; a part of the group shows nothing
        self._send(payload)

    def _received_document(self, kind: Kind, content: dict[str, Any], source: object) -> None:
        turn = content.pop("turn", 0)
        if turn < self._turn:
            return
        self._turn, self.source = turn, source
        if kind is Kind.STATE:
            self.told({"type": "state", **content})
        else:
            self._format = {"type": "init", **content}
            self._send(self._format)

    def told_once(self, state: Mapping[str, Any]) -> None:
        if state != self._state:
            self.told(state)

    def told(self, state: Mapping[str, Any]) -> None:
        self._state = state
        if state["state"] != "recording":
            self._group = []
        self._send(state)

    def _send(self, item: bytes | Mapping[str, Any]) -> None:
        for viewer in self.viewers:
            viewer.put(item)


class _Link:
    """The connection to one process that records, made again and again."""

    def __init__(self, hub: "LiveHub", place: "str | Remote") -> None:
        """`place`: a path that ends with the number of the process, but for that of the first; or a machine's port."""
        if isinstance(place, Remote):
            self.number = place.number
        else:
            number = PurePath(place).stem.rpartition("-")[2]
            self.number = int(number) if number.isdecimal() else 1
        self.known = False
        self.place = place
        self.transport: asyncio.Transport | None = None
        self._hub = hub
        self._lost = asyncio.Event()
        self.task = asyncio.create_task(self._run(), name=f"live hub {place}")

    async def _run(self) -> None:
        while True:
            self._lost.clear()  # before connecting: it may be lost again at once
            try:
                await self._connect()
            except OSError:
                await asyncio.sleep(RECONNECT_AFAR_S if isinstance(self.place, Remote) else RECONNECT_S)
                continue
            await self._lost.wait()

    async def _connect(self) -> None:
        loop, place = asyncio.get_running_loop(), self.place
        if isinstance(place, str):
            await loop.create_unix_connection(lambda: _Upstream(self), place)
            return
        trust = self._hub.trust
        assert trust is not None
        async with asyncio.timeout(2 * HANDSHAKE_S):  # TimeoutError is an OSError
            await loop.create_connection(
                lambda: _Upstream(self), place.host, place.port, ssl=trust.client, ssl_handshake_timeout=HANDSHAKE_S
            )

    def connected(self, transport: asyncio.Transport) -> None:
        self.known = True
        self.transport = transport
        self._hub._connected(self)  # noqa: SLF001 - two halves of one thing

    def disconnected(self) -> None:
        self.transport = None
        self._lost.set()
        self._hub._disconnected(self)  # noqa: SLF001

    def received(self, kind: Kind, handle: int, payload: bytes) -> None:
        self._hub._received(self, kind, handle, payload)  # noqa: SLF001

    def send(self, data: bytes) -> None:
        if self.transport is not None:
            self.transport.write(data)

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait({self.task})
        if self.transport is not None:
            self.transport.close()


class LiveHub:
    """Connects to every process that records, and hands channels to viewers. Lives in the API's event loop."""

    def __init__(
        self,
        *paths: str,
        more: Callable[[], Collection[str]] = tuple,
        afar: Callable[[], Afar] = Afar,
        trust: Trust | None = None,
    ) -> None:
        """`paths` are sockets of processes that there should be, `more` finds those of others, `afar` what is on other
        machines, which `trust` knows.
        """
        self.trust = trust
        self._paths = paths
        self._more = more
        self._afar = afar
        self._channels: dict[tuple[UUID, Stream], _Channel] = {}
        self._by_handle: dict[int, _Channel] = {}
        self._answers: dict[int, tuple[_Link, asyncio.Future[tuple[dict[str, Any], bytes]]]] = {}
        self._next_handle = 0
        self._links: dict[str | Remote, _Link] = {}
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def connected(self) -> bool:
        """Whether there is any process that records."""
        return any(link.transport is not None for link in self._links.values())

    @property
    def lost(self) -> frozenset[int]:
        """The numbers of those that answered and do not any more."""
        return frozenset(one.number for one in self._links.values() if one.known and one.transport is None)

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._link(self._paths)
        self._task = asyncio.create_task(self._look(), name="live hub")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
        for link in self._links.values():
            await link.stop()

    def join(self, channel_id: UUID, stream: Stream = "main", *, sound: bool = False) -> Viewer:
        """A viewer of the channel; it gets what the channel's other viewers have in front of them at once."""
        viewer = Viewer(sound=sound)
        channel = self._channels.get((channel_id, stream))
        if channel is None:
            self._next_handle += 1
            channel = _Channel(channel_id, self._next_handle, stream)
            self._channels[channel_id, stream] = self._by_handle[channel.handle] = channel
            if not self.connected:
                channel.told(_DOWN)
            self._send(_subscription(channel))
        channel.join(viewer)
        return viewer

    def leave(self, channel_id: UUID, viewer: Viewer, stream: Stream = "main") -> None:
        channel = self._channels.get((channel_id, stream))
        if channel is None or viewer not in channel.viewers:
            return
        channel.viewers.remove(viewer)
        if not channel.viewers:
            del self._channels[channel_id, stream], self._by_handle[channel.handle]
            self._send(wire.document(Kind.REQUEST, channel.handle, {"do": "unsubscribe"}))

    def hint_threadsafe(self) -> None:
        """`hint` from the thread of a request; without a loop there is nobody to tell yet."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self.hint)

    def hint(self) -> None:
        """Tell all recorders that the registry changed; when it is lost, their loops find out by themselves."""
        self._send(wire.document(Kind.REQUEST, 0, {"do": "refresh"}))

    async def ask(self, request: Mapping[str, Any], timeout_s: float) -> tuple[dict[str, Any], bytes]:
        """One request to any recorder with its answer. Raises MingjianError RECORDER_DOWN."""
        link = next((one for one in self._links.values() if one.transport is not None), None)
        if link is None:
            raise MingjianError(RECORDER_DOWN)
        self._next_handle += 1
        handle = self._next_handle
        future: asyncio.Future[tuple[dict[str, Any], bytes]] = asyncio.get_running_loop().create_future()
        self._answers[handle] = link, future
        link.send(wire.document(Kind.REQUEST, handle, request))
        try:
            async with asyncio.timeout(timeout_s):
                return await future
        except TimeoutError as error:
            raise MingjianError(RECORDER_DOWN) from error
        finally:
            self._answers.pop(handle, None)

    async def _look(self) -> None:
        while True:
            self._link(await asyncio.to_thread(self._more))
            await self._look_afar()
            await asyncio.sleep(SOCKETS_S)

    async def _look_afar(self) -> None:
        """Follow members of other machines, and say where one has a channel that cannot be shown here."""
        try:
            found = await asyncio.to_thread(self._afar)
        except MingjianError:
            return  # the database is away; links that stand go on
        for place in [one for one in self._links if isinstance(one, Remote) and one not in found.remotes]:
            link = self._links[place]
            self._disconnected(link)
            del self._links[place]
            await link.stop()
        self._link(found.remotes if self.trust is not None else ())
        for channel in self._channels.values():
            host = found.unreachable.get(channel.channel_id)
            if host is not None:
                channel.told_once({**_DOWN, "problem": {"code": LIVE_ELSEWHERE.code, "values": {"host": host}}})

    def _link(self, places: Iterable[str | Remote]) -> None:
        for place in places:
            if place not in self._links:
                self._links[place] = _Link(self, place)

    def _connected(self, link: _Link) -> None:
        for channel in self._channels.values():
            link.send(_subscription(channel))

    def _disconnected(self, link: _Link) -> None:
        if link.place not in self._links:
            return  # was left, and what it had is said already
        for channel in self._channels.values():
            if channel.source is link or not self.connected:
                channel.told(_DOWN)
        for asked, future in self._answers.values():
            if asked is link and not future.done():
                future.set_exception(MingjianError(RECORDER_DOWN))

    def _received(self, link: _Link, kind: Kind, handle: int, payload: bytes) -> None:
        if kind is Kind.ANSWER:
            _, future = self._answers.get(handle, (link, None))
            if future is not None and not future.done():
                size = int.from_bytes(payload[:4], "big")
                future.set_result((json.loads(payload[4 : 4 + size]), payload[4 + size :]))
        elif (channel := self._by_handle.get(handle)) is not None:
            channel.received(kind, payload, link)

    def _send(self, data: bytes) -> None:
        for link in self._links.values():
            link.send(data)


def _subscription(channel: _Channel) -> bytes:
    request = {"do": "subscribe", "channel": str(channel.channel_id), "stream": channel.stream}
    return wire.document(Kind.REQUEST, channel.handle, request)


_DOWN: Final[Mapping[str, Any]] = {
    "type": "state",
    "state": "offline",
    "since_us": 0,
    "problem": {"code": RECORDER_DOWN.code, "values": {}},
}


class _Upstream(asyncio.Protocol):
    def __init__(self, link: _Link) -> None:
        self._link = link
        self._messages = wire.Messages()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._link.connected(cast("asyncio.Transport", transport))

    def data_received(self, data: bytes) -> None:
        for kind, handle, payload in self._messages.feed(data):
            self._link.received(kind, handle, payload)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._link.disconnected()
