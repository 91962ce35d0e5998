"""Sound is recorded where the picture is: tones at full seconds beside the frames that were shown then."""

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
from av.container import InputContainer
from tests.unit.media import making
from tests.unit.media.running import SETTINGS, Studio, eventually

from mingjian.media.model import SegmentState
from mingjian.simulate import readback
from mingjian.simulate.cameras import CameraSpec, Transports
from mingjian.simulate.rtsp import RtspServer
from mingjian.simulate.sound import SoundSource, aac, g711, tones
from mingjian.simulate.sources import ClipSource
from mingjian.storage.engine import Database

LIP_S = 0.045
"""What EBU R37 allows sound to be early."""
SHORT_SEGMENTS = SETTINGS.model_copy(update={"segment_s": 3.0})
LONG_S = 9.0
SOUNDS: dict[str, SoundSource] = {"aac": aac(16_000, kbps=24), "alaw": g711("alaw"), "ulaw": g711("ulaw", packet_ms=20)}


def moments(container: InputContainer) -> tuple[dict[int, float], list[float]]:
    """When each frame is shown, by its number; when tones begin. Seconds of the file."""
    shown: dict[int, float] = {}
    heard: list[tuple[float, np.ndarray]] = []
    rate = container.streams.audio[0].codec_context.sample_rate
    for packet in container.demux():
        if packet.stream.type == "video" and packet.pts is not None:
            shown |= {number: float(packet.pts * packet.time_base) for number in readback.numbers(bytes(packet))}
            continue
        for frame in packet.decode():
            assert isinstance(frame, av.AudioFrame)
            assert frame.time is not None
            samples = frame.to_ndarray()[0]
            heard.append((frame.time, samples / 32768 if samples.dtype == np.int16 else samples))
    if not heard:  # ended in its first moment
        return shown, []
    begin = heard[0][0]
    line = np.zeros(round((heard[-1][0] - begin + 1) * rate))
    for moment, samples in heard:
        at = round((moment - begin) * rate)
        line[at : at + len(samples)] = samples
    return shown, [begin + moment for moment in tones(line, rate) if moment > 0.2]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_tones_lie_beside_the_frames_of_their_second(database: Database, tmp_path: Path) -> None:
    async def scenario(studio: Studio) -> dict[str, list[Path]]:
        base = CameraSpec("", 1, ClipSource(making.clip()))
        specs = {
            f"{name}/{way.value}": replace(base, path=f"{name}/{way.value}", sound=sound, transports=way)
            for name, sound in SOUNDS.items()
            for way in (Transports.TCP, Transports.UDP)
        }
        async with RtspServer(specs.values(), report_interval_s=0.5) as server:
            channels = {name: studio.add(server.url(name)) for name in specs}
            async with studio.recording():
                for channel_id in channels.values():
                    await eventually(partial(studio.has_recorded, channel_id, LONG_S), 60)
        found: dict[str, list[Path]] = {}
        for name, channel_id in channels.items():
            closed = [one for one in studio.segments(channel_id) if one.state is SegmentState.CLOSED]
            found[name] = [studio.folder / "video" / one.path_name for one in closed]
        return found

    files = asyncio.run(scenario(Studio(database, tmp_path, SHORT_SEGMENTS)))
    for name, paths in files.items():
        compared = 0
        for path in paths[1:]:  # in the first one reports have yet to come
            with av.open(str(path)) as container:
                shown, begins = moments(container)
            second = next(moment for number, moment in shown.items() if number % making.FPS == 0)
            apart = [begin - second - round(begin - second) for begin in begins]
            assert max(apart, key=abs, default=0.0) == pytest.approx(0, abs=LIP_S), (name, path.name, apart)
            compared += len(apart)
        assert compared >= 4, name
