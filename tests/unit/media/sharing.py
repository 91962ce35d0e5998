"""Several `media` processes over one store, each in a process of its own, that are killed, frozen and thawed.

As a module it is the process that makes them: numbers come as lines on standard input, pids go out. The modules are
loaded once, so that a death costs no start-up.
"""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any, Final

import pytest
from sqlalchemy import select
from tests.unit.media import promises
from tests.unit.media.running import SETTINGS, Studio, eventually, hurried, source
from tests.unit.media.storing import S

from mingjian.config import Settings
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.ids import ChannelId
from mingjian.media import store
from mingjian.media.check import service as checks
from mingjian.media.check.means import Means
from mingjian.media.check.model import Mode
from mingjian.media.members import membership
from mingjian.media.members import store as members
from mingjian.media.members.model import Assignment, Member
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.rtsp import RtspServer
from mingjian.storage.engine import Database
from mingjian.workers import media
from mingjian.workers.context import RoleContext, StopSignal
from mingjian.workers.folders import Folders, held, name_of

ROOT: Final = Path(__file__).parents[3]
LEASE_S: Final = 2.0
LIMIT_S: Final = 60.0
_BEAT_S: Final = 0.4


def _serve(database: str, folder: Path, number: int) -> None:
    """The role as it is started, but for its patience."""
    patch = pytest.MonkeyPatch()
    hurried(patch)
    patch.setattr(membership, "LEASE_S", LEASE_S)
    patch.setattr(membership, "BEAT_S", _BEAT_S)
    patch.setattr("mingjian.media.record.writer.BEAT_S", _BEAT_S)
    patch.setattr(membership, "ROLL_S", 0.2)
    patch.setattr("mingjian.media.recorder.STALL_TICK_S", 0.3)
    stop = StopSignal()
    signal.signal(signal.SIGTERM, lambda _number, _frame: stop.set())
    folders = Folders(folder, folder / "run")
    context = RoleContext(
        "media",
        Settings(media=SETTINGS),
        folders.data,
        folders.run,
        database,
        SystemClock(),
        stop,
        member=number,
    )
    with held(folders, name_of("media", number), wait_s=5):
        media.run(context)


def main() -> None:
    database, folder = sys.argv[1], Path(sys.argv[2])
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for them
    print("ready", flush=True)  # noqa: T201 - what the test waits for
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)  # its log is not for the test
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _serve(database, folder, int(line))
            os._exit(0)
        print(child, flush=True)  # noqa: T201


@dataclass
class Crew:
    """The processes of a test, by number."""

    database: str
    folder: Path
    process: "subprocess.Popen[str]"
    pids: dict[int, int] = field(default_factory=dict)

    def start(self, number: int) -> None:
        say, hear = _pipes(self.process)
        say.write(f"{number}\n")
        say.flush()
        self.pids[number] = int(hear.readline())

    def kill(self, number: int) -> int:
        """Without a word; returns the moment (wall microseconds)."""
        now_us = time.time_ns() // 1000
        os.kill(self.pids[number], signal.SIGKILL)
        _gone(self.pids.pop(number))
        return now_us

    def freeze(self, number: int) -> None:
        os.kill(self.pids[number], signal.SIGSTOP)

    def thaw(self, number: int) -> None:
        os.kill(self.pids[number], signal.SIGCONT)

    def stop(self, number: int) -> None:
        os.kill(self.pids[number], signal.SIGTERM)
        _gone(self.pids.pop(number))

    def stop_all(self) -> None:
        for pid in self.pids.values():
            os.kill(pid, signal.SIGTERM)
        for number in list(self.pids):
            _gone(self.pids.pop(number))


def _pipes(process: "subprocess.Popen[str]") -> tuple[IO[str], IO[str]]:
    assert process.stdin is not None
    assert process.stdout is not None
    return process.stdin, process.stdout


def _gone(pid: int, limit_s: float = 30.0) -> None:
    deadline = time.monotonic() + limit_s
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, f"{pid} does not end"
        time.sleep(0.01)


@contextmanager
def crew(database: str, folder: Path) -> Iterator[Crew]:
    (folder / "run").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "tests.unit.media.sharing", database, str(folder)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    with (
        (folder / "crew.log").open("w") as log,
        subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=ROOT,
            env=environment,
        ) as process,
    ):
        made = Crew(database, folder, process)
        try:
            assert _pipes(process)[1].readline() == "ready\n"
            yield made
        finally:
            for pid in made.pids.values():
                os.kill(pid, signal.SIGKILL)
            process.kill()


@dataclass
class Shared(Studio):
    """What the database says of members and channels."""

    def living(self) -> dict[int, Member]:
        with self.database.read() as tx:
            return {one.number: one for one in members.living(tx)}

    def assignments(self) -> dict[ChannelId, Assignment]:
        with self.database.read() as tx:
            return members.assignments(tx)

    def owners(self) -> dict[ChannelId, int | None]:
        """The number of the living member that has each channel."""
        numbers = {one.fence: number for number, one in self.living().items()}
        return {channel: numbers.get(one.fence or 0) for channel, one in self.assignments().items()}

    def of(self, number: int) -> list[ChannelId]:
        return [channel for channel, owner in self.owners().items() if owner == number]

    def recorded_since(self, channel: ChannelId, moment_us: int) -> bool:
        return any(one.end_us > moment_us and one.start_us > moment_us for one in self.segments(channel))

    def judge(self, channels: list[ChannelId]) -> dict[ChannelId, list[list[int]]]:
        """Nobody records any more: every promise holds, and each connection's frames are there one after the other."""
        with self.database.read() as tx:
            (volume,) = store.volumes(tx)
            files = {volume.id.hex: promises.contents(self.folder / "video")}
            assert promises.broken(tx, files, over=True, covered=True) == []
        self.check()
        found = {one: self.sessions(one) for one in channels}
        for sessions in found.values():
            assert all(frames == list(range(len(frames))) for frames in sessions)
        return found

    def check(self) -> None:
        """What `mingjian check --full` says."""
        means = Means(self.database, self.clock, time.sleep)
        run = checks.begin(self.database, Mode.FULL, None, resume=False, now_us=self.clock.now_us())
        done = checks.work(means, run)
        with self.database.read() as tx:
            assert (done.found, checks.damage(tx)) == (0, [])

    def fences_of(self, channel: ChannelId) -> list[int | None]:
        """Whose the segments of a channel are, in the order of recording."""
        query = select(store.SEGMENT.c.fence).where(store.SEGMENT.c.channel_id == channel)
        with self.database.read() as tx:
            rows: list[Any] = list(tx.execute(query.order_by(store.SEGMENT.c.start_us)))
        return [row.fence for row in rows]


Script = Callable[[Shared, Crew, list[ChannelId]], Awaitable[None]]


def play(database: Database, url: str, folder: Path, count: int, script: Script) -> tuple[Shared, list[ChannelId]]:
    studio = Shared(database, folder)
    studio.volume()

    async def playing() -> list[ChannelId]:
        specs = [CameraSpec(f"camera/{at}", at + 1, source()) for at in range(count)]
        async with RtspServer(specs) as server:
            channels = [studio.add(server.url(spec.path)) for spec in specs]
            with crew(url, folder) as processes:
                await script(studio, processes, channels)
                await asyncio.to_thread(processes.stop_all)
        return channels

    return studio, asyncio.run(playing())


async def shared(studio: Shared, numbers: set[int], channels: list[ChannelId]) -> None:
    """Until each of these members has channels and all of them are recorded."""
    await eventually(
        lambda: set(studio.owners().values()) == numbers and len(studio.owners()) == len(channels), LIMIT_S
    )
    now_us = studio.clock.now_us()
    for one in channels:
        await eventually(partial(studio.recorded_since, one, now_us - 10 * S), LIMIT_S)


async def recorded_again(studio: Shared, channels: list[ChannelId], since_us: int) -> None:
    for one in channels:
        await eventually(partial(studio.recorded_since, one, since_us), LIMIT_S)


async def taken_over(studio: Shared, channels: list[ChannelId], number: int) -> None:
    """Until this member has all of them and has recorded each.

    Recorded time begins with the first frame, which may have come late: what another one has recorded may be ahead of
    the clock, so new footage alone does not say whose it is.
    """
    await eventually(lambda: set(channels) <= set(studio.of(number)), LIMIT_S)
    await recorded_again(studio, channels, studio.clock.now_us())


if __name__ == "__main__":
    main()
