"""Use cases of people and sessions, each in the caller's transaction, each with its audit entry.

Whatever hashes a password is in `sign_in`: it takes longer than a write transaction may last.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError

from mingjian.audit.model import JSON, SYSTEM, Action, Actor, Entry
from mingjian.audit.service import record
from mingjian.identity import flow, store
from mingjian.identity.errors import (
    ALREADY_SET_UP,
    LOGIN_NAME_TAKEN,
    NOT_SIGNED_IN,
    SIGN_IN_REFUSED,
    TOKEN_INVALID,
    TOO_MANY_GUESSES,
)
from mingjian.identity.model import (
    DEFAULT_LANGUAGE,
    Brake,
    Credentials,
    Invited,
    Language,
    NewPerson,
    Opened,
    Person,
    Session,
    Visit,
)
from mingjian.identity.settings import IdentitySettings
from mingjian.identity.tokens import digest, new_token
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId, new_id
from mingjian.storage.engine import Transaction

_HOUR_US: Final = 3_600_000_000


def actor_of(person: Person, address: str) -> Actor:
    """`person` as the audit log names somebody."""
    return Actor("person", person.id, f"{person.display_name} ({person.login_name})", address)


# The first people


def is_initialized(tx: Transaction) -> bool:
    """Whether there is anybody at all."""
    return store.anybody(tx)


def issue_setup_token(tx: Transaction, now_us: int, settings: IdentitySettings) -> str | None:
    """A new token for the first set-up, which ends all earlier ones; None when there are people already."""
    if store.anybody(tx):
        return None
    store.drop_setup_tokens(tx)
    token = new_token()
    store.add_token(tx, digest(token), None, now_us, now_us + int(settings.setup_link_hours * _HOUR_US))
    record(tx, Entry(Action.SETUP_LINK_ISSUED, SYSTEM, "system", "", {}, now_us))
    return token


def require_setup_token(tx: Transaction, token: str, now_us: int) -> None:
    """Raise MingjianError ALREADY_SET_UP or TOKEN_INVALID unless `token` may set the system up now."""
    if store.anybody(tx):
        raise MingjianError(ALREADY_SET_UP)
    if not store.token_is_good(tx, digest(token), store.SETUP, now_us):
        raise MingjianError(TOKEN_INVALID)


def use_setup_token(tx: Transaction, token: str, now_us: int) -> None:
    """Use the token up. Raises MingjianError TOKEN_INVALID (also for the second of two callers) or ALREADY_SET_UP."""
    if not store.use_token(tx, digest(token), store.SETUP, now_us):
        raise MingjianError(TOKEN_INVALID)
    if store.anybody(tx):
        raise MingjianError(ALREADY_SET_UP)


def add_first_person(tx: Transaction, given: NewPerson, password_hash: str, visit: Visit) -> Person:
    """The person who sets the system up, with a password; recorded as their own act."""
    first = _new(given, visit.now_us)
    _add(tx, first, password_hash)
    actor = actor_of(first, visit.address)
    _record(tx, Action.SET_UP, actor, first, visit.now_us)
    _record_created(tx, first, actor, visit.now_us)
    return first


# People


def everybody(tx: Transaction) -> tuple[Person, ...]:
    """All people, in the order in which they were added, those added together by login name."""
    return store.people(tx)


def find_person(tx: Transaction, person_id: UUID) -> Person | None:
    """The person of this id, disabled or not."""
    return store.person(tx, person_id)


def add_person(tx: Transaction, given: NewPerson, by: Actor, now_us: int, settings: IdentitySettings) -> Invited:
    """A new person with an invitation to set the own password.

    Raises MingjianError LOGIN_NAME_UNFIT, DISPLAY_NAME_UNFIT or LOGIN_NAME_TAKEN.
    """
    person = _new(flow.new_person(given), now_us)
    _add(tx, person, None)
    _record_created(tx, person, by, now_us)
    return invite(tx, person, by, now_us, settings)


def invite(tx: Transaction, person: Person, by: Actor, now_us: int, settings: IdentitySettings) -> Invited:
    """An invitation for `person`; earlier ones end."""
    store.drop_invites_of(tx, person.id)
    token = new_token()
    store.add_token(tx, digest(token), person.id, now_us, now_us + int(settings.invite_hours * _HOUR_US))
    _record(tx, Action.PERSON_INVITED, by, person, now_us, **_described(person))
    return Invited(person, token)


def invited_person(tx: Transaction, token: str, now_us: int) -> Person:
    """Whom an invitation is for. Raises MingjianError TOKEN_INVALID."""
    person = store.token_owner(tx, digest(token), now_us)
    if person is None or person.disabled_us is not None:
        raise MingjianError(TOKEN_INVALID)
    return person


def redeem_invite(tx: Transaction, token: str, password_hash: str, visit: Visit) -> Person:
    """Use the invitation up and set the password. Raises MingjianError TOKEN_INVALID."""
    person = invited_person(tx, token, visit.now_us)
    if not store.use_token(tx, digest(token), store.INVITE, visit.now_us):
        raise MingjianError(TOKEN_INVALID)
    store.set_password_hash(tx, person.id, password_hash)
    store.drop_sessions_of(tx, person.id, but=None)
    _record(tx, Action.INVITE_REDEEMED, actor_of(person, visit.address), person, visit.now_us)
    return person


def set_language(tx: Transaction, person: Person, language: Language, by: Actor, now_us: int) -> Person:
    """`person` with another language for the console."""
    store.set_language(tx, person.id, language)
    _record(tx, Action.LANGUAGE_CHANGED, by, person, now_us, language=language)
    return replace(person, language=language)


# Sessions


def open_session(tx: Transaction, person: Person, visit: Visit, settings: IdentitySettings) -> Opened:
    """Sign `person` in: a new session, whose cookie value exists in the answer only."""
    now_us = visit.now_us
    store.drop_expired_sessions(tx, now_us)
    cookie = new_token()
    session = Session(digest(cookie), person, now_us, now_us, now_us + int(settings.session_hours * _HOUR_US))
    store.add_session(tx, session)
    _record(tx, Action.SIGNED_IN, actor_of(person, visit.address), person, now_us)
    return Opened(cookie, session)


def find_session(tx: Transaction, cookie: str, now_us: int, settings: IdentitySettings) -> Session:
    """The session of this cookie. Raises MingjianError NOT_SIGNED_IN when there is none or it is over."""
    return resume_session(tx, digest(cookie), now_us, settings)


def resume_session(tx: Transaction, key: bytes, now_us: int, settings: IdentitySettings) -> Session:
    """As `find_session`, by the key of a session seen before: long-lived connections ask again and again."""
    session = store.session(tx, key)
    if session is None or not flow.alive(session, now_us, settings):
        raise MingjianError(NOT_SIGNED_IN)
    return session


def touch_session(tx: Transaction, session: Session, now_us: int) -> None:
    """Write down that the session is in use; ask `flow.seen_is_due` first."""
    store.touch_session(tx, session.key, now_us)


def sign_out(tx: Transaction, session: Session, visit: Visit) -> None:
    """End the session. Raises MingjianError NOT_SIGNED_IN when it is over already."""
    if not store.drop_session(tx, session.key):
        raise MingjianError(NOT_SIGNED_IN)
    _record(tx, Action.SIGNED_OUT, actor_of(session.person, visit.address), session.person, visit.now_us)


# The steps of a sign-in; `sign_in` puts them in order


def require_no_wait(tx: Transaction, keys: Sequence[bytes], now_us: int, settings: IdentitySettings) -> None:
    """Raise MingjianError TOO_MANY_GUESSES while one of these brakes is on. Reads only."""
    _refuse_while_braked(store.brakes(tx, tuple(keys)), now_us, settings)


def count_guess(tx: Transaction, keys: Sequence[bytes], now_us: int, settings: IdentitySettings) -> None:
    """Count a guess before it is checked, so that many at the same time are counted as many.

    Raises MingjianError TOO_MANY_GUESSES while one of the brakes is on; that guess is not counted.
    """
    found = store.lock_brakes(tx, tuple(keys))
    _refuse_while_braked(tuple(found.values()), now_us, settings)
    for key, brake in found.items():
        store.save_brake(tx, key, flow.count_failure(brake, now_us, settings))
    store.drop_old_brakes(tx, now_us - flow.forgets_us(settings))


def forgive_guess(tx: Transaction, name_key: bytes, address_key: bytes) -> None:
    """After a right password: the name starts afresh; the address gets back only what this guess cost it."""
    store.forgive(tx, name_key, None)
    store.forgive(tx, address_key, 1)


def credentials(tx: Transaction, login_name: str | None) -> Credentials | None:
    """What a password for this name is checked against; None for a name that nobody can have."""
    return None if login_name is None else store.credentials(tx, login_name)


def admit(tx: Transaction, checked: Credentials) -> Person:
    """The person whose password was right a moment ago, held until the transaction ends.

    Raises MingjianError SIGN_IN_REFUSED when the password was changed or the person disabled meanwhile.
    """
    now = store.lock_credentials(tx, checked.person_id)
    found = store.person(tx, checked.person_id)
    if now != checked or now.disabled or found is None:
        raise MingjianError(SIGN_IN_REFUSED)
    return found


def refuse_sign_in(tx: Transaction, known: Credentials | None, visit: Visit) -> None:
    """Record a refused sign-in. The name as typed is left out: it is sometimes somebody's password."""
    object_id = "" if known is None else str(known.person_id)
    detail: dict[str, JSON] = {"known": known is not None, "disabled": known is not None and known.disabled}
    anonymous = Actor("anonymous", None, "", visit.address)
    record(tx, Entry(Action.SIGN_IN_REFUSED, anonymous, "person", object_id, detail, visit.now_us))


def change_password(tx: Transaction, session: Session, password_hash: str, visit: Visit) -> None:
    """Set a new password and end all other sessions of the person."""
    person = session.person
    store.set_password_hash(tx, person.id, password_hash)
    store.drop_sessions_of(tx, person.id, but=session.key)
    store.drop_invites_of(tx, person.id)
    _record(tx, Action.PASSWORD_CHANGED, actor_of(person, visit.address), person, visit.now_us)


def refuse_password_change(tx: Transaction, session: Session, visit: Visit) -> None:
    """Record that somebody with a session did not know its password."""
    actor = actor_of(session.person, visit.address)
    _record(tx, Action.PASSWORD_CHANGE_REFUSED, actor, session.person, visit.now_us)


def deny(tx: Transaction, person: Person, operation: str, visit: Visit) -> None:
    """Record that a person tried what the table of permissions does not allow."""
    actor = actor_of(person, visit.address)
    detail: dict[str, JSON] = {"operation": operation}
    record(tx, Entry(Action.ACCESS_DENIED, actor, "operation", operation, detail, visit.now_us))


def _refuse_while_braked(brakes: Sequence[Brake], now_us: int, settings: IdentitySettings) -> None:
    wait_us = max((flow.wait_us(brake, now_us, settings) for brake in brakes), default=0)
    if wait_us > 0:
        seconds = -(-wait_us // 1_000_000)
        raise MingjianError(TOO_MANY_GUESSES, retry_after_s=seconds, threshold=settings.free_attempts)


def _new(given: NewPerson, now_us: int) -> Person:
    person_id = PersonId(new_id(now_us))
    return Person(person_id, given.login_name, given.display_name, given.role, DEFAULT_LANGUAGE, now_us)


def _add(tx: Transaction, person: Person, password_hash: str | None) -> None:
    try:
        store.add_person(tx, person, password_hash)
    except IntegrityError as error:
        raise MingjianError(LOGIN_NAME_TAKEN, login_name=person.login_name) from error


def _record_created(tx: Transaction, person: Person, by: Actor, now_us: int) -> None:
    _record(tx, Action.PERSON_CREATED, by, person, now_us, **_described(person))


def _described(person: Person) -> dict[str, str]:
    role = person.role
    return {"login_name": person.login_name, "role": role.code, "role_zh": role.zh, "role_en": role.en}


def _record(tx: Transaction, action: Action, by: Actor, about: Person, now_us: int, **detail: str) -> None:
    record(tx, Entry(action, by, "person", str(about.id), dict(detail), now_us))
