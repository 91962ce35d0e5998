"""Rows of cameras and places."""

from collections.abc import Iterable, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, insert, select, update

from mingjian.kernel.ids import ChannelId, DeviceId, PlaceId, SpotId
from mingjian.registry.model import Channel, Device, Place, Spot
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
    SPOT.c.place_id,
    SPOT.c.name.label("spot_name"),
    SPOT.c.kind,
    PLACE.c.name.label("place_name"),
    PLACE.c.address.label("place_address"),
    PLACE.c.region_code,
    PLACE.c.longitude,
    PLACE.c.latitude,
)


def channels(tx: Transaction, *, with_retired: bool) -> list[Channel]:
    query = _channels().order_by(CHANNEL.c.created_us, CHANNEL.c.id)
    if not with_retired:
        query = query.where(CHANNEL.c.retired_us.is_(None))
    return [_channel(row) for row in tx.execute(query)]


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
    return Channel(
        ChannelId(row.id),
        row.name,
        Device(
            DeviceId(row.device_id),
            row.address,
            Sealed(row.credentials) if row.credentials else None,
            row.transport,
            row.sub_address,
            row.onvif_address,
        ),
        Place(
            PlaceId(row.place_id),
            row.place_name,
            row.place_address,
            row.region_code,
            row.longitude,
            row.latitude,
        ),
        Spot(SpotId(row.spot_id), PlaceId(row.place_id), row.spot_name, row.kind),
        row.demonstration,
        row.created_us,
        row.retired_us,
    )


def places(tx: Transaction) -> list[Place]:
    return [_place(row) for row in tx.execute(select(PLACE).order_by(PLACE.c.region_code, PLACE.c.name))]


def place(tx: Transaction, place_id: UUID) -> Place | None:
    row = tx.execute(select(PLACE).where(PLACE.c.id == place_id)).one_or_none()
    return _place(row) if row else None


def _place(row: Row[Any]) -> Place:
    return Place(PlaceId(row.id), row.name, row.address, row.region_code, row.longitude, row.latitude)


def add_place(tx: Transaction, added: Place) -> None:
    tx.execute(
        insert(PLACE),
        {
            "id": added.id,
            "name": added.name,
            "address": added.address,
            "region_code": added.region_code,
            "longitude": added.longitude,
            "latitude": added.latitude,
        },
    )


def add_channel(tx: Transaction, added: Channel) -> None:
    device, spot = added.device, added.spot
    tx.execute(insert(SPOT), {"id": spot.id, "place_id": spot.place_id, "name": spot.name, "kind": spot.kind})
    tx.execute(
        insert(DEVICE),
        {
            "id": device.id,
            "address": device.address,
            "credentials": device.credentials,
            "transport": device.transport,
            "sub_address": device.sub_address,
            "onvif_address": device.onvif_address,
        },
    )
    tx.execute(
        insert(CHANNEL),
        {
            "id": added.id,
            "device_id": device.id,
            "spot_id": spot.id,
            "name": added.name,
            "demonstration": added.demonstration,
            "created_us": added.created_us,
            "retired_us": None,
        },
    )


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
