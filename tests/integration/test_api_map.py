"""The map over the API: who sees it, cameras and heaps with their states, and files of maps by ranges."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.integration.test_registry_directory import County
from tests.integration.test_registry_positions import GATE_VIEW
from tests.pmtiles import archive
from tests.unit.api.serving import Browser, Served, add, served, set_up

from mingjian.identity.scopes import Scope, ScopeKind
from mingjian.media import store
from mingjian.media.model import ChannelState
from mingjian.media.store import ChannelStatus
from mingjian.registry import places
from mingjian.registry.model import NewPlace
from mingjian.storage.engine import Database

MAP = archive({0: b"whole", 1: b"a quarter"}, (98.0, 24.5, 99.5, 26.0), zooms=(0, 1))
CAMERAS = "/map/cameras?west=98&south=24&east=100&north=26"


@pytest.fixture(scope="module")
def county(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    folder = tmp_path_factory.mktemp("map")
    (folder / "mingjian.db").write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{folder / 'mingjian.db'}")
    made = County(database)
    owner = made.campus.organisation_id
    made.do(places.change, made.campus.id, NewPlace("本部", "光华路1号", "530581", 98.5, 25.02, owner))
    made.do(places.change_spot, made.gate.spot.id, "校门", "unclassified", GATE_VIEW)
    with database.write() as tx:
        for one, state in ((made.gate, ChannelState.RECORDING), (made.yard, ChannelState.OFFLINE)):
            store.write_status(tx, ChannelStatus(one.id, state, 1, None, None))
    yield made
    database.close()


@pytest.fixture(scope="module")
def site(county: County, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("site")
    (folder / "map").mkdir()
    (folder / "map" / "腾冲市.pmtiles").write_bytes(MAP)
    with served(county.database, folder) as running:
        yield running


@pytest.fixture(scope="module")
def browsers(site: Served) -> dict[str, Browser]:
    return set_up(site)


def asked(browser: Browser, path: str) -> Any:
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_cameras_of_a_box_with_where_they_look(browsers: dict[str, Browser]) -> None:
    found = asked(browsers["system_administrator"], CAMERAS)
    by_name = {one["name"]: one for one in found["cameras"]}
    assert (found["total"], found["heaps"], set(by_name)) == (2, [], {"校门", "操场"})
    gate = by_name["校门"]
    assert (gate["direction"], gate["field"], gate["range_m"], gate["own_position"]) == (135, 90, 40, True)
    assert (by_name["操场"]["longitude"], by_name["操场"]["own_position"]) == (98.5, False)
    # No recorder runs here: what it said last is not repeated as true.
    assert {one["state"] for one in found["cameras"]} == {"offline"}


def test_states_are_the_recorder_s_while_it_is_there(
    site: Served, browsers: dict[str, Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(site.context.media), "connected", True)
    admin = browsers["system_administrator"]
    assert {one["name"]: one["state"] for one in asked(admin, CAMERAS)["cameras"]} == {
        "校门": "recording",
        "操场": "offline",
    }
    (heap,) = asked(admin, f"{CAMERAS}&limit=1")["heaps"]
    assert (heap["cameras"], heap["offline"], heap["region_zh"]) == (2, 1, "云南省腾冲市")


def test_the_extent_says_what_has_no_position(browsers: dict[str, Browser]) -> None:
    found = asked(browsers["system_administrator"], "/map/extent")
    assert (found["placed"], found["unplaced"]) == (2, 2)
    assert found["box"] == {"west": 98.5, "south": 25.02, "east": 98.5002, "north": 25.0201}


@pytest.mark.parametrize("path", [CAMERAS, "/map/extent"])
def test_who_may_not_see_basic_data_sees_no_map(site: Served, browsers: dict[str, Browser], path: str) -> None:
    role = "duty_operator"
    duty = add(site, browsers, role, f"duty{len(path)}")
    answer = duty.get(path)
    assert (answer.status_code, answer.json()["code"]) == (403, "identity.not_permitted")


def test_a_map_within_one_s_own_scope(site: Served, browsers: dict[str, Browser], county: County) -> None:
    there = add(site, browsers, "maintenance", "there", Scope(ScopeKind.CHANNEL, str(county.gate.id)))
    elsewhere = add(site, browsers, "maintenance", "elsewhere", Scope(ScopeKind.TERRITORY, "360000"))
    assert [one["name"] for one in asked(there, CAMERAS)["cameras"]] == ["校门"]
    assert asked(elsewhere, CAMERAS)["total"] == 0
    assert asked(elsewhere, "/map/extent") == {"box": None, "placed": 0, "unplaced": 0}


def test_a_map_of_the_site_is_read_in_pieces(browsers: dict[str, Browser]) -> None:
    admin = browsers["system_administrator"]
    (found,) = asked(admin, "/map/basemaps")["items"]
    assert found == {
        "name": "腾冲市", "tiles": "png", "min_zoom": 0, "max_zoom": 1,
        "box": {"west": 98.0, "south": 24.5, "east": 99.5, "north": 26.0},
    }  # fmt: skip
    path = "/api/v1/map/basemaps/腾冲市"
    whole = admin.send("GET", path)
    assert (whole.status_code, whole.content) == (200, MAP)
    piece = admin.send("GET", path, headers={"Range": "bytes=0-126"})
    assert (piece.status_code, piece.content) == (206, MAP[:127])
    assert piece.headers["content-range"] == f"bytes 0-126/{len(MAP)}"
    assert "private" in piece.headers["cache-control"]
    assert piece.headers["etag"]
    for beyond in (f"bytes={len(MAP)}-", "bytes=0-1,3-4"):
        assert admin.send("GET", path, headers={"Range": beyond}).status_code == 416


@pytest.mark.parametrize("name", ["nothing", "..%2Fmingjian.db", "%2e%2e", "腾冲市.pmtiles"])
def test_no_other_file_leaves_by_this_way(browsers: dict[str, Browser], name: str) -> None:
    answer = browsers["system_administrator"].send("GET", f"/api/v1/map/basemaps/{name}")
    assert answer.status_code == 404


def test_a_map_needs_a_signed_in_person(site: Served) -> None:
    for path in ("/map/basemaps", "/map/basemaps/腾冲市", "/map/extent", CAMERAS):
        assert site.browser().get(path).status_code == 401
