"""Cameras with sound, recorded over real sockets: every piece is there, beside its picture, and outlives a death."""

import asyncio
from collections.abc import Iterator
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from tests.unit.media import coding
from tests.unit.media.listening import complaints, key_times, sound_pieces, tone_times
from tests.unit.media.running import SETTINGS, Studio, eventually, hurried
from tests.unit.media.storing import START, S, Site, Trouble, until

from mingjian.kernel.ids import ChannelId
from mingjian.media import store
from mingjian.media.formats.frames import Sound
from mingjian.media.record.cutter import Cutter
from mingjian.simulate import clips, nal
from mingjian.simulate import sound as sounding
from mingjian.simulate.cameras import CameraSpec, Misbehaviour, Transports
from mingjian.simulate.encode import Settings
from mingjian.simulate.loadclip import pictures
from mingjian.simulate.rtsp import RtspServer
from mingjian.simulate.sound import SoundSource
from mingjian.simulate.sources import ClipSource
from mingjian.storage.engine import Database

SHORT_SEGMENTS = SETTINGS.model_copy(update={"segment_s": 3.0})
"""Shorter than anybody may set: files begin at the key frames of a few seconds."""


@cache
def clip(codec: nal.Codec = "h264", b_frames: int = 0) -> ClipSource:
    settings = Settings(codec, 256, 144, Fraction(25), 250, 25, preset="ultrafast", threads=1, b_frames=b_frames)
    return ClipSource(clips.make(settings, pictures(256, 144, 50)))


@cache
def kept() -> dict[str, tuple[dict[str, Any], SoundSource]]:
    return {
        "aac": ({}, sounding.aac(16_000)),
        "aac, stereo, H.265": ({"source": clip("h265")}, sounding.aac(48_000, 2)),
        "aac, five units in a packet": ({}, sounding.aac(8_000, kbps=16, units_in_packet=5)),
        "aac, units in several packets": ({}, sounding.aac(16_000, kbps=48, max_payload=60)),
        "alaw": ({"sound_first": True}, sounding.g711("alaw")),
        "ulaw without a map": ({}, sounding.g711("ulaw", packet_ms=20, rtpmap=False)),
        "alaw, B-frames": ({"source": clip("h264", 2)}, sounding.g711("alaw", packet_ms=20)),
        "aac over UDP": ({"transports": Transports.UDP}, sounding.aac(16_000)),
        "ulaw over UDP, B-frames, H.265": (
            {"transports": Transports.UDP, "source": clip("h265", 3)},
            sounding.g711("ulaw"),
        ),
        "aac, clock wrong by years": ({"clock_error_s": -400_000_000.0}, sounding.aac(16_000)),
        "alaw, no reports to speak of": ({"misbehaviour": Misbehaviour.RUBBISH_REPORTS}, sounding.g711("alaw")),
    }


@cache
def left_out() -> dict[str, tuple[dict[str, Any], SoundSource]]:
    return {
        "g726": ({}, sounding.other("G726-32", 8_000)),
        "opus first": ({"sound_first": True}, sounding.other("OPUS", 48_000)),
    }


@pytest.fixture
def studio(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Studio:
    hurried(monkeypatch)
    return Studio(database, tmp_path, SHORT_SEGMENTS)


def files(studio: Studio, channel_id: ChannelId) -> list[Path]:
    return [studio.folder / "video" / one.path_name for one in studio.segments(channel_id)]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_sound_is_kept_beside_its_picture(studio: Studio, engine: str) -> None:
    cameras = kept() | left_out()
    specs = {
        name: CameraSpec(f"cam/{at}", at, **{"source": clip(), **more}, sound=sound)
        for at, (name, (more, sound)) in enumerate(cameras.items())
    }

    async def scenario() -> dict[str, ChannelId]:
        async with RtspServer(specs.values(), report_interval_s=0.5) as server:
            channels = {name: studio.add(server.url(spec.path)) for name, spec in specs.items()}
            async with studio.recording():
                for channel_id in channels.values():
                    await eventually(partial(studio.has_recorded, channel_id, 6))
                for name, channel_id in channels.items():
                    status = studio.status(channel_id)
                    assert status is not None
                    assert status.state.value == "recording", (name, status)
                    assert status.picture is not None
                    told = status.picture.sound
                    assert (told is not None) == (name in kept()), name
            return channels

    channels = asyncio.run(scenario())
    for name, channel_id in channels.items():
        (numbers,) = studio.sessions(channel_id)
        assert numbers == list(range(len(numbers))), name
        assert len(numbers) > 140
        recorded = files(studio, channel_id)
        assert len(recorded) >= 2
        for file in recorded:
            assert complaints(file) == [], name
        if name in kept():
            require_sound(name, kept()[name][1], recorded)
        else:
            assert {sound_pieces(file.read_bytes())[0] for file in recorded} == {None}


def require_sound(name: str, source: SoundSource, recorded: list[Path]) -> None:
    """Every piece that was sent, in order; tones begin with the key frames, one a second."""
    kept: list[bytes] = []
    silent = compared = 0
    for file in recorded:
        parameters, pieces = sound_pieces(file.read_bytes())
        silent += parameters is None
        kept += pieces
        keys = key_times(file)
        if len(keys) == 1 or not pieces:
            continue  # a file that was just begun
        found, (begin, end) = tone_times(file)
        # A packet may hold 640 ms, and before the first sender report its time is that of the turn that read it:
        # cameras that nobody watches are read every 160 ms (ADR 0003).
        assert abs(begin - min(keys)) < 0.64 + 0.16, name
        expected = [key for key in keys if begin + 0.02 < key < end - 0.1]
        compared += len(expected)
        for key in expected:
            nearest = min((abs(tone - key) for tone in found), default=9.0)
            assert nearest < 0.06, f"{name}: sound is {nearest * 1000:.0f} ms off in {file.name}"
    assert compared >= 3, name
    assert silent <= 1, f"{name}: {silent} files without sound"  # it may begin behind the first key frame
    places = sounding.order(source, kept)
    assert -1 not in places, name
    count = len(source.frames)
    assert [later for one, later in pairwise(places) if later != (one + 1) % count] == [], name
    per_s = source.clock / source.samples * (len(source.frames) / len(source.templates))
    assert len(kept) > 3 * per_s, name


# What outlives a death


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    database = Trouble(database_url)
    made = Site(database, tmp_path / "video")
    yield made
    if made.writer.alive:
        made.writer.stop()
    database.close()


DYING: dict[str, tuple[str, str, str]] = {
    "h264, B-frames, aac": ("h264", "bframes=3:b-pyramid=normal:ref=4", "aac"),
    "h265, open groups, aac": ("h265", "bframes=3:open-gop=1:keyint=26:min-keyint=26", "aac"),
    "h265, alaw": ("h265", "bframes=0", "alaw"),
}


def prepared(site: Site) -> bool:
    with site.database.read() as tx:
        return bool(list(tx.execute(select(store.SEGMENT.c.id).where(store.SEGMENT.c.state == "prepared"))))


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("name", DYING)
@pytest.mark.parametrize("flushed", [False, True])
def test_what_was_written_with_sound_is_found_after_a_death(site: Site, engine: str, name: str, flushed: bool) -> None:
    codec, params, kind = DYING[name]
    made, told = coding.pictures(codec, params, 104), coding.sound(kind, count=400)
    frames, channel = made.frames(), site.channel()
    cutter = Cutter(fragment_ticks=45_000, segment_us=600 * S, phase_us=0)
    if not flushed:  # rows stay as they were when the file was made ready: all that is known is in the file
        until(lambda: prepared(site))
        site.database.busy = True
    heard = given = 0
    for frame in frames:
        behind = (frame.ticks - frames[0].ticks) * told.parameters.rate // 90_000 // told.samples
        pieces = [
            Sound(told.pieces[at], frames[0].ticks + at * told.samples * 90_000 // told.parameters.rate, told.samples)
            for at in range(heard, behind)
        ]
        cutter.hear(told.parameters, pieces)
        heard = max(heard, behind)
        fragment = cutter.push(frame, START + (frame.ticks - frames[0].ticks) * 100 // 9)
        if fragment is not None:
            site.writer.write(channel.id, fragment)
            given += len(fragment.data)
    until(lambda: sum(site.files.written.values()) > given)
    if flushed:
        site.settle()
    site.die()
    site.database.busy = False
    assert site.recover() >= 1
    rows = site.segments(channel.id)
    assert [row.state for row in rows] == ["closed"]
    for row in rows:
        file = site.root / row.path_name
        parameters, kept = sound_pieces(file.read_bytes())
        assert parameters == told.parameters
        assert kept == list(told.pieces[: len(kept)])
        assert len(kept) * told.samples / told.parameters.rate > 3
        assert complaints(file) == []
        assert row.frames >= 75
