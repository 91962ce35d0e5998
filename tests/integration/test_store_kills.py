"""Kills of a small platform; `make soak` has twenty of it, and two hundred of each role of a larger one."""

from pathlib import Path

import pytest
from tests.unit.media.killing import LOSS_LIMIT_S, kill_often

from mingjian.workers.process import ROLES

MANY = 20


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "kills", [pytest.param(len(ROLES), marks=pytest.mark.breadth), pytest.param(MANY, marks=pytest.mark.soak)]
)
def test_little_is_lost(tmp_path: Path, kills: int) -> None:
    rounds = -(-kills // len(ROLES))
    seen = kill_often(tmp_path, rounds=rounds, count=3, seed=20261121)
    assert len(seen.recorder_killed_us) == rounds
    assert max(seen.losses_s) <= LOSS_LIMIT_S
