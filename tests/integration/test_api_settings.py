"""Settings over the API: what is in force, what the next start would change, and no secret in either."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from tests.unit.api.serving import Browser, Served, add, served, set_up

from mingjian.config import FILE_NAME, Loaded, Settings, load
from mingjian.config.settings import section_classes
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

SECRET: Final = "p4ssw0rd-of-the-database"
WRITTEN: Final = f"""
[api]
port = 8601

[storage]
url = "postgresql://mingjian:{SECRET}@db/mingjian"

[alerts]
mail_password_file = "/etc/mingjian/mail"
"""


class Written:
    """A settings file that is read at the start, and again each time that somebody asks."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.write(WRITTEN)

    def write(self, text: str) -> None:
        (self.folder / FILE_NAME).write_text(text, encoding="utf-8")

    def load(self) -> Loaded:
        return load(self.folder, None, {"MINGJIAN_MEDIA__SEGMENT_S": "30"})


@pytest.fixture
def written(tmp_path: Path) -> Written:
    return Written(tmp_path)


@pytest.fixture
def site(database: Database, tmp_path: Path, written: Written) -> Iterator[Served]:
    loaded = written.load()
    read: Callable[[], Loaded] = written.load
    with served(database, tmp_path, settings=loaded.settings, loaded=loaded, written=read) as running:
        yield running


def asked(browser: Browser) -> tuple[dict[str, Any], dict[str, Any]]:
    answer = browser.get("/settings")
    assert answer.status_code == 200, answer.text
    assert SECRET not in answer.text
    body = answer.json()
    return body, {f"{one['section']}.{item['key']}": item for one in body["sections"] for item in one["items"]}


def test_every_setting_says_what_it_is_for_and_where_it_comes_from(site: Served, written: Written) -> None:
    body, found = asked(set_up(site)["system_administrator"])
    assert body["file"] == str(written.folder / FILE_NAME)
    assert found.keys() == {
        f"{section}.{key}" for section, cls in section_classes().items() for key in cls.model_fields
    }
    assert all(one["what"]["zh"] and one["what"]["en"] for one in found.values())
    port = found["api.port"]
    assert (port["value"], port["default"], port["next"]) == ("8601", str(Settings().api.port), None)
    assert port["origin"] == f"{written.folder / FILE_NAME}:3"
    assert (found["media.segment_s"]["value"], found["media.segment_s"]["origin"]) == (
        "30.0",
        "MINGJIAN_MEDIA__SEGMENT_S",
    )
    assert found["api.host"]["origin"] == "default"
    assert found["storage.url"]["value"] == '"postgresql://***@db/mingjian"'
    assert found["alerts.mail_password_file"]["value"] == '"/etc/mingjian/mail"'
    assert found["identity.longest_token_days"]["value"] != "***"


def test_what_was_written_since_the_start_waits_for_the_next(site: Served, written: Written) -> None:
    written.write(WRITTEN.replace("8601", "8602").replace("@db/", "@db2/"))
    body, found = asked(set_up(site)["system_administrator"])
    assert body["unreadable"] is None
    waiting = {name: one["next"] for name, one in found.items() if one["next"] is not None}
    assert waiting == {"api.port": "8602", "storage.url": '"postgresql://***@db2/mingjian"'}
    assert found["api.port"]["value"] == "8601"


@pytest.mark.parametrize(
    ("text", "code"),
    [("[api]\nport = 0.5\n", "config.wrong_value"), ("[api\n", "config.syntax"), ("[apy]\n", "config.unknown_name")],
)
def test_a_file_that_would_not_start_is_said_before_the_start(
    site: Served, written: Written, text: str, code: str
) -> None:
    written.write(text)
    body, found = asked(set_up(site)["system_administrator"])
    assert body["unreadable"]["code"] == code
    assert body["unreadable"]["zh"]["what"]
    assert body["unreadable"]["en"]["advice"]
    assert found["api.port"]["value"] == "8601", "what runs runs on"
    assert all(one["next"] is None for one in found.values())


@pytest.mark.parametrize("role", ["security_administrator", "auditor", "maintenance", "duty_operator"])
def test_only_who_manages_the_site_reads_them(site: Served, role: str) -> None:
    browsers = set_up(site)
    browser = browsers[role] if role in browsers else add(site, browsers, role, "somebody")
    assert browser.get("/settings").status_code == 403
