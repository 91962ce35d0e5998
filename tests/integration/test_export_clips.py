"""Clips: what is in them, frame by frame; what is left out and why; kills, full disks, people who change their mind."""

import errno
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import av
import pytest
from sqlalchemy import delete, update
from tests.unit.media.shelf import START, S, Shelf, at
from tests.unit.media.storing import until

from mingjian.audit.model import Actor
from mingjian.audit.service import listing
from mingjian.identity.model import Person, Role
from mingjian.kernel.clock import WallUs
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, PersonId, new_id
from mingjian.media import store as footage_store
from mingjian.media.export import cutting, making, mp4, service
from mingjian.media.export import store as clip_store
from mingjian.media.export.model import Clip, ClipId, ClipState
from mingjian.media.export.service import Room
from mingjian.media.model import GapCause
from mingjian.media.record.files import SegmentFiles
from mingjian.simulate import readback
from mingjian.storage.engine import Database, Transaction
from mingjian.storage.errors import LEASE_LOST

MOSTLY = "sqlite"  # the engine plays a small part

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])  # where the engine plays no part
ROOT: Final = Path(__file__).parents[2]
DAY_US: Final = 86_400_000_000
PERSON: Final = Person(PersonId(new_id(START)), "zhang.wei", "张伟", Role.SECURITY_MANAGER, "zh-CN", 0)
ACTOR: Final = Actor("person", PERSON.id, "张伟 (zhang.wei)", "127.0.0.1")
REASON: Final = "核实校门口事件"


@dataclass
class HandClock:
    us: int = START + 3 * DAY_US
    ticks: float = 0.0

    def now_us(self) -> WallUs:
        return WallUs(self.us)

    def monotonic(self) -> float:
        self.ticks += 0.3  # every few fragments the making looks around
        return self.ticks


def never() -> bool:
    return False


def held(_tx: Transaction) -> None:
    """The job is still ours."""


@dataclass
class Desk:
    """A shelf of footage and a folder in which clips are made."""

    database: Database
    shelf: Shelf
    folder: Path
    clock: HandClock = field(default_factory=HandClock)
    floor_bytes: int = 0
    stopped: Callable[[], bool] = never
    check: Callable[[Transaction], None] = held

    def ask(self, channels: list[ChannelId], start: float, end: float) -> Clip:
        now_us = self.clock.now_us()
        asked = service.wanted(channels, at(start), at(end), REASON, now_us)
        with self.database.read() as tx:
            estimated = service.estimate(tx, asked)
        with self.database.write() as tx:
            return service.request(
                tx,
                asked,
                estimated_bytes=estimated,
                room=Room(self.folder, self.floor_bytes),
                keep_us=7 * DAY_US,
                person=PERSON,
                actor=ACTOR,
                now_us=now_us,
            )

    def work(self, attempt: int = 1) -> making.Work:
        room = Room(self.folder, self.floor_bytes)
        return making.Work(
            self.database, self.clock, room, check=self.check, stopped=lambda: bool(self.stopped()), attempt=attempt
        )

    def make(self, clip: Clip, attempt: int = 1) -> Clip:
        making.make(self.work(attempt), clip.id)
        return self.clip(clip.id)

    def made(self, channels: list[ChannelId], start: float, end: float) -> Clip:
        return self.make(self.ask(channels, start, end))

    def clip(self, clip_id: ClipId) -> Clip:
        with self.database.read() as tx:
            found = clip_store.get(tx, clip_id)
        assert found is not None
        return found

    def file(self, clip: Clip) -> Path:
        path = self.folder / f"{clip.id}.{clip.file_name.rpartition('.')[2]}"
        assert clip.digest == sha256(path.read_bytes()).digest()
        assert clip.size == path.stat().st_size
        return path

    def manifest(self, clip: Clip) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / f"{clip.id}.json").read_bytes())
        return found

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir()) if self.folder.exists() else []

    def log(self) -> list[Any]:
        with self.database.read() as tx:
            return list(listing(tx, None, 50).items)

    def actions(self) -> list[str]:
        return [one.action for one in reversed(self.log()) if one.action.startswith("clip.")]


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, Shelf(database, tmp_path / "video"), tmp_path / "exports")


def shown(source: Path | bytes) -> int:
    """How many frames a player shows: what the edit list hides is decoded and thrown away."""
    with av.open(io.BytesIO(source) if isinstance(source, bytes) else str(source), "r") as container:
        return len(list(container.decode(video=0)))


def kept(source: Path | bytes) -> list[int]:
    """The numbers of all frames in the file, in their order, hidden ones too; and that the index is in front."""
    data = source if isinstance(source, bytes) else source.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    return readback.numbers(data)


def ffprobe(path: Path) -> dict[str, Any]:
    asked = ["ffprobe", "-v", "error", "-of", "json", "-show_streams", "-show_format", str(path)]
    done = subprocess.run(asked, capture_output=True, check=True, text=True)
    assert done.stderr == ""
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def packed(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {one.compress_type for one in archive.infolist()} == {zipfile.ZIP_STORED}
        return {one.filename: archive.read(one) for one in archive.infolist()}


def left_out(clip: Clip) -> list[tuple[float, float, str]]:
    return [((one.start_us - START) / S, (one.end_us - START) / S, one.cause) for one in clip.contents.left_out]


# What is in a clip


@pytest.mark.parametrize("sealed", [True, False])
def test_a_clip_holds_the_frames_of_its_range_and_hides_its_lead(desk: Desk, sealed: bool) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 30, sealed=sealed)
    clip = desk.made([channel], 3.2, 24.6)
    assert clip.state is ClipState.READY
    path = desk.file(clip)
    assert clip.file_name == "校门口东侧_20250615-230643_230704.mp4"
    assert kept(path) == list(range(75, 615))
    assert shown(path) == 615 - 80
    (part,) = clip.contents.parts
    assert (part.start_us, part.end_us, part.lead_us, part.frames) == (at(3.2), at(24.6), 200_000, 540)
    assert (part.name, part.size, part.sha256) == (clip.file_name, clip.size, clip.digest and clip.digest.hex())
    assert clip.contents.left_out == ()
    assert (clip.done_bytes, clip.finished_us) == (clip.total_bytes, desk.clock.us)
    found = ffprobe(path)
    assert abs(float(found["format"]["duration"]) - 21.4) < 0.001
    assert float(found["format"]["start_time"]) == 0
    assert (found["streams"][0]["codec_name"], found["streams"][0]["nb_frames"]) == ("h264", "540")
    assert found["format"]["tags"]["creation_time"].startswith("2025-06-15T15:06:43")
    assert abs(clip.total_bytes - path.stat().st_size) < path.stat().st_size / 3
    assert desk.names() == [f"{clip.id}.json", f"{clip.id}.mp4"]
    assert desk.folder.stat().st_mode & 0o777 == 0o700
    assert desk.actions() == ["clip.requested", "clip.made"]


@on_sqlite
@pytest.mark.parametrize(
    ("start", "end", "first", "first_shown", "last"),
    [
        (0, 10, 0, 0, 249),
        (0.01, 0.05, 0, 1, 1),  # one frame begins in the range
        (0.98, 1.0, 0, 25, 24),
        (1.0, 2.0, 25, 25, 49),
        (1.96, 2.04, 25, 49, 50),
        (9.5, 10.5, 225, 238, 262),
        (29, 31, 725, 725, 749),
    ],
)
def test_borders(desk: Desk, start: float, end: float, first: int, first_shown: int, last: int) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 30)
    clip = desk.made([channel], start, end)
    if first_shown > last:
        assert clip.state is ClipState.FAILED
        return
    path = desk.file(clip)
    assert kept(path) == list(range(first, last + 1))
    assert shown(path) == last - first_shown + 1
    assert clip.contents.parts[0].start_us == at(first_shown / 25)


@on_sqlite
def test_pictures_are_where_their_time_is(desk: Desk) -> None:
    """What is shown at second t was recorded at start + t, also behind a short silence."""
    channel = desk.shelf.channel()
    desk.shelf.segment(channel, 0, 100)
    desk.shelf.segment(channel, 125, 100)  # a second is missing
    clip = desk.made([channel], 1.2, 8.2)
    with av.open(str(desk.file(clip)), "r") as container:
        for packet in container.demux(container.streams.video[0]):
            if packet.size and packet.pts is not None:
                (number,) = readback.numbers(bytes(packet))
                assert abs(packet.pts * packet.time_base - (number / 25 - 1.2)) < 1e-4
    assert len(clip.contents.parts) == 1
    assert left_out(clip) == [(4.0, 5.0, "unexplained")]


@on_sqlite
def test_what_is_written_now_can_be_copied(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 10)
    desk.shelf.segment(channel, 250, 100, is_open=True)
    clip = desk.made([channel], 8, 14)
    assert kept(desk.file(clip)) == list(range(200, 350))
    segments = desk.manifest(clip)["channels"][0]["parts"][0]["segments"]
    assert [one["sha256"] is None for one in segments] == [False, True]


# Parts


def test_new_parts(desk: Desk) -> None:
    """Other parameters, another clock epoch, a long silence: each begins a part; the manifest says it all."""
    channel = desk.shelf.channel()
    desk.shelf.segment(channel, 0, 100)
    other = desk.shelf.segment(channel, 100, 100, width=320, height=240)
    desk.shelf.segment(channel, 300, 100)  # behind four seconds of silence
    desk.shelf.gap(channel, at(8), at(12), GapCause.NETWORK)
    desk.shelf.segment(channel, 400, 100, epoch=1, start_us=at(13))  # the clock was set back
    clip = desk.made([channel], 0.4, 17)
    assert clip.file_name == "校门口东侧_20250615-230640_230657.zip"
    files = packed(desk.file(clip))
    names = [part.name for part in clip.contents.parts]
    assert [*files] == [*names, "manifest.json"]
    assert names[0] == "01_校门口东侧/0001_20250615-230640.mp4"
    assert [kept(files[name]) for name in names] == [
        list(range(100)),
        list(range(100, 200)),
        list(range(300, 400)),
        list(range(400, 500)),
    ]
    assert [shown(files[name]) for name in names] == [90, 100, 100, 100]
    assert [part.clock_epoch for part in clip.contents.parts] == [0, 0, 0, 1]
    for part in clip.contents.parts:
        assert part.sha256 == sha256(files[part.name]).hexdigest()
    assert left_out(clip) == [(8.0, 12.0, "network")]
    manifest = json.loads(files["manifest.json"])
    assert manifest == desk.manifest(clip)
    assert (manifest["requested_by"], manifest["reason"]) == (ACTOR.label, REASON)
    assert manifest["start"] == "2025-06-15T23:06:40.400000+08:00"
    (told,) = manifest["channels"]
    assert (told["id"], told["name"]) == (str(channel), "校门口东侧")
    assert [one["file"] for one in told["parts"]] == names
    assert told["parts"][0]["lead_ms"] == 400
    assert told["left_out"][0]["zh"] == "网络中断"
    with desk.database.read() as tx:
        digests = clip_store.segment_digests(tx, [other])
    assert told["parts"][1]["segments"] == [{"id": str(other), "sha256": digests[other].hex(), "fragments": [0, 7]}]


@on_sqlite
def test_several_channels(desk: Desk) -> None:
    channels = [desk.shelf.channel(name) for name in ("东门", "../../etc/西门", "空")]
    for number, channel in enumerate(channels[:2]):
        desk.shelf.minutes(channel, 10, first=number)
    desk.shelf.gap(channels[2], START, None, GapCause.DEVICE_OFFLINE)
    clip = desk.made(channels, 1, 5)
    files = packed(desk.file(clip))
    assert [*files] == [
        "01_东门/0001_20250615-230641.mp4",
        "02_etc_西门/0001_20250615-230641.mp4",
        "manifest.json",
    ]
    assert kept(files["01_东门/0001_20250615-230641.mp4"]) == list(range(25, 125))
    assert left_out(clip) == [(1.0, 5.0, "device_offline")]
    assert clip.contents.left_out[0].channel_id == channels[2]
    assert clip.file_name == "录像_3个通道_20250615-230641_230645.zip"


@on_sqlite
def test_large_parts_are_divided_at_key_frames(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "PART_FRAMES", 60)
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 10)
    clip = desk.made([channel], 0, 10)
    files = packed(desk.file(clip))
    found = [kept(files[part.name]) for part in clip.contents.parts]
    assert [len(one) for one in found] == [75, 75, 75, 25]
    assert [*chain.from_iterable(found)] == list(range(250))
    assert left_out(clip) == []


# Damage


@on_sqlite
def test_damage_is_gone_around_and_named(desk: Desk) -> None:
    channel = desk.shelf.channel()
    altered = desk.shelf.segment(channel, 0, 250)
    desk.shelf.spoil(channel, altered, 5)  # the second half of the third second: nothing else is lost
    key = desk.shelf.segment(channel, 250, 250)
    desk.shelf.spoil(channel, key, 4)  # the key frame of the thirteenth second: its second half needs it
    gone = desk.shelf.segment(channel, 500, 250)
    desk.shelf.path(channel, gone).unlink()
    short = desk.shelf.segment(channel, 750, 250)
    data = desk.shelf.path(channel, short).read_bytes()
    desk.shelf.path(channel, short).write_bytes(data[: len(data) // 2])
    desk.shelf.segment(channel, 1000, 100)
    clip = desk.made([channel], 0, 44)
    missing = {*range(62, 75), *range(300, 325), *range(500, 750)}
    files = packed(desk.file(clip))
    numbers = [number for part in clip.contents.parts for number in kept(files[part.name])]
    half = [number for number in range(750, 1000) if number in numbers]
    assert half == list(range(750, half[-1] + 1))
    assert 100 < len(half) < 150
    assert numbers == [number for number in range(1100) if number not in missing and not half[-1] < number < 1000]
    assert left_out(clip) == [
        (2.48, 3.0, "altered"),
        (12.0, 12.48, "altered"),
        (12.48, 13.0, "undecodable"),
        (20.0, 30.0, "missing"),
        ((half[-1] + 1) / 25, 40.0, "altered"),
    ]


@on_sqlite
def test_a_disk_that_does_not_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 20)
    read = SegmentFiles.read

    def failing(self: Any, path_name: str, offset: int, length: int) -> bytes:
        if offset > 20_000:
            raise OSError(errno.EIO, "Input/output error")
        data: bytes = read(self, path_name, offset, length)
        return data

    monkeypatch.setattr(SegmentFiles, "read", failing)
    clip = desk.made([channel], 0, 20)
    assert {cause for *_, cause in left_out(clip)} == {"unreadable"}
    assert clip.state is ClipState.READY


def test_nothing_left(desk: Desk) -> None:
    channel = desk.shelf.channel()
    gone = desk.shelf.segment(channel, 0, 250)
    clip = desk.ask([channel], 0, 10)
    desk.shelf.path(channel, gone).unlink()
    clip = desk.make(clip)
    assert clip.state is ClipState.FAILED
    assert clip.problem is not None
    assert (clip.problem[0], clip.problem[1]["cause_zh"]) == ("export.nothing_left", "录像文件缺失")
    assert desk.names() == []
    assert desk.actions() == ["clip.requested", "clip.failed"]


def test_footage_that_is_deleted_while_a_clip_is_made(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.segment(channel, 0, 250)
    gone = desk.shelf.segment(channel, 250, 250)
    desk.shelf.segment(channel, 500, 250)

    def purge() -> bool:
        desk.stopped = lambda: False
        desk.shelf.path(channel, gone).unlink()
        with desk.database.write() as tx:
            tx.execute(delete(footage_store.SEGMENT_INDEX).where(footage_store.SEGMENT_INDEX.c.segment_id == gone))
            tx.execute(delete(footage_store.SEGMENT).where(footage_store.SEGMENT.c.id == gone))
        return False

    clip = desk.ask([channel], 0, 30)
    desk.stopped = purge
    clip = desk.make(clip)
    assert left_out(clip) == [(10.0, 20.0, "missing")]
    assert len(clip.contents.parts) == 2


# The end of a worker, of a disk, of a wish


def test_a_worker_that_dies_is_followed_by_another(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 30)
    clip = desk.ask([channel], 0, 30)
    for attempt, moment in enumerate((3, 40, 59, 61), 1):  # the last two: between reading and the end
        left = iter(range(moment))

        def die(left: Iterator[int] = left) -> bool:
            if next(left, None) is None:
                raise KeyboardInterrupt
            return False

        desk.stopped = die
        with monkeypatch.context() as dying:
            dying.setattr(making._Folder, "drop", lambda _self: None)  # a killed process tidies nothing up
            with pytest.raises(KeyboardInterrupt):
                desk.make(clip, attempt)
        assert desk.clip(clip.id).state is ClipState.RUNNING
        assert not (desk.folder / f"{clip.id}.mp4").exists()
    desk.stopped = lambda: False
    clip = desk.make(clip, 5)
    assert kept(desk.file(clip)) == list(range(750))
    assert desk.names() == [f"{clip.id}.json", f"{clip.id}.mp4"]
    assert desk.actions() == ["clip.requested", "clip.made"]


def grows(path: Path) -> bool:
    return path.exists() and path.stat().st_size > 100_000


@on_sqlite
def test_kill_nine(desk: Desk, database_url: str) -> None:
    """A real process, killed in the middle: its folder stays, its half file is nobody's clip, the next one makes it."""
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 60)
    clip = desk.ask([channel], 0, 60)
    command = [sys.executable, "-m", "tests.unit.media.copying", database_url, str(desk.folder), str(clip.id)]
    for attempt in (1, 2):
        with subprocess.Popen(
            [*command, str(attempt)],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(str(one) for one in (ROOT / "src", ROOT))},
        ) as one:
            try:
                until(partial(grows, desk.folder / f"{clip.id}.{attempt}.making" / "1-1.mp4"), 60)
            finally:
                one.kill()
        assert desk.clip(clip.id).state is ClipState.RUNNING
        assert desk.names() == [f"{clip.id}.{attempt}.making"]
    desk.clock = HandClock()
    clip = desk.make(clip, 3)
    assert kept(desk.file(clip)) == list(range(1500))
    assert desk.names() == [f"{clip.id}.json", f"{clip.id}.mp4"]
    assert desk.actions() == ["clip.requested", "clip.made"]


def test_a_worker_that_died_after_its_rename(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 10)
    clip = desk.ask([channel], 0, 10)

    def dies(*_args: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(service, "finished", dies)
        with pytest.raises(KeyboardInterrupt):
            desk.make(clip)
    assert desk.clip(clip.id).state is ClipState.RUNNING
    assert (desk.folder / f"{clip.id}.mp4").exists()
    assert kept(desk.file(desk.make(clip, 2))) == list(range(250))


@on_sqlite
def test_a_clip_that_kills_its_workers_is_given_up(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 10)
    clip = desk.make(desk.ask([channel], 0, 10), making.MAX_ATTEMPTS + 1)
    assert (clip.state, clip.problem and clip.problem[0]) == (ClipState.FAILED, "export.making_failed")
    assert desk.make(clip).state is ClipState.FAILED  # asked again, nothing happens
    assert desk.actions() == ["clip.requested", "clip.failed"]


@on_sqlite
def test_a_role_that_stops_is_not_kept_waiting(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 10)
    clip = desk.ask([channel], 0, 10)
    desk.stopped = lambda: True
    with pytest.raises(making.Interrupted):
        desk.make(clip)
    assert desk.names() == []
    assert desk.clip(clip.id).state in {ClipState.WAITING, ClipState.RUNNING}


def test_a_clip_that_is_deleted_while_it_is_made(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 60)
    clip = desk.ask([channel], 0, 60)
    looks = iter(range(50))

    def change_of_mind() -> bool:
        if next(looks, None) is None and desk.clip(clip.id).state is ClipState.RUNNING:
            assert 0 < desk.clip(clip.id).done_bytes < clip.total_bytes
            with desk.database.write() as tx:
                service.delete(tx, clip.id, desk.folder, person=PERSON, actor=ACTOR, now_us=desk.clock.us)
        return False

    desk.stopped = change_of_mind
    assert desk.make(clip).state is ClipState.CANCELLED
    assert desk.names() == []
    assert desk.actions() == ["clip.requested", "clip.deleted"]


@on_sqlite
@pytest.mark.parametrize("channels", [1, 2])
def test_a_disk_that_fills_up(desk: Desk, monkeypatch: pytest.MonkeyPatch, channels: int) -> None:
    found = [desk.shelf.channel(f"{number}") for number in range(channels)]
    for channel in found:
        desk.shelf.minutes(channel, 10)
    clip = desk.ask(found, 0, 10)
    write, written = mp4.Mp4.write, []

    def full(self: Any, sample: Any, ticks: int) -> None:
        written.append(ticks)
        if len(written) > 250 * channels - 100:
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, sample, ticks)

    monkeypatch.setattr(mp4.Mp4, "write", full)
    clip = desk.make(clip)
    assert (clip.state, clip.problem and clip.problem[0]) == (ClipState.FAILED, "export.no_room")
    assert desk.names() == []


@on_sqlite
def test_a_real_full_disk(database: Database, tmp_path: Path) -> None:
    mounted = tmp_path / "small"
    mounted.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=300k", "none", mounted], check=False, capture_output=True
    ).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        desk = Desk(database, Shelf(database, tmp_path / "video"), mounted / "exports")
        channel = desk.shelf.channel()
        desk.shelf.minutes(channel, 60)
        with pytest.raises(MingjianError, match=r"export\.no_room"):
            desk.ask([channel], 0, 60)
        assert desk.actions() == []
        clip = desk.ask([channel], 0, 2)
        with database.write() as tx:  # more than was thought
            tx.execute(update(clip_store.CLIP).values(end_us=at(60)))
        clip = desk.make(clip)
        assert (clip.state, clip.problem and clip.problem[0]) == (ClipState.FAILED, "export.no_room")
        assert desk.names() == []
    finally:
        subprocess.run(["umount", mounted], check=True)


@on_sqlite
def test_room_for_recording_is_left_alone(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 10)
    clip = desk.ask([channel], 0, 10)
    desk.floor_bytes = 1 << 60
    with pytest.raises(MingjianError, match=r"export\.no_room"):
        desk.ask([channel], 0, 10)
    clip = desk.make(clip)
    assert (clip.state, clip.problem and clip.problem[0]) == (ClipState.FAILED, "export.no_room")


def test_another_worker_took_it_over(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 10)
    clip = desk.ask([channel], 0, 10)

    def lost(_tx: Transaction) -> None:
        raise MingjianError(LEASE_LOST, job=1, attempt=1)

    desk.check = lost
    with pytest.raises(MingjianError, match=r"storage\.lease_lost"):
        desk.make(clip)
    assert desk.names() == []
    assert desk.actions() == ["clip.requested"]


# Expiry


def test_clips_expire(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 10)
    ready, waiting = desk.made([channel], 0, 5), desk.ask([channel], 5, 10)
    (desk.folder / f"{UUID(int=7)}.3.making").mkdir()  # what a crash left
    (desk.folder / f"{UUID(int=7)}.zip").touch()
    making.expire(desk.work())
    assert desk.names() == [f"{ready.id}.json", f"{ready.id}.mp4"]
    desk.clock.us = ready.expires_us
    with desk.database.read() as tx, pytest.raises(MingjianError, match=r"export\.clip_not_ready"):
        service.ready_clip_of(tx, ready.id, PERSON, desk.clock.us)
    making.expire(desk.work())
    making.expire(desk.work())
    assert desk.names() == []
    assert {desk.clip(one.id).state for one in (ready, waiting)} == {ClipState.EXPIRED}
    assert desk.actions() == ["clip.requested", "clip.made", "clip.requested", "clip.expired", "clip.expired"]


@on_sqlite
def test_a_person_has_a_few_clips_at_a_time(desk: Desk) -> None:
    channel = desk.shelf.channel()
    desk.shelf.minutes(channel, 10)
    clips = [desk.ask([channel], 0, 1) for _ in range(service.MAX_UNFINISHED)]
    with pytest.raises(MingjianError, match=r"export\.too_many_clips"):
        desk.ask([channel], 0, 1)
    desk.make(clips[0])
    desk.ask([channel], 0, 1)
