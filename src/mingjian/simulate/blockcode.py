"""A number drawn in the picture as black and white cells, readable after lossy coding.

Geometry, fixed in source pixels and independent of the size of the picture:

* The code fills the rectangle x 0..255, y 0..15 (top-left corner of the picture): 2 rows of 32 cells, each cell
  8 x 8 pixels. Cell `i` (0..63) has its top-left pixel at ``x = 8 * (i % 32)``, ``y = 8 * (i // 32)``.
* Bits, one a cell, white = 1 (luma 235), black = 0 (luma 16):
  cells 0..7 the sync pattern ``1 0 1 1 0 0 1 0`` (0xB2); cells 8..55 the number, 48 bits, most significant first;
  cells 56..63 a CRC-8, most significant bit first (polynomial 0x07, initial value 0xFF, no reflection, no final
  xor) over the number as 6 big-endian octets.
* To read a cell, average the brightness of its inner 4 x 4 pixels (offsets 2..5 both ways). The threshold is the
  middle between the mean of the four white and the mean of the four black sync cells, which must lie at least 60 of
  255 apart. Then the sync bits and the CRC must agree, else there is no code.

The rules need brightness only, so that a browser reads the same from a canvas drawn at the natural size of the video
with ``(r + g + b) / 3``. A picture must be at least 256 x 16 pixels.
"""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

CELL: Final = 8
COLUMNS: Final = 32
ROWS: Final = 2
WIDTH: Final = CELL * COLUMNS
HEIGHT: Final = CELL * ROWS
VALUE_BITS: Final = 48
SYNC: Final = 0xB2
WHITE: Final = 235
BLACK: Final = 16
CONTRAST: Final = 60

_INNER: Final = slice(2, 6)
_SYNC_BITS: Final = np.array([SYNC >> (7 - i) & 1 for i in range(8)], dtype=bool)

Picture = npt.NDArray[np.uint8]


def crc8(octets: bytes) -> int:
    """CRC-8 with polynomial 0x07 and initial value 0xFF."""
    crc = 0xFF
    for octet in octets:
        crc ^= octet
        for _ in range(8):
            crc = (crc << 1) ^ (0x07 if crc & 0x80 else 0)
            crc &= 0xFF
    return crc


def draw(picture: Picture, value: int) -> None:
    """Draw `value` into `picture` in place: luma of shape (h, w), or RGB of shape (h, w, 3).

    Raises ValueError for a number outside 48 bits or a picture smaller than the code.
    """
    _check(picture)
    cells = _bits(value).reshape(ROWS, COLUMNS)
    pixels = np.where(cells, WHITE, BLACK).astype(np.uint8).repeat(CELL, axis=0).repeat(CELL, axis=1)
    picture[:HEIGHT, :WIDTH] = pixels if picture.ndim == 2 else pixels[:, :, None]


def read(picture: Picture) -> int | None:
    """Return the number drawn in `picture` (luma or RGB as in `draw`), or None when no valid code is there.

    Raises ValueError for a picture smaller than the code.
    """
    _check(picture)
    means = _cell_means(picture[:HEIGHT, :WIDTH])
    white, black = means[:8][_SYNC_BITS].mean(), means[:8][~_SYNC_BITS].mean()
    if white - black < CONTRAST:
        return None
    number = int("".join("1" if cell > (white + black) / 2 else "0" for cell in means), 2)
    sync, value, crc = number >> 56, number >> 8 & (1 << VALUE_BITS) - 1, number & 0xFF
    return value if sync == SYNC and crc == crc8(value.to_bytes(6, "big")) else None


def _check(picture: Picture) -> None:
    if picture.shape[0] < HEIGHT or picture.shape[1] < WIDTH:
        raise ValueError(f"the block code needs {WIDTH} x {HEIGHT} pixels, the picture has shape {picture.shape}")


def _bits(value: int) -> npt.NDArray[np.bool_]:
    if not 0 <= value < 1 << VALUE_BITS:
        raise ValueError(f"{value} does not fit in {VALUE_BITS} bits")
    octets = value.to_bytes(6, "big")
    return np.unpackbits(np.frombuffer(bytes((SYNC, *octets, crc8(octets))), np.uint8)).astype(bool)


def _cell_means(area: Picture) -> npt.NDArray[Any]:
    grey = area if area.ndim == 2 else area.mean(axis=2)
    cells = grey.reshape(ROWS, CELL, COLUMNS, CELL)[:, _INNER, :, _INNER]
    return np.asarray(cells.mean(axis=(1, 3)), dtype=np.float64).reshape(-1)
