"""The table of permissions against a page kept by hand: every role, every permission, every kind of scope."""

import tomllib
from dataclasses import replace
from functools import cache
from itertools import product
from pathlib import Path
from timeit import repeat
from typing import Any, Final
from uuid import UUID, uuid5

import pytest

from mingjian.identity.model import Person, Role
from mingjian.identity.permissions import (
    COLUMNS,
    SCOPED,
    TABLE,
    Authority,
    Part,
    Permission,
    may,
    permissions_of,
    require,
)
from mingjian.identity.scopes import ANYWHERE, KIND_BY_CODE, NOWHERE, Reach, Scope, ScopeKind, Target, reach_of
from mingjian.kernel.errors import Fault, MingjianError
from mingjian.kernel.ids import PersonId

EXPECTED: Final = tomllib.loads((Path(__file__).parents[2] / "vectors" / "permissions" / "expected.toml").read_text())
ALLOWED: Final[dict[str, set[str]]] = {role: set(names) for role, names in EXPECTED["roles"].items()}
WHOLE: Final = set(EXPECTED["whole"])


def person(role: Role) -> Person:
    return Person(PersonId(UUID(int=1)), "somebody", "某人", role, "zh-CN", 0)


@cache
def named(kind: str, name: str) -> UUID:
    return uuid5(UUID(int=0), f"{kind} {name}")


def target(name: str) -> Target:
    given: dict[str, Any] = EXPECTED["targets"][name]
    return Target(
        given.get("region", ""),
        tuple(named("organisation", one) for one in given.get("within", ())),
        named("place", given["place"]) if "place" in given else None,
        named("channel", given["channel"]) if "channel" in given else None,
    )


def reach(name: str) -> Reach:
    given: dict[str, Any] = EXPECTED["grants"][name]
    if "kind" not in given:
        return NOWHERE
    kind = KIND_BY_CODE[given["kind"]]
    value = given.get("value", "")
    ids = kind in {ScopeKind.ORGANISATION, ScopeKind.PLACE, ScopeKind.CHANNEL}
    return reach_of([Scope(kind, str(named(kind.code, value)) if ids else value)])


TARGETS: Final = {name: target(name) for name in EXPECTED["targets"]}
REACHES: Final = {name: reach(name) for name in EXPECTED["grants"]}


def test_the_page_knows_every_role_and_every_permission() -> None:
    assert set(ALLOWED) == {role.code for role in Role} == {role.code for role in COLUMNS}
    known = {permission.value for permission in Permission}
    assert set().union(*ALLOWED.values()) == known
    assert known >= WHOLE


@pytest.mark.parametrize("role", Role)
def test_every_role_permission_and_scope(role: Role) -> None:
    """The whole product: what the page does not name is refused."""
    for permission, grant, where in product(Permission, REACHES, TARGETS):
        expected = permission.value in ALLOWED[role.code] and (
            permission.value in WHOLE or where in EXPECTED["grants"][grant]["covers"]
        )
        authority = Authority(person(role), (Part(role, REACHES[grant]),))
        assert authority.may(permission, TARGETS[where]) is expected, (permission, grant, where)
        if expected:
            assert authority.require(permission, TARGETS[where]).role is role
            continue
        with pytest.raises(MingjianError) as refused:
            authority.require(permission, TARGETS[where])
        by_role = permission.value not in ALLOWED[role.code]
        assert refused.value.code == ("identity.not_permitted" if by_role else "identity.out_of_scope")
        assert refused.value.problem.fault is Fault.FORBIDDEN


@pytest.mark.parametrize("role", Role)
def test_the_role_alone(role: Role) -> None:
    somebody = person(role)
    for permission in Permission:
        expected = permission.value in ALLOWED[role.code]
        assert may(somebody, permission) is expected
        if expected:
            require(somebody, permission)
            continue
        with pytest.raises(MingjianError) as refused:
            require(somebody, permission)
        assert refused.value.code == "identity.not_permitted"
        assert role.zh in refused.value.what.zh
    assert {permission.value for permission in permissions_of(somebody)} == ALLOWED[role.code]


@pytest.mark.parametrize("role", Role)
def test_a_disabled_person_may_nothing(role: Role) -> None:
    assert permissions_of(replace(person(role), disabled_us=1)) == ()


def test_whole_and_scoped_are_what_the_page_says() -> None:
    assert {permission.value for permission in Permission} - {one.value for one in SCOPED} == WHOLE


@pytest.mark.parametrize("permission", Permission)
def test_without_a_part_nothing_is_allowed(permission: Permission) -> None:
    nobody = Authority(person(Role.SECURITY_MANAGER), ())
    assert not nobody.may(permission)
    assert nobody.reach(permission) is NOWHERE
    assert not nobody.shows_basic_data(permission)


# Deputies


def absent(role: Role) -> Person:
    return replace(person(role), id=PersonId(UUID(int=2)), login_name="absent", display_name="缺席者")


DEPUTY: Final = Authority(
    person(Role.DUTY_OPERATOR),
    (
        Part(Role.DUTY_OPERATOR, REACHES["gate"]),
        Part(Role.MAINTENANCE, REACHES["another_county"], absent(Role.MAINTENANCE)),
    ),
)


@pytest.mark.parametrize(
    ("permission", "where", "stands_for"),
    [
        ("live.view", "gate", None),
        ("live.view", "bridge", "absent"),
        ("playback.view", "gate", None),
        ("hold.place", "gate", None),
        ("channel.manage", "bridge", "absent"),
        ("clock.confirm", "installation", "absent"),
        ("session.own", "installation", None),
    ],
)
def test_a_deputy_has_each_role_where_that_role_reaches(permission: str, where: str, stands_for: str | None) -> None:
    part = DEPUTY.require(Permission(permission), TARGETS[where])
    assert (part.stands_for.login_name if part.stands_for else None) == stands_for


@pytest.mark.parametrize(
    ("permission", "where"),
    [("playback.view", "bridge"), ("channel.manage", "gate"), ("live.view", "clinic"), ("hold.lift", "gate")],
)
def test_two_roles_do_not_mix(permission: str, where: str) -> None:
    """The role of one and the place of the other add up to nothing."""
    assert not DEPUTY.may(Permission(permission), TARGETS[where])


def test_one_act_is_done_by_one_part() -> None:
    assert not DEPUTY.may(Permission.LIVE_VIEW, TARGETS["gate"], TARGETS["bridge"])
    assert DEPUTY.reach(Permission.LIVE_VIEW) == REACHES["gate"] | REACHES["another_county"]
    assert DEPUTY.reach(Permission.PLAYBACK_VIEW) == REACHES["gate"]


def test_basic_data_is_shown_only_where_every_part_that_opens_the_door_may_see_it() -> None:
    assert not DEPUTY.shows_basic_data(Permission.CHANNEL_READ)  # the own part opens it too
    assert DEPUTY.shows_basic_data(Permission.CHANNEL_MANAGE)
    for role in Role:
        alone = Authority(person(role), (Part(role, ANYWHERE),))
        for permission in Permission:
            both = {permission.value, "basic_data.read"} <= ALLOWED[role.code]
            assert alone.shows_basic_data(permission) is both


def test_a_program_has_what_its_token_names_and_no_more() -> None:
    manager = Authority(person(Role.SECURITY_MANAGER), (Part(Role.SECURITY_MANAGER, ANYWHERE),))
    program = manager.narrowed([Permission.CHANNEL_READ, Permission.PEOPLE_MANAGE])
    assert program.permissions() == (Permission.CHANNEL_READ,)
    assert not program.shows_basic_data(Permission.CHANNEL_READ)
    assert program.narrowed(Permission).permissions() == (Permission.CHANNEL_READ,)


# The three administrators


def test_administrator_security_officer_and_auditor_share_no_power_to_change_or_to_judge() -> None:
    for permission in (Permission.CHANNEL_MANAGE, Permission.PEOPLE_MANAGE, Permission.AUDIT_READ):
        holders = [
            role
            for role in (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)
            if may(person(role), permission)
        ]
        assert len(holders) == 1


def test_who_places_a_hold_on_duty_cannot_lift_one() -> None:
    assert not may(person(Role.DUTY_OPERATOR), Permission.HOLD_LIFT)
    assert [role for role in Role if may(person(role), Permission.RETENTION_MANAGE)] == [Role.SECURITY_MANAGER]


def test_whoever_grants_sees_no_picture() -> None:
    granting = [role for role in Role if (role, Permission.GRANTS_MANAGE) in TABLE]
    assert granting == [Role.SECURITY_ADMINISTRATOR]
    pictures = {Permission.LIVE_VIEW, Permission.PLAYBACK_VIEW, Permission.CLIP_MAKE, Permission.SNAPSHOT_TAKE}
    assert not any((role, permission) in TABLE for role in granting for permission in pictures)


def test_a_check_through_the_door_takes_less_than_fifty_microseconds() -> None:
    """The bar of the issue: with 5,000 scopes of the own and of somebody else, and the answer no."""
    wide = reach_of(Scope(ScopeKind.CHANNEL, str(UUID(int=number))) for number in range(5_000))
    parts = (
        Part(Role.DUTY_OPERATOR, wide | REACHES["another_county"]),
        Part(Role.SECURITY_MANAGER, wide | REACHES["another_county"]),
    )
    authority, where, rounds = Authority(person(Role.DUTY_OPERATOR), parts), TARGETS["gate"], 1_000

    def checks() -> None:
        for _ in range(rounds):
            authority.may(Permission.LIVE_VIEW, where)

    assert not authority.may(Permission.LIVE_VIEW, where)
    assert min(repeat(checks, number=1, repeat=5)) / rounds < 50e-6
