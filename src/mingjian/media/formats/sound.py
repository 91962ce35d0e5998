"""Sound beside the picture: AAC (RFC 3640) and G.711 (RFC 3551 section 4.5.14) out of RTP packets. Pure.

Nothing here may cost a picture: what cannot be read is counted and left out.
"""

import struct
from abc import ABC, abstractmethod
from typing import Final

from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.formats.bits import Bits
from mingjian.media.formats.errors import PeerError
from mingjian.media.formats.frames import Sound, SoundParameters
from mingjian.media.formats.sdp import Media
from mingjian.media.formats.units import beyond_extras

_RTP: Final = struct.Struct(">BBHI")
_MAX_FORWARD: Final = 1 << 31
# Reports speak of about now; sound and picture that arrive together are of about the same time.
_NEAR_S: Final = 5
_FAR_TICKS: Final = 10 * TICKS_PER_SECOND
MAX_UNIT: Final = 1 << 16
MAX_WAITING: Final = 4096
_RATES: Final = (96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350)
# A clock of sound that is further from the picture's than this was set anew.
_LIP_TICKS: Final = TICKS_PER_SECOND * 3 // 100
# Objects that say more before they say what they are (section 1.6.2.1).
_BAND_REPLICATION: Final = (5, 29)


class SoundDepacketizer(ABC):
    """RTP packets of one track of sound in, pieces with the picture's media time out."""

    def __init__(self, parameters: SoundParameters, clock_rate: int) -> None:
        self.parameters = parameters
        self.lost_packets = 0
        self.ignored_packets = 0
        self._clock_rate = clock_rate
        self._expected = -1
        self._timestamp = -1
        self._at = 0
        self._offset: int | None = None
        self._pieces: list[Sound] = []

    def push(self, data: bytes, start: int, end: int, picture_ticks: int) -> None:
        """Take the RTP packet in data[start:end]; `picture_ticks` is the media time of the last picture."""
        payload, last = beyond_extras(data, start, end) if end - start > 12 else (end, end)
        if payload >= last:
            self._ignore(data, start, end)
            return
        _, second, sequence, timestamp = _RTP.unpack_from(data, start)
        if self._expected >= 0 and sequence != self._expected:
            missing = sequence - self._expected & 0xFFFF
            self.lost_packets += missing if missing < 0x8000 else 0
            self._lost()
        self._expected = sequence + 1 & 0xFFFF
        if self._timestamp >= 0:
            self._at += (timestamp - self._timestamp + _MAX_FORWARD & 0xFFFFFFFF) - _MAX_FORWARD
        self._timestamp = timestamp
        ticks = self._scaled(self._at)
        if self._offset is None or abs(ticks + self._offset - picture_ticks) > _FAR_TICKS:
            self._offset = picture_ticks - ticks  # the first, or one of the two clocks was set
        self._payload(data[payload:last], marker=bool(second & 0x80))

    def take(self) -> list[Sound]:
        """The pieces finished since the last call, in order."""
        pieces, self._pieces = self._pieces, []
        return pieces

    def align(self, timestamp: int, picture_ticks: int) -> bool:
        """Both clocks have named one moment: this RTP timestamp and that media time. False when it makes no sense."""
        step = (timestamp - self._timestamp + _MAX_FORWARD & 0xFFFFFFFF) - _MAX_FORWARD
        if self._timestamp < 0 or abs(step) > _NEAR_S * self._clock_rate:
            return False
        offset = picture_ticks - self._scaled(self._at + step)
        if self._offset is None or abs(offset - self._offset) > _LIP_TICKS:
            self._offset = offset
        return True

    @abstractmethod
    def _payload(self, payload: bytes, *, marker: bool) -> None: ...

    def _ignore(self, data: bytes, start: int, end: int) -> None:
        """A packet without sound, such as padding alone, is no loss."""
        self.ignored_packets += 1
        if end - start >= 12 and (data[start + 2] << 8 | data[start + 3]) == self._expected:
            self._expected = self._expected + 1 & 0xFFFF

    def _lost(self) -> None:  # noqa: B027 - for those who collect parts
        """A packet is missing before this one."""

    def _scaled(self, at: int) -> int:
        return at * TICKS_PER_SECOND // self._clock_rate

    def _heard(self, data: bytes, behind: int, samples: int) -> None:
        """A piece that begins `behind` samples after the packet's time."""
        if len(self._pieces) < MAX_WAITING:
            ticks = self._scaled(self._at + behind * self._clock_rate // self.parameters.rate) + (self._offset or 0)
            self._pieces.append(Sound(data, ticks, samples))


class G711(SoundDepacketizer):
    """One byte a sample, unchanged."""

    def _payload(self, payload: bytes, *, marker: bool) -> None:
        del marker  # the begin of a talkspurt
        self._heard(payload, 0, len(payload) // self.parameters.channels)


class Aac(SoundDepacketizer):
    """Access units with their sizes in front (RFC 3640 section 3.3.6, mode AAC-hbr and AAC-lbr)."""

    def __init__(self, parameters: SoundParameters, clock_rate: int, size_bits: int, index_bits: int) -> None:
        super().__init__(parameters, clock_rate)
        self._size_bits = size_bits
        self._index_bits = index_bits
        self._samples = 960 if _frame_length_flag(parameters.configuration) else 1024
        self._parts: list[bytes] = []
        self._have = 0
        self._wanted = 0

    def _payload(self, payload: bytes, *, marker: bool) -> None:
        sizes, at = self._sizes(payload)
        if len(sizes) == 1 and sizes[0] > len(payload) - at:
            self._part(payload[at:], sizes[0], marker=marker)
            return
        self._drop_parts()
        self.ignored_packets += not sizes
        for index, size in enumerate(sizes):
            if not 0 < size <= len(payload) - at:
                self.ignored_packets += 1
                return
            self._heard(payload[at : at + size], index * self._samples, self._samples)
            at += size

    def _sizes(self, payload: bytes) -> tuple[list[int], int]:
        """The sizes of the units in a packet, and where the first begins."""
        bits, each = int.from_bytes(payload[:2], "big"), self._size_bits + self._index_bits
        behind = 2 + (bits + 7) // 8
        if not bits or bits % each or behind > len(payload):
            return [], len(payload)
        wide = each // 8  # both modes have whole octets
        heads = (payload[at : at + wide] for at in range(2, behind, wide))
        return [int.from_bytes(head, "big") >> self._index_bits for head in heads], behind

    def _part(self, part: bytes, size: int, *, marker: bool) -> None:
        """A unit in several packets; all of them carry its size."""
        if size != self._wanted:
            self._drop_parts()
        self._wanted = size
        if part:
            self._parts.append(part)
            self._have += len(part)
        if self._have == size and marker:
            self._heard(b"".join(self._parts), 0, self._samples)
        if self._have >= size or marker or not part:
            self.ignored_packets += self._have != size
            self._drop_parts()

    def _lost(self) -> None:
        self._drop_parts()

    def _drop_parts(self) -> None:
        self._parts.clear()
        self._have = self._wanted = 0


def of_media(media: Media) -> SoundDepacketizer | None:
    """What reads this track; None for a codec that cannot be kept."""
    if media.encoding in ("PCMA", "PCMU") and 8_000 <= media.clock_rate <= 48_000 and media.channels in (1, 2):
        codec = "alaw" if media.encoding == "PCMA" else "ulaw"
        return G711(SoundParameters(codec, media.clock_rate, media.channels), media.clock_rate)
    if media.encoding == "MPEG4-GENERIC":
        return _aac(media)
    return None


def _aac(media: Media) -> Aac | None:
    sizes = media.parameters.get("sizelength", "13"), media.parameters.get("indexlength", "3")
    try:
        configuration = bytes.fromhex(media.parameters.get("config", ""))
        size_bits, index_bits = (int(one) for one in sizes)
    except ValueError:
        return None
    found = _configured(configuration)
    usual = (size_bits, index_bits) in ((13, 3), (6, 2))
    if found is None or not usual or not 7_350 <= media.clock_rate <= 96_000:
        return None
    return Aac(SoundParameters("aac", *found, configuration), media.clock_rate, size_bits, index_bits)


def _configured(configuration: bytes) -> tuple[int, int] | None:
    """(samples a second, channels) of an AudioSpecificConfig (ISO/IEC 14496-3 section 1.6.2.1) of AAC, or None."""
    if not 2 <= len(configuration) <= 64:
        return None
    kind, rate, channels = (
        configuration[0] >> 3,
        (configuration[0] & 7) << 1 | configuration[1] >> 7,
        configuration[1] >> 3 & 15,
    )
    if kind not in (1, 2, 3, 4, *_BAND_REPLICATION) or rate >= len(_RATES) or not 1 <= channels <= 7:
        return None
    return _RATES[rate], 8 if channels == 7 else channels


def _frame_length_flag(configuration: bytes) -> bool:
    """Whether a unit holds 960 samples instead of 1,024 (ISO/IEC 14496-3 section 4.4.1)."""
    bits = Bits(configuration)
    try:
        kind = bits.read(5)
        bits.read(8)
        if kind in _BAND_REPLICATION:
            bits.read(24 if bits.read(4) == 15 else 0)
            bits.read(5)
        return bool(bits.read(1))
    except PeerError:
        return False
