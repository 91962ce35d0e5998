"""A file that takes up room beside the database, and is given up for it when the disk is full."""

import os
from pathlib import Path
from typing import Final

FILE_NAME: Final = "reserve"
# Made again only where there is this much more than it takes, so that it does not come and go.
_RESTORE: Final = 4


class Reserve:
    """`folder` is where the database is; `size_bytes` 0 keeps none. Nothing is raised: a reserve is a courtesy."""

    def __init__(self, folder: Path, size_bytes: int) -> None:
        self._path = folder / FILE_NAME
        self._size_bytes = size_bytes

    def tend(self, free_bytes: int | None = None) -> bool:
        """Give the file up where less than half of it is free, make it where there is plenty; whether it is there.

        `free_bytes` of the folder's disk; looked up when None.
        """
        try:
            free = self._free() if free_bytes is None else free_bytes
            if free < self._size_bytes // 2 or not self._size_bytes:
                self._path.unlink(missing_ok=True)
            elif not self._path.exists() and free >= _RESTORE * self._size_bytes:
                self._make()
            return self._path.exists()
        except OSError:
            return False

    def _free(self) -> int:
        found = os.statvfs(self._path.parent)
        return found.f_bavail * found.f_frsize

    def _make(self) -> None:
        aside = self._path.with_suffix(".new")
        with aside.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, self._size_bytes)
        aside.rename(self._path)
