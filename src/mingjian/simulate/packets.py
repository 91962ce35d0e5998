"""RTP packets of an access unit, cut once and patched for every send.

H.264 by RFC 6184 (single NAL unit, STAP-A, FU-A), H.265 by RFC 7798 (single NAL unit, AP, FU, PACI), framed for RTSP
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
PREFIX: Final = 4
"""What stands before each packet when it travels in the connection."""
_FRAMING: Final = PREFIX + 12
_MARKER: Final = 0x80
_PACI: Final = 50
_patch = struct.Struct(">HII").pack_into


@dataclass(frozen=True, slots=True)
class Template:
    """All packets of one access unit, or of one piece of sound, in one buffer, with the places to patch."""

    data: bytes
    packets: tuple[int, ...]
    """Where each packet begins (its ``$``)."""
    digits_at: int
    """Where the number of the frame is; 0: nowhere."""
    key: bool
    payload_octets: int

    def stamped(self, channel: int, sequence: int, timestamp: int, ssrc: int, digits: bytes) -> bytearray:
        """The octets to send: one copy, then only the changing fields are written.

        `sequence` is of the first packet and wraps at 16 bits, `timestamp` at 32; `digits` are `nal.digits`.
        """
        buffer = bytearray(self.data)
        if self.digits_at:
            buffer[self.digits_at : self.digits_at + len(digits)] = digits
        timestamp &= 0xFFFFFFFF
        for start in self.packets:
            _patch(buffer, start + 6, sequence & 0xFFFF, timestamp, ssrc)
            sequence += 1
        if channel:
            for start in self.packets:
                buffer[start + 1] = channel
        return buffer


def packetise(
    codec: nal.Codec,
    unit: AccessUnit,
    *,
    aggregate: bool = False,
    in_band: bool = True,
    paci: bool = False,
    max_payload: int = MAX_PAYLOAD,
) -> Template:
    """Cut `unit` into packets.

    `aggregate`: the parameter sets share one packet (STAP-A, AP); `in_band`: they are sent at all; `paci`, H.265 only:
    units that need no cutting travel in PACI packets (RFC 7798 4.4.4).
    """
    units = [one for one in unit.nals if in_band or not nal.is_parameter_set(codec, one)]
    payloads = list(_payloads(codec, units, aggregate=aggregate, paci=paci, room=max_payload))
    made = framed(payloads, PAYLOAD_TYPE)
    digits_at = made.data.index(nal.MARK) + len(nal.MARK)
    return Template(made.data, made.packets, digits_at, unit.key, made.payload_octets)


def framed(payloads: Sequence[bytes], payload_type: int, *, marked: bool = True) -> Template:
    """Packets of these payloads as they are; with `marked` the last one has the marker bit."""
    buffer = bytearray()
    starts = []
    for index, payload in enumerate(payloads):
        starts.append(len(buffer))
        marker = _MARKER if marked and index == len(payloads) - 1 else 0
        buffer += struct.pack(">BBHBBHII", 0x24, 0, 12 + len(payload), 0x80, marker | payload_type, 0, 0, 0) + payload
    return Template(bytes(buffer), tuple(starts), 0, True, len(buffer) - _FRAMING * len(payloads))


def behind(extra: Template, template: Template) -> Template:
    """The packets of both as if of one frame, those of `extra` first and none of them marked."""
    size = len(extra.data)
    return Template(
        extra.data + template.data,
        (*extra.packets, *(size + start for start in template.packets)),
        template.digits_at + size if template.digits_at else 0,
        template.key,
        extra.payload_octets + template.payload_octets,
    )


def fragments(codec: nal.Codec, unit: bytes, room: int = MAX_PAYLOAD) -> Iterator[bytes]:
    """The payloads (FU-A, FU) that a unit is cut into, each at most `room` long."""
    if codec == "h264":
        indicator, body = bytes((unit[0] & 0xE0 | 28,)), unit[1:]
    else:
        indicator, body = bytes((unit[0] & 0x81 | 49 << 1, unit[1])), unit[2:]
    room -= len(indicator) + 1
    for offset in range(0, len(body), room):
        first, last = 0x80 * (offset == 0), 0x40 * (offset + room >= len(body))
        yield indicator + bytes((first | last | nal.kind(codec, unit),)) + body[offset : offset + room]


def aggregated(codec: nal.Codec, units: Sequence[bytes]) -> bytes:
    """One payload (STAP-A, AP) with all these units."""
    header = bytes((units[0][0] & 0xE0 | 24,)) if codec == "h264" else bytes((48 << 1, units[0][1]))
    return header + b"".join(len(unit).to_bytes(2, "big") + unit for unit in units)


def _payloads(codec: nal.Codec, units: Sequence[bytes], *, aggregate: bool, paci: bool, room: int) -> Iterator[bytes]:
    sets = [unit for unit in units if nal.is_parameter_set(codec, unit)]
    if aggregate and len(sets) > 1:
        yield aggregated(codec, sets)
        units = [unit for unit in units if not nal.is_parameter_set(codec, unit)]
    for unit in units:
        if len(unit) > room:
            yield from fragments(codec, unit, room)
        elif paci and codec == "h265":
            yield _paci(unit)
        else:
            yield unit


def _paci(unit: bytes) -> bytes:
    """The unit behind a PACI header without extensions: its F bit and type move there, its own header goes."""
    fields = unit[0] >> 7 << 15 | nal.kind("h265", unit) << 9
    return bytes((unit[0] & 0x01 | _PACI << 1, unit[1])) + fields.to_bytes(2, "big") + unit[2:]
