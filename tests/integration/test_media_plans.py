"""Plans, volumes and clocks through a real recorder, with simulated cameras on real sockets."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.unit.media.running import Studio, eventually, hurried, source
from tests.unit.media.storing import S

from mingjian.audit.model import SYSTEM
from mingjian.kernel.clock import SystemClock, WallUs
from mingjian.kernel.ids import ChannelId
from mingjian.media import recorder as recorders
from mingjian.media import store, volumes
from mingjian.media.keep import service as keep
from mingjian.media.keep.model import ChannelRecording, PlanKind
from mingjian.media.model import ChannelState, GapCause
from mingjian.media.record import berths
from mingjian.simulate import readback
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.rtsp import RtspServer
from mingjian.storage.engine import Database

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])  # the engine plays no part
EVENTS = ChannelRecording(PlanKind.EVENT, pre_roll_s=2, post_roll_s=2)


def looped(test: Callable[..., Coroutine[Any, Any, None]]) -> Callable[..., None]:
    """Run a test in a loop of its own."""

    @wraps(test)
    def run(*args: Any, **named: Any) -> None:
        asyncio.run(test(*args, **named))

    return run


@dataclass
class Steppable(SystemClock):
    """The machine's clock, off by what the test says."""

    off_us: int = 0

    def now_us(self) -> WallUs:
        return WallUs(super().now_us() + self.off_us)


@pytest.fixture
def studio(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    hurried(monkeypatch)
    monkeypatch.setattr(recorders, "RECONCILE_S", 0.2)
    monkeypatch.setattr(recorders, "STALL_TICK_S", 0.2)
    return Studio(database, tmp_path, clock=Steppable())


def step(studio: Studio, seconds: float) -> None:
    assert isinstance(studio.clock, Steppable)
    studio.clock.off_us += int(seconds * S)


def plan(studio: Studio, channel_id: ChannelId, recording: ChannelRecording) -> None:
    with studio.database.write() as tx:
        keep.set_recording(tx, channel_id, recording, by=SYSTEM, now_us=studio.clock.now_us())


def causes(studio: Studio, channel_id: ChannelId) -> set[GapCause]:
    return {one.cause for one in studio.gaps(channel_id)}


def state(studio: Studio, channel_id: ChannelId) -> ChannelState | None:
    status = studio.status(channel_id)
    return status.state if status else None


@looped
async def test_an_event_is_kept_with_what_was_before_it(studio: Studio) -> None:
    async with RtspServer([CameraSpec("gate", 1, source())]) as server:
        channel = studio.add(server.url("gate"))
        plan(studio, channel, EVENTS)
        async with studio.recording():
            await eventually(lambda: state(studio, channel) is ChannelState.STANDBY)
            await asyncio.sleep(3)
            assert studio.segments(channel) == []
            at_us = studio.clock.now_us()
            with studio.database.write() as tx:
                keep.add_event(tx, channel, "door", by=SYSTEM, now_us=at_us)
            await eventually(lambda: studio.has_recorded(channel, 3))
            assert state(studio, channel) is ChannelState.RECORDING
            await eventually(lambda: state(studio, channel) is ChannelState.STANDBY)
            kept = studio.segments(channel)  # a minute may have turned in between
            assert at_us - 4 * S < kept[0].start_us <= at_us - 2 * S + S // 5
            assert at_us + 2 * S - S // 5 <= kept[-1].end_us < at_us + 4 * S
            await eventually(lambda: causes(studio, channel) == {GapCause.PLAN})
            await asyncio.sleep(2)
            plan(studio, channel, ChannelRecording())
            await eventually(lambda: len(studio.segments(channel)) > len(kept))
        for numbers in studio_frames(studio, channel):
            assert numbers == list(range(numbers[0], numbers[-1] + 1))
        first, second, last = studio.gaps(channel)
        assert [one.cause for one in (first, second, last)] == [GapCause.PLAN, GapCause.PLAN, GapCause.ROLE_DOWN]
        assert first.end_us == kept[0].start_us
        assert second.start_us == kept[-1].end_us


@looped
async def test_a_camera_that_is_away_outside_its_plan_is_not_missed(studio: Studio) -> None:
    async with RtspServer([CameraSpec("gate", 1, source())]) as server:
        address = server.url("gate")
        server.cameras["gate"].stop()
        channel = studio.add(address)
        plan(studio, channel, EVENTS)
        async with studio.recording():
            await eventually(lambda: state(studio, channel) is ChannelState.OFFLINE)
            await eventually(lambda: causes(studio, channel) == {GapCause.PLAN})
            plan(studio, channel, ChannelRecording())
            await eventually(lambda: GapCause.DEVICE_OFFLINE in causes(studio, channel))


@looped
async def test_a_volume_that_vanishes_costs_its_past_alone(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(berths, "FIRST_LOOK_S", 5.0)
    first = studio.volume()
    volumes.add(studio.database, tmp_path / "second", "default", studio.clock.now_us())
    async with RtspServer([CameraSpec(f"c{number}", number, source()) for number in range(1, 5)]) as server:
        channels = [studio.add(server.url(f"c{number}")) for number in range(1, 5)]
        async with studio.recording():
            await eventually(lambda: all(studio.has_recorded(one, 2) for one in channels))
            used = {segment.volume_id for one in channels for segment in studio.segments(one)}
            assert len(used) == 2  # channels spread over the disks
            unmount(Path(first.path), tmp_path / "away")
            await eventually(lambda: all(still_growing(studio, one, first.id) for one in channels))
            mount(tmp_path / "away", Path(first.path))
            before = {one: len(studio.segments(one)) for one in channels}
            await eventually(lambda: any(on(studio, one, first.id) for one in channels), 40)
        for one in channels:
            assert sum(len(numbers) for numbers in studio_frames(studio, one)) > 100, before
    assert known_files(studio) == on_disk(studio)


def unmount(path: Path, away: Path) -> None:
    """What an unmounted disk leaves is an empty folder."""
    path.rename(away)
    path.mkdir()


def mount(away: Path, path: Path) -> None:
    """The empty folder is still empty."""
    path.rmdir()
    away.rename(path)


def still_growing(studio: Studio, channel_id: ChannelId, gone: Any) -> bool:
    last = studio.segments(channel_id)[-1]
    return bool(last.volume_id != gone) and last.end_us - last.start_us > 2 * S


def on(studio: Studio, channel_id: ChannelId, volume_id: Any) -> bool:
    """Whether the newest segment of a channel is on that volume again."""
    return bool(studio.segments(channel_id)[-1].volume_id == volume_id)


def studio_frames(studio: Studio, channel_id: ChannelId) -> list[list[int]]:
    with studio.database.read() as tx:
        paths = {one.id: one.path for one in store.volumes(tx)}
    return [readback.numbers_in_mp4(Path(paths[one.volume_id]) / one.path_name) for one in studio.segments(channel_id)]


def known_files(studio: Studio) -> set[str]:
    with studio.database.read() as tx:
        return set(tx.execute(select(store.SEGMENT.c.path_name)).scalars())


def on_disk(studio: Studio) -> set[str]:
    with studio.database.read() as tx:
        roots = [Path(one.path) for one in store.volumes(tx)]
    return {str(path.relative_to(root)) for root in roots for path in root.rglob("*.mp4")}


@pytest.mark.parametrize(
    "hours", [24, pytest.param(-24, marks=pytest.mark.breadth), pytest.param(1, marks=pytest.mark.breadth), -1]
)
@looped
async def test_a_step_of_the_clock_begins_an_epoch_and_loses_no_frame(studio: Studio, hours: int) -> None:
    async with RtspServer([CameraSpec("gate", 1, source())]) as server:
        channel = studio.add(server.url("gate"))
        async with studio.recording():
            await eventually(lambda: studio.has_recorded(channel, 2))
            step(studio, hours * 3600)
            await eventually(lambda: any(one.clock_epoch == 1 and one.size > 0 for one in studio.segments(channel)))
            await eventually(lambda: studio.segments(channel)[-1].end_us > studio.clock.now_us() - 2 * S)
        segments = studio.segments(channel)
        numbers = [number for found in studio_frames(studio, channel) for number in found]
    assert numbers == list(range(len(numbers)))
    assert [one.clock_epoch for one in segments] == sorted(one.clock_epoch for one in segments)
    moved_us = segments[-1].start_us - segments[0].start_us
    assert abs(moved_us - hours * 3600 * S) < 60 * S
    skipped = [one for one in studio.gaps(channel) if one.cause is GapCause.CLOCK]
    assert len(skipped) == (hours > 0)
    for gap in skipped:
        assert gap.end_us is not None
        assert abs(gap.end_us - gap.start_us - hours * 3600 * S) < 5 * S
    with studio.database.read() as tx:
        (epoch,) = store.clock_epochs(tx)
    assert abs(epoch.step_us - hours * 3600 * S) < S
