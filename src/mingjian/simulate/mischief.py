"""What a camera can do wrong with its packets, as data: octets that are put where they do not belong."""

from typing import Final

from mingjian.simulate import nal
from mingjian.simulate.cameras import Misbehaviour
from mingjian.simulate.packets import PAYLOAD_TYPE, Template, aggregated, behind, fragments, framed

EVERY: Final = 25
"""Frames 24, 49, 74, ... are the spoiled ones."""
GARBAGE: Final = b"\x00\xff\x80GARBAGE\x00\x01\x02\x03" * 5
RUBBISH: Final = b"\x80\xc8\xff\xff" + b"\x5a" * 40
HUGE: Final = 10 << 20
JUMPS: Final = (0, 3600 * 90_000, -20 * 90_000, 2**31, 5, -(2**31) + 90_000)
"""What is added to timestamps, each for `EVERY` frames, over and over."""
FLOOD: Final = 100
"""How many times its rate a flooding camera sends."""

_SLICE: Final[dict[nal.Codec, bytes]] = {"h264": b"\x41", "h265": b"\x02\x01"}


class Mischief:
    """The misbehaviour of one stream, where it is one of packets."""

    def __init__(self, misbehaviour: Misbehaviour | None, codec: nal.Codec) -> None:
        self._kind = misbehaviour
        payloads = _extra(misbehaviour, codec)
        self._extra = framed(payloads, PAYLOAD_TYPE, marked=False) if payloads else None

    def template(self, template: Template, number: int) -> Template:
        """What to send instead as frame `number`."""
        return behind(self._extra, template) if self._extra and _is_turn(number) else template

    def octets(self, framed_packets: bytearray, number: int) -> None:
        """Spoil what is about to be sent as frame `number`."""
        if not _is_turn(number):
            return
        if self._kind is Misbehaviour.GARBAGE:
            framed_packets[:0] = GARBAGE
        elif self._kind is Misbehaviour.LYING_LENGTHS:
            lie = 1000 if number // EVERY % 2 else -7
            told = int.from_bytes(framed_packets[2:4], "big") + lie
            framed_packets[2:4] = max(told, 1).to_bytes(2, "big")

    def ticks(self, ticks: int, number: int) -> int:
        """The time that frame `number` says."""
        if self._kind is Misbehaviour.TIME_JUMPS:
            return ticks + JUMPS[number // EVERY % len(JUMPS)]
        return ticks


def _is_turn(number: int) -> bool:
    return number % EVERY == EVERY - 1


def _extra(kind: Misbehaviour | None, codec: nal.Codec) -> list[bytes]:
    """Payloads in front of those of a spoiled frame."""
    unit = _SLICE[codec] + b"\x5a" * 20
    together = aggregated(codec, [unit])
    head = len(_SLICE[codec])
    match kind:
        case Misbehaviour.EMPTY_UNITS:
            fragment = next(fragments(codec, unit, 10))
            # Nothing; an aggregate of nothing; one of two units without octets; a fragment without a body.
            return [b"", together[:head], together[:head] + b"\x00\x00\x00\x00", fragment[: head + 1]]
        case Misbehaviour.LYING_UNITS:
            return [together[:-5], together + b"\xff\xff\x41"]
        case Misbehaviour.HUGE_UNIT:
            return list(fragments(codec, _SLICE[codec] + b"\x5a" * HUGE))
        case _:
            return []
