"""Thumbnails on the disk: bounded, found again, gone with their footage."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.kernel.ids import ChannelId, SegmentId
from mingjian.media.pictures import cache
from mingjian.media.pictures.cache import PictureCache, Thumbnail, forget_gone

CHANNEL = ChannelId(uuid4())
SEGMENT = SegmentId(uuid4())


def thumbnail(number: int, segment: SegmentId = SEGMENT, channel: ChannelId = CHANNEL, width: int = 160) -> Thumbnail:
    return Thumbnail(channel, segment, number.to_bytes(32, "little"), width)


def on_disk(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_what_was_put_is_there_also_for_the_next_process(tmp_path: Path) -> None:
    made = PictureCache(tmp_path / "c", 1_000)
    assert made.get(thumbnail(1)) is None
    made.put(thumbnail(1), b"one")
    made.put(thumbnail(1, width=320), b"wide")
    assert (made.get(thumbnail(1)), made.get(thumbnail(1, width=320))) == (b"one", b"wide")
    again = PictureCache(tmp_path / "c", 1_000)
    assert again.get(thumbnail(1)) == b"one"
    again.put(thumbnail(2), b"two")
    assert again.total_bytes == on_disk(tmp_path) == 10


def test_the_least_used_goes_first(tmp_path: Path) -> None:
    made = PictureCache(tmp_path, 300)
    for number in range(3):
        made.put(thumbnail(number), bytes(100))
    made.get(thumbnail(0))
    made.put(thumbnail(3), bytes(100))
    assert [made.get(thumbnail(number)) is not None for number in range(4)] == [True, False, True, True]


@given(sizes=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 400)), max_size=40))
def test_never_larger_than_its_bound(tmp_path_factory: pytest.TempPathFactory, sizes: list[tuple[int, int]]) -> None:
    folder = tmp_path_factory.mktemp("c")
    made = PictureCache(folder, 1_000)
    for number, size in sizes:
        made.put(thumbnail(number), bytes(size))
        assert made.total_bytes == on_disk(folder) <= 1_000
        assert made.get(thumbnail(number)) == bytes(size)


def test_a_smaller_bound_after_a_start_holds_at_once(tmp_path: Path) -> None:
    made = PictureCache(tmp_path, 1_000)
    for number in range(10):
        made.put(thumbnail(number), bytes(100))
    less = PictureCache(tmp_path, 250)
    less.put(thumbnail(11), bytes(50))
    assert on_disk(tmp_path) <= 250


def test_nothing_is_kept_where_there_is_no_room(tmp_path: Path) -> None:
    full = PictureCache(tmp_path, 1_000, floor_bytes=1 << 62)
    full.put(thumbnail(1), b"x")
    none = PictureCache(tmp_path, 0)
    none.put(thumbnail(2), b"x")
    assert on_disk(tmp_path) == 0


def test_a_disk_that_refuses_costs_nothing_but_the_cache(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_bytes(b"")
    made = PictureCache(in_the_way / "c", 1_000)
    made.put(thumbnail(1), b"x")
    assert made.get(thumbnail(1)) is None


def test_what_another_process_removed_is_made_again(tmp_path: Path) -> None:
    made = PictureCache(tmp_path, 1_000)
    made.put(thumbnail(1), b"x")
    forget_gone(tmp_path, lambda _: True, lambda _: set())
    assert made.get(thumbnail(1)) is None
    made.put(thumbnail(1), b"y")
    assert made.get(thumbnail(1)) == b"y"
    assert made.total_bytes == 1


def test_forgotten_with_its_footage(tmp_path: Path) -> None:
    made = PictureCache(tmp_path, 1_000)
    gone, hidden = SegmentId(uuid4()), ChannelId(uuid4())
    made.put(thumbnail(1), b"kept")
    made.put(thumbnail(2, gone), b"gone")
    made.put(thumbnail(3, SEGMENT, hidden), b"hidden")
    asked: list[list[UUID]] = []

    def still_there(ids: list[UUID]) -> set[UUID]:
        asked.append(sorted(ids))
        return {SEGMENT}

    assert forget_gone(tmp_path, lambda channel: channel != hidden, still_there) == 2
    assert asked == [sorted([SEGMENT, gone])]  # what may not be shown goes, whether or not it is there
    assert [made.get(thumbnail(1)), made.get(thumbnail(2, gone))] == [b"kept", None]
    assert [path.name for path in tmp_path.iterdir()] == [str(CHANNEL)]


def test_what_is_no_thumbnail_is_left_alone(tmp_path: Path) -> None:
    strange = tmp_path / "notes" / "more"
    strange.mkdir(parents=True)
    (strange / "text").write_text("x")
    outside = tmp_path.parent / f"{tmp_path.name} outside"
    outside.mkdir()
    (outside / "text").write_text("x")
    (tmp_path / str(CHANNEL)).mkdir()
    (tmp_path / str(CHANNEL) / str(uuid4())).symlink_to(outside)
    assert forget_gone(tmp_path, lambda _: True, lambda _: set()) == 0
    assert (strange / "text").exists()
    assert (outside / "text").exists()
    assert forget_gone(tmp_path / "nowhere", lambda _: True, lambda _: set()) == 0


def test_what_a_death_left_half_written_goes(tmp_path: Path) -> None:
    made = PictureCache(tmp_path, 1_000)
    made.put(thumbnail(1), b"x")
    half = tmp_path / str(CHANNEL) / str(SEGMENT) / "abc.new"
    half.write_bytes(b"half")
    again = PictureCache(tmp_path, 1_000)
    again.put(thumbnail(2), b"y")
    assert not half.exists()
    assert again.total_bytes == 2


def test_names_are_generated() -> None:
    assert thumbnail(0).name == f"{CHANNEL}/{SEGMENT}/{'0' * 32}-160.jpg"
    assert cache.FOLDER.parts == ("cache", "pictures")
