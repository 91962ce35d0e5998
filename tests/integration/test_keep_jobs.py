"""Keeping as the role `jobs` runs it: every kind through a worker, with the settings of the installation."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import pytest
from tests.unit.media.keeping import DAY, HOUR, MANAGER, Store, at

from mingjian.alerts import service as alerts
from mingjian.config import Settings
from mingjian.kernel.clock import WallUs
from mingjian.media import store as media_store
from mingjian.media.keep import service, store
from mingjian.media.keep.reserve import FILE_NAME
from mingjian.media.settings import StoreSettings
from mingjian.storage import jobs
from mingjian.storage.engine import Database
from mingjian.storage.jobs import State
from mingjian.workers.context import RoleContext, StopSignal
from mingjian.workers.job_kinds import Registry, registry
from mingjian.workers.jobs import Worker, tend_reserve

KINDS: Final = ("media.turn_ring", "keep.mark", "keep.purge", "keep.make_room", "keep.watch", "keep.complete_days")


@dataclass(eq=False)
class Hands:
    """A clock that moves when told, both hands alike unless one is set."""

    wall: int = at(DAY)

    def __post_init__(self) -> None:
        self.set_by = 0

    def now_us(self) -> WallUs:
        return WallUs(self.wall + self.set_by)

    def monotonic(self) -> float:
        return self.wall / 1_000_000


class Role:
    """A worker with the kinds of keeping."""

    def __init__(self, database: Database, data_dir: Path, clock: Hands, **settings: float) -> None:
        self.database, self.clock = database, clock
        known = registry()
        own = Registry({kind: known.handlers[kind] for kind in KINDS}, {})
        chosen = Settings(store=StoreSettings.model_validate(settings))
        self.worker = Worker(
            database,
            own,
            clock,
            stop=StopSignal(),
            owner="me",
            chance=random.Random(1),
            settings=chosen,
            data_dir=data_dir,
        )

    def run(self, *kinds: str) -> None:
        with ThreadPoolExecutor(max_workers=1) as pool:
            for kind in kinds:
                with self.database.write() as tx:
                    jobs.enqueue(tx, kind, {}, now_us=self.clock.now_us())
                assert self.worker.step(pool)
        with self.database.read() as tx:
            assert jobs.count(tx, State.PENDING) == 0, "a handler failed"


@pytest.fixture
def kept(database: Database, tmp_path: Path) -> Store:
    made = Store(database, tmp_path)
    made.term(30)
    made.maximum(45)
    return made


def test_footage_goes_by_the_settings(kept: Store, tmp_path: Path) -> None:
    clock = Hands(at(DAY + 46, 1))
    role = Role(kept.database, tmp_path, clock, undo_hours=2, floor_mb=16)
    old = kept.footage(kept.channel(), at(DAY))
    role.run(*KINDS)
    assert kept.states() == {old: "marked"}
    clock.wall += 2 * HOUR - 1
    role.run(*KINDS)
    assert kept.states() == {old: "marked"}
    clock.wall += 1
    role.run(*KINDS)
    assert kept.states() == {}
    kept.check()
    with kept.database.read() as tx:
        assert [one.code for one in alerts.listing(tx).items] == ["channel.not_landing"]
        assert store.completeness(tx, DAY + 45, DAY + 45) != []


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_full_disk_takes_what_may_go_at_once(kept: Store, tmp_path: Path) -> None:
    old, young = kept.footage(kept.channel(), at(DAY)), kept.footage(kept.channel(), at(DAY + 30))
    role = Role(kept.database, tmp_path, Hands(at(DAY + 40)), floor_mb=10_000_000)
    role.run("keep.make_room", "keep.watch")
    assert kept.states() == {young: "closed"}
    assert old not in kept.states()
    with kept.database.read() as tx:
        assert "storage.disk_full" in {one.code for one in alerts.listing(tx).items}


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_clock_that_jumps_stops_deletion_before_anybody_writes_it_down(kept: Store, tmp_path: Path) -> None:
    clock = Hands(at(DAY + 1))
    role = Role(kept.database, tmp_path, clock, undo_hours=0, floor_mb=16)
    segment = kept.footage(kept.channel(), at(DAY))
    role.run(*KINDS)
    clock.set_by = 365 * 24 * HOUR
    role.run(*KINDS)
    clock.wall += 90 * 1_000_000
    role.run("keep.watch", *KINDS)
    assert kept.states() == {segment: "closed"}
    with kept.database.read() as tx:
        (epoch,) = media_store.clock_epochs(tx)
        assert {"clock.stepped", "storage.deletion_paused"} <= {one.code for one in alerts.listing(tx).items}
    assert epoch.step_us == clock.set_by
    with kept.database.write() as tx:
        service.confirm_clock(tx, by=MANAGER, now_us=clock.now_us())
    role.run(*KINDS)
    assert kept.states() == {segment: "closed"}, "a year that did not pass makes nothing old"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_the_reserve_is_beside_the_database(tmp_path: Path, engine: str) -> None:
    del engine
    settings = Settings(store=StoreSettings(reserve_mb=1))
    context = RoleContext("jobs", settings, tmp_path, tmp_path, f"sqlite:///{tmp_path}/x.db", Hands(), StopSignal())
    looked: list[bool] = []

    class Once(StopSignal):
        def wait(self, timeout_s: float | None = None) -> bool:
            looked.append((tmp_path / FILE_NAME).exists())
            self.set()
            return True

    tend_reserve(replace(context, stop=Once()))
    assert looked == [True]
    (tmp_path / FILE_NAME).unlink()
    tend_reserve(replace(context, stop=Once(), database_url="postgresql:///x"))
    assert looked == [True]


@pytest.mark.parametrize("engine", ["sqlite"])
def test_periodic_jobs_go_on_after_the_clock_was_set_back(database: Database, engine: str) -> None:
    del engine
    clock, done = Hands(), list[int]()
    known = Registry({"kind": lambda *_: done.append(1)}, {"kind": 10_000_000})
    worker = Worker(database, known, clock, stop=StopSignal(), owner="me", chance=random.Random(1))
    with ThreadPoolExecutor(max_workers=1) as pool:
        worker.plan_periodic()
        assert worker.step(pool)
        clock.set_by = -24 * HOUR
        clock.wall += 20_000_000
        assert not worker.step(pool)
        worker.notice_clock()
        assert worker.step(pool)
        worker.notice_clock()
        assert not worker.step(pool), "once is enough"
        clock.wall += 10_000_000
        assert worker.step(pool)
    assert len(done) == 3
