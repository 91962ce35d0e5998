"""Lists that can grow come in pages: `cursor` is opaque, `next` is the cursor of the following page.

A cursor names the place where a page ended, so that entries which come or go meanwhile neither repeat nor hide others.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Annotated, Final, TypeVar

from fastapi import Query

from mingjian.api.errors import CURSOR_UNREADABLE
from mingjian.kernel.errors import MingjianError

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


Item = TypeVar("Item")


def page(
    items: Iterable[Item], place: Callable[[Item], tuple[Value, ...]], cursor: str | None, limit: int
) -> tuple[list[Item], str | None]:
    """One page of a list that is read as a whole, and the cursor of the following one.

    `place` orders the items, ascending, and no two have the same. Raises MingjianError CURSOR_UNREADABLE.
    """
    ordered = sorted(items, key=place)
    if cursor:
        kinds = [type(value) for value in place(ordered[0])] if ordered else None
        after = tuple(read(cursor, *kinds)) if kinds else ()
        ordered = [one for one in ordered if place(one) > after] if after else []
    taken = ordered[:limit]
    return taken, written(*place(taken[-1])) if len(ordered) > limit else None
