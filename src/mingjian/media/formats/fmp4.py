"""Fragmented MP4 (ISO/IEC 14496-12): one init segment, then moof+mdat pieces of a picture and the sound beside it.

The same builder serves fragments (files) and live chunks (viewers): they differ only in how many frames they hold, and
in what a file needs to be proven by itself. A fragment in a file is `prft` (its wall time), `moof`, `mdat`, and a seal:
a `uuid` box with the SHA-256 of these three.

Track 1 is the picture, 90 kHz. Track 2 is sound, by its own rate. Where there is sound the picture begins at LEAD_TICKS
and not at 0: what sounds a little before the first picture has a place too.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.formats import mp4boxes
from mingjian.media.formats.frames import SoundParameters, VideoParameters
from mingjian.media.formats.mp4boxes import box, full

LEAD_TICKS: Final = TICKS_PER_SECOND
PICTURE_TRACK: Final = 1
SOUND_TRACK: Final = 2
KEY: Final = 0x02000000  # sample_depends_on = 2: decoding can start here
NOT_KEY: Final = 0x01010000  # sample_depends_on = 1, sample_is_non_sync_sample
LEADING: Final = 0x05010000  # the same, is_leading = 1: refers to what is before the last key frame
PLAIN: Final = 0x000701  # trun: data offset; duration, size and flags of each sample
SHIFTED: Final = 0x01000F01  # the same with signed composition offsets, version 1
_EPOCH_1904: Final = 2_082_844_800
_HEAD_SIZE: Final = 88
_HEAD: Final = struct.Struct(">I4s I4sII I4s I4sII I4sIQ I4sIII")
_TRUN_AT: Final = 68
_DECODE_TIME_AT: Final = 60
_DECODE_TIME: Final = struct.Struct(">Q")
_SOUND_HEAD: Final = struct.Struct(">I4s I4sIII I4sIQ I4sIII")
_SOUND_HEAD_SIZE: Final = 68
_SOUND_DECODE_TIME_AT: Final = 40
# ISO/IEC 14496-12 section 8.16.5, version 1: track, NTP time, media time.
_WALL_TIME: Final = struct.Struct(">I4sIIQQ")
_NTP_EPOCH_S: Final = 2_208_988_800
SEAL_TYPE: Final = UUID("6d696e67-6a69-616e-8000-7365616c2f31")
_SEAL: Final = struct.Struct(">I4s16s32s")
SEAL_SIZE: Final = _SEAL.size
_MAX_MOOF: Final = 1 << 20
_MAX_MDAT: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class SoundRun:
    """Sound for one fragment: pieces one after the other, with the samples that each lasts.

    `decode_samples`: in samples from the start of the track.
    """

    decode_samples: int
    pieces: Sequence[bytes]
    samples: Sequence[int]


@dataclass(frozen=True, slots=True)
class PictureRun:
    """Frames for one fragment, in the order of decoding. Ticks of 90 kHz from the start of the track.

    `shifts`, how much later than decoded each is shown, may be left out when all are 0; so may `leading`.
    """

    decode_ticks: int
    frames: Sequence[bytes]
    durations: Sequence[int]
    keys: Sequence[bool]
    shifts: Sequence[int] = ()
    leading: Sequence[bool] = ()

    @property
    def layout(self) -> int:
        """The flags of its `trun`."""
        return SHIFTED if any(self.shifts) else PLAIN

    def entries(self) -> bytes:
        """The samples of its `trun`."""
        leading = self.leading or [False] * len(self.frames)
        flags = [KEY if key else LEADING if lead else NOT_KEY for key, lead in zip(self.keys, leading, strict=True)]
        rows: list[int] = []
        if self.layout == PLAIN:
            for duration, frame, flag in zip(self.durations, self.frames, flags, strict=True):
                rows += (duration, len(frame), flag)
        else:
            for duration, frame, flag, shift in zip(self.durations, self.frames, flags, self.shifts, strict=True):
                rows += (duration, len(frame), flag, shift & 0xFFFFFFFF)
        return struct.pack(f">{len(rows)}I", *rows)


def fragment(sequence: int, picture: PictureRun, wall_us: int | None = None, sound: SoundRun | None = None) -> bytes:
    """moof+mdat holding the frames (length-prefixed access units) one after another, and sound behind them.

    `wall_us`: wall time of the first frame, written in front as `prft`.
    """
    decode_ticks, count, samples = picture.decode_ticks, len(picture.frames), picture.entries()
    time = b"" if wall_us is None else _WALL_TIME.pack(32, b"prft", 0x01000000, 1, _ntp(wall_us), decode_ticks)
    beside = sound if sound is not None and sound.pieces else None
    moof_size = _HEAD_SIZE + len(samples) + (_SOUND_HEAD_SIZE + 8 * len(beside.pieces) if beside else 0)
    shown = sum(map(len, picture.frames))
    head = _HEAD.pack(
        moof_size, b"moof",
        16, b"mfhd", 0, sequence, _HEAD_SIZE - 24 + len(samples),
        b"traf", 16, b"tfhd", 0x020000, PICTURE_TRACK, 20, b"tfdt", 0x01000000, decode_ticks,
        20 + len(samples), b"trun", picture.layout, count, moof_size + 8,
    )  # fmt: skip
    if beside is None:
        return b"".join((time, head, samples, struct.pack(">I4s", shown + 8, b"mdat"), *picture.frames))
    body = shown + sum(map(len, beside.pieces))
    heard = _sound_track_run(beside, moof_size + 8 + shown)
    mdat = struct.pack(">I4s", body + 8, b"mdat")
    return b"".join((time, head, samples, heard, mdat, *picture.frames, *beside.pieces))


def _sound_track_run(sound: SoundRun, offset: int) -> bytes:
    rows = 8 * len(sound.pieces)
    head = _SOUND_HEAD.pack(
        _SOUND_HEAD_SIZE + rows, b"traf",
        20, b"tfhd", 0x020020, SOUND_TRACK, KEY,
        20, b"tfdt", 0x01000000, sound.decode_samples,
        20 + rows, b"trun", 0x000301, len(sound.pieces), offset,
    )  # fmt: skip
    entries = (value for piece, lasts in zip(sound.pieces, sound.samples, strict=True) for value in (lasts, len(piece)))
    return head + struct.pack(f">{2 * len(sound.pieces)}I", *entries)


def with_decode_time(piece: bytes, decode_ticks: int, sound: SoundParameters | None = None) -> bytes:
    """A fragment made by `fragment`, moved to another decode time, its sound with it; media bytes are untouched."""
    moof = _moof_at(piece)
    at = moof + _DECODE_TIME_AT
    moved = bytearray(piece)
    (before,) = _DECODE_TIME.unpack_from(piece, at)
    _DECODE_TIME.pack_into(moved, at, decode_ticks)
    if moof:
        _DECODE_TIME.pack_into(moved, moof - 8, decode_ticks)
    behind = moof + 24 + int.from_bytes(piece[moof + 24 : moof + 28], "big")
    if sound is not None and piece[behind + 4 : behind + 8] == b"traf":
        (heard,) = _DECODE_TIME.unpack_from(piece, behind + _SOUND_DECODE_TIME_AT)
        heard += (decode_ticks - before) * sound.rate // TICKS_PER_SECOND
        _DECODE_TIME.pack_into(moved, behind + _SOUND_DECODE_TIME_AT, max(0, heard))
    return bytes(moved)


def picture_only(piece: bytes) -> bytes:
    """A fragment without the sound beside its picture: for players that stop where one of two tracks is silent."""
    moof = _moof_at(piece)
    moof_size = int.from_bytes(piece[moof : moof + 4], "big")
    behind = moof + 24 + int.from_bytes(piece[moof + 24 : moof + 28], "big")
    if piece[behind + 4 : behind + 8] != b"traf":
        return piece
    mdat = moof + moof_size
    heard = moof + int.from_bytes(piece[behind + _SOUND_HEAD_SIZE - 4 : behind + _SOUND_HEAD_SIZE], "big")
    size = behind - moof
    head = bytearray(piece[:behind])
    struct.pack_into(">I", head, moof, size)
    struct.pack_into(">I", head, moof + _HEAD_SIZE - 4, size + 8)
    return b"".join((head, struct.pack(">I4s", heard - mdat, b"mdat"), piece[mdat + 8 : heard]))


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
    if content[size:] != seal(digest) or not _has_run(content, moof_size):
        return None
    return _described(content, size, digest)


def _has_run(content: bytes, moof_size: int) -> bool:
    """Whether the samples of the picture lie where `fragment` puts them."""
    size, kind, layout, count = struct.unpack_from(">I4sII", content, 32 + _TRUN_AT)
    wide = {PLAIN: 12, SHIFTED: 16}.get(layout, 0)
    return kind == b"trun" and wide > 0 and count > 0 and size == 20 + wide * count <= moof_size - _TRUN_AT


def _described(content: bytes, size: int, digest: bytes) -> Found:
    """What a fragment made by `fragment` says of itself; its seal was found good."""
    ntp, decode_ticks = struct.unpack_from(">QQ", content, 16)
    layout, count = struct.unpack_from(">II", content, 32 + _TRUN_AT + 8)
    wide = 4 if layout == SHIFTED else 3
    entries = struct.unpack_from(f">{wide * count}I", content, 32 + _HEAD_SIZE)
    return Found(size + SEAL_SIZE, _wall_us(ntp), decode_ticks, sum(entries[::wide]), count, entries[2] == KEY, digest)


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
    """ftyp+moov for a picture and the sound beside it; `created_us` (wall time) is written as the creation time."""
    created = created_us // 1_000_000 + _EPOCH_1904 if created_us else 0
    sound = parameters.sound
    movie = full(
        b"mvhd", 1, 0, struct.pack(">QQIQ", created, created, TICKS_PER_SECOND, 0),
        struct.pack(">IH10x", 0x10000, 0x100), mp4boxes.MATRIX, bytes(24),
        struct.pack(">I", SOUND_TRACK + 1 if sound else PICTURE_TRACK + 1),
    )  # fmt: skip
    tracks = [PICTURE_TRACK, SOUND_TRACK] if sound else [PICTURE_TRACK]
    extends = box(b"mvex", *(full(b"trex", 0, 0, struct.pack(">IIIII", one, 1, 0, 0, 0)) for one in tracks))
    content = [movie, mp4boxes.picture_track(parameters, PICTURE_TRACK, created)]
    if sound:
        content.append(mp4boxes.sound_track(sound, SOUND_TRACK, created))
    brands = b"iso6iso5" + (b"avc1" if parameters.codec == "h264" else b"hvc1") + b"mp41"
    return box(b"ftyp", b"iso6", struct.pack(">I", 0), brands) + box(b"moov", *content, extends)


def configuration(data: bytes) -> tuple[int, str, bytes, SoundParameters | None] | None:
    """Of the init segment that `data` begins with: its bytes, the codec, the content of `avcC` or `hvcC`, the sound.

    None for anything else. What is found is not proven: make the init segment again from it and compare.
    """
    moov = int.from_bytes(data[:4], "big")
    size = moov + int.from_bytes(data[moov : moov + 4], "big")
    if data[4:8] != b"ftyp" or data[moov + 4 : moov + 8] != b"moov" or size > len(data):
        return None
    for kind, codec in ((b"avcC", "h264"), (b"hvcC", "h265")):
        at = data.find(kind, moov, size)
        if at >= 4:
            content = data[at + 4 : at - 4 + int.from_bytes(data[at - 4 : at], "big")]
            return size, codec, content, mp4boxes.sound_of(data[moov:size])
    return None
