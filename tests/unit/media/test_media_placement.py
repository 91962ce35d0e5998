"""Which volume a new segment goes to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import pytest

from mingjian.kernel.ids import VolumeGroupId, VolumeId
from mingjian.media.model import Volume
from mingjian.media.record.lane import Lane
from mingjian.media.record.placement import PATIENCE_S, Berth, Placement, VolumeState

GROUP = VolumeGroupId(UUID(int=1))
OTHER = VolumeGroupId(UUID(int=2))
GB = 1 << 30


@dataclass(eq=False)
class FakeLane:
    """As much of a lane as placement looks at."""

    volume: Volume


@dataclass
class Ticking:
    seconds: float = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def now_us(self) -> Any:
        return int(self.seconds * 1e6)


def lane(number: int, group_id: VolumeGroupId = GROUP) -> Lane:
    volume = Volume(VolumeId(UUID(int=number)), group_id, str(Path("disk") / str(number)), False, None)
    return cast("Lane", FakeLane(volume))


FIRST, SECOND, FOREIGN = lane(11), lane(12), lane(13, OTHER)


def placement(*berths: Berth) -> Placement:
    made = Placement(Ticking())
    made.replace(berths)
    return made


OK = VolumeState.OK


@pytest.mark.parametrize(
    ("berths", "channels", "current", "expected"),
    [
        pytest.param([(FIRST, OK, 10), (SECOND, OK, 20)], {}, None, SECOND, id="most room"),
        pytest.param([(FIRST, OK, 10), (SECOND, OK, 20)], {SECOND: 2}, None, FIRST, id="fewest days with two more"),
        pytest.param([(FIRST, OK, 10), (SECOND, OK, 10.5)], {FIRST: 1}, FIRST, FIRST, id="stays for five percent"),
        pytest.param([(FIRST, OK, 10), (SECOND, OK, 12)], {FIRST: 1}, FIRST, SECOND, id="goes for twenty"),
        pytest.param([(FIRST, OK, 10), (FOREIGN, OK, 99)], {}, None, FIRST, id="never to another group"),
        pytest.param([(FIRST, VolumeState.MISSING, 0), (SECOND, OK, 1)], {}, FIRST, SECOND, id="missing"),
        pytest.param([(FIRST, VolumeState.FULL, 9), (SECOND, OK, 1)], {}, FIRST, SECOND, id="full"),
        pytest.param([(FIRST, VolumeState.SLOW, 9), (SECOND, OK, 1)], {}, FIRST, SECOND, id="slow"),
        pytest.param([(FIRST, VolumeState.RETIRED, 9), (SECOND, OK, 1)], {}, FIRST, SECOND, id="retired"),
        pytest.param([(FIRST, VolumeState.FULL, 9)], {}, FIRST, None, id="nowhere"),
        pytest.param([], {}, None, None, id="no volume"),
    ],
)
def test_choice(
    berths: list[tuple[Lane, VolumeState, float]], channels: dict[Lane, int], current: Lane | None, expected: Lane
) -> None:
    made = placement(*(Berth(one, state, int(room * GB)) for one, state, room in berths))
    assert made.choose(GROUP, current, channels) is expected


def test_channels_spread_by_room() -> None:
    """Sixty channels on two disks, one with twice the room of the other."""
    made = placement(Berth(FIRST, OK, 100 * GB), Berth(SECOND, OK, 200 * GB))
    where: dict[int, Lane | None] = dict.fromkeys(range(60))
    for channel in where:
        counts = {one: sum(found is one for found in where.values()) for one in (FIRST, SECOND)}
        where[channel] = made.choose(GROUP, None, counts)
    again = dict(where)
    for channel in where:
        counts = {one: sum(found is one for found in again.values()) for one in (FIRST, SECOND)}
        again[channel] = made.choose(GROUP, again[channel], counts)
    assert [sum(found is one for found in where.values()) for one in (FIRST, SECOND)] == [20, 40]
    assert again == where  # nobody wanders


def test_a_volume_that_refused_is_passed_over_for_a_while() -> None:
    clock = Ticking()
    made = Placement(clock)
    made.replace([Berth(FIRST, OK, 9 * GB), Berth(SECOND, OK, GB)])
    made.refused(FIRST)
    assert made.choose(GROUP, FIRST, {}) is SECOND
    clock.seconds = PATIENCE_S + 0.1
    assert made.choose(GROUP, FIRST, {}) is FIRST


def test_where_there_is_no_other_one_that_refused_is_tried_again_at_once() -> None:
    made = placement(Berth(FIRST, OK, 9 * GB), Berth(SECOND, VolumeState.FULL, 9 * GB))
    made.refused(FIRST)
    assert made.choose(GROUP, FIRST, {}) is FIRST
