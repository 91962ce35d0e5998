"""A client of RTSP of a few lines, written from RFC 2326: what simulated cameras are asked with in tests."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

from mingjian.simulate import readback
from mingjian.simulate.rtsp import RtspServer

LIMIT_S = 60.0
TCP = "RTP/AVP/TCP;unicast;interleaved=0-1"


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Client:
    """As much of RTSP as the tests need; interleaved frames met on the way are kept."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    url: str
    frames: list[tuple[int, bytes]] = field(default_factory=list)
    session: str = ""
    cseq: int = 0

    @classmethod
    async def open(cls, server: RtspServer, path: str) -> Self:
        reader, writer = await asyncio.open_connection(server.host, server.port, limit=1 << 20)
        return cls(reader, writer, server.url(path))

    async def ask(self, method: str, url: str = "", **headers: str) -> Answer:
        self.cseq += 1
        lines = [f"{method} {url or self.url} RTSP/1.0", f"CSeq: {self.cseq}"]
        lines += [f"Session: {self.session}"] * bool(self.session)
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        answer = await asyncio.wait_for(self._answer(), LIMIT_S)
        assert answer.headers["cseq"] == str(self.cseq)
        self.session = answer.headers.get("session", self.session).partition(";")[0]
        return answer

    async def play(self) -> Answer:
        assert (await self.ask("SETUP", self.url + "/trackID=1", Transport=TCP)).status == 200
        return await self.ask("PLAY")

    async def play_udp(self, *tracks: int) -> "Datagrams":
        """Set up these tracks (by default the first) over UDP and play; what arrives is kept in the result."""
        got = Datagrams()
        for track in tracks or (1,):
            pair = got.open()
            wanted = f"RTP/AVP;unicast;client_port={pair[0]}-{pair[1]}"
            answer = await self.ask("SETUP", f"{self.url}/trackID={track}", Transport=wanted)
            assert answer.status == 200
            assert f"client_port={pair[0]}-{pair[1]};server_port=" in answer.headers["transport"]
        assert (await self.ask("PLAY")).status == 200
        return got

    async def read_frame(self) -> tuple[int, bytes]:
        assert await self.reader.readexactly(1) == b"$"
        channel, size = struct.unpack(">BH", await self.reader.readexactly(3))
        return channel, await self.reader.readexactly(size)

    async def read_until(self, done: Callable[[list[tuple[int, bytes]]], bool]) -> list[tuple[int, bytes]]:
        async with asyncio.timeout(LIMIT_S):
            while not done(self.frames):
                self.frames.append(await self.read_frame())
        return self.frames

    def numbers(self) -> list[int]:
        return readback.numbers(b"".join(packet for _, packet in self.frames))

    async def ended(self) -> bool:
        """Whether the other side closes or resets within the limit."""
        try:
            async with asyncio.timeout(LIMIT_S):
                while await self.reader.read(1 << 20):
                    pass
        except ConnectionResetError:
            pass
        await self.close()
        return True

    async def close(self) -> None:
        self.writer.transport.abort()
        with contextlib.suppress(ConnectionError):
            await self.writer.wait_closed()

    async def answers(self) -> bytes:
        """The next thing that is no packet, up to its empty line."""
        while True:
            first = await asyncio.wait_for(self.reader.readexactly(1), LIMIT_S)
            if first != b"$":
                return first + await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), LIMIT_S)
            channel, size = struct.unpack(">BH", await self.reader.readexactly(3))
            self.frames.append((channel, await self.reader.readexactly(size)))

    async def _answer(self) -> Answer:
        while True:
            first = await self.reader.readexactly(1)
            if first != b"$":
                break
            channel, size = struct.unpack(">BH", await self.reader.readexactly(3))
            self.frames.append((channel, await self.reader.readexactly(size)))
        head = (first + await self.reader.readuntil(b"\r\n\r\n")).decode()
        status, *lines = head.strip().split("\r\n")
        headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        return Answer(int(status.split(" ")[1]), headers, body)


class Datagrams:
    """Pairs of UDP sockets; `frames` as those of the connection: pair k has channels 2 k and 2 k + 1."""

    def __init__(self) -> None:
        self.frames: list[tuple[int, bytes]] = []
        self._sockets: list[socket.socket] = []

    def open(self) -> tuple[int, int]:
        """Open one more pair and return its ports."""
        pair = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for one in pair:
            one.bind(("127.0.0.1", 0))
            one.setblocking(False)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            asyncio.get_running_loop().add_reader(one, self._read, one, len(self._sockets))
            self._sockets.append(one)
        return pair[0].getsockname()[1], pair[1].getsockname()[1]

    def send(self, channel: int, data: bytes, port: int) -> None:
        self._sockets[channel].sendto(data, ("127.0.0.1", port))

    def media(self, channel: int = 0) -> list[bytes]:
        return [packet for at, packet in self.frames if at == channel]

    def numbers(self) -> list[int]:
        return readback.numbers(b"".join(self.media()))

    def close(self) -> None:
        for one in self._sockets:
            asyncio.get_running_loop().remove_reader(one)
            one.close()

    def _read(self, one: socket.socket, channel: int) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                self.frames.append((channel, one.recv(65536)))


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not condition():  # noqa: ASYNC110 - the things waited for have no event
            await asyncio.sleep(0.005)
