"""Send one signed document to one address: HTTP/1.1 by h11 over a socket, with a bound on everything.

The name is resolved once, every address of it must be on the allow-list, and the connection goes to the address that
was checked. Redirects are not followed; proxies and cookies are not known.

What the receiver checks: `Mingjian-Signature: t=<seconds>,v1=<hex>` where `v1` is HMAC-SHA256 of `<seconds>.<body>`
under the shared key; a `t` that is minutes off is a replay; `Mingjian-Delivery` is the same for a document that comes
again.
"""

import hmac
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

import h11

from mingjian.alerts.errors import HOOK_NETWORK, HOOK_REFUSED, HOOK_UNREADABLE
from mingjian.alerts.secret_file import read_secret
from mingjian.alerts.settings import AlertsSettings, file_of
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.networks import Network, is_allowed
from mingjian.kernel.redaction import redact_text

TIMEOUT_S: Final = 15.0
SECRET_BYTES: Final = 32
_MAX_HEAD: Final = 16_384
_MAX_ANSWER: Final = 65_536
_PORTS: Final = {"http": 80, "https": 443}
_AS_IT_IS: Final = "/?&=%:;,+$!*'()@~-._"

Lookup = Callable[..., list[Any]]
"""As `socket.getaddrinfo`."""


@dataclass(frozen=True, slots=True)
class HookUrl:
    """`http(s)://host:port/path?query`."""

    tls: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.tls else "http"] else f"{host}:{self.port}"


def read_url(text: str) -> HookUrl:
    """Raises MingjianError HOOK_UNREADABLE for anything but http and https with a plain host."""
    if not text.isascii() or not text.isprintable() or any(char.isspace() or char == "\\" for char in text):
        raise MingjianError(HOOK_UNREADABLE)
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise MingjianError(HOOK_UNREADABLE) from error
    wrong = parts.scheme not in _PORTS or not parts.hostname or "@" in parts.netloc or parts.fragment or port == 0
    if wrong or "%" in parts.netloc:
        raise MingjianError(HOOK_UNREADABLE)
    assert parts.hostname
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return HookUrl(parts.scheme == "https", parts.hostname, port or _PORTS[parts.scheme], quote(target, safe=_AS_IT_IS))


def address_of(url: HookUrl, allowed: Sequence[Network], lookup: Lookup = socket.getaddrinfo) -> str:
    """The numeric address to connect to; what was checked is what is connected.

    Raises MingjianError HOOK_REFUSED when the name does not resolve, and HOOK_NETWORK unless every address of it is
    allowed.
    """
    try:
        found = lookup(url.host, url.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise _refused(url, "the name does not resolve / 名称无法解析") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    refused = next((one for one in addresses if not is_allowed(one, allowed)), None)
    if refused is not None or not addresses:
        raise MingjianError(HOOK_NETWORK, address=refused or url.host)
    return addresses[0]


def signature(secret: bytes, at_s: int, body: bytes) -> str:
    """The value of `Mingjian-Signature`."""
    return f"t={at_s},v1={hmac.new(secret, f'{at_s}.'.encode() + body, sha256).hexdigest()}"


def send(
    settings: AlertsSettings,
    data_dir: Path,
    body: bytes,
    delivery: str,
    now_us: int,
    lookup: Lookup = socket.getaddrinfo,
) -> None:
    """Post `body`; anything but an answer 200 to 299 is a refusal.

    Raises MingjianError HOOK_UNREADABLE, HOOK_NETWORK, HOOK_REFUSED or SECRET_UNREADABLE.
    """
    url = read_url(settings.hook_url)
    secret = read_secret(file_of(settings.hook_secret_file, data_dir), SECRET_BYTES)
    address = address_of(url, settings.hook_networks, lookup)
    headers = [
        ("Host", url.authority),
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("User-Agent", "mingjian"),
        ("Mingjian-Delivery", delivery),
        ("Mingjian-Signature", signature(secret, now_us // 1_000_000, body)),
        ("Connection", "close"),
    ]
    try:
        with closing(_connected(url, address, settings, data_dir)) as connection:
            status = _exchange(connection, url.target, headers, body)
    except (OSError, h11.ProtocolError) as error:
        raise _refused(url, _reason(error)) from error
    if not 200 <= status < 300:
        raise _refused(url, f"HTTP {status}")


def _connected(url: HookUrl, address: str, settings: AlertsSettings, data_dir: Path) -> socket.socket:
    connection = socket.create_connection((address, url.port), timeout=TIMEOUT_S)
    if not url.tls:
        return connection
    authority = settings.hook_authority
    try:
        context = ssl.create_default_context(cafile=str(file_of(authority, data_dir)) if authority else None)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        return context.wrap_socket(connection, server_hostname=url.host)
    except BaseException:
        connection.close()
        raise


def _exchange(connection: socket.socket, target: str, headers: list[tuple[str, str]], body: bytes) -> int:
    """The final status. Raises OSError and h11.ProtocolError, TimeoutError however slowly the receiver drips."""
    deadline = time.monotonic() + TIMEOUT_S
    http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
    parts = (h11.Request(method="POST", target=target, headers=headers), h11.Data(data=body), h11.EndOfMessage())
    connection.sendall(b"".join(http.send(part) or b"" for part in parts))
    taken = 0
    while True:
        event = http.next_event()
        if isinstance(event, h11.Response):
            return event.status_code
        if event is h11.NEED_DATA:
            left_s = deadline - time.monotonic()
            if left_s <= 0 or taken > _MAX_ANSWER:
                raise TimeoutError("no whole answer in time")
            connection.settimeout(left_s)
            data = connection.recv(_MAX_HEAD)
            taken += len(data)
            http.receive_data(data)
        elif not isinstance(event, h11.InformationalResponse):
            raise h11.RemoteProtocolError("the connection ended without an answer")


def _refused(url: HookUrl, reason: str) -> MingjianError:
    return MingjianError(HOOK_REFUSED, server=url.authority, reason=reason)


def _reason(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"TLS: {error.verify_message}"
    if isinstance(error, OSError):
        return redact_text(error.strerror or str(error) or type(error).__name__)
    return redact_text(str(error) or type(error).__name__)[:300]
