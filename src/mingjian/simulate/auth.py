"""Sign-in at a simulated camera: none, Basic (RFC 2617 2) or Digest (RFC 2069; RFC 2617 3 with qop=auth; RFC 7616)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

REALM: Final = "IP Camera"
_PARAMETER: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]*))')
_HASH: Final[dict[str, Callable[[bytes], Any]]] = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


class Scheme(StrEnum):
    NONE = "none"
    BASIC = "basic"
    DIGEST = "digest"  # RFC 2069: no qop
    DIGEST_QOP = "digest-qop"  # RFC 2617: qop=auth
    DIGEST_SHA256 = "digest-sha256"  # RFC 7616: SHA-256 only
    DIGEST_SHA256_NO_QOP = "digest-sha256-no-qop"  # the same without qop, its name in quotes: seen, in no standard
    DIGEST_BOTH = "digest-both"  # RFC 7616 3.7: SHA-256 offered before MD5, either is taken
    DIGEST_MD5_FIRST = "digest-md5-first"  # both offered, the weaker one first


_OFFERED: Final[dict[Scheme, tuple[str, ...]]] = {
    Scheme.DIGEST: ("MD5",),
    Scheme.DIGEST_QOP: ("MD5",),
    Scheme.DIGEST_SHA256: ("SHA-256",),
    Scheme.DIGEST_SHA256_NO_QOP: ("SHA-256",),
    Scheme.DIGEST_BOTH: ("SHA-256", "MD5"),
    Scheme.DIGEST_MD5_FIRST: ("MD5", "SHA-256"),
}
_NO_QOP: Final = (Scheme.DIGEST, Scheme.DIGEST_SHA256_NO_QOP)


@dataclass(frozen=True, slots=True)
class Account:
    """Who may see a camera. `nonce_uses` > 0 makes a nonce stale after that many requests."""

    scheme: Scheme = Scheme.NONE
    user: str = ""
    password: str = field(default="", repr=False)
    nonce_uses: int = 0


OPEN: Final = Account()


def challenges(account: Account, nonce: str, *, stale: bool = False) -> list[str]:
    """The values of WWW-Authenticate, a header line each."""
    if account.scheme is Scheme.BASIC:
        return [f'Basic realm="{REALM}"']
    return [_challenge(account.scheme, algorithm, nonce, stale=stale) for algorithm in _OFFERED[account.scheme]]


def challenge(account: Account, nonce: str, *, stale: bool = False) -> str:
    """The first value of WWW-Authenticate."""
    return challenges(account, nonce, stale=stale)[0]


def accepts(account: Account, method: str, url: str, authorization: str, nonce: str) -> bool:
    """Whether `authorization` (the header's value, or nothing) answers the challenge."""
    kind, _, rest = authorization.partition(" ")
    if account.scheme is Scheme.NONE:
        return True
    if account.scheme is Scheme.BASIC:
        expected = base64.b64encode(f"{account.user}:{account.password}".encode()).decode()
        return kind.lower() == "basic" and _same(rest.strip(), expected)
    given = parameters(authorization)
    if kind.lower() != "digest" or (given.get("username"), given.get("nonce")) != (account.user, nonce):
        return False
    if given.get("algorithm", "MD5") not in _OFFERED[account.scheme]:
        return False
    return given.get("uri") == url and _same(given.get("response", ""), _expected(account, method, url, given))


def parameters(authorization: str) -> dict[str, str]:
    """The parameters of an Authorization header, by name in small letters."""
    _, _, rest = authorization.partition(" ")
    return {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}


def _challenge(scheme: Scheme, algorithm: str, nonce: str, *, stale: bool) -> str:
    parts = [f'Digest realm="{REALM}"', f'nonce="{nonce}"']
    if scheme not in _NO_QOP:
        parts += ['qop="auth"', f"algorithm={algorithm}"]
    elif algorithm != "MD5":
        parts.append(f'algorithm="{algorithm}"')
    return ", ".join(parts + ["stale=true"] * stale)


def _expected(account: Account, method: str, url: str, given: Mapping[str, str]) -> str:
    def digest(text: str) -> str:
        return str(_HASH[given.get("algorithm", "MD5")](text.encode()).hexdigest())

    secret = digest(f"{account.user}:{REALM}:{account.password}")
    middle = given["nonce"]
    if account.scheme not in _NO_QOP:
        middle += f":{given.get('nc', '')}:{given.get('cnonce', '')}:auth"
    return digest(f"{secret}:{middle}:{digest(f'{method}:{url}')}")


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
