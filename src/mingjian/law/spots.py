"""Where cameras must be, and where they must not: items of a text with the kinds of places that they name."""

from collections.abc import Sequence
from dataclasses import dataclass

from mingjian.law.model import Citation, Tri


@dataclass(frozen=True, slots=True)
class SpotItem:
    """One item: `kinds` it names; `perhaps` kinds that its 等 or catch-all may reach, which a person decides."""

    citation: Citation
    kinds: frozenset[str]
    perhaps: frozenset[str]


def judge(items: Sequence[SpotItem], kind: str) -> tuple[Tri, tuple[Citation, ...]]:
    """Whether `kind` is named (True), may be meant (`review`), or neither (False), and by which items."""
    named = tuple(item.citation for item in items if kind in item.kinds)
    if named:
        return True, named
    open_items = tuple(item.citation for item in items if kind in item.perhaps)
    return ("review", open_items) if open_items else (False, ())
