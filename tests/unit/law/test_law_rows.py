"""The rows of each pack: complete, readable in both languages, and true about where the platform answers."""

import re
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

from mingjian.law.library import FOLDER, load
from mingjian.law.model import Citation
from mingjian.law.pack import Pack
from mingjian.law.rows import PLANNED, Row, missing, places_of

PACKS: Final = {code: pack for code, pack in load(FOLDER).packs.items() if pack.outline}
FEATURES: Final = Path(__file__).parents[3] / "web" / "src" / "features"
HAN: Final = re.compile(r"[\u4e00-\u9fff]")
LONGEST: Final = 60
"""Chinese characters of a gist: a sentence to be taken in at a glance."""

every_pack = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS.keys())


def _located(pack: Pack, row: Row) -> str:
    return f"{pack.instrument.code} {row.citation.where} (line {row.line})"


def _near(one: Citation, other: Citation) -> bool:
    """The same place, or one within the other."""
    pairs = ((one.paragraph, other.paragraph), (one.item, other.item))
    return one.article == other.article and all(a == b or None in (a, b) for a, b in pairs)


def _cited(pack: Pack, module: str) -> set[Citation]:
    """Places of the text that this part of the law package works with."""
    spots = {one.citation for one in (*pack.required, *pack.forbidden)}
    penalties = {one.citation for one in pack.penalties}
    if module == "mingjian.law.spots":
        return spots
    if module == "mingjian.law.penalties":
        return penalties
    rules = {one for rules in pack.rules.values() for rule in rules for one in rule.citations}
    numbers = {one.citation for values in pack.parameters.values() for one in values}
    return spots | penalties | rules | numbers


def _exists(place: str) -> bool:
    if place == PLANNED:
        return True
    if place.startswith("console:"):
        return (FEATURES / place.removeprefix("console:")).is_dir()
    return place.startswith("mingjian.") and find_spec(place) is not None


def test_all_six_texts_have_rows() -> None:
    assert {code for code, pack in PACKS.items() if pack.rows} >= {"NAT", "YN", "TC", "CQ", "NC", "GD"}


@every_pack
def test_every_article_paragraph_and_item_has_a_row(pack: Pack) -> None:
    assert missing(pack.outline, pack.rows, pack.instrument.code) == []


@every_pack
def test_a_row_taken_away_is_missed(pack: Pack) -> None:
    last = pack.rows[-1].citation
    left = [row for row in pack.rows if row.citation != last]
    assert missing(pack.outline, left, pack.instrument.code) == [last]


@every_pack
def test_rows_stand_in_the_order_of_the_text_and_cite_it_in_one_way(pack: Pack) -> None:
    order = {place: number for number, place in enumerate(places_of(pack.outline, pack.instrument.code))}
    unknown = [_located(pack, row) for row in pack.rows if row.citation not in order]
    assert unknown == []
    numbers = [order[row.citation] for row in pack.rows]
    assert numbers == sorted(numbers)


@every_pack
def test_rows_are_short_and_stand_in_both_languages(pack: Pack) -> None:
    unfit = [
        _located(pack, row)
        for row in pack.rows
        if not 2 <= len(HAN.findall(row.gist.zh)) <= LONGEST
        or not HAN.search(row.who.zh)
        or HAN.search(row.gist.en + row.who.en)
        or not row.gist.en.strip()
        or not row.who.en.strip()
    ]
    assert unfit == []


@every_pack
def test_no_row_says_twice_what_another_says_of_the_same_place(pack: Pack) -> None:
    said = [(row.citation, row.gist.zh) for row in pack.rows]
    assert len(said) == len(set(said))


@every_pack
def test_every_place_that_is_said_to_answer_exists(pack: Pack) -> None:
    absent = [f"{_located(pack, row)}: {place}" for row in pack.rows for place in row.where if not _exists(place)]
    assert absent == []


@pytest.mark.parametrize("place", ["mingjian.law.crystal_ball", "console:crystal_ball", "os.path", "later"])
def test_a_place_that_does_not_exist_is_found_out(place: str) -> None:
    assert not _exists(place)


@every_pack
def test_what_the_law_package_is_said_to_compute_it_does_cite(pack: Pack) -> None:
    """A row that points to spots, penalties or the engine has an item, penalty, rule or number there."""
    idle = [
        f"{_located(pack, row)}: {place}"
        for row in pack.rows
        for place in row.where
        if place in ("mingjian.law.spots", "mingjian.law.penalties", "mingjian.law.engine")
        and not any(_near(row.citation, one) for one in _cited(pack, place))
    ]
    assert idle == []


@every_pack
def test_what_rules_cite_is_not_called_outside_of_software(pack: Pack) -> None:
    answered = [row.citation for row in pack.rows if row.answered not in ("outside", "none")]
    silent = sorted(
        one.where
        for one in _cited(pack, "mingjian.law.engine")
        if not any(_near(one, citation) for citation in answered)
    )
    assert silent == []


@every_pack
def test_the_row_of_commencement_stands_where_the_text_says_it(pack: Pack) -> None:
    found = [row.citation for row in pack.rows if row.modality == "commencement"]
    assert found == [pack.instrument.cite_in_force]


@every_pack
def test_what_is_only_planned_is_never_called_enforced(pack: Pack) -> None:
    boast = [_located(pack, row) for row in pack.rows if row.answered == "enforced" and set(row.where) == {PLANNED}]
    assert boast == []
