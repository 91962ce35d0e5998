"""Fields of parameter sets: fixed numbers of bits and Exp-Golomb codes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.media.formats.bits import MAX_BYTES, Bits, unescaped
from mingjian.media.formats.errors import PeerError, Wrong


def octets(bits: str) -> bytes:
    padded = bits + "0" * (-len(bits) % 8)
    return int(padded or "0", 2).to_bytes(len(padded) // 8, "big")


def ue(value: int) -> str:
    """H.264 section 9.1, written anew."""
    text = f"{value + 1:b}"
    return "0" * (len(text) - 1) + text


# H.264 table 9-2 and 9-3.
@pytest.mark.parametrize(
    ("bits", "unsigned", "signed"),
    [
        ("1", 0, 0),
        ("010", 1, 1),
        ("011", 2, -1),
        ("00100", 3, 2),
        ("00101", 4, -2),
        ("00110", 5, 3),
        ("00111", 6, -3),
        ("0001000", 7, 4),
        ("000010000", 15, 8),
        ("0" * 32 + "1" + "0" * 32, 2**32 - 1, 2**31),
    ],
)
def test_the_tables_of_the_standard(bits: str, unsigned: int, signed: int) -> None:
    assert Bits(octets(bits)).golomb() == unsigned
    assert Bits(octets(bits)).signed_golomb() == signed


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 2**40 - 1)) | st.integers(0, 2**32 - 2), max_size=30))
def test_what_was_written_is_read(fields: list[tuple[int, int] | int]) -> None:
    text = "".join(ue(one) if isinstance(one, int) else f"{one[1] % (1 << one[0]):0{one[0]}b}" for one in fields)
    bits = Bits(octets(text))
    for one in fields:
        if isinstance(one, int):
            assert bits.golomb() == one
        else:
            assert bits.read(one[0]) == one[1] % (1 << one[0])


@given(st.binary(max_size=40), st.integers(0, 400))
def test_no_bit_behind_the_end_is_read(data: bytes, count: int) -> None:
    bits = Bits(data)
    if count <= 8 * len(data):
        assert bits.read(count) == int.from_bytes(data, "big") >> 8 * len(data) - count
        return
    with pytest.raises(PeerError) as refused:
        bits.read(count)
    assert refused.value.wrong is Wrong.MALFORMED


@pytest.mark.parametrize("data", [b"", b"\x00", bytes(4), bytes(100), b"\x00\x00\x00\x00\x40", bytes(4) + b"\x7f"])
def test_numbers_without_end_are_refused(data: bytes) -> None:
    with pytest.raises(PeerError):
        Bits(data).golomb()


def test_a_huge_set_is_read_as_far_as_its_bound() -> None:
    bits = Bits(b"\xff" * (1 << 20))
    assert bits.read(8 * MAX_BYTES) == (1 << 8 * MAX_BYTES) - 1
    with pytest.raises(PeerError):
        bits.read(1)


def escaped(payload: bytes) -> bytes:
    """Section 7.4.1, written anew: no three octets 00 00 00 to 00 00 03 in a row."""
    out, zeros = bytearray(), 0
    for octet in payload:
        if zeros >= 2 and octet <= 3:
            out.append(3)
            zeros = 0
        out.append(octet)
        zeros = zeros + 1 if octet == 0 else 0
    return bytes(out)


@given(st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4, 255]), max_size=60).map(bytes))
def test_emulation_prevention_is_taken_out(payload: bytes) -> None:
    assert unescaped(escaped(payload)) == payload
