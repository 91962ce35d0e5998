"""The camera of `cameras`, in a thread with a loop of its own: for tests whose own work blocks."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.unit.onvif.answers import matching
from tests.unit.onvif.cameras import Camera, served


@contextmanager
def beside(camera: Camera) -> Iterator[Camera]:
    """The camera, serving."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    ready = threading.Event()

    async def serve() -> None:
        async with served(camera):
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(20)
        yield camera
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()


class Responder(asyncio.DatagramProtocol):
    """Answers each probe as a device at these addresses."""

    def __init__(self, addresses: str) -> None:
        self._addresses = addresses

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
        heard = re.search(rb"MessageID>([^<]+)<", data)
        assert heard is not None
        answer = matching(heard.group(1).decode(), self._addresses)
        self.transport.sendto(answer, sender)  # type: ignore[attr-defined]


@contextmanager
def answering(addresses: str) -> Iterator[int]:
    """The port of a device that answers probes."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    told: list[int] = []
    ready = threading.Event()

    async def serve() -> None:
        made = await loop.create_datagram_endpoint(lambda: Responder(addresses), local_addr=("127.0.0.1", 0))
        told.append(made[0].get_extra_info("sockname")[1])
        ready.set()
        await stop.wait()
        made[0].close()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(20)
        yield told[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(20)
        loop.close()
