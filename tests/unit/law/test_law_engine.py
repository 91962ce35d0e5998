"""What the platform asks before it acts: `may` and `require`."""

from datetime import date
from pathlib import Path

import pytest

from mingjian.kernel.errors import MingjianError
from mingjian.law.engine import may, require
from mingjian.law.library import Library, installed
from mingjian.law.model import Act, Facts, Outcome

TODAY = date(2026, 11, 21)
TENGCHONG, NANCHANG, BEIJING = "530581", "360103", "110101"


@pytest.mark.parametrize("act", Act)
def test_without_a_text_in_force_the_answer_is_no_pack(act: Act) -> None:
    assert may(act, Facts(date(2001, 1, 1), TENGCHONG)).outcome is Outcome.NO_PACK


@pytest.mark.parametrize(
    ("region", "site", "outcome"),
    [
        (TENGCHONG, "changing_room", Outcome.FORBIDDEN),
        (TENGCHONG, "hotel_corridor", Outcome.SILENT),
        (TENGCHONG, "student_dormitory_corridor", Outcome.REVIEW),
        (NANCHANG, "hotel_guest_room", Outcome.FORBIDDEN),
        (BEIJING, "nursing_room", Outcome.FORBIDDEN),
        (BEIJING, "hotel_lobby", Outcome.SILENT),
        (BEIJING, "karaoke_private_room", Outcome.REVIEW),
        (BEIJING, "a_kind_that_nobody_knows", Outcome.REVIEW),
    ],
)
def test_a_camera_is_judged_by_the_spot_it_looks_at(region: str, site: str, outcome: Outcome) -> None:
    assert may(Act.INSTALL, Facts(TODAY, region, {"site": site})).outcome is outcome


def test_a_refusal_cites_every_text_and_says_why_in_both_languages() -> None:
    finding = may(Act.INSTALL, Facts(TODAY, TENGCHONG, {"site": "changing_room"}))
    assert {(one.instrument, one.where) for one in finding.citations} == {("NAT", "8 p1(3)"), ("YN", "11(2)")}
    assert "更衣室" in finding.explanation.zh
    assert "changing room" in finding.explanation.en
    assert len(finding.packs) == 2

    with pytest.raises(MingjianError) as refused:
        require(Act.INSTALL, Facts(TODAY, TENGCHONG, {"site": "changing_room"}))
    shown = refused.value.values
    assert "《国务院条例》第八条第一款第三项" in str(shown["citations"])
    assert "《云南规定》第十一条第二项" in str(shown["citations"])


@pytest.mark.parametrize(
    ("facts", "outcome"),
    [
        ({"actor": "passer_by", "site": "main_road"}, Outcome.FORBIDDEN),
        ({"site": "main_road"}, Outcome.SILENT),
        ({"location": "next_to_military_administrative_zone"}, Outcome.FORBIDDEN),
        ({"location": "next_to_military_administrative_zone", "consent": True}, Outcome.PERMITTED),
    ],
)
def test_who_builds_and_whose_consent_is_needed(facts: dict[str, str | bool], outcome: Outcome) -> None:
    assert may(Act.INSTALL, Facts(TODAY, TENGCHONG, facts)).outcome is outcome


def test_a_system_of_state_secrets_is_not_linked_to_the_internet_in_chongqing() -> None:
    facts = {"area": "state_secret_area", "link": "internet"}
    assert may(Act.CONNECT, Facts(TODAY, "500103", facts)).outcome is Outcome.FORBIDDEN
    assert may(Act.CONNECT, Facts(TODAY, TENGCHONG, facts)).outcome is Outcome.REVIEW


@pytest.mark.parametrize(
    ("on", "outcome"), [(date(2026, 5, 1), Outcome.FORBIDDEN), (date(2026, 5, 2), Outcome.PERMITTED)]
)
def test_footage_stays_through_the_thirtieth_day(on: date, outcome: Outcome) -> None:
    assert may(Act.DELETE, Facts(on, TENGCHONG, {"recorded_on": date(2026, 4, 1)})).outcome is outcome


def test_an_unclassified_spot_is_no_permission() -> None:
    assert may(Act.INSTALL, Facts(TODAY, TENGCHONG)).outcome is Outcome.SILENT


def test_the_library_is_read_once(tmp_path: Path) -> None:
    del tmp_path
    assert isinstance(installed(), Library)
    assert installed() is installed()
