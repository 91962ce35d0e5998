"""A full platform whose roles are killed at random moments: the others go on, it comes back, and little is lost."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

import httpx
import pysqlite3
from bench.cameras import cameras
from bench.platform import Data, Whole, whole
from tests.ports import free_port
from tests.unit.api.serving import NO_TLS
from tests.unit.media import promises

from mingjian.kernel.ids import ChannelId
from mingjian.kernel.intervals import Span
from mingjian.media import playback, store
from mingjian.media.model import GapCause
from mingjian.media.settings import MediaSettings
from mingjian.storage.engine import Database
from mingjian.workers.process import ROLES
from mingjian.workers.states import ProcessState, read_states

# The supervisor waits up to ten seconds before it starts a process that keeps dying.
BACK_S: Final = 45.0
# What is in memory, and the tick of reading. What was written is proven by its seal, flushed or not.
LOSS_LIMIT_S: Final = MediaSettings().fragment_s + 0.5


@dataclass
class Count:
    """What was seen: when the recorder was killed (wall microseconds)."""

    recorder_killed_us: list[int] = field(default_factory=list)
    losses_s: list[float] = field(default_factory=list)


class Platform:
    """A running platform with cameras, and what the database says of it."""

    def __init__(self, data: Data, running: Whole, channels: list[UUID]) -> None:
        self.data = data
        self.running = running
        self.channels = [ChannelId(one) for one in channels]
        self.database = Database(data.url)

    def roles(self) -> dict[str, ProcessState]:
        return {one.role: one for one in read_states(self.data.folders.run)}

    def up(self, restarts: int) -> bool:
        """Every role is up and was started again so often: nobody died of another's death."""
        found = self.roles()
        assert max(one.restarts for one in found.values()) <= restarts, found
        return all((one.state, one.restarts) == ("up", restarts) for one in found.values())

    def recorded_since(self, moment_us: int) -> bool:
        with self.database.read() as tx:
            wanted = Span(moment_us - 1_000_000, moment_us + 600_000_000)
            until = [playback.timeline(tx, one, wanted).recording_until_us for one in self.channels]
        return all(one is not None and one > moment_us for one in until)

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.running.address}/api/v1/state", timeout=5, verify=NO_TLS).is_success
        except httpx.TransportError:
            return False


def until(condition: Callable[[], bool], what: str, within_s: float = BACK_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.1)


def now_us() -> int:
    return time.time_ns() // 1000


@contextmanager
def platform(folder: Path, count: int) -> Iterator[Platform]:
    data = Data(folder / "data")
    with cameras(count, folder, "640x360", 800) as sending, whole(data, free_port()) as running:
        channels = data.register(sending.addresses)
        data.wait_until_recording(count)
        found = Platform(data, running, channels)
        with closing(found.database):
            yield found


def kill_often(folder: Path, *, rounds: int, count: int, seed: int) -> Count:
    """Each role dies so many times with so many cameras; what it leaves is checked."""
    chance, seen = Random(seed), Count()
    with platform(folder, count) as running:
        began = now_us()
        until(lambda: running.recorded_since(began), "recording")
        for number in range(1, rounds + 1):
            kill_each(running, chance, seen)
            until(lambda: running.up(number), f"every role, after {number} rounds")  # noqa: B023 - called here
            again = now_us()
            until(lambda: running.recorded_since(again), "recording again")  # noqa: B023 - called here
            until(running.answers, "an answer of the API")
        channels, ended = running.channels, now_us()
    check_footage(running.data, channels, Span(began, ended), seen)
    check_store(running.data)
    return seen


def kill_each(running: Platform, chance: Random, count: Count) -> None:
    """Kill every role once, in any order, at any moment; they may be starting while the next one is killed."""
    for role in chance.sample(ROLES, len(ROLES)):
        time.sleep(chance.uniform(0, 2.5))
        pid = running.roles()[role].pid
        assert pid is not None
        if role == "media":
            count.recorder_killed_us.append(now_us())
        os.kill(pid, signal.SIGKILL)


def check_footage(data: Data, channels: list[ChannelId], whole_time: Span, count: Count) -> None:
    """Recording was interrupted by the recorder's deaths alone, and each time little was lost before it."""
    kills = count.recorder_killed_us
    with closing(Database(data.url)) as database, database.read() as tx:
        for channel in channels:
            found = playback.timeline(tx, channel, whole_time)
            assert len(found.spans) == len(kills) + 1, (len(found.spans), len(kills))
            for span, killed_us in zip(found.spans, kills, strict=False):
                count.losses_s.append((killed_us - span.span.end_us) / 1e6)
            assert {gap.cause for gap in found.gaps} == {GapCause.ROLE_DOWN}
    assert max(count.losses_s) <= LOSS_LIMIT_S, sorted(count.losses_s)[-20:]
    assert min(count.losses_s) > -0.5  # recorded time does not run ahead of the clock


def check_store(data: Data) -> None:
    """The database is whole, and so is every promise of the store."""
    with closing(pysqlite3.connect(data.path / "mingjian.db")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    with closing(Database(data.url)) as database, database.read() as tx:
        (volume,) = store.volumes(tx)
        files = {volume.id.hex: promises.contents(data.path / "video")}
        assert promises.broken(tx, files, over=True, covered=True) == []
