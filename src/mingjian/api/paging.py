"""Lists that can grow come in pages: `cursor` is opaque, `next` is the cursor of the following page.

A cursor names the place where a page ended, so that entries which come or go meanwhile neither repeat nor hide others.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Final

from fastapi import Query

from mingjian.api.errors import CURSOR_UNREADABLE
from mingjian.kernel.errors import MingjianError

LIMIT: Final = 500

Cursor = Annotated[
    str | None,
    Query(max_length=400, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before; none for the first"),
]
Limit = Annotated[int, Query(ge=1, le=LIMIT, description="Entries of one page at most")]

Value = str | int | bool


def written(*values: Value) -> str:
    """A cursor that holds these values."""
    return urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def read(cursor: str, *kinds: type[Value]) -> list[Value]:
    """The values of a cursor. Raises MingjianError CURSOR_UNREADABLE unless they are of these kinds."""
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except ValueError as error:
        raise MingjianError(CURSOR_UNREADABLE) from error
    if not isinstance(values, list) or [type(value) for value in values] != list(kinds):
        raise MingjianError(CURSOR_UNREADABLE)
    if any(isinstance(value, int) and abs(value) >= 1 << 63 for value in values):
        raise MingjianError(CURSOR_UNREADABLE)
    return values
