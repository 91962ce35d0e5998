"""Where the packets of one track go: into the connection, or from a pair of UDP sockets."""

import contextlib
import socket
import struct
from collections.abc import Sequence
from typing import Final, Protocol

from mingjian.simulate.packets import PREFIX
from mingjian.simulate.weather import Path

MAX_BUFFERED: Final = 1 << 20
_UDP_SEGMENT: Final = 103  # linux/udp.h
_MOST_SEGMENTS: Final = 44  # of 1,412 octets: under the 64 KiB of one datagram to be cut
_TRIES: Final = 200


class Wire(Protocol):
    """What an outlet needs of a connection."""

    def write(self, data: bytes | bytearray) -> None: ...
    def get_write_buffer_size(self) -> int: ...


class Outlet(Protocol):
    """`media` takes packets as `packets.Template.stamped` makes them, and where each begins; `control` one RTCP packet.

    `channel` is what to stamp them with.
    """

    @property
    def channel(self) -> int: ...
    @property
    def blocked(self) -> bool: ...

    def media(self, framed: bytearray, starts: Sequence[int]) -> None: ...
    def control(self, report: bytes) -> None: ...
    def close(self) -> None: ...


class Interleaved:
    """In the connection of the requests (RFC 2326 10.12): one write for all packets of a frame."""

    def __init__(self, wire: Wire, channel: int, control_channel: int | None = None) -> None:
        self.channel = channel
        self._control_channel = channel + 1 if control_channel is None else control_channel
        self._wire = wire

    @property
    def blocked(self) -> bool:
        return self._wire.get_write_buffer_size() > MAX_BUFFERED

    def media(self, framed: bytearray, starts: Sequence[int]) -> None:  # noqa: ARG002 - framing is already in place
        self._wire.write(framed)

    def control(self, report: bytes) -> None:
        self._wire.write(struct.pack(">BBH", 0x24, self._control_channel, len(report)) + report)

    def close(self) -> None:
        """The connection is not its own."""


class Datagrams:
    """A pair of UDP sockets (RFC 3550 11) connected to those of the client.

    Where the kernel cuts datagrams by itself (UDP_SEGMENT, Linux 4.18), packets of one size leave in one call: it costs
    a third of a call for each.
    """

    channel: Final = 0
    blocked: Final = False

    def __init__(self, host: str, client: tuple[str, int, int]) -> None:
        """`client`: address, port for RTP, port for RTCP. Raises OSError when there is no pair of ports."""
        self._rtp, self._rtcp = _pair(host)
        self._rtp.connect((client[0], client[1]))
        self._rtcp.connect((client[0], client[2]))
        self.ports: tuple[int, int] = (self._rtp.getsockname()[1], self._rtcp.getsockname()[1])
        self.refused = 0
        """How often nobody listened there any more, or the kernel had no room."""
        self._cuts = True

    @property
    def handles(self) -> tuple[socket.socket, socket.socket]:
        """RTP and RTCP, to listen to what the client says."""
        return self._rtp, self._rtcp

    def media(self, framed: bytearray, starts: Sequence[int]) -> None:
        view = memoryview(framed)
        ends = [*starts[1:], len(framed)]
        packets = [view[start + PREFIX : end] for start, end in zip(starts, ends, strict=True)]
        at = 0
        while at < len(packets):
            behind = at + 1
            size = len(packets[at])
            while behind < len(packets) and behind - at < _MOST_SEGMENTS and len(packets[behind - 1]) == size:
                if len(packets[behind]) > size:
                    break
                behind += 1
            self._send(packets[at:behind], size)
            at = behind

    def control(self, report: bytes) -> None:
        self._send_one(self._rtcp, report)

    def close(self) -> None:
        self._rtp.close()
        self._rtcp.close()

    def heard(self) -> int:
        """Take what the client has sent to both ports; how many datagrams."""
        count = 0
        for one in self.handles:
            with contextlib.suppress(OSError):
                while one.recv(2048):
                    count += 1
        return count

    def _send(self, packets: list[memoryview], size: int) -> None:
        """All but the last packet are `size` long, the last no longer."""
        if len(packets) > 1 and self._cuts:
            try:
                self._rtp.sendmsg(packets, [(socket.IPPROTO_UDP, _UDP_SEGMENT, struct.pack("=H", size))])
            except ConnectionRefusedError:
                self.refused += 1
            except OSError:  # a kernel or a device without it
                self._cuts = False
            else:
                return
        for packet in packets:
            self._send_one(self._rtp, packet)

    def _send_one(self, way: socket.socket, packet: bytes | memoryview) -> None:
        try:
            way.send(packet)
        except OSError:
            self.refused += 1


class Weathered:
    """Another outlet behind bad weather. Control packets pass."""

    def __init__(self, outlet: Outlet, path: Path) -> None:
        self._outlet = outlet
        self.path = path

    @property
    def channel(self) -> int:
        return self._outlet.channel

    @property
    def blocked(self) -> bool:
        return self._outlet.blocked

    def media(self, framed: bytearray, starts: Sequence[int]) -> None:
        ends = [*starts[1:], len(framed)]
        passed = self.path.through([bytes(framed[start:end]) for start, end in zip(starts, ends, strict=True)])
        starts, at = [], 0
        for packet in passed:
            starts.append(at)
            at += len(packet)
        if starts:
            self._outlet.media(bytearray(b"".join(passed)), starts)

    def control(self, report: bytes) -> None:
        self._outlet.control(report)

    def close(self) -> None:
        self._outlet.close()


def _pair(host: str) -> tuple[socket.socket, socket.socket]:
    """Two sockets on an even port and the next one."""
    for _ in range(_TRIES):
        first = _bound(host, 0)
        port = first.getsockname()[1]
        other = port + 1 if port % 2 == 0 else port - 1
        try:
            second = _bound(host, other)
        except OSError:
            first.close()
            continue
        return (first, second) if port % 2 == 0 else (second, first)
    raise OSError("no pair of UDP ports is free")


def _bound(host: str, port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setblocking(False)
    try:
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
