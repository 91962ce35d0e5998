"""What `GET /health` says of storage and channels."""

from collections.abc import Sequence

from mingjian.api.deps import ChannelCounts, VolumeHealth
from mingjian.identity.scopes import ANYWHERE
from mingjian.media import service as media
from mingjian.media import volumes
from mingjian.media.live.hub import LiveHub
from mingjian.media.model import ChannelState
from mingjian.registry import browsing
from mingjian.registry import service as registry
from mingjian.storage.engine import Transaction


class Installed:
    """Reads the registry and what the recorder last said."""

    def __init__(self, hub: LiveHub) -> None:
        self._hub = hub

    def volumes(self, tx: Transaction) -> Sequence[VolumeHealth]:
        return [
            VolumeHealth(
                str(space.volume.id),
                space.volume.path,
                space.used_bytes,
                space.free_bytes,
                space.volume.limit_bytes,
                space.volume.demonstration,
            )
            for space in volumes.space(tx)
        ]

    def channels(self, tx: Transaction) -> ChannelCounts:
        within = browsing.channels_within(tx, ANYWHERE)
        states = media.counts(tx, within, recorder_up=self._hub.connected, lost=self._hub.lost)
        return ChannelCounts(states.get(ChannelState.RECORDING, 0), registry.count(tx))
