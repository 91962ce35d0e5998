"""Transactions on real databases."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path

import psycopg
import pysqlite3
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from mingjian.kernel.errors import MingjianError
from mingjian.storage import engine as engine_module
from mingjian.storage import jobs
from mingjian.storage.engine import Database, Transaction


def test_a_write_is_kept_and_its_callbacks_run_after_the_commit(database: Database) -> None:
    seen: list[int] = []

    def look() -> None:
        with database.read() as tx:
            seen.append(jobs.count(tx, jobs.State.PENDING))

    with database.write() as tx:
        jobs.enqueue(tx, "kind", {}, now_us=1)
        tx.after_commit(look)
        assert seen == []
    assert seen == [1]


def test_an_exception_undoes_the_write_and_its_callbacks(database: Database) -> None:
    called: list[None] = []

    def broken() -> None:
        with database.write() as tx:
            jobs.enqueue(tx, "kind", {}, now_us=1)
            tx.after_commit(lambda: called.append(None))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    with database.read() as tx:
        assert jobs.count(tx, jobs.State.PENDING) == 0
    assert called == []


def test_a_savepoint_loses_its_own_part_only(database: Database) -> None:
    def broken(tx: Transaction) -> None:
        with tx.savepoint():
            jobs.enqueue(tx, "lost", {}, now_us=1)
            tx.execute(text("INSERT INTO job (id) VALUES (NULL)"))

    with database.write() as tx:
        first = jobs.enqueue(tx, "kept", {}, now_us=1)
        with pytest.raises(IntegrityError):
            broken(tx)
    with database.write() as tx:
        claimed = jobs.claim(tx, "me", 2, 10, ["kept", "lost"])
        assert claimed is not None
        assert claimed.id == first
        assert jobs.claim(tx, "me", 2, 10, ["kept", "lost"]) is None


def test_a_read_keeps_its_snapshot_while_another_writes(database: Database) -> None:
    with database.read() as tx:
        assert jobs.count(tx, jobs.State.PENDING) == 0
        with database.write() as other:
            jobs.enqueue(other, "kind", {}, now_us=1)
        assert jobs.count(tx, jobs.State.PENDING) == 0
    with database.read() as tx:
        assert jobs.count(tx, jobs.State.PENDING) == 1


def test_writers_in_many_threads_lose_nothing(database: Database) -> None:
    def work(number: int) -> None:
        for step in range(10):
            with database.write() as tx:
                jobs.enqueue(tx, f"kind{number}", {"step": step}, now_us=1)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    with database.read() as tx:
        assert jobs.count(tx, jobs.State.PENDING) == 60


@pytest.mark.parametrize("engine", ["sqlite"], scope="session")
def test_a_lock_that_is_never_free_is_said_in_words(
    database_url: str, open_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "BUSY_TIMEOUT_MS", 50)
    database = open_database(database_url)
    with database.write():
        with pytest.raises(MingjianError) as caught:
            database.write().__enter__()
        assert caught.value.code == "storage.busy"


@pytest.mark.parametrize("engine", ["postgresql"], scope="session")
def test_one_that_is_frozen_in_the_middle_of_a_write_loses_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are given to others: a process that was stopped, or a machine, may never come back."""
    with database.write() as tx:
        jobs.enqueue(tx, "kind", {}, now_us=1)

    def be_late() -> None:
        with ExitStack() as stack:
            with monkeypatch.context() as patch:
                patch.setattr(engine_module, "BUSY_TIMEOUT_MS", 300)
                held = stack.enter_context(database.write())
            held.execute(text("UPDATE job SET kind = 'mine'"))
            with database.write() as tx:
                tx.execute(text("UPDATE job SET kind = 'theirs'"))
            held.execute(text("UPDATE job SET kind = 'mine'"))

    with pytest.raises(MingjianError) as lost:
        be_late()
    assert lost.value.code == "storage.unavailable"
    with database.read() as tx:
        assert tx.execute(text("SELECT kind FROM job")).scalar_one() == "theirs"


@pytest.mark.parametrize("engine", ["sqlite"], scope="session")
def test_sqlite_is_set_up_for_several_processes_and_power_cuts(database: Database) -> None:
    with database.read() as tx:
        found = {
            name: tx.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000}


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///:memory:", "mysql://u:hidden@h/d", "nonsense", "", "file:///etc/passwd"]
)
def test_other_addresses_are_refused_without_showing_passwords(url: str) -> None:
    with pytest.raises(MingjianError) as caught:
        Database(url)
    assert caught.value.code == "storage.url_unknown"
    assert "hidden" not in str(caught.value)


def test_an_old_sqlite_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pysqlite3, "sqlite_version", "3.51.2")
    with pytest.raises(MingjianError) as caught:
        Database("sqlite:////nowhere/x.db")
    assert caught.value.code == "storage.sqlite_too_old"


@pytest.mark.parametrize("url", ["sqlite:////proc/version/x.db", "postgresql://u:hidden@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_reached_is_said_in_words(url: str) -> None:
    with pytest.raises(MingjianError) as caught:
        Database(url).read().__enter__()
    assert caught.value.code == "storage.unavailable"
    assert "hidden" not in str(caught.value)


def test_several_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    """SQLite refuses one of two that switch a new file to WAL in one moment, and does not wait."""

    def work(number: int, together: threading.Barrier) -> None:
        with closing(Database(f"sqlite:///{tmp_path / str(number)}.db")) as database:
            together.wait()
            with database.write() as tx:
                assert tx.dialect == "sqlite"

    with ThreadPoolExecutor(4) as threads:
        for number in range(40):
            together = threading.Barrier(4)
            for one in [threads.submit(work, number, together) for _ in range(4)]:
                one.result()


def test_a_connection_in_use_when_the_database_is_closed_ends_with_its_use(database: Database) -> None:
    with database.read() as tx:
        driver = tx._connection.connection.dbapi_connection
        assert driver is not None
        database.close()
        assert tx.execute(text("SELECT 1")).scalar_one() == 1
    with pytest.raises((pysqlite3.ProgrammingError, psycopg.OperationalError), match="closed"):
        driver.cursor().execute("SELECT 1")
