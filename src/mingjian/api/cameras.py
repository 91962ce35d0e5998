"""What happens to a channel over the years: another camera, another spot, another system, and what it was before."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from mingjian.api import door
from mingjian.api.basic import BasicText
from mingjian.api.decisions import DecisionForm, decided
from mingjian.api.deps import Caller, Context, Data, Requires
from mingjian.api.organisations import Line
from mingjian.api.routing import versioned
from mingjian.api.schema import Moment, Shape
from mingjian.identity.permissions import Permission
from mingjian.registry import model as installed
from mingjian.registry import places, systems
from mingjian.registry import service as registry

router = versioned("registry")

Manager = Annotated[Caller, Depends(Requires(Permission.CHANNEL_MANAGE))]
Reader = Annotated[Caller, Depends(Requires(Permission.CHANNEL_READ))]


class DeviceIdentity(Shape):
    """What a device says of itself; a camera met again is known by serial number and maker, or by hardware id."""

    maker: Line = ""
    model: Line = ""
    serial: Line = ""
    hardware_id: Line = ""

    def told(self) -> installed.Identity:
        return installed.Identity(self.maker.strip(), self.model.strip(), self.serial.strip(), self.hardware_id.strip())


class Replacement(Shape):
    """The camera that takes over: one that was tested, and what it says of itself."""

    probe_id: str = Field(min_length=1, max_length=64)
    identity: DeviceIdentity | None = None


class AnotherSpot(Shape):
    """Where the channel looks from now on, and a decision where a text leaves it to people."""

    spot_id: UUID
    decision: DecisionForm | None = None


class AnotherSystem(Shape):
    """Which system the channel's device belongs to; null: none."""

    system_id: UUID | None


class Merge(Shape):
    """Which channel goes on."""

    into: UUID


class PastDevice(Shape):
    """A device that delivered the picture; `until` is null for the present one."""

    address: BasicText
    maker: BasicText
    model: BasicText
    serial: BasicText
    since: Moment
    until: Moment | None

    @classmethod
    def of(cls, one: installed.Delivered) -> "PastDevice":
        device = one.device
        return cls(
            address=installed.shown_address(device.address),
            maker=device.maker,
            model=device.model,
            serial=device.serial,
            since=one.from_us,
            until=one.until_us,
        )


class PastSpot(Shape):
    """A spot that the channel looked at; `until` is null for the present one."""

    spot_id: UUID
    spot: str
    place: str
    since: Moment
    until: Moment | None

    @classmethod
    def of(cls, one: installed.Looked) -> "PastSpot":
        spot, place = one.spot, one.place
        return cls(spot_id=spot.id, spot=spot.name, place=place.name, since=one.from_us, until=one.until_us)


class OtherChannel(Shape):
    """Another channel by name; its footage is under its own id."""

    id: UUID
    name: str
    created_at: Moment
    ended_at: Moment | None

    @classmethod
    def of(cls, one: installed.Channel) -> "OtherChannel":
        return cls(id=one.id, name=one.name, created_at=one.created_us, ended_at=one.retired_us)


class ChannelHistory(Shape):
    """What a channel was, oldest first. `merged`: channels that were the same camera. `same`: that seem to be."""

    devices: list[PastDevice]
    spots: list[PastSpot]
    merged: list[OtherChannel]
    merged_into: UUID | None
    same: list[OtherChannel]


@router.get("/channels/{channel_id}/history", operation_id="channelHistory")
def channel_history(channel_id: UUID, data: Data, caller: Reader) -> ChannelHistory:
    """Its devices and spots over time, and other channels that are or seem to be the same camera."""
    reach = caller.reach(Permission.CHANNEL_READ)
    with data.read() as tx:
        own, history = registry.channel(tx, channel_id), registry.history(tx, channel_id)
        same = registry.same_cameras(tx, own)
        seen = door.reached(tx, reach, {one.id for one in (*same, *history.merged)})
    return ChannelHistory(
        devices=[PastDevice.of(one) for one in history.devices],
        spots=[PastSpot.of(one) for one in history.spots],
        merged=[OtherChannel.of(one) for one in history.merged if one.id in seen],
        merged_into=own.merged_into,
        same=[OtherChannel.of(one) for one in same if one.id in seen],
    )


@router.post("/channels/{channel_id}/device", operation_id="replaceDevice")
def replace_device(
    channel_id: UUID, body: Replacement, context: Context, data: Data, caller: Manager
) -> ChannelHistory:
    """Another camera delivers the picture from now on; the channel, its spot and its footage stay."""
    probe = context.probes.find(body.probe_id, caller.person.id, caller.visit.now_us)
    with data.write() as tx:
        registry.replace_device(
            tx,
            channel_id,
            address=probe.address,
            secret=probe.secret,
            vault=context.vault,
            transport=probe.transport,
            sub_address=probe.sub_address,
            identity=body.identity.told() if body.identity else None,
            by=caller.actor,
            now_us=caller.visit.now_us,
        )
        tx.after_commit(context.media.hint_threadsafe)
    context.probes.used(probe)
    return channel_history(channel_id, data, caller)


@router.put("/channels/{channel_id}/identity", operation_id="identifyDevice")
def identify_device(channel_id: UUID, body: DeviceIdentity, data: Data, caller: Manager) -> ChannelHistory:
    """Say what the channel's device is; the answer names other channels that seem to be the same camera."""
    with data.write() as tx:
        registry.set_identity(tx, channel_id, body.told(), by=caller.actor, now_us=caller.visit.now_us)
    return channel_history(channel_id, data, caller)


@router.put("/channels/{channel_id}/spot", operation_id="moveChannel")
def move_channel(channel_id: UUID, body: AnotherSpot, data: Data, caller: Manager) -> ChannelHistory:
    """The channel looks at another spot from now on; the law is asked as for a new camera there."""
    with data.write() as tx:
        place_id = places.spot(tx, body.spot_id).place_id
        there = door.of_place(tx, place_id)
        caller = caller.at(Permission.CHANNEL_MANAGE, registry.target(tx, channel_id), there)
        decision = decided(caller, body.decision, there)
        registry.move_to_spot(
            tx, channel_id, body.spot_id, decision=decision, by=caller.actor, now_us=caller.visit.now_us
        )
    return channel_history(channel_id, data, caller)


@router.put("/channels/{channel_id}/system", operation_id="putIntoSystem")
def put_into_system(channel_id: UUID, body: AnotherSystem, data: Data, caller: Manager) -> ChannelHistory:
    """The channel's device belongs to this system from now on."""
    with data.write() as tx:
        targets = [registry.target(tx, channel_id)]
        if body.system_id is not None:
            targets.append(systems.target(tx, systems.system(tx, body.system_id)))
        caller = caller.at(Permission.CHANNEL_MANAGE, *targets)
        registry.put_into_system(tx, channel_id, body.system_id, by=caller.actor, now_us=caller.visit.now_us)
    return channel_history(channel_id, data, caller)


@router.post("/channels/{channel_id}/merge", operation_id="mergeChannels")
def merge_channels(channel_id: UUID, body: Merge, context: Context, data: Data, caller: Manager) -> ChannelHistory:
    """This channel and another one are the same camera: the other one goes on, this one belongs to its history."""
    with data.write() as tx:
        caller = caller.at_channels(tx, Permission.CHANNEL_MANAGE, [channel_id, body.into])
        registry.merge(tx, channel_id, body.into, by=caller.actor, now_us=caller.visit.now_us)
        tx.after_commit(context.media.hint_threadsafe)
    return channel_history(body.into, data, caller)
