"""The sockets of one camera whose RTP comes in datagrams: two for each track, read in the turn of its connection."""

import socket
import struct
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from mingjian.media.formats.rtsp import Lane

# Room for what a camera sends between two turns: a key frame of 4K and some seconds of a stall.
ROOM: Final = 4 << 20
# Datagrams in a row from one socket: one that sends without end must not keep the others waiting.
MAX_READS: Final = 4096
_TRIES: Final = 50
_SO_RCVBUFFORCE: Final = 33
# Linux: nine numbers of 32 bits about a socket, the last is how many packets it had no room for.
_SO_MEMINFO: Final = 55
_MEMINFO: Final = struct.Struct("=9I")
_CONTROL: Final = {Lane.PICTURE: Lane.PICTURE_CONTROL, Lane.SOUND: Lane.SOUND_CONTROL}


class Datagrams:
    """Four bound sockets, connected once the camera has said where its packets come from.

    A connected socket takes nothing from anybody else: the kernel drops it.
    """

    def __init__(self, control: socket.socket) -> None:
        """`control` is the connection of RTSP: datagrams travel between the same two machines. Raises OSError."""
        self._peer: str = control.getpeername()[0]
        self._sockets: dict[Lane, socket.socket] = {}
        self._lanes: tuple[Lane, ...] = ()
        self._dropped = 0
        local, family = control.getsockname()[0], control.family
        try:
            for lane, reports in _CONTROL.items():
                self._sockets[lane], self._sockets[reports] = _pair(family, local)
        except OSError:
            self.close()
            raise

    @property
    def ports(self) -> tuple[int, int]:
        """Of the picture and of sound."""
        picture, sound = self._sockets[Lane.PICTURE], self._sockets[Lane.SOUND]
        return picture.getsockname()[1], sound.getsockname()[1]

    @property
    def dropped(self) -> int:
        """Packets of RTP that the kernel had no room for."""
        if self._sockets:
            self._dropped = sum(_dropped(self._sockets[lane]) for lane in _CONTROL if lane in self._sockets)
        return self._dropped

    def connect(self, peer_ports: Mapping[Lane, int]) -> None:
        """Take datagrams from these ports of the camera, for each track from the port and the next."""
        connected: list[Lane] = []
        for lane, port in peer_ports.items():
            for one, number in ((lane, port), (_CONTROL[lane], port + 1)):
                with suppress(OSError, OverflowError):
                    self._sockets[one].connect((self._peer, number))
                    connected.append(one)
        self._lanes = tuple(sorted(connected, key=lambda one: one in _CONTROL))

    def read(self, buffer: memoryview) -> Iterator[tuple[Lane, list[bytes]]]:
        """What has arrived on each lane, reports first; an empty list counts as a turn."""
        for lane in self._lanes:
            packets = _arrived(self._sockets[lane], buffer)
            if packets or lane in _CONTROL:
                yield lane, packets

    def report(self, packet: bytes) -> None:
        """Send a report for each track, as far as the camera takes it."""
        for lane in self._lanes:
            if lane not in _CONTROL:
                with suppress(OSError):
                    self._sockets[lane].send(packet)

    def close(self) -> None:
        self._dropped = self.dropped  # asked for once more when the connection is over
        for one in self._sockets.values():
            one.close()
        self._sockets, self._lanes = {}, ()


def _arrived(sock: socket.socket, buffer: memoryview) -> list[bytes]:
    packets: list[bytes] = []
    receive = sock.recv_into
    for _ in range(MAX_READS):
        try:
            size = receive(buffer)
        except BlockingIOError:
            break
        except OSError:
            continue  # the answer to a report of ours that nobody wanted: it was taken off by reading it
        packets.append(bytes(buffer[:size]))
    return packets


def _dropped(sock: socket.socket) -> int:
    try:
        numbers = _MEMINFO.unpack(sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size))
    except (OSError, struct.error):
        return 0
    return int(numbers[-1])


def _pair(family: int, local: str) -> tuple[socket.socket, socket.socket]:
    """Two sockets on an even port and the next (RFC 3550 section 11). Raises OSError when there are none."""
    for _ in range(_TRIES):
        first = _bound(family, local, 0)
        port = first.getsockname()[1]
        try:
            if port % 2 == 0:
                return first, _bound(family, local, port + 1)
            first.close()
            first = _bound(family, local, port - 1)
            return first, _bound(family, local, port)
        except OSError:
            first.close()
    raise OSError("no two ports in a row are free")


def _bound(family: int, local: str, port: int) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    sock.setblocking(False)
    try:
        sock.bind((local, port))
        try:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, ROOM)
        except OSError:  # not for everybody
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
    except OSError:
        sock.close()
        raise
    return sock
