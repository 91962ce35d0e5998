"""The address of a stream, with its credentials taken out."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit

from mingjian.media.formats.authentication import Credentials

MAX_LENGTH: Final = 1024
DEFAULT_PORT: Final = 554


class BadAddress(ValueError):  # noqa: N818 - says what the address is
    """What is wrong with an address, in a few words of English."""


@dataclass(frozen=True, slots=True)
class StreamUrl:
    """`rtsp://host:port/path?query` (RFC 2326 section 3.2) without user information."""

    host: str
    port: int
    path: str

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"rtsp://{host}:{self.port}{self.path}"


def parse(text: str) -> tuple[StreamUrl, Credentials | None]:
    """Split an address as a person types it.

    Raises BadAddress for anything but rtsp with a host, for control characters and for absurd lengths.
    """
    text = text.strip()
    if len(text) > MAX_LENGTH or not text.isprintable() or any(char.isspace() for char in text) or "\\" in text:
        raise BadAddress("the address has spaces or control characters, or is longer than 1024")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise BadAddress("the address cannot be read") from error
    if parts.scheme != "rtsp":
        raise BadAddress("the address does not begin with rtsp://")
    if not parts.hostname or parts.fragment or port == 0:
        raise BadAddress("the address names no host, or has a fragment or port 0")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    credentials = None
    if parts.username:
        credentials = Credentials(unquote(parts.username), unquote(parts.password or ""))
        if any(ord(char) < 0x20 or ord(char) == 0x7F for char in credentials.user_name + credentials.password):
            raise BadAddress("the user name or password has control characters")  # RFC 7617 section 2
    return StreamUrl(parts.hostname, port or DEFAULT_PORT, path), credentials
