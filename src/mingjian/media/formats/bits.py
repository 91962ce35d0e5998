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
