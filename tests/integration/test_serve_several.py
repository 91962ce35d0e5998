"""`mingjian serve` with several processes that record: each is started again alone, and the page says how each is."""

import os
import signal
from contextlib import closing
from pathlib import Path

import pytest
from tests.counts import counted
from tests.unit.media.killing import check_store, now_us, platform, until

from mingjian.media.members import store as members


@pytest.mark.parametrize(
    "deaths",
    [
        pytest.param(1, marks=[pytest.mark.breadth, pytest.mark.timeout(240)]),
        pytest.param(counted("SOAK_DEATHS", 12), marks=[pytest.mark.soak, pytest.mark.timeout(3600)]),
    ],
)
def test_one_of_two_dies_again_and_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, deaths: int) -> None:
    monkeypatch.setenv("MINGJIAN_MEDIA__PROCESSES", "2")
    with platform(tmp_path, 4) as running:

        def owners() -> list[int]:
            with running.database.read() as tx:
                numbers = {one.fence: one.number for one in members.living(tx)}
                return sorted(numbers.get(one.fence or 0) or 0 for one in members.assignments(tx).values())

        assert set(running.roles()) == {"media", "media-2", "jobs", "api"}
        until(lambda: owners() == [1, 1, 2, 2], "each has its share")
        for number in range(1, deaths + 1):
            pid = running.roles()["media-2"].pid
            assert pid is not None
            began = now_us()
            os.kill(pid, signal.SIGKILL)
            until(lambda: running.recorded_since(began), "recording again")  # noqa: B023 - called here
            until(lambda: running.roles()["media-2"].restarts == number, "its restart")  # noqa: B023
        found = running.roles()
        assert [found[name].restarts for name in ("media", "jobs", "api")] == [0, 0, 0]
        until(lambda: 0 not in owners(), "every camera has somebody")
        data = running.data
    check_store(data)
    with closing(running.database) as database, database.read() as tx:
        assert len(members.assignments(tx)) == 4
