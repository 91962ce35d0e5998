"""What is pinned is pinned by version and hash: a lock says nothing of where things come from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted([*ROOT.glob("requirements/*.lock"), ROOT / "web" / "package-lock.json"])


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_no_address(lock: Path) -> None:
    """npm writes pages of sponsors beside each package that it adds; they go out of the lock by hand."""
    lines = lock.read_text(encoding="utf-8").splitlines()
    assert len(lines) > 100
    assert [line.strip() for line in lines if re.search(r"(https?|file|git)[+:]*//", line)] == []
