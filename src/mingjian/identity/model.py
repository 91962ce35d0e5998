"""People and their sessions as everybody else sees them: never a password, never a token that was stored."""

from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal
from uuid import UUID

from mingjian.kernel.ids import PersonId

Language = Literal["zh-CN", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh-CN", "en")
DEFAULT_LANGUAGE: Final[Language] = "zh-CN"


class Role(Enum):
    """What a person is here; one role a person. Codes are stored and never change meaning."""

    SYSTEM_ADMINISTRATOR = "system_administrator", "系统管理员", "system administrator"
    SECURITY_ADMINISTRATOR = "security_administrator", "安全管理员", "security administrator"
    AUDITOR = "auditor", "审计员", "auditor"
    DUTY_OPERATOR = "duty_operator", "值班员", "duty operator"
    SECURITY_MANAGER = "security_manager", "安保负责人", "security manager"
    POLICE_SUPERVISOR = "police_supervisor", "公安监管", "police supervisor"
    REQUESTING_OFFICER = "requesting_officer", "调取人", "requesting officer"
    MAINTENANCE = "maintenance", "运维人员", "maintenance"

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code: Final = code
        self.zh: Final = zh
        self.en: Final = en


ROLE_BY_CODE: Final = {role.code: role for role in Role}

# 三员分立: who runs the system, who grants access to it and who reads its log are three people.
SEPARATE_ROLES: Final = (Role.SYSTEM_ADMINISTRATOR, Role.SECURITY_ADMINISTRATOR, Role.AUDITOR)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. `login_name` is lower case; times are wall microseconds."""

    id: PersonId
    login_name: str
    display_name: str
    role: Role
    language: Language
    created_us: int
    disabled_us: int | None = None


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is to get an account."""

    login_name: str
    display_name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request comes from (an address as text) and when it is handled (wall microseconds)."""

    address: str
    now_us: int


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser. `key` is the SHA-256 of its cookie; the cookie itself is nowhere."""

    key: bytes
    person: Person
    created_us: int
    seen_us: int
    expires_us: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just begun: the only moment at which its cookie value exists here."""

    cookie: str = field(repr=False)
    session: Session


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody just invited: the only moment at which the token exists here."""

    person: Person
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class SetUpDone:
    """The first person, signed in, and the invitations of the others."""

    opened: Opened
    invited: tuple[Invited, ...]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a sign-in is checked against; stays inside this package."""

    person_id: UUID
    password_hash: str | None = field(repr=False)
    disabled: bool


@dataclass(frozen=True, slots=True)
class Brake:
    """Failed guesses at one name or from one address, and when the last one was."""

    failures: int
    last_us: int
