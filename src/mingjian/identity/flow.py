"""Decisions without side effects: which names and passwords fit, who the first people must be, how long to wait."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from typing import Final

from mingjian.identity.errors import (
    DISPLAY_NAME_UNFIT,
    LOGIN_NAME_UNFIT,
    PASSWORD_WEAK,
    ROLE_TWICE,
    THREE_PEOPLE,
)
from mingjian.identity.model import SEPARATE_ROLES, Brake, NewPerson, Role, Session
from mingjian.identity.settings import IdentitySettings
from mingjian.kernel.errors import MingjianError

PASSWORD_MINIMUM: Final = 12
PASSWORD_MAXIMUM: Final = 256
DISPLAY_NAME_MAXIMUM: Final = 64
BRAKE_FORGETS_US: Final = 3_600_000_000
"""Failures older than this (and than twice the longest wait) no longer count."""

SEEN_EVERY_US: Final = 60_000_000
"""A session's last use is written at most once in this time: reading must not cost a write."""

_LOGIN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}", re.ASCII)
_HIDDEN_CATEGORIES: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def login_name(given: str) -> str | None:
    """`given` as it is stored (lower case), or None when it cannot be a login name."""
    name = given.strip().lower()
    return name if _LOGIN_NAME.fullmatch(name) else None


def new_person(given: NewPerson) -> NewPerson:
    """`given` with its names as they are stored.

    Raises MingjianError LOGIN_NAME_UNFIT or DISPLAY_NAME_UNFIT.
    """
    login = login_name(given.login_name)
    if login is None:
        raise MingjianError(LOGIN_NAME_UNFIT)
    display = unicodedata.normalize("NFC", given.display_name).strip()
    hidden = any(unicodedata.category(character) in _HIDDEN_CATEGORIES for character in display)
    if hidden or not 1 <= len(display) <= DISPLAY_NAME_MAXIMUM:
        raise MingjianError(DISPLAY_NAME_UNFIT)
    return NewPerson(login, display, given.role)


def first_people(given: Sequence[NewPerson]) -> tuple[NewPerson, ...]:
    """The people of the first set-up, one for each role, the three separate roles among them.

    Raises MingjianError ROLE_TWICE, THREE_PEOPLE, or what `new_person` raises. Equal login names are left to the
    table's own constraint.
    """
    roles = [person.role for person in given]
    for role in roles:
        if roles.count(role) > 1:
            raise MingjianError(ROLE_TWICE, role_zh=role.zh, role_en=role.en)
    missing = [role for role in SEPARATE_ROLES if role not in roles]
    if missing:
        raise MingjianError(THREE_PEOPLE, missing_zh=_names(missing, "zh"), missing_en=_names(missing, "en"))
    return tuple(new_person(person) for person in given)


def _names(roles: Sequence[Role], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(getattr(role, language) for role in roles)


def check_password(password: str, login: str) -> None:
    """Raise MingjianError PASSWORD_WEAK unless `password` is long enough and does not contain the login name."""
    fits = PASSWORD_MINIMUM <= len(password) <= PASSWORD_MAXIMUM
    if not fits or login in unicodedata.normalize("NFKC", password).lower():
        raise MingjianError(PASSWORD_WEAK, minimum=PASSWORD_MINIMUM, maximum=PASSWORD_MAXIMUM)


def brake_key(kind: str, value: str) -> bytes:
    """Under which guesses at a name or from an address are counted.

    A digest: what people type as a login name is sometimes their password, and the table must not keep it.
    """
    return hashlib.sha256(f"{kind}\0{value}".encode("utf-8", "surrogatepass")).digest()


def wait_us(brake: Brake, now_us: int, settings: IdentitySettings) -> int:
    """How long the next guess must still wait: 1 s after the first failure beyond the free ones, then doubling."""
    beyond = _remembered(brake, now_us, settings) - settings.free_attempts - 1
    if beyond < 0:
        return 0
    delay_us = min((1 << min(beyond, 32)) * 1_000_000, longest_wait_us(settings))
    # A clock set back must not lock anybody out for longer than the delay itself.
    return max(0, min(brake.last_us + delay_us - now_us, delay_us))


def count_failure(brake: Brake, now_us: int, settings: IdentitySettings) -> Brake:
    """The brake after one more guess."""
    return Brake(_remembered(brake, now_us, settings) + 1, now_us)


def longest_wait_us(settings: IdentitySettings) -> int:
    return int(settings.longest_wait_minutes * 60_000_000)


def forgets_us(settings: IdentitySettings) -> int:
    """After how long without a failure a brake is let go."""
    return max(BRAKE_FORGETS_US, 2 * longest_wait_us(settings))


def _remembered(brake: Brake, now_us: int, settings: IdentitySettings) -> int:
    return 0 if now_us - brake.last_us > forgets_us(settings) else brake.failures


def alive(session: Session, now_us: int, settings: IdentitySettings) -> bool:
    """Whether the session may still be used: not past its end, not idle too long, its person not disabled."""
    idle_us = now_us - session.seen_us
    in_use = idle_us < settings.session_idle_minutes * 60_000_000
    return in_use and now_us < session.expires_us and session.person.disabled_us is None


def seen_is_due(session: Session, now_us: int) -> bool:
    """Whether the last use should be written again."""
    return now_us - session.seen_us >= SEEN_EVERY_US
