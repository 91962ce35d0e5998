"""What every answer carries and every request must show: headers, own origin, and one line in the access log."""

import ipaddress
import time
from typing import Final
from urllib.parse import quote, urlsplit

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from mingjian.api.errors import CROSS_ORIGIN
from mingjian.api.problems import response
from mingjian.config import ApiSettings
from mingjian.kernel.errors import MingjianError

COOKIE: Final = "__Host-mingjian"
API_PREFIX: Final = "/api/"

# Styles inline: antd writes its own at run time.
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_STRICT_TRANSPORT: Final = "max-age=31536000"
_SAFE_METHODS: Final = ("GET", "HEAD", "OPTIONS")
_ACCESS: Final = structlog.get_logger("mingjian.api.access")


def set_security_headers(headers: MutableHeaders, scope: Scope) -> None:
    """Add what every answer carries; what a route has set itself stays."""
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if scope["scheme"] in {"https", "wss"}:
        headers.setdefault("Strict-Transport-Security", _STRICT_TRANSPORT)
    if scope["path"].startswith(API_PREFIX):
        headers.setdefault("Cache-Control", "no-store")


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
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        checked = scope["type"] == "websocket" or (scope["type"] == "http" and scope["method"] not in _SAFE_METHODS)
        if not checked or is_own_origin(Headers(scope=scope), scope["scheme"], self._settings):
            await self._app(scope, receive, send)
            return
        refusal = _refusal(Headers(scope=scope))
        if scope["type"] == "websocket":
            await WebSocket(scope, receive, send).send_denial_response(refusal)
        else:
            await refusal(scope, receive, send)


def _refusal(headers: Headers) -> Response:
    origin, host = headers.get("origin", "-")[:200], headers.get("host", "-")[:200]
    return response(MingjianError(CROSS_ORIGIN, origin=origin, host=host))


def is_own_origin(headers: Headers, scheme: str, settings: ApiSettings) -> bool:
    """Whether a request with these headers came from a page that this server served.

    The host must be ours as well: a foreign name that was made to resolve to this machine (DNS rebinding) is equal
    to its own origin, and browsers call that same-origin.
    """
    host = headers.get("host", "").lower()
    if not _is_own_host(host, settings):
        return False
    origin = headers.get("origin")
    scheme = {"ws": "http", "wss": "https"}.get(scheme, scheme)
    own = {f"{scheme}://{host}", settings.public_origin.lower() or f"{scheme}://{host}"}
    return (origin is not None and origin.lower() in own) or headers.get("sec-fetch-site") == "same-origin"


def _is_own_host(host: str, settings: ApiSettings) -> bool:
    name = _host_name(host)
    names = {"localhost", _host_name(urlsplit(settings.public_origin).netloc), settings.host.lower()}
    names.update(each.lower() for each in settings.host_names)
    return name is not None and (name in names or _is_address(name))


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


class AccessLog:
    """ASGI: one line for each request, without the query (a set-up link has its token there)."""

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
        "path": quote(scope["path"]),
        "status": status or 500,
        "ms": round(seconds * 1000, 1),
        "address": (scope.get("client") or ("",))[0],
    }
    write = _ACCESS.info if scope["path"].startswith(API_PREFIX) else _ACCESS.debug
    write("request", **line)
