"""Real simulated cameras on real sockets: every way to go wrong has its name, and costs the others nothing."""

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from fractions import Fraction
from functools import partial
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from tests.ports import free_port
from tests.unit.media import making
from tests.unit.media.running import SETTINGS, Studio, eventually, hurried, source
from tests.unit.media.storing import S

from mingjian.audit.model import SYSTEM
from mingjian.kernel.errors import MingjianError
from mingjian.media.errors import PROBLEMS, cause_of
from mingjian.media.ingest import networks
from mingjian.media.ingest.networks import is_allowed, resolve
from mingjian.media.model import GapCause
from mingjian.media.pictures.decoder import Order, decode
from mingjian.media.probe import probe
from mingjian.media.settings import PRIVATE_NETWORKS
from mingjian.registry import service as registry
from mingjian.registry.vault import Secret
from mingjian.simulate import clips
from mingjian.simulate.auth import Account, Scheme
from mingjian.simulate.cameras import CameraSpec, Misbehaviour
from mingjian.simulate.encode import Settings
from mingjian.simulate.loadclip import pictures
from mingjian.simulate.rtsp import RtspServer
from mingjian.simulate.sources import ClipSource
from mingjian.storage.engine import Database

WHO = Secret("admin", "pass:word 密码")


@pytest.fixture
def studio(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    hurried(monkeypatch)
    return Studio(database, tmp_path)


def h265() -> ClipSource:
    settings = Settings("h265", 256, 144, Fraction(25), 200, 25, preset="ultrafast", threads=1)
    return ClipSource(clips.make(settings, pictures(256, 144, 25)))


def account(scheme: Scheme, uses: int = 0) -> Account:
    return Account(scheme, WHO.user_name, WHO.password, uses)


GOOD: dict[str, tuple[dict[str, Any], Secret | None]] = {
    "open": ({}, None),
    "open, password given": ({}, WHO),
    "basic": ({"account": account(Scheme.BASIC)}, WHO),
    "digest": ({"account": account(Scheme.DIGEST)}, WHO),
    "digest with qop": ({"account": account(Scheme.DIGEST_QOP)}, WHO),
    "stale nonces": ({"account": account(Scheme.DIGEST_QOP, 2)}, WHO),
    "parameter sets in band": ({"parameter_sets_in_sdp": False}, None),
    "garbage": ({"misbehaviour": Misbehaviour.GARBAGE}, None),
}
BAD: dict[str, tuple[dict[str, Any], Secret | None, str]] = {
    "wrong password": ({"account": account(Scheme.DIGEST)}, Secret("admin", "x"), "media.credentials_refused"),
    "no password": ({"account": account(Scheme.BASIC)}, None, "media.credentials_refused"),
    "404": ({"misbehaviour": Misbehaviour.NOT_FOUND}, None, "media.path_unknown"),
    "redirect": (
        {"misbehaviour": Misbehaviour.REDIRECT, "redirect_to": "rtsp://169.254.169.254/"},
        None,
        "media.redirected",
    ),
    "sound only": ({"misbehaviour": Misbehaviour.AUDIO_ONLY}, None, "media.no_video"),
    "mjpeg": ({"misbehaviour": Misbehaviour.MJPEG}, None, "media.codec_unsupported"),
    "vp8": ({"misbehaviour": Misbehaviour.VP8}, None, "media.codec_unsupported"),
    "silent": ({"misbehaviour": Misbehaviour.SILENT}, None, "media.no_picture"),
    "closes": ({"misbehaviour": Misbehaviour.CLOSES, "closes_after_s": 0.7}, None, "media.peer_ended"),
    "endless header": ({"misbehaviour": Misbehaviour.ENDLESS_HEADER}, None, "media.malformed"),
    "web server": ({"misbehaviour": Misbehaviour.HTML}, None, "media.not_rtsp"),
}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_every_way_to_go_wrong_has_a_name_and_costs_the_others_nothing(studio: Studio) -> None:
    async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async def scenario() -> None:
        specs = {
            name: CameraSpec(f"good/{at}", at, source(), **more) for at, (name, (more, _)) in enumerate(GOOD.items())
        }
        specs |= {
            name: CameraSpec(f"bad/{at}", 100 + at, source(), **more)
            for at, (name, (more, _, _)) in enumerate(BAD.items())
        }
        specs["h265"] = CameraSpec("h265", 200, h265())
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(RtspServer(specs.values()))
            silent = await asyncio.start_server(mute, "127.0.0.1", 0)
            stack.callback(silent.close)
            good = {name: studio.add(server.url(specs[name].path), GOOD[name][1]) for name in GOOD}
            good["h265"] = studio.add(server.url("h265"))
            bad = {name: (studio.add(server.url(specs[name].path), BAD[name][1]), BAD[name][2]) for name in BAD}
            more = {
                "no such path": (server.url("nobody"), "media.path_unknown"),
                "nobody there": (f"rtsp://127.0.0.1:{free_port()}/", "media.unreachable"),
                "says nothing": (f"rtsp://127.0.0.1:{silent.sockets[0].getsockname()[1]}/", "media.timed_out"),
                "no such host": ("rtsp://no-such-host.invalid/", "media.host_unknown"),
                "metadata service": ("rtsp://169.254.169.254/", "media.network_refused"),
                "anywhere": ("rtsp://0.0.0.0/", "media.network_refused"),
            }
            bad |= {name: (studio.add(address), code) for name, (address, code) in more.items()}
            async with studio.recording():
                for name, (channel_id, code) in bad.items():
                    found = await eventually(partial(studio.problem, channel_id))
                    assert found == code, name
                    PROBLEMS[code].what.format(**dict(studio.status(channel_id).problem[1]))  # type: ignore[union-attr, index]
                for channel_id in good.values():
                    await eventually(partial(studio.has_recorded, channel_id, 2))
        for name, channel_id in good.items():
            (frames,) = studio.sessions(channel_id)
            assert frames == list(range(len(frames))), name
            assert len(frames) > 45
        for name, (channel_id, code) in bad.items():
            cause = cause_of(MingjianError(PROBLEMS[code]))
            causes = [gap.cause for gap in studio.gaps(channel_id)]
            if name == "closes":  # it comes and goes
                assert cause in causes
            else:
                assert causes == [cause], name
                assert studio.gaps(channel_id)[0].end_us is None
        assert cause_of(MingjianError(PROBLEMS["media.credentials_refused"])) is GapCause.REFUSED_CREDENTIALS

    asyncio.run(scenario())


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_camera_that_goes_and_comes_back(studio: Studio, engine: str) -> None:
    async def scenario() -> None:
        specs = [CameraSpec("goes", 1, source()), CameraSpec("freezes", 2, source()), CameraSpec("stays", 3, source())]
        async with RtspServer(specs) as server:
            goes, freezes, stays = (studio.add(server.url(spec.path)) for spec in specs)
            async with studio.recording():
                for one in (goes, freezes, stays):
                    await eventually(partial(studio.has_recorded, one, 1.2))
                left_us = studio.clock.now_us()
                server.cameras["goes"].stop()
                server.cameras["freezes"].frozen = True
                assert await eventually(lambda: studio.problem(goes)) in ("media.peer_ended", "media.unreachable")
                assert await eventually(lambda: studio.problem(freezes)) == "media.stalled"
                back_us = studio.clock.now_us()
                server.cameras["goes"].start()
                server.cameras["freezes"].frozen = False
                before = {one: studio.recorded_s(one) for one in (goes, freezes)}
                for one in (goes, freezes):
                    await eventually(partial(studio.has_recorded, one, before[one] + 1))
                    assert studio.is_recording(one)
        for channel_id, cause in ((goes, GapCause.DEVICE_OFFLINE), (freezes, GapCause.NO_VIDEO)):
            gaps = [gap for gap in studio.gaps(channel_id) if gap.start_us > left_us - 2 * S]
            assert [gap.cause for gap in gaps] == [cause, GapCause.ROLE_DOWN]
            assert abs(gaps[0].start_us - left_us) < 1.5 * S
            assert gaps[0].end_us is not None
            assert back_us - 0.5 * S <= gaps[0].end_us < back_us + 5 * S
            first, second = studio.sessions(channel_id)
            assert first == list(range(len(first)))
            assert second == list(range(len(second)))
        (all_the_time,) = studio.sessions(stays)
        assert all_the_time == list(range(len(all_the_time)))
        assert len(all_the_time) > 50
        assert server.cameras["stays"].plays == 1

    asyncio.run(scenario())


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_channel_whose_camera_moves_is_renamed_and_retired(studio: Studio, engine: str) -> None:
    async def scenario() -> None:
        async with RtspServer([CameraSpec("old", 1, source()), CameraSpec("new", 2, source())]) as server:
            channel_id = studio.add(server.url("old"))
            async with studio.recording() as recorder:
                await eventually(lambda: studio.recorded_s(channel_id) > 1)
                with studio.database.write() as tx:
                    registry.rename(tx, channel_id, "another name", by=SYSTEM, now_us=studio.clock.now_us())
                recorder._hurry.set()
                await eventually(lambda: studio.recorded_s(channel_id) > 1.5)
                assert server.cameras["old"].plays == 1  # a name is no reason to connect anew
                with studio.database.write() as tx:
                    address, now_us = server.url("new"), studio.clock.now_us()
                    registry.move_device(tx, channel_id, address, by=SYSTEM, now_us=now_us)
                recorder._hurry.set()
                await eventually(lambda: not server.cameras["old"].links)
                before_s = studio.recorded_s(channel_id)
                await eventually(lambda: studio.recorded_s(channel_id) > before_s + 2)  # more than was left of the old
                with studio.database.write() as tx:
                    registry.retire(tx, channel_id, by=SYSTEM, now_us=studio.clock.now_us())
                recorder._hurry.set()
                await eventually(lambda: (one := studio.status(channel_id)) and one.state.value == "retired")
                await eventually(lambda: not server.cameras["new"].links)
        assert len(studio.sessions(channel_id)) == 2
        gaps = studio.gaps(channel_id)
        assert gaps[-1].cause is GapCause.OPERATOR
        assert gaps[-1].end_us is None
        assert GapCause.ROLE_DOWN not in [gap.cause for gap in gaps]

    asyncio.run(scenario())


@pytest.mark.parametrize("engine", ["sqlite"])
def test_who_needs_long_to_answer_still_gets_time_to_send(
    studio: Studio, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time for the first picture begins when the camera said that it plays."""
    from mingjian.media.ingest import connection

    monkeypatch.setattr(connection, "STALL_TIMEOUT_S", 1.5)

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            (request,) = making.requests(await reader.readuntil(b"\r\n\r\n"))
            await asyncio.sleep(0.25)
            writer.write(making.usual(request))
        await asyncio.sleep(0.95)
        writer.write(making.stream(30))
        await reader.read()
        writer.close()

    async def scenario() -> None:
        server = await asyncio.start_server(slow, "127.0.0.1", 0)
        async with server:
            channel_id = studio.add(f"rtsp://127.0.0.1:{server.sockets[0].getsockname()[1]}/stream")
            async with studio.recording():
                await eventually(lambda: studio.is_recording(channel_id) or studio.problem(channel_id))
                assert studio.is_recording(channel_id)

    asyncio.run(scenario())


# Probes


def test_probes(tmp_path: Path) -> None:
    from mingjian.kernel.clock import SystemClock
    from mingjian.media.formats import url
    from mingjian.media.formats.authentication import Credentials
    from mingjian.media.ingest.reading import Reading

    async def scenario() -> None:
        reading = Reading(asyncio.get_running_loop())

        async def ask(address: str, who: Credentials | None = None) -> Any:
            return await probe(
                url.parse(address)[0], who, allowed=PRIVATE_NETWORKS, clock=SystemClock(), reading=reading
            )

        specs = [
            CameraSpec("digest", 1, source(), account=account(Scheme.DIGEST)),
            CameraSpec("missing", 2, source(), misbehaviour=Misbehaviour.NOT_FOUND),
        ]
        async with RtspServer(specs) as server:
            found = await ask(server.url("digest"), Credentials(WHO.user_name, WHO.password))
            assert (found.parameters.width, found.parameters.height, found.fps) == (256, 144, 25.0)
            picture = decode(found.key_frame, Order(width=640)).data
            assert picture[:3] == b"\xff\xd8\xff"
            for path, code in (("digest", "media.credentials_refused"), ("missing", "media.path_unknown")):
                with pytest.raises(MingjianError, match=code):
                    await ask(server.url(path))
            with pytest.raises(MingjianError, match=r"media\.network_refused"):
                await ask("rtsp://8.8.8.8/")
            for _ in range(200):  # nothing stays connected
                if not server.connections:
                    break
                await asyncio.sleep(0.02)
            assert not server.connections

    asyncio.run(scenario())


# Networks

ALLOWED = [*PRIVATE_NETWORKS, ip_network("203.0.113.0/24")]
ADDRESSES = {
    "127.0.0.1": True,
    "127.255.255.254": True,
    "10.0.0.1": True,
    "10.255.255.255": True,
    "11.0.0.0": False,
    "172.15.255.255": False,
    "172.16.0.1": True,
    "172.31.255.255": True,
    "172.32.0.0": False,
    "192.168.0.1": True,
    "192.169.0.1": False,
    "203.0.113.9": True,
    "203.0.114.9": False,
    "8.8.8.8": False,
    "0.0.0.0": False,
    "255.255.255.255": False,
    "224.0.0.1": False,
    "169.254.1.1": False,
    "169.254.169.254": False,  # the metadata service of rented machines
    "100.100.100.200": False,  # another one's
    "::1": True,
    "::": False,
    "::2": False,
    "fd00::1": True,
    "fe80::1": False,
    "fe80::1%eth0": False,
    "::1%lo": False,
    "ff02::1": False,
    "2001:db8::1": False,
    "fd00:ec2::254": False,  # within fc00::/7, and answers with the secrets of a rented machine
    "::ffff:10.0.0.1": True,
    "::ffff:169.254.169.254": False,
    "::ffff:8.8.8.8": False,
    "::ffff:0.0.0.0": False,
    "64:ff9b::a9fe:a9fe": False,
    "2002:a9fe:a9fe::": False,
    "::10.0.0.1": False,
    "2130706433": False,  # not an address here: names are resolved first
    "": False,
    "localhost": False,
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_which_addresses_are_allowed(address: str) -> None:
    assert is_allowed(address, ALLOWED) is ADDRESSES[address]


def resolved(host: str, answers: list[str] | Exception | None = None) -> str:
    async def ask() -> str:
        loop = asyncio.get_running_loop()
        if answers is not None:

            async def patched(*_args: object, **_more: object) -> list[Any]:
                if isinstance(answers, Exception):
                    raise answers
                return [(0, 0, 0, "", (address, 554)) for address in answers]

            loop.getaddrinfo = patched  # type: ignore[method-assign]
        return await resolve(host, 554, ALLOWED)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("2130706433", "127.0.0.1"),
        ("0x7f.1", "127.0.0.1"),
        ("::1", "::1"),
        ("127.1", "127.0.0.1"),
    ],
)
def test_numbers_are_what_the_system_makes_of_them(host: str, address: str) -> None:
    assert resolved(host) == address


@pytest.mark.parametrize(
    "host", ["0", "0.0.0.0", "169.254.169.254", "2852039166", "0xa9fea9fe", "8.8.8.8", "::ffff:8.8.8.8"]
)
def test_numbers_in_disguise_are_refused(host: str) -> None:
    with pytest.raises(MingjianError, match=r"media\.network_refused"):
        resolved(host)


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (["10.0.0.5"], "10.0.0.5"),
        (["10.0.0.5", "10.0.0.6"], "10.0.0.5"),
        (["10.0.0.5", "8.8.8.8"], "media.network_refused"),
        (["169.254.169.254", "10.0.0.5"], "media.network_refused"),
        (["10.0.0.5", "::ffff:169.254.169.254"], "media.network_refused"),
        (["fe80::1%2"], "media.network_refused"),
        ([], "media.network_refused"),
        (socket.gaierror(8, "unknown"), "media.host_unknown"),
        (UnicodeError("label too long"), "media.host_unknown"),
    ],
)
def test_a_name_counts_with_all_its_addresses(answers: list[str] | Exception, outcome: str) -> None:
    if outcome.startswith("media."):
        with pytest.raises(MingjianError, match=outcome):
            resolved("camera.test", answers)
    else:
        assert resolved("camera.test", answers) == outcome


def test_what_was_checked_is_what_is_connected(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is resolved a second time may answer differently (DNS rebinding)."""
    asked: list[Callable[..., Any]] = []

    async def once(host: str, port: int, *_: object) -> str:
        asked.append(resolve)
        return "127.0.0.1"

    from mingjian.kernel.clock import SystemClock
    from mingjian.media.formats.url import StreamUrl
    from mingjian.media.ingest import connection
    from mingjian.media.ingest.reading import Reading

    monkeypatch.setattr(connection, "resolve", once)

    async def scenario() -> None:
        heard = asyncio.Event()

        async def camera(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = await reader.readuntil(b"\r\n\r\n")
            assert b"rtsp://rebound.test:" in head
            heard.set()
            writer.close()

        async with await asyncio.start_server(camera, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            reading = Reading(asyncio.get_running_loop())
            connected = await connection.connect(
                StreamUrl("rebound.test", port, "/"),
                None,
                lambda *_: None,
                allowed=[],
                clock=SystemClock(),
                reading=reading,
            )
            async with asyncio.timeout(10):
                await heard.wait()
            connected.close()

    asyncio.run(scenario())
    assert len(asked) == 1
    assert networks.resolve is resolve
    assert SETTINGS.fragment_s == 0.5
