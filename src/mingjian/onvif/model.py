"""What a camera says of itself over ONVIF, as frozen types. Times are microseconds since the Unix epoch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from mingjian.kernel.errors import Text


@dataclass(frozen=True, slots=True)
class Found:
    """A device that answered a probe (WS-Discovery, April 2005, section 5)."""

    endpoint: str  # urn:uuid:…, the same on every interface
    addresses: tuple[str, ...]  # of its device service, all of them in allowed networks
    refused: int  # how many more it named that are not
    sender: str  # the numeric address from which it answered
    scopes: "Scopes"


@dataclass(frozen=True, slots=True)
class Scopes:
    """What scopes say (ONVIF Core, section 7.3.2.2), with percent signs decoded; empty where nothing was said."""

    name: str = ""
    hardware: str = ""
    location: str = ""
    profiles: tuple[str, ...] = ()  # Streaming, T, G, …


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    manufacturer: str
    model: str
    firmware: str
    serial_number: str
    hardware: str


@dataclass(frozen=True, slots=True)
class DeviceTime:
    """The camera's clock as it was read: whole seconds; None where it did not say UTC."""

    utc_us: int | None
    by_ntp: bool
    time_zone: str  # POSIX form, as the camera wrote it
    daylight_saving: bool


class Service(Enum):
    """A service by the namespace of its version that we speak."""

    DEVICE = "http://www.onvif.org/ver10/device/wsdl"
    MEDIA = "http://www.onvif.org/ver10/media/wsdl"
    MEDIA2 = "http://www.onvif.org/ver20/media/wsdl"
    PTZ = "http://www.onvif.org/ver20/ptz/wsdl"
    IMAGING = "http://www.onvif.org/ver20/imaging/wsdl"
    EVENTS = "http://www.onvif.org/ver10/events/wsdl"


Services = Mapping[Service, str]
"""The address that a camera names for each service; it may point anywhere."""


class Encoding(Enum):
    H264 = "h264"
    H265 = "h265"
    JPEG = "jpeg"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Profile:
    """A media profile (ONVIF Media sections 5.1 and Media2 section 5.1). Zero where the camera said nothing."""

    token: str
    name: str
    source: str  # token of the video source: one for each lens
    configuration: str  # token of how this source is used; events name it by this
    encoder: str  # token of the encoder: profiles may share one
    encoding: Encoding | None  # None: a profile without picture
    width: int = 0
    height: int = 0
    fps: float = 0.0
    kbps: int = 0
    audio: str = ""  # as the camera calls it: G711, AAC, PCMU, MP4A-LATM, …
    has_ptz: bool = False

    @property
    def pixels(self) -> int:
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Stream:
    """A profile that can be recorded, and where it is fetched."""

    profile: Profile
    url: str  # rtsp, without credentials, at the camera's own host
    told: str = ""  # the host that the camera named, where that was another


@dataclass(frozen=True, slots=True)
class Picture:
    """One video source: a camera has one for each lens, a recorder one for each channel."""

    source: str
    main: Stream | None
    sub: Stream | None
    snapshot_url: str | None
    tokens: frozenset[str] = frozenset()  # of the source and of its configurations: `Event.source` is one of them
    ptz_profile: str | None = None  # token of the first profile that turns this lens


@dataclass(frozen=True, slots=True)
class OnvifDevice:
    """What `look` found. `notes` says in words what was odd and what was done about it."""

    address: str
    info: DeviceInfo
    scopes: Scopes
    clock_error_us: int | None  # camera less server; cameras say whole seconds, so half a second either way
    pictures: tuple[Picture, ...]
    ptz_profile: str | None  # token of the first profile that turns, for `Ptz`
    has_events: bool
    has_imaging: bool
    notes: tuple["Note", ...] = ()

    @property
    def has_ptz(self) -> bool:
        return self.ptz_profile is not None


class NoteKind(Enum):
    ELSEWHERE = "elsewhere"  # an address pointed to another host and was moved to the camera's
    NO_CLOCK = "no_clock"
    UNUSABLE_ADDRESS = "unusable_address"
    NO_STREAM = "no_stream"


NOTE_TEXT: Final = {
    NoteKind.ELSEWHERE: Text(
        "地址指向别的主机，已改用摄像机自身的主机", "named another host, moved to the camera's own"
    ),
    NoteKind.NO_CLOCK: Text("没有给出时钟", "did not tell its clock"),
    NoteKind.UNUSABLE_ADDRESS: Text("地址无法使用", "an address cannot be used"),
    NoteKind.NO_STREAM: Text("没有给出码流地址", "gave no address for a stream"),
}


@dataclass(frozen=True, slots=True)
class Note:
    kind: NoteKind
    detail: str


@dataclass(frozen=True, slots=True)
class Vector:
    """Pan, tilt and zoom in the generic spaces (ONVIF PTZ section 5.7): -1 to 1; a position of zoom 0 to 1."""

    pan: float = 0.0
    tilt: float = 0.0
    zoom: float = 0.0


@dataclass(frozen=True, slots=True)
class Preset:
    token: str
    name: str


@dataclass(frozen=True, slots=True)
class PtzStatus:
    position: Vector | None
    moving: bool | None  # None where the camera does not say


@dataclass(frozen=True, slots=True)
class PtzAbilities:
    continuous: bool
    absolute: bool
    relative: bool
    presets: int
    home: bool


class IrCut(Enum):
    """The infrared cut filter: on by day, off by night (ONVIF Imaging section 5.1.4)."""

    ON = "ON"
    OFF = "OFF"
    AUTO = "AUTO"


class FocusMode(Enum):
    AUTO = "AUTO"
    MANUAL = "MANUAL"


@dataclass(frozen=True, slots=True)
class Range:
    lowest: float
    highest: float


class Adjustment(Enum):
    """What of a picture is set by a number, by the camera's word for it; in the order that the schema wants."""

    BRIGHTNESS = "Brightness"
    SATURATION = "ColorSaturation"
    CONTRAST = "Contrast"
    SHARPNESS = "Sharpness"


@dataclass(frozen=True, slots=True)
class ImagingSettings:
    """What is missing, or None: the camera does not say, or, when writing, leave it as it is."""

    numbers: Mapping[Adjustment, float] = field(default_factory=dict)
    ir_cut: IrCut | None = None
    focus: FocusMode | None = None


@dataclass(frozen=True, slots=True)
class ImagingOptions:
    """What may be set, and within which range; what is missing may not be set at all."""

    ranges: Mapping[Adjustment, Range] = field(default_factory=dict)
    ir_cut: frozenset[IrCut] = frozenset()
    focus: frozenset[FocusMode] = frozenset()


class EventKind(Enum):
    MOTION = "motion"
    INPUT = "input"


@dataclass(frozen=True, slots=True)
class Event:
    """Motion or a contact, as it changed. Nothing about persons: see `topics`."""

    kind: EventKind
    active: bool
    at_us: int  # the server's clock when it arrived
    source: str  # token of the video source or of the input
    topic: str  # without prefixes of namespaces
    camera_us: int | None = None  # the camera's clock, for nothing but to be shown
    initial: bool = False  # the state at the beginning of a subscription, not a change
    assumed: bool = False  # nobody said so: the subscription was lost while it was active


@dataclass(frozen=True, slots=True)
class Notification:
    """One message of a camera, before anybody knows whether it is kept."""

    topic: str
    camera_us: int | None
    initial: bool
    source: Mapping[str, str] = field(default_factory=dict)
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A pull point (ONVIF Core section 9.2)."""

    address: str  # as the camera wrote it
    parameters: tuple[tuple[str, str, str], ...]  # namespace, name and text of what each request must carry back
    lifetime_us: int  # how long it holds from its making, by the camera's own two times; 0 where it did not say
