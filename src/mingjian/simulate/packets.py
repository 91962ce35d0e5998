"""RTP packets of an access unit, cut once and patched for every send.

H.264 by RFC 6184 (single NAL unit, STAP-A, FU-A), H.265 by RFC 7798 (single NAL unit, AP, FU), framed for RTSP
interleaving (RFC 2326 10.12): ``$``, channel, 16-bit length, RTP packet.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from mingjian.simulate import nal
from mingjian.simulate.encode import AccessUnit

PAYLOAD_TYPE: Final = 96
MAX_PAYLOAD: Final = 1400
_FRAMING: Final = 4 + 12
_MARKER: Final = 0x80
_patch = struct.Struct(">HII").pack_into


@dataclass(frozen=True, slots=True)
class Template:
    """All packets of one access unit in one buffer, with the places to patch."""

    data: bytes
    packets: tuple[int, ...]
    """Where each packet begins (its ``$``)."""
    digits_at: int
    key: bool
    payload_octets: int

    def stamped(self, channel: int, sequence: int, timestamp: int, ssrc: int, digits: bytes) -> bytearray:
        """The octets to send: one copy, then only the changing fields are written.

        `sequence` is of the first packet and wraps at 16 bits, `timestamp` at 32; `digits` are `nal.digits`.
        """
        buffer = bytearray(self.data)
        buffer[self.digits_at : self.digits_at + len(digits)] = digits
        timestamp &= 0xFFFFFFFF
        for start in self.packets:
            _patch(buffer, start + 6, sequence & 0xFFFF, timestamp, ssrc)
            sequence += 1
        if channel:
            for start in self.packets:
                buffer[start + 1] = channel
        return buffer


def packetise(codec: nal.Codec, unit: AccessUnit, *, aggregate: bool = False) -> Template:
    """Cut `unit` into packets. With `aggregate` the parameter sets share one packet (STAP-A, AP)."""
    payloads = list(_payloads(codec, unit.nals, aggregate=aggregate))
    buffer = bytearray()
    starts = []
    for index, payload in enumerate(payloads):
        starts.append(len(buffer))
        marker = _MARKER if index == len(payloads) - 1 else 0
        buffer += struct.pack(">BBHBBHII", 0x24, 0, 12 + len(payload), 0x80, marker | PAYLOAD_TYPE, 0, 0, 0) + payload
    digits_at = buffer.index(nal.MARK) + len(nal.MARK)
    return Template(bytes(buffer), tuple(starts), digits_at, unit.key, len(buffer) - _FRAMING * len(payloads))


def _payloads(codec: nal.Codec, units: Sequence[bytes], *, aggregate: bool) -> Iterator[bytes]:
    sets = [unit for unit in units if nal.is_parameter_set(codec, unit)]
    if aggregate and len(sets) > 1:
        yield _aggregated(codec, sets)
        units = [unit for unit in units if not nal.is_parameter_set(codec, unit)]
    for unit in units:
        if len(unit) <= MAX_PAYLOAD:
            yield unit
        else:
            yield from _fragments(codec, unit)


def _aggregated(codec: nal.Codec, units: Sequence[bytes]) -> bytes:
    header = bytes((units[0][0] & 0xE0 | 24,)) if codec == "h264" else bytes((48 << 1, units[0][1]))
    return header + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def _fragments(codec: nal.Codec, unit: bytes) -> Iterator[bytes]:
    if codec == "h264":
        indicator, body = bytes((unit[0] & 0xE0 | 28,)), unit[1:]
    else:
        indicator, body = bytes((unit[0] & 0x81 | 49 << 1, unit[1])), unit[2:]
    room = MAX_PAYLOAD - len(indicator) - 1
    for offset in range(0, len(body), room):
        first, last = 0x80 * (offset == 0), 0x40 * (offset + room >= len(body))
        yield indicator + bytes((first | last | nal.kind(codec, unit),)) + body[offset : offset + room]
