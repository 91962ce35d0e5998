"""The API's end with several processes that record: who has the channel is heard, and a move is followed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.unit.media import making
from tests.unit.media.running import LIMIT_S, eventually

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId
from mingjian.media.live.feed import Feed
from mingjian.media.live.hub import LiveHub, Viewer
from mingjian.media.live.server import LiveServer
from mingjian.media.live.wire import Kind
from mingjian.media.model import ChannelState
from mingjian.media.store import ChannelStatus
from mingjian.simulate import readback

CHANNEL = ChannelId(uuid4())


@dataclass
class Process:
    """As much of a process that records as the API sees."""

    path: Path
    name: str
    feeds: dict[UUID, Feed] = field(default_factory=dict)
    turns: dict[UUID, int] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = LiveServer(lambda one, _: self.feeds.get(one), self._answer, lambda one: self.turns.get(one, 0))

    async def _answer(self, request: Mapping[str, Any]) -> tuple[Mapping[str, Any], bytes]:
        self.asked.append(request["do"])
        return {"by": self.name}, b""

    async def start(self) -> None:
        self.path.unlink(missing_ok=True)
        await self.server.start(str(self.path))

    def take_up(self, turn: int, first: int) -> None:
        """The channel is this one's from now on, and its camera shows frames from `first` on."""
        self.turns[CHANNEL] = turn
        feed = self.feeds[CHANNEL] = Feed(lambda _watched: None)
        feed.state_changed(ChannelStatus(CHANNEL, ChannelState.RECORDING, 1, None, None))
        self.server.channel_appeared(CHANNEL)
        self.show(first)

    def let_go(self) -> None:
        del self.feeds[CHANNEL]
        self.server.channel_gone(CHANNEL)

    def show(self, first: int, count: int = 25) -> None:
        for frame in making.frames(count, first=first, ticks=first * making.STEP):
            self.feeds[CHANNEL].push(frame, frame.ticks)


@asynccontextmanager
async def two(folder: Path) -> AsyncIterator[tuple[Process, Process, LiveHub]]:
    first, second = Process(folder / "media.sock", "first"), Process(folder / "media-2.sock", "second")
    await first.start()
    await second.start()
    hub = LiveHub(str(first.path), more=lambda: sorted(str(one) for one in folder.glob("media*.sock")))
    hub.start()
    try:
        await eventually(lambda: sum(link.transport is not None for link in hub._links.values()) == 2)
        yield first, second, hub
    finally:
        await hub.stop()
        await first.server.stop()
        await second.server.stop()


@dataclass
class Seen:
    """What a viewer got: frame numbers, and the states in between."""

    viewer: Viewer
    numbers: list[int] = field(default_factory=list)
    states: list[str] = field(default_factory=list)

    async def until(self, number: int) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not self.numbers or self.numbers[-1] != number:
                self._take(await self.viewer.take())

    async def until_state(self, state: str) -> None:
        async with asyncio.timeout(LIMIT_S):
            while not self.states or self.states[-1] != state:
                self._take(await self.viewer.take())

    def _take(self, items: list[Any]) -> None:
        for item in items:
            if isinstance(item, bytes):
                if item[0] != Kind.INIT:
                    self.numbers += readback.numbers(item[16:])
            elif item["type"] == "state":
                self.states.append(item["state"])


def test_a_move_is_followed_and_who_does_not_know_of_it_is_not_heard(tmp_path: Path) -> None:
    async def scenario() -> Seen:
        async with two(tmp_path) as (first, second, hub):
            first.take_up(1, 0)
            seen = Seen(hub.join(CHANNEL))
            await seen.until(24)
            second.take_up(2, 1000)
            await seen.until(1024)
            first.show(25)  # it was frozen, and does not know yet
            second.show(1025)
            await seen.until(1049)
            second.let_go()
            first.let_go()
            first.take_up(3, 2000)
            await seen.until(2024)
            return seen

    seen = asyncio.run(scenario())
    assert seen.numbers == [*range(25), *range(1000, 1050), *range(2000, 2025)]


def test_the_death_of_who_has_it_is_told_and_that_of_another_is_not(tmp_path: Path) -> None:
    async def scenario() -> Seen:
        async with two(tmp_path) as (first, second, hub):
            first.take_up(1, 0)
            seen = Seen(hub.join(CHANNEL))
            await seen.until(24)
            await second.server.stop()
            first.show(25)
            await seen.until(49)
            assert seen.states == ["recording"]
            assert hub.connected
            await eventually(lambda: hub.lost == {2})
            await second.start()
            await first.server.stop()
            await seen.until_state("offline")
            await eventually(lambda: hub.lost == {1})
            second.take_up(2, 100)
            await seen.until(124)
            return seen

    seen = asyncio.run(scenario())
    assert seen.numbers == [*range(50), *range(100, 125)]
    assert seen.states == ["recording", "offline", "recording"]


def test_probes_go_to_anyone_who_lives_and_hints_to_all(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with two(tmp_path) as (first, second, hub):
            hub.hint()
            await eventually(lambda: first.asked and second.asked)
            assert await hub.ask({"do": "probe"}, LIMIT_S) == ({"by": "first"}, b"")
            await first.server.stop()
            await eventually(lambda: hub._links[str(first.path)].transport is None)
            assert await hub.ask({"do": "probe"}, LIMIT_S) == ({"by": "second"}, b"")
            await second.server.stop()
            await eventually(lambda: not hub.connected)
            with pytest.raises(MingjianError) as refused:
                await hub.ask({"do": "probe"}, LIMIT_S)
            assert refused.value.code == "media.recorder_down"

    asyncio.run(scenario())
