"""Turn refusals into problem documents (RFC 9457) and, on WebSockets, into close codes."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket, WebSocketState

from mingjian.api import grounds
from mingjian.api.errors import BODY_TOO_LARGE, INTERNAL, INVALID, METHOD_NOT_ALLOWED, NOT_FOUND, REFUSED
from mingjian.api.headers import set_security_headers
from mingjian.api.schema import FieldProblem, Problem
from mingjian.identity.errors import NOT_PERMITTED, OUT_OF_SCOPE
from mingjian.kernel.errors import Fault, MingjianError, Text

MEDIA_TYPE: Final = "application/problem+json"
BODY_LIMIT: Final = 1 << 20

STATUS: Final[Mapping[Fault, int]] = {
    Fault.INPUT: 422,
    Fault.UNAUTHENTICATED: 401,
    Fault.FORBIDDEN: 403,
    Fault.MISSING: 404,
    Fault.CONFLICT: 409,
    Fault.LIMIT: 429,
    Fault.PEER: 502,
    Fault.SELF: 503,
}
CLOSE_CODE: Final[Mapping[Fault, int]] = {
    Fault.UNAUTHENTICATED: 4401,
    Fault.FORBIDDEN: 4403,
    Fault.MISSING: 4404,
    Fault.SELF: 1011,
}
_OTHER_CLOSE_CODE: Final = 4400
_DENIALS: Final = (NOT_PERMITTED, OUT_OF_SCOPE)
_LOG: Final = structlog.get_logger("mingjian.api")


class Told:
    """Lets the same failure into the log once a minute, with how often it came: a page asks for many stills a second
    of a disk that is away, and the log would hold nothing else.
    """

    _EVERY_S: Final = 60.0
    _MOST: Final = 1_000

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last: dict[tuple[str, str], tuple[float, int]] = {}
        self._lock = Lock()

    def is_news(self, error: MingjianError) -> int:
        """How often it came since it was last told, this time included; 0: it was told a moment ago."""
        key, now = (error.code, str(error)), self._monotonic()
        with self._lock:
            told_s, held_back = self._last.get(key, (-self._EVERY_S, 0))
            if now - told_s < self._EVERY_S:
                self._last[key] = (told_s, held_back + 1)
                return 0
            if len(self._last) >= self._MOST:
                self._last.clear()
            self._last[key] = (now, 0)
            return held_back + 1


_told: Final = Told()


def install(app: FastAPI) -> None:
    """Make every refusal and failure of `app` a problem document."""
    # The one handler for both kinds of connection: on a WebSocket it closes and answers nothing.
    app.add_exception_handler(MingjianError, _declared)  # type: ignore[arg-type]
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _framework)
    app.add_exception_handler(Exception, _unforeseen)


def response(
    error: MingjianError,
    status: int | None = None,
    fields: Sequence[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem document of `error`; the status follows from whose mistake it is unless given."""
    status = status or STATUS[error.problem.fault]
    document = Problem.of(error, status, list(fields) if fields is not None else None)
    if (denial := grounds.of(error)) is not None:
        document = document.model_copy(update={"grounds": denial})
    sent = dict(headers or {})
    if (seconds := error.values.get("retry_after_s")) is not None:
        sent["Retry-After"] = str(seconds)
    return Response(document.model_dump_json(exclude_none=True), status, sent, MEDIA_TYPE)


async def _declared(connection: HTTPConnection, error: Exception) -> Response | None:
    assert isinstance(error, MingjianError)
    denied = getattr(connection.state, "denied", None)
    if error.problem in _DENIALS and denied is not None:
        await run_in_threadpool(denied)
    if error.problem.fault is Fault.SELF and (times := _told.is_news(error)):
        _LOG.error("request failed", code=error.code, path=connection.url.path, problem=str(error), times=times)
    if isinstance(connection, WebSocket):
        await _close(connection, error)
        return None
    return response(error)


async def _close(socket: WebSocket, error: MingjianError) -> None:
    # A handshake that is refused shows browsers no reason at all; a close code does.
    if socket.application_state is WebSocketState.CONNECTING:
        await socket.accept()
    if socket.application_state is WebSocketState.CONNECTED:
        await socket.close(CLOSE_CODE.get(error.problem.fault, _OTHER_CLOSE_CODE), error.code)


async def _framework(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    path, method = request.url.path, request.method
    declared = {
        404: MingjianError(NOT_FOUND, path=path),
        405: MingjianError(METHOD_NOT_ALLOWED, method=method),
        413: MingjianError(BODY_TOO_LARGE, limit_bytes=BODY_LIMIT),
    }.get(error.status_code, MingjianError(REFUSED, status=error.status_code))
    headers = {"Allow": _allowed(request)} if error.status_code == 405 else error.headers
    return response(declared, error.status_code, headers=headers)


def _allowed(request: Request) -> str:
    # Each method is a route of its own, and the framework names only the first one that it found.
    path = request.url.path
    routes = [route for route in iter_route_contexts(request.app.routes) if isinstance(route.original_route, APIRoute)]
    methods = {method for route in routes if route.path_regex.match(path) for method in route.methods or ()}
    return ", ".join(sorted(methods)) or "GET, HEAD"


async def _invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = [_field(detail) for detail in error.errors()]
    return response(MingjianError(INVALID, count=len(fields)), 422, fields)


async def _unforeseen(request: Request, error: Exception) -> Response:
    # The framework raises the error again after this answer, so the server logs the traceback; this line ties the
    # incident's number to it.
    incident = secrets.token_hex(4)
    _LOG.error("unforeseen error", incident=incident, path=request.url.path, kind=type(error).__name__)
    answer = response(MingjianError(INTERNAL, incident=incident), 500)
    set_security_headers(answer.headers, request.scope)  # this answer is made outside of what adds them
    return answer


# Pydantic's kinds of error in words. The value itself is never repeated: it may be a password.
_WORDS: Final[Mapping[str, Text]] = {
    "missing": Text("此项必填。", "This is required."),
    "extra_forbidden": Text("没有这一项。", "There is no such field."),
    "string_type": Text("应为文字。", "A text is expected."),
    "string_too_short": Text("至少 {min_length} 个字符。", "At least {min_length} characters."),
    "string_too_long": Text("至多 {max_length} 个字符。", "At most {max_length} characters."),
    "string_pattern_mismatch": Text("格式不正确。", "The form is not right."),
    "string_unicode": Text("含有无效字符。", "It contains invalid characters."),
    "too_short": Text("至少 {min_length} 项。", "At least {min_length} items."),
    "too_long": Text("至多 {max_length} 项。", "At most {max_length} items."),
    "literal_error": Text("应为以下之一：{expected}。", "Expected one of {expected}."),
    "enum": Text("应为以下之一：{expected}。", "Expected one of {expected}."),
    "int_type": Text("应为整数。", "A whole number is expected."),
    "int_parsing": Text("应为整数。", "A whole number is expected."),
    "float_parsing": Text("应为数字。", "A number is expected."),
    "bool_type": Text("应为 true 或 false。", "Expected true or false."),
    "uuid_parsing": Text("编号格式不正确。", "This is not an id."),
    "uuid_type": Text("编号格式不正确。", "This is not an id."),
    "list_type": Text("应为列表。", "A list is expected."),
    "greater_than": Text("应大于 {gt}。", "It must be above {gt}."),
    "greater_than_equal": Text("不能小于 {ge}。", "It must be at least {ge}."),
    "less_than": Text("应小于 {lt}。", "It must be below {lt}."),
    "less_than_equal": Text("不能大于 {le}。", "It must be at most {le}."),
    "json_invalid": Text("不是有效的 JSON。", "This is not valid JSON."),
    "model_attributes_type": Text("应为 JSON 对象。", "A JSON object is expected."),
    "dict_type": Text("应为 JSON 对象。", "A JSON object is expected."),
    "value_error": Text("值不正确；时间须含时区。", "The value is not right; times need a zone."),
}
_OTHER_WORDS: Final = Text("值不符合要求。", "The value does not fit.")
_PLACES: Final = ("body", "query", "path", "header", "cookie")


def _field(detail: Mapping[str, Any]) -> FieldProblem:
    location = [str(part) for part in detail["loc"]]
    path = location[1:] if location and location[0] in _PLACES else location
    words = _WORDS.get(detail["type"], _OTHER_WORDS).format(**detail.get("ctx", {}))
    # Where JSON breaks off is a position, not a field.
    return FieldProblem(path="" if detail["type"] == "json_invalid" else ".".join(path), zh=words.zh, en=words.en)
