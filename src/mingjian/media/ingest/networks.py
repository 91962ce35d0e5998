"""Which networks the platform may connect to. Cameras live in private ranges, so the list says what is allowed."""

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from mingjian.kernel.errors import MingjianError
from mingjian.media.errors import HOST_UNKNOWN, NETWORK_REFUSED

Network = IPv4Network | IPv6Network


async def resolve(host: str, port: int, allowed: Sequence[Network]) -> str:
    """The address to connect to, resolved once: what was checked is what is connected.

    Raises MingjianError HOST_UNKNOWN, or NETWORK_REFUSED unless every address of the name is allowed (a name that
    also points elsewhere is a trick or a mistake).
    """
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise MingjianError(HOST_UNKNOWN, host=host) from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    refused = next((one for one in addresses if not is_allowed(one, allowed)), None)
    if refused is not None or not addresses:
        raise MingjianError(NETWORK_REFUSED, address=refused or host)
    return addresses[0]


def is_allowed(address: str, allowed: Sequence[Network]) -> bool:
    """Whether a numeric address is in one of the networks. IPv4 inside IPv6 counts as what it is."""
    try:
        parsed: IPv4Address | IPv6Address = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address):
        if parsed.scope_id is not None:
            return False
        parsed = parsed.ipv4_mapped or parsed
    if parsed.is_unspecified or parsed.is_multicast:
        return False
    return any(parsed.version == network.version and parsed in network for network in allowed)
