"""A recorder's writer at work on two small disks, and the machine that stops at any moment of it."""

import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final

import av
from tests.unit.media import making, promises
from tests.unit.media.disk import VARIANTS, Created, Disk, Image, Written
from tests.unit.media.storing import START, S
from tests.unit.media.tracing import Committed, Event, Flushed, OnDisk, Trace, TracedDatabase, TracedFiles

from mingjian.kernel.clock import WallUs
from mingjian.kernel.ids import ChannelId, VolumeId, new_id
from mingjian.media import store, volumes
from mingjian.media.model import ClockEpoch, Fragment, GapCause, Volume
from mingjian.media.record.cutter import Cutter
from mingjian.media.record.files import FlushPolicy, SegmentFiles
from mingjian.media.record.placement import Berth, Placement, VolumeState
from mingjian.media.record.recovery import recover
from mingjian.media.record.writer import SegmentWriter
from mingjian.storage.engine import Database

DISKS: Final = 2
INTERVAL_S: Final = 1.0
SEGMENT_US: Final = 4 * S
LIMIT_S: Final = 20.0
HOUR_US: Final = 3600 * S
DRIFT_PPM: Final = 400


class HandClock:
    """Goes on when it is told to. The writer's intervals are steps of the test, not of the machine."""

    def __init__(self, now_us: int = START) -> None:
        self._now_us = now_us
        self._monotonic = 1_000.0

    def now_us(self) -> WallUs:
        return WallUs(self._now_us)

    def monotonic(self) -> float:
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """The writer's intervals; wall time is that of the cameras."""
        self._monotonic += seconds

    def at_least(self, now_us: int) -> None:
        self._now_us = max(self._now_us, now_us)

    def step(self, step_us: int) -> None:
        self._now_us += step_us


class Desk:
    """A writer over some volumes, whose time goes on by hand."""

    def __init__(self, database: Database, files: Mapping[VolumeId, SegmentFiles], clock: HandClock) -> None:
        self.clock = clock
        self.placement = Placement(clock)
        self._rounds = threading.Semaphore(0)
        self.writer = SegmentWriter(
            database,
            clock,
            self.placement,
            flush_interval_s=INTERVAL_S,
            on_broken=lambda channel_id, error: self.broken.append((channel_id, error)),
            on_durable=lambda _bytes, _fragments, _seconds: self._rounds.release(),
        )
        self.broken: list[tuple[ChannelId, OSError]] = []
        with database.read() as tx:
            self.volumes: list[Volume] = store.volumes(tx)
        self.lanes = [self.writer.open_lane(one, files[one.id]) for one in self.volumes]
        self.placement.replace([Berth(lane, VolumeState.OK, 1 << 30) for lane in self.lanes])
        self.group_id = self.volumes[0].group_id
        self.writer.start()

    def flush(self) -> None:
        """One interval."""
        while self._rounds.acquire(blocking=False):
            pass
        deadline = time.monotonic() + LIMIT_S
        done = False
        while not done:  # once, unless the round before ended only now and counts its interval from here
            assert time.monotonic() < deadline
            self.clock.advance(INTERVAL_S)
            self.writer.later(lambda _tx: None)  # wakes it
            done = self._rounds.acquire(timeout=2)

    def settle(self) -> None:
        """Until everything that was given is durable."""
        deadline = time.monotonic() + LIMIT_S
        waiting = threading.Thread(target=self.writer.drain, args=(LIMIT_S,))
        waiting.start()
        while waiting.is_alive():
            assert time.monotonic() < deadline
            self.clock.advance(INTERVAL_S)
            self.writer.later(lambda _tx: None)
            waiting.join(0.005)

    def stop(self) -> None:
        self.writer.stop()


@dataclass
class Camera:
    """One channel: numbered frames at 25 a second, cut into fragments and given to the writer.

    `place` is the time of the next frame in frames since START, `number` what it says of itself.
    """

    desk: Desk
    id: ChannelId
    epoch: int = 0
    place: int = 0
    number: int = 0
    width: int = 256
    height: int = 144
    offset_us: int = 0
    given: dict[bytes, Fragment] = field(default_factory=dict)

    def adopt(self) -> int:
        until_us = self.desk.writer.adopt(self.id, self.desk.group_id, START)
        self.cutter = Cutter(
            fragment_ticks=90_000,
            segment_us=SEGMENT_US,
            phase_us=self.id.int % SEGMENT_US,
            not_before_us=until_us,
            clock_epoch=self.epoch,
        )
        return until_us

    @property
    def now_us(self) -> int:
        """When the next frame arrives. The camera's clock runs fast, so recorded time is slewed."""
        return START + self.offset_us + self.place * 40_000 * (1_000_000 - DRIFT_PPM) // 1_000_000

    def record(self, seconds: float) -> None:
        count = int(seconds * 25)
        for frame in making.frames(
            count, first=self.number, ticks=self.place * making.STEP, width=self.width, height=self.height
        ):
            self._give(self.cutter.push(frame, self.now_us))
            self.number += 1
            self.place += 1
        self.desk.clock.at_least(START + self.offset_us + self.place * 40_000)

    def fall_silent(self, seconds: int) -> None:
        """Nothing for a while, in one connection."""
        self._give(self.cutter.settle())
        self.place += seconds * 25

    def interrupt(self, cause: GapCause, seconds: int) -> None:
        self._give(self.cutter.finish())
        self.cutter.interrupted()
        self.desk.writer.interrupt(self.id, cause)
        self.place += seconds * 25
        self.begin_with_key_frame()

    def change_picture(self) -> None:
        self._give(self.cutter.finish())
        self.begin_with_key_frame()
        self.width, self.height = (320, 180) if self.width == 256 else (256, 144)

    def begin_with_key_frame(self) -> None:
        self.number += -self.number % 25

    def step(self, epoch: ClockEpoch) -> None:
        self.cutter.stepped(epoch.epoch)
        self.epoch = epoch.epoch
        self.offset_us += epoch.step_us

    def finish(self) -> None:
        self._give(self.cutter.finish())

    def _give(self, fragment: Fragment | None) -> None:
        if fragment is not None:
            self.given[sha256(fragment.data).digest()] = fragment
            self.desk.writer.write(self.id, fragment)


# A day of recording, in half a minute


@dataclass
class Story:
    """What happened: the events, which volumes there were, and every fragment that was given to the writer."""

    events: list[Event]
    volume_ids: list[VolumeId]
    policy: FlushPolicy
    first: bytes
    channels: list[ChannelId] = field(default_factory=list)
    given: dict[ChannelId, dict[bytes, Fragment]] = field(default_factory=dict)
    epochs: list[ClockEpoch] = field(default_factory=list)
    images: tuple[Image, ...] = ({},) * DISKS
    """What was on the disks when it began."""
    promised: frozenset[bytes] = frozenset()
    """What must be there at any moment of it."""


Files = Callable[[Path, FlushPolicy, Trace, int], TracedFiles]


class Teller:
    """Makes a story from a seed."""

    def __init__(self, folder: Path, template: Path, policy: FlushPolicy, seed: int, files: Files) -> None:
        self.chance = Random(seed)
        self.trace = Trace()
        path = folder / "mingjian.db"
        path.write_bytes(template.read_bytes())
        self.database = TracedDatabase(path, self.trace)
        self.clock = HandClock()
        made = [volumes.add(self.database, folder / str(at), "default", START + at) for at in range(DISKS)]
        first = next(one for one in reversed(self.trace.events) if isinstance(one, Committed)).database()
        self.trace.events.clear()
        by_id = {one.id: files(Path(one.path), policy, self.trace, at) for at, one in enumerate(made)}
        self.desk = Desk(self.database, by_id, self.clock)
        self.files = list(by_id.values())
        self.cameras: list[Camera] = []
        self.story = Story(self.trace.events, [one.id for one in made], policy, first)

    def tell(self, steps: int) -> Story:
        with closing(self.database):
            for _ in range(2):
                self.appear()
            for number in range(steps):
                self.step(number, steps)
            for camera in self.cameras:
                camera.finish()
            self.story.channels = [one.id for one in self.cameras]
            self.story.given = {one.id: one.given for one in self.cameras}
            stopping = threading.Thread(target=self.desk.stop)
            stopping.start()
            while stopping.is_alive():
                self.clock.advance(0.05)
                stopping.join(0.02)
        assert not self.desk.broken, self.desk.broken
        return self.story

    def appear(self) -> None:
        place = max((one.place for one in self.cameras), default=0)
        number = (len(self.cameras) + 1) * 1_000_000  # no two cameras send the same picture
        channel_id = ChannelId(new_id(START))
        camera = Camera(self.desk, channel_id, len(self.story.epochs), place, number, offset_us=self._offset_us)
        camera.adopt()
        self.cameras.append(camera)

    @property
    def _offset_us(self) -> int:
        return sum(one.step_us for one in self.story.epochs)

    def step(self, number: int, steps: int) -> None:
        """One second or so of everything, and one thing that is not usual."""
        for camera in self.chance.sample(self.cameras, len(self.cameras)):
            camera.record(self.chance.choice((0.6, 1.0, 1.4)))
            if self.chance.random() < 0.3:
                self.desk.flush()
        unusual: Sequence[Callable[[], None]] = (
            self.interrupt,
            self.desk.settle,
            self.other_picture,
            self.slow_disk,
            self.interrupt,
            self.silence,
        )
        self.chance.choice(unusual)()
        if number == steps // 3:
            self.appear()
        if number in (steps // 2, 3 * steps // 4):
            self.clock_steps(HOUR_US if number == steps // 2 else -HOUR_US)
        self.desk.flush()

    def interrupt(self) -> None:
        self.chance.choice(self.cameras).interrupt(GapCause.NETWORK, self.chance.choice((1, 3)))

    def silence(self) -> None:
        self.chance.choice(self.cameras).fall_silent(self.chance.choice((1, 3)))

    def other_picture(self) -> None:
        self.chance.choice(self.cameras).change_picture()

    def slow_disk(self) -> None:
        """One disk does not answer within the interval; the flush ends without it, and it comes later."""
        slow = self.chance.choice(self.files)
        slow.before_sync.clear()
        try:
            for camera in self.cameras:
                camera.record(1)
            ended = threading.Thread(target=self.desk.flush)
            ended.start()
            while ended.is_alive():
                ended.join(0.01)
                self.clock.advance(INTERVAL_S / 2)
                self.desk.writer.later(lambda _tx: None)
        finally:
            slow.before_sync.set()

    def clock_steps(self, step_us: int) -> None:
        latest = max(one.place for one in self.cameras)
        for camera in self.cameras:
            camera.place = latest
        self.clock.step(step_us)
        newest = max((one.epoch for one in self.story.epochs), default=0) + 1
        epoch = ClockEpoch(newest, self.clock.now_us(), step_us, observed=True)
        self.story.epochs.append(epoch)
        self.desk.writer.stepped(epoch)
        for camera in self.cameras:
            camera.step(epoch)


# What may be left of it


@dataclass(frozen=True, slots=True)
class Case:
    """A machine that stopped: after how many events, what became of what was not durable, and what was promised.

    `written` and `promised` are the fragments (by digest) that a killed process and a power cut must leave.
    """

    at: int
    fate: str
    database: bytes
    images: tuple[Image, ...]
    written: frozenset[bytes]
    promised: frozenset[bytes]

    def __str__(self) -> str:
        return f"after event {self.at}, {self.fate}"


def cases(story: Story, seed: int = 1) -> Iterator[Case]:
    """Every moment, with every fate of what was not durable then; each state of a machine once."""
    chance, seen = Random(seed), set()
    disks = [Disk.holding(image) for image in story.images]
    database: bytes = story.first
    written: list[dict[str, list[bytes]]] = [{"": list(story.promised)} for _ in disks]
    promised = story.promised
    for at, event in enumerate(story.events):
        match event:
            case Committed():
                database = event.database()
            case Flushed(number):
                promised |= {digest for those in written[number].values() for digest in those}
            case OnDisk(number, call):
                disks[number].take(call)
                if isinstance(call, Created):
                    written[number][call.name] = []
                if isinstance(call, Written):
                    body = promises.fragment_at_end(bytes(disks[number].files[call.name].content), len(call.data))
                    written[number][call.name].append(sha256(body).digest())
        every = frozenset(digest for files in written for those in files.values() for digest in those)
        for fate in VARIANTS:
            found = [VARIANTS[fate](disk, chance) for disk in disks]
            if all(one is None for one in found):
                continue
            images = tuple(disk.kept() if one is None else one for one, disk in zip(found, disks, strict=True))
            state = hash((database, *(frozenset(image.items()) for image in images)))
            if state not in seen:
                seen.add(state)
                yield Case(at, fate, database, images, every, promised)


def lay_out(folder: Path, story: Story, case: Case) -> list[Path]:
    """The disks and the database as the machine finds them; the roots of the volumes."""
    roots = [folder / str(at) for at in range(len(case.images))]
    for root, image, volume_id in zip(roots, case.images, story.volume_ids, strict=True):
        QuickFiles(root).identify(volume_id)
        for name, content in image.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes(content)
    (folder / "mingjian.db").write_bytes(case.database)
    return roots


def tell_recovery(folder: Path, story: Story, case: Case) -> Story:
    """What recovery does to a machine that stopped, as a story of its own: it may stop in the middle of that too."""
    trace = Trace()
    roots = lay_out(folder, story, case)
    with closing(TracedDatabase(folder / "mingjian.db", trace)) as database:
        for at, (root, volume_id) in enumerate(zip(roots, story.volume_ids, strict=True)):
            recover(database, volume_id, TracedFiles(root, story.policy, trace, at))
    shutil.rmtree(folder)
    whole = {sha256(one).digest() for image in case.images for held in image.values() for one in promises.proven(held)}
    return replace(story, events=trace.events, first=case.database, images=case.images, promised=frozenset(whole))


class BrokenPromiseError(AssertionError):
    """The store did not keep a promise."""


class Workshop:
    """Starts machines again that had stopped, and looks at what they make of it."""

    def __init__(self, folder: Path, story: Story) -> None:
        self._folder = folder
        self._story = story
        self._given = {
            digest: (channel, one) for channel, those in story.given.items() for digest, one in those.items()
        }
        self.recovered_frames = 0
        self._number = 0

    def check(self, case: Case, *, go_on: bool) -> None:
        """Raises BrokenPromiseError with everything that is not as promised."""
        folder = self._folder / str(self._number)
        self._number += 1
        roots = lay_out(folder, self._story, case)
        with closing(Database(f"sqlite:///{folder / 'mingjian.db'}")) as database:
            machine = Machine(self._story, database, roots)
            try:
                self._require(case, "as it stopped", machine.broken(over=False))
                machine.recover()
                self._require(case, "recovered", [*machine.broken(over=True), *self._losses(case, machine)])
                self._require(case, "recovered again", machine.recovered_again())
                if go_on:
                    self._require(case, "going on", machine.goes_on())
            except BrokenPromiseError:
                raise
            except (AssertionError, ValueError, OSError, LookupError) as error:
                raise BrokenPromiseError(f"{case}: {error!r}") from error
        shutil.rmtree(folder)

    def _require(self, case: Case, when: str, problems: Sequence[str]) -> None:
        if problems:
            raise BrokenPromiseError(f"{case}, {when}:\n" + "\n".join(problems))

    def _losses(self, case: Case, machine: "Machine") -> Iterator[str]:
        """What should have survived, and whether what did says of itself what was given."""
        with machine.database.read() as tx:
            rows = [one for one in promises.rows(tx) if one.state in promises.KEPT]
        survived: set[bytes] = set()
        for row in rows:
            yield from _played(row, machine.contents(row))
            for record in row.records:
                survived.add(record[-1])
                yield from self._told(row, record)
        whole = {
            sha256(one).digest()
            for image in case.images
            for content in image.values()
            for one in promises.proven(content)
        }
        self.recovered_frames += len(survived)
        missing = whole - survived
        if missing:
            yield f"{len(missing)} fragments are whole on the disk and were not kept: {self._named(missing)}"
        if case.fate == "kept" and case.written - survived:
            yield f"a killed process lost what it had written: {self._named(case.written - survived)}"
        if case.promised - survived:
            yield f"flushed, and lost: {self._named(case.promised - survived)}"
        if survived - case.written:
            yield f"never written: {self._named(survived - case.written)}"

    def _told(self, row: promises.Row, record: tuple[object, ...]) -> Iterator[str]:
        _, start_ticks, duration_ticks, offset_us, frames, key, _, digest = record
        assert isinstance(digest, bytes)
        assert isinstance(offset_us, int)
        if digest not in self._given:
            yield f"{row.path_name}: a fragment that nobody gave"
            return
        channel, fragment = self._given[digest]
        if (channel.hex, fragment.clock_epoch) != (row.channel, row.epoch):
            yield f"{row.path_name}: a fragment of {channel} in epoch {fragment.clock_epoch} in epoch {row.epoch}"
        if abs(row.start_us + offset_us - fragment.start_us) > 1:
            yield f"{row.path_name}: {fragment.start_us} became {row.start_us + offset_us}"
        told = start_ticks, duration_ticks, frames, bool(key)
        if told != (fragment.start_ticks, fragment.duration_ticks, fragment.frames, fragment.key):
            yield f"{row.path_name}: {told} is not what was given"

    def _named(self, digests: set[bytes] | frozenset[bytes]) -> list[tuple[str, float]]:
        found = (self._given[one] for one in digests if one in self._given)
        return sorted((channel.hex[-4:], (one.start_us - START) / S) for channel, one in found)


def _played(row: promises.Row, content: bytes) -> Iterator[str]:
    try:
        numbers = list(promises.decoded(content))
    except av.FFmpegError as error:
        yield f"{row.path_name}: it does not play: {error!r}"
        return
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):
        yield f"{row.path_name}: frames {numbers}"


class QuickFiles(SegmentFiles):
    """Nothing is made durable: this machine does not stop again."""

    def _sync_all(self, descriptor: int) -> None:
        pass

    def sync(self, descriptors: Sequence[int]) -> None:
        pass

    def sync_folder(self, folder: Path) -> None:
        pass


@dataclass
class Machine:
    """One that was started again."""

    story: Story
    database: Database
    roots: list[Path]

    def __post_init__(self) -> None:
        self.files = dict(zip(self.story.volume_ids, map(QuickFiles, self.roots), strict=True))
        self._volume_of = {one.hex: root for one, root in zip(self.story.volume_ids, self.roots, strict=True)}

    def all_contents(self) -> dict[str, promises.Files]:
        return {volume: promises.contents(root) for volume, root in self._volume_of.items()}

    def contents(self, row: promises.Row) -> bytes:
        return (self._volume_of[row.volume] / row.path_name).read_bytes()

    def broken(self, *, over: bool, covered: bool = False) -> list[str]:
        with self.database.read() as tx:
            return promises.broken(tx, self.all_contents(), over=over, covered=covered)

    def recover(self) -> None:
        for volume_id, files in self.files.items():
            recover(self.database, volume_id, files)

    def _state(self) -> tuple[object, object]:
        with self.database.read() as tx:
            return promises.everything(tx), self.all_contents()

    def recovered_again(self) -> list[str]:
        before = self._state()
        self.recover()
        return [] if self._state() == before else ["a second recovery changed something"]

    def goes_on(self) -> list[str]:
        """Two more seconds of every channel, ten minutes later."""
        with self.database.read() as tx:
            epochs = store.clock_epochs(tx)
            known = {row.channel for row in promises.rows(tx)}
        later_us = 600 * S + sum(one.step_us for one in epochs)
        desk = Desk(self.database, self.files, clock := HandClock(START + later_us))
        cameras = [
            Camera(desk, one, len(epochs), place=15_000, offset_us=later_us - 600 * S)
            for one in self.story.channels
            if one.hex in known
        ]
        for camera in cameras:
            camera.adopt()
            camera.record(2)
            camera.finish()
        desk.settle()
        stopping = threading.Thread(target=desk.stop)
        stopping.start()
        while stopping.is_alive():
            clock.advance(0.05)
            stopping.join(0.005)
        with self.database.read() as tx:
            rows = [
                row for row in promises.rows(tx) if row.epoch == len(epochs) and row.start_us >= START + later_us - S
            ]
        frames = {one.id: sum(row.frames or 0 for row in rows if row.channel == one.id.hex) for one in cameras}
        quiet = [f"{one.id} was not recorded again: {frames[one.id]}" for one in cameras if frames[one.id] != 50]
        return [*quiet, *self.broken(over=True, covered=True)]
