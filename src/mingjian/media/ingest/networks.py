"""Which networks the platform may connect to. Cameras live in private ranges, so the list says what is allowed."""

import asyncio
import socket
from collections.abc import Sequence

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.networks import Network, is_allowed
from mingjian.media.errors import HOST_UNKNOWN, NETWORK_REFUSED

__all__ = ["Network", "is_allowed", "resolve"]


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
