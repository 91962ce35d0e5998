"""H.264: RTP payloads into access units (RFC 6184) and the few fields of a parameter set that we need (ITU-T H.264)."""

import struct
from base64 import b64decode
from binascii import Error as Base64Error
from typing import Final

from mingjian.media.formats.errors import PeerError, Wrong
from mingjian.media.formats.frames import Frame, VideoParameters

MAX_NAL: Final = 8 << 20
MAX_ACCESS_UNIT: Final = 16 << 20
MAX_PARAMETER_SET: Final = 4096
_SLICE_IDR, _SPS, _PPS, _STAP_A, _FU_A = 5, 7, 8, 24, 28
_RTP: Final = struct.Struct(">BBHI")  # V P X CC | M PT | sequence | timestamp (RFC 3550 section 5.1)
_LENGTH: Final = struct.Struct(">I")
_MAX_FORWARD: Final = 1 << 31
_NEAR: Final = 60 * 90_000


class Depacketizer:
    """RTP packets of one H.264 track in, access units out.

    Loss costs the access unit it falls into and is counted; nothing here raises for a bad packet.
    """

    __slots__ = (
        "_damaged",
        "_expected",
        "_frames",
        "_fu_at",
        "_fu_size",
        "_key",
        "_parts",
        "_picture",
        "_pps",
        "_size",
        "_sps",
        "_ticks",
        "_timestamp",
        "_turns_back",
        "_units",
        "damaged_units",
        "ignored_packets",
        "lost_packets",
        "parameters",
    )

    def __init__(self, parameter_sets: tuple[bytes, bytes] | None) -> None:
        """`parameter_sets` is (SPS, PPS) from the description, or None when they come in band."""
        self._sps, self._pps = parameter_sets or (b"", b"")
        self.parameters = _parameters(self._sps, self._pps)
        self._frames: list[Frame] = []
        self._units = 0
        self._turns_back = 0
        self._parts: list[bytes] = []
        self._size = 0
        self._fu_at = -1
        self._fu_size = 0
        self._key = False
        self._picture = False
        self._damaged = False
        self._expected = -1
        self._timestamp = -1
        self._ticks = 0
        self.lost_packets = 0
        self.damaged_units = 0
        self.ignored_packets = 0

    @property
    def reorders(self) -> bool:
        """Whether pictures are sent out of the order in which they are shown: every eighth or more, and eight at least.

        RTP carries the time of showing (RFC 6184 section 5.1): B-frames make it go back again and again, the new
        start of a camera's clock does it once.
        """
        return self._turns_back >= 8 and self._turns_back * 8 >= self._units

    def take(self) -> list[Frame]:
        """The access units finished since the last call."""
        frames, self._frames = self._frames, []
        return frames

    def ticks_at(self, timestamp: int) -> int | None:
        """Media time of an RTP timestamp within a minute of the last packet's; None for others and before the first."""
        step = (timestamp - self._timestamp + _MAX_FORWARD & 0xFFFFFFFF) - _MAX_FORWARD
        return self._ticks + step if self._timestamp >= 0 and abs(step) <= _NEAR else None

    def push(self, data: bytes, start: int, end: int) -> None:
        """Take the RTP packet in data[start:end]."""
        if end - start < 13:
            self._ignore(data, start, end)
            return
        first, second, sequence, timestamp = _RTP.unpack_from(data, start)
        payload = start + 12
        if first != 0x80:
            payload, last = _beyond_extras(data, start, end)
            if payload >= last:
                self._ignore(data, start, end)
                return
            end = last
        if sequence != self._expected:
            self._skipped(sequence, timestamp)
        self._expected = sequence + 1 & 0xFFFF
        if timestamp != self._timestamp:
            self._advance(timestamp)
        kind = data[payload] & 0x1F
        if kind == _FU_A:
            self._fragment(data, payload, end)
        elif 0 < kind < _STAP_A:
            self._nal(data[payload:end])
        elif kind == _STAP_A:
            self._aggregate(data, payload + 1, end)
        else:
            self.ignored_packets += 1
        if second & 0x80:
            self._finish()

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
            step = timestamp - self._timestamp & 0xFFFFFFFF
            if step >= _MAX_FORWARD:
                step -= 1 << 32
                self._turns_back += 1
            self._ticks += step
            self._units += 1
        self._timestamp = timestamp

    def _fragment(self, data: bytes, at: int, end: int) -> None:
        """FU-A, RFC 6184 section 5.8."""
        if end - at < 3:
            self.ignored_packets += 1
            return
        header = data[at + 1]
        if header & 0x80:
            if self._fu_at >= 0:
                self._damaged = True
                self._drop_parts()  # units that begin again and again have no size that would bound them
            self._fu_at = len(self._parts)
            self._fu_size = 1 + end - at - 2
            kind = header & 0x1F
            if kind <= _SLICE_IDR:
                self._picture = True
                self._key = self._key or kind == _SLICE_IDR
            self._parts += (b"", bytes((data[at] & 0xE0 | kind,)), data[at + 2 : end])
        elif self._fu_at < 0:
            self._damaged = True
            return
        else:
            self._parts.append(data[at + 2 : end])
            self._fu_size += end - at - 2
        if header & 0x40:
            self._close_fragmented()
        elif self._fu_size > MAX_NAL:
            self._damaged = True
            self._drop_parts()

    def _close_fragmented(self) -> None:
        self._parts[self._fu_at] = _LENGTH.pack(self._fu_size)
        self._size += 4 + self._fu_size
        self._fu_at = -1
        if self._size > MAX_ACCESS_UNIT:
            self._damaged = True
            self._drop_parts()

    def _nal(self, nal: bytes) -> None:
        kind = nal[0] & 0x1F
        if kind <= _SLICE_IDR:
            self._picture = True
            self._key = self._key or kind == _SLICE_IDR
        elif kind in (_SPS, _PPS):
            self._parameter_set(kind, nal)
        if self._fu_at >= 0:
            self._damaged = True  # another unit inside a fragmented one
        self._parts += (_LENGTH.pack(len(nal)), nal)
        self._size += 4 + len(nal)
        if self._size > MAX_ACCESS_UNIT:
            self._damaged = True
            self._drop_parts()

    def _aggregate(self, data: bytes, at: int, end: int) -> None:
        """STAP-A, RFC 6184 section 5.7.1."""
        while at + 2 < end:
            size = data[at] << 8 | data[at + 1]
            at += 2
            if size == 0 or at + size > end:
                self._damaged = True
                return
            self._nal(data[at : at + size])
            at += size

    def _parameter_set(self, kind: int, nal: bytes) -> None:
        if len(nal) > MAX_PARAMETER_SET:
            return
        if kind == _SPS and nal != self._sps:
            self._sps = nal
        elif kind == _PPS and nal != self._pps:
            self._pps = nal
        else:
            return
        self.parameters = _parameters(self._sps, self._pps) or self.parameters

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
            self._frames.append(Frame(b"".join(self._parts), self._ticks, self._key, self.parameters))
        self._parts.clear()
        self._size = 0
        self._fu_at = -1
        self._key = False
        self._picture = False
        self._damaged = False


def _beyond_extras(data: bytes, start: int, end: int) -> tuple[int, int]:
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


def sprop_parameter_sets(value: str) -> tuple[bytes, bytes] | None:
    """(SPS, PPS) from the `sprop-parameter-sets` of a description (RFC 6184 section 8.1), or None."""
    sps = pps = b""
    for part in value.split(",")[:8]:
        try:
            nal = b64decode(part.strip() + "==", validate=False)
        except (Base64Error, ValueError):
            return None
        if nal and nal[0] & 0x1F == _SPS:
            sps = sps or nal
        elif nal and nal[0] & 0x1F == _PPS:
            pps = pps or nal
    return (sps, pps) if sps and pps else None


def _parameters(sps: bytes, pps: bytes) -> VideoParameters | None:
    if len(sps) < 4 or not pps:
        return None
    try:
        width, height, fps = picture_size(sps)
    except PeerError:
        return None
    configuration = (
        bytes((1, sps[1], sps[2], sps[3], 0xFF, 0xE1))
        + struct.pack(">H", len(sps))
        + sps
        + b"\x01"
        + struct.pack(">H", len(pps))
        + pps
    )
    return VideoParameters("h264", f"avc1.{sps[1:4].hex()}", width, height, fps, configuration)


def configured(configuration: bytes) -> VideoParameters | None:
    """What the content of an `avcC` says that `Depacketizer` made; None for any other."""
    size = int.from_bytes(configuration[6:8], "big")
    found = _parameters(configuration[8 : 8 + size], configuration[11 + size :])
    return found if found is not None and found.configuration == configuration else None


def picture_size(sps: bytes) -> tuple[int, int, float]:
    """(width, height, frames a second or 0.0) of a sequence parameter set, H.264 section 7.3.2.1.1.

    Raises PeerError MALFORMED when the fields run past the end or are absurd.
    """
    bits = _Bits(sps[1:].replace(b"\x00\x00\x03", b"\x00\x00"))
    profile = bits.read(8)
    bits.read(16)
    bits.golomb()
    chroma = _chroma(bits) if profile in _HIGH_PROFILES else 1
    bits.golomb()  # log2_max_frame_num_minus4
    _picture_order(bits)
    bits.golomb()  # max_num_ref_frames
    bits.read(1)
    width, rows = (bits.golomb() + 1) * 16, bits.golomb() + 1
    frame_mbs_only = bits.read(1)
    if not frame_mbs_only:
        bits.read(1)
    height = rows * 16 * (2 - frame_mbs_only)
    bits.read(1)
    if bits.read(1):
        unit_x, unit_y = (1 if chroma in (0, 3) else 2), (2 if chroma == 1 else 1) * (2 - frame_mbs_only)
        left, right, top, bottom = (bits.golomb() for _ in range(4))
        width, height = width - (left + right) * unit_x, height - (top + bottom) * unit_y
    if not (16 <= width <= 16384 and 16 <= height <= 16384):
        raise PeerError(Wrong.MALFORMED, f"SPS with a picture of {width}x{height}")
    return width, height, _frame_rate(bits)


_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


class _Bits:
    """A bit reader that refuses to run past its end."""

    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data[:512], "big")
        self._left = len(data[:512]) * 8

    def read(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise PeerError(Wrong.MALFORMED, "SPS ends early")
        return self._value >> self._left & (1 << count) - 1

    def golomb(self) -> int:
        """ue(v), section 9.1; at most 32 leading zeros."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > 32:
                raise PeerError(Wrong.MALFORMED, "SPS with an endless number")
        return (1 << zeros) - 1 + self.read(zeros)

    def signed_golomb(self) -> int:
        value = self.golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)


def _chroma(bits: _Bits) -> int:
    chroma = bits.golomb()
    if chroma == 3:
        bits.read(1)
    bits.golomb()
    bits.golomb()
    bits.read(1)
    if bits.read(1):
        for index in range(8 if chroma != 3 else 12):
            if bits.read(1):
                _skip_scaling_list(bits, 16 if index < 6 else 64)
    return chroma


def _skip_scaling_list(bits: _Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed_golomb() + 256) % 256
        last = following or last


def _picture_order(bits: _Bits) -> None:
    kind = bits.golomb()
    if kind == 0:
        bits.golomb()
    elif kind == 1:
        bits.read(1)
        bits.golomb()
        bits.golomb()
        cycle = bits.golomb()
        if cycle > 255:
            raise PeerError(Wrong.MALFORMED, "SPS with too long an order cycle")
        for _ in range(cycle):
            bits.golomb()


def _frame_rate(bits: _Bits) -> float:
    """Frames a second from the VUI (annex E), 0.0 when it is not told or cannot be read."""
    try:
        if not bits.read(1):
            return 0.0
        if bits.read(1) and bits.read(8) == 255:
            bits.read(32)
        if bits.read(1):
            bits.read(1)
        if bits.read(1):
            bits.read(4)
            if bits.read(1):
                bits.read(24)
        if bits.read(1):
            bits.golomb()
            bits.golomb()
        if not bits.read(1):
            return 0.0
        units, scale = bits.read(32), bits.read(32)
    except PeerError:
        return 0.0
    rate = scale / (2 * units) if units else 0.0
    return round(rate, 3) if 0 < rate <= 240 else 0.0
