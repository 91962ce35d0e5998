"""Probes and their answers (WS-Discovery, April 2005, sections 5.2 and 5.3; ONVIF Core section 7.3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from mingjian.onvif.messages.device import scopes
from mingjian.onvif.messages.soap import Request, body_of, envelope
from mingjian.onvif.messages.xml import PREFIXES, Node, parse, tag
from mingjian.onvif.model import Scopes

GROUP: Final = "239.255.255.250"
PORT: Final = 3702
MAX_DATAGRAM: Final = 32_768
_MAX_MATCHES: Final = 16
_MAX_ADDRESSES: Final = 16
_ACTION: Final = f"{PREFIXES['d']}/Probe"
# Both are asked for: old cameras know the first, ONVIF since 2.1 demands the second.
TYPES: Final = ("dn:NetworkVideoTransmitter", "tds:Device")


@dataclass(frozen=True, slots=True)
class Match:
    endpoint: str
    addresses: tuple[str, ...]
    scopes: Scopes


def probe(message_id: str, kind: str) -> bytes:
    """A probe for one of TYPES; `message_id` is `urn:uuid:…` and comes back with each answer."""
    prefix = kind.partition(":")[0]
    body = tag("d:Probe", tag("d:Types", kind, declared={prefix: PREFIXES[prefix]}))
    header = (
        tag("wsa4:MessageID", message_id),
        tag("wsa4:To", "urn:schemas-xmlsoap-org:ws:2005:04:discovery"),
        tag("wsa4:Action", _ACTION),
    )
    return envelope(Request(body, _ACTION, header))


def matches(data: bytes, message_ids: frozenset[str]) -> list[Match]:
    """The devices in an answer to one of our probes; none when it answers somebody else's.

    Raises MingjianError for what is not an answer at all.
    """
    relates = parse(data).value("Header", "RelatesTo")
    if relates and not any(_uuid(relates) == _uuid(one) for one in message_ids):
        return []
    body = body_of(data)
    # Some leave out the element around it.
    found = [*body.all("ProbeMatches", "ProbeMatch"), *body.all("ProbeMatch")]
    return list(_read(found[:_MAX_MATCHES]))


def _uuid(text: str) -> str:
    return text.strip().lower().rpartition(":")[2]


def _read(found: list[Node]) -> Iterator[Match]:
    for node in found:
        endpoint = node.value("EndpointReference", "Address")[:128]
        addresses = tuple(dict.fromkeys(node.value("XAddrs").split()[:_MAX_ADDRESSES]))
        if addresses:
            yield Match(endpoint, addresses, scopes(node.value("Scopes").split()))
