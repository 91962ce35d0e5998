"""What a role is given when it starts. A role is `run(context: RoleContext) -> None` in `mingjian.workers.<role>`.

`run` works until `context.stop` is set, then returns within a few seconds; it calls `context.ready()` once it serves.
It raises MingjianError for what keeps it from starting (a taken port); any other exception is a defect, logged by the
caller, and the supervisor starts the role again.
"""

import asyncio
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mingjian.config import Loaded, Settings, declared
from mingjian.kernel.clock import Clock


class StopSignal:
    """Set once, from a signal or when the supervisor has died; for threads and for event loops."""

    def __init__(self) -> None:
        self._event = threading.Event()
        # Re-entrant: a signal handler may run in the thread that is just adding a callback.
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[], None]] = []

    def set(self) -> None:
        with self._lock:
            if self._event.is_set():
                return
            self._event.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            callback()

    def is_set(self) -> bool:
        return self._event.is_set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Block until set or until `timeout_s` has passed; whether it is set."""
        return self._event.wait(timeout_s)

    def on_set(self, callback: Callable[[], None]) -> None:
        """Call `callback` when set (at once if it already is), from any thread: keep it short."""
        with self._lock:
            if not self._event.is_set():
                self._callbacks.append(callback)
                return
        callback()

    async def wait_in_loop(self) -> None:
        """Wait in the running event loop, without a thread."""
        loop = asyncio.get_running_loop()
        over = asyncio.Event()

        def wake() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(over.set)

        self.on_set(wake)
        await over.wait()


def _not_supervised(_details: Mapping[str, Any]) -> None:
    """Nobody asked."""


@dataclass(frozen=True, slots=True)
class RoleContext:
    """The process of one role.

    `data_dir` holds what must survive, `run_dir` Unix sockets and the supervisor's state file. The database is at the
    right schema; each role opens it itself: `Database(context.database_url)`. `member` tells processes of the same role
    from each other. `loaded` is `settings` with their origins, `written` reads them again as the next start would.
    """

    role: str
    settings: Settings
    data_dir: Path
    run_dir: Path
    database_url: str
    clock: Clock
    stop: StopSignal
    demonstration: bool = False
    member: int = 1
    report: Callable[[Mapping[str, Any]], None] = _not_supervised
    loaded: Loaded = field(default_factory=declared)
    written: Callable[[], Loaded] = declared

    def ready(self, **details: Any) -> None:
        """Tell the supervisor that this process serves. `details` must be JSON.

        `url="http://…"` is the address for people; the texts in `say=[…]` are printed to the operator's terminal and
        never logged (the link for the first set-up).
        """
        self.report(details)
