"""What one member does next about who records what. Pure: assignments and the living in, changes out."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from mingjian.kernel.ids import ChannelId
from mingjian.media.members.model import Assignment, Member
from mingjian.media.members.spread import spread


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands: every assignment, who lives, who of them has settled in."""

    assignments: Mapping[ChannelId, Assignment]
    living: Collection[Member]
    settled: Collection[int]

    @property
    def fences(self) -> frozenset[int]:
        return frozenset(one.fence for one in self.living)


@dataclass(frozen=True, slots=True)
class Plan:
    """`assign`: what should go to another member, and what is new; `forget`: what is no channel any more; `claim`: what
    this member takes up, with the life that had it; `let_go`: what it has and another should have.
    """

    assign: Mapping[ChannelId, int]
    forget: Collection[ChannelId]
    claim: Mapping[ChannelId, int | None]
    let_go: Collection[ChannelId]


def plan(me: Member, standing: Standing, channels: Collection[ChannelId]) -> Plan:
    """The member with the lowest number that lives decides for all; each takes up and lets go for itself.

    What somebody else holds and lives is never claimed: who holds it lets go first.
    """
    members, forget = _decided(me, standing, channels)
    before = {channel: one.member for channel, one in standing.assignments.items()}
    claim: dict[ChannelId, int | None] = {}
    let_go = []
    for channel in channels:
        held = standing.assignments[channel].fence if channel in standing.assignments else None
        mine = members.get(channel, before.get(channel)) == me.number
        if mine and held != me.fence and held not in standing.fences:
            claim[channel] = held
        elif held == me.fence and not mine:
            let_go.append(channel)
    assign = {channel: member for channel, member in members.items() if before.get(channel) != member}
    return Plan(assign, forget, claim, let_go)


def _decided(
    me: Member, standing: Standing, channels: Collection[ChannelId]
) -> tuple[dict[ChannelId, int], list[ChannelId]]:
    numbers = {one.number for one in standing.living}
    if me.number != min(numbers, default=None):
        return {}, []
    known = standing.assignments
    costs = {channel: known[channel].bytes_per_s if channel in known else None for channel in channels}
    now = {channel: one.member for channel, one in known.items()}
    gone = [channel for channel, one in known.items() if channel not in costs and one.fence not in standing.fences]
    # One that sees no volume has nowhere to put a picture; where none does, all are as good.
    able = {one.number for one in standing.living if one.able} or numbers
    return spread(costs, now, able, standing.settled), gone
