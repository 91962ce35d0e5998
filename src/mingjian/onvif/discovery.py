"""Finding cameras: probes out of chosen interfaces or to one address, and their answers for a few seconds."""

import asyncio
import socket
import struct
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.media.errors import unreachable
from mingjian.media.ingest.networks import Network, is_allowed, resolve
from mingjian.onvif import addresses
from mingjian.onvif.client import message_id
from mingjian.onvif.errors import INTERFACE_UNKNOWN
from mingjian.onvif.messages.discovery import GROUP, MAX_DATAGRAM, PORT, TYPES, Match, matches, probe
from mingjian.onvif.model import Found

MAX_FOUND: Final = 2048
MAX_ANSWERS: Final = 8192  # of everybody together: a flood ends the listening, not the process
# UDP loses: each probe is sent again (SOAP-over-UDP section 4.1).
_AGAIN_S: Final = 0.4
_HOPS: Final = 4
_TURN: Final = 256
_MAX_ADDRESSES: Final = 16


async def discover(
    *,
    allowed: Sequence[Network],
    interfaces: Sequence[str] = (),
    target: str | None = None,
    seconds: float = 3.0,
    port: int = PORT,
) -> list[Found]:
    """The ONVIF devices that answer within `seconds`, each once, in the order of their addresses.

    Asks by multicast out of `interfaces` (names or IPv4 addresses; all of this machine when there are none), or the one
    host `target`. What answers from outside `allowed` is ignored; addresses outside it are counted, not returned.

    Raises MingjianError INTERFACE_UNKNOWN, HOST_UNKNOWN, NETWORK_REFUSED, UNREACHABLE (nothing could be sent at all).
    """
    to = (GROUP if target is None else await resolve(target, port, allowed), port)
    ids = {kind: message_id() for kind in TYPES}
    collected = _Collected(allowed, frozenset(ids.values()))
    with ExitStack() as stack:
        through = [None] if target is not None else _interfaces(interfaces)
        places = [(stack.enter_context(_socket(one)), to) for one in through]
        await _listen(places, [probe(one, kind) for kind, one in ids.items()], collected, seconds)
    return collected.found()


def _interfaces(wanted: Sequence[str]) -> Sequence[bytes | None]:
    """`struct ip_mreqn` for each interface (ip(7)): by index, or by address."""
    if not wanted:
        return [_request(index=index) for index, _ in socket.if_nameindex()]
    return [_interface(one) for one in wanted]


def _interface(wanted: str) -> bytes:
    try:
        return _request(address=IPv4Address(wanted))
    except ValueError:
        pass
    try:
        return _request(index=socket.if_nametoindex(wanted))
    except OSError as error:
        raise MingjianError(INTERFACE_UNKNOWN, interface=wanted[:64]) from error


def _request(*, address: IPv4Address | None = None, index: int = 0) -> bytes:
    return struct.pack("4s4si", b"", address.packed if address else b"", index)


def _socket(interface: bytes | None) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.setblocking(False)
    if interface is not None:
        try:
            opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, interface)
        except OSError as error:
            opened.close()
            raise MingjianError(INTERFACE_UNKNOWN, interface="") from error
        opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, _HOPS)
    return opened


async def _listen(
    places: Sequence[tuple[socket.socket, tuple[str, int]]],
    probes: Sequence[bytes],
    collected: "_Collected",
    seconds: float,
) -> None:
    loop = asyncio.get_running_loop()
    for opened, _ in places:
        loop.add_reader(opened, collected.readable, opened)
    try:
        _send(places, probes)
        await asyncio.sleep(min(_AGAIN_S, seconds / 2))
        _send(places, probes)
        await asyncio.sleep(max(seconds - _AGAIN_S, seconds / 2))
    finally:
        for opened, _ in places:
            loop.remove_reader(opened)


def _send(places: Sequence[tuple[socket.socket, tuple[str, int]]], probes: Sequence[bytes]) -> None:
    """Send each probe everywhere. One interface without a network is no failure; all of them are."""
    failed: list[OSError] = []
    for opened, to in places:
        try:
            for one in probes:
                opened.sendto(one, to)
        except OSError as error:
            failed.append(error)
    if failed and len(failed) == len(places):
        raise unreachable(places[0][1][0], failed[0])


class _Collected:
    """The answers so far: bounded, of allowed senders, each device once."""

    def __init__(self, allowed: Sequence[Network], ids: frozenset[str]) -> None:
        self._allowed = allowed
        self._ids = ids
        self._found: list[Found] = []
        self._answers = 0

    def readable(self, opened: socket.socket) -> None:
        """Take what waits on a socket, a bounded number in one turn."""
        for _ in range(_TURN):
            try:
                data, sender = opened.recvfrom(MAX_DATAGRAM)
            except OSError:  # nothing more, or a host that refuses: others may still answer
                return
            self.take(data, str(sender[0]))

    def take(self, data: bytes, sender: str) -> None:
        self._answers += 1
        if self._answers > MAX_ANSWERS or not is_allowed(sender, self._allowed):
            return
        try:
            answered = matches(data, self._ids)
        except MingjianError:  # whoever else speaks on this port
            return
        for match in answered:
            self._add(self._seen(match, sender))

    def _seen(self, match: Match, sender: str) -> Found:
        """A match with the addresses that may be used; where none may, the sender's own address takes their place."""
        read = [url for url in map(addresses.read, match.addresses) if url is not None]
        usable = [url for url in read if is_allowed(url.host, self._allowed)]
        kept = usable or [replace(url, host=sender) for url in read[:1]]
        return Found(
            endpoint=match.endpoint,
            addresses=tuple(dict.fromkeys(map(str, kept))),
            refused=len(match.addresses) - len(usable),
            sender=sender,
            scopes=match.scopes,
        )

    def _add(self, seen: Found) -> None:
        """The same endpoint with an address in common is the same device. Cheap cameras share one endpoint."""
        if not seen.addresses:
            return
        for index, known in enumerate(self._found):
            if known.endpoint == seen.endpoint and set(known.addresses) & set(seen.addresses):
                together = dict.fromkeys((*known.addresses, *seen.addresses))
                self._found[index] = replace(known, addresses=tuple(together)[:_MAX_ADDRESSES])
                return
        if len(self._found) < MAX_FOUND:
            self._found.append(seen)

    def found(self) -> list[Found]:
        return sorted(self._found, key=lambda one: (int(IPv4Address(one.sender)), one.endpoint))
