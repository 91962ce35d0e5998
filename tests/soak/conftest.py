"""Where the footage of long counts goes: beside the project, gone afterwards. Pytest would keep it for days."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def footage() -> Iterator[Path]:
    parent = ROOT / ".bench"
    parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=parent, prefix="s") as folder:
        yield Path(folder)


def require_space(folder: Path, needed_bytes: int) -> None:
    free = shutil.disk_usage(folder).free
    assert free > needed_bytes, f"{needed_bytes >> 30} GiB are needed beside the project, {free >> 30} GiB are free"
