"""kill -9 of every role at random moments of a full platform."""

import sys
from pathlib import Path
from statistics import median

import pytest
from tests.counts import counted
from tests.unit.media.killing import kill_often

pytestmark = [pytest.mark.soak, pytest.mark.timeout(7200)]

KILLS = counted("SOAK_KILLS", 24)
CAMERAS = counted("SOAK_KILL_CAMERAS", 12)
SEED = counted("SOAK_SEED", 20261121)


def test_each_role_dies_and_nothing_else_does(footage: Path) -> None:
    seen = kill_often(footage, rounds=KILLS, count=CAMERAS, seed=SEED)
    sys.stderr.write(
        f"\n{KILLS} kills of each role, {CAMERAS} cameras: lost at a kill of the recorder, seconds: "
        f"median {median(seen.losses_s):.2f}, most {max(seen.losses_s):.2f}\n"
    )
