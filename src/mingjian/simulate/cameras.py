"""A simulated camera: what it is, how it misbehaves, and the handle a test holds on it."""

from bisect import bisect_right
from collections import deque
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Protocol

from mingjian.simulate.auth import OPEN, Account
from mingjian.simulate.sound import SoundSource
from mingjian.simulate.sources import ClipSource, LiveSource
from mingjian.simulate.weather import Fates, Weather


class Misbehaviour(StrEnum):
    """What a camera does wrong on purpose. Packets are spoiled in every 25th frame (`mischief.EVERY`).

    No entry is needed for one that nobody can sign in to (give it another password), nor for what has a field of its
    own in `CameraSpec`: a wrong clock, a long description, bad weather, a fussy session.
    """

    NOT_FOUND = "not_found"  # 404 to every request
    REDIRECT = "redirect"  # 302 to `redirect_to`
    AUDIO_ONLY = "audio_only"  # the description has no video
    MJPEG = "mjpeg"  # a codec nobody records
    VP8 = "vp8"
    SILENT = "silent"  # PLAY succeeds, nothing comes
    CLOSES = "closes"  # closes the connection `closes_after_s` after PLAY
    TEARS_DOWN = "tears_down"  # asks for TEARDOWN `closes_after_s` after PLAY, and sends no more
    SAYS_BYE = "says_bye"  # sends RTCP BYE (RFC 3550 6.6) `closes_after_s` after PLAY, and no more
    GARBAGE = "garbage"  # octets that belong to nothing between packets
    ENDLESS_HEADER = "endless_header"  # the answer to DESCRIBE never ends
    HTML = "html"  # answers as a web server does
    RUBBISH_REPORTS = "rubbish_reports"  # reports that no standard knows
    LYING_BODY = "lying_body"  # the description is said to be longer than it is
    LYING_LENGTHS = "lying_lengths"  # a packet in the connection is said to be longer or shorter than it is
    LYING_UNITS = "lying_units"  # units in an aggregate reach beyond their packet
    EMPTY_UNITS = "empty_units"  # packets, aggregates and fragments with nothing in them
    HUGE_UNIT = "huge_unit"  # a NAL unit of 10 MiB
    TIME_JUMPS = "time_jumps"  # timestamps leap ahead and back (`mischief.JUMPS`)
    FLOOD = "flood"  # a hundred times as many frames as it says


class Transports(StrEnum):
    """What SETUP grants; 461 for the rest."""

    BOTH = "both"
    TCP = "tcp"
    UDP = "udp"


class Keepalive(StrEnum):
    """What a session lives by, beside SETUP and PLAY."""

    ANYTHING = "anything"  # any request, and RTCP
    GET_PARAMETER = "get_parameter"  # nothing else
    OPTIONS = "options"  # nothing else; GET_PARAMETER is answered by `get_parameter_status`


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
    """Whether they come in band as well is said by the source (`ClipSource.in_band`)."""
    clock_error_s: float = 0.0
    """Added to the wall clock in RTCP sender reports."""
    clock_drift_ppm: float = 0.0
    """How much faster the camera's clock runs, in parts in a million: its wall clock from PLAY on, and the frames of a
    clip, which come as much sooner."""
    sound: SoundSource | None = None
    sound_first: bool = False
    """In the description."""
    transports: Transports = Transports.BOTH
    weather: Weather | None = None
    """What happens to its pictures on the way, over UDP and in the connection alike; sound travels safely."""
    session_timeout_s: float | None = None
    """As told in SETUP; none: that of the server."""
    keepalive: Keepalive = Keepalive.ANYTHING
    get_parameter_status: int = 501
    sdp_bytes: int = 0
    """How long the description is at least, by attributes that mean nothing."""
    first_sequence: int | None = None
    """Of the first packet of each PLAY; none: random, as RFC 3550 5.1 wants it."""
    first_timestamp: int | None = None


class Link(Protocol):
    """A connection to a camera, as the camera sees it."""

    def abort(self) -> None: ...
    def switch(self, source: ClipSource) -> None: ...


@dataclass(slots=True)
class Counters:
    """What one PLAY has sent. `next_number` is the number of the next frame: sent + dropped.

    `transport` is `tcp` or `udp`. In bad weather `fates` tells of its packets, and `packets_at` how many of them went
    before each frame.
    """

    frames_sent: int = 0
    frames_dropped: int = 0
    transport: str = ""
    fates: Fates | None = None
    packets_at: list[int] = field(default_factory=list)

    @property
    def next_number(self) -> int:
        return self.frames_sent + self.frames_dropped

    def hurt(self) -> list[int]:
        """The numbers of the frames of which a packet was lost."""
        lost = self.fates.lost if self.fates else ()
        return sorted({bisect_right(self.packets_at, packet) - 1 for packet in lost})


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
    sounds_sent: int = 0
    plays: int = 0
    signed_by: str = ""
    """The algorithm of the last Digest answer that was accepted."""
    timeouts: int = 0
    """Sessions that ended because nothing kept them alive."""
    source: ClipSource | LiveSource = field(init=False)
    """What it sends now; the description tells of `spec.source`."""

    def __post_init__(self) -> None:
        self.source = self.spec.source

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

    def switch(self, source: ClipSource, *, described: bool = True) -> None:
        """Send another clip from the next frame on, in sessions that play too, as after a change of settings.

        Without `described` the description goes on telling of the old one. Raises ValueError when codec or rate differ.
        """
        if (source.codec, source.fps) != (self.spec.source.codec, self.spec.source.fps):
            raise ValueError("a session cannot go on with another codec or rate")
        self.source = source
        if described:
            self.spec = replace(self.spec, source=source)
        for link in tuple(self.links):
            link.switch(source)
