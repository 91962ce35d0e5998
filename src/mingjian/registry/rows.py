"""Rows of organisations, places, spots, signs, systems and histories. Cameras themselves are in `store`."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, insert, or_, select, update

from mingjian.kernel.ids import (
    ChannelId,
    DesignationId,
    DeviceId,
    OrganisationId,
    PlaceId,
    SignId,
    SpotId,
    StatutoryRoleId,
    SystemId,
)
from mingjian.registry.coordinates import Position
from mingjian.registry.directory import batches, between
from mingjian.registry.model import (
    ORGANISATION_KINDS,
    STATUTORY_ROLES,
    Assignment,
    Designation,
    Identity,
    LawDecision,
    NewDesignation,
    Organisation,
    Place,
    Reasoned,
    Sign,
    Spot,
    SpotView,
    System,
)
from mingjian.registry.tables import (
    CHANNEL,
    CHANNEL_DEVICE,
    CHANNEL_SPOT,
    DESIGNATION,
    DEVICE,
    LAW_DECISION,
    ORGANISATION,
    PLACE,
    SIGN,
    SPOT,
    STATUTORY_ROLE,
    SYSTEM,
    SYSTEM_SPOT,
)
from mingjian.storage.engine import Transaction

# Organisations


def organisation(tx: Transaction, organisation_id: UUID) -> Organisation | None:
    row = tx.execute(select(ORGANISATION).where(ORGANISATION.c.id == organisation_id)).one_or_none()
    return _organisation(row) if row else None


def organisations(tx: Transaction, ids: Collection[UUID]) -> Mapping[UUID, Organisation]:
    if not ids:
        return {}
    found = tx.execute(select(ORGANISATION).where(ORGANISATION.c.id.in_(ids)))
    return {row.id: _organisation(row) for row in found}


def all_organisations(tx: Transaction) -> list[Organisation]:
    """Every one in use, those above before those below."""
    query = select(ORGANISATION).where(ORGANISATION.c.retired_us.is_(None)).order_by(ORGANISATION.c.path)
    return [_organisation(row) for row in tx.execute(query)]


def organisation_named(tx: Transaction, name: str, parent_id: UUID | None) -> Organisation | None:
    """The one in use with this name directly below this one."""
    query = select(ORGANISATION).where(
        ORGANISATION.c.name == name,
        ORGANISATION.c.parent_id.is_(None) if parent_id is None else ORGANISATION.c.parent_id == parent_id,
        ORGANISATION.c.retired_us.is_(None),
    )
    row = tx.execute(query.limit(1)).one_or_none()
    return _organisation(row) if row else None


def children(tx: Transaction, organisation_id: UUID) -> Sequence[UUID]:
    return tx.execute(select(ORGANISATION.c.id).where(ORGANISATION.c.parent_id == organisation_id)).scalars().all()


def add_organisations(tx: Transaction, added: Iterable[Organisation]) -> None:
    if values := [{**_values(one), "id": one.id, "created_us": one.created_us, "path": one.path} for one in added]:
        tx.execute(insert(ORGANISATION), values)


def change_organisation(tx: Transaction, after: Organisation) -> None:
    tx.execute(update(ORGANISATION).where(ORGANISATION.c.id == after.id).values(**_values(after)))


def move_paths(tx: Transaction, before: str, after: str) -> None:
    """All paths that begin with `before` begin with `after` instead."""
    moved = after + func.substr(ORGANISATION.c.path, len(before) + 1)
    tx.execute(update(ORGANISATION).where(between(ORGANISATION.c.path, before)).values(path=moved))


def retire_organisation(tx: Transaction, organisation_id: UUID, now_us: int) -> None:
    tx.execute(update(ORGANISATION).where(ORGANISATION.c.id == organisation_id).values(retired_us=now_us))


def belongings(tx: Transaction, organisation_id: UUID) -> int:
    """How many organisations, places and systems in use belong to it directly."""
    below = (
        select(func.count()).where(ORGANISATION.c.parent_id == organisation_id, ORGANISATION.c.retired_us.is_(None)),
        select(func.count()).where(PLACE.c.organisation_id == organisation_id),
        select(func.count()).where(SYSTEM.c.organisation_id == organisation_id, SYSTEM.c.retired_us.is_(None)),
    )
    return sum(int(tx.execute(query).scalar_one()) for query in below)


def levels_below(tx: Transaction, path: str) -> int:
    """How many levels there are from this organisation to the lowest below it, itself included."""
    longest = tx.execute(select(func.max(func.length(ORGANISATION.c.path))).where(between(ORGANISATION.c.path, path)))
    return (int(longest.scalar() or len(path)) - len(path)) // 33 + 1


def _organisation(row: Row[Any]) -> Organisation:
    return Organisation(
        OrganisationId(row.id),
        OrganisationId(row.parent_id) if row.parent_id else None,
        row.name,
        ORGANISATION_KINDS[row.kind],
        row.region_code,
        row.path,
        row.credit_code,
        row.address,
        row.contact,
        row.phone,
        row.created_us,
        row.retired_us,
    )


def _values(one: Organisation) -> dict[str, Any]:
    names = ("parent_id", "name", "region_code", "credit_code", "address", "contact", "phone")
    return {**{name: getattr(one, name) for name in names}, "kind": one.kind.code}


# Statutory roles


def assignment(tx: Transaction, assignment_id: UUID) -> Assignment | None:
    row = tx.execute(select(STATUTORY_ROLE).where(STATUTORY_ROLE.c.id == assignment_id)).one_or_none()
    return _assignment(row) if row else None


def assignments(tx: Transaction, *, place_id: UUID | None, system_id: UUID | None) -> list[Assignment]:
    on = STATUTORY_ROLE.c.place_id == place_id if place_id else STATUTORY_ROLE.c.system_id == system_id
    query = select(STATUTORY_ROLE).where(on).order_by(STATUTORY_ROLE.c.from_us, STATUTORY_ROLE.c.id)
    return [_assignment(row) for row in tx.execute(query)]


def add_assignment(tx: Transaction, given: Assignment) -> None:
    values = {
        "id": given.id,
        "role": given.role.code,
        "organisation_id": given.organisation_id,
        "place_id": given.place_id,
        "system_id": given.system_id,
        "from_us": given.from_us,
        "until_us": given.until_us,
    }
    tx.execute(insert(STATUTORY_ROLE), values)


def end_assignment(tx: Transaction, assignment_id: UUID, now_us: int) -> None:
    tx.execute(update(STATUTORY_ROLE).where(STATUTORY_ROLE.c.id == assignment_id).values(until_us=now_us))


def _assignment(row: Row[Any]) -> Assignment:
    return Assignment(
        StatutoryRoleId(row.id),
        STATUTORY_ROLES[row.role],
        OrganisationId(row.organisation_id),
        PlaceId(row.place_id) if row.place_id else None,
        SystemId(row.system_id) if row.system_id else None,
        row.from_us,
        row.until_us,
    )


# Places, spots, signs


def place(tx: Transaction, place_id: UUID) -> Place | None:
    row = tx.execute(select(PLACE).where(PLACE.c.id == place_id)).one_or_none()
    return place_of(row) if row else None


def places_where(tx: Transaction, where: ColumnElement[bool]) -> list[Place]:
    return [place_of(row) for row in tx.execute(select(PLACE).where(where))]


def add_places(tx: Transaction, added: Iterable[Place]) -> None:
    if values := [{"id": one.id, **_place_values(one)} for one in added]:
        tx.execute(insert(PLACE), values)


def change_place(tx: Transaction, after: Place) -> None:
    tx.execute(update(PLACE).where(PLACE.c.id == after.id).values(**_place_values(after)))


def place_of(row: Any) -> Place:
    return Place(
        PlaceId(row.id),
        row.name,
        row.address,
        row.region_code,
        row.longitude,
        row.latitude,
        OrganisationId(row.organisation_id) if row.organisation_id else None,
        tuple(row.kinds.split()),
    )


def _place_values(one: Place) -> dict[str, Any]:
    names = ("name", "address", "region_code", "longitude", "latitude", "organisation_id")
    return {**{name: getattr(one, name) for name in names}, "kinds": " ".join(one.kinds)}


def spot(tx: Transaction, spot_id: UUID) -> Spot | None:
    row = tx.execute(select(SPOT).where(SPOT.c.id == spot_id)).one_or_none()
    return spot_of(row) if row else None


def spots(tx: Transaction, where: ColumnElement[bool]) -> list[Spot]:
    return [spot_of(row) for row in tx.execute(select(SPOT).where(where).order_by(SPOT.c.id))]


def spots_of_place(tx: Transaction, place_id: UUID) -> list[Spot]:
    return spots(tx, SPOT.c.place_id == place_id)


def spots_of_places(tx: Transaction, place_ids: Collection[UUID]) -> list[Spot]:
    return [one for some in batches(place_ids) for one in spots(tx, SPOT.c.place_id.in_(some))]


def add_spots(tx: Transaction, added: Iterable[Spot]) -> None:
    if values := [{"id": one.id, "place_id": one.place_id, **_spot_values(one)} for one in added]:
        tx.execute(insert(SPOT), values)


def change_spot(tx: Transaction, after: Spot) -> None:
    tx.execute(update(SPOT).where(SPOT.c.id == after.id).values(**_spot_values(after)))


def spot_of(row: Any) -> Spot:
    view = SpotView(_position(row), row.direction_deg, row.field_deg, row.range_m)
    return Spot(SpotId(row.id), PlaceId(row.place_id), row.name, row.kind, view)


def _spot_values(one: Spot) -> dict[str, Any]:
    view = one.view
    return {
        "name": one.name,
        "kind": one.kind,
        **_position_values(view.position),
        "direction_deg": view.direction_deg,
        "field_deg": view.field_deg,
        "range_m": view.range_m,
    }


def _position(row: Any) -> Position | None:
    return None if row.longitude is None or row.latitude is None else Position(row.longitude, row.latitude)


def _position_values(position: Position | None) -> dict[str, Any]:
    return {
        "longitude": position.longitude if position else None,
        "latitude": position.latitude if position else None,
    }


def sign(tx: Transaction, sign_id: UUID) -> Sign | None:
    row = tx.execute(select(SIGN).where(SIGN.c.id == sign_id)).one_or_none()
    return _sign(row) if row else None


def signs_of_place(tx: Transaction, place_id: UUID) -> list[Sign]:
    query = select(SIGN).where(SIGN.c.place_id == place_id, SIGN.c.taken_down_us.is_(None)).order_by(SIGN.c.put_up_us)
    return [_sign(row) for row in tx.execute(query)]


def add_sign(tx: Transaction, added: Sign) -> None:
    values = {
        "id": added.id,
        "place_id": added.place_id,
        "text": added.text,
        **_position_values(added.position),
        "put_up_us": added.put_up_us,
    }
    tx.execute(insert(SIGN), values)


def set_photo(tx: Transaction, sign_id: UUID, digest: bytes) -> None:
    tx.execute(update(SIGN).where(SIGN.c.id == sign_id).values(photo_sha256=digest))


def take_down(tx: Transaction, sign_id: UUID, now_us: int) -> None:
    tx.execute(update(SIGN).where(SIGN.c.id == sign_id).values(taken_down_us=now_us))


def _sign(row: Row[Any]) -> Sign:
    return Sign(
        SignId(row.id),
        PlaceId(row.place_id),
        row.text,
        _position(row),
        row.put_up_us,
        row.taken_down_us,
        row.photo_sha256,
    )


# Systems


def system(tx: Transaction, system_id: UUID) -> System | None:
    row = tx.execute(select(SYSTEM).where(SYSTEM.c.id == system_id)).one_or_none()
    return _system(row) if row else None


def systems(tx: Transaction, where: ColumnElement[bool]) -> list[System]:
    query = select(SYSTEM).where(where, SYSTEM.c.retired_us.is_(None)).order_by(SYSTEM.c.name, SYSTEM.c.id)
    return [_system(row) for row in tx.execute(query)]


def add_system(tx: Transaction, added: System) -> None:
    values = {"id": added.id, "organisation_id": added.organisation_id, "name": added.name}
    tx.execute(insert(SYSTEM), {**values, "created_us": added.created_us})


def change_system(tx: Transaction, after: System) -> None:
    values = {"organisation_id": after.organisation_id, "name": after.name, "retired_us": after.retired_us}
    tx.execute(update(SYSTEM).where(SYSTEM.c.id == after.id).values(**values))


def covered_spots(tx: Transaction, system_id: UUID) -> list[SpotId]:
    query = select(SYSTEM_SPOT.c.spot_id).where(SYSTEM_SPOT.c.system_id == system_id).order_by(SYSTEM_SPOT.c.spot_id)
    return [SpotId(one) for one in tx.execute(query).scalars()]


def cover(tx: Transaction, system_id: UUID, spot_ids: Collection[UUID]) -> None:
    """The system covers these spots and no others."""
    tx.execute(SYSTEM_SPOT.delete().where(SYSTEM_SPOT.c.system_id == system_id))
    if spot_ids:
        tx.execute(insert(SYSTEM_SPOT), [{"system_id": system_id, "spot_id": one} for one in spot_ids])


def channels_of_system(tx: Transaction, system_id: UUID) -> list[ChannelId]:
    query = select(CHANNEL.c.id).join(DEVICE, CHANNEL.c.device_id == DEVICE.c.id)
    return [ChannelId(one) for one in tx.execute(query.where(DEVICE.c.system_id == system_id)).scalars()]


def put_into_system(tx: Transaction, device_id: DeviceId, system_id: UUID | None) -> None:
    tx.execute(update(DEVICE).where(DEVICE.c.id == device_id).values(system_id=system_id))


def _system(row: Row[Any]) -> System:
    return System(SystemId(row.id), OrganisationId(row.organisation_id), row.name, row.created_us, row.retired_us)


# Histories of channels


def begin_history(tx: Transaction, begun: Iterable[tuple[ChannelId, DeviceId, SpotId, int]]) -> None:
    """Channels with the device and the spot with which they begin, and since when."""
    found = list(begun)
    if not found:
        return
    devices = [{"channel_id": one, "device_id": device, "from_us": us} for one, device, _spot, us in found]
    spots_ = [{"channel_id": one, "spot_id": spot_id, "from_us": us} for one, _device, spot_id, us in found]
    tx.execute(insert(CHANNEL_DEVICE), devices)
    tx.execute(insert(CHANNEL_SPOT), spots_)


def end_history(tx: Transaction, channel_id: ChannelId, now_us: int) -> None:
    for table in (CHANNEL_DEVICE, CHANNEL_SPOT):
        tx.execute(
            update(table).where(table.c.channel_id == channel_id, table.c.until_us.is_(None)), {"until_us": now_us}
        )


def next_device(tx: Transaction, channel_id: ChannelId, device_id: DeviceId, now_us: int) -> None:
    """From now on this device delivers the channel's picture."""
    _end(tx, CHANNEL_DEVICE, channel_id, now_us)
    tx.execute(insert(CHANNEL_DEVICE), {"channel_id": channel_id, "device_id": device_id, "from_us": now_us})
    tx.execute(update(CHANNEL).where(CHANNEL.c.id == channel_id).values(device_id=device_id))


def next_spot(tx: Transaction, channel_id: ChannelId, spot_id: SpotId, now_us: int) -> None:
    """From now on the channel looks at this spot."""
    _end(tx, CHANNEL_SPOT, channel_id, now_us)
    tx.execute(insert(CHANNEL_SPOT), {"channel_id": channel_id, "spot_id": spot_id, "from_us": now_us})
    tx.execute(update(CHANNEL).where(CHANNEL.c.id == channel_id).values(spot_id=spot_id))


def _end(tx: Transaction, table: Any, channel_id: ChannelId, now_us: int) -> None:
    # Twice in one microsecond: the later one counts, and the earlier one never was.
    tx.execute(table.delete().where(table.c.channel_id == channel_id, table.c.from_us >= now_us))
    ended = update(table).where(table.c.channel_id == channel_id, table.c.until_us.is_(None))
    tx.execute(ended.values(until_us=now_us))


def device_history(tx: Transaction, channel_id: UUID) -> Sequence[Row[Any]]:
    query = (
        select(DEVICE, CHANNEL_DEVICE.c.from_us, CHANNEL_DEVICE.c.until_us)
        .join(CHANNEL_DEVICE, CHANNEL_DEVICE.c.device_id == DEVICE.c.id)
        .where(CHANNEL_DEVICE.c.channel_id == channel_id)
        .order_by(CHANNEL_DEVICE.c.from_us)
    )
    return tx.execute(query).all()


def spot_history(tx: Transaction, channel_id: UUID) -> list[tuple[Spot, Place, int, int | None]]:
    query = (
        select(CHANNEL_SPOT.c.spot_id, CHANNEL_SPOT.c.from_us, CHANNEL_SPOT.c.until_us)
        .where(CHANNEL_SPOT.c.channel_id == channel_id)
        .order_by(CHANNEL_SPOT.c.from_us)
    )
    found = []
    for row in tx.execute(query).all():
        at = spot(tx, row.spot_id)
        assert at is not None
        where = place(tx, at.place_id)
        assert where is not None
        found.append((at, where, row.from_us, row.until_us))
    return found


def set_identity(tx: Transaction, device_id: DeviceId, identity: Identity) -> None:
    values = {"maker": identity.maker, "model": identity.model}
    values |= {"serial": identity.serial, "hardware_id": identity.hardware_id}
    tx.execute(update(DEVICE).where(DEVICE.c.id == device_id).values(**values))


def merge(tx: Transaction, channel_id: ChannelId, into: ChannelId, now_us: int) -> None:
    """The channel is over; it was the other one."""
    retired = func.coalesce(CHANNEL.c.retired_us, now_us)
    values = {"merged_into": into, "retired_us": retired}
    tx.execute(update(CHANNEL).where(CHANNEL.c.id == channel_id).values(**values))
    tx.execute(update(CHANNEL).where(CHANNEL.c.merged_into == channel_id).values(merged_into=into))


def channels_with_identity(tx: Transaction, identity: Identity) -> list[ChannelId]:
    """Channels in use whose device has this serial number of this maker, or this hardware id."""
    same: list[ColumnElement[bool]] = []
    if identity.serial:
        same.append((DEVICE.c.serial == identity.serial) & (DEVICE.c.maker == identity.maker))
    if identity.hardware_id:
        same.append(DEVICE.c.hardware_id == identity.hardware_id)
    if not same:
        return []
    query = select(CHANNEL.c.id).join(DEVICE, CHANNEL.c.device_id == DEVICE.c.id)
    found = tx.execute(query.where(or_(*same), CHANNEL.c.retired_us.is_(None)).order_by(CHANNEL.c.created_us))
    return [ChannelId(one) for one in found.scalars()]


# What authorities decided about places, and people about spots


def designations(tx: Transaction, place_id: UUID) -> list[Designation]:
    """Those that hold, oldest first."""
    query = select(DESIGNATION).where(DESIGNATION.c.place_id == place_id, DESIGNATION.c.ended_us.is_(None))
    return [_designation(row) for row in tx.execute(query.order_by(DESIGNATION.c.recorded_us, DESIGNATION.c.id))]


def designation(tx: Transaction, designation_id: UUID) -> Designation | None:
    row = tx.execute(select(DESIGNATION).where(DESIGNATION.c.id == designation_id)).one_or_none()
    return _designation(row) if row else None


def places_designated(tx: Transaction, kind: str) -> frozenset[PlaceId]:
    query = select(DESIGNATION.c.place_id).where(DESIGNATION.c.kind == kind, DESIGNATION.c.ended_us.is_(None))
    return frozenset(PlaceId(one) for one in tx.execute(query).scalars())


def add_designation(tx: Transaction, added: Designation) -> None:
    said = added.said
    tx.execute(
        insert(DESIGNATION).values(
            id=added.id,
            place_id=added.place_id,
            kind=said.kind,
            authority=said.authority,
            document=said.document,
            issued_on=said.issued_on.isoformat(),
            note=said.note,
            recorded_us=added.recorded_us,
            recorded_label=added.recorded_label,
        )
    )


def end_designation(tx: Transaction, designation_id: DesignationId, now_us: int) -> None:
    tx.execute(update(DESIGNATION).where(DESIGNATION.c.id == designation_id).values(ended_us=now_us))


def _designation(row: Row[Any]) -> Designation:
    said = NewDesignation(row.kind, row.authority, row.document, date.fromisoformat(row.issued_on), row.note)
    return Designation(row.id, row.place_id, said, row.recorded_us, row.recorded_label, row.ended_us)


def law_decision(tx: Transaction, spot_id: UUID, kind: str) -> LawDecision | None:
    """The newest decision about this spot as this kind."""
    return next((one for one in law_decisions(tx, spot_id) if one.kind == kind), None)


def law_decisions(tx: Transaction, spot_id: UUID) -> list[LawDecision]:
    """Newest first."""
    query = select(LAW_DECISION).where(LAW_DECISION.c.spot_id == spot_id)
    newest_first = query.order_by(LAW_DECISION.c.decided_us.desc(), LAW_DECISION.c.id)
    return [_law_decision(row) for row in tx.execute(newest_first)]


def add_law_decision(tx: Transaction, made: LawDecision) -> None:
    tx.execute(
        insert(LAW_DECISION).values(
            id=made.id,
            spot_id=made.spot_id,
            kind=made.kind,
            reason=made.said.reason,
            document=made.said.document,
            citations=";".join(made.citations),
            packs=";".join(made.packs),
            decided_us=made.decided_us,
            decided_by=made.decided_by,
            decided_label=made.decided_label,
        )
    )


def _law_decision(row: Row[Any]) -> LawDecision:
    return LawDecision(
        row.id,
        row.spot_id,
        row.kind,
        Reasoned(row.reason, row.document),
        tuple(row.citations.split(";")) if row.citations else (),
        tuple(row.packs.split(";")) if row.packs else (),
        row.decided_us,
        row.decided_by,
        row.decided_label,
    )
