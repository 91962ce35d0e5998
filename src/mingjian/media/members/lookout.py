"""Who has died, and who has settled in: from what one member sees of the others, by its own monotonic time. Pure.

No clock is compared with another one. A member is silent when whoever watched it saw no beat for LEASE_S of the
watcher's time; time in which the watcher itself did not look (it was frozen, or the database away) does not count.
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Final

from mingjian.media.members.model import Member, Roll

LEASE_S: Final = 5.0
"""A member that shows no sign of life for so long has lost its lease."""
# Longer without a look, and nothing is known of the time between.
BLIND_S: Final = 2.5
# A newcomer is given channels of others once it has lived so long, four times longer for each of its last deaths.
SETTLE_S: Final = 3.0
LONGEST_SETTLE_S: Final = 180.0
RECENT_S: Final = 600.0


@dataclass(slots=True)
class _Sight:
    """`since`: when this beat was first seen; `first`: when this life was."""

    beat: int
    since: float
    first: float


@dataclass(slots=True)
class Lookout:
    """One member's. `patience_s` is the lease."""

    patience_s: float = LEASE_S
    _seen: dict[int, _Sight] = field(default_factory=dict)
    _last: float = field(default=float("-inf"))
    _lives: dict[int, int] = field(default_factory=dict)
    _deaths: dict[int, list[float]] = field(default_factory=dict)

    def look(self, roll: Roll) -> list[Member]:
        """Those whose lease is over, by this roll and those before."""
        now = roll.read_at
        blind = now - self._last > BLIND_S
        self._last = now
        self._seen = {one.fence: self._sight(one, now, blind=blind) for one in roll.living}
        return [one for one in roll.living if now - self._seen[one.fence].since >= self.patience_s]

    def settled(self, living: Collection[Member]) -> set[int]:
        """The numbers of those that may be given what is recorded elsewhere."""
        return {one.number for one in living if self._is_settled(one)}

    def _sight(self, member: Member, now: float, *, blind: bool) -> _Sight:
        known = self._seen.get(member.fence)
        if known is None:
            self._came(member, now)
            return _Sight(member.beat, now, now)
        if blind or known.beat != member.beat:
            return _Sight(member.beat, now, known.first)
        return known

    def _came(self, member: Member, now: float) -> None:
        before = self._lives.get(member.number)
        self._lives[member.number] = member.fence
        if before is not None:
            self._deaths.setdefault(member.number, []).append(now)

    def _is_settled(self, member: Member) -> bool:
        sight = self._seen.get(member.fence)
        if sight is None:
            return False
        lately = sum(self._last - at < RECENT_S for at in self._deaths.get(member.number, ()))
        patience_s: float = min(SETTLE_S * 4**lately, LONGEST_SETTLE_S)
        return self._last - sight.first >= patience_s
