"""Other people's programs as peers of tests: started on loopback, ended by their handle."""

import os
import select
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_S = 60.0
STOP_S = 20.0


class PeerDied(RuntimeError):  # noqa: N818 - what happened
    """A peer did not come up; the text is what it said last."""


@contextmanager
def running(
    command: Sequence[str],
    log: Path,
    *,
    environment: Mapping[str, str] | None = None,
    user: tuple[int, int] | None = None,
) -> Iterator["subprocess.Popen[bytes]"]:
    """A process until the end of the block, with pipes for its input and output; `user`: as whom (user, group)."""
    who: dict[str, Any] = {} if user is None else {"user": user[0], "group": user[1], "extra_groups": []}
    with log.open("wb") as errors:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **(environment or {})},
            **who,
        )
    try:
        yield process
    finally:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def line(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """The first line that it prints. Raises PeerDied when none comes in time."""
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], START_S)
    text = process.stdout.readline().decode() if readable else ""
    if not text:
        raise PeerDied(log.read_text(errors="replace")[-2000:])
    return text
