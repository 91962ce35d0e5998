"""Maps of the site: what the first bytes of a file say, and which files are none."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pmtiles import archive, tile_number

from mingjian.site import basemaps

BOX = (98.0, 24.5, 99.5, 26.0)
MAP = archive({0: b"whole", 1: b"a quarter"}, BOX, zooms=(0, 1))


def test_a_map_says_what_and_where_it_is(tmp_path: Path) -> None:
    folder = tmp_path / basemaps.FOLDER
    folder.mkdir()
    (folder / "腾冲市.pmtiles").write_bytes(MAP)
    (folder / "notes.txt").write_bytes(MAP)
    (folder / "broken.pmtiles").write_bytes(MAP[:90])
    (found,) = basemaps.basemaps(tmp_path)
    assert (found.name, found.tiles, found.min_zoom, found.max_zoom) == ("腾冲市", "png", 0, 1)
    assert (found.west, found.south, found.east, found.north) == BOX
    assert found.size == len(MAP)


def test_no_folder_is_no_map(tmp_path: Path) -> None:
    assert basemaps.basemaps(tmp_path) == []


WRONG = {
    "another format": b"MBTiles" + MAP[7:127],
    "another version": MAP[:7] + b"\x02" + MAP[8:127],
    "an unknown kind of tile": MAP[:99] + b"\x09" + MAP[100:127],
    "zooms upside down": MAP[:100] + b"\x05\x01" + MAP[102:127],
    "deeper than any map": MAP[:100] + b"\x00\xff" + MAP[102:127],
    "no width": MAP[:110] + MAP[102:106] + MAP[114:127],
    "a byte too few": MAP[:126],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_map_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        basemaps.described(Path("x.pmtiles"), 1, WRONG[name])


@given(st.binary(max_size=200))
def test_any_bytes_are_a_map_or_refused(head: bytes) -> None:
    try:
        basemaps.described(Path("x.pmtiles"), 1, head)
    except ValueError:
        return
    raise AssertionError("random bytes passed")


def test_tiles_of_the_tests_are_numbered_as_the_specification_says() -> None:
    # PMTiles version 3, section 4.1, table of examples.
    assert [tile_number(*one) for one in ((0, 0, 0), (1, 0, 0), (1, 0, 1), (1, 1, 1), (1, 1, 0), (2, 0, 0))] == [
        0, 1, 2, 3, 4, 5,
    ]  # fmt: skip
    assert tile_number(12, 3423, 1763) == 19078479
