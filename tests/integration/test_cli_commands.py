"""The command line as people and service managers use it: real processes, exit codes, two lines and no traces."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from tests.ports import free_port

import mingjian
from mingjian import __version__
from mingjian.storage import migrate
from mingjian.storage.engine import Database
from mingjian.workers.process import ROLES
from mingjian.workers.states import read_states

SOURCE = Path(mingjian.__file__).parents[1]
LIMIT_S = 60.0


def environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINGJIAN_", "LC_", "LANG"))}
    return kept | {"PYTHONPATH": str(SOURCE), "LANG": "zh_CN.UTF-8"} | dict(extra or {})


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "mingjian", *(str(word) for word in words)]


def run(*words: object, **extra: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*words), env=environment(extra), capture_output=True, text=True, check=False, timeout=LIMIT_S
    )


@contextmanager
def started(*words: object, **extra: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        command(*words), env=environment(extra), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    with process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=LIMIT_S)


def until_up(data: Path, *roles: str) -> None:
    deadline = time.monotonic() + LIMIT_S
    while {state.role for state in read_states(data / "run") if state.state == "up"} < set(roles):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def test_it_says_its_version() -> None:
    assert run("version").stdout == f"{__version__}\n"
    assert json.loads(run("version", "--json").stdout) == {"version": __version__}


def test_the_settings_are_shown_with_their_origin_and_without_passwords(tmp_path: Path) -> None:
    (tmp_path / "mingjian.toml").write_text('[storage]\nurl = "postgresql://mj:hunter2@db/mj"\n')
    for words in (["--json"], []):
        shown = run("config", "show", "--data", tmp_path, *words, MINGJIAN_API__PORT="1234")
        assert shown.returncode == 0
        assert "hunter2" not in shown.stdout
        assert "MINGJIAN_API__PORT" in shown.stdout
    rows = {row["name"]: row for row in json.loads(run("config", "show", "--data", tmp_path, "--json").stdout)}
    assert rows["storage.url"]["origin"] == f"{tmp_path / 'mingjian.toml'}:2"
    assert "db/mj" in rows["storage.url"]["value"]


def test_the_example_is_printed() -> None:
    assert "[storage]" in run("config", "example").stdout


def test_the_database_is_migrated_by_hand(tmp_path: Path) -> None:
    assert json.loads(run("migrate", "--data", tmp_path, "--json").stdout) == {"before": None, "after": migrate.head()}
    assert json.loads(run("migrate", "--data", tmp_path, "--json").stdout)["before"] == migrate.head()


def test_the_api_describes_itself_without_a_database(tmp_path: Path) -> None:
    assert json.loads(run("openapi", MINGJIAN_DATA=str(tmp_path / "none")).stdout)["openapi"].startswith("3.")
    assert not (tmp_path / "none").exists()


def wrong_setting(folder: Path) -> list[object]:
    (folder / "mingjian.toml").write_text("[api]\nprot = 1\n")
    return ["serve", "--data", folder]


def file_for_data(folder: Path) -> list[object]:
    (folder / "file").touch()
    return ["serve", "--data", folder / "file"]


def newer_database(folder: Path) -> list[object]:
    with closing(Database(f"sqlite:///{folder / 'mingjian.db'}")) as database:
        migrate.upgrade(database)
        with database.write() as tx:
            tx.execute(text("UPDATE alembic_version SET version_num = '9999_future'"))
    return ["serve", "--data", folder]


REFUSALS = {
    "a misspelt setting": (wrong_setting, 14, "config.unknown_name"),
    "a file instead of a directory": (file_for_data, 11, "workers.data_dir_unusable"),
    "a newer database": (newer_database, 16, "storage.schema_ahead"),
    "a role without a schema": (lambda folder: ["serve", "--role", "jobs", "--data", folder], 16, "schema_behind"),
    "an unknown role": (lambda folder: ["serve", "--role", "jbos", "--data", folder], 2, "workers.role_unknown"),
    "a settings file that is not there": (lambda folder: ["serve", "--config", folder / "x.toml"], 14, "unreadable"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_start_says_why_in_two_lines(tmp_path: Path, name: str) -> None:
    prepare, code, word = REFUSALS[name]
    done = run(*prepare(tmp_path), MINGJIAN_DATA=str(tmp_path / "data"))
    assert done.returncode == code
    lines = done.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith("错误 ")
    assert lines[1].startswith("Error ")
    assert word in lines[0]
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("words", "extra", "first"),
    [
        ([], {"LANG": "zh_CN.UTF-8"}, "错误"),
        pytest.param([], {"LANG": "C.UTF-8"}, "错误", marks=pytest.mark.breadth),
        ([], {"LANG": "en_GB.UTF-8"}, "Error"),
        pytest.param(["--language", "en"], {}, "Error", marks=pytest.mark.breadth),
        (["--language", "zh"], {"LANG": "en_GB.UTF-8"}, "错误"),
        pytest.param([], {"MINGJIAN_LANGUAGE": "en"}, "Error", marks=pytest.mark.breadth),
    ],
)
def test_the_language_that_comes_first_is_chosen(
    tmp_path: Path, words: list[str], extra: dict[str, str], first: str
) -> None:
    assert run(*words, *file_for_data(tmp_path), **extra).stderr.startswith(first)


@pytest.mark.breadth
def test_a_second_instance_is_refused_and_the_first_one_stays(tmp_path: Path) -> None:
    with started("serve", "--data", tmp_path, MINGJIAN_API__PORT=str(free_port())) as first:
        until_up(tmp_path, *ROLES)
        second = run("serve", "--data", tmp_path)
        assert second.returncode == 13
        assert f"（进程 {first.pid}）" in second.stderr
        assert first.poll() is None


def test_a_taken_port_ends_everything_with_its_own_code(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--data", tmp_path, MINGJIAN_API__PORT=str(taken.getsockname()[1]))
    assert done.returncode == 10
    assert "api.port_taken" in done.stderr
    assert {state.role: state.state for state in read_states(tmp_path / "run")}["api"] == "failed"


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.breadth)])
def test_the_platform_starts_says_where_it_is_and_stops(tmp_path: Path, number: signal.Signals) -> None:
    port = free_port()
    with started("serve", "--data", tmp_path, MINGJIAN_API__PORT=str(port)) as platform:
        until_up(tmp_path, *ROLES)
        with socket.create_connection(("127.0.0.1", port), timeout=LIMIT_S):
            pass
        platform.send_signal(number)
        out, _ = platform.communicate(timeout=LIMIT_S)
    assert platform.returncode == 0
    assert f"http://127.0.0.1:{port}" in out
    assert {state.state for state in read_states(tmp_path / "run")} == {"stopped"}


@pytest.mark.breadth
def test_a_killed_platform_starts_again_at_once(tmp_path: Path) -> None:
    port = free_port()
    with started("serve", "--data", tmp_path, MINGJIAN_API__PORT=str(port)) as killed:
        until_up(tmp_path, *ROLES)
        killed.kill()
        killed.communicate(timeout=LIMIT_S)
    (tmp_path / "run" / "processes.json").unlink()
    with started("serve", "--data", tmp_path, MINGJIAN_API__PORT=str(port)) as again:
        until_up(tmp_path, *ROLES)
        assert again.poll() is None


def test_one_role_may_run_alone_and_stops_when_told(tmp_path: Path) -> None:
    assert run("migrate", "--data", tmp_path).returncode == 0
    # A service manager gives no input: that must not be taken for the supervisor's death.
    words = command("serve", "--role", "jobs", "--data", tmp_path)
    with subprocess.Popen(words, env=environment(), stdin=subprocess.DEVNULL) as alone:
        deadline = time.monotonic() + LIMIT_S
        with closing(Database(f"sqlite:///{tmp_path / 'mingjian.db'}")) as database:
            while not _jobs_done(database):
                assert time.monotonic() < deadline
                assert alone.poll() is None
                time.sleep(0.05)
        alone.terminate()
        assert alone.wait(LIMIT_S) == 0


def _jobs_done(database: Database) -> int:
    with database.read() as tx:
        return int(tx.execute(text("SELECT count(*) FROM job WHERE state = 'done'")).scalar_one())
