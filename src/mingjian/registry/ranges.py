"""Addresses of many cameras as people write them: ranges, lists, whole addresses. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Final

from mingjian.kernel.errors import MingjianError
from mingjian.registry.errors import BULK_UNREADABLE

MOST: Final = 256
HOST: Final = "{host}"
"""Stands in the pattern of an address for the host of each camera."""

_RANGE: Final = re.compile(r"(\d{1,3}(?:\.\d{1,3}){3})\s*[-~～—至]\s*(\d{1,3}(?:\.\d{1,3}){3}|\d{1,3})")
_SPLIT: Final = re.compile(r"[\s,;，；、]+")
_HOST: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(?::\d{1,5})?")


@dataclass(frozen=True, slots=True)
class Camera:
    """One of many: its address, and that of its small stream or empty."""

    address: str
    sub_address: str = ""


def cameras(said: str, pattern: str, sub_pattern: str = "") -> list[Camera]:
    """Every camera that is meant, in the order of writing, each once.

    `said` holds ranges (192.168.1.20-69), hosts with or without a port, and whole addresses, on lines or with commas
    between; hosts are put into the patterns. Raises MingjianError BULK_UNREADABLE with the part that is not understood,
    or when there are none or more than MOST.
    """
    found: dict[Camera, None] = {}
    for part in _parts(said):
        if "://" in part:
            made = Camera(part)
        elif _HOST.fullmatch(part) and HOST in pattern:
            made = Camera(pattern.replace(HOST, part), sub_pattern.replace(HOST, part))
        else:
            raise _unreadable(part)
        found[made] = None
        if len(found) > MOST:
            raise _unreadable(part)
    if not found:
        raise _unreadable(said)
    return list(found)


def _parts(said: str) -> Iterator[str]:
    """Single hosts and addresses; ranges are counted out."""
    start = 0
    for match in _RANGE.finditer(said):
        yield from filter(None, _SPLIT.split(said[start : match.start()]))
        yield from _counted(match)
        start = match.end()
    yield from filter(None, _SPLIT.split(said[start:]))


def _counted(match: re.Match[str]) -> Iterator[str]:
    first, last = match.group(1), match.group(2)
    try:
        begin = IPv4Address(first)
        end = IPv4Address(last if "." in last else f"{first.rpartition('.')[0]}.{last}")
    except AddressValueError as error:
        raise _unreadable(match.group()) from error
    if not 0 <= int(end) - int(begin) < MOST:
        raise _unreadable(match.group())
    return (str(begin + step) for step in range(int(end) - int(begin) + 1))


def _unreadable(part: str) -> MingjianError:
    # Whole addresses may have a password in them.
    shown = part.partition("://")[0] if "://" in part else part
    return MingjianError(BULK_UNREADABLE, part=shown.strip()[:40], limit=MOST)
