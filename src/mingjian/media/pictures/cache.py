"""Thumbnails on the disk: bounded, the least used go first. Never part of the store: whatever is lost is made again.

A thumbnail is `<channel>/<segment>/<digest of the key frame's fragment>-<width>.jpg`. It is looked for only after its
footage was found in the index, so that one without footage is never shown; `forget_gone` removes it.
"""

import os
import secrets
import shutil
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Final
from uuid import UUID

from mingjian.kernel.ids import ChannelId, SegmentId

FOLDER: Final = Path("cache") / "pictures"
"""In the data directory."""
_FREE_LOOK_BYTES: Final = 4 << 20


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """Which picture: the key frame in the fragment with this SHA-256, at most `width` pixels wide."""

    channel_id: ChannelId
    segment_id: SegmentId
    digest: bytes
    width: int

    @property
    def name(self) -> str:
        return f"{self.channel_id}/{self.segment_id}/{self.digest.hex()[:32]}-{self.width}.jpg"


class PictureCache:
    """At most `most_bytes` in `folder`, and nothing more once less than `floor_bytes` of the disk are free.

    Safe to use from several threads. Another process may remove what it likes; only one process adds.
    """

    def __init__(self, folder: Path, most_bytes: int, floor_bytes: int = 0) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._floor_bytes = floor_bytes
        self._sizes: OrderedDict[str, int] | None = None
        self._total = 0
        self._unlooked = 0
        self._room = True
        self._lock = Lock()

    @property
    def total_bytes(self) -> int:
        return self._total

    def get(self, key: Thumbnail) -> bytes | None:
        try:
            data = (self._folder / key.name).read_bytes()
        except OSError:
            return None
        with self._lock:
            if self._sizes is not None and key.name in self._sizes:
                self._sizes.move_to_end(key.name)
        return data

    def put(self, key: Thumbnail, data: bytes) -> None:
        """Keep a thumbnail; without effect where there is no room, or the disk refuses."""
        if len(data) > self._most_bytes:
            return
        with suppress(OSError), self._lock:
            sizes = self._known()
            if not self._has_room(len(data)):
                return
            path = self._folder / key.name
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            written = path.with_suffix(f".{secrets.token_hex(4)}.new")
            written.write_bytes(data)
            written.replace(path)
            self._total += len(data) - sizes.pop(key.name, 0)
            sizes[key.name] = len(data)
            while self._total > self._most_bytes:
                name, size = sizes.popitem(last=False)
                self._total -= size
                (self._folder / name).unlink(missing_ok=True)

    def _has_room(self, size: int) -> bool:
        self._unlooked -= size
        if self._unlooked < 0:
            self._unlooked = _FREE_LOOK_BYTES
            self._room = shutil.disk_usage(self._folder).free > self._floor_bytes
        return self._room

    def _known(self) -> OrderedDict[str, int]:
        """What is there, the longest unused first; found out once."""
        if self._sizes is None:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            found = sorted(_files(self._folder))
            self._sizes = OrderedDict((name, size) for _, name, size in found)
            self._total = sum(self._sizes.values())
        return self._sizes


def _files(folder: Path) -> Iterator[tuple[float, str, int]]:
    """Time, name and size of each thumbnail; what a death left half written is removed."""
    for path in folder.glob("*/*/*"):
        with suppress(OSError):
            if path.suffix == ".new":
                path.unlink()
            else:
                status = path.stat()
                yield status.st_mtime, path.relative_to(folder).as_posix(), status.st_size


def forget_gone(folder: Path, may_show: Callable[[UUID], bool], still_there: Callable[[list[UUID]], set[UUID]]) -> int:
    """Remove the thumbnails of channels that may not be shown, and of segments that are gone.

    Returns how many segments. What is not named as thumbnails are is left alone.
    """
    removed = 0
    for channel in _folders(folder):
        segments = dict(_folders_by_id(channel))
        shown = _id_of(channel)
        kept = still_there(list(segments)) if shown is not None and may_show(shown) else set()
        for segment_id, path in segments.items():
            if segment_id not in kept:
                shutil.rmtree(path, ignore_errors=True)
                removed += 1
        with suppress(OSError):
            channel.rmdir()  # when it is empty
    return removed


def _folders_by_id(folder: Path) -> Iterator[tuple[UUID, Path]]:
    for path in _folders(folder):
        if (found := _id_of(path)) is not None:
            yield found, path


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return [Path(entry.path) for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def _id_of(path: Path) -> UUID | None:
    try:
        return UUID(path.name)
    except ValueError:
        return None
