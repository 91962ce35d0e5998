"""How long a picture was watched, and for how long a tested camera is remembered."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.api import probes
from mingjian.api.probes import LIFETIME_US, Probes
from mingjian.api.watching import Watching
from mingjian.kernel.clock import WallUs
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, PersonId, ViewId

VIEW, OTHER_VIEW = ViewId(UUID(int=1)), ViewId(UUID(int=2))
ONE, TWO = ChannelId(UUID(int=11)), ChannelId(UUID(int=12))
PERSON, OTHER = PersonId(UUID(int=21)), PersonId(UUID(int=22))


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.s = 1000.0

    def now_us(self) -> WallUs:
        return WallUs(int(self.s * 1_000_000))

    def monotonic(self) -> float:
        return self.s


def test_seconds_are_counted_for_each_channel() -> None:
    clock = Hand()
    watching = Watching(clock)
    watching.began(VIEW, ONE)
    clock.s += 10
    watching.began(VIEW, TWO)
    watching.began(OTHER_VIEW, ONE)
    clock.s += 5
    watching.ended(VIEW, ONE)
    clock.s += 7
    assert watching.uncounted(VIEW) == {ONE: 15, TWO: 12}
    assert watching.uncounted(VIEW) == {}
    watching.ended(VIEW, TWO)
    watching.ended(OTHER_VIEW, ONE)
    assert watching.uncounted(OTHER_VIEW) == {ONE: 12}


def test_two_windows_on_one_channel_count_once() -> None:
    clock = Hand()
    watching = Watching(clock)
    watching.began(VIEW, ONE)
    clock.s += 4
    watching.began(VIEW, ONE)
    clock.s += 4
    watching.ended(VIEW, ONE)
    clock.s += 4
    watching.ended(VIEW, ONE)
    assert watching.uncounted(VIEW) == {ONE: 12}
    assert not watching._open
    assert not watching._since
    assert not watching._rest


@given(st.lists(st.floats(0.01, 20), min_size=1, max_size=50))
def test_no_fraction_is_lost_however_often_is_asked(steps: list[float]) -> None:
    clock = Hand()
    watching = Watching(clock)
    watching.began(VIEW, ONE)
    counted = 0
    for step in steps:
        clock.s += step
        counted += watching.uncounted(VIEW).get(ONE, 0)
    watching.ended(VIEW, ONE)
    counted += watching.uncounted(VIEW).get(ONE, 0)
    assert abs(counted - sum(steps)) <= 0.51


def unknown(kept: Probes, probe_id: str, person: PersonId, now_us: int) -> bool:
    try:
        kept.find(probe_id, person, now_us)
    except MingjianError as error:
        return error.code == "media.probe_unknown"
    return False


def test_a_probe_serves_who_made_it_once_and_ten_minutes() -> None:
    kept = Probes()
    probe = kept.keep(PERSON, "rtsp://h/", None, 0)
    assert kept.find(probe.id, PERSON, LIFETIME_US - 1) == probe
    assert unknown(kept, probe.id, OTHER, 1)
    assert unknown(kept, "x", PERSON, 1)
    assert unknown(kept, probe.id, PERSON, LIFETIME_US)
    kept.used(probe)
    kept.used(probe)
    assert unknown(kept, probe.id, PERSON, 1)


def test_probes_are_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "_MOST", 3)
    kept = Probes()
    made = [kept.keep(PERSON, f"rtsp://h/{number}", None, number) for number in range(5)]
    assert [unknown(kept, one.id, PERSON, 5) for one in made] == [True, True, False, False, False]
    kept.keep(PERSON, "rtsp://h/", None, LIFETIME_US + 10)
    assert len(kept._probes) == 1
