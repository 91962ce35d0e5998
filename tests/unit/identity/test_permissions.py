"""The table of permissions against a copy written by hand: every role, every permission, both answers."""

from dataclasses import replace
from itertools import product
from typing import Final
from uuid import UUID

import pytest

from mingjian.identity.model import Person, Role
from mingjian.identity.permissions import Permission, may, permissions_of, require
from mingjian.kernel.errors import Fault, MingjianError
from mingjian.kernel.ids import PersonId

ALLOWED: Final = {
    "system_administrator": {
        "channel.read", "channel.manage", "recording.read", "people.read", "health.read", "storage.read", "session.own",
    },
    "security_administrator": {"people.read", "people.manage", "health.read", "storage.read", "session.own"},
    "auditor": {
        "channel.read", "recording.read", "people.read", "audit.read", "health.read", "storage.read", "hold.read",
        "session.own",
    },
    "duty_operator": {
        "channel.read", "live.view", "playback.view", "recording.read", "hold.read", "hold.place", "snapshot.take",
        "session.own",
    },
    "security_manager": {
        "channel.read", "channel.manage", "live.view", "playback.view", "recording.read", "health.read", "storage.read",
        "recording.manage", "retention.manage", "hold.read", "hold.place", "hold.lift", "clock.confirm", "clip.make",
        "snapshot.take",
        "check.run", "session.own",
    },
    "police_supervisor": {
        "channel.read", "live.view", "playback.view", "recording.read", "hold.read", "hold.place", "hold.lift",
        "clip.make", "snapshot.take", "session.own",
    },
    "requesting_officer": {"session.own"},
    "maintenance": {
        "channel.read", "channel.manage", "live.view", "recording.read", "health.read", "storage.read",
        "recording.manage", "clock.confirm", "check.run", "session.own",
    },
}  # fmt: skip


def person(role: Role) -> Person:
    return Person(PersonId(UUID(int=1)), "somebody", "某人", role, "zh-CN", 0)


def test_the_copy_knows_every_role() -> None:
    assert set(ALLOWED) == {role.code for role in Role}


@pytest.mark.parametrize(("role", "permission"), list(product(Role, Permission)))
def test_every_role_and_permission(role: Role, permission: Permission) -> None:
    somebody = person(role)
    if permission.value in ALLOWED[role.code]:
        assert may(somebody, permission)
        require(somebody, permission)
        return
    assert not may(somebody, permission)
    with pytest.raises(MingjianError) as refused:
        require(somebody, permission)
    assert refused.value.code == "identity.not_permitted"
    assert refused.value.problem.fault is Fault.FORBIDDEN
    assert role.zh in refused.value.what.zh


@pytest.mark.parametrize("role", Role)
def test_a_disabled_person_may_nothing(role: Role) -> None:
    assert permissions_of(replace(person(role), disabled_us=1)) == ()


@pytest.mark.parametrize("role", Role)
def test_the_list_is_the_table(role: Role) -> None:
    assert {permission.value for permission in permissions_of(person(role))} == ALLOWED[role.code]


def test_who_places_a_hold_on_duty_cannot_lift_one() -> None:
    assert not may(person(Role.DUTY_OPERATOR), Permission.HOLD_LIFT)
    assert [role for role in Role if may(person(role), Permission.RETENTION_MANAGE)] == [Role.SECURITY_MANAGER]


def test_administrator_security_officer_and_auditor_share_no_power_to_change_or_to_judge() -> None:
    for permission in (Permission.CHANNEL_MANAGE, Permission.PEOPLE_MANAGE, Permission.AUDIT_READ):
        holders = [
            role
            for role in (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)
            if may(person(role), permission)
        ]
        assert len(holders) == 1
