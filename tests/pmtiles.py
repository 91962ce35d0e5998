"""Small maps as PMTiles version 3: one picture for every tile of a few zooms."""

from collections.abc import Mapping
from gzip import compress
from json import dumps
from struct import pack

Box = tuple[float, float, float, float]


def archive(tiles: Mapping[int, bytes], box: Box, *, zooms: tuple[int, int], kind: int = 2) -> bytes:
    """A file of `tiles` by their numbers along the Hilbert curve (`tile_number`); `box` west, south, east, north."""
    numbers = sorted(tiles)
    root = compress(_directory(numbers, [len(tiles[one]) for one in numbers]), mtime=0)
    about = compress(dumps({"name": "test"}).encode(), mtime=0)
    data = b"".join(tiles[one] for one in numbers)
    starts = (127, 127 + len(root), 127 + len(root) + len(about))
    sizes = (starts[0], len(root), starts[1], len(about), starts[2], 0, starts[2], len(data))
    corners = tuple(round(side * 10_000_000) for side in box)
    head = pack("<7sB11Q", b"PMTiles", 3, *sizes, len(numbers), len(numbers), len(numbers))
    head += pack("<6B4iB2i", 1, 2, 1, kind, *zooms, *corners, zooms[0], corners[0], corners[1])
    return head + root + about + data


def _directory(numbers: list[int], lengths: list[int]) -> bytes:
    """Differences of numbers, run lengths, lengths, offsets (0: right after the one before), all as varints."""
    steps = [now - before for before, now in zip([0, *numbers], numbers, strict=False)]
    values = [len(numbers), *steps, *([1] * len(numbers)), *lengths, 1, *([0] * (len(numbers) - 1))]
    return b"".join(map(_varint, values))


def _varint(value: int) -> bytes:
    found = b""
    while value > 127:
        found, value = found + bytes([value & 127 | 128]), value >> 7
    return found + bytes([value])


def tile_number(zoom: int, x: int, y: int) -> int:
    """Tiles of all zooms before, and the distance along the curve of this zoom."""
    found = ((1 << 2 * zoom) - 1) // 3
    size = 1 << zoom >> 1
    while size:
        right, low = int(x & size > 0), int(y & size > 0)
        found += size * size * (3 * right ^ low)
        if not low:
            if right:
                x, y = size - 1 - (x & size - 1), size - 1 - (y & size - 1)
            x, y = y, x
        size >>= 1
    return found
