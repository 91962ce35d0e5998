"""Fragmented MP4 (ISO/IEC 14496-12): one init segment, then moof+mdat pieces of one video track.

The same builder serves fragments (files) and live chunks (viewers): they differ only in how many frames they hold, and
in what a file needs to be proven by itself. A fragment in a file is `prft` (its wall time), `moof`, `mdat`, and a seal:
a `uuid` box with the SHA-256 of these three.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

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
# ISO/IEC 14496-12 section 8.16.5, version 1: track, NTP time, media time.
_WALL_TIME: Final = struct.Struct(">I4sIIQQ")
_NTP_EPOCH_S: Final = 2_208_988_800
SEAL_TYPE: Final = UUID("6d696e67-6a69-616e-8000-7365616c2f31")
_SEAL: Final = struct.Struct(">I4s16s32s")
SEAL_SIZE: Final = _SEAL.size
_MAX_MOOF: Final = 1 << 20
_MAX_MDAT: Final = 64 << 20


def fragment(
    sequence: int,
    decode_ticks: int,
    frames: Sequence[bytes],
    durations: Sequence[int],
    keys: Sequence[bool],
    wall_us: int | None = None,
) -> bytes:
    """moof+mdat holding `frames` (length-prefixed access units) one after another.

    decode_ticks: decode time of the first, 90 kHz from the start of the track; durations in ticks. `wall_us`: wall time
    of the first frame, written in front as `prft`.
    """
    time = b"" if wall_us is None else _WALL_TIME.pack(32, b"prft", 0x01000000, 1, _ntp(wall_us), decode_ticks)
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
    samples = struct.pack(f">{3 * count}I", *entries)
    return b"".join((time, head, samples, struct.pack(">I4s", body + 8, b"mdat"), *frames))


def with_decode_time(piece: bytes, decode_ticks: int) -> bytes:
    """A fragment made by `fragment`, moved to another decode time; the media bytes are untouched."""
    moof = _moof_at(piece)
    at, time = moof + _DECODE_TIME_AT, _DECODE_TIME.pack(decode_ticks)
    head = piece[: moof - 8] + time if moof else b""
    return head + piece[moof:at] + time + piece[at + 8 :]


def seal(digest: bytes) -> bytes:
    """What stands behind a fragment in a file; `digest` is the SHA-256 of the fragment."""
    return _SEAL.pack(SEAL_SIZE, b"uuid", SEAL_TYPE.bytes, digest)


@dataclass(frozen=True, slots=True)
class Found:
    """A whole, sealed fragment in a file: `length` with its seal; the rest as in `model.FragmentRecord`."""

    length: int
    wall_us: int
    start_ticks: int
    duration_ticks: int
    frames: int
    key: bool
    digest: bytes


def find(read: Callable[[int, int], bytes], at: int) -> Found | None:
    """The fragment at `at`, when it is whole and its seal matches; None for anything else.

    `read(offset, length)` gives fewer bytes at the end of the file. Nothing is believed before the seal is.
    """
    head = read(at, 48)
    if len(head) < 48 or head[4:8] != b"prft" or head[36:40] != b"moof":
        return None
    moof_size = int.from_bytes(head[32:36], "big")
    if not _HEAD_SIZE + 12 <= moof_size <= _MAX_MOOF:
        return None
    mdat = read(at + 32 + moof_size, 8)
    mdat_size = int.from_bytes(mdat[:4], "big")
    if mdat[4:] != b"mdat" or not 8 <= mdat_size <= _MAX_MDAT:
        return None
    size = 32 + moof_size + mdat_size
    content = read(at, size + SEAL_SIZE)
    digest = sha256(content[:size]).digest()
    if content[size:] != seal(digest) or content[112:116] != struct.pack(">I", (moof_size - _HEAD_SIZE) // 12):
        return None
    return _described(content, size, digest)


def _described(content: bytes, size: int, digest: bytes) -> Found:
    """What a fragment made by `fragment` says of itself; its seal was found good."""
    ntp, decode_ticks = struct.unpack_from(">QQ", content, 16)
    (count,) = struct.unpack_from(">I", content, 32 + _HEAD_SIZE - 8)
    entries = struct.unpack_from(f">{3 * count}I", content, 32 + _HEAD_SIZE)
    return Found(size + SEAL_SIZE, _wall_us(ntp), decode_ticks, sum(entries[::3]), count, entries[2] == _KEY, digest)


def _ntp(wall_us: int) -> int:
    """NTP time (RFC 5905 section 6), 32.32 bits of seconds since 1900; era 0 ends in 2036 and is counted on."""
    seconds, rest_us = divmod(wall_us, 1_000_000)
    return (seconds + _NTP_EPOCH_S & 0xFFFFFFFF) << 32 | ((rest_us << 32) + 500_000) // 1_000_000


def _wall_us(ntp: int) -> int:
    seconds = (ntp >> 32) - _NTP_EPOCH_S
    if seconds < 0:
        seconds += 1 << 32  # era 1
    return seconds * 1_000_000 + ((ntp & 0xFFFFFFFF) * 1_000_000 + (1 << 31) >> 32)


def wall_time(piece: bytes) -> int | None:
    """Wall time of a fragment's first frame in microseconds, as its `prft` tells it; None without one."""
    if len(piece) < _WALL_TIME.size or piece[4:8] != b"prft":
        return None
    return _wall_us(int.from_bytes(piece[16:24], "big"))


def _moof_at(piece: bytes) -> int:
    return 32 if piece[4:8] == b"prft" else 0


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


def configuration(data: bytes) -> tuple[int, bytes] | None:
    """Bytes of the init segment that `data` begins with, and the content of its `avcC`; None for anything else.

    What is found is not proven: make the init segment again from it and compare.
    """
    moov = int.from_bytes(data[:4], "big")
    size = moov + int.from_bytes(data[moov : moov + 4], "big")
    at = data.find(b"avcC", moov, size)
    if data[4:8] != b"ftyp" or data[moov + 4 : moov + 8] != b"moov" or at < 4 or size > len(data):
        return None
    return size, data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]


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
