"""Probes and answers over real sockets: many devices, floods, liars."""

import asyncio
import re
import socket
import uuid
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_network

import pytest
from tests.unit.onvif.answers import matching
from tests.unit.onvif.cameras import LOOPBACK

from mingjian.kernel.errors import MingjianError
from mingjian.onvif import discovery
from mingjian.onvif.discovery import discover
from mingjian.onvif.model import Found

Answering = Callable[[str], list[bytes]]


def found(answering: Answering, *, allowed: str = "127.0.0.0/8", enough: int = 1) -> list[Found]:
    """What a probe to one port finds, where `answering` gives the answers to a message id.

    Asks again for longer until `enough` are found: a loaded machine may let a short time pass without a turn.
    """
    for seconds in (0.6, 3.0, 15.0):
        came = asyncio.run(_found(answering, allowed, seconds))
        if len(came) >= enough:
            break
    return came


async def _found(answering: Answering, allowed: str, seconds: float) -> list[Found]:

    class Responder(asyncio.DatagramProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
            heard = re.search(rb"MessageID>([^<]+)<", data)
            assert heard is not None
            for one in answering(heard.group(1).decode()):
                self.transport.sendto(one, sender)  # type: ignore[attr-defined]

    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Responder, local_addr=("127.0.0.1", 0))
    port = transport.get_extra_info("sockname")[1]
    try:
        return await discover(allowed=[ip_network(allowed)], target="127.0.0.1", seconds=seconds, port=port)
    finally:
        transport.close()


def test_a_device_that_answers_each_probe_is_found_once() -> None:
    (one,) = found(lambda id_: [matching(id_, "http://127.0.0.1/onvif/device_service")] * 3)
    assert one.addresses == ("http://127.0.0.1/onvif/device_service",)
    assert (one.scopes.name, one.scopes.hardware, one.scopes.location) == ("A", "H1", "city/腾冲")


def test_addresses_outside_the_allowed_networks_are_counted_and_not_given() -> None:
    told = (
        "http://127.0.0.1:8000/onvif/device_service http://10.1.1.1/onvif http://[fe80::1]/onvif http://evil.example/o"
    )
    (one,) = found(lambda id_: [matching(id_, told)])
    assert one.addresses == ("http://127.0.0.1:8000/onvif/device_service",)
    assert one.refused == 3


def test_a_device_that_names_nothing_usable_is_given_at_the_address_from_which_it_answered() -> None:
    (one,) = found(lambda id_: [matching(id_, "http://192.168.0.64/onvif/device_service")])
    assert one.addresses == ("http://127.0.0.1/onvif/device_service",)
    assert one.refused == 1


def test_cheap_cameras_that_share_an_endpoint_are_two_and_one_with_two_addresses_is_one() -> None:
    def answers(id_: str) -> list[bytes]:
        return [
            matching(id_, "http://127.0.0.1:81/o"),
            matching(id_, "http://127.0.0.1:82/o"),
            matching(id_, "http://127.0.0.1:82/o http://127.0.0.2/o"),
        ]

    assert [one.addresses for one in found(answers, enough=2)] == [
        ("http://127.0.0.1:81/o",),
        ("http://127.0.0.1:82/o", "http://127.0.0.2/o"),
    ]


@pytest.mark.parametrize(
    "answering",
    [
        lambda _: [matching(f"urn:uuid:{uuid.uuid4()}", "http://127.0.0.1/o")],  # to somebody else
        lambda id_: [b"", b"\x00" * 1400, b"<a/>", b"<!DOCTYPE a><a/>", matching(id_, "")],
        lambda id_: [matching(id_, "javascript:alert(1) ftp://127.0.0.1/ http://127.0.0.1:0/ ://")],
        lambda id_: [matching(id_, "http://127.0.0.1/o").replace(b"ProbeMatch", b"Hello")],
        lambda id_: [matching(id_, "http://127.0.0.1/o")[:-30]],
    ],
)
def test_what_is_no_answer_is_nothing(answering: Answering) -> None:
    assert found(answering, enough=0) == []


def test_who_answers_from_outside_the_allowed_networks_is_not_heard() -> None:
    with pytest.raises(MingjianError) as error:
        found(lambda id_: [matching(id_, "http://127.0.0.1/o")], allowed="10.0.0.0/8")
    assert error.value.code == "media.network_refused"


def test_a_flood_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MAX_FOUND", 50)
    monkeypatch.setattr(discovery, "MAX_ANSWERS", 200)

    def flood(id_: str) -> list[bytes]:
        return [matching(id_, f"http://127.0.0.1:{port}/o", endpoint=f"urn:uuid:{port}") for port in range(1, 300)]

    assert len(found(flood, enough=50)) == 50


def test_only_allowed_senders_and_a_bounded_number_of_answers_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MAX_ANSWERS", 3)
    collected = discovery._Collected(LOOPBACK, frozenset({"urn:uuid:1"}))
    answer = matching("urn:uuid:1", "http://127.0.0.1/o http://127.0.0.2/o")
    collected.take(answer, "10.0.0.9")
    assert collected.found() == []
    for port in (81, 82, 83):
        collected.take(matching("urn:uuid:1", f"http://127.0.0.1:{port}/o"), "127.0.0.1")
    assert [one.addresses for one in collected.found()] == [("http://127.0.0.1:81/o",), ("http://127.0.0.1:82/o",)]


def test_an_interface_that_is_none() -> None:
    for wrong in ("nosuch0", "", "x" * 200, "999.1.1.1"):
        with pytest.raises(MingjianError) as error:
            asyncio.run(discover(allowed=LOOPBACK, interfaces=[wrong], seconds=0.1))
        assert error.value.code == "onvif.interface_unknown"


def test_all_interfaces_of_this_machine_are_asked() -> None:
    """Nothing need answer: no interface without a network may spoil it."""
    with suppress(MingjianError):  # a machine without any network
        asyncio.run(discover(allowed=LOOPBACK, seconds=0.2))
    assert socket.if_nameindex()
