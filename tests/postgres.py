"""A throw-away PostgreSQL for one test session: own cluster, own socket directory, no durability.

Each test gets a database of its own, copied from a template that is migrated once.
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

import psycopg
import pytest

_SETTINGS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "listen_addresses=",
    "max_connections=200",
    "shared_buffers=64MB",
    "log_min_messages=fatal",
)


@dataclass
class Cluster:
    """A running server that listens on a Unix socket in `folder`."""

    folder: Path
    _template: str | None = field(default=None)

    def url(self, name: str) -> str:
        return f"postgresql://mingjian@/{name}?host={self.folder}"

    def empty(self) -> str:
        """The address of a new database with nothing in it."""
        return self._create("template0")

    def migrated(self, migrate: Callable[[str], None]) -> str:
        """The address of a new database that `migrate` was run on (once a session, then copied)."""
        if self._template is None:
            template = self._create("template0")
            migrate(template)
            self._template = template.partition("@/")[2].partition("?")[0]
        return self._create(self._template)

    def drop(self, url: str) -> None:
        name = url.partition("@/")[2].partition("?")[0]
        with self._admin() as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)".encode())

    def _create(self, template: str) -> str:
        name = f"t{uuid.uuid4().hex}"
        with self._admin() as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}".encode())
        return self.url(name)

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres"), autocommit=True)


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
