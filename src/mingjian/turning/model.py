"""A lock: one person turning one camera, until an end that moves on while it is used."""

from dataclasses import dataclass
from uuid import UUID

from mingjian.identity.model import Role
from mingjian.kernel.ids import ChannelId


@dataclass(frozen=True, slots=True)
class Lock:
    """`id` is another one each time; `acts` counts movements begun, presets gone to and the like."""

    id: UUID
    channel_id: ChannelId
    person_id: UUID
    label: str
    role: Role
    reason: str
    taken_us: int
    expires_us: int
    acts: int = 0

    def holds(self, now_us: int) -> bool:
        return now_us < self.expires_us
