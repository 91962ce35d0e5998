"""Puts the datagrams of one RTP stream in order (RFC 3550 section 5.1). Pure: turns are told, not timed."""

from typing import Final

# Numbers further ahead or behind are of another stream when two in a row say so (RFC 3550 section A.1).
_MAX_STRAY: Final = 4096
_MAX_LATE: Final = 1024
MAX_WAITING: Final = 256


class Reorder:
    """Gives packets in the order of their numbers.

    One that is missing is waited for to the end of the turn after the one that missed it, or until MAX_WAITING wait
    for it.
    """

    __slots__ = ("_expected", "_missed_before", "_stray", "_waiting", "late_packets")

    def __init__(self) -> None:
        self._expected = -1
        self._stray = -1
        self._waiting: dict[int, bytes] = {}
        self._missed_before = -1
        self.late_packets = 0
        """Duplicates, and what came after it had been given up."""

    def turn(self, packets: list[bytes]) -> list[bytes]:
        """Take what arrived since the last turn; what can be read now, in order."""
        ready: list[bytes] = []
        packets = [packet for packet in packets if len(packet) >= 12]
        if self._expected < 0 and packets:
            self._expected = _first(packets)
        for packet in packets:
            self._take(packet, packet[2] << 8 | packet[3], ready)
        while self._missed_before in self._waiting:
            self._give_up(ready)
        self._missed_before = max(self._waiting, key=self._ahead, default=-1)
        return ready

    def _ahead(self, number: int) -> int:
        return number - self._expected & 0xFFFF

    def _take(self, packet: bytes, number: int, ready: list[bytes]) -> None:
        if number == self._expected:
            ready.append(packet)
            self._expected = number + 1 & 0xFFFF
            if self._waiting:
                self._release(ready)
            return
        ahead = self._ahead(number)
        if ahead <= _MAX_STRAY:
            self.late_packets += number in self._waiting
            self._waiting[number] = packet
            if len(self._waiting) > MAX_WAITING:
                self._give_up(ready)
        elif 0x10000 - ahead <= _MAX_LATE:
            self.late_packets += 1
        elif number == self._stray:
            self._begin_anew(packet, number, ready)
        else:
            self._stray = number + 1 & 0xFFFF
            self.late_packets += 1

    def _begin_anew(self, packet: bytes, number: int, ready: list[bytes]) -> None:
        """The sender counts from somewhere else now; whoever reads sees the leap in the numbers."""
        while self._waiting:
            self._give_up(ready)
        ready.append(packet)
        self._expected = number + 1 & 0xFFFF
        self._stray = -1

    def _release(self, ready: list[bytes]) -> None:
        while (packet := self._waiting.pop(self._expected, None)) is not None:
            ready.append(packet)
            self._expected = self._expected + 1 & 0xFFFF

    def _give_up(self, ready: list[bytes]) -> None:
        """Go on behind what is missing, up to the next that is missing."""
        self._expected = min(self._waiting, key=self._ahead)
        self._release(ready)


def _first(packets: list[bytes]) -> int:
    """The number to begin with: the first key frame must not be lost because two of its packets changed places."""
    numbers = [packet[2] << 8 | packet[3] for packet in packets]
    return numbers[0] - max(behind for one in numbers if (behind := numbers[0] - one & 0xFFFF) <= MAX_WAITING) & 0xFFFF
