"""Who may turn a camera now."""

from uuid import UUID

import pytest

from mingjian.identity.model import Role
from mingjian.kernel.ids import ChannelId
from mingjian.turning.flow import HOLD_US, Answer, asked, outranks
from mingjian.turning.model import Lock

ZHANG, LI = UUID(int=1), UUID(int=2)
NOW = 1_000_000_000
LOCK = Lock(UUID(int=9), ChannelId(UUID(int=8)), ZHANG, "张伟", Role.DUTY_OPERATOR, "", NOW, NOW + HOLD_US)


@pytest.mark.parametrize(
    ("person", "role", "reason", "after_us", "answer"),
    [
        (ZHANG, Role.DUTY_OPERATOR, "", 1, Answer.OWN),
        (LI, Role.DUTY_OPERATOR, "急用", 1, Answer.HELD),
        (LI, Role.MAINTENANCE, "急用", 1, Answer.HELD),
        (LI, Role.SECURITY_MANAGER, "", 1, Answer.NEEDS_REASON),
        (LI, Role.SECURITY_MANAGER, " 急 ", 1, Answer.NEEDS_REASON),
        (LI, Role.SECURITY_MANAGER, "追查事件", 1, Answer.TAKES_OVER),
        (LI, Role.POLICE_SUPERVISOR, "追查事件", 1, Answer.TAKES_OVER),
        (LI, Role.DUTY_OPERATOR, "", HOLD_US - 1, Answer.HELD),
        (LI, Role.DUTY_OPERATOR, "", HOLD_US, Answer.FREE),
    ],
)
def test_who_hears_what(person: UUID, role: Role, reason: str, after_us: int, answer: Answer) -> None:
    assert asked(LOCK, person, role, reason, NOW + after_us) is answer


def test_a_camera_in_nobodys_hand_is_free() -> None:
    assert asked(None, LI, Role.MAINTENANCE, "", NOW) is Answer.FREE


@pytest.mark.parametrize("role", list(Role))
def test_nobody_outranks_the_own_role(role: Role) -> None:
    assert not outranks(role, role)
    assert not (outranks(Role.SYSTEM_ADMINISTRATOR, role))
