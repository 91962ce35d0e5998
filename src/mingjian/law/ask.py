"""The question language at the edge: JSON Lines in, JSON Lines out, in order."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Final

from mingjian.law import engine
from mingjian.law.explain import explain
from mingjian.law.library import Library
from mingjian.law.model import Answer, Question, Scope, Value
from mingjian.law.vocabulary import Topic, UnfitFactError, read_facts

LINE_LIMIT: Final = 64 * 1024
"""Bytes of one question."""

Regions = Callable[[str], str | None]
"""The GB/T 2260 code of a place by its name in pinyin; None where there is no such place."""

_SCOPES: Final[Mapping[str, Scope]] = {"instrument_only": "instrument_only", "all_in_force": "all_in_force"}


class MalformedError(Exception):
    """A question that is none: the message says why."""


def ask(library: Library, line: str, regions: Regions) -> dict[str, object]:
    """Answer one line. Never raises: what cannot be understood comes back with `error`."""
    asked: object = None
    try:
        asked = _parsed(line)
        return _reply(library, asked, regions)
    except (MalformedError, UnfitFactError) as error:
        return {"id": asked.get("id") if isinstance(asked, dict) else None, "error": str(error)}


def ask_all(library: Library, lines: Iterable[str], regions: Regions) -> Iterator[dict[str, object]]:
    """Answer every line that is not blank."""
    return (ask(library, line, regions) for line in lines if line.strip())


def _parsed(line: str) -> dict[str, object]:
    if len(line.encode()) > LINE_LIMIT:
        raise MalformedError(f"a question is at most {LINE_LIMIT} bytes")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise MalformedError("no JSON") from None
    if not isinstance(found, dict):
        raise MalformedError("a question is a JSON object")
    return found


def _reply(library: Library, asked: Mapping[str, object], regions: Regions) -> dict[str, object]:
    name = _word(asked, "jurisdiction")
    region = library.jurisdictions.get(name) or regions(name)
    topic = library.vocabulary.topics.get(_word(asked, "topic"))
    unknown = [] if region else [f"jurisdiction={name}"]
    unknown += [] if topic else [f"topic={asked['topic']}"]
    day, scope = _day(asked), _scope(asked)
    given = asked.get("facts") or {}
    if not isinstance(given, dict):
        raise MalformedError("facts is a JSON object")
    if topic is None or region is None:
        return _named(asked, topic, unknown)
    facts, words = read_facts(topic, given, library.vocabulary.kinds)
    if words:
        return _named(asked, topic, list(words))
    found = engine.answer(library, Question(region, day, topic.name, facts, scope))
    return _shown(library, asked, found)


def _named(asked: Mapping[str, object], topic: Topic | None, unknown: list[str]) -> dict[str, object]:
    """A word that nobody knows: the answer is for a person."""
    keys = topic.main if topic else ("answer",)
    named = "、".join(unknown)
    return {
        "id": asked.get("id"),
        "answer": {**dict.fromkeys(keys, "review"), "unknown": unknown},
        "citations": [],
        "explanation": {
            "zh": f"不认识的用词：{named}，须由人判断。",
            "en": f"Not known here: {', '.join(unknown)}. A person decides.",
        },
    }


def _shown(library: Library, asked: Mapping[str, object], found: Answer) -> dict[str, object]:
    text = explain(library, found)
    return {
        "id": asked.get("id"),
        "answer": {key: plain(value) for key, value in found.values.items()},
        "citations": [
            {"instrument": one.instrument, "article": one.article, "paragraph": one.paragraph, "item": one.item}
            for one in found.citations
        ],
        "explanation": {"zh": text.zh, "en": text.en},
    }


def plain(value: Value) -> object:
    """A value as JSON knows it."""
    match value:
        case date():
            return value.isoformat()
        case list():
            return [plain(one) for one in value]
        case dict():
            return {key: plain(one) for key, one in value.items()}
    return value


def _word(asked: Mapping[str, object], key: str) -> str:
    found = asked.get(key)
    if not isinstance(found, str) or not 0 < len(found) <= 100:
        raise MalformedError(f"{key} is missing or no word")
    return found


def _day(asked: Mapping[str, object]) -> date:
    text = asked.get("date")
    try:
        if isinstance(text, str) and len(text) == len("2025-01-01"):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise MalformedError("date is a day of the calendar, YYYY-MM-DD")


def _scope(asked: Mapping[str, object]) -> Scope:
    found = _SCOPES.get(str(asked.get("scope", "all_in_force")))
    if found is None:
        raise MalformedError(f"scope is one of {', '.join(_SCOPES)}")
    return found
