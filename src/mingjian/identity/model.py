"""People and their sessions as everybody else sees them: never a password, never a token that was stored."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final, Literal
from uuid import UUID

from mingjian.kernel.errors import Text
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
    SERVICE = "service", "服务账号", "service account"
    """A program, not a person: no password, no cookie, tokens only."""

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
    number: str | None = None
    narrowed: frozenset[str] | None = None

    # `number` is the one by which the organisation knows the person (工号、警号). `narrowed` names the permissions of
    # the token that a program showed; None for people, who have all of their role.


@dataclass(frozen=True, slots=True)
class Account:
    """A person with how the account can be used; without a password the invitation was not taken up yet."""

    person: Person
    has_password: bool
    second_factor: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of accounts is narrowed to: `words` in the names or the number, people or programs."""

    words: str = ""
    role: Role | None = None
    enabled: bool | None = None
    programs: bool = False


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody who is to get an account."""

    login_name: str
    display_name: str
    role: Role
    number: str | None = None
    language: Language = DEFAULT_LANGUAGE


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a request comes from and when it is handled (wall microseconds).

    `address` as text, `agent` as the client calls itself, `device` the value of its lasting cookie, None without one.
    """

    address: str
    now_us: int
    agent: str = ""
    device: str | None = field(default=None, repr=False)


class SessionKind(Enum):
    """What a session hangs on."""

    BROWSER = "browser"
    DUTY = "duty"  # at an enrolled duty place: lasts for days, locks when nobody acts
    PROGRAM = "program"  # a token; never stored as a session


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser, or the token of a program. `key` is the SHA-256 of the secret, which is nowhere.

    `agent_key` and `device_key` are digests of what the session is bound to, None where it is not. `asserted_us` is
    when the person last proved to be there, at `asserted_address`; `active_us` when a duty place last saw a hand.
    """

    key: bytes
    person: Person
    created_us: int
    seen_us: int
    expires_us: int
    kind: SessionKind = SessionKind.BROWSER
    address: str = ""
    agent: str = ""
    agent_key: bytes | None = None
    device_key: bytes | None = None
    asserted_us: int = 0
    asserted_address: str = ""
    active_us: int = 0

    @property
    def id(self) -> str:
        """A name for lists and addresses, by which nobody can sign in."""
        return hashlib.sha256(b"session\0" + self.key).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Opened:
    """A session just begun: the only moment at which its cookie value exists here.

    `device` is the value of the lasting cookie for a browser that came without a known one.
    """

    cookie: str = field(repr=False)
    session: Session
    device: str | None = field(default=None, repr=False)


class NoticeKind(Enum):
    """Something that a person is told when they next come, with its sentence."""

    NEW_DEVICE = (
        "new_device",
        Text(
            "您的账号在新设备上登录（{address}，{agent}）。若非本人操作，请修改密码并退出该登录。",
            "Your account was signed in on a new device ({address}, {agent}). If it was not you, change the password"
            " and end that sign-in.",
        ),
    )
    SESSION_ELSEWHERE = (
        "session_elsewhere",
        Text(
            "您的登录凭证在另一台设备上被使用（{address}，{agent}），该登录已终止。",
            "Your sign-in was used on another device ({address}, {agent}) and was ended.",
        ),
    )
    FACTOR_RESET = "factor_reset", Text("{by} 重置了您的第二因素。", "{by} removed your second factor.")
    SIGN_INS_ENDED = "sign_ins_ended", Text("{by} 终止了您的登录。", "{by} ended your sign-ins.")
    ROLE_CHANGED = "role_changed", Text("{by} 将您的角色改为{role_zh}。", "{by} made you {role_en}.")
    RENEWED = "renewed", Text("{by} 为您生成了新的设置密码链接。", "{by} made a new link to set your password.")
    RECOVERED = (
        "recovered",
        Text(
            "有人在服务器上执行了 mingjian recover，为 {person}（{role_zh}）生成了登录链接。请核实是否经过批准。",
            "Somebody ran mingjian recover on the server, which made a link for {person} ({role_en}). Find out whether"
            " that was agreed.",
        ),
    )
    ADMINISTRATION_PROPOSED = (
        "administration_proposed",
        Text("{by} 提议：{what_zh}。需要您确认。", "{by} proposes: {what_en}. It needs your confirmation."),
    )
    ADMINISTRATION_CHANGED = "administration_changed", Text("{by} 确认：{what_zh}。", "{by} confirmed: {what_en}.")

    def __init__(self, code: str, sentence: Text) -> None:
        self.code: Final = code
        self.sentence: Final = sentence


NOTICE_BY_CODE: Final = {kind.code: kind for kind in NoticeKind}


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice to one person."""

    id: UUID
    kind: NoticeKind
    at_us: int
    detail: Mapping[str, str]

    @property
    def text(self) -> Text:
        return self.kind.sentence.format(**self.detail)


@dataclass(frozen=True, slots=True)
class Factor:
    """A second factor; the secret is sealed. `confirmed_us` None: not in force yet. `step`: the last one used."""

    person_id: PersonId
    sealed: bytes = field(repr=False)
    enrolled_us: int
    confirmed_us: int | None
    step: int


class ChangeKind(Enum):
    """What the other two may do to an administrator's seat."""

    REPLACE = "replace"
    RENEW = "renew"


@dataclass(frozen=True, slots=True)
class Change:
    """A proposed change of an administrator. `person` takes the seat (REPLACE) or gets a new link (RENEW)."""

    id: UUID
    kind: ChangeKind
    role: Role
    person_id: PersonId
    proposed_by: PersonId
    created_us: int
    expires_us: int
    decided_us: int | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True)
class DutyPlace:
    """A browser at which the operator on shift stays signed in. `enrolled_us` None: its link was not opened yet."""

    id: UUID
    name: str
    created_us: int
    enrolled_us: int | None
    ended_us: int | None
    device_key: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Token:
    """A program's token as it is listed; the secret was shown once."""

    id: UUID
    key: bytes = field(repr=False)
    person_id: PersonId
    name: str
    permissions: frozenset[str]
    created_us: int
    expires_us: int
    used_us: int | None
    used_address: str
    revoked_us: int | None


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
    has_factor: bool = False
    pin_hash: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Brake:
    """Failed guesses at one name or from one address, and when the last one was."""

    failures: int
    last_us: int
