from fractions import Fraction

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.simulate import blockcode, clips, live
from mingjian.simulate.encode import Settings, from_luma_chroma


def minute(fps: int = 2) -> clips.Clip:
    """A minute whose frame k has luma 2 k + 16."""
    settings = Settings("h264", 960, 540, Fraction(fps), 400, gop=2 * fps, preset="ultrafast")

    def frames() -> list[av.VideoFrame]:
        return [from_luma_chroma(np.full((810, 960), 16 + k % 110 * 2, np.uint8)) for k in range(60 * fps)]

    return clips.make(settings, iter(frames()))


def test_the_time_is_written_as_in_china() -> None:
    assert live.written(1_767_225_599_007) == "2026-01-01 07:59:59.007"


@given(st.integers(0, 2**42))
def test_the_stamp_can_be_read_back(captured_ms: int) -> None:
    planes = np.full((810, 960), 90, np.uint8)
    live.Stamp(960).write(planes, 540, captured_ms)
    assert blockcode.read(planes[:540]) == captured_ms % 2**32
    box = planes[16:40, 600:940]
    assert box.min() == 16
    assert box.max() > 200
    assert (planes[68:540] == 90).all()


def test_decoding_begins_at_the_wanted_frame_and_loops() -> None:
    clip = minute()
    for start in (0, 1, 3, 119, 120, 241):
        pictures = live._decoded(clip, start)
        for offset in range(4):
            k = (start + offset) % 120
            assert next(pictures)[200, 400] == pytest.approx(16 + k % 110 * 2, abs=3)


def test_only_a_minute_of_h264_will_do() -> None:
    clip = minute()
    short = clips.Clip("h264", 960, 540, clip.fps, clip.parameter_sets, clip.units[:10])
    with pytest.raises(ValueError, match="one minute"):
        live.LiveCamera(short)
