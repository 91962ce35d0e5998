"""RTP packets of one video track into access units: what H.264 and H.265 have in common."""

import struct
from abc import ABC, abstractmethod
from struct import iter_unpack
from typing import Final

from mingjian.media.formats.frames import Frame, VideoParameters
from mingjian.media.formats.order import DecodingOrder

MAX_NAL: Final = 8 << 20
MAX_ACCESS_UNIT: Final = 16 << 20
MAX_PARAMETER_SET: Final = 4096
# Each costs some forty octets of memory beside its own: units of two octets would make 16 MiB a quarter of a gigabyte.
MAX_PARTS: Final = 1 << 16
_RTP: Final = struct.Struct(">BBHI")  # V P X CC | M PT | sequence | timestamp (RFC 3550 section 5.1)
# Of an interleaved packet: $, channel, length, and the first four bytes of RTP, which end in the number.
_NUMBERED: Final = struct.Struct(">Q")
_SMALLEST_PART: Final = 4 + 12 + 3 + 1  # interleaving, RTP, the headers of H.265, and one byte
_LENGTH: Final = struct.Struct(">I")
_MAX_FORWARD: Final = 1 << 31
_NEAR: Final = 60 * 90_000


class Depacketizer(ABC):
    """RTP packets of one track in, access units out.

    Loss costs the access unit it falls into and is counted; nothing here raises for a bad packet.
    """

    __slots__ = (
        "_damaged",
        "_expected",
        "_frames",
        "_fu_at",
        "_fu_size",
        "_key",
        "_leading",
        "_order",
        "_parts",
        "_picture",
        "_placed",
        "_shown",
        "_size",
        "_timestamp",
        "damaged_units",
        "depth",
        "ignored_packets",
        "lost_packets",
        "parameters",
    )

    def __init__(self) -> None:
        self.parameters: VideoParameters | None = None
        self.depth = 0
        """Pictures that may be decoded before one that is shown earlier, as the parameter sets say it."""
        self._order = DecodingOrder()
        self._placed: VideoParameters | None = None
        self._frames: list[Frame] = []
        self._parts: list[bytes] = []
        self._size = 0
        self._fu_at = -1
        self._fu_size = 0
        self._key = False
        self._leading = False
        self._picture = False
        self._damaged = False
        self._expected = -1
        self._timestamp = -1
        self._shown = 0
        self.lost_packets = 0
        self.damaged_units = 0
        self.ignored_packets = 0

    @abstractmethod
    def _payload(self, data: bytes, at: int, end: int) -> None:
        """Take the payload of a packet in data[at:end]; there is at least one byte."""

    @abstractmethod
    def _unfinished(self, data: bytes, at: int) -> int:
        """How long the headers of the payload data[at:] are when it is a part of a unit, but not its last; else 0."""

    @abstractmethod
    def _noted(self, nal: bytes) -> None:
        """A NAL unit begins that starts with these bytes: say what it makes of the access unit."""

    @abstractmethod
    def _unit_header(self, data: bytes, at: int, kind: int) -> bytes:
        """The header of a unit of this kind that travels in fragments; data[at] begins the payload of the first."""

    @property
    def begun(self) -> bool:
        """Whether a packet came: until then nothing is known of its clock."""
        return self._timestamp >= 0

    @property
    def shown_ticks(self) -> int:
        """Media time of showing of the last packet."""
        return self._shown

    def take(self) -> list[Frame]:
        """The access units finished since the last call, in the order of decoding."""
        frames, self._frames = self._frames, []
        return frames

    def ticks_at(self, timestamp: int) -> int | None:
        """Media time of an RTP timestamp within a minute of the last packet's; None for others and before the first."""
        step = (timestamp - self._timestamp + _MAX_FORWARD & 0xFFFFFFFF) - _MAX_FORWARD
        return self._shown + step if self._timestamp >= 0 and abs(step) <= _NEAR else None

    def push(self, data: bytes, start: int, end: int) -> None:
        """Take the RTP packet in data[start:end]."""
        if end - start < 13:
            self._ignore(data, start, end)
            return
        first, second, sequence, timestamp = _RTP.unpack_from(data, start)
        payload = start + 12
        if first != 0x80:
            payload, last = beyond_extras(data, start, end)
            if payload >= last:
                self._ignore(data, start, end)
                return
            end = last
        if sequence != self._expected:
            self._skipped(sequence, timestamp)
        self._expected = sequence + 1 & 0xFFFF
        if timestamp != self._timestamp:
            self._advance(timestamp)
        self._payload(data, payload, end)
        if second & 0x80:
            self._finish()

    def follow(self, data: bytes, start: int, end: int) -> int:
        """Take the packets behind data[start:end] that differ from it in nothing but their number; where they end.

        Both are interleaved (RFC 2326 section 10.12), and the first one was pushed. Parts of a unit are like that, and
        they are most packets of a stream: to ask each what it is takes three times as long (ADR 0028).
        """
        if self._fu_at < 0 or end - start < _SMALLEST_PART or data[start + 4] != 0x80:
            return end
        headers = self._unfinished(data, start + 16)
        if not headers:
            return end
        size, body = end - start, start + 16 + headers
        (number,) = _NUMBERED.unpack_from(data, start)
        # Only the first part has the S bit.
        like = data[start + 8 : body - 1] + bytes((data[body - 1] & 0x7F,))
        # At most as many as are whole, and until the numbers begin anew.
        stretch = size * min((len(data) - end) // size, 0xFFFF - (number & 0xFFFF))
        layout, parts, known = f">Q{len(like)}s{end - body}s", self._parts, len(self._parts)
        for found, headers_found, part in iter_unpack(layout, memoryview(data)[end : end + stretch]):
            number += 1
            if found != number or headers_found != like:
                break
            parts.append(part)
        count = len(parts) - known
        self._expected = self._expected + count & 0xFFFF
        self._went_on(count * (end - body))
        return end + count * size

    def _ignore(self, data: bytes, start: int, end: int) -> None:
        """A packet without payload, such as padding alone, is no loss either."""
        self.ignored_packets += 1
        if end - start >= 12 and data[start] >> 6 == 2 and (data[start + 2] << 8 | data[start + 3]) == self._expected:
            self._expected = self._expected + 1 & 0xFFFF

    def _skipped(self, sequence: int, timestamp: int) -> None:
        if self._expected >= 0:
            missing = sequence - self._expected & 0xFFFF
            self.lost_packets += missing if missing < 0x8000 else 0
            if timestamp != self._timestamp:
                # Nobody knows on which side of the border: the end of one unit and the begin of the next are suspect.
                self._damaged = self._damaged or bool(self._parts)
                self._advance(timestamp)
            self._damaged = True

    def _advance(self, timestamp: int) -> None:
        if self._picture or self._damaged:
            self._finish()  # a camera that forgets the marker bit
        if self._timestamp >= 0:
            self._shown += (timestamp - self._timestamp + _MAX_FORWARD & 0xFFFFFFFF) - _MAX_FORWARD
        self._timestamp = timestamp

    # A unit in several packets

    def _fragment(self, data: bytes, at: int, header_at: int, end: int) -> None:
        """One packet of a fragmented unit (RFC 6184 section 5.8, RFC 7798 section 4.4.3): S, E and the kind of the
        unit are in the byte at `header_at`, behind it the unit goes on.
        """
        if end - header_at < 2:
            self.ignored_packets += 1
            return
        header, rest = data[header_at], data[header_at + 1 : end]
        if header & 0x80:
            self._begin_fragmented(self._unit_header(data, at, header & 0x3F), rest)
        elif self._fu_at < 0:
            self._damaged = True  # nobody saw its beginning
            return
        else:
            self._parts.append(rest)
            self._fu_size += len(rest)
        if header & 0x40:
            self._parts[self._fu_at] = _LENGTH.pack(self._fu_size)
            self._size += 4 + self._fu_size
            self._fu_at = -1
            if self._size > MAX_ACCESS_UNIT:
                self._damaged = True
                self._drop_parts()
        else:
            self._went_on(0)

    def _went_on(self, size: int) -> None:
        """A unit grew by so much and is not at its end."""
        self._fu_size += size
        if self._fu_size > MAX_NAL or len(self._parts) > MAX_PARTS:
            self._damaged = True
            self._drop_parts()

    def _begin_fragmented(self, head: bytes, rest: bytes) -> None:
        """The first part of a NAL unit: its own header, made again, and what follows it."""
        if self._fu_at >= 0:
            self._damaged = True
            self._drop_parts()  # units that begin again and again have no size that would bound them
        self._fu_at = len(self._parts)
        self._fu_size = len(head) + len(rest)
        self._noted(head)
        self._parts += (b"", head, rest)

    # Whole units

    def _nal(self, nal: bytes) -> None:
        self._noted(nal)
        if self._fu_at >= 0:
            self._damaged = True  # another unit inside a fragmented one
        self._parts += (_LENGTH.pack(len(nal)), nal)
        self._size += 4 + len(nal)
        if self._size > MAX_ACCESS_UNIT or len(self._parts) > MAX_PARTS:
            self._damaged = True
            self._drop_parts()

    def _aggregate(self, data: bytes, at: int, end: int, smallest: int) -> None:
        """Units with two bytes of length before each (RFC 6184 section 5.7.1, RFC 7798 section 4.4.2)."""
        while at + 2 < end:
            size = data[at] << 8 | data[at + 1]
            at += 2
            if size < smallest or at + size > end:
                self._damaged = True
                return
            self._nal(data[at : at + size])
            at += size

    def _drop_parts(self) -> None:
        self._parts.clear()
        self._size = 0
        self._fu_at = -1

    def _finish(self) -> None:
        if not (self._picture or self._damaged):
            return  # parameter sets that some cameras mark as a unit: they belong to the picture that follows
        if self._fu_at >= 0:
            self._damaged = True
        if self._damaged or not self._parts or self.parameters is None:
            self.damaged_units += self._damaged
        else:
            ticks = self._decoded()
            self._frames.append(
                Frame(b"".join(self._parts), ticks, self._key, self.parameters, self._shown - ticks, self._leading)
            )
        self._parts.clear()
        self._size = 0
        self._fu_at = -1
        self._key = False
        self._leading = False
        self._picture = False
        self._damaged = False

    def _decoded(self) -> int:
        """When the picture at hand is decoded; one with new parameters begins another sequence."""
        if self._key and self._placed is not self.parameters:
            known, self._placed = self._placed, self.parameters
            if known is not None and known != self.parameters:
                return self._order.renew(self._shown, self.depth)
        return self._order.place(self._shown, self.depth)


def beyond_extras(data: bytes, start: int, end: int) -> tuple[int, int]:
    """The payload's range behind CSRCs and an extension and before padding (RFC 3550 section 5.1)."""
    first = data[start]
    if first >> 6 != 2:
        return end, end
    payload = start + 12 + 4 * (first & 0x0F)
    if first & 0x10 and payload + 4 <= end:
        payload += 4 + 4 * (data[payload + 2] << 8 | data[payload + 3])
    if first & 0x20:
        end -= data[end - 1]
    return payload, end
