import socket
from collections.abc import Iterator

import pytest

from mingjian.simulate.outlets import Datagrams, Interleaved, Weathered
from mingjian.simulate.packets import framed
from mingjian.simulate.weather import Path, Weather


@pytest.fixture
def client() -> Iterator[tuple[socket.socket, socket.socket]]:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtp,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtcp,
    ):
        for one in (rtp, rtcp):
            one.bind(("127.0.0.1", 0))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            one.settimeout(5)
        yield rtp, rtcp


def outlet(client: tuple[socket.socket, socket.socket]) -> Datagrams:
    return Datagrams("127.0.0.1", ("127.0.0.1", client[0].getsockname()[1], client[1].getsockname()[1]))


def sent(sizes: list[int]) -> tuple[bytearray, tuple[int, ...], list[bytes]]:
    payloads = [bytes((at % 251,)) * size for at, size in enumerate(sizes)]
    template = framed(payloads, 96)
    octets = template.stamped(0, 5, 6, 7, b"")
    ends = [*template.packets[1:], len(octets)]
    return octets, template.packets, [bytes(octets[a + 4 : b]) for a, b in zip(template.packets, ends, strict=True)]


SIZES = {
    "one": [100],
    "equal": [1400] * 12,
    "equal, the last shorter": [1400] * 12 + [77],
    "small, then equal": [20, 8, 40, *[1400] * 9, 3],
    "growing": [10, 20, 30, 40],
    "shrinking": [40, 30, 20, 10],
    "more than one call takes": [1400] * 100 + [1],
    "empty payloads": [0, 0, 5],
}


@pytest.mark.parametrize("cuts", [True, False])
@pytest.mark.parametrize("name", SIZES)
def test_every_packet_is_a_datagram_of_its_own(
    client: tuple[socket.socket, socket.socket], name: str, cuts: bool
) -> None:
    way = outlet(client)
    way._cuts = cuts
    octets, starts, packets = sent(SIZES[name])
    way.media(octets, starts)
    assert [client[0].recv(4096) for _ in packets] == packets
    assert way._cuts == cuts, "this kernel cuts datagrams, or was not asked to"
    way.close()


def test_ports_are_a_pair_and_reports_take_the_odd_one(client: tuple[socket.socket, socket.socket]) -> None:
    ways = [outlet(client) for _ in range(20)]
    for way in ways:
        assert way.ports[0] % 2 == 0
        assert way.ports[1] == way.ports[0] + 1
        way.control(b"report")
        data, (_, port) = client[1].recvfrom(100)
        assert (data, port) == (b"report", way.ports[1])
    client[1].sendto(b"receiver report", ("127.0.0.1", ways[0].ports[1]))
    client[0].sendto(b"", ("127.0.0.1", ways[0].ports[0]))
    assert ways[0].heard() >= 1
    assert ways[0].heard() == 0
    for way in ways:
        way.close()


def test_a_client_that_is_gone_is_counted_and_nothing_else(client: tuple[socket.socket, socket.socket]) -> None:
    way = outlet(client)
    client[0].close()
    octets, starts, _ = sent([1400] * 5)
    for _ in range(3):
        way.media(octets, starts)
    assert way.refused > 0
    way.close()


class Wire:
    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes | bytearray) -> None:
        self.data += data

    def get_write_buffer_size(self) -> int:
        return len(self.data)


def test_weather_in_the_connection_keeps_packets_whole() -> None:
    wire, path = Wire(), Path(Weather(loss=0.2, doubled=0.2, seed=3))
    way = Weathered(Interleaved(wire, 4, 7), path)
    octets, starts, packets = sent([30, 40, 50] * 20)
    for start in starts:
        octets[start + 1] = way.channel
    way.media(octets, starts)
    got, at = [], 0
    while at < len(wire.data):
        assert wire.data[at : at + 2] == b"$\x04"
        size = int.from_bytes(wire.data[at + 2 : at + 4], "big")
        got.append(wire.data[at + 4 : at + 4 + size])
        at += 4 + size
    lost, doubled = set(path.fates.lost), set(path.fates.doubled)
    assert lost
    assert doubled
    assert got == [one for at, one in enumerate(packets) if at not in lost for _ in range(1 + (at in doubled))]
    way.control(b"xy")
    assert wire.data.endswith(b"$\x07\x00\x02xy")
    assert not way.blocked
    way.close()
