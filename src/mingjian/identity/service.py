"""Use cases of people and sessions, each in the caller's transaction, each with its audit entry.

Whatever hashes a password is in `sign_in`: it takes longer than a write transaction may last.
"""

from collections.abc import Collection, Mapping, Sequence
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
    NOT_ONESELF,
    NOT_SIGNED_IN,
    NUMBER_TAKEN,
    PERSON_STATE,
    PERSON_UNKNOWN,
    ROLE_NOT_FOR_PEOPLE,
    SEAT_BY_TWO,
    SEAT_TAKEN,
    SESSION_ELSEWHERE,
    SIGN_IN_REFUSED,
    SIGN_IN_UNKNOWN,
    TOKEN_INVALID,
    TOO_MANY_GUESSES,
)
from mingjian.identity.model import (
    SEPARATE_ROLES,
    Account,
    Brake,
    Credentials,
    DutyPlace,
    Invited,
    Language,
    NewPerson,
    Notice,
    NoticeKind,
    Opened,
    Person,
    Role,
    Session,
    SessionKind,
    Token,
    Visit,
    Wanted,
)
from mingjian.identity.settings import IdentitySettings
from mingjian.identity.tokens import digest, new_token
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId, new_id
from mingjian.storage.engine import Transaction
from mingjian.storage.keyset import Page, Place

_HOUR_US: Final = 3_600_000_000
DUTY_ROLES: Final = (Role.DUTY_OPERATOR, Role.SECURITY_MANAGER)
"""Who may hold a duty place."""

NOTICES_SHOWN: Final = 50


def actor_of(person: Person, address: str) -> Actor:
    """`person` as the audit log names somebody."""
    return Actor("person", person.id, f"{person.display_name} ({person.login_name})", address)


def anonymous(visit: Visit) -> Actor:
    """Somebody who is not signed in."""
    return Actor("anonymous", None, "", visit.address)


# The first people


def is_initialized(tx: Transaction) -> bool:
    """Whether there is anybody at all."""
    return store.anybody(tx)


def set_up_us(tx: Transaction) -> int | None:
    """Since when there is somebody; None before the first set-up."""
    return store.first_created_us(tx)


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
    """All people, in the order in which they were added, those added together by login name. Programs are none."""
    return tuple(person for person in store.people(tx) if person.role is not Role.SERVICE)


def find_person(tx: Transaction, person_id: UUID) -> Person | None:
    """The person of this id, disabled or not."""
    return store.person(tx, person_id)


def add_person(tx: Transaction, given: NewPerson, by: Actor, now_us: int, settings: IdentitySettings) -> Invited:
    """A new person with an invitation to set the own password.

    Raises MingjianError LOGIN_NAME_UNFIT, DISPLAY_NAME_UNFIT, NUMBER_UNFIT, ROLE_NOT_FOR_PEOPLE, LOGIN_NAME_TAKEN,
    NUMBER_TAKEN or SEAT_TAKEN.
    """
    person = _new(flow.new_person(given), now_us)
    _add(tx, person, None)
    _record_created(tx, person, by, now_us)
    return invite(tx, person, by, now_us, settings)


def require_person(tx: Transaction, person_id: UUID) -> Person:
    """The person, held until the transaction ends. Raises MingjianError PERSON_UNKNOWN, for programs too."""
    found = store.lock_person(tx, person_id)
    if found is None or found.role is Role.SERVICE:
        raise MingjianError(PERSON_UNKNOWN)
    return found


def accounts(tx: Transaction, wanted: Wanted, after: Place | None, limit: int) -> Page[Account]:
    """A page of people, or of programs, in the order in which they were added."""
    return store.accounts(tx, wanted, after, limit)


def named(tx: Transaction, person_ids: Collection[UUID]) -> Mapping[UUID, Person]:
    """People and programs by their ids, those that there are; of a page's at most."""
    return {one.id: one for one in store.people_of(tx, person_ids)}


def disable(tx: Transaction, person_id: UUID, by: Person, visit: Visit) -> tuple[bytes, ...]:
    """Let nobody in by this account; returns the keys of the sessions that ended.

    Raises MingjianError PERSON_UNKNOWN, PERSON_STATE, NOT_ONESELF or, for the three administrators, SEAT_BY_TWO.
    """
    person = _other(tx, person_id, by)
    require_no_seat(person.role)
    if person.disabled_us is not None:
        raise MingjianError(PERSON_STATE)
    store.set_disabled(tx, person.id, visit.now_us)
    _record(tx, Action.PERSON_DISABLED, actor_of(by, visit.address), person, visit.now_us, **_described(person))
    store.drop_invites_of(tx, person.id)
    return store.drop_sessions_of(tx, person.id, but=None)


def enable(tx: Transaction, person_id: UUID, by: Person, visit: Visit) -> None:
    """Let a disabled person in again, with the password they had.

    Raises MingjianError PERSON_UNKNOWN, PERSON_STATE, NOT_ONESELF or, for the three administrators, SEAT_BY_TWO.
    """
    person = _other(tx, person_id, by)
    require_no_seat(person.role)
    if person.disabled_us is None:
        raise MingjianError(PERSON_STATE)
    store.set_disabled(tx, person.id, None)
    _record(tx, Action.PERSON_ENABLED, actor_of(by, visit.address), person, visit.now_us, **_described(person))


def change_role(tx: Transaction, person_id: UUID, role: Role, by: Person, visit: Visit) -> tuple[bytes, ...]:
    """Give a person another role; their sessions end, so that nothing goes on under the old one: their keys.

    A disabled former administrator may get an ordinary role. Raises MingjianError PERSON_UNKNOWN, PERSON_STATE,
    NOT_ONESELF, ROLE_NOT_FOR_PEOPLE or, where a seat of the three is touched, SEAT_BY_TWO.
    """
    person = _other(tx, person_id, by)
    require_no_seat(role)
    if person.disabled_us is None:
        require_no_seat(person.role)
    if role is Role.SERVICE:
        raise MingjianError(ROLE_NOT_FOR_PEOPLE, role_zh=role.zh, role_en=role.en)
    if person.role is role:
        raise MingjianError(PERSON_STATE)
    store.set_role(tx, person.id, role)
    words = {"before": person.role.code, "after": role.code, "login_name": person.login_name}
    named = {"role_zh": role.zh, "role_en": role.en}
    _record(tx, Action.ROLE_CHANGED, actor_of(by, visit.address), person, visit.now_us, **words, **named)
    notify(tx, person, NoticeKind.ROLE_CHANGED, visit.now_us, by=by.display_name, **named)
    return store.drop_sessions_of(tx, person.id, but=None)


def renew(tx: Transaction, person_id: UUID, by: Person, visit: Visit, settings: IdentitySettings) -> Invited:
    """A new link for somebody who lost the password. It opens nothing while a second factor is in force: then the
    code is asked for as well.

    Raises MingjianError PERSON_UNKNOWN, PERSON_STATE, NOT_ONESELF or, for the three administrators, SEAT_BY_TWO.
    """
    person = _other(tx, person_id, by)
    require_no_seat(person.role)  # also before they first came: who renews the link could take the seat with it
    if store.has_password(tx, person.id):
        notify(tx, person, NoticeKind.RENEWED, visit.now_us, by=by.display_name)
    if person.disabled_us is not None:
        raise MingjianError(PERSON_STATE)
    return invite(tx, person, actor_of(by, visit.address), visit.now_us, settings)


def require_no_seat(role: Role) -> None:
    """Raise MingjianError SEAT_BY_TWO for the roles of the three administrators."""
    if role in SEPARATE_ROLES:
        raise MingjianError(SEAT_BY_TWO, role_zh=role.zh, role_en=role.en)


def _other(tx: Transaction, person_id: UUID, by: Person) -> Person:
    if person_id == by.id:
        raise MingjianError(NOT_ONESELF)
    return require_person(tx, person_id)


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
    if person is None or person.disabled_us is not None or person.role is Role.SERVICE:
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
    """Sign `person` in: a new session, whose cookie value exists in the answer only.

    It is bound to the browser, the device and the network it began on. A browser without a known device cookie gets
    one, and the person is told of it. At a duty place it lasts for days, and the one before it ends: a hand-over.
    """
    now_us = visit.now_us
    store.drop_expired_sessions(tx, now_us)
    device = visit.device or new_token()
    device_key = digest(device)
    _meet_device(tx, person, device_key, visit)
    place = store.duty_place_of(tx, device_key) if person.role in DUTY_ROLES else None
    hours = settings.duty_days * 24 if place else settings.session_hours
    cookie = new_token()
    session = Session(
        digest(cookie),
        person,
        now_us,
        now_us,
        now_us + int(hours * _HOUR_US),
        SessionKind.DUTY if place else SessionKind.BROWSER,
        visit.address,
        flow.named_agent(visit.agent),
        flow.agent_key(visit.agent),
        device_key,
        now_us,
        visit.address,
        now_us,
    )
    if place:
        _hand_over(tx, place, session, visit)
    store.add_session(tx, session)
    _record(tx, Action.SIGNED_IN, actor_of(person, visit.address), person, now_us)
    return Opened(cookie, session, None if visit.device else device)


def _meet_device(tx: Transaction, person: Person, device_key: bytes, visit: Visit) -> None:
    first_ever = store.devices_of(tx, person.id) == 0
    if store.remember_device(tx, person.id, device_key, visit.now_us) or first_ever:
        return
    store.forget_devices(tx, person.id, store.MOST_DEVICES)
    where = {"address": visit.address, "agent": flow.named_agent(visit.agent)}
    notify(tx, person, NoticeKind.NEW_DEVICE, visit.now_us, **where)
    _record(tx, Action.NEW_DEVICE, actor_of(person, visit.address), person, visit.now_us, agent=where["agent"])


def _hand_over(tx: Transaction, place: DutyPlace, new: Session, visit: Visit) -> None:
    assert place.device_key is not None
    before = [one for one in store.sessions_at(tx, [place.device_key]) if one.person.id != new.person.id]
    store.drop_sessions_at(tx, place.device_key)
    detail: dict[str, JSON] = {
        "place": place.name,
        "from": [one.person.login_name for one in before],
        "to": new.person.login_name,
    }
    actor = actor_of(new.person, visit.address)
    record(tx, Entry(Action.DUTY_TAKEN_OVER, actor, "duty_place", str(place.id), detail, visit.now_us))


def find_session(tx: Transaction, cookie: str, visit: Visit, settings: IdentitySettings) -> Session:
    """The session of this cookie.

    Raises MingjianError NOT_SIGNED_IN when there is none or it is over, SESSION_ELSEWHERE when it is somebody's but
    began on another browser, device or network; then `end_elsewhere` is due.
    """
    session = resume_session(tx, digest(cookie), visit.now_us, settings)
    if session.kind is SessionKind.PROGRAM:
        raise MingjianError(NOT_SIGNED_IN)  # a token is no cookie
    if flow.is_elsewhere(session, visit):
        raise MingjianError(SESSION_ELSEWHERE)
    return session


def find_program(tx: Transaction, token: str, now_us: int, settings: IdentitySettings) -> Session | None:
    """The session that a program's token stands for; its person has the token's permissions alone."""
    session = _program_session(tx, digest(token))
    return session if session is not None and flow.alive(session, now_us, settings) else None


def resume_session(tx: Transaction, key: bytes, now_us: int, settings: IdentitySettings) -> Session:
    """As `find_session`, by the key of a session seen before: long-lived connections ask again and again."""
    session = store.session(tx, key) or _program_session(tx, key)
    if session is None or not flow.alive(session, now_us, settings):
        raise MingjianError(NOT_SIGNED_IN)
    return session


def _program_session(tx: Transaction, key: bytes) -> Session | None:
    token = store.program_token(tx, key)
    person = store.person(tx, token.person_id) if token and token.revoked_us is None else None
    return None if token is None or person is None else session_of_token(token, person)


def session_of_token(token: Token, person: Person) -> Session:
    """A program is seen whenever it comes: it has no idle time."""
    narrowed = replace(person, narrowed=token.permissions)
    seen_us = token.used_us or token.created_us
    return Session(token.key, narrowed, token.created_us, seen_us, token.expires_us, SessionKind.PROGRAM)


def session_lives(
    tx: Transaction, key: bytes, now_us: int, settings: IdentitySettings, *, while_locked: bool = True
) -> bool:
    """Whether what was derived from this session may go on; unless `while_locked`, not at a duty place that is."""
    session = store.session(tx, key) or _program_session(tx, key)
    if session is None or not flow.alive(session, now_us, settings):
        return False
    return while_locked or not flow.is_locked(session, now_us, settings)


def ended_among(tx: Transaction, keys: Sequence[bytes]) -> frozenset[bytes]:
    """Those of these sessions that were ended or whose person was disabled, by one read for all of them."""
    return frozenset(keys) - store.standing(tx, keys)


def end_elsewhere(tx: Transaction, cookie: str, visit: Visit) -> None:
    """End a session whose cookie came from somewhere else, and tell the person."""
    session = store.session(tx, digest(cookie))
    if session is None or not store.drop_session(tx, session.key):
        raise MingjianError(NOT_SIGNED_IN)
    where = {"address": visit.address, "agent": flow.named_agent(visit.agent)}
    _record(tx, Action.SESSION_ELSEWHERE, anonymous(visit), session.person, visit.now_us, agent=where["agent"])
    notify(tx, session.person, NoticeKind.SESSION_ELSEWHERE, visit.now_us, **where)


def sign_ins(tx: Transaction, person_id: UUID, now_us: int, settings: IdentitySettings) -> tuple[Session, ...]:
    """Where a person is signed in now, newest first."""
    return tuple(one for one in store.sessions_of(tx, person_id) if flow.alive(one, now_us, settings))


def end_sign_in(tx: Transaction, person: Person, sign_in_id: str, by: Person, visit: Visit) -> bytes:
    """End one sign-in of `person`; its key. Raises MingjianError SIGN_IN_UNKNOWN."""
    found = [one for one in store.sessions_of(tx, person.id) if one.id == sign_in_id]
    if not found or not store.drop_session(tx, found[0].key):
        raise MingjianError(SIGN_IN_UNKNOWN)
    _ended(tx, person, by, visit, 1)
    return found[0].key


def end_sign_ins(tx: Transaction, person: Person, by: Person, visit: Visit) -> tuple[bytes, ...]:
    """End all sign-ins of `person`; their keys."""
    keys = store.drop_sessions_of(tx, person.id, but=None)
    _ended(tx, person, by, visit, len(keys))
    return keys


def _ended(tx: Transaction, person: Person, by: Person, visit: Visit, count: int) -> None:
    detail: dict[str, JSON] = {"login_name": person.login_name, "count": count}
    actor = actor_of(by, visit.address)
    record(tx, Entry(Action.SIGN_INS_ENDED, actor, "person", str(person.id), detail, visit.now_us))
    if by.id != person.id:
        notify(tx, person, NoticeKind.SIGN_INS_ENDED, visit.now_us, by=by.display_name)


def asserted(tx: Transaction, session: Session, visit: Visit, how: str) -> None:
    """The person proved to be there: `how` is password or code. Unlocks a duty place."""
    store.assert_session(tx, session.key, visit.now_us, visit.address)
    _record(tx, Action.ASSERTED, actor_of(session.person, visit.address), session.person, visit.now_us, how=how)


def acted(tx: Transaction, session: Session, now_us: int) -> None:
    """A hand moved at a duty place; ask `flow.is_locked` first."""
    store.act_in_session(tx, session.key, now_us)


# Notices


def notify(tx: Transaction, person: Person, kind: NoticeKind, now_us: int, /, **detail: str) -> None:
    """Tell `person` when they next come."""
    store.add_notice(tx, person.id, Notice(new_id(now_us), kind, now_us, detail))


def notices(tx: Transaction, person: Person) -> tuple[Notice, ...]:
    """What `person` was told and has not put away, oldest first."""
    return store.notices(tx, person.id, NOTICES_SHOWN)


def put_away(tx: Transaction, person: Person, notice_ids: Sequence[UUID], by: Actor, now_us: int) -> None:
    """`person` has read these."""
    count = store.put_away(tx, person.id, notice_ids, now_us)
    detail: dict[str, JSON] = {"count": count}
    record(tx, Entry(Action.NOTICES_READ, by, "person", str(person.id), detail, now_us))


def touch_session(tx: Transaction, session: Session, now_us: int) -> None:
    """Write down that the session is in use; ask `flow.seen_is_due` first."""
    if session.kind is SessionKind.PROGRAM:
        store.use_program_token(tx, session.key, now_us)
    else:
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
    store.bound_brakes(tx, store.MOST_BRAKES)


def forgive_guess(tx: Transaction, name_key: bytes, address_key: bytes) -> None:
    """After a right password: the name starts afresh; the address gets back only what this guess cost it."""
    store.forgive(tx, name_key, None)
    store.forgive(tx, address_key, 1)


def uncount_guess(tx: Transaction, keys: Sequence[bytes]) -> None:
    """Take one guess back: it was half of a right one. What was counted before stays counted."""
    for key in keys:
        store.forgive(tx, key, 1)


def knows_device(tx: Transaction, login_name: str | None, device: str | None) -> bool:
    """Whether somebody of this name signed in with this device before."""
    return login_name is not None and device is not None and store.knows_device(tx, login_name, digest(device))


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
    record(tx, Entry(Action.SIGN_IN_REFUSED, anonymous(visit), "person", object_id, detail, visit.now_us))


def change_password(tx: Transaction, session: Session, password_hash: str, visit: Visit) -> None:
    """Set a new password and end all other sessions of the person; who knew the old one has proved to be there."""
    person = session.person
    store.set_password_hash(tx, person.id, password_hash)
    store.drop_sessions_of(tx, person.id, but=session.key)
    store.drop_invites_of(tx, person.id)
    store.assert_session(tx, session.key, visit.now_us, visit.address)
    _record(tx, Action.PASSWORD_CHANGED, actor_of(person, visit.address), person, visit.now_us)


def refuse_password_change(tx: Transaction, session: Session, visit: Visit) -> None:
    """Record that somebody with a session did not know its password."""
    actor = actor_of(session.person, visit.address)
    _record(tx, Action.PASSWORD_CHANGE_REFUSED, actor, session.person, visit.now_us)


def refuse_program(tx: Transaction, visit: Visit) -> None:
    """Record a token that nobody has."""
    record(tx, Entry(Action.PROGRAM_REFUSED, anonymous(visit), "program", "", {}, visit.now_us))


def refuse_assertion(tx: Transaction, session: Session, visit: Visit) -> None:
    """Record that somebody with a session could not prove to be its person."""
    _record(tx, Action.ASSERTION_REFUSED, actor_of(session.person, visit.address), session.person, visit.now_us)


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
    return Person(
        person_id, given.login_name, given.display_name, given.role, given.language, now_us, number=given.number
    )


def _add(tx: Transaction, person: Person, password_hash: str | None) -> None:
    if person.role in SEPARATE_ROLES:
        require_different_seats(tx, person)
    try:
        with tx.savepoint():
            store.add_person(tx, person, password_hash)
    except IntegrityError as error:
        raise _taken(tx, person) from error


def require_different_seats(tx: Transaction, person: Person) -> None:
    """Raise MingjianError SEAT_SAME_NAME unless the three would have three names with `person` in its seat."""
    others = [store.holder(tx, role) for role in SEPARATE_ROLES if role is not person.role]
    flow.require_different_names([person.display_name, *(one.display_name for one in others if one)])


def _taken(tx: Transaction, person: Person) -> MingjianError:
    if store.by_login_name(tx, person.login_name) is not None:
        return MingjianError(LOGIN_NAME_TAKEN, login_name=person.login_name)
    if person.number is not None and store.by_number(tx, person.number) is not None:
        return MingjianError(NUMBER_TAKEN, number=person.number)
    return MingjianError(SEAT_TAKEN, role_zh=person.role.zh, role_en=person.role.en)


def add_account(tx: Transaction, person: Person) -> None:
    """A row for a program, which has no password. Raises MingjianError LOGIN_NAME_TAKEN."""
    _add(tx, person, None)


def _record_created(tx: Transaction, person: Person, by: Actor, now_us: int) -> None:
    _record(tx, Action.PERSON_CREATED, by, person, now_us, **_described(person))


def _described(person: Person) -> dict[str, str]:
    role = person.role
    return {"login_name": person.login_name, "role": role.code, "role_zh": role.zh, "role_en": role.en}


def _record(tx: Transaction, action: Action, by: Actor, about: Person, now_us: int, **detail: str) -> None:
    record(tx, Entry(action, by, "person", str(about.id), dict(detail), now_us))


def forget_after_restore(tx: Transaction, now_us: int) -> None:
    """A backup brings back sign-ins, links and tokens that had been ended since it was made: all of them end.

    The restore itself is the audit entry.
    """
    store.forget_what_opens(tx, now_us)
