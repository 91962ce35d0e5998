"""What others ask of media: how channels are doing, how full volumes are."""

from collections.abc import Collection, Iterable, Mapping
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
    "statuses",
    "unknown_status",
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
            status = ChannelStatus(
                channel.id,
                ChannelState.OFFLINE,
                status.since_us,
                (RECORDER_DOWN.code, {}),
                status.picture,
                status.sound_left_out,
            )
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


def unknown_status(channel: Channel) -> ChannelStatus:
    """Before the recorder has said anything."""
    return ChannelStatus(channel.id, ChannelState.CONNECTING, channel.created_us, None, None)


def record_probe(tx: Transaction, address: str, *, by: Actor, now_us: int) -> None:
    """A camera is about to be tested: somebody sees its picture, so it is recorded first."""
    shown = shown_address(address)
    audit.record(tx, Entry(Action.CHANNEL_PROBED, by, "device", shown, {"address": shown}, now_us))
