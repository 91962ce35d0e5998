"""The sockets of `media`, on this machine and for others: live chunks out; subscriptions, probes and hints in."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any, Final, cast
from uuid import UUID

import structlog

from mingjian.media.formats.frames import SoundParameters, VideoParameters
from mingjian.media.live import wire
from mingjian.media.live.afar import HANDSHAKE_S, Trust
from mingjian.media.live.feed import Feed
from mingjian.media.live.wire import Kind
from mingjian.media.store import ChannelStatus

# What may wait for a reader that is too slow; beyond it the channel skips to its next key frame.
MAX_BACKLOG: Final = 8 << 20

Answerer = Callable[[Mapping[str, Any]], Awaitable[tuple[Mapping[str, Any], bytes]]]

_log: Final = structlog.get_logger(__name__)


class _Subscription:
    """One channel on its way to one API process."""

    def __init__(self, transport: asyncio.Transport, handle: int, turn: int = 0) -> None:
        """`turn` says which of several processes has the channel: the one that took it up last."""
        self._transport = transport
        self._handle = handle
        self._turn = turn
        self._skipping = True  # nothing can be shown before the first key frame

    def format(self, parameters: VideoParameters) -> None:
        content = {
            "codec": parameters.codec,
            "mime": parameters.mime,
            "width": parameters.width,
            "height": parameters.height,
            "sound": sound_document(parameters.sound),
            "turn": self._turn,
        }
        self._transport.write(wire.document(Kind.FORMAT, self._handle, content))

    def picture(self, kind: Kind, wall_us: int, media: bytes) -> None:
        if kind is Kind.KEY:
            self._skipping = self._transport.get_write_buffer_size() > MAX_BACKLOG
        if not self._skipping or kind is Kind.INIT:
            self._transport.write(wire.picture(kind, self._handle, wall_us, media))
            self._skipping = self._skipping or self._transport.get_write_buffer_size() > MAX_BACKLOG

    def sound(self, wall_us: int, piece: bytes) -> None:
        if not self._skipping:
            self._transport.write(wire.picture(Kind.SOUND, self._handle, wall_us, piece))

    def state(self, status: ChannelStatus) -> None:
        self._transport.write(wire.document(Kind.STATE, self._handle, {**state_document(status), "turn": self._turn}))


def sound_document(sound: SoundParameters | None) -> dict[str, Any] | None:
    """`configuration` in hexadecimal, empty for G.711."""
    if sound is None:
        return None
    configuration = sound.configuration.hex()
    return {
        "codec": sound.codec,
        "mime": sound.mime,
        "rate": sound.rate,
        "channels": sound.channels,
        "configuration": configuration,
    }


def state_document(status: ChannelStatus) -> dict[str, Any]:
    return {
        "state": status.state.value,
        "since_us": status.since_us,
        "problem": {"code": status.problem[0], "values": dict(status.problem[1])} if status.problem else None,
    }


class LiveServer:
    """Serves every API process that connects. `feed_of` finds a feed by channel and stream, `answer` does the rest.

    Every process that records is asked for every channel; the one that has it sends it. `turn_of`: how often the
    channel was taken up by any of them, this time included.
    """

    def __init__(
        self,
        feed_of: Callable[[UUID, str], Feed | None],
        answer: Answerer,
        turn_of: Callable[[UUID], int] = lambda _id: 0,
    ) -> None:
        self.turn_of = turn_of
        self.feed_of = feed_of
        self.answer = answer
        self._protocols: set[_Peer] = set()
        self._servers: list[asyncio.AbstractServer] = []

    async def start(self, path: str) -> None:
        self._servers.append(await asyncio.get_running_loop().create_unix_server(lambda: _Peer(self), path))

    async def listen(self, host: str, port: int, trust: Trust) -> None:
        """Answer machines of the same installation too. Raises OSError where that cannot be."""
        serving = asyncio.get_running_loop().create_server(
            lambda: _Peer(self), host, port, ssl=trust.server, ssl_handshake_timeout=HANDSHAKE_S
        )
        self._servers.append(await serving)

    async def stop(self) -> None:
        for server in self._servers:
            server.close()
        for peer in list(self._protocols):
            peer.close()

    def channel_appeared(self, channel_id: UUID) -> None:
        """A channel started that somebody may be waiting for."""
        for peer in self._protocols:
            peer.channel_appeared(channel_id)

    def channel_gone(self, channel_id: UUID) -> None:
        """Another process has the channel now."""
        for peer in self._protocols:
            peer.channel_gone(channel_id)


class _Peer(asyncio.Protocol):
    def __init__(self, server: LiveServer) -> None:
        self._server = server
        self._messages = wire.Messages()
        self._wanted: dict[int, tuple[UUID, str]] = {}
        self._leaving: dict[int, Callable[[], None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=MAX_BACKLOG * 2)
        self._server._protocols.add(self)  # noqa: SLF001 - two halves of one thing

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._server._protocols.discard(self)  # noqa: SLF001
        for leave in self._leaving.values():
            leave()
        for task in self._tasks:
            task.cancel()

    def close(self) -> None:
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        try:
            for kind, handle, payload in self._messages.feed(data):
                if kind is Kind.REQUEST:
                    self._requested(handle, json.loads(payload))
        except (wire.WireError, ValueError, KeyError, TypeError) as error:
            _log.warning("live.bad_request", error=str(error))
            self._transport.close()

    def channel_appeared(self, channel_id: UUID) -> None:
        for handle, (wanted, stream) in self._wanted.items():
            if wanted == channel_id:
                self._join(handle, channel_id, stream)

    def channel_gone(self, channel_id: UUID) -> None:
        for handle, (wanted, _) in self._wanted.items():
            if wanted == channel_id:
                self._leave(handle)

    def _requested(self, handle: int, request: Mapping[str, Any]) -> None:
        match request["do"]:
            case "subscribe":
                self._wanted[handle] = UUID(request["channel"]), str(request.get("stream", "main"))
                self._join(handle, *self._wanted[handle])
            case "unsubscribe":
                self._wanted.pop(handle, None)
                self._leave(handle)
            case _:
                task = asyncio.create_task(self._answer(handle, request))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    def _join(self, handle: int, channel_id: UUID, stream: str) -> None:
        self._leave(handle)
        feed = self._server.feed_of(channel_id, stream)
        if feed is not None:
            turn = self._server.turn_of(channel_id)
            self._leaving[handle] = feed.join(_Subscription(self._transport, handle, turn))

    def _leave(self, handle: int) -> None:
        leave = self._leaving.pop(handle, None)
        if leave is not None:
            leave()

    async def _answer(self, handle: int, request: Mapping[str, Any]) -> None:
        with suppress(asyncio.CancelledError):
            content, attachment = await self._server.answer(request)
            head = json.dumps(content, ensure_ascii=False).encode()
            self._transport.write(wire.message(Kind.ANSWER, handle, len(head).to_bytes(4, "big"), head, attachment))
