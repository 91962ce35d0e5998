"""What differs between two days, or between two libraries: a list that a person can read before a text takes force.

Every question that the vocabulary can ask of a kind, a stage or a requester is asked twice and the answers compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Final

from mingjian.law.engine import answer
from mingjian.law.library import Library
from mingjian.law.model import Answer, Citation, Fact, Question, Scope, Value

Said = tuple[Library, date]
"""A library, and the day on which it is asked."""

_COMPLETE: Final[Mapping[str, Fact]] = {
    "officers": 2,
    "work_id": True,
    "unit_certificate": True,
    "registered": True,
    "legal_basis_cited": True,
}
_WAYS: Final[Mapping[str, tuple[tuple[str, ...], Mapping[str, Fact]]]] = {
    "prohibited_site": (("site",), {}),
    "mandatory_site": (("site",), {}),
    "responsible_party": (("site",), {}),
    "filing": (("event",), {}),
    "removal": (("reason",), {}),
    "retention": (("kind", "unit_status"), {}),
    "registration_log": (("operation",), {}),
    "access": (("requester", "operation"), _COMPLETE),
    "acceptance": (("result",), {}),
    "penalty": (("violation", "stage", "subject"), {}),
    "signage": (("area",), {}),
    "duty_watch": (("person",), {}),
    "secrecy": (("area",), {"link": "internet"}),
    "alarm_linkage": ((), {"interface_to_alarm_centre": False}),
    "inspection_maintenance": (("fault",), {}),
    "reporting": (("event",), {}),
    "reward": (("contribution",), {}),
    "approval": (("location",), {}),
    "construction": (("action",), {}),
    "procurement_neutrality": (("act",), {"actor": "state_organ"}),
}
"""For each topic the facts that are varied and those that are given."""


@dataclass(frozen=True, slots=True)
class Change:
    """One question whose answer differs: what was and what is said, each with where."""

    topic: str
    facts: Mapping[str, Fact]
    before: Mapping[str, Value]
    after: Mapping[str, Value]
    cited_before: tuple[Citation, ...]
    cited_after: tuple[Citation, ...]


def applicable_changes(region: str, earlier: Said, later: Said) -> tuple[list[str], list[str]]:
    """Codes of the texts that begin to hold and that cease to hold."""
    before, after = ([one.instrument.code for one in books.applicable(region, day)] for books, day in (earlier, later))
    return [code for code in after if code not in before], [code for code in before if code not in after]


def changes(region: str, earlier: Said, later: Said, scope: Scope = "all_in_force") -> Iterator[Change]:
    """Every question that is answered otherwise, in the order of the vocabulary."""
    for topic, facts in questions(later[0]):
        old, new = (_answer(said, region, topic, facts, scope) for said in (earlier, later))
        keys = {key for key in {**old.values, **new.values} if old.values.get(key) != new.values.get(key)}
        if keys:
            yield Change(topic, facts, _only(old, keys), _only(new, keys), old.citations, new.citations)


def questions(library: Library) -> Iterator[tuple[str, dict[str, Fact]]]:
    """The questions that are asked: every word of the varied facts, in every combination."""
    for name, topic in library.vocabulary.topics.items():
        if name not in _WAYS:
            continue
        varied, given = _WAYS[name]
        known = {fact: value for fact, value in given.items() if fact in topic.facts}
        for words in product(*(_words(library, name, fact) for fact in varied)):
            yield name, {**known, **dict(zip(varied, words, strict=True))}


def _words(library: Library, topic: str, fact: str) -> list[Fact]:
    kind = library.vocabulary.topics[topic].facts[fact]
    return list(library.vocabulary.kinds) if kind.type == "site" else sorted(kind.words, key=str)


def _answer(said: Said, region: str, topic: str, facts: Mapping[str, Fact], scope: Scope) -> Answer:
    library, day = said
    return answer(library, Question(region, day, topic, facts, scope))


def _only(found: Answer, keys: set[str]) -> dict[str, Value]:
    return {key: value for key, value in found.values.items() if key in keys}
