"""Network abstraction layer units as the simulated cameras make them: splitting, kinds, and the numbering SEI.

Every frame carries one SEI message user_data_unregistered (ITU-T H.264 D.1.7, H.265 D.2.7): the 16 octets of `MARK`,
then 16 hexadecimal digits of the frame number and 8 of the camera number, as ASCII. ASCII digits can form none of the
octet sequences that need emulation prevention, so a sender may overwrite them in place.
"""

import re
from collections.abc import Sequence
from typing import Final, Literal

Codec = Literal["h264", "h265"]

MARK: Final = b"MINGJIAN-FRAME-1"  # 16 octets in the place of a UUID, none of them zero
NUMBER_DIGITS: Final = 16
CAMERA_DIGITS: Final = 8

_START_CODE: Final = re.compile(b"\x00*\x00\x00\x01")
_SEI_HEADER: Final[dict[Codec, bytes]] = {"h264": b"\x06", "h265": b"\x4e\x01"}
_PARAMETER_SETS: Final[dict[Codec, tuple[int, ...]]] = {"h264": (7, 8), "h265": (32, 33, 34)}
_PAYLOAD_TYPE_UNREGISTERED: Final = 5


def split(stream: bytes) -> list[bytes]:
    """Cut an Annex B byte stream into NAL units without start codes and trailing zeros."""
    return [unit for piece in _START_CODE.split(stream) if (unit := piece.rstrip(b"\x00"))]


def kind(codec: Codec, unit: bytes) -> int:
    """The nal_unit_type (H.264 7.3.1, H.265 7.3.1.2)."""
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def is_parameter_set(codec: Codec, unit: bytes) -> bool:
    return kind(codec, unit) in _PARAMETER_SETS[codec]


def is_picture(codec: Codec, unit: bytes) -> bool:
    """Whether the unit holds coded slices of a picture."""
    return 1 <= kind(codec, unit) <= 5 if codec == "h264" else kind(codec, unit) < 32


def pictures(codec: Codec, units: Sequence[bytes]) -> list[bytes]:
    return [unit for unit in units if is_picture(codec, unit)]


def number_offset(codec: Codec) -> int:
    """Where the digits begin inside the SEI unit made by `numbering`."""
    return len(_SEI_HEADER[codec]) + 2 + len(MARK)


def digits(frame: int, camera: int) -> bytes:
    """The 24 octets that hold the numbers; both wrap at the width of their fields."""
    return b"%016X%08X" % (frame & 0xFFFFFFFFFFFFFFFF, camera & 0xFFFFFFFF)


def numbering(codec: Codec, frame: int = 0, camera: int = 0) -> bytes:
    """The SEI unit that numbers one frame."""
    text = MARK + digits(frame, camera)
    return _SEI_HEADER[codec] + bytes((_PAYLOAD_TYPE_UNREGISTERED, len(text))) + text + b"\x80"


def frame(codec: Codec, coded: bytes, parameter_sets: Sequence[bytes], *, key: bool) -> tuple[bytes, ...]:
    """The units of one access unit as a camera sends them: parameter sets on key frames, the number, the slices."""
    head = tuple(parameter_sets) if key else ()
    return (*head, numbering(codec), *pictures(codec, split(coded)))
