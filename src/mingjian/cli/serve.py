"""`mingjian serve`: all roles under a supervisor, or one of them."""

import importlib
import os
import signal
import sys
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from mingjian.cli.options import DEFAULT_DATA, ConfigFile, DataDir, read_settings
from mingjian.cli.output import print_text, say
from mingjian.config import Settings
from mingjian.kernel import logging
from mingjian.kernel.clock import SystemClock
from mingjian.storage import migrate
from mingjian.storage.engine import Database
from mingjian.workers.folders import Folders, held, prepare
from mingjian.workers.process import ROLES, SEVERAL, Start, run_role
from mingjian.workers.supervisor import Supervised, Supervisor

RoleName = Annotated[str | None, typer.Option("--role", help=f"只运行一个角色 / one role only: {' | '.join(ROLES)}")]
Demo = Annotated[bool, typer.Option("--demo", help="附带演示摄像机 / with demonstration cameras")]
MemberNumber = Annotated[
    int, typer.Option("--member", min=1, help="第几个 media 进程 / which of the media processes", show_default=False)
]
IsSupervised = Annotated[bool, typer.Option("--supervised", hidden=True)]


def serve(
    *,
    data: DataDir = DEFAULT_DATA,
    config: ConfigFile = None,
    role: RoleName = None,
    member: MemberNumber = 1,
    demonstration: Demo = False,
    supervised: IsSupervised = False,
) -> None:
    """启动平台 / start the platform."""
    loaded = read_settings(data, config)
    folders = prepare(data)
    if role is None:
        sys.exit(serve_all(loaded.settings, folders, config, demonstration=demonstration))
    start = Start(role, supervised=supervised, demonstration=demonstration, member=member)
    run_role(start, loaded, folders, SystemClock(), lambda: read_settings(data, config))


def serve_all(settings: Settings, folders: Folders, config: Path | None, *, demonstration: bool) -> int:
    """Migrate, then keep every role running until a signal; the exit code."""
    logging.configure(settings.log, role="supervisor", pid=os.getpid())
    with held(folders, "mingjian"):
        with closing(Database(settings.storage.database_url(folders.data))) as database:
            migrate.upgrade(database)
        processes = plan(folders, config, demonstration=demonstration, media=settings.media.processes)
        if demonstration:
            processes.insert(0, _demonstration().prepare(folders, settings, SystemClock()))
        supervisor = Supervisor(processes, folders.run, folders.metrics, SystemClock())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: supervisor.stop())
        return supervisor.run()


def _demonstration() -> Any:
    # Late: what draws and encodes the scenes has no business in the processes of the roles.
    return importlib.import_module("mingjian.cli.demonstration")


def plan(folders: Folders, config: Path | None, *, demonstration: bool, media: int = 1) -> list[Supervised]:
    """Every process of this machine, in the order of starting; `media`: how many record."""
    common = [sys.executable, "-m", "mingjian", "serve", "--supervised", "--data", str(folders.data)]
    if config is not None:
        common += ["--config", str(config.absolute())]
    if demonstration:
        common.append("--demo")
    starts = [
        Start(role, member=number) for role in ROLES for number in range(1, 1 + (media if role in SEVERAL else 1))
    ]
    return [
        Supervised(one.name, (*common, "--role", one.role, "--member", str(one.member)), announce) for one in starts
    ]


def announce(details: Mapping[str, Any]) -> None:
    """Tell the person at the terminal where the platform is, and what a role has to say to this person alone."""
    if url := details.get("url"):
        print_text(say(f"明鉴已就绪：{url}", f"Mingjian is ready: {url}"))
    for line in details.get("say", ()):
        print_text(str(line))
    sys.stdout.flush()
