"""Open the database and run transactions. Services take a `Transaction` and never commit themselves."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pysqlite3
from sqlalchemy import CursorResult, Engine, Executable, MetaData, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import QueuePool

from mingjian.kernel.errors import MingjianError
from mingjian.storage.errors import DATABASE_UNAVAILABLE, SQLITE_TOO_OLD

METADATA: Final = MetaData()
"""Every domain's `store.py` adds its own tables; migrations are the truth, a test compares the two."""

# Earlier libraries can corrupt a database when a WAL is reset while several processes write.
SQLITE_MINIMUM: Final = (3, 51, 3)
BUSY_TIMEOUT_MS: Final = 10_000


class Transaction:
    """One unit of work. Effects and their audit entries share it; callbacks run only once it is durable."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._after_commit: list[Callable[[], None]] = []

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._connection.dialect.name

    def execute(
        self, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> CursorResult[Any]:
        """Run one Core statement; a sequence of mappings runs it once for each."""
        result = self._connection.execute(statement, values)
        assert isinstance(result, CursorResult)
        return result

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run `callback` once this transaction is committed (hints to other roles); never if it is not."""
        self._after_commit.append(callback)


class Database:
    """The door to one database; safe to share between threads, not between forked processes."""

    def __init__(self, url: str) -> None:
        """Open `url` (`sqlite:///path` or `postgresql://…`).

        Raises MingjianError SQLITE_TOO_OLD when the SQLite library is older than SQLITE_MINIMUM.
        """
        self.engine = _sqlite(url) if url.startswith("sqlite") else _postgresql(url)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent snapshot; nothing it does is kept."""
        with self._connect() as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            else:
                connection.execution_options(isolation_level="REPEATABLE READ")
            yield Transaction(connection)
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that commits on leaving and rolls back on any exception."""
        with self._connect() as connection:
            if connection.dialect.name == "sqlite":
                # Taking the write lock at once: a read transaction that upgrades is the classic SQLITE_BUSY.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            transaction = Transaction(connection)
            yield transaction
            connection.commit()
        for callback in transaction._after_commit:  # noqa: SLF001 - the class's own other half
            callback()

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        try:
            connection = self.engine.connect()
        except OperationalError as error:
            raise MingjianError(DATABASE_UNAVAILABLE, reason=str(error.orig).strip()) from error
        with connection:
            yield connection

    def close(self) -> None:
        self.engine.dispose()


def _sqlite(url: str) -> Engine:
    found = tuple(int(part) for part in pysqlite3.sqlite_version.split("."))
    if found < SQLITE_MINIMUM:
        raise MingjianError(
            SQLITE_TOO_OLD, found=pysqlite3.sqlite_version, needed=".".join(str(part) for part in SQLITE_MINIMUM)
        )
    path = make_url(url).database
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(
        url, module=pysqlite3, poolclass=QueuePool, connect_args={"check_same_thread": False, "timeout": 10}
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver must not open transactions on its own: `write` says BEGIN IMMEDIATE, reads use autocommit snapshots.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _postgresql(url: str) -> Engine:
    return create_engine(make_url(url).set(drivername="postgresql+psycopg"), pool_pre_ping=True)
