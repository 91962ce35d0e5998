"""The life of one role's process: settings, log, lock, signals, the watch on its supervisor, then the role itself."""

import importlib
import importlib.util
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Final

import structlog

from mingjian.config import Loaded, declared
from mingjian.kernel import logging, metrics
from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.storage import migrate
from mingjian.storage.engine import Database
from mingjian.workers.context import RoleContext, StopSignal
from mingjian.workers.errors import ROLE_ALONE, ROLE_MISSING, ROLE_UNKNOWN
from mingjian.workers.folders import MEDIA, Folders, held, name_of

ROLES: Final = ("media", "jobs", "api")
"""In the order in which they are started."""

SEVERAL: Final = frozenset({MEDIA})
"""Roles of which several processes may run."""

ORPHAN_GRACE_S: Final = 1.5
# As long as the processes of a killed supervisor may take to notice, and some.
_LOCK_WAIT_S: Final = 5.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Start:
    """Which role this process is; `supervised` when a supervisor holds its standard input. `member`: which one of
    several, for a role of which there may be several.
    """

    role: str
    supervised: bool = False
    demonstration: bool = False
    member: int = 1

    @property
    def name(self) -> str:
        return name_of(self.role, self.member)


def run_role(
    start: Start, loaded: Loaded, folders: Folders, clock: Clock, written: Callable[[], Loaded] = declared
) -> None:
    """Run the role until it is told to stop; `written` reads the settings again.

    Raises MingjianError ROLE_UNKNOWN, ROLE_MISSING, ALREADY_RUNNING, the schema's when the database is not at this
    program's, and what the role itself declares.
    """
    if start.role not in ROLES:
        raise MingjianError(ROLE_UNKNOWN, role=start.role, known=", ".join(ROLES))
    if start.member != 1 and start.role not in SEVERAL:
        raise MingjianError(ROLE_ALONE, role=start.role)
    settings = loaded.settings
    logging.configure(settings.log, role=start.name, pid=os.getpid())
    _log_defects()
    stop = StopSignal()
    _watch(stop, supervised=start.supervised)
    context = RoleContext(
        role=start.role,
        settings=settings,
        data_dir=folders.data,
        run_dir=folders.run,
        database_url=settings.storage.database_url(folders.data),
        clock=clock,
        stop=stop,
        demonstration=start.demonstration,
        member=start.member,
        loaded=loaded,
        written=written,
    )
    context = replace(context, report=_report if start.supervised else _say)
    with held(folders, start.name, wait_s=_LOCK_WAIT_S):
        metrics.configure(folders.metrics, start.name)
        _require_schema(context.database_url)
        _module(start.role).run(context)


def _module(role: str) -> Any:
    # By name and late: a role's libraries are loaded in its own process only.
    name = f"mingjian.workers.{role}"
    if importlib.util.find_spec(name) is None:
        raise MingjianError(ROLE_MISSING, role=role, module=name)
    return importlib.import_module(name)


def _require_schema(url: str) -> None:
    with closing(Database(url)) as database:
        migrate.require_head(database)


def _report(details: Mapping[str, Any]) -> None:
    sys.stdout.write(json.dumps({"ready": True, **details}) + "\n")
    sys.stdout.flush()


def _say(details: Mapping[str, Any]) -> None:
    """A role that runs alone has no supervisor to speak for it."""
    lines = [str(line) for line in (details.get("url"), *details.get("say", ())) if line]
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    sys.stdout.flush()


def _watch(stop: StopSignal, *, supervised: bool) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: stop.set())
    if supervised:
        threading.Thread(target=_watch_supervisor, args=(stop,), name="supervisor-watch", daemon=True).start()


def _watch_supervisor(stop: StopSignal) -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    stop.set()
    # The role has a moment to end by itself; a process that outlives its supervisor would be nobody's.
    threading.Event().wait(ORPHAN_GRACE_S)
    os._exit(1)


def _log_defects() -> None:
    """Whatever nobody caught is one line of the log, not a traceback in between."""

    def defect(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        _log.critical("defect", exc_info=(kind, error, trace))

    def in_thread(hook: threading.ExceptHookArgs) -> None:
        if hook.exc_value is not None:
            name = hook.thread.name if hook.thread else "?"
            _log.critical("defect", thread=name, exc_info=(hook.exc_type, hook.exc_value, hook.exc_traceback))

    sys.excepthook = defect
    threading.excepthook = in_thread
