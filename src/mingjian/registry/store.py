"""Rows of cameras and places."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Column, ColumnElement, Row, Select, func, insert, select, update

from mingjian.kernel.ids import ChannelId, DeviceId, OrganisationId, PlaceId, SpotId, SystemId
from mingjian.registry import directory
from mingjian.registry.coordinates import Position
from mingjian.registry.model import Channel, Device, Place, Spot, SpotView
from mingjian.registry.rows import add_spots, place_of
from mingjian.registry.tables import CHANNEL, DEVICE, PLACE, SPOT
from mingjian.registry.vault import Sealed
from mingjian.storage.engine import Transaction

_EVERYTHING: Final = (
    CHANNEL,
    DEVICE.c.address,
    DEVICE.c.credentials,
    DEVICE.c.transport,
    DEVICE.c.sub_address,
    DEVICE.c.onvif_address,
    DEVICE.c.system_id,
    DEVICE.c.maker,
    DEVICE.c.model,
    DEVICE.c.serial,
    DEVICE.c.hardware_id,
    SPOT.c.place_id,
    SPOT.c.name.label("spot_name"),
    SPOT.c.kind,
    SPOT.c.longitude.label("spot_longitude"),
    SPOT.c.latitude.label("spot_latitude"),
    SPOT.c.direction_deg,
    SPOT.c.field_deg,
    SPOT.c.range_m,
    PLACE.c.name.label("place_name"),
    PLACE.c.address.label("place_address"),
    PLACE.c.region_code,
    PLACE.c.longitude,
    PLACE.c.latitude,
    PLACE.c.organisation_id,
    PLACE.c.kinds,
)


def channels(tx: Transaction, *, with_retired: bool) -> list[Channel]:
    query = _channels().order_by(CHANNEL.c.created_us, CHANNEL.c.id)
    if not with_retired:
        query = query.where(CHANNEL.c.retired_us.is_(None))
    return [_channel(row) for row in tx.execute(query)]


def channels_where(tx: Transaction, where: ColumnElement[bool]) -> list[Channel]:
    return [_channel(row) for row in tx.execute(_channels().where(where))]


def channels_of(tx: Transaction, ids: Collection[UUID]) -> list[Channel]:
    """Those of these ids that there are, in no order."""
    return [one for some in directory.batches(ids) for one in channels_where(tx, CHANNEL.c.id.in_(some))]


def channel(tx: Transaction, channel_id: UUID) -> Channel | None:
    row = tx.execute(_channels().where(CHANNEL.c.id == channel_id)).one_or_none()
    return _channel(row) if row else None


def lock(tx: Transaction, channel_ids: Iterable[ChannelId] | None) -> None:
    """Lock rows of channels, all when None, always in the same order."""
    query = select(CHANNEL.c.id).order_by(CHANNEL.c.id).with_for_update(key_share=True)
    if channel_ids is not None:
        query = query.where(CHANNEL.c.id.in_(list(channel_ids)))
    tx.execute(query).all()


def channel_at(tx: Transaction, address: str) -> Channel | None:
    """The channel in use whose device has this address."""
    query = _channels().where(DEVICE.c.address == address, CHANNEL.c.retired_us.is_(None)).limit(1)
    row = tx.execute(query).one_or_none()
    return _channel(row) if row else None


def _channels() -> Select[Any]:
    return select(*_EVERYTHING).join_from(CHANNEL, DEVICE).join(SPOT, CHANNEL.c.spot_id == SPOT.c.id).join(PLACE)


def _channel(row: Row[Any]) -> Channel:
    place = Place(
        PlaceId(row.place_id),
        row.place_name,
        row.place_address,
        row.region_code,
        row.longitude,
        row.latitude,
        OrganisationId(row.organisation_id) if row.organisation_id else None,
        tuple(row.kinds.split()),
    )
    known = row.spot_longitude is not None and row.spot_latitude is not None
    position = Position(row.spot_longitude, row.spot_latitude) if known else None
    view = SpotView(position, row.direction_deg, row.field_deg, row.range_m)
    return Channel(
        ChannelId(row.id),
        row.name,
        _device(row, row.device_id),
        place,
        Spot(SpotId(row.spot_id), place.id, row.spot_name, row.kind, view),
        row.demonstration,
        row.created_us,
        row.retired_us,
        ChannelId(row.merged_into) if row.merged_into else None,
    )


def device_of(row: Any) -> Device:
    """A row of the table of devices."""
    return _device(row, row.id)


def _device(row: Any, device_id: UUID) -> Device:
    return Device(
        DeviceId(device_id),
        row.address,
        Sealed(row.credentials) if row.credentials else None,
        row.transport,
        row.sub_address,
        row.onvif_address,
        SystemId(row.system_id) if row.system_id else None,
        row.maker,
        row.model,
        row.serial,
        row.hardware_id,
    )


def owners(tx: Transaction, channel_ids: Sequence[UUID]) -> Sequence[Row[Any]]:
    """Of each channel: division, place, and the path of its owner."""
    query = directory.owned_channels(CHANNEL.c.id, PLACE.c.region_code, SPOT.c.place_id)
    return tx.execute(query.where(CHANNEL.c.id.in_(channel_ids))).all()


def names_within(tx: Transaction, place_id: UUID | None, path: str) -> dict[UUID, str]:
    """Names of channels in use at a place, or below the path of an organisation; of all without either."""
    query = directory.owned_channels(CHANNEL.c.id, CHANNEL.c.name).where(CHANNEL.c.retired_us.is_(None))
    if place_id is not None:
        query = query.where(SPOT.c.place_id == place_id)
    rows = tx.execute(query.order_by(CHANNEL.c.created_us, CHANNEL.c.id))
    return {row.id: row.name for row in rows if row.path.startswith(path)}


def channels_at(tx: Transaction, address: str) -> list[ChannelId]:
    """Channels in use whose device has this address."""
    query = select(CHANNEL.c.id).join(DEVICE, CHANNEL.c.device_id == DEVICE.c.id)
    found = tx.execute(query.where(DEVICE.c.address == address, CHANNEL.c.retired_us.is_(None)))
    return [ChannelId(one) for one in found.scalars()]


def names_at(tx: Transaction, addresses: Collection[str]) -> dict[str, str]:
    """The names of channels in use by the addresses of their devices, for those of these that are known."""
    return {row.address: row.name for row in _devices_where(tx, DEVICE.c.address, addresses)}


def names_of_serials(tx: Transaction, serials: Collection[str]) -> dict[tuple[str, str], str]:
    """The same by maker and serial number."""
    found = _devices_where(tx, DEVICE.c.serial, {one for one in serials if one})
    return {(row.maker, row.serial): row.name for row in found}


def _devices_where(tx: Transaction, column: Column[Any], values: Collection[str]) -> Iterator[Row[Any]]:
    query = select(CHANNEL.c.name, DEVICE.c.address, DEVICE.c.maker, DEVICE.c.serial)
    query = query.join(DEVICE, CHANNEL.c.device_id == DEVICE.c.id).where(CHANNEL.c.retired_us.is_(None))
    for some in directory.batches(values):
        yield from tx.execute(query.where(column.in_(some)))


def channels_of_device(tx: Transaction, device_id: DeviceId) -> list[ChannelId]:
    found = tx.execute(select(CHANNEL.c.id).where(CHANNEL.c.device_id == device_id))
    return [ChannelId(one) for one in found.scalars()]


def merged_into(tx: Transaction, channel_id: ChannelId) -> list[Channel]:
    query = _channels().where(CHANNEL.c.merged_into == channel_id).order_by(CHANNEL.c.created_us)
    return [_channel(row) for row in tx.execute(query)]


def places(tx: Transaction) -> list[Place]:
    return [place_of(row) for row in tx.execute(select(PLACE).order_by(PLACE.c.region_code, PLACE.c.name))]


def places_of(tx: Transaction, ids: Collection[UUID]) -> list[Place]:
    """Those of these ids that there are, in no order."""
    query = select(PLACE)
    return [place_of(row) for some in directory.batches(ids) for row in tx.execute(query.where(PLACE.c.id.in_(some)))]


def count(tx: Transaction) -> int:
    """How many channels are in use."""
    return int(tx.execute(select(func.count()).where(CHANNEL.c.retired_us.is_(None))).scalar_one())


def add_channel(tx: Transaction, added: Channel, *, with_spot: bool) -> None:
    add_channels(tx, [added], [added.spot] if with_spot else [])


def add_channels(tx: Transaction, added: Sequence[Channel], with_spots: Sequence[Spot]) -> None:
    add_spots(tx, with_spots)
    tx.execute(insert(DEVICE), [_device_values(one.device) for one in added])
    tx.execute(insert(CHANNEL), [_channel_values(one) for one in added])


def add_device(tx: Transaction, added: Device) -> None:
    tx.execute(insert(DEVICE), _device_values(added))


def _device_values(device: Device) -> dict[str, Any]:
    names = (
        "id", "address", "credentials", "transport", "sub_address", "onvif_address", "system_id", "maker", "model",
        "serial", "hardware_id",
    )  # fmt: skip
    return {name: getattr(device, name) for name in names}


def _channel_values(added: Channel) -> dict[str, Any]:
    return {
        "id": added.id,
        "device_id": added.device.id,
        "spot_id": added.spot.id,
        "name": added.name,
        "demonstration": added.demonstration,
        "created_us": added.created_us,
        "retired_us": None,
    }


def rename(tx: Transaction, channel_id: ChannelId, name: str) -> None:
    tx.execute(update(CHANNEL).where(CHANNEL.c.id == channel_id).values(name=name))


def move_device(tx: Transaction, device_id: DeviceId, address: str) -> None:
    tx.execute(update(DEVICE).where(DEVICE.c.id == device_id).values(address=address))


def set_streams(tx: Transaction, device: Device) -> None:
    values = {"transport": device.transport, "sub_address": device.sub_address}
    tx.execute(update(DEVICE).where(DEVICE.c.id == device.id).values(**values))


def set_onvif_address(tx: Transaction, device_id: DeviceId, address: str | None) -> None:
    tx.execute(update(DEVICE).where(DEVICE.c.id == device_id).values(onvif_address=address))


def retire(tx: Transaction, channel_ids: Sequence[ChannelId], now_us: int) -> None:
    tx.execute(update(CHANNEL).where(CHANNEL.c.id.in_(channel_ids)).values(retired_us=now_us))
