"""How much memory a piece of work takes, in a process that did other things before."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def _resident(field: str) -> int:
    """Bytes by `/proc/self/status`: VmRSS now, VmHWM at most so far."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith(f"{field}:"))


@contextmanager
def grows_by_less_than(most: int) -> Iterator[None]:
    """Asserts that resident memory is never `most` bytes or more above what it is now."""
    Path("/proc/self/clear_refs").write_text("5")  # the highest mark begins anew: proc(5)
    before = _resident("VmRSS")
    yield
    assert _resident("VmHWM") - before < most
