"""Which volume a new segment goes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from mingjian.kernel.clock import Clock
from mingjian.kernel.ids import VolumeGroupId
from mingjian.media.record.lane import Lane

# A channel stays where it is until another volume has a tenth more days: wandering spreads a day over all disks.
GRACE: Final = 1.1
# A volume that refused something is passed over so long, where there is another one: longer than a camera takes to
# send the next key frame, else a channel would come back to it each time.
PATIENCE_S: Final = 60.0


class VolumeState(StrEnum):
    """How a volume is doing; new segments go to those that are `ok`."""

    OK = "ok"
    MISSING = "missing"  # its folder is not there, or says that it is another volume
    FULL = "full"  # less free than the floor
    FAILING = "failing"  # it is read-only, as Linux makes a disk that fails
    SLOW = "slow"  # what waits for it does not fit into memory any more
    RECOVERING = "recovering"  # what a recorder that died has left on it is being closed
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Berth:
    """A volume as it was at the last look; `room_bytes`: free above the floor."""

    lane: Lane
    state: VolumeState
    room_bytes: int


class Placement:
    """The berths, replaced as a whole by whoever looks at the disks; read by the writer's thread."""

    def __init__(self, clock: Clock) -> None:
        self._berths: tuple[Berth, ...] = ()
        self._monotonic = clock.monotonic
        self._refused_at: dict[Lane, float] = {}

    @property
    def berths(self) -> tuple[Berth, ...]:
        return self._berths

    def replace(self, berths: Sequence[Berth]) -> None:
        self._berths = tuple(berths)

    def refused(self, lane: Lane) -> None:
        """The volume refused something: it is passed over for a while."""
        self._refused_at[lane] = self._monotonic()

    def failing(self, lane: Lane) -> bool:
        """Whether it refused something a moment ago."""
        at = self._refused_at.get(lane)
        return at is not None and self._monotonic() - at < PATIENCE_S

    def choose(self, group_id: VolumeGroupId, current: Lane | None, channels: Mapping[Lane, int]) -> Lane | None:
        """Where the next segment goes; None when no volume of the group takes any.

        `channels`: how many are being written to each lane; `current` is where this one was so far.
        """
        group = [one for one in self._berths if one.lane.volume.group_id == group_id and one.state is VolumeState.OK]
        # One that refused a moment ago is better than none: the next write may succeed.
        open_ones = [one for one in group if not self.failing(one.lane)] or group
        if not open_ones:
            return None

        def days(berth: Berth) -> float:
            """Up to a factor that is the same for all: room by the number of channels that fill it."""
            others = max(0, channels.get(berth.lane, 0) - (berth.lane is current))
            return berth.room_bytes / (others + 1) * (GRACE if berth.lane is current else 1)

        return max(open_ones, key=days).lane
