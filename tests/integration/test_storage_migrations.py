"""Migrations on real databases: they make what the code declares, keep the rows, and may be started by several."""

import importlib
import pkgutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import event, inspect, text
from tests.engines import mostly_sqlite
from tests.integration.rows_by_revision import insert_one_row_each

import mingjian
from mingjian import storage
from mingjian.kernel.errors import MingjianError
from mingjian.storage import migrate
from mingjian.storage.engine import METADATA, Database


def declare_every_table() -> None:
    for module in pkgutil.walk_packages(mingjian.__path__, "mingjian."):
        if module.name.endswith(".store") or module.name in {"mingjian.storage.jobs", "mingjian.storage.idempotency"}:
            importlib.import_module(module.name)


def differences(database: Database) -> list[Any]:
    with database.engine.connect() as connection:
        return list(compare_metadata(MigrationContext.configure(connection), METADATA))


def counts(database: Database) -> dict[str, int]:
    with database.read() as tx:
        return {
            table: int(tx.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())
            for table in inspect(database.engine).get_table_names()
            if table != "alembic_version"
        }


def test_the_names_of_files_are_the_chain() -> None:
    scripts = ScriptDirectory(Path(storage.__file__).with_name("migrations"))
    assert migrate.revisions() == tuple(one.revision for one in scripts.walk_revisions())[::-1]
    assert scripts.get_heads() == [migrate.head()]


def test_the_migrations_make_what_the_code_declares(database: Database) -> None:
    declare_every_table()
    assert differences(database) == []


def test_a_difference_would_be_seen(database: Database) -> None:
    """The comparison above has teeth."""
    declare_every_table()
    before = len(differences(database))
    with database.write() as tx:
        tx.execute(text("ALTER TABLE job ADD COLUMN forgotten BIGINT"))
        tx.execute(text("DROP INDEX ix_job_state_run_after_us"))
    assert len(differences(database)) == before + 2


@pytest.mark.parametrize("revision", migrate.revisions())
@mostly_sqlite
def test_rows_of_every_earlier_version_survive(
    revision: str, empty_url: str, open_database: Callable[[str], Database]
) -> None:
    database = open_database(empty_url)
    migrate.upgrade(database, revision)
    with database.engine.connect() as connection:
        insert_one_row_each(connection)
        connection.commit()
    before = counts(database)
    assert set(before.values()) == {1}
    migrate.upgrade(database)
    after = counts(database)
    assert {table: after[table] for table in before} == before
    migrate.require_head(database)


def test_several_may_migrate_at_once(empty_url: str, open_database: Callable[[str], Database]) -> None:
    errors: list[BaseException] = []

    def work() -> None:
        try:
            migrate.upgrade(open_database(empty_url))
        except BaseException as error:  # noqa: BLE001 - carried to the assertion below
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    migrate.require_head(open_database(empty_url))


def test_an_empty_database_is_refused_until_it_is_migrated(
    empty_url: str, open_database: Callable[[str], Database]
) -> None:
    database = open_database(empty_url)
    assert migrate.current(database) is None
    with pytest.raises(MingjianError) as caught:
        migrate.require_head(database)
    assert caught.value.code == "storage.schema_behind"
    migrate.upgrade(database)
    migrate.require_head(database)


@pytest.mark.parametrize("step", [migrate.upgrade, migrate.require_head])
def test_a_database_of_a_newer_program_is_left_alone(database: Database, step: Callable[[Database], None]) -> None:
    with database.write() as tx:
        tx.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    with pytest.raises(MingjianError) as caught:
        step(database)
    assert caught.value.code == "storage.schema_ahead"
    assert migrate.current(database) == "9999_future"


@pytest.mark.parametrize("engine", ["sqlite"], scope="session")
def test_a_migration_that_breaks_references_is_undone(
    empty_url: str, open_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(empty_url)

    def broken(config: Any, _revision: str) -> None:
        connection = config.attributes["connection"]
        connection.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        connection.execute(text("CREATE TABLE child (parent INTEGER REFERENCES parent (id))"))
        connection.execute(text("INSERT INTO child VALUES (7)"))

    monkeypatch.setattr(command, "upgrade", broken)
    with pytest.raises(MingjianError) as caught:
        migrate.upgrade(database)
    assert caught.value.code == "storage.migration_broke_references"
    assert caught.value.values == {"count": 1, "tables": "child"}
    assert inspect(database.engine).get_table_names() == []


def test_a_start_that_has_nothing_to_migrate_reads_one_row_and_takes_no_lock(database: Database) -> None:
    """A start over millions of rows: checking their references took minutes."""
    said: list[str] = []
    event.listen(
        database.engine, "before_cursor_execute", lambda _c, _cursor, statement, *_rest: said.append(statement)
    )
    with database.write():  # somebody is writing
        migrate.upgrade(database)
    statements = [one for one in said if "alembic_version" in one]
    assert statements
    assert not [one for one in said if "foreign_key_check" in one or "advisory" in one]
    assert said.count("BEGIN IMMEDIATE") <= 1


def test_a_migration_that_fails_halfway_leaves_nothing(
    empty_url: str, open_database: Callable[[str], Database], monkeypatch: pytest.MonkeyPatch
) -> None:
    database = open_database(empty_url)

    def broken(config: Any, _revision: str) -> None:
        config.attributes["connection"].execute(text("CREATE TABLE half (id INTEGER PRIMARY KEY)"))
        raise ZeroDivisionError

    monkeypatch.setattr(command, "upgrade", broken)
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(database)
    assert inspect(database.engine).get_table_names() == []
