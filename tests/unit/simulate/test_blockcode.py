from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.simulate import blockcode
from mingjian.simulate.encode import Encoder, Settings, from_luma_chroma
from mingjian.simulate.loadclip import pictures

values = st.integers(0, 2**48 - 1)


@given(values)
def test_luma_gives_back_what_was_drawn(value: int) -> None:
    picture = np.full((40, 300), 90, np.uint8)
    blockcode.draw(picture, value)
    assert blockcode.read(picture) == value


@given(values)
def test_rgb_gives_back_what_was_drawn(value: int) -> None:
    picture = np.full((16, 256, 3), (200, 30, 90), np.uint8)
    blockcode.draw(picture, value)
    assert blockcode.read(picture) == value


@given(values, st.integers(0, 63))
def test_a_flipped_cell_is_never_read_as_another_number(value: int, cell: int) -> None:
    picture = np.zeros((16, 256), np.uint8)
    blockcode.draw(picture, value)
    y, x = cell // 32 * 8, cell % 32 * 8
    picture[y : y + 8, x : x + 8] = 251 - picture[y : y + 8, x : x + 8]
    assert blockcode.read(picture) is None


def test_geometry_is_the_documented_one() -> None:
    picture = np.full((20, 260), 128, np.uint8)
    blockcode.draw(picture, 1 << 47 | 1)
    cells = [int(picture[8 * (i // 32) + 3, 8 * (i % 32) + 3] > 128) for i in range(64)]
    assert cells[:8] == [1, 0, 1, 1, 0, 0, 1, 0]
    assert cells[8:56] == [1, *[0] * 46, 1]
    assert int("".join(map(str, cells[56:])), 2) == blockcode.crc8(bytes.fromhex("800000000001"))
    assert (picture[16:] == 128).all()
    assert (picture[:, 256:] == 128).all()


@pytest.mark.parametrize("picture", [np.zeros((16, 256), np.uint8), np.full((540, 960), 235, np.uint8)])
def test_a_picture_without_code_reads_as_none(picture: blockcode.Picture) -> None:
    assert blockcode.read(picture) is None


@pytest.mark.parametrize("shape", [(15, 256), (16, 255)])
def test_too_small_a_picture_is_refused(shape: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="needs 256 x 16"):
        blockcode.draw(np.zeros(shape, np.uint8), 1)


@pytest.mark.parametrize("value", [-1, 2**48])
def test_too_large_a_number_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="48 bits"):
        blockcode.draw(np.zeros((16, 256), np.uint8), value)


@pytest.mark.parametrize(("width", "height", "kbps"), [(1920, 1080, 4000), (640, 360, 500)])
@pytest.mark.parametrize("preset", ["veryfast", "ultrafast"])
def test_the_code_survives_coding(width: int, height: int, kbps: int, preset: str) -> None:
    settings = Settings("h264", width, height, Fraction(25), kbps, gop=50, preset=preset)
    encoder, decoder = Encoder(settings), av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    drawn = [(index * 0x9E3779B97F4A) % 2**48 for index in range(30)]
    units = []
    for frame, value in zip(pictures(width, height, 30), drawn, strict=True):
        planes = np.array(frame.to_ndarray(format="yuv420p"), np.uint8)
        blockcode.draw(planes[:height], value)
        units += encoder.feed(from_luma_chroma(planes))
    units += encoder.finish()
    packets = [av.Packet(b"".join(b"\0\0\0\1" + nal for nal in unit.nals)) for unit in units]
    shown = [frame for packet in [*packets, None] for frame in decoder.decode(packet)]
    assert [blockcode.read(np.asarray(f.to_ndarray(format="gray"), np.uint8)) for f in shown] == drawn
    assert [blockcode.read(np.asarray(f.to_ndarray(format="rgb24"), np.uint8)) for f in shown] == drawn
