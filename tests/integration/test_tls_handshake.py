"""The certificate in real handshakes, verified by the authority that workstations install."""

import datetime as dt
import socket
import ssl
import threading
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from mingjian.api.tls import (
    Names,
    TlsFiles,
    _alternatives,
    _builder,
    _load,
    _private_pem,
    _public_pem,
    ensure_certificate,
    is_loopback,
    machine_addresses,
    names_for,
)
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.errors import MingjianError

DAY_US = 86_400_000_000
NOW = SystemClock().now_us()
NAMES = Names(
    frozenset({"localhost", "video.example.cn"}), frozenset({ip_address("127.0.0.1"), ip_address("10.1.2.3")})
)


def shake_hands(files: TlsFiles, host: str) -> None:
    """Raises ssl.SSLCertVerificationError when a client that trusts the authority refuses `host`."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(files.server)
    trusting = ssl.create_default_context(cafile=str(files.authority))
    ours, theirs = socket.socketpair()

    def serve() -> None:
        try:
            with serving.wrap_socket(theirs, server_side=True) as connection:
                connection.recv(1)
        except (ssl.SSLError, ConnectionError):
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        ours.settimeout(20)
        with trusting.wrap_socket(ours, server_hostname=host) as connection:
            connection.send(b"x")
    finally:
        ours.close()
        thread.join(timeout=20)


@pytest.mark.parametrize("host", ["localhost", "video.example.cn", "127.0.0.1", "10.1.2.3"])
def test_a_workstation_trusts_every_name_of_the_installation(tmp_path: Path, host: str) -> None:
    shake_hands(ensure_certificate(tmp_path, NAMES, NOW), host)


@pytest.mark.parametrize("host", ["other.example.cn", "10.1.2.4", "bank.example"])
def test_it_does_not_trust_others(tmp_path: Path, host: str) -> None:
    files = ensure_certificate(tmp_path, NAMES, NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(files, host)


def test_a_stolen_authority_opens_no_other_site(tmp_path: Path) -> None:
    files = ensure_certificate(tmp_path, NAMES, NOW)
    stolen = _load(tmp_path / "authority-key.pem", files.authority)
    server = _load(files.server, files.server)
    assert stolen is not None
    assert server is not None
    target = Names(frozenset({"bank.example"}), frozenset())
    forged = (
        _builder(
            server.certificate.subject,
            stolen.certificate.subject,
            server.key.public_key(),
            dt.datetime.now(dt.UTC),
            90,
        )
        .add_extension(x509.SubjectAlternativeName(_alternatives(target)), critical=False)
        .sign(stolen.key, hashes.SHA256())
    )
    (tmp_path / "forged.pem").write_bytes(_private_pem(server.key) + _public_pem(forged))
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        shake_hands(TlsFiles(tmp_path / "forged.pem", files.authority), "bank.example")


def test_nothing_is_made_anew_while_it_fits(tmp_path: Path) -> None:
    files = ensure_certificate(tmp_path, NAMES, NOW)
    before = {path: path.read_bytes() for path in (files.server, files.authority)}
    ensure_certificate(tmp_path, NAMES, NOW + 300 * DAY_US)
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize(("days", "renewed"), [(365, False), (367, True), (3_000, True)])
def test_the_server_s_certificate_is_renewed_in_time_under_the_same_authority(
    tmp_path: Path, days: int, renewed: bool
) -> None:
    files = ensure_certificate(tmp_path, NAMES, NOW)
    server, authority = files.server.read_bytes(), files.authority.read_bytes()
    ensure_certificate(tmp_path, NAMES, NOW + days * DAY_US)
    assert (files.server.read_bytes() != server) is renewed
    assert files.authority.read_bytes() == authority


def test_new_names_that_the_authority_covers_are_added(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, NAMES, NOW)
    more = Names(NAMES.hosts | {"a.video.example.cn"}, NAMES.addresses | {ip_address("192.168.7.7")})
    files = ensure_certificate(tmp_path, more, NOW)
    shake_hands(files, "192.168.7.7")
    shake_hands(files, "a.video.example.cn")


@pytest.mark.parametrize(
    "more",
    [
        Names(NAMES.hosts | {"new.example.cn"}, NAMES.addresses),
        Names(NAMES.hosts, NAMES.addresses | {ip_address("8.8.8.8")}),
        Names(NAMES.hosts, NAMES.addresses | {ip_address("2001:db8::1")}),
    ],
)
def test_names_outside_the_authority_are_refused_and_nothing_changes(tmp_path: Path, more: Names) -> None:
    files = ensure_certificate(tmp_path, NAMES, NOW)
    before = files.server.read_bytes()
    with pytest.raises(MingjianError) as caught:
        ensure_certificate(tmp_path, more, NOW)
    assert caught.value.code == "api.certificate_names"
    assert files.server.read_bytes() == before


def test_a_public_address_known_from_the_start_is_covered(tmp_path: Path) -> None:
    names = Names(NAMES.hosts, NAMES.addresses | {ip_address("203.0.113.9")})
    shake_hands(ensure_certificate(tmp_path, names, NOW), "203.0.113.9")


@pytest.mark.parametrize("name", ["server.pem", "authority.pem", "authority-key.pem"])
@pytest.mark.parametrize("content", [b"", b"not a certificate", None])
def test_damaged_or_missing_files_are_made_anew(tmp_path: Path, name: str, content: bytes | None) -> None:
    ensure_certificate(tmp_path, NAMES, NOW)
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    shake_hands(ensure_certificate(tmp_path, NAMES, NOW), "localhost")


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    files = ensure_certificate(tmp_path / "tls", NAMES, NOW)
    assert {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "tls").glob("*.pem")} == {
        "server.pem": 0o600,
        "authority-key.pem": 0o600,
        "authority.pem": 0o644,
    }
    assert b"PRIVATE" not in files.authority.read_bytes()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("localhost.example.cn", False),
        ("video.example.cn", False),
        ("", False),
        ("2130706433", False),
    ],
)
def test_loopback_is_recognised_and_nothing_else(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_listening_everywhere_names_the_machine_s_addresses() -> None:
    assert ip_address("127.0.0.1") in machine_addresses()
    names = names_for("0.0.0.0", ["Video.Example.CN"])
    assert names.addresses >= machine_addresses()
    assert names.hosts >= {"localhost", "video.example.cn", socket.gethostname().lower()}


@pytest.mark.parametrize(("host", "kind"), [("10.9.8.7", "addresses"), ("nvr.example.cn", "hosts")])
def test_listening_on_one_address_names_that_one(host: str, kind: str) -> None:
    names = names_for(host, [])
    assert host in {str(value) for value in getattr(names, kind)}
