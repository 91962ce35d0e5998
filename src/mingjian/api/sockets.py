"""Live messages on their way out of a WebSocket: from the hub to the transport in one step, by no task.

A message through the application's `send` passes a task, five coroutines and three copies; at twenty wake-ups a second
for one viewer that was most of what watching cost (docs/adr/0027). What a viewer is sent needs none of it: frames of a
server are not masked (RFC 6455 section 5.1) and are the same for everybody.
"""

import asyncio
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final, cast

from starlette.websockets import WebSocket
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.http11 import Request

from mingjian.media.live.hub import Viewer

_EXTENSION: Final = "mingjian.live"
_FINAL_TEXT: Final = 0x81
_FINAL_BINARY: Final = 0x82
_AT_ONCE: Final = 64 << 10

Told = Callable[[Mapping[str, Any]], str]
"""How the page is told what the hub tells."""


def _nothing() -> None:
    """Nobody waits for room."""


class LiveSocket(WebSocketsSansIOProtocol):
    """A WebSocket of uvicorn whose application may also send at once, while `takes`."""

    on_room: Callable[[], None] = staticmethod(_nothing)

    def handle_connect(self, event: Request) -> None:
        super().handle_connect(event)
        if not self.close_sent:  # else the handshake was refused, and there is no application
            cast("dict[str, Any]", self.scope["extensions"])[_EXTENSION] = self

    @property
    def takes(self) -> bool:
        """Whether the connection is open and the other side keeps up."""
        return self.writable.is_set() and not (self.close_sent or self.disconnected)

    def send_now(self, messages: Sequence[bytes | str]) -> None:
        """All of them in one write, which costs more than what it carries."""
        pieces = []
        for message in messages:
            payload = message if isinstance(message, bytes) else message.encode()
            pieces += [_head(_FINAL_BINARY if payload is message else _FINAL_TEXT, len(payload)), payload]
        self.transport.writelines(pieces)

    def resume_writing(self) -> None:
        super().resume_writing()
        self.on_room()


def _head(first: int, length: int) -> bytes:
    """Of a frame that is not masked (RFC 6455 section 5.2)."""
    if length < 126:
        return struct.pack(">BB", first, length)
    if length < 65_536:
        return struct.pack(">BBH", first, 126, length)
    return struct.pack(">BBQ", first, 127, length)


@contextmanager
def pouring(socket: WebSocket, viewer: Viewer, told: Told) -> Iterator[None]:
    """While in the block, whatever `viewer` gets goes out as soon as the other side takes it."""
    live: LiveSocket = socket.scope["extensions"][_EXTENSION]
    loop = asyncio.get_running_loop()
    due: asyncio.Handle | None = None

    def pour() -> None:
        nonlocal due
        due = None
        while live.takes and (messages := _some(viewer, told)):
            live.send_now(messages)

    def pour_soon() -> None:
        # What `media` has read together arrives together: once for all of it.
        nonlocal due
        if due is None:
            due = loop.call_soon(pour)

    viewer.on_item = live.on_room = pour_soon
    pour()
    try:
        yield
    finally:
        viewer.on_item = live.on_room = _nothing
        if due is not None:
            due.cancel()


def _some(viewer: Viewer, told: Told) -> list[bytes | str]:
    """What waits, up to a bound: how much the other side takes is seen after each write."""
    found: list[bytes | str] = []
    size = 0
    while size < _AT_ONCE and (item := viewer.next()) is not None:
        found.append(item if isinstance(item, bytes) else told(item))
        size += len(found[-1])
    return found
