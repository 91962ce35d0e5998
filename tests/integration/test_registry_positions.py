"""What is where, on both engines: one by one or in heaps, and nobody sees more than the own reach."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from bench.registry_rows import Size, fill
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update
from tests.integration.test_registry_directory import County, reaches
from tests.unit.identity.people import NOW

from mingjian.identity.scopes import ANYWHERE, NOWHERE
from mingjian.registry import directory, places, positions
from mingjian.registry import service as registry
from mingjian.registry.coordinates import Position
from mingjian.registry.model import NewPlace, SpotView
from mingjian.registry.positions import WORLD, Box, Grid
from mingjian.registry.tables import PLACE, SPOT
from mingjian.storage.engine import Database

EVERYWHERE = (ANYWHERE,)
GATE_VIEW = SpotView(Position(98.5002, 25.0201), direction_deg=135, field_deg=90, range_m=40)


@pytest.fixture
def county(database: Database) -> County:
    """The school has a position, its gate one of its own, the clinic another; the square has none."""
    made = County(database)
    owner = made.campus.organisation_id
    made.do(places.change, made.campus.id, NewPlace("本部", "光华路1号", "530581", 98.5, 25.02, owner))
    made.do(places.change, made.clinic.id, NewPlace("门诊", "", "530581", 99.1, 25.1, made.clinic.organisation_id))
    made.do(places.change_spot, made.gate.spot.id, "校门", "unclassified", GATE_VIEW)
    return made


def test_a_camera_stands_where_its_spot_is_and_else_where_its_place_is(county: County) -> None:
    with county.database.read() as tx:
        seen = positions.seen(tx, EVERYWHERE, WORLD)
        whole = positions.extent(tx, EVERYWHERE)
    found = {one.name: one for one in seen.standing}
    assert (seen.total, seen.heaps, set(found)) == (3, (), {"校门", "操场", "门诊大厅"})
    assert found["校门"].view == GATE_VIEW
    assert (found["校门"].position, found["校门"].own) == (GATE_VIEW.position, True)
    assert (found["操场"].position, found["操场"].own) == (Position(98.5, 25.02), False)
    assert (found["操场"].place, found["操场"].address) == ("本部", "光华路1号")
    assert (whole.placed, whole.unplaced) == (3, 1)
    assert whole.box == Box(98.5, 25.02, 99.1, 25.1)


@pytest.mark.parametrize(
    ("box", "query", "names"),
    [
        (Box(98, 25, 98.6, 25.05), "", {"校门", "操场"}),
        (Box(98.5002, 25.0201, 98.5002, 25.0201), "", {"校门"}),
        (Box(99, 25, 99.2, 25.2), "", {"门诊大厅"}),
        (Box(99.2, 25, 98, 25.2), "", set()),
        (WORLD, "caochang", {"操场"}),
        (WORLD, "本部 校门", {"校门"}),
        (WORLD, "舞台", set()),  # it has no position
    ],
)
def test_a_box_and_words_choose(county: County, box: Box, query: str, names: set[str]) -> None:
    with county.database.read() as tx:
        seen = positions.seen(tx, EVERYWHERE, box, query=query)
    assert {one.name for one in seen.standing} == names
    assert seen.total == len(names)


def test_nobody_sees_more_than_the_own_reach(county: County) -> None:
    with county.database.read() as tx:
        for name, reach in reaches(county):
            allowed = {
                one
                for one, target in registry.targets(tx, [county.gate.id, county.yard.id, county.door.id]).items()
                if reach.covers(target)
            }
            assert {one.id for one in positions.seen(tx, (reach,), WORLD).standing} == allowed, name
            heaps = positions.seen(tx, (reach,), WORLD, most=0).heaps
            assert sum(one.channels for one in heaps) == len(allowed), name
            assert positions.extent(tx, (reach,)).placed == len(allowed), name
        assert positions.seen(tx, (ANYWHERE, NOWHERE), WORLD).total == 0
        assert positions.extent(tx, (NOWHERE,)) == positions.Extent(None, 0, 0)


def test_a_retired_camera_is_not_on_the_map(county: County) -> None:
    county.do(registry.retire, county.gate.id)
    with county.database.read() as tx:
        assert {one.name for one in positions.seen(tx, EVERYWHERE, WORLD).standing} == {"操场", "门诊大厅"}


def test_what_is_too_much_is_told_in_heaps(county: County) -> None:
    bad = {county.yard.id, county.stage.id}
    with county.database.read() as tx:
        seen = positions.seen(tx, EVERYWHERE, Box(98, 24.9, 99.4, 25.2), most=2, chosen=bad)
    assert (seen.total, seen.standing) == (3, ())
    school, clinic = sorted(seen.heaps, key=lambda one: one.middle.longitude)
    assert (school.channels, school.chosen, school.region_code) == (2, 1, "530581")
    assert (clinic.channels, clinic.chosen) == (1, 0)
    assert school.box == Box(98.5, 25.02, 98.5002, 25.0201)
    assert school.middle.longitude == pytest.approx(98.5001)


def test_a_heap_over_two_counties_is_the_prefecture(county: County) -> None:
    owner = county.clinic.organisation_id
    county.do(places.change, county.clinic.id, NewPlace("门诊", "", "530502", 98.5001, 25.02, owner))
    with county.database.read() as tx:
        (heap,) = positions.seen(tx, EVERYWHERE, WORLD, most=1).heaps
    assert (heap.channels, heap.region_code) == (3, "530500")


def spread(database: Database, size: Size) -> None:
    """A filled registry whose places lie all over Yunnan."""
    chance = random.Random(1)
    with database.write() as tx:
        filled = fill(tx, size, NOW)
        for one in filled.places:
            where = {"longitude": chance.uniform(97.6, 106.2), "latitude": chance.uniform(21.2, 29.2)}
            tx.execute(update(PLACE).where(PLACE.c.id == one.id).values(**where))
        directory.rebuild(tx)


def test_boxes_of_every_size_count_the_same_cameras(database: Database) -> None:
    spread(database, Size(organisations=20, places=200, channels=1_500, counties=6))
    halves = (Box(97, 21, 101.9, 30), Box(101.9, 21, 107, 30))
    with database.read() as tx:
        assert sum(positions.seen(tx, EVERYWHERE, half).total for half in halves) == 1_500
        for most in (100, 500):
            seen = positions.seen(tx, EVERYWHERE, Box(97, 21, 107, 30), most=most)
            assert sum(one.channels for one in seen.heaps) == seen.total == 1_500
            assert 20 < len(seen.heaps) < 18 * 18 * 2
            for heap in seen.heaps:
                inside = positions.seen(tx, EVERYWHERE, heap.box, most=positions.MOST)
                assert len(inside.standing) >= heap.channels
                assert heap.box.holds(heap.middle)


SIDES = st.floats(-80, 80), st.floats(0.001, 60)


@given(*SIDES, *SIDES)
def test_a_grid_has_few_cells_and_stays_where_it_is(west: float, width: float, south: float, height: float) -> None:
    box = Box(west, south, west + width, min(south + height, 85.0))
    grid = Grid.of(box)
    assert (box.east - box.west) / grid.east <= 18
    assert (box.north - box.south) / grid.north <= 18 * 6
    nudged = replace(box, west=box.west + grid.east / 50, east=box.east + grid.east / 50)
    assert Grid.of(nudged).east in {grid.east, grid.east * 2, grid.east / 2}


def names(seen: Sequence[positions.Standing]) -> list[str]:
    return [one.name for one in seen]


def test_a_box_is_never_more_than_its_limit(database: Database) -> None:
    spread(database, Size(organisations=5, places=20, channels=300, counties=2))
    with database.write() as tx:
        tx.execute(update(SPOT).values(longitude=98.5, latitude=25.0))
        directory.rebuild(tx)
    with database.read() as tx:
        (heap,) = positions.seen(tx, EVERYWHERE, WORLD, most=299).heaps
        assert heap.channels == 300
        assert len(names(positions.seen(tx, EVERYWHERE, WORLD, most=300).standing)) == 300
