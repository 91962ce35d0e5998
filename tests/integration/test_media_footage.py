"""What is kept: volumes and their identity, the demonstration's ring, playback and timeline of a written store."""

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import update
from tests.unit.media.storing import ALL_TIME, START, S, Site, Trouble, Writing

from mingjian.audit.service import listing
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, SegmentId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media import playback, retention, store, volumes
from mingjian.media.model import GapCause, Segment, SegmentState, Volume, unpack_records
from mingjian.media.record.cutter import Cutter
from mingjian.media.record.files import SegmentFiles
from mingjian.simulate import readback
from mingjian.storage.engine import Database

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])  # where the engine plays no part: a database costs time


@pytest.fixture
def site(database_url: str, tmp_path: Path) -> Iterator[Site]:
    database = Trouble(database_url)
    made = Site(database, tmp_path / "video")
    yield made
    if made.writer.alive:
        made.writer.stop()
    database.close()


# Volumes


def ensured(database: Database, path: Path, *, demonstration: bool = False, limit: int | None = None) -> Volume:
    return volumes.ensure(database, path, demonstration=demonstration, limit_bytes=limit, now_us=START)


def test_a_volume_is_made_once_and_found_by_its_identity(database: Database, tmp_path: Path) -> None:
    first = ensured(database, tmp_path / "a")
    assert ensured(database, tmp_path / "a") == first
    (tmp_path / "a").rename(tmp_path / "b")  # the disk is mounted elsewhere
    moved = ensured(database, tmp_path / "b")
    assert (moved.id, moved.path) == (first.id, str(tmp_path / "b"))
    with database.read() as tx:
        assert store.volumes(tx) == [moved]
    assert ensured(database, tmp_path / "ring", demonstration=True, limit=10).id != first.id
    assert ensured(database, tmp_path / "ring", demonstration=True, limit=20).limit_bytes == 20


DAMAGE = {
    "not mounted": "",
    "half written": "{",
    "no object": "[1]",
    "no id": "{}",
    "another kind of id": '{"volume": 5}',
    "no uuid": '{"volume": "x"}',
    "another disk": json.dumps({"volume": str(new_id(START))}),
}


@on_sqlite
@pytest.mark.parametrize("name", DAMAGE)
def test_a_volume_that_is_not_the_one(database: Database, tmp_path: Path, name: str) -> None:
    path = tmp_path / "a"
    volume = ensured(database, path)
    if name == "not mounted":
        (path / volumes.IDENTITY_FILE).unlink()
    else:
        (path / volumes.IDENTITY_FILE).write_text(DAMAGE[name])
    for attempt in (lambda: volumes.verify(volume), lambda: ensured(database, path)):
        with pytest.raises(MingjianError, match=r"media\.volume_missing"):
            attempt()
    with database.read() as tx:
        assert volumes.space(tx) == []  # what is free there is not free for us
        assert store.volumes(tx) == [volume]


@on_sqlite
def test_a_volume_whose_making_was_interrupted_keeps_its_identity(database: Database, tmp_path: Path) -> None:
    told = new_id(START)
    (tmp_path / volumes.IDENTITY_FILE).write_text(json.dumps({"volume": str(told)}))
    assert ensured(database, tmp_path).id == told


@on_sqlite
def test_a_folder_that_cannot_be_written(database: Database, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(MingjianError, match=r"media\.storage_failed"):
        ensured(database, tmp_path / "file" / "video")
    with database.read() as tx:
        assert store.volumes(tx) == []


def test_space(site: Site) -> None:
    channel = site.channel()
    channel.record(12)
    site.settle()
    with site.database.read() as tx:
        (space,) = volumes.space(tx)
    closed, _open = site.segments(channel.id)
    assert space.used_bytes == closed.size
    assert space.free_bytes > 0


# The ring


@dataclass
class Ring:
    """A demonstration volume beside the real one, both with footage."""

    site: Site
    volume: Volume
    kept: Writing
    turning: Writing

    def names(self) -> list[str]:
        return sorted(path.name for path in Path(self.volume.path).rglob("*.mp4"))

    def used(self) -> int:
        with self.site.database.read() as tx:
            return store.used_bytes(tx, self.volume.id)

    def limit(self, limit_bytes: int) -> None:
        ensured(self.site.database, Path(self.volume.path), demonstration=True, limit=limit_bytes)


@pytest.fixture
def ring(site: Site) -> Ring:
    kept = site.channel()
    kept.record(30)
    kept.hand_over()
    volume = ensured(site.database, site.root.parent / "ring", demonstration=True, limit=1 << 40)
    footage, site.files = site.files, type(site.files)(Path(volume.path))
    site.volume_id, footage_id = volume.id, site.volume_id
    turning = site.channel()
    turning.record(60)
    turning.hand_over()
    site.writer.stop()
    site.files, site.volume_id = footage, footage_id
    return Ring(site, volume, kept, turning)


def test_the_ring_turns_and_touches_nothing_else(ring: Ring) -> None:
    before, real = ring.site.segments(ring.turning.id), sorted(ring.site.root.rglob("*.mp4"))
    assert retention.turn_ring(ring.site.database, START) == 0
    ring.limit(sum(row.size for row in before[2:]))
    assert retention.turn_ring(ring.site.database, START) == 2
    left = ring.site.segments(ring.turning.id)
    assert [row.id for row in left] == [row.id for row in before[2:]]
    assert ring.names() == sorted(Path(row.path_name).name for row in left)
    assert sorted(ring.site.root.rglob("*.mp4")) == real
    assert len(ring.site.segments(ring.kept.id)) == 3
    with ring.site.database.read() as tx:
        (entry,) = [one for one in listing(tx, None, 10).items if one.action == "footage.ring_purged"]
    assert entry.detail["segments"] == 2
    assert (entry.detail["from_us"], entry.detail["to_us"]) == (START, START + 20 * S)
    ring.limit(0)
    assert retention.turn_ring(ring.site.database, START) == 4
    assert ring.names() == []
    assert len(list(ring.site.root.rglob("*.mp4"))) == 3


@on_sqlite
def test_a_limit_on_real_footage_removes_nothing(site: Site) -> None:
    """Retention follows the law, not the disk: a limit in the row of a real volume changes nothing."""
    channel = site.channel()
    channel.record(30)
    site.writer.stop()
    with site.database.write() as tx:
        tx.execute(update(store.VOLUME).values(limit_bytes=1))
    assert retention.turn_ring(site.database, START) == 0
    assert len(list(site.root.rglob("*.mp4"))) == 3


@on_sqlite
@pytest.mark.parametrize("moment", ["after the rows", "after a file", "after the files"])
def test_a_death_between_the_phases(ring: Ring, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Death(BaseException):
        pass

    def die(*_args: object) -> None:
        raise Death

    ring.limit(0)
    with monkeypatch.context() as patch:
        if moment == "after the rows":
            patch.setattr(retention, "_sweep", die)
        elif moment == "after a file":
            remove, removed = SegmentFiles.remove, []

            def one_only(self: SegmentFiles, path_name: str) -> None:
                removed.append(path_name)
                if len(removed) == 2:
                    raise Death
                remove(self, path_name)

            patch.setattr(SegmentFiles, "remove", one_only)
        else:
            patch.setattr(store, "forget_segments", die)
        with pytest.raises(Death):
            retention.turn_ring(ring.site.database, START)
    # No row promises a file that is gone, and nothing of it can be played.
    with ring.site.database.read() as tx:
        assert store.segments_between(tx, ring.turning.id, ALL_TIME, ALL_TIME.length_us) == []
        assert {one.state.value for one in store.garbage(tx, 100)} == {"garbage"}
    retention.turn_ring(ring.site.database, START)
    assert ring.names() == []
    assert ring.site.segments(ring.turning.id) == []


@on_sqlite
def test_a_ring_that_is_not_in_its_place_is_left_alone(ring: Ring) -> None:
    ring.limit(0)
    (Path(ring.volume.path) / volumes.IDENTITY_FILE).write_text(json.dumps({"volume": str(new_id(START))}))
    names = ring.names()
    assert retention.turn_ring(ring.site.database, START) == 0
    assert ring.names() == names
    with ring.site.database.read() as tx:
        assert store.garbage(tx, 10) == []


@on_sqlite
def test_garbage_waits_for_its_disk(ring: Ring) -> None:
    ring.limit(0)
    identity = Path(ring.volume.path) / volumes.IDENTITY_FILE
    with ring.site.database.write() as tx:
        store.mark_garbage(tx, [row.id for row in ring.site.segments(ring.turning.id)])
    identity.rename(identity.with_suffix(".away"))
    retention.turn_ring(ring.site.database, START)
    assert len(ring.names()) == 6
    identity.with_suffix(".away").rename(identity)
    retention.turn_ring(ring.site.database, START)
    assert ring.names() == []


# Playback


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
    with site.database.write() as tx:  # an hour that the server's clock ran twice
        last = site.segments(channel.id)[-2]
        tx.execute(update(store.SEGMENT).where(store.SEGMENT.c.id == last.id).values(clock_epoch=1))
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
            site.volume_id,
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
