"""The pure parts of checks: rates, cursors, the order of names, words."""

import tempfile
from pathlib import Path
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from mingjian.kernel.ids import ChannelId, SegmentId, VolumeId
from mingjian.media.check.bucket import BURST_S, Bucket
from mingjian.media.check.model import DETAIL_TEXT, KIND_TEXT, Cursor, Damage, DamageKind, Detail, Stage
from mingjian.media.check.order import UNEXPLAINED_US, Placed, disorder
from mingjian.media.check.volume import original, printable
from mingjian.media.model import Gap, GapCause
from mingjian.media.record.files import SegmentFiles

S = 1_000_000
VOLUME, CHANNEL = VolumeId(UUID(int=1)), ChannelId(UUID(int=2))


@given(
    rate=st.floats(1, 1e9),
    takes=st.lists(st.tuples(st.integers(0, 1 << 20), st.floats(0, 2)), max_size=50),
)
def test_a_bucket_never_gives_more_than_its_rate(rate: float, takes: list[tuple[int, float]]) -> None:
    bucket, now, taken = Bucket(rate, 100.0), 100.0, 0
    for count, busy_s in takes:
        taken += count
        now += bucket.take(count, now)
        assert taken <= (now - 100.0 + BURST_S) * rate * (1 + 1e-6) + 1
        now += busy_s


def test_a_bucket_without_a_rate_waits_for_nobody() -> None:
    assert Bucket(0, 0.0).take(1 << 40, 0.0) == 0


@given(
    only=st.none() | st.uuids(),
    volume=st.none() | st.uuids(),
    stage=st.sampled_from(Stage),
    paid=st.integers(0, 1 << 60),
)
def test_a_cursor_comes_back_as_it_was(only: UUID | None, volume: UUID | None, stage: Stage, paid: int) -> None:
    cursor = Cursor(
        VolumeId(only) if only else None, VolumeId(volume) if volume else None, stage, "20260101/\udcff-中.mp4", paid
    )
    assert Cursor.load(cursor.dump()) == cursor
    cursor.dump().encode()


@given(st.binary(max_size=30))
def test_any_name_can_be_kept_and_found_again(name: bytes) -> None:
    decoded = name.decode("utf-8", "surrogateescape")
    shown = printable(decoded)
    shown.encode()
    if "\\udc" not in decoded:
        assert original(shown) == decoded


_NAME = st.text("ab.-/", min_size=1, max_size=3).map(lambda text: text.replace("/", "z"))


@given(st.sets(st.lists(_NAME.filter(lambda name: not name.startswith(".")), min_size=1, max_size=3).map("/".join)))
@settings(max_examples=60)
def test_a_listing_goes_on_behind_any_of_its_names(names: set[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in sorted(names):
            path = root / name
            if any(parent.is_file() for parent in path.parents) or path.is_dir():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        listed = [name for name, _ in SegmentFiles(root).names()]
        assert sorted(listed) == sorted(str(one.relative_to(root)) for one in root.rglob("*") if one.is_file())
        for index, name in enumerate(listed):
            assert [one for one, _ in SegmentFiles(root).names(name)] == listed[index + 1 :]


def test_there_are_words_for_everything() -> None:
    assert set(KIND_TEXT) == set(DamageKind)
    assert set(DETAIL_TEXT) == set(Detail)
    for kind in DamageKind:
        for detail in Detail:
            text = Damage(VOLUME, kind, f"{detail} 5".strip()).text if detail else Damage(VOLUME, kind, "").text
            assert text.zh
            assert text.en


# Order


def placed(start_s: float, end_s: float, epoch: int = 0) -> Placed:
    segment_id = SegmentId(UUID(int=int(start_s * 1000) + 1))
    return Placed(segment_id, CHANNEL, VOLUME, epoch, int(start_s * S), int(end_s * S), "x.mp4")


@given(
    st.lists(st.tuples(st.integers(1, 60), st.booleans()), min_size=1, max_size=20),
    st.lists(st.tuples(st.integers(1, 60), st.booleans()), max_size=20),
)
def test_footage_and_gaps_that_tile_time_are_in_order(
    first: list[tuple[int, bool]], second: list[tuple[int, bool]]
) -> None:
    """In each of two epochs over the same hours."""
    segments, gaps = [], []
    for epoch, parts in enumerate((first, second)):
        at = 0
        for length, is_gap in parts:
            if is_gap:
                gaps.append(Gap(CHANNEL, at * S, (at + length) * S, GapCause.NETWORK, epoch))
            else:
                segments.append(placed(at, at + length, epoch))
            at += length
    segments.sort(key=lambda one: one.start_us)
    gaps.sort(key=lambda one: one.start_us)
    assert list(disorder(segments, gaps, -(1 << 62))) == []


@given(
    st.lists(st.integers(3, 60), min_size=3, max_size=20),
    st.integers(1, 18),
    st.booleans(),
)
def test_a_segment_that_is_not_there_is_a_stretch_that_nothing_explains(
    lengths: list[int], number: int, young: bool
) -> None:
    segments, at = [], 0
    for length in lengths:
        segments.append(placed(at, at + length))
        at += length
    gone = segments.pop(1 + number % (len(lengths) - 2))
    found = list(disorder(segments, [], -(1 << 62) if young else gone.end_us))
    expected = [(DamageKind.MISSING, Detail.UNEXPLAINED, gone.start_us, gone.end_us)] if young else []
    assert [(one.kind, one.word, one.start_us, one.end_us) for one in found] == expected
    assert gone.end_us - gone.start_us >= UNEXPLAINED_US
