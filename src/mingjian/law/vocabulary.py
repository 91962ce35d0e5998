"""The words of the question language: topics, the facts that bear on them, and which words a fact may take."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from mingjian.kernel.errors import Text
from mingjian.law.model import Fact, Value

FactType = Literal["text", "flag", "number", "date", "flag_or_date", "words", "basis", "site", "word"]
FACT_TYPES: Final[tuple[FactType, ...]] = ("text", "flag", "number", "date", "flag_or_date", "words", "basis", "site")
FREE_TEXT: Final = ("site_zh", "owner", "operator", "need", "asked")
TEXT_LIMIT: Final = 500
NUMBER_LIMIT: Final = 10**9


@dataclass(frozen=True, slots=True)
class FactKind:
    """What one fact may be; `words` where it is one of a list."""

    type: FactType
    words: frozenset[str | bool] = frozenset()


@dataclass(frozen=True, slots=True)
class Topic:
    """A question that can be asked: the keys that answer it, and the answer where a text is silent."""

    name: str
    main: tuple[str, ...]
    facts: Mapping[str, FactKind]
    silent: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class KindGroup:
    """Kinds that people look for together: its code and name, and the codes in it."""

    code: str
    name: Text
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Everything that can be said. `kinds` are the codes of the taxonomy with their names."""

    topics: Mapping[str, Topic]
    groups: Mapping[str, frozenset[str]]
    kinds: Mapping[str, Text]
    kind_groups: tuple[KindGroup, ...]


class UnfitFactError(Exception):
    """A fact has a form that it cannot have: a date that is none, a number where a word belongs."""


def read_facts(
    topic: Topic, given: Mapping[str, object], kinds: Mapping[str, Text]
) -> tuple[dict[str, Fact], tuple[str, ...]]:
    """The facts of a question as the rules take them, and the words that nobody knows. Raises UnfitFactError."""
    facts: dict[str, Fact] = {}
    unknown: list[str] = []
    for name, value in given.items():
        kind = topic.facts.get(name)
        if kind is None:
            if name not in FREE_TEXT and not name.endswith("_zh"):
                unknown.append(name)
            continue
        if value is None or (kind.type in ("text", "basis") and value is False):
            continue  # not told, or told not to be
        fact, known = _read(name, kind, value, kinds)
        if known:
            facts[name] = fact
        else:
            unknown.append(f"{name}={value}")
    return facts, tuple(unknown)


def _read(name: str, kind: FactKind, value: object, kinds: Mapping[str, Text]) -> tuple[Fact, bool]:
    """The fact, and whether its word is known."""
    if kind.type == "word":
        if not isinstance(value, str | bool):
            raise UnfitFactError(f"{name} is a word")
        return value, value in kind.words
    if kind.type == "flag" and isinstance(value, str):
        return None, False  # a word where yes or no was asked for is a word that nobody knows
    fact = _READERS[kind.type](name, value)
    return fact, kind.type != "site" or fact in kinds


def _flag(name: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise UnfitFactError(f"{name} is true or false")
    return value


def _flag_or_day(name: str, value: object) -> bool | date:
    return value if isinstance(value, bool) else _day(name, value)


def _number(name: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < NUMBER_LIMIT:
        raise UnfitFactError(f"{name} is a whole number")
    return value


def _day(name: str, value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and len(value) == len("2025-01-01"):
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise UnfitFactError(f"{name} is a day, YYYY-MM-DD")


def _text(name: str, value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int) or len(str(value)) > TEXT_LIMIT:
        raise UnfitFactError(f"{name} is a text of at most {TEXT_LIMIT} characters")
    return str(value)


def _words(name: str, value: object) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(isinstance(one, str) and len(one) <= TEXT_LIMIT for one in words):
        raise UnfitFactError(f"{name} is a list of words")
    return tuple(words)


_READERS: Final[Mapping[FactType, Callable[[str, object], Fact]]] = {
    "date": _day,
    "flag": _flag,
    "flag_or_date": _flag_or_day,
    "number": _number,
    "words": _words,
    "text": _text,
    "basis": _text,
    "site": _text,
}
