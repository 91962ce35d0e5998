"""Who may turn a camera now: decided from the lock that is there and the person who asks. Pure."""

from enum import Enum
from typing import Final
from uuid import UUID

from mingjian.identity.model import Role
from mingjian.turning.model import Lock

HOLD_US: Final = 30_000_000
"""A lock that nobody uses for so long is free."""

LEAST_REASON: Final = 2

_RANKS: Final = {
    Role.MAINTENANCE: 1,
    Role.DUTY_OPERATOR: 2,
    Role.SECURITY_MANAGER: 3,
    Role.POLICE_SUPERVISOR: 4,
}


class Answer(Enum):
    FREE = "free"
    OWN = "own"  # at another desk, or in another window, of the same person
    TAKES_OVER = "takes_over"
    NEEDS_REASON = "needs_reason"
    HELD = "held"


def outranks(role: Role, other: Role) -> bool:
    return _RANKS.get(role, 0) > _RANKS.get(other, 0)


def asked(lock: Lock | None, person_id: UUID, role: Role, reason: str, now_us: int) -> Answer:
    """What somebody hears who wants to turn a camera."""
    if lock is None or not lock.holds(now_us):
        return Answer.FREE
    if lock.person_id == person_id:
        return Answer.OWN
    if not outranks(role, lock.role):
        return Answer.HELD
    return Answer.TAKES_OVER if len(reason.strip()) >= LEAST_REASON else Answer.NEEDS_REASON
