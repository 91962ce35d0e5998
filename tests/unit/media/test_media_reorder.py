"""Datagrams in the order of their numbers: what is waited for, what is given up, what is not believed."""

import random
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.media.formats.reorder import MAX_WAITING, Reorder


def packet(number: int, tag: int = 0) -> bytes:
    return struct.pack(">BBHII", 0x80, 96, number & 0xFFFF, tag, 7) + b"x"


def numbers(packets: list[bytes]) -> list[int]:
    return [one[2] << 8 | one[3] for one in packets]


def turned(*turns: list[int], into: Reorder | None = None) -> list[list[int]]:
    into = into or Reorder()
    return [numbers(into.turn([packet(one) for one in turn])) for turn in turns]


TURNS: dict[str, tuple[list[list[int]], list[list[int]], int]] = {
    "in order": ([[1, 2, 3], [4]], [[1, 2, 3], [4]], 0),
    "two changed": ([[1, 3, 2, 4]], [[1, 2, 3, 4]], 0),
    "the first changed": ([[2, 3, 1, 4]], [[1, 2, 3, 4]], 0),
    "the first changed, and wraps": ([[1, 0, 65535, 2]], [[65535, 0, 1, 2]], 0),
    "far from the first": ([[1000, 10, 1001]], [[1000, 1001]], 1),
    "twice": ([[1, 2, 2, 3], [3, 4]], [[1, 2, 3], [4]], 2),
    "twice while waiting": ([[1, 3, 3, 2]], [[1, 2, 3]], 1),
    "missing, comes in the next turn": ([[1, 3], [2, 4]], [[1], [2, 3, 4]], 0),
    "missing, never comes": ([[1, 3], [4], [5]], [[1], [3, 4], [5]], 0),
    "missing, comes too late": ([[1, 3], [4], [2, 5]], [[1], [3, 4], [5]], 1),
    "two too late": ([[1, 4], [5], [2, 3, 6], [7]], [[1], [4, 5], [6], [7]], 2),
    "many too late": ([[1, 50], [51], [*range(2, 50), 52], [53]], [[1], [50, 51], [52], [53]], 48),
    "two holes": ([[1, 3, 5], [6], [7]], [[1], [3, 5, 6], [7]], 0),
    "a hole in each turn": ([[1, 3], [5], [7], [8]], [[1], [3], [5], [7, 8]], 0),
    "wraps": ([[65534, 0, 65535, 1]], [[65534, 65535, 0, 1]], 0),
    "wraps with a hole": ([[65534, 1], [2]], [[65534], [1, 2]], 0),
    "silence": ([[1], [], [], [2]], [[1], [], [], [2]], 0),
    "silence behind a hole": ([[1, 3], [], [4]], [[1], [3], [4]], 0),
}


@pytest.mark.parametrize("name", TURNS)
def test_turns(name: str) -> None:
    turns, ready, late = TURNS[name]
    reorder = Reorder()
    assert turned(*turns, into=reorder) == ready
    assert reorder.late_packets == late


@given(st.integers(0, 65535), st.integers(1, 800), st.integers(1, MAX_WAITING - 1), st.randoms(use_true_random=False))
def test_any_mixing_within_the_window_comes_out_in_order(
    first: int, count: int, reach: int, chance: random.Random
) -> None:
    """As a network does it: each packet is late by less than `reach` others; all of it within one turn."""
    mixed = sorted(range(count), key=lambda number: number + chance.uniform(0, reach))
    reorder = Reorder()
    ready = numbers(reorder.turn([packet(first + number) for number in mixed]))
    assert ready == [first + number & 0xFFFF for number in range(count)]
    assert reorder.late_packets == 0


@given(
    st.lists(st.sampled_from(["in order", "lost", "twice", "swapped", "late"]), min_size=20, max_size=400),
    st.integers(1, 40),
    st.integers(0, 65535),
)
def test_a_bad_network_costs_what_it_loses(fates: list[str], per_turn: int, first: int) -> None:
    """What arrives within the turn after its own is there, once and in order; what is lost is the only hole."""
    sent: list[list[int]] = []
    late: list[int] = []
    lost = set()
    for at in range(0, len(fates), per_turn):
        turn, following = late, list[int]()
        late = []
        for number in range(at, min(at + per_turn, len(fates))):
            fate = fates[number] if number else "in order"
            if fate == "lost":
                lost.add(number)
            elif fate == "late":
                late.append(number)
            elif fate == "swapped" and following:
                following.insert(-1, number)
            else:
                following += [number] * (2 if fate == "twice" else 1)
        sent.append(turn + following)
    sent += [late, [], []]
    reorder = Reorder()
    ready = [one for turn in sent for one in numbers(reorder.turn([packet(first + number) for number in turn]))]
    given_ = [one - first & 0xFFFF for one in ready]
    assert given_ == sorted(set(given_))
    assert not set(given_) & lost
    arrived = {number for turn in sent for number in turn}
    assert len(arrived - set(given_)) <= reorder.late_packets


@given(st.lists(st.lists(st.integers(0, 65535) | st.integers(0, 300), max_size=400), max_size=12))
def test_any_numbers_stay_in_bounds(turns: list[list[int]]) -> None:
    reorder, given_ = Reorder(), 0
    for turn in turns:
        given_ += len(reorder.turn([packet(one) for one in turn]))
        assert len(reorder._waiting) <= MAX_WAITING
    assert given_ + reorder.late_packets + len(reorder._waiting) == sum(map(len, turns))


@given(st.lists(st.binary(max_size=20), max_size=50))
def test_any_datagrams(packets: list[bytes]) -> None:
    ready = Reorder().turn(packets)
    assert all(len(one) >= 12 for one in ready)
    assert len(ready) <= len(packets)


def test_what_is_missing_is_not_waited_for_beyond_the_room() -> None:
    reorder = Reorder()
    (ready,) = turned([0, *range(2, 2 + MAX_WAITING + 1)], into=reorder)
    assert ready == [0, *range(2, 2 + MAX_WAITING + 1)]


@pytest.mark.parametrize("start", [30_000, 60_000])
def test_who_counts_anew_is_followed_from_the_second_packet(start: int) -> None:
    """RFC 3550 section A.1: one odd number is an accident, two in a row are another count."""
    reorder = Reorder()
    assert turned([10, 11, 13], into=reorder) == [[10, 11]]
    assert turned([start, start + 1, start + 2], into=reorder) == [[13, start + 1, start + 2]]
    assert turned([start + 3], into=reorder) == [[start + 3]]


def test_one_stray_number_costs_itself() -> None:
    assert turned([10, 40_000, 11, 12], [50_000], [13, 14]) == [[10, 11, 12], [], [13, 14]]


@pytest.mark.parametrize("start", [0, 30_000, 65_500])
def test_what_comes_late_in_a_row_is_no_new_count(start: int) -> None:
    """A path that stood still for a while gives what it held in one burst, in order: it must not turn time back."""
    reorder = Reorder()
    turned([start], [*range(start + 200, start + 300)], [start + 300], into=reorder)
    late = [*range(start + 1, start + 200)]
    assert turned([*late, start + 301], [start + 302], into=reorder) == [[start + 301 & 0xFFFF], [start + 302 & 0xFFFF]]
    assert reorder.late_packets == 199
