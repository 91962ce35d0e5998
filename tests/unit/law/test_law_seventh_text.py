"""A further text is a folder: no code, and a list of what it changes before it takes force."""

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mingjian.cli.app import app
from mingjian.law.changes import applicable_changes, changes
from mingjian.law.engine import answer
from mingjian.law.library import FOLDER, installed, load_with
from mingjian.law.model import Fact, Question
from mingjian.law.table import incomplete

HARBIN = "230100"
FIRST_DAY = date(2027, 1, 1)
FILES = {
    "instrument.yaml": """
code: HX
title: 某市公共视频管理办法
title_en: Measures of an invented city
short: 某市办法
short_en: Invented measures
rank: municipal_rule
region: "230100"
in_force: 2027-01-01
cite_in_force: 5
cite_territory: 1
""",
    "outline.yaml": "1: [0]\n2: [2]\n3: [0, 0]\n4: [0]\n5: [0]\n",
    "parameters.yaml": """
retention.days: {value: 60, unit: days, cite: 3 p1}
fine.unit: {value: [100, 200], unit: yuan, cite: 4}
""",
    "spots.yaml": """
required:
  - {cite: 2(1), kinds: [ev_charging_station]}
forbidden:
  - {cite: 2(2), kinds: [classroom], perhaps: [office_workstation]}
""",
    "rules.yaml": """
- topic: retention
  cite: 3 p1
  when: {}
  then: {min_days: $retention.days, yields_to: [law]}
  zh: 保存不少于六十日。
  en: Kept for sixty days.
- topic: signage
  cite: 3 p2
  when: {area: inside_private_factory}
  then: {sign_required: true}
  zh: 厂区内也要设置标识。
  en: A sign inside factories as well.
""",
    "penalties.yaml": """
penalties:
  - cite: 4
    for: [no_sign]
    steps:
      first: {measures: [order_correct]}
      overdue: {unit: $fine.unit}
none: [not_filed]
""",
    "rows.yaml": "".join(
        f"""
- cite: {cite}
  who: 使用单位
  who_en: using unit
  modality: must
  gist: 虚构的要求
  gist_en: an invented duty
  platform: outside
"""
        for cite in ("1", "2", "2(1)", "2(2)", "3 p1", "3 p2", "4", "5")
    ),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    text = tmp_path / "invented"
    text.mkdir()
    for name, content in FILES.items():
        (text / name).write_text(content.lstrip())
    return text


@pytest.mark.parametrize(
    ("topic", "facts", "expected"),
    [
        ("mandatory_site", {"site": "ev_charging_station"}, {"mandatory": True}),
        ("prohibited_site", {"site": "classroom"}, {"prohibited": True}),
        ("prohibited_site", {"site": "office_workstation"}, {"prohibited": "review"}),
        ("prohibited_site", {"site": "changing_room"}, {"prohibited": True}),  # by the Regulations above it
        ("retention", {"recorded_on": date(2027, 1, 1)}, {"min_days": 60, "retain_through": date(2027, 3, 2)}),
        ("signage", {"area": "inside_private_factory"}, {"sign_required": True}),
    ],
)
def test_it_answers(folder: Path, topic: str, facts: dict[str, Fact], expected: dict[str, object]) -> None:
    library, _ = load_with(FOLDER, folder)
    found = answer(library, Question(HARBIN, FIRST_DAY, topic, facts))
    assert {key: found.values[key] for key in expected} == expected
    day_before = answer(library, Question(HARBIN, FIRST_DAY - timedelta(days=1), topic, facts))
    assert day_before == answer(installed(), Question(HARBIN, FIRST_DAY - timedelta(days=1), topic, facts))


def test_its_fine_stands_beside_the_others_and_never_adds_up(folder: Path) -> None:
    library, _ = load_with(FOLDER, folder)
    asked: dict[str, Fact] = {"violation": "no_sign", "stage": "overdue", "subject": "unit"}
    found = answer(library, Question(HARBIN, FIRST_DAY, "penalty", asked)).values
    assert found["fine"] == "review"
    penalties = found["penalties"]
    assert isinstance(penalties, list)
    assert [one["instrument"] for one in penalties if isinstance(one, dict)] == ["NAT", "HX"]


def test_its_rows_are_complete(folder: Path) -> None:
    library, _ = load_with(FOLDER, folder)
    assert not [place for place in incomplete(library) if place.startswith("HX")]


def test_what_it_changes_is_listed_before_it_takes_force(folder: Path) -> None:
    library, pack = load_with(FOLDER, folder)
    earlier, later = (installed(), FIRST_DAY), (library, FIRST_DAY)
    assert applicable_changes(HARBIN, earlier, later) == ([pack.instrument.code], [])
    found = {(one.topic, *one.facts.values()) for one in changes(HARBIN, earlier, later)}
    assert ("prohibited_site", "classroom") in found
    assert ("signage", "inside_private_factory") in found
    assert ("prohibited_site", "changing_room") not in found
    assert not list(changes("360100", earlier, later))

    shown = CliRunner().invoke(app, ["law", "check", str(folder), "--json"])
    assert shown.exit_code == 0
    assert len(json.loads(shown.stdout[shown.stdout.index("{") :])["changes"]) == len(found)


def test_a_mistake_in_it_is_named_with_its_line(folder: Path) -> None:
    (folder / "rules.yaml").write_text(FILES["rules.yaml"].lstrip().replace("cite: 3 p1", "cite: 3 p3"))
    shown = CliRunner().invoke(app, ["law", "check", str(folder)])
    assert shown.exit_code == 2
    assert "invented/rules.yaml:2: the text has no 3 p3" in shown.output
