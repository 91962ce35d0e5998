"""Seals secrets of people, and digests codes, under keys of their own made from the vault's key."""

import hmac
import secrets
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mingjian.identity.errors import FACTOR_UNREADABLE
from mingjian.kernel.errors import MingjianError

PURPOSE: Final = "identity"
"""What the vault is asked to derive a key for."""

_NONCE_BYTES: Final = 12


class Sealer:
    """AES-256-GCM bound to an owner, and HMAC-SHA-256: with the database alone neither can be undone or tried."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(_derived(key, b"seal"))
        self._digest_key = _derived(key, b"digest")

    def seal(self, plain: str, owner: UUID) -> bytes:
        """12 bytes of nonce, then ciphertext and tag."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain.encode(), owner.bytes)

    def open(self, sealed: bytes, owner: UUID) -> str:
        """Raises MingjianError FACTOR_UNREADABLE when the key or the owner is another one, or bytes were changed."""
        try:
            return self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.bytes).decode()
        except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
            raise MingjianError(FACTOR_UNREADABLE) from error

    def digest(self, code: str, owner: UUID) -> bytes:
        """Under which a code of `owner` is kept."""
        return hmac.digest(self._digest_key, owner.bytes + code.encode("utf-8", "surrogatepass"), "sha256")


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"mingjian identity " + purpose).derive(key)
