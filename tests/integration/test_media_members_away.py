"""Several processes share the cameras, and the database is away: from one of them, from all, from one that is alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.unit.media.running import VAULT, eventually, hurried, source
from tests.unit.media.sharing import LEASE_S, LIMIT_S, Shared, recorded_again, shared, taken_over
from tests.unit.media.storing import Trouble

from mingjian.kernel.ids import ChannelId
from mingjian.media.members import membership
from mingjian.media.members.model import Fenced
from mingjian.media.recorder import Recorder
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.rtsp import RtspServer
from mingjian.storage.engine import Database


@asynccontextmanager
async def recorder(
    studio: Shared, database: Database, number: int
) -> AsyncIterator[tuple[Recorder, asyncio.Task[None]]]:
    """A member in this process."""
    socket = str(studio.folder / f"media-{number}.sock")
    made = Recorder(database, studio.settings, studio.clock, VAULT, socket_path=socket, member=number)
    stop, ready = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(made.run(stop, ready.set))
    try:
        async with asyncio.timeout(LIMIT_S):
            await ready.wait()
        yield made, task
    finally:
        stop.set()
        async with asyncio.timeout(LIMIT_S):
            await asyncio.wait({task})


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    hurried(monkeypatch)
    monkeypatch.setattr(membership, "LEASE_S", LEASE_S)
    monkeypatch.setattr(membership, "LAPSE_S", 2 * LEASE_S)
    monkeypatch.setattr(membership, "ROLL_S", 0.2)
    monkeypatch.setattr("mingjian.media.record.writer.BEAT_S", 0.3)


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.breadth)])
@pytest.mark.breadth
def test_one_that_cannot_commit_stops_what_others_may_have(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    """The other one takes its cameras over; what it wrote meanwhile never lands."""
    studio = Shared(database, tmp_path)
    studio.volume()
    cut_off = Trouble(database_url)

    async def scenario() -> list[ChannelId]:
        specs = [CameraSpec(f"camera/{at}", at + 1, source()) for at in range(2)]
        async with RtspServer(specs) as server, recorder(studio, database, 1):
            channels = [studio.add(server.url(spec.path)) for spec in specs]
            async with recorder(studio, cut_off, 2) as (second, task):
                await shared(studio, {1, 2}, channels)
                (theirs,) = studio.of(2)
                cut_off.busy = True
                await taken_over(studio, [theirs], 1)
                assert set(studio.of(1)) == set(channels)
                await eventually(lambda: not second._channels, LIMIT_S)
                assert not task.done()
                cut_off.busy = False
                async with asyncio.timeout(LIMIT_S):
                    await asyncio.wait({task})
                assert isinstance(task.exception(), Fenced)
                await recorded_again(studio, channels, studio.clock.now_us())
        return channels

    channels = asyncio.run(scenario())
    cut_off.close()
    studio.judge(channels)


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("engine", ["sqlite"])
def test_away_from_everybody_nobody_takes_over_and_little_is_lost(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    studio = Shared(database, tmp_path)
    studio.volume()
    away = [Trouble(database_url), Trouble(database_url)]
    fences: list[dict[int, int]] = []

    async def scenario() -> list[ChannelId]:
        specs = [CameraSpec(f"camera/{at}", at + 1, source()) for at in range(2)]
        async with RtspServer(specs) as server, recorder(studio, away[0], 1), recorder(studio, away[1], 2):
            channels = [studio.add(server.url(spec.path)) for spec in specs]
            await shared(studio, {1, 2}, channels)
            fences.append({number: one.fence for number, one in studio.living().items()})
            for one in away:
                one.busy = True
            await asyncio.sleep(1.5 * LEASE_S)  # longer than the lease, shorter than a lapse
            for one in away:
                one.busy = False
            await recorded_again(studio, channels, studio.clock.now_us())
            fences.append({number: one.fence for number, one in studio.living().items()})
        return channels

    channels = asyncio.run(scenario())
    for one in away:
        one.close()
    assert fences[0] == fences[1]
    sessions = studio.judge(channels)
    assert sum(len(those) for those in sessions.values()) <= 3  # one may have been moved when the second came


@pytest.mark.timeout(240)
@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.breadth
def test_one_that_is_alone_records_on(database: Database, database_url: str, tmp_path: Path) -> None:
    studio = Shared(database, tmp_path)
    studio.volume()
    away = Trouble(database_url)

    async def scenario() -> list[ChannelId]:
        spec = CameraSpec("camera", 1, source())
        async with RtspServer([spec]) as server, recorder(studio, away, 1):
            channels = [studio.add(server.url(spec.path))]
            await shared(studio, {1}, channels)
            away.busy = True
            await asyncio.sleep(3 * LEASE_S)
            away.busy = False
            await recorded_again(studio, channels, studio.clock.now_us())
        return channels

    channels = asyncio.run(scenario())
    away.close()
    sessions = studio.judge(channels)
    assert [len(those) for those in sessions.values()] == [1]
