"""Add, change and retire what is installed. Every change is recorded in the same transaction."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.kernel.clock import SHANGHAI, to_datetime
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, DeviceId, PlaceId, SpotId, new_id
from mingjian.law.engine import require
from mingjian.law.model import Act, Facts
from mingjian.registry import store
from mingjian.registry.errors import (
    CHANNEL_RETIRED,
    CHANNEL_UNKNOWN,
    DEVICE_KNOWN,
    PLACE_UNKNOWN,
    REGION_UNKNOWN,
)
from mingjian.registry.model import Channel, Device, NewPlace, Place, Spot, TransportChoice, shown_address
from mingjian.registry.regions import REGIONS
from mingjian.registry.vault import Secret, Vault
from mingjian.storage.engine import Transaction


def channels(tx: Transaction, *, with_retired: bool = False) -> list[Channel]:
    """Every channel, oldest first."""
    return store.channels(tx, with_retired=with_retired)


def channel(tx: Transaction, channel_id: UUID) -> Channel:
    """One channel, retired or not. Raises MingjianError CHANNEL_UNKNOWN."""
    found = store.channel(tx, channel_id)
    if found is None:
        raise MingjianError(CHANNEL_UNKNOWN)
    return found


def lock_channels(tx: Transaction, channel_ids: Iterable[ChannelId] | None) -> None:
    """Hold these channels (None: all) until `tx` ends: who decides about their footage decides one after the other.

    On SQLite writers do so anyway.
    """
    store.lock(tx, channel_ids)


def places(tx: Transaction) -> list[Place]:
    return store.places(tx)


def credentials(channel: Channel, vault: Vault) -> Secret | None:
    """The secret of the channel's device, opened. Raises MingjianError VAULT_KEY_WRONG."""
    device = channel.device
    return vault.open(device.credentials, device.id) if device.credentials else None


def add_channel(
    tx: Transaction,
    *,
    name: str,
    address: str,
    secret: Secret | None,
    place: PlaceId | NewPlace,
    spot_name: str,
    vault: Vault,
    by: Actor,
    now_us: int,
    demonstration: bool = False,
    transport: TransportChoice = "auto",
    sub_address: str | None = None,
) -> Channel:
    """Register one picture of one device at a spot.

    Raises MingjianError DEVICE_KNOWN when a channel in use has this address, PLACE_UNKNOWN, REGION_UNKNOWN,
    or law.errors.FORBIDDEN when an installed text forbids a camera there.
    """
    known = store.channel_at(tx, address)
    if known is not None:
        raise MingjianError(DEVICE_KNOWN, name=known.name)
    where = _place(tx, place, by, now_us)
    require(Act.INSTALL, Facts(to_datetime(now_us).astimezone(SHANGHAI).date(), where.region_code))
    device_id = DeviceId(new_id(now_us))
    added = Channel(
        ChannelId(new_id(now_us)),
        name,
        Device(device_id, address, vault.seal(secret, device_id) if secret else None, transport, sub_address),
        where,
        Spot(SpotId(new_id(now_us)), where.id, spot_name),
        demonstration,
        now_us,
        None,
    )
    store.add_channel(tx, added)
    detail: dict[str, JSON] = {
        "name": name,
        "address": shown_address(address),
        "place": where.name,
        "spot": spot_name,
    }
    if (transport, sub_address) != ("auto", None):
        detail |= _streams(added.device)
    audit.record(tx, Entry(Action.CHANNEL_ADDED, by, "channel", str(added.id), detail, now_us))
    return added


def rename(tx: Transaction, channel_id: UUID, name: str, *, by: Actor, now_us: int) -> Channel:
    """Raises MingjianError CHANNEL_UNKNOWN or CHANNEL_RETIRED."""
    before = _in_use(tx, channel_id)
    store.rename(tx, before.id, name)
    detail: dict[str, JSON] = {"name": name, "before": before.name}
    audit.record(tx, Entry(Action.CHANNEL_CHANGED, by, "channel", str(before.id), detail, now_us))
    return replace(before, name=name)


def move_device(tx: Transaction, channel_id: UUID, address: str, *, by: Actor, now_us: int) -> None:
    """The device of a channel answers at another address. Raises MingjianError CHANNEL_UNKNOWN or CHANNEL_RETIRED."""
    before = _in_use(tx, channel_id)
    if before.device.address == address:
        return
    store.move_device(tx, before.device.id, address)
    detail: dict[str, JSON] = {
        "name": before.name,
        "address": shown_address(address),
        "before": shown_address(before.device.address),
    }
    audit.record(tx, Entry(Action.CHANNEL_CHANGED, by, "channel", str(before.id), detail, now_us))


def set_streams(
    tx: Transaction,
    channel_id: UUID,
    *,
    transport: TransportChoice,
    sub_address: str | None,
    by: Actor,
    now_us: int,
) -> Channel:
    """How the streams of a channel's device are asked for, and where its small one is (None: it has none).

    Raises MingjianError CHANNEL_UNKNOWN or CHANNEL_RETIRED.
    """
    before = _in_use(tx, channel_id)
    after = replace(before, device=replace(before.device, transport=transport, sub_address=sub_address))
    store.set_streams(tx, after.device)
    detail: dict[str, JSON] = {
        "name": before.name,
        **_streams(after.device),
        "before": _streams(before.device),
    }
    audit.record(tx, Entry(Action.CHANNEL_CHANGED, by, "channel", str(before.id), detail, now_us))
    return after


def _streams(device: Device) -> dict[str, JSON]:
    shown = shown_address(device.sub_address) if device.sub_address else None
    return {"transport": device.transport, "sub_address": shown}


def set_onvif_address(tx: Transaction, channel_id: UUID, address: str | None, *, by: Actor, now_us: int) -> None:
    """Where the device of a channel answers ONVIF; None: nowhere. Raises MingjianError CHANNEL_UNKNOWN or
    CHANNEL_RETIRED.
    """
    before = _in_use(tx, channel_id)
    if before.device.onvif_address == address:
        return
    store.set_onvif_address(tx, before.device.id, address)
    detail: dict[str, JSON] = {
        "name": before.name,
        "onvif_address": shown_address(address) if address else None,
        "before": shown_address(before.device.onvif_address) if before.device.onvif_address else None,
    }
    audit.record(tx, Entry(Action.CHANNEL_CHANGED, by, "channel", str(before.id), detail, now_us))


def retire(tx: Transaction, channel_id: UUID, *, by: Actor, now_us: int) -> None:
    """Stop recording for good; footage and history stay. Raises MingjianError CHANNEL_UNKNOWN or CHANNEL_RETIRED."""
    before = _in_use(tx, channel_id)
    store.retire(tx, [before.id], now_us)
    audit.record(tx, Entry(Action.CHANNEL_RETIRED, by, "channel", str(before.id), {"name": before.name}, now_us))


def _in_use(tx: Transaction, channel_id: UUID) -> Channel:
    found = channel(tx, channel_id)
    if found.retired_us is not None:
        raise MingjianError(CHANNEL_RETIRED)
    return found


def _place(tx: Transaction, place: PlaceId | NewPlace, by: Actor, now_us: int) -> Place:
    if not isinstance(place, NewPlace):
        found = store.place(tx, place)
        if found is None:
            raise MingjianError(PLACE_UNKNOWN)
        return found
    if place.region_code not in REGIONS:
        raise MingjianError(REGION_UNKNOWN, code=place.region_code[:12])
    added = Place(
        PlaceId(new_id(now_us)), place.name, place.address, place.region_code, place.longitude, place.latitude
    )
    store.add_place(tx, added)
    detail: dict[str, JSON] = {"name": place.name, "region_code": place.region_code}
    audit.record(tx, Entry(Action.PLACE_ADDED, by, "place", str(added.id), detail, now_us))
    return added
