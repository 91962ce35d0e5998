"""Checks: every kind of damage, made for real on files and rows, is found with its exact span and nothing else."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from tests.unit.media.damaging import BadSector, Found, Harmed, after, harmed
from tests.unit.media.storing import START, S, Site, Trouble

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import GapId, SegmentId, VolumeId, new_id
from mingjian.media import store
from mingjian.media.check import service
from mingjian.media.check import store as check_store
from mingjian.media.check.model import Mode, RunState, Stage
from mingjian.media.formats import fmp4
from mingjian.media.model import Gap, GapCause, SegmentState, day_of
from mingjian.media.record.files import SegmentFiles

MOSTLY = "sqlite"  # the engine plays a small part

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    database = Trouble(database_url)
    made = Site(database, tmp_path / "video")
    yield made
    if made.writer.alive:
        made.writer.stop()
    database.close()


@pytest.fixture
def store_(site: Site) -> Harmed:
    return harmed(site)


Harm = Callable[[Harmed], list[Found]]


def name(one: Harmed, number: int) -> str:
    return str(one.rows()[number].path_name)


def in_content(one: Harmed) -> list[Found]:
    one.flip(1, one.offset(1, 4) + 400)
    return [("altered", "content", name(one, 1), *one.span(1, 4, 4))]


def in_neighbours(one: Harmed) -> list[Found]:
    one.flip(1, one.offset(1, 4) + 400)
    one.flip(1, one.offset(1, 5) + 400)
    one.flip(1, one.offset(1, 8) + 10)
    path = name(one, 1)
    return [("altered", "content", path, *one.span(1, 4, 5)), ("altered", "content", path, *one.span(1, 8, 8))]


def in_seal(one: Harmed) -> list[Found]:
    one.flip(2, one.offset(2, 4) - 3)
    return [("altered", "seal", name(one, 2), *one.span(2, 3, 3))]


def in_init(one: Harmed) -> list[Found]:
    one.flip(0, 100)
    return [("altered", "init", name(one, 0), None, None)]


def cut(one: Harmed) -> list[Found]:
    os.truncate(one.path(3), one.offset(3, 6) + 11)
    return [("short", "", name(one, 3), *one.span(3, 6))]


def cut_to_nothing(one: Harmed) -> list[Found]:
    os.truncate(one.path(3), 5)
    return [("short", "", name(one, 3), *one.span(3))]


def extend(one: Harmed) -> list[Found]:
    with one.path(3).open("ab") as file:
        file.write(b"more")
    return [("long", "", name(one, 3), None, None)]


def remove(one: Harmed) -> list[Found]:
    one.path(5).unlink()
    return [("missing", "", name(one, 5), *one.span(5))]


def swap(one: Harmed) -> list[Found]:
    first, second = one.path(1), one.path(2)
    os.truncate(first, one.offset(1, 10))  # the same size for both, or the sizes would tell
    first.rename(one.site.root / "aside")
    second.rename(first)
    (one.site.root / "aside").rename(second)
    return [
        found
        for number in (1, 2)
        for found in (
            ("altered", "content", name(one, number), *one.span(number)),
            ("altered", "init", name(one, number), None, None),
        )
    ]


def add_file(one: Harmed) -> list[Found]:
    (one.site.root / "20200101").mkdir()
    (one.site.root / "20200101" / "holiday.mp4").write_bytes(b"mine")
    return [("unknown_file", "", "20200101/holiday.mp4", None, None)]


def add_copy(one: Harmed) -> list[Found]:
    path = one.path(0)
    shutil.copyfile(path, path.with_name(f"1{path.name}"))
    return [("unknown_file", "", name(one, 0).replace(path.name, f"1{path.name}"), None, None)]


def add_strange_name(one: Harmed) -> list[Found]:
    with open(os.path.join(os.fsencode(one.site.root), b"\xff\xfe.mp4"), "wb"):  # noqa: PTH118, PTH123 - bytes
        pass
    return [("unknown_file", "", "\\udcff\\udcfe.mp4", None, None)]


def edit_size(one: Harmed) -> list[Found]:
    one.edit(1, size=one.rows()[1].size + 1)
    return [
        ("altered", "row_size", name(one, 1), None, None),
        ("counter", "counted", "", *_day(one)),
    ]


def edit_digest(one: Harmed) -> list[Found]:
    one.edit(1, digest=bytes(32))
    return [("altered", "digest", name(one, 1), None, None)]


def edit_end(one: Harmed) -> list[Found]:
    one.edit(1, end_us=one.rows()[1].end_us - S)
    return [("altered", "row_time", name(one, 1), None, None)]


def edit_start(one: Harmed) -> list[Found]:
    """The whole segment is moved: only what the fragments say of themselves tells it."""
    row = one.rows()[5]
    one.edit(5, start_us=row.start_us + 3 * S, end_us=row.end_us + 3 * S)
    at = (row.start_us - START) / S
    return [
        ("altered", "row_time", name(one, 5), None, None),
        ("missing", "unexplained", "", at, at + 3),
    ]


def edit_frames(one: Harmed) -> list[Found]:
    one.edit(1, frames=7)
    return [("altered", "row_frames", name(one, 1), None, None)]


def edit_index(one: Harmed) -> list[Found]:
    records = one.records(1)
    records[2] = replace(records[2], digest=bytes(32))
    one.edit_index(1, records)
    return [("altered", "index", name(one, 1), *one.span(1, 2, 2))]


def lose_index(one: Harmed) -> list[Found]:
    row = one.rows()[1]
    span = (row.start_us - START) / S, (row.end_us - START) / S
    one.edit_index(1, [])
    return [("altered", "index", name(one, 1), *span)]


def edit_counter(one: Harmed) -> list[Found]:
    with one.database.write() as tx:
        days = store.RECORDED_DAY
        tx.execute(update(days).where(days.c.channel_id == one.id).values(segments=days.c.segments + 1))
    return [("counter", "counted", "", *_day(one))]


def lose_counter(one: Harmed) -> list[Found]:
    with one.database.write() as tx:
        tx.execute(delete(store.RECORDED_DAY).where(store.RECORDED_DAY.c.channel_id == one.id))
    return [("counter", "counted", "", *_day(one))]


def lose_row(one: Harmed) -> list[Found]:
    """Threat 1: the row of a segment goes, its file stays."""
    path, span = name(one, 4), one.span(4)
    _drop_row(one, 4)
    return [
        ("counter", "counted", "", *_day(one)),
        ("missing", "unexplained", "", *span),
        ("unknown_file", "", path, None, None),
    ]


def lose_both(one: Harmed) -> list[Found]:
    """Threat 1: file and row go, and the counters are set right too: the hole in time stays."""
    size, span = one.rows()[4].size, one.span(4)
    one.path(4).unlink()
    _drop_row(one, 4)
    with one.database.write() as tx:
        days = store.RECORDED_DAY
        changed = update(days).where(days.c.channel_id == one.id)
        tx.execute(changed.values(segments=days.c.segments - 1, bytes=days.c.bytes - size))
    return [("missing", "unexplained", "", *span)]


def lose_gap(one: Harmed) -> list[Found]:
    with one.database.write() as tx:
        tx.execute(delete(store.GAP).where(store.GAP.c.channel_id == one.id, store.GAP.c.end_us.is_not(None)))
    return [("missing", "unexplained", "", 30.0, 40.0)]


def gap_over_footage(one: Harmed) -> list[Found]:
    _add_gap(one, 15, 25)
    return [("overlap", "gap", name(one, 2), 20.0, 25.0)]


def gap_over_gap(one: Harmed) -> list[Found]:
    _add_gap(one, 32, 38)
    return [("overlap", "gaps", "", 32.0, 38.0)]


def move_over_another(one: Harmed) -> list[Found]:
    """Two segments of one clock epoch at the same time."""
    row = one.rows()[2]
    one.edit(2, start_us=row.start_us - 4 * S, end_us=row.end_us - 4 * S)
    return [
        ("altered", "row_time", name(one, 2), None, None),
        ("missing", "unexplained", "", 26.0, 30.0),
        ("overlap", "segments", name(one, 2), 16.0, 20.0),
    ]


def _day(one: Harmed) -> tuple[float, float]:
    start_us, end_us = check_store.day_span(day_of(one.rows()[0].start_us))
    return (start_us - START) / S, (end_us - START) / S


def _drop_row(one: Harmed, number: int) -> None:
    segment_id = one.rows()[number].id
    with one.database.write() as tx:
        tx.execute(delete(store.SEGMENT_INDEX).where(store.SEGMENT_INDEX.c.segment_id == segment_id))
        tx.execute(delete(store.SEGMENT).where(store.SEGMENT.c.id == segment_id))


def _add_gap(one: Harmed, start_s: int, end_s: int) -> None:
    gap = Gap(one.id, START + start_s * S, START + end_s * S, GapCause.NETWORK)
    with one.database.write() as tx:
        store.open_gap(tx, GapId(new_id(START)), gap)


HARMS: dict[str, Harm] = {
    "a bit of the picture": in_content,
    "bits of neighbours": in_neighbours,
    "a bit of a seal": in_seal,
    "a bit of the head": in_init,
    "cut": cut,
    "cut to nothing": cut_to_nothing,
    "extended": extend,
    "removed": remove,
    "swapped": swap,
    "a file of somebody": add_file,
    "a copy": add_copy,
    "a name that is no text": add_strange_name,
    "the size in a row": edit_size,
    "the digest in a row": edit_digest,
    "the end in a row": edit_end,
    "the start in a row": edit_start,
    "the frames in a row": edit_frames,
    "a digest in an index": edit_index,
    "no index": lose_index,
    "a counter": edit_counter,
    "no counter": lose_counter,
    "no row": lose_row,
    "neither row nor file": lose_both,
    "no gap": lose_gap,
    "a gap over footage": gap_over_footage,
    "a gap over a gap": gap_over_gap,
    "footage over footage": move_over_another,
}
FAST = {
    "cut", "cut to nothing", "extended", "removed", "a file of somebody", "a copy", "a name that is no text",
    "the size in a row", "a counter", "no counter", "no row", "neither row nor file", "no gap", "a gap over footage",
    "a gap over a gap",
}  # fmt: skip
"""What rows, names and sizes tell without reading a file."""


@pytest.mark.parametrize("mode", [Mode.FAST, Mode.FULL])
def test_a_store_that_is_whole(store_: Harmed, mode: Mode) -> None:
    run = store_.check(mode)
    assert store_.standing() == []
    assert (run.state, run.found) == (RunState.DONE, 0)
    assert run.segments_done == run.segments_total == 8
    sizes = sum(row.size for row in [*store_.rows(), *store_.rows(store_.other)])
    assert (run.bytes_done, run.bytes_total) == ((sizes, sizes) if mode.reads else (0, 0))


@pytest.mark.parametrize("name", HARMS)
def test_damage_is_found_with_its_span_and_nothing_else(store_: Harmed, name: str) -> None:
    expected = sorted(HARMS[name](store_), key=repr)
    run = store_.check(Mode.FAST)
    fast = store_.standing()
    if name in FAST:
        assert fast == expected
    else:
        assert set(fast) <= set(expected)
    run = store_.check(Mode.FULL)
    assert store_.standing() == expected
    assert (run.state, run.found) == (RunState.DONE, len(expected))
    store_.check(Mode.FULL)
    store_.check(Mode.FAST)
    assert store_.standing() == expected  # the same damage found twice is one row
    with store_.database.read() as tx:
        assert len(service.damage(tx, cleared=True)) == len(expected)


def test_what_is_whole_again_is_cleared(store_: Harmed) -> None:
    content = {number: store_.path(number).read_bytes() for number in range(4)}
    in_content(store_)
    cut(store_)
    extend_other = store_.path(0)
    with extend_other.open("ab") as file:
        file.write(b"x")
    store_.path(2).unlink()
    add_file(store_)
    edit_counter(store_)
    store_.check()
    assert len(store_.standing()) == 6
    for number, data in content.items():
        store_.path(number).write_bytes(data)
    shutil.rmtree(store_.site.root / "20200101")
    with store_.database.write() as tx:
        days = store.RECORDED_DAY
        tx.execute(update(days).where(days.c.channel_id == store_.id).values(segments=days.c.segments - 1))
    store_.check(Mode.FAST)
    assert [one[:2] for one in store_.standing()] == [("altered", "content")]  # nobody has read the bytes again
    store_.check(Mode.FULL)
    assert store_.standing() == []
    with store_.database.read() as tx:
        assert all(one.cleared_us for one in service.damage(tx, cleared=True))


def test_damage_of_footage_that_was_deleted_is_no_damage(store_: Harmed) -> None:
    in_content(store_)
    store_.check()
    row = store_.rows()[1]
    with store_.database.write() as tx:
        store.mark_garbage(tx, [SegmentId(row.id)])
        store.uncount_days(tx, [(store_.id, store_.site.volume.id, row.start_us, row.size)])
    store_.path(2)  # the others are where they were
    (store_.site.root / row.path_name).unlink()
    with store_.database.write() as tx:
        store.forget_segments(tx, [SegmentId(row.id)])
        store.open_gap(tx, GapId(new_id(START)), Gap(store_.id, row.start_us, row.end_us, GapCause.MAINTENANCE))
    store_.check(Mode.FAST)
    assert store_.standing() == []


# Disks that fail


def bad(store_: Harmed, number: int, first: int, last: int, error: int = 5) -> None:
    """Bytes of some fragments cannot be read from now on."""
    disk = BadSector(store_.site.root)
    disk.path_name, disk.number = name(store_, number), error
    disk.bad = range(store_.offset(number, first) + 9, store_.offset(number, last) + 10)
    store_.files = lambda _volume: disk


def test_a_bad_sector_costs_the_second_it_is_in(store_: Harmed) -> None:
    bad(store_, 1, 3, 5)
    assert store_.check().found == 1
    assert store_.standing() == [("unreadable", "error", name(store_, 1), *store_.span(1, 3, 5))]
    with store_.database.read() as tx:
        assert service.damage(tx)[0].damage.detail == "error EIO"


@on_sqlite
def test_a_file_that_cannot_be_opened(store_: Harmed) -> None:
    class Locked(SegmentFiles):
        def open_existing(self, path_name: str, *, writing: bool = False) -> int:
            if path_name == locked:
                raise PermissionError(13, "no")
            return super().open_existing(path_name, writing=writing)

    locked = name(store_, 4)
    store_.files = lambda volume: Locked(Path(volume.path))
    store_.check()
    assert store_.standing() == [("unreadable", "error", locked, *store_.span(4))]
    store_.files = lambda volume: SegmentFiles(Path(volume.path))
    store_.check(Mode.FAST)
    assert len(store_.standing()) == 1
    store_.check()
    assert store_.standing() == []


@on_sqlite
def test_a_folder_that_cannot_be_listed(store_: Harmed, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = store_.path(0).parent
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if Path(path) == folder:
            raise PermissionError(13, "no")
        return scandir(path)

    add_file(store_)
    with monkeypatch.context() as patch:
        patch.setattr(os, "scandir", refusing)
        store_.check(Mode.FAST)
        store_.check(Mode.FAST)
    path = f"{folder.relative_to(store_.site.root)}/"
    assert store_.standing() == [
        ("unknown_file", "", "20200101/holiday.mp4", None, None),
        ("unreadable", "folder", path, None, None),
    ]
    store_.check(Mode.FAST)
    assert [one[0] for one in store_.standing()] == ["unknown_file"]


def test_a_volume_that_is_away_is_one_finding(store_: Harmed) -> None:
    store_.site.root.rename(store_.site.root.with_name("elsewhere"))
    for mode in (Mode.FAST, Mode.FULL):
        assert store_.check(mode).found == 1
    assert store_.standing() == [("missing", "volume", "", None, None)]
    store_.site.root.with_name("elsewhere").rename(store_.site.root)
    store_.check(Mode.FAST)
    assert store_.standing() == []


@pytest.mark.parametrize("mode", [Mode.FAST, Mode.FULL])
def test_a_volume_that_goes_during_a_check(store_: Harmed, mode: Mode) -> None:
    class Going(SegmentFiles):
        def size(self, path_name: str) -> int | None:
            if path_name == gone_at:
                store_.site.root.rename(store_.site.root.with_name("elsewhere"))
            return super().size(path_name)

    gone_at = name(store_, 3)
    store_.files = lambda volume: Going(Path(volume.path))
    store_.check(mode)
    assert store_.standing() == [("missing", "volume", "", None, None)]


def test_another_disk_in_the_place_of_a_volume(store_: Harmed) -> None:
    store_.site.root.rename(store_.site.root.with_name("elsewhere"))
    SegmentFiles(store_.site.root).identify(VolumeId(new_id(START)))
    (store_.site.root / "theirs.mp4").touch()
    store_.check()
    assert store_.standing() == [("missing", "volume", "", None, None)]
    assert (store_.site.root / "theirs.mp4").exists()


# Stops and bounds


@on_sqlite
@pytest.mark.parametrize("mode", [Mode.FAST, Mode.FULL])
@given(stops=st.lists(st.integers(0, 12), max_size=6))
@settings(max_examples=15)
def test_a_check_that_is_stopped_goes_on_and_finds_the_same(store_: Harmed, mode: Mode, stops: list[int]) -> None:
    if not (store_.site.root / "20200101").exists():
        for harm in (in_content, cut, add_file, edit_counter, lose_gap):
            harm(store_)
        store_.check(mode)
    expected = store_.standing()
    with store_.database.write() as tx:
        tx.execute(delete(check_store.DAMAGE))
    run = service.begin(store_.database, mode, None, resume=False, now_us=store_.clock.now_us())
    for steps in stops:
        run = service.work(store_.means(), run, enough=after(steps))
        if run.state is RunState.DONE:
            break
        store_.clock.now += 120
        again = service.begin(store_.database, mode, None, resume=True, now_us=store_.clock.now_us())
        assert (again.id, again.cursor) == (run.id, run.cursor)
        run = again
    else:
        run = service.work(store_.means(), run)
    assert run.state is RunState.DONE
    assert store_.standing() == expected
    assert run.found == len(expected)
    assert run.segments_done == 8


@on_sqlite
def test_a_stop_in_the_middle_of_a_file(store_: Harmed) -> None:
    in_content(store_)
    run = service.begin(store_.database, Mode.FULL, None, resume=False, now_us=store_.clock.now_us())
    run = service.work(store_.means(stop=after(70)), run)
    assert run.state is RunState.STOPPED
    assert run.cursor.stage is Stage.ROWS
    assert 0 < run.segments_done < 8
    run = service.begin(store_.database, Mode.FULL, None, resume=True, now_us=store_.clock.now_us())
    run = service.work(store_.means(), run)
    assert (run.state, run.segments_done, run.found) == (RunState.DONE, 8, 1)


@on_sqlite
def test_a_killed_check_is_taken_up_again_and_a_living_one_left_alone(store_: Harmed) -> None:
    run = service.begin(store_.database, Mode.FULL, None, resume=None, now_us=store_.clock.now_us())
    with pytest.raises(MingjianError, match=r"check\.running"):
        service.begin(store_.database, Mode.FULL, None, resume=None, now_us=store_.clock.now_us())
    assert service.begin(store_.database, Mode.FULL, None, resume=False, now_us=store_.clock.now_us()).id != run.id
    assert service.begin(store_.database, Mode.FAST, None, resume=None, now_us=store_.clock.now_us()).id != run.id
    store_.clock.now += 61
    with store_.database.write() as tx:
        tx.execute(delete(check_store.CHECK_RUN).where(check_store.CHECK_RUN.c.id != run.id))
    again = service.begin(store_.database, Mode.FULL, None, resume=None, now_us=store_.clock.now_us())
    assert again.id == run.id


@on_sqlite
def test_an_unknown_volume_is_refused(store_: Harmed) -> None:
    with pytest.raises(MingjianError, match=r"check\.volume_unknown"):
        service.begin(store_.database, Mode.FAST, VolumeId(UUID(int=1)), resume=None, now_us=START)


@on_sqlite
def test_one_volume_only(store_: Harmed) -> None:
    in_content(store_)
    lose_gap(store_)  # not of one volume
    only = store_.site.volume.id
    run = service.begin(store_.database, Mode.FULL, only, resume=None, now_us=store_.clock.now_us())
    run = service.work(store_.means(), run)
    assert [one[:2] for one in store_.standing()] == [("altered", "content")]
    assert run.cursor.only == only


@on_sqlite
@pytest.mark.parametrize("rate", [100_000.0, 1_000_000.0])
def test_the_rate_is_kept(store_: Harmed, rate: float) -> None:
    begun = store_.clock.now
    run = store_.check(Mode.FULL, rate=rate)
    assert run.bytes_done > 200_000
    assert run.bytes_done / (store_.clock.now - begun) <= rate * 1.3
    assert store_.clock.waited > 0
    quick = store_.clock.now
    store_.check(Mode.FULL)
    assert store_.clock.now == quick


@on_sqlite
def test_where_a_check_is_is_noted_every_few_seconds(store_: Harmed) -> None:
    noted = []
    changes = store_.means(rate=20_000.0)

    def pause(seconds: float) -> None:
        store_.clock.wait(seconds)
        with store_.database.read() as tx:
            noted.append((store_.clock.now, service.listing(tx)[0].updated_us / S))

    run = service.begin(store_.database, Mode.FULL, None, resume=None, now_us=store_.clock.now_us())
    service.work(replace(changes, pause=pause), run)
    assert len(noted) > 10
    longest = max(later[0] - earlier[0] for earlier, later in pairwise(noted))
    assert all(now - updated <= service.NOTE_S + longest + 0.1 for now, updated in noted)


# While the platform works


def test_an_open_segment_is_promised_as_far_as_its_index_goes(site: Site) -> None:
    channel = site.channel()
    channel.record(14)
    site.settle()
    site.die()
    one = Harmed(site, channel.id, channel.id)
    row = one.rows()[1]
    assert row.state == "open"
    for mode in (Mode.FAST, Mode.FULL):
        one.check(mode)
        assert one.standing() == []
    with one.path(1).open("ab") as file:  # what the next flush will speak of
        file.write(bytes(1000))
    one.check()
    assert one.standing() == []
    one.flip(1, one.offset(1, 2) + 300)
    one.check()
    assert one.standing() == [("altered", "content", name(one, 1), *one.span(1, 2, 2))]
    os.truncate(one.path(1), one.offset(1, 2) + 300)
    one.check(Mode.FAST)
    assert ("short", "", name(one, 1), *one.span(1, 2)) in one.standing()


def test_recording_is_never_taken_for_damage(site: Site) -> None:
    """Checks, one after the other, beside a recorder that begins, flushes and closes segments all the time."""
    channels = [site.channel() for _ in range(3)]
    stop, reports = threading.Event(), list[int]()

    def check() -> None:
        one = Harmed(site, channels[0].id, channels[1].id)
        while not stop.is_set() or len(reports) < 4:
            reports.append(one.check(Mode.FULL if len(reports) % 2 else Mode.FAST).found)

    checking = threading.Thread(target=check)
    checking.start()
    try:
        for second in range(60):
            for channel in channels:
                channel.record(1, skip_s=5 if second % 25 == 24 else 0)
            if second % 10 == 9:
                site.settle()
    finally:
        stop.set()
        checking.join(60)
    assert len(reports) >= 4
    with site.database.read() as tx:
        assert service.damage(tx, cleared=True) == []
    assert set(reports) == {0}
    site.writer.stop()
    assert Harmed(site, channels[0].id, channels[1].id).check().found == 0


@on_sqlite
@pytest.mark.parametrize("state", [SegmentState.PREPARED, SegmentState.GARBAGE])
def test_what_is_not_there_yet_or_no_more_is_not_missed(store_: Harmed, state: SegmentState) -> None:
    row = store_.rows()[5]
    store_.edit(5, state=state)
    with store_.database.write() as tx:
        store.uncount_days(tx, [(store_.id, store_.site.volume.id, row.start_us, row.size)])
    store_.check()
    assert store_.standing() == []  # its file is known
    (store_.site.root / row.path_name).unlink()
    store_.check()
    assert store_.standing() == []


@on_sqlite
def test_marked_footage_is_checked_like_any_other(store_: Harmed) -> None:
    expected = in_content(store_)
    store_.edit(1, state=SegmentState.MARKED)
    store_.check()
    assert store_.standing() == expected


@on_sqlite
@pytest.mark.parametrize("mode", [Mode.FAST, Mode.FULL])
def test_a_segment_that_is_deleted_during_a_check_is_not_missed(store_: Harmed, mode: Mode) -> None:
    row = store_.rows()[2]

    class Deleting(SegmentFiles):
        def size(self, path_name: str) -> int | None:
            if path_name == row.path_name and (self.root / path_name).exists():
                with store_.database.write() as tx:
                    store.mark_garbage(tx, [SegmentId(row.id)])
                    store.uncount_days(tx, [(store_.id, store_.site.volume.id, row.start_us, row.size)])
                self.remove(path_name)
            return super().size(path_name)

    with store_.database.write() as tx:  # what is deleted in this test leaves no stretch that nothing explains
        tx.execute(delete(store.GAP))
    _add_gap(store_, 20, 40)
    store_.files = lambda volume: Deleting(Path(volume.path))
    store_.check(mode)
    assert store_.standing() == []


# Seals


@on_sqlite
def test_footage_without_seals_is_checked_too(store_: Harmed) -> None:
    """What was recorded before seals existed."""
    row, records = store_.rows()[0], store_.records(0)
    data = store_.path(0).read_bytes()
    content, plain, at = data[: row.init_size], [], row.init_size
    digests = sha256(content).digest()
    for one in records:
        body = data[at : at + one.length - fmp4.SEAL_SIZE]
        at += one.length
        content += body
        plain.append(replace(one, length=len(body), sealed=False))
        digests += one.digest
    store_.path(0).write_bytes(content)
    store_.edit_index(0, plain)
    store_.edit(0, size=len(content))
    with store_.database.write() as tx:
        days = store.RECORDED_DAY
        changed = update(days).where(days.c.channel_id == store_.id)
        tx.execute(changed.values(bytes=days.c.bytes - row.size + len(content)))
    store_.check()
    assert store_.standing() == []
    store_.flip(0, store_.offset(0, 4) + 400)
    store_.check()
    assert store_.standing() == [("altered", "content", name(store_, 0), *store_.span(0, 4, 4))]
