"""Decisions without side effects: which names and passwords fit, who the first people must be, how long to wait."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network
from itertools import pairwise
from typing import Final

from mingjian.identity.common import is_common
from mingjian.identity.errors import (
    DISPLAY_NAME_UNFIT,
    LOGIN_NAME_UNFIT,
    NUMBER_UNFIT,
    PASSWORD_COMMON,
    PASSWORD_WEAK,
    PIN_UNFIT,
    ROLE_NOT_FOR_PEOPLE,
    ROLE_TWICE,
    SEAT_SAME_NAME,
    THREE_PEOPLE,
)
from mingjian.identity.model import SEPARATE_ROLES, Brake, Change, NewPerson, Person, Role, Session, SessionKind, Visit
from mingjian.identity.settings import IdentitySettings
from mingjian.identity.tokens import digest
from mingjian.kernel.errors import MingjianError

PASSWORD_MINIMUM: Final = 12
PASSWORD_MAXIMUM: Final = 256
DISPLAY_NAME_MAXIMUM: Final = 64
BRAKE_FORGETS_US: Final = 3_600_000_000
"""Failures older than this (and than twice the longest wait) no longer count."""

SEEN_EVERY_US: Final = 60_000_000
"""A session's last use is written at most once in this time: reading must not cost a write."""

_LOGIN_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}", re.ASCII)
_NUMBER: Final = re.compile(r"[0-9A-Z\u4e00-\u9fff][0-9A-Z\u4e00-\u9fff-]{0,31}")
_NUMBERS: Final = re.compile(r"[0-9][0-9._]*", re.ASCII)
_AGENT_SHOWN: Final = 200
# In this order: most browsers also name those that they are like.
_BROWSERS: Final = tuple(
    (name, re.compile(rf"\b{mark}/(\d+)", re.ASCII))
    for name, mark in (
        ("Edge", "Edg"),
        ("Opera", "OPR"),
        ("360", "QIHU 360SE"),
        ("Firefox", "Firefox"),
        ("Chrome", "(?:Headless)?Chrome"),
        ("Safari", r"Version/[\d.]+ (?:Mobile/\w+ )?Safari"),
    )
)
_SYSTEMS: Final = (
    ("Windows", "Windows NT"),
    ("Android", "Android"),
    ("iOS", "iPhone"),
    ("iPadOS", "iPad"),
    ("HarmonyOS", "HarmonyOS"),
    ("macOS", "Mac OS X"),
    ("Linux", "Linux"),
)
_PIN: Final = re.compile(r"[0-9]{6,12}", re.ASCII)
_HIDDEN_CATEGORIES: Final = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def login_name(given: str) -> str | None:
    """`given` as it is stored (lower case), or None when it cannot be a login name."""
    name = given.strip().lower()
    return name if _LOGIN_NAME.fullmatch(name) else None


def new_person(given: NewPerson) -> NewPerson:
    """`given` with its names as they are stored.

    Raises MingjianError LOGIN_NAME_UNFIT, DISPLAY_NAME_UNFIT, NUMBER_UNFIT or ROLE_NOT_FOR_PEOPLE.
    """
    if given.role is Role.SERVICE:
        raise MingjianError(ROLE_NOT_FOR_PEOPLE, role_zh=given.role.zh, role_en=given.role.en)
    login = login_name(given.login_name)
    if login is None:
        raise MingjianError(LOGIN_NAME_UNFIT)
    return replace(given, login_name=login, display_name=display_name(given.display_name), number=number(given.number))


def display_name(given: str) -> str:
    """`given` as it is stored. Raises MingjianError DISPLAY_NAME_UNFIT."""
    display = unicodedata.normalize("NFC", given).strip()
    hidden = any(unicodedata.category(character) in _HIDDEN_CATEGORIES for character in display)
    if hidden or not 1 <= len(display) <= DISPLAY_NAME_MAXIMUM:
        raise MingjianError(DISPLAY_NAME_UNFIT)
    return display


def first_people(given: Sequence[NewPerson]) -> tuple[NewPerson, ...]:
    """The people of the first set-up, one for each role, the three separate roles among them.

    Raises MingjianError ROLE_TWICE, THREE_PEOPLE, SEAT_SAME_NAME, or what `new_person` raises. Equal login names are
    left to the table's own constraint.
    """
    roles = [person.role for person in given]
    for role in roles:
        if roles.count(role) > 1:
            raise MingjianError(ROLE_TWICE, role_zh=role.zh, role_en=role.en)
    people = tuple(new_person(person) for person in given)
    first_seats(people)
    return people


def first_seats(people: Sequence[NewPerson]) -> None:
    """Raise MingjianError THREE_PEOPLE, ROLE_TWICE or SEAT_SAME_NAME unless each of the three seats has one holder."""
    roles = [person.role for person in people if person.role in SEPARATE_ROLES]
    missing = [role for role in SEPARATE_ROLES if role not in roles]
    if missing:
        raise MingjianError(THREE_PEOPLE, missing_zh=_names(missing, "zh"), missing_en=_names(missing, "en"))
    for role in roles:
        if roles.count(role) > 1:
            raise MingjianError(ROLE_TWICE, role_zh=role.zh, role_en=role.en)
    require_different_names([person.display_name for person in people if person.role in SEPARATE_ROLES])


def _names(roles: Sequence[Role], language: str) -> str:
    return ("、" if language == "zh" else ", ").join(getattr(role, language) for role in roles)


def check_password(password: str, login: str) -> None:
    """Refuse what is too short, too long, contains the login name, or is among the first that anybody would try.

    Raises MingjianError PASSWORD_WEAK or PASSWORD_COMMON.
    """
    fits = PASSWORD_MINIMUM <= len(password) <= PASSWORD_MAXIMUM
    folded = unicodedata.normalize("NFKC", password).lower()
    if not fits or login in folded:
        raise MingjianError(PASSWORD_WEAK, minimum=PASSWORD_MINIMUM, maximum=PASSWORD_MAXIMUM)
    if is_common(folded):
        raise MingjianError(PASSWORD_COMMON)


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
    in_use = session.kind is SessionKind.PROGRAM or idle_us < settings.session_idle_minutes * 60_000_000
    return in_use and now_us < session.expires_us and session.person.disabled_us is None


def seen_is_due(session: Session, now_us: int) -> bool:
    """Whether the last use should be written again."""
    return now_us - session.seen_us >= SEEN_EVERY_US


# Where a session may be used


def named_agent(agent: str) -> str:
    """What a person reads of a browser, such as `Chrome 156 (Linux)`; other clients as they call themselves, cut."""
    browser = next((f"{name} {found[1]}" for name, pattern in _BROWSERS if (found := pattern.search(agent))), None)
    system = next((name for name, mark in _SYSTEMS if mark in agent), None)
    if browser is not None:
        return f"{browser} ({system})" if system else browser
    return "".join(letter if letter.isprintable() else " " for letter in agent[:_AGENT_SHOWN])


def agent_key(agent: str) -> bytes:
    """The digest of what a client calls itself, without numbers: an update of the browser is not another browser."""
    return hashlib.sha256(_NUMBERS.sub("", agent).encode("utf-8", "surrogatepass")).digest()


def network(address: str) -> str:
    """The coarse network of an address: /16 of IPv4, /48 of IPv6; other texts stand for themselves."""
    return _network(address, 16, 48)


def guessing_address(address: str) -> str:
    """Whose guesses are counted together: an IPv4 address, or the /64 of IPv6 that one machine can choose from."""
    return _network(address, 32, 64)


def _network(address: str, bits4: int, bits6: int) -> str:
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    plain = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(ip_network((plain, bits4 if plain.version == 4 else bits6), strict=False))


def is_elsewhere(session: Session, visit: Visit) -> bool:
    """Whether the secret of `session` came from another browser, device or network than the session began on."""
    if session.agent_key is not None and session.agent_key != agent_key(visit.agent):
        return True
    if session.device_key is not None and session.device_key != (digest(visit.device) if visit.device else None):
        return True
    return bool(session.address) and _other_network(session.address, visit.address)


def _other_network(one: str, other: str) -> bool:
    """Whether two addresses are of different networks. A machine has addresses of both versions of IP, and its browser
    changes between them as it likes: these say nothing about each other.
    """
    here, there = network(one), network(other)
    return here != there and (":" in here) == (":" in there)


def is_fresh(session: Session, visit: Visit, settings: IdentitySettings) -> bool:
    """Whether the person proved to be there, at this very address, not longer ago than the settings allow.

    A program cannot prove that anybody is there.
    """
    age_us = visit.now_us - session.asserted_us
    recent = 0 <= age_us < settings.assertion_minutes * 60_000_000
    return session.kind is not SessionKind.PROGRAM and recent and session.asserted_address == visit.address


def is_locked(session: Session, now_us: int, settings: IdentitySettings) -> bool:
    """Whether a duty place has waited for a hand too long."""
    waited_us = now_us - session.active_us
    return session.kind is SessionKind.DUTY and waited_us >= settings.duty_lock_minutes * 60_000_000


# The three administrators


def require_different_names(names: Sequence[str]) -> None:
    """Raise MingjianError SEAT_SAME_NAME when two of the three administrators have one name."""
    for name in names:
        if names.count(name) > 1:
            raise MingjianError(SEAT_SAME_NAME, name=name)


def number(given: str | None) -> str | None:
    """`given` as it is stored, None for none. Raises MingjianError NUMBER_UNFIT."""
    text = unicodedata.normalize("NFKC", given or "").strip().upper()
    if not text:
        return None
    if not _NUMBER.fullmatch(text):
        raise MingjianError(NUMBER_UNFIT)
    return text


def may_decide(change: Change, person: Person) -> bool:
    """Whether `person` is the one of the other two who has not proposed this change."""
    return person.role in SEPARATE_ROLES and person.role is not change.role and person.id != change.proposed_by


# Duty places


def check_pin(pin: str) -> None:
    """Raise MingjianError PIN_UNFIT unless `pin` is 6 to 12 digits, not all the same and not in a row."""
    fits = _PIN.fullmatch(pin) is not None and len(set(pin)) > 2
    steps = {(ord(after) - ord(before)) % 10 for before, after in pairwise(pin)}
    if not fits or steps in ({1}, {9}):
        raise MingjianError(PIN_UNFIT)
