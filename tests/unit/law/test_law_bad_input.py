"""Rubbish: questions that cannot be understood, packs that cannot be used. Nothing is guessed and nothing raises."""

import json
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.law.ask import LINE_LIMIT, ask
from mingjian.law.errors import PackError
from mingjian.law.library import FOLDER, installed, load

GOOD: dict[str, Any] = {
    "id": "q1",
    "jurisdiction": "yunnan",
    "date": "2019-06-03",
    "scope": "instrument_only",
    "topic": "retention",
    "facts": {"recorded_on": "2019-06-01", "kind": "ordinary"},
}


def _reply(question: object) -> Any:
    return ask(installed(), question if isinstance(question, str) else json.dumps(question), lambda _: None)


def test_the_example_of_the_language() -> None:
    reply = _reply(GOOD)
    assert (
        reply["answer"] | {"min_days": 15, "delete_allowed": False, "retain_through": "2019-06-16"} == reply["answer"]
    )
    assert reply["citations"] == [{"instrument": "YN", "article": 22, "paragraph": None, "item": 6}]
    assert reply["id"] == "q1"


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "no JSON"),
        ("[1]", "a JSON object"),
        ("[" * 100_000, "most"),
        ('{"id": "x"' + " " * LINE_LIMIT + "}", "most"),
        (json.dumps({**GOOD, "date": "2019-02-30"}), "date"),
        (json.dumps({**GOOD, "date": 20190603}), "date"),
        (json.dumps({**GOOD, "scope": "everything"}), "scope"),
        (json.dumps({**GOOD, "jurisdiction": None}), "jurisdiction"),
        (json.dumps({**GOOD, "facts": []}), "facts"),
        (json.dumps({**GOOD, "facts": ["kind"]}), "facts"),
        (json.dumps({**GOOD, "facts": {"recorded_on": "yesterday"}}), "recorded_on"),
        (json.dumps({**GOOD, "facts": {"legal_hold": 1}}), "legal_hold"),
        (json.dumps({**GOOD, "facts": {"industry_standard_term_days": -1}}), "industry_standard_term_days"),
        (json.dumps({**GOOD, "facts": {"industry_standard_term_days": True}}), "industry_standard_term_days"),
    ],
)
def test_malformed(line: str, reason: str) -> None:
    reply = _reply(line)
    if line == json.dumps({**GOOD, "facts": []}):  # no facts are no mistake
        assert "answer" in reply
    else:
        assert reason in reply["error"]


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"jurisdiction": "atlantis"}, "jurisdiction=atlantis"),
        ({"topic": "weather"}, "topic=weather"),
        ({"facts": {"kind": "funny"}}, "kind=funny"),
        ({"facts": {"colour": "red"}}, "colour"),
        ({"facts": {"legal_hold": "perhaps"}}, "legal_hold=perhaps"),
        ({"topic": "prohibited_site", "facts": {"site": "moon_base"}}, "site=moon_base"),
    ],
)
def test_an_unknown_word_is_for_a_person_and_is_named(changed: dict[str, Any], named: str) -> None:
    reply = _reply({**GOOD, **changed})
    assert reply["answer"]["unknown"] == [named]
    assert "review" in reply["answer"].values()
    assert named in reply["explanation"]["zh"]


@pytest.mark.parametrize(
    ("topic", "facts"),
    [
        ("retention", {"recorded_on": "2019-06-02", "deleted_on": "2019-06-01"}),
        ("retention", {"recorded_on": "2019-06-04"}),
        ("filing", {"event": "acceptance", "event_date": "2019-05-02", "filed_on": "2019-05-01"}),
        ("acceptance", {"accepted": False, "result": "pass"}),
    ],
)
def test_facts_that_cannot_all_be_true_are_for_a_person(topic: str, facts: dict[str, Any]) -> None:
    reply = _reply({**GOOD, "topic": topic, "facts": facts})
    assert reply["answer"]["contradiction"]
    assert "review" in reply["answer"].values()


SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8) | st.sampled_from(["2019-06-03", "psb"])


@st.composite
def _questions(draw: st.DrawFn) -> dict[str, object]:
    library = installed()
    topic = draw(st.sampled_from(sorted(library.vocabulary.topics)))
    facts: dict[str, object] = {}
    for name, kind in library.vocabulary.topics[topic].facts.items():
        words = sorted(kind.words, key=str) or ["2019-06-03", "2025-05-01"]
        if kind.type == "site":
            words = sorted(library.vocabulary.kinds)
        if draw(st.booleans()):
            facts[name] = draw(st.sampled_from(words) | SCALARS)
    return {
        "id": draw(SCALARS),
        "jurisdiction": draw(st.sampled_from([*library.jurisdictions, "beijing"])),
        "date": draw(st.dates().map(str)),
        "scope": draw(st.sampled_from(["instrument_only", "all_in_force"])),
        "topic": topic,
        "facts": facts,
    }


@given(_questions())
def test_no_question_raises(question: dict[str, object]) -> None:
    reply = _reply(question)
    assert ("error" in reply) != ("answer" in reply)
    json.dumps(reply)
    if "answer" in reply:
        assert (
            reply["explanation"]["zh"] or reply["answer"].get("contradiction") is not None or reply["citations"] == []
        )


@given(st.text(max_size=200))
def test_no_line_raises(line: str) -> None:
    assert "error" in _reply(line)


@pytest.fixture
def packs(tmp_path: Path) -> Path:
    with resources.as_file(FOLDER) as folder:
        shutil.copytree(folder, tmp_path / "packs")
    return tmp_path / "packs"


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "reason"),
    [
        ("instrument.yaml", "in_force: 2016-10-01", "in_force: 2016-02-30", 10, "no day of the calendar"),
        ("instrument.yaml", "in_force: 2016-10-01", "in_force: 2016-10-01\nends: 2016-09-30", 1, "ends before"),
        ("instrument.yaml", "rank: provincial_rule", "rank: emperor", 6, "rank"),
        ("instrument.yaml", "code: YN\n", "", 1, "code is missing"),
        ("parameters.yaml", "cite: 22(6)", "cite: 22(8)", 1, "the text has no 22(8)"),
        ("parameters.yaml", ", cite: 22(6)", "", 1, "cite one place"),
        (
            "parameters.yaml",
            "retention.days: {value: 15, unit: days, cite: 22(6)}",
            (
                "retention.days:\n  - {value: 15, unit: days, cite: 22(6)}\n"
                "  - {value: 9, unit: days, cite: 22(6), from: 2020-01-01}"
            ),
            1,
            "two values hold on 2020-01-01",
        ),
        ("spots.yaml", "kinds: [hotel_guest_room,", "kinds: [throne_room,", 39, "throne_room"),
        ("rules.yaml", "  cite: 22(6)\n", "", 126, "cites its place"),
        ("rules.yaml", "topic: retention", "topic: weather", 126, "weather"),
        ("penalties.yaml", "for: [concealed_material]", "for: [sneezing]", 14, "sneezing"),
        ("outline.yaml", "5: [0, 0]\n", "", 6, "without a break"),
        ("rules.yaml", "topic: retention", "topic: retention\n  topic: retention", 127, "twice"),
        ("rules.yaml", "topic: retention", "topic: [retention", 126, ""),
    ],
)
def test_a_bad_pack_is_refused_with_file_line_and_reason(
    packs: Path, file: str, old: str, new: str, line: int, reason: str
) -> None:
    path = packs / "yunnan" / "order-203" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(PackError) as refused:
        load(packs)
    assert refused.value.file == f"yunnan/order-203/{file}"
    assert reason in refused.value.reason
    assert abs(refused.value.line - line) <= 2
