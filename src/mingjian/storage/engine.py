"""Open the database and run transactions. Services take a `Transaction` and never commit themselves."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pysqlite3
from sqlalchemy import CursorResult, Engine, Executable, MetaData, create_engine, event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.redaction import redact_text
from mingjian.storage.errors import DATABASE_BUSY, DATABASE_UNAVAILABLE, DATABASE_URL_UNKNOWN, SQLITE_TOO_OLD

# Names that both engines and Alembic's batch mode agree on; an unnamed constraint cannot be altered later.
METADATA: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every domain's `store.py` adds its own tables; migrations are the truth, a test compares the two."""

# Earlier libraries can corrupt a database when a WAL is reset while several processes write.
SQLITE_MINIMUM: Final = (3, 51, 3)
BUSY_TIMEOUT_MS: Final = 10_000
_WAL_RETRY_S: Final = 0.02
# One connection for each thread of the API's pool (40) and some to spare.
_POOL: Final[Mapping[str, Any]] = {"pool_size": 10, "max_overflow": 40, "pool_timeout": BUSY_TIMEOUT_MS / 1000}
# lock_not_available, deadlock_detected, serialization_failure
_PG_BUSY: Final = frozenset({"55P03", "40P01", "40001"})
# idle_in_transaction_session_timeout
_PG_OUT_OF_TIME: Final = "25P03"


class Transaction:
    """One unit of work. Effects and their audit entries share it; callbacks run only once it is durable."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._after_commit: list[Callable[[], None]] = []
        self._gathered: dict[Callable[[Transaction, Collection[Any]], None], set[Any]] = {}

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

    @contextmanager
    def savepoint(self) -> Iterator[None]:
        """What happens inside is undone by an exception, without losing the rest of the transaction."""
        with self._connection.begin_nested():
            yield

    def gather(self, last: Callable[["Transaction", Collection[Any]], None], item: Any) -> None:
        """Have `last` called with all that was gathered for it, each once, as the last thing before the commit."""
        self._gathered.setdefault(last, set()).add(item)

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Run `callback` once this transaction is committed (hints to other roles); never if it is not."""
        self._after_commit.append(callback)


class Database:
    """The door to one database; safe to share between threads, not between forked processes.

    SQLite writers run one after the other. PostgreSQL writers run side by side at READ COMMITTED: what must not be
    decided twice needs a constraint or `with_for_update()` (which SQLite ignores, rightly). A writer that says nothing
    for BUSY_TIMEOUT_MS in the middle of its transaction has lost it there, and learns so as DATABASE_UNAVAILABLE.

    `read` and `write` raise MingjianError DATABASE_BUSY when a lock is not had in BUSY_TIMEOUT_MS and
    DATABASE_UNAVAILABLE when the database cannot be reached or its disk is full; IntegrityError passes as it is.
    """

    def __init__(self, url: str) -> None:
        """Open `url` (`sqlite:///path` or `postgresql://…`); connects at the first transaction.

        Raises MingjianError SQLITE_TOO_OLD when the SQLite library is older than SQLITE_MINIMUM and
        DATABASE_URL_UNKNOWN for any other kind of address, SQLite in memory included, and DATABASE_UNAVAILABLE when
        the folder of an SQLite file cannot be made.
        """
        parsed = _parse(url)
        if parsed.get_backend_name() == "sqlite":
            self.engine = self._reading = _sqlite(parsed)
        else:
            self.engine = _postgresql(parsed)
            self._reading = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._closed = False
        # The pool forgets what is in use when it ends: such a connection would stay open until it is collected.
        event.listen(self.engine, "checkin", self._given_back)

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A consistent snapshot; nothing it does is kept."""
        with connected(self._reading) as connection:
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield Transaction(connection)
            connection.rollback()

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that commits on leaving and rolls back on any exception."""
        with connected(self.engine) as connection:
            if connection.dialect.name == "sqlite":
                # Taking the write lock at once: a read transaction that upgrades is the classic SQLITE_BUSY.
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            else:
                # Whoever is frozen in the middle of it must not hold its rows from everybody for good.
                connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = {BUSY_TIMEOUT_MS}")
            transaction = Transaction(connection)
            yield transaction
            for last, gathered in transaction._gathered.items():  # noqa: SLF001 - the class's own other half
                last(transaction, gathered)
            connection.commit()
        for callback in transaction._after_commit:  # noqa: SLF001 - the class's own other half
            callback()

    def close(self) -> None:
        """End all connections; what a thread still reads with ends when that thread gives it back."""
        self._closed = True
        self.engine.dispose()

    def _given_back(self, _connection: object, record: ConnectionPoolEntry) -> None:
        if self._closed:
            record.invalidate()


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """A connection whose trouble is declared (see `Database`); for `storage` itself, others use transactions."""
    try:
        with engine.connect() as connection:
            yield connection
    except (OperationalError, PoolTimeoutError) as error:
        raise _declared(error) from error
    except DatabaseError as error:
        out_of_time = getattr(error.orig, "sqlstate", None) == _PG_OUT_OF_TIME
        if type(error) is not DatabaseError and not out_of_time:  # a constraint, a value: for who wrote the statement
            raise
        raise _declared(error) from error  # the file is no database, or its pages are damaged


def _declared(error: DatabaseError | PoolTimeoutError) -> MingjianError:
    cause = error.orig if isinstance(error, DatabaseError) and error.orig is not None else error
    reason = redact_text(str(cause).strip())
    waited = isinstance(error, PoolTimeoutError) or getattr(cause, "sqlstate", None) in _PG_BUSY
    if waited or "is locked" in reason:
        return MingjianError(DATABASE_BUSY, seconds=BUSY_TIMEOUT_MS // 1000)
    return MingjianError(DATABASE_UNAVAILABLE, reason=reason)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise MingjianError(DATABASE_URL_UNKNOWN, url=redact_text(url)) from error
    backend = parsed.get_backend_name()
    in_memory = backend == "sqlite" and parsed.database in (None, "", ":memory:")
    if backend not in ("sqlite", "postgresql") or in_memory:
        raise MingjianError(DATABASE_URL_UNKNOWN, url=redact_text(url))
    return parsed


def _sqlite(url: URL) -> Engine:
    found = tuple(int(part) for part in pysqlite3.sqlite_version.split("."))
    if found < SQLITE_MINIMUM:
        raise MingjianError(
            SQLITE_TOO_OLD, found=pysqlite3.sqlite_version, needed=".".join(str(part) for part in SQLITE_MINIMUM)
        )
    assert url.database
    try:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise MingjianError(DATABASE_UNAVAILABLE, reason=str(error)) from error
    engine = create_engine(
        url.set(drivername="sqlite"),
        module=pysqlite3,
        poolclass=QueuePool,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_MS / 1000},
        **_POOL,
    )
    event.listen(engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver must not open transactions on its own: `write` says BEGIN IMMEDIATE, `read` says BEGIN.
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}").close()
    _switch_to_wal(connection)
    for pragma in ("synchronous=FULL", "foreign_keys=ON", "trusted_schema=OFF"):
        connection.execute(f"PRAGMA {pragma}").close()


def _switch_to_wal(connection: Any) -> None:
    """Wait as for any other lock: where two switch a new file at once, SQLite refuses one without waiting."""
    give_up = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").close()
        except pysqlite3.OperationalError as error:
            if "is locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(_WAL_RETRY_S)
        else:
            return


def _postgresql(url: URL) -> Engine:
    return create_engine(
        url.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5, "options": f"-c lock_timeout={BUSY_TIMEOUT_MS} -c timezone=UTC"},
        **_POOL,
    )
