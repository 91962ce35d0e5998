"""What a pack holds: one text with its rank, its time in force, its outline, its numbers and its rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mingjian.kernel.errors import Text
from mingjian.law.model import Citation, Rank
from mingjian.law.penalties import Penalty
from mingjian.law.rows import Outline, Row
from mingjian.law.rules import Parameter, Rule
from mingjian.law.spots import SpotItem


@dataclass(frozen=True, slots=True)
class Instrument:
    """A text: its place in the order of texts and the days on which it holds.

    `in_force` is its first day (that day counts), None where it is not known; `ends` its last day. Before `text_from`
    the wording that held is not at hand; `text_available` is False where none is.
    """

    code: str
    title: Text
    short: Text
    rank: Rank
    region: str
    number: str
    published: date | None
    in_force: date | None
    ends: date | None
    text_from: date | None
    text_available: bool
    cite_in_force: Citation | None
    cite_territory: Citation | None
    assumption: Text | None

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on `day`."""
        return (self.in_force is None or self.in_force <= day) and (self.ends is None or day <= self.ends)

    def readable_on(self, day: date) -> bool:
        """Whether the wording that holds on `day` is at hand."""
        return self.text_available and (self.text_from is None or self.text_from <= day)

    def covers(self, region: str) -> bool:
        """Whether the division `region` lies in its territory."""
        if self.region == NATION:
            return True
        level = 2 if self.region.endswith("0000") else 4 if self.region.endswith("00") else 6
        return region[:level] == self.region[:level]

    @property
    def period(self) -> tuple[date, date]:
        """First and last day as dates, open ends as the calendar's."""
        return self.in_force or date.min, self.ends or date.max


NATION = "000000"
"""The territory of texts that hold everywhere."""


@dataclass(frozen=True, slots=True)
class Pack:
    """One text as data. `digest` is the SHA-256 of its files; the rules of a topic are in the order in which they are
    read.
    """

    instrument: Instrument
    digest: str
    outline: Outline
    rows: tuple[Row, ...]
    parameters: Mapping[str, tuple[Parameter, ...]]
    required: tuple[SpotItem, ...]
    forbidden: tuple[SpotItem, ...]
    rules: Mapping[str, tuple[Rule, ...]]
    penalties: tuple[Penalty, ...]
    unpunished: frozenset[str]
    cases: tuple[Mapping[str, object], ...] = ()


@dataclass(frozen=True, slots=True)
class OutsideLaw:
    """A law that a pack only refers to, with the one number that is needed from it."""

    code: str
    title: Text
    rank: Rank
    article: int
    in_force: date
    unit_status: str
    min_days: int
