"""kill -9 of every role at random moments of a full platform: the others go on, it comes back, and little is lost."""

import os
import random
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import median
from uuid import UUID

import httpx
import pysqlite3
import pytest
from bench.cameras import cameras
from bench.platform import Data, Whole, whole
from sqlalchemy import select
from tests.soak.conftest import number

from mingjian.kernel.ids import ChannelId
from mingjian.kernel.intervals import Span
from mingjian.media import playback, store
from mingjian.media.model import GapCause, SegmentState, unpack_records
from mingjian.media.settings import MediaSettings
from mingjian.storage.engine import Database
from mingjian.workers.process import ROLES
from mingjian.workers.states import ProcessState, read_states

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

KILLS = number("SOAK_KILLS", 40)
CAMERAS = number("SOAK_KILL_CAMERAS", 12)
SEED = number("SOAK_SEED", 20261121)
# The supervisor waits up to ten seconds before it starts a process that keeps dying.
BACK_S = 45.0
# What is in memory, what is written and not yet promised by the database, the reading tick and a slow disk.
SETTINGS = MediaSettings()
LOSS_LIMIT_S = SETTINGS.fragment_s + SETTINGS.flush_interval_s + 0.5


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
            return httpx.get(f"{self.running.address}/api/v1/state", timeout=5).is_success
        except httpx.TransportError:
            return False


def until(condition: Callable[[], bool], what: str, within_s: float = BACK_S) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"not within {within_s} s: {what}"
        time.sleep(0.1)


def now_us() -> int:
    return time.time_ns() // 1000


def free_port() -> int:
    """A port that the API finds again each time it is started."""
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        return int(taken.getsockname()[1])


@contextmanager
def platform(folder: Path) -> Iterator[Platform]:
    data = Data(folder / "data")
    with cameras(CAMERAS, folder, "640x360", 800) as sending, whole(data, free_port()) as running:
        channels = data.register(sending.addresses)
        data.wait_until_recording(CAMERAS)
        found = Platform(data, running, channels)
        with closing(found.database):
            yield found


def test_each_role_dies_and_nothing_else_does(footage: Path) -> None:
    chance, count = random.Random(SEED), Count()
    with platform(footage) as running:
        began = now_us()
        until(lambda: running.recorded_since(began), "recording")
        for round_number in range(1, KILLS + 1):
            kill_each(running, chance, count)
            until(lambda: running.up(round_number), f"every role, after {round_number} rounds")  # noqa: B023 - called here
            again = now_us()
            until(lambda: running.recorded_since(again), "recording again")  # noqa: B023 - called here
            until(running.answers, "an answer of the API")
        channels, ended = running.channels, now_us()
    check_footage(running.data, channels, Span(began, ended), count)
    check_store(running.data)
    sys.stderr.write(
        f"\n{KILLS} kills of each role, {CAMERAS} cameras: lost at a kill of the recorder, seconds: "
        f"median {median(count.losses_s):.2f}, most {max(count.losses_s):.2f}\n"
    )


def kill_each(running: Platform, chance: random.Random, count: Count) -> None:
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
    """The database is whole; every row has its file with its digest, and every file its row."""
    with closing(pysqlite3.connect(data.path / "mingjian.db")) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert raw.execute("PRAGMA foreign_key_check").fetchall() == []
    video = data.path / "video"
    with closing(Database(data.url)) as database, database.read() as tx:
        rows = list(tx.execute(select(store.SEGMENT)))
        indexes = {row.id: store.records_of(tx, row.id) for row in rows}
    assert {row.state for row in rows} == {SegmentState.CLOSED}
    assert {video / row.path_name for row in rows} == set(data.files())
    for row in rows:
        content = (video / row.path_name).read_bytes()
        assert len(content) == row.size
        digests, at = sha256(content[: row.init_size]).digest(), row.init_size
        for record in unpack_records(indexes[row.id]):
            assert sha256(content[at : at + record.length]).digest() == record.digest
            digests += record.digest
            at += record.length
        assert at == row.size
        assert sha256(digests).digest() == row.digest
