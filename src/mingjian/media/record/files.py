"""All file I/O of a volume, in one small object: tests watch it, fail it, delay it and replay it."""

import ctypes
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final, Literal
from uuid import UUID

from mingjian.kernel.ids import VolumeId

FlushPolicy = Literal["syncfs", "fdatasync"]
Refused = Callable[[str, OSError], None]
IDENTITY_FILE: Final = "mingjian-volume.json"
_PIECE: Final = 1 << 20
_LIBC: Final = ctypes.CDLL(None, use_errno=True)
_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC


class SegmentFiles:
    """Files of one volume, by their path names under `root`. Raises OSError as the system gives it."""

    def __init__(self, root: Path, policy: FlushPolicy = "syncfs") -> None:
        self.root = root
        self._policy = policy
        self._new_folders: set[Path] = set()
        self._held: int | None = None

    # Writing

    def hold(self, volume_id: VolumeId) -> bool:
        """Hold the folder itself, when it is this volume, so that new files are made in it and in nothing else.

        What is mounted over it, or appears under its name when it is unmounted, gets nothing. False when the folder
        is another volume or none.
        """
        if self._held is not None and not self._is_root(self._held):
            self.release()  # mounted again: what is held is the one that was there before
        if self._held is None:
            held = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            if _identity(held) != volume_id:
                os.close(held)
                return False
            self._held = held
        return True

    def _is_root(self, held: int) -> bool:
        now, then = self.root.stat(), os.fstat(held)
        return (now.st_dev, now.st_ino) == (then.st_dev, then.st_ino)

    def release(self) -> None:
        """Hold the folder no more: it went, or another one came."""
        held, self._held = self._held, None
        if held is not None:
            os.close(held)

    def create(self, path_name: str) -> int:
        """A new file, opened for writing; the descriptor. Its folders are made when missing."""
        path = self.root / path_name
        try:
            descriptor = os.open(self._reached(path), _CREATE, 0o640, dir_fd=self._held)
        except FileNotFoundError:
            self._make_folders(path.parent)
            descriptor = os.open(self._reached(path), _CREATE, 0o640, dir_fd=self._held)
        self._new_folders.add(path.parent)
        return descriptor

    def append(self, descriptor: int, *parts: bytes) -> None:
        """Write all of `parts` in one call; a short write is continued, and fails where the disk is full."""
        _write(descriptor, parts)

    def cut(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def sever(self, path_name: str, descriptor: int, size: int) -> int:
        """Give the name to a copy of the first `size` bytes: whoever has the file open goes on writing to one without
        a name. Returns the copy, opened for writing; it is durable with the next sync.
        """
        path = self.root / path_name
        aside = path.with_name(f".{secrets.token_hex(4)}-{path.name}")  # another one may be at the same
        copy = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o640)
        try:
            for at in range(0, size, _PIECE):
                _write(copy, (self.read_at(descriptor, at, min(_PIECE, size - at)),))
            os.fsync(copy)
            aside.rename(path)
        except OSError:
            os.close(copy)
            aside.unlink(missing_ok=True)
            raise
        self._new_folders.add(path.parent)
        return copy

    def sync(self, descriptors: Sequence[int]) -> None:
        """Make everything written to these files durable, and the names of all new ones.

        `syncfs`: everything of the volume, in one call. Since Linux 5.8 it reports write errors as fsync does.
        """
        if self._policy == "syncfs":
            # One, unless the volume was mounted again and files of before are still open.
            for descriptor in {os.fstat(one).st_dev: one for one in descriptors}.values():
                self._sync_all(descriptor)
            self._new_folders.clear()
            return
        for descriptor in descriptors:
            os.fdatasync(descriptor)
        for folder in list(self._new_folders):
            self.sync_folder(folder)
            self._new_folders.discard(folder)

    def remove(self, path_name: str) -> None:
        """Remove a file for good; one that is gone already is fine."""
        path = self.root / path_name
        path.unlink(missing_ok=True)
        if path.parent.is_dir():
            self.sync_folder(path.parent)

    def remove_all(self, path_names: Iterable[str]) -> list[str]:
        """Remove many files for good, with as few syncs as can be; returns those that are gone."""
        gone, folders = [], set()
        for path_name in path_names:
            path = self.root / path_name
            try:
                path.unlink(missing_ok=True)
            except OSError:
                continue
            gone.append(path_name)
            folders.add(path.parent)
        present = [folder for folder in folders if folder.is_dir()]
        if self._policy == "syncfs" and present:
            descriptor = os.open(present[0], os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                self._sync_all(descriptor)
            finally:
                os.close(descriptor)
            return gone
        for folder in present:
            self.sync_folder(folder)
        return gone

    def _sync_all(self, descriptor: int) -> None:
        """The whole file system to which this belongs."""
        if _LIBC.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def sync_folder(self, folder: Path) -> None:
        descriptor = os.open(self._reached(folder), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=self._held)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    # Reading

    def open_existing(self, path_name: str, *, writing: bool = False) -> int:
        return os.open(self.root / path_name, (os.O_RDWR if writing else os.O_RDONLY) | os.O_CLOEXEC)

    def read_at(self, descriptor: int, offset: int, length: int) -> bytes:
        """`length` bytes, or fewer at the end of the file."""
        data = os.pread(descriptor, length, offset)
        while 0 < len(data) < length and (more := os.pread(descriptor, length - len(data), offset + len(data))):
            data += more
        return data

    def read(self, path_name: str, offset: int, length: int) -> bytes:
        descriptor = self.open_existing(path_name)
        try:
            return self.read_at(descriptor, offset, length)
        finally:
            os.close(descriptor)

    def size(self, path_name: str) -> int | None:
        """Bytes of a file; None when there is none."""
        try:
            return (self.root / path_name).stat().st_size
        except FileNotFoundError:
            return None

    def forget_pages(self, descriptor: int) -> None:
        """Let the page cache drop what was read: who reads everything must not push out what others need."""
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)

    def names(self, after: str = "", refused: Refused | None = None) -> Iterator[tuple[str, int]]:
        """Every file with its size, folder by folder in order; the identity file and what begins with a dot left out.

        `after`: go on behind this one. `refused` is told of each folder or file that cannot be listed, which is then
        left out; without it the OSError is raised.
        """
        yield from _names(self.root, "", tuple(after.split("/")) if after else (), refused)

    # The volume

    def free_bytes(self) -> int:
        """What an ordinary program may still write."""
        found = os.statvfs(self.root)
        return found.f_bavail * found.f_frsize

    def total_bytes(self) -> int:
        found = os.statvfs(self.root)
        return found.f_blocks * found.f_frsize

    def writable(self) -> bool:
        """False on a file system that is mounted read-only, as Linux does when a disk fails."""
        return not os.statvfs(self.root).f_flag & os.ST_RDONLY

    def identity(self) -> VolumeId | None:
        """Which volume the folder that has this path now says that it is."""
        try:
            descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return _identity(descriptor)
        finally:
            os.close(descriptor)

    def identify(self, volume_id: VolumeId) -> None:
        """Make the folder and write into it which volume it is; durable on return."""
        self._make_folders(self.root)
        aside = self.root / f".{IDENTITY_FILE}"
        with aside.open("w") as file:
            json.dump({"volume": str(volume_id)}, file)
            file.flush()
            os.fsync(file.fileno())
        aside.rename(self.root / IDENTITY_FILE)
        self.sync_folder(self.root)

    def _make_folders(self, folder: Path) -> None:
        for one in (*reversed(folder.parents), folder):
            if self._held is not None and not one.is_relative_to(self.root):
                continue
            try:
                os.mkdir(self._reached(one), 0o750, dir_fd=self._held)
            except (FileExistsError, IsADirectoryError):
                continue
            self._new_folders.add(one.parent)

    def _reached(self, path: Path) -> Path:
        """The path as the system is told it: from the folder that is held, when one is."""
        return path if self._held is None else path.relative_to(self.root)


def _write(descriptor: int, parts: Sequence[bytes]) -> None:
    size = sum(map(len, parts))
    written = os.writev(descriptor, parts)
    if written < size:
        rest = memoryview(b"".join(parts))
        while written < size:
            written += os.write(descriptor, rest[written:])


def _identity(folder: int) -> VolumeId | None:
    try:
        descriptor = os.open(IDENTITY_FILE, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)
        with open(descriptor, "rb") as file:  # noqa: PTH123 - a descriptor has no path
            return VolumeId(UUID(json.loads(file.read(10_000))["volume"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _names(folder: Path, prefix: str, after: tuple[str, ...], refused: Refused | None) -> Iterator[tuple[str, int]]:
    ordered = _listed(folder, prefix, refused)
    for entry in ordered:
        if entry.name.startswith(".") or prefix + entry.name == IDENTITY_FILE:
            continue
        if after and entry.name < after[0]:
            continue
        # Only on the way down to `after` is there something to leave out.
        behind = after[1:] if after and entry.name == after[0] else ()
        if entry.is_dir(follow_symlinks=False):
            yield from _names(folder / entry.name, f"{prefix}{entry.name}/", behind, refused)
        elif not after or entry.name > after[0]:
            try:
                size = entry.stat(follow_symlinks=False).st_size
            except FileNotFoundError:
                continue  # it went while the folder was listed
            except OSError as error:
                _refuse(prefix + entry.name, error, refused)
                continue
            yield prefix + entry.name, size


def _listed(folder: Path, prefix: str, refused: Refused | None) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda one: one.name)
    except FileNotFoundError:
        if not prefix:
            raise
        return []
    except OSError as error:
        _refuse(prefix, error, refused)
        return []


def _refuse(path_name: str, error: OSError, refused: Refused | None) -> None:
    if refused is None:
        raise error
    refused(path_name, error)
