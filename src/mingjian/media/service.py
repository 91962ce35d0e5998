"""What others ask of media: how channels are doing, how full volumes are."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Select

from mingjian.audit import service as audit
from mingjian.audit.model import Action, Actor, Entry
from mingjian.kernel.ids import ChannelId
from mingjian.media import store
from mingjian.media.errors import RECORDER_DOWN
from mingjian.media.ingest.connections import CameraConnection
from mingjian.media.ingest.connections import newest as connections
from mingjian.media.live.afar import Afar
from mingjian.media.members import store as members
from mingjian.media.model import ChannelState
from mingjian.media.store import ChannelStatus
from mingjian.registry.model import Channel, shown_address
from mingjian.storage.engine import Transaction

__all__ = [
    "CameraConnection",
    "ChannelStatus",
    "afar",
    "connections",
    "counts",
    "record_probe",
    "said_of",
    "statuses",
    "unknown_status",
    "without_recorder",
]


def afar(tx: Transaction, host: str) -> Afar:
    """What records on other machines than `host`, and where it can be asked for live pictures."""
    return members.afar(tx, host)


def statuses(
    tx: Transaction, channels: Iterable[Channel], *, recorder_up: bool, lost: Collection[int] = ()
) -> Mapping[ChannelId, ChannelStatus]:
    """How each channel is doing. What a recorder said that is no longer there is not repeated as true: neither of all
    recorders, nor of the one that had the channel. `lost`: numbers of those that do not answer any more.
    """
    channels = list(channels)
    some = [one.id for one in channels]
    said = store.statuses(tx, some)
    held = members.held_by_the_dead(tx, lost, some)
    found = {}
    for channel in channels:
        status = said.get(channel.id) or unknown_status(channel)
        if channel.retired_us is not None:
            status = ChannelStatus(channel.id, ChannelState.RETIRED, channel.retired_us, None, None)
        elif not recorder_up or channel.id in held:
            status = _unheard(status)
        found[channel.id] = status
    return found


def counts(
    tx: Transaction, within: Select[Any], *, recorder_up: bool, lost: Collection[int] = ()
) -> Mapping[ChannelState, int]:
    """How many channels are in each state, of those that `within` gives the ids of and a recorder has spoken of.

    As `statuses` has it: what a recorder said that is not there any more counts as offline.
    """
    dead = members.dead_assignments(lost) if recorder_up else None
    return store.count_statuses(tx, within, dead)


def said_of(
    tx: Transaction, channel_ids: Collection[ChannelId], *, recorder_up: bool, lost: Collection[int] = ()
) -> list[ChannelStatus]:
    """The same of some channels in use, by their ids alone: those of which a recorder said anything yet."""
    held = members.held_by_the_dead(tx, lost)
    said = store.statuses(tx, channel_ids).values()
    return [one if recorder_up and one.channel_id not in held else _unheard(one) for one in said]


def without_recorder(tx: Transaction, lost: Collection[int]) -> frozenset[ChannelId]:
    """Channels whose recorder is gone, and that no other has taken up yet."""
    return frozenset(members.held_by_the_dead(tx, lost))


def _unheard(status: ChannelStatus) -> ChannelStatus:
    """What was said last by a recorder that is not there any more."""
    return replace(status, state=ChannelState.OFFLINE, problem=(RECORDER_DOWN.code, {}))


def states_of(
    tx: Transaction, channel_ids: Collection[ChannelId], *, recorder_up: bool, lost: Collection[int] = ()
) -> Mapping[ChannelId, ChannelState]:
    """The state of these channels in use, as `statuses` has it, for lists that show nothing else of it."""
    said = store.states(tx, channel_ids)
    held = members.held_by_the_dead(tx, lost)
    return {
        one: ChannelState.OFFLINE if not recorder_up or one in held else said.get(one, ChannelState.CONNECTING)
        for one in channel_ids
    }


def offline(tx: Transaction, most: int, lost: Collection[int] = ()) -> set[ChannelId]:
    """Channels that do not come while a recorder is there, at most so many: those last said to be offline, and those
    whose recorder went away.
    """
    return set(store.in_state(tx, ChannelState.OFFLINE, most)) | set(list(members.held_by_the_dead(tx, lost))[:most])


def unknown_status(channel: Channel) -> ChannelStatus:
    """Before the recorder has said anything."""
    return ChannelStatus(channel.id, ChannelState.CONNECTING, channel.created_us, None, None)


def record_probe(tx: Transaction, address: str, *, by: Actor, now_us: int) -> None:
    """A camera is about to be tested: somebody sees its picture, so it is recorded first."""
    shown = shown_address(address)
    audit.record(tx, Entry(Action.CHANNEL_PROBED, by, "device", shown, {"address": shown}, now_us))
