"""The crash explorer: a machine that stops at any moment of a recorder's work keeps every promise of the store.

Mutants of the product show that the explorer would notice.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.counts import counted
from tests.unit.media.crashing import BrokenPromiseError, Case, Files, Story, Teller, Workshop, cases, tell_recovery
from tests.unit.media.tracing import TracedFiles, traced_syncs

from mingjian.media import store
from mingjian.media.formats import fmp4
from mingjian.media.record.files import FlushPolicy
from mingjian.media.record.lane import Lane, LaneFile, Synced
from mingjian.storage.engine import Transaction

POLICIES: Sequence[FlushPolicy] = ("syncfs", "fdatasync")
STEPS = 12
FEW_CASES = 40
CASES = 120
MANY_CASES = 250
STORIES = counted("SOAK_STORIES", 2)
GOING_ON = 20
SEED = 20261121
ENOUGH = 400
RECOVERIES = 6


def tell(
    folder: Path,
    template: Path,
    policy: FlushPolicy,
    *,
    steps: int = STEPS,
    seed: int = SEED,
    files: Files = TracedFiles,
) -> Story:
    (folder / "story").mkdir()
    with traced_syncs():
        return Teller(folder / "story", template, policy, seed, files).tell(steps)


def chosen(story: Story, count: int, seed: int = SEED) -> list[Case]:
    """Cases of every moment: one of each at least, more by chance."""
    every = list(cases(story, seed))
    chance = Random(seed)
    chance.shuffle(every)
    firsts = list({case.at: case for case in every}.values())
    others = [case for case in every if case not in firsts]
    return [*firsts, *others[: max(0, count - len(firsts))]]


@pytest.mark.timeout(600)
@pytest.mark.parametrize("count", [FEW_CASES, pytest.param(MANY_CASES, marks=pytest.mark.soak)])
@pytest.mark.parametrize("policy", ["syncfs", pytest.param("fdatasync", marks=pytest.mark.breadth)])
def test_every_moment(migrated_sqlite: Path, tmp_path: Path, policy: FlushPolicy, count: int) -> None:
    story = tell(tmp_path, migrated_sqlite, policy)
    workshop = Workshop(tmp_path / "cases", story)
    found = chosen(story, count)
    assert len(found) >= count
    for number, case in enumerate(found):
        workshop.check(case, go_on=number % GOING_ON == 0)
    assert workshop.recovered_frames > 4 * count


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("policy", POLICIES)
def test_every_moment_of_many_stories(migrated_sqlite: Path, tmp_path: Path, policy: FlushPolicy) -> None:
    count = 0
    for seed in range(STORIES):
        folder = tmp_path / str(seed)
        folder.mkdir()
        story = tell(folder, migrated_sqlite, policy, steps=30, seed=seed)
        workshop = Workshop(folder / "cases", story)
        for case in cases(story, seed):
            workshop.check(case, go_on=count % 5 == 0)
            count += 1
    assert count > 500 * STORIES


@pytest.mark.parametrize("policy", ["syncfs", pytest.param("fdatasync", marks=pytest.mark.breadth)])
def test_every_moment_of_a_recovery(migrated_sqlite: Path, tmp_path: Path, policy: FlushPolicy) -> None:
    """The power fails again while what the last time has left is looked after."""
    story = tell(tmp_path, migrated_sqlite, policy)
    torn = [case for case in chosen(story, CASES) if case.fate not in ("kept", "lost")]
    count = 0
    for case in torn[:RECOVERIES]:
        with traced_syncs():
            again = tell_recovery(tmp_path / "again", story, case)
        workshop = Workshop(tmp_path / "cases", again)
        for one in chosen(again, 0):
            workshop.check(one, go_on=False)
            count += 1
    assert count > 5 * RECOVERIES


# Mutants: each breaks one rule of the design, and is noticed


@pytest.fixture
def mutate() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


class NeverDurable(TracedFiles):
    """The sync is left out."""

    def sync(self, descriptors: Sequence[int]) -> None:
        pass


class NamelessFolders(TracedFiles):
    """The names of files that come and go are not made durable."""

    def sync_folder(self, folder: Path) -> None:
        pass


def committed_before_synced(patch: pytest.MonkeyPatch) -> None:
    """The lane says that it is done before it is: the sync comes when the next one is asked for."""
    late: list[Callable[[], None]] = []

    def sync(self: Lane, number: int, files: Sequence[LaneFile]) -> None:
        while late:
            late.pop()()
        descriptors = [one.descriptor for one in files if one.descriptor >= 0]
        late.append(lambda: self.files.sync(descriptors))
        self._report(Synced(self, number, None))

    patch.setattr(Lane, "_sync", sync)


def created_before_its_row(patch: pytest.MonkeyPatch) -> None:
    """Rows of new segments wait until something of them is to be written into the database."""
    waiting: list[Any] = []
    opens, flushes = store.open_segments, store.flush_segments

    def later(_tx: Transaction, segments: Any, _fence: int | None = None) -> None:
        waiting.extend(segments)

    def flush(tx: Transaction, indexes: Any) -> None:
        opens(tx, waiting)
        waiting.clear()
        flushes(tx, indexes)

    patch.setattr(store, "open_segments", later)
    patch.setattr(store, "flush_segments", flush)


def seal_not_checked(patch: pytest.MonkeyPatch) -> None:
    """Recovery believes whatever has the shape of a fragment."""

    def find(read: Callable[[int, int], bytes], at: int) -> fmp4.Found | None:
        moof_size = int.from_bytes(read(at + 32, 4), "big")
        mdat_size = int.from_bytes(read(at + 32 + moof_size, 4), "big")
        size = 32 + moof_size + mdat_size
        content = read(at, size)
        if read(at + 4, 4) != b"prft" or read(at + 36 + moof_size, 4) != b"mdat" or len(content) < size:
            return None
        return fmp4._described(content, size, sha256(content).digest())

    patch.setattr(fmp4, "find", find)


def index_alone(patch: pytest.MonkeyPatch) -> None:
    """Recovery keeps what the index knows and nothing behind it."""
    patch.setattr(fmp4, "find", lambda _read, _at: None)


def not_cut(patch: pytest.MonkeyPatch) -> None:
    """Recovery leaves what it does not keep at the end of the file."""
    patch.setattr("tests.unit.media.crashing.QuickFiles.cut", lambda _self, _descriptor, _size: None)


def not_counted(patch: pytest.MonkeyPatch) -> None:
    """Days are not counted."""
    patch.setattr(store, "count_days", lambda _tx, _segments: None)


def silences_not_explained(patch: pytest.MonkeyPatch) -> None:
    """Recovery leaves gaps as they are."""
    patch.setattr("mingjian.media.record.silences.explain", lambda _tx, _segment, _footage: None)


LOST = "promised|flushed, and lost|not the one in the index|the row says"
MUTANTS: dict[str, tuple[Callable[[pytest.MonkeyPatch], None], Files, str]] = {
    "sync left out": (lambda _patch: None, NeverDurable, LOST),
    "names not made durable": (lambda _patch: None, NamelessFolders, "no file|a file without a row"),
    "row committed before the sync": (committed_before_synced, TracedFiles, LOST),
    "file created before its row": (created_before_its_row, TracedFiles, "a file without a row"),
    "seal not checked": (seal_not_checked, TracedFiles, "it does not play|never written|not the one in the index"),
    "nothing kept behind the index": (index_alone, TracedFiles, "were not kept"),
    "file not cut": (not_cut, TracedFiles, "the row says"),
    "days not counted": (not_counted, TracedFiles, "days are counted"),
    "silences not explained": (silences_not_explained, TracedFiles, "over footage|no cause"),
}


FEW = ("sync left out", "file not cut")


@pytest.mark.parametrize("name", [pytest.param(one, marks=[pytest.mark.breadth] * (one not in FEW)) for one in MUTANTS])
def test_it_would_be_noticed(migrated_sqlite: Path, tmp_path: Path, mutate: pytest.MonkeyPatch, name: str) -> None:
    change, files, said = MUTANTS[name]
    change(mutate)
    story = tell(tmp_path, migrated_sqlite, "fdatasync", files=files)
    workshop = Workshop(tmp_path / "cases", story)

    def explore() -> None:
        for case in chosen(story, ENOUGH):
            workshop.check(case, go_on=name == "silences not explained")

    with pytest.raises(BrokenPromiseError, match=said):
        explore()
