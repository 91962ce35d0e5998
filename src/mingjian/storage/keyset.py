"""Pages of a list in the database: those rows that stand behind the place where the page before ended.

A place is the values by which the list is ordered. So entries that come or go meanwhile neither repeat nor hide others,
and the thousandth page costs what the first does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, false, or_

from mingjian.storage.engine import Transaction

T = TypeVar("T")
Place = tuple[int | str | bool | UUID, ...]

DOWN: Final = True
UP: Final = False


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """`next` is where the following page begins; None at the end of the list."""

    items: tuple[T, ...]
    next: Place | None


class Order:
    """Columns that a query selects, each `UP` or `DOWN`; no two rows have the same values in all of them."""

    def __init__(self, *keys: tuple[ColumnElement[Any], bool]) -> None:
        self._keys: Final = keys

    def page(
        self, tx: Transaction, query: Select[Any], after: Place | None, limit: int, made: Callable[[Row[Any]], T]
    ) -> Page[T]:
        """Up to `limit` rows of the query behind `after` (None: from the beginning)."""
        if after is not None:
            query = query.where(self._behind(after))
        ordered = query.order_by(*(key.desc() if down else key.asc() for key, down in self._keys))
        rows = tx.execute(ordered.limit(limit + 1)).all()
        end = self._place(rows[limit - 1]) if len(rows) > limit else None
        return Page(tuple(made(row) for row in rows[:limit]), end)

    def _place(self, row: Row[Any]) -> Place:
        return tuple(getattr(row, str(key.key)) for key, _ in self._keys)

    def _behind(self, place: Place) -> ColumnElement[bool]:
        # As a chain of ORs: a comparison of rows knows one direction only.
        condition: ColumnElement[bool] = false()
        for (key, down), value in reversed(list(zip(self._keys, place, strict=True))):
            further = key < value if down else key > value
            condition = or_(further, and_(key == value, condition))
        return condition
