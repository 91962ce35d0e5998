"""Recorders that are killed: a process that makes children, each of which records until somebody kills it.

Commands come as JSON lines on standard input: {"database": url, "folder": path}; the child's pid goes out. The modules
are loaded once, so that a death costs no start-up.
"""

import asyncio
import json
import os
import sys
from contextlib import closing
from pathlib import Path

from tests.unit.media.running import Studio

from mingjian.storage.engine import Database


async def _record(studio: Studio) -> None:
    async with studio.recording():
        await asyncio.Event().wait()


def main() -> None:
    print("ready", flush=True)  # noqa: T201 - what the test waits for
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if child == 0:
            os.dup2(2, 1)  # its log is not for the test
            with closing(Database(asked["database"])) as database:
                asyncio.run(_record(Studio(database, Path(asked["folder"]))))
            os._exit(0)
        print(child, flush=True)  # noqa: T201
        os.waitpid(child, 0)
        print("dead", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
