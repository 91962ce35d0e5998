"""The log on both engines: what it refuses to keep, that it only grows, and how it is read."""

from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError

from mingjian.audit import service
from mingjian.audit.errors import UnfitDetail
from mingjian.audit.model import SYSTEM, Action, Entry
from mingjian.audit.service import DETAIL_LIMIT, LISTING_LIMIT, listing, record
from mingjian.storage.engine import Database


def entry(at_us: int = 1, **detail: Any) -> Entry:
    return Entry(Action.SIGNED_IN, SYSTEM, "person", "7", detail, at_us)


def fill(database: Database, count: int) -> None:
    with database.write() as tx:
        for number in range(count):
            record(tx, entry(at_us=number, number=number))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET at_us = 2",
        "UPDATE audit_entry SET at_us = at_us",
        "DELETE FROM audit_entry",
        "DELETE FROM audit_entry WHERE seq = 1",
    ],
)
def test_entries_cannot_be_changed_or_removed(database: Database, statement: str) -> None:
    fill(database, 2)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as tx:
        tx.execute(sa.text(statement))
    with database.read() as tx:
        assert [item.detail for item in listing(tx, None, 10).items] == [{"number": 1}, {"number": 0}]


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE", "INSERT OR IGNORE"])
def test_entries_cannot_be_replaced(database: Database, engine: str, verb: str) -> None:
    fill(database, 1)
    columns = "seq, at_us, action, actor_kind, actor_label, actor_address, object_kind, object_id, detail"
    with pytest.raises(DBAPIError, match="append-only"), database.write() as tx:
        tx.execute(sa.text(f"{verb} INTO audit_entry ({columns}) VALUES (1, 9, 'x', 'x', '', '', '', '', '{{}}')"))


@pytest.mark.parametrize("engine", ["postgresql"])
@pytest.mark.parametrize("more", ["", " CASCADE", " RESTART IDENTITY"])
def test_the_log_cannot_be_truncated(database: Database, engine: str, more: str) -> None:
    fill(database, 1)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as tx:
        tx.execute(sa.text(f"TRUNCATE audit_entry{more}"))


def test_an_entry_shares_the_fate_of_its_transaction(database: Database) -> None:
    def fail_after_recording() -> None:
        with database.write() as tx:
            record(tx, entry())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_after_recording()
    with database.read() as tx:
        assert listing(tx, None, 10).items == ()


def test_pages_join_without_loss(database: Database) -> None:
    fill(database, 25)
    seen: list[int] = []
    before = None
    with database.read() as tx:
        while True:
            page = listing(tx, before, 10)
            seen += [item.at_us for item in page.items]
            before = page.next
            if before is None:
                break
    assert seen == list(range(24, -1, -1))


def test_a_page_is_bounded(database: Database) -> None:
    fill(database, LISTING_LIMIT + 5)
    with database.read() as tx:
        assert len(listing(tx, None, 10**9).items) == LISTING_LIMIT
        assert len(listing(tx, None, -3).items) == 1


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    "detail",
    [
        {"password": "x"},
        {"Pass-Word_password2": "x"},
        {"invite_token": "x"},
        {"client_secret": "x"},
        {"Authorization": "x"},
        {"cookie": "x"},
        {"deep": [{"er": {"token": 1}}]},
        {"url": "rtsp://admin:12345@192.0.2.1/1"},
        {"note": "see RTSP://admin@192.0.2.1/1 please"},
        {"list": ["http://a:b@c"]},
        {"float": 1.5},
        {"bytes": b"x"},
        {"big": "x" * DETAIL_LIMIT},
        {"big": "视" * (DETAIL_LIMIT // 3)},
        {7: "x"},
    ],
)
def test_secrets_and_oddities_are_refused(database: Database, engine: str, detail: dict[Any, Any]) -> None:
    bad = Entry(Action.SIGNED_IN, SYSTEM, "person", "7", detail, 1)
    with pytest.raises(UnfitDetail) as refused, database.write() as tx:
        record(tx, bad)
    assert "12345" not in str(refused.value)


plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text("abc张:/ ", max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abc", max_size=3), inner, max_size=3),
    max_leaves=10,
)


@given(detail=st.dictionaries(st.text("xyz", max_size=3), plain, max_size=4))
def test_the_text_of_a_detail_depends_on_its_content_alone(detail: dict[str, Any]) -> None:
    turned = dict(reversed(detail.items()))
    assert service._canonical(detail) == service._canonical(turned)
