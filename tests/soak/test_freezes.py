"""Members that are frozen at random moments, for less or for longer than their lease, and thawed in mid-life."""

import asyncio
import sys
from functools import partial
from pathlib import Path
from random import Random

import pytest
from tests.counts import counted
from tests.unit.media.running import eventually
from tests.unit.media.sharing import LEASE_S, LIMIT_S, Crew, Shared, play, shared

from mingjian.kernel.ids import ChannelId
from mingjian.storage.engine import Database

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

FREEZES = counted("SOAK_FREEZES", 8)
CAMERAS = counted("SOAK_FREEZE_CAMERAS", 6)
SEED = counted("SOAK_SEED", 20261121)
MEMBERS = (1, 2, 3)


def reaches(studio: Shared, channel: ChannelId, moment_us: int) -> bool:
    return any(one.end_us > moment_us for one in studio.segments(channel))


async def all_reach(studio: Shared, channels: list[ChannelId], moment_us: int) -> None:
    for one in channels:
        await eventually(partial(reaches, studio, one, moment_us), LIMIT_S)


def test_members_are_frozen_and_thawed(database: Database, database_url: str, tmp_path: Path) -> None:
    """Whoever is away too long gives up what it had, whoever is back in time goes on; nothing is written twice."""
    chance, taken_over = Random(SEED), 0

    async def freeze(studio: Shared, processes: Crew, channels: list[ChannelId], who: list[int]) -> None:
        nonlocal taken_over
        lives = {one: studio.living()[one].fence for one in who}
        for one in who:
            processes.freeze(one)
        long = chance.random() < 0.5
        await asyncio.sleep(chance.uniform(2, 3) * LEASE_S if long else chance.uniform(0, 0.8) * LEASE_S)
        if long:  # the others have what the frozen had, and record it
            await eventually(lambda: set(studio.owners().values()) == set(MEMBERS) - set(who), LIMIT_S)
            await all_reach(studio, channels, studio.clock.now_us())
        for one in who:
            processes.thaw(one)
        thawed_us = studio.clock.now_us()
        await eventually(lambda: set(studio.living()) == set(MEMBERS), LIMIT_S)
        for one, fence in lives.items():
            again = partial(lambda number, before: studio.living()[number].fence != before, one, fence)
            if long:
                await eventually(again, LIMIT_S)
            taken_over += again()
        await all_reach(studio, channels, thawed_us)

    async def script(studio: Shared, processes: Crew, channels: list[ChannelId]) -> None:
        for one in MEMBERS:
            processes.start(one)
        await shared(studio, set(MEMBERS), channels)
        for _ in range(FREEZES):
            await freeze(studio, processes, channels, chance.sample(MEMBERS, chance.choice((1, 1, 2))))

    studio, channels = play(database, database_url, tmp_path, CAMERAS, script)
    studio.judge(channels)
    sys.stderr.write(f"\n{FREEZES} freezes of one or two of {len(MEMBERS)} members: {taken_over} lives taken over\n")
    assert taken_over >= FREEZES // 4
