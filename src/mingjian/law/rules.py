"""Rules as data: a condition over facts, and what then holds. Read in order; the first rule that fits sets a key."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final, TypeGuard

from mingjian.kernel.errors import Text
from mingjian.law import days
from mingjian.law.model import Citation, Fact, Reason, Value

Number = int | tuple[int, int]
Test = Callable[[Fact, "Scene"], bool]
COMMENCEMENT: Final = "commencement"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of a text and the days on which it holds; a range (of a fine) is a pair. `unit` is a word."""

    value: Number
    unit: str
    citation: Citation
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Scene:
    """What a rule is read against: the facts, the day asked about, the day the text began, its numbers on that day."""

    facts: Mapping[str, Fact]
    on: date
    commencement: date
    numbers: Mapping[str, Number]

    def day(self, name: str) -> date | None:
        """The fact `name`, or the text's first day, as a date; None when it is none."""
        if name == COMMENCEMENT:
            return self.commencement
        found = self.facts.get(name)
        return found if isinstance(found, date) else None


@dataclass(frozen=True, slots=True)
class Term:
    """A date to be computed: `number` `unit` after (or before) the day named `start`."""

    start: str
    number: int | str
    unit: str
    backward: bool = False

    def on(self, scene: Scene) -> date | None:
        """The date; None when its start is not known or the calendar ends."""
        start = scene.day(self.start)
        number = scene.numbers.get(self.number[1:]) if isinstance(self.number, str) else self.number
        if start is None or not isinstance(number, int):
            return None
        try:
            return days.before(start, number) if self.backward else days.after(start, number, self.unit)
        except OverflowError:
            return None


@dataclass(frozen=True, slots=True)
class NumberOf:
    """The parameter `name` as it stands on the day."""

    name: str

    def on(self, scene: Scene) -> Value:
        found = scene.numbers.get(self.name)
        return list(found) if isinstance(found, tuple) else found


Effect = Value | Term | NumberOf


@dataclass(frozen=True, slots=True)
class Rule:
    """When `tests` all hold, `sets` gives the values of keys and `adds` lengthens lists."""

    topic: str
    citations: tuple[Citation, ...]
    tests: tuple[tuple[str, Test], ...]
    sets: Mapping[str, Effect]
    adds: Mapping[str, tuple[str, ...]]
    text: Text | None
    line: int = 0

    def fits(self, scene: Scene) -> bool:
        return all(test(scene.facts.get(name), scene) for name, test in self.tests)


@dataclass(slots=True)
class Draft:
    """An answer while rules are read."""

    values: dict[str, Value] = field(default_factory=dict)
    citations: dict[Citation, None] = field(default_factory=dict)
    told: list[tuple[Citation | None, Text]] = field(default_factory=list)

    def cite(self, citations: Sequence[Citation], text: Text | None = None) -> None:
        self.citations.update(dict.fromkeys(citations))
        if text is not None:
            self.told.append((citations[0] if citations else None, text))

    def reasons(self) -> tuple[Reason, ...]:
        """What was told, with the values filled in."""
        shown = _Shown({key: shown_value(value) for key, value in self.values.items()})
        return tuple(
            Reason(citation, Text(text.zh.format_map(shown), text.en.format_map(shown))) for citation, text in self.told
        )


class _Shown(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "—"


def shown_value(value: Value) -> str:
    """A value inside a sentence."""
    return "—" if value is None else value.isoformat() if isinstance(value, date) else str(value)


def read(rules: Sequence[Rule], scene: Scene) -> Draft:
    """Read `rules` in order: each key is set by the first rule that fits, lists grow by every one."""
    draft = Draft()
    for rule in rules:
        if rule.fits(scene):
            _apply(rule, scene, draft)
    return draft


def _apply(rule: Rule, scene: Scene, draft: Draft) -> None:
    fresh = {key: effect for key, effect in rule.sets.items() if key not in draft.values}
    if not rule.adds and not any(key != "silent" for key in fresh):
        return
    for key, effect in fresh.items():
        draft.values[key] = effect.on(scene) if isinstance(effect, Term | NumberOf) else effect
    for key, more in rule.adds.items():
        known = draft.values.setdefault(key, [])
        assert isinstance(known, list)  # the loader lets `key+` and `key` not meet
        draft.values[key] = [*known, *(one for one in more if one not in known)]
    draft.cite(rule.citations, rule.text)


# Conditions. Each takes the fact's value (None: not told) and the scene.


def equals(wanted: str | bool) -> Test:
    return lambda fact, _: fact is not None and type(fact) is type(wanted) and fact == wanted


def one_of(wanted: frozenset[str | bool]) -> Test:
    return lambda fact, _: isinstance(fact, str | bool) and fact in wanted


def present(fact: Fact, _: Scene) -> bool:
    return fact is not None


def absent(fact: Fact, _: Scene) -> bool:
    return fact is None


def differs_from(unwanted: str | bool) -> Test:
    """Also true when the fact was not told."""
    return lambda fact, _: not (type(fact) is type(unwanted) and fact == unwanted)


def beyond(name: str) -> Test:
    """Told, and not word for word what the fact `name` says."""
    return lambda fact, scene: fact is not None and fact != scene.facts.get(name)


def less_than(bound: int | str) -> Test:
    def test(fact: Fact, scene: Scene) -> bool:
        limit = scene.numbers.get(bound[1:]) if isinstance(bound, str) else bound
        return is_number(fact) and isinstance(limit, int) and fact < limit

    return test


def earlier(than: str) -> Test:
    def test(fact: Fact, scene: Scene) -> bool:
        day = scene.day(than)
        return isinstance(fact, date) and day is not None and fact < day

    return test


def not_earlier(than: str) -> Test:
    def test(fact: Fact, scene: Scene) -> bool:
        day = scene.day(than)
        return isinstance(fact, date) and day is not None and fact >= day

    return test


def later(than: str) -> Test:
    def test(fact: Fact, scene: Scene) -> bool:
        day = scene.day(than)
        return isinstance(fact, date) and day is not None and fact > day

    return test


def earlier_or_unknown(than: str) -> Test:
    known = earlier(than)
    return lambda fact, scene: fact is None or known(fact, scene)


def earlier_or_flag(than: str) -> Test:
    """A day before, or simply yes."""
    late = later(than)
    return lambda fact, scene: fact is True or (isinstance(fact, date) and not late(fact, scene))


def is_number(fact: object) -> TypeGuard[int]:
    """An integer that is no truth value."""
    return isinstance(fact, int) and not isinstance(fact, bool)
