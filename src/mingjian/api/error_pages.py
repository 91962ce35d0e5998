"""`/docs/errors/<code>`: the page that the `type` of a problem names, for who follows it in a browser."""

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from pathlib import Path
from typing import Any, Final, Literal

from fastapi import APIRouter, Depends
from fastapi.responses import HTMLResponse

from mingjian.api.deps import Public
from mingjian.api.errors import NOT_FOUND
from mingjian.kernel.errors import MingjianError

router = APIRouter(tags=["documents"])

_FILE: Final = Path(__file__).with_name("error_pages.json")
_HEADS: Final = {
    "zh": ("发生了什么", "为什么", "怎么办"),
    "en": ("What happened", "Why", "What to do"),
}


@cache
def _pages() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_FILE.read_text())
    return found


@router.get(
    "/docs/errors/{code}",
    operation_id="errorPage",
    response_class=HTMLResponse,
    include_in_schema=False,
    dependencies=[Depends(Public("it says what the program declares, and nothing of this installation"))],
)
def get_error_page(code: str, lang: Literal["zh", "en"] | None = None) -> HTMLResponse:
    """What a code means, why it comes, and what to do: in one language, or in both."""
    page = _pages().get(code)
    if page is None:
        raise MingjianError(NOT_FOUND, path=f"/docs/errors/{code}")
    return HTMLResponse(_html(code, page, [lang] if lang else list(_HEADS)))


def _html(code: str, page: dict[str, Any], languages: Sequence[str]) -> str:
    parts = [
        f"<h2>{escape(head)}</h2><p>{escape(text)}</p>"
        for language in languages
        for head, text in zip(_HEADS[language], page[language], strict=True)
    ]
    title = escape(code)
    return (
        f'<!doctype html><html lang="{"en" if languages == ["en"] else "zh-CN"}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">'
        f"<title>{title}</title></head><body><main><h1><code>{title}</code></h1><p>HTTP {page['status']}</p>"
        f"{''.join(parts)}</main></body></html>"
    )
