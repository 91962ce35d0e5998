"""Answering an RTSP challenge: Basic (RFC 7617), Digest with SHA-256 (RFC 7616) and MD5 (RFC 2069, RFC 2617)."""

import re
from base64 import b64encode
from dataclasses import dataclass
from hashlib import md5, sha256
from itertools import pairwise
from typing import Final

_PARAMETER: Final = re.compile(r'(\w+)\s*=\s*(?:"([^"]*)"|([^\s,"]+))')
_QUOTED: Final = re.compile(r'"[^"]*"')
# A name that is no parameter's begins a challenge; several may stand in one line (RFC 9110 section 11.6.1).
_SCHEME: Final = re.compile(r"(?:^|,)[ \t]*([A-Za-z][\w-]*)(?=[ \t]*(?:,|$)|[ \t]+[^\s=,])")
# Weakest first.
_ALGORITHMS: Final = ("", "md5", "sha-256")


@dataclass(frozen=True, slots=True)
class Credentials:
    user_name: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials({self.user_name!r}, ***)"


@dataclass(frozen=True, slots=True)
class Challenge:
    scheme: str
    realm: str
    nonce: str
    qop: str
    opaque: str
    algorithm: str


def choose(headers: list[str]) -> Challenge | None:
    """The strongest challenge that we can answer among `WWW-Authenticate` values, or None."""
    lines = [one for header in headers[:8] for one in _separate(header[:2048].strip())]
    challenges = [challenge for one in lines if (challenge := _challenge(one))]
    usable = [one for one in challenges if one.scheme == "basic" or one.algorithm in _ALGORITHMS]
    return max(usable, key=_strength, default=None)


def _strength(challenge: Challenge) -> int:
    return -1 if challenge.scheme == "basic" else _ALGORITHMS.index(challenge.algorithm)


def _separate(header: str) -> list[str]:
    """The challenges in one header, each with its parameters."""
    bare = _QUOTED.sub(lambda found: '"' * len(found[0]), header)  # what is quoted begins nothing
    borders = [*(found.start(1) for found in _SCHEME.finditer(bare)), len(header)]
    return [header[at:end].rstrip(", ") for at, end in pairwise(borders)]


def _challenge(header: str) -> Challenge | None:
    scheme, _, rest = header.strip().partition(" ")
    if scheme.lower() not in ("basic", "digest"):
        return None
    found = {name.lower(): quoted or plain for name, quoted, plain in _PARAMETER.findall(rest)}
    qops = [one.strip() for one in found.get("qop", "").split(",")]
    return Challenge(
        scheme.lower(),
        found.get("realm", ""),
        found.get("nonce", ""),
        "auth" if "auth" in qops else "",
        found.get("opaque", ""),
        found.get("algorithm", "").lower(),
    )


def answer(
    challenge: Challenge, credentials: Credentials, method: str, uri: str, *, count: int, client_nonce: str
) -> str:
    """The value of `Authorization` for one request. `count` rises with every use of a nonce."""
    if challenge.scheme == "basic":
        pair = f"{credentials.user_name}:{credentials.password}".encode()
        return "Basic " + b64encode(pair).decode()
    digest = _sha256 if challenge.algorithm == "sha-256" else _md5
    first = digest(f"{credentials.user_name}:{challenge.realm}:{credentials.password}")
    second = digest(f"{method}:{uri}")
    fields = {
        "username": credentials.user_name,
        "realm": challenge.realm,
        "nonce": challenge.nonce,
        "uri": uri,
    }
    extra = ", algorithm=SHA-256" if digest is _sha256 else ""
    if challenge.qop:
        response = digest(f"{first}:{challenge.nonce}:{count:08x}:{client_nonce}:auth:{second}")
        extra += f', qop=auth, nc={count:08x}, cnonce="{client_nonce}"'
    else:
        response = digest(f"{first}:{challenge.nonce}:{second}")
    fields["response"] = response
    if challenge.opaque:
        fields["opaque"] = challenge.opaque
    quoted = ", ".join(f'{name}="{_quotable(value)}"' for name, value in fields.items())
    return f"Digest {quoted}{extra}"


def _quotable(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "")


def _md5(text: str) -> str:
    return md5(text.encode(), usedforsecurity=False).hexdigest()


def _sha256(text: str) -> str:
    return sha256(text.encode()).hexdigest()
