"""Cameras that answer wrongly, endlessly, slowly or not at all: each costs itself alone, and is named."""

import asyncio
import time
import tracemalloc
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest
from tests.unit.onvif import answers
from tests.unit.onvif.answers import profile, profiles
from tests.unit.onvif.cameras import LOOPBACK, PERSON, Camera, Heard, Reply, TestClock, served

from mingjian.kernel.errors import MingjianError
from mingjian.onvif.client import OnvifClient, access
from mingjian.onvif.looking import look
from mingjian.onvif.messages.device import get_information
from mingjian.onvif.model import NoteKind, OnvifDevice, Service

LIMIT_S = 30.0


def asked(camera: Camera, *, within_s: float = 10.0) -> str:
    """The code of the error with which one question ends."""

    async def run() -> str:
        async with (
            served(camera),
            OnvifClient(access(camera.address, PERSON, allowed=LOOPBACK, clock=TestClock())) as client,
        ):
            with pytest.raises(MingjianError) as error:
                await client.ask(Service.DEVICE, get_information(), within_s=within_s)
            assert error.value.what.zh
            assert error.value.why.en
            return error.value.code

    return asyncio.run(asyncio.wait_for(run(), LIMIT_S))


def looked(camera: Camera) -> OnvifDevice:
    async def run() -> OnvifDevice:
        async with served(camera):
            return await look(camera.address, PERSON, allowed=LOOPBACK, clock=TestClock())

    return asyncio.run(asyncio.wait_for(run(), LIMIT_S))


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(
        f'<!ENTITY {name} "{("&" + before + ";") * 10}">'.encode()
        for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    + b"]><Envelope><Body>&i;</Body></Envelope>"
)
FILE = b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><Envelope><Body>&x;</Body></Envelope>'
REMOTE = b'<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><Envelope><Body/></Envelope>'


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "onvif.not_onvif"),
        (b"   \r\n", "onvif.not_onvif"),
        (b"<html><body>Login</body></html>", "onvif.not_onvif"),
        (b"<a/>", "onvif.not_onvif"),
        (b'{"error": 404}', "onvif.malformed"),
        (b"\xff\xd8\xff\xe0JFIF" * 100, "onvif.malformed"),
        (answers.enveloped(answers.INFORMATION)[:-40], "onvif.malformed"),
        (answers.enveloped("<tds:GetScopesResponse/>"), "onvif.malformed"),
        (b"<Envelope><Body/></Envelope>", "onvif.malformed"),
        (BOMB, "onvif.malformed"),
        (FILE, "onvif.malformed"),
        (REMOTE, "onvif.malformed"),
        (b"<Envelope><Body>" + b"<a>" * 100_000 + b"</Body></Envelope>", "onvif.malformed"),
        (b"<Envelope><Body>" + b"<a/>" * 200_000 + b"</Body></Envelope>", "onvif.malformed"),
        (answers.enveloped("x" * 10_000_000), "onvif.too_long"),
        (answers.fault("Optional Action Not Implemented", "ter:ActionNotSupported"), "onvif.not_supported"),
        (
            answers.fault("Method 'tds:X' not implemented: method name or namespace not recognized"),
            "onvif.not_supported",
        ),
        (answers.fault("x", "ter:InvalidArgVal", "ter:InvalidArgs"), "onvif.refused"),
        (answers.fault("Error 500: %n{}{0}"), "onvif.refused"),
        (answers.fault("", "ter:Action"), "onvif.refused"),
    ],
    ids=range(20),
)
def test_a_bad_answer_is_named(body: bytes, code: str) -> None:
    began = time.monotonic()
    assert asked(Camera(said={"GetDeviceInformation": body})) == code
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("status", "headers", "code"),
    [
        (301, ("Location: http://10.0.0.9/onvif",), "onvif.redirected"),
        (302, (), "onvif.redirected"),
        (307, ("Location: http://169.254.169.254/latest",), "onvif.redirected"),
        (404, (), "onvif.not_onvif"),
        (503, (), "onvif.busy"),
        (429, (), "onvif.busy"),
        (500, (), "onvif.not_onvif"),
        (401, ("WWW-Authenticate: Digest",), "onvif.credentials_refused"),
        (401, ("WWW-Authenticate: Negotiate",), "onvif.credentials_refused"),
        (401, ('WWW-Authenticate: Digest realm="a", nonce="b", algorithm=SHA-512-256',), "onvif.credentials_refused"),
    ],
)
def test_a_bad_status_is_named(status: int, headers: tuple[str, ...], code: str) -> None:
    camera = Camera(said={"GetDeviceInformation": lambda _: Reply(b"", status, headers)})
    assert asked(camera) == code


def raw(send: Callable[[asyncio.StreamWriter], Awaitable[None]]) -> Camera:
    async def answer(_: Heard, writer: asyncio.StreamWriter) -> None:
        await send(writer)

    return Camera(raw=answer)


def written(data: bytes) -> Camera:
    async def send(writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return raw(send)


async def _for_ever(writer: asyncio.StreamWriter, first: bytes, more: bytes, pause_s: float) -> None:
    writer.write(first)
    with suppress(OSError):
        while True:
            writer.write(more)
            await writer.drain()
            await asyncio.sleep(pause_s)


HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "onvif.ended"),
        (b"HTTP", "onvif.ended"),
        (b"RTSP/1.0 400 Bad Request\r\n\r\n", "onvif.not_onvif"),
        (b"SSH-2.0-dropbear\r\n\r\n", "onvif.not_onvif"),
        (b"\x15\x03\x01\x00\x02\x02\x0a", "onvif.not_onvif"),
        (HEAD + b"Content-Length: 500\r\n\r\n<Envelope>", "onvif.ended"),
        (HEAD + b"Content-Length: -5\r\n\r\n<Envelope>", "onvif.not_onvif"),
        (HEAD + b"Content-Length: 5\r\nContent-Length: 7\r\n\r\n<Envel>", "onvif.not_onvif"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n", "onvif.not_onvif"),
        (HEAD + b"\r\n", "onvif.not_onvif"),
        (HEAD + b"X: " + b"y" * 100_000, "onvif.not_onvif"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 3, "onvif.ended"),
    ],
    ids=range(12),
)
def test_bytes_that_are_no_answer_are_named(data: bytes, code: str) -> None:
    assert asked(written(data)) == code


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    camera = written(b"HTTP/1.0 200 OK\r\nServer: gSOAP\r\n\r\n" + answers.enveloped(answers.INFORMATION))

    async def run() -> str:
        async with (
            served(camera),
            OnvifClient(access(camera.address, None, allowed=LOOPBACK, clock=TestClock())) as client,
        ):
            return (await client.ask(Service.DEVICE, get_information())).value("Model")

    assert asyncio.run(run()) == "IPC-1"


def test_an_endless_body_is_cut_off_and_not_kept() -> None:
    for head in (
        HEAD + b"\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
        HEAD + b"Content-Length: 99999999999\r\n\r\n",
    ):
        piece = b"10000\r\n" + b" " * 65536 + b"\r\n" if b"chunked" in head else b" " * 65536
        tracemalloc.start()
        assert asked(raw(lambda writer, head=head, piece=piece: _for_ever(writer, head, piece, 0))) == "onvif.too_long"  # type: ignore[misc]
        assert tracemalloc.get_traced_memory()[1] < 24 << 20
        tracemalloc.stop()


@pytest.mark.parametrize("drip", [(HEAD, b"X: y\r\n"), (HEAD + b"Content-Length: 90000\r\n\r\n", b" "), (b"", b"")])
def test_a_slow_drip_ends_with_its_time(drip: tuple[bytes, bytes]) -> None:
    began = time.monotonic()
    assert asked(raw(lambda writer: _for_ever(writer, *drip, 0.02)), within_s=0.5) == "media.timed_out"
    assert time.monotonic() - began < 8


def test_a_port_where_nobody_is() -> None:
    async def run() -> None:
        async with served(Camera()) as camera:
            pass
        with pytest.raises(MingjianError) as error:
            await look(camera.address, PERSON, allowed=LOOPBACK, clock=TestClock())
        assert error.value.code == "media.unreachable"

    asyncio.run(run())


def test_tls_that_is_none() -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.0 400 Bad Request\r\n\r\n")
        writer.close()

    async def run() -> str:
        server = await asyncio.start_server(plain, "127.0.0.1", 0)
        async with server:
            address = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
            with pytest.raises(MingjianError) as error:
                await look(address, PERSON, allowed=LOOPBACK, clock=TestClock())
            return error.value.code

    assert asyncio.run(asyncio.wait_for(run(), LIMIT_S)) == "onvif.tls_failed"


def test_wrong_namespaces_prefixes_nobody_declared_and_bare_ampersands_are_read() -> None:
    camera = Camera(
        said={
            "GetDeviceInformation": b"<S:Envelope><S:Body><ns1:GetDeviceInformationResponse><ns2:Model>A&B</ns2:Model>"
            b"</ns1:GetDeviceInformationResponse></S:Body></S:Envelope>\x00\x00",
            "GetProfiles": answers.enveloped(profiles(profile("P1", 1920, 1080)))
            .replace(b"ver10/media", b"ver99/wrong")
            .replace(b"ver10/schema", b"ver0/none"),
            "GetStreamUri": b"<Envelope><Body><GetStreamUriResponse><MediaUri><Uri>"
            b"rtsp://admin:admin@127.0.0.1/cam?channel=1&subtype=0</Uri></MediaUri></GetStreamUriResponse></Body></Envelope>",
        }
    )
    device = looked(camera)
    assert device.info.model == "A&B"
    assert device.pictures[0].main is not None
    assert device.pictures[0].main.url == "rtsp://127.0.0.1:554/cam?channel=1&subtype=0"  # and without its credentials


@pytest.mark.parametrize(
    "told",
    [
        "http:///onvif/events?session=392",
        "http://10.255.255.1/onvif/media",
        "http://[fe80::1]:80/onvif/media",
        "http://metadata.internal/onvif/media",
        "https://evil.example:8443/onvif/media",
    ],
)
def test_services_named_elsewhere_are_asked_at_the_camera_only(told: str) -> None:
    """Nothing but 127.0.0.1 is ever connected to: another host would time out or be refused, not be found."""
    camera = Camera(said={"GetServices": answers.services("X", ("device", "media")).replace("X/onvif/Media", told)})
    asked_at: list[str] = []

    async def run() -> OnvifDevice | str:
        async with served(camera):
            try:
                return await look(camera.address, PERSON, allowed=LOOPBACK, clock=TestClock())
            except MingjianError as error:
                asked_at.append(str(error.values.get("address")))
                return error.code

    found = asyncio.run(asyncio.wait_for(run(), LIMIT_S))
    assert isinstance(found, OnvifDevice) or asked_at[0].startswith(("127.0.0.1", camera.address))


@pytest.mark.parametrize("told", ["ftp://127.0.0.1/x", "rtsp://127.0.0.1:0/x", "rtsp://127.0.0.1/a b", "", "rtsp://"])
def test_a_stream_that_cannot_be_fetched_is_left_out_and_said_so(told: str) -> None:
    answer = (
        f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{told}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>"
    )
    device = looked(Camera(said={"GetStreamUri": answer}))
    assert device.pictures[0].main is None
    assert {note.kind for note in device.notes} <= {NoteKind.UNUSABLE_ADDRESS, NoteKind.NO_STREAM}
    assert device.notes


@pytest.mark.parametrize("broken", [b"<html/>", b"", b"<a>", answers.enveloped("<x/>"), answers.fault("x")])
def test_profiles_that_cannot_be_read_are_no_camera_without_pictures(broken: bytes) -> None:
    for offers in (("device", "media"), ("device", "media", "media2")):
        with pytest.raises(MingjianError) as error:
            looked(Camera(offers=offers, said={"GetProfiles": broken}))
        assert error.value.code in ("onvif.not_onvif", "onvif.malformed", "onvif.refused")
    only_old = Camera(
        offers=("device", "media", "media2"),
        said={
            "GetProfiles": lambda one: Reply(
                broken if "ver20/media" in one.body else answers.enveloped(profiles(profile("P", 1280, 720)))
            )
        },
    )
    assert looked(only_old).pictures[0].main is not None


def test_a_camera_with_ten_thousand_profiles() -> None:
    listed = profiles(
        *(f'<trt:Profiles token="p{index}"><tt:Name>x</tt:Name></trt:Profiles>' for index in range(9_000))
    )
    device = looked(Camera(said={"GetProfiles": listed}))
    assert device.pictures == ()


def test_a_camera_that_closes_as_it_is_asked_is_asked_once_more_and_no_more() -> None:
    """The question and the end of the connection cross on the way: nothing was answered, so nothing was done."""

    async def run(closes: int) -> list[str]:
        camera = Camera()
        usual, left = camera.answer, closes

        async def answer(one: Heard) -> Reply:
            nonlocal left
            if len(camera.heard) > 1 and left:
                left -= 1
                raise OSError
            return await usual(one)

        camera.answer = answer  # type: ignore[method-assign]
        async with (
            served(camera),
            OnvifClient(access(camera.address, None, allowed=LOOPBACK, clock=TestClock())) as client,
        ):
            for _ in range(2):
                await client.ask(Service.DEVICE, get_information())
        return camera.operations()

    assert len(asyncio.run(run(1))) == 3
    with pytest.raises(MingjianError) as error:
        asyncio.run(run(2))
    assert error.value.code == "onvif.ended"


def test_a_camera_that_closes_between_two_questions_is_asked_once_more() -> None:
    """Many promise to keep the connection and close it."""

    async def run() -> int:
        async with served(Camera()) as camera:
            closing = camera.answer

            async def answer(one: Heard) -> Reply:
                camera.keeps_open = False  # closes after this answer, without a word in its head
                reply = await closing(one)
                return Reply(reply.body, reply.status, reply.headers)

            camera.answer = answer  # type: ignore[method-assign]
            async with OnvifClient(access(camera.address, None, allowed=LOOPBACK, clock=TestClock())) as client:
                for _ in range(5):
                    await client.ask(Service.DEVICE, get_information())
            return len(camera.heard)

    assert asyncio.run(run()) == 5
