"""What is installed where, and whose it is.

A place is an address, a spot is where a camera looks, a channel is one picture. A unit has places and systems; a system
covers spots of one or more places and has devices; a device has channels.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Final, Literal, Self
from uuid import UUID

from mingjian.kernel.ids import (
    ChannelId,
    DesignationId,
    DeviceId,
    LawDecisionId,
    OrganisationId,
    PlaceId,
    SignId,
    SpotId,
    StatutoryRoleId,
    SystemId,
)
from mingjian.kernel.redaction import HIDDEN, redact_text
from mingjian.registry.coordinates import Position
from mingjian.registry.vault import Sealed

TransportChoice = Literal["auto", "tcp", "udp"]
"""How a stream is asked for: `auto` is TCP, and UDP where the camera refuses that."""

UNCLASSIFIED: Final = "unclassified"


class OrganisationKind(Enum):
    """What an organisation is, roughly; codes are stored and never change meaning."""

    GOVERNMENT = "government", "国家机关", "state organ"
    POLICE = "police", "公安机关", "police"
    INSTITUTION = "institution", "事业单位", "public institution"
    ENTERPRISE = "enterprise", "企业", "enterprise"
    COMMUNITY = "community", "社区或村", "community or village"
    OTHER = "other", "其他", "other"

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code: Final = code
        self.zh: Final = zh
        self.en: Final = en


class StatutoryRole(Enum):
    """What the texts call an organisation in respect of a system or a place; codes are stored."""

    BUILDER = "builder", "建设单位", "builder"  # YN 10, 22; CQ 14; GD 13
    USING_UNIT = "using_unit", "使用单位", "using unit"  # YN 16, 20, 22; NC 17; GD 17, 18
    OWNER = "owner", "所有者", "owner"  # YN 9; GD 10
    MANAGER = "manager", "管理者", "manager"  # NAT 7, 11, 13 to 16
    MAINTAINER = "maintainer", "维护单位", "maintainer"  # GD 20
    SUPERVISOR = "supervising_department", "监管部门", "supervising department"  # NAT 5; YN 5

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code: Final = code
        self.zh: Final = zh
        self.en: Final = en


ORGANISATION_KINDS: Final = {kind.code: kind for kind in OrganisationKind}
STATUTORY_ROLES: Final = {role.code: role for role in StatutoryRole}


@dataclass(frozen=True, slots=True)
class NewOrganisation:
    """An organisation as it is typed. `credit_code` is the unified social credit code (GB 32100) or empty."""

    name: str
    region_code: str
    kind: OrganisationKind = OrganisationKind.OTHER
    parent_id: OrganisationId | None = None
    credit_code: str = ""
    address: str = ""
    contact: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Organisation:
    """单位. `path` names all above it and itself, from the top: who holds a path's beginning holds what is below."""

    id: OrganisationId
    parent_id: OrganisationId | None
    name: str
    kind: OrganisationKind
    region_code: str
    path: str
    credit_code: str
    address: str
    contact: str
    phone: str
    created_us: int
    retired_us: int | None = None

    @property
    def line(self) -> tuple[UUID, ...]:
        """From the top down to itself."""
        return line_of(self.path)


def line_of(path: str) -> tuple[UUID, ...]:
    """The organisations of a path, from the top."""
    return tuple(UUID(hex=part) for part in path.split("/") if part)


def path_below(above: str, organisation_id: UUID) -> str:
    """The path of an organisation under the one with path `above` (empty: at the top)."""
    return f"{above}{organisation_id.hex}/"


@dataclass(frozen=True, slots=True)
class NewPlace:
    """A place as it is typed; position in degrees of WGS-84. `kinds` are codes of the law's list of places."""

    name: str
    address: str
    region_code: str
    longitude: float | None = None
    latitude: float | None = None
    organisation_id: OrganisationId | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """场所. `region_code` is GB/T 2260; position in degrees of WGS-84, or None."""

    id: PlaceId
    name: str
    address: str
    region_code: str
    longitude: float | None = None
    latitude: float | None = None
    organisation_id: OrganisationId | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SpotView:
    """What is looked at from a spot: where the camera stands, which way it looks (degrees clockwise from true north),
    how wide (degrees) and how far (metres). None where nobody has said. Raises ValueError for what cannot be.
    """

    position: Position | None = None
    direction_deg: float | None = None
    field_deg: float | None = None
    range_m: float | None = None

    def __post_init__(self) -> None:
        if self.direction_deg is not None and not 0 <= self.direction_deg < 360:
            raise ValueError("a direction is from 0 to below 360 degrees")
        if self.field_deg is not None and not 0 < self.field_deg <= 360:
            raise ValueError("a field is above 0 and at most 360 degrees")
        if self.range_m is not None and not 0 < self.range_m <= 20_000:
            raise ValueError("a range is above 0 and at most 20,000 metres")


@dataclass(frozen=True, slots=True)
class Spot:
    """部位. `kind` is a code of the taxonomy of spots, `unclassified` until somebody says what it is."""

    id: SpotId
    place_id: PlaceId
    name: str
    kind: str = UNCLASSIFIED
    view: SpotView = field(default_factory=SpotView)


class DesignationKind(Enum):
    """What a place can be by an authority's paper; codes are stored and never change meaning."""

    KEY_SECURITY_UNIT = "key_security_unit", "治安保卫重点单位", "key security unit"  # YN 7; TC 8(13); CQ 9(4)
    COUNTER_TERROR_KEY_TARGET = "counter_terror_key_target", "防范恐怖袭击重点目标", "counter-terrorism key target"
    FIXED_KEY_SPOT = "fixed_key_spot", "依法确定的重点部位", "key spot fixed by an authority"  # NAT 7 p2
    HIGH_CRIME_AREA = "high_crime_area", "案件易发多发区域", "area of frequent offences"  # TC 8(14); CQ 9(5)
    STATE_SECRET_AREA = "state_secret_area", "涉及国家秘密的区域", "area of state secrets"  # CQ 15; YN 18
    NEAR_SECRET_UNIT = (
        "near_secret_unit",
        "位于军事管理区等涉密单位周边",
        "next to a military zone or secret unit",
    )  # NAT 10
    SECRET_UNIT_CONSENTS = "secret_unit_consents", "涉密单位书面同意", "consent of the secret unit"  # NAT 10
    BUILDING_AUTHORISED = "building_authorised", "主管部门同意他人建设", "leave to build given to others"  # GD 8

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code: Final = code
        self.zh: Final = zh
        self.en: Final = en


DESIGNATION_KINDS: Final = {kind.code: kind for kind in DesignationKind}


@dataclass(frozen=True, slots=True)
class NewDesignation:
    """What an authority decided about a place: a code of `DesignationKind`, whose paper, of which day."""

    kind: str
    authority: str
    document: str
    issued_on: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Designation:
    """An authority's paper on record; `ended_us` None while it holds."""

    id: DesignationId
    place_id: PlaceId
    said: NewDesignation
    recorded_us: int
    recorded_label: str
    ended_us: int | None = None


@dataclass(frozen=True, slots=True)
class Reasoned:
    """A decision that a text leaves to people: why, and by which paper, if there is one."""

    reason: str
    document: str = ""


@dataclass(frozen=True, slots=True)
class LawDecision:
    """A camera may look at this spot, as this kind, by a named person's decision under the texts with these digests."""

    id: LawDecisionId
    spot_id: SpotId
    kind: str
    said: Reasoned
    citations: tuple[str, ...]
    packs: tuple[str, ...]
    decided_us: int
    decided_by: UUID | None
    decided_label: str


@dataclass(frozen=True, slots=True)
class Sign:
    """标识: what says that cameras are here. `photo` is the SHA-256 of its picture, None while there is none."""

    id: SignId
    place_id: PlaceId
    text: str
    position: Position | None
    put_up_us: int
    taken_down_us: int | None = None
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """An organisation has a statutory role towards a place or a system (one of the two) from a day until another."""

    id: StatutoryRoleId
    role: StatutoryRole
    organisation_id: OrganisationId
    place_id: PlaceId | None
    system_id: SystemId | None
    from_us: int
    until_us: int | None = None


@dataclass(frozen=True, slots=True)
class System:
    """系统: what is accepted and filed. It belongs to one unit and covers spots."""

    id: SystemId
    organisation_id: OrganisationId
    name: str
    created_us: int
    retired_us: int | None = None


@dataclass(frozen=True, slots=True)
class Device:
    """设备. `address` holds no credentials; they are sealed with a key outside the database.

    `transport` is how its streams are asked for; `sub_address` where its small stream is, opened with the same secret;
    `onvif_address` where it answers ONVIF. What the device says of itself is empty where it was not asked.
    """

    id: DeviceId
    address: str
    credentials: Sealed | None
    transport: TransportChoice = "auto"
    sub_address: str | None = None
    onvif_address: str | None = None
    system_id: SystemId | None = None
    maker: str = ""
    model: str = ""
    serial: str = ""
    hardware_id: str = ""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device says of itself: its serial number, and the identifier of its hardware over ONVIF."""

    maker: str = ""
    model: str = ""
    serial: str = ""
    hardware_id: str = ""


def shown_address(address: str) -> str:
    """An address as people and the audit log may see it: some makers want the password in the query."""
    return redact_text(address).replace(f"://{HIDDEN}@", "://")


@dataclass(frozen=True, slots=True)
class Channel:
    """通道, with the device that delivers it and the spot that it looks at today."""

    id: ChannelId
    name: str
    device: Device
    place: Place
    spot: Spot
    demonstration: bool
    created_us: int
    retired_us: int | None
    merged_into: ChannelId | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """A device delivered a channel's picture from a time until another (None: it still does)."""

    device: Device
    from_us: int
    until_us: int | None


@dataclass(frozen=True, slots=True)
class Looked:
    """A channel looked at a spot from a time until another (None: it still does)."""

    spot: Spot
    place: Place
    from_us: int
    until_us: int | None


@dataclass(frozen=True, slots=True)
class History:
    """What a channel was: its devices and its spots, oldest first, and channels that turned out to be the same camera.

    Footage of those stays under their own ids.
    """

    devices: tuple[Delivered, ...]
    spots: tuple[Looked, ...]
    merged: tuple[Channel, ...]


class EntryKind(Enum):
    """What the tree and the list hold; numbers are stored, and put the list in order."""

    ORGANISATION = 1
    PLACE = 2
    SPOT = 3
    CHANNEL = 4

    @property
    def code(self) -> str:
        return self.name.lower()

    @classmethod
    def coded(cls, code: str) -> Self:
        """Raises KeyError."""
        return cls[code.upper()]


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One line of a list or of the tree. `channels` are those below that the asker may see, where they were counted."""

    kind: EntryKind
    id: UUID
    name: str
    region_code: str
    place_id: PlaceId | None = None
    parent_id: UUID | None = None
    above: tuple[str, ...] = ()
    channels: int | None = None
    opens: bool = False


@dataclass(frozen=True, slots=True)
class TerritoryEntry:
    """A division that holds something, with how many channels."""

    code: str
    channels: int


@dataclass(frozen=True, slots=True)
class Branch:
    """What is directly below one node of the tree; `next` is where the following page begins, or None."""

    territories: tuple[TerritoryEntry, ...]
    entries: tuple[ListEntry, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list or of a search; `next` is where the following page begins, or None."""

    entries: tuple[ListEntry, ...]
    next: str | None
