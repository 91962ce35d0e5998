"""How footage is divided into parts for HLS: nothing lost, nothing twice, and what was listed once stays."""

from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from mingjian.kernel.ids import ChannelId, SegmentId, VolumeId
from mingjian.media.export.hls import MAX_PART_US, MIN_PART_US, parts_of
from mingjian.media.export.reading import Piece
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.model import FragmentRecord, Segment, SegmentState

SEGMENT = Segment(
    SegmentId(UUID(int=1)),
    ChannelId(UUID(int=2)),
    VolumeId(UUID(int=3)),
    SegmentState.OPEN,
    "name",
    0,
    0,
    0,
    0,
    0,
    VideoParameters("h264", "avc1", 1, 1, 25.0, b""),
)
# Hundredths of a second of each fragment, and whether it begins with a key frame.
FRAGMENTS = st.lists(st.tuples(st.integers(1, 100), st.booleans()), max_size=80)


def pieces(fragments: list[tuple[int, bool]]) -> list[Piece]:
    made, offset_us = [], 0
    for number, (length, key) in enumerate(fragments):
        record = FragmentRecord(1, 0, length * 900, offset_us, 1, key or number == 0, b"")
        made.append(Piece(SEGMENT, number, number, record))
        offset_us += length * 10_000
    return made


def length_us(part: tuple[Piece, ...]) -> int:
    return part[-1].end_us - part[0].start_us


@given(FRAGMENTS)
def test_every_fragment_is_in_one_part(fragments: list[tuple[int, bool]]) -> None:
    given_pieces = pieces(fragments)
    parts = parts_of(given_pieces, growing=False)
    assert [piece for part in parts for piece in part] == given_pieces
    assert all(length_us(part) <= MAX_PART_US for part in parts)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=20), st.integers(1, 4))
def test_parts_begin_with_key_frames_where_there_are_enough(gops: list[int], each: int) -> None:
    """Groups of up to six seconds: no part begins without a key frame, and none is shorter than it must be."""
    fragments = [(100 // each, number == 0) for gop in gops for number in range(gop * each)]
    parts = parts_of(pieces(fragments), growing=False)
    assert all(part[0].record.key for part in parts)
    for part, after in pairwise(parts):
        if length_us(part) < MIN_PART_US:
            assert length_us(part) + length_us(after) > MAX_PART_US


@given(FRAGMENTS, st.integers(0, 80))
def test_what_was_listed_stays_as_it_was(fragments: list[tuple[int, bool]], size: int) -> None:
    earlier = parts_of(pieces(fragments[:size]), growing=True)
    assert parts_of(pieces(fragments), growing=True)[: len(earlier)] == earlier
    assert parts_of(pieces(fragments), growing=False)[: len(earlier)] == earlier
