"""Several processes share the cameras: they come, die, freeze and come back, and each camera is always one's."""

import asyncio
import random
from pathlib import Path

import pytest
from tests.counts import counted
from tests.engines import mostly_postgresql, mostly_sqlite
from tests.unit.media.running import eventually
from tests.unit.media.sharing import LEASE_S, LIMIT_S, Crew, Shared, play, recorded_again, shared, taken_over
from tests.unit.media.storing import S

from mingjian.kernel.ids import ChannelId
from mingjian.media.live.hub import LiveHub, Viewer
from mingjian.media.live.wire import Kind
from mingjian.media.model import GapCause
from mingjian.storage.engine import Database
from mingjian.workers.folders import Folders, media_sockets

# A fragment in memory, the tick of reading, and a loaded machine.
LOST_S = 2.0


def lost_s(studio: Shared, channel: ChannelId, killed_us: int) -> tuple[float, float]:
    """Seconds of footage lost before a death, and from it to the first picture of the next one."""
    before = max(one.end_us for one in studio.segments(channel) if one.start_us < killed_us)
    after = min(one.start_us for one in studio.segments(channel) if one.start_us >= killed_us)
    return (killed_us - before) / S, (after - killed_us) / S


@pytest.mark.timeout(240)
@mostly_sqlite
def test_one_of_two_is_killed(database: Database, database_url: str, tmp_path: Path) -> None:
    killed: list[tuple[int, list[ChannelId]]] = []
    left: list[ChannelId] = []

    async def script(studio: Shared, processes: Crew, channels: list[ChannelId]) -> None:
        processes.start(1)
        processes.start(2)
        await shared(studio, {1, 2}, channels)
        theirs = studio.of(2)
        left.extend(studio.of(1))
        killed.append((await asyncio.to_thread(processes.kill, 2), theirs))
        await taken_over(studio, theirs, 1)
        assert set(studio.owners().values()) == {1}

    studio, channels = play(database, database_url, tmp_path, 4, script)
    sessions = studio.judge(channels)
    ((killed_us, theirs),) = killed
    assert len(theirs) == 2
    for one in theirs:
        before_s, after_s = lost_s(studio, one, killed_us)
        assert -0.5 < before_s < LOST_S
        assert LEASE_S - 1 < after_s < LEASE_S + 15
        assert GapCause.ROLE_DOWN in {gap.cause for gap in studio.gaps(one)}
    for one in left:  # those of the other one were not touched after they had been shared out
        assert len(sessions[one]) <= 2


@pytest.mark.timeout(240)
@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.breadth
def test_who_watches_sees_the_next_owner_without_doing_anything(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async def script(studio: Shared, processes: Crew, channels: list[ChannelId]) -> None:
        processes.start(1)
        processes.start(2)
        await shared(studio, {1, 2}, channels)
        sockets = Folders(tmp_path, tmp_path / "run")
        hub = LiveHub(more=lambda: media_sockets(sockets))
        hub.start()
        try:
            (theirs,) = studio.of(2)
            viewer = hub.join(theirs)
            await pictures_from(viewer, 0)
            killed_us = await asyncio.to_thread(processes.kill, 2)
            await pictures_from(viewer, killed_us + 1_000_000)
        finally:
            await hub.stop()

    play(database, database_url, tmp_path, 2, script)


async def pictures_from(viewer: Viewer, moment_us: int) -> None:
    """Until a key frame of this moment or later, and what follows it, reach a viewer."""
    kinds: list[int] = []
    async with asyncio.timeout(LIMIT_S):
        while kinds[-2:] != [Kind.KEY, Kind.CHUNK]:
            for item in await viewer.take():
                if isinstance(item, bytes) and int.from_bytes(item[8:16], "big") >= moment_us:
                    kinds = [*kinds, item[0]][-2:] if kinds[-2:] != [Kind.KEY, Kind.CHUNK] else kinds


@pytest.mark.timeout(240)
@mostly_postgresql
def test_one_that_was_frozen_gives_up_what_it_had(database: Database, database_url: str, tmp_path: Path) -> None:
    """It goes on where it was: in the middle of files that were closed by another, in the middle of its commits."""

    async def script(studio: Shared, processes: Crew, channels: list[ChannelId]) -> None:
        processes.start(1)
        processes.start(2)
        await shared(studio, {1, 2}, channels)
        fence, theirs = studio.living()[2].fence, studio.of(2)
        processes.freeze(2)
        await taken_over(studio, theirs, 1)
        assert set(studio.owners().values()) == {1}
        processes.thaw(2)
        await eventually(lambda: 2 in studio.living() and studio.living()[2].fence != fence, LIMIT_S)
        again_us = studio.clock.now_us()
        await recorded_again(studio, theirs, again_us - 30 * S)

    studio, channels = play(database, database_url, tmp_path, 4, script)
    studio.judge(channels)


@pytest.mark.timeout(240)
@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.breadth
def test_one_comes_and_gets_its_share(database: Database, database_url: str, tmp_path: Path) -> None:
    before: list[ChannelId] = []

    async def script(studio: Shared, processes: Crew, channels: list[ChannelId]) -> None:
        processes.start(1)
        await shared(studio, {1}, channels)
        processes.start(2)
        await shared(studio, {1, 2}, channels)
        before.extend(studio.of(1))
        moved, now_us = studio.of(2), studio.clock.now_us()
        assert len(moved) == 2
        await recorded_again(studio, moved, now_us)

    studio, channels = play(database, database_url, tmp_path, 4, script)
    sessions = studio.judge(channels)
    for one in channels:
        assert len(sessions[one]) == (1 if one in before else 2)
        for gap in studio.gaps(one)[1:-1]:
            assert gap.end_us is not None
            assert gap.end_us - gap.start_us < 10 * S


@pytest.mark.timeout(240)
@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.breadth
def test_one_that_is_started_again_at_once_keeps_its_channels(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    async def script(studio: Shared, processes: Crew, channels: list[ChannelId]) -> None:
        processes.start(1)
        processes.start(2)
        await shared(studio, {1, 2}, channels)
        fence, theirs = studio.living()[2].fence, studio.of(2)
        await asyncio.to_thread(processes.kill, 2)
        processes.start(2)
        await eventually(lambda: 2 in studio.living() and studio.living()[2].fence != fence, LIMIT_S)
        await taken_over(studio, theirs, 2)
        assert studio.of(2) == theirs

    studio, channels = play(database, database_url, tmp_path, 4, script)
    studio.judge(channels)


@pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    "deaths",
    [
        pytest.param(2, marks=[pytest.mark.breadth, pytest.mark.timeout(600)]),
        pytest.param(counted("SOAK_DEATHS", 12), marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)
def test_three_die_at_random_moments(database: Database, database_url: str, tmp_path: Path, deaths: int) -> None:
    dice = random.Random(20270401)
    seen: list[tuple[int, list[ChannelId]]] = []

    async def script(studio: Shared, processes: Crew, channels: list[ChannelId]) -> None:
        for number in (1, 2, 3):
            processes.start(number)
        await shared(studio, {1, 2, 3}, channels)
        for _ in range(deaths):
            await asyncio.sleep(dice.uniform(0, 1.5))  # the moment of death
            number = dice.choice(sorted(processes.pids))
            theirs = studio.of(number)
            seen.append((await asyncio.to_thread(processes.kill, number), theirs))
            if dice.random() < 0.5:
                await asyncio.sleep(dice.uniform(0, 3 * LEASE_S))
            processes.start(number)
            await recorded_again(studio, channels, seen[-1][0])

    studio, channels = play(database, database_url, tmp_path, 6, script)
    studio.judge(channels)
    for killed_us, theirs in seen:
        for one in theirs:
            before_s, _ = lost_s(studio, one, killed_us)
            assert before_s < LOST_S


@pytest.mark.soak
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("seconds", [1.0, 3.0, 60.0])
def test_frozen_for_any_time(database: Database, database_url: str, tmp_path: Path, seconds: float) -> None:
    async def script(studio: Shared, processes: Crew, channels: list[ChannelId]) -> None:
        for number in (1, 2, 3):
            processes.start(number)
        await shared(studio, {1, 2, 3}, channels)
        for number in (2, 1, 3, 1):
            processes.freeze(number)
            await asyncio.sleep(seconds)
            processes.thaw(number)
            now_us = studio.clock.now_us()
            await recorded_again(studio, channels, now_us - 5 * S)

    studio, channels = play(database, database_url, tmp_path, 6, script)
    studio.judge(channels)
