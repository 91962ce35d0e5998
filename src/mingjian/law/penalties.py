"""Penalties: what each stage adds, by subject. Fines are inclusive ranges in yuan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mingjian.law.model import Citation
from mingjian.law.rules import Number, Scene, Test

FIRST: Final = "first"
SAME_STAGE: Final[Mapping[str, tuple[str, ...]]] = {
    "first": ("not_serious", "no_serious_consequence"),
    "not_serious": ("first",),
    "no_serious_consequence": ("first",),
    "overdue": ("refused_to_correct",),
    "refused_to_correct": ("overdue",),
    "serious": ("serious_consequence",),
    "serious_consequence": ("serious",),
}
"""Stages that differ in words: a text that knows the one is asked for the other."""


@dataclass(frozen=True, slots=True)
class Fine:
    """What somebody pays. `unit`, `individual`: by subject; `responsible`: those in charge of a unit."""

    tests: tuple[tuple[str, Test], ...]
    subject: str | None
    amount: Number | str
    responsible: Number | str | None


@dataclass(frozen=True, slots=True)
class Step:
    """What one stage adds."""

    measures: tuple[str, ...]
    fines: tuple[Fine, ...]


@dataclass(frozen=True, slots=True)
class Penalty:
    """The consequence of `violations` by one provision; `refers` names laws that decide instead of the text."""

    citation: Citation
    violations: frozenset[str]
    tests: tuple[tuple[str, Test], ...]
    steps: Mapping[str, Step]
    refers: tuple[str, ...]

    def applies(self, violation: str, scene: Scene) -> bool:
        return violation in self.violations and all(test(scene.facts.get(name), scene) for name, test in self.tests)

    def step(self, stage: str) -> Step | None:
        """What `stage` adds; None when this provision knows no such stage."""
        for name in (stage, *SAME_STAGE.get(stage, ())):
            if name in self.steps:
                return self.steps[name]
        return None


def fines_for(step: Step, subject: str | None, scene: Scene) -> list[Fine]:
    """The fines of `step` that fit; more than one when the subject was not told."""
    fitting = [fine for fine in step.fines if all(test(scene.facts.get(name), scene) for name, test in fine.tests)]
    return [fine for fine in fitting if subject is None or fine.subject in (None, subject)]


def amount(number: Number | str | None, scene: Scene) -> list[int] | None:
    """[low, high] in yuan."""
    found = scene.numbers.get(number[1:]) if isinstance(number, str) else number
    return [found, found] if isinstance(found, int) else list(found) if found is not None else None


def differ(fines: Sequence[Fine]) -> bool:
    """Whether they ask for different sums."""
    return len({(fine.amount, fine.responsible) for fine in fines}) > 1
