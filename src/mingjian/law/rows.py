"""Traceability: what every article, paragraph and item of a text asks for, and where the platform answers it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from mingjian.kernel.errors import Text
from mingjian.law.model import Citation

Modality = Literal["definition", "principle", "must", "must_not", "may", "penalty", "commencement"]
Answered = Literal["enforced", "computed", "recorded", "detected", "reported", "outside", "none"]
MODALITIES: Final[tuple[Modality, ...]] = (
    "definition",
    "principle",
    "must",
    "must_not",
    "may",
    "penalty",
    "commencement",
)
ANSWERED: Final[tuple[Answered, ...]] = ("enforced", "computed", "recorded", "detected", "reported", "outside", "none")
PLANNED: Final = "planned"

Outline = Mapping[int, tuple[int, ...]]
"""Article → for each of its paragraphs the number of its items."""


@dataclass(frozen=True, slots=True)
class Row:
    """One normative statement: who is addressed, what it is, the gist in our words, what the platform does about it.

    `where` are places of this project that do it: a module path under `mingjian`, a page of the console
    (`console:holds`), or `planned`; empty only for what software has no part in.
    """

    citation: Citation
    who: Text
    modality: Modality
    gist: Text
    answered: Answered
    where: tuple[str, ...]
    line: int = 0


def places_of(outline: Outline, instrument: str) -> Iterator[Citation]:
    """Every place of the text that needs a row: each item, and each paragraph without items.

    A paragraph with items needs a row of its own as well: its opening words say who must do what follows. Articles of
    one paragraph are cited without it.
    """
    for article, paragraphs in outline.items():
        for number, items in enumerate(paragraphs, 1):
            paragraph = number if len(paragraphs) > 1 else None
            yield Citation(instrument, article, paragraph)
            for item in range(1, items + 1):
                yield Citation(instrument, article, paragraph, item)


def missing(outline: Outline, rows: Iterable[Row], instrument: str) -> list[Citation]:
    """Places of the text that have no row."""
    covered = {row.citation for row in rows}
    return [place for place in places_of(outline, instrument) if place not in covered]


def exists(outline: Outline, citation: Citation) -> bool:
    """Whether the text has such a place. In an article of one paragraph `p1` may be left out, and an item may be cited
    without its paragraph where only one paragraph of the article has items.
    """
    paragraphs = outline.get(citation.article)
    if paragraphs is None:
        return False
    if citation.paragraph is not None:
        if citation.paragraph > len(paragraphs):
            return False
        return citation.item is None or citation.item <= paragraphs[citation.paragraph - 1]
    with_items = [items for items in paragraphs if items]
    return citation.item is None or (len(with_items) == 1 and citation.item <= with_items[0])
