"""Maps of the site to draw below the cameras: files of PMTiles version 3 in the folder `map/` of the data folder.

Only their first 127 bytes are read here; a browser asks for the parts that it shows by byte ranges. Positions in them
are WGS-84, as everywhere.
"""

from dataclasses import dataclass
from pathlib import Path
from struct import Struct
from typing import Final

FOLDER: Final = "map"
ENDING: Final = ".pmtiles"
MOST: Final = 32
"""Files that are looked at."""

# PMTiles version 3, chapter "Header": magic, version, eleven offsets, lengths and counts; then whether clustered, two
# compressions, the kind of tile, two zooms, the corners in ten-millionths of a degree, and where to begin.
_HEADER: Final = Struct("<7sB11Q6B4iB2i")
_MAGIC: Final = (b"PMTiles", 3)
_KINDS: Final = {1: "mvt", 2: "png", 3: "jpeg", 4: "webp", 5: "avif"}
_DEGREE: Final = 10_000_000
_DEEPEST: Final = 26


@dataclass(frozen=True, slots=True)
class Basemap:
    """One file: its name without the ending, what its tiles are, and where it has some, in degrees of WGS-84."""

    name: str
    path: Path
    size: int
    tiles: str
    min_zoom: int
    max_zoom: int
    west: float
    south: float
    east: float
    north: float


def basemaps(data_dir: Path) -> list[Basemap]:
    """The readable maps of the site, by name. What is no such file is left out."""
    folder = data_dir / FOLDER
    if not folder.is_dir():
        return []
    files = sorted(path for path in folder.iterdir() if path.suffix == ENDING and path.is_file())
    return [found for path in files[:MOST] if (found := _basemap(path)) is not None]


def _basemap(path: Path) -> Basemap | None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEADER.size)
        return described(path, path.stat().st_size, head)
    except (OSError, ValueError):
        return None


def described(path: Path, size: int, head: bytes) -> Basemap:
    """What the first bytes of a file say. Raises ValueError where they are not those of such a file."""
    if len(head) != _HEADER.size:
        raise ValueError("too short for a header")
    magic, version, *fields = _HEADER.unpack(head)
    if (magic, version) != _MAGIC:
        raise ValueError("not PMTiles version 3")
    _clustered, _inside, _outside, kind, low, high = fields[11:17]
    west, south, east, north = (one / _DEGREE for one in fields[17:21])
    if kind not in _KINDS or not low <= high <= _DEEPEST or not (west < east and south < north):
        raise ValueError("no tiles that a map could show")
    return Basemap(path.stem, path, size, _KINDS[kind], low, high, west, south, east, north)
