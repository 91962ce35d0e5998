"""Before any text is installed, no act is permitted by the law, and none is forbidden by it."""

from datetime import date

import pytest

from mingjian.law.engine import may
from mingjian.law.model import Act, Facts, Finding, Outcome


@pytest.mark.parametrize("act", Act)
def test_without_texts_the_answer_is_no_pack(act: Act) -> None:
    found = may(act, Facts(date(2026, 11, 20), "530581", {"place.kind": "hotel"}))
    assert found == Finding(Outcome.NO_PACK, citations=(), packs=())


def test_outcomes_are_the_five_of_the_design() -> None:
    assert {outcome.value for outcome in Outcome} == {"permitted", "forbidden", "review", "silent", "no_pack"}
