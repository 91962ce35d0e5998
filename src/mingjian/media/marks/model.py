"""What a mark is. Frozen; times are wall microseconds."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from mingjian.kernel.ids import ChannelId, MarkId, PersonId
from mingjian.kernel.intervals import Span

LONGEST_US: Final = 31 * 86_400_000_000
NAME_LIMIT: Final = 100


@dataclass(frozen=True, slots=True)
class Mark:
    """A name for something to be found again. A moment is a mark whose end is its start.

    `placed_by` is None for what a program placed by nobody in particular.
    """

    id: MarkId
    channel_id: ChannelId
    start_us: int
    end_us: int
    name: str
    placed_by: PersonId | None
    placed_label: str
    placed_us: int

    def is_of(self, person_id: UUID) -> bool:
        return self.placed_by == person_id


@dataclass(frozen=True, slots=True)
class Search:
    """Which marks are wanted: with these words in the name or in who placed them, of this channel, touching `span`."""

    words: str = ""
    channel_id: ChannelId | None = None
    span: Span | None = None
