"""What a network does to packets on their way: lost, doubled, out of order, late. Seeded, so that a test is repeatable.

Everything is counted in packets and not in time, so that the same packets meet the same fate on any machine.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Weather:
    """Chances for each packet, from 0 to 1.

    A packet out of order comes up to `reordered_by` packets after its turn, a late one exactly `late_by` after it.
    """

    loss: float = 0.0
    doubled: float = 0.0
    reordered: float = 0.0
    late: float = 0.0
    reordered_by: int = 8
    late_by: int = 600
    seed: int = 1


@dataclass(slots=True)
class Fates:
    """What became of packets so far, by their numbers: 0 is the first that was ever to be sent."""

    sent: int = 0
    lost: list[int] = field(default_factory=list)
    doubled: list[int] = field(default_factory=list)
    reordered: list[int] = field(default_factory=list)
    late: list[int] = field(default_factory=list)


class Path:
    """The way of one stream through the weather."""

    def __init__(self, weather: Weather) -> None:
        self._weather = weather
        self._random = random.Random(weather.seed)
        self._held: list[tuple[int, int, bytes]] = []
        """When it is due, its number, the packet: in packets that have been offered."""
        self.fates = Fates()

    def through(self, packets: Sequence[bytes]) -> list[bytes]:
        """What comes out while these go in, in the order of arrival."""
        return [out for packet in packets for out in self._one(packet)]

    def _one(self, packet: bytes) -> Iterator[bytes]:
        number = self.fates.sent
        self.fates.sent += 1
        yield from self._fate(number, packet)
        due = [one for one in self._held if one[0] <= number]
        if due:
            self._held = [one for one in self._held if one[0] > number]
            yield from (late for _, _, late in sorted(due))

    def _fate(self, number: int, packet: bytes) -> Iterator[bytes]:
        weather, fates, drawn = self._weather, self.fates, self._random.random
        if drawn() < weather.loss:
            fates.lost.append(number)
        elif drawn() < weather.late:
            fates.late.append(number)
            self._held.append((number + weather.late_by, number, packet))
        elif drawn() < weather.reordered:
            fates.reordered.append(number)
            self._held.append((number + self._random.randint(1, weather.reordered_by), number, packet))
        else:
            yield packet
            if drawn() < weather.doubled:
                fates.doubled.append(number)
                yield packet
