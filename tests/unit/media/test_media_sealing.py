"""Fragments that prove themselves: what a seal vouches for, what is read back, and how rubbish is taken."""

from collections.abc import Callable
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.media import coding, making

from mingjian.media.formats import fmp4
from mingjian.media.formats.fmp4 import PictureRun, SoundRun

WALL_US = 1_790_000_000_123_457


def made(count: int = 3, wall_us: int = WALL_US, ticks: int = 7_200, *, key: bool = True) -> bytes:
    frames = [one.data for one in making.frames(count)]
    return fmp4.fragment(5, PictureRun(ticks, frames, [3_600] * count, [key] + [False] * (count - 1)), wall_us)


def sealed(piece: bytes) -> bytes:
    return piece + fmp4.seal(sha256(piece).digest())


def reading(data: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, length: data[offset : offset + length]


def test_a_sealed_fragment_says_all_that_its_record_needs() -> None:
    piece = made()
    found = fmp4.find(reading(b"before" + sealed(piece) + b"behind"), 6)
    assert found == fmp4.Found(
        len(piece) + fmp4.SEAL_SIZE, WALL_US, 7_200, 3 * 3_600, 3, key=True, digest=sha256(piece).digest()
    )


@given(
    st.integers(0, 4_000_000_000_000_000),
    st.integers(1, 5),
    st.integers(0, 2**40),
    st.booleans(),
)
def test_every_microsecond_comes_back(wall_us: int, count: int, ticks: int, key: bool) -> None:
    found = fmp4.find(reading(sealed(made(count, wall_us, ticks, key=key))), 0)
    assert found is not None
    assert (found.wall_us, found.frames, found.start_ticks, found.key) == (wall_us, count, ticks, key)


def test_any_cut_and_any_flipped_bit_is_seen() -> None:
    data = sealed(made(2))
    for length in range(0, len(data), 7):
        assert fmp4.find(reading(data[:length]), 0) is None
    for at in range(len(data)):
        flipped = bytearray(data)
        flipped[at] ^= 0x10
        assert fmp4.find(reading(bytes(flipped)), 0) is None


@given(st.binary(max_size=300), st.integers(0, 300))
def test_rubbish_is_no_fragment(data: bytes, at: int) -> None:
    assert fmp4.find(reading(data), at) is None


@pytest.mark.parametrize("moof_size", [0, 8, 2**31, 2**32 - 1])
def test_a_size_that_lies_is_not_believed(moof_size: int) -> None:
    data = bytearray(sealed(made()))
    data[32:36] = moof_size.to_bytes(4, "big")
    asked = 0

    def read(offset: int, length: int) -> bytes:
        nonlocal asked
        asked = max(asked, length)
        return bytes(data[offset : offset + length])

    assert fmp4.find(read, 0) is None
    assert asked < 1 << 20


def test_a_forged_seal_over_a_count_that_lies_is_refused() -> None:
    """Whoever can write to the disk can seal anything: it must not end a recovery."""
    data = bytearray(made())
    data[112:116] = (2**31).to_bytes(4, "big")
    assert fmp4.find(reading(sealed(bytes(data))), 0) is None


def test_moving_a_fragment_moves_both_of_its_times() -> None:
    piece = made()
    moved = fmp4.with_decode_time(piece, 90_000)
    assert moved == made(ticks=90_000)
    assert fmp4.with_decode_time(sealed(piece), 90_000)[: len(piece)] == moved
    old = fmp4.fragment(5, PictureRun(7_200, [one.data for one in making.frames(3)], [3_600] * 3, [True, False, False]))
    assert fmp4.with_decode_time(old, 90_000) == moved[32:]


# With pictures out of order, and sound

CODED = coding.pictures("h265", "bframes=3:open-gop=1:keyint=26:min-keyint=26", 80)
SECOND = [at for at, unit in enumerate(CODED.units) if unit.key][1]
HEARD = coding.sound("aac")
KINDS = [(shifted, sound) for shifted in (False, True) for sound in (False, True)]


def whole(first: int, count: int, *, shifted: bool, sound: bool) -> bytes:
    part = CODED.frames()[first : first + count]
    picture = PictureRun(
        first * 3_600 + 90_000,
        [one.data for one in part],
        [3_600] * count,
        [one.key for one in part],
        [one.shift for one in part] if shifted else [],
        [one.leading for one in part],
    )
    beside = SoundRun(16_000, HEARD.pieces[:12], [HEARD.samples] * 12) if sound else None
    return fmp4.fragment(7, picture, WALL_US, beside)


@pytest.mark.parametrize(("shifted", "sound"), KINDS)
@pytest.mark.parametrize(("first", "count"), [(0, 1), (0, 26), (SECOND, 26), (30, 5)])
def test_it_is_found_whatever_it_holds(first: int, count: int, shifted: bool, sound: bool) -> None:
    piece = whole(first, count, shifted=shifted, sound=sound)
    found = fmp4.find(reading(b"before" + sealed(piece) + sealed(piece)), 6)
    assert found == fmp4.Found(
        len(piece) + fmp4.SEAL_SIZE,
        WALL_US,
        first * 3_600 + 90_000,
        count * 3_600,
        count,
        key=CODED.units[first].key,
        digest=sha256(piece).digest(),
    )


@pytest.mark.parametrize(("shifted", "sound"), KINDS)
def test_any_damage_is_seen_whatever_it_holds(shifted: bool, sound: bool) -> None:
    data = sealed(whole(0, 3, shifted=shifted, sound=sound))
    for length in range(0, len(data), 97):
        assert fmp4.find(reading(data[:length]), 0) is None
    for at in range(0, len(data), 13):
        flipped = bytearray(data)
        flipped[at] ^= 0x04
        assert fmp4.find(reading(bytes(flipped)), 0) is None


@given(st.binary(min_size=24, max_size=24), st.sampled_from(KINDS), st.integers(0, 23))
def test_a_forged_seal_over_a_head_that_lies_never_raises(rubbish: bytes, kind: tuple[bool, bool], size: int) -> None:
    """Whoever can write to the disk can seal anything: the head of the samples is read with care all the same."""
    piece = bytearray(whole(0, 3, shifted=kind[0], sound=kind[1]))
    at = 32 + 68  # the trun
    piece[at : at + size] = rubbish[:size]
    found = fmp4.find(reading(sealed(bytes(piece))), 0)
    assert found is None or found.frames <= len(piece) // 12
    fmp4.wall_time(bytes(piece))
