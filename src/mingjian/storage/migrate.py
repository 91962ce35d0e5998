"""Bring a database to the schema of this program. Forward only: the way back is the backup from before."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Final

from sqlalchemy import inspect, text
from sqlalchemy.engine import Connection

from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Database, connected
from mingjian.storage.errors import MIGRATION_BROKE_REFERENCES, SCHEMA_AHEAD, SCHEMA_BEHIND
from mingjian.storage.protection import owns_tables

_SCRIPTS: Final = Path(__file__).with_name("migrations")
_WAIT_MS: Final = 600_000
# Any fixed number will do; this one is "mingjian" in ASCII.
_ADVISORY_LOCK: Final = 0x6D696E676A69616E


def head() -> str:
    """The revision that this program needs."""
    return revisions()[-1]


@cache
def revisions() -> tuple[str, ...]:
    """Every revision, first to last: a file has the name of its revision, and names count up."""
    return tuple(sorted(file.stem for file in _SCRIPTS.glob("versions/[0-9]*.py")))


def current(database: Database) -> str | None:
    """The revision of the database; None when it is empty."""
    with connected(database.engine) as connection:
        return _current(connection)


def _current(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def upgrade(database: Database, revision: str = "head") -> None:
    """Run what is missing, all or nothing. Several processes may call it at once: one works, the others wait.

    Raises MingjianError SCHEMA_AHEAD when the database belongs to a newer program, SCHEMA_BEHIND when whoever is
    connected does not own its tables, and MIGRATION_BROKE_REFERENCES when a migration would leave rows that refer to
    nothing (SQLite, whose checks are off while tables are rebuilt).
    Where nothing is missing it reads one row: the check of references reads everything, for minutes at a large site.
    """
    if revision == "head" and current(database) == head():
        return
    with _locked(database) as connection:
        found = _current(connection)
        _refuse_unknown(found)
        if not owns_tables(connection):
            raise MingjianError(SCHEMA_BEHIND, found=found or "-", needed=head())
        _run(connection, revision)


def require_head(database: Database) -> None:
    """Raise MingjianError SCHEMA_BEHIND or SCHEMA_AHEAD unless the database is at this program's revision."""
    found = current(database)
    _refuse_unknown(found)
    if found != head():
        raise MingjianError(SCHEMA_BEHIND, found=found or "-", needed=head())


def _refuse_unknown(found: str | None) -> None:
    if found is not None and found not in revisions():
        raise MingjianError(SCHEMA_AHEAD, found=found)


@contextmanager
def _locked(database: Database) -> Iterator[Connection]:
    with connected(database.engine) as connection:
        lock = _lock_sqlite if connection.dialect.name == "sqlite" else _lock_postgresql
        lock(connection)
        yield connection
        if connection.dialect.name == "sqlite":
            _check_references(connection)
        connection.commit()


def _lock_sqlite(connection: Connection) -> None:
    # The changed settings must not go back to the pool.
    connection.detach()
    connection.exec_driver_sql(f"PRAGMA busy_timeout={_WAIT_MS}")
    # Batch mode rebuilds tables: with foreign keys on, dropping the old one would delete the rows that refer to it.
    connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lock_postgresql(connection: Connection) -> None:
    connection.execute(text(f"SET LOCAL lock_timeout = {_WAIT_MS}"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})


def _check_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise MingjianError(MIGRATION_BROKE_REFERENCES, count=len(broken), tables=tables)


def _run(connection: Connection, revision: str) -> None:
    # A tenth of a second to import, which no start but the first one of a program needs.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
