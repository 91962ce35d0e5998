"""Disks that fill up, break, crawl, vanish and come back as another: on real file systems, under a real recorder."""

import asyncio
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from tests.unit.media import promises
from tests.unit.media.mounting import SmallDisk, small_disk
from tests.unit.media.running import LIMIT_S, SETTINGS, VAULT, Studio, eventually, hurried, source
from tests.unit.media.storing import S

from mingjian.audit.model import SYSTEM
from mingjian.kernel.ids import ChannelId, VolumeId, new_id
from mingjian.media import recorder as recorders
from mingjian.media import volumes
from mingjian.media.model import Volume
from mingjian.media.record import berths, placement
from mingjian.media.record.files import SegmentFiles
from mingjian.media.recorder import Recorder
from mingjian.registry import service as registry
from mingjian.simulate import readback
from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.rtsp import RtspServer
from mingjian.storage.engine import Database, Transaction

pytestmark = pytest.mark.parametrize("engine", ["sqlite"])  # the engine plays no part
ALONE, BESIDE = pytest.param(False, id="alone"), pytest.param(True, id="with a healthy one")
# The other way is run by `make soak`.
mostly_beside = pytest.mark.parametrize("spare", [pytest.param(False, id="alone", marks=pytest.mark.breadth), BESIDE])
mostly_alone = pytest.mark.parametrize(
    "spare", [ALONE, pytest.param(True, id="with a healthy one", marks=pytest.mark.breadth)]
)
CAMERAS = 2
SPARE_SIZE = 30 << 20
OUTAGE_S = 3.0
# What was on its way to a disk when it failed, and the time until somebody noticed.
MOVING_S = 2.5
MEMORY_LIMIT = 16 << 20
# A frame that is missing was stamped by a camera, and a gap is told by the recorder.
ROUNDING_US = 120_000


class Crawling(SegmentFiles):
    """A disk that takes its time, when it is told to. `delays` are seconds by the name of the folder."""

    delays: dict[str, float] = {}  # noqa: RUF012 - one for all

    def _crawl(self) -> None:
        until = time.monotonic() + self.delays.get(self.root.name, 0.0)
        while time.monotonic() < until and self.delays.get(self.root.name):
            time.sleep(0.02)

    def append(self, descriptor: int, *parts: bytes) -> None:
        self._crawl()
        super().append(descriptor, *parts)

    def sync(self, descriptors: Sequence[int]) -> None:
        self._crawl()
        super().sync(descriptors)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    hurried(monkeypatch)
    monkeypatch.setattr(recorders, "RECONCILE_S", 0.2)
    monkeypatch.setattr(placement, "PATIENCE_S", 2.0)
    monkeypatch.setattr(berths, "SLOW_S", 0.6)
    monkeypatch.setattr(berths, "AGAIN_S", 0.5)
    monkeypatch.setattr(berths, "SegmentFiles", Crawling)
    monkeypatch.setattr(Crawling, "delays", {})


@dataclass
class Site(Studio):
    """A recorder over a disk that will fail, and a healthy one beside it when there is one."""

    bad: Path = Path()
    spare: Path | None = None
    floor_bytes: int = 0
    made: list[Volume] = field(default_factory=list)

    def set_up(self) -> None:
        self.made = [volumes.add(self.database, self.bad, "default", 1)]
        if self.spare is not None:
            self.made.append(volumes.add(self.database, self.spare, "default", 2))

    @asynccontextmanager
    async def recording(self) -> AsyncIterator[Recorder]:
        recorder = Recorder(
            self.database, self.settings, self.clock, VAULT, socket_path=self.socket, floor_bytes=self.floor_bytes
        )
        stop, ready = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(recorder.run(stop, ready.set))
        try:
            async with asyncio.timeout(LIMIT_S):
                await ready.wait()
            yield recorder
        finally:
            stop.set()
            async with asyncio.timeout(2 * LIMIT_S):
                await task

    def recorded_beyond(self, channel: ChannelId, moment_us: int) -> bool:
        return any(one.end_us > moment_us for one in self.segments(channel))

    def left_alone(self, recorder: Recorder) -> bool:
        """Whether nothing is left open that nobody writes."""
        with self.database.read() as tx:
            unfinished = {UUID(one.id) for one in promises.rows(tx) if one.state in ("open", "prepared")}
        return unfinished <= recorder._writer.in_use()


@pytest.fixture
def bad_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with small_disk(tmp_path, "bad") as disk:
        yield disk


Disturb = Callable[[], object]


async def outage(site: Site, begin: Disturb, end: Disturb) -> list[ChannelId]:
    """Record, disturb, go on, mend, go on."""
    specs = [CameraSpec(f"camera/{at}", at + 1, source()) for at in range(CAMERAS)]
    async with RtspServer(specs) as server:
        channels = [site.add(server.url(spec.path)) for spec in specs]
        async with site.recording() as recorder:
            for one in channels:
                await eventually(partial(site.has_recorded, one, 1.5))
            await asyncio.to_thread(begin)
            await asyncio.sleep(OUTAGE_S)  # the disturbance lasts
            with site.database.write() as tx:  # whatever happens to footage, what people do is written down
                registry.rename(tx, channels[0], "renamed", by=SYSTEM, now_us=site.clock.now_us())
            mended_us = site.clock.now_us()
            await asyncio.to_thread(end)
            for one in channels:
                await eventually(partial(site.recorded_beyond, one, mended_us + 2 * S))
            await eventually(partial(site.left_alone, recorder))
            assert all(lane.waiting_bytes < MEMORY_LIMIT for lane in recorder._writer._lanes)
        assert {len(server.cameras[spec.path].played) for spec in specs} == {1}, "a disk is no reason to reconnect"
    return channels


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was left of one channel: seconds without footage for want of a disk, and the volumes that have some."""

    disk_gap_s: float
    volumes: frozenset[VolumeId]


def judge(site: Site, channels: list[ChannelId]) -> list[Outcome]:
    """Every promise holds, and every frame is there but those that a gap speaks of."""
    with site.database.read() as tx:
        files = {one.id.hex: footage(Path(one.path)) for one in site.made}
        assert promises.broken(tx, files, over=True, covered=True) == []
        return [outcome(tx, one, files) for one in channels]


def footage(root: Path) -> dict[str, bytes]:
    return {name: content for name, content in promises.contents(root).items() if not name.startswith(".")}


def outcome(tx: Transaction, channel: ChannelId, files: dict[str, dict[str, bytes]]) -> Outcome:
    rows = [one for one in promises.rows(tx) if one.channel == channel.hex and one.state == "closed"]
    gaps = [one for one in promises.gaps(tx) if one.channel == channel.hex]
    numbers = [number for row in rows for number in readback.numbers_in_mp4(files[row.volume][row.path_name])]
    assert numbers == sorted(set(numbers))
    began_us, end_us = rows[0].start_us, rows[-1].end_us or 0
    disk = [(one.start_us, one.end_us or end_us) for one in gaps if one.cause == "disk"]
    for number in readback.missing(numbers):
        at_us = began_us + (number - numbers[0]) * 40_000
        assert any(start - ROUNDING_US <= at_us < end + ROUNDING_US for start, end in disk), (number, at_us, disk)
    assert {one.cause for one in gaps if one.start_us >= began_us} <= {"disk", "role_down"}
    return Outcome(sum(end - start for start, end in disk) / S, frozenset(VolumeId(UUID(row.volume)) for row in rows))


def check(site: Site, channels: list[ChannelId]) -> None:
    """Alone: a gap for the outage. With another disk: footage on it, and no more lost than what was on its way."""
    found = judge(site, channels)
    if site.spare is None:
        # What was on its way when the disk came back is written: shorter than the outage by as much, never nothing.
        assert all(0 < one.disk_gap_s < 3 * OUTAGE_S + 2 for one in found), found
        return
    assert any(one.volumes == {volume.id for volume in site.made} for one in found), found
    assert all(one.disk_gap_s < MOVING_S for one in found), found


@pytest.fixture
def site(database: Database, tmp_path: Path, bad_disk: SmallDisk, spare: bool) -> Iterator[Site]:
    with ExitStack() as stack:
        made = Site(database, tmp_path, SETTINGS, bad=bad_disk.root / "video")
        if spare:  # with less room, so that one of two channels begins on the other
            made.spare = stack.enter_context(small_disk(tmp_path, "spare", SPARE_SIZE)).root / "video"
        made.set_up()
        yield made


@mostly_beside
def test_a_disk_that_others_fill_to_the_last_byte(site: Site, bad_disk: SmallDisk) -> None:
    """ENOSPC in the middle of writing: the floor is no help when somebody else is faster."""
    check(site, asyncio.run(outage(site, bad_disk.fill, bad_disk.empty)))


@mostly_alone
@pytest.mark.breadth
def test_a_disk_below_its_floor(site: Site, bad_disk: SmallDisk) -> None:
    """Recording stops before the disk is full, and nothing that was recorded goes."""
    site.floor_bytes = 12 << 20
    left: list[int] = []

    def end() -> None:
        left.append(bad_disk.free())
        bad_disk.empty()

    check(site, asyncio.run(outage(site, lambda: bad_disk.fill(leave=2 << 20), end)))
    assert left[0] > 1 << 20


@mostly_alone
def test_a_file_system_that_turns_read_only(site: Site, bad_disk: SmallDisk) -> None:
    if bad_disk.kind != "ext4":
        pytest.skip("a tmpfs does not break")
    check(site, asyncio.run(outage(site, bad_disk.break_down, bad_disk.repair)))


@mostly_beside
def test_a_mount_that_vanishes(site: Site, bad_disk: SmallDisk) -> None:
    """What is left is an empty folder under the mount point: nothing may be written there."""

    def mount() -> None:
        assert not list(bad_disk.root.iterdir())
        assert bad_disk.mount()

    if bad_disk.kind != "ext4":
        pytest.skip("a tmpfs does not come back")
    check(site, asyncio.run(outage(site, bad_disk.unmount, mount)))


@mostly_beside
def test_a_folder_that_is_renamed_away(site: Site) -> None:
    aside = site.bad.with_name("aside")
    check(site, asyncio.run(outage(site, lambda: site.bad.rename(aside), lambda: aside.rename(site.bad))))


@mostly_alone
def test_another_disk_in_its_place(site: Site, bad_disk: SmallDisk) -> None:
    """Its identity is another one: it gets nothing and loses nothing."""
    aside = site.bad.with_name("aside")

    def swap() -> None:
        site.bad.rename(aside)
        SegmentFiles(site.bad).identify(VolumeId(new_id(1)))
        (site.bad / "20200101").mkdir()
        (site.bad / "20200101" / "old.mp4").write_bytes(b"somebody else's")

    def swap_back() -> None:
        assert footage(site.bad) == {"20200101/old.mp4": b"somebody else's"}
        shutil.rmtree(site.bad)
        aside.rename(site.bad)

    check(site, asyncio.run(outage(site, swap, swap_back)))


@mostly_beside
@pytest.mark.parametrize("delay_s", [0.4, 2.0])
@pytest.mark.breadth
def test_a_disk_that_crawls(site: Site, delay_s: float) -> None:
    """What waits for it waits in memory; the other disk does not notice."""

    def crawl() -> None:
        Crawling.delays[site.bad.name] = delay_s

    found = judge(site, asyncio.run(outage(site, crawl, Crawling.delays.clear)))
    # A new segment waits for no disk that hangs: where there is no other one, its minute is a gap.
    limit_s = 0 if delay_s < berths.SLOW_S else MOVING_S if site.spare else OUTAGE_S + MOVING_S
    assert all(one.disk_gap_s <= limit_s for one in found), found
