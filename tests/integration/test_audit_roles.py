"""PostgreSQL with two roles, as docs/design/audit.md describes: the program's role can add to the log and no more."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError
from tests import postgres
from tests.unit.api.serving import served, set_up

from mingjian.audit import keys
from mingjian.audit.model import SYSTEM, Action, Entry
from mingjian.audit.sealing import Sealer
from mingjian.audit.service import listing, record
from mingjian.audit.verifying import verify
from mingjian.kernel.errors import MingjianError
from mingjian.storage import migrate, protection
from mingjian.storage.engine import Database

pytestmark = pytest.mark.parametrize("engine", ["postgresql"])
ROLE = "mingjian_program"


@pytest.fixture
def owner(database: Database) -> Database:
    return database


@pytest.fixture
def program(
    owner: Database, database_url: str, cluster: postgres.Cluster, open_database: Callable[[str], Database]
) -> Database:
    """The database as the running program sees it."""
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(f"CREATE ROLE {ROLE} LOGIN".encode())
    protection.grant_to(owner, ROLE)
    protection.grant_to(owner, ROLE)  # as after the next migration
    return open_database(database_url.replace("mingjian@", f"{ROLE}@"))


def entry(number: int) -> Entry:
    return Entry(Action.SIGNED_IN, SYSTEM, "person", str(number), {}, number)


@pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET at_us = 1",
        "DELETE FROM {table}",
        "TRUNCATE {table}",
        "DROP TABLE {table}",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "DROP TRIGGER {table}_no_change ON {table}",
        "CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "SET session_replication_role = replica",
        "LOCK TABLE {table} IN EXCLUSIVE MODE",
    ],
)
def test_the_programs_role_changes_nothing_that_was_recorded(program: Database, statement: str, table: str) -> None:
    with program.write() as tx:
        record(tx, entry(1))
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), program.write() as tx:
        tx.execute(sa.text(statement.format(table=table)))


def test_the_programs_role_records_seals_and_verifies(program: Database, tmp_path: Path) -> None:
    with program.write() as tx:
        for number in range(5):
            record(tx, entry(number))
    signer, head = keys.signer(tmp_path, make=True), keys.HeadFile.of(tmp_path)
    assert Sealer(program, signer, head).seal(1) == 5
    known = head.read(signer.verifier)
    assert known is not None
    report = verify(program, signer.verifier, [known[0]])
    assert (report.found, report.size) == (0, 5)
    with program.read() as tx:
        assert len(listing(tx, None, 10).items) == 5


def test_the_programs_role_serves(program: Database, tmp_path: Path) -> None:
    with served(program, tmp_path) as site:
        browsers = set_up(site)
        assert browsers["auditor"].get("/audit").status_code == 200


def test_the_programs_role_does_not_migrate(
    program: Database, owner: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate.upgrade(program)  # nothing is missing
    monkeypatch.setattr(migrate, "head", lambda: "9999_next")
    with pytest.raises(MingjianError) as refused:
        migrate.upgrade(program)
    assert refused.value.code == "storage.schema_behind"
