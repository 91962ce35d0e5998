"""Sign-in at a simulated camera: none, Basic (RFC 2617 2) or Digest with MD5 (RFC 2069; RFC 2617 3 with qop=auth)."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

REALM: Final = "IP Camera"
_PARAMETER: Final = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]*))')


class Scheme(StrEnum):
    NONE = "none"
    BASIC = "basic"
    DIGEST = "digest"  # RFC 2069: no qop
    DIGEST_QOP = "digest-qop"  # RFC 2617: qop=auth


@dataclass(frozen=True, slots=True)
class Account:
    """Who may see a camera. `nonce_uses` > 0 makes a nonce stale after that many requests."""

    scheme: Scheme = Scheme.NONE
    user: str = ""
    password: str = field(default="", repr=False)
    nonce_uses: int = 0


OPEN: Final = Account()


def challenge(account: Account, nonce: str, *, stale: bool = False) -> str:
    """The value of WWW-Authenticate."""
    if account.scheme is Scheme.BASIC:
        return f'Basic realm="{REALM}"'
    parts = [f'Digest realm="{REALM}"', f'nonce="{nonce}"']
    if account.scheme is Scheme.DIGEST_QOP:
        parts += ['qop="auth"', "algorithm=MD5"]
    return ", ".join(parts + ["stale=true"] * stale)


def accepts(account: Account, method: str, url: str, authorization: str, nonce: str) -> bool:
    """Whether `authorization` (the header's value, or nothing) answers the challenge."""
    kind, _, rest = authorization.partition(" ")
    if account.scheme is Scheme.NONE:
        return True
    if account.scheme is Scheme.BASIC:
        expected = base64.b64encode(f"{account.user}:{account.password}".encode()).decode()
        return kind.lower() == "basic" and _same(rest.strip(), expected)
    given = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
    if kind.lower() != "digest" or (given.get("username"), given.get("nonce")) != (account.user, nonce):
        return False
    return given.get("uri") == url and _same(given.get("response", ""), _expected(account, method, url, given))


def _expected(account: Account, method: str, url: str, given: Mapping[str, str]) -> str:
    secret = _md5(f"{account.user}:{REALM}:{account.password}")
    middle = given["nonce"]
    if account.scheme is Scheme.DIGEST_QOP:
        middle += f":{given.get('nc', '')}:{given.get('cnonce', '')}:auth"
    return _md5(f"{secret}:{middle}:{_md5(f'{method}:{url}')}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - the algorithm cameras speak


def _same(left: str, right: str) -> bool:
    return hmac.compare_digest(left.encode(), right.encode())
