"""Small real file systems that fill up, turn read-only and vanish. They need root; a test skips without."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

SIZE: Final = 40 << 20


def _run(*command: str | Path) -> bool:
    try:
        done = subprocess.run([str(one) for one in command], capture_output=True, timeout=60, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0


@dataclass
class SmallDisk:
    """ext4 in a file, or tmpfs where loop devices are missing. `root` is its mount point."""

    image: Path
    root: Path
    size: int = SIZE
    kind: str = ""

    def make(self) -> bool:
        self.root.mkdir(parents=True, exist_ok=True)
        with self.image.open("wb") as file:
            file.truncate(self.size)
        if _run("mkfs.ext4", "-q", "-F", "-m", "0", self.image) and self.mount():
            self.kind = "ext4"
        elif _run("mount", "-t", "tmpfs", "-o", f"size={self.size}", "none", self.root):
            self.kind = "tmpfs"
        return bool(self.kind)

    def mount(self) -> bool:
        return _run("mount", "-o", "loop", self.image, self.root)

    def unmount(self) -> None:
        """As if it were pulled out: whoever has files open keeps them, nobody finds it any more."""
        assert _run("umount", "-l", self.root)

    def break_down(self) -> None:
        """The kernel finds the file system damaged and makes it read-only under everybody."""
        assert _run("mount", "-o", "remount,abort", self.root)

    def repair(self) -> None:
        _run("umount", "-l", self.root)
        _run("e2fsck", "-fy", self.image)
        assert self.mount()

    @property
    def _filler(self) -> Path:
        return self.root / ".filler"

    def fill(self, leave: int = 0) -> None:
        """Somebody else writes until no more than `leave` bytes are free."""
        chunk = bytes(1 << 16)
        with self._filler.open("ab", buffering=0) as file:
            while shutil.disk_usage(self.root).free > leave:
                try:
                    file.write(chunk)
                    os.fsync(file.fileno())
                except OSError:
                    return

    def empty(self) -> None:
        self._filler.unlink(missing_ok=True)

    def free(self) -> int:
        return shutil.disk_usage(self.root).free


@contextmanager
def small_disk(folder: Path, name: str, size: int = SIZE) -> Iterator[SmallDisk]:
    """Skips the test where neither kind can be had."""
    disk = SmallDisk(folder / f"{name}.img", folder / name, size)
    if not disk.make():
        pytest.skip("needs root and loop devices or tmpfs")
    try:
        yield disk
    finally:
        while _run("umount", "-l", disk.root):
            pass
