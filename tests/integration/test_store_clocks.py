"""The server's clock steps, slews and lies while a recorder runs and while it does not: no overlap, no lost frame."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from tests.unit.media import promises
from tests.unit.media.running import SETTINGS, Studio, eventually, hurried, source
from tests.unit.media.storing import S

from mingjian.kernel.clock import SHANGHAI, SystemClock, WallUs, from_datetime, to_datetime
from mingjian.kernel.ids import ChannelId
from mingjian.media import store
from mingjian.media.keep.rules import clock_of
from mingjian.simulate import readback
from mingjian.simulate.cameras import Camera, CameraSpec
from mingjian.simulate.rtsp import RtspServer
from mingjian.storage.engine import Database

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])  # the engine plays no part
HOUR = 3600.0
DAY = 86_400.0
PIECE_S = 1.6
# A connection that ends loses what the camera sent and nobody had read; a key frame is waited for.
JITTER_S = 0.3


@dataclass
class SteppableClock(SystemClock):
    """The machine's clock, moved."""

    offset_us: int = 0

    def now_us(self) -> WallUs:
        return WallUs(super().now_us() + self.offset_us)

    def step(self, seconds: float) -> None:
        self.offset_us += int(seconds * S)


def at_night() -> SteppableClock:
    """Half past midnight in Shanghai: an hour back is the day before."""
    clock = SteppableClock()
    now = to_datetime(clock.now_us()).astimezone(SHANGHAI)
    clock.offset_us = from_datetime(now.replace(hour=0, minute=30, second=0)) - clock.now_us()
    return clock


@dataclass
class Scene:
    """One camera and a recorder whose clock moves; what a test does in between."""

    studio: Studio
    clock: SteppableClock
    server: RtspServer
    camera: Camera
    channel: ChannelId
    stepped_s: list[float] = field(default_factory=list)

    def step(self, seconds: float) -> None:
        self.clock.step(seconds)
        self.stepped_s.append(seconds)

    async def record(self, seconds: float = PIECE_S) -> None:
        """Until so much more is durable."""
        before = self.studio.recorded_s(self.channel)
        await eventually(lambda: self.studio.recorded_s(self.channel) > before + seconds)

    async def known_epoch(self, number: int) -> None:
        await eventually(lambda: self.epochs()[-1:] == [number])

    def epochs(self) -> list[int]:
        with self.studio.database.read() as tx:
            return [one.epoch for one in store.clock_epochs(tx)]


def play(database: Database, folder: Path, clock: SteppableClock, script: Callable[[Scene], Awaitable[None]]) -> Scene:
    async def playing() -> Scene:
        spec = CameraSpec("camera", 1, source())
        async with RtspServer([spec]) as server:
            studio = Studio(database, folder, SETTINGS, clock)
            studio.volume()
            channel = studio.add(server.url(spec.path))
            scene = Scene(studio, clock, server, server.cameras[spec.path], channel)
            await script(scene)
        return scene

    with pytest.MonkeyPatch.context() as patch:
        hurried(patch)
        return asyncio.run(playing())


@dataclass(frozen=True, slots=True)
class Told:
    """What the store tells of a channel: its rows in order, its gaps, and the frames of each connection."""

    rows: list[promises.Row]
    gaps: list[promises.GapRow]
    sessions: list[list[int]]
    trusted: bool

    def causes(self, epoch: int) -> set[str]:
        return {one.cause for one in self.gaps if one.epoch == epoch}


def judge(scene: Scene) -> Told:
    """Every promise holds, each connection's frames are there one after the other, and each lies where it was."""
    root = scene.studio.folder / "video"
    with scene.studio.database.read() as tx:
        (volume,) = store.volumes(tx)
        files = promises.contents(root)
        assert promises.broken(tx, {volume.id.hex: files}, over=True, covered=True) == []
        rows = [one for one in promises.rows(tx) if one.state == "closed"]
        gaps, trusted = promises.gaps(tx), clock_of(tx).trusted
    rows.sort(key=lambda one: (one.epoch, one.start_us))
    sessions: list[list[int]] = []
    for row in rows:
        for number in readback.numbers_in_mp4(files[row.path_name]):
            if number == 0:
                sessions.append([])
            sessions[-1].append(number)
    assert all(numbers == list(range(len(numbers))) for numbers in sessions)
    return Told(rows, gaps, sessions, trusted)


STEPS = {
    "a day ahead": (DAY,),
    "a day back": (-DAY,),
    "an hour ahead": (HOUR,),
    "an hour back at night": (-HOUR,),
    "ahead and back": (HOUR, -HOUR),
    "back and ahead": (-HOUR, HOUR),
    "back twice": (-HOUR, -HOUR),
    "three seconds": (3.0, -3.0),
}


SHORT = ("an hour back at night",)


@pytest.mark.parametrize("name", [pytest.param(one, marks=[pytest.mark.breadth] * (one not in SHORT)) for one in STEPS])
def test_a_step_while_recording(database: Database, tmp_path: Path, name: str) -> None:
    async def script(scene: Scene) -> None:
        async with scene.studio.recording():
            await scene.record()
            for number, seconds in enumerate(STEPS[name], 1):
                scene.step(seconds)
                await scene.known_epoch(number)
                await scene.record()

    scene = play(database, tmp_path, at_night(), script)
    told = judge(scene)
    (frames,) = told.sessions
    assert len(frames) > 25 * PIECE_S * (len(STEPS[name]) + 1)
    assert sorted({row.epoch for row in told.rows}) == list(range(len(STEPS[name]) + 1))
    for (before, rows), seconds in zip(itertools.pairwise(by_epoch(told)), STEPS[name], strict=True):
        apart_s = (rows[0].start_us - (before[-1].end_us or 0)) / S
        assert abs(apart_s - seconds) < JITTER_S, (apart_s, seconds)
    for number, seconds in enumerate(STEPS[name], 1):
        assert told.causes(number) - {"role_down"} == ({"clock"} if seconds > 0 else set())
    assert not told.trusted  # nothing is deleted until somebody confirms the clock


def by_epoch(told: Told) -> list[list[promises.Row]]:
    return [list(rows) for _, rows in itertools.groupby(told.rows, key=lambda one: one.epoch)]


@pytest.mark.parametrize("seconds", [pytest.param(1.5, marks=pytest.mark.breadth), -1.5])
def test_less_than_two_seconds_is_slewed(database: Database, tmp_path: Path, seconds: float) -> None:
    async def script(scene: Scene) -> None:
        async with scene.studio.recording():
            await scene.record()
            scene.step(seconds)
            await scene.record()

    told = judge(play(database, tmp_path, at_night(), script))
    (frames,) = told.sessions
    assert len(frames) > 50 * PIECE_S
    assert {row.epoch for row in told.rows} == {0}
    assert told.causes(0) <= {"role_down", "no_video"}
    assert told.trusted


@pytest.mark.parametrize(
    ("seconds", "epochs", "trusted"),
    [
        (-HOUR, [0, 1], False),
        pytest.param(-DAY, [0, 1], False, marks=pytest.mark.breadth),
        pytest.param(HOUR, [0], True, marks=pytest.mark.breadth),
        pytest.param(3 * DAY, [0, 1], False, marks=pytest.mark.breadth),
        pytest.param(-1.0, [0], True, marks=pytest.mark.breadth),
    ],
)
def test_a_step_while_the_recorder_is_down(
    database: Database, tmp_path: Path, seconds: float, epochs: list[int], trusted: bool
) -> None:
    """Back is found by the last moment that the database knows; ahead cannot be told from time that passed."""

    async def script(scene: Scene) -> None:
        async with scene.studio.recording():
            await scene.record()
        scene.step(seconds)
        async with scene.studio.recording():
            await scene.record()

    told = judge(play(database, tmp_path, at_night(), script))
    assert len(told.sessions) == 2
    assert sorted({row.epoch for row in told.rows}) == epochs
    down = {"role_down", "no_video"}  # no video: until the camera was connected for the first time
    assert "role_down" in told.causes(epochs[-1])
    assert told.causes(0) | told.causes(epochs[-1]) <= down
    assert told.trusted is trusted


@pytest.mark.parametrize("seconds", [pytest.param(HOUR, marks=pytest.mark.breadth), -HOUR])
def test_a_step_while_a_camera_is_away(database: Database, tmp_path: Path, seconds: float) -> None:
    async def script(scene: Scene) -> None:
        async with scene.studio.recording():
            await scene.record()
            scene.camera.stop()
            await eventually(lambda: not scene.studio.is_recording(scene.channel))
            scene.step(seconds)
            await scene.known_epoch(1)
            scene.camera.start()
            await scene.record()

    told = judge(play(database, tmp_path, at_night(), script))
    assert len(told.sessions) == 2
    assert sorted({row.epoch for row in told.rows}) == [0, 1]
    away = {"device_offline", "no_video", "network"}
    assert told.causes(0) & away
    assert told.causes(1) & away
    assert ("clock" in told.causes(1)) is (seconds > 0)


def test_a_step_and_a_death(database: Database, tmp_path: Path) -> None:
    """The recorder is killed in the second after a step: what it wrote is there, and says when."""

    async def script(scene: Scene) -> None:
        async with scene.studio.recording() as recorder:
            await scene.record()
            scene.step(-HOUR)
            await scene.known_epoch(1)
            await scene.record(0.6)
            recorder._writer._close_everything = lambda: None  # type: ignore[method-assign]
        async with scene.studio.recording():
            await scene.record()

    told = judge(play(database, tmp_path, at_night(), script))
    assert len(told.sessions) == 2
    assert sorted({row.epoch for row in told.rows}) == [0, 1]
