"""Who may do what, and where: one table, read by one door. What is not in the table is refused."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from mingjian.identity.errors import NOT_PERMITTED, OUT_OF_SCOPE
from mingjian.identity.model import Person, Role
from mingjian.identity.scopes import NOWHERE, Reach, Target
from mingjian.kernel.errors import MingjianError


class Permission(Enum):
    """An act on a kind of object. Where it holds is said by the table's first column and a person's grants."""

    CHANNEL_READ = "channel.read"
    CHANNEL_MANAGE = "channel.manage"
    REGISTRY_MANAGE = "registry.manage"  # organisations, places, systems, tables of them
    REGISTRY_EXPORT = "registry.export"  # basic data that leaves the system
    LIVE_VIEW = "live.view"
    PTZ_CONTROL = "ptz.control"  # turn cameras that are watched live
    PTZ_PRESET = "ptz.preset"  # change where a camera can be sent to
    PLAYBACK_VIEW = "playback.view"
    RECORDING_READ = "recording.read"  # spans and gaps: no picture
    PEOPLE_READ = "people.read"
    PEOPLE_MANAGE = "people.manage"
    AUDIT_READ = "audit.read"
    HEALTH_READ = "health.read"
    STORAGE_READ = "storage.read"  # volumes, forecast
    ALERT_READ = "alert.read"
    ALERT_ACKNOWLEDGE = "alert.acknowledge"
    RECORDING_MANAGE = "recording.manage"  # plans, priorities, groups of volumes
    RETENTION_MANAGE = "retention.manage"
    HOLD_READ = "hold.read"
    HOLD_PLACE = "hold.place"
    HOLD_LIFT = "hold.lift"  # never one's own
    CLOCK_CONFIRM = "clock.confirm"
    CLIP_MAKE = "clip.make"  # copies that leave the system
    SNAPSHOT_TAKE = "snapshot.take"  # single pictures that leave the system
    CHECK_RUN = "check.run"  # reads all footage for its digests; shows none
    SESSION_OWN = "session.own"  # me, sign out, language, password, what the log says of me
    BASIC_DATA_READ = "basic_data.read"  # addresses, positions, device types, codes (TC 26, CQ 22)
    GRANTS_READ = "grants.read"  # who reaches what, and why
    GRANTS_MANAGE = "grants.manage"  # never one's own
    AUDIT_VERIFY = "audit.verify"
    AUDIT_EXPORT = "audit.export"
    ADMINISTRATION_CHANGE = "administration.change"  # of the other two's seats, and only two together
    LAW_READ = "law.read"  # what the installed texts say
    LAW_DECIDE = "law.decide"  # what a text leaves to people
    DUTY_READ = "duty.read"  # who was, is and will be on duty; log, hand-overs
    DUTY_SERVE = "duty.serve"  # be on duty: begin, log, hand over
    DUTY_PLAN = "duty.plan"  # posts, rosters, must-do lists, a shift that nobody ends
    SITE_MANAGE = "site.manage"  # whose, where, clock, certificate, network test


COLUMNS: Final = (
    Role.SYSTEM_ADMINISTRATOR,
    Role.SECURITY_ADMINISTRATOR,
    Role.AUDITOR,
    Role.DUTY_OPERATOR,
    Role.SECURITY_MANAGER,
    Role.POLICE_SUPERVISOR,
    Role.REQUESTING_OFFICER,
    Role.MAINTENANCE,
    Role.SERVICE,  # a program: at most this, and of it what its token names
)
# fmt: off
ROWS: Final = {
    #                              where  sysadm secadm audit  duty   secman police reques mainte servic
    Permission.CHANNEL_READ:      ("s",   "x",   "",    "x",   "x",   "x",   "x",   "",    "x",   "x"),
    Permission.CHANNEL_MANAGE:    ("s",   "x",   "",    "",    "",    "x",   "",    "",    "x",   "x"),
    Permission.REGISTRY_MANAGE:   ("s",   "x",   "",    "",    "",    "x",   "",    "",    "",    ""),
    Permission.REGISTRY_EXPORT:   ("s",   "x",   "",    "x",   "",    "x",   "x",   "",    "",    ""),
    Permission.LIVE_VIEW:         ("s",   "",    "",    "",    "x",   "x",   "x",   "",    "x",   "x"),
    Permission.PTZ_CONTROL:       ("s",   "",    "",    "",    "x",   "x",   "x",   "",    "x",   ""),
    Permission.PTZ_PRESET:        ("s",   "",    "",    "",    "",    "x",   "",    "",    "x",   ""),
    Permission.PLAYBACK_VIEW:     ("s",   "",    "",    "",    "x",   "x",   "x",   "",    "",    ""),
    Permission.RECORDING_READ:    ("s",   "x",   "",    "x",   "x",   "x",   "x",   "",    "x",   "x"),
    Permission.PEOPLE_READ:       ("w",   "x",   "x",   "x",   "",    "",    "",    "",    "",    ""),
    Permission.PEOPLE_MANAGE:     ("w",   "",    "x",   "",    "",    "",    "",    "",    "",    ""),
    Permission.AUDIT_READ:        ("w",   "",    "",    "x",   "",    "",    "",    "",    "",    ""),
    Permission.HEALTH_READ:       ("w",   "x",   "x",   "x",   "",    "x",   "",    "",    "x",   "x"),
    Permission.STORAGE_READ:      ("w",   "x",   "x",   "x",   "",    "x",   "",    "",    "x",   "x"),
    Permission.ALERT_READ:        ("s",   "x",   "x",   "x",   "x",   "x",   "x",   "",    "x",   "x"),
    Permission.ALERT_ACKNOWLEDGE: ("s",   "x",   "",    "",    "x",   "x",   "",    "",    "x",   ""),
    Permission.RECORDING_MANAGE:  ("s",   "",    "",    "",    "",    "x",   "",    "",    "x",   "x"),
    Permission.RETENTION_MANAGE:  ("s",   "",    "",    "",    "",    "x",   "",    "",    "",    ""),
    Permission.HOLD_READ:         ("s",   "",    "",    "x",   "x",   "x",   "x",   "",    "",    ""),
    Permission.HOLD_PLACE:        ("s",   "",    "",    "",    "x",   "x",   "x",   "",    "",    ""),
    Permission.HOLD_LIFT:         ("s",   "",    "",    "",    "",    "x",   "x",   "",    "",    ""),
    Permission.CLOCK_CONFIRM:     ("w",   "",    "",    "",    "",    "x",   "",    "",    "x",   ""),
    Permission.CLIP_MAKE:         ("s",   "",    "",    "",    "",    "x",   "x",   "",    "",    ""),
    Permission.SNAPSHOT_TAKE:     ("s",   "",    "",    "",    "x",   "x",   "x",   "",    "",    ""),
    Permission.CHECK_RUN:         ("w",   "",    "",    "",    "",    "x",   "",    "",    "x",   ""),
    Permission.SESSION_OWN:       ("w",   "x",   "x",   "x",   "x",   "x",   "x",   "x",   "x",   "x"),
    Permission.BASIC_DATA_READ:   ("s",   "x",   "",    "x",   "",    "x",   "x",   "",    "x",   "x"),
    Permission.GRANTS_READ:       ("w",   "",    "x",   "x",   "",    "",    "",    "",    "",    ""),
    Permission.GRANTS_MANAGE:     ("w",   "",    "x",   "",    "",    "",    "",    "",    "",    ""),
    Permission.AUDIT_VERIFY:      ("w",   "",    "",    "x",   "",    "",    "",    "",    "",    ""),
    Permission.AUDIT_EXPORT:      ("w",   "",    "",    "x",   "",    "",    "",    "",    "",    ""),
    Permission.ADMINISTRATION_CHANGE: ("w", "x", "x",   "x",   "",    "",    "",    "",    "",    ""),
    Permission.LAW_READ:          ("w",   "x",   "x",   "x",   "x",   "x",   "x",   "x",   "x",   "x"),
    Permission.LAW_DECIDE:        ("s",   "",    "",    "",    "",    "x",   "x",   "",    "",    ""),
    Permission.DUTY_READ:         ("s",   "",    "",    "x",   "x",   "x",   "x",   "",    "",    ""),
    Permission.DUTY_SERVE:        ("s",   "",    "",    "",    "x",   "x",   "",    "",    "",    ""),
    Permission.DUTY_PLAN:         ("s",   "",    "",    "",    "",    "x",   "",    "",    "",    ""),
    Permission.SITE_MANAGE:       ("w",   "x",   "",    "",    "",    "",    "",    "",    "",    ""),
}
# fmt: on
TABLE: Final = frozenset(
    (role, permission)
    for permission, (_where, *row) in ROWS.items()
    for role, mark in zip(COLUMNS, row, strict=True)
    if mark == "x"
)
SCOPED: Final = frozenset(permission for permission, (where, *_row) in ROWS.items() if where == "s")
"""What holds only where a grant says; the others are about the installation and hold with the role alone."""


@dataclass(frozen=True, slots=True)
class Part:
    """One role and where it reaches: the person's own, or that of somebody whom they stand in for."""

    role: Role
    reach: Reach
    stands_for: Person | None = None

    def allows(self, permission: Permission, target: Target | None = None) -> bool:
        """Whether the table lets this role do it there; without a target: whether at all."""
        if (self.role, permission) not in TABLE:
            return False
        return target is None or permission not in SCOPED or self.reach.covers(target)


@dataclass(frozen=True, slots=True)
class Authority:
    """All that a person may do at one moment: the own part first, then those of whom they stand in for.

    `only` narrows it further, for programs whose token names what it is for.
    """

    person: Person
    parts: tuple[Part, ...]
    only: frozenset[Permission] | None = None

    def part_for(self, permission: Permission, *targets: Target) -> Part | None:
        """The part by which this is allowed for all of these targets; the own one where both would do."""
        if self.only is not None and permission not in self.only:
            return None
        if not _named(self.person, permission):
            return None
        return next((part for part in self.parts if _allows_all(part, permission, targets)), None)

    def may(self, permission: Permission, *targets: Target) -> bool:
        """Whether it is allowed, for all of these targets by one part."""
        return self.part_for(permission, *targets) is not None

    def reach(self, permission: Permission) -> Reach:
        """Where it is allowed: what lists are filtered by."""
        found = NOWHERE
        for part in self.parts:
            if self.only is None or permission in self.only:
                found |= part.reach if part.allows(permission) else NOWHERE
        return found

    def permissions(self) -> tuple[Permission, ...]:
        """Everything that is allowed somewhere, in the table's order."""
        return tuple(permission for permission in Permission if self.may(permission))

    def shows_basic_data(self, permission: Permission) -> bool:
        """Whether an answer that `permission` opens may hold basic data: all parts that open it must allow that."""
        opening = [part for part in self.parts if part.allows(permission)]
        allowed = self.only is None or Permission.BASIC_DATA_READ in self.only
        return allowed and bool(opening) and all(part.allows(Permission.BASIC_DATA_READ) for part in opening)

    def narrowed(self, only: Iterable[Permission]) -> "Authority":
        """The same with nothing but these permissions."""
        kept = frozenset(only)
        return replace(self, only=kept if self.only is None else self.only & kept)

    def require(self, permission: Permission, *targets: Target) -> Part:
        """The one door. Raises MingjianError NOT_PERMITTED by role, or OUT_OF_SCOPE by place."""
        part = self.part_for(permission, *targets)
        if part is not None:
            return part
        raise _refusal(self, permission)


def _allows_all(part: Part, permission: Permission, targets: Sequence[Target]) -> bool:
    if not targets:
        return part.allows(permission)
    return all(part.allows(permission, target) for target in targets)


def _refusal(authority: Authority, permission: Permission) -> MingjianError:
    if authority.may(permission):
        return MingjianError(OUT_OF_SCOPE, permission=permission.value)
    role = authority.person.role
    return MingjianError(
        NOT_PERMITTED,
        permission=permission.value,
        role_zh=role.zh,
        role_en=role.en,
        who_zh=who_may(permission, "zh"),
        who_en=who_may(permission, "en"),
    )


def may(person: Person, permission: Permission) -> bool:
    """Whether the table lets this person's own role do it somewhere; never for somebody who was disabled."""
    return person.disabled_us is None and (person.role, permission) in TABLE and _named(person, permission)


def _named(person: Person, permission: Permission) -> bool:
    """Whether the token that a program showed names this permission; true for people."""
    return person.narrowed is None or permission.value in person.narrowed


def permissions_of(person: Person) -> tuple[Permission, ...]:
    """Everything that this person's own role may do somewhere, in the table's order."""
    return tuple(permission for permission in Permission if may(person, permission))


def require(person: Person, permission: Permission) -> None:
    """By role alone, for what has no place. Raises MingjianError NOT_PERMITTED unless the table says yes."""
    if not may(person, permission):
        raise _refusal(Authority(person, ()), permission)


def who_may(permission: Permission, language: str) -> str:
    """The roles that the table lets do it, in words."""
    names = [getattr(role, language) for role in COLUMNS if (role, permission) in TABLE]
    return ("、" if language == "zh" else ", ").join(names) or "—"
