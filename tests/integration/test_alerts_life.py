"""The life of alerts on real databases: raised once, acknowledged by somebody, cleared by themselves, forgotten."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import pytest

from mingjian.alerts import service, store
from mingjian.alerts.errors import CODE_UNKNOWN, NOT_TOLD
from mingjian.alerts.model import Alert, Outcome, Place, Recorded, Severity, Way, What
from mingjian.audit import service as audit
from mingjian.audit.model import Actor
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.media.keep.errors import DISK_FULL, DISK_LOW, NOT_LANDING
from mingjian.operations.catalogue import KINDS
from mingjian.storage.engine import Database

S: Final = 1_000_000
NOW: Final = 1_764_000_000 * S
DAY: Final = 86_400 * S
DUTY: Final = Actor("person", UUID(int=7), "李明")
ALL: Final = tuple(Severity)


@dataclass
class Book:
    database: Database

    def settle(self, true_now: Mapping[str, Mapping[str, str]], now_us: int) -> tuple[Recorded, ...]:
        with self.database.write() as tx:
            service.settle(tx, DISK_FULL, true_now, now_us)
        return self.all()

    def all(self) -> tuple[Recorded, ...]:
        with self.database.read() as tx:
            return service.listing(tx).items

    def told(self, now_us: int, way: Way = Way.MAIL) -> list[tuple[str, str]]:
        """What others are to hear now."""
        with self.database.read() as tx:
            found = store.untold(tx, way, ALL, now_us - DAY, now_us, 100)
        return [(one.what.value, one.alert.object_id) for one in found]

    def acknowledge(self, alert_id: UUID, now_us: int) -> Recorded:
        with self.database.write() as tx:
            return service.acknowledge(tx, alert_id, " 已通知  运维 ", by=DUTY, now_us=now_us)

    def refusal(self, alert_id: UUID) -> str:
        with pytest.raises(MingjianError) as caught:
            self.acknowledge(alert_id, NOW)
        return caught.value.code


@pytest.fixture
def book(database: Database) -> Book:
    return Book(database)


def test_an_alert_is_raised_once_and_cleared_once(book: Book) -> None:
    (first,) = book.settle({"a": {"group": "一"}}, NOW)
    assert (first.severity, first.times, first.acknowledged) == (Severity.CRITICAL, 1, None)
    assert book.settle({"a": {"group": "一"}}, NOW + 1) == (first,)
    (renamed,) = book.settle({"a": {"group": "二"}}, NOW + 2)
    assert (renamed.id, renamed.detail) == (first.id, {"group": "二"})
    assert [one.cleared_us for one in book.settle({}, NOW + 3)] == [NOW + 3]
    assert [one.cleared_us for one in book.settle({}, NOW + 4)] == [NOW + 3]


def test_what_comes_back_soon_goes_on_and_nobody_hears_of_the_pause(book: Book) -> None:
    (first,) = book.settle({"a": {"group": "一"}}, NOW)
    assert book.told(NOW) == [("raised", "a")]
    book.settle({}, NOW + 60 * S)
    assert book.told(NOW + 60 * S) == [("raised", "a")], "an end that may not last is not told yet"
    (again,) = book.settle({"a": {"group": "三"}}, NOW + 120 * S)
    assert (again.id, again.times, again.cleared_us, again.raised_us) == (first.id, 2, None, NOW)
    assert book.told(NOW + DAY - 1) == [("raised", "a")]
    book.settle({}, NOW + 180 * S)
    assert book.told(NOW + 180 * S + service.REOPEN_US) == [("raised", "a"), ("cleared", "a")]
    later = NOW + 181 * S + service.REOPEN_US
    assert [(one.object_id, one.cleared_us) for one in book.settle({"a": {"group": "一"}}, later)] == [
        ("a", None),
        ("a", NOW + 180 * S),
    ], "later it is another alert"


def test_an_end_that_was_told_makes_its_return_news(book: Book) -> None:
    book.settle({"a": {"group": "一"}}, NOW)
    book.settle({}, NOW + 1)
    with book.database.write() as tx:
        told = store.untold(tx, Way.HOOK, ALL, 0, NOW + 1 + service.REOPEN_US, 10)
        store.note_told(tx, Way.HOOK, [one.id for one in told], Outcome.SENT)
    book.settle({"a": {"group": "一"}}, NOW + service.REOPEN_US)
    assert book.told(NOW + service.REOPEN_US, Way.HOOK) == [("raised", "a")]


def test_raise_and_clear_one_by_one(book: Book) -> None:
    with book.database.write() as tx:
        assert service.raise_(tx, Alert(DISK_FULL, "b", {"group": "三"}, NOW))
        assert not service.raise_(tx, Alert(DISK_FULL, "b", {"group": "四"}, NOW + 1))
        words = {"group": "三", "reason_zh": "", "reason_en": ""}
        assert service.raise_(tx, Alert(DISK_LOW, "b", words, NOW + 1))
        service.clear(tx, DISK_FULL, "b", NOW + 2)
        service.clear(tx, DISK_FULL, "nobody", NOW + 2)
    standing = {(one.code, one.object_id) for one in book.all() if one.cleared_us is None}
    assert standing == {("storage.disk_low", "b")}


def test_settling_leaves_objects_of_others_alone(book: Book) -> None:
    book.settle({"host1/media": {"group": "一"}, "host2/media": {"group": "一"}}, NOW)
    with book.database.write() as tx:
        service.settle(tx, DISK_FULL, {}, NOW + 1, lambda one: one.startswith("host1/"))
    assert {one.object_id for one in book.all() if one.cleared_us is None} == {"host2/media"}


def test_somebody_acknowledges_once_and_it_is_in_the_log(book: Book) -> None:
    (alert,) = book.settle({"a": {"group": "一"}}, NOW)
    seen = book.acknowledge(alert.id, NOW + 5)
    assert seen.acknowledged is not None
    assert (seen.acknowledged.label, seen.acknowledged.note, seen.acknowledged.at_us) == (
        "李明",
        "已通知 运维",
        NOW + 5,
    )
    assert seen.cleared_us is None, "it stands until what it says is over"
    assert book.told(NOW + 5)[-1] == ("acknowledged", "a")
    with book.database.read() as tx:
        (entry,) = audit.listing(tx, None, 10).items
    assert (entry.action, entry.object_id) == ("alert.acknowledged", str(alert.id))
    assert entry.detail["note"] == "已通知 运维"
    assert book.refusal(alert.id) == "alerts.acknowledged"
    assert book.refusal(new_id(NOW)) == "alerts.unknown"
    (other, _) = book.settle({"b": {"group": "二"}}, NOW + 6)
    book.settle({}, NOW + 7)
    assert book.refusal(other.id) == "alerts.over"


def test_pages_of_alerts_neither_repeat_nor_leave_out(book: Book) -> None:
    for number in range(7):
        book.settle({f"{one}": {"group": "一"} for one in range(number + 1)}, NOW + number * S)
    book.settle({f"{one}": {"group": "一"} for one in range(4)}, NOW + 10 * S)
    found: list[Recorded] = []
    place: Place | None = None
    with book.database.read() as tx:
        while True:
            page = service.listing(tx, place, 3)
            found += page.items
            place = page.next
            if place is None:
                break
        assert tuple(found) == service.listing(tx).items
        assert [one.object_id for one in found] == ["3", "2", "1", "0", "6", "5", "4"]
        assert [one.object_id for one in service.listing(tx, standing_only=True).items] == ["3", "2", "1", "0"]
        assert service.counts(tx) == (4, 4)


def test_history_is_forgotten_after_its_time_and_what_stands_is_not(book: Book) -> None:
    book.settle({"a": {"group": "一"}, "b": {"group": "二"}}, NOW)
    book.settle({"a": {"group": "一"}}, NOW + 1)
    with book.database.write() as tx:
        assert service.prune(tx, 400, NOW + 400 * DAY) == 0
        assert service.prune(tx, 400, NOW + 400 * DAY + 2) == 1
    assert [one.object_id for one in book.all()] == ["a"]


def test_thousands_at_once(book: Book) -> None:
    """A switch fails: every camera behind it is an alert of its own, in one transaction."""
    many = {str(number): {"name": "x", "reason_zh": "", "reason_en": ""} for number in range(3_000)}
    with book.database.write() as tx:
        service.settle(tx, NOT_LANDING, many, NOW)
        service.settle(tx, NOT_LANDING, {}, NOW + 1)
        assert service.counts(tx) == (0, 0)


@pytest.mark.parametrize("engine", ["sqlite"])
def test_every_kind_has_words_for_what_is_written_into_it(engine: str) -> None:
    unknown = Recorded(new_id(1), "storage.of_the_future", Severity.NOTICE, "x", "y", {}, 1)
    assert service.told(unknown, KINDS).problem is CODE_UNKNOWN
    lacking = Recorded(new_id(1), NOT_LANDING.code, Severity.NOTICE, "channel", "y", {"name": "校门"}, 1)
    assert service.told(lacking, KINDS).problem is CODE_UNKNOWN, "a page must not fail for a word"
    assert KINDS[NOT_TOLD.code] is NOT_TOLD
    assert [What(one).text.zh for one in What] == ["发生", "已确认", "已恢复", "已交办", "已办结"]
