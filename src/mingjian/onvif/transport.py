"""One HTTP/1.1 connection to one camera: h11 over a socket, with a bound on everything.

The socket goes to the numeric address that was checked; redirects are not followed, proxies and cookies are not known,
and an exchange is over when its time is over, however slowly the camera drips.
"""

import asyncio
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Final

import h11

from mingjian.kernel.errors import MingjianError
from mingjian.media.errors import TIMED_OUT, unreachable
from mingjian.onvif.addresses import ServiceUrl
from mingjian.onvif.errors import ENDED, NOT_ONVIF, TEXT_UNREADABLE, TLS_FAILED, TOO_LONG
from mingjian.onvif.messages.xml import MAX_BYTES

_MAX_HEAD: Final = 16_384
_READ: Final = 65_536


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: tuple[tuple[str, str], ...]  # names in lower case
    body: bytes

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key == name]

    def header(self, name: str) -> str:
        return next(iter(self.all(name)), "")


@cache
def _unverified() -> ssl.SSLContext:
    """Cameras have certificates of their own making: the connection is secret from listeners, not proof of who it is.

    Digest authentication stays on inside it.
    """
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Transport:
    """Exchanges with one numeric address. Keeps one connection, for one exchange at a time."""

    def __init__(self, numeric: str) -> None:
        self._numeric = numeric
        self._open: _Connection | None = None

    async def exchange(
        self, url: ServiceUrl, body: bytes, headers: Mapping[str, str], *, within_s: float, action: str
    ) -> Answer:
        """POST `body` and return what came.

        Raises MingjianError: UNREACHABLE and TIMED_OUT of `media`, TLS_FAILED, ENDED, TOO_LONG, NOT_ONVIF.
        """
        try:
            async with asyncio.timeout(within_s):
                return await self._exchange(url, body, headers, action)
        except TimeoutError as error:
            self._drop()
            raise MingjianError(TIMED_OUT, address=url.authority, seconds=f"{within_s:g}") from error
        except BaseException:
            self._drop()
            raise

    async def _exchange(self, url: ServiceUrl, body: bytes, headers: Mapping[str, str], action: str) -> Answer:
        if (kept := self._kept(url)) is not None:
            # The camera may have closed it meanwhile: then nothing was answered, and it is asked once more.
            with suppress(_Silent):
                return await kept.exchange(url, body, headers, action)
        self._drop()
        self._open = await self._connected(url)
        try:
            return await self._open.exchange(url, body, headers, action)
        except _Silent as error:
            raise MingjianError(ENDED, action=action) from error

    def _kept(self, url: ServiceUrl) -> "_Connection | None":
        kept = self._open
        return kept if kept is not None and kept.serves(url) else None

    async def _connected(self, url: ServiceUrl) -> "_Connection":
        context = _unverified() if url.tls else None
        name = url.host if url.tls else None
        try:
            reader, writer = await asyncio.open_connection(
                self._numeric, url.port, ssl=context, server_hostname=name, limit=_READ
            )
        except ssl.SSLError as error:
            raise MingjianError(TLS_FAILED, detail=error.reason or "TLS") from error
        except OSError as error:
            raise unreachable(url.authority, error) from error
        return _Connection(url, reader, writer)

    def _drop(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    async def close(self) -> None:
        self._drop()
        await asyncio.sleep(0)  # the loop forgets an aborted socket in its next turn


class _Silent(Exception):  # noqa: N818 - says what the camera was
    """The connection ended before a byte of an answer."""


class _Connection:
    def __init__(self, url: ServiceUrl, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._place = (url.port, url.tls)
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)

    def serves(self, url: ServiceUrl) -> bool:
        return (url.port, url.tls) == self._place and not self._reader.at_eof() and self._http.our_state is h11.IDLE

    def close(self) -> None:
        self._writer.transport.abort()

    async def exchange(self, url: ServiceUrl, body: bytes, headers: Mapping[str, str], action: str) -> Answer:
        heard = False
        try:
            await self._send(url, body, headers)
            answer = _Collected()
            while (event := self._http.next_event()) is not None:
                if event is h11.NEED_DATA:
                    data = await self._reader.read(_READ)
                    heard = heard or bool(data)
                    self._http.receive_data(data)
                elif answer.take(event):
                    self._rest()
                    return answer.whole()
        except (h11.RemoteProtocolError, OSError) as error:
            if not heard:
                raise _Silent from error
            if self._reader.at_eof() or isinstance(error, OSError):
                raise MingjianError(ENDED, action=action) from error
            raise MingjianError(NOT_ONVIF, detail="not HTTP") from error
        raise _Silent

    async def _send(self, url: ServiceUrl, body: bytes, headers: Mapping[str, str]) -> None:
        fields = [("Host", url.authority), ("Content-Length", str(len(body))), *headers.items()]
        encoded = [(name.encode(), value.encode()) for name, value in fields]
        try:
            request = self._http.send(h11.Request(method="POST", target=url.path, headers=encoded))
        except h11.LocalProtocolError as error:  # a user name that no header can carry
            raise MingjianError(TEXT_UNREADABLE, limit=128) from error
        parts = (request, self._http.send(h11.Data(data=body)), self._http.send(h11.EndOfMessage()))
        self._writer.write(b"".join(part for part in parts if part))
        await self._writer.drain()

    def _rest(self) -> None:
        """Ready for the next exchange, unless one of the two wants the connection closed."""
        if self._http.our_state is h11.DONE and self._http.their_state is h11.DONE:
            self._http.start_next_cycle()


class _Collected:
    """The events of one answer, until it is whole."""

    def __init__(self) -> None:
        self._head: h11.Response | None = None
        self._parts: list[bytes] = []
        self._size = 0

    def take(self, event: object) -> bool:
        """Take one event; True once the answer is whole."""
        if isinstance(event, h11.Response):
            self._head = event
        elif isinstance(event, h11.Data):
            self._size += len(event.data)
            if self._size > MAX_BYTES:
                raise MingjianError(TOO_LONG, limit=MAX_BYTES)
            self._parts.append(bytes(event.data))
        return isinstance(event, h11.EndOfMessage)

    def whole(self) -> Answer:
        assert self._head is not None, "h11 gives the head before the end"
        headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in self._head.headers)
        return Answer(self._head.status_code, headers, b"".join(self._parts))
