"""What stands before every route: headers, own origin, bounded bodies, and one line in the access log."""

import ipaddress
import time
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from mingjian.api.errors import BODY_TOO_LARGE, CROSS_ORIGIN
from mingjian.api.headers import API_PREFIX, set_security_headers
from mingjian.api.problems import response
from mingjian.api.tls import names_for
from mingjian.config import ApiSettings
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.redaction import redact_text

COOKIE: Final = "__Host-mingjian"
DEVICE_COOKIE: Final = "__Host-mingjian-device"
"""Tells browsers apart over the years; lets nobody in by itself."""

BEARER: Final = "bearer "

_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_ACCESS: Final = structlog.get_logger("mingjian.api.access")


class SecurityHeaders:
    """ASGI: the headers of `set_security_headers` on every HTTP answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] in {"http.response.start", "websocket.http.response.start"}:
                set_security_headers(MutableHeaders(scope=message), scope)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] != "lifespan" else send)


class OwnOrigin:
    """ASGI: whatever may change something, and every WebSocket, must come from a page of this system.

    `SameSite=Strict` already keeps the cookie away from other sites; this also covers other ports of the same host,
    and public routes, which need no cookie.
    """

    def __init__(self, app: ASGIApp, settings: ApiSettings) -> None:
        self._app = app
        self._public_origin = settings.public_origin
        self._hosts = own_hosts(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        checked = scope["type"] == "websocket" or (scope["type"] == "http" and scope["method"] not in _SAFE_METHODS)
        headers = Headers(scope=scope)
        if not checked or self._is_own(headers, scope["scheme"]):
            await self._app(scope, receive, send)
            return
        refusal = _refusal(headers)
        if scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(refusal)
        else:
            await refusal(scope, receive, send)

    def _is_own(self, headers: Headers, scheme: str) -> bool:
        # A program has no page and no origin. What it shows is its token, which no browser adds by itself and no page
        # of another site may send; a cookie beside it counts for nothing (see `deps.entered`).
        if headers.get("authorization", "").lower().startswith(BEARER):
            return is_own_host(headers, self._hosts)
        return is_own_origin(headers, scheme, self._public_origin, self._hosts)


def _refusal(headers: Headers) -> Response:
    origin, host = headers.get("origin", "-")[:200], headers.get("host", "-")[:200]
    return response(MingjianError(CROSS_ORIGIN, origin=origin, host=host))


def own_hosts(settings: ApiSettings) -> frozenset[str]:
    """The names under which pages of this server can be opened, in lower case; addresses always can."""
    public = _host_name(urlsplit(settings.public_origin).netloc)
    return names_for(settings.host, settings.host_names).hosts | ({public} if public else set())


def is_own_origin(headers: Headers, scheme: str, public_origin: str, hosts: frozenset[str]) -> bool:
    """Whether a request with these headers came from a page that this server served.

    The host must be ours as well: a foreign name that was made to resolve to this machine (DNS rebinding) is equal
    to its own origin, and browsers call that same-origin.
    """
    if not is_own_host(headers, hosts):
        return False
    host = headers.get("host", "").lower()
    origin = headers.get("origin")
    scheme = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    own = {f"{scheme}://{host}", public_origin.lower() or f"{scheme}://{host}"}
    return (origin is not None and origin.lower() in own) or headers.get("sec-fetch-site") == "same-origin"


def is_own_host(headers: Headers, hosts: frozenset[str]) -> bool:
    """Whether the request was made to this server under one of its own names, or to an address."""
    name = _host_name(headers.get("host", "").lower())
    return name is not None and (name in hosts or _is_address(name))


def _host_name(netloc: str) -> str | None:
    try:
        name = urlsplit(f"//{netloc}").hostname
    except ValueError:  # such as unbalanced brackets
        return None
    return name or None


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class BodyLimit:
    """ASGI: no more than `limit_bytes` of a request are read, announced or not.

    `larger`: beginnings of paths that take files.
    """

    def __init__(self, app: ASGIApp, limit_bytes: int, larger: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._limit_bytes = limit_bytes
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit_bytes = left = self._limit_of(scope["path"])

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise HTTPException(413)
            return message

        announced = Headers(scope=scope).get("content-length", "0")
        if announced.isdecimal() and int(announced) > limit_bytes:
            refusal = response(MingjianError(BODY_TOO_LARGE, limit_bytes=limit_bytes), 413)
            await refusal(scope, receive, send)
        else:
            await self._app(scope, bounded, send)

    def _limit_of(self, path: str) -> int:
        return next((most for start, most in self._larger.items() if path.startswith(start)), self._limit_bytes)


class AccessLog:
    """ASGI: one line for each request, without the query (a set-up link has its token there) and without tokens."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun = time.perf_counter()
        try:
            await self._app(scope, receive, noting)
        finally:
            _log(scope, status, time.perf_counter() - begun)


def _log(scope: Scope, status: int, seconds: float) -> None:
    line = {
        "method": scope["method"],
        "path": redact_text(quote(scope["path"])),
        "status": status or 500,
        "ms": round(seconds * 1000, 1),
        "address": (scope.get("client") or ("",))[0],
    }
    write = _ACCESS.info if scope["path"].startswith(API_PREFIX) else _ACCESS.debug
    write("request", **line)
