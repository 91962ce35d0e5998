"""The cases that a lawyer can read, asked in the question language."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from mingjian.law.ask import ask
from mingjian.law.library import installed
from mingjian.registry.territories import territory_named

FOLDER = Path(__file__).parents[2] / "law"
ASKED = ("id", "jurisdiction", "date", "scope", "topic", "facts")


# The same loader in C: every worker of a test run reads the eight hundred cases before its first test.
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{file.stem}-{case['id']}")
        for file in sorted(FOLDER.glob("*.yaml"))
        for case in yaml.load(file.read_text(), Loader=LOADER)["cases"]
    ]


def _agrees(expected: Mapping[str, object], answer: Mapping[str, object]) -> bool:
    return all(key in answer and _same(wanted, answer[key]) for key, wanted in expected.items())


def _same(wanted: object, got: object) -> bool:
    """Lists of words compare as sets; a range in yuan does not."""
    if isinstance(wanted, list) and isinstance(got, list) and all(isinstance(one, str) for one in wanted):
        return set(wanted) == set(got)
    return type(wanted) is type(got) and wanted == got


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any]) -> None:
    question = json.dumps({key: case[key] for key in ASKED}, ensure_ascii=False)
    reply: Any = ask(installed(), question, territory_named)
    readings = [case["expected"], *case.get("also_accept", [])]
    assert any(_agrees(reading, reply["answer"]) for reading in readings), (case["article"], reply)
    assert reply["explanation"]["zh"]
    assert reply["explanation"]["en"]


def test_there_are_cases_for_every_text_and_topic() -> None:
    cases = [param.values[0] for param in _cases()]
    assert {case["topic"] for case in cases} == set(installed().vocabulary.topics)
    assert len({case["id"] for case in cases}) == len(cases) >= 800
