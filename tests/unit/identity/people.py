"""What tests of people start from."""

from typing import Final

from mingjian.audit.service import audited, listing
from mingjian.identity import service, sign_in
from mingjian.identity.model import NewPerson, Role, SetUpDone, Visit
from mingjian.identity.passwords import Hasher
from mingjian.identity.sealing import Sealer
from mingjian.identity.settings import IdentitySettings
from mingjian.identity.sign_in import Desk
from mingjian.storage.engine import Database

S: Final = 1_000_000
NOW: Final = 1_800_000_000 * S
VISIT: Final = Visit("192.0.2.7", NOW)
SEALER: Final = Sealer(bytes(32))
PASSWORD: Final = "correct horse battery"
FIRST: Final = (
    NewPerson("admin", "李明", Role.SYSTEM_ADMINISTRATOR),
    NewPerson("security", "王芳", Role.SECURITY_ADMINISTRATOR),
    NewPerson("auditor", "陈静", Role.AUDITOR),
)


def cheap_desk(database: Database) -> Desk:
    """A desk whose hashes cost nothing."""
    return Desk(database, Hasher(memory_kib=8, passes=1, lanes=1), IdentitySettings(), SEALER)


def setup_token(desk: Desk, now_us: int = NOW) -> str:
    with audited(desk.database) as tx:
        token = service.issue_setup_token(tx, now_us, desk.settings)
    assert token is not None
    return token


def set_up(desk: Desk) -> SetUpDone:
    return sign_in.set_up(desk, setup_token(desk), FIRST, PASSWORD, VISIT)


def actions(database: Database) -> list[str]:
    """The codes in the log, oldest first."""
    with database.read() as tx:
        return [entry.action for entry in reversed(listing(tx, None, 200).items)]


def later(seconds: float, address: str = VISIT.address) -> Visit:
    return Visit(address, NOW + int(seconds * S))
