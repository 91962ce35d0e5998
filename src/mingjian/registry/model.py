"""What is installed where. A place is an address, a spot is where a camera looks, a channel is one picture."""

from dataclasses import dataclass
from typing import Literal

from mingjian.kernel.ids import ChannelId, DeviceId, PlaceId, SpotId
from mingjian.kernel.redaction import HIDDEN, redact_text
from mingjian.registry.vault import Sealed

TransportChoice = Literal["auto", "tcp", "udp"]
"""How a stream is asked for: `auto` is TCP, and UDP where the camera refuses that."""


@dataclass(frozen=True, slots=True)
class Place:
    """场所. `region_code` is GB/T 2260; position in degrees of WGS-84, or None."""

    id: PlaceId
    name: str
    address: str
    region_code: str
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class Spot:
    """部位. `kind` is a code of the taxonomy of spots, `unclassified` until somebody says what it is."""

    id: SpotId
    place_id: PlaceId
    name: str
    kind: str = "unclassified"


@dataclass(frozen=True, slots=True)
class Device:
    """设备. `address` holds no credentials; they are sealed with a key outside the database.

    `transport` is how its streams are asked for; `sub_address` where its small stream is, opened with the same secret;
    `onvif_address` where it answers ONVIF.
    """

    id: DeviceId
    address: str
    credentials: Sealed | None
    transport: TransportChoice = "auto"
    sub_address: str | None = None
    onvif_address: str | None = None


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


@dataclass(frozen=True, slots=True)
class NewPlace:
    name: str
    address: str
    region_code: str
    longitude: float | None = None
    latitude: float | None = None
