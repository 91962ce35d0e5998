"""Who is taken for dead: silence that was watched, never silence that was not."""

import pytest

from mingjian.media.members.lookout import BLIND_S, LEASE_S, SETTLE_S, Lookout
from mingjian.media.members.model import Member, Place, Roll

HERE = Place("host", "/run")


def roll(at: float, *living: tuple[int, int, int]) -> Roll:
    """Living: number, fence, beat."""
    return Roll(at, tuple(Member(fence, number, HERE, beat) for number, fence, beat in living), 0, 0)


def silent(lookout: Lookout, at: float, *living: tuple[int, int, int]) -> list[int]:
    return [one.fence for one in lookout.look(roll(at, *living))]


def test_a_beat_is_a_sign_of_life() -> None:
    lookout = Lookout()
    for second in range(60):
        assert silent(lookout, second, (1, 1, second), (2, 2, second // 4)) == []


def test_silence_as_long_as_the_lease_is_death() -> None:
    lookout = Lookout()
    found = {second: silent(lookout, second, (1, 1, second), (2, 2, min(second, 10))) for second in range(20)}
    assert [second for second, dead in found.items() if dead] == list(range(10 + int(LEASE_S), 20))
    assert found[19] == [2]


@pytest.mark.parametrize("away_s", [BLIND_S + 0.1, LEASE_S, 60.0])
def test_time_in_which_nobody_looked_does_not_count(away_s: float) -> None:
    """This process was frozen, or the database away from everybody."""
    lookout = Lookout()
    for second in range(5):
        assert silent(lookout, second, (2, 2, second)) == []
    back = 4 + away_s
    assert silent(lookout, back, (2, 2, 4)) == []
    for second in range(1, int(LEASE_S)):
        assert silent(lookout, back + second, (2, 2, 4)) == []
    assert silent(lookout, back + LEASE_S, (2, 2, 4)) == [2]


def test_a_new_life_is_not_the_old_one() -> None:
    lookout = Lookout()
    for second in range(4):
        silent(lookout, second, (2, 2, 0))
    assert silent(lookout, 4, (2, 3, 0)) == []
    assert silent(lookout, 6, (2, 3, 0)) == []


def settled_after(lookout: Lookout, at: float, fence: int) -> float:
    """Seconds until member 2 may take over what others do well."""
    for second in range(400):
        now = roll(at + second, (1, 1, int(at) + second), (2, fence, second))
        lookout.look(now)
        if 2 in lookout.settled(now.living):
            return second
    return 400


def test_who_comes_and_goes_waits_longer_each_time() -> None:
    lookout, at, waits = Lookout(), 0.0, []
    for life in range(5):
        waits.append(settled_after(lookout, at, 10 + life))
        at += waits[-1] + 1
    assert waits[0] == SETTLE_S
    assert waits == sorted(waits)
    assert waits[-1] == 180


def test_an_old_death_is_forgiven() -> None:
    lookout = Lookout()
    settled_after(lookout, 0, 10)
    settled_after(lookout, 100, 11)
    for second in range(200, 900):
        lookout.look(roll(second, (2, 11, second)))
    assert settled_after(lookout, 900, 12) == 4 * SETTLE_S
