"""Cameras with B-frames, open groups and parameters that change, recorded over real sockets and decoded by libav."""

import asyncio
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from tests.unit.media.listening import complaints
from tests.unit.media.running import SETTINGS, Studio, eventually, hurried

from mingjian.kernel.ids import ChannelId
from mingjian.simulate import blockcode, clips, nal, readback
from mingjian.simulate.cameras import CameraSpec, Transports
from mingjian.simulate.encode import Settings
from mingjian.simulate.loadclip import pictures
from mingjian.simulate.rtsp import RtspServer
from mingjian.simulate.sources import ClipSource
from mingjian.storage.engine import Database

SHORT_SEGMENTS = SETTINGS.model_copy(update={"segment_s": 3.0})
STEP = 3600


@cache
def clip(
    codec: nal.Codec, b_frames: int = 0, gop: int = 25, width: int = 320, *, groups: int = 2, open_gop: bool = False
) -> clips.Clip:
    settings = Settings(
        codec, width, 144, Fraction(25), 300, gop, preset="ultrafast", threads=1, b_frames=b_frames, open_gop=open_gop
    )
    return clips.make(settings, pictures(width, 144, groups * gop))


def made(*parts: clips.Clip, **more: Any) -> ClipSource:
    return ClipSource(parts[0] if len(parts) == 1 else clips.joined(*parts), **more)


@cache
def sources() -> dict[str, tuple[ClipSource, dict[str, Any]]]:
    return {
        "h264": (made(clip("h264"), aggregate=True), {}),
        "h264, two B": (made(clip("h264", 2)), {}),
        "h264, three B, small packets": (made(clip("h264", 3), max_payload=200), {}),
        "h264, three B over UDP": (made(clip("h264", 3)), {"transports": Transports.UDP}),
        "h265": (made(clip("h265")), {}),
        "h265, three B, AP": (made(clip("h265", 3), aggregate=True), {}),
        "h265, PACI": (made(clip("h265", 2), paci=True, max_payload=300), {}),
        "h265, three B over UDP": (made(clip("h265", 3)), {"transports": Transports.UDP}),
        "h265, sets in band alone": (made(clip("h265", 3)), {"parameter_sets_in_sdp": False}),
        "h265, sets in the description alone": (made(clip("h265", 3), in_band=False), {}),
    }


@cache
def with_open_groups() -> dict[str, tuple[ClipSource, dict[str, Any]]]:
    # Six seconds with one IDR: wherever the second file begins, it is at a CRA.
    long = clip("h265", 3, 26, groups=6, open_gop=True)
    return {
        "h265, open groups": (made(long), {}),
        "h265, open groups over UDP, begun inside": (
            made(long, first_key=1),
            {"transports": Transports.UDP},
        ),
    }


@cache
def changing() -> dict[str, tuple[ClipSource, dict[str, Any]]]:
    return {
        "h264, another size": (made(clip("h264"), clip("h264", width=384)), {}),
        "h264, B-frames come and go": (made(clip("h264"), clip("h264", 3)), {}),
        "h265, another size, B-frames": (made(clip("h265", 3), clip("h265", 2, width=384)), {}),
        "h265, another size over UDP": (
            made(clip("h265"), clip("h265", width=384)),
            {"transports": Transports.UDP},
        ),
    }


@pytest.fixture
def studio(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    hurried(monkeypatch)
    return Studio(database, tmp_path, SHORT_SEGMENTS)


def record(
    studio: Studio, sources: dict[str, tuple[ClipSource, dict[str, Any]]], seconds: float
) -> dict[str, ChannelId]:
    specs = {
        name: CameraSpec(f"cam/{at}", at, source, first_sequence=65_500, first_timestamp=2**32 - 90_000, **more)
        for at, (name, (source, more)) in enumerate(sources.items())
    }

    async def scenario() -> dict[str, ChannelId]:
        async with RtspServer(specs.values()) as server:
            channels = {name: studio.add(server.url(spec.path)) for name, spec in specs.items()}
            async with studio.recording():
                for channel_id in channels.values():
                    await eventually(partial(studio.has_recorded, channel_id, seconds))
            return channels

    return asyncio.run(scenario())


def files(studio: Studio, channel_id: ChannelId) -> list[Path]:
    return [studio.folder / "video" / one.path_name for one in studio.segments(channel_id)]


def shown(file: Path) -> list[tuple[int, int | None]]:
    """When each picture is shown, in ticks, and the code in it; in the order in which libav gives them."""
    with av.open(str(file)) as container:
        container.streams.video[0].codec_context.thread_count = 1
        found = []
        for frame in container.decode(video=0):
            grey = np.asarray(frame.to_ndarray(format="gray"), np.uint8)
            found.append((frame.pts or 0, blockcode.read(grey)))
        return found


def decoding_times(file: Path) -> list[int]:
    with av.open(str(file)) as container:
        video = container.streams.video[0]
        return [packet.dts for packet in container.demux(video) if packet.size and packet.dts is not None]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_every_picture_is_there_and_shown_in_order(studio: Studio, engine: str) -> None:
    for name, channel_id in record(studio, sources(), 5).items():
        (numbers,) = studio.sessions(channel_id)
        assert numbers == list(range(len(numbers))), name
        recorded = files(studio, channel_id)
        assert len(recorded) >= 2
        codes: list[int | None] = []
        for file in recorded:
            assert complaints(file) == [], name
            dts = decoding_times(file)
            assert dts == [dts[0] + STEP * at for at in range(len(dts))], name
            seen = shown(file)
            assert len(seen) == len(dts), name
            steps = [later[0] - one[0] for one, later in pairwise(seen)]
            if file is recorded[-1]:  # ends where the recorder did: what is shown before the last picture never came
                steps = steps[:-4]
            assert steps == [STEP] * len(steps), name
            codes += [code for _, code in seen]
        count, codes = len(sources()[name][0].templates), codes[:-4]
        assert codes[0] == 0
        assert [later for one, later in pairwise(codes) if later != ((one or 0) + 1) % count] == [], name


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.breadth
def test_open_groups_are_kept_whole_and_what_leads_is_marked(studio: Studio, engine: str) -> None:
    for name, channel_id in record(studio, with_open_groups(), 5).items():
        recorded = files(studio, channel_id)
        numbers = [number for file in recorded for number in readback.numbers_in_mp4(file)]
        assert numbers == list(range(len(numbers))), name
        cut_inside = 0
        for file in recorded:
            dts = decoding_times(file)
            assert all(later > one for one, later in pairwise(dts)), name
            settled = 6 if file is recorded[0] else 0  # begun inside, the first pictures are shown before it
            assert [later - one for one, later in pairwise(dts[settled:])] == [STEP] * (len(dts) - settled - 1), name
            seen = shown(file)
            leading = [one for one in seen if one[0] < seen[0][0]]
            assert leading == []
            # A file that begins with a CRA: what leads it cannot be shown, and nothing else is missing.
            assert len(dts) - 3 <= len(seen) <= len(dts), name
            cut_inside += len(seen) < len(dts)
            steps = [later[0] - one[0] for one, later in pairwise(seen)]
            steps = steps[:-4] if file is recorded[-1] else steps
            assert steps == [STEP] * len(steps), name
        assert cut_inside >= 1, name


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.breadth
def test_parameters_that_change_begin_a_segment(studio: Studio, engine: str) -> None:
    for name, channel_id in record(studio, changing(), 7).items():
        (numbers,) = studio.sessions(channel_id)
        assert numbers == list(range(len(numbers))), name
        segments = studio.segments(channel_id)
        sizes = [(one.parameters.width, one.parameters.height) for one in segments]
        wide = "size" in name
        assert set(sizes) == ({(320, 144), (384, 144)} if wide else {(320, 144)}), name
        assert len({one.parameters.configuration for one in segments}) == 2, name
        for one in segments:
            file = studio.folder / "video" / one.path_name
            assert complaints(file) == [], name
            with av.open(str(file)) as container:
                pictures_ = list(container.decode(video=0))
            assert {(each.width, each.height) for each in pictures_} == {(one.parameters.width, one.parameters.height)}
            dts = decoding_times(file)
            assert all(later > earlier for earlier, later in pairwise(dts)), name
            assert len(pictures_) == len(dts)
        begun_us = segments[0].start_us
        gaps = [one for one in studio.gaps(channel_id) if one.end_us is not None and one.end_us > begun_us]
        assert gaps == [], name
        assert [later.start_us - one.end_us for one, later in pairwise(segments)] == pytest.approx(
            [0] * (len(segments) - 1), abs=200_000
        ), name


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.breadth
def test_a_size_that_the_description_does_not_know(studio: Studio, engine: str) -> None:
    """Somebody changes a camera's settings in mid-session: the file that follows says the new size."""
    before, after = made(clip("h265", 3)), made(clip("h265", 3, width=384))

    async def scenario() -> ChannelId:
        async with RtspServer([CameraSpec("cam", 1, before)]) as server:
            channel_id = studio.add(server.url("cam"))
            async with studio.recording():
                await eventually(partial(studio.has_recorded, channel_id, 1.2))
                server.cameras["cam"].switch(after, described=False)
                await eventually(lambda: {one.parameters.width for one in studio.segments(channel_id)} == {320, 384})
                await eventually(partial(studio.has_recorded, channel_id, 4))
                status = studio.status(channel_id)
                assert status is not None
                assert status.picture is not None
                assert status.picture.width == 384
            assert server.cameras["cam"].plays == 1
            return channel_id

    channel_id = asyncio.run(scenario())
    (numbers,) = studio.sessions(channel_id)
    assert numbers == list(range(len(numbers)))
    for file in files(studio, channel_id)[1:]:
        assert complaints(file) == []
