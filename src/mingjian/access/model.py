"""A view (查阅): one person watching some channels, for a reason, from opening to closing."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from mingjian.kernel.ids import ChannelId, PersonId, ViewId


class ViewKind(StrEnum):
    LIVE = "live"
    PLAYBACK = "playback"


@dataclass(frozen=True, slots=True)
class View:
    """`seconds` seen for each channel so far; `closed_us` is None while it is open.

    `session_key` is that of the sign-in that opened it: what was derived from a view ends with the sign-in.
    """

    id: ViewId
    person_id: PersonId
    person_label: str
    kind: ViewKind
    reason: str
    opened_us: int
    closed_us: int | None
    seconds: Mapping[ChannelId, int]
    session_key: bytes | None = None

    @property
    def channels(self) -> tuple[ChannelId, ...]:
        return tuple(self.seconds)
