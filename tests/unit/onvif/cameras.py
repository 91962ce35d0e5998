"""A camera's ONVIF service for tests: asyncio, HTTP read by hand, as well or as badly behaved as a test wants."""

import asyncio
import re
import ssl
import time
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import md5, sha1, sha256
from ipaddress import ip_network
from urllib.parse import urlsplit

from tests.unit.onvif import answers

from mingjian.kernel.clock import WallUs
from mingjian.media.formats.authentication import Credentials

LOOPBACK = [ip_network("127.0.0.0/8")]
PERSON = Credentials("admin", "s3cret ümlaut")
NONCE = "dcd98b7102dd2f0e8b11d0f600bfb0c093"


class TestClock:
    """A clock that a test may set apart from the camera's."""

    __test__ = False

    def __init__(self, ahead_us: int = 0) -> None:
        self.ahead_us = ahead_us

    def now_us(self) -> WallUs:
        return WallUs(time.time_ns() // 1000 + self.ahead_us)

    def monotonic(self) -> float:
        return time.monotonic()


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: str

    @property
    def operation(self) -> str:
        found = re.search(r"<(?:[\w-]+:)?Body[^>]*>\s*<(?:[\w-]+:)?(\w+)", self.body)
        return found.group(1) if found else ""

    def text(self, name: str) -> str:
        found = re.search(rf"<(?:\w+:)?{name}\b[^>]*>([^<]*)<", self.body)
        return found.group(1) if found else ""


@dataclass(frozen=True, slots=True)
class Reply:
    body: bytes
    status: int = 200
    headers: tuple[str, ...] = ()


Answering = Callable[[Heard], "Reply | Awaitable[Reply]"]
Raw = Callable[[Heard, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Camera:
    """What it answers by operation, how it wants to be asked, and what it heard."""

    port: int = 0
    auth: str = ""  # token, digest, sha256, basic; several with spaces
    ahead: timedelta = timedelta()
    base: str = ""  # what it calls itself; its true address when empty
    offers: tuple[str, ...] = ("device", "media", "ptz", "imaging", "events")
    keeps_open: bool = True
    said: dict[str, "str | bytes | Answering"] = field(default_factory=dict)
    raw: Raw | None = None
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def operations(self) -> list[str]:
        return [one.operation for one in self.heard]

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    async def answer(self, one: Heard) -> Reply:
        if one.operation != "GetSystemDateAndTime" and (refused := self._refusal(one)) is not None:
            return refused
        said = self.said.get(one.operation, self._usual(one))
        if callable(said):
            given = said(one)
            return await given if isinstance(given, Awaitable) else given
        return Reply(said if isinstance(said, bytes) else answers.enveloped(said))

    def _usual(self, one: Heard) -> "str | bytes":
        base = self.base or f"http://{self.address}"
        now = self.now()
        usual = {
            "GetSystemDateAndTime": answers.time_of(now.year, now.month, now.day, now.hour, now.minute, now.second),
            "GetServices": answers.services(base, self.offers),
            "GetCapabilities": answers.capabilities(base),
            "GetDeviceInformation": answers.INFORMATION,
            "GetScopes": answers.SCOPES,
            "GetProfiles": answers.profiles(
                answers.profile("Profile_1", 1920, 1080), answers.profile("Profile_2", 640, 360)
            ),
            "GetStreamUri": "<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>"
            f"rtsp://{self._host(base)}:554/Streaming/{one.text('ProfileToken')}?a=1&b=2"
            "</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>",
            "GetSnapshotUri": f"<trt:GetSnapshotUriResponse><trt:MediaUri><tt:Uri>{base}/snapshot?p=1</tt:Uri>"
            "</trt:MediaUri></trt:GetSnapshotUriResponse>",
        }
        missing = answers.fault("Optional Action Not Implemented", "ter:ActionNotSupported")
        return usual.get(one.operation, missing)

    @staticmethod
    def _host(base: str) -> str:
        return urlsplit(base).hostname or ""

    def _refusal(self, one: Heard) -> Reply | None:
        ways = self.auth.split()
        if not ways or any(getattr(self, f"_is_{way}_right")(one) for way in ways):
            return None
        challenges = {
            "digest": f'WWW-Authenticate: Digest realm="cam", nonce="{NONCE}", qop="auth", algorithm=MD5',
            "sha256": f'WWW-Authenticate: Digest realm="cam", nonce="{NONCE}", qop="auth", algorithm=SHA-256',
            "basic": 'WWW-Authenticate: Basic realm="cam"',
        }
        headers = tuple(challenges[way] for way in ways if way in challenges)
        body = answers.fault("Sender not Authorized", "ter:NotAuthorized")
        return Reply(body, 401 if headers else 400, headers)

    def _is_token_right(self, one: Heard) -> bool:
        """As Dahua does it: «Wsse authorized time check failed» unless the time is within seconds of its own."""
        if one.text("Username") != PERSON.user_name:
            return False
        created = one.text("Created")
        if abs(datetime.fromisoformat(created) - self.now()) > timedelta(seconds=5):
            return False
        told = b64decode(one.text("Nonce")) + created.encode() + PERSON.password.encode()
        return b64encode(sha1(told).digest()).decode() == one.text("Password")

    def _is_digest_right(self, one: Heard) -> bool:
        return self._is_answered(one, lambda text: md5(text.encode()).hexdigest(), "MD5")

    def _is_sha256_right(self, one: Heard) -> bool:
        return self._is_answered(one, lambda text: sha256(text.encode()).hexdigest(), "SHA-256")

    def _is_answered(self, one: Heard, hashed: Callable[[str], str], algorithm: str) -> bool:
        """RFC 7616 section 3.4.1, from its own words."""
        given: dict[str, str] = dict(re.findall(r'(\w+)="?([^",]+)"?', one.headers.get("authorization", "")))
        if given.get("nonce") != NONCE or given.get("algorithm", "MD5") != algorithm:
            return False
        first = hashed(f"{PERSON.user_name}:cam:{PERSON.password}")
        second = hashed(f"POST:{one.path}")
        middle = f"{NONCE}:{given['nc']}:{given['cnonce']}:auth"
        return given["uri"] == one.path and given["response"] == hashed(f"{first}:{middle}:{second}")

    def _is_basic_right(self, one: Heard) -> bool:
        pair = b64encode(f"{PERSON.user_name}:{PERSON.password}".encode()).decode()
        return one.headers.get("authorization") == f"Basic {pair}"


@asynccontextmanager
async def served(camera: Camera, tls: ssl.SSLContext | None = None) -> AsyncIterator[Camera]:
    """The camera on a port of this machine."""
    tasks: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        camera.connections += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, asyncio.CancelledError):
                while await _exchange(camera, reader, writer):
                    pass
        finally:
            tasks.discard(task)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()

    server = await asyncio.start_server(connected, "127.0.0.1", camera.port, ssl=tls)
    camera.port = server.sockets[0].getsockname()[1]
    try:
        yield camera
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _exchange(camera: Camera, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    one = Heard(first.split(" ")[1], headers, body.decode())
    camera.heard.append(one)
    if camera.raw is not None:
        await camera.raw(one, writer)
        return False
    reply = await camera.answer(one)
    extra = "".join(f"{line}\r\n" for line in reply.headers)
    close = "" if camera.keeps_open else "Connection: close\r\n"
    writer.write(
        f"HTTP/1.1 {reply.status} Said\r\nContent-Type: application/soap+xml\r\n{extra}{close}"
        f"Content-Length: {len(reply.body)}\r\n\r\n".encode()
        + reply.body
    )
    await writer.drain()
    return camera.keeps_open
