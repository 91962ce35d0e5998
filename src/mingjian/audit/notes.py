"""Checkpoints: the head of the log as a short signed text (C2SP signed-note and tlog-checkpoint, Ed25519).

    <origin>
    <entries>
    <root, base64>

    — <name of the key> <base64 of 4 bytes of the key's hash and 64 of the signature>

Other people's witnesses and tools read this form.
"""

import base64
import binascii
import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from mingjian.audit.merkle import HASH_BYTES

_ED25519: Final = b"\x01"
_MOST_BYTES: Final = 4_096
_NAME: Final = re.compile(r"[^\s+]{1,200}")


class BadNote(ValueError):  # noqa: N818 - what is wrong is the note
    """A text that is no checkpoint, or not one of this key."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of the log `origin`: how many entries, and the root of the tree over them."""

    origin: str
    size: int
    root: bytes

    @property
    def text(self) -> str:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\n"


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name; `str` gives the line that others keep (`name+hash+key`)."""

    name: str
    public: bytes

    @classmethod
    def read(cls, line: str) -> Self:
        """Raises BadNote unless `line` is a key in the form of `str`."""
        name, key = _key_line(line.strip(), parts=3)
        return cls(name, key)

    def __str__(self) -> str:
        return f"{self.name}+{self.hash.hex()}+{_base64(_ED25519 + self.public)}"

    @property
    def hash(self) -> bytes:
        """The four bytes by which signatures name their key."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def open(self, note: str) -> Checkpoint:
        """The checkpoint of a signed note. Raises BadNote unless this key signed it."""
        text, signatures = _split(note)
        for name, blob in signatures:
            if name == self.name and blob[:4] == self.hash:
                try:
                    Ed25519PublicKey.from_public_bytes(self.public).verify(blob[4:], text.encode())
                except InvalidSignature as error:
                    raise BadNote("the signature does not fit the text") from error
                return _checkpoint(text)
        raise BadNote("the note is not signed by this key")


@dataclass(frozen=True, slots=True)
class Signer:
    """The private key of a log; `str` of its `line` is what the key file holds."""

    name: str
    seed: bytes = field(repr=False)

    @classmethod
    def read(cls, line: str) -> Self:
        """Raises BadNote unless `line` is a private key in the form of `line`."""
        stripped = line.strip()
        if not stripped.startswith("PRIVATE+KEY+"):
            raise BadNote("this is no private key")
        name, seed = _key_line(stripped.removeprefix("PRIVATE+KEY+"), parts=3, private=True)
        return cls(name, seed)

    @property
    def line(self) -> str:
        """The key as text."""
        return f"PRIVATE+KEY+{self.name}+{self.verifier.hash.hex()}+{_base64(_ED25519 + self.seed)}"

    @property
    def verifier(self) -> Verifier:
        """Its public half."""
        return Verifier(self.name, Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw())

    def sign(self, text: str) -> str:
        """The signed note over `text`, which ends in a line feed."""
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(text.encode())
        return f"{text}\n— {self.name} {_base64(self.verifier.hash + signature)}\n"


def _key_line(line: str, parts: int, *, private: bool = False) -> tuple[str, bytes]:
    found = line.split("+", parts - 1)
    if len(found) != parts or _NAME.fullmatch(found[0]) is None:
        raise BadNote("this is no key")
    name, hashed, encoded = found
    key = _decoded(encoded)
    if len(key) != 1 + 32 or key[:1] != _ED25519:
        raise BadNote("this is no Ed25519 key")
    known = Signer(name, key[1:]).verifier if private else Verifier(name, key[1:])
    if known.hash.hex() != hashed:
        raise BadNote("the key was cut or mixed up: its hash does not fit")
    return name, key[1:]


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    if len(note) > _MOST_BYTES:
        raise BadNote("a note of this kind is shorter")
    text, separator, rest = note.rpartition("\n\n")
    if not separator or not rest.endswith("\n"):
        raise BadNote("the note has no signature")
    signatures = []
    for line in rest.splitlines():
        found = re.fullmatch(r"— ([^\s+]{1,200}) (\S{1,400})", line)
        if found is None:
            raise BadNote("a line of the signatures cannot be read")
        signatures.append((found[1], _decoded(found[2])))
    return text + "\n", signatures


def _checkpoint(text: str) -> Checkpoint:
    found = re.fullmatch(r"([^\n]{1,200})\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/=]{44})\n", text)
    if found is None:
        raise BadNote("the text is no checkpoint")
    root = _decoded(found[3])
    if len(root) != HASH_BYTES:
        raise BadNote("the root has another length")
    return Checkpoint(found[1], int(found[2]), root)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadNote("this is no base64") from error
