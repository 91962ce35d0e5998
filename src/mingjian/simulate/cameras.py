"""A simulated camera: what it is, how it misbehaves, and the handle a test holds on it."""

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from mingjian.simulate.auth import OPEN, Account
from mingjian.simulate.sources import ClipSource, LiveSource


class Misbehaviour(StrEnum):
    """What a camera does wrong on purpose.

    No entry is needed for one that nobody can sign in to (give it another password), nor for one whose clock is wrong
    or runs fast (`CameraSpec.clock_error_s`, `clock_drift_ppm`).
    """

    NOT_FOUND = "not_found"  # 404 to every request
    REDIRECT = "redirect"  # 302 to `redirect_to`
    AUDIO_ONLY = "audio_only"  # the description has no video
    MJPEG = "mjpeg"  # a codec nobody records
    VP8 = "vp8"
    SILENT = "silent"  # PLAY succeeds, nothing comes
    CLOSES = "closes"  # closes the connection `closes_after_s` after PLAY
    GARBAGE = "garbage"  # octets that belong to nothing between packets, once a second
    ENDLESS_HEADER = "endless_header"  # the answer to DESCRIBE never ends
    HTML = "html"  # answers as a web server does
    RUBBISH_REPORTS = "rubbish_reports"  # reports that no standard knows


@dataclass(frozen=True, slots=True)
class CameraSpec:
    """What a camera is. `path` is what follows the port in its URL; `number` is stamped into every frame."""

    path: str
    number: int
    source: ClipSource | LiveSource
    account: Account = OPEN
    title: str = "Simulated camera"
    misbehaviour: Misbehaviour | None = None
    closes_after_s: float = 1.0
    redirect_to: str = ""
    parameter_sets_in_sdp: bool = True
    clock_error_s: float = 0.0
    """Added to the wall clock in RTCP sender reports."""
    clock_drift_ppm: float = 0.0
    """How much faster the camera's clock runs, in parts in a million: its wall clock from PLAY on, and the frames of a
    clip, which come as much sooner."""


class Link(Protocol):
    """A connection to a camera, as the camera sees it."""

    def abort(self) -> None: ...


@dataclass(slots=True)
class Counters:
    """What one PLAY has sent. `next_number` is the number of the next frame: sent + dropped."""

    frames_sent: int = 0
    frames_dropped: int = 0

    @property
    def next_number(self) -> int:
        return self.frames_sent + self.frames_dropped


@dataclass(slots=True)
class Camera:
    """The handle on one camera of a running server. Use it on the server's event loop."""

    spec: CameraSpec
    running: bool = True
    frozen: bool = False
    """While set, sessions stay open and nothing is sent; set it back and they go on at the next key frame."""
    links: set[Link] = field(default_factory=set)
    played: deque[Counters] = field(default_factory=lambda: deque(maxlen=256))
    """Counters of the sessions that played, the newest last."""
    frames_sent: int = 0
    frames_dropped: int = 0
    plays: int = 0

    def stop(self) -> None:
        """Behave as if unplugged: connections break, requests get no answer."""
        self.running = False
        self.kill_connections()

    def start(self) -> None:
        self.running = True

    def kill_connections(self) -> None:
        """Reset every connection; clients may come back at once."""
        for link in tuple(self.links):
            link.abort()
