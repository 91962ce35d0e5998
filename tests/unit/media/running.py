"""A recorder at work in the event loop of a test, with simulated cameras on real sockets."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import select
from tests.unit.media import making
from tests.unit.media.storing import ALL_TIME, S, check_closed

from mingjian.audit.model import SYSTEM
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.ids import ChannelId
from mingjian.media import store
from mingjian.media.ingest import attempts, connection
from mingjian.media.ingest.triggers import Listen
from mingjian.media.model import Gap, Segment, Volume
from mingjian.media.recorder import Recorder
from mingjian.media.settings import MediaSettings
from mingjian.media.store import ChannelStatus
from mingjian.media.volumes import ensure
from mingjian.registry import service as registry
from mingjian.registry.model import NewPlace
from mingjian.registry.vault import KEY_BYTES, Secret, Vault
from mingjian.simulate import readback
from mingjian.simulate.sources import ClipSource
from mingjian.storage.engine import Database

LIMIT_S: Final = 60.0
VAULT: Final = Vault(bytes(KEY_BYTES))
SETTINGS: Final = MediaSettings(fragment_s=0.5, flush_interval_s=0.2, segment_s=10)


@cache
def source() -> ClipSource:
    return ClipSource(making.clip())


def hurried(patch: pytest.MonkeyPatch) -> None:
    """Patience is for cameras in the field."""
    patch.setattr(attempts, "FIRST_PAUSE_S", 0.1)
    for name in ("LONGEST_PAUSE_S", "LONGEST_REFUSED_PAUSE_S"):
        patch.setattr(attempts, name, 0.3)
    patch.setattr(connection, "STALL_TIMEOUT_S", 1.5)
    patch.setattr(connection, "ANSWER_TIMEOUT_S", 1.5)
    patch.setattr(connection, "LOOK_S", 0.05)


async def eventually(condition: Callable[[], Any], limit_s: float = LIMIT_S) -> Any:
    """What the condition returns once it is true; it is asked in a thread, for it reads the database."""
    deadline = time.monotonic() + limit_s
    while not (found := await asyncio.to_thread(condition)):
        assert time.monotonic() < deadline, "it did not come to pass"
        await asyncio.sleep(0.03)
    return found


@dataclass
class Studio:
    """A registry, a volume and the recorder over them."""

    database: Database
    folder: Path
    settings: MediaSettings = SETTINGS
    clock: SystemClock = field(default_factory=SystemClock)
    listen: Listen | None = None
    live_at: tuple[str, int] | None = None

    @property
    def socket(self) -> str:
        return str(self.folder / "media.sock")

    def volume(self) -> Volume:
        path = self.folder / "video"
        return ensure(self.database, path, demonstration=False, limit_bytes=None, now_us=self.clock.now_us())

    def add(self, address: str, secret: Secret | None = None) -> ChannelId:
        with self.database.write() as tx:
            added = registry.add_channel(
                tx,
                name=f"camera at {address}",
                address=address,
                secret=secret,
                place=NewPlace("school", "", "530581"),
                spot_name="gate",
                vault=VAULT,
                by=SYSTEM,
                now_us=self.clock.now_us(),
            )
        return added.id

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[Recorder]:
        self.volume()
        recorder = Recorder(
            self.database,
            self.settings,
            self.clock,
            VAULT,
            socket_path=self.socket,
            listen=self.listen,
            live_at=self.live_at,
        )
        stop, ready = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(recorder.run(stop, ready.set))
        try:
            async with asyncio.timeout(LIMIT_S):
                waiting = asyncio.create_task(ready.wait())
                await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
            yield recorder
        finally:
            stop.set()
            async with asyncio.timeout(LIMIT_S):
                await task

    def status(self, channel_id: ChannelId) -> ChannelStatus | None:
        with self.database.read() as tx:
            return store.statuses(tx).get(channel_id)

    def problem(self, channel_id: ChannelId) -> str | None:
        status = self.status(channel_id)
        return status.problem[0] if status and status.problem else None

    def is_recording(self, channel_id: ChannelId) -> bool:
        status = self.status(channel_id)
        return status is not None and status.state.value == "recording"

    def recorded_s(self, channel_id: ChannelId) -> float:
        """How much is in files and index, the open segment included."""
        return sum(one.end_us - one.start_us for one in self.segments(channel_id)) / S

    def has_recorded(self, channel_id: ChannelId, seconds: float) -> bool:
        return self.recorded_s(channel_id) > seconds

    def segments(self, channel_id: ChannelId) -> list[Segment]:
        with self.database.read() as tx:
            return store.segments_between(tx, channel_id, ALL_TIME, ALL_TIME.length_us)

    def gaps(self, channel_id: ChannelId) -> list[Gap]:
        with self.database.read() as tx:
            return store.gaps_between(tx, channel_id, ALL_TIME)

    def sessions(self, channel_id: ChannelId) -> list[list[int]]:
        """Frame numbers of all closed segments; each connection counts from 0. Checks every promise of their rows."""
        query = select(store.SEGMENT, store.SEGMENT_INDEX.c.records).join_from(store.SEGMENT, store.SEGMENT_INDEX)
        query = query.where(store.SEGMENT.c.channel_id == channel_id).order_by(store.SEGMENT.c.start_us)
        with self.database.read() as tx:
            rows = list(tx.execute(query))
        found: list[list[int]] = []
        end_us = 0
        for row in rows:
            assert row.state == "closed"
            assert row.start_us >= end_us
            end_us = row.end_us
            path = self.folder / "video" / row.path_name
            check_closed(row, path.read_bytes())
            for number in readback.numbers_in_mp4(path):
                if number == 0:
                    found.append([])
                found[-1].append(number)
        return found
