"""What people keep of their own console: theirs alone, bounded, the same at every desk, on both engines."""

from pathlib import Path

import pytest
from tests.unit.api.serving import API, served, set_up
from tests.unit.identity.people import PASSWORD, actions

from mingjian.identity.preferences import LIMIT_BYTES
from mingjian.storage.engine import Database

WALLS = f"{API}/me/preferences/walls"


def test_it_follows_the_person_to_another_desk_and_nobody_else(database: Database, tmp_path: Path) -> None:
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        auditor, other = browsers["auditor"], browsers["security_administrator"]
        assert auditor.send("GET", WALLS).json() == {"document": {}}
        kept = {"items": [{"name": "校门", "layout": 4}], "sure": True, "none": None}
        assert auditor.send("PUT", WALLS, {"document": kept}).status_code == 204

        desk = site.browser()
        login = auditor.get("/session").json()["login_name"]
        assert desk.post("/session", {"login_name": login, "password": PASSWORD}).status_code == 200
        assert desk.send("GET", WALLS).json() == {"document": kept}
        assert other.send("GET", WALLS).json() == {"document": {}}

        before = len(actions(database))
        assert desk.send("PUT", WALLS, {"document": {"items": []}}).status_code == 204
        assert auditor.send("GET", WALLS).json() == {"document": {"items": []}}
        assert len(actions(database)) == before, "how somebody arranges a console is not what the log is for"


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    ("name", "document", "status", "code"),
    [
        ("walls", {"text": "字" * (LIMIT_BYTES // 3 - 10)}, 204, ""),
        ("walls", {"text": "字" * (LIMIT_BYTES // 3 + 10)}, 422, "identity.preference_unfit"),
        ("walls", [1], 422, ""),
        ("anything", {}, 404, "identity.preference_unknown"),
    ],
    ids=["fits", "large", "no-object", "unknown"],
)
def test_it_is_bounded(
    database: Database, tmp_path: Path, name: str, document: object, status: int, code: str, engine: str
) -> None:
    with served(database, tmp_path) as site:
        auditor = set_up(site)["auditor"]
        answer = auditor.send("PUT", f"{API}/me/preferences/{name}", {"document": document})
        assert answer.status_code == status
        if code:
            assert answer.json()["code"] == code


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("number", ["NaN", "Infinity", '"\\ud800"'])
def test_what_json_cannot_hold_is_refused(database: Database, tmp_path: Path, number: str, engine: str) -> None:
    with served(database, tmp_path) as site:
        auditor = set_up(site)["auditor"]
        headers = {"Content-Type": "application/json"}
        text = f'{{"document":{{"a":{number}}}}}'
        answer = auditor.send("PUT", WALLS, headers=headers, content=text.encode())
        assert answer.status_code == 422
        assert auditor.send("GET", WALLS).json() == {"document": {}}
