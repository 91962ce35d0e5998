"""What `GET /health` says of storage and channels."""

from collections.abc import Sequence

from mingjian.api.deps import ChannelCounts, VolumeHealth
from mingjian.media import service as media
from mingjian.media import volumes
from mingjian.media.live.hub import LiveHub
from mingjian.media.model import ChannelState
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
        channels = registry.channels(tx)
        statuses = media.statuses(tx, channels, recorder_up=self._hub.connected, lost=self._hub.lost).values()
        return ChannelCounts(sum(one.state is ChannelState.RECORDING for one in statuses), len(channels))
