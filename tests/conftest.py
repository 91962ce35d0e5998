"""What tests share: databases of both engines, each test with its own."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tests import postgres
from tests.engines import ENGINES, on_engines

from mingjian.storage import migrate
from mingjian.storage.engine import Database

# A minute and more, most of it waiting: begun last, one of them would be what everybody waits for.
LONGEST = frozenset(
    {
        "test_cli_commands",
        "test_duty_pages",
        "test_every_page",
        "test_first_path",
        "test_media_members",
        "test_store_crashes",
        "test_store_disks",
        "test_store_kills",
    }
)

settings.register_profile(
    "mingjian", deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("mingjian")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=ENGINES, help="run database tests on this engine only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    own = any(mark.args[0] == "engine" for mark in metafunc.definition.iter_markers("parametrize"))
    if "engine" in metafunc.fixturenames and not own:
        chosen = metafunc.config.getoption("--engine")
        first = getattr(metafunc.module, "MOSTLY", None)
        metafunc.parametrize("engine", [chosen] if chosen else on_engines(first), scope="session")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes longest, and spread the files with a browser over those with sockets and databases.

    A browser takes what the machine has, the others wait for clocks and disks; the short ones without either come last.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    order = sorted(files, key=lambda path: path.stem not in LONGEST)
    browsing = [path for path in order if files[path][0].get_closest_marker("browser")]
    beside = [path for path in order if path.parent.name == "integration"]
    rest = [path for path in order if path not in browsing and path not in beside]
    apart = 4 * len(beside) // (5 * len(browsing) + 1)
    for number, path in enumerate(browsing):
        beside.insert(number * (apart + 1), path)
    items[:] = [item for path in (*beside, *rest) for item in files[path]]


@pytest.fixture(scope="session")
def cluster() -> Iterator[postgres.Cluster]:
    with postgres.running() as running:
        yield running


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: nobody opens it."""
    path = tmp_path_factory.mktemp("template") / "migrated.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture
def empty_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of an empty database, once for each engine."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'mingjian.db'}"
        return
    cluster: postgres.Cluster = request.getfixturevalue("cluster")
    url = cluster.empty()
    yield url
    cluster.drop(url)


@pytest.fixture
def database_url(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a database at the newest schema, once for each engine."""
    if engine == "sqlite":
        shutil.copyfile(request.getfixturevalue("migrated_sqlite"), tmp_path / "mingjian.db")
        yield f"sqlite:///{tmp_path / 'mingjian.db'}"
        return
    cluster: postgres.Cluster = request.getfixturevalue("cluster")
    url = cluster.migrated(_migrate)
    yield url
    cluster.take_back(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database at the newest schema, once for each engine; each test has its own."""
    with closing(Database(database_url)) as opened:
        yield opened


@pytest.fixture
def open_database() -> Iterator[Callable[[str], Database]]:
    """Opens databases by address and closes them after the test."""
    opened: list[Database] = []

    def open_one(url: str) -> Database:
        opened.append(Database(url))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


def _migrate(url: str) -> None:
    with closing(Database(url)) as database:
        migrate.upgrade(database)
