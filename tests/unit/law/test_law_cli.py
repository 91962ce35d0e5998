"""`mingjian law …` as people type it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mingjian.cli.app import app

QUESTION = {
    "id": "q1",
    "jurisdiction": "yunnan",
    "date": "2019-06-03",
    "scope": "instrument_only",
    "topic": "retention",
    "facts": {"recorded_on": "2019-06-01"},
}


def _run(*words: str, given: str | bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["--language", "en", "law", *words], input=given)


def test_answers_come_in_the_order_of_the_questions_and_a_bad_line_stops_nothing(tmp_path: Path) -> None:
    lines = [json.dumps(QUESTION | {"id": number}) for number in range(3)]
    lines.insert(1, "{broken")
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(lines))
    for result in (_run("ask", str(file)), _run("ask", "-", given="\n".join(lines))):
        replies = [json.loads(line) for line in result.stdout.splitlines()]
        assert [reply["id"] for reply in replies] == [0, None, 1, 2]
        assert replies[1]["error"]
        assert result.exit_code == 1
    assert _run("ask", given=json.dumps(QUESTION)).exit_code == 0


def test_rubbish_on_standard_input_is_answered_line_by_line() -> None:
    result = _run("ask", given=b"\xff\xfe\n" + b"x" * 300_000 + b"\n" + json.dumps(QUESTION).encode())
    replies = [json.loads(line) for line in result.stdout.splitlines()]
    assert ["error" in reply for reply in replies] == [True, True, False]


def test_a_file_that_is_not_there() -> None:
    result = _run("ask", "/nowhere/at/all")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_show() -> None:
    shown = json.loads(_run("show", "yn", "22", "--json").stdout)
    assert shown["instrument"] == "YN"
    assert [row["place"] for row in shown["rows"]][:2] == ["22", "22(1)"]
    assert _run("show", "YN", "99").exit_code != 0
    assert _run("show", "XX").exit_code != 0


@pytest.mark.parametrize(
    ("region", "day", "applies"),
    [
        ("530581", "2022-09-04", ["YN", "TC"]),
        ("530581", "2022-09-05", ["YN"]),
        ("tengchong", "2025-04-01", ["NAT", "YN"]),
        ("beijing", "2025-04-01", ["NAT"]),
        ("000000", "2025-03-31", []),
    ],
)
def test_at(region: str, day: str, applies: list[str]) -> None:
    found = json.loads(_run("at", "--region", region, "--on", day, "--json").stdout)
    assert [one["code"] for one in found["applies"]] == applies
    assert _run("at", "--region", "atlantis").exit_code == 2


def test_changes_between_two_days() -> None:
    found = json.loads(
        _run("changes", "--from", "2025-03-31", "--to", "2025-04-01", "--region", "yunnan", "--json").stdout
    )
    assert (found["begin"], found["end"]) == (["NAT"], [])
    homestay = next(one for one in found["changes"] if one["facts"] == {"site": "homestay_guest_room"})
    assert (homestay["before"]["prohibited"], homestay["after"]["prohibited"]) == ("review", True)
    assert homestay["cited_after"] == ["NAT 8 p1(1)", "YN 11(5)"]
    same = json.loads(
        _run("changes", "--from", "2023-01-01", "--to", "2024-01-01", "--region", "yunnan", "--json").stdout
    )
    assert same == {"region": "530000", "begin": [], "end": [], "changes": []}


def test_rows() -> None:
    assert _run("rows").stdout.startswith("# 法规对照表")
    assert all(row["instrument"] == "NC" for row in json.loads(_run("rows", "--format", "json", "--text", "NC").stdout))
    assert _run("rows", "--format", "xls").exit_code == 2
