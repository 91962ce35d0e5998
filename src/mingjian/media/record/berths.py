"""Looks at the disks: which volumes are in service, what was left on them, where new segments may go."""

import asyncio
from collections.abc import Collection
from math import inf
from pathlib import Path
from typing import Final

import structlog

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import SegmentId, VolumeGroupId, VolumeId
from mingjian.media import store
from mingjian.media.keep.ladder import EVERYBODY, STOP_BELOW, Room, Rung, decide
from mingjian.media.members.membership import Membership
from mingjian.media.members.model import Fenced
from mingjian.media.model import Volume, VolumeGroup
from mingjian.media.record.files import FlushPolicy, SegmentFiles
from mingjian.media.record.lane import Lane
from mingjian.media.record.placement import Berth, Placement, VolumeState
from mingjian.media.record.recovery import left_over, recover
from mingjian.media.record.writer import SegmentWriter
from mingjian.storage.engine import Database

# A disk that takes this long for one thing is passed over.
SLOW_S: Final = 5.0
# A start waits so long for disks and for what was left on them; what takes longer goes on beside the recording.
FIRST_LOOK_S: Final = 30.0
# What could not be recovered is tried again after so long.
AGAIN_S: Final = 20.0
# So long the channels of a member that died wait for what it left to be closed; then they go on beside that.
RECOVERY_S: Final = 10.0

_COUNTED: Final = (VolumeState.OK, VolumeState.FULL, VolumeState.SLOW)

_log: Final = structlog.get_logger(__name__)


class Berths:
    """Keeps the placement true: one lane for each volume, each looked at through its own lane."""

    def __init__(
        self,
        database: Database,
        placement: Placement,
        writer: SegmentWriter,
        clock: Clock,
        *,
        policy: FlushPolicy,
        floor_bytes: int,
        membership: Membership | None = None,
    ) -> None:
        self._membership = membership
        self._database = database
        self._placement = placement
        self._writer = writer
        self._clock = clock
        self._policy: FlushPolicy = policy
        self._floor_bytes = floor_bytes
        # Below this not even the most important channels are recorded: it is left to the database and the log.
        self._last_bytes = int(STOP_BELOW[1] * floor_bytes)
        self._lanes: dict[VolumeId, Lane] = {}
        self._recovering: dict[VolumeId, asyncio.Task[None]] = {}
        self._recovered: dict[VolumeId, float] = {}  # and when to try again
        self._groups: dict[bool, VolumeGroupId] = {}
        self._standing: dict[VolumeGroupId, int] = {}
        self.states: dict[VolumeId, VolumeState] = {}

    @property
    def sees_any(self) -> bool:
        """Whether any volume is in its place."""
        return any(state not in (VolumeState.MISSING, VolumeState.RETIRED) for state in self.states.values())

    def group_for(self, *, demonstration: bool) -> VolumeGroupId:
        """Where a channel goes that was not given a group; KeyError before the first look."""
        return self._groups.get(demonstration) or self._groups[False]

    def rung(self, group_id: VolumeGroupId) -> Rung:
        """Who may record to this group, by the free space of its volumes at the last look."""
        rooms = [
            Room(lane.seen.free_bytes, self._floor_bytes)
            for volume_id, lane in self._lanes.items()
            if lane.volume.group_id == group_id and lane.seen and self.states[volume_id] in _COUNTED
        ]
        if not rooms:
            return Rung(0, EVERYBODY)  # not for want of space: the writer says why
        rung = decide(rooms, self._standing.get(group_id, EVERYBODY))
        self._standing[group_id] = rung.recording
        return rung

    async def first_look(self) -> None:
        """Wait for the volumes, and for what a recorder that died has left on them."""
        until = self._clock.monotonic() + FIRST_LOOK_S
        while self._clock.monotonic() < until:
            await self.look()
            if all(lane.seen for lane in self._lanes.values()) and not self._recovering:
                return
            await asyncio.sleep(0.02)

    async def somebody_died(self) -> None:
        """Look after what a member has left on the volumes that are here; waits RECOVERY_S at most."""
        await self._recoveries()
        self._recovered = dict.fromkeys(self._recovered, self._clock.monotonic())
        await self.look()
        await self._recoveries()

    async def _recoveries(self) -> None:
        if self._recovering:
            await asyncio.wait(list(self._recovering.values()), timeout=RECOVERY_S)

    async def look(self) -> None:
        """Take up new volumes, notice those that went or came back, and offer the placement what is well."""
        volumes, groups = await asyncio.to_thread(self._known)
        for demonstration in (True, False):
            first = next((one.id for one in groups if one.demonstration == demonstration), None)
            if first is not None:
                self._groups[demonstration] = first
        for volume in volumes:
            if volume.id not in self._lanes:
                self._lanes[volume.id] = self._writer.open_lane(volume, SegmentFiles(Path(volume.path), self._policy))
        for lane in self._lanes.values():
            lane.look()
        await asyncio.sleep(0)
        retired = {one.id for one in volumes if one.retired_us is not None}
        self._offer(retired)

    def _known(self) -> tuple[list[Volume], list[VolumeGroup]]:
        with self._database.read() as tx:
            return store.volumes(tx), store.volume_groups(tx)

    def _offer(self, retired: set[VolumeId]) -> None:
        berths = []
        for volume_id, lane in self._lanes.items():
            state = self._state(lane, retired=volume_id in retired)
            before, self.states[volume_id] = self.states.get(volume_id), state
            if state is not before and before is not None:
                say = _log.info if state is VolumeState.OK else _log.warning
                say("recorder.volume", path=lane.volume.path, state=state.value, before=before.value)
            if before is VolumeState.OK and state in (VolumeState.MISSING, VolumeState.FULL):
                # Segments of this minute would go on filling it, or go where nobody finds them.
                self._writer.leave(lane)
            if state is VolumeState.MISSING:
                self._recovered.pop(volume_id, None)
            elif volume_id not in self._recovered:
                self._recover(volume_id, lane)
                state = VolumeState.RECOVERING
            elif state is VolumeState.FAILING or self._placement.failing(lane):
                # What cannot be cut now stays open: it is looked after once the disk is well.
                self._recovered[volume_id] = self._clock.monotonic() + AGAIN_S
            elif self._clock.monotonic() >= self._recovered[volume_id]:
                self._recover(volume_id, lane)
            room = lane.seen.free_bytes - self._last_bytes if lane.seen else 0
            berths.append(Berth(lane, state, room))
        self._placement.replace(berths)

    def _state(self, lane: Lane, *, retired: bool) -> VolumeState:
        seen = lane.seen
        if seen is None or not seen.here:
            return VolumeState.MISSING
        if retired:
            return VolumeState.RETIRED
        if lane.busy_s() > SLOW_S:
            return VolumeState.SLOW
        if not seen.writable:
            return VolumeState.FAILING
        if seen.free_bytes < self._last_bytes:
            return VolumeState.FULL
        return VolumeState.OK

    def _recover(self, volume_id: VolumeId, lane: Lane) -> None:
        if volume_id not in self._recovering:
            self._recovering[volume_id] = asyncio.create_task(self._recover_one(volume_id, lane))

    async def _recover_one(self, volume_id: VolumeId, lane: Lane) -> None:
        try:
            in_use = await asyncio.to_thread(self._writer.in_use)
            await asyncio.to_thread(recover, self._database, volume_id, lane.files, in_use, self._membership)
            left = await asyncio.to_thread(self._left_over, volume_id, in_use)
            self._recovered[volume_id] = self._clock.monotonic() + AGAIN_S if left else inf
        except (MingjianError, OSError, Fenced) as error:
            # The next look tries again, or the next life.
            _log.error("recorder.recovery_failed", path=lane.volume.path, error=str(error))
        finally:
            del self._recovering[volume_id]

    def _left_over(self, volume_id: VolumeId, in_use: Collection[SegmentId]) -> bool:
        """Whether something could not be read or cut now."""
        with self._database.read() as tx:
            return any(one.segment.id not in in_use for one in left_over(tx, volume_id, self._membership))
