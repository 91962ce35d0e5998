"""RTCP sender reports (RFC 3550 section 6.4.1): which wall time a camera gives to which RTP timestamp."""

import struct
from dataclasses import dataclass
from typing import Final

MAX_PARTS: Final = 32
_SENDER_REPORT: Final = 200
_GOODBYE: Final = 203
_SMALLEST: Final = 28  # header, SSRC and sender information
_REPORT_BLOCK: Final = 24
_HEADER: Final = struct.Struct(">BBH")  # V P RC | PT | length in words less one (section 6.4.1)
_SENDER: Final = struct.Struct(">IIII")  # SSRC | NTP seconds | NTP fraction | RTP timestamp
_UNIX_EPOCH_S: Final = 2_208_988_800  # 1970-01-01 in seconds since 1900 (section 4)


@dataclass(frozen=True, slots=True)
class SenderReport:
    """`ntp_us`: the sender's wall time in microseconds since 1970, in the NTP era that began in 1900 (until
    2036-02-07T06:28:16Z); `timestamp`: the same moment on the clock of its RTP packets, 32 bits.
    """

    ntp_us: int
    timestamp: int


def sender_reports(data: bytes, start: int, end: int) -> tuple[list[SenderReport], bool]:
    """The sender reports in the compound packet data[start:end], and whether all of it was sound.

    What cannot be read ends the packet: reports before it count. One that tells no time (NTP 0, section 6.4.1) is
    left out.
    """
    found: list[SenderReport] = []
    for _ in range(MAX_PARTS):
        if end - start < _HEADER.size:
            break
        first, kind, words = _HEADER.unpack_from(data, start)
        behind = start + 4 * (words + 1)
        if first >> 6 != 2 or behind > end or (kind == _SENDER_REPORT and not _fits(first, behind - start)):
            break
        if kind == _SENDER_REPORT:
            _, seconds, fraction, timestamp = _SENDER.unpack_from(data, start + 4)
            if seconds or fraction:
                found.append(SenderReport(_wall_us(seconds, fraction), timestamp))
        start = behind
        if start == end:
            return found, True
    return found, False


def says_goodbye(data: bytes, start: int, end: int) -> bool:
    """Whether the compound packet data[start:end] holds a BYE (section 6.6): the sender ends its stream."""
    for _ in range(MAX_PARTS):
        if end - start < _HEADER.size:
            return False
        first, kind, words = _HEADER.unpack_from(data, start)
        start += 4 * (words + 1)
        if first >> 6 != 2 or start > end:
            return False
        if kind == _GOODBYE:
            return True
    return False


def _fits(first: int, size: int) -> bool:
    return size >= _SMALLEST + _REPORT_BLOCK * (first & 0x1F)


def _wall_us(seconds: int, fraction: int) -> int:
    return (seconds - _UNIX_EPOCH_S) * 1_000_000 + (fraction * 1_000_000 + (1 << 31) >> 32)
