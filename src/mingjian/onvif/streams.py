"""Which profile is the main stream and which the sub-stream, and which picture an event is about. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final
from urllib.parse import urlsplit

from mingjian.onvif.model import Encoding, Event, EventKind, OnvifDevice, Picture, Profile

RECORDED: Final = frozenset({Encoding.H264, Encoding.H265})
# What a small tile wants: about as many pixels as this.
_TILE: Final = 640 * 360


@dataclass(frozen=True, slots=True)
class Choice:
    """The profiles of one video source."""

    source: str
    main: Profile | None
    sub: Profile | None


def choose(profiles: Sequence[Profile]) -> list[Choice]:
    """Main and sub for each video source, in the camera's order; a source without a picture that can be kept has none.

    Main has the most pixels, then the most frames, then the most bits; among equals the first. Sub is another encoder
    with fewer pixels (or as many and fewer bits): H.264 before H.265, which not every browser shows, then the one whose
    size is nearest to a tile's. Where a camera says no sizes its order counts: main first, sub second.
    """
    sources = dict.fromkeys(one.source for one in profiles if one.encoding is not None)
    return [_of_source(source, [one for one in profiles if one.source == source]) for source in sources]


def _of_source(source: str, profiles: list[Profile]) -> Choice:
    kept = [one for one in profiles if one.encoding in RECORDED]
    if not kept:
        return Choice(source, None, None)
    main = max(kept, key=lambda one: (one.pixels, one.fps, one.kbps))  # the first of equals
    smaller = [one for one in kept if _is_less(one, main)]
    return Choice(source, main, min(smaller, key=_for_tile, default=None))


def _is_less(one: Profile, main: Profile) -> bool:
    if one.token == main.token or (one.encoder and one.encoder == main.encoder):
        return False
    if not main.pixels:
        return True
    if not one.pixels:
        return False
    return one.pixels < main.pixels or (one.pixels == main.pixels and 0 < one.kbps < main.kbps)


def _for_tile(one: Profile) -> tuple[bool, float]:
    return one.encoding is not Encoding.H264, abs(log(one.pixels / _TILE)) if one.pixels else 0.0


def shown_at(path: str, pictures: Sequence[Picture]) -> Picture | None:
    """The picture of which a stream is fetched at this path (with its query); None where the camera names none."""
    return next(
        (one for one in pictures for stream in (one.main, one.sub) if stream and _path(stream.url) == path), None
    )


def turned_at(path: str, device: OnvifDevice) -> str | None:
    """The profile by which the lens is turned of which a stream is fetched at this path; None where it does not turn.

    Of a device with one lens it is that one, whatever the path: streams of it may be fetched through a proxy.
    """
    if device.ptz_profile is None:
        return None
    own = shown_at(path, device.pictures)
    if own is not None:
        return own.ptz_profile
    return device.ptz_profile if len(device.pictures) <= 1 else None


def _path(url: str) -> str:
    """As `media.formats.url.StreamUrl.path`: hosts and ports differ behind address translation."""
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def concerns(event: Event, own: Picture | None, pictures: Sequence[Picture]) -> bool:
    """Whether an event is about a picture: motion that names others and not this one is not.

    Inputs are the device's. Where nobody knows whose a name is, it may be this one's.
    """
    if own is None or event.kind is not EventKind.MOTION:
        return True
    named = [one for one in pictures if event.source in one.tokens]
    return not named or own in named
