"""The frames inside of fragments: what was put in comes out, and nothing is read that is not there."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.media.formats import fmp4
from mingjian.media.formats.fmp4 import PictureRun
from mingjian.media.formats.samples import samples

FRAMES = st.lists(st.tuples(st.binary(min_size=1, max_size=60), st.integers(1, 90_000), st.booleans()), min_size=1)


@given(FRAMES, st.integers(0, 1 << 40), st.one_of(st.none(), st.integers(0, 4_000_000_000_000_000)))
def test_what_was_put_in_comes_out(
    given_frames: list[tuple[bytes, int, bool]], ticks: int, wall_us: int | None
) -> None:
    data, durations, keys = zip(*given_frames, strict=True)
    piece = fmp4.fragment(1, PictureRun(ticks, data, durations, keys), wall_us)
    found = [(bytes(one.data), one.duration_ticks, one.key) for one in samples(piece)]
    assert found == given_frames


PIECE = fmp4.fragment(1, PictureRun(0, [b"abc", b"defgh"], [3600, 3600], [True, False]), 1_750_000_000_000_000)


@given(st.integers(0, len(PIECE) - 1))
def test_a_piece_that_is_cut_off(size: int) -> None:
    with pytest.raises(ValueError, match=r".+"):
        list(samples(PIECE[:size]))


@given(st.integers(0, len(PIECE) - 1), st.integers(0, 255))
def test_rubbish_is_refused_or_stays_inside(place: int, octet: int) -> None:
    damaged = PIECE[:place] + bytes([octet]) + PIECE[place + 1 :]
    try:
        found = list(samples(damaged))
    except ValueError:
        return
    assert all(bytes(one.data) in damaged for one in found)


def test_another_layout_is_refused_by_name() -> None:
    at = PIECE.index(b"trun") + 4
    with pytest.raises(ValueError, match="layout"):
        list(samples(PIECE[:at] + struct.pack(">I", 0x000F01) + PIECE[at + 4 :]))
