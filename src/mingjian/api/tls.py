"""A certificate for an address that is not this machine's own, from a small authority made at the first run.

The authority may sign only for the names and addresses of this installation and for private networks (RFC 5280 section
4.2.1.10): its certificate is installed on workstations, and a stolen key must not open other sites. Certificates for
machines last 397 days, the longest that browsers take. Files: `authority.pem` (to install on workstations),
`authority-key.pem` and `server.pem` (key and certificate together, replaced as one), rights 0600.
"""

import datetime as dt
import fcntl
import os
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mingjian.kernel.clock import to_datetime
from mingjian.kernel.errors import Fault, MingjianError, Problem, Text

AUTHORITY_DAYS: Final = 3_652
SERVER_DAYS: Final = 397
RENEW_DAYS: Final = 30
# A workstation's clock may be behind.
_EARLIER: Final = dt.timedelta(hours=24)
_PRIVATE: Final = tuple(
    ip_network(text)
    for text in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7", "fe80::/10")
)
_WILDCARDS: Final = frozenset({"0.0.0.0", "::", "*"})  # noqa: S104 - recognised, not listened on
_SIOCGIFADDR: Final = 0x8915
_KEY_FILE_LIMIT: Final = 1 << 16

NAMES_NOT_COVERED: Final = Problem(
    "api.certificate_names",
    Fault.SELF,
    Text(
        "本机证书机构不能为 {names} 签发证书。", "This installation's certificate authority may not sign for {names}."
    ),
    Text("它建立时限定了名称和地址。", "It was made for other names and addresses."),
    Text(
        "请移走目录 {folder}，重新启动，并在各工作站安装新的 authority.pem。",
        "Move the folder {folder} away, start again, and install the new authority.pem on every workstation.",
    ),
)


@dataclass(frozen=True, slots=True)
class Names:
    """What a certificate speaks for: host names in lower case, and addresses."""

    hosts: frozenset[str]
    addresses: frozenset[IPv4Address | IPv6Address]


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """`server` holds the key and the certificate (for `ssl_certfile`); `authority` is for workstations."""

    server: Path
    authority: Path


@dataclass(frozen=True, slots=True)
class _Signed:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`: `localhost` or a loopback address, mapped ones included."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def names_for(host: str, host_names: Iterable[str]) -> Names:
    """What the certificate needs when `host` is listened on: it, the configured names, this machine by itself."""
    hosts = {"localhost", *(name.lower() for name in host_names)}
    addresses = {ip_address("127.0.0.1"), ip_address("::1")}
    if host in _WILDCARDS:
        hosts.add(socket.gethostname().lower())
        addresses |= machine_addresses()
    else:
        try:
            addresses.add(ip_address(host.strip("[]")))
        except ValueError:
            hosts.add(host.lower())
    return Names(frozenset(hosts), frozenset(addresses))


def machine_addresses() -> set[IPv4Address | IPv6Address]:
    """The addresses of this machine's interfaces; link-local ones are left out, browsers cannot use them."""
    found: set[IPv4Address | IPv6Address] = {*_ipv4_addresses(), *_ipv6_addresses()}
    return {address for address in found if not address.is_link_local}


def ensure_certificate(folder: Path, names: Names, now_us: int) -> TlsFiles:
    """Make or renew what is missing, does not fit `names`, or has fewer than RENEW_DAYS left; safe to call at once.

    `now_us` is wall time in microseconds since the Unix epoch. Raises MingjianError NAMES_NOT_COVERED when the
    authority was made for other names: making a new one in silence would break every workstation.
    """
    now = to_datetime(now_us)
    files = TlsFiles(folder / "server.pem", folder / "authority.pem")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _locked(folder):
        authority = _load_authority(files.authority, now) or _make_authority(files.authority, names, now)
        _require_covered(authority.certificate, names, folder)
        if not _fits(_load(files.server, files.server), authority.certificate, names, now):
            server = _issue_server(authority, names, now)
            _write(files.server, _private_pem(server.key) + _public_pem(server.certificate), 0o600)
    return files


def _ipv4_addresses() -> Iterator[IPv4Address]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _, name in socket.if_nameindex():
            try:
                answer = fcntl.ioctl(probe, _SIOCGIFADDR, struct.pack("256s", name.encode()[:15]))
            except OSError:
                continue  # an interface without an IPv4 address
            yield IPv4Address(answer[20:24])


def _ipv6_addresses() -> Iterator[IPv6Address]:
    table = Path("/proc/net/if_inet6")
    for line in table.read_text().splitlines() if table.exists() else ():
        yield IPv6Address(bytes.fromhex(line.split()[0]))


def _make_authority(path: Path, names: Names, now: dt.datetime) -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    host = socket.gethostname()
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Mingjian"),
            x509.NameAttribute(NameOID.COMMON_NAME, f"Mingjian local authority {host} {now:%Y-%m-%d}"[:64]),
        ]
    )
    builder = (
        _builder(subject, subject, key.public_key(), now, AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .add_extension(x509.NameConstraints(_permitted(names), None), critical=True)
    )
    made = _Signed(key, builder.sign(key, hashes.SHA256()))
    # The key first: a certificate without its key would be taken for the authority in force.
    _write(_key_path(path), _private_pem(key), 0o600)
    _write(path, _public_pem(made.certificate), 0o644)
    return made


def _permitted(names: Names) -> list[x509.GeneralName]:
    public = {ip_network(address) for address in names.addresses if not _in_private(address)}
    networks: set[IPv4Network | IPv6Network] = {*_PRIVATE, *public}
    return [
        *(x509.DNSName(host) for host in sorted(names.hosts)),
        *(x509.IPAddress(network) for network in sorted(networks, key=str)),
    ]


def _in_private(address: IPv4Address | IPv6Address) -> bool:
    return any(address in network for network in _PRIVATE)


def _issue_server(authority: _Signed, names: Names, now: dt.datetime) -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Mingjian")])
    identifier = authority.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    builder = (
        _builder(subject, authority.certificate.subject, key.public_key(), now, SERVER_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName(_alternatives(names)), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
    )
    return _Signed(key, builder.sign(authority.key, hashes.SHA256()))


def _alternatives(names: Names) -> list[x509.GeneralName]:
    return [
        *(x509.DNSName(host) for host in sorted(names.hosts)),
        *(x509.IPAddress(address) for address in sorted(names.addresses, key=str)),
    ]


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    start = now - _EARLIER
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + dt.timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _load_authority(path: Path, now: dt.datetime) -> _Signed | None:
    found = _load(_key_path(path), path)
    # A server's certificate must not outlive its authority.
    if found is None or _days_left(found.certificate, now) < SERVER_DAYS:
        return None
    return found


def _load(key_path: Path, certificate_path: Path) -> _Signed | None:
    """The pair, or None when a file is missing, cannot be read as PEM, or the two do not belong together."""
    try:
        key = serialization.load_pem_private_key(_read(key_path), password=None)
        certificate = x509.load_pem_x509_certificate(_read(certificate_path))
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    return _Signed(key, certificate)


def _fits(found: _Signed | None, authority: x509.Certificate, names: Names, now: dt.datetime) -> bool:
    if found is None or _days_left(found.certificate, now) < RENEW_DAYS or now < found.certificate.not_valid_before_utc:
        return False
    value = found.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    if list(value) != _alternatives(names):
        return False
    own_key = authority.public_key()
    assert isinstance(own_key, ec.EllipticCurvePublicKey)
    issuer = found.certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
    return issuer == x509.SubjectKeyIdentifier.from_public_key(own_key).digest


def _require_covered(authority: x509.Certificate, names: Names, folder: Path) -> None:
    permitted = authority.extensions.get_extension_for_class(x509.NameConstraints).value.permitted_subtrees or []
    hosts = {name.value for name in permitted if isinstance(name, x509.DNSName)}
    networks = [name.value for name in permitted if isinstance(name, x509.IPAddress)]
    outside = [host for host in sorted(names.hosts) if not _host_covered(host, hosts)]
    outside += [
        str(address)
        for address in names.addresses
        if not any(
            isinstance(network, IPv4Network | IPv6Network) and address.version == network.version and address in network
            for network in networks
        )
    ]
    if outside:
        raise MingjianError(NAMES_NOT_COVERED, names=", ".join(outside), folder=folder)


def _host_covered(host: str, permitted: set[str]) -> bool:
    return any(host == name or host.endswith(f".{name}") for name in permitted)


def _days_left(certificate: x509.Certificate, now: dt.datetime) -> int:
    return (certificate.not_valid_after_utc - now).days


def _private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _public_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_path(certificate: Path) -> Path:
    return certificate.with_name(f"{certificate.stem}-key.pem")


def _read(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_KEY_FILE_LIMIT)


def _write(path: Path, content: bytes, mode: int) -> None:
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
