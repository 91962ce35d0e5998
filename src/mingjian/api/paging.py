"""Lists that can grow come in pages: `cursor` is opaque, `next` is the cursor of the following page.

A cursor names the place where a page ended, so that entries which come or go meanwhile neither repeat nor hide others.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Annotated, Final
from uuid import UUID

from fastapi import Query

from mingjian.api.errors import CURSOR_UNREADABLE
from mingjian.kernel.errors import MingjianError
from mingjian.storage.keyset import Place

LIMIT: Final = 500

Cursor = Annotated[
    str | None,
    Query(max_length=400, pattern=r"^[A-Za-z0-9_-]*$", description="`next` of the page before; none for the first"),
]
Limit = Annotated[int, Query(ge=1, le=LIMIT, description="Entries of one page at most")]

Words = Annotated[
    str,
    Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="Words, every one of which has to be found"),
]

Value = str | int | bool | UUID


def written(*values: Value) -> str:
    """A cursor that holds these values."""
    plain = [str(value) if isinstance(value, UUID) else value for value in values]
    return urlsafe_b64encode(json.dumps(plain, separators=(",", ":")).encode()).decode().rstrip("=")


def following(place: Place | None) -> str | None:
    """The cursor of the page that begins there."""
    return None if place is None else written(*place)


def read(cursor: str, *kinds: type[Value]) -> list[Value]:
    """The values of a cursor. Raises MingjianError CURSOR_UNREADABLE unless they are of these kinds."""
    try:
        values = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(values, list) or len(values) != len(kinds):
            raise MingjianError(CURSOR_UNREADABLE)
        return [_of_kind(value, kind) for value, kind in zip(values, kinds, strict=True)]
    except ValueError as error:
        raise MingjianError(CURSOR_UNREADABLE) from error


def place(cursor: str | None, *kinds: type[Value]) -> Place | None:
    """Where the page that a cursor asks for begins; None for the first. Raises MingjianError CURSOR_UNREADABLE."""
    return tuple(read(cursor, *kinds)) if cursor else None


def _of_kind(value: object, kind: type[Value]) -> Value:
    if kind is UUID and isinstance(value, str):
        return UUID(value)
    if type(value) is not kind or (isinstance(value, int) and abs(value) >= 1 << 63):
        raise MingjianError(CURSOR_UNREADABLE)
    assert isinstance(value, str | int)
    return value
