"""kill -9 at any moment, ten times over: what was promised is there, and little is lost."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO

from tests.engines import mostly_postgresql
from tests.unit.media.running import Studio, eventually, source
from tests.unit.media.storing import S

from mingjian.kernel.ids import ChannelId
from mingjian.media.model import GapCause, SegmentState
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.rtsp import RtspServer
from mingjian.storage.engine import Database

ROOT = Path(__file__).parents[2]
LOST_S = 2.0


class Nursery:
    """Starts recorders in processes of their own, and kills them."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        assert process.stdin is not None
        assert process.stdout is not None
        self._in: IO[str] = process.stdin
        self._out: IO[str] = process.stdout
        assert self._out.readline() == "ready\n"

    def start(self, database: str, folder: Path) -> int:
        self._in.write(json.dumps({"database": database, "folder": str(folder)}) + "\n")
        self._in.flush()
        return int(self._out.readline())

    def kill(self, child: int) -> None:
        os.kill(child, signal.SIGKILL)
        assert self._out.readline() == "dead\n"


@contextmanager
def nursery() -> Iterator[Nursery]:
    command = [sys.executable, "-m", "tests.unit.media.dying"]
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": path},
    ) as process:
        try:
            yield Nursery(process)
        finally:
            process.kill()


@mostly_postgresql
def test_deaths(database: Database, database_url: str, tmp_path: Path, engine: str) -> None:
    dice = random.Random(20270115)
    deaths = 10 if engine == "sqlite" else 1
    studio = Studio(database, tmp_path)
    studio.volume()

    async def scenario(children: Nursery) -> list[Life]:
        specs = [CameraSpec(f"camera/{at}", at, source()) for at in range(3)]
        async with RtspServer(specs) as server:
            cameras = [server.cameras[spec.path] for spec in specs]
            channels = [studio.add(server.url(spec.path)) for spec in specs]
            lives: list[Life] = []
            for _ in range(deaths):
                child = await asyncio.to_thread(children.start, database_url, tmp_path)
                await eventually(lambda: all(camera.links for camera in cameras))
                if len(lives) == 3 * (deaths - 1):  # at least the last one leaves something
                    for one in channels:
                        await eventually(partial(studio.has_recorded, one, studio.recorded_s(one) + 0.3))
                await asyncio.sleep(dice.uniform(0.05, 0.7))  # the moment of death
                killed_us = studio.clock.now_us()
                sent = [camera.played[-1].frames_sent if camera.links else 0 for camera in cameras]
                await asyncio.to_thread(children.kill, child)
                lives += [Life(one, killed_us, frames) for one, frames in zip(channels, sent, strict=True)]
                await eventually(lambda: not any(camera.links for camera in cameras))
            async with studio.recording():  # the next start looks after what was left
                states = {row.state for one in channels for row in studio.segments(one) if row.start_us < killed_us}
                assert states == {SegmentState.CLOSED}
                for one in channels:
                    await eventually(partial(studio.has_recorded, one, studio.recorded_s(one) + 0.3))
        return lives

    with nursery() as children:
        lives = asyncio.run(scenario(children))
    for channel_id in {life.channel_id for life in lives}:
        check(studio, channel_id, [life for life in lives if life.channel_id == channel_id])


@dataclass(frozen=True, slots=True)
class Life:
    """What one recorder was sent of one channel before it was killed."""

    channel_id: ChannelId
    killed_us: int
    frames: int


def check(studio: Studio, channel_id: ChannelId, lives: list[Life]) -> None:
    sessions = studio.sessions(channel_id)  # reads every file with libav, and compares sizes and digests
    assert all(frames == list(range(len(frames))) for frames in sessions)
    spans = [(one.start_us, one.end_us) for one in studio.segments(channel_id)]
    began_us = 0
    for life in lives:
        kept = [end - max(start, began_us) for start, end in spans if start < life.killed_us and end > began_us]
        assert life.frames / 25 - sum(kept) / S < LOST_S, (life, kept)
        began_us = life.killed_us
    gaps = studio.gaps(channel_id)
    assert GapCause.ROLE_DOWN in {gap.cause for gap in gaps}
    for gap in gaps[:-1]:
        assert gap.end_us is not None
        assert not any(start < gap.end_us and end > gap.start_us for start, end in spans)
