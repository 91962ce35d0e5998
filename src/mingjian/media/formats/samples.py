"""The frames and the sound inside a fragment, as `fmp4.fragment` lays them (ISO/IEC 14496-12)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mingjian.media.formats.fmp4 import LEADING, NOT_KEY, PLAIN, SHIFTED, SOUND_TRACK

_NOT_SYNC: Final = 0x00010000
_IS_LEADING: Final = LEADING & ~NOT_KEY
_SOUND_LAYOUT: Final = 0x000301


@dataclass(frozen=True, slots=True)
class Sample:
    """One access unit; `duration_ticks` in 90 kHz, `key` where decoding can start; the rest as in `Frame`."""

    data: memoryview
    duration_ticks: int
    key: bool
    shift: int = 0
    leading: bool = False


@dataclass(frozen=True, slots=True)
class HeardSamples:
    """The sound of a fragment: as in `fmp4.SoundRun`."""

    decode_samples: int
    pieces: list[memoryview]
    samples: list[int]


def samples(fragment: bytes) -> Iterator[Sample]:
    """The samples of a fragment's picture, in decoding order.

    Raises ValueError for anything that is not whole: nothing outside of `fragment` is read.
    """
    view, moof_at, trafs = _opened(fragment)
    yield from _run(view, moof_at, _only(trafs[0], b"trun"))


def sound(fragment: bytes) -> HeardSamples | None:
    """The sound beside the picture; None without. Raises ValueError for anything that is not whole."""
    view, moof_at, trafs = _opened(fragment)
    if len(trafs) < 2:
        return None
    header, time, trun = (_only(trafs[1], kind) for kind in (b"tfhd", b"tfdt", b"trun"))
    if len(header) < 8 or len(time) < 12 or int.from_bytes(header[4:8], "big") != SOUND_TRACK:
        raise ValueError("a second track that is no sound")
    layout, count, offset = _run_head(trun, {_SOUND_LAYOUT: 8})
    del layout
    heard = HeardSamples(int.from_bytes(time[4:12], "big"), [], [])
    at = moof_at + offset
    for lasts, size in struct.iter_unpack(">II", trun[12 : 12 + 8 * count]):
        heard.pieces.append(_within(view, at, size))
        heard.samples.append(lasts)
        at += size
    return heard


def _opened(fragment: bytes) -> tuple[memoryview, int, list[memoryview]]:
    view = memoryview(fragment)
    boxes = {kind: (at, content) for kind, at, content in _boxes(view, 0, len(view))}
    if b"moof" not in boxes or b"mdat" not in boxes:
        raise ValueError("a fragment without moof or mdat")
    moof_at, moof = boxes[b"moof"]
    trafs = [inside for kind, _, inside in _boxes(moof, 0, len(moof)) if kind == b"traf"]
    if not 1 <= len(trafs) <= 2:
        raise ValueError(f"{len(trafs)} tracks in a fragment")
    return view, moof_at, trafs


def _run(view: memoryview, moof_at: int, trun: memoryview) -> Iterator[Sample]:
    layout, count, offset = _run_head(trun, {PLAIN: 12, SHIFTED: 16})
    at, wide = moof_at + offset, 12 if layout == PLAIN else 16
    for row in struct.iter_unpack(">IIIi" if layout == SHIFTED else ">III", trun[12 : 12 + wide * count]):
        duration, size, flags = row[:3]
        data = _within(view, at, size)
        yield Sample(data, duration, not flags & _NOT_SYNC, sum(row[3:]), bool(flags & _IS_LEADING))
        at += size


def _run_head(trun: memoryview, layouts: dict[int, int]) -> tuple[int, int, int]:
    """Layout, count and data offset of a trun (section 8.8.8) that has one of these layouts, with its size of a row."""
    if len(trun) < 12:
        raise ValueError("a trun that is too short")
    layout, count, offset = struct.unpack_from(">III", trun)
    if layout not in layouts:
        raise ValueError(f"a trun of another layout: {layout:#x}")
    if len(trun) < 12 + layouts[layout] * count:
        raise ValueError("a trun that is too short for its samples")
    return layout, count, offset


def _within(view: memoryview, at: int, size: int) -> memoryview:
    if at + size > len(view):
        raise ValueError("a sample that reaches out of its fragment")
    return view[at : at + size]


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
