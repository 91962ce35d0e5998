"""Many cameras on their way into the registry, and what came of each: in memory, for an hour, for who began it."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from uuid import UUID

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId
from mingjian.registry.errors import BULK_BUSY, BULK_UNKNOWN
from mingjian.registry.ranges import Camera

MOST_RUNNING: Final = 2
KEPT_S: Final = 3_600.0
_MOST_KEPT: Final = 64

State = Literal["waiting", "testing", "added", "failed"]


@dataclass(slots=True)
class Row:
    """One camera; `picture` is what its test showed, as it is answered."""

    camera: Camera
    name: str
    state: State = "waiting"
    channel_id: UUID | None = None
    picture: Any = None
    error: MingjianError | None = None


@dataclass(slots=True, eq=False)
class Running:
    """All of one request. The task is that of its process; it ends with it."""

    id: str
    person_id: PersonId
    rows: list[Row]
    until_s: float
    task: asyncio.Task[None] | None = field(default=None)

    @property
    def done(self) -> bool:
        return self.task is not None and self.task.done()


class Bulks:
    """Those of one API process."""

    def __init__(self) -> None:
        self._all: dict[str, Running] = {}

    def begin(self, person_id: PersonId, rows: Sequence[Row], now_s: float) -> Running:
        """Raises MingjianError BULK_BUSY."""
        kept = {key: one for key, one in self._all.items() if not one.done or one.until_s > now_s}
        while len(kept) >= _MOST_KEPT and (ended := next((key for key, one in kept.items() if one.done), None)):
            del kept[ended]
        self._all = kept
        if sum(not one.done for one in kept.values()) >= MOST_RUNNING:
            raise MingjianError(BULK_BUSY, limit=MOST_RUNNING)
        begun = Running(secrets.token_urlsafe(12), person_id, list(rows), now_s + KEPT_S)
        kept[begun.id] = begun
        return begun

    def find(self, bulk_id: str, person_id: PersonId) -> Running:
        """Raises MingjianError BULK_UNKNOWN: that of another does not exist for you."""
        found = self._all.get(bulk_id)
        if found is None or found.person_id != person_id:
            raise MingjianError(BULK_UNKNOWN)
        return found
