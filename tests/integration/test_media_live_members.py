"""The API's end with several processes that record: who has the channel is heard, and a move is followed."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.unit.media import making
from tests.unit.media.running import LIMIT_S, VAULT, Studio, eventually, hurried, source

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId
from mingjian.media import service as media
from mingjian.media.live import hub as hubs
from mingjian.media.live import wire
from mingjian.media.live.afar import PURPOSE, Afar, Remote, Trust
from mingjian.media.live.feed import Feed
from mingjian.media.live.hub import LiveHub, Viewer
from mingjian.media.live.server import LiveServer
from mingjian.media.live.wire import Kind
from mingjian.media.model import ChannelState
from mingjian.media.store import ChannelStatus
from mingjian.simulate import readback
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.rtsp import RtspServer
from mingjian.storage.engine import Database

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
    problems: list[Any] = field(default_factory=list)

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
                self.problems.append(item["problem"])


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


# On other machines

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))


async def listening(process: Process, key: bytes) -> Remote:
    """Where a process answers other machines now."""
    await process.start()
    await process.server.listen("127.0.0.1", 0, Trust(key))
    assert isinstance(process.server._servers[-1], asyncio.Server)
    return Remote(2, "127.0.0.1", process.server._servers[-1].sockets[0].getsockname()[1])


def test_another_machine_shows_what_it_records(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "SOCKETS_S", 0.05)
    monkeypatch.setattr(hubs, "RECONNECT_AFAR_S", 0.05)

    async def scenario() -> Seen:
        far = Process(tmp_path / "media.sock", "far")
        there = await listening(far, KEY)
        found = {"afar": Afar(frozenset({there}))}
        hub = LiveHub(afar=lambda: found["afar"], trust=Trust(KEY))
        hub.start()
        try:
            far.take_up(1, 0)
            seen = Seen(hub.join(CHANNEL))
            await seen.until(24)
            far.show(25)
            await seen.until(49)
            assert await hub.ask({"do": "probe"}, LIMIT_S) == ({"by": "far"}, b"")
            # Its life is over, and another begins on a machine that cannot be asked.
            found["afar"] = Afar(unreachable={CHANNEL: "nvr-2"})
            await eventually(lambda: not hub._links)
            await seen.until_state("offline")
            await eventually(lambda: hub._channels[CHANNEL, "main"]._state != hubs._DOWN)
            found["afar"] = Afar(frozenset({there}))
            far.show(50)
            await seen.until(74)
            return seen
        finally:
            await hub.stop()
            await far.server.stop()

    seen = asyncio.run(scenario())
    # What was shown last is shown again to who comes back.
    assert seen.numbers[:50] == list(range(50))
    told = {"code": "media.live_elsewhere", "values": {"host": "nvr-2"}}
    assert [one for one in seen.problems if one is not None and one["code"] == told["code"]] == [told]
    assert seen.states[-1] == "recording"


def test_machines_of_another_installation_are_strangers(tmp_path: Path) -> None:
    async def scenario() -> None:
        far = Process(tmp_path / "media.sock", "far")
        there = await listening(far, KEY)
        hub = LiveHub(afar=lambda: Afar(frozenset({there})), trust=Trust(OTHER))
        hub.start()
        try:
            with pytest.raises(ssl.SSLError):  # what they show is not believed
                await asyncio.open_connection(there.host, there.port, ssl=Trust(OTHER).client)
            careless = ssl.create_default_context()
            careless.check_hostname, careless.verify_mode = False, ssl.CERT_NONE
            reader, writer = await asyncio.open_connection(there.host, there.port, ssl=careless)
            with suppress(ssl.SSLError, ConnectionError):  # and who shows nothing is not let in
                writer.write(wire.document(Kind.REQUEST, 1, {"do": "probe"}))
                assert await reader.read() == b""
            writer.close()
            reader, writer = await asyncio.open_connection(there.host, there.port)
            writer.write(b"\0" * 64)  # nor is who speaks no TLS
            with suppress(ConnectionError):
                assert len(await reader.read()) < 8  # an alert at most
            writer.close()
            assert far.server._protocols == set()
            assert not hub.connected
        finally:
            await hub.stop()
            await far.server.stop()

    asyncio.run(scenario())


@pytest.mark.parametrize("engine", ["sqlite"])  # what is written is read on both in `test_members_fence`
def test_a_recorder_says_where_it_shows_its_pictures(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hurried(monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    studio = Studio(database, tmp_path, live_at=("127.0.0.1", port))

    def afar() -> Afar:
        with database.read() as tx:
            return media.afar(tx, "another machine")

    async def scenario() -> None:
        async with RtspServer([CameraSpec("gate", 1, source())]) as server:
            channel = studio.add(server.url("gate"))
            async with studio.recording():
                await eventually(lambda: afar().remotes == {Remote(1, "127.0.0.1", port)})
                hub = LiveHub(afar=afar, trust=Trust(VAULT.derive(PURPOSE)))
                hub.start()
                try:
                    seen = Seen(hub.join(channel))
                    async with asyncio.timeout(LIMIT_S):
                        while len(seen.numbers) < 30:
                            seen._take(await seen.viewer.take())
                finally:
                    await hub.stop()
                assert seen.numbers == list(range(seen.numbers[0], seen.numbers[0] + len(seen.numbers)))
                assert seen.states[-1] == "recording"
        assert afar() == Afar(frozenset({Remote(1, "127.0.0.1", port)}))  # until somebody says that its life is over

    asyncio.run(scenario())
