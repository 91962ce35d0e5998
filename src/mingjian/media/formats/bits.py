"""Reads the fields of a parameter set: fixed numbers of bits and Exp-Golomb codes (H.264, H.265, section 9)."""

from typing import Final

from mingjian.media.formats.errors import PeerError, Wrong

MAX_BYTES: Final = 512


def unescaped(nal: bytes) -> bytes:
    """The payload of a NAL unit without its emulation prevention bytes (section 7.4.1)."""
    return nal.replace(b"\x00\x00\x03", b"\x00\x00")


class Bits:
    """A bit reader that refuses to run past its end, with PeerError MALFORMED."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:MAX_BYTES], "big")
        self._left = len(data[:MAX_BYTES]) * 8

    def read(self, count: int) -> int:
        """u(n): the next `count` bits."""
        self._left -= count
        if self._left < 0:
            raise PeerError(Wrong.MALFORMED, "a parameter set that ends early")
        return self._value >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        """ue(v), at most 32 leading zeros."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise PeerError(Wrong.MALFORMED, "a parameter set with an endless number")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed_golomb(self) -> int:
        """se(v)."""
        value = self.golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def skip_to_chroma_location(bits: Bits) -> None:
    """Read over how the VUI of both standards begins: aspect ratio to chroma location (section E.2.1)."""
    if bits.read(1) and bits.read(8) == 255:
        bits.read(32)
    if bits.read(1):
        bits.read(1)
    if bits.read(1):
        bits.read(4)
        if bits.read(1):
            bits.read(24)
    if bits.read(1):
        bits.golomb()
        bits.golomb()


def frame_rate(bits: Bits, ticks: int = 1) -> float:
    """Frames a second by num_units_in_tick and time_scale, where a frame lasts so many ticks; 0.0 for the absurd."""
    units, scale = bits.read(32), bits.read(32)
    rate = scale / (ticks * units) if units else 0.0
    return round(rate, 3) if 0 < rate <= 240 else 0.0
