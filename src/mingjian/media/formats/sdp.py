"""The little of SDP (RFC 8866) that an RTSP description needs."""

from dataclasses import dataclass, field
from typing import Final

from mingjian.media.formats.errors import PeerError, Wrong

MAX_SIZE: Final = 64 << 10
MAX_MEDIA: Final = 16
# Payload types with a fixed meaning (RFC 3551 table 5) that cameras offer without an rtpmap.
_STATIC: Final = {26: ("JPEG", 90_000), 32: ("MPV", 90_000), 0: ("PCMU", 8_000), 8: ("PCMA", 8_000)}


@dataclass(frozen=True, slots=True)
class Media:
    """One `m=` section: what is offered and how to ask for it."""

    kind: str
    payload_type: int
    encoding: str
    clock_rate: int
    control: str
    parameters: dict[str, str] = field(default_factory=dict)
    channels: int = 1


@dataclass(frozen=True, slots=True)
class Description:
    control: str
    media: tuple[Media, ...]


def parse(data: bytes) -> Description:
    """Read a session description.

    Raises PeerError MALFORMED when it is too large, has too many media, or is no SDP at all.
    """
    if len(data) > MAX_SIZE:
        raise PeerError(Wrong.MALFORMED, f"a description of {len(data)} bytes")
    sections: list[list[tuple[str, str]]] = [[]]
    for line in data.decode("utf-8", "replace").splitlines():
        name, separator, value = line.strip().partition("=")
        if not separator or len(name) != 1:
            continue
        if name == "m":
            sections.append([])
        sections[-1].append((name, value.strip()))
    # Some cameras begin with the first media.
    begins = len(sections) > 1 if not sections[0] else sections[0][0][0] == "v"
    if not begins or len(sections) > MAX_MEDIA + 1:
        raise PeerError(Wrong.MALFORMED, "no session description")
    media = tuple(found for section in sections[1:] if (found := _media(section)))
    return Description(_attribute(sections[0], "control"), media)


def _media(lines: list[tuple[str, str]]) -> Media | None:
    words = lines[0][1].split()
    if len(words) < 4 or not words[3].isascii() or not words[3].isdigit() or len(words[3]) > 3 or int(words[3]) > 127:
        return None
    payload_type = int(words[3])
    encoding, clock_rate = _STATIC.get(payload_type, ("", 0))
    mapped = _for_payload(lines, "rtpmap", payload_type).split("/")
    if len(mapped) >= 2 and mapped[1].isascii() and mapped[1].isdigit() and len(mapped[1]) < 10:
        encoding, clock_rate = mapped[0].upper(), int(mapped[1])
    return Media(
        words[0].lower(),
        payload_type,
        encoding,
        clock_rate,
        _attribute(lines, "control"),
        _format_parameters(_for_payload(lines, "fmtp", payload_type)),
        int(mapped[2]) if len(mapped) > 2 and mapped[2] in "12345678" and mapped[2] else 1,
    )


def _attribute(lines: list[tuple[str, str]], name: str) -> str:
    values = (value.partition(":") for key, value in lines if key == "a")
    return next((rest.strip() for found, _, rest in values if found == name), "")


def _for_payload(lines: list[tuple[str, str]], name: str, payload_type: int) -> str:
    for key, value in lines:
        found, _, rest = value.partition(":")
        number, _, text = rest.partition(" ")
        if key == "a" and found == name and number.strip() == str(payload_type):
            return text.strip()
    return ""


def _format_parameters(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";")[:64])
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
