"""Pages: every entry once, whatever comes and goes between them; and which lists have them."""

from typing import Any, Final
from uuid import UUID, uuid4

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
    "listDivisions": "divisions below one",
    "listRegions": "regions that are in use",
    "listAuditActions": "a fixed table",
    "listVerifications": "the newest",
    "listLawTexts": "texts",
    "listLawKinds": "a fixed table",
    "listDutyPosts": "posts of one installation",
    "listDutyPeople": "people of one installation",
    "dutyPlan": "62 days",
    "findScopes": "the nearest",
    "listKinds": "a fixed table",
    "healthFindings": "one of each kind that the doctor knows",
    "listBasemaps": "thirty-two files at most",
    "listConnections": "the newest twenty of a channel",
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
    growing = {
        "listAlerts", "listAudit", "listChannels", "listClips", "listDamage", "listDeputies", "listDutyPlaces",
        "listEntries", "listGrants", "listHolds", "listPeople", "listPlaces", "listPrograms", "listTerms",
    }  # fmt: skip
    assert growing <= lists().keys() - without


def test_no_page_is_larger_than_five_hundred() -> None:
    """A page that fetches a hundred thousand rows is none."""
    document = openapi_document()
    limits = {
        item["get"]["operationId"]: parameter["schema"].get("maximum")
        for item in document["paths"].values()
        for parameter in item.get("get", {}).get("parameters", [])
        if parameter["name"] == "limit"
    }
    assert {name: most for name, most in limits.items() if most is None or most > paging.LIMIT} == {}
    assert lists().keys() - BOUNDED.keys() <= limits.keys()


def test_a_cursor_gives_back_the_place_that_it_was_written_of() -> None:
    own = uuid4()
    cursor = paging.following((1_700_000_000_000_000, "zhang", True, own))
    assert paging.place(cursor, int, str, bool, UUID) == (1_700_000_000_000_000, "zhang", True, own)
    assert paging.following(None) is None
    assert paging.place(None, int) is None
    assert paging.place("", int) is None


@pytest.mark.parametrize("values", [(), (1,), ("a", "b"), (1, 2), (1, 2, 3), (True, "x"), (1 << 63, "x"), (None, "x")])
def test_a_cursor_of_another_list_is_refused(values: tuple[Any, ...]) -> None:
    with pytest.raises(MingjianError) as caught:
        paging.place(paging.written(*values), int, str)
    assert caught.value.code == "api.cursor_unreadable"


@given(st.text(st.sampled_from("abcXYZ019_-"), max_size=40))
def test_no_text_is_more_than_refused(cursor: str) -> None:
    try:
        paging.place(cursor, int, UUID)
    except MingjianError as error:
        assert error.code == "api.cursor_unreadable"  # noqa: PT017 - some texts are cursors
