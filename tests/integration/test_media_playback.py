"""Playback and timeline of a written store: any range, any number of segments, epochs and parameters, and damage."""

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, update
from tests.unit.media import strips
from tests.unit.media.damaging import BadSector, Harmed, harmed
from tests.unit.media.shelf import Shelf
from tests.unit.media.storing import START, S, Site, Trouble

from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, GapId, SegmentId, VolumeId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media import playback, store
from mingjian.media.check import store as check_store
from mingjian.media.check.model import Mode
from mingjian.media.model import ClockEpoch, Gap, GapCause, Segment, SegmentState, unpack_records
from mingjian.media.record.cutter import Cutter
from mingjian.media.record.files import SegmentFiles
from mingjian.simulate import readback
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # the engine plays a small part

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])  # where the engine plays no part: a database costs time


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    database = Trouble(database_url)
    made = Site(database, tmp_path / "video")
    yield made
    if made.writer.alive:
        made.writer.stop()
    database.close()


@dataclass(frozen=True)
class Stored:
    """A store with everything in it, and its fragments: start, whether they begin with a key frame, and their file."""

    site: Site
    id: ChannelId
    fragments: list[tuple[int, bool, str]]
    numbers: list[int]


@pytest.fixture
def stored(site: Site) -> Stored:
    channel = site.channel()
    channel.cutter = Cutter(
        fragment_ticks=36_000, segment_us=10 * S, phase_us=0
    )  # two in three begin without a key frame
    channel.record(13)  # a file and a piece of the next
    channel.record(7, skip_s=4)  # a silence within one connection
    channel.interrupted()
    site.writer.interrupt(channel.id, GapCause.NETWORK)
    channel.record(6, skip_s=26)  # a gap
    channel.width, channel.height = 320, 176  # new parameters
    channel.record(5)
    channel.width, channel.height = 256, 144
    channel.record(14)
    site.settle()
    with site.database.write() as tx:  # the server's clock was set by a little
        last = [row.id for row in site.segments(channel.id)[-2:]]
        tx.execute(update(store.SEGMENT).where(store.SEGMENT.c.id.in_(last)).values(clock_epoch=1))
    fragments, numbers = [], []
    for row in site.segments(channel.id):
        at, data = row.init_size, (site.root / row.path_name).read_bytes()
        for record in unpack_records(row.records):
            fragments.append((row.start_us + record.offset_us, record.key, row.path_name))
            numbers += readback.numbers(data[at : at + record.length])
            at += record.length
    assert len(numbers) >= 25 * 43
    return Stored(site, channel.id, fragments, numbers)


def windows(stored: Stored, start_us: int, length_us: int) -> list[playback.Window]:
    """As the console asks: the first window with its lead, then from `next` to `next`."""
    found, with_lead = [], True
    at: int | None = start_us
    while at is not None:
        with stored.site.database.read() as tx:
            window = playback.window(tx, stored.id, Span(at, at + length_us), with_lead=with_lead)
        found.append(window)
        assert window.next_us is None or window.next_us > at
        at, with_lead = window.next_us, False
    return found


@on_sqlite
@given(start_s=st.floats(-5, 80), length_s=st.floats(0.1, 60))
@settings(max_examples=40)
def test_chained_windows_hold_every_fragment_once(stored: Stored, start_s: float, length_s: float) -> None:
    start_us, length_us = START + int(start_s * S), int(length_s * S)
    found = windows(stored, start_us, length_us)
    pieces = [piece for window in found for piece in window.pieces]
    expected = [one[0] for one in stored.fragments if one[0] >= start_us]
    # The first window that shows something begins with a key frame, at or before what was asked for.
    lead = [piece.start_us for piece in pieces if piece.start_us < start_us]
    assert [piece.start_us for piece in pieces] == lead + expected
    earlier = [one for one in stored.fragments if one[0] < start_us]
    if lead:
        keys = [one[0] for one in earlier if one[1]]
        assert lead == [one[0] for one in earlier if one[0] >= keys[-1]]
    if pieces:
        assert pieces[0].record.key
    for window in found:
        if window.parameters is None:
            assert window.pieces == ()
            continue
        assert window.from_us == window.pieces[0].start_us


def test_a_window_never_mixes_parameters_or_epochs(stored: Stored) -> None:
    rows = {row.path_name: row for row in stored.site.segments(stored.id)}
    kinds = set()
    for window in windows(stored, START, 60 * S):
        names = [str(piece.path.relative_to(stored.site.root)) for piece in window.pieces]
        mixed = {(rows[name].width, rows[name].clock_epoch) for name in names}
        if not names:
            continue
        assert len(mixed) == 1
        kinds |= mixed
    assert kinds == {(256, 0), (320, 0), (256, 1)}


@on_sqlite
@given(start_s=st.floats(0, 80), length_s=st.floats(0.5, 20), late_s=st.integers(0, 3600))
@settings(max_examples=12)
def test_what_is_sent_can_be_decoded(stored: Stored, start_s: float, length_s: float, late_s: int) -> None:
    start_us = START + int(start_s * S)
    with stored.site.database.read() as tx:
        window = playback.window(tx, stored.id, Span(start_us, start_us + int(length_s * S)), with_lead=True)
    if window.parameters is None:
        return
    origin_us = window.from_us - late_s * S
    movie = b"".join(window.content(origin_us))
    with av.open(io.BytesIO(movie), "r") as container:
        packets = [packet for packet in container.demux(container.streams.video[0]) if packet.size]
    assert packets[0].is_keyframe
    assert packets[0].dts == late_s * 90_000
    times = [packet.dts or 0 for packet in packets]
    assert times == sorted(set(times))
    last = window.pieces[-1]
    assert abs(times[-1] * 100 // 9 - (last.start_us - origin_us)) <= 1.1 * S
    with av.open(io.BytesIO(movie), "r") as container:
        assert len(list(container.decode(video=0))) == len(packets)


@on_sqlite
def test_where_nothing_is(stored: Stored) -> None:
    def window(start_s: float, end_s: float, *, with_lead: bool = True) -> playback.Window:
        with stored.site.database.read() as tx:
            span = Span(START + int(start_s * S), START + int(end_s * S))
            return playback.window(tx, stored.id, span, with_lead=with_lead)

    silence = window(14, 16)  # inside a file: nothing of it, not even what led up to it
    assert (silence.parameters, silence.pieces, silence.next_us) == (None, (), START + 17 * S)
    gap = window(30, 40)
    assert (gap.parameters, gap.next_us) == (None, START + 50 * S)
    assert window(-60, -1).next_us == START
    after = window(100, 110)
    assert (after.parameters, after.next_us) == (None, None)
    with pytest.raises(MingjianError, match=r"media\.window_unreadable"):
        window(0, 61)


@on_sqlite
def test_a_row_whose_file_is_not_there_yet(site: Site) -> None:
    """Between the row's commit and the file's creation somebody asks for the live edge."""
    channel = site.channel()
    with site.database.write() as tx:
        segment_id, parameters = SegmentId(new_id(START)), channel.frames(1)[0].parameters
        row = Segment(
            segment_id,
            channel.id,
            site.volume.id,
            SegmentState.OPEN,
            path_name="none/yet.mp4",
            start_us=START,
            end_us=START,
            clock_epoch=0,
            init_size=700,
            size=0,
            parameters=parameters,
        )
        store.open_segments(tx, [row])
    with site.database.read() as tx:
        window = playback.window(tx, channel.id, Span(START, START + S), with_lead=True)
    assert (window.parameters, window.next_us) == (None, None)


@on_sqlite
def test_a_disk_that_is_away_is_said(stored: Stored) -> None:
    stored.site.root.rename(stored.site.root.with_name("elsewhere"))
    with stored.site.database.read() as tx, pytest.raises(MingjianError, match=r"media\.volume_missing"):
        playback.window(tx, stored.id, Span(START, START + S), with_lead=True)


def test_the_timeline(stored: Stored) -> None:
    def seconds(us: int | None) -> float | None:
        return None if us is None else round((us - START) / S, 2)

    with stored.site.database.read() as tx:
        found = playback.timeline(tx, stored.id, Span(START - S, START + 100 * S))
    spans = [(seconds(one.span.start_us), seconds(one.span.end_us), one.clock_epoch) for one in found.spans]
    gaps = [(seconds(gap.start_us), seconds(gap.end_us), gap.cause.value) for gap in found.gaps]
    assert gaps == [(13.0, 17.0, "no_video"), (24.0, 50.0, "network")]
    assert spans[:2] == [(0.0, 13.0, 0), (17.0, 24.0, 0)]
    assert spans[2][0] == 50.0
    assert {epoch for _, _, epoch in spans} == {0, 1}
    assert seconds(found.recording_until_us) == spans[-1][1]
    assert (spans[-1][1] or 0) >= 74
    # Spans and gaps tile the whole time from the first picture to the last.
    edges = sorted([(start, end) for start, end, _ in spans] + [(start, end) for start, end, _ in gaps])
    assert [start for start, _ in edges[1:]] == [end for _, end in edges[:-1]]


@on_sqlite
@given(start_s=st.floats(-10, 100), length_s=st.floats(0.01, 100))
@settings(max_examples=40)
def test_a_timeline_stays_inside_what_was_asked(stored: Stored, start_s: float, length_s: float) -> None:
    wanted = Span(START + int(start_s * S), START + int(start_s * S) + int(length_s * S) + 1)
    with stored.site.database.read() as tx:
        found = playback.timeline(tx, stored.id, wanted)
    end_us = wanted.start_us
    for one in found.spans:
        assert end_us <= one.span.start_us < one.span.end_us <= wanted.end_us
        end_us = one.span.end_us
    for gap in found.gaps:
        assert gap.start_us < wanted.end_us
        assert gap.end_us is None or gap.end_us > wanted.start_us


@on_sqlite
def test_a_timeline_of_more_than_a_month_is_refused(database: Database) -> None:
    span = Span(START, START + playback.MAX_TIMELINE_US + 1)
    with database.read() as tx, pytest.raises(MingjianError, match=r"media\.window_unreadable"):
        playback.timeline(tx, ChannelId(new_id(START)), span)


# Epochs


@dataclass(frozen=True)
class Sent:
    """A fragment as it was sent: where it belongs, and the frames that are in it."""

    epoch: int
    start_us: int
    numbers: tuple[int, ...]


def played(one: Harmed, begin_us: int, length_us: int, epoch: int | None) -> list[Sent]:
    """Everything that is sent to who begins somewhere and goes on by what each window says."""
    sent: list[Sent] = []
    at: tuple[int, int | None] | None = (begin_us, epoch)
    asked: set[tuple[int, int | None]] = set()
    while at is not None:
        assert at not in asked
        asked.add(at)
        with one.database.read() as tx:
            window = playback.window(tx, one.id, Span(at[0], at[0] + length_us), with_lead=False, epoch=at[1])
        pieces = list(playback.whole(window.pieces))
        if window.parameters is not None:
            movie = list(window.content(window.from_us))
            assert len(movie) == len(pieces) + 1
        for piece, data in pieces:
            sent.append(Sent(window.clock_epoch, piece.start_us, tuple(readback.numbers(data))))
        at = None if window.next_us is None else (window.next_us, window.next_epoch)
    return sent


def recorded(one: Harmed) -> list[Sent]:
    """Every fragment, in the order of recording, as the files have them."""
    found = []
    for row in one.rows():
        at, data = row.init_size, one.site.root.joinpath(row.path_name).read_bytes()
        for record in unpack_records(row.records):
            numbers = tuple(readback.numbers(data[at : at + record.length]))
            found.append(Sent(row.clock_epoch, row.start_us + record.offset_us, numbers))
            at += record.length
    return found


def set_epochs(one: Harmed, epochs: list[int], shifts_s: list[int]) -> None:
    """Give segments epochs, and move those of each epoch by so many seconds from where they were recorded."""
    with one.database.write() as tx:
        tx.execute(delete(store.CLOCK_EPOCH))
        for row, epoch in zip(one.rows(), epochs, strict=True):
            by_us = shifts_s[epoch] * S
            values = {"clock_epoch": epoch, "start_us": row.start_us + by_us, "end_us": row.end_us + by_us}
            tx.execute(update(store.SEGMENT).where(store.SEGMENT.c.id == row.id).values(**values))
    with one.database.write() as tx:
        for epoch in sorted(set(epochs) - {0}):
            began_us = min(row.start_us for row in one.rows() if row.clock_epoch == epoch)
            store.add_clock_epoch(tx, ClockEpoch(epoch, began_us, shifts_s[epoch] * S, observed=True))


@pytest.fixture
def one(site: Site) -> Harmed:
    return harmed(site)


Edits = st.lists(
    st.tuples(st.sampled_from(["remove", "cut", "flip", "seal", "lengthen"]), st.integers(0, 5), st.integers(0, 9)),
    max_size=5,
    unique=True,  # the same bit turned twice is no damage
)


@on_sqlite
@given(
    turns=st.lists(st.booleans(), min_size=5, max_size=5),
    shifts=st.lists(st.integers(-100, 100), min_size=6, max_size=6),
    length_s=st.floats(0.4, 60),
    edits=Edits,
    checked=st.booleans(),
)
@settings(max_examples=40)
def test_following_next_shows_every_whole_fragment_once_in_order(
    one: Harmed, turns: list[bool], shifts: list[int], length_s: float, edits: list[tuple[str, int, int]], checked: bool
) -> None:
    files = {row.path_name: one.site.root.joinpath(row.path_name).read_bytes() for row in one.rows()}
    before = {row.id: (row.start_us, row.end_us) for row in one.rows()}
    try:
        epochs = [0]
        for turn in turns:
            epochs.append(epochs[-1] + turn)
        set_epochs(one, epochs, [0, *shifts])
        whole = recorded(one)
        order = one.rows()
        bad = {span for kind, number, fragment in edits for span in damage(one, kind, order[number], fragment)}
        if checked:
            one.check(Mode.FULL)
        expected = [sent for sent in whole if (sent.epoch, sent.start_us) not in bad]
        assert played(one, START - 200 * S, int(length_s * S), 0) == expected
    finally:
        for path_name, data in files.items():
            one.site.root.joinpath(path_name).write_bytes(data)
        with one.database.write() as tx:
            tx.execute(delete(check_store.DAMAGE))
            for segment_id, (start_us, end_us) in before.items():
                values = {"clock_epoch": 0, "start_us": start_us, "end_us": end_us}
                tx.execute(update(store.SEGMENT).where(store.SEGMENT.c.id == segment_id).values(**values))


def damage(one: Harmed, kind: str, row: Any, fragment: int) -> Iterator[tuple[int, int]]:
    """Do harm to a segment's file; epoch and start of every fragment that it costs."""
    path = one.site.root / row.path_name
    records = list(unpack_records(row.records))
    at = row.init_size + sum(record.length for record in records[:fragment])
    costs = records[fragment:] if kind == "cut" else [records[fragment]]
    if kind == "remove":
        path.unlink(missing_ok=True)
        costs = records
    elif not path.exists() or path.stat().st_size < at + records[fragment].length:
        return
    elif kind == "cut":
        path.write_bytes(path.read_bytes()[: at + 20])
    elif kind == "lengthen":
        path.write_bytes(path.read_bytes() + b"x")
        costs = []
    else:
        data = bytearray(path.read_bytes())
        data[at + (records[fragment].length - 2 if kind == "seal" else 500)] ^= 1
        path.write_bytes(data)
    for record in costs:
        yield row.clock_epoch, row.start_us + record.offset_us


def test_an_hour_that_ran_twice_is_played_twice_and_can_be_chosen(one: Harmed) -> None:
    set_epochs(one, [0, 0, 0, 1, 1, 1], [0, -30])  # recorded 40 to 70 s, told as 10 to 40 s
    with one.database.read() as tx:
        timeline = playback.timeline(tx, one.id, Span(START, START + 100 * S))
        first = playback.window(tx, one.id, Span(START + 10 * S, START + 12 * S), with_lead=True)
        second = playback.window(tx, one.id, Span(START + 10 * S, START + 12 * S), with_lead=True, epoch=1)
        last = playback.window(tx, one.id, Span(START + 25 * S, START + 80 * S), with_lead=False, epoch=0)
        behind = playback.window(tx, one.id, Span(START + 35 * S, START + 36 * S), with_lead=False)
        neither = playback.window(tx, one.id, Span(START + 10 * S, START + 12 * S), with_lead=True, epoch=7)
    spans = [
        ((span.span.start_us - START) / S, (span.span.end_us - START) / S, span.clock_epoch) for span in timeline.spans
    ]
    assert spans == [(0.0, 30.0, 0), (10.0, 40.0, 1)]
    assert (first.clock_epoch, second.clock_epoch) == (0, 1)
    assert {piece.path for piece in first.pieces}.isdisjoint(piece.path for piece in second.pieces)
    assert (first.next_us, first.next_epoch) == (START + 12 * S, 0)
    assert (last.next_us, last.next_epoch) == (START + 10 * S, 1)  # back in time, on in recording
    assert behind.clock_epoch == 1
    assert (neither.parameters, neither.next_us) == (None, None)


def test_a_gap_cuts_only_its_own_epoch(one: Harmed) -> None:
    set_epochs(one, [0, 0, 0, 1, 1, 1], [0, -40])
    with one.database.write() as tx:
        tx.execute(delete(store.GAP))
        store.open_gap(tx, GapId(new_id(START)), Gap(one.id, START + 5 * S, START + 8 * S, GapCause.DISK, 1))
    with one.database.read() as tx:
        spans = playback.timeline(tx, one.id, Span(START, START + 100 * S)).spans
    told = [((span.span.start_us - START) / S, (span.span.end_us - START) / S, span.clock_epoch) for span in spans]
    assert told == [(0.0, 30.0, 0), (0.0, 5.0, 1), (8.0, 30.0, 1)]


# Damage


def test_the_timeline_shows_damage(one: Harmed) -> None:
    one.flip(1, one.offset(1, 4) + 400)
    one.flip(0, 100)  # the head of a file: no second is lost
    one.path(5).unlink()
    one.check()
    with one.database.read() as tx:
        found = playback.timeline(tx, one.id, Span(START, START + 65 * S)).damage
        assert playback.timeline(tx, one.other, Span(START, START + 65 * S)).damage == ()
    assert [(span.kind.value, (span.span.start_us - START) / S, (span.span.end_us - START) / S) for span in found] == [
        ("altered", *one.span(1, 4, 4)),
        ("missing", one.span(5)[0], 65.0),
    ]


def test_bytes_that_cannot_be_read_are_not_tried_again(one: Harmed) -> None:
    disk = BadSector(one.site.root)
    disk.path_name, disk.bad = str(one.rows()[1].path_name), range(one.offset(1, 3) + 9, one.offset(1, 5) + 10)
    one.files = lambda _volume: disk
    one.check()
    bad_us = [int(START + second * S) for second in one.span(1, 3, 5)]
    with one.database.read() as tx:
        window = playback.window(tx, one.id, Span(START, START + 30 * S), with_lead=True)
    assert all(not bad_us[0] <= piece.start_us < bad_us[1] for piece in window.pieces)
    assert len(window.pieces) == len([sent for sent in recorded(one) if sent.start_us < START + 30 * S]) - 3


@on_sqlite
def test_a_disk_that_fails_while_it_is_read_costs_what_is_on_it(one: Harmed, monkeypatch: pytest.MonkeyPatch) -> None:
    with one.database.read() as tx:
        window = playback.window(tx, one.id, Span(START, START + 30 * S), with_lead=True)
    failing = one.path(1).name
    read_at, opened = SegmentFiles.read_at, SegmentFiles.open_existing
    names: dict[int, str] = {}

    def opening(self: SegmentFiles, path_name: str, *, writing: bool = False) -> int:
        descriptor = opened(self, path_name, writing=writing)
        names[descriptor] = path_name
        return descriptor

    def reading(self: SegmentFiles, descriptor: int, offset: int, length: int) -> bytes:
        if names[descriptor] == failing:
            raise OSError(5, "bad sector")
        return read_at(self, descriptor, offset, length)

    monkeypatch.setattr(SegmentFiles, "open_existing", opening)
    monkeypatch.setattr(SegmentFiles, "read_at", reading)
    pieces = [piece for piece, _ in playback.whole(window.pieces)]
    assert {piece.path.name for piece in pieces} == {one.path(0).name, one.path(2).name}
    assert len(list(window.content(START))) == len(pieces) + 1


def test_a_lead_without_its_key_frame_is_left_out(one: Harmed) -> None:
    """Fragments of which one in two begins with a key frame would show nothing but noise without it."""
    with one.database.write() as tx:
        row = one.rows()[0]
        records = [replace(record, key=number % 5 == 0) for number, record in enumerate(one.records(0))]
        packed = b"".join(record.pack() for record in records)
        changed = update(store.SEGMENT_INDEX).where(store.SEGMENT_INDEX.c.segment_id == row.id)
        tx.execute(changed.values(records=packed))
    span = Span(START + 3 * S, START + 4 * S)
    with one.database.read() as tx:
        assert len(playback.window(tx, one.id, span, with_lead=True).pieces) == 4
    os.truncate(one.path(0), one.offset(0, 0) + 10)
    with one.database.read() as tx:
        assert playback.window(tx, one.id, span, with_lead=True).pieces == ()


# Disks that are away


def on_second_volume(one: Harmed, numbers: list[int], tmp_path: Path) -> Path:
    """Move the files of some segments, and their rows, to another volume."""
    root = tmp_path / "second"
    volume_id = VolumeId(new_id(START))
    SegmentFiles(root).identify(volume_id)
    rows = [one.rows()[number] for number in numbers]
    with one.database.write() as tx:
        store.add_volume(tx, replace(one.site.volume, id=volume_id, path=str(root)), START)
        for row in rows:
            (root / row.path_name).parent.mkdir(parents=True, exist_ok=True)
            (one.site.root / row.path_name).rename(root / row.path_name)
            tx.execute(update(store.SEGMENT).where(store.SEGMENT.c.id == row.id).values(volume_id=volume_id))
    return root


def test_footage_on_a_disk_that_is_away_is_gone_around(one: Harmed, tmp_path: Path) -> None:
    everything = recorded(one)
    second = on_second_volume(one, [0, 2, 3], tmp_path)
    assert played(one, START, 7 * S, 0) == everything
    second.rename(tmp_path / "elsewhere")
    rows = one.rows()
    left = [
        sent
        for sent in everything
        if any(rows[number].start_us <= sent.start_us < rows[number].end_us for number in (1, 4, 5))
    ]
    assert played(one, START, 7 * S, 0) == left
    one.check(Mode.FAST)
    assert played(one, START, 7 * S, None) == left


def test_the_end_of_what_is_there_says_that_a_disk_is_away(one: Harmed, tmp_path: Path) -> None:
    second = on_second_volume(one, [4, 5], tmp_path)
    second.rename(tmp_path / "elsewhere")
    with one.database.read() as tx:
        window = playback.window(tx, one.id, Span(START + 40 * S, START + 50 * S), with_lead=True)
        assert len(window.pieces) == 10
        with pytest.raises(MingjianError, match=r"media\.volume_missing"):
            playback.window(tx, one.id, Span(START + 50 * S, START + 60 * S), with_lead=False)


@pytest.mark.parametrize("bin_s", [0, 1, 7, 64, 3600])
def test_a_strip_gets_no_more_than_it_has_pixels(database_url: str, tmp_path: Path, bin_s: int) -> None:
    """A day in 1,440 segments with 200 gaps: by the second, and as strips of wider pixels show it."""
    database = Database(database_url)
    shelf = Shelf(database, tmp_path / "video")
    channel = shelf.channel()
    assert strips.write(database, channel, shelf.volume_id, START) >= 1_440
    with database.read() as tx:
        found = playback.timeline(tx, channel, Span(START, START + strips.DAY_S * S), bin_s * S)
    short = [gap for gap in strips.GAPS if gap[1] - gap[0] < bin_s]
    long = len(strips.GAPS) - len(short)
    assert sum(one.count for one in found.gaps) == 200
    assert sum(one.missing_us for one in found.gaps) == sum(end - start for start, end in strips.GAPS) * S
    assert len(found.gaps) == long + len({(START // S + gap[1]) // bin_s for gap in short} if bin_s else ())
    assert len(found.spans) == long + 1
    for one in found.spans:  # nothing that is missing for a pixel or longer is shown as recorded
        for begin, end in strips.GAPS:
            missing = Span(START + begin * S, START + end * S).clip(one.span)
            assert missing is None or end - begin < bin_s
    if bin_s == 3600:
        assert len(found.gaps) <= 25
        assert len(found.spans) == 1
    database.close()


def test_a_window_of_key_frames_has_their_bytes_and_no_holes(stored: Stored) -> None:
    """Every key frame once, unchanged, each shown until the next; a gap of the recording stays one."""
    start_us, whole_us = START, 60 * S
    found: list[playback.Window] = []
    at: int | None = start_us
    while at is not None:
        with stored.site.database.read() as tx:
            window = playback.window(tx, stored.id, Span(at, at + whole_us), with_lead=not found, keys_only=True)
        found.append(window)
        at = window.next_us
    keys = [start for start, key, _name in stored.fragments if key]
    assert [piece.start_us for window in found for piece in window.pieces] == keys
    shown: list[tuple[int, int]] = []
    for window in found:
        if window.parameters is None:
            continue
        movie = b"".join(window.key_frames(start_us))
        plain = b"".join(data for _piece, data in playback.whole(window.pieces))
        with av.open(io.BytesIO(movie), "r") as container:
            for packet in container.demux(container.streams.video[0]):
                if packet.size:
                    assert packet.is_keyframe
                    assert bytes(packet) in plain
                    shown.append((packet.pts or 0, (packet.pts or 0) + (packet.duration or 0)))
    assert len(shown) == len(keys)
    holes = [(begin - end) / 90_000 for (_, end), (begin, _) in pairwise(shown) if begin - end > 9_000]
    assert [round(hole) for hole in holes] == [4, 26]


def test_a_window_of_key_frames_has_its_limit(stored: Stored) -> None:
    with stored.site.database.read() as tx, pytest.raises(MingjianError):
        playback.window(tx, stored.id, Span(START, START + 601 * S), with_lead=False, keys_only=True)
