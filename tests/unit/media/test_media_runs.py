"""Packets that differ in their number alone are taken together: nothing else may come of that."""

import struct
from dataclasses import dataclass

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.unit.media import coding

from mingjian.media.formats.h264 import H264Depacketizer
from mingjian.media.formats.h265 import H265Depacketizer
from mingjian.media.formats.units import MAX_NAL, Depacketizer

HEADS = {"h264": (b"\x7c", 0x05), "h265": (b"\x62\x01", 0x13)}
"""Of a fragmented key frame: what is before the byte with S and E, and the kind in that byte."""


@dataclass(frozen=True)
class Part:
    """One packet with a part of a unit. `step`: how far its number is from the one before it."""

    start: bool = False
    end: bool = False
    marker: bool = False
    step: int = 1
    later: int = 0
    size: int = 5
    source: int = 7
    kind: int = 96
    first: int = 0x80
    other: bool = False

    def packet(self, codec: str, sequence: int, timestamp: int) -> bytes:
        before, kind = HEADS[codec]
        rtp = struct.pack(">BBHII", self.first, self.marker << 7 | self.kind, sequence & 0xFFFF, timestamp, self.source)
        header = self.start << 7 | self.end << 6 | kind ^ self.other
        return rtp + before + bytes((header,)) + bytes(sequence + at & 0xFF for at in range(self.size))


def often(usual: int, *seldom: int) -> st.SearchStrategy[int]:
    return st.sampled_from([*[usual] * 12, *seldom])


def seldom() -> st.SearchStrategy[bool]:
    return st.integers(0, 9).map(lambda one: one == 9)


PARTS = st.builds(
    Part,
    start=seldom(),
    end=seldom(),
    marker=seldom(),
    step=often(1, 0, 2, 0xFFFF),
    later=often(0, 3600),
    size=often(5, 0, 1, 6),
    source=often(7, 8),
    kind=often(96, 97),
    first=often(0x80, 0xA0, 0x90, 0x81, 0x00),
    other=seldom(),
)


def packets(codec: str, parts: list[Part], sequence: int) -> list[bytes]:
    made, timestamp = [], 0
    for part in parts:
        sequence, timestamp = sequence + part.step, timestamp + part.later
        made.append(part.packet(codec, sequence, timestamp))
    return made


def track(codec: str) -> Depacketizer:
    sets = coding.pictures(codec).sets
    return H264Depacketizer((sets[0], sets[1])) if codec == "h264" else H265Depacketizer((sets[0], sets[1], sets[2]))


def outcome(one: Depacketizer) -> tuple[object, ...]:
    frames = [(frame.data, frame.ticks, frame.key) for frame in one.take()]
    return frames, one.lost_packets, one.damaged_units, one.ignored_packets, one.shown_ticks


RUN = [Part(start=True), *[Part()] * 6, Part(end=True, marker=True)]


@pytest.mark.parametrize("codec", HEADS)
@given(parts=st.lists(PARTS, max_size=40), sequence=st.sampled_from([0, 65_500, 65_530]), behind=st.binary(max_size=9))
@example(parts=RUN, sequence=65_529, behind=b"")
@example(parts=[Part(start=True, kind=127), Part(kind=127), Part(kind=0, marker=True)], sequence=65_533, behind=b"")
@example(parts=[*RUN[:3], Part(other=True), *RUN[3:]], sequence=0, behind=b"$\0\0")
def test_together_or_one_by_one(codec: str, parts: list[Part], sequence: int, behind: bytes) -> None:
    made = packets(codec, parts, sequence)
    apart, together = track(codec), track(codec)
    for one in made:
        apart.push(one, 0, len(one))
    data, at = b"".join(b"$\0" + len(one).to_bytes(2, "big") + one for one in made), 0
    size, data = len(data), data + behind
    while at < size:
        end = at + 4 + int.from_bytes(data[at + 2 : at + 4], "big")
        together.push(data, at + 4, end)
        at = together.follow(data, at, end)
    assert at == size
    assert outcome(together) == outcome(apart)


@pytest.mark.parametrize("codec", HEADS)
def test_a_run_is_taken_in_one_step(codec: str) -> None:
    made = packets(codec, RUN, 0)
    framed = [b"$\0" + len(one).to_bytes(2, "big") + one for one in made]
    one, first = track(codec), len(framed[0])
    one.push(b"".join(framed), 4, first)
    assert one.follow(b"".join(framed), 0, first) == sum(map(len, framed[:-1]))


def test_a_unit_without_end_stays_bounded() -> None:
    one = track("h264")
    packet = Part(size=60_000)
    made = packets("h264", [Part(start=True, size=60_000), *[packet] * 400], 0)
    data = b"".join(b"$\0" + len(each).to_bytes(2, "big") + each for each in made)
    one.push(data, 4, 4 + len(made[0]))
    one.follow(data, 0, 4 + len(made[0]))
    assert len(data) > 2 * MAX_NAL
    one.push(*_last(made))
    assert (one.take(), one.damaged_units) == ([], 1)


def _last(made: list[bytes]) -> tuple[bytes, int, int]:
    packet = Part(end=True, marker=True).packet("h264", len(made) + 1, 0)
    return packet, 0, len(packet)
