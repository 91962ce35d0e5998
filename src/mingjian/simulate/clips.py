"""Encoded clips that are sent over and over: made once, kept in one file, held in memory.

The file (`.mjclip`): 8 octets `MAGIC`, 4 octets big-endian length of a JSON header, the header, then all NAL units one
after another. The header has the sizes of the units, and the SHA-256 of everything that follows it.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, get_args

import av

from mingjian.simulate import nal
from mingjian.simulate.encode import AccessUnit, Settings, encode

MAGIC: Final = b"MJCLIP1\n"
_MAX_HEADER: Final = 16 << 20
_MAX_FILE: Final = 1 << 30


class BadClip(ValueError):  # noqa: N818 - the name says what the file is
    """A clip file is damaged or not a clip; delete it and it is made again."""


@dataclass(frozen=True, slots=True)
class Clip:
    """An encoded loop, its units in the order of sending.

    The first unit is a key frame; every unit carries the numbering SEI of `nal`.
    """

    codec: nal.Codec
    width: int
    height: int
    fps: Fraction
    parameter_sets: tuple[bytes, ...]
    units: tuple[AccessUnit, ...]

    @property
    def duration_s(self) -> Fraction:
        return len(self.units) / self.fps

    @property
    def kbps(self) -> float:
        """The mean rate of the NAL units in 1000 bit/s."""
        octets = sum(len(unit) for frame in self.units for unit in frame.nals)
        return float(octets * 8 / self.duration_s / 1000)


def make(settings: Settings, frames: Iterator[av.VideoFrame]) -> Clip:
    """Encode `frames` into a clip."""
    parameter_sets, units = encode(settings, frames)
    return Clip(settings.codec, settings.width, settings.height, settings.fps, parameter_sets, tuple(units))


def joined(*parts: Clip) -> Clip:
    """One loop of several, such as pictures of different size: parameters change where one ends.

    Described by the parameter sets of the first. Raises ValueError unless all have the same codec and rate.
    """
    first, *others = parts
    if any((one.codec, one.fps) != (first.codec, first.fps) for one in others):
        raise ValueError("clips of different codec or rate make no loop")
    units: list[AccessUnit] = []
    for part in parts:
        begin = round(len(units) * 90000 / part.fps)
        units += [replace(unit, timestamp_90k=unit.timestamp_90k + begin) for unit in part.units]
    return replace(first, units=tuple(units))


def cached(path: Path, build: Callable[[], Clip]) -> Clip:
    """Load the clip at `path`, or build it and save it there. A damaged file is built again."""
    try:
        return load(path)
    except (FileNotFoundError, BadClip):
        clip = build()
        save(path, clip)
        return clip


def save(path: Path, clip: Clip) -> None:
    """Write `clip` to `path` at once: a reader sees the old file or the whole new one."""
    body = b"".join(unit for frame in clip.units for unit in frame.nals)
    header = json.dumps(_header(clip, hashlib.sha256(body).hexdigest())).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(MAGIC + len(header).to_bytes(4, "big") + header + body)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def load(path: Path) -> Clip:
    """Read the clip at `path`.

    Raises FileNotFoundError, and BadClip when the file is not whole.
    """
    if path.stat().st_size > _MAX_FILE:
        raise BadClip(f"{path.name} is larger than any clip")
    data = path.read_bytes()
    length = int.from_bytes(data[8:12], "big")
    if data[:8] != MAGIC or length > _MAX_HEADER or len(data) < 12 + length:
        raise BadClip(f"{path.name} is not a clip")
    body = data[12 + length :]
    try:
        header = json.loads(data[12 : 12 + length])
        if hashlib.sha256(body).hexdigest() != header["sha256"]:
            raise BadClip(f"{path.name} does not match its digest")
        return _clip(header, body)
    except (KeyError, TypeError, IndexError, AttributeError, ValueError, ZeroDivisionError) as error:
        raise BadClip(f"{path.name}: {error}") from error


def _header(clip: Clip, digest: str) -> dict[str, Any]:
    return {
        "codec": clip.codec,
        "width": clip.width,
        "height": clip.height,
        "fps": [clip.fps.numerator, clip.fps.denominator],
        "parameter_sets": [unit.hex() for unit in clip.parameter_sets],
        "units": [[int(u.key), u.timestamp_90k, [len(unit) for unit in u.nals]] for u in clip.units],
        "sha256": digest,
    }


def _clip(header: dict[str, Any], body: bytes) -> Clip:
    if header["codec"] not in get_args(nal.Codec):
        raise BadClip(f"unknown codec {header['codec']!r}")
    octets = _cutter(body)
    units = tuple(
        AccessUnit(tuple(octets(size) for size in sizes), bool(key), int(timestamp))
        for key, timestamp, sizes in header["units"]
    )
    if not units or not units[0].key or octets(1):
        raise BadClip("the frames do not fill the file or do not start with a key frame")
    return Clip(
        header["codec"],
        int(header["width"]),
        int(header["height"]),
        Fraction(*header["fps"]),
        tuple(bytes.fromhex(unit) for unit in header["parameter_sets"]),
        units,
    )


def _cutter(body: bytes) -> Callable[[int], bytes]:
    """Return a function that cuts the next `size` octets from `body`."""
    position = 0

    def cut(size: int) -> bytes:
        nonlocal position
        piece = body[position : position + size]
        position += size
        return piece

    return cut
