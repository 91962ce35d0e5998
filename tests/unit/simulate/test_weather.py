from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.simulate.weather import Path, Weather


def packets(count: int) -> list[bytes]:
    return [number.to_bytes(4, "big") for number in range(count)]


def through(weather: Weather, count: int, piece: int = 7) -> tuple[Path, list[int]]:
    path, out = Path(weather), []
    sent = packets(count)
    for at in range(0, count, piece):
        out += path.through(sent[at : at + piece])
    return path, [int.from_bytes(one, "big") for one in out]


def test_fine_weather_changes_nothing() -> None:
    assert through(Weather(), 100)[1] == list(range(100))


@given(
    st.builds(
        Weather,
        loss=st.floats(0, 0.3),
        doubled=st.floats(0, 0.3),
        reordered=st.floats(0, 0.3),
        late=st.floats(0, 0.1),
        late_by=st.integers(20, 60),
        seed=st.integers(0, 9),
    )
)
def test_each_packet_meets_the_fate_that_is_told(weather: Weather) -> None:
    path, out = through(weather, 400)
    fates = path.fates
    assert fates.sent == 400
    held = {number for number in (*fates.late, *fates.reordered) if number not in out}
    assert all(number + weather.late_by >= 400 or number >= 400 - weather.reordered_by for number in held)
    expected = Counter(range(400)) - Counter(fates.lost) - Counter(held) + Counter(fates.doubled)
    assert Counter(out) == expected
    moved = {*fates.late, *fates.reordered}
    stayed = [number for number in out if number not in moved]
    assert stayed == sorted(stayed)


@given(st.integers(0, 9))
def test_a_late_packet_comes_exactly_so_late(seed: int) -> None:
    path, out = through(Weather(late=0.05, late_by=30, seed=seed), 500, piece=1)
    for number in path.fates.late:
        if number + 30 < 500 and number + 30 not in path.fates.late:
            assert out[out.index(number) - 1] in {number + 30, *path.fates.late}


@given(st.integers(0, 9))
def test_a_packet_out_of_order_is_not_far_from_its_place(seed: int) -> None:
    path, out = through(Weather(reordered=0.2, reordered_by=5, seed=seed), 300)
    assert len(path.fates.reordered) > 20
    assert all(abs(out.index(number) - number) <= 10 for number in out)


def test_the_same_seed_is_the_same_weather_and_another_is_not() -> None:
    weather = Weather(loss=0.1, doubled=0.1, reordered=0.1)
    assert through(weather, 300)[1] == through(weather, 300, piece=1)[1]
    assert through(weather, 300)[1] != through(Weather(loss=0.1, doubled=0.1, reordered=0.1, seed=2), 300)[1]


def test_loss_is_as_frequent_as_wanted() -> None:
    assert len(through(Weather(loss=0.05), 20_000)[0].fates.lost) == pytest.approx(1000, rel=0.1)
