"""Fragmented MP4, judged by libav and by ffprobe."""

import io
import json
import struct
import subprocess
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.media import coding, making
from tests.unit.media.making import STEP

from mingjian.media.formats import fmp4
from mingjian.media.formats.fmp4 import PictureRun, SoundRun
from mingjian.media.formats.frames import Frame
from mingjian.simulate import readback


def movie(frames: list[Frame], per_fragment: int, start: int = 0) -> bytes:
    out = [fmp4.init(frames[0].parameters, 1_800_000_000_000_000)]
    for at in range(0, len(frames), per_fragment):
        part = frames[at : at + per_fragment]
        out.append(
            fmp4.fragment(
                at + 1,
                PictureRun(
                    start + part[0].ticks,
                    [one.data for one in part],
                    [STEP] * len(part),
                    [one.key for one in part],
                ),
            )
        )
    return b"".join(out)


@pytest.mark.parametrize("per_fragment", [1, 7, 25, 50])
@pytest.mark.parametrize(("width", "height"), [(256, 144), (322, 182)])
def test_libav_reads_and_decodes_every_frame(per_fragment: int, width: int, height: int) -> None:
    frames = making.frames(50, width=width, height=height)
    made = movie(frames, per_fragment, start=12_345)
    with av.open(io.BytesIO(made), "r") as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.time_base) == (width, height, Fraction(1, 90_000))
        packets = [packet for packet in container.demux(stream) if packet.size]
        assert [packet.dts for packet in packets] == [12_345 + frame.ticks for frame in frames]
        assert [packet.duration for packet in packets] == [STEP] * 50
        assert [packet.is_keyframe for packet in packets] == [frame.key for frame in frames]
        assert [bytes(packet) for packet in packets] == [frame.data for frame in frames]
    with av.open(io.BytesIO(made), "r") as container:
        shown = list(container.decode(video=0))
        assert len(shown) == 50
        assert {(one.width, one.height) for one in shown} == {(width, height)}
    assert readback.numbers_in_mp4(made) == list(range(50))


def test_ffprobe_agrees(tmp_path: Path) -> None:
    file = tmp_path / "x.mp4"
    file.write_bytes(movie(making.frames(50), 25))
    told = subprocess.run(
        ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-count_frames", "-of", "json", file],
        check=True,
        capture_output=True,
        timeout=30,
    )
    assert told.stderr == b""
    found = json.loads(told.stdout)
    (stream,) = found["streams"]
    assert (stream["codec_name"], stream["width"], stream["height"]) == ("h264", 256, 144)
    assert (stream["nb_read_frames"], stream["avg_frame_rate"]) == ("50", "25/1")
    assert float(found["format"]["duration"]) == 2.0
    assert found["format"]["tags"]["creation_time"].startswith("2027-01-15T08:00:00")


def boxes(data: bytes, at: int, end: int) -> list[tuple[bytes, int, int]]:
    found = []
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        assert 8 <= size <= end - at, (kind, size)
        found.append((kind, at, at + size))
        at += size
    return found


@given(
    frames=st.lists(
        st.tuples(st.binary(min_size=1, max_size=40), st.integers(0, 2**32 - 1), st.booleans()), min_size=1
    ),
    decode=st.integers(0, 2**64 - 1),
    moved=st.integers(0, 2**64 - 1),
    sequence=st.integers(0, 2**32 - 1),
)
def test_boxes_fit_into_each_other(
    frames: list[tuple[bytes, int, bool]], decode: int, moved: int, sequence: int
) -> None:
    """ISO/IEC 14496-12 section 8.8: sizes, offset of the data, and what a new decode time changes: itself alone."""
    datas, durations, keys = zip(*frames, strict=True)
    made = fmp4.fragment(sequence, PictureRun(decode, datas, durations, keys))
    (moof, mdat) = boxes(made, 0, len(made))
    assert (moof[0], mdat[0]) == (b"moof", b"mdat")
    assert made[mdat[1] + 8 :] == b"".join(datas)
    header, traf = boxes(made, moof[1] + 8, moof[2])
    assert (header[0], traf[0]) == (b"mfhd", b"traf")
    kinds = {kind: at for kind, at, _ in boxes(made, traf[1] + 8, traf[2])}
    assert struct.unpack_from(">IQ", made, kinds[b"tfdt"] + 8) == (1 << 24, decode)
    _flags, count, offset = struct.unpack_from(">III", made, kinds[b"trun"] + 8)
    assert (count, offset) == (len(frames), mdat[1] + 8)
    entries = list(struct.iter_unpack(">III", made[kinds[b"trun"] + 20 : traf[2]]))
    assert [(duration, size) for duration, size, _ in entries] == [(one[1], len(one[0])) for one in frames]
    assert [not flag & 0x10000 for _, _, flag in entries] == list(keys)
    again = fmp4.with_decode_time(made, moved)
    assert again == fmp4.fragment(sequence, PictureRun(moved, datas, durations, keys))


# Pictures out of order, and sound

KINDS: dict[str, tuple[str, str]] = {
    "h264": ("h264", "bframes=0"),
    "h264, B-frames": ("h264", "bframes=3:b-pyramid=normal:ref=4"),
    "h265": ("h265", "bframes=0"),
    "h265, B-frames": ("h265", "bframes=3:b-pyramid=1:open-gop=0"),
    "h265, open groups": ("h265", "bframes=3:open-gop=1:keyint=26:min-keyint=26"),
}
HEARD: dict[str, tuple[str, int, int] | None] = {
    "silent": None,
    "aac": ("aac", 16_000, 1),
    "aac, stereo": ("aac", 48_000, 2),
    "alaw": ("alaw", 8_000, 1),
    "ulaw, stereo": ("ulaw", 16_000, 2),
}


def with_sound(
    kind: str, heard: str, per_fragment: int, base: int = 0
) -> tuple[bytes, list[Frame], coding.Heard | None]:
    """A movie of two seconds with as much sound; the first picture is at LEAD_TICKS where there is any."""
    made, told = coding.pictures(*KINDS[kind], 52), HEARD[heard]
    frames = made.frames()
    sound = coding.sound(*told, count=1000) if told else None
    rate, per_piece = (sound.parameters.rate, sound.samples) if sound else (1, 1)
    parameters = replace(made.parameters, sound=sound.parameters if sound else None)
    lead = fmp4.LEAD_TICKS if sound else 0
    first, out, done = frames[0].ticks, [fmp4.init(parameters, 1_800_000_000_000_000)], 0
    for at in range(0, len(frames), per_fragment):
        part = frames[at : at + per_fragment]
        ends = [one.ticks for one in frames[at + 1 : at + 1 + len(part)]] + [part[-1].ticks + STEP]
        durations = [end - one.ticks for one, end in zip(part, ends, strict=False)]
        run = PictureRun(
            base + part[0].ticks - first + lead,
            [one.data for one in part],
            durations,
            [one.key for one in part],
            [one.shift for one in part],
            [one.leading for one in part],
        )
        until = (part[-1].ticks - first + durations[-1]) * rate // 90_000 // per_piece
        beside = None
        if sound:
            begin = (base + lead) * rate // 90_000 + done * per_piece
            beside = SoundRun(begin, sound.pieces[done:until], [per_piece] * (until - done))
        out.append(fmp4.fragment(at + 1, run, None, beside))
        done = until
    return b"".join(out), frames, replace(sound, pieces=sound.pieces[:done]) if sound else None


@pytest.mark.parametrize("per_fragment", [1, 26])
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("heard", HEARD)
def test_every_picture_in_order_and_every_sample_of_sound(kind: str, heard: str, per_fragment: int) -> None:
    movie, frames, sound = with_sound(kind, heard, per_fragment)
    lead = fmp4.LEAD_TICKS if sound else 0
    with av.open(io.BytesIO(movie), "r") as container:
        video = container.streams.video[0]
        packets = [packet for packet in container.demux(video) if packet.size]
        assert [packet.dts for packet in packets] == [lead + one.ticks - frames[0].ticks for one in frames]
        assert [packet.pts for packet in packets] == [lead + one.ticks + one.shift - frames[0].ticks for one in frames]
        assert [packet.is_keyframe for packet in packets] == [one.key for one in frames]
        assert [bytes(packet) for packet in packets] == [one.data for one in frames]
    with av.open(io.BytesIO(movie), "r") as container:
        container.streams.video[0].codec_context.thread_count = 1
        shown = list(container.decode(video=0))
    assert [coding.shown_number(one) % 50 for one in shown] == [number % 50 for number in range(52)]
    assert [one.pts for one in shown] == sorted(lead + one.ticks + one.shift - frames[0].ticks for one in frames)
    if sound:
        with av.open(io.BytesIO(movie), "r") as container:
            coded = [packet for packet in container.demux(container.streams.audio[0]) if packet.size]
            assert b"".join(map(bytes, coded)) == b"".join(sound.pieces)
            assert coded[0].pts == sound.parameters.rate
        with av.open(io.BytesIO(movie), "r") as container:
            assert sum(one.samples for one in container.decode(audio=0)) == sound.samples * len(sound.pieces)


@pytest.mark.parametrize("kind", KINDS)
def test_ffmpeg_decodes_it_without_a_word(kind: str, tmp_path: Path) -> None:
    """Two tracks, offsets, leading pictures: nothing that a player would complain about."""
    file = tmp_path / "x.mp4"
    file.write_bytes(with_sound(kind, "aac", 26)[0])
    told = subprocess.run(
        ["ffmpeg", "-v", "warning", "-threads", "1", "-i", file, "-map", "0", "-f", "null", "-"],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert told.stderr == b""


def pieces_of(movie: bytes) -> list[bytes]:
    """The fragments of a movie."""
    found = boxes(movie, 0, len(movie))
    return [movie[one[1] : two[2]] for one, two in pairwise(found) if one[0] == b"moof"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("heard", HEARD)
def test_moving_a_fragment_moves_its_sound_along(kind: str, heard: str) -> None:
    movie, _, sound = with_sound(kind, heard, 13)
    moved, _, _ = with_sound(kind, heard, 13, base=450_000)
    parameters = sound.parameters if sound else None
    for one, other in zip(pieces_of(movie), pieces_of(moved), strict=True):
        ticks = next(iter(struct.unpack_from(">Q", other, 60)))
        assert fmp4.with_decode_time(one, ticks, parameters) == other
        assert fmp4.with_decode_time(other, ticks - 450_000, parameters) == one
        fmp4.with_decode_time(one, 0, parameters)  # sound before the beginning stays at it


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("heard", HEARD)
def test_a_picture_without_its_sound(kind: str, heard: str) -> None:
    movie, frames, sound = with_sound(kind, heard, 13)
    silent, _, _ = with_sound(kind, "silent", 13, base=fmp4.LEAD_TICKS if sound else 0)
    assert [fmp4.picture_only(one) for one in pieces_of(movie)] == pieces_of(silent)
    with_time = fmp4.fragment(
        1,
        PictureRun(0, [one.data for one in frames[:3]], [STEP] * 3, [True, False, False]),
        1_800_000_000_000_000,
        SoundRun(0, [b"x" * 160], [160]),
    )
    assert fmp4.picture_only(with_time) == fmp4.fragment(
        1, PictureRun(0, [one.data for one in frames[:3]], [STEP] * 3, [True, False, False]), 1_800_000_000_000_000
    )


@given(
    st.lists(
        st.tuples(st.binary(min_size=1, max_size=30), st.integers(-(2**31), 2**31 - 1), st.booleans()), min_size=1
    ),
    st.lists(st.tuples(st.binary(min_size=1, max_size=30), st.integers(0, 2**32 - 1)), max_size=20),
    st.integers(0, 2**63),
)
def test_boxes_of_two_tracks_fit_into_each_other(
    frames: list[tuple[bytes, int, bool]], heard: list[tuple[bytes, int]], at: int
) -> None:
    datas, shifts, leading = zip(*frames, strict=True)
    sound = SoundRun(at, [one for one, _ in heard], [samples for _, samples in heard])
    count = len(frames)
    picture = PictureRun(7, datas, [1] * count, [False] * count, shifts, leading)
    made = fmp4.fragment(1, picture, None, sound)
    (moof, mdat) = boxes(made, 0, len(made))
    assert made[mdat[1] + 8 :] == b"".join(datas) + b"".join(sound.pieces)
    _, *trafs = boxes(made, moof[1] + 8, moof[2])
    assert len(trafs) == 1 + bool(heard)
    kinds = {kind: at for kind, at, _ in boxes(made, trafs[0][1] + 8, trafs[0][2])}
    layout, told, offset = struct.unpack_from(">III", made, kinds[b"trun"] + 8)
    assert (told, offset) == (count, mdat[1] + 8)
    if any(shifts):
        assert layout == 0x01000F01
        rows = list(struct.iter_unpack(">IIIi", made[kinds[b"trun"] + 20 : trafs[0][2]]))
        assert [row[3] for row in rows] == list(shifts)
    else:
        rows = list(struct.iter_unpack(">III", made[kinds[b"trun"] + 20 : trafs[0][2]]))
    # is_leading is two bits above sample_depends_on: ISO/IEC 14496-12 section 8.8.3.1.
    assert [row[2] >> 26 & 3 == 1 for row in rows] == list(leading)
    if heard:
        kinds = {kind: at for kind, at, _ in boxes(made, trafs[1][1] + 8, trafs[1][2])}
        assert struct.unpack_from(">Q", made, kinds[b"tfdt"] + 12) == (at,)
        _, told, offset = struct.unpack_from(">III", made, kinds[b"trun"] + 8)
        assert (told, offset) == (len(heard), mdat[1] + 8 + sum(map(len, datas)))
