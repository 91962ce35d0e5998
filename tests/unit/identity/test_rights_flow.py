"""Deputies and explanations: every pair of roles, everybody's state, and the answer beside the door's."""

from dataclasses import replace
from itertools import product
from typing import Final
from uuid import UUID

import pytest

from mingjian.identity.model import SEPARATE_ROLES, Person, Role
from mingjian.identity.permissions import Permission
from mingjian.identity.rights import flow
from mingjian.identity.rights.explain import Case, explain, in_words
from mingjian.identity.rights.model import Deputy, GivenGrant
from mingjian.identity.scopes import EVERYWHERE, Grant, Hours, Scope, ScopeKind, Target
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId

NOW: Final = 1_800_000_000_000_000  # Friday 2027-01-15 16:00 in Shanghai
HOUR: Final = 3_600_000_000
COUNTY: Final = Scope(ScopeKind.TERRITORY, "530581")
HERE: Final = Target("530581")


def person(role: Role, number: int = 1) -> Person:
    return Person(PersonId(UUID(int=number)), f"p{number}", f"人{number}", role, "zh-CN", 0)


def given(whose: Person, scope: Scope = EVERYWHERE, **more: object) -> GivenGrant:
    grant = replace(Grant(whose.id, scope, NOW - HOUR), **more)  # type: ignore[arg-type]
    return GivenGrant(UUID(int=100 + whose.id.int), grant, "", NOW, None, "王芳")


def standing_in(absent: Person, stand_in: Person, until_us: int = NOW + HOUR) -> Deputy:
    return Deputy(UUID(int=200), absent.id, stand_in.id, NOW - HOUR, until_us, "", NOW, None, "王芳")


@pytest.mark.parametrize(("absent", "stand_in"), list(product(Role, Role)))
def test_the_three_administrators_stay_three(absent: Role, stand_in: Role) -> None:
    separate = absent in SEPARATE_ROLES or stand_in in SEPARATE_ROLES
    programs = Role.SERVICE in {absent, stand_in}
    fits = not programs and (absent is stand_in if separate else True)
    one, other = person(absent, 1), person(stand_in, 2)
    assert flow.may_stand_in(one, other) is fits
    # And once more at each request, should a role be changed while somebody stands in.
    authority = flow.authority(other, [given(one), given(other)], [(standing_in(one, other), one)], NOW)
    assert [part.stands_for for part in authority.parts] == [None, *([one] if fits else [])]


@pytest.mark.parametrize(
    ("absent", "deputy_until"),
    [(person(Role.SECURITY_MANAGER), NOW), (replace(person(Role.SECURITY_MANAGER), disabled_us=1), NOW + HOUR)],
)
def test_a_deputy_ends_with_the_time_and_with_the_account(absent: Person, deputy_until: int) -> None:
    stand_in = person(Role.DUTY_OPERATOR, 2)
    deputy = standing_in(absent, stand_in, deputy_until)
    assert len(flow.authority(stand_in, [given(absent)], [(deputy, absent)], NOW).parts) == 1


def test_a_program_has_what_its_token_names() -> None:
    program = replace(person(Role.SERVICE), narrowed=frozenset({"channel.read", "people.manage", "no.such"}))
    authority = flow.authority(program, [given(program)], [], NOW)
    assert authority.permissions() == (Permission.CHANNEL_READ,)
    assert authority.reach(Permission.LIVE_VIEW).nowhere


def test_nobody_grants_to_themselves_and_no_grant_is_over_before_it_begins() -> None:
    who = person(Role.SECURITY_ADMINISTRATOR)
    for grant, code in (
        (Grant(who.id, EVERYWHERE, NOW), "identity.own_grant"),
        (Grant(PersonId(UUID(int=9)), EVERYWHERE, NOW, NOW), "identity.grant_unfit"),
        (Grant(PersonId(UUID(int=9)), EVERYWHERE, NOW - 2, NOW - 1), "identity.grant_unfit"),
        (Grant(PersonId(UUID(int=9)), EVERYWHERE, NOW, None, (Hours(0, 0, 1),) * 71), "identity.grant_unfit"),
    ):
        with pytest.raises(MingjianError) as refused:
            flow.check_grant(grant, who.id, NOW)
        assert refused.value.code == code


MANAGER: Final = person(Role.SECURITY_MANAGER)
WORKER: Final = person(Role.MAINTENANCE, 2)
CASES: Final = {
    "by role": (WORKER, Permission.PLAYBACK_VIEW, HERE, [given(WORKER)], [], False, ["account", "role", "verdict"]),
    "no grant": (WORKER, Permission.LIVE_VIEW, HERE, [], [], False, ["account", "role", "scope", "verdict"]),
    "elsewhere": (
        WORKER, Permission.LIVE_VIEW, Target("500103"), [given(WORKER, COUNTY)], [], False,
        ["account", "role", "scope", "verdict"],
    ),
    "here": (
        WORKER, Permission.LIVE_VIEW, HERE, [given(WORKER, COUNTY)], [], True, ["account", "role", "grant", "verdict"],
    ),
    "not now": (
        WORKER, Permission.LIVE_VIEW, HERE, [given(WORKER, COUNTY, hours=(Hours(0, 0, 60),))], [], False,
        ["account", "role", "grant", "verdict"],
    ),
    "no scope needed": (WORKER, Permission.HEALTH_READ, None, [], [], True, ["account", "role", "scope", "verdict"]),
    "disabled": (replace(WORKER, disabled_us=1), Permission.HEALTH_READ, None, [], [], False, ["account", "verdict"]),
    "deputy": (
        WORKER, Permission.PLAYBACK_VIEW, HERE, [given(MANAGER, COUNTY)], [(standing_in(MANAGER, WORKER), MANAGER)],
        True, ["account", "role", "deputy", "role", "grant", "verdict"],
    ),
    "deputy over": (
        WORKER, Permission.PLAYBACK_VIEW, HERE, [given(MANAGER, COUNTY)],
        [(standing_in(MANAGER, WORKER, NOW), MANAGER)], False, ["account", "role", "deputy", "verdict"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_why_says_what_the_door_says(name: str) -> None:
    who, permission, target, grants, absent, allowed, kinds = CASES[name]
    found = explain(Case(who, permission, target, NOW, lambda _scope: ""), grants, absent)
    assert found.allowed is allowed
    assert [step.kind for step in found.steps] == kinds
    assert found.steps[-1].holds is allowed
    assert all(step.text.zh and step.text.en for step in found.steps)


def test_hours_in_words() -> None:
    week = tuple(Hours(day, 480, 1080) for day in range(5))
    assert in_words(week).zh == "每周一、二、三、四、五 08:00–18:00"
    assert in_words((*week, Hours(5, 0, 1440))).en == "Mon Tue Wed Thu Fri 08:00–18:00; Sat 00:00–24:00"
    assert in_words(()).zh == "任何时段"
