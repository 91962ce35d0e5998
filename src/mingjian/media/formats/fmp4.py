"""Fragmented MP4 (ISO/IEC 14496-12): one init segment, then moof+mdat pieces of one video track.

The same builder serves fragments (files) and live chunks (viewers): they differ only in how many frames they hold.
"""

import struct
from collections.abc import Sequence
from typing import Final

from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.formats.frames import VideoParameters

_KEY: Final = 0x02000000  # sample_depends_on = 2: decoding can start here
_NOT_KEY: Final = 0x01010000  # sample_depends_on = 1, sample_is_non_sync_sample
_MATRIX: Final = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_EPOCH_1904: Final = 2_082_844_800
_HEAD_SIZE: Final = 88
_HEAD: Final = struct.Struct(">I4s I4sII I4s I4sII I4sIQ I4sIII")
_DECODE_TIME_AT: Final = 60
_DECODE_TIME: Final = struct.Struct(">Q")
_TRUN_FLAGS: Final = 0x000701  # data offset; duration, size and flags of each sample


def fragment(
    sequence: int, decode_ticks: int, frames: Sequence[bytes], durations: Sequence[int], keys: Sequence[bool]
) -> bytes:
    """moof+mdat holding `frames` (length-prefixed access units) one after another.

    decode_ticks: decode time of the first, 90 kHz from the start of the track; durations in ticks.
    """
    count = len(frames)
    moof_size = _HEAD_SIZE + 12 * count
    entries: list[int] = []
    for frame, duration, key in zip(frames, durations, keys, strict=True):
        entries += (duration, len(frame), _KEY if key else _NOT_KEY)
    body = sum(entries[1::3])
    head = _HEAD.pack(
        moof_size, b"moof",
        16, b"mfhd", 0, sequence, moof_size - 24,
        b"traf", 16, b"tfhd", 0x020000, 1, 20, b"tfdt", 0x01000000, decode_ticks,
        20 + 12 * count, b"trun", _TRUN_FLAGS, count, moof_size + 8,
    )  # fmt: skip
    return b"".join((head, struct.pack(f">{3 * count}I", *entries), struct.pack(">I4s", body + 8, b"mdat"), *frames))


def with_decode_time(piece: bytes, decode_ticks: int) -> bytes:
    """A fragment made by `fragment`, moved to another decode time; the media bytes are untouched."""
    return piece[:_DECODE_TIME_AT] + _DECODE_TIME.pack(decode_ticks) + piece[_DECODE_TIME_AT + 8 :]


def init(parameters: VideoParameters, created_us: int = 0) -> bytes:
    """ftyp+moov for one H.264 track; `created_us` (wall time) is written as the creation time."""
    created = created_us // 1_000_000 + _EPOCH_1904 if created_us else 0
    movie = _full(
        b"mvhd", 1, 0, struct.pack(">QQIQ", created, created, TICKS_PER_SECOND, 0),
        struct.pack(">IH10x", 0x10000, 0x100), _MATRIX, bytes(24), struct.pack(">I", 2),
    )  # fmt: skip
    extends = _box(b"mvex", _full(b"trex", 0, 0, struct.pack(">IIIII", 1, 1, 0, 0, 0)))
    brands = b"iso6" + struct.pack(">I", 0) + b"iso6iso5avc1mp41"
    return _box(b"ftyp", brands) + _box(b"moov", movie, _track(parameters, created), extends)


def _track(parameters: VideoParameters, created: int) -> bytes:
    header = _full(
        b"tkhd", 1, 7, struct.pack(">QQIIQ8xHHHH", created, created, 1, 0, 0, 0, 0, 0, 0), _MATRIX,
        struct.pack(">II", parameters.width << 16, parameters.height << 16),
    )  # fmt: skip
    media_header = _full(b"mdhd", 1, 0, struct.pack(">QQIQHH", created, created, TICKS_PER_SECOND, 0, 0x55C4, 0))
    handler = _full(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, b"vide"), b"video\0")
    references = _box(b"dinf", _full(b"dref", 0, 0, struct.pack(">I", 1), _full(b"url ", 0, 1)))
    information = _box(b"minf", _full(b"vmhd", 0, 1, bytes(8)), references, _sample_table(parameters))
    return _box(b"trak", header, _box(b"mdia", media_header, handler, information))


def _sample_table(parameters: VideoParameters) -> bytes:
    entry = _box(
        b"avc1",
        struct.pack(">6xH16xHHIIIH32xHh", 1, parameters.width, parameters.height, 0x480000, 0x480000, 0, 1, 24, -1),
        _box(b"avcC", parameters.configuration),
    )
    nothing = struct.pack(">I", 0)
    return _box(
        b"stbl",
        _full(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        _full(b"stts", 0, 0, nothing),
        _full(b"stsc", 0, 0, nothing),
        _full(b"stsz", 0, 0, nothing, nothing),
        _full(b"stco", 0, 0, nothing),
    )


def _box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _full(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    return _box(kind, struct.pack(">I", version << 24 | flags), *content)
