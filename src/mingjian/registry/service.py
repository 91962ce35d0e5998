"""Cameras: add, change, replace, move, merge and retire them. Every change is recorded in the same transaction."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.identity.scopes import Target
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, DeviceId, PlaceId, SpotId, new_id
from mingjian.registry import directory, gates, kinds, organisations, places, rows, store, systems
from mingjian.registry.errors import (
    CAMERA_KNOWN,
    CHANNEL_RETIRED,
    CHANNEL_UNKNOWN,
    DEVICE_KNOWN,
    NOT_THE_SAME_CAMERA,
    SAME_CHANNEL,
)
from mingjian.registry.model import (
    UNCLASSIFIED,
    Channel,
    Delivered,
    Device,
    History,
    Identity,
    Looked,
    NewPlace,
    Place,
    Reasoned,
    Spot,
    SpotView,
    TransportChoice,
    line_of,
    shown_address,
)
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


def channels_of(tx: Transaction, channel_ids: Collection[UUID]) -> list[Channel]:
    """Those of these channels that there are, retired or not, in no order."""
    return store.channels_of(tx, channel_ids)


def count(tx: Transaction) -> int:
    """How many channels are in use."""
    return store.count(tx)


def lock_channels(tx: Transaction, channel_ids: Iterable[ChannelId] | None) -> None:
    """Hold these channels (None: all) until `tx` ends: who decides about their footage decides one after the other.

    On SQLite writers do so anyway.
    """
    store.lock(tx, channel_ids)


def all_places(tx: Transaction) -> list[Place]:
    """Every place, by division and name."""
    return store.places(tx)


def rebuild_directory(tx: Transaction) -> int:
    """Make the directory anew from the tables; returns how many entries it has."""
    return directory.rebuild(tx)


def target(tx: Transaction, channel_id: UUID) -> Target:
    """What a request about this channel is about, by one query. Raises MingjianError CHANNEL_UNKNOWN."""
    found = targets(tx, [channel_id])
    if channel_id not in found:
        raise MingjianError(CHANNEL_UNKNOWN)
    return found[channel_id]


def targets(tx: Transaction, channel_ids: Collection[UUID]) -> Mapping[UUID, Target]:
    """The same for many, those that there are; retired channels too, for their footage is still asked for."""
    return {
        row.id: Target(row.region_code, line_of(row.path), row.place_id, row.id)
        for some in directory.batches(channel_ids)
        for row in store.owners(tx, some)
    }


def names_within(
    tx: Transaction, *, place_id: UUID | None = None, organisation_id: UUID | None = None
) -> dict[UUID, str]:
    """Names of channels in use at a place, of an organisation and all below it, or everywhere; oldest first."""
    path = organisations.organisation(tx, organisation_id).path if organisation_id is not None else ""
    return store.names_within(tx, place_id, path)


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
    spot_kind: str = UNCLASSIFIED,
    decision: Reasoned | None = None,
    identity: Identity | None = None,
) -> Channel:
    """Register one picture of one device at a spot of its own, or at one that is there with this name.

    Raises MingjianError DEVICE_KNOWN when a channel in use has this address, CAMERA_KNOWN when one has this serial
    number or hardware id, PLACE_UNKNOWN, REGION_UNKNOWN, SPOT_KIND_UNKNOWN, or law.errors.FORBIDDEN when an installed
    text forbids a camera there.
    """
    refuse_known(tx, address, identity or Identity())
    where = _place(tx, place, by, now_us)
    spot = _spot(tx, where, spot_name, spot_kind, now_us)
    gates.ask_to_connect(tx, where, address, now_us)
    device = _device(DeviceId(new_id(now_us)), address, secret, vault, transport, sub_address, identity)
    added = Channel(ChannelId(new_id(now_us)), name, device, where, spot, demonstration, now_us, None)
    store.add_channel(tx, added, with_spot=rows.spot(tx, spot.id) is None)
    rows.begin_history(tx, [(added.id, device.id, spot.id, now_us)])
    directory.refresh_spots(tx, [spot.id])
    gates.ask_to_look(tx, where, spot, now_us, gates.Signed(decision, by) if decision else None)
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


def foresee_cameras(
    tx: Transaction, place_id: UUID, spot_name: str, spot_kind: str, *, decided: bool, now_us: int
) -> None:
    """Refuse cameras at this spot of a place before they are tested, where `add_channel` would refuse each.

    Raises MingjianError PLACE_UNKNOWN, SPOT_KIND_UNKNOWN, law.errors.FORBIDDEN, or LAW_REVIEW_NEEDED unless `decided`.
    """
    where = places.place(tx, place_id)
    gates.foresee(tx, where, _spot(tx, where, spot_name, spot_kind, now_us), now_us, decided=decided)


def rename(tx: Transaction, channel_id: UUID, name: str, *, by: Actor, now_us: int) -> Channel:
    """Raises MingjianError CHANNEL_UNKNOWN or CHANNEL_RETIRED."""
    before = _in_use(tx, channel_id)
    store.rename(tx, before.id, name)
    directory.refresh_channels(tx, [before.id])
    detail: dict[str, JSON] = {"name": name, "before": before.name}
    audit.record(tx, Entry(Action.CHANNEL_CHANGED, by, "channel", str(before.id), detail, now_us))
    return replace(before, name=name)


def move_device(tx: Transaction, channel_id: UUID, address: str, *, by: Actor, now_us: int) -> None:
    """The device of a channel answers at another address. Raises MingjianError CHANNEL_UNKNOWN or CHANNEL_RETIRED."""
    before = _in_use(tx, channel_id)
    if before.device.address == address:
        return
    store.move_device(tx, before.device.id, address)
    directory.refresh_channels(tx, [before.id])
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
    rows.end_history(tx, before.id, now_us)
    directory.refresh_channels(tx, [before.id])
    audit.record(tx, Entry(Action.CHANNEL_RETIRED, by, "channel", str(before.id), {"name": before.name}, now_us))


def replace_device(
    tx: Transaction,
    channel_id: UUID,
    *,
    address: str,
    secret: Secret | None,
    vault: Vault,
    by: Actor,
    now_us: int,
    transport: TransportChoice = "auto",
    sub_address: str | None = None,
    identity: Identity | None = None,
) -> Channel:
    """Another camera delivers the channel's picture from now on; name, spot and footage stay.

    Raises MingjianError CHANNEL_UNKNOWN, CHANNEL_RETIRED, or DEVICE_KNOWN or CAMERA_KNOWN when it delivers another
    channel.
    """
    before = _in_use(tx, channel_id)
    refuse_known(tx, address, identity or Identity(), but=before.id)
    device = _device(DeviceId(new_id(now_us)), address, secret, vault, transport, sub_address, identity)
    device = replace(device, system_id=before.device.system_id)
    store.add_device(tx, device)
    rows.next_device(tx, before.id, device.id, now_us)
    directory.refresh_channels(tx, [before.id])
    detail: dict[str, JSON] = {
        "name": before.name,
        "address": shown_address(address),
        "before": shown_address(before.device.address),
        **_identity_words(device),
    }
    audit.record(tx, Entry(Action.DEVICE_REPLACED, by, "channel", str(before.id), detail, now_us))
    return replace(before, device=device)


def set_identity(tx: Transaction, channel_id: UUID, identity: Identity, *, by: Actor, now_us: int) -> Channel:
    """What the channel's device says of itself. Raises MingjianError CHANNEL_UNKNOWN or CHANNEL_RETIRED."""
    before = _in_use(tx, channel_id)
    rows.set_identity(tx, before.device.id, identity)
    directory.refresh_channels(tx, [before.id])
    after = channel(tx, channel_id)
    detail: dict[str, JSON] = {"name": before.name, **_identity_words(after.device)}
    audit.record(tx, Entry(Action.DEVICE_IDENTIFIED, by, "channel", str(before.id), detail, now_us))
    return after


def move_to_spot(
    tx: Transaction, channel_id: UUID, spot_id: UUID, *, decision: Reasoned | None = None, by: Actor, now_us: int
) -> Channel:
    """The channel looks at another spot from now on; the law is asked as for a new camera there.

    Raises MingjianError CHANNEL_UNKNOWN, CHANNEL_RETIRED, SPOT_UNKNOWN, LAW_REVIEW_NEEDED unless a `decision` is given,
    or law.errors.FORBIDDEN.
    """
    before = _in_use(tx, channel_id)
    spot = places.spot(tx, spot_id)
    where = places.place(tx, spot.place_id)
    gates.ask_to_look(tx, where, spot, now_us, gates.Signed(decision, by) if decision else None)
    if spot.id != before.spot.id:
        rows.next_spot(tx, before.id, spot.id, now_us)
    directory.refresh_channels(tx, [before.id])
    detail: dict[str, JSON] = {
        "name": before.name,
        "spot": spot.name,
        "place": where.name,
        "before": f"{before.place.name} {before.spot.name}",
    }
    audit.record(tx, Entry(Action.CHANNEL_MOVED, by, "channel", str(before.id), detail, now_us))
    return replace(before, spot=spot, place=where)


def put_into_system(tx: Transaction, channel_id: UUID, system_id: UUID | None, *, by: Actor, now_us: int) -> Channel:
    """The channel's device belongs to this system (None: to none), with every channel that it has.

    Raises MingjianError CHANNEL_UNKNOWN, CHANNEL_RETIRED or SYSTEM_UNKNOWN.
    """
    before = _in_use(tx, channel_id)
    system = systems.system(tx, system_id) if system_id is not None else None
    rows.put_into_system(tx, before.device.id, system.id if system else None)
    directory.refresh_channels(tx, store.channels_of_device(tx, before.device.id))
    detail: dict[str, JSON] = {"name": before.name, "system": system.name if system else None}
    audit.record(tx, Entry(Action.CHANNEL_CHANGED, by, "channel", str(before.id), detail, now_us))
    return channel(tx, channel_id)


def same_cameras(tx: Transaction, of: Channel) -> list[Channel]:
    """Other channels in use that look like the same camera, oldest first."""
    ids = rows.channels_with_identity(tx, _identity_of(of.device))
    ids += store.channels_at(tx, of.device.address)
    return [channel(tx, one) for one in dict.fromkeys(ids) if one != of.id]


def merge(tx: Transaction, channel_id: UUID, into: UUID, *, by: Actor, now_us: int) -> Channel:
    """One camera was met twice: the channel `into` goes on, the other one is over and belongs to its history.

    No footage moves: what the other one recorded stays under its own id, is found from the history of `into`, and
    keeps its terms and holds.

    Raises MingjianError CHANNEL_UNKNOWN, SAME_CHANNEL, or NOT_THE_SAME_CAMERA when neither serial number nor
    hardware id nor address was ever the same.
    """
    other, kept = channel(tx, channel_id), channel(tx, into)
    if other.id == kept.id or kept.retired_us is not None or other.merged_into is not None:
        raise MingjianError(SAME_CHANNEL)
    if not _were_one(_devices_of(tx, other.id), _devices_of(tx, kept.id)):
        raise MingjianError(NOT_THE_SAME_CAMERA)
    rows.merge(tx, other.id, kept.id, now_us)
    rows.end_history(tx, other.id, now_us)
    directory.refresh_channels(tx, [other.id])
    detail: dict[str, JSON] = {"name": kept.name, "merged": other.name, "merged_id": str(other.id)}
    audit.record(tx, Entry(Action.CHANNEL_MERGED, by, "channel", str(kept.id), detail, now_us))
    return kept


def history(tx: Transaction, channel_id: UUID) -> History:
    """What a channel was. Raises MingjianError CHANNEL_UNKNOWN."""
    found = channel(tx, channel_id)
    spots = [Looked(spot, place, since, until) for spot, place, since, until in rows.spot_history(tx, found.id)]
    return History(tuple(_delivered(tx, found.id)), tuple(spots), tuple(store.merged_into(tx, found.id)))


def _delivered(tx: Transaction, channel_id: UUID) -> list[Delivered]:
    return [Delivered(store.device_of(row), row.from_us, row.until_us) for row in rows.device_history(tx, channel_id)]


def _devices_of(tx: Transaction, channel_id: UUID) -> list[Device]:
    return [one.device for one in _delivered(tx, channel_id)]


def _were_one(some: Iterable[Device], others: Iterable[Device]) -> bool:
    marks = set().union(*(_marks(one) for one in some))
    return not marks.isdisjoint(set().union(*(_marks(one) for one in others)))


def _marks(device: Device) -> set[tuple[str, ...]]:
    """By what a camera is known again. A serial number is unique with its maker only."""
    found: set[tuple[str, ...]] = {("address", device.address)}
    if device.serial:
        found.add(("serial", device.maker, device.serial))
    if device.hardware_id:
        found.add(("hardware", device.hardware_id))
    return found


def refuse_known(tx: Transaction, address: str, identity: Identity, but: UUID | None = None) -> None:
    """Raises MingjianError DEVICE_KNOWN or CAMERA_KNOWN when a channel in use, other than `but`, is this camera."""
    known = store.channel_at(tx, address)
    if known is not None and known.id != but:
        raise MingjianError(DEVICE_KNOWN, name=known.name)
    for one in rows.channels_with_identity(tx, identity):
        if one != but:
            raise MingjianError(CAMERA_KNOWN, name=channel(tx, one).name)


def _device(
    device_id: DeviceId,
    address: str,
    secret: Secret | None,
    vault: Vault,
    transport: TransportChoice,
    sub_address: str | None,
    identity: Identity | None,
) -> Device:
    said = identity or Identity()
    return Device(
        device_id,
        address,
        vault.seal(secret, device_id) if secret else None,
        transport,
        sub_address,
        maker=said.maker,
        model=said.model,
        serial=said.serial,
        hardware_id=said.hardware_id,
    )


def _identity_of(device: Device) -> Identity:
    return Identity(device.maker, device.model, device.serial, device.hardware_id)


def _identity_words(device: Device) -> dict[str, JSON]:
    said = {"maker": device.maker, "model": device.model, "serial": device.serial, "hardware_id": device.hardware_id}
    return {name: text for name, text in said.items() if text}


def _in_use(tx: Transaction, channel_id: UUID) -> Channel:
    found = channel(tx, channel_id)
    if found.retired_us is not None:
        raise MingjianError(CHANNEL_RETIRED)
    return found


def _place(tx: Transaction, place: PlaceId | NewPlace, by: Actor, now_us: int) -> Place:
    return places.add(tx, place, by=by, now_us=now_us) if isinstance(place, NewPlace) else places.place(tx, place)


def _spot(tx: Transaction, where: Place, name: str, kind: str, now_us: int) -> Spot:
    """The place's spot of this name and kind, or a new one that is not stored yet."""
    for known in rows.spots_of_place(tx, where.id):
        if (known.name, known.kind) == (name, kinds.checked(kind)):
            return known
    return Spot(SpotId(new_id(now_us)), where.id, name, kinds.checked(kind), SpotView())
