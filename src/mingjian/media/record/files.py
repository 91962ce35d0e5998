"""Every touch of the disk by the recorder goes through this one small object."""

import ctypes
import os
from pathlib import Path
from typing import Final

_LIBC: Final = ctypes.CDLL(None, use_errno=True)


class SegmentFiles:
    """Files of one volume. Raises OSError as the system gives it."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def create(self, path_name: str) -> int:
        """A new file, opened for writing; the descriptor. Its folders are made when missing."""
        path = self._root / path_name
        try:
            return os.open(path, _CREATE, 0o640)
        except FileNotFoundError:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
            return os.open(path, _CREATE, 0o640)

    def append(self, descriptor: int, data: bytes) -> None:
        """Write all of `data`; a short write is continued, and fails where the disk is full."""
        written = os.write(descriptor, data)
        while written < len(data):
            written += os.write(descriptor, memoryview(data)[written:])

    def cut(self, descriptor: int, size: int) -> None:
        os.ftruncate(descriptor, size)

    def close(self, descriptor: int) -> None:
        os.close(descriptor)

    def sync(self, descriptor: int) -> None:
        """Make everything written to this volume durable, new folders and names included (syncfs(2)).

        Since Linux 5.8 it reports write errors of this file system, as fsync does for a file.
        """
        if _LIBC.syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def read(self, path_name: str, offset: int, length: int) -> bytes:
        with (self._root / path_name).open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def open_existing(self, path_name: str) -> int:
        return os.open(self._root / path_name, os.O_RDWR | os.O_CLOEXEC)

    def read_at(self, descriptor: int, offset: int, length: int) -> bytes:
        return os.pread(descriptor, length, offset)

    def remove(self, path_name: str) -> None:
        """Remove a file; one that is gone already is fine."""
        (self._root / path_name).unlink(missing_ok=True)


_CREATE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
