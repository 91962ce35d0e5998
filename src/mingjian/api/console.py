"""Serve the built console: hashed files for ever, the page itself always fresh, and every page of it by any address."""

import html
from pathlib import Path
from typing import Final

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocketClose

from mingjian.api.errors import CONSOLE_MISSING
from mingjian.api.headers import API_PREFIX
from mingjian.kernel.errors import MingjianError

DIRECTORY: Final = Path(__file__).with_name("static")
HASHED_PREFIX: Final = "assets/"
_FOR_EVER: Final = "public, max-age=31536000, immutable"
_PAGE: Final = "index.html"


class Console:
    """ASGI: whatever no route answers. Holds no secret and needs no session: the page asks the API for everything."""

    def __init__(self, directory: Path = DIRECTORY) -> None:
        self._directory = directory
        self._files = StaticFiles(directory=directory, check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
            return
        if scope["path"].startswith(API_PREFIX):
            raise HTTPException(404)
        if scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(405, headers={"Allow": "GET, HEAD"})
        found = await self._response(scope["path"].lstrip("/"), scope)
        await found(scope, receive, send)

    async def _response(self, path: str, scope: Scope) -> Response:
        if not (self._directory / _PAGE).is_file():
            return _missing()
        try:
            found = await self._files.get_response(path or _PAGE, scope)
        except HTTPException as error:
            # A missing script must not come back as a page: browsers would run HTML.
            if error.status_code != 404 or "." in path.rpartition("/")[2]:
                raise
            path, found = _PAGE, await self._files.get_response(_PAGE, scope)
        found.headers["Cache-Control"] = _FOR_EVER if path.startswith(HASHED_PREFIX) else "no-cache"
        return found


def _missing() -> Response:
    error = MingjianError(CONSOLE_MISSING)
    paragraphs = "".join(
        f'<p lang="{language}">{html.escape(" ".join(getattr(text, name) for text in _texts(error)))}</p>'
        for language, name in (("zh-CN", "zh"), ("en", "en"))
    )
    page = f'<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>明鉴 Mingjian</title>{paragraphs}</html>'
    return HTMLResponse(page, 503, {"Cache-Control": "no-store"})


def _texts(error: MingjianError) -> tuple[object, ...]:
    return (error.what, error.why, error.advice)
