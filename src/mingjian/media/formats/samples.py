"""The frames inside a fragment, as `fmp4.fragment` lays them (ISO/IEC 14496-12)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_NOT_SYNC: Final = 0x00010000
# trun (section 8.8.8): data offset; duration, size and flags of each sample. The only layout that is written here.
_LAYOUT: Final = 0x000701


@dataclass(frozen=True, slots=True)
class Sample:
    """One access unit; `duration_ticks` in 90 kHz, `key` where decoding can start."""

    data: memoryview
    duration_ticks: int
    key: bool


def samples(fragment: bytes) -> Iterator[Sample]:
    """The samples of a fragment of one track, in decoding order.

    Raises ValueError for anything that is not whole: nothing outside of `fragment` is read.
    """
    view = memoryview(fragment)
    boxes = {kind: (at, content) for kind, at, content in _boxes(view, 0, len(view))}
    if b"moof" not in boxes or b"mdat" not in boxes:
        raise ValueError("a fragment without moof or mdat")
    moof_at, moof = boxes[b"moof"]
    traf = _only(moof, b"traf")
    yield from _run(view, moof_at, _only(traf, b"trun"))


def _run(view: memoryview, moof_at: int, trun: memoryview) -> Iterator[Sample]:
    if len(trun) < 12:
        raise ValueError("a trun that is too short")
    flags, count, offset = struct.unpack_from(">III", trun)
    if flags != _LAYOUT:
        raise ValueError(f"a trun of another layout: {flags:#x}")
    if len(trun) < 12 + 12 * count:
        raise ValueError("a trun that is too short for its samples")
    at = moof_at + offset
    for duration, size, sample_flags in struct.iter_unpack(">III", trun[12 : 12 + 12 * count]):
        if at + size > len(view):
            raise ValueError("a sample that reaches out of its fragment")
        yield Sample(view[at : at + size], duration, not sample_flags & _NOT_SYNC)
        at += size


def _only(content: memoryview, wanted: bytes) -> memoryview:
    found = [inside for kind, _, inside in _boxes(content, 0, len(content)) if kind == wanted]
    if len(found) != 1:
        raise ValueError(f"{len(found)} boxes of {wanted!r} where one is expected")
    return found[0]


def _boxes(view: memoryview, at: int, end: int) -> Iterator[tuple[bytes, int, memoryview]]:
    """Kind, place and content of each box between two places."""
    while at < end:
        if end - at < 8:
            raise ValueError("a box that is cut off")
        size, kind = struct.unpack_from(">I4s", view, at)
        if not 8 <= size <= end - at:
            raise ValueError(f"a box {kind!r} of {size} bytes")
        yield kind, at, view[at + 8 : at + size]
        at += size
