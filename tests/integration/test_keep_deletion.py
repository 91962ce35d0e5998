"""Deletion on real databases and files: two phases, what they ask, what a death between them leaves."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import text
from tests.unit.media.keeping import DAY, DUTY, HOUR, MANAGER, S, Store, actor, at, person
from tests.unit.media.storing import until

from mingjian.identity.model import Role
from mingjian.identity.scopes import ANYWHERE
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, VolumeId, new_id
from mingjian.kernel.intervals import Span
from mingjian.media import store as media_store
from mingjian.media.keep import deletion, footage, rules, service
from mingjian.media.keep.deletion import Order
from mingjian.media.keep.model import TermSource
from mingjian.media.record.files import IDENTITY_FILE, SegmentFiles
from mingjian.storage.engine import Database

on_sqlite = pytest.mark.parametrize("engine", ["sqlite"])  # where the engine plays no part: a database costs time
UNDO: Final = 24 * HOUR


@pytest.fixture
def kept(database: Database, tmp_path: Path) -> Store:
    """A law of 30 days and a maximum of 45."""
    made = Store(database, tmp_path)
    made.term(30)
    made.maximum(45)
    return made


def test_footage_goes_in_two_phases(kept: Store) -> None:
    channel = kept.channel()
    old = [kept.footage(channel, at(DAY, hour)) for hour in (8, 9, 10)]
    young = kept.footage(channel, at(DAY + 1))
    assert kept.deleter.mark_due(at(DAY + 46, 0) - 1) == 0
    assert kept.deleter.mark_due(at(DAY + 46, 0)) == 3
    assert kept.states() == {**dict.fromkeys(old, "marked"), young: "closed"}
    kept.check()
    (entry,) = kept.log("footage.marked")
    assert entry.actor.kind == "system"
    assert (entry.detail["segments"], entry.detail["bytes"], entry.detail["channels"]) == (3, 3_000, 1)
    assert (entry.detail["from_us"], entry.detail["to_us"]) == (at(DAY, 8), at(DAY, 10) + 60 * S)
    assert len(entry.detail["segments_sha256"]) == 64
    assert kept.deleter.purge_due(at(DAY + 47, 0) - 1, UNDO) == 0
    assert len(kept.files()) == 4
    assert kept.deleter.purge_due(at(DAY + 47, 0), UNDO) == 3
    assert kept.states() == {young: "closed"}
    assert len(kept.removed) == 3
    assert len(kept.files()) == 1
    assert kept.log("footage.purged")[0].detail["segments_sha256"] == entry.detail["segments_sha256"]
    kept.check()
    assert kept.deleter.mark_due(at(DAY + 46)) == kept.deleter.purge_due(at(DAY + 47), UNDO) == 0
    assert len(kept.log("footage.marked")) == 1, "nothing to do is no news"


@on_sqlite
def test_without_a_minimum_from_a_law_nothing_is_marked(database: Database, tmp_path: Path) -> None:
    kept = Store(database, tmp_path)
    kept.footage(kept.channel(), at(DAY))
    now_us = at(DAY + 170)  # the last days on which no installed text holds at the place of this channel
    kept.maximum(45)
    kept.term(30, source=TermSource.POLICY)
    assert kept.deleter.mark_due(now_us) == 0
    assert kept.deleter.make_room([kept.volume.id], 1 << 40, now_us) == 0
    other = kept.channel()
    kept.term(30, channel_id=other)
    assert kept.deleter.mark_due(now_us) == 0
    assert set(kept.states().values()) == {"closed"}
    assert kept.deleter.mark_due(at(DAY + 200)) == 1, "since 2025-04-01 the State Council's Regulations hold there"


@on_sqlite
def test_a_hold_brings_back_what_was_marked_and_keeps_it(kept: Store) -> None:
    channel = kept.channel()
    before, held, after = (kept.footage(channel, at(DAY, hour)) for hour in (8, 9, 10))
    other = kept.footage(kept.channel(), at(DAY, 9))
    kept.deleter.mark_due(at(DAY + 60))
    hold = kept.hold(channel, at(DAY, 9) + 30 * S, at(DAY, 9) + 31 * S)
    assert kept.states() == {before: "marked", held: "closed", after: "marked", other: "marked"}
    assert kept.log("hold.placed")[0].detail["brought_back"] == 1
    kept.deleter.mark_due(at(DAY + 61))
    kept.deleter.purge_due(at(DAY + 62), UNDO)
    assert kept.states() == {held: "closed"}
    with kept.database.write() as tx:
        service.lift_hold(tx, hold.id, "核实完毕", by=MANAGER, now_us=at(DAY + 63))
    assert kept.deleter.mark_due(at(DAY + 63)) == 1
    kept.check()


@on_sqlite
def test_a_hold_after_the_marking_counts_in_the_second_phase_too(kept: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the first phase to miss it, the second asks again."""
    channel = kept.channel()
    segment = kept.footage(channel, at(DAY))
    kept.deleter.mark_due(at(DAY + 60))
    with monkeypatch.context() as patch:
        patch.setattr(rules, "bring_back", lambda *_: 0)
        kept.hold(channel, at(DAY), at(DAY) + S)
    assert kept.states() == {segment: "marked"}
    assert kept.deleter.purge_due(at(DAY + 62), UNDO) == 0
    assert kept.states() == {segment: "closed"}
    assert len(kept.files()) == 1


@on_sqlite
def test_a_longer_minimum_brings_back_what_was_marked(kept: Store) -> None:
    one, other = kept.channel(), kept.channel()
    mine, theirs = kept.footage(one, at(DAY)), kept.footage(other, at(DAY))
    now_us = at(DAY + 60)
    kept.deleter.mark_due(now_us)
    kept.term(90, source=TermSource.POLICY, channel_id=one, now_us=now_us)
    assert kept.states() == {mine: "closed", theirs: "marked"}
    kept.term(90, now_us=now_us)
    assert kept.states() == {mine: "closed", theirs: "closed"}
    assert kept.deleter.mark_due(now_us) == 0
    kept.check()


@on_sqlite
def test_ending_the_law_brings_back_what_was_marked(kept: Store) -> None:
    segment = kept.footage(kept.channel(), at(DAY))
    law = kept.term(30)
    kept.deleter.mark_due(at(DAY + 60))
    with kept.database.write() as tx:
        service.end_term(tx, law.id, by=MANAGER, now_us=at(DAY + 60))
    assert kept.states() == {segment: "closed"}
    assert kept.deleter.mark_due(at(DAY + 60)) == 0


@on_sqlite
def test_nothing_is_deleted_while_the_clock_is_not_trusted(kept: Store) -> None:
    channel = kept.channel()
    marked = kept.footage(channel, at(DAY))
    kept.deleter.mark_due(at(DAY + 46))
    closed = kept.footage(channel, at(DAY + 1))
    kept.step(1, at(DAY + 100), 50 * 24 * HOUR, confirmed=False)
    now_us = at(DAY + 100)
    assert kept.deleter.mark_due(now_us) == kept.deleter.purge_due(now_us, UNDO) == 0
    assert kept.deleter.make_room([kept.volume.id], 1 << 40, now_us) == 0
    assert kept.states() == {marked: "marked", closed: "closed"}
    with kept.database.write() as tx:
        service.confirm_clock(tx, by=MANAGER, now_us=now_us)
    # 50 of the days since have not really passed: it is still younger than its maximum, and the other goes.
    assert kept.deleter.mark_due(at(DAY + 96)) == 0
    assert kept.deleter.purge_due(at(DAY + 101), UNDO) == 1
    assert kept.states() == {closed: "closed"}


@on_sqlite
@pytest.mark.parametrize("how", ["not mounted", "another disk"])
def test_nothing_is_deleted_on_a_volume_that_is_not_in_its_place(kept: Store, how: str) -> None:
    channel = kept.channel()
    kept.footage(channel, at(DAY))
    kept.deleter.mark_due(at(DAY + 60))
    kept.footage(channel, at(DAY + 1))
    states, files = kept.states(), kept.files()
    identity = Path(kept.volume.path) / IDENTITY_FILE
    identity.rename(identity.with_suffix(".away"))
    if how == "another disk":
        SegmentFiles(Path(kept.volume.path)).identify(VolumeId(new_id(1)))
    now_us = at(DAY + 70)
    assert kept.deleter.mark_due(now_us) == kept.deleter.purge_due(now_us, UNDO) == 0
    assert kept.deleter.make_room([kept.volume.id], 1 << 40, now_us) == 0
    assert (kept.states(), kept.files()) == (states, files)
    identity.with_suffix(".away").rename(identity)
    assert kept.deleter.purge_due(now_us, UNDO) == 1


@on_sqlite
def test_a_file_that_cannot_be_removed_waits_and_is_counted_no_more(kept: Store) -> None:
    channel = kept.channel()
    stuck, other = kept.footage(channel, at(DAY, 8)), kept.footage(channel, at(DAY, 9))
    kept.refuses = {next(name for name in kept.files() if str(stuck) in name)}
    kept.deleter.mark_due(at(DAY + 60))
    kept.deleter.purge_due(at(DAY + 62), UNDO)
    assert kept.states() == {stuck: "garbage"}
    assert other not in kept.states()
    kept.check()
    kept.refuses = set()
    kept.deleter.purge_due(at(DAY + 62), UNDO)
    assert kept.states() == {}
    assert kept.files() == set()


class Death(BaseException):
    pass


@on_sqlite
@pytest.mark.parametrize("moment", ["before the second phase", "before the files", "after a file", "after the files"])
def test_a_death_between_the_steps_leaves_no_row_that_lies(kept: Store, moment: str) -> None:
    channel = kept.channel()
    for hour in (8, 9, 10):
        kept.footage(channel, at(DAY, hour))
    now_us = at(DAY + 60)
    with dying_at(moment), pytest.raises(Death):
        kept.deleter.make_room([kept.volume.id], 1 << 40, now_us)
    kept.check()
    assert "closed" not in kept.states().values()
    kept.deleter.purge_due(now_us + UNDO, UNDO)
    assert (kept.states(), kept.files()) == ({}, set())


@contextmanager
def dying_at(moment: str) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        _die_at(patch, moment)
        yield


def _die_at(patch: pytest.MonkeyPatch, moment: str) -> None:
    def die(*_: object, **__: object) -> None:
        raise Death

    if moment == "before the second phase":
        patch.setattr(deletion.Deleter, "_let_go", die)
    elif moment == "before the files":
        patch.setattr(deletion.Deleter, "sweep", die)
    elif moment == "after the files":
        patch.setattr(media_store, "forget_segments", die)
    else:
        real, done = SegmentFiles.remove, list[str]()

        def one_only(self: SegmentFiles, path_name: str) -> None:
            if done:
                raise Death
            real(self, path_name)
            done.append(path_name)

        patch.setattr(SegmentFiles, "remove", one_only)


# Room


@on_sqlite
def test_room_is_made_from_the_oldest_that_may_go_and_no_more_than_asked(kept: Store) -> None:
    one, other = kept.channel(), kept.channel()
    oldest = kept.footage(one, at(DAY, 8))
    second = kept.footage(other, at(DAY, 9))
    third = kept.footage(one, at(DAY, 10))
    young = kept.footage(other, at(DAY + 40))
    assert kept.deleter.make_room([kept.volume.id], 1_500, at(DAY + 41)) == 2_000
    assert kept.states() == {third: "closed", young: "closed"}
    assert oldest not in kept.states()
    assert second not in kept.states()
    assert kept.deleter.make_room([kept.volume.id], 1 << 40, at(DAY + 41)) == 1_000
    assert kept.states() == {young: "closed"}, "however full the disk is, what is under its minimum stays"
    assert kept.log("footage.marked")[0].detail["why"] == "space"
    kept.check()


@on_sqlite
def test_room_is_made_in_steps_and_past_what_is_held(kept: Store) -> None:
    channel = kept.channel()
    segments = [kept.footage(channel, at(DAY) + index * 60 * S) for index in range(20)]
    kept.hold(channel, at(DAY), at(DAY) + 15 * 60 * S)
    assert kept.deleter.make_room([kept.volume.id], 1 << 40, at(DAY + 60), limit=3) == 3_000
    assert list(kept.states()) == [*segments[:15], *segments[18:]]
    assert kept.deleter.make_room([kept.volume.id], 1 << 40, at(DAY + 60), limit=3) == 2_000
    assert kept.deleter.make_room([kept.volume.id], 1 << 40, at(DAY + 60), limit=3) == 0


@on_sqlite
def test_what_waits_for_its_undoing_goes_first_when_room_is_short(kept: Store) -> None:
    marked = kept.footage(kept.channel(), at(DAY + 5))
    kept.deleter.mark_due(at(DAY + 60))
    older = kept.footage(kept.channel(), at(DAY))
    assert kept.deleter.make_room([kept.volume.id], 1, at(DAY + 60)) == 1_000
    assert kept.states() == {older: "closed"}
    assert marked not in kept.states()


# The demonstration


def test_the_ring_turns_and_touches_nothing_else(kept: Store) -> None:
    shown, real = kept.channel(demonstration=True), kept.channel()
    ring = [kept.footage(shown, at(DAY) + index * 60 * S, volume=kept.ring) for index in range(6)]
    kept.footage(real, at(DAY))
    _limit(kept, 1 << 40)
    assert kept.deleter.turn_rings(at(DAY)) == 0
    _limit(kept, 4_000)
    assert kept.deleter.turn_rings(at(DAY)) == 2
    assert set(ring[2:]) <= set(kept.states())
    assert len(kept.files(kept.ring)) == 4
    (entry,) = kept.log("footage.ring_purged")
    assert (entry.detail["segments"], entry.object_id) == (2, str(kept.ring.id))
    _limit(kept, 0)
    assert kept.deleter.turn_rings(at(DAY)) == 4
    assert (len(kept.files(kept.ring)), len(kept.files())) == (0, 1)
    kept.check()


@on_sqlite
def test_the_ring_turns_past_what_is_held_and_real_footage_that_strayed_into_it(kept: Store) -> None:
    shown, real = kept.channel(demonstration=True), kept.channel()
    held = kept.footage(shown, at(DAY, 8), volume=kept.ring)
    strayed = kept.footage(real, at(DAY, 9), volume=kept.ring)
    kept.footage(shown, at(DAY, 10), volume=kept.ring)
    kept.hold(shown, at(DAY, 8), at(DAY, 8) + S)
    _limit(kept, 0)
    kept.deleter.turn_rings(at(DAY))
    kept.deleter.turn_rings(at(DAY))
    assert kept.states() == {held: "closed", strayed: "closed"}


@on_sqlite
def test_a_limit_on_a_real_volume_removes_nothing(kept: Store) -> None:
    """Retention follows the law, not the disk."""
    kept.footage(kept.channel(), at(DAY))
    with kept.database.write() as tx:
        media_store.change_volume(tx, replace(kept.volume, limit_bytes=1))
    assert kept.deleter.turn_rings(at(DAY + 1_000)) == 0
    assert len(kept.files()) == 1


@on_sqlite
def test_footage_of_the_demonstration_is_not_marked_by_term(kept: Store) -> None:
    shown = kept.channel(demonstration=True)
    kept.footage(shown, at(DAY), volume=kept.ring)
    kept.footage(shown, at(DAY))
    assert kept.deleter.mark_due(at(DAY + 100)) == 0
    assert kept.deleter.make_room([kept.volume.id, kept.ring.id], 1 << 40, at(DAY + 100)) == 0


def _limit(kept: Store, limit_bytes: int) -> None:
    with kept.database.write() as tx:
        media_store.change_volume(tx, replace(kept.ring, limit_bytes=limit_bytes))


# By order

POLICE, OTHER = person(Role.POLICE_SUPERVISOR, "zhao"), person(Role.SECURITY_MANAGER, "liu")


def order(channel_id: ChannelId, **changes: Any) -> Order:
    span = Span(at(DAY, 8), at(DAY, 9))
    made = Order(channel_id, span, "腾冲市公安局", "腾公决字〔2026〕12号", bytes(32), (POLICE, OTHER))
    return replace(made, **changes)


@on_sqlite
def test_an_order_deletes_what_is_under_its_term(kept: Store) -> None:
    channel = kept.channel()
    ordered = kept.footage(channel, at(DAY, 8.5))
    beside = kept.footage(channel, at(DAY, 10))
    assert kept.deleter.delete(order(channel), at(DAY + 1)) == 1
    assert kept.states() == {beside: "closed"}
    assert ordered not in kept.states()
    (entry,) = kept.log("footage.deleted_by_order")
    assert entry.detail["document"] == "腾公决字〔2026〕12号"
    assert [one["name"] for one in entry.detail["persons"]] == ["zhao", "liu"]
    assert "腾冲市公安局" in entry.sentence.zh
    kept.check()


INCOMPLETE: Final[dict[str, dict[str, Any]]] = {
    "one person twice": {"persons": (POLICE, POLICE)},
    "somebody who left": {"persons": (POLICE, replace(OTHER, disabled_us=1))},
    "no authority": {"authority": " "},
    "no number": {"document": ""},
    "no paper": {"document_digest": b""},
}


@on_sqlite
@pytest.mark.parametrize("name", INCOMPLETE)
def test_an_order_that_is_not_complete_deletes_nothing(kept: Store, name: str) -> None:
    channel = kept.channel()
    kept.footage(channel, at(DAY, 8.5))
    with pytest.raises(MingjianError) as refused:
        kept.deleter.delete(order(channel, **INCOMPLETE[name]), at(DAY + 1))
    assert refused.value.code == "keep.order_incomplete"
    assert refused.value.why.zh
    assert len(kept.files()) == 1
    assert kept.log("footage.deleted_by_order") == []


@on_sqlite
def test_a_hold_comes_before_an_order(kept: Store) -> None:
    channel = kept.channel()
    kept.footage(channel, at(DAY, 8.5))
    kept.hold(channel, at(DAY, 8), at(DAY, 8) + S)
    with pytest.raises(MingjianError) as refused:
        kept.deleter.delete(order(channel), at(DAY + 1))
    assert refused.value.code == "keep.order_held"
    assert set(kept.states().values()) == {"closed"}


@on_sqlite
def test_an_order_that_died_half_way_is_undone(kept: Store) -> None:
    """What an order marked and did not finish is under its term: whoever asks next brings it back."""
    channel = kept.channel()
    segment = kept.footage(channel, at(DAY, 8.5))
    with dying_at("before the second phase"), pytest.raises(Death):
        kept.deleter.delete(order(channel), at(DAY + 1))
    assert kept.states() == {segment: "marked"}
    kept.deleter.purge_due(at(DAY + 5), UNDO)
    assert kept.states() == {segment: "closed"}
    kept.check()


# Who lifts


@on_sqlite
def test_nobody_lifts_their_own_hold(kept: Store) -> None:
    channel = kept.channel()
    hold = kept.hold(channel, at(DAY), at(DAY) + S, by=MANAGER)
    other = actor(person(Role.POLICE_SUPERVISOR))

    def lifted(by: Any, reason: str = "核实完毕") -> str:
        try:
            with kept.database.write() as tx:
                service.lift_hold(tx, hold.id, reason, by=by, now_us=at(DAY + 1))
        except MingjianError as error:
            return error.code
        return "lifted"

    assert lifted(MANAGER) == "keep.own_hold"
    assert lifted(replace(MANAGER, id=None, kind="command_line")) == "keep.own_hold"
    assert lifted(other, " ") == "keep.reason_needed"
    assert lifted(other) == "lifted"
    assert lifted(other) == "keep.hold_lifted"
    with kept.database.read() as tx:
        assert service.holds(tx, ANYWHERE, None, 10, standing=True).items == ()
        (known,) = service.holds(tx, ANYWHERE, None, 10).items
    assert (known.lifted_by, known.lift_reason, known.lifted_us) == (other.id, "核实完毕", at(DAY + 1))


# A hold against a marking, side by side


@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.parametrize("first", ["the marking", "the hold"])
def test_a_hold_cannot_slip_in_beside_a_marking(kept: Store, first: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each stops in the middle of its transaction, until the other was seen to wait for it."""
    channel = kept.channel()
    segment = kept.footage(channel, at(DAY))
    inside, go_on = threading.Event(), threading.Event()

    def pausing(real: Callable[..., Any]) -> Callable[..., Any]:
        def pause(*arguments: Any) -> Any:
            done = real(*arguments)
            inside.set()
            assert go_on.wait(20)
            return done

        return pause

    def mark() -> None:
        kept.deleter.mark_due(at(DAY + 60))

    def hold() -> None:
        kept.hold(channel, at(DAY), at(DAY) + S, by=DUTY)

    if first == "the marking":
        monkeypatch.setattr(footage, "mark", pausing(footage.mark))
        threads = [threading.Thread(target=one) for one in (mark, hold)]
    else:
        monkeypatch.setattr(rules, "bring_back", pausing(rules.bring_back))
        threads = [threading.Thread(target=one) for one in (hold, mark)]
    threads[0].start()
    assert inside.wait(20)
    threads[1].start()
    _until_somebody_waits(kept.database)
    go_on.set()
    for one in threads:
        one.join(20)
        assert not one.is_alive()
    assert kept.states() == {segment: "closed"}, "held"
    kept.deleter.purge_due(at(DAY + 62), UNDO)
    assert kept.states() == {segment: "closed"}


def _until_somebody_waits(database: Database) -> None:
    def waits() -> bool:
        with database.read() as tx:
            return bool(tx.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one())

    until(waits)
