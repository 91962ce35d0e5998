"""A database as one file, and back: SQLite by its online backup, PostgreSQL by its own programs."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg
import pysqlite3
from psycopg.conninfo import conninfo_to_dict
from sqlalchemy.engine import make_url

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.redaction import redact_text
from mingjian.operations.backup.errors import DAMAGED, NO_ROOM, NOT_EMPTY, PG_FAILED, PG_TOOLS_MISSING, WRITING_FAILED

_MB: Final = 1 << 20
_TOOL_S: Final = 6 * 3_600
_ENVIRONMENT: Final[Mapping[str, str]] = {
    "host": "PGHOST",
    "hostaddr": "PGHOSTADDR",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}


def engine_of(url: str) -> str:
    """`sqlite` or `postgresql`."""
    return make_url(url).get_backend_name()


def sqlite_file(url: str) -> Path:
    return Path(make_url(url).database or "")


def dump(url: str, target: Path) -> None:
    """Write the database of `url` into the new file `target`, as it is at one moment; writers are not kept waiting.

    Raises MingjianError NO_ROOM, DAMAGED (the database itself), PG_TOOLS_MISSING, PG_FAILED or WRITING_FAILED.
    """
    try:
        os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        if engine_of(url) == "sqlite":
            _dump_sqlite(sqlite_file(url), target)
        else:
            _dump_postgresql(url, target)
    except OSError as error:
        raise MingjianError(WRITING_FAILED, path=target, reason=error.strerror or str(error)) from error


def _dump_sqlite(source: Path, target: Path) -> None:
    needed = source.stat().st_size
    free = shutil.disk_usage(target.parent).free
    if needed + _MB > free:
        raise MingjianError(NO_ROOM, path=target.parent, needed_mb=needed // _MB + 1, free_mb=free // _MB)
    try:
        with (
            closing(pysqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True)) as live,
            closing(pysqlite3.connect(str(target))) as copy,
        ):
            # In one step: in several it would begin anew with every commit of somebody else, of which there are two a
            # second. In WAL mode a reader keeps no writer waiting.
            live.backup(copy)
            copy.execute("PRAGMA journal_mode=DELETE")
            (said,) = copy.execute("PRAGMA quick_check(1)").fetchone()
    except pysqlite3.Error as error:
        raise MingjianError(WRITING_FAILED, path=target, reason=str(error)) from error
    if said != "ok":
        raise MingjianError(DAMAGED, detail=str(said)[:200])


def settle(path: Path) -> None:
    """Everything of an SQLite database into its one file: it is about to be moved."""
    with closing(pysqlite3.connect(str(path))) as connection:
        connection.execute("PRAGMA journal_mode=DELETE").fetchone()


def _dump_postgresql(url: str, target: Path) -> None:
    with target.open("wb") as output:
        _run("pg_dump", url, ("--format=custom", "--no-owner", "--no-privileges", "--compress=0"), stdout=output)


def restore_postgresql(url: str, source: Path) -> None:
    """Fill the empty database of `url`, all or nothing. Raises MingjianError PG_TOOLS_MISSING or PG_FAILED."""
    with source.open("rb") as content:
        words = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", "--dbname=")
        name = conninfo_to_dict(url).get("dbname") or ""
        _run("pg_restore", url, (*words[:-1], f"{words[-1]}{name}"), stdin=content)


def require_empty(url: str) -> None:
    """Raises MingjianError NOT_EMPTY when there are tables already, PG_FAILED when nobody answers."""
    if engine_of(url) == "sqlite":
        if sqlite_file(url).exists():
            raise MingjianError(NOT_EMPTY, path=sqlite_file(url).parent, found=sqlite_file(url).name)
        return
    try:
        with psycopg.connect(url) as connection:
            found = connection.execute(
                "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'"
            ).fetchone()
    except psycopg.Error as error:
        raise MingjianError(PG_FAILED, tool="PostgreSQL", reason=redact_text(str(error).strip())) from error
    if found is not None and found[0]:
        raise MingjianError(NOT_EMPTY, path=make_url(url).database, found=f"{found[0]} tables")


def _run(tool: str, url: str, words: tuple[str, ...], **streams: object) -> None:
    program = _program(tool)
    # In the environment: what stands in argv can be read by everybody on this machine.
    environ = os.environ | {
        _ENVIRONMENT[key]: str(value)
        for key, value in conninfo_to_dict(url).items()
        if key in _ENVIRONMENT and value is not None
    }
    try:
        done = subprocess.run(  # type: ignore[call-overload] # noqa: S603 - our own words
            [program, "--no-password", *words],
            env=environ,
            stderr=subprocess.PIPE,
            check=False,
            timeout=_TOOL_S,
            **streams,
        )
    except subprocess.TimeoutExpired as error:
        raise MingjianError(PG_FAILED, tool=tool, reason=f"{_TOOL_S} s") from error
    if done.returncode:
        said = redact_text(done.stderr.decode(errors="replace").strip())[-1_000:]
        raise MingjianError(PG_FAILED, tool=tool, reason=said or f"exit code {done.returncode}")


def _program(tool: str) -> str:
    on_path = shutil.which(tool)
    # Debian keeps each version's programs apart; the newest reads every older server.
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{tool}"), key=_version)
    if on_path is None and not installed:
        raise MingjianError(PG_TOOLS_MISSING, tool=tool)
    return str(installed[-1]) if installed else str(on_path)


def _version(path: Path) -> int:
    text = path.parts[-3]
    return int(text) if text.isdecimal() else 0
