"""The frames inside of fragments: what was put in comes out, and nothing is read that is not there."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.media.formats import fmp4
from mingjian.media.formats.fmp4 import PictureRun, SoundRun
from mingjian.media.formats.samples import samples, sound

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


SHIFTED = st.lists(
    st.tuples(
        st.binary(min_size=1, max_size=60),
        st.integers(0, 2**32 - 1),
        st.sampled_from(["key", "plain", "leading"]),
        st.integers(-(2**31), 2**31 - 1),
    ),
    min_size=1,
)
HEARD = st.lists(st.tuples(st.binary(min_size=1, max_size=60), st.integers(0, 2**32 - 1)), max_size=20)


def made(
    given_frames: list[tuple[bytes, int, str, int]], heard: list[tuple[bytes, int]], ticks: int, wall_us: int | None
) -> bytes:
    data, durations, kinds, shifts = zip(*given_frames, strict=True)
    keys, leading = [one == "key" for one in kinds], [one == "leading" for one in kinds]
    sound = SoundRun(ticks, [one for one, _ in heard], [lasts for _, lasts in heard])
    return fmp4.fragment(1, PictureRun(ticks, data, durations, keys, shifts, leading), wall_us, sound)


@given(SHIFTED, HEARD, st.integers(0, 1 << 60), st.one_of(st.none(), st.integers(0, 4_000_000_000_000_000)))
def test_offsets_leading_pictures_and_sound_come_out(
    given_frames: list[tuple[bytes, int, str, int]], heard: list[tuple[bytes, int]], ticks: int, wall_us: int | None
) -> None:
    piece = made(given_frames, heard, ticks, wall_us)
    found = [(bytes(one.data), one.duration_ticks, one.key, one.leading, one.shift) for one in samples(piece)]
    assert found == [
        (data, lasts, kind == "key", kind == "leading", shift) for data, lasts, kind, shift in given_frames
    ]
    beside = sound(piece)
    assert (beside is None) == (not heard)
    if beside is not None:
        assert (beside.decode_samples, beside.samples) == (ticks, [lasts for _, lasts in heard])
        assert [bytes(one) for one in beside.pieces] == [one for one, _ in heard]
    assert sound(fmp4.picture_only(piece)) is None
    assert [bytes(one.data) for one in samples(fmp4.picture_only(piece))] == [one[0] for one in given_frames]


TWO = made([(b"abc", 3600, "key", 7200), (b"defgh", 3600, "leading", -3600)], [(b"x" * 20, 160), (b"y" * 9, 80)], 5, 9)


@given(st.integers(0, len(TWO) - 1))
def test_two_tracks_that_are_cut_off(size: int) -> None:
    with pytest.raises(ValueError, match=r".+"):
        heard_in(TWO[:size])


@given(st.integers(0, len(TWO) - 1), st.integers(0, 255), st.integers(0, len(TWO)))
def test_rubbish_with_sound_is_refused_or_stays_inside(place: int, octet: int, end: int) -> None:
    damaged = (TWO[:place] + bytes([octet]) + TWO[place + 1 :])[: end or None]
    for read in (seen_in, heard_in):
        try:
            found = read(damaged)
        except ValueError:
            continue
        assert all(one in damaged for one in found)


def seen_in(piece: bytes) -> list[bytes]:
    return [bytes(one.data) for one in samples(piece)]


def heard_in(piece: bytes) -> list[bytes]:
    found = sound(piece)
    return [bytes(one) for one in found.pieces] if found else []
