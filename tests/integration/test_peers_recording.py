"""Other people's servers are recorded, and ffmpeg decodes every file without a word.

GStreamer's RTSP server over TCP and UDP, H.264 and H.265, with and without B-frames, AAC and G.711; VLC over UDP.
"""

import asyncio
import itertools
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import av
import pytest
from av.container import InputContainer
from sqlalchemy import select
from tests.peers.gst import FPS, PICTURES, SOUNDS, TRANSPORTS, GstServer, gst_server
from tests.peers.movies import numbered
from tests.peers.vlc import vlc_server
from tests.unit.media.running import SETTINGS, Studio, eventually
from tests.unit.media.storing import S

from mingjian.media import store
from mingjian.media.model import Gap
from mingjian.simulate import readback
from mingjian.storage.engine import Database

LIMIT_S = 90.0
LONG_S = 7.0
SHORT_SEGMENTS = SETTINGS.model_copy(update={"segment_s": 3.0})
"""Shorter than anybody may set: files begin at the key frames of a few seconds."""
FRAME_S = 1 / FPS
GROUP = 8
APART_S = 3.0
"""Sound may begin behind the picture, and a busy server sends one before the other; `test_simulate_lips` is exact."""
CODEC = {"h264": "h264", "h264b": "h264", "h265": "hevc", "h265b": "hevc"}
SOUND = {"aac": "aac", "alaw": "pcm_alaw", "ulaw": "pcm_mulaw"}

Case = tuple[str, str, str]
FEW: tuple[Case, ...] = (
    ("tcp", "h264", "aac"),
    ("tcp", "h265", "ulaw"),
    ("udp", "h264b", "alaw"),
    ("udp", "h265", ""),
    ("tcp", "h265b", "aac"),
)
"""In every run; the others in the long counts."""
REST = tuple(case for case in itertools.product(TRANSPORTS, PICTURES, SOUNDS) if case not in FEW)


@dataclass
class File:
    """A closed file: its path and what its row promises."""

    path: Path
    start_us: int
    row_s: float
    frames: int


@dataclass
class Footage:
    """What was recorded of one camera, and what was said when it was not."""

    files: list[File] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    problem: str | None = None


def footage(studio: Studio, channel_id: object) -> Footage:
    segment = store.SEGMENT
    query = select(segment, store.SEGMENT_INDEX.c.records).join_from(segment, store.SEGMENT_INDEX)
    query = query.where(segment.c.channel_id == channel_id).order_by(segment.c.start_us)
    found = Footage()
    with studio.database.read() as tx:
        for row in tx.execute(query):
            path = studio.folder / "video" / row.path_name
            assert path.stat().st_size == row.size
            found.files.append(File(path, row.start_us, (row.end_us - row.start_us) / S, row.frames))
    return found


def record(folder: Path, template: Path, urls: Mapping[Case, str]) -> dict[Case, Footage]:
    """Record all of these at once, for LONG_S each or until it is plain that one of them cannot be."""
    shutil.copyfile(template, folder / "mingjian.db")

    async def scenario(studio: Studio) -> dict[Case, Footage]:
        channels = {case: studio.add(url) for case, url in urls.items()}
        problems: dict[Case, str | None] = {}
        async with studio.recording():
            for case, channel_id in channels.items():
                await eventually(partial(settled, studio, channel_id), LIMIT_S)
                problems[case] = studio.problem(channel_id)
        result = {case: footage(studio, channel_id) for case, channel_id in channels.items()}
        for case, channel_id in channels.items():
            result[case].problem = problems[case]
            result[case].gaps = studio.gaps(channel_id)
        return result

    with closing(Database(f"sqlite:///{folder / 'mingjian.db'}")) as database:
        return asyncio.run(scenario(Studio(database, folder, SHORT_SEGMENTS)))


def settled(studio: Studio, channel_id: object) -> bool:
    return studio.has_recorded(channel_id, LONG_S) or studio.problem(channel_id) is not None  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def gst() -> Iterator[GstServer]:
    with gst_server() as server:
        yield server


@pytest.fixture(scope="module")
def kept() -> dict[Case, Footage]:
    """Recorded so far; a group is recorded when the first of it is asked for."""
    return {}


def group(case: Case) -> tuple[Case, ...]:
    """What is recorded together with this one: as many encoders as two processors can bear."""
    if case in FEW:
        return FEW
    return tuple(one for one in REST if one[:2] == case[:2])


def judge(file: File, case: Case) -> float:
    """ffmpeg decodes it without a word, and it lasts as long as its frames and its row; how long its sound is."""
    command = ["ffmpeg", "-nostdin", "-v", "warning", "-i", str(file.path), "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    # It says so of every file with G.711: that has no place for which loudspeaker one channel is.
    said = [line for line in done.stderr.splitlines() if not line.startswith("Guessed Channel Layout")]
    assert (done.returncode, said) == (0, [])
    with av.open(str(file.path)) as container:  # packets are of their container: nothing is asked of them afterwards
        return judge_packets(container, file, case)


def judge_packets(container: InputContainer, file: File, case: Case) -> float:
    _, picture, sound = case
    kinds = [(stream.type, stream.codec_context.name) for stream in container.streams]
    assert kinds == [("video", CODEC[picture]), *([("audio", SOUND[sound])] if sound else [])]
    packets = [packet for packet in container.demux() if packet.size]
    pictures = [packet for packet in packets if packet.stream.type == "video"]
    assert len(pictures) == file.frames
    assert pictures[0].is_keyframe
    spans = {kind: lasts([one for one in packets if one.stream.type == kind]) for kind in ("video", "audio")}
    assert spans["video"] == pytest.approx(len(pictures) * FRAME_S, abs=FRAME_S)
    assert spans["video"] == pytest.approx(file.row_s, abs=FRAME_S)
    shown = sorted(packet.pts for packet in pictures if packet.pts is not None)
    assert len(set(shown)) == len(pictures)
    if len(pictures) > GROUP:
        out_of_order = [packet.pts for packet in pictures] != shown
        assert out_of_order == picture.endswith("b")
    return spans["audio"]


def lasts(packets: "list[av.Packet[Any]]") -> float:
    """From the first moment of decoding to the end of the last packet."""
    if not packets:
        return 0.0
    first, last = packets[0], packets[-1]
    assert first.dts is not None
    assert last.dts is not None
    return float((last.dts + (last.duration or 0) - first.dts) * last.time_base)


CASES = [pytest.param(case, marks=[] if case in FEW else [pytest.mark.breadth]) for case in (*FEW, *REST)]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("case", CASES, ids=lambda case: "-".join(one or "silent" for one in case))
def test_gstreamer_is_recorded(
    case: Case,
    gst: GstServer,
    kept: dict[Case, Footage],
    migrated_sqlite: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    if case not in kept:
        folder = tmp_path_factory.mktemp("gst")
        kept |= record(folder, migrated_sqlite, {one: gst.url(*one) for one in group(case)})
    found = kept[case]
    assert found.problem is None
    assert len(found.files) >= 2
    since = [gap.cause.value for gap in found.gaps if gap.start_us >= found.files[0].start_us]
    assert since == ["role_down"], "once it came, it came until we stopped"
    assert sum(file.row_s for file in found.files) > LONG_S
    first, *others = found.files
    heard_s = judge(first, (*case[:2], "") if case[2] and is_silent(first) else case)
    heard_s += sum(judge(file, case) for file in others)
    seen_s = sum(file.row_s for file in found.files)
    assert heard_s == pytest.approx(seen_s if case[2] else 0, abs=APART_S)


def is_silent(first: File) -> bool:
    """Whether sound began behind the picture: then it is there from the next file on."""
    with av.open(str(first.path)) as container:
        silent = not container.streams.audio
    assert not silent or first.row_s < APART_S
    return silent


@pytest.mark.timeout(240)
def test_vlc_is_recorded_over_udp(migrated_sqlite: Path, tmp_path: Path) -> None:
    case = ("udp", "h264", "")
    with vlc_server(numbered(tmp_path, 30)) as url:
        found = record(tmp_path, migrated_sqlite, {case: url})[case]
    assert found.problem is None
    numbers = [number for file in found.files for number in readback.numbers_in_mp4(file.path)]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    assert len(numbers) > LONG_S * FPS * 0.9
    for file in found.files:
        judge(file, case)
