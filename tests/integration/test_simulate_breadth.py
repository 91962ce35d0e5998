"""The breadth of simulated cameras: transports, codecs, sound, weather, sessions. libav is the judge of streams."""

import asyncio
import hashlib
import itertools
import re
import struct
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Any, TypeVar

import av
import numpy as np
import pytest
from tests.unit.simulate.asking import LIMIT_S, TCP, Answer, Client, until

from mingjian.simulate import blockcode, clips, nal, readback
from mingjian.simulate.auth import Account, Scheme
from mingjian.simulate.cameras import CameraSpec, Keepalive, Misbehaviour, Transports
from mingjian.simulate.encode import Settings
from mingjian.simulate.loadclip import pictures
from mingjian.simulate.rtsp import RtspServer, busiest_second, by_second
from mingjian.simulate.sound import SoundSource, aac, g711, other, tones
from mingjian.simulate.sources import ClipSource
from mingjian.simulate.weather import Weather

T = TypeVar("T")
FPS = 25


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


@cache
def clip(codec: nal.Codec, b_frames: int = 0, gop: int = 25, width: int = 320, *, open_gop: bool = False) -> clips.Clip:
    settings = Settings(
        codec, width, 144, Fraction(FPS), 300, gop, preset="ultrafast", threads=1, b_frames=b_frames, open_gop=open_gop
    )
    return clips.make(settings, pictures(width, 144, 2 * gop))


MAKES: dict[str, Callable[[], ClipSource]] = {
    "h264": lambda: ClipSource(clip("h264")),
    "h264, STAP-A, small packets": lambda: ClipSource(clip("h264"), aggregate=True, max_payload=200),
    "h264, B-frames": lambda: ClipSource(clip("h264", 2)),
    "h265": lambda: ClipSource(clip("h265")),
    "h265, AP, small packets": lambda: ClipSource(clip("h265"), aggregate=True, max_payload=200),
    "h265, B-frames": lambda: ClipSource(clip("h265", 3)),
    "h265, open groups": lambda: ClipSource(clip("h265", 3, 26, open_gop=True)),
}


@cache
def source(kind: str) -> ClipSource:
    return MAKES[kind]()


SOUNDS: dict[str, Callable[[], SoundSource | None]] = {
    "silent": lambda: None,
    "aac": lambda: aac(16_000, kbps=24),
    "alaw": lambda: g711("alaw"),
    "ulaw": lambda: g711("ulaw", packet_ms=20, rtpmap=False),
}


@dataclass(slots=True)
class Watched:
    """What libav made of a stream: numbers in the order of sending, block codes in the order of showing."""

    numbers: list[int] = field(default_factory=list)
    codes: list[int | None] = field(default_factory=list)
    sound: str = ""
    heard: list[np.ndarray] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)


def watch(url: str, transport: str, frames: int) -> Watched:
    seen = Watched()
    with av.open(url, mode="r", options={"rtsp_transport": transport}, timeout=LIMIT_S) as container:
        video = container.streams.video[0]
        video.codec_context.thread_count = 1
        for packet in container.demux():
            if packet.stream is video:
                seen.numbers += readback.numbers(bytes(packet))
                for frame in packet.decode():
                    assert isinstance(frame, av.VideoFrame)
                    seen.codes.append(blockcode.read(np.asarray(frame.to_ndarray(format="gray"), np.uint8)))
                    seen.sizes.append(frame.width)
            else:
                seen.sound = packet.stream.codec_context.name
                for one in packet.decode():
                    assert isinstance(one, av.AudioFrame)
                    seen.heard.append(one.to_ndarray()[0])
            if len(seen.numbers) >= frames:
                return seen
    return seen


def in_order(numbers: list[int]) -> bool:
    return numbers == list(range(numbers[0], numbers[0] + len(numbers)))


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_libav_gets_every_frame_and_shows_them_in_order(transport: str) -> None:
    """All kinds at once: each takes its seconds."""

    async def work() -> dict[str, Watched]:
        specs = {kind: CameraSpec(f"cam/{at}", at, source(kind)) for at, kind in enumerate(MAKES)}
        async with RtspServer(specs.values()) as server:
            urls = [server.url(spec.path) for spec in specs.values()]
            seen = await asyncio.gather(*(asyncio.to_thread(watch, url, transport, 70) for url in urls))
            assert {server.cameras[spec.path].played[0].transport for spec in specs.values()} == {transport}
            return dict(zip(specs, seen, strict=True))

    for kind, seen in run(work()).items():
        assert seen.numbers[0] == 0, kind
        assert in_order(seen.numbers), kind
        assert len(seen.codes) >= 60, kind
        count = len(source(kind).templates)
        steps = itertools.pairwise(seen.codes)
        assert [later for earlier, later in steps if later != ((earlier or 0) + 1) % count] == [], kind


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_libav_hears_sound_and_a_tone_each_second(transport: str) -> None:
    async def work() -> dict[str, Watched]:
        first = transport == "udp"
        specs = {
            name: CameraSpec(name, 1, source("h264"), sound=make(), sound_first=first) for name, make in SOUNDS.items()
        }
        async with RtspServer(specs.values()) as server:
            watching = (asyncio.to_thread(watch, server.url(name), transport, 70) for name in specs)
            return dict(zip(specs, await asyncio.gather(*watching), strict=True))

    for sound, seen in run(work()).items():
        assert in_order(seen.numbers), sound
        assert seen.sound == {"silent": "", "aac": "aac", "alaw": "pcm_alaw", "ulaw": "pcm_mulaw"}[sound]
        if sound == "silent":
            continue
        heard = np.concatenate(seen.heard)
        samples = heard / 32768 if heard.dtype == np.int16 else heard
        begins = tones(samples, 16_000 if sound == "aac" else 8000)
        assert len(begins) >= 2, sound
        assert np.diff(begins) == pytest.approx(1, abs=0.02), sound


def test_a_group_that_is_open_has_leading_pictures_and_a_session_may_begin_there() -> None:
    made = clip("h265", 3, 26, open_gop=True)
    kinds = [nal.kind("h265", nal.pictures("h265", unit.nals)[0]) for unit in made.units]
    assert kinds[0] in {19, 20}
    (cra,) = [at for at, kind in enumerate(kinds) if kind == 21]
    assert made.units[cra].key
    assert kinds[cra + 1] in {8, 9}, "a RASL picture comes behind it"
    assert made.units[cra + 1].timestamp_90k < made.units[cra].timestamp_90k

    async def work() -> Watched:
        spec = CameraSpec("cam/1", 1, ClipSource(made, first_key=1))
        async with RtspServer([spec]) as server:
            return await asyncio.to_thread(watch, server.url("cam/1"), "tcp", 30)

    seen = run(work())
    assert in_order(seen.numbers)
    assert (seen.codes[0] or 0) >= 26, "what leads cannot be decoded and is not shown"


def test_parameters_change_in_mid_stream_by_the_clip_or_by_hand() -> None:
    wide = ClipSource(clip("h264", width=384))
    both = ClipSource(clips.joined(clip("h264"), clip("h264", width=384)))

    async def work() -> tuple[Watched, Watched]:
        specs = [CameraSpec("cam/1", 1, both), CameraSpec("cam/2", 2, source("h264"))]
        async with RtspServer(specs) as server:
            first = await asyncio.to_thread(watch, server.url("cam/1"), "tcp", 120)
            camera = server.cameras["cam/2"]
            watching = asyncio.create_task(asyncio.to_thread(watch, server.url("cam/2"), "udp", 70))
            await until(lambda: camera.frames_sent > 20)
            client = await Client.open(server, "cam/2")
            before = (await client.ask("DESCRIBE")).body
            camera.switch(wide, described=False)
            assert (await client.ask("DESCRIBE")).body == before
            camera.switch(wide)
            assert (await client.ask("DESCRIBE")).body != before
            await client.close()
            return first, await watching

    first, second = run(work())
    assert first.sizes == [320] * 50 + [384] * 50 + [320] * (len(first.sizes) - 100)
    assert {*second.sizes} == {320, 384}
    assert in_order(second.numbers)


def test_parameter_sets_only_in_the_description_are_enough() -> None:
    async def work() -> Watched:
        spec = CameraSpec("cam/1", 1, ClipSource(clip("h265"), in_band=False))
        async with RtspServer([spec]) as server:
            return await asyncio.to_thread(watch, server.url("cam/1"), "tcp", 30)

    assert len(run(work()).codes) > 20


TRANSPORTS = {
    Transports.BOTH: (200, 200, 200),
    Transports.TCP: (200, 461, 200),
    Transports.UDP: (461, 200, 200),
}


@pytest.mark.parametrize("granted", Transports)
def test_what_is_granted_and_what_not(granted: Transports) -> None:
    async def work() -> tuple[int, ...]:
        async with RtspServer([CameraSpec("cam/1", 1, source("h264"), transports=granted)]) as server:
            found = []
            udp = "RTP/AVP;unicast;client_port=40000-40001"
            for wanted in (TCP, udp, f"RTP/AVP;multicast,{udp},{TCP}"):
                client = await Client.open(server, "cam/1")
                answer = await client.ask("SETUP", client.url + "/trackID=1", Transport=wanted)
                found.append(answer.status)
                if answer.status == 200:
                    assert re.search("ssrc=[0-9A-F]{8}$", answer.headers["transport"])
                assert (await client.ask("SETUP", client.url + "/trackID=2", Transport=TCP)).status == 404
                await client.close()
            await until(lambda: not server.connections)
            return found[0], found[1], found[2]

    assert run(work()) == TRANSPORTS[granted]


def test_over_udp_tracks_have_their_own_ports_clocks_and_reports() -> None:
    async def work() -> None:
        sound = aac(16_000)
        spec = CameraSpec("cam/1", 1, source("h264"), sound=sound, first_sequence=65_530, first_timestamp=2**32 - 9)
        async with RtspServer([spec], report_interval_s=0.2) as server:
            client = await Client.open(server, "cam/1")
            got = await client.play_udp(1, 2)
            await until(lambda: len(got.media(1)) > 2 and len(got.media(3)) > 2 and len(got.media(2)) > 20)
            sequences = [struct.unpack_from(">H", packet, 2)[0] for packet in got.media(0)]
            assert sequences == [(65_530 + at) % 65_536 for at in range(len(sequences))]
            times = [struct.unpack_from(">I", packet, 4)[0] for packet in got.media(2)]
            assert times == [(2**32 - 9 + 1024 * at) % 2**32 for at in range(len(times))]
            assert got.numbers() == list(range(len(got.numbers())))

            def origin(report: bytes, rate: int) -> float:
                """The wall time at which this track's clock was at its first timestamp."""
                seconds, fraction, stamp = struct.unpack_from(">III", report, 8)
                return float(seconds + fraction / 2**32 - (stamp - (2**32 - 9)) % 2**32 / rate)

            first, second = origin(got.media(1)[-1], 90_000), origin(got.media(3)[-1], 16_000)
            assert first == pytest.approx(second, abs=0.002), "sound and picture begin together"
            assert first - 2_208_988_800 == pytest.approx(time.time(), abs=LIMIT_S)
            sent = server.cameras["cam/1"].frames_sent
            await client.close()
            await until(lambda: not server.connections)
            assert server.cameras["cam/1"].frames_sent <= sent + 2
            got.close()

    run(work())


def test_weather_does_to_packets_what_it_says() -> None:
    weather = Weather(loss=0.05, doubled=0.05, reordered=0.1, late=0.02, late_by=100, seed=4)

    async def work() -> None:
        async with RtspServer([CameraSpec("cam/1", 1, source("h264"), weather=weather, first_sequence=0)]) as server:
            client = await Client.open(server, "cam/1")
            got = await client.play_udp()
            await until(lambda: len(got.media()) > 400)
            await client.close()
            await until(lambda: not server.connections)
            (counters,) = server.cameras["cam/1"].played
            await asyncio.sleep(0)
            fates = counters.fates
            assert fates is not None
            numbers = [struct.unpack_from(">H", packet, 2)[0] for packet in got.media()]
            settled = [number for number in numbers if number < fates.sent - 120]
            expected = set(range(fates.sent - 120)) - set(fates.lost)
            assert set(settled) == expected
            assert {number for number in settled if settled.count(number) > 1} == expected & set(fates.doubled)
            assert settled != sorted(settled)
            hurt = [number for number in counters.hurt() if number < max(got.numbers()) - 30]
            whole = readback.missing(got.numbers())
            assert hurt
            assert set(whole) <= set(hurt), "a frame without its number lost a packet"
            got.close()

    run(work())


def test_weather_reaches_streams_in_the_connection_too() -> None:
    async def work() -> None:
        spec = CameraSpec("cam/1", 1, source("h264"), weather=Weather(loss=0.1), first_sequence=0)
        async with RtspServer([spec]) as server:
            client = await Client.open(server, "cam/1")
            await client.play()
            await client.read_until(lambda frames: len(frames) > 200)
            fates = server.cameras["cam/1"].played[0].fates
            assert fates is not None
            numbers = [struct.unpack_from(">H", packet, 2)[0] for channel, packet in client.frames if channel == 0]
            assert sorted(set(range(max(numbers))) - set(numbers)) == [one for one in fates.lost if one < max(numbers)]
            await client.close()

    run(work())


async def _get_parameter(client: Client) -> Answer:
    return await client.ask("GET_PARAMETER")


async def _options(client: Client) -> Answer:
    return await client.ask("OPTIONS")


async def _receiver_report(client: Client) -> None:
    client.writer.write(b"$\x01\x00\x08\x80\xc9\x00\x01\x00\x00\x00\x07")


SIGNS = {"GET_PARAMETER": _get_parameter, "OPTIONS": _options, "RTCP": _receiver_report}
LIVES = {
    Keepalive.ANYTHING: {"GET_PARAMETER", "OPTIONS", "RTCP"},
    Keepalive.GET_PARAMETER: {"GET_PARAMETER"},
    Keepalive.OPTIONS: {"OPTIONS"},
}


def test_what_a_session_lives_by() -> None:
    """Each sign of life at each kind of camera, all at once: a session that lives outlasts its timeout twice."""

    async def shown(server: RtspServer, keepalive: Keepalive, sign: str) -> bool:
        path = f"{keepalive.value}/{sign}"
        camera = server.add(CameraSpec(path, 1, source("h264"), keepalive=keepalive, session_timeout_s=1.5))
        client = await Client.open(server, path)
        await client.play()

        async def show_signs() -> None:
            while True:
                await SIGNS[sign](client)
                await asyncio.sleep(0.1)

        alive = asyncio.create_task(show_signs())
        await until(lambda: camera.timeouts or camera.frames_sent > 3.5 * FPS)
        alive.cancel()
        await asyncio.wait({alive})
        await client.close()
        return camera.timeouts == 0

    async def work() -> dict[Keepalive, set[str]]:
        async with RtspServer(session_timeout_s=1.5) as server:
            pairs = list(itertools.product(Keepalive, SIGNS))
            lived = await asyncio.gather(*(shown(server, keepalive, sign) for keepalive, sign in pairs))
        alive = [pair for pair, lives in zip(pairs, lived, strict=True) if lives]
        return {kind: {sign for keepalive, sign in alive if keepalive is kind} for kind in Keepalive}

    assert run(work()) == LIVES


@pytest.mark.parametrize("status", [405, 501])
def test_a_camera_that_knows_only_options_says_so(status: int) -> None:
    async def work() -> None:
        spec = CameraSpec(
            "cam/1", 1, source("h264"), keepalive=Keepalive.OPTIONS, get_parameter_status=status, session_timeout_s=10
        )
        async with RtspServer([spec]) as server:
            client = await Client.open(server, "cam/1")
            assert "GET_PARAMETER" not in (await client.ask("OPTIONS")).headers["public"]
            ready = await client.ask("SETUP", client.url + "/trackID=1", Transport=TCP)
            assert ready.headers["session"].endswith(";timeout=10")
            assert (await client.ask("GET_PARAMETER")).status == status
            await client.close()

    run(work())


def test_rtcp_from_the_client_keeps_a_session_over_udp() -> None:
    async def work() -> None:
        spec = CameraSpec("cam/1", 1, source("h264"), session_timeout_s=1.0)
        async with RtspServer([spec]) as server:
            client = await Client.open(server, "cam/1")
            got = await client.play_udp()
            outlet = next(iter(server.connections))._outlets[1]
            camera = server.cameras["cam/1"]
            while camera.frames_sent < 2 * FPS:
                got.send(1, b"\x80\xc9\x00\x01\x00\x00\x00\x07", outlet.ports[1])  # type: ignore[attr-defined]
                await asyncio.sleep(0.1)
            assert camera.timeouts == 0
            await until(lambda: camera.timeouts)
            assert await client.ended()
            got.close()

    run(work())


@pytest.mark.parametrize("scheme", [Scheme.DIGEST_SHA256, Scheme.DIGEST_BOTH, Scheme.DIGEST_MD5_FIRST])
@pytest.mark.parametrize("algorithm", ["MD5", "SHA-256"])
def test_digest_with_what_is_offered(scheme: Scheme, algorithm: str) -> None:
    def digest(text: str) -> str:
        return hashlib.new(algorithm.replace("-", "").lower(), text.encode()).hexdigest()

    async def work() -> int:
        account = Account(scheme, "admin", "Geheim9")
        async with RtspServer([CameraSpec("cam/1", 1, source("h264"), account)]) as server:
            client = await Client.open(server, "cam/1")
            nonce = re.findall('nonce="([^"]+)"', (await client.ask("DESCRIBE")).headers["www-authenticate"])[0]
            secret = digest("admin:IP Camera:Geheim9")
            response = digest(f"{secret}:{nonce}:00000001:abc:auth:{digest(f'DESCRIBE:{client.url}')}")
            fields = f'username="admin", realm="IP Camera", nonce="{nonce}", uri="{client.url}", response="{response}"'
            more = f'algorithm={algorithm}, qop=auth, nc=00000001, cnonce="abc"'
            answer = await client.ask("DESCRIBE", Authorization=f"Digest {fields}, {more}")
            if answer.status == 200:
                assert server.cameras["cam/1"].signed_by == algorithm
            await client.close()
            return answer.status

    assert run(work()) == (401 if (scheme, algorithm) == (Scheme.DIGEST_SHA256, "MD5") else 200)


def test_a_description_of_any_length_and_sound_that_nobody_keeps() -> None:
    async def work() -> tuple[bytes, list[tuple[int, bytes]]]:
        strange = other("G726-32", 8000)
        spec = CameraSpec("cam/1", 1, source("h264"), sdp_bytes=64_000, sound=strange)
        async with RtspServer([spec]) as server:
            client = await Client.open(server, "cam/1")
            body = (await client.ask("DESCRIBE")).body
            await client.ask("SETUP", client.url + "/trackID=2", Transport="RTP/AVP/TCP;interleaved=2-3")
            await client.play()
            await client.read_until(lambda frames: {channel for channel, _ in frames} >= {0, 2})
            await client.close()
            return body, client.frames

    body, frames = run(work())
    assert 64_000 <= len(body) < 65_536
    assert b"a=rtpmap:102 G726-32/8000\r\n" in body
    assert next(packet for channel, packet in frames if channel == 2)[12:] in other("G726-32", 8000).frames


def test_sessions_over_udp_end_as_those_in_the_connection_do() -> None:
    async def work() -> None:
        kinds = [Misbehaviour.SAYS_BYE, Misbehaviour.TEARS_DOWN, Misbehaviour.CLOSES]
        specs = [CameraSpec(one.value, 1, source("h264"), misbehaviour=one, closes_after_s=0.4) for one in kinds]
        async with RtspServer(specs) as server:
            clients = {one: await Client.open(server, one.value) for one in kinds}
            got = {one: await clients[one].play_udp() for one in kinds}
            await until(lambda: any(packet[9:10] == b"\xcb" for packet in got[Misbehaviour.SAYS_BYE].media(1)))
            assert (await clients[Misbehaviour.TEARS_DOWN].answers()).startswith(b"TEARDOWN ")
            assert await clients[Misbehaviour.CLOSES].ended()
            for one in kinds:
                assert server.cameras[one.value].frames_sent > 2
                await clients[one].close()
                got[one].close()

    run(work())


def test_all_are_gone_and_back_at_once_and_who_came_is_remembered() -> None:
    async def work() -> None:
        specs = [CameraSpec(f"cam/{number}", number, source("h264")) for number in range(5)]
        async with RtspServer(specs) as server:
            clients = [await Client.open(server, spec.path) for spec in specs]
            for client in clients:
                await client.play()
            assert len(server.attempts) == 5
            server.attempts.clear()
            server.outage(0.7)
            for client in clients:
                assert await client.ended()
            tries = 0
            while True:
                again = await Client.open(server, "cam/3")
                tries += 1
                try:
                    assert (await again.ask("OPTIONS")).status == 200
                    break
                except (ConnectionError, asyncio.IncompleteReadError):
                    await again.close()
                    await asyncio.sleep(0.1)
            assert tries > 3
            assert len(server.attempts) == tries
            assert sum(by_second(server.attempts).values()) == tries
            await again.close()

    run(work())


@pytest.mark.parametrize(
    ("attempts", "busiest", "seconds"),
    [
        ([], 0, {}),
        ([5.0], 1, {0: 1}),
        ([5.0, 5.5, 5.99, 6.01, 9.0], 3, {0: 3, 1: 1, 4: 1}),
        ([5.9, 6.0, 6.1, 6.8, 6.95], 4, {0: 4, 1: 1}),
    ],
)
def test_the_busiest_second_is_any_second(attempts: list[float], busiest: int, seconds: dict[int, int]) -> None:
    assert busiest_second(attempts) == busiest
    assert by_second(attempts) == seconds
