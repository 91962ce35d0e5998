"""On which database engines a test runs: on both unless it says otherwise."""

import pytest

ENGINES = ("sqlite", "postgresql")
_BREADTH = pytest.mark.breadth

# Where several processes make a test long, `make test` has it on one engine and `make soak` on the other.
mostly_sqlite = pytest.mark.parametrize(
    "engine", ["sqlite", pytest.param("postgresql", marks=_BREADTH)], scope="session"
)
mostly_postgresql = pytest.mark.parametrize(
    "engine", [pytest.param("sqlite", marks=_BREADTH), "postgresql"], scope="session"
)
