"""H.265: RTP payloads into access units (RFC 7798) and the few fields of parameter sets that we need (ITU-T H.265)."""

import struct
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass

from mingjian.media.formats.bits import Bits, frame_rate, skip_to_chroma_location, unescaped
from mingjian.media.formats.errors import PeerError, Wrong
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.formats.units import MAX_PARAMETER_SET, Depacketizer

# Section 7.4.2.2: slices are 0 to 31, key frames (IRAP) 16 to 23.
_RASL_N, _RASL_R, _BLA, _LAST_IRAP, _LAST_SLICE = 8, 9, 16, 23, 31
_VPS, _SPS, _PPS, _AP, _FU, _PACI = 32, 33, 34, 48, 49, 50


class H265Depacketizer(Depacketizer):
    """Single NAL units, aggregation packets, fragmentation units; PACI packets are unpacked (RFC 7798 section 4.4).

    Streams with decoding order numbers (sprop-max-don-diff above 0) are not read: nobody has met a camera that sends
    them, and what is in them cannot be told from what is not.
    """

    __slots__ = ("_pps", "_sps", "_vps")

    def __init__(self, parameter_sets: tuple[bytes, bytes, bytes] | None) -> None:
        """`parameter_sets` is (VPS, SPS, PPS) from the description, or None when they come in band."""
        super().__init__()
        self._vps, self._sps, self._pps = parameter_sets or (b"", b"", b"")
        self._understand()

    def _payload(self, data: bytes, at: int, end: int) -> None:
        if end - at < 3:
            self.ignored_packets += 1
            return
        kind = data[at] >> 1 & 0x3F
        if kind == _FU:
            self._fragment(data, at, at + 2, end)
        elif kind < _AP:
            self._nal(data[at:end])
        elif kind == _AP:
            self._aggregate(data, at + 2, end, smallest=2)
        elif kind == _PACI:
            self._with_content_information(data, at, end)
        else:
            self.ignored_packets += 1

    def _unfinished(self, data: bytes, at: int) -> int:
        return 3 if data[at] >> 1 & 0x3F == _FU and not data[at + 2] & 0x40 else 0

    def _unit_header(self, data: bytes, at: int, kind: int) -> bytes:
        return bytes((data[at] & 0x81 | kind << 1, data[at + 1]))

    def _with_content_information(self, data: bytes, at: int, end: int) -> None:
        """PACI, section 4.4.4: what is behind its extension is a payload of type cType."""
        fields = data[at + 2] << 8 | data[at + 3] if end - at > 4 else 0
        behind = at + 4 + (fields >> 4 & 0x1F)
        if behind >= end or fields >> 9 & 0x3F == _PACI:
            self.ignored_packets += 1
            return
        inner = bytes((fields >> 8 & 0x80 | fields >> 8 & 0x7E | data[at] & 1, data[at + 1])) + data[behind:end]
        self._payload(inner, 0, len(inner))

    def _noted(self, nal: bytes) -> None:
        kind = nal[0] >> 1 & 0x3F
        if kind <= _LAST_SLICE:
            self._picture = True
            self._key = self._key or _BLA <= kind <= _LAST_IRAP
            self._leading = self._leading or kind in (_RASL_N, _RASL_R)
        elif kind in (_VPS, _SPS, _PPS) and 4 <= len(nal) <= MAX_PARAMETER_SET:
            self._parameter_set(kind, nal)

    def _parameter_set(self, kind: int, nal: bytes) -> None:
        if kind == _VPS and nal != self._vps:
            self._vps = nal
        elif kind == _SPS and nal != self._sps:
            self._sps = nal
        elif kind == _PPS and nal != self._pps:
            self._pps = nal
        else:
            return
        self._understand()

    def _understand(self) -> None:
        found = _parameters(self._vps, self._sps, self._pps)
        if found is not None:
            self.parameters, self.depth = found


def sprop_parameter_sets(values: Mapping[str, str]) -> tuple[bytes, bytes, bytes] | None:
    """(VPS, SPS, PPS) from the format parameters of a description (RFC 7798 section 7.1), or None."""
    found = []
    for name, kind in (("sprop-vps", _VPS), ("sprop-sps", _SPS), ("sprop-pps", _PPS)):
        try:
            nal = b64decode(values.get(name, "").split(",")[0].strip() + "==", validate=False)
        except (Base64Error, ValueError):
            return None
        if len(nal) < 3 or nal[0] >> 1 & 0x3F != kind or len(nal) > MAX_PARAMETER_SET:
            return None
        found.append(nal)
    return found[0], found[1], found[2]


def configured(configuration: bytes) -> VideoParameters | None:
    """What the content of an `hvcC` says that `H265Depacketizer` made; None for any other."""
    sets, at = [], 23
    for _ in range(3):
        size = int.from_bytes(configuration[at + 3 : at + 5], "big")
        sets.append(configuration[at + 5 : at + 5 + size])
        at += 5 + size
    found = _parameters(*sets)
    return found[0] if found is not None and found[0].configuration == configuration else None


def parameters(vps: bytes, sps: bytes, pps: bytes) -> VideoParameters | None:
    """What a decoder must know, from one of each; None when they cannot be understood."""
    found = _parameters(vps, sps, pps)
    return found[0] if found else None


def _parameters(vps: bytes, sps: bytes, pps: bytes) -> tuple[VideoParameters, int] | None:
    if min(len(vps), len(sps), len(pps)) < 3:
        return None
    try:
        sequence = sequence_of(sps)
    except PeerError:
        return None
    fps = _told_by_vps(vps) or sequence.fps
    configuration = _configuration(sequence, (vps, sps, pps))
    found = VideoParameters("h265", _mime(sequence), sequence.width, sequence.height, fps, configuration)
    return found, sequence.depth


@dataclass(frozen=True, slots=True)
class Sequence:
    """Of a sequence parameter set: pixels after cropping, the depth of reordering, frames a second (0.0 where it tells
    none), and what `hvcC` repeats.

    `profile` is general_profile_space to general_profile_idc in one byte, followed by 4 bytes of compatibility flags
    and 6 of constraints; `level` in thirtieths.
    """

    width: int
    height: int
    depth: int
    fps: float
    profile: bytes
    level: int
    sub_layers: int
    nested: int
    chroma: int
    luma_bits: int
    chroma_bits: int


def sequence_of(sps: bytes) -> Sequence:
    """Read a sequence parameter set, H.265 section 7.3.2.2.1.

    Raises PeerError MALFORMED when the fields run past the end or are absurd.
    """
    bits = Bits(unescaped(sps[2:]))
    bits.read(4)
    sub_layers = bits.read(3)
    nested = bits.read(1)
    profile, level = _profile_tier_level(bits, sub_layers)
    bits.golomb()
    chroma = bits.golomb()
    if chroma > 3:
        raise PeerError(Wrong.MALFORMED, f"SPS with chroma format {chroma}")
    if chroma == 3:
        bits.read(1)
    width, height = bits.golomb(), bits.golomb()
    if bits.read(1):
        unit_x, unit_y = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1)
        left, right, top, bottom = (bits.golomb() for _ in range(4))
        width, height = width - (left + right) * unit_x, height - (top + bottom) * unit_y
    if not (16 <= width <= 16384 and 16 <= height <= 16384):
        raise PeerError(Wrong.MALFORMED, f"SPS with a picture of {width}x{height}")
    luma, colour = bits.golomb(), bits.golomb()
    if max(luma, colour) > 8:
        raise PeerError(Wrong.MALFORMED, "SPS with samples of more than 16 bits")
    order_bits = bits.golomb() + 4
    depth = 0
    for _ in range(sub_layers + 1 if bits.read(1) else 1):
        bits.golomb()
        depth = bits.golomb()
        bits.golomb()
    fps = _told_by_sps(bits, order_bits)
    return Sequence(width, height, min(depth, 16), fps, profile, level, sub_layers, nested, chroma, luma, colour)


def _profile_tier_level(bits: Bits, sub_layers: int) -> tuple[bytes, int]:
    """Section 7.3.3; what it says of sub-layers is skipped."""
    profile = bits.read(88).to_bytes(11, "big")
    level = bits.read(8)
    present = [(bits.read(1), bits.read(1)) for _ in range(sub_layers)]
    if sub_layers:
        bits.read(2 * (8 - sub_layers))
    for has_profile, has_level in present:
        bits.read(88 * has_profile + 8 * has_level)
    return profile, level


def _told_by_sps(bits: Bits, order_bits: int) -> float:
    """Frames a second by the timing in the VUI (section E.2.1), 0.0 where it tells none or cannot be read."""
    try:
        _skip_to_usability(bits, order_bits)
        if not bits.read(1):
            return 0.0
        skip_to_chroma_location(bits)
        bits.read(3)
        if bits.read(1):
            for _ in range(4):
                bits.golomb()
        return frame_rate(bits) if bits.read(1) else 0.0
    except PeerError:
        return 0.0


def _skip_to_usability(bits: Bits, order_bits: int) -> None:
    """What lies between the depth of reordering and vui_parameters_present_flag (section 7.3.2.2.1)."""
    for _ in range(6):
        bits.golomb()
    if bits.read(1) and bits.read(1):
        _skip_scaling_lists(bits)
    bits.read(2)
    if bits.read(1):
        bits.read(8)
        bits.golomb()
        bits.golomb()
        bits.read(1)
    _skip_reference_sets(bits)
    if bits.read(1):
        for _ in range(_at_most(bits.golomb(), 32)):
            bits.read(order_bits + 1)
    bits.read(2)


def _skip_scaling_lists(bits: Bits) -> None:
    """Section 7.3.4."""
    for size in range(4):
        for _ in range(2 if size == 3 else 6):
            if not bits.read(1):
                bits.golomb()
                continue
            for _ in range(min(64, 16 << 2 * size) + (size > 1)):
                bits.signed_golomb()


def _skip_reference_sets(bits: Bits) -> None:
    """Short-term sets (section 7.3.7): how long one is may depend on the one before it (7-61, 7-62)."""
    deltas: list[int] = []
    for index in range(_at_most(bits.golomb(), 64)):
        if index and bits.read(1):
            sign, step = bits.read(1), bits.golomb() + 1
            chosen = [one for one in (*deltas, 0) if bits.read(1) or bits.read(1)]
            moved = {one + (-step if sign else step) for one in chosen} - {0}
            deltas = sorted((one for one in moved if one < 0), reverse=True) + sorted(one for one in moved if one > 0)
        else:
            before, behind = _at_most(bits.golomb(), 16), _at_most(bits.golomb(), 16)
            deltas = [-one for one in _deltas(bits, before)] + _deltas(bits, behind)


def _deltas(bits: Bits, count: int) -> list[int]:
    """Distances of pictures, each told as that from the one before it."""
    found = [0]
    for _ in range(count):
        found.append(found[-1] + bits.golomb() + 1)
        bits.read(1)
    return found[1:]


def _at_most(count: int, limit: int) -> int:
    if count > limit:
        raise PeerError(Wrong.MALFORMED, f"SPS with {count} where {limit} is most")
    return count


def _told_by_vps(vps: bytes) -> float:
    """Frames a second by the timing of a video parameter set (section 7.3.2.1), 0.0 where it tells none."""
    bits = Bits(unescaped(vps[2:]))
    try:
        bits.read(12)
        sub_layers = bits.read(3)
        bits.read(17)
        _profile_tier_level(bits, sub_layers)
        for _ in range(3 * (sub_layers + 1 if bits.read(1) else 1)):
            bits.golomb()
        last_layer, sets = bits.read(6), bits.golomb()
        if sets > 1023:
            return 0.0
        bits.read(sets * (last_layer + 1))
        return frame_rate(bits) if bits.read(1) else 0.0
    except PeerError:
        return 0.0


def _configuration(sequence: Sequence, sets: tuple[bytes, bytes, bytes]) -> bytes:
    """HEVCDecoderConfigurationRecord, ISO/IEC 14496-15 section 8.3.3.1: four bytes of length before each unit."""
    head = struct.pack(
        ">B11sBHBBBBHB",
        1,
        sequence.profile,
        sequence.level,
        0xF000,
        0xFC,
        0xFC | sequence.chroma,
        0xF8 | sequence.luma_bits,
        0xF8 | sequence.chroma_bits,
        0,
        (sequence.sub_layers + 1) << 3 | sequence.nested << 2 | 3,
    )
    arrays = (struct.pack(">BHH", 0x80 | nal[0] >> 1 & 0x3F, 1, len(nal)) + nal for nal in sets)
    return head + b"\x03" + b"".join(arrays)


def _mime(sequence: Sequence) -> str:
    """ISO/IEC 14496-15 section E.3."""
    first = sequence.profile[0]
    space = ("", "A", "B", "C")[first >> 6]
    flags = int(f"{int.from_bytes(sequence.profile[1:5], 'big'):032b}"[::-1], 2)
    constraints = [f"{one:X}" for one in sequence.profile[5:].rstrip(b"\0")]
    tier = "H" if first & 0x20 else "L"
    return ".".join([f"hvc1.{space}{first & 0x1F}", f"{flags:X}", f"{tier}{sequence.level}", *constraints])
