"""H.264: RTP payloads into access units (RFC 6184) and the few fields of a parameter set that we need (ITU-T H.264)."""

import struct
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Final

from mingjian.media.formats.bits import Bits, frame_rate, skip_to_chroma_location, unescaped
from mingjian.media.formats.errors import PeerError, Wrong
from mingjian.media.formats.frames import VideoParameters
from mingjian.media.formats.units import MAX_PARAMETER_SET, Depacketizer

_SLICE_IDR, _SPS, _PPS, _STAP_A, _FU_A = 5, 7, 8, 24, 28


class H264Depacketizer(Depacketizer):
    """Single NAL units, STAP-A and FU-A; the interleaved mode (section 6.4) is ignored packet by packet."""

    __slots__ = ("_pps", "_sps")

    def __init__(self, parameter_sets: tuple[bytes, bytes] | None) -> None:
        """`parameter_sets` is (SPS, PPS) from the description, or None when they come in band."""
        super().__init__()
        self._sps, self._pps = parameter_sets or (b"", b"")
        self._understand()

    def _payload(self, data: bytes, at: int, end: int) -> None:
        kind = data[at] & 0x1F
        if kind == _FU_A:
            self._fragment(data, at, at + 1, end)
        elif 0 < kind < _STAP_A:
            self._nal(data[at:end])
        elif kind == _STAP_A:
            self._aggregate(data, at + 1, end, smallest=1)
        else:
            self.ignored_packets += 1

    def _unfinished(self, data: bytes, at: int) -> int:
        return 2 if data[at] & 0x1F == _FU_A and not data[at + 1] & 0x40 else 0

    def _unit_header(self, data: bytes, at: int, kind: int) -> bytes:
        return bytes((data[at] & 0xE0 | kind & 0x1F,))

    def _noted(self, nal: bytes) -> None:
        kind = nal[0] & 0x1F
        if kind <= _SLICE_IDR:
            self._picture = True
            self._key = self._key or kind == _SLICE_IDR
        elif kind in (_SPS, _PPS) and 4 <= len(nal) <= MAX_PARAMETER_SET:
            self._parameter_set(kind, nal)

    def _parameter_set(self, kind: int, nal: bytes) -> None:
        if kind == _SPS and nal != self._sps:
            self._sps = nal
        elif kind == _PPS and nal != self._pps:
            self._pps = nal
        else:
            return
        self._understand()

    def _understand(self) -> None:
        found = _parameters(self._sps, self._pps)
        if found is not None:
            self.parameters, self.depth = found


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


def parameters(sps: bytes, pps: bytes) -> VideoParameters | None:
    """What a decoder must know, from one of each; None when they cannot be understood."""
    found = _parameters(sps, pps)
    return found[0] if found else None


def _parameters(sps: bytes, pps: bytes) -> tuple[VideoParameters, int] | None:
    if len(sps) < 4 or not pps:
        return None
    try:
        sequence = sequence_of(sps)
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
    mime = f"avc1.{sps[1:4].hex()}"
    found = VideoParameters("h264", mime, sequence.width, sequence.height, sequence.fps, configuration)
    return found, sequence.depth


def configured(configuration: bytes) -> VideoParameters | None:
    """What the content of an `avcC` says that `H264Depacketizer` made; None for any other."""
    size = int.from_bytes(configuration[6:8], "big")
    found = parameters(configuration[8 : 8 + size], configuration[11 + size :])
    return found if found is not None and found.configuration == configuration else None


@dataclass(frozen=True, slots=True)
class Sequence:
    """Of a sequence parameter set: pixels after cropping, frames a second or 0.0, and the depth of reordering."""

    width: int
    height: int
    fps: float
    depth: int


def sequence_of(sps: bytes) -> Sequence:
    """Read a sequence parameter set, H.264 section 7.3.2.1.1.

    Raises PeerError MALFORMED when the fields run past the end or are absurd.
    """
    bits = Bits(unescaped(sps[1:]))
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
    return Sequence(width, height, *_usability(bits))


_HIGH_PROFILES: Final = frozenset({100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135})


def _chroma(bits: Bits) -> int:
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


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.signed_golomb() + 256) % 256
        last = following or last


def _picture_order(bits: Bits) -> None:
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


def _usability(bits: Bits) -> tuple[float, int]:
    """(frames a second, depth of reordering) from the VUI (annex E); zeros for what is not told or cannot be read."""
    fps, depth = 0.0, 0
    try:
        if bits.read(1):
            skip_to_chroma_location(bits)
            fps = _frame_rate(bits) if bits.read(1) else 0.0
            depth = _reorder_depth(bits)
    except PeerError:
        pass
    return fps, depth


def _frame_rate(bits: Bits) -> float:
    """A tick is that of a field (section E.2.1)."""
    rate = frame_rate(bits, ticks=2)
    bits.read(1)  # fixed_frame_rate_flag
    return rate


def _reorder_depth(bits: Bits) -> int:
    """max_num_reorder_frames of the bitstream restriction (section E.2.1); 0 where there is none."""
    decoders = [bits.read(1) and _skip_hypothetical_decoder(bits) for _ in range(2)]
    if any(decoders):
        bits.read(1)
    bits.read(1)
    if not bits.read(1):
        return 0
    bits.read(1)
    for _ in range(4):
        bits.golomb()
    return min(bits.golomb(), 16)


def _skip_hypothetical_decoder(bits: Bits) -> bool:
    """Section E.1.2."""
    count = bits.golomb()
    if count > 31:
        raise PeerError(Wrong.MALFORMED, "SPS with too many buffers")
    bits.read(8)
    for _ in range(count + 1):
        bits.golomb()
        bits.golomb()
        bits.read(1)
    bits.read(20)
    return True
