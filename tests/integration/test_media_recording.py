"""The writer and recovery on a real folder and both engines: order of things, failing disks and databases, death."""

import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.unit.media import making
from tests.unit.media.storing import BAD_SECTOR, NO_SPACE, START, S, Site, Trouble, WatchedFiles, until

from mingjian.kernel.ids import VolumeId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media import store
from mingjian.media.model import ChannelState, GapCause, unpack_records
from mingjian.media.record import writer as writing
from mingjian.media.record.files import SegmentFiles
from mingjian.media.record.recovery import recover
from mingjian.media.store import ChannelStatus

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])  # where the engine plays no part: a database costs time


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    database = Trouble(database_url)
    made = Site(database, tmp_path / "video")
    yield made
    made.files.fails.clear()
    database.busy = database.deaf = False
    if made.writer.alive:
        made.writer.stop()
    database.close()


def test_what_is_written_is_what_was_sent(site: Site) -> None:
    channels = [site.channel() for _ in range(3)]
    for _ in range(5):
        for channel in channels:
            channel.record(5)
    for channel in channels:
        channel.hand_over()
    site.writer.stop()
    for channel in channels:
        assert site.recorded(channel.id) == channel.sent
        site.check(channel.id)
        rows = site.segments(channel.id)
        assert [row.state for row in rows] == ["closed"] * 3  # 25 s in segments of ten
        assert [row.start_us for row in rows] == [START, START + 10 * S, START + 20 * S]
        assert rows[-1].end_us == START + 25 * S
        assert (rows[0].codec, rows[0].width, rows[0].origin, rows[0].stream) == ("h264", 256, "live", "main")
        # Its file was made ready before: day and time are those of Shanghai at that moment.
        assert re.fullmatch(rf"20\d{{6}}/{channel.id}/\d{{6}}-{rows[0].id}\.mp4", rows[0].path_name)
        assert site.gaps(channel.id) == [(25.0, None, "role_down")]
        file = site.root / rows[0].path_name
        told = subprocess.run(["ffmpeg", "-v", "error", "-i", file, "-f", "null", "-"], capture_output=True, check=True)
        assert told.stderr == b""
        assert file.stat().st_mode & 0o007 == 0


def test_the_fragments_of_a_turn_wake_the_writer_once(site: Site) -> None:
    channel = site.channel()
    ends: list[Callable[[], None]] = []
    site.writer._after_turn = ends.append
    channel.record(3)
    assert len(ends) == 1
    ends.pop()()
    channel.record(2)
    assert len(ends) == 1
    site.writer.stop()  # though the turn has not ended
    assert len(site.recorded(channel.id)) == len(channel.sent) - 25
    site.check(channel.id)


def test_no_row_promises_what_the_disk_does_not_have(site: Site) -> None:
    """At each commit, all that the index says is durable; `WatchedFiles` sees to rows being there before files."""
    promised = 0

    def compare() -> None:
        nonlocal promised
        with site.database.read() as tx:
            query = select(store.SEGMENT.c.path_name, store.SEGMENT.c.init_size, store.SEGMENT_INDEX.c.records)
            for row in tx.execute(query.join_from(store.SEGMENT, store.SEGMENT_INDEX)):
                size = sum(record.length for record in unpack_records(row.records))
                promised += bool(size)
                assert not size or row.init_size + size <= site.files.durable[row.path_name]

    site.database.after_commit = compare
    channels = [site.channel() for _ in range(2)]
    for _ in range(15):
        for channel in channels:
            channel.record(1)
        site.settle()
    site.writer.stop()
    assert promised > 20
    assert "create" in site.files.calls
    assert site.files.calls.index("create") < site.files.calls.index("append") < site.files.calls.index("sync")


def test_open_segments_can_be_read_up_to_what_is_flushed(site: Site) -> None:
    channel = site.channel()
    channel.record(4.5)
    site.settle()
    (row,) = site.segments(channel.id)
    assert (row.state, row.end_us, row.size) == ("open", None, None)
    assert [record.frames for record in unpack_records(row.records)] == [25] * 4
    with site.database.read() as tx:
        (segment,) = store.segments_between(tx, channel.id, Span(START, START + S), S)
    assert (segment.start_us, segment.end_us) == (START, START + 4 * S)
    assert segment.size <= (site.root / row.path_name).stat().st_size


# Disks that fail


FAULTS = [
    (call, number, torn)
    for call in ("create", "append", "sync")
    for number in (NO_SPACE, BAD_SECTOR)
    for torn in (False,)
]
FAULTS += [("append", NO_SPACE, True), ("append", BAD_SECTOR, True)]


@on_sqlite
@pytest.mark.parametrize(("call", "number", "torn"), FAULTS)
def test_a_disk_that_fails_for_a_while(site: Site, call: str, number: int, torn: bool) -> None:
    channel, healthy = site.channel(), site.channel()
    channel.record(12)
    site.settle()
    site.writer.status(ChannelStatus(channel.id, ChannelState.RECORDING, START, None, making.parameters()))
    site.files.fails, site.files.torn = {call: number}, torn
    # A key frame in each second; a file that cannot be made is missed when the one that was ready is full.
    for _ in range(20 if call == "create" else 10):
        channel.record(1)
        site.settle()
    until(lambda: (found := site.status(channel.id)) is not None and found.state is ChannelState.OFFLINE)
    offline = site.status(channel.id)
    assert offline is not None
    assert offline.problem == ("media.storage_failed", {"reason": os.strerror(number)})
    site.files.fails = {}
    channel.record(10)
    healthy.record(3)
    channel.hand_over()
    healthy.hand_over()
    site.settle()
    site.settle()
    back = site.status(channel.id)
    assert back is not None
    assert (back.state, back.problem, back.picture is not None) == (ChannelState.RECORDING, None, True)
    site.writer.stop()
    for one in (channel, healthy):
        site.check(one.id)
    disk, *rest = [gap for gap in site.gaps(channel.id) if gap[2] == "disk"]
    assert rest == []  # one outage is one gap, however often it was tried
    start, end, _ = disk
    assert end is not None
    assert 9.5 <= start <= (31 if call == "create" else 21)
    assert start < end <= (34 if call == "create" else 24)
    # What is not in the gap is recorded, frame by frame.
    outside = [number for number in channel.sent if not start - 0.001 <= number / 25 < end - 0.001]
    assert site.recorded(channel.id) == outside
    assert site.recorded(healthy.id) == healthy.sent


@on_sqlite
def test_one_refused_write_while_many_wait(site: Site) -> None:
    """Fragments that waited for the database, and a disk that refuses one of them: nothing is written behind a hole."""
    site.database.busy = True  # before anything, or a file is ready for the channel, and takes what should wait
    channel = site.channel()
    channel.record(6)
    until(site.writer._orders.empty)
    refused = 0
    append = site.files.append

    def third_fails(descriptor: int, *parts: bytes) -> None:
        nonlocal refused
        refused += 1
        if refused == 3:
            SegmentFiles.append(site.files, descriptor, parts[0][:100])
            raise OSError(NO_SPACE, "full")
        append(descriptor, *parts)

    site.files.append = third_fails  # type: ignore[method-assign]
    site.database.busy = False
    site.settle()
    until(lambda: len(site.broken) > 0)
    channel.record(6)
    channel.hand_over()
    site.writer.stop()
    site.check(channel.id)
    assert site.recorded(channel.id)[:50] == channel.sent[:50]
    ((start, end, cause), _) = site.gaps(channel.id)
    assert (start, cause) == (2.0, "disk")
    assert end is not None
    assert site.recorded(channel.id)[50:] == [number for number in channel.sent if number / 25 >= end]


@on_sqlite
@pytest.mark.parametrize("call", ["close", "remove"])
def test_errors_in_passing_do_not_end_the_writer(site: Site, call: str) -> None:
    channel = site.channel()
    if call == "remove":
        site.files.fails = {"append": NO_SPACE, "remove": BAD_SECTOR}
        channel.record(1.5)
        until(lambda: "remove" in site.files.calls)
        site.files.fails = {"remove": BAD_SECTOR}
    else:
        site.files.fails = {"close": BAD_SECTOR}
    channel.record(25)
    channel.hand_over()
    site.settle()
    assert site.writer.alive
    site.writer.stop()
    assert set(channel.sent[-250:]) <= set(site.recorded(channel.id))
    site.check(channel.id) if call == "close" else None


# Databases that fail


def test_a_locked_database_costs_nothing(site: Site) -> None:
    before, during = site.channel(), site.channel()
    before.record(3)
    site.settle()
    site.database.busy = True
    for _ in range(3):
        before.record(8)
        during.record(8)
        until(site.writer._orders.empty)
    before.interrupted()
    site.writer.interrupt(before.id, GapCause.NETWORK)
    assert not site.writer.drain(0.2)
    site.database.busy = False
    site.settle()
    during.hand_over()
    site.writer.stop()
    for channel in (before, during):
        assert site.recorded(channel.id) == channel.sent
        site.check(channel.id)
    assert site.gaps(before.id) == [(27.0, None, "network")]


def test_an_answer_that_is_lost_is_no_second_row(site: Site) -> None:
    """The connection broke after the commit: everything is tried again, and is there already."""
    channel = site.channel()
    site.database.deaf = True
    for _ in range(3):
        channel.record(6)
        until(site.writer._orders.empty)
        channel.interrupted()
        site.writer.interrupt(channel.id, GapCause.NETWORK)
        channel.number += 100
    until(lambda: len(site.segments(channel.id)) > 0)
    site.database.deaf = False
    site.settle()
    site.writer.stop()
    assert site.recorded(channel.id) == channel.sent
    site.check(channel.id)
    assert site.gaps(channel.id) == [(6.0, 10.0, "network"), (16.0, 20.0, "network"), (26.0, None, "network")]


@on_sqlite
def test_memory_is_bounded_while_the_database_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "MAX_WAITING_BYTES", 150_000)
    channel = site.channel()
    site.database.busy = True
    for _ in range(20):
        channel.record(2)
        until(site.writer._orders.empty)
    held = [len(fragment.data) for one in site.writer._ending for fragment in one.waiting]
    assert 0 < sum(held) <= 150_000
    assert len(site.writer._ending) <= len(held)
    site.database.busy = False
    for _ in range(5):
        site.settle()
        channel.record(1)
    channel.hand_over()
    site.writer.stop()
    site.check(channel.id)
    gaps = [(start, end or 1e9) for start, end, cause in site.gaps(channel.id) if cause == "disk"]
    assert gaps[0][0] in (0.0, 10.0)  # the first file may have been made ready before the database went
    recorded = site.recorded(channel.id)
    assert recorded == [one for one in channel.sent if not any(start <= one / 25 < end for start, end in gaps)]
    assert recorded[-1] == channel.sent[-1]


@on_sqlite
def test_a_database_that_is_busy_at_the_end(site: Site) -> None:
    channel = site.channel()
    channel.record(3)
    channel.hand_over()
    until(site.writer._orders.empty)
    site.database.busy = True
    timer = threading.Timer(0.05, lambda: setattr(site.database, "busy", False))
    timer.start()
    site.interval_s = 0.1
    site.writer._interval = 0.1
    site.writer.stop()
    timer.join()
    assert site.recorded(channel.id) == channel.sent


# Gaps


def test_gaps_have_bounds_and_causes(site: Site) -> None:
    channel = site.channel(created_us=START - 2 * S)
    channel.record(4)  # two seconds after it was added
    channel.record(4, skip_s=3)  # a silence in one connection
    channel.interrupted()
    site.writer.interrupt(channel.id, GapCause.DEVICE_OFFLINE)
    site.writer.interrupt(channel.id, GapCause.NETWORK)  # still the same outage
    site.settle()
    assert site.gaps(channel.id)[-1] == (11.0, None, "device_offline")
    channel.record(4, skip_s=5)
    channel.interrupted()
    channel.record(4, late_us=400_000)  # a reconnection too short to speak of
    channel.hand_over()
    site.writer.interrupt(channel.id, GapCause.OPERATOR)
    site.settle()
    assert site.gaps(channel.id) == [
        (-2.0, 0.0, "no_video"),
        (4.0, 7.0, "no_video"),
        (11.0, 16.0, "device_offline"),
        (24.4, None, "operator"),
    ]
    site.writer.stop()
    assert site.gaps(channel.id)[-1] == (
        24.4,
        None,
        "operator",
    )  # stopped by a person, and then by us: still by a person
    site.check(channel.id)


def test_a_stop_and_a_start(site: Site) -> None:
    channel = site.channel()
    channel.record(3)
    channel.hand_over()
    site.writer.stop()
    site.new_writer()
    assert channel.adopt() == START + 3 * S
    channel.record(3, skip_s=7)
    channel.hand_over()
    site.writer.stop()
    assert site.gaps(channel.id) == [(3.0, 10.0, "role_down"), (13.0, None, "role_down")]
    assert site.recorded(channel.id) == channel.sent


def test_after_a_death_the_recorder_takes_the_blame(site: Site) -> None:
    channel = site.channel()
    channel.record(3)
    site.settle()
    site.die()
    site.recover()
    site.new_writer()
    assert channel.adopt() == START + 2 * S
    site.settle()
    assert site.gaps(channel.id) == [(2.0, None, "role_down")]
    channel.number += 100
    channel.record(3)
    channel.hand_over()
    site.settle()
    assert site.gaps(channel.id) == [(2.0, 7.0, "role_down")]


def test_a_camera_that_is_away_when_the_recorder_is_back(site: Site) -> None:
    channel = site.channel()
    channel.record(3)
    channel.hand_over()
    site.writer.stop()
    site.new_writer()
    channel.adopt()
    site.writer.interrupt(channel.id, GapCause.REFUSED_CREDENTIALS)
    site.settle()
    down, refused = site.gaps(channel.id)
    assert (down[0], down[2], refused[2], refused[1]) == (3.0, "role_down", "refused_credentials", None)
    assert down[1] == refused[0]
    assert refused[0] > 3.0  # it is the camera's from now on, not from then on


@on_sqlite
def test_a_new_source_goes_on_where_the_old_one_ended(site: Site) -> None:
    """The address or the password of a channel changed: one recorder ends, the next begins, in one process."""
    channel = site.channel()
    for _ in range(3):
        channel.record(3)
        channel.interrupted()
        assert channel.adopt() == START + channel.number * 40_000
    site.settle()
    assert [row.state for row in site.segments(channel.id)] == ["closed"] * 3
    site.writer.stop()
    assert site.recorded(channel.id) == channel.sent
    site.check(channel.id)
    assert site.gaps(channel.id) == [(channel.number / 25, None, "role_down")]
    assert open_videos(site) == []


def open_videos(site: Site) -> list[str]:
    """Descriptors of this process that are files of this volume."""
    with os.scandir("/proc/self/fd") as found:
        names = [entry.name for entry in found]
    links = [Path(f"/proc/self/fd/{name}") for name in names]
    return [str(link.readlink()) for link in links if link.exists() and str(site.root) in str(link.readlink())]


@on_sqlite
def test_channels_appear_while_others_are_flushed(site: Site) -> None:
    site.writer._interval = 0.0
    channels = []
    for _ in range(60):
        channel = site.channel()
        channel.record(1.2)
        channels.append(channel)
    for channel in channels:
        channel.hand_over()
    site.writer.stop()
    assert all(site.recorded(channel.id) == channel.sent for channel in channels)


# Recovery


def wrecked(site: Site, wreck: Callable[[Path], object]) -> tuple[list[int], int]:
    """Frames left after a death with a damaged file, and how many segments were looked after."""
    channel = site.channel()
    channel.record(5.5)
    site.settle()
    site.die()
    (row,) = site.segments(channel.id)
    wreck(site.root / row.path_name)
    count = site.recover()
    site.check(channel.id)
    return site.recorded(channel.id), count


def flip(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 0xFF
    path.write_bytes(data)


WRECKS: dict[str, tuple[Callable[[Path], object], int]] = {
    "nothing": (lambda _path: None, 125),
    "a tail": (lambda path: path.write_bytes(path.read_bytes() + b"torn fragment"), 125),
    "a lost byte": (lambda path: os.truncate(path, path.stat().st_size - 1), 100),
    "a flipped byte at the end": (lambda path: flip(path, -5), 100),
    "the last half": (lambda path: os.truncate(path, path.stat().st_size // 2), 50),
    "zeros at the end": (lambda path: path.write_bytes(path.read_bytes()[:-4000] + bytes(4000)), 100),
    "nothing but the beginning": (lambda path: os.truncate(path, 100), 0),
    "an empty file": (lambda path: os.truncate(path, 0), 0),
    "no file": (lambda path: path.unlink(), 0),
}


@on_sqlite
@pytest.mark.parametrize("name", WRECKS)
def test_recovery_keeps_what_is_proven(site: Site, name: str) -> None:
    wreck, left = WRECKS[name]
    frames, count = wrecked(site, wreck)
    assert frames == list(range(left))
    assert count == 2  # the one that was ready ahead goes
    with site.database.read() as tx:
        rows = list(tx.execute(select(store.SEGMENT)))
    assert [(row.state, row.recovered) for row in rows] == [("closed", True)] * bool(left)
    assert len(list(site.root.rglob("*.mp4"))) == bool(left)
    assert site.recover() == 0


@on_sqlite
def test_recovery_leaves_other_volumes_alone(site: Site) -> None:
    channel = site.channel()
    channel.record(3)
    site.settle()
    site.die()
    assert recover(site.database, VolumeId(new_id(START)), site.files) == 0
    (row,) = site.segments(channel.id)
    assert row.state == "open"
    assert (site.root / row.path_name).exists()


@on_sqlite
def test_one_file_that_cannot_be_read_does_not_stop_the_rest(site: Site) -> None:
    channels = [site.channel(), site.channel()]
    for channel in channels:
        channel.record(3)
    site.settle()
    site.die()
    (bad,) = site.segments(channels[0].id)

    class Unreadable(WatchedFiles):
        def open_existing(self, path_name: str, *, writing: bool = False) -> int:
            if path_name == bad.path_name:
                raise OSError(BAD_SECTOR, "bad sector")
            return super().open_existing(path_name, writing=writing)

    recover(site.database, site.volume.id, Unreadable(site.root))
    assert [row.state for channel in channels for row in site.segments(channel.id)] == ["open", "closed"]
    site.recover()  # the next start has better luck
    assert [row.state for channel in channels for row in site.segments(channel.id)] == ["closed", "closed"]
