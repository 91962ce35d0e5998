"""What changed, on both engines: nothing is missed, nothing is told twice, whoever commits when."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import text

from mingjian.storage import news
from mingjian.storage.engine import Database, Transaction
from mingjian.storage.news import News, Place, Topic


def tell(database: Database, *subjects: str, topic: Topic = Topic.CHANNEL) -> None:
    with database.write() as tx:
        for subject in subjects:
            news.tell(tx, topic, subject)


def look(database: Database, since: Place) -> tuple[Place, set[str]]:
    with database.read() as tx:
        place, found = news.look(tx, since)
    told = [one.subject for one in found]
    assert len(told) == len(set(told))
    return place, set(told)


def start(database: Database) -> Place:
    with database.read() as tx:
        return news.now(tx)


def test_each_change_is_found_once(database: Database) -> None:
    tell(database, "before")
    place = start(database)
    assert look(database, place)[1] == set()
    tell(database, "a", "b", "a")
    place, found = look(database, place)
    assert found == {"a", "b"}
    place, found = look(database, place)
    assert found == set()
    tell(database, "a")
    assert look(database, place)[1] == {"a"}


def test_what_is_rolled_back_is_not_told(database: Database) -> None:
    place = start(database)

    def fail(tx: Transaction) -> None:
        news.tell(tx, Topic.ALERT, "a")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.write() as tx:
        fail(tx)
    assert look(database, place)[1] == set()


def test_topics_are_apart(database: Database) -> None:
    place = start(database)
    tell(database, "same", topic=Topic.ALERT)
    tell(database, "same", topic=Topic.CLIP)
    with database.read() as tx:
        found = news.look(tx, place)[1]
    assert sorted(found, key=lambda one: one.topic) == [News(Topic.ALERT, "same"), News(Topic.CLIP, "same")]


def test_what_is_committed_late_is_not_missed(database: Database) -> None:
    """On PostgreSQL a transaction that began first may commit last: after looks that saw younger ones."""
    place = start(database)
    begun, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with database.write() as tx:
            news.tell(tx, Topic.CHANNEL, "slow")
            _take_number(tx)
            begun.set()
            assert go_on.wait(30)

    thread = threading.Thread(target=slow)
    thread.start()
    assert begun.wait(30)
    if database.engine.dialect.name == "postgresql":  # SQLite has one writer at a time
        tell(database, "quick")
        place, found = look(database, place)
        assert found == {"quick"}
        place, found = look(database, place)
        assert found == set()
    go_on.set()
    thread.join(30)
    assert look(database, place)[1] == {"slow"}


def _take_number(tx: Transaction) -> None:
    """What any change of a row does."""
    if tx.dialect == "postgresql":
        tx.execute(text("SELECT pg_current_xact_id()"))


def test_writers_of_the_same_subjects_do_not_wait_for_each_other_forever(database: Database) -> None:
    """Subjects are written in order, whatever order they were told in: no deadlock."""
    place = start(database)
    subjects = [f"channel-{number}" for number in range(200)]
    errors: list[BaseException] = []

    def write(backwards: bool) -> None:
        try:
            for _ in range(10):
                tell(database, *(reversed(subjects) if backwards else subjects))
        except BaseException as error:
            errors.append(error)
            raise

    threads = [threading.Thread(target=write, args=(turn % 2 == 0,)) for turn in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert look(database, place)[1] == set(subjects)


def test_the_table_forgets_what_changed_longest_ago(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(news, "KEEP", 3)
    for number in range(10):
        tell(database, f"{number}")
    place = start(database)
    with database.write() as tx:
        assert news.prune(tx) == 7
    with database.write() as tx:
        assert news.prune(tx) == 0
    assert look(database, Place(0))[1] == {"7", "8", "9"}
    tell(database, "after")
    assert look(database, place)[1] == {"after"}


def test_another_process_is_heard(database_url: str, open_database: Callable[[str], Database]) -> None:
    """Nothing of it is kept in memory: a second door to the same database hears the first."""
    one, other = open_database(database_url), open_database(database_url)
    place = start(one)
    tell(other, "there")
    assert look(one, place)[1] == {"there"}
