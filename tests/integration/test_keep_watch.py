"""Alerts, completeness and trust in the clock on real databases: they come, and they go by themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import insert, update
from tests.unit.media.keeping import DAY, HOUR, MANAGER, S, Store, at

from mingjian.alerts import service as alerts
from mingjian.kernel.clock import WallUs
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, GapId, new_id
from mingjian.media import store as media_store
from mingjian.media.check.store import DAMAGE
from mingjian.media.errors import TIMED_OUT
from mingjian.media.keep import completeness, service
from mingjian.media.keep.clock_trust import SYNCHRONISED_S, ClockTrust, system_is_synchronised
from mingjian.media.keep.model import ChannelRecording, PlanKind, WeeklySpan
from mingjian.media.keep.watch import Watch
from mingjian.media.model import ChannelState, FragmentRecord, Gap, GapCause, Volume
from mingjian.media.record.files import IDENTITY_FILE, SegmentFiles
from mingjian.media.store import RECORDED_DAY, SEGMENT_INDEX, ChannelStatus
from mingjian.registry import service as registry
from mingjian.storage.engine import Database

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])  # where the engine plays no part: a database costs time
NOW: Final = at(DAY)
FLOOR: Final = 1_000_000


class SizedFiles(SegmentFiles):
    """A disk with as much room as the test says."""

    def __init__(self, root: Path, free_bytes: int) -> None:
        super().__init__(root)
        self._free_bytes = free_bytes

    def free_bytes(self) -> int:
        return self._free_bytes


@dataclass
class Looking:
    """A store, and the look around it; `free` is the room of each disk."""

    store: Store
    free: dict[str, int] = field(default_factory=dict)

    def look(self, now_us: int = NOW) -> dict[tuple[str, str], Mapping[str, str]]:
        """Look once; what stands: (code, object) with the words."""
        self.watch.look(now_us)
        with self.store.database.read() as tx:
            standing = alerts.listing(tx, standing_only=True).items
        return {(one.code, one.object_id): one.detail for one in standing}

    def codes(self, now_us: int = NOW) -> list[str]:
        return sorted(code for code, _ in self.look(now_us))

    @property
    def watch(self) -> Watch:
        return Watch(self.store.database, self.files, FLOOR, lambda _tx: None)

    def files(self, volume: Volume) -> SegmentFiles:
        return SizedFiles(Path(volume.path), self.free.get(volume.path, 100 * FLOOR))


@pytest.fixture
def looking(database: Database, tmp_path: Path) -> Looking:
    return Looking(Store(database, tmp_path))


# Alerts


@on_sqlite
def test_a_quiet_store_says_nothing(looking: Looking) -> None:
    assert looking.look() == {}


@on_sqlite
def test_a_disk_that_fills(looking: Looking) -> None:
    store, path = looking.store, looking.store.volume.path
    channel = store.channel()
    store.term(30)
    with store.database.write() as tx:
        for day in range(DAY - 10, DAY):
            values = {"channel_id": channel, "volume_id": store.volume.id, "day": day, "segments": 1, "bytes": FLOOR}
            tx.execute(insert(RECORDED_DAY), values)
        _retire(tx, channel)
    assert looking.codes() == []
    looking.free[path] = 5 * FLOOR
    ((code, _),) = looking.look()
    assert code == "storage.disk_low", "full in four days"
    looking.free[path] = 9 * FLOOR
    assert looking.codes() == [], "eight days are enough"
    looking.free[path] = FLOOR * 3 // 2
    assert looking.codes() == ["storage.disk_low"]
    looking.free[path] = FLOOR - 1
    assert looking.codes() == ["storage.disk_full"]
    looking.free[path] = FLOOR * 5 // 4 - 1
    assert looking.codes() == ["storage.disk_full"], "it begins again a quarter of a floor higher"
    looking.free[path] = FLOOR * 2
    assert looking.codes() == ["storage.disk_low"]
    looking.free[path] = 100 * FLOOR
    assert looking.codes() == []


def _retire(tx: Any, channel: ChannelId) -> None:
    registry.retire(tx, channel, by=MANAGER, now_us=NOW)


@on_sqlite
def test_room_is_made_where_it_is_short(looking: Looking) -> None:
    store = looking.store
    store.term(30)
    channel = store.channel()
    old, young = store.footage(channel, at(DAY - 60), size=FLOOR), store.footage(channel, NOW, size=FLOOR)
    assert looking.watch.make_room(store.deleter, NOW) == 0
    looking.free[store.volume.path] = FLOOR
    assert looking.watch.make_room(store.deleter, NOW) == FLOOR
    assert old not in store.states()
    assert looking.watch.make_room(store.deleter, NOW) == 0
    assert store.states() == {young: "closed"}


@on_sqlite
def test_without_a_law_a_short_disk_says_why_nothing_goes(looking: Looking) -> None:
    looking.free[looking.store.volume.path] = FLOOR * 3 // 2
    assert looking.codes() == ["storage.deletion_paused", "storage.disk_low"]
    looking.store.term(30)
    assert looking.codes() == ["storage.disk_low"]


@on_sqlite
def test_a_volume_that_goes_and_comes_back(looking: Looking) -> None:
    identity = Path(looking.store.volume.path) / IDENTITY_FILE
    identity.rename(identity.with_suffix(".away"))
    found = looking.look()
    assert ("storage.volume_missing", str(looking.store.volume.id)) in found
    assert "storage.disk_full" not in {code for code, _ in found}, "its footage is not what keeps it from recording"
    identity.with_suffix(".away").rename(identity)
    assert looking.look() == {}


@on_sqlite
def test_damage_is_told_by_volume(looking: Looking) -> None:
    store = looking.store
    row = {
        "id": new_id(1),
        "volume_id": store.volume.id,
        "path_name": "x",
        "clock_epoch": 0,
        "kind": "altered",
        "detail": "",
        "found_us": 1,
    }
    with store.database.write() as tx:
        tx.execute(insert(DAMAGE), row)
    assert looking.look() == {
        ("storage.damage", str(store.volume.id)): {"path": store.volume.path, "count": "1"},
    }
    with store.database.write() as tx:
        tx.execute(update(DAMAGE).values(cleared_us=2))
    assert looking.look() == {}


# What should be recorded against what is landing


def _landing(store: Store, channel: ChannelId, until_us: int) -> None:
    """A segment that is being written, durable until then."""
    segment = store.footage(channel, until_us - 30 * S, state="open")
    record = FragmentRecord(100, 0, 30 * 90_000, 0, 750, True, bytes(32), True)
    with store.database.write() as tx:
        known = SEGMENT_INDEX.c.segment_id == segment
        tx.execute(update(SEGMENT_INDEX).where(known).values(records=record.pack()))


@on_sqlite
def test_a_channel_that_is_not_landing_says_why(looking: Looking) -> None:
    store = looking.store
    channel = store.channel("东门")
    ((_, object_id),) = found = looking.look()
    assert object_id == str(channel)
    assert found["channel.not_landing", object_id]["reason_zh"] == "没有新的录像写入磁盘。"
    with store.database.write() as tx:
        media_store.open_gap(tx, GapId(new_id(1)), Gap(channel, NOW, None, GapCause.NETWORK))
    assert "网络中断" in looking.look()["channel.not_landing", object_id]["reason_zh"]
    problem = (TIMED_OUT.code, {"address": "192.0.2.1", "seconds": "10"})
    with store.database.write() as tx:
        media_store.write_status(tx, ChannelStatus(channel, ChannelState.OFFLINE, NOW, problem, None))
    told = looking.look()["channel.not_landing", object_id]
    assert told["reason_en"] == MingjianError(TIMED_OUT, **problem[1]).what.en
    _landing(store, channel, NOW - 59 * S)
    assert looking.look() == {}
    assert looking.codes(NOW + 2 * S) == ["channel.not_landing"]


@on_sqlite
def test_what_just_ended_has_landed_and_what_is_not_planned_is_not_missed(looking: Looking) -> None:
    store = looking.store
    turned, weekly, event = store.channel(), store.channel(), store.channel()
    store.footage(turned, NOW - 90 * S)  # ended half a minute ago; the next file has not begun
    morning = ChannelRecording(PlanKind.WEEKLY, (WeeklySpan(5, 480, 719),))  # until 11:59, and it is noon
    with store.database.write() as tx:
        service.set_recording(tx, weekly, morning, by=MANAGER, now_us=NOW)
        service.set_recording(tx, event, ChannelRecording(PlanKind.EVENT), by=MANAGER, now_us=NOW)
    assert looking.look() == {}
    later = looking.look(at(DAY + 7, 11))
    assert {one for _, one in later} == {str(turned), str(weekly)}


# The clock


@dataclass
class Hands:
    wall: int = NOW
    steady: float = 1_000.0

    def now_us(self) -> WallUs:
        return WallUs(self.wall)

    def monotonic(self) -> float:
        return self.steady

    def forward(self, seconds: float) -> None:
        self.wall += int(seconds * S)
        self.steady += seconds


def trusts(trust: ClockTrust, database: Database) -> bool:
    with database.read() as tx:
        return trust.steady(tx)


def test_the_clock_is_confirmed_by_the_system_after_an_hour(looking: Looking) -> None:
    store, hands = looking.store, Hands()
    trust = ClockTrust(hands)
    store.step(1, NOW, HOUR, confirmed=False)
    assert looking.codes() == ["clock.stepped", "storage.deletion_paused"]

    def look(seconds: float, *, synchronised: bool = True) -> bool:
        hands.forward(seconds)
        trust.look(store.database, synchronised=synchronised)
        return trusts(trust, store.database)

    assert not look(0)
    assert not look(SYNCHRONISED_S - 1)
    assert not look(10, synchronised=False), "it must be synchronised all the time"
    assert not look(10)
    store.step(2, NOW, -HOUR, confirmed=False)
    assert not look(SYNCHRONISED_S), "another step, another hour"
    assert not look(SYNCHRONISED_S - 1)
    assert look(1)
    assert looking.look(hands.wall) == {}
    (entry,) = store.log("clock.confirmed")
    assert (entry.actor.kind, entry.object_id) == ("system", "2")


@on_sqlite
def test_a_step_is_noticed_before_the_recorder_writes_it(looking: Looking) -> None:
    """Else the second between would delete everything that a year ahead makes old."""
    store, hands = looking.store, Hands()
    trust = ClockTrust(hands)
    assert trusts(trust, store.database)
    hands.forward(30)
    hands.wall += S  # slewed
    assert trusts(trust, store.database)
    hands.wall += 365 * 24 * HOUR
    assert not trusts(trust, store.database)
    assert not trusts(trust, store.database)
    store.step(1, hands.wall, 365 * 24 * HOUR, confirmed=False)
    assert not trusts(trust, store.database)
    with store.database.write() as tx:
        service.confirm_clock(tx, by=MANAGER, now_us=hands.wall)
    assert trusts(trust, store.database)


@on_sqlite
def test_where_no_recorder_runs_the_step_is_written_anyway(looking: Looking) -> None:
    store, hands = looking.store, Hands()
    trust = ClockTrust(hands)
    trust.look(store.database, synchronised=False)
    hands.wall -= HOUR
    trust.look(store.database, synchronised=False)
    with store.database.read() as tx:
        assert media_store.clock_epochs(tx) == []
    hands.forward(61)
    trust.look(store.database, synchronised=False)
    with store.database.read() as tx:
        (epoch,) = media_store.clock_epochs(tx)
    assert (epoch.epoch, epoch.step_us, epoch.confirmed_us) == (1, -HOUR, None)
    assert not trusts(trust, store.database)


def test_the_system_can_be_asked() -> None:
    assert system_is_synchronised() in {True, False}


# Completeness


def test_days_are_written_down_once_they_are_over(looking: Looking) -> None:
    store = looking.store
    channel = store.channel()
    for minute in range(0, 24 * 60, 30):  # half of each hour
        store.footage(channel, at(DAY - 1, 0) + minute * 60 * S, length_us=15 * 60 * S)
    store.footage(channel, at(DAY - 1, 0) - 10 * 60 * S, length_us=10 * 60 * S)
    now_us = at(DAY, 1)

    def of(first: int, last: int) -> list[tuple[int, int, int]]:
        with store.database.read() as tx:
            found = completeness.of_channel(tx, channel, first, last, now_us)
        return [(one.day, one.planned_us // HOUR, one.recorded_us // HOUR) for one in found]

    assert of(DAY - 1, DAY) == [(DAY - 1, 24, 12), (DAY, 1, 0)]
    written = completeness.complete_days(store.database, now_us)
    assert written == 32
    store.term(1)
    store.maximum(1)
    store.deleter.mark_due(at(DAY + 9))
    store.deleter.purge_due(at(DAY + 9), 0)
    assert of(DAY - 1, DAY) == [(DAY - 1, 24, 12), (DAY, 1, 0)], "what was there is known after it went"
    assert completeness.complete_days(store.database, now_us + HOUR) == 1, "only today changes"
    with store.database.read() as tx:
        everybody = completeness.of_day(tx, DAY - 1, now_us)
        assert completeness.of_day(tx, DAY + 1, now_us) == []
    assert [one.channel_id for one in everybody] == [channel]


@on_sqlite
def test_today_counts_what_is_being_written(looking: Looking) -> None:
    store = looking.store
    channel = store.channel()
    _landing(store, channel, NOW)
    with store.database.write() as tx:
        damaged = {
            "id": new_id(1),
            "volume_id": store.volume.id,
            "channel_id": channel,
            "path_name": "x",
            "clock_epoch": 0,
            "kind": "altered",
            "detail": "",
            "found_us": 1,
            "start_us": NOW - 10 * S,
            "end_us": NOW - 8 * S,
        }
        tx.execute(insert(DAMAGE), damaged)
        media_store.open_gap(tx, GapId(new_id(1)), Gap(channel, at(DAY, 0), NOW - 30 * S, GapCause.OPERATOR))
    with store.database.read() as tx:
        (today,) = completeness.of_channel(tx, channel, DAY, DAY, NOW)
    assert today.recorded_us == 28 * S
    assert today.causes == {"operator": 12 * HOUR - 30 * S, "damage": 2 * S}
    assert today.unexplained_us == 0
