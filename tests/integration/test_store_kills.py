"""Twenty kills of a small platform; `make soak` has two hundred of each role of a larger one."""

from pathlib import Path

import pytest
from tests.unit.media.killing import LOSS_LIMIT_S, kill_often

from mingjian.workers.process import ROLES

KILLS = 20


@pytest.mark.timeout(600)
def test_little_is_lost(tmp_path: Path) -> None:
    rounds = -(-KILLS // len(ROLES))
    seen = kill_often(tmp_path, rounds=rounds, count=3, seed=20261121)
    assert len(seen.recorder_killed_us) == rounds
    assert max(seen.losses_s) <= LOSS_LIMIT_S
