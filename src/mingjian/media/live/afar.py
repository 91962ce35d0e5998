"""Members on other machines: where they hand out live pictures, and how both ends know each other.

Both show one certificate, made from a key of the installation: whoever has a copy of `keys/` makes the same one, and no
other is taken (TLS 1.3, each end asks for the other's). Nobody else is let in, and nobody else is believed.
"""

import datetime as dt
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

PURPOSE: Final = "members"
HANDSHAKE_S: Final = 5.0
_NAME: Final = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mingjian member")])
# The key's holder is known by the key: dates say nothing, and two machines must write the same.
_BEGIN: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
_END: Final = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Remote:
    """A member on another machine, and where it answers."""

    number: int
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Afar:
    """What there is on other machines. `unreachable`: channels whose member says no address, with its machine."""

    remotes: frozenset[Remote] = frozenset()
    unreachable: Mapping[UUID, str] = field(default_factory=dict)


def parsed(address: str) -> tuple[str, int]:
    """Host and port of `host:port` or `[address]:port`. Raises ValueError for anything else."""
    host, separator, port = address.rpartition(":")
    host = host.strip("[]")
    if not separator or not host or not port.isdecimal() or not 0 < int(port) < 1 << 16:
        raise ValueError(address)
    return host, int(port)


class Trust:
    """The two ends of TLS between machines of one installation; `key` is 32 secret bytes."""

    def __init__(self, key: bytes) -> None:
        self.server = _context(ssl.PROTOCOL_TLS_SERVER, key)
        self.client = _context(ssl.PROTOCOL_TLS_CLIENT, key)


def _context(protocol: int, key: bytes) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.check_hostname = False  # the certificate is the installation's, wherever it is shown
    context.verify_mode = ssl.CERT_REQUIRED
    secret, certificate = _pair(key)
    context.load_verify_locations(cadata=certificate.decode())
    # OpenSSL reads files only; this one is in memory and has no name.
    descriptor = os.memfd_create("member", os.MFD_CLOEXEC)
    try:
        os.write(descriptor, secret + certificate)
        context.load_cert_chain(f"/proc/self/fd/{descriptor}")
    finally:
        os.close(descriptor)
    return context


def _pair(key: bytes) -> tuple[bytes, bytes]:
    """Private key and certificate as PEM. Ed25519 signs alike everywhere (RFC 8032): so the certificate is one."""
    secret = Ed25519PrivateKey.from_private_bytes(key)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(_NAME)
        .issuer_name(_NAME)
        .public_key(secret.public_key())
        .serial_number(1)
        .not_valid_before(_BEGIN)
        .not_valid_after(_END)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(secret, None)
    )
    plain = secret.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return plain, certificate.public_bytes(serialization.Encoding.PEM)
