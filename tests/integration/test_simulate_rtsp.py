"""Simulated cameras over real sockets: judged by libav, and by a client of a few lines written from RFC 2326."""

import asyncio
import base64
import hashlib
import itertools
import re
import struct
import time
from collections.abc import Awaitable, Callable, Coroutine
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, TypeVar

import av
import numpy as np
import pytest
from tests.unit.simulate.asking import LIMIT_S, Answer, Client, until

from mingjian.simulate import blockcode, clips, nal, readback
from mingjian.simulate.auth import Account, Scheme
from mingjian.simulate.cameras import CameraSpec, Misbehaviour, Transports
from mingjian.simulate.encode import Settings
from mingjian.simulate.live import CODE_BITS, LiveCamera
from mingjian.simulate.loadclip import load_clip, pictures
from mingjian.simulate.rtsp import RtspServer
from mingjian.simulate.sources import ClipSource
from mingjian.simulate.web import start_web_server

T = TypeVar("T")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, ClipSource]:
    cache = tmp_path_factory.mktemp("clips")
    return {
        "h264": ClipSource(load_clip(cache, "h264", 320, 180, 50, 400, seconds=2)),
        "h264+": ClipSource(load_clip(cache, "h264", 320, 180, 50, 400, seconds=2), aggregate=True),
        "h265": ClipSource(load_clip(cache, "h265", 320, 180, 50, 400, seconds=2)),
        "h265+": ClipSource(load_clip(cache, "h265", 320, 180, 50, 400, seconds=2), aggregate=True),
        "heavy": ClipSource(load_clip(cache, "h264", 1280, 720, 50, 30000, seconds=2)),
    }


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def libav_stamps(url: str, frames: int, decode: bool = False) -> list[readback.Stamp]:
    """What libav receives as an RTSP client."""
    stamps: list[readback.Stamp] = []
    decoded = 0
    with av.open(url, mode="r", options={"rtsp_transport": "tcp"}, timeout=LIMIT_S) as container:
        for packet in container.demux(container.streams.video[0]):
            stamps += readback.stamps(bytes(packet))
            if decode:
                decoded += len(packet.decode())
            if len(stamps) >= frames:
                break
    assert not decode or decoded >= frames - 3
    return stamps


@pytest.mark.parametrize("kind", ["h264", "h264+", "h265", "h265+"])
def test_libav_gets_every_frame_over_the_loop_and_can_decode_it(sources: dict[str, ClipSource], kind: str) -> None:
    async def work() -> list[readback.Stamp]:
        async with RtspServer([CameraSpec("cam/9", 9, sources[kind])]) as server:
            return await asyncio.to_thread(libav_stamps, server.url("cam/9"), 130, True)

    stamps = run(work())
    numbers = [stamp.frame for stamp in stamps]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert numbers[0] == 0
    assert {stamp.camera for stamp in stamps} == {9}


def test_many_cameras_on_one_port_are_told_apart(sources: dict[str, ClipSource]) -> None:
    async def work() -> list[set[int]]:
        specs = [CameraSpec(f"cam/{number}", number, sources["h264"]) for number in range(1, 6)]
        async with RtspServer(specs) as server:
            clients = [await Client.open(server, f"cam/{number}") for number in range(1, 6)]
            for client in clients:
                await client.play()
            await asyncio.gather(*(client.read_until(lambda f: len(f) > 60) for client in clients))
            seen = [{s.camera for s in readback.stamps(b"".join(p for _, p in c.frames))} for c in clients]
            assert sum(camera.frames_sent for camera in server.cameras.values()) >= 5 * 25
            for client in clients:
                await client.close()
            return seen

    assert run(work()) == [{1}, {2}, {3}, {4}, {5}]


def test_a_whole_session(sources: dict[str, ClipSource]) -> None:
    async def work() -> None:
        spec = CameraSpec("cam/1", 1, sources["h264"], transports=Transports.TCP)
        async with RtspServer([spec], session_timeout_s=45) as server:
            client = await Client.open(server, "cam/1")
            assert "GET_PARAMETER" in (await client.ask("OPTIONS")).headers["public"]
            described = await client.ask("DESCRIBE", Accept="application/sdp")
            assert described.headers["content-type"] == "application/sdp"
            assert described.headers["content-base"] == client.url + "/"
            assert b"sprop-parameter-sets=" in described.body
            assert (await client.ask("PLAY")).status == 455
            refused = await client.ask(
                "SETUP", client.url + "/trackID=1", Transport="RTP/AVP;unicast;client_port=5000-5001"
            )
            assert refused.status == 461
            ready = await client.ask("SETUP", client.url + "/trackID=1", Transport="RTP/AVP/TCP;interleaved=4-5")
            assert ready.headers["session"].endswith(";timeout=45")
            assert "interleaved=4-5" in ready.headers["transport"]
            info = (await client.ask("PLAY")).headers["rtp-info"]
            await client.read_until(lambda frames: len(frames) > 40)
            media = [packet for channel, packet in client.frames if channel == 4]
            sequence, timestamp = (int(found) for found in re.findall(r"seq=(\d+);rtptime=(\d+)", info)[0])
            assert struct.unpack_from(">HI", media[0], 2) == (sequence, timestamp)
            order = [(struct.unpack_from(">H", packet, 2)[0] - sequence) % 65536 for packet in media]
            assert order == list(range(len(media)))
            assert (await client.ask("GET_PARAMETER")).status == 200
            assert (await client.ask("PAUSE")).status == 200
            sent = server.cameras["cam/1"].frames_sent
            assert (await client.ask("RECORD")).status == 405
            assert server.cameras["cam/1"].frames_sent == sent
            assert (await client.ask("TEARDOWN")).status == 200
            assert (await client.ask("PLAY")).status in {454, 455}
            assert (await client.ask("DESCRIBE", server.url("cam/2"))).status == 404
            await client.close()
            await until(lambda: not server.connections)

    run(work())


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@pytest.mark.parametrize("scheme", [Scheme.BASIC, Scheme.DIGEST, Scheme.DIGEST_QOP])
def test_libav_must_sign_in(sources: dict[str, ClipSource], scheme: Scheme) -> None:
    account = Account(scheme, "admin", "Geheim9")

    async def work() -> None:
        async with RtspServer([CameraSpec("cam/1", 1, sources["h264"], account)]) as server:
            plain = server.url("cam/1")
            right = plain.replace("rtsp://", "rtsp://admin:Geheim9@")
            assert len(await asyncio.to_thread(libav_stamps, right, 5)) >= 5
            for wrong in (plain, plain.replace("rtsp://", "rtsp://admin:wrong@")):
                with pytest.raises(av.error.HTTPUnauthorizedError):
                    await asyncio.to_thread(libav_stamps, wrong, 5)

    run(work())


def test_a_stale_nonce_is_said_to_be_stale(sources: dict[str, ClipSource]) -> None:
    account = Account(Scheme.DIGEST, "admin", "x", nonce_uses=2)

    async def work() -> None:
        async with RtspServer([CameraSpec("cam/1", 1, sources["h264"], account)]) as server:
            client = await Client.open(server, "cam/1")
            asked = await client.ask("DESCRIBE")

            async def sign(challenge: str) -> Answer:
                nonce = re.findall('nonce="([^"]+)"', challenge)[0]
                response = md5(f"{md5('admin:IP Camera:x')}:{nonce}:{md5(f'DESCRIBE:{client.url}')}")
                fields = (
                    f'username="admin", realm="IP Camera", nonce="{nonce}", uri="{client.url}", response="{response}"'
                )
                return await client.ask("DESCRIBE", Authorization=f"Digest {fields}")

            challenge = asked.headers["www-authenticate"]
            assert "stale" not in challenge
            assert [(await sign(challenge)).status for _ in range(2)] == [200, 200]
            third = await sign(challenge)
            assert third.status == 401
            assert "stale=true" in third.headers["www-authenticate"]
            assert (await sign(third.headers["www-authenticate"])).status == 200
            await client.close()

    run(work())


async def _described(client: Client) -> bytes:
    return (await client.ask("DESCRIBE")).body


async def _not_found(client: Client, server: RtspServer) -> None:
    assert (await client.ask("DESCRIBE")).status == 404


async def _redirect(client: Client, server: RtspServer) -> None:
    answer = await client.ask("DESCRIBE")
    assert (answer.status, answer.headers["location"]) == (302, "rtsp://elsewhere/cam")


async def _audio_only(client: Client, server: RtspServer) -> None:
    body = await _described(client)
    assert b"m=audio" in body
    assert b"m=video" not in body


async def _mjpeg(client: Client, server: RtspServer) -> None:
    assert b"a=rtpmap:26 JPEG/90000" in await _described(client)


async def _vp8(client: Client, server: RtspServer) -> None:
    assert b"VP8/90000" in await _described(client)


async def _silent(client: Client, server: RtspServer) -> None:
    assert (await client.play()).status == 200
    assert (await client.ask("GET_PARAMETER")).status == 200
    await asyncio.sleep(0.2)
    assert (await client.ask("GET_PARAMETER")).status == 200
    assert client.frames == []


async def _closes(client: Client, server: RtspServer) -> None:
    await client.play()
    assert await client.ended()
    assert 5 <= server.cameras["cam/1"].frames_sent <= 40


async def _garbage(client: Client, server: RtspServer) -> None:
    await client.play()
    with pytest.raises(AssertionError):
        await client.read_until(lambda frames: len(frames) > 500)
    assert client.numbers()[:24] == list(range(24))
    assert (await client.reader.readexactly(40)).count(b"GARBAGE") >= 2


async def _endless_header(client: Client, server: RtspServer) -> None:
    client.writer.write(f"DESCRIBE {client.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
    head = await asyncio.wait_for(client.reader.readexactly(3 << 20), LIMIT_S)
    assert head.startswith(b"RTSP/1.0 200 OK\r\n")
    assert b"\r\n\r\n" not in head


async def _html(client: Client, server: RtspServer) -> None:
    client.writer.write(f"DESCRIBE {client.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
    page = await asyncio.wait_for(client.reader.read(), LIMIT_S)
    assert page.startswith(b"HTTP/1.1 200 OK")


async def _rubbish_reports(client: Client, server: RtspServer) -> None:
    await client.play()
    await client.read_until(lambda frames: any(channel == 1 for channel, _ in frames) and len(frames) > 20)
    reports = [packet for channel, packet in client.frames if channel == 1]
    assert all(4 * (1 + struct.unpack_from(">H", report, 2)[0]) > len(report) for report in reports)
    assert client.numbers()[:3] == [0, 1, 2]


async def _tears_down(client: Client, server: RtspServer) -> None:
    await client.play()
    asked = await client.answers()
    assert asked.startswith(f"TEARDOWN {client.url} RTSP/1.0\r\n".encode())
    assert f"Session: {client.session}\r\n".encode() in asked
    client.writer.write(b"RTSP/1.0 200 OK\r\nCSeq: 1\r\n\r\n")
    assert (await client.ask("GET_PARAMETER")).status == 454


async def _says_bye(client: Client, server: RtspServer) -> None:
    await client.play()
    await client.read_until(lambda frames: any(packet[9:10] == b"\xcb" for channel, packet in frames if channel == 1))
    assert client.frames[-1][0] == 1
    assert client.frames[-1][1][:2] == b"\x80\xc9"
    assert (await client.ask("GET_PARAMETER")).status == 200
    sent = server.cameras["cam/1"].frames_sent
    assert (await client.ask("GET_PARAMETER")).status == 200
    assert server.cameras["cam/1"].frames_sent == sent


async def _lying_body(client: Client, server: RtspServer) -> None:
    client.writer.write(f"DESCRIBE {client.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
    head = (await client.answers()).decode()
    told = int(re.findall(r"Content-Length: (\d+)", head)[0])
    assert (await client.reader.readexactly(told - 1000)).startswith(b"v=0")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(client.reader.readexactly(1), 0.2)


async def _lying_lengths(client: Client, server: RtspServer) -> None:
    await client.play()
    with pytest.raises(AssertionError):
        await client.read_until(lambda frames: len(frames) > 2000)
    assert client.numbers()[:24] == list(range(24))
    assert len(client.numbers()) < 30


async def _every_frame_and_more(client: Client, server: RtspServer) -> None:
    await client.play()
    await client.read_until(lambda _: len(client.numbers()) > 50)
    numbers = client.numbers()
    assert numbers == list(range(len(numbers)))


async def _huge_unit(client: Client, server: RtspServer) -> None:
    await client.play()
    await client.read_until(lambda frames: len(frames) > 8000)
    assert sum(len(packet) for _, packet in client.frames) > 10 << 20


async def _flood(client: Client, server: RtspServer) -> None:
    await client.play()
    began = time.monotonic()
    await client.read_until(lambda _: len(client.frames) > 6000)
    numbers = client.numbers()
    assert len(numbers) > 20 * 50 * (time.monotonic() - began)


SHOWN: dict[Misbehaviour, Callable[[Client, RtspServer], Awaitable[None]]] = {
    Misbehaviour.NOT_FOUND: _not_found,
    Misbehaviour.REDIRECT: _redirect,
    Misbehaviour.AUDIO_ONLY: _audio_only,
    Misbehaviour.MJPEG: _mjpeg,
    Misbehaviour.VP8: _vp8,
    Misbehaviour.SILENT: _silent,
    Misbehaviour.CLOSES: _closes,
    Misbehaviour.GARBAGE: _garbage,
    Misbehaviour.ENDLESS_HEADER: _endless_header,
    Misbehaviour.HTML: _html,
    Misbehaviour.RUBBISH_REPORTS: _rubbish_reports,
    Misbehaviour.TEARS_DOWN: _tears_down,
    Misbehaviour.SAYS_BYE: _says_bye,
    Misbehaviour.LYING_BODY: _lying_body,
    Misbehaviour.LYING_LENGTHS: _lying_lengths,
    Misbehaviour.LYING_UNITS: _every_frame_and_more,
    Misbehaviour.EMPTY_UNITS: _every_frame_and_more,
    Misbehaviour.TIME_JUMPS: _every_frame_and_more,
    Misbehaviour.HUGE_UNIT: _huge_unit,
    Misbehaviour.FLOOD: _flood,
}


@pytest.mark.parametrize("misbehaviour", Misbehaviour)
def test_each_misbehaviour_shows(sources: dict[str, ClipSource], misbehaviour: Misbehaviour) -> None:
    async def work() -> None:
        spec = CameraSpec(
            "cam/1",
            1,
            sources["h264"],
            misbehaviour=misbehaviour,
            closes_after_s=0.3,
            redirect_to="rtsp://elsewhere/cam",
        )
        async with RtspServer([spec]) as server:
            client = await Client.open(server, "cam/1")
            await SHOWN[misbehaviour](client, server)
            await client.close()

    run(work())


def test_a_reader_that_stops_reading_costs_frames_and_no_memory(sources: dict[str, ClipSource]) -> None:
    async def work() -> None:
        async with RtspServer([CameraSpec("cam/1", 1, sources["heavy"])]) as server:
            client = await Client.open(server, "cam/1")
            await client.play()
            camera = server.cameras["cam/1"]
            client.writer.transport.pause_reading()  # type: ignore[attr-defined]
            await until(lambda: camera.frames_dropped > 20)
            (connection,) = server.connections
            assert connection._transport.get_write_buffer_size() < 2 << 20
            client.writer.transport.resume_reading()  # type: ignore[attr-defined]
            stopped_at = camera.played[-1].next_number
            await client.read_until(
                lambda got: bool(got) and any(n > stopped_at + 5 for n in readback.numbers(got[-1][1]))
            )
            missing = readback.missing(client.numbers())
            assert 20 < len(missing) <= camera.frames_dropped
            await client.close()

    run(work())


def test_a_camera_can_be_stopped_started_killed_and_frozen(sources: dict[str, ClipSource]) -> None:
    async def work() -> None:
        specs = [CameraSpec("cam/1", 1, sources["h264"]), CameraSpec("cam/2", 2, sources["h264"])]
        async with RtspServer(specs) as server:
            one, two = await Client.open(server, "cam/1"), await Client.open(server, "cam/2")
            await one.play()
            await two.play()
            camera, other = server.cameras["cam/1"], server.cameras["cam/2"]
            await until(lambda: camera.frames_sent > 5 and other.frames_sent > 5)
            camera.stop()
            assert await one.ended()
            again = await Client.open(server, "cam/1")
            again.writer.write(f"OPTIONS {again.url} RTSP/1.0\r\nCSeq: 1\r\n\r\n".encode())
            assert await again.ended()
            camera.start()
            back = await Client.open(server, "cam/1")
            await back.play()
            await back.read_until(lambda _: len(back.numbers()) > 3)
            assert back.numbers()[0] == 0
            other.frozen = True
            sent = other.frames_sent
            await until(lambda: camera.frames_sent > 60)
            assert other.frames_sent == sent
            assert (await two.ask("GET_PARAMETER")).status == 200
            other.kill_connections()
            assert await two.ended()
            assert camera.plays == 2
            await back.close()

    run(work())


def test_a_client_that_goes_quiet_loses_its_session_and_a_keepalive_keeps_it(sources: dict[str, ClipSource]) -> None:
    async def work() -> None:
        async with RtspServer([CameraSpec("cam/1", 1, sources["h264"])], session_timeout_s=0.6) as server:
            quiet, polite = await Client.open(server, "cam/1"), await Client.open(server, "cam/1")
            await quiet.play()
            await polite.play()

            async def keep_alive() -> None:
                while True:
                    await polite.ask("GET_PARAMETER")
                    await asyncio.sleep(0.1)

            alive = asyncio.create_task(keep_alive())
            assert await quiet.ended()
            await until(lambda: server.cameras["cam/1"].played[1].frames_sent > 60)
            assert not alive.done()
            alive.cancel()
            await polite.close()

    run(work())


def test_sender_reports_come_on_the_odd_channel_and_tell_the_cameras_clock(sources: dict[str, ClipSource]) -> None:
    async def work() -> list[bytes]:
        spec = CameraSpec("cam/1", 1, sources["h264"], clock_error_s=1000.0)
        async with RtspServer([spec], report_interval_s=0.2) as server:
            client = await Client.open(server, "cam/1")
            await client.play()
            await client.read_until(lambda frames: sum(channel == 1 for channel, _ in frames) >= 3)
            await client.close()
            return [packet for channel, packet in client.frames if channel == 1]

    before = time.time()
    reports = run(work())
    times = [struct.unpack_from(">I", report, 8)[0] - 2208988800 - 1000 for report in reports]
    assert all(before - 1 <= moment <= before + LIMIT_S for moment in times)
    assert all(report[:2] == b"\x80\xc8" for report in reports)


@pytest.fixture(scope="module")
def minute() -> clips.Clip:
    settings = Settings("h264", 640, 360, Fraction(10), 300, gop=10, preset="ultrafast")
    return clips.make(settings, pictures(640, 360, 600))


def test_the_live_camera_codes_the_time_of_capture_into_each_picture(minute: clips.Clip) -> None:
    def watch(url: str) -> list[tuple[int | None, int, int]]:
        seen: list[tuple[int | None, int, int]] = []
        with av.open(
            url, mode="r", options={"rtsp_transport": "tcp", "fflags": "nobuffer"}, timeout=LIMIT_S
        ) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            for packet in container.demux(stream):
                for frame in packet.decode():
                    now = time.time_ns() // 1_000_000
                    code = blockcode.read(np.asarray(frame.to_ndarray(format="gray"), np.uint8))
                    seen.append((code, now, readback.numbers(bytes(packet))[0]))
                if len(seen) > 25:
                    return seen
        return seen

    async def work() -> list[tuple[int | None, int, int]]:
        source = LiveCamera(minute)
        async with RtspServer([CameraSpec("cam/1", 1, source)]) as server:
            seen = await asyncio.to_thread(watch, server.url("cam/1"))
            await until(lambda: not server.connections)
            assert source._stop is None, "nobody watches, nothing is encoded"
        source.close()
        return seen

    seen = run(work())
    codes = [code for code, _, _ in seen if code is not None]
    assert len(codes) == len(seen)
    steps = [(b - a) % 2**CODE_BITS for a, b in itertools.pairwise(codes)]
    assert all(60 <= step <= 160 for step in steps)
    _, now, _ = seen[-1]
    assert (now - codes[-1]) % 2**CODE_BITS < 2000
    assert [number for _, _, number in seen] == list(range(seen[0][2], seen[0][2] + len(seen)))


def test_a_clip_in_step_shows_the_second_that_it_is(minute: clips.Clip) -> None:
    async def work() -> list[tuple[float, bytes]]:
        """When each picture was whole, and the payload of its last packet."""
        async with RtspServer([CameraSpec("cam/1", 1, ClipSource(minute, in_step=True))]) as server:
            client = await Client.open(server, "cam/1")
            await client.play()
            arrived: list[tuple[float, bytes]] = []
            while len(arrived) < 12:
                await client.read_until(lambda f: bool(f) and f[-1][0] == 0 and f[-1][1][1] >= 0x80)
                arrived.append((time.time(), client.frames[-1][1][12:]))
                client.frames.clear()
            await client.close()
            return arrived

    arrived = run(work())
    source = ClipSource(minute, in_step=True)
    tails = [template.data[template.packets[-1] + 16 :] for template in source.templates]
    assert len(set(tails)) == 600
    shown = [tails.index(payload) for _, payload in arrived]
    assert [(later - earlier) % 600 for earlier, later in pairwise(shown)] == [1] * 11
    assert minute.units[shown[0]].key
    late = [(moment * 10 - index + 300) % 600 - 300 for (moment, _), index in zip(arrived, shown, strict=True)]
    assert min(late) > -0.1, "no frame is shown before its time"
    assert min(late) < 2, "frames are shown in their time"


def test_two_viewers_of_the_live_camera_each_begin_at_number_0_with_a_key_frame(minute: clips.Clip) -> None:
    async def work() -> None:
        source = LiveCamera(minute)
        async with RtspServer([CameraSpec("cam/1", 1, source)]) as server:
            one, two = await Client.open(server, "cam/1"), await Client.open(server, "cam/1")
            await one.play()
            await one.read_until(lambda _: len(one.numbers()) > 3)
            await two.play()
            await two.read_until(lambda _: len(two.numbers()) > 3)
            for client in (one, two):
                media = [packet[12:] for channel, packet in client.frames if channel == 0]
                assert [nal.kind("h264", payload) for payload in media[:3]] == [7, 8, 6]
                assert client.numbers()[:3] == [0, 1, 2]
                await client.close()
        source.close()

    run(work())


def test_a_web_server_answers_anything_with_a_page() -> None:
    async def work() -> bytes:
        server, port = await start_web_server()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"DESCRIBE rtsp://127.0.0.1/cam RTSP/1.0\r\nCSeq: 1\r\n\r\n")
        page = await asyncio.wait_for(reader.read(), LIMIT_S)
        writer.close()
        server.close()
        await server.wait_closed()
        return page

    assert run(work()).startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/html")


def test_a_recorded_file_gives_its_numbers_back(sources: dict[str, ClipSource], tmp_path: Path) -> None:
    def record(url: str, path: Path) -> None:
        with (
            av.open(url, mode="r", options={"rtsp_transport": "tcp"}, timeout=LIMIT_S) as camera,
            av.open(str(path), "w") as file,
        ):
            copied = file.add_stream_from_template(camera.streams.video[0])
            first: int | None = None
            for count, packet in enumerate(camera.demux(camera.streams.video[0])):
                if packet.dts is None:
                    continue
                first = packet.dts if first is None else first
                packet.dts = packet.pts = packet.dts - first
                packet.stream = copied
                file.mux(packet)
                if count > 80:
                    break

    async def work() -> None:
        async with RtspServer([CameraSpec("cam/4", 4, sources["h264"])]) as server:
            await asyncio.to_thread(record, server.url("cam/4"), tmp_path / "a.mp4")

    run(work())
    numbers = readback.numbers_in_mp4(tmp_path / "a.mp4")
    assert numbers == readback.numbers_in_mp4((tmp_path / "a.mp4").read_bytes())
    assert len(numbers) > 70
    assert readback.missing(numbers) == []
    assert readback.missing([*numbers[:10], *numbers[12:]]) == numbers[10:12]
    assert {stamp.camera for stamp in readback.stamps_in_mp4(tmp_path / "a.mp4")} == {4}


def test_basic_credentials_are_those_of_the_camera(sources: dict[str, ClipSource]) -> None:
    account = Account(Scheme.BASIC, "admin", "a:b")

    async def work() -> list[int]:
        async with RtspServer([CameraSpec("cam/1", 1, sources["h264"], account)]) as server:
            client = await Client.open(server, "cam/1")
            tries = ["admin:a:b", "admin:a", "root:a:b"]
            found = [
                (await client.ask("DESCRIBE", Authorization="Basic " + base64.b64encode(one.encode()).decode())).status
                for one in tries
            ]
            await client.close()
            return found

    assert run(work()) == [200, 401, 401]
