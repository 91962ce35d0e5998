"""Cameras over UDP, in good weather and bad: what is missing in the files is what was lost on the way, and no more."""

import asyncio
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.unit.media import making
from tests.unit.media.listening import complaints
from tests.unit.media.running import SETTINGS, Studio, eventually, hurried, source

from mingjian.audit.model import SYSTEM
from mingjian.kernel.ids import ChannelId
from mingjian.media.formats.rtsp import Lane
from mingjian.media.ingest import connections
from mingjian.media.ingest.datagrams import Datagrams
from mingjian.media.model import GapCause
from mingjian.media.store import CONNECTION
from mingjian.registry import service as registry
from mingjian.registry.model import TransportChoice
from mingjian.simulate import readback
from mingjian.simulate.cameras import CameraSpec, Counters, Transports
from mingjian.simulate.rtsp import RtspServer
from mingjian.simulate.sources import ClipSource
from mingjian.simulate.weather import Weather
from mingjian.storage.engine import Database

SHORT_SEGMENTS = SETTINGS.model_copy(update={"segment_s": 3.0})


@pytest.fixture
def studio(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    hurried(monkeypatch)
    return Studio(database, tmp_path, SHORT_SEGMENTS)


def small_packets() -> ClipSource:
    """Some ten packets a frame, so that weather finds something to spoil."""
    return ClipSource(making.clip(), max_payload=200)


def set_transport(studio: Studio, channel_id: ChannelId, transport: TransportChoice) -> None:
    with studio.database.write() as tx:
        registry.set_streams(
            tx, channel_id, transport=transport, sub_address=None, by=SYSTEM, now_us=studio.clock.now_us()
        )


def recorded(studio: Studio, channel_id: ChannelId) -> list[int]:
    """Frame numbers of one connection; it may begin with any."""
    files = [studio.folder / "video" / one.path_name for one in studio.segments(channel_id)]
    return [number for file in files for number in readback.numbers_in_mp4(file)]


WEATHERS: dict[str, Weather] = {
    "good": Weather(),
    "doubled": Weather(doubled=0.3, seed=2),
    "out of order": Weather(reordered=0.3, seed=3),
    "doubled and out of order": Weather(doubled=0.2, reordered=0.2, seed=4),
    "some lost": Weather(loss=0.005, seed=5),
    "storm": Weather(loss=0.02, doubled=0.1, reordered=0.1, seed=6),
}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_is_missing_is_what_was_lost(studio: Studio, engine: str) -> None:
    specs = {
        name: CameraSpec(
            f"cam/{at}", at, small_packets(), weather=weather, transports=Transports.UDP, first_sequence=65_400
        )
        for at, (name, weather) in enumerate(WEATHERS.items())
    }

    async def scenario() -> tuple[dict[str, ChannelId], dict[str, Counters]]:
        async with RtspServer(specs.values()) as server:
            channels = {name: studio.add(server.url(spec.path)) for name, spec in specs.items()}
            async with studio.recording():
                for channel_id in channels.values():
                    await eventually(partial(studio.has_recorded, channel_id, 6))
                assert [len(server.cameras[spec.path].played) for spec in specs.values()] == [1] * len(specs)
            return channels, {name: server.cameras[spec.path].played[-1] for name, spec in specs.items()}

    channels, played = asyncio.run(scenario())
    for name, channel_id in channels.items():
        numbers = recorded(studio, channel_id)
        hurt = set(played[name].hurt())
        whole = set(range(numbers[0], numbers[-1] + 1)) - hurt
        assert numbers == sorted(set(numbers)), name
        assert not hurt & set(numbers), name
        # With the end of a frame goes, at worst, the next: nobody knows on which side of the border a packet was.
        more = whole - set(numbers) - {one + 1 for one in hurt}
        # Where this machine stands still between two frames, a packet that was to be late by some came late by 200 ms.
        assert len(more) <= (4 if WEATHERS[name].reordered else 0), name
        assert len(numbers) >= 100, name
        with studio.database.read() as tx:
            (row,) = connections.newest(tx, channel_id, 5)
        fates = played[name].fates
        assert fates is not None
        behind_last = sum(lost > played[name].packets_at[numbers[-1]] for lost in fates.lost)
        assert row.transport == "udp"
        late = 20 if WEATHERS[name].reordered else 0
        assert len(fates.lost) - behind_last - 5 <= row.packets_lost <= len(fates.lost) + late, name
        assert row.packets_dropped == 0
        assert (row.units_damaged > 0) == bool(hurt & set(range(numbers[-1])) or more), name
        if not hurt and not more:
            assert numbers == list(range(len(numbers))), name
            for segment in studio.segments(channel_id):
                assert complaints(studio.folder / "video" / segment.path_name) == [], name


@pytest.mark.parametrize("engine", ["sqlite"])
def test_how_a_camera_is_asked(studio: Studio, engine: str) -> None:
    """`auto` asks for TCP and at once for UDP where that is refused; who insists is refused by name."""
    granted = {"tcp": Transports.TCP, "udp": Transports.UDP, "both": Transports.BOTH}
    wanted: list[tuple[str, TransportChoice, str]] = [
        ("tcp", "auto", "tcp"),
        ("udp", "auto", "udp"),
        ("both", "auto", "tcp"),
        ("both", "udp", "udp"),
        ("tcp", "udp", ""),
        ("udp", "tcp", ""),
    ]
    specs = [CameraSpec(f"cam/{at}", at, source(), transports=granted[one]) for at, (one, _, _) in enumerate(wanted)]

    async def scenario() -> list[ChannelId]:
        async with RtspServer(specs) as server:
            channels = [studio.add(server.url(spec.path)) for spec in specs]
            for channel_id, (_, transport, _) in zip(channels, wanted, strict=True):
                set_transport(studio, channel_id, transport)
            async with studio.recording():
                for channel_id, (_, _, comes) in zip(channels, wanted, strict=True):
                    if comes:
                        await eventually(partial(studio.has_recorded, channel_id, 1))
                    else:
                        assert await eventually(partial(studio.problem, channel_id)) == "media.transport_refused"
                for channel_id, (_, _, comes) in zip(channels, wanted, strict=True):
                    assert studio.is_recording(channel_id) == bool(comes)
            return channels

    channels = asyncio.run(scenario())
    for channel_id, (_, _, comes) in zip(channels, wanted, strict=True):
        with studio.database.read() as tx:
            rows = connections.newest(tx, channel_id, 5)
        assert [row.transport for row in rows] == ([comes] if comes else [])
        if comes:
            (numbers,) = studio.sessions(channel_id)
            assert numbers == list(range(len(numbers)))
            # No attempt in between was a failure.
            assert {gap.cause for gap in studio.gaps(channel_id)} <= {GapCause.ROLE_DOWN, GapCause.NO_VIDEO}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_another_way_of_asking_connects_anew(studio: Studio, engine: str) -> None:
    async def scenario() -> ChannelId:
        async with RtspServer([CameraSpec("cam", 1, source())]) as server:
            channel_id = studio.add(server.url("cam"))
            async with studio.recording() as recorder:
                await eventually(partial(studio.has_recorded, channel_id, 1))
                set_transport(studio, channel_id, "udp")
                recorder._hurry.set()
                await eventually(lambda: [one.transport for one in server.cameras["cam"].played] == ["tcp", "udp"])
                await eventually(partial(studio.has_recorded, channel_id, 3))
            return channel_id

    channel_id = asyncio.run(scenario())
    with studio.database.read() as tx:
        query = select(CONNECTION.c.transport).where(CONNECTION.c.channel_id == channel_id)
        assert list(tx.execute(query.order_by(CONNECTION.c.began_us)).scalars()) == ["tcp", "udp"]
    assert len(studio.sessions(channel_id)) == 2


# The sockets themselves


@pytest.fixture(params=["127.0.0.1", "::1"])
def pair(request: pytest.FixtureRequest) -> "Iterator[tuple[Datagrams, Sender]]":
    host = request.param
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip("no IPv6 here")
    control = socket.create_connection(listener.getsockname()[:2])
    made = Datagrams(control)
    sender = Sender(host, family, made)

    yield made, sender
    made.close()
    sender.close()
    control.close()
    listener.close()


class Sender:
    """A camera's pair of ports, and a stranger's."""

    def __init__(self, host: str, family: int, to: Datagrams) -> None:
        self.host, self.ports = host, to.ports
        self.media, self.reports, self.stranger = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(3))
        for _ in range(200):
            self.media.bind((host, 0)) if not self.media.getsockname()[1] else None
            try:
                self.reports.bind((host, self.media.getsockname()[1] + 1))
                break
            except OSError:
                self.media.close()
                self.media = socket.socket(family, socket.SOCK_DGRAM)
        self.stranger.bind((host, 0))

    @property
    def port(self) -> int:
        port: int = self.media.getsockname()[1]
        return port

    def say(self, way: socket.socket, data: bytes, port: int) -> None:
        way.sendto(data, (self.host, port))

    def close(self) -> None:
        for one in (self.media, self.reports, self.stranger):
            one.close()


def heard(made: Datagrams) -> list[tuple[Lane, list[bytes]]]:
    return list(made.read(memoryview(bytearray(1 << 16))))


def test_ports_are_even_and_in_pairs(pair: tuple[Datagrams, Sender]) -> None:
    made, sender = pair
    picture, sound = made.ports
    assert picture % 2 == sound % 2 == 0
    assert picture != sound
    for port in (picture, picture + 1, sound, sound + 1):
        with socket.socket(sender.media.family, socket.SOCK_DGRAM) as other, pytest.raises(OSError, match="in use"):
            other.bind((sender.host, port))


def test_only_the_camera_is_heard(pair: tuple[Datagrams, Sender]) -> None:
    made, sender = pair
    assert heard(made) == []
    sender.say(sender.media, b"before", made.ports[0])
    made.connect({Lane.PICTURE: sender.port})
    sender.say(sender.stranger, b"stranger", made.ports[0])
    sender.say(sender.media, b"picture", made.ports[0])
    sender.say(sender.reports, b"report", made.ports[0] + 1)
    sender.say(sender.media, b"sound, that nobody asked for", made.ports[1])
    found = heard(made)
    assert found == [(Lane.PICTURE_CONTROL, [b"report"]), (Lane.PICTURE, [b"before", b"picture"])]
    assert heard(made) == [(Lane.PICTURE, [])]  # a turn without packets is one too


def test_the_camera_hears_that_somebody_listens(pair: tuple[Datagrams, Sender]) -> None:
    made, sender = pair
    made.connect({Lane.PICTURE: sender.port})
    made.report(b"here")
    sender.reports.settimeout(5)
    assert sender.reports.recv(100) == b"here"


def test_what_the_kernel_has_no_room_for_is_counted(pair: tuple[Datagrams, Sender]) -> None:
    made, sender = pair
    made.connect({Lane.PICTURE: sender.port})
    assert made.dropped == 0
    made._sockets[Lane.PICTURE].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for _ in range(100):
        sender.say(sender.media, bytes(1400), made.ports[0])
    ((_, packets),) = heard(made)
    assert 0 < len(packets) < 100
    assert made.dropped == 100 - len(packets)
    dropped = made.dropped
    made.close()
    assert made.dropped == dropped  # known when the connection is written down, after it ended


def test_a_camera_that_is_not_there_costs_nothing(pair: tuple[Datagrams, Sender]) -> None:
    """Its machine answers a report with "port unreachable": that is read off, and what comes behind it too."""
    made, sender = pair
    made.connect({Lane.PICTURE: sender.port, Lane.SOUND: sender.port + 2})
    sender.reports.close()
    for _ in range(3):
        made.report(b"anybody?")
    sender.say(sender.media, b"picture", made.ports[0])
    assert (Lane.PICTURE, [b"picture"]) in heard(made)
    for port in (0, 65_535, 65_536, 70_000):
        made.connect({Lane.SOUND: port})
    made.close()
    assert heard(made) == []


def test_one_that_sends_without_end_leaves_the_others_their_turn(
    pair: tuple[Datagrams, Sender], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mingjian.media.ingest import datagrams

    monkeypatch.setattr(datagrams, "MAX_READS", 10)
    made, sender = pair
    made.connect({Lane.PICTURE: sender.port})
    for number in range(25):
        sender.say(sender.media, bytes((number,)), made.ports[0])
    turns = [heard(made)[0][1] for _ in range(3)]
    assert [len(one) for one in turns] == [10, 10, 5]
    assert b"".join(packet for turn in turns for packet in turn) == bytes(range(25))
