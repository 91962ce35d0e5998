"""A camera that says by ONVIF what happens before it is recorded for it, and for as long as it goes on."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import wraps
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.unit.media.running import SETTINGS, Studio, eventually, hurried, source
from tests.unit.media.storing import S
from tests.unit.onvif import answers
from tests.unit.onvif.answers import message, pulled, subscribed
from tests.unit.onvif.cameras import Camera, Heard, Reply, served

from mingjian.audit.model import SYSTEM
from mingjian.kernel.ids import ChannelId
from mingjian.media import recorder as recorders
from mingjian.media.ingest import triggers
from mingjian.media.keep import service as keep
from mingjian.media.keep.model import ChannelRecording, PlanKind
from mingjian.media.model import ChannelState
from mingjian.registry import service as registry
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.rtsp import RtspServer
from mingjian.storage.engine import Database
from mingjian.workers.listening import listener

MOTION = "tns1:RuleEngine/CellMotionDetector/Motion"


pytestmark = pytest.mark.parametrize("engine", ["sqlite"])  # the engine plays no part
EVENTS = ChannelRecording(PlanKind.EVENT, pre_roll_s=2, post_roll_s=3)


def looped(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in a loop of its own."""

    @wraps(test)
    def run(*args: Any, **named: Any) -> None:
        asyncio.run(test(*args, **named))

    return run


@pytest.fixture
def studio(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    hurried(monkeypatch)
    monkeypatch.setattr(recorders, "RECONCILE_S", 0.2)
    monkeypatch.setattr(recorders, "STALL_TICK_S", 0.2)
    monkeypatch.setattr(triggers, "REPEAT_S", 0.5)
    found = Studio(database, tmp_path)
    return replace(found, listen=listener(SETTINGS.allowed_networks, found.clock))


def plan(studio: Studio, channel_id: ChannelId, recording: ChannelRecording) -> None:
    with studio.database.write() as tx:
        keep.set_recording(tx, channel_id, recording, by=SYSTEM, now_us=studio.clock.now_us())


def is_in(studio: Studio, channel_id: ChannelId, state: ChannelState) -> bool:
    status = studio.status(channel_id)
    return status is not None and status.state is state


def eventful(told: "asyncio.Queue[str]") -> Camera:
    """A camera that hands over what is put into `told`: `true` and `false` of motion."""
    camera = Camera()

    def subscribe(_: Heard) -> Reply:
        return Reply(answers.enveloped(subscribed(f"http://{camera.address}/pull")))

    async def pull(_: Heard) -> Reply:
        said = message(MOTION, {"VideoSourceConfigurationToken": "V1"}, {"IsMotion": await told.get()})
        return Reply(answers.enveloped(pulled(said)))

    camera.said = {"CreatePullPointSubscription": subscribe, "PullMessages": pull}
    return camera


def listen_to(studio: Studio, channel: ChannelId, camera: Camera) -> None:
    with studio.database.write() as tx:
        address = f"http://{camera.address}/onvif/device_service"
        registry.set_onvif_address(tx, channel, address, by=SYSTEM, now_us=studio.clock.now_us())


@looped
async def test_motion_is_recorded_for_as_long_as_it_lasts(studio: Studio) -> None:
    told: asyncio.Queue[str] = asyncio.Queue()
    async with RtspServer([CameraSpec("gate", 1, source())]) as server, served(eventful(told)) as camera:
        channel = studio.add(server.url("gate"))
        plan(studio, channel, EVENTS)
        listen_to(studio, channel, camera)
        async with studio.recording():
            await eventually(lambda: is_in(studio, channel, ChannelState.STANDBY))
            await eventually(lambda: "PullMessages" in camera.operations())
            assert studio.segments(channel) == []
            began_us = studio.clock.now_us()
            told.put_nowait("true")
            await eventually(lambda: is_in(studio, channel, ChannelState.RECORDING))
            await asyncio.sleep(6)  # longer than the time after one event: it goes on
            assert is_in(studio, channel, ChannelState.RECORDING)
            told.put_nowait("false")
            ended_us = studio.clock.now_us()
            await eventually(lambda: is_in(studio, channel, ChannelState.STANDBY))
        kept = studio.segments(channel)
        assert kept[0].start_us < began_us
        assert kept[-1].end_us > ended_us + S
        spans = [(one.start_us, one.end_us) for one in kept]
        assert all(abs(after[0] - before[1]) < S // 2 for before, after in pairwise(spans))
    assert "Unsubscribe" in camera.operations()


def two_lenses(told: "asyncio.Queue[tuple[str, str]]") -> Camera:
    """Channels of one recorder: `told` gets the token of a video source, and whether something moves there."""
    camera = Camera()
    paths = {"P1": "/gate", "P2": "/yard"}

    def subscribe(_: Heard) -> Reply:
        return Reply(answers.enveloped(subscribed(f"http://{camera.address}/pull")))

    async def pull(_: Heard) -> Reply:
        source, moves = await told.get()
        return Reply(answers.enveloped(pulled(message(MOTION, {"VideoSourceToken": source}, {"IsMotion": moves}))))

    def stream(one: Heard) -> Reply:
        uri = f"rtsp://{camera.address.partition(':')[0]}:554{paths[one.text('ProfileToken')]}"
        body = (
            f"<trt:GetStreamUriResponse><trt:MediaUri><tt:Uri>{uri}</tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>"
        )
        return Reply(answers.enveloped(body))

    listed = (answers.profile(token, 640, 360, source=f"S{token}") for token in paths)
    camera.said = {
        "CreatePullPointSubscription": subscribe,
        "PullMessages": pull,
        "GetProfiles": answers.profiles(*listed),
        "GetStreamUri": stream,
    }
    return camera


@looped
async def test_motion_before_one_lens_is_recorded_by_its_channel_alone(studio: Studio) -> None:
    told: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    specs = [CameraSpec("gate", 1, source()), CameraSpec("yard", 2, source())]
    async with RtspServer(specs) as server, served(two_lenses(told)) as camera:
        gate, yard = (studio.add(server.url(one.path)) for one in specs)
        for channel in (gate, yard):
            plan(studio, channel, EVENTS)
            listen_to(studio, channel, camera)
        async with studio.recording():
            # Until it is known what the device has, everybody hears everything; that ends when it is.
            told.put_nowait(("SP1", "true"))
            await eventually(lambda: is_in(studio, gate, ChannelState.RECORDING))
            await eventually(lambda: camera.operations().count("GetSnapshotUri") == 2)
            await eventually(lambda: is_in(studio, yard, ChannelState.STANDBY))
            assert is_in(studio, gate, ChannelState.RECORDING)
            begun_us = studio.clock.now_us()
            told.put_nowait(("SP1", "false"))
            told.put_nowait(("SP2", "true"))
            await eventually(lambda: is_in(studio, yard, ChannelState.RECORDING))
            await eventually(lambda: is_in(studio, gate, ChannelState.STANDBY))
            # Who does not know whose it is tells all.
            told.put_nowait(("SP2", "false"))
            await eventually(lambda: is_in(studio, yard, ChannelState.STANDBY))
            assert [one for one in studio.segments(gate) if one.start_us > begun_us + 4 * S] == []
            told.put_nowait(("elsewhere", "true"))
            await eventually(lambda: is_in(studio, gate, ChannelState.RECORDING))
            await eventually(lambda: is_in(studio, yard, ChannelState.RECORDING))
    assert camera.operations().count("CreatePullPointSubscription") == 1
    assert camera.operations().count("Unsubscribe") == 1


@looped
async def test_nobody_listens_where_the_plan_does_not_ask_for_it(studio: Studio) -> None:
    async with RtspServer([CameraSpec("gate", 1, source())]) as server, served(eventful(asyncio.Queue())) as camera:
        channel = studio.add(server.url("gate"))
        listen_to(studio, channel, camera)
        async with studio.recording() as recorder:
            await eventually(lambda: studio.has_recorded(channel, 1))
            assert camera.heard == []
            plan(studio, channel, EVENTS)
            recorder._hurry.set()
            await eventually(lambda: "PullMessages" in camera.operations())
            with studio.database.write() as tx:
                registry.set_onvif_address(tx, channel, None, by=SYSTEM, now_us=studio.clock.now_us())
            recorder._hurry.set()
            await eventually(lambda: "Unsubscribe" in camera.operations())
