"""Which networks may be connected to. Cameras live in private ranges, so a list says what is allowed. Pure."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

Network = IPv4Network | IPv6Network

NEVER: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "255.255.255.255/32",
        "169.254.169.254/32",  # where rented machines hand out their secrets; below others of the kind
        "169.254.170.2/32",
        "fd00:ec2::254/128",
        "100.100.100.200/32",
    )
)
"""No list allows these."""


def is_allowed(address: str, allowed: Sequence[Network]) -> bool:
    """Whether a numeric address is in one of the networks. IPv4 inside IPv6 counts as what it is."""
    parsed = _parsed(address)
    if parsed is None or parsed.is_unspecified or parsed.is_multicast or _in(parsed, NEVER):
        return False
    return _in(parsed, allowed)


def is_this_machine(host: str) -> bool:
    """Whether only this machine can be meant: `localhost` or a loopback address."""
    if host.lower().rstrip(".") == "localhost":
        return True
    parsed = _parsed(host.strip("[]"))
    return parsed is not None and parsed.is_loopback


def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return None
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id is not None:
            return None
        parsed = parsed.ipv4_mapped or parsed
    return parsed


def _in(address: IPv4Address | IPv6Address, networks: Sequence[Network]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
