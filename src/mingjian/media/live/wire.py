"""What `media` and `api` say to each other on the Unix socket. Pure.

Both ways: 4 bytes length of the payload, 1 byte kind, 3 bytes zero, 4 bytes handle, payload (all big-endian).
REQUEST, STATE and FORMAT carry JSON. The payload of INIT, KEY, CHUNK and SOUND is the message that a viewer receives,
byte for byte: 1 byte kind, 7 bytes zero, 8 bytes wall time in microseconds, then ISO BMFF; of SOUND one access unit of
AAC, or samples of G.711.
"""

import json
import struct
from collections.abc import Iterator, Mapping
from enum import IntEnum
from typing import Any, Final

HEAD: Final = struct.Struct(">IB3xI")
VIEWER_HEAD: Final = struct.Struct(">B7xQ")
MAX_PAYLOAD: Final = 32 << 20


class Kind(IntEnum):
    """The first three and SOUND are also the kinds a viewer sees."""

    INIT = 0
    KEY = 1
    CHUNK = 2
    STATE = 3
    ANSWER = 4
    REQUEST = 5
    FORMAT = 6
    SOUND = 7


class WireError(ValueError):
    """The other side does not speak this protocol."""


def message(kind: Kind, handle: int, *payload: bytes) -> bytes:
    return b"".join((HEAD.pack(sum(map(len, payload)), kind, handle), *payload))


def picture(kind: Kind, handle: int, wall_us: int, media: bytes) -> bytes:
    """INIT, KEY, CHUNK or SOUND with the header that viewers see."""
    return b"".join((HEAD.pack(16 + len(media), kind, handle), VIEWER_HEAD.pack(kind, wall_us), media))


def document(kind: Kind, handle: int, content: Mapping[str, Any]) -> bytes:
    return message(kind, handle, json.dumps(content, ensure_ascii=False).encode())


class Messages:
    """Cuts a byte stream into (kind, handle, payload)."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._have = 0
        self._need = HEAD.size

    def feed(self, data: bytes) -> Iterator[tuple[Kind, int, bytes]]:
        """Raises WireError for an unknown kind or a payload over MAX_PAYLOAD."""
        self._parts.append(data)
        self._have += len(data)
        if self._have < self._need:
            return
        buffer = b"".join(self._parts) if len(self._parts) > 1 else data
        at = 0
        while len(buffer) - at >= HEAD.size:
            length, kind, handle = HEAD.unpack_from(buffer, at)
            if length > MAX_PAYLOAD or kind > Kind.SOUND:
                raise WireError(f"kind {kind}, {length} bytes")
            end = at + HEAD.size + length
            if end > len(buffer):
                self._need = HEAD.size + length
                break
            yield Kind(kind), handle, buffer[at + HEAD.size : end]
            at = end
            self._need = HEAD.size
        rest = buffer[at:] if at else buffer
        self._parts = [rest] if rest else []
        self._have = len(rest)
