"""Who may do what: one table, read by one door. What is not in the table is refused."""

from enum import Enum
from typing import Final

from mingjian.identity.errors import NOT_PERMITTED
from mingjian.identity.model import Person, Role
from mingjian.kernel.errors import MingjianError


class Permission(Enum):
    """An act on a kind of object. Scope (territory, unit, place, channel) comes with the registry of units."""

    CHANNEL_READ = "channel.read"
    CHANNEL_MANAGE = "channel.manage"
    LIVE_VIEW = "live.view"
    PLAYBACK_VIEW = "playback.view"
    RECORDING_READ = "recording.read"  # spans and gaps: no picture
    PEOPLE_READ = "people.read"
    PEOPLE_MANAGE = "people.manage"
    AUDIT_READ = "audit.read"
    HEALTH_READ = "health.read"
    STORAGE_READ = "storage.read"  # volumes, forecast, alerts
    RECORDING_MANAGE = "recording.manage"  # plans, priorities, groups of volumes
    RETENTION_MANAGE = "retention.manage"
    HOLD_READ = "hold.read"
    HOLD_PLACE = "hold.place"
    HOLD_LIFT = "hold.lift"  # never one's own
    CLOCK_CONFIRM = "clock.confirm"
    CLIP_MAKE = "clip.make"  # copies that leave the system
    SNAPSHOT_TAKE = "snapshot.take"  # single pictures that leave the system
    CHECK_RUN = "check.run"  # reads all footage for its digests; shows none
    SESSION_OWN = "session.own"  # me, sign out, language, password


_COLUMNS: Final = (
    Role.SYSTEM_ADMINISTRATOR,
    Role.SECURITY_ADMINISTRATOR,
    Role.AUDITOR,
    Role.DUTY_OPERATOR,
    Role.SECURITY_MANAGER,
    Role.POLICE_SUPERVISOR,
    Role.REQUESTING_OFFICER,
    Role.MAINTENANCE,
)
# fmt: off
_ROWS: Final = {
    #                            sysadm secadm audit  duty   secman police reques mainte
    Permission.CHANNEL_READ:   ("x",   "",    "x",   "x",   "x",   "x",   "",    "x"),
    Permission.CHANNEL_MANAGE: ("x",   "",    "",    "",    "x",   "",    "",    "x"),
    Permission.LIVE_VIEW:      ("",    "",    "",    "x",   "x",   "x",   "",    "x"),
    Permission.PLAYBACK_VIEW:  ("",    "",    "",    "x",   "x",   "x",   "",    ""),
    Permission.RECORDING_READ: ("x",   "",    "x",   "x",   "x",   "x",   "",    "x"),
    Permission.PEOPLE_READ:    ("x",   "x",   "x",   "",    "",    "",    "",    ""),
    Permission.PEOPLE_MANAGE:  ("",    "x",   "",    "",    "",    "",    "",    ""),
    Permission.AUDIT_READ:     ("",    "",    "x",   "",    "",    "",    "",    ""),
    Permission.HEALTH_READ:    ("x",   "x",   "x",   "",    "x",   "",    "",    "x"),
    Permission.STORAGE_READ:   ("x",   "x",   "x",   "",    "x",   "",    "",    "x"),
    Permission.RECORDING_MANAGE: ("",  "",    "",    "",    "x",   "",    "",    "x"),
    Permission.RETENTION_MANAGE: ("",  "",    "",    "",    "x",   "",    "",    ""),
    Permission.HOLD_READ:      ("",    "",    "x",   "x",   "x",   "x",   "",    ""),
    Permission.HOLD_PLACE:     ("",    "",    "",    "x",   "x",   "x",   "",    ""),
    Permission.HOLD_LIFT:      ("",    "",    "",    "",    "x",   "x",   "",    ""),
    Permission.CLOCK_CONFIRM:  ("",    "",    "",    "",    "x",   "",    "",    "x"),
    Permission.CLIP_MAKE:      ("",    "",    "",    "",    "x",   "x",   "",    ""),
    Permission.SNAPSHOT_TAKE:  ("",    "",    "",    "x",   "x",   "x",   "",    ""),
    Permission.CHECK_RUN:      ("",    "",    "",    "",    "x",   "",    "",    "x"),
    Permission.SESSION_OWN:    ("x",   "x",   "x",   "x",   "x",   "x",   "x",   "x"),
}
# fmt: on
TABLE: Final = frozenset(
    (role, permission)
    for permission, row in _ROWS.items()
    for role, mark in zip(_COLUMNS, row, strict=True)
    if mark == "x"
)


def may(person: Person, permission: Permission) -> bool:
    """Whether the table lets this person do it; never for somebody who was disabled."""
    return person.disabled_us is None and (person.role, permission) in TABLE


def permissions_of(person: Person) -> tuple[Permission, ...]:
    """Everything that this person may do, in the table's order."""
    return tuple(permission for permission in Permission if may(person, permission))


def require(person: Person, permission: Permission) -> None:
    """The one door. Raises MingjianError NOT_PERMITTED unless the table says yes."""
    if not may(person, permission):
        raise MingjianError(
            NOT_PERMITTED,
            permission=permission.value,
            role_zh=person.role.zh,
            role_en=person.role.en,
            who_zh=_who_may(permission, "zh"),
            who_en=_who_may(permission, "en"),
        )


def _who_may(permission: Permission, language: str) -> str:
    names = [getattr(role, language) for role in _COLUMNS if (role, permission) in TABLE]
    return ("、" if language == "zh" else ", ").join(names) or "—"
