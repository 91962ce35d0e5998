"""On which database engines a test runs: on both unless it, or its module with `MOSTLY`, says otherwise.

Where files and processes make a test long and the database plays a small part, `make test` has it on one engine and
`make soak` on the other.
"""

from typing import Any

import pytest

ENGINES = ("sqlite", "postgresql")


def on_engines(first: str | None) -> list[Any]:
    """Both engines; where there is a first one, the other is for `make soak`."""
    return [pytest.param(one, marks=[pytest.mark.breadth] * (first not in (None, one))) for one in ENGINES]


mostly_sqlite = pytest.mark.parametrize("engine", on_engines("sqlite"), scope="session")
mostly_postgresql = pytest.mark.parametrize("engine", on_engines("postgresql"), scope="session")
