"""Which member records which channel: even by cost, with as few moves as can be. Pure."""

from collections.abc import Collection, Mapping
from typing import Final

from mingjian.kernel.ids import ChannelId

# Channels are moved for the sake of evenness only beyond this difference, as a part of what a member has on average.
TOLERANCE: Final = 0.25
_AVERAGE: Final = 1000
# A channel costs something even when nothing comes: at least so many thousandths of the average.
LEAST: Final = 100


def spread(
    costs: Mapping[ChannelId, float | None],
    standing: Mapping[ChannelId, int],
    living: Collection[int],
    settled: Collection[int],
) -> dict[ChannelId, int]:
    """The member of each channel of `costs` (bytes a second; None: not measured yet, counts as the average).

    A channel whose member lives stays, unless the members' shares differ much; one whose member does not goes to the
    one with least to do. What is recorded elsewhere goes to `settled` members only: one that came a moment ago, or
    comes and goes, gets nothing that is in good hands. Without members all stays as it is.
    """
    if not living:
        return {channel: standing[channel] for channel in costs if channel in standing}
    weights = _weights(costs)
    found = {channel: standing[channel] for channel in costs if standing.get(channel) in living}
    loads = dict.fromkeys(sorted(living), 0)
    for channel, member in found.items():
        loads[member] += weights[channel]
    takers = [member for member in loads if member in settled] or list(loads)
    for channel in sorted(costs.keys() - found.keys(), key=lambda one: (-weights[one], one)):
        found[channel] = _least(takers, loads)
        loads[found[channel]] += weights[channel]
    _level(found, loads, weights, [member for member in loads if member in settled])
    return found


def _weights(costs: Mapping[ChannelId, float | None]) -> dict[ChannelId, int]:
    """In thousandths of the average: whole numbers, so that sums do not depend on the order of adding."""
    known = sorted(cost for cost in costs.values() if cost is not None)
    average = (sum(known) / len(known) if known else 0.0) or 1.0
    return {
        channel: _AVERAGE if cost is None else max(LEAST, round(cost / average * _AVERAGE))
        for channel, cost in costs.items()
    }


def _least(members: Collection[int], loads: Mapping[int, int]) -> int:
    return min(members, key=lambda one: (loads[one], one))


def _level(
    found: dict[ChannelId, int], loads: dict[int, int], weights: Mapping[ChannelId, int], takers: Collection[int]
) -> None:
    """Move channels from whoever has most to the taker who has least, until no move is worth it."""
    tolerated = TOLERANCE * sum(loads.values()) / len(loads)
    while takers:
        most, least = max(loads, key=lambda one: (loads[one], -one)), _least(takers, loads)
        apart = loads[most] - loads[least]
        if apart <= tolerated:
            return
        # Each move makes the two more even, the one of half the difference most.
        movable = [channel for channel, member in found.items() if member == most and weights[channel] < apart]
        if not movable:
            return
        moved = min(movable, key=lambda one: (abs(weights[one] - apart / 2), one))
        found[moved] = least
        loads[most] -= weights[moved]
        loads[least] += weights[moved]
