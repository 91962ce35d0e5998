"""Pages: every entry once, whatever comes and goes between them; and which lists have them."""

from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.api import paging
from mingjian.api.app import openapi_document
from mingjian.kernel.errors import MingjianError

# Lists without pages, and what bounds them.
BOUNDED: Final = {
    "listSignIns": "sign-ins of one person",
    "listSignInsOf": "sign-ins of one person",
    "listPeople": "people of one installation: thousands, a kilobyte each",
    "listPrograms": "programs",
    "listDutyPlaces": "duty places",
    "listDivisions": "divisions below one",
    "listRegions": "regions that are in use",
    "listAuditActions": "a fixed table",
    "listVerifications": "the newest",
    "listLawTexts": "texts",
    "listLawKinds": "a fixed table",
    "listDutyPosts": "posts of one installation",
    "listDutyPeople": "people of one installation",
    "dutyPlan": "62 days",
    "listGrants": "grants of one installation, or of one person",
    "listDeputies": "deputies that stand",
    "findScopes": "the nearest",
    "listKinds": "a fixed table",
    "listBasemaps": "thirty-two files at most",
    "listConnections": "the newest twenty of a channel",
    "listTerms": "terms in force",
    "channelCompleteness": "366 days",
    "completeness": "one day",
    "listChecks": "the newest",
}


def lists() -> dict[str, bool]:
    """Operations that answer with `items`, and whether they have pages."""
    document = openapi_document()
    schemas: dict[str, Any] = document["components"]["schemas"]
    found = {}
    for item in document["paths"].values():
        content = item.get("get", {}).get("responses", {}).get("200", {}).get("content", {})
        name = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
        fields = schemas.get(name, {}).get("properties", {})
        if "items" in fields:
            found[item["get"]["operationId"]] = "next" in fields
    return found


def test_every_list_that_can_grow_has_pages() -> None:
    without = {name for name, pages in lists().items() if not pages}
    assert without <= BOUNDED.keys(), without - BOUNDED.keys()
    assert {
        "listAlerts",
        "listAudit",
        "listChannels",
        "listClips",
        "listDamage",
        "listHolds",
    } <= lists().keys() - without


Row = tuple[int, str]


def place(row: Row) -> tuple[paging.Value, ...]:
    return row


@given(st.sets(st.tuples(st.integers(-(2**62), 2**62), st.text(max_size=5))), st.integers(1, 7))
def test_pages_hold_everything_once_and_in_order(rows: set[Row], limit: int) -> None:
    found: list[Row] = []
    cursor = None
    while True:
        items, cursor = paging.page(rows, place, cursor, limit)
        assert len(items) <= limit
        found += items
        if cursor is None:
            break
    assert found == sorted(rows)


@given(
    st.sets(st.integers(0, 60), min_size=2), st.sets(st.integers(0, 60)), st.sets(st.integers(0, 60)), st.integers(1, 5)
)
def test_what_stays_is_neither_repeated_nor_left_out(
    before: set[int], gone: set[int], come: set[int], limit: int
) -> None:
    first, cursor = paging.page([(one, "") for one in before], place, None, limit)
    after = (before - gone) | come
    rest, _ = paging.page([(one, "") for one in after], place, cursor, 1_000) if cursor else ([], None)
    seen = [one for one, _ in first + rest]
    assert len(seen) == len(set(seen))
    if cursor:
        assert set(before - gone) <= set(seen) | {one for one, _ in first}


@pytest.mark.parametrize("values", [(), (1,), ("a", "b"), (1, 2, 3), (True, "x"), (1 << 63, "x")])
def test_a_cursor_of_another_list_is_refused(values: tuple[Any, ...]) -> None:
    with pytest.raises(MingjianError) as caught:
        paging.page([(1, "a"), (2, "b")], place, paging.written(*values), 1)
    assert caught.value.code == "api.cursor_unreadable"
