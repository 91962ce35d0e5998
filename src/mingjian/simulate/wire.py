"""RTSP 1.0 messages (RFC 2326) as a camera reads and writes them. No I/O."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

MAX_HEADER: Final = 16384
MAX_BODY: Final = 65536

REASONS: Final[dict[int, str]] = {
    200: "OK",
    302: "Moved Temporarily",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    500: "Internal Server Error",
    501: "Not Implemented",
}


class BadRequest(ValueError):  # noqa: N818 - the RTSP reason phrase
    """The client sent something that is no RTSP request, or one without bounds."""


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    url: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        """The path without leading slash, query and track: which camera is meant."""
        path = urlsplit(self.url).path.strip("/")
        return path.rpartition("/trackID=")[0] or path

    @property
    def track(self) -> int:
        """Which track of it is meant; 1 when the URL says nothing."""
        named = urlsplit(self.url).path.rpartition("/trackID=")[2]
        return int(named) if named.isdecimal() and len(named) < 4 else 1


@dataclass(frozen=True, slots=True)
class Offer:
    """One way to travel that a client proposes: two channels of the connection, or two of its UDP ports."""

    udp: bool
    pair: tuple[int, int] | None


class RequestReader:
    """Cut what a client sends into requests; interleaved frames (its RTCP) and its answers are counted and skipped."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self.interleaved = 0
        self.answers = 0

    def feed(self, data: bytes) -> list[Request]:
        """Take more octets and return the requests that are now complete. Raises BadRequest."""
        self._buffer += data
        requests = []
        while self._buffer:
            if self._buffer[0] == 0x24:
                if not self._skip_interleaved():
                    break
            elif self._buffer.startswith(b"RTSP/1.0 ") and b"\r\n\r\n" in self._buffer:
                del self._buffer[: self._buffer.index(b"\r\n\r\n") + 4]
                self.answers += 1
            elif (request := self._request()) is not None:
                requests.append(request)
            else:
                break
        return requests

    def _skip_interleaved(self) -> bool:
        size = 4 + int.from_bytes(self._buffer[2:4], "big")
        if len(self._buffer) < max(size, 4):
            return False
        del self._buffer[:size]
        self.interleaved += 1
        return True

    def _request(self) -> Request | None:
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0 or end > MAX_HEADER:
            if len(self._buffer) > MAX_HEADER:
                raise BadRequest("the header does not end")
            return None
        request = parse(bytes(self._buffer[:end]))
        body = _body_length(request)
        if len(self._buffer) < end + 4 + body:
            return None
        del self._buffer[: end + 4 + body]
        return request


def parse(header: bytes) -> Request:
    """Read a request header without its final empty line. Raises BadRequest."""
    first, *rest = header.decode("utf-8", "replace").lstrip("\r\n").split("\r\n")
    words = first.split(" ")
    if len(words) != 3 or words[2] != "RTSP/1.0":
        raise BadRequest("no RTSP/1.0 request line")
    fields = (line.partition(":") for line in rest)
    return Request(words[0], words[1], {name.strip().lower(): value.strip() for name, _, value in fields})


def response(
    status: int, cseq: str, headers: Mapping[str, str | Sequence[str]], body: str = "", *, lie: int = 0
) -> bytes:
    """The octets of an answer. A header with several values gets a line for each; `lie` is added to its length."""
    lines = [f"RTSP/1.0 {status} {REASONS[status]}", f"CSeq: {cseq}", "Server: Mingjian simulated camera"]
    for name, values in headers.items():
        lines += [f"{name}: {value}" for value in ([values] if isinstance(values, str) else values)]
    if body:
        lines.append(f"Content-Length: {len(body.encode()) + lie}")
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def offers(transport: str) -> list[Offer]:
    """What a Transport header proposes (RFC 2326 12.39), best first; multicast is left out."""
    found = []
    for text in transport.split(","):
        name, *parameters = [part.strip() for part in text.split(";")]
        words = {one.partition("=")[0].lower(): one.partition("=")[2] for one in parameters}
        if "multicast" in words:
            continue
        if name.upper() == "RTP/AVP/TCP":
            found.append(Offer(False, _pair(words.get("interleaved", ""), 255)))
        elif name.upper() in ("RTP/AVP", "RTP/AVP/UDP") and (ports := _pair(words.get("client_port", ""), 65535)):
            found.append(Offer(True, ports))
    return found


def _pair(text: str, most: int) -> tuple[int, int] | None:
    first, _, second = text.partition("-")
    if not first.isdecimal() or int(first) >= most:
        return None
    return int(first), int(second) if second.isdecimal() and int(second) <= most else int(first) + 1


def _body_length(request: Request) -> int:
    text = request.headers.get("content-length", "0")
    if not text.isdecimal() or int(text) > MAX_BODY:
        raise BadRequest("Content-Length is not a small number")
    return int(text)
