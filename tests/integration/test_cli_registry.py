"""`mingjian registry` on a database of its own: a table tried, refused, imported, taken out again."""

import json
import stat
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mingjian.cli.app import app
from mingjian.cli.registry import WRONG_ROWS
from mingjian.storage import migrate
from mingjian.storage.engine import Database

HEADER = "单位名称,上级单位,行政区划代码\n"


@pytest.fixture
def data(tmp_path: Path, migrated_sqlite: Path) -> Path:
    folder = tmp_path / "d"
    folder.mkdir(mode=0o700)
    (folder / "mingjian.db").write_bytes(migrated_sqlite.read_bytes())
    with closing(Database(f"sqlite:///{folder / 'mingjian.db'}")) as database:
        migrate.require_head(database)
    return folder


def run(data: Path, *words: str, code: int = 0) -> Any:
    done = CliRunner().invoke(app, ["registry", *words, "--data", str(data)])
    assert done.exit_code == code, done.output
    return done.stdout


def test_a_table_in_and_out(data: Path, tmp_path: Path) -> None:
    table, out = tmp_path / "units.csv", tmp_path / "out.csv"
    table.write_text(f"{HEADER}教育局,,530581\n第一中学,教育局,999999\n", encoding="gb18030")
    for mode in ([], ["--try"]):
        told = json.loads(run(data, "import", "organisations", str(table), *mode, "--json", code=WRONG_ROWS))
        assert (told["imported"], [(one["row"], one["column"]) for one in told["errors"]]) == (
            False,
            [(3, "行政区划代码")],
        )
    assert "999999" in run(data, "import", "organisations", str(table), code=WRONG_ROWS)
    table.write_text(f"{HEADER}教育局,,530581\n第一中学,教育局,530581\n", encoding="utf-8")
    assert json.loads(run(data, "import", "organisations", str(table), "--try", "--json"))["imported"] is False
    assert json.loads(run(data, "import", "organisations", str(table), "--json"))["imported"] is True
    run(data, "export", "organisations", str(out))
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert "第一中学,教育局,530581" in out.read_text("utf-8-sig")
    assert json.loads(run(data, "reindex", "--json")) == {"entries": 2}
