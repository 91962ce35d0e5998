"""How often one session may ask."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.kernel.errors import MingjianError
from mingjian.media.pictures.rates import Rates


def test_a_burst_then_a_steady_pace() -> None:
    rates = Rates(2.0, 3)
    for _ in range(3):
        rates.take("a", 10.0)
    with pytest.raises(MingjianError, match=r"pictures\.too_often") as refused:
        rates.take("a", 10.0)
    assert refused.value.values["retry_after_s"] == 1
    rates.take("b", 10.0)  # somebody else is not slowed down
    rates.take("a", 10.5)
    with pytest.raises(MingjianError):
        rates.take("a", 10.6)


def test_what_is_said_to_be_the_time_to_come_again_is() -> None:
    rates = Rates(0.25, 1)
    rates.take("a", 0.0)
    with pytest.raises(MingjianError) as refused:
        rates.take("a", 1.0)
    wait_s = refused.value.values["retry_after_s"]
    assert wait_s == 3
    rates.take("a", 1.0 + wait_s)


@given(st.floats(0.1, 50), st.integers(1, 60), st.lists(st.floats(0, 2), max_size=200))
def test_never_more_than_the_burst_and_the_pace(per_s: float, burst: int, pauses: list[float]) -> None:
    rates = Rates(per_s, burst)
    now = allowed = 0.0
    for pause in pauses:
        now += pause
        try:
            rates.take("a", now)
        except MingjianError:
            continue
        allowed += 1
        assert allowed <= burst + now * per_s + 1e-6


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    rates = Rates(1.0, 1)
    rates.take("a", 100.0)
    with pytest.raises(MingjianError):
        rates.take("a", 50.0)
