"""What a camera says that happens before it, for channels whose plan records by events."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from mingjian.kernel.clock import Clock
from mingjian.media.formats.authentication import Credentials

# Footage is wanted for as long as something goes on: it is said again this often.
REPEAT_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Happening:
    """Something began or ended: `name` in words of ours (`motion`, `input`), `source` as the camera calls it."""

    name: str
    source: str
    active: bool


@dataclass(frozen=True, slots=True)
class TriggerSource:
    """Where a camera tells of events; two equal ones need no new subscription.

    `path` of the channel's stream: cameras with several lenses name the one that an event is about.
    """

    address: str
    credentials: Credentials | None
    path: str = "/"


Listen = Callable[[TriggerSource, Callable[[Happening], None], asyncio.Event], Awaitable[None]]
"""Hands over what happens until the event is set; goes on by itself after trouble."""


class Triggers:
    """Listens to one camera. `happened` is told the name of what goes on: at its begin, again and again, at its end."""

    def __init__(self, source: TriggerSource, listen: Listen, happened: Callable[[str], None], clock: Clock) -> None:
        self.source = source
        self._happened = happened
        self._monotonic = clock.monotonic
        self._active: dict[tuple[str, str], float] = {}
        self._stop = asyncio.Event()
        self._task = asyncio.ensure_future(listen(source, self._take, self._stop))

    async def stop(self) -> None:
        """End the subscription; a camera has few places for them."""
        self._stop.set()
        await asyncio.wait({self._task}, timeout=5)
        self._task.cancel()

    def tick(self) -> None:
        """Once a second."""
        now_s = self._monotonic()
        for what, said_s in self._active.items():
            if now_s - said_s >= REPEAT_S:
                self._active[what] = now_s
                self._happened(what[0])

    def _take(self, one: Happening) -> None:
        what = one.name, one.source
        known = what in self._active
        if one.active:
            self._active.setdefault(what, self._monotonic())
        else:
            self._active.pop(what, None)
        if one.active != known or known:
            self._happened(one.name)
