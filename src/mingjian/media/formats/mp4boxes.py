"""The boxes of an init segment (ISO/IEC 14496-12, 14496-14, 14496-15): what a player must know of each track."""

import struct
from typing import Final

from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.formats.frames import SoundParameters, VideoParameters

MATRIX: Final = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_SOUND_ENTRIES: Final = {"aac": b"mp4a", "alaw": b"alaw", "ulaw": b"ulaw"}
_MAX_CONFIGURATION: Final = 64


def box(kind: bytes, *content: bytes) -> bytes:
    body = b"".join(content)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, version: int, flags: int, *content: bytes) -> bytes:
    """A box with a version and flags."""
    return box(kind, struct.pack(">I", version << 24 | flags), *content)


def picture_track(parameters: VideoParameters, number: int, created: int) -> bytes:
    """`created`: seconds since 1904."""
    size = struct.pack(">II", parameters.width << 16, parameters.height << 16)
    entry, record = (b"avc1", b"avcC") if parameters.codec == "h264" else (b"hvc1", b"hvcC")
    sample = box(
        entry,
        struct.pack(">6xH16xHHIIIH32xHh", 1, parameters.width, parameters.height, 0x480000, 0x480000, 0, 1, 24, -1),
        box(record, parameters.configuration),
    )
    media = _media(TICKS_PER_SECOND, created, b"vide", b"video\0", full(b"vmhd", 0, 1, bytes(8)), sample)
    return box(b"trak", _track_header(number, created, 0, size), media)


def sound_track(sound: SoundParameters, number: int, created: int) -> bytes:
    """`created`: seconds since 1904."""
    content = struct.pack(">6xH8xHHIHH", 1, sound.channels, 16, 0, sound.rate if sound.rate < 1 << 16 else 0, 0)
    descriptor = _elementary_stream(sound.configuration) if sound.codec == "aac" else b""
    sample = box(_SOUND_ENTRIES[sound.codec], content, descriptor)
    media = _media(sound.rate, created, b"soun", b"sound\0", full(b"smhd", 0, 0, bytes(4)), sample)
    return box(b"trak", _track_header(number, created, 0x100, bytes(8)), media)


def sound_of(moov: bytes) -> SoundParameters | None:
    """The sound that a `moov` of ours speaks of. What is found is not proven."""
    clock = moov.rfind(b"mdhd")
    rate = int.from_bytes(moov[clock + 24 : clock + 28], "big")
    for codec, kind in _SOUND_ENTRIES.items():
        at = moov.find(kind, clock)
        if at < 0 or moov.find(b"smhd", clock) < 0:
            continue
        channels = int.from_bytes(moov[at + 20 : at + 22], "big")
        length = min(int.from_bytes(moov[at + 65 : at + 66], "big"), _MAX_CONFIGURATION) if codec == "aac" else 0
        return SoundParameters(codec, rate, channels, moov[at + 66 : at + 66 + length])
    return None


def _track_header(number: int, created: int, volume: int, size: bytes) -> bytes:
    times = struct.pack(">QQIIQ8xHHHH", created, created, number, 0, 0, 0, 0, volume, 0)
    return full(b"tkhd", 1, 7, times, MATRIX, size)


def _media(scale: int, created: int, handler: bytes, name: bytes, header: bytes, sample: bytes) -> bytes:
    references = box(b"dinf", full(b"dref", 0, 0, struct.pack(">I", 1), full(b"url ", 0, 1)))
    return box(
        b"mdia",
        full(b"mdhd", 1, 0, struct.pack(">QQIQHH", created, created, scale, 0, 0x55C4, 0)),
        full(b"hdlr", 0, 0, struct.pack(">I4s12x", 0, handler), name),
        box(b"minf", header, references, _sample_table(sample)),
    )


def _sample_table(entry: bytes) -> bytes:
    nothing = struct.pack(">I", 0)
    return box(
        b"stbl",
        full(b"stsd", 0, 0, struct.pack(">I", 1), entry),
        full(b"stts", 0, 0, nothing),
        full(b"stsc", 0, 0, nothing),
        full(b"stsz", 0, 0, nothing, nothing),
        full(b"stco", 0, 0, nothing),
    )


def _elementary_stream(configuration: bytes) -> bytes:
    """`esds` (ISO/IEC 14496-1 section 7.2.6.5, 14496-14 section 5.6): MPEG-4 audio with its configuration."""
    specific = b"\x05" + bytes((len(configuration),)) + configuration
    decoder = struct.pack(">BB3xII", 0x40, 0x15, 0, 0) + specific
    decoder = b"\x04" + bytes((len(decoder),)) + decoder
    stream = struct.pack(">HB", 0, 0) + decoder + b"\x06\x01\x02"
    return full(b"esds", 0, 0, b"\x03" + bytes((len(stream),)) + stream)
