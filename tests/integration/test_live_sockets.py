"""Live messages over a real WebSocket: each as it is, and a page that does not read costs no more than its bound."""

import asyncio
import itertools
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI, WebSocket
from tests.unit.api.serving import serving
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from mingjian.api.sockets import LiveSocket, pouring
from mingjian.media.live.hub import MAX_VIEWER_BYTES, Viewer
from mingjian.media.live.wire import Kind

LIMIT_S = 30
# Where a frame's length changes its form (RFC 6455 section 5.2).
LENGTHS = (16, 125, 126, 65_535, 65_536, 300_000)


@dataclass
class Desk:
    """The server's side: a viewer whose socket is open, in the loop of the server."""

    viewer: Viewer = field(default_factory=Viewer)
    loop: asyncio.AbstractEventLoop | None = None
    open: threading.Event = field(default_factory=threading.Event)
    closed: threading.Event = field(default_factory=threading.Event)

    def put(self, *items: bytes | dict[str, str]) -> None:
        done = threading.Event()

        def putting() -> None:
            for item in items:
                self.viewer.put(item)
            done.set()

        assert self.loop is not None
        self.loop.call_soon_threadsafe(putting)
        assert done.wait(LIMIT_S)


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def page(desk: Desk) -> Iterator[ClientConnection]:
    app = FastAPI()

    @app.websocket("/live")
    async def live(socket: WebSocket) -> None:
        await socket.accept()
        with pouring(socket, desk.viewer, lambda item: f"told {item['said']}"):
            desk.loop = asyncio.get_running_loop()
            desk.open.set()
            while (await socket.receive())["type"] != "websocket.disconnect":
                pass
        desk.closed.set()

    with (
        serving(app) as origin,
        connect(f"{origin.replace('http', 'ws')}/live", max_size=None, max_queue=4, compression=None) as socket,
    ):
        assert desk.open.wait(LIMIT_S)
        yield socket


def chunk(kind: Kind, number: int, size: int) -> bytes:
    return bytes((kind,)) + number.to_bytes(15, "big") + bytes(size - 16)


def numbers_until(page: ClientConnection, last: int) -> list[tuple[int, int]]:
    """Kind and number of each message up to `last`."""
    found = [(0, -1)]
    while found[-1][1] != last:
        message = page.recv(LIMIT_S)
        assert isinstance(message, bytes)
        found.append((message[0], int.from_bytes(message[1:16], "big")))
    return found[1:]


def test_every_message_arrives_as_it_is(desk: Desk, page: ClientConnection) -> None:
    sent = [chunk(Kind.KEY, number, size) for number, size in enumerate(LENGTHS)]
    desk.put(*sent, {"said": "明" * 30_000}, {"said": ""})
    assert [page.recv(LIMIT_S) for _ in sent] == sent
    assert page.recv(LIMIT_S) == "told " + "明" * 30_000
    assert page.recv(LIMIT_S) == "told "


def test_what_arrives_together_leaves_in_one_write(
    desk: Desk, page: ClientConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    writes: list[int] = []
    send = LiveSocket.send_now

    def counted(self: LiveSocket, messages: Sequence[bytes | str]) -> None:
        writes.append(len(messages))
        send(self, messages)

    monkeypatch.setattr(LiveSocket, "send_now", counted)
    sent = [chunk(Kind.KEY, 0, 20_000), chunk(Kind.CHUNK, 1, 20_000), *(chunk(Kind.KEY, at, 60_000) for at in (2, 3))]
    desk.put(*sent[:2])
    desk.put(*sent[2:])
    assert [page.recv(LIMIT_S) for _ in sent] == sent
    assert writes == [2, 2]
    desk.put(*(chunk(Kind.KEY, at, 60_000) for at in range(4, 8)))
    numbers_until(page, 7)
    assert writes == [2, 2, 2, 2], "a write is bounded"


def test_a_page_that_does_not_read_gets_key_frames_and_what_follows_them(desk: Desk, page: ClientConnection) -> None:
    """Sixty megabytes are put; what the page finds later has no chunk whose predecessor it did not get."""
    count, size = 600, 100_000
    for number in range(count):
        desk.put(chunk(Kind.KEY if number % 25 == 0 else Kind.CHUNK, number, size))
        assert desk.viewer._waiting_bytes <= MAX_VIEWER_BYTES + size
    assert desk.viewer.skipped > count // 2
    taken: list[tuple[int, int]] = []
    for number in itertools.count(count):  # it reads again: sooner or later a key frame comes through, and it goes on
        desk.put(chunk(Kind.KEY if number % 25 == 0 else Kind.CHUNK, number, 100))
        if desk.viewer._waiting_bytes == 0 and not desk.viewer._skipping:
            break
        message = page.recv(LIMIT_S)
        assert isinstance(message, bytes)
        taken.append((message[0], int.from_bytes(message[1:16], "big")))
    taken += numbers_until(page, number)
    for (_, before), (kind, this) in itertools.pairwise(taken):
        assert kind == Kind.KEY or this == before + 1
    assert taken[-1][1] == number


def test_a_page_that_went_is_sent_nothing_and_noticed(desk: Desk, page: ClientConnection) -> None:
    desk.put(chunk(Kind.KEY, 0, 100))
    assert page.recv(LIMIT_S) == chunk(Kind.KEY, 0, 100)
    page.close()
    assert desk.closed.wait(LIMIT_S)
    desk.put(chunk(Kind.KEY, 1, 100))
    with pytest.raises(ConnectionClosed):
        page.recv(LIMIT_S)
    assert desk.viewer.next() == chunk(Kind.KEY, 1, 100)
