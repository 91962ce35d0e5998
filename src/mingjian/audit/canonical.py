"""The bytes of an entry that are hashed. Pure; whoever checks a log must come to the same bytes.

    content = canonical JSON array of the fixed fields, a line feed, the detail as it is stored
    digest  = SHA-256("mingjian.audit.entry.v1" LF content)
    leaf    = SHA-256(0x00 "mingjian.audit.leaf.v1" LF seq (8 bytes, big-endian) digest)

The leaf is that of RFC 6962 section 2.1 over the words after 0x00. JSON strings cannot hold a line feed, so no two
entries have the same content.
"""

import json
from hashlib import sha256
from typing import Final
from uuid import UUID

_ENTRY: Final = b"mingjian.audit.entry.v1\n"
_LEAF: Final = b"\x00mingjian.audit.leaf.v1\n"
_encode: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def digest(
    at_us: int,
    action: str,
    actor: tuple[str, UUID | None, str, str],
    stands_for: tuple[UUID | None, str],
    about: tuple[str, str],
    detail: str,
) -> bytes:
    """The digest of one entry.

    `actor` is kind, id, label and address; `stands_for` id and label of whom the actor stood in for; `about` kind and
    id of the object; `detail` the text in the table, byte for byte.
    """
    kind, actor_id, label, address = actor
    for_id, for_label = stands_for
    fixed = [at_us, action, kind, _text(actor_id), label, address, _text(for_id), for_label, *about]
    return sha256(_ENTRY + f"{_encode(fixed)}\n{detail}".encode("utf-8", "surrogatepass")).digest()


def leaf(seq: int, entry_digest: bytes) -> bytes:
    """The hash of the leaf at which the entry stands in the tree."""
    return sha256(_LEAF + seq.to_bytes(8, "big") + entry_digest).digest()


def _text(identifier: UUID | None) -> str | None:
    return None if identifier is None else str(identifier)
