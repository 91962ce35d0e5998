"""Decoding times of pictures that come out of the order of showing."""

from itertools import accumulate, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.media.formats.order import MAX_DEPTH, DecodingOrder

STEP = 3600


def placed(shown: list[int], depth: int = 0) -> tuple[list[int], DecodingOrder]:
    order = DecodingOrder()
    return [order.place(one, depth) for one in shown], order


def expected(shown: list[int], depth: int) -> list[int]:
    """By the definition: the n-th is decoded at the (n - depth)-th smallest time of showing."""
    before = [shown[0] - ahead * STEP for ahead in range(depth, 0, -1)]
    return (before + sorted(shown))[: len(shown)]


PATTERNS: dict[str, tuple[list[int], int]] = {
    "none": ([0, 1, 2, 3, 4, 5], 0),
    "one B": ([0, 2, 1, 4, 3, 6, 5, 8, 7], 1),
    "two B": ([0, 3, 1, 2, 6, 4, 5, 9, 7, 8], 1),
    "two B, upside down": ([0, 3, 2, 1, 6, 5, 4], 2),
    "pyramid of three": ([0, 4, 2, 1, 3, 8, 6, 5, 7, 12, 10, 9, 11], 2),
    "pyramid of seven": ([0, 8, 4, 2, 1, 3, 6, 5, 7, 16, 12, 10, 9, 11, 14, 13, 15], 3),
    "B only now and then": ([0, 1, 2, 4, 3, 5, 6, 8, 7, 9], 1),
    "closed groups": ([0, 2, 1, 3, 6, 4, 5, 7, 9, 8], 1),
}


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_of_encoders(name: str) -> None:
    pattern, depth = PATTERNS[name]
    shown = [STEP * one for one in pattern]
    ticks, order = placed(shown, depth)
    assert ticks == expected(shown, depth)
    assert order.depth == depth


@st.composite
def reorderings(draw: st.DrawFn, *, at_most: int = 5) -> tuple[list[int], int]:
    """Times of showing in the order of decoding, and how many pictures at most overtake another (H.264 section C.4)."""
    depth = draw(st.integers(0, at_most))
    count = draw(st.integers(1, 60))
    steps = draw(st.lists(st.integers(90, 9_000), min_size=count, max_size=count))
    waiting = [[one, 0] for one in accumulate(steps)]
    order = [waiting.pop(0)[0]]  # nothing can overtake the first key frame
    deepest = 0
    while waiting:
        free = next((at for at, (_, overtaken) in enumerate(waiting) if overtaken == depth), len(waiting) - 1)
        chosen = draw(st.integers(0, min(free, depth + 1)))
        for one in waiting[:chosen]:
            one[1] += 1
            deepest = max(deepest, one[1])
        order.append(waiting.pop(chosen)[0])
    return order, deepest


@given(reorderings())
def test_exact_where_the_depth_is_known(made: tuple[list[int], int]) -> None:
    shown, depth = made
    ticks, order = placed(shown, depth)
    assert ticks == expected(shown, depth)
    assert order.depth == depth
    assert all(one < another for one, another in pairwise(ticks))
    assert all(decoded <= seen for decoded, seen in zip(ticks, shown, strict=True))


@given(reorderings(), st.integers(0, 3))
def test_a_depth_that_is_too_large_only_waits_longer(made: tuple[list[int], int], more: int) -> None:
    shown, depth = made
    ticks, _ = placed(shown, depth + more)
    assert ticks == expected(shown, depth + more)


@given(reorderings(at_most=4), st.integers(0, 3))
def test_parameter_sets_that_lie_are_found_out(made: tuple[list[int], int], told: int) -> None:
    """Whatever they say: times grow, no deeper than the stream is, and after a while nothing is decoded too late."""
    shown, depth = made
    group = max(shown) - shown[0] + STEP
    many = [one + again * group for again in range(8) for one in shown]
    ticks, order = placed(many, told)
    assert all(one < another for one, another in pairwise(ticks))
    assert told <= order.depth <= max(told, depth)
    last = slice(-len(shown), None)
    assert all(decoded <= seen for decoded, seen in zip(ticks[last], many[last], strict=True))


@given(
    before=reorderings(),
    cut=st.integers(0, 60),
    behind=reorderings(),
    until_key=st.integers(90, 40_000),
)
def test_another_sequence_begins_evenly(
    before: tuple[list[int], int], cut: int, behind: tuple[list[int], int], until_key: int
) -> None:
    """Pictures of a group that was cut off are waited for no more: nothing behind it is decoded a tick apart."""
    old, new = before[0][: max(1, cut)], behind[0]
    ticks, order = placed(old, before[1])
    deepest = max(before[1], behind[1])
    key = ticks[-1] + until_key + 90 * (deepest + 1)
    shown = [one - new[0] + key for one in new]
    ticks += [order.renew(shown[0], behind[1]), *(order.place(one, behind[1]) for one in shown[1:])]
    assert all(another - one >= 90 for one, another in pairwise(ticks))
    assert ticks[len(old) + deepest :] == sorted(shown)[: max(0, len(shown) - deepest)]
    assert all(decoded <= seen for decoded, seen in zip(ticks[len(old) :], shown, strict=True))


def test_a_group_that_ended_well_is_followed_as_ever() -> None:
    """Then a renewal is none, whatever leads the new key frame."""
    pattern, depth = PATTERNS["pyramid of three"]
    shown = [STEP * one for one in pattern]
    leading = [STEP * (one + 13) for one in (3, 1, 0, 2, 7, 5, 4, 6)]
    ticks, order = placed(shown, depth)
    ticks += [order.renew(leading[0], depth), *(order.place(one, depth) for one in leading[1:])]
    assert ticks == expected([*shown, *leading], depth)


@pytest.mark.parametrize("leap_s", [-3600, -3, 11, 3600])
def test_a_sequence_of_another_clock_begins_at_its_own_time(leap_s: int) -> None:
    _, order = placed([0, STEP, 2 * STEP])
    assert order.renew(2 * STEP + leap_s * TICKS_PER_SECOND) == 2 * STEP + leap_s * TICKS_PER_SECOND


def test_a_depth_told_in_mid_stream_costs_no_jump() -> None:
    order = DecodingOrder()
    before = [order.place(number * STEP) for number in range(10)]
    shown = [STEP * (10 + one) for one in PATTERNS["pyramid of three"][0]]
    behind = [order.place(one, 2) for one in shown]
    ticks = before + behind
    assert all(0 < another - one <= STEP for one, another in pairwise(ticks))
    assert behind[4:] == sorted(shown)[2:-2]


STEPS = st.one_of(
    st.sampled_from([STEP, 3003, 1800, 0, 1, -STEP, 2 * STEP, -3 * STEP]),
    st.integers(-2 * TICKS_PER_SECOND, 10 * TICKS_PER_SECOND),
)


@given(st.lists(STEPS, max_size=200), st.lists(st.integers(0, 40), min_size=1, max_size=5))
@settings(max_examples=200)
@example([0] * 100, [0])
@example([-1] * 100, [0])
def test_times_grow_whatever_comes(steps: list[int], depths: list[int]) -> None:
    """A clock set back by seconds is followed after 33 pictures; nothing else makes a time go back."""
    order, shown = DecodingOrder(), list(accumulate(steps, initial=10**9))
    ticks = [order.place(one, depths[at % len(depths)]) for at, one in enumerate(shown)]
    back = [at for at, (one, another) in enumerate(pairwise(ticks)) if another <= one]
    assert all(later - earlier > 2 * MAX_DEPTH for earlier, later in pairwise(back))
    assert not back or back[0] >= 2 * MAX_DEPTH
    assert order.depth <= MAX_DEPTH
    assert len(order._waiting) <= MAX_DEPTH + 1


@given(st.lists(st.integers(-(2**40), 2**40), max_size=80), st.integers(0, 1000))
def test_any_clock_is_followed(shown: list[int], depth: int) -> None:
    """A leap starts anew: a picture is never decoded further from its own time than steps and patience can take it."""
    ticks, order = placed(shown, depth)
    for decoded, seen in zip(ticks, shown, strict=True):
        assert -(2 * MAX_DEPTH + 2) * 2 * TICKS_PER_SECOND <= seen - decoded <= (MAX_DEPTH + 1) * 10 * TICKS_PER_SECOND
    assert len(order._waiting) <= MAX_DEPTH + 1


@pytest.mark.parametrize("leap_s", [-3600, -3, 11, 3600, 26_000])
@pytest.mark.parametrize("depth", [0, 2])
def test_a_clock_that_is_set_anew(leap_s: int, depth: int) -> None:
    pattern = [STEP * one for one in PATTERNS["pyramid of three" if depth else "none"][0]]
    leapt = [one + pattern[-1] + leap_s * TICKS_PER_SECOND for one in pattern]
    ticks, order = placed(pattern + leapt, depth)
    assert ticks[: len(pattern)] == expected(pattern, depth)
    assert ticks[len(pattern) :] == expected(leapt, depth)
    assert order.depth == depth


def test_a_small_step_back_is_caught_up_with() -> None:
    """Half a second back, as an NTP client of a camera does it: twelve pictures close together, none lost."""
    shown = [number * STEP for number in range(50)] + [37 * STEP + number * STEP for number in range(50)]
    ticks, _ = placed(shown)
    assert all(one < another for one, another in pairwise(ticks))
    assert ticks[-30:] == [one - STEP for one in shown[-30:]]


def test_two_fields_with_one_time_are_two_pictures() -> None:
    ticks, order = placed([number // 2 * 2 * STEP for number in range(60)])
    assert all(one < another for one, another in pairwise(ticks))
    assert order.depth == 1
