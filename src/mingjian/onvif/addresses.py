"""Addresses of services and streams, kept at the camera: what it says of hosts is not believed. Pure.

Behind address translation, after a change of network or with two interfaces, cameras name hosts that are not theirs.
An address that names another host than the one we reached is moved to that host, and said so. So nothing a camera says
makes us connect elsewhere.
"""

import re
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urlsplit

from mingjian.kernel.errors import MingjianError
from mingjian.media.formats.url import BadAddress, StreamUrl
from mingjian.media.formats.url import parse as parse_stream
from mingjian.onvif.errors import ADDRESS_UNREADABLE

DEVICE_PATH: Final = "/onvif/device_service"
MAX_LENGTH: Final = 1024
_PORTS: Final = {"http": 80, "https": 443}
_SCHEME: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*://")
_AS_IT_IS: Final = "/?&=%:;,+$!*'()@~[]|#"


@dataclass(frozen=True, slots=True)
class ServiceUrl:
    """`http(s)://host:port/path?query` without user information."""

    host: str
    port: int
    path: str
    tls: bool = False

    def __str__(self) -> str:
        return f"{'https' if self.tls else 'http'}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """What the header `Host` says: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS["https" if self.tls else "http"] else f"{host}:{self.port}"


def typed(text: str) -> ServiceUrl:
    """The device service that a person means: `host`, `host:port` or an address of http or https.

    Raises MingjianError ADDRESS_UNREADABLE; also for one with a user name, which does not belong into an address.
    """
    text = text.strip()
    whole = text if _SCHEME.match(text) else f"http://{text}"
    found = read(whole)
    if found is None or not found.host or "@" in urlsplit(whole).netloc:
        raise MingjianError(ADDRESS_UNREADABLE)
    return replace(found, path=DEVICE_PATH) if found.path == "/" else found


def read(text: str) -> ServiceUrl | None:
    """An address of http or https as somebody wrote it; the host may be empty. None if it cannot be read."""
    text = text.strip()
    if len(text) > MAX_LENGTH or not text.isprintable() or any(char.isspace() for char in text):
        return None
    try:
        parts = urlsplit(text)
        port = parts.port
        host = parts.hostname or ""
        host.encode("ascii")
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    if scheme not in _PORTS or port == 0:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return ServiceUrl(host, port or _PORTS[scheme], quote(path, safe=_AS_IT_IS), tls=scheme == "https")


@dataclass(frozen=True, slots=True)
class Reached:
    """Where we are connected: the host as it was typed, its numeric address, and what the camera calls this place."""

    url: ServiceUrl
    numeric: str
    own: ServiceUrl | None = None  # the address that the camera names for its device service

    def is_here(self, host: str) -> bool:
        return host.lower() in ("", self.url.host.lower(), self.numeric.lower())


@dataclass(frozen=True, slots=True)
class Placed:
    """A service's address at the camera; `told` is the host it named, where that was another."""

    url: ServiceUrl
    told: str = ""


def service_at(reached: Reached, told: str) -> Placed | None:
    """The address of a service; None if it cannot be read.

    Its port is the camera's own, but where a forwarded port stands before it: a service on the same port as the device
    service, by the camera's words, is reached by the port by which we reached the device service.
    """
    found = read(told)
    if found is None:
        return None
    if not found.host:  # http:///onvif/…: there are such cameras
        return Placed(replace(reached.url, path=found.path))
    if reached.url.tls and not found.tls:  # what began encrypted stays so
        found = replace(found, port=reached.url.port, tls=True)
    if reached.is_here(found.host):
        return Placed(replace(found, host=reached.url.host))
    own = reached.own
    if own is None or (found.port, found.tls) == (own.port, own.tls):
        return Placed(replace(found, host=reached.url.host, port=reached.url.port, tls=reached.url.tls), found.host)
    return Placed(replace(found, host=reached.url.host), found.host)


@dataclass(frozen=True, slots=True)
class PlacedStream:
    url: StreamUrl
    told: str = ""


def stream_at(reached: Reached, told: str) -> PlacedStream | None:
    """The address of a stream, without the credentials that some cameras write into it; None if it is no RTSP."""
    try:
        found, _ = parse_stream(told)
    except BadAddress:
        return None
    here = replace(found, host=reached.url.host)
    return PlacedStream(here) if reached.is_here(found.host) else PlacedStream(here, found.host)
