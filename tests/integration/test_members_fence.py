"""The fence, on both engines: what is committed was the member's own, in whatever order things happen."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy import select
from tests.unit.media.storing import START, S, Site, Trouble, until

from mingjian.kernel.clock import SystemClock, WallUs
from mingjian.kernel.ids import ChannelId, new_id
from mingjian.media import store
from mingjian.media.live.afar import Afar, Remote
from mingjian.media.members import membership as lives
from mingjian.media.members import store as members
from mingjian.media.members.membership import Membership
from mingjian.media.members.model import Fenced, Place
from mingjian.media.record.clock_watch import ClockWatch
from mingjian.media.record.files import SegmentFiles
from mingjian.media.record.recovery import recover
from mingjian.media.record.writer import SegmentWriter
from mingjian.storage.engine import Database

HERE, THERE = Place("one", "/run"), Place("two", "/run")


def joined(database: Database, number: int, place: Place = HERE, *, gone: bool = False) -> Membership:
    made = Membership(database, SystemClock(), number, place, is_gone=lambda _number: gone)
    assert made.try_join(0)
    return made


def claimed(database: Database, by: Membership, channel: ChannelId) -> None:
    with database.write() as tx:
        members.claim(tx, by.me, {channel: None})
        by.renew(tx)


def test_a_life_that_is_over_commits_nothing(database: Database) -> None:
    first, second = joined(database, 1), joined(database, 2)
    channel = ChannelId(new_id(START))
    with database.write() as tx:
        first.renew(tx)
        members.assign(tx, {channel: 1})
    with database.read() as tx:
        seen = next(one for one in members.living(tx) if one.number == 1)
    assert second.bury(seen)
    with pytest.raises(Fenced):
        claimed(database, first, channel)
    assert first.lapsed
    with database.read() as tx:
        assert members.assignments(tx)[channel].fence is None
    again = joined(database, 1)
    assert again.me.fence > second.me.fence


def test_a_sign_of_life_keeps_a_lease(database: Database) -> None:
    first, second = joined(database, 1), joined(database, 2)
    with database.read() as tx:
        seen = next(one for one in members.living(tx) if one.number == 1)
    with database.write() as tx:
        first.renew(tx)
    assert not second.bury(seen)
    with database.write() as tx:
        first.renew(tx)


def test_nobody_ends_a_life_in_the_middle_of_its_commit(database: Database) -> None:
    first, second = joined(database, 1), joined(database, 2)
    with database.read() as tx:
        seen = next(one for one in members.living(tx) if one.number == 1)
    over: list[bool] = []
    burying = threading.Thread(target=lambda: over.append(second.bury(seen)))
    with database.write() as tx:
        first.renew(tx)
        burying.start()
        burying.join(0.3)
        assert over == []  # it waits
    burying.join(30)
    assert over == [False]


def test_a_number_is_one_life_s(database: Database) -> None:
    """The same place has the lock of the last one; another place waits until that one is silent."""
    first = joined(database, 1)
    elsewhere = Membership(database, SystemClock(), 1, THERE)
    assert not elsewhere.try_join(0)
    with database.write() as tx:
        first.renew(tx)
    again = joined(database, 1)
    with pytest.raises(Fenced), database.write() as tx:
        first.renew(tx)
    assert [one.fence for one in again.roll.living] == [again.me.fence]


def test_many_join_at_once(database: Database) -> None:
    found: list[Membership] = []
    threads = [
        threading.Thread(target=lambda number=number: found.append(joined(database, number))) for number in range(1, 9)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    assert len({one.me.fence for one in found}) == 8
    with database.read() as tx:
        assert sorted(one.number for one in members.living(tx)) == list(range(1, 9))


def test_one_of_several_claims_a_channel(database: Database) -> None:
    first, second = joined(database, 1), joined(database, 2)
    channel = ChannelId(new_id(START))
    with database.write() as tx:
        members.assign(tx, {channel: 1})
    had = []
    for one in (first, second, first):
        with database.write() as tx:
            one.renew(tx)
            had.append(members.claim(tx, one.me, {channel: None}))
    assert had == [{channel: 1}, {}, {channel: 1}]  # who asks again has it already
    with database.write() as tx:
        members.let_go(tx, second.me.fence, [channel])
        members.assign(tx, {channel: 2})
        assert members.claim(tx, second.me, {channel: None}) == {}
        members.let_go(tx, first.me.fence, [channel])
        assert members.claim(tx, second.me, {channel: None}) == {channel: 2}


def test_what_records_on_other_machines_is_known_with_its_address(database: Database) -> None:
    here, told, silent = joined(database, 1), joined(database, 2, THERE), joined(database, 3, THERE)
    channels = [ChannelId(new_id(START + at)) for at in range(4)]
    with database.write() as tx:
        members.assign(tx, {channels[0]: 1, channels[1]: 2, channels[2]: 3, channels[3]: 3})
    for by, channel in zip((here, told, silent), channels[:3], strict=True):  # the fourth is nobody's yet
        claimed(database, by, channel)
    with database.write() as tx:
        members.set_live_address(tx, told.me.fence, "[fd00::5]:8611")
    with database.read() as tx:
        assert members.afar(tx, HERE.host) == Afar(frozenset({Remote(2, "fd00::5", 8611)}), {channels[2]: THERE.host})
        assert members.afar(tx, THERE.host) == Afar(unreachable={channels[0]: HERE.host})
        seen = {one.number: one for one in members.living(tx)}
    assert here.bury(seen[2])
    assert here.bury(seen[3])
    with database.read() as tx:
        assert members.afar(tx, HERE.host) == Afar()


def test_the_roll_says_what_is_to_be_done(database: Database) -> None:
    first, second = joined(database, 1), joined(database, 2)
    channels = [ChannelId(new_id(START)) for _ in range(3)]
    with database.write() as tx:
        members.assign(tx, {channels[0]: 1, channels[1]: 2, channels[2]: 1})
        members.claim(tx, first.me, {channels[0]: None})
        members.assign(tx, {channels[0]: 2})
        assert members.roll(tx, first.me, 0.0).due == 2  # one to let go, one to take up
        assert members.roll(tx, second.me, 0.0).due == 2
        assert members.held_by_the_dead(tx) == set()
        assert members.held_by_the_dead(tx, [2]) == set()
        assert members.held_by_the_dead(tx, [1]) == {channels[0]}  # it does not answer
        members.end_number(tx, 1, START)
        assert members.held_by_the_dead(tx) == {channels[0]}


# The writer behind the fence


@dataclass
class Shelf(Site):
    """A volume and a writer that is a member."""

    number: int = 1
    gone: bool = False

    def new_writer(self) -> SegmentWriter:
        self.membership = joined(self.database, self.number, gone=self.gone)
        writer = super().new_writer()
        assert writer._membership is None
        writer._membership = self.membership
        return writer

    def recover(self) -> int:
        return recover(self.database, self.volume.id, self.files, (), self.membership)


@pytest.fixture
def shelf(database_url: str, tmp_path: Path) -> Iterator[Callable[..., Shelf]]:
    made: list[Shelf] = []

    def make(number: int, *, gone: bool = False) -> Shelf:
        made.append(Shelf(Trouble(database_url), tmp_path / "video", number=number, gone=gone))
        return made[-1]

    yield make
    for one in made:
        if one.writer.alive:
            one.writer.stop()
        one.database.close()


def buried(by: Shelf, whom: Shelf) -> None:
    with by.database.read() as tx:
        seen = next(one for one in members.living(tx) if one.fence == whom.membership.me.fence)
    assert by.membership.bury(seen)


def test_rows_of_a_fenced_writer_never_land_and_its_files_are_left_to_itself(shelf: Callable[..., Shelf]) -> None:
    """It was frozen: its files are open, and it goes on writing where another has closed them."""
    first = shelf(1)
    channel = first.channel()
    channel.record(4.5)
    first.settle()
    first.database.busy = True  # what it gives from now on it cannot commit
    channel.record(3)
    until(first.writer._orders.empty)
    second = shelf(2)
    buried(second, first)
    assert second.recover() >= 1
    (row,) = [one for one in second.segments(channel.id) if one.state == "closed"]
    path = second.root / row.path_name
    before = path.read_bytes()
    assert second.recorded(channel.id) == list(range(175))  # what was written is proven by its seals
    channel.record(4)
    until(first.writer._orders.empty)
    assert path.read_bytes() == before
    first.database.busy = False
    until(lambda: not first.writer.alive)
    assert first.membership.fenced
    with pytest.raises(Fenced):
        channel.adopt()
    second.writer.stop()
    second.check(channel.id)
    assert [one.fence for one in second.segments(channel.id)] == [second.membership.me.fence]
    assert not list(second.root.rglob(".*.mp4"))


def test_what_a_living_member_writes_is_left_alone(shelf: Callable[..., Shelf]) -> None:
    first, second = shelf(1), shelf(2)
    channel = first.channel()
    channel.record(4.5)
    first.settle()
    assert second.recover() == 0
    channel.record(10)
    channel.hand_over()
    first.writer.stop()
    first.check(channel.id)
    assert first.recorded(channel.id) == channel.sent


@pytest.mark.parametrize("gone", [True, False])
def test_two_who_recover_at_once_share_what_there_is(
    shelf: Callable[..., Shelf], gone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = shelf(1)
    channels = [dead.channel() for _ in range(6)]
    for one in channels:
        one.record(3.5)
    dead.settle()
    dead.die()
    others = [shelf(2, gone=gone), shelf(3, gone=gone)]
    severed: list[str] = []
    sever = SegmentFiles.sever

    def watched(files: SegmentFiles, path_name: str, descriptor: int, size: int) -> int:
        severed.append(path_name)
        return sever(files, path_name, descriptor, size)

    monkeypatch.setattr(SegmentFiles, "sever", watched)
    buried(others[0], dead)
    counts: list[int] = []
    threads = [threading.Thread(target=lambda one=one: counts.append(one.recover())) for one in others]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sum(counts) == 12  # each channel had one that was open and one that was ready
    assert len(severed) == (0 if gone else 6)
    for channel in channels:
        others[0].check(channel.id)
        assert len(others[0].recorded(channel.id)) == 75
    with others[0].database.read() as tx:
        states = set(tx.execute(select(store.SEGMENT.c.state)).scalars())
    assert states == {"closed"}


def test_a_channel_that_is_let_go_is_free_once_all_of_it_is_durable(shelf: Callable[..., Shelf]) -> None:
    first, second = shelf(1), shelf(2)
    channel = first.channel()
    with first.database.write() as tx:
        members.assign(tx, {channel.id: 1})
        members.claim(tx, first.membership.me, {channel.id: None})
        members.assign(tx, {channel.id: 2})
    free: list[tuple[int | None, list[str]]] = []

    def compare() -> None:
        with second.database.read() as tx:
            fence = members.assignments(tx)[channel.id].fence
            query = select(store.SEGMENT.c.state).where(store.SEGMENT.c.channel_id == channel.id)
            free.append((fence, list(tx.execute(query).scalars())))

    first.database.after_commit = compare
    channel.record(14)
    channel.hand_over()
    first.writer.let_go(channel.id)
    until(lambda: any(fence is None for fence, _ in free))
    assert all(fence is not None or "open" not in states for fence, states in free)
    until(lambda: channel.id not in first.writer._ledgers)
    taken = second.channel()
    taken.id = channel.id
    assert taken.adopt() == START + 14 * S
    first.writer.stop()
    first.check(channel.id)
    assert first.recorded(channel.id) == channel.sent


def test_how_far_an_open_segment_reaches_is_known_to_the_next(shelf: Callable[..., Shelf]) -> None:
    """Its disk is not here, so nobody can recover it now: spans must not overlap all the same."""
    first, second = shelf(1), shelf(2)
    channel = first.channel()
    channel.record(14.5)
    first.settle()
    first.die()
    taken = second.channel()
    taken.id = channel.id
    assert taken.adopt() == START + 14 * S


def test_beats_go_on_where_nothing_is_recorded(shelf: Callable[..., Shelf], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mingjian.media.record.writer.BEAT_S", 0.05)
    first = shelf(1)
    with first.database.read() as tx:
        (before,) = members.living(tx)

    def beats() -> int:
        with first.database.read() as tx:
            return members.living(tx)[0].beat - before.beat

    until(lambda: beats() >= 3)


def test_one_that_cannot_commit_has_lapsed_unless_it_is_alone(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lives, "LAPSE_S", 0.0)
    alone = joined(database, 1)
    assert not alone.lapsed
    joined(database, 2)
    monkeypatch.setattr(lives, "ROLL_S", 0.0)
    with database.write() as tx:
        alone.renew(tx)
    until(lambda: alone.lapsed)


# One step of the clock is one epoch


@dataclass
class Moved(SystemClock):
    off_us: int = 0

    def now_us(self) -> WallUs:
        return WallUs(super().now_us() + self.off_us)


@pytest.mark.parametrize("off_us", [-3600 * S, 3600 * S])
def test_a_step_seen_by_several_is_one_epoch(database: Database, off_us: int) -> None:
    clock = Moved()
    watches = [ClockWatch(clock, "one") for _ in range(3)]
    for watch in watches:
        watch.begin(database)
    clock.off_us = off_us
    first = watches[0].look(0)
    assert first is not None
    with database.write() as tx:
        store.add_clock_epoch(tx, first)
    late = [watches[1].look(0), watches[2].look(1)]  # one has not heard of it yet
    for found in late:
        assert found is not None
        assert (found.epoch, abs(found.step_us - off_us) < S) == (1, True)
        with database.write() as tx:
            store.add_clock_epoch(tx, found)
    assert [watch.look(1) for watch in watches] == [None] * 3
    with database.read() as tx:
        assert [one.epoch for one in store.clock_epochs(tx)] == [1]


def test_an_epoch_of_another_machine_is_gone_over_to_without_a_step(database: Database) -> None:
    watch = ClockWatch(SystemClock(), "two")
    watch.begin(database)
    found = watch.look(3)
    assert found is not None
    assert (found.epoch, found.step_us) == (3, 0)
    assert watch.look(3) is None


def test_a_step_while_all_were_down_is_found_once(database: Database) -> None:
    clock = Moved()
    lives_ = [Membership(database, clock, number, HERE) for number in (1, 2)]
    for one in lives_:
        assert one.try_join(0)
    clock.off_us = -3600 * S
    watches = [ClockWatch(clock, HERE.host) for _ in range(2)]
    for watch in watches:
        watch.begin(database)
    other = ClockWatch(Moved(), "another machine, whose clock is right")
    other.begin(database)
    with database.read() as tx:
        (epoch,) = store.clock_epochs(tx)
    assert abs(epoch.step_us + 3600 * S) < 10 * S
    assert [watch.epoch for watch in (*watches, other)] == [1, 1, 1]
