"""The model of a disk forgets what it may forget, and nothing else."""

from random import Random

import pytest
from tests.unit.media.disk import (
    PAGE,
    AllSynced,
    Call,
    Created,
    Cut,
    Disk,
    FileSynced,
    FolderMade,
    FolderSynced,
    Removed,
    Written,
    images,
)

A = b"a" * PAGE
B = b"b" * PAGE


def disk(*calls: Call) -> Disk:
    made = Disk()
    for call in calls:
        made.take(call)
    return made


NEW: tuple[Call, ...] = (FolderMade("day"), Created("day/one"), Written("day/one", A))


def test_a_synced_file_system_has_one_image() -> None:
    made = disk(*NEW, AllSynced())
    assert made.settled
    assert list(images(made, Random(1))) == [("kept", {"day/one": A})]


def test_a_file_without_its_name_is_not_there() -> None:
    made = disk(*NEW, FileSynced("day/one"))
    assert (made.kept(), made.lost(), made.nameless()) == ({"day/one": A}, {}, {})
    made.take(FolderSynced("day"))
    assert made.lost() == {}  # the name of the folder itself
    made.take(FolderSynced("."))
    assert made.lost() == {"day/one": A}
    assert made.settled


def test_writes_after_a_sync_are_lost_torn_or_zero() -> None:
    made = disk(*NEW, AllSynced(), Written("day/one", B))
    assert made.lost() == {"day/one": A}
    assert made.torn(0) == {"day/one": A}
    assert made.torn(0.5) == {"day/one": A + B[: PAGE // 2]}
    assert made.torn(1) == {"day/one": A + B[:-1]}
    assert {bytes(made.zeros(Random(seed))["day/one"]) for seed in range(20)} == {A + B, A + bytes(PAGE)}
    assert not made.settled


def test_a_page_that_was_half_durable_keeps_its_half() -> None:
    made = disk(Created("one"), Written("one", b"x" * 100), AllSynced(), Written("one", b"y" * 100))
    assert made.files["one"].without([0]) == b"x" * 100 + bytes(100)


def test_a_cut_may_be_undone_and_a_removal_too() -> None:
    made = disk(*NEW, AllSynced(), Cut("day/one", 10))
    assert (made.kept(), made.lost()) == ({"day/one": A[:10]}, {"day/one": A})
    made.take(Removed("day/one"))
    assert (made.kept(), made.lost()) == ({}, {"day/one": A})
    made.take(FolderSynced("day"))
    assert made.lost() == {}


@pytest.mark.parametrize("seed", range(20))
def test_files_have_fates_of_their_own(seed: int) -> None:
    made = disk(Created("one"), Created("two"), AllSynced(), Written("one", A), Written("two", B))
    found = made.mixed(Random(seed))
    assert set(found) == {"one", "two"}
    assert all(len(found[name]) <= PAGE for name in found)


def test_mixtures_differ() -> None:
    made = disk(Created("one"), Created("two"), AllSynced(), Written("one", A), Written("two", B))
    found = {tuple(sorted(made.mixed(Random(seed)).items())) for seed in range(60)}
    assert (("one", b""), ("two", B)) in found
    assert (("one", A), ("two", b"")) in found
