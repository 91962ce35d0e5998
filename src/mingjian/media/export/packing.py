"""Finished parts become the one file of a clip: an MP4 where there is one part, else a ZIP with all of them."""

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.media.export.model import Clip, Part

MANIFEST: Final = "manifest.json"
_CHUNK: Final = 1 << 20
_LARGE: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Made:
    """The file of a clip before it gets its name."""

    path: Path
    suffix: str


class Package:
    """Takes parts as they are finished; stored in the ZIP, since video does not get smaller.

    `tick` is called between chunks. Raises OSError as the system gives it.
    """

    def __init__(self, folder: Path, clip: Clip, tick: Callable[[], None]) -> None:
        self._path = folder / "clip.zip"
        self._clip = clip
        self._tick = tick
        self._zip: ZipFile | None = None
        self._first: tuple[Part, Path] | None = None

    def add(self, part: Part, path: Path) -> Part:
        """Take a finished part; it is returned with its size and digest."""
        part = replace(part, size=path.stat().st_size, sha256=file_digest(path, self._tick).hex())
        if self._first is None and self._zip is None and len(self._clip.channels) == 1:
            self._first = part, path  # it may stay the only one
            return part
        if self._first is not None:
            self._pack(*self._first)
            self._first = None
        self._pack(part, path)
        return part

    @property
    def single_name(self) -> str | None:
        """What the only part is called, when there is no other: as the file that people get."""
        return f"{self._clip.file_name}.mp4" if self._first is not None else None

    def close(self, manifest: bytes) -> Made:
        """The finished file."""
        if self._first is not None:
            return Made(self._first[1], "mp4")
        assert self._zip is not None
        with self._zip as packed:
            packed.writestr(_entry(MANIFEST, self._clip.end_us), manifest)
        return Made(self._path, "zip")

    def abandon(self) -> None:
        """Close the file as it is, writing nothing more; without effect once `close` was called."""
        if self._zip is not None and self._zip.fp is not None:
            self._zip.fp.close()
            self._zip.fp = None

    def _pack(self, part: Part, path: Path) -> None:
        if self._zip is None:
            self._zip = ZipFile(self._path, "x", ZIP_STORED)
        entry = _entry(part.name, part.start_us)
        large = part.size > _LARGE
        with path.open("rb") as source, self._zip.open(entry, "w", force_zip64=large) as target:
            while chunk := source.read(_CHUNK):
                target.write(chunk)
                self._tick()
        path.unlink()


def _entry(name: str, at_us: int) -> ZipInfo:
    moment = to_datetime(at_us).astimezone(SHANGHAI)
    entry = ZipInfo(name, (max(1980, moment.year), *moment.timetuple()[1:6]))
    entry.compress_type = ZIP_STORED
    entry.external_attr = 0o600 << 16
    return entry


def file_digest(path: Path, tick: Callable[[], None]) -> bytes:
    """The SHA-256 of a file."""
    digest = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
            tick()
    return digest.digest()


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
