"""The Merkle tree of RFC 6962 section 2.1, as far as a log that only grows needs it. Pure."""

from hashlib import sha256
from typing import Final

HASH_BYTES: Final = 32
EMPTY_ROOT: Final = sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """The hash of a leaf that holds `data`."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree of which only the edge is kept: the roots of its perfect subtrees, the largest first.

    There are as many of them as ones in the binary size, so a tree of a thousand million leaves takes 960 bytes.
    """

    def __init__(self, size: int = 0, nodes: bytes = b"") -> None:
        """Go on from `size` leaves with the nodes that `packed` gave. Raises ValueError when they do not fit."""
        if size < 0 or len(nodes) != size.bit_count() * HASH_BYTES:
            raise ValueError(f"{len(nodes)} bytes are no frontier of {size} leaves")
        self.size = size
        self._nodes = [nodes[start : start + HASH_BYTES] for start in range(0, len(nodes), HASH_BYTES)]

    def add(self, leaf: bytes) -> None:
        """Append the hash of a leaf."""
        node, left = leaf, self.size
        while left & 1:
            node = sha256(b"\x01" + self._nodes.pop() + node).digest()
            left >>= 1
        self._nodes.append(node)
        self.size += 1

    @property
    def root(self) -> bytes:
        """The Merkle tree hash of everything so far."""
        if not self._nodes:
            return EMPTY_ROOT
        *others, node = self._nodes
        for left in reversed(others):
            node = node_hash(left, node)
        return node

    @property
    def packed(self) -> bytes:
        """What `__init__` takes to go on."""
        return b"".join(self._nodes)
