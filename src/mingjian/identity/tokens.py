"""Random tokens that are shown once and stored as a digest only: cookies, invitations, the setup link."""

import hashlib
import secrets
from typing import Final

_BYTES: Final = 32
LENGTH: Final = 43
"""Characters of a token: 256 bits in URL-safe base64 without padding."""


def new_token() -> str:
    """A fresh token."""
    return secrets.token_urlsafe(_BYTES)


def digest(token: str) -> bytes:
    """The SHA-256 under which `token` is stored. A plain hash is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
