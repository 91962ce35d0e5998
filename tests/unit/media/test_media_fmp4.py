"""Fragmented MP4, judged by libav and by ffprobe."""

import io
import json
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.media import making
from tests.unit.media.making import STEP

from mingjian.media.formats import fmp4
from mingjian.media.formats.fmp4 import PictureRun
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
