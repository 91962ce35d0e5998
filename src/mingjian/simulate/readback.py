"""Reading the numbers back: which frames of which camera are in these bytes, this stream, this file.

A scanner of its own, so that a fault in the product's parsers cannot hide itself. The mark cannot be broken by
emulation prevention (it has no zero octets), so looking for it finds every frame, in AVCC and in Annex B alike.
"""

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import av

from mingjian.simulate import nal


@dataclass(frozen=True, slots=True)
class Stamp:
    """What one frame says of itself."""

    frame: int
    camera: int


def stamps(data: bytes) -> list[Stamp]:
    """The stamps in coded bytes (one access unit or many), in their order."""
    found = []
    position = data.find(nal.MARK)
    while position >= 0:
        position += len(nal.MARK)
        if (stamp := _stamp(data[position : position + nal.NUMBER_DIGITS + nal.CAMERA_DIGITS])) is not None:
            found.append(stamp)
        position = data.find(nal.MARK, position)
    return found


def numbers(data: bytes) -> list[int]:
    """The frame numbers in coded bytes, in their order."""
    return [stamp.frame for stamp in stamps(data)]


def stamps_in_mp4(source: Path | bytes) -> list[Stamp]:
    """The stamps of the video frames of a file that libav can demultiplex, in decoding order.

    Raises av.FFmpegError when the file cannot be read.
    """
    opened = io.BytesIO(source) if isinstance(source, bytes) else str(source)
    with av.open(opened, mode="r") as container:
        return [
            stamp
            for packet in container.demux(container.streams.video[0])
            if packet.size
            for stamp in stamps(bytes(packet))
        ]


def numbers_in_mp4(source: Path | bytes) -> list[int]:
    """The frame numbers of a file, in decoding order. See `stamps_in_mp4`."""
    return [stamp.frame for stamp in stamps_in_mp4(source)]


def missing(seen: Iterable[int]) -> list[int]:
    """The numbers between the first and the last of `seen` that are not in it."""
    present = set(seen)
    return [number for number in range(min(present), max(present)) if number not in present] if present else []


def _stamp(text: bytes) -> Stamp | None:
    if len(text) != nal.NUMBER_DIGITS + nal.CAMERA_DIGITS or not all(c in b"0123456789ABCDEF" for c in text):
        return None
    return Stamp(int(text[: nal.NUMBER_DIGITS], 16), int(text[nal.NUMBER_DIGITS :], 16))
