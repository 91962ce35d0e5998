"""Any order of recording, marking, purging, pressure, holds, terms and clock steps: what must stay stays.

The machine keeps its own book of what must stay, from what really happened and without asking the rules: a real clock
that nobody can set, the holds that stand, and the longest minimum that was ever in force while a law said one.
"""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from tests.unit.media.keeping import DAY, HOUR, MANAGER, S, Store, actor, at, person

from mingjian.identity.model import Role
from mingjian.kernel.ids import SegmentId
from mingjian.media import store as media_store
from mingjian.media.keep import service
from mingjian.media.keep.model import Hold, TermKind, TermSource
from mingjian.media.keep.terms import Clock, Effective, Rules
from mingjian.media.model import ClockEpoch
from mingjian.media.store import SEGMENT
from mingjian.storage.engine import Database

DAYS: Final = 24 * HOUR
LIFTER: Final = actor(person(Role.POLICE_SUPERVISOR))


class Keeping(RuleBasedStateMachine):
    """`real_us` is time that passes; `offset_us` is what the server's clock is off by."""

    template: Path
    holds = Bundle("holds")

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        shutil.copyfile(self.template, self.folder / "m.db")
        self.database = Database(f"sqlite:///{self.folder / 'm.db'}")
        self.kept = Store(self.database, self.folder)
        self.channels = [self.kept.channel("东门"), self.kept.channel("西门")]
        self.demonstration = self.kept.channel("演示", demonstration=True)
        self.real_us, self.offset_us, self.epoch = at(DAY), 0, 0
        self.recorded: dict[SegmentId, tuple[Any, int, int, int]] = {}  # channel, stored start, real end, epoch
        self.standing: dict[Any, Hold] = {}
        self.laws: dict[Any, int] = {}
        self.policies: dict[Any, int] = {}
        self.trusted = True
        self.somebody_sets_a_minimum(None, 30, TermSource.LAW)
        self.somebody_sets_a_maximum(None, 31)
        self.record(0, 3)
        self.record(1, 2)
        self.record_the_demonstration()
        limited = replace(self.kept.ring, limit_bytes=2_000)
        with self.database.write() as tx:
            media_store.change_volume(tx, limited)

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.database.close()
            shutil.rmtree(self.folder)

    @property
    def now_us(self) -> int:
        return self.real_us + self.offset_us

    # What happens

    @rule(which=st.integers(0, 1), minutes=st.integers(1, 3))
    def record(self, which: int, minutes: int) -> None:
        channel = self.channels[which]
        for _ in range(minutes):
            start_us = self.now_us
            segment = self.kept.footage(channel, start_us, epoch=self.epoch)
            self.real_us += 60 * S
            self.recorded[segment] = (channel, start_us, self.real_us, self.epoch)

    @rule()
    def record_the_demonstration(self) -> None:
        segment = self.kept.footage(self.demonstration, self.now_us, epoch=self.epoch, volume=self.kept.ring)
        self.real_us += 60 * S
        self.recorded[segment] = (self.demonstration, self.now_us - 60 * S, self.real_us, self.epoch)

    @rule(days=st.sampled_from([0, 1, 20, 30, 32, 60]), hours=st.integers(0, 23))
    def time_passes(self, days: int, hours: int) -> None:
        self.real_us += days * DAYS + hours * HOUR

    @precondition(lambda self: self.trusted)
    @rule(days=st.sampled_from([-60, -31, -1, 0, 1, 31, 400]), hours=st.integers(-23, 23), confirmed=st.booleans())
    def the_clock_is_set(self, days: int, hours: int, confirmed: bool) -> None:
        step_us = days * DAYS + hours * HOUR
        if self.now_us + step_us < at(DAY - 300):
            return
        self.offset_us += step_us
        self.epoch += 1
        with self.database.write() as tx:
            media_store.add_clock_epoch(tx, ClockEpoch(self.epoch, self.now_us, step_us, observed=True))
        self.trusted = False
        if confirmed:
            self.somebody_confirms_the_clock()

    @precondition(lambda self: not self.trusted)
    @rule()
    def somebody_confirms_the_clock(self) -> None:
        with self.database.write() as tx:
            service.confirm_clock(tx, by=MANAGER, now_us=self.now_us)
        self.trusted = True

    @rule(which=st.sampled_from([None, 0, 1]), days=st.integers(1, 60), source=st.sampled_from(list(TermSource)))
    def somebody_sets_a_minimum(self, which: int | None, days: int, source: TermSource) -> None:
        channel = None if which is None else self.channels[which]
        self.kept.term(days, TermKind.MINIMUM, source, channel, now_us=self.now_us)
        (self.laws if source is TermSource.LAW else self.policies)[channel] = days

    @rule(which=st.sampled_from([None, 0, 1]), days=st.sampled_from([1, 31, 45]))
    def somebody_sets_a_maximum(self, which: int | None, days: int) -> None:
        channel = None if which is None else self.channels[which]
        self.kept.term(days, TermKind.MAXIMUM, TermSource.POLICY, channel, now_us=self.now_us)

    @rule(target=holds, which=st.integers(0, 99), before_s=st.integers(-59, 59), minutes=st.sampled_from([1, 2, 5_000]))
    def somebody_places_a_hold(self, which: int, before_s: int, minutes: int) -> Any:
        """On or beside something that was recorded."""
        channel, start_us, _, _ = list(self.recorded.values())[which % len(self.recorded)]
        start_us -= before_s * S
        hold = self.kept.hold(channel, start_us, start_us + minutes * 60 * S, by=MANAGER, now_us=self.now_us)
        self.standing[hold.id] = hold
        return hold.id

    @rule(hold_id=holds)
    def somebody_lifts_a_hold(self, hold_id: Any) -> None:
        if self.standing.pop(hold_id, None) is not None:
            with self.database.write() as tx:
                service.lift_hold(tx, hold_id, "核实完毕", by=LIFTER, now_us=self.now_us)

    # What deletes. Each looks at its book first: nothing that must stay may go, or be marked.

    @rule(days=st.sampled_from([0, 32]), undo_h=st.sampled_from([0, 24]))
    def mark_and_purge(self, days: int, undo_h: int) -> None:
        self.real_us += days * DAYS
        self.deleting(lambda: self.kept.deleter.mark_due(self.now_us))
        self.deleting(lambda: self.kept.deleter.purge_due(self.now_us, undo_h * HOUR))

    @rule(days=st.sampled_from([0, 31]), wanted=st.sampled_from([1, 2_500, 1 << 40]), limit=st.integers(1, 10))
    def pressure(self, days: int, wanted: int, limit: int) -> None:
        self.real_us += days * DAYS
        volumes = [self.kept.volume.id, self.kept.ring.id]
        self.deleting(lambda: self.kept.deleter.make_room(volumes, wanted, self.now_us, limit))
        self.deleting(lambda: self.kept.deleter.turn_rings(self.now_us))

    def deleting(self, work: Any) -> None:
        must_stay = self.must_stay()
        before = self.names()
        work()
        after = self.names()
        assert must_stay <= after.keys(), "a row that must stay is gone"
        gone = {before[one] for one in before.keys() - after.keys()}
        assert set(self.kept.removed) >= gone
        assert not gone & {before[one] for one in must_stay}
        self.kept.removed.clear()

    # The book

    def must_stay(self) -> set[SegmentId]:
        return {one for one in self.names() if self.is_held(one) or not self.is_over(one)}

    def is_held(self, segment: SegmentId) -> bool:
        channel, start_us, _, _ = self.recorded[segment]
        end_us = start_us + 60 * S
        return any(
            one.channel_id == channel and one.span.start_us < end_us and start_us < one.span.end_us
            for one in self.standing.values()
        )

    def is_over(self, segment: SegmentId) -> bool:
        """Whether so much time really passed that its minimum must be over, a law having said one."""
        channel, _, really_us, _ = self.recorded[segment]
        if channel == self.demonstration:
            return True
        laws = [days for one, days in self.laws.items() if one in (None, channel)]
        policies = [days for one, days in self.policies.items() if one in (None, channel)]
        return bool(laws) and self.real_us - really_us >= max([*laws, *policies]) * DAYS

    def names(self) -> dict[SegmentId, str]:
        with self.database.read() as tx:
            rows = tx.execute(select(SEGMENT.c.id, SEGMENT.c.path_name).where(SEGMENT.c.state != "garbage"))
            return {SegmentId(row.id): row.path_name for row in rows}

    @invariant()
    def rows_files_and_counters_agree(self) -> None:
        if hasattr(self, "kept"):
            self.kept.check()

    @invariant()
    def nothing_that_must_stay_is_marked_or_garbage(self) -> None:
        if hasattr(self, "kept"):
            going = {one for one, state in self.kept.states().items() if state in {"marked", "garbage"}}
            must_stay = {one for one in going if self.is_held(one) or not self.is_over(one)}
            assert not must_stay

    @invariant()
    def what_is_closed_has_its_file(self) -> None:
        if hasattr(self, "kept"):
            assert set(self.names().values()) <= self.kept.files() | self.kept.files(self.kept.ring)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_what_must_stay_stays(migrated_sqlite: Path, tmp_path: Path, engine: str) -> None:
    del engine
    template = tmp_path / "template.db"
    shutil.copyfile(migrated_sqlite, template)
    machine = type("Keeping", (Keeping,), {"template": template})
    run_state_machine_as_test(machine, settings=settings(max_examples=25, stateful_step_count=30, deadline=None))


FORGETFUL: Final[dict[str, tuple[Any, str, Any]]] = {
    "holds": (Rules, "held", lambda *_: False),
    "terms": (Effective, "minimum_days", 0),
    "steps of the clock": (Clock, "today", lambda _, moment_us, __: moment_us),
}


# Steps of the clock are found by fewer stories: in the long counts.
@pytest.mark.parametrize(
    "what", [pytest.param(one, marks=[pytest.mark.soak] * (one == "steps of the clock")) for one in FORGETFUL]
)
@pytest.mark.breadth
def test_the_machine_has_teeth(
    migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """With rules that forget, it finds what goes wrong."""
    template = tmp_path / "template.db"
    shutil.copyfile(migrated_sqlite, template)
    monkeypatch.setattr(*FORGETFUL[what])
    machine = type("Keeping", (Keeping,), {"template": template})
    hunting = settings(
        max_examples=1000 if what == "steps of the clock" else 100,
        stateful_step_count=30,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
    )
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine, settings=hunting)
