"""A throw-away PostgreSQL for one test session: own cluster, own socket directory, no durability.

Each test gets a database of its own, copied from a template that is migrated once, or emptied after another test.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "autovacuum=off",
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=64MB",
    "log_min_messages=fatal",
)


# Whatever a test did to the schema shows here: a database is copied with its catalogue, row versions included.
_SCHEMA = """
SELECT md5(string_agg(found, ' ' ORDER BY found)) FROM (
  SELECT oid || '.' || xmin AS found FROM pg_class WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT oid || '.' || xmin FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT oid || '.' || xmin FROM pg_trigger
  UNION ALL SELECT oid || '.' || xmin FROM pg_constraint
  UNION ALL SELECT attrelid || '.' || attnum || '.' || xmin FROM pg_attribute WHERE attrelid IN
    (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
) AS everything
"""
# What a test leaves behind in files must not slow the next one down.
_MOST_BYTES = 32 << 20


@dataclass
class Template:
    """A migrated database to copy: its name, its schema, and what empties a copy again, the rows of migrations kept."""

    name: str
    schema: str
    emptying: str


@dataclass
class Cluster:
    """A running server that listens on a Unix socket in `folder`."""

    folder: Path
    _template: Template | None = field(default=None)
    _empty: list[str] = field(default_factory=list)

    def url(self, name: str) -> str:
        return f"postgresql://mingjian@/{name}?host={self.folder}"

    def empty(self) -> str:
        """The address of a new database with nothing in it."""
        return self._create("template0")

    def migrated(self, migrate: Callable[[str], None]) -> str:
        """The address of a database as `migrate` leaves it (run once a session, then copied, and used again)."""
        if self._template is None:
            url = self._create("template0")
            migrate(url)
            self._template = self._made(url)
        return self._empty.pop() if self._empty else self._create(self._template.name)

    def take_back(self, url: str) -> None:
        """Nobody needs it any more: it is emptied for the next one, or dropped where it is not what it was."""
        assert self._template is not None
        with psycopg.connect(url, autocommit=True) as connection:
            others = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database()"
            connection.execute(f"{others} AND pid <> pg_backend_pid()".encode())
            asked = f"SELECT ({_SCHEMA}), pg_database_size(current_database())"
            ((schema, size),) = connection.execute(asked.encode()).fetchall()
            same = schema == self._template.schema and size < _MOST_BYTES
            if same:
                connection.execute(self._template.emptying.encode())
        if same:
            self._empty.append(url)
        else:
            self.drop(url)

    def copy_of(self, name: str) -> str:
        """The address of a copy of the database `name`, to which nobody is connected."""
        return self._create(name)

    def drop(self, url: str) -> None:
        name = _name(url)
        with self._admin() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def _made(self, url: str) -> Template:
        with psycopg.connect(url, autocommit=True) as connection:
            tables = _names(connection, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            counters = _names(connection, "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'")
            connection.execute("CREATE SCHEMA kept")
            kept = [one for one in tables if connection.execute(f'SELECT 1 FROM "{one}" LIMIT 1'.encode()).fetchone()]
            for one in kept:
                connection.execute(f'CREATE TABLE kept."{one}" AS TABLE "{one}"'.encode())
            ((schema,),) = connection.execute(_SCHEMA).fetchall()
        steps = ["SET session_replication_role = replica"]  # no triggers: some refuse that rows go
        steps += [f'DELETE FROM "{one}"' for one in tables]
        steps += [f'INSERT INTO "{one}" OVERRIDING SYSTEM VALUE SELECT * FROM kept."{one}"' for one in kept]
        steps += [f"SELECT setval('{one}', 1, false)" for one in counters]
        return Template(_name(url), schema, "; ".join(steps))

    def _create(self, template: str) -> str:
        name = f"t{uuid.uuid4().hex}"
        with self._admin() as connection:
            # By copying files: a third of the time, and dropping it takes a quarter.
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY".encode())
        return self.url(name)

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres"), autocommit=True)


def _name(url: str) -> str:
    return url.partition("@/")[2].partition("?")[0]


def _names(connection: psycopg.Connection, query: LiteralString) -> list[str]:
    return [name for (name,) in connection.execute(query)]


def missing() -> str | None:
    """None when PostgreSQL can be started, else the line that installs it."""
    return None if _bin() else "apt-get install --yes --no-install-recommends postgresql-15"


@contextmanager
def running() -> Iterator[Cluster]:
    """Start a cluster and stop it. Fails the session with the line to type when PostgreSQL is not installed."""
    binaries = _bin()
    if binaries is None:
        pytest.exit(f"PostgreSQL is not installed. Type: {missing()}", returncode=3)
    # A short path: a Unix socket's may not be longer than 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="mjpg-", dir="/tmp"))
    account = _account(folder)
    data = folder / "data"
    try:
        _run(
            account,
            binaries / "initdb",
            "-D",
            data,
            "-U",
            "mingjian",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
            "--locale=C",
            "--no-instructions",
        )
        options = " ".join(f"-c {setting}" for setting in _SETTINGS) + f" -k {folder}"
        _run(account, binaries / "pg_ctl", "-D", data, "-l", folder / "log", "-o", options, "-w", "-t", "60", "start")
        try:
            yield Cluster(folder)
        finally:
            _run(account, binaries / "pg_ctl", "-D", data, "-m", "immediate", "-w", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _bin() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    return Path(on_path).resolve().parent if on_path else None


def _account(folder: Path) -> list[str]:
    """PostgreSQL refuses to run as root: the words that run a command as somebody else."""
    if os.geteuid() != 0:
        return []
    names = {entry.pw_name for entry in pwd.getpwall()}
    person = pwd.getpwnam("postgres" if "postgres" in names else "nobody")
    os.chown(folder, person.pw_uid, person.pw_gid)
    return ["setpriv", f"--reuid={person.pw_uid}", f"--regid={person.pw_gid}", "--clear-groups", "--"]


def _run(account: list[str], *words: object) -> None:
    done = subprocess.run(
        [*account, *(str(word) for word in words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd="/",
        check=False,
        timeout=120,
    )
    if done.returncode:
        raise RuntimeError(f"{words[0]} ended with {done.returncode}:\n{done.stdout}")
