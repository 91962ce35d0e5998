"""Which member records what: even by cost, with few moves, decided the same by everybody, and by nobody twice."""

from collections.abc import Mapping
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mingjian.kernel.ids import ChannelId
from mingjian.media.members.costs import Costs
from mingjian.media.members.model import Assignment, Member, Place
from mingjian.media.members.plan import Standing, plan
from mingjian.media.members.spread import LEAST, TOLERANCE, spread

HERE = Place("host", "/run")


def channel(number: int) -> ChannelId:
    return ChannelId(UUID(int=number))


def channels(count: int) -> list[ChannelId]:
    return [channel(number) for number in range(count)]


COSTS = st.dictionaries(st.integers(0, 60).map(channel), st.none() | st.floats(0, 1e7), max_size=40)
MEMBERS = st.sets(st.integers(1, 6), min_size=1)


def weights(costs: Mapping[ChannelId, float | None]) -> dict[ChannelId, float]:
    known = sorted(one for one in costs.values() if one is not None)
    average = (sum(known) / len(known) if known else 0) or 1
    return {one: 1000 if cost is None else max(LEAST, round(cost / average * 1000)) for one, cost in costs.items()}


def loads(
    costs: Mapping[ChannelId, float | None], found: Mapping[ChannelId, int], living: set[int]
) -> dict[int, float]:
    weight = weights(costs)
    return {member: sum(weight[one] for one, has in found.items() if has == member) for member in living}


def moved(before: Mapping[ChannelId, int], after: Mapping[ChannelId, int], living: set[int]) -> int:
    """How often a channel was taken from a member that lives."""
    return sum(before.get(one) in living and before[one] != member for one, member in after.items())


@given(COSTS, st.dictionaries(st.integers(0, 60).map(channel), st.integers(1, 6)), MEMBERS, st.sets(st.integers(1, 6)))
def test_everybody_is_somebodys_and_nothing_is_better_in_one_move(
    costs: dict[ChannelId, float | None], before: dict[ChannelId, int], living: set[int], settled: set[int]
) -> None:
    found = spread(costs, before, living, settled)
    assert found.keys() == costs.keys()
    assert set(found.values()) <= living
    # Who has not settled in keeps what it has and gets nothing from those that live.
    for one, member in found.items():
        if before.get(one) in living and before[one] != member:
            assert member in settled
    weight, load = weights(costs), loads(costs, found, living)
    takers = living & settled
    if not takers:
        return
    most, least = max(load.values()), min(load[one] for one in takers)
    if most - least > TOLERANCE * sum(load.values()) / len(load):
        fullest = [one for one, member in found.items() if load[member] == most]
        assert all(weight[one] >= (most - least) * 0.999 for one in fullest)


@given(COSTS, st.dictionaries(st.integers(0, 60).map(channel), st.integers(1, 6)), MEMBERS)
def test_who_is_asked_again_says_the_same(
    costs: dict[ChannelId, float | None], before: dict[ChannelId, int], living: set[int]
) -> None:
    found = spread(costs, before, living, living)
    assert spread(dict(reversed(costs.items())), before, living, living) == found
    assert spread(costs, found, living, living) == found


@given(st.integers(1, 60), st.integers(2, 6), st.data())
def test_a_death_moves_what_the_dead_had_and_nothing_else(count: int, members: int, data: st.DataObject) -> None:
    """Of channels that cost the same: the others have room for one more each before anybody has too much."""
    living = set(range(1, members + 1))
    costs: dict[ChannelId, float | None] = dict.fromkeys(channels(count), 500_000.0)
    before = spread(costs, {}, living, living)
    dead = data.draw(st.sampled_from(sorted(living)))
    rest = living - {dead}
    after = spread(costs, before, rest, rest)
    assert moved(before, after, rest) == 0
    assert max(loads(costs, after, rest).values()) - min(loads(costs, after, rest).values()) <= 1000 * max(
        1, TOLERANCE * count / len(rest)
    )


@pytest.mark.parametrize(
    ("count", "members", "most"),
    [(20, 1, 10), (20, 2, 7), (200, 1, 100), (200, 3, 50), (1, 1, 0), (2, 1, 1), (0, 1, 0)],
)
def test_a_newcomer_gets_its_share_and_no_more(count: int, members: int, most: int) -> None:
    living = set(range(1, members + 1))
    costs: dict[ChannelId, float | None] = dict.fromkeys(channels(count))
    before = spread(costs, {}, living, living)
    unsettled = spread(costs, before, living | {9}, living)
    assert unsettled == before
    after = spread(costs, before, living | {9}, living | {9})
    assert moved(before, after, living) <= most
    share = [one for one, member in after.items() if member == 9]
    assert len(share) == moved(before, after, living)
    assert len(share) >= most * 0.75 - 1
    assert spread(costs, after, living | {9}, living | {9}) == after


def test_cost_counts_not_number() -> None:
    costs: dict[ChannelId, float | None] = {channel(0): 9e6, **{channel(n): 1e6 for n in range(1, 10)}}
    found = spread(costs, {}, {1, 2}, {1, 2})
    assert sorted(list(found.values()).count(member) for member in (1, 2)) == [1, 9]


def test_a_little_unevenness_moves_nothing() -> None:
    before = {channel(n): 1 + n % 2 for n in range(20)}
    costs: dict[ChannelId, float | None] = {one: 1e6 if member == 1 else 1.2e6 for one, member in before.items()}
    assert spread(costs, before, {1, 2}, {1, 2}) == before


def test_without_members_all_stays() -> None:
    assert spread(dict.fromkeys(channels(2)), {channel(0): 3}, set(), set()) == {channel(0): 3}


# What one member does next


def member(number: int, fence: int) -> Member:
    return Member(fence, number, HERE, 0)


def standing(living: list[Member], *rows: tuple[int, int, int | None]) -> Standing:
    """Rows: channel, member, fence."""
    found = {channel(one): Assignment(channel(one), whose, fence, 1, None) for one, whose, fence in rows}
    return Standing(found, living, {one.number for one in living})


ONE, TWO = member(1, 11), member(2, 12)


def test_only_the_first_of_the_living_decides() -> None:
    new = standing([ONE, TWO])
    assert plan(ONE, new, channels(2)).assign == {channel(0): 1, channel(1): 2}
    assert plan(TWO, new, channels(2)).assign == {}
    alone = standing([TWO], (0, 1, 7), (1, 2, 12))
    assert plan(TWO, alone, channels(2)).assign == {channel(0): 2}
    assert plan(TWO, alone, channels(2)).claim == {channel(0): 7}


def test_one_that_sees_no_volume_gets_nothing() -> None:
    blind = Member(12, 2, HERE, 0, able=False)
    both = standing([ONE, blind], (0, 2, 12), (1, 1, 11))
    assert plan(ONE, both, channels(3)).assign == {channel(0): 1, channel(2): 1}
    nobody_sees = standing([Member(11, 1, HERE, 0, able=False), blind], (0, 2, 12), (1, 1, 11))
    assert plan(ONE, nobody_sees, channels(2)).assign == {}


def test_what_a_living_one_holds_is_let_go_first() -> None:
    handed = standing([ONE, TWO], (0, 1, 11), (1, 2, 11))
    assert plan(ONE, handed, channels(2)).let_go == [channel(1)]
    assert plan(TWO, handed, channels(2)).claim == {}
    free = standing([ONE, TWO], (0, 1, 11), (1, 2, None))
    assert plan(TWO, free, channels(2)).claim == {channel(1): None}
    assert plan(ONE, free, channels(2)).claim == {}


def test_a_new_life_takes_up_what_the_last_one_had() -> None:
    again = standing([member(1, 21), TWO], (0, 1, 11), (1, 2, 12))
    found = plan(member(1, 21), again, channels(2))
    assert (found.assign, found.claim, found.let_go) == ({}, {channel(0): 11}, [])


def test_what_is_no_channel_any_more_is_forgotten_once_nobody_holds_it() -> None:
    rest = standing([ONE, TWO], (0, 1, 11), (1, 2, 12), (2, 2, None), (3, 2, 5))
    assert sorted(plan(ONE, rest, channels(1)).forget) == [channel(2), channel(3)]


@given(st.data())
def test_any_order_of_looks_ends_with_one_holder_each(data: st.DataObject) -> None:
    """Members look in any order, die and come back: nobody ever holds what another living one holds."""
    ids = channels(data.draw(st.integers(0, 6)))
    living = {1: member(1, 1), 2: member(2, 2), 3: member(3, 3)}
    fence = 3
    rows: dict[ChannelId, Assignment] = {}
    for step in range(data.draw(st.integers(1, 25))):
        number = data.draw(st.integers(1, 3), label=f"step {step}")
        if number not in living or (len(living) > 1 and data.draw(st.integers(0, 5)) == 0):
            fence += 1
            _ = living.pop(number, None) or living.setdefault(number, member(number, fence))
            continue
        _act(living[number], list(living.values()), rows, ids)
    for _ in range(4):
        for one in list(living.values()):
            _act(one, list(living.values()), rows, ids)
    fences = {one.fence for one in living.values()}
    assert all(rows[one].fence in fences for one in ids)
    assert len(living) == 1 or len(ids) < 2 or len({rows[one].member for one in ids}) > 1


def _act(me: Member, living: list[Member], rows: dict[ChannelId, Assignment], ids: list[ChannelId]) -> None:
    found = plan(me, Standing(rows, living, {one.number for one in living}), ids)
    for one, number in found.assign.items():
        known = rows.get(one, Assignment(one, number, None, 0, None))
        rows[one] = Assignment(one, number, known.fence, known.turn, None)
    alive = {one.fence for one in living}
    for one, before in found.claim.items():
        assert rows[one].fence == before
        assert before not in alive
        rows[one] = Assignment(one, rows[one].member, me.fence, rows[one].turn + 1, None)
    for one in found.let_go:
        assert rows[one].fence == me.fence
        rows[one] = Assignment(one, rows[one].member, None, rows[one].turn, None)


# What channels cost


def test_costs_are_measured_and_only_news_is_told() -> None:
    costs, one = Costs(10), channel(1)
    assert costs.measure({one: 0}, {one: None}, 0) == {}
    assert costs.measure({one: 4_000_000}, {one: None}, 5) == {}
    assert costs.measure({one: 5_000_000}, {one: None}, 10) == {one: 500_000}
    assert costs.measure({one: 11_000_000}, {one: 500_000}, 20) == {}
    assert costs.measure({one: 21_000_000}, {one: 500_000}, 30) == {one: 1_000_000}
    assert costs.measure({one: 21_000_000}, {one: 1_000_000}, 40) == {}  # away: it keeps what is known
    assert costs.measure({}, {}, 50) == {}
