"""Against a camera that others wrote: found, looked at, turned. It speaks Profile S, and not always well."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from tests.unit.onvif import virtual
from tests.unit.onvif.cameras import LOOPBACK, TestClock

from mingjian.kernel.errors import MingjianError
from mingjian.media.formats.authentication import Credentials
from mingjian.onvif.client import OnvifClient, access
from mingjian.onvif.control import Ptz
from mingjian.onvif.discovery import discover
from mingjian.onvif.looking import look
from mingjian.onvif.model import Encoding, OnvifDevice, Vector

Found = TypeVar("Found")
PERSON = Credentials(virtual.USER, virtual.PASSWORD)


def looked(port: int, who: Credentials | None) -> OnvifDevice:
    return asyncio.run(look(f"127.0.0.1:{port}", who, allowed=LOOPBACK, clock=TestClock()))


def talked(port: int, talk: Callable[[OnvifClient], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        to = access(f"127.0.0.1:{port}", PERSON, allowed=LOOPBACK, clock=TestClock())
        async with OnvifClient(to) as client:
            return await talk(client)

    return asyncio.run(run())


@pytest.mark.parametrize("signed", [True, False])
def test_it_is_looked_at(tmp_path: Path, *, signed: bool) -> None:
    with virtual.running(tmp_path, signed=signed) as port:
        device = looked(port, PERSON if signed else None)
    assert (device.info.manufacturer, device.info.model) == ("PythonCam", "VirtualCam-1")
    assert device.scopes.name == "Gate"
    assert device.clock_error_us is not None
    assert abs(device.clock_error_us) < 5_000_000
    assert device.pictures[0].main is not None
    assert device.pictures[0].sub is not None
    one, other = device.pictures[0].main.profile, device.pictures[0].sub.profile
    assert (one.encoding, one.width, one.height, one.fps, one.kbps) == (Encoding.H264, 1920, 1080, 25.0, 8000)
    assert (other.token, other.width, other.height) == ("Profile_Sub", 640, 360)
    assert device.pictures[0].main.url == "rtsp://127.0.0.1:8554/video_main"
    assert device.pictures[0].sub.url == "rtsp://127.0.0.1:8554/video_sub"
    assert device.pictures[0].snapshot_url == f"http://127.0.0.1:{port}/snapshot.jpg"
    assert device.has_ptz
    assert not device.has_events


def test_it_refuses_a_wrong_password_and_none(tmp_path: Path) -> None:
    with virtual.running(tmp_path, signed=True) as port:
        for who, code in (
            (Credentials(virtual.USER, "wrong"), "onvif.credentials_refused"),
            (Credentials("nobody", virtual.PASSWORD), "onvif.credentials_refused"),
            (None, "onvif.credentials_needed"),
        ):
            with pytest.raises(MingjianError) as error:
                looked(port, who)
            assert error.value.code == code


def test_it_is_turned_and_remembers(tmp_path: Path) -> None:
    async def talk(client: OnvifClient) -> None:
        ptz = Ptz(client, "Profile_Main")
        assert (await ptz.abilities()).continuous
        await ptz.to(Vector(0.5, -0.25, 0.5))
        await _until(lambda: _is_at(ptz, Vector(0.5, -0.25, 0.5)))
        token = await ptz.keep("正门")
        await ptz.by(Vector(pan=-0.5))
        await _until(lambda: _is_at(ptz, Vector(0.0, -0.25, 0.5)))
        assert (token, "正门") in [(one.token, one.name) for one in await ptz.presets()]
        await ptz.goto(token)
        await _until(lambda: _is_at(ptz, Vector(0.5, -0.25, 0.5)))
        await ptz.move(Vector(pan=-1.0), seconds=5)
        await _until(lambda: _is_left_of(ptz, 0.4))
        await ptz.stop()
        await ptz.home()
        await _until(lambda: _is_at(ptz, Vector(0.0, 0.0, 0.0)))

    with virtual.running(tmp_path, signed=True) as port:
        talked(port, talk)


async def _is_at(ptz: Ptz, place: Vector) -> bool:
    found = (await ptz.status()).position
    assert found is not None
    return all(abs(getattr(found, axis) - getattr(place, axis)) < 0.01 for axis in ("pan", "tilt", "zoom"))


async def _is_left_of(ptz: Ptz, pan: float) -> bool:
    found = (await ptz.status()).position
    return found is not None and found.pan < pan


async def _until(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110 - see below
            await asyncio.sleep(0.05)  # another process: it can be asked, not waited for


@pytest.mark.parametrize("where", [{"target": "127.0.0.1"}, {"interfaces": ["127.0.0.1"]}])
def test_it_is_found_by_unicast_and_multicast(tmp_path: Path, where: dict[str, object]) -> None:
    with virtual.running(tmp_path, signed=True) as port:
        for seconds in (1.0, 5.0, 20.0):  # longer where the machine has no turn for the other process
            found = asyncio.run(discover(allowed=LOOPBACK, seconds=seconds, **where))  # type: ignore[arg-type]
            mine = [one for one in found if one.addresses == (f"http://127.0.0.1:{port}/onvif/device_service",)]
            if mine:
                break
    assert len(mine) == 1
    assert mine[0].endpoint.startswith("urn:uuid:")
    assert (mine[0].scopes.name, mine[0].sender, mine[0].refused) == ("Gate", "127.0.0.1", 0)
