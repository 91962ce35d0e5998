"""Ports that a test may leave for a while and find free again."""

import random
import socket
from contextlib import closing
from typing import Final

# Below those that the system hands out by itself (from 32768 on): no connection of another test comes by one of them.
_OURS: Final = range(20_000, 32_000)


def free_port() -> int:
    """A loopback TCP port that nobody has, and that nobody is given unasked."""
    dice = random.SystemRandom()
    for _ in range(100):
        port = dice.choice(_OURS)
        try:
            with closing(socket.create_server(("127.0.0.1", port))):
                return port
        except OSError:
            continue
    raise AssertionError("no port is free")
