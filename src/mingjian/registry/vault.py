"""Secrets of devices, sealed with AES-256-GCM under a key that never enters the database."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NewType
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from mingjian.kernel.errors import MingjianError
from mingjian.registry.errors import VAULT_KEY_WRONG, VAULT_UNREADABLE

Sealed = NewType("Sealed", bytes)
"""12 bytes of nonce, then ciphertext and tag."""

KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12


@dataclass(frozen=True, slots=True)
class Secret:
    """User name and password of a device."""

    user_name: str
    password: str

    def __repr__(self) -> str:
        return "Secret(***)"


class Vault:
    """Seals and opens. What is sealed for one owner cannot be opened as another's: the id is authenticated too."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise MingjianError(VAULT_UNREADABLE, reason="length")
        self._cipher = AESGCM(key)
        self._key = key

    def derive(self, purpose: str) -> bytes:
        """A key of 32 bytes for something else that is sealed: the same from the same vault, and not this key."""
        info = b"mingjian vault " + purpose.encode()
        return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=info).derive(self._key)

    def seal(self, secret: Secret, owner: UUID) -> Sealed:
        nonce = secrets.token_bytes(_NONCE_BYTES)
        plain = f"{secret.user_name}\0{secret.password}".encode()
        return Sealed(nonce + self._cipher.encrypt(nonce, plain, owner.bytes))

    def open(self, sealed: Sealed, owner: UUID) -> Secret:
        """Raises MingjianError VAULT_KEY_WRONG when the key is another one or the bytes were changed."""
        try:
            plain = self._cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], owner.bytes)
        except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a nonce
            raise MingjianError(VAULT_KEY_WRONG) from error
        user_name, _, password = plain.decode().partition("\0")
        return Secret(user_name, password)


def open_vault(path: Path) -> Vault:
    """The vault whose key is in `path`; the key is made at the first use, readable by its owner alone.

    Raises MingjianError VAULT_UNREADABLE when it cannot be read or has the wrong length.
    """
    try:
        return Vault(_made(path) if not path.exists() else path.read_bytes())
    except OSError as error:
        raise MingjianError(VAULT_UNREADABLE, reason=error.strerror or "") from error


def require_key(path: Path) -> None:
    """Raise MingjianError VAULT_UNREADABLE unless there is a key in `path` that this process can read."""
    try:
        Vault(path.read_bytes())
    except OSError as error:
        raise MingjianError(VAULT_UNREADABLE, reason=error.strerror or "") from error


def _made(path: Path) -> bytes:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    key = secrets.token_bytes(KEY_BYTES)
    # Written aside and linked into place: two roles that start together end with one key, and never half of one.
    aside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(descriptor, key)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    try:
        os.link(aside, path)
    except FileExistsError:
        return path.read_bytes()
    finally:
        aside.unlink()
    return key
