"""What a peer can do wrong on the wire. The shell turns these into problems a person can act on."""

from enum import Enum


class Wrong(Enum):
    """Kinds of fault of the peer; each has one entry in `media.errors`."""

    NOT_RTSP = "not_rtsp"  # something else answered, such as a web server
    MALFORMED = "malformed"  # RTSP that breaks its own rules or our bounds
    CREDENTIALS = "credentials"  # refused, or asked for and not given
    NOT_FOUND = "not_found"  # the path names no stream
    REDIRECT = "redirect"  # the peer points elsewhere; not followed
    REFUSED = "refused"  # any other RTSP status
    NO_VIDEO = "no_video"  # a description without video
    CODEC = "codec"  # video that we cannot keep
    TRANSPORT = "transport"  # RTP over the same connection is not offered
    ENDED = "ended"  # the peer closed the session


class PeerError(Exception):
    """The peer broke the protocol or declined. `detail` is short, printable and holds no secret."""

    def __init__(self, wrong: Wrong, detail: str = "") -> None:
        super().__init__(wrong.value, detail)
        self.wrong = wrong
        self.detail = printable(detail)


def printable(text: str, limit: int = 120) -> str:
    """Foreign text made safe for logs and pages: control characters replaced, length bounded."""
    return "".join(char if char.isprintable() else "�" for char in text[:limit])
