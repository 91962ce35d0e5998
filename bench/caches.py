"""An empty page cache, as after a night."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Final

_DROP: Final = Path("/proc/sys/vm/drop_caches")


def how() -> str:
    """What `drop` can do here, for the remarks."""
    return "page cache dropped" if os.access(_DROP, os.W_OK) else "page cache of database and files given up"


def drop(paths: Iterable[Path]) -> None:
    """Forget what the kernel has of every file where that is permitted, else of these alone."""
    if os.access(_DROP, os.W_OK):
        os.sync()
        _DROP.write_text("3")
    else:
        give_up(paths)


def give_up(paths: Iterable[Path]) -> None:
    """Forget what the kernel has of these files (posix_fadvise)."""
    for path in paths:
        if path.exists():
            descriptor = os.open(path, os.O_RDONLY)
            os.fdatasync(descriptor)
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(descriptor)
