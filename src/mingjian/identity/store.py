"""The tables of people. Whatever would let somebody in is stored as a digest or an argon2id hash."""

import json
from collections.abc import Collection, Sequence
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mingjian.identity.model import (
    NOTICE_BY_CODE,
    ROLE_BY_CODE,
    Account,
    Brake,
    Change,
    ChangeKind,
    Credentials,
    DutyPlace,
    Factor,
    Language,
    Notice,
    Person,
    Role,
    Session,
    SessionKind,
    Token,
    Wanted,
)
from mingjian.kernel.ids import PersonId
from mingjian.storage.engine import METADATA, Transaction
from mingjian.storage.keyset import UP, Order, Page, Place

_SEATED: Final = sa.text(
    "role IN ('system_administrator', 'security_administrator', 'auditor') AND disabled_us IS NULL"
)
PERSON: Final = sa.Table(
    "person",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("login_name", sa.Text(), nullable=False, unique=True),
    sa.Column("display_name", sa.Text(), nullable=False),
    sa.Column("role", sa.Text(), nullable=False),
    sa.Column("language", sa.Text(), nullable=False),
    sa.Column("password_hash", sa.Text(), nullable=True),
    sa.Column("created_us", sa.BigInteger(), nullable=False),
    sa.Column("disabled_us", sa.BigInteger(), nullable=True),
    sa.Column("number", sa.Text(), nullable=True, unique=True),
    sa.Column("pin_hash", sa.Text(), nullable=True),
    # 三员分立, also against two transactions side by side and against SQL by hand: a seat has one enabled holder.
    sa.Index("uq_person_seat", "role", unique=True, sqlite_where=_SEATED, postgresql_where=_SEATED),
)
SESSION: Final = sa.Table(
    "session",
    METADATA,
    sa.Column("key", sa.LargeBinary(), primary_key=True),
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("created_us", sa.BigInteger(), nullable=False),
    sa.Column("seen_us", sa.BigInteger(), nullable=False),
    sa.Column("expires_us", sa.BigInteger(), nullable=False, index=True),
    sa.Column("kind", sa.Text(), nullable=False, server_default="browser"),
    sa.Column("address", sa.Text(), nullable=False, server_default=""),
    sa.Column("agent", sa.Text(), nullable=False, server_default=""),
    sa.Column("agent_key", sa.LargeBinary(), nullable=True),
    sa.Column("device_key", sa.LargeBinary(), nullable=True),
    sa.Column("asserted_us", sa.BigInteger(), nullable=False, server_default="0"),
    sa.Column("asserted_address", sa.Text(), nullable=False, server_default=""),
    sa.Column("active_us", sa.BigInteger(), nullable=False, server_default="0"),
)
ONE_TIME_TOKEN: Final = sa.Table(
    "one_time_token",
    METADATA,
    sa.Column("key", sa.LargeBinary(), primary_key=True),
    sa.Column("purpose", sa.Text(), nullable=False),
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=True, index=True),
    sa.Column("created_us", sa.BigInteger(), nullable=False),
    sa.Column("expires_us", sa.BigInteger(), nullable=False),
    sa.CheckConstraint("(purpose = 'invite') = (person_id IS NOT NULL)", name="purpose"),
)
SIGN_IN_BRAKE: Final = sa.Table(
    "sign_in_brake",
    METADATA,
    sa.Column("key", sa.LargeBinary(), primary_key=True),
    sa.Column("failures", sa.Integer(), nullable=False),
    sa.Column("last_us", sa.BigInteger(), nullable=False, index=True),
)
SECOND_FACTOR: Final = sa.Table(
    "second_factor",
    METADATA,
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("sealed", sa.LargeBinary(), nullable=False),
    sa.Column("enrolled_us", sa.BigInteger(), nullable=False),
    sa.Column("confirmed_us", sa.BigInteger(), nullable=True),
    sa.Column("step", sa.BigInteger(), nullable=False),
)
RECOVERY_CODE: Final = sa.Table(
    "recovery_code",
    METADATA,
    sa.Column("key", sa.LargeBinary(), primary_key=True),
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
)
KNOWN_DEVICE: Final = sa.Table(
    "known_device",
    METADATA,
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("device_key", sa.LargeBinary(), primary_key=True),
    sa.Column("first_us", sa.BigInteger(), nullable=False),
    sa.Column("last_us", sa.BigInteger(), nullable=False),
)
PERSON_NOTICE: Final = sa.Table(
    "person_notice",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("at_us", sa.BigInteger(), nullable=False),
    sa.Column("detail", sa.Text(), nullable=False),
    sa.Column("seen_us", sa.BigInteger(), nullable=True),
)
PERSON_PREFERENCE: Final = sa.Table(
    "person_preference",
    METADATA,
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), primary_key=True),
    sa.Column("name", sa.Text(), primary_key=True),
    sa.Column("document", sa.Text(), nullable=False),
    sa.Column("changed_us", sa.BigInteger(), nullable=False),
)
ADMINISTRATION_CHANGE: Final = sa.Table(
    "administration_change",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("kind", sa.Text(), nullable=False),
    sa.Column("role", sa.Text(), nullable=False),
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
    sa.Column("proposed_by", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False),
    sa.Column("created_us", sa.BigInteger(), nullable=False),
    sa.Column("expires_us", sa.BigInteger(), nullable=False),
    sa.Column("decided_us", sa.BigInteger(), nullable=True),
    sa.Column("decided_by", sa.Uuid(), sa.ForeignKey("person.id"), nullable=True),
    sa.Column("outcome", sa.Text(), nullable=True),
)
DUTY_PLACE: Final = sa.Table(
    "duty_place",
    METADATA,
    sa.Column("id", sa.Uuid(), primary_key=True),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("created_us", sa.BigInteger(), nullable=False),
    sa.Column("link_key", sa.LargeBinary(), nullable=True, unique=True),
    sa.Column("link_expires_us", sa.BigInteger(), nullable=False),
    sa.Column("device_key", sa.LargeBinary(), nullable=True, unique=True),
    sa.Column("enrolled_us", sa.BigInteger(), nullable=True),
    sa.Column("ended_us", sa.BigInteger(), nullable=True),
)
PROGRAM_TOKEN: Final = sa.Table(
    "program_token",
    METADATA,
    sa.Column("key", sa.LargeBinary(), primary_key=True),
    sa.Column("id", sa.Uuid(), nullable=False, unique=True),
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("name", sa.Text(), nullable=False),
    sa.Column("permissions", sa.Text(), nullable=False),
    sa.Column("created_us", sa.BigInteger(), nullable=False),
    sa.Column("expires_us", sa.BigInteger(), nullable=False),
    sa.Column("used_us", sa.BigInteger(), nullable=True),
    sa.Column("used_address", sa.Text(), nullable=False),
    sa.Column("revoked_us", sa.BigInteger(), nullable=True),
)

SETUP: Final = "setup"
INVITE: Final = "invite"
_PURGED_AT_ONCE: Final = 100
MOST_BRAKES: Final = 20_000
"""Rows kept of guessing: whoever guesses from very many addresses makes the oldest be forgotten, not the table grow."""

MOST_DEVICES: Final = 30
"""Browsers remembered for one person."""


# People


def anybody(tx: Transaction) -> bool:
    return tx.execute(sa.select(PERSON.c.id).limit(1)).first() is not None


def first_created_us(tx: Transaction) -> int | None:
    """When the first person came; None while there is nobody."""
    found: int | None = tx.execute(sa.select(sa.func.min(PERSON.c.created_us))).scalar_one()
    return found


def add_person(tx: Transaction, person: Person, password_hash: str | None) -> None:
    """Insert; an IntegrityError means that the login name, the number or the seat is taken."""
    values = {
        "id": person.id,
        "login_name": person.login_name,
        "display_name": person.display_name,
        "role": person.role.code,
        "language": person.language,
        "password_hash": password_hash,
        "created_us": person.created_us,
        "disabled_us": person.disabled_us,
        "number": person.number,
    }
    tx.execute(sa.insert(PERSON).values(values))


def person(tx: Transaction, person_id: UUID) -> Person | None:
    row = tx.execute(sa.select(PERSON).where(PERSON.c.id == person_id)).first()
    return None if row is None else _person(row)


_ADDED: Final = Order((PERSON.c.created_us, UP), (PERSON.c.login_name, UP))


def people(tx: Transaction) -> tuple[Person, ...]:
    return tuple(
        _person(row) for row in tx.execute(sa.select(PERSON).order_by(PERSON.c.created_us, PERSON.c.login_name))
    )


def people_of(tx: Transaction, ids: Collection[UUID]) -> tuple[Person, ...]:
    """Those of these ids that there are; a page's at most."""
    return tuple(_person(row) for row in tx.execute(sa.select(PERSON).where(PERSON.c.id.in_(list(ids)))))


def accounts(tx: Transaction, wanted: Wanted, after: Place | None, limit: int) -> Page[Account]:
    """A page of people, or of programs, in the order in which they were added."""
    named = PERSON.c.login_name, PERSON.c.display_name, PERSON.c.number
    where = [PERSON.c.role == Role.SERVICE.code if wanted.programs else PERSON.c.role != Role.SERVICE.code]
    where += [
        sa.or_(*(sa.func.lower(name).contains(word, autoescape=True) for name in named))
        for word in wanted.words.lower().split()
    ]
    if wanted.role is not None:
        where.append(PERSON.c.role == wanted.role.code)
    if wanted.enabled is not None:
        where.append(PERSON.c.disabled_us.is_(None) if wanted.enabled else PERSON.c.disabled_us.is_not(None))
    joined = PERSON.outerjoin(SECOND_FACTOR, SECOND_FACTOR.c.person_id == PERSON.c.id)
    query = sa.select(PERSON, SECOND_FACTOR.c.confirmed_us).select_from(joined).where(*where)
    return _ADDED.page(tx, query, after, limit, _account)


def _account(row: Any) -> Account:
    return Account(_person(row), row.password_hash is not None, row.confirmed_us is not None)


def holder(tx: Transaction, role: Role) -> Person | None:
    """Who holds the seat of one of the three administrators."""
    query = sa.select(PERSON).where(PERSON.c.role == role.code, PERSON.c.disabled_us.is_(None)).limit(1)
    row = tx.execute(query).first()
    return None if row is None else _person(row)


def lock_person(tx: Transaction, person_id: UUID) -> Person | None:
    """As `person`, and nobody else changes it before this transaction ends."""
    row = tx.execute(sa.select(PERSON).where(PERSON.c.id == person_id).with_for_update()).first()
    return None if row is None else _person(row)


def by_number(tx: Transaction, number: str) -> UUID | None:
    return tx.execute(sa.select(PERSON.c.id).where(PERSON.c.number == number)).scalar_one_or_none()


def by_login_name(tx: Transaction, login_name: str) -> Person | None:
    row = tx.execute(sa.select(PERSON).where(PERSON.c.login_name == login_name)).first()
    return None if row is None else _person(row)


def has_password(tx: Transaction, person_id: UUID) -> bool:
    found = tx.execute(sa.select(PERSON.c.password_hash).where(PERSON.c.id == person_id)).scalar_one_or_none()
    return found is not None


def set_disabled(tx: Transaction, person_id: UUID, disabled_us: int | None) -> None:
    """An IntegrityError means that the seat is taken."""
    tx.execute(sa.update(PERSON).where(PERSON.c.id == person_id).values(disabled_us=disabled_us))


def set_role(tx: Transaction, person_id: UUID, role: Role) -> None:
    """An IntegrityError means that the seat is taken."""
    tx.execute(sa.update(PERSON).where(PERSON.c.id == person_id).values(role=role.code))


def set_pin_hash(tx: Transaction, person_id: UUID, pin_hash: str | None) -> None:
    tx.execute(sa.update(PERSON).where(PERSON.c.id == person_id).values(pin_hash=pin_hash))


def credentials(tx: Transaction, login_name: str) -> Credentials | None:
    row = tx.execute(_credentials().where(PERSON.c.login_name == login_name)).first()
    return None if row is None else _checked(row)


def lock_credentials(tx: Transaction, person_id: UUID) -> Credentials | None:
    """As `credentials`, and nobody else changes them before this transaction ends."""
    locked = tx.execute(sa.select(PERSON.c.id).where(PERSON.c.id == person_id).with_for_update()).first()
    row = tx.execute(_credentials().where(PERSON.c.id == person_id)).first() if locked else None
    return None if row is None else _checked(row)


def _credentials() -> sa.Select[Any]:
    joined = PERSON.outerjoin(SECOND_FACTOR, SECOND_FACTOR.c.person_id == PERSON.c.id)
    columns = (
        PERSON.c.id,
        PERSON.c.password_hash,
        PERSON.c.disabled_us,
        PERSON.c.pin_hash,
        SECOND_FACTOR.c.confirmed_us,
    )
    return sa.select(*columns).select_from(joined)


def _checked(row: Any) -> Credentials:
    return Credentials(
        row.id, row.password_hash, row.disabled_us is not None, row.confirmed_us is not None, row.pin_hash
    )


def set_password_hash(tx: Transaction, person_id: UUID, password_hash: str) -> None:
    tx.execute(sa.update(PERSON).where(PERSON.c.id == person_id).values(password_hash=password_hash))


def set_language(tx: Transaction, person_id: UUID, language: Language) -> None:
    tx.execute(sa.update(PERSON).where(PERSON.c.id == person_id).values(language=language))


# Sessions


def add_session(tx: Transaction, session: Session) -> None:
    values = {
        "key": session.key,
        "person_id": session.person.id,
        "created_us": session.created_us,
        "seen_us": session.seen_us,
        "expires_us": session.expires_us,
        "kind": session.kind.value,
        "address": session.address,
        "agent": session.agent,
        "agent_key": session.agent_key,
        "device_key": session.device_key,
        "asserted_us": session.asserted_us,
        "asserted_address": session.asserted_address,
        "active_us": session.active_us,
    }
    tx.execute(sa.insert(SESSION).values(values))


def session(tx: Transaction, key: bytes) -> Session | None:
    """The session of this key with its person: one read by primary keys."""
    row = tx.execute(_sessions().where(SESSION.c.key == key)).first()
    return None if row is None else _session(row)


def sessions_of(tx: Transaction, person_id: UUID) -> tuple[Session, ...]:
    """Newest first."""
    query = _sessions().where(SESSION.c.person_id == person_id).order_by(SESSION.c.created_us.desc())
    return tuple(_session(row) for row in tx.execute(query))


def sessions_at(tx: Transaction, device_keys: Collection[bytes]) -> tuple[Session, ...]:
    """Those at these duty places."""
    query = _sessions().where(SESSION.c.device_key.in_(list(device_keys)), SESSION.c.kind == SessionKind.DUTY.value)
    return tuple(_session(row) for row in tx.execute(query.order_by(SESSION.c.created_us)))


def standing(tx: Transaction, keys: Sequence[bytes]) -> frozenset[bytes]:
    """Those of these keys whose session or token is there and whose person is not disabled."""
    enabled = PERSON.c.disabled_us.is_(None)
    browsers = sa.select(SESSION.c.key).join(PERSON, SESSION.c.person_id == PERSON.c.id)
    tokens = sa.select(PROGRAM_TOKEN.c.key).join(PERSON, PROGRAM_TOKEN.c.person_id == PERSON.c.id)
    valid = PROGRAM_TOKEN.c.revoked_us.is_(None)
    found = sa.union_all(
        browsers.where(SESSION.c.key.in_(keys), enabled), tokens.where(PROGRAM_TOKEN.c.key.in_(keys), enabled, valid)
    )
    return frozenset(tx.execute(found).scalars())


def _sessions() -> sa.Select[Any]:
    joined = SESSION.join(PERSON, SESSION.c.person_id == PERSON.c.id)
    mine = [column for column in SESSION.c if column.name != "created_us"]
    return sa.select(*mine, SESSION.c.created_us.label("begun_us"), PERSON).select_from(joined)


def _session(row: Any) -> Session:
    return Session(
        row.key,
        _person(row),
        row.begun_us,
        row.seen_us,
        row.expires_us,
        SessionKind(row.kind),
        row.address,
        row.agent,
        row.agent_key,
        row.device_key,
        row.asserted_us,
        row.asserted_address,
        row.active_us,
    )


def assert_session(tx: Transaction, key: bytes, now_us: int, address: str) -> None:
    values = {"asserted_us": now_us, "asserted_address": address, "active_us": now_us}
    tx.execute(sa.update(SESSION).where(SESSION.c.key == key).values(values))


def act_in_session(tx: Transaction, key: bytes, now_us: int) -> None:
    tx.execute(sa.update(SESSION).where(SESSION.c.key == key, SESSION.c.active_us < now_us).values(active_us=now_us))


def touch_session(tx: Transaction, key: bytes, now_us: int) -> None:
    tx.execute(sa.update(SESSION).where(SESSION.c.key == key, SESSION.c.seen_us < now_us).values(seen_us=now_us))


def drop_session(tx: Transaction, key: bytes) -> bool:
    return tx.execute(sa.delete(SESSION).where(SESSION.c.key == key)).rowcount == 1


def drop_sessions_of(tx: Transaction, person_id: UUID, but: bytes | None) -> tuple[bytes, ...]:
    """Their keys."""
    query = sa.delete(SESSION).where(SESSION.c.person_id == person_id)
    query = query if but is None else query.where(SESSION.c.key != but)
    return tuple(tx.execute(query.returning(SESSION.c.key)).scalars())


def drop_sessions_at(tx: Transaction, device_key: bytes) -> tuple[bytes, ...]:
    """Those at one duty place; their keys."""
    query = sa.delete(SESSION).where(SESSION.c.device_key == device_key, SESSION.c.kind == SessionKind.DUTY.value)
    return tuple(tx.execute(query.returning(SESSION.c.key)).scalars())


def drop_expired_sessions(tx: Transaction, now_us: int) -> None:
    old = sa.select(SESSION.c.key).where(SESSION.c.expires_us < now_us)
    _drop_some(tx, SESSION, old)


# Tokens that work once: a used one is a deleted one


def add_token(tx: Transaction, key: bytes, person_id: UUID | None, now_us: int, expires_us: int) -> None:
    purpose = SETUP if person_id is None else INVITE
    values = {
        "key": key,
        "purpose": purpose,
        "person_id": person_id,
        "created_us": now_us,
        "expires_us": expires_us,
    }
    tx.execute(sa.insert(ONE_TIME_TOKEN).values(values))


def token_is_good(tx: Transaction, key: bytes, purpose: str, now_us: int) -> bool:
    return tx.execute(sa.select(ONE_TIME_TOKEN.c.key).where(*_good(key, purpose, now_us))).first() is not None


def token_owner(tx: Transaction, key: bytes, now_us: int) -> Person | None:
    """Whom a good invitation belongs to."""
    joined = ONE_TIME_TOKEN.join(PERSON, ONE_TIME_TOKEN.c.person_id == PERSON.c.id)
    row = tx.execute(sa.select(PERSON).select_from(joined).where(*_good(key, INVITE, now_us))).first()
    return None if row is None else _person(row)


def use_token(tx: Transaction, key: bytes, purpose: str, now_us: int) -> bool:
    """Use a good token up; True for exactly one caller, whoever comes at the same time."""
    return tx.execute(sa.delete(ONE_TIME_TOKEN).where(*_good(key, purpose, now_us))).rowcount == 1


def drop_setup_tokens(tx: Transaction) -> None:
    tx.execute(sa.delete(ONE_TIME_TOKEN).where(ONE_TIME_TOKEN.c.purpose == SETUP))


def drop_invites_of(tx: Transaction, person_id: UUID) -> None:
    tx.execute(sa.delete(ONE_TIME_TOKEN).where(ONE_TIME_TOKEN.c.person_id == person_id))


def _good(key: bytes, purpose: str, now_us: int) -> tuple[sa.ColumnElement[bool], ...]:
    token = ONE_TIME_TOKEN.c
    return (token.key == key, token.purpose == purpose, token.expires_us > now_us)


# The brake on guessing


def lock_brakes(tx: Transaction, keys: tuple[bytes, ...]) -> dict[bytes, Brake]:
    """The brakes of these keys, made where there is none; held until the transaction ends.

    Guesses at the same name or from the same address wait for each other here, so that none goes uncounted.
    """
    ordered = sorted(keys)  # two transactions that share keys never wait for each other crosswise
    for key in ordered:
        tx.execute(_insert_brake(tx, key))
    query = sa.select(SIGN_IN_BRAKE).where(SIGN_IN_BRAKE.c.key.in_(ordered)).order_by(SIGN_IN_BRAKE.c.key)
    return {row.key: Brake(row.failures, row.last_us) for row in tx.execute(query.with_for_update())}


def brakes(tx: Transaction, keys: tuple[bytes, ...]) -> tuple[Brake, ...]:
    query = sa.select(SIGN_IN_BRAKE).where(SIGN_IN_BRAKE.c.key.in_(keys))
    return tuple(Brake(row.failures, row.last_us) for row in tx.execute(query))


def save_brake(tx: Transaction, key: bytes, brake: Brake) -> None:
    values = {"failures": brake.failures, "last_us": brake.last_us}
    tx.execute(sa.update(SIGN_IN_BRAKE).where(SIGN_IN_BRAKE.c.key == key).values(values))


def forgive(tx: Transaction, key: bytes, failures: int | None) -> None:
    """Take `failures` back from a brake, or all of them when None."""
    row = SIGN_IN_BRAKE.c
    left: Any = 0 if failures is None else sa.case((row.failures > failures, row.failures - failures), else_=0)
    tx.execute(sa.update(SIGN_IN_BRAKE).where(row.key == key).values(failures=left))


def drop_old_brakes(tx: Transaction, before_us: int) -> None:
    old = sa.select(SIGN_IN_BRAKE.c.key).where(SIGN_IN_BRAKE.c.last_us < before_us)
    _drop_some(tx, SIGN_IN_BRAKE, old)


def bound_brakes(tx: Transaction, most: int) -> None:
    """Let the oldest go where there are more than `most`, some at a time."""
    last = SIGN_IN_BRAKE.c.last_us
    oldest_kept = tx.execute(sa.select(last).order_by(last.desc()).offset(most).limit(1)).scalar_one_or_none()
    if oldest_kept is not None:
        _drop_some(tx, SIGN_IN_BRAKE, sa.select(SIGN_IN_BRAKE.c.key).where(last <= oldest_kept).order_by(last))


def _insert_brake(tx: Transaction, key: bytes) -> sa.Executable:
    values = {"key": key, "failures": 0, "last_us": 0}
    if tx.dialect == "sqlite":
        return sqlite.insert(SIGN_IN_BRAKE).values(values).on_conflict_do_nothing()
    return postgresql.insert(SIGN_IN_BRAKE).values(values).on_conflict_do_nothing()


def _drop_some(tx: Transaction, table: sa.Table, old: sa.Select[Any]) -> None:
    # Rows that somebody holds are left for the next time: cleaning up must never wait, nor deadlock.
    chosen = old.limit(_PURGED_AT_ONCE).with_for_update(skip_locked=True)
    tx.execute(sa.delete(table).where(table.c.key.in_(chosen)))


def _person(row: Any) -> Person:
    return Person(
        PersonId(row.id),
        row.login_name,
        row.display_name,
        ROLE_BY_CODE[row.role],
        row.language,
        row.created_us,
        row.disabled_us,
        row.number,
    )


# Second factors


def factor(tx: Transaction, person_id: UUID, *, for_change: bool = False) -> Factor | None:
    query = sa.select(SECOND_FACTOR).where(SECOND_FACTOR.c.person_id == person_id)
    row = tx.execute(query.with_for_update() if for_change else query).first()
    return (
        None
        if row is None
        else Factor(PersonId(row.person_id), row.sealed, row.enrolled_us, row.confirmed_us, row.step)
    )


def put_factor(tx: Transaction, factor: Factor) -> None:
    """Instead of any other of the person."""
    drop_factor(tx, factor.person_id)
    values = {
        "person_id": factor.person_id,
        "sealed": factor.sealed,
        "enrolled_us": factor.enrolled_us,
        "confirmed_us": factor.confirmed_us,
        "step": factor.step,
    }
    tx.execute(sa.insert(SECOND_FACTOR).values(values))


def confirm_factor(tx: Transaction, person_id: UUID, now_us: int) -> None:
    tx.execute(sa.update(SECOND_FACTOR).where(SECOND_FACTOR.c.person_id == person_id).values(confirmed_us=now_us))


def use_step(tx: Transaction, person_id: UUID, step: int) -> bool:
    """True for exactly one caller of a step."""
    mine = (SECOND_FACTOR.c.person_id == person_id, SECOND_FACTOR.c.step < step)
    return tx.execute(sa.update(SECOND_FACTOR).where(*mine).values(step=step)).rowcount == 1


def drop_factor(tx: Transaction, person_id: UUID) -> bool:
    tx.execute(sa.delete(RECOVERY_CODE).where(RECOVERY_CODE.c.person_id == person_id))
    return tx.execute(sa.delete(SECOND_FACTOR).where(SECOND_FACTOR.c.person_id == person_id)).rowcount == 1


def put_recovery_codes(tx: Transaction, person_id: UUID, keys: Sequence[bytes]) -> None:
    """Instead of all earlier ones."""
    tx.execute(sa.delete(RECOVERY_CODE).where(RECOVERY_CODE.c.person_id == person_id))
    tx.execute(sa.insert(RECOVERY_CODE), [{"key": key, "person_id": person_id} for key in keys])


def use_recovery_code(tx: Transaction, person_id: UUID, key: bytes) -> bool:
    """True for exactly one caller: a used one is a deleted one."""
    mine = (RECOVERY_CODE.c.person_id == person_id, RECOVERY_CODE.c.key == key)
    return tx.execute(sa.delete(RECOVERY_CODE).where(*mine)).rowcount == 1


def recovery_codes_left(tx: Transaction, person_id: UUID) -> int:
    query = sa.select(sa.func.count()).select_from(RECOVERY_CODE).where(RECOVERY_CODE.c.person_id == person_id)
    return int(tx.execute(query).scalar_one())


# Devices that people signed in from


def knows_device(tx: Transaction, login_name: str, device_key: bytes) -> bool:
    joined = KNOWN_DEVICE.join(PERSON, KNOWN_DEVICE.c.person_id == PERSON.c.id)
    query = sa.select(KNOWN_DEVICE.c.person_id).select_from(joined)
    found = query.where(PERSON.c.login_name == login_name, KNOWN_DEVICE.c.device_key == device_key)
    return tx.execute(found).first() is not None


def remember_device(tx: Transaction, person_id: UUID, device_key: bytes, now_us: int) -> bool:
    """Whether it was known already."""
    mine = (KNOWN_DEVICE.c.person_id == person_id, KNOWN_DEVICE.c.device_key == device_key)
    if tx.execute(sa.update(KNOWN_DEVICE).where(*mine).values(last_us=now_us)).rowcount:
        return True
    values = {"person_id": person_id, "device_key": device_key, "first_us": now_us, "last_us": now_us}
    tx.execute(sa.insert(KNOWN_DEVICE).values(values))
    return False


def devices_of(tx: Transaction, person_id: UUID) -> int:
    query = sa.select(sa.func.count()).select_from(KNOWN_DEVICE).where(KNOWN_DEVICE.c.person_id == person_id)
    return int(tx.execute(query).scalar_one())


def forget_devices(tx: Transaction, person_id: UUID, most: int) -> None:
    """Those beyond the `most` used last."""
    mine = KNOWN_DEVICE.c.person_id == person_id
    kept = sa.select(KNOWN_DEVICE.c.device_key).where(mine).order_by(KNOWN_DEVICE.c.last_us.desc()).limit(most)
    tx.execute(sa.delete(KNOWN_DEVICE).where(mine, KNOWN_DEVICE.c.device_key.not_in(kept)))


# Notices


def add_notice(tx: Transaction, person_id: UUID, notice: Notice) -> None:
    values = {
        "id": notice.id,
        "person_id": person_id,
        "kind": notice.kind.code,
        "at_us": notice.at_us,
        "detail": json.dumps(dict(notice.detail), ensure_ascii=False),
        "seen_us": None,
    }
    tx.execute(sa.insert(PERSON_NOTICE).values(values))


def notices(tx: Transaction, person_id: UUID, limit: int) -> tuple[Notice, ...]:
    """Those that the person has not yet put away, oldest first."""
    mine = (PERSON_NOTICE.c.person_id == person_id, PERSON_NOTICE.c.seen_us.is_(None))
    query = sa.select(PERSON_NOTICE).where(*mine).order_by(PERSON_NOTICE.c.at_us, PERSON_NOTICE.c.id).limit(limit)
    return tuple(
        Notice(row.id, NOTICE_BY_CODE[row.kind], row.at_us, json.loads(row.detail)) for row in tx.execute(query)
    )


def put_away(tx: Transaction, person_id: UUID, notice_ids: Sequence[UUID], now_us: int) -> int:
    mine = (
        PERSON_NOTICE.c.person_id == person_id,
        PERSON_NOTICE.c.id.in_(notice_ids),
        PERSON_NOTICE.c.seen_us.is_(None),
    )
    return tx.execute(sa.update(PERSON_NOTICE).where(*mine).values(seen_us=now_us)).rowcount


# Preferences


def preference(tx: Transaction, person_id: UUID, name: str) -> str | None:
    query = sa.select(PERSON_PREFERENCE.c.document).where(
        PERSON_PREFERENCE.c.person_id == person_id, PERSON_PREFERENCE.c.name == name
    )
    return tx.execute(query).scalar_one_or_none()


def keep_preference(tx: Transaction, person_id: UUID, name: str, document: str, now_us: int) -> None:
    insert = sqlite.insert if tx.dialect == "sqlite" else postgresql.insert
    values = {"person_id": person_id, "name": name, "document": document, "changed_us": now_us}
    changed = {"document": document, "changed_us": now_us}
    statement = insert(PERSON_PREFERENCE).values(values)
    tx.execute(statement.on_conflict_do_update(index_elements=["person_id", "name"], set_=changed))


# Changes of the three administrators


def add_change(tx: Transaction, change: Change) -> None:
    values = {
        "id": change.id,
        "kind": change.kind.value,
        "role": change.role.code,
        "person_id": change.person_id,
        "proposed_by": change.proposed_by,
        "created_us": change.created_us,
        "expires_us": change.expires_us,
    }
    tx.execute(sa.insert(ADMINISTRATION_CHANGE).values(values))


def open_changes(tx: Transaction, now_us: int) -> tuple[Change, ...]:
    row = ADMINISTRATION_CHANGE.c
    query = sa.select(ADMINISTRATION_CHANGE).where(row.decided_us.is_(None), row.expires_us > now_us)
    return tuple(_change(found) for found in tx.execute(query.order_by(row.created_us)))


def lock_change(tx: Transaction, change_id: UUID) -> Change | None:
    query = sa.select(ADMINISTRATION_CHANGE).where(ADMINISTRATION_CHANGE.c.id == change_id)
    row = tx.execute(query.with_for_update()).first()
    return None if row is None else _change(row)


def decide_change(tx: Transaction, change_id: UUID, by: UUID, outcome: str, now_us: int) -> None:
    values = {"decided_us": now_us, "decided_by": by, "outcome": outcome}
    tx.execute(sa.update(ADMINISTRATION_CHANGE).where(ADMINISTRATION_CHANGE.c.id == change_id).values(values))


def _change(row: Any) -> Change:
    return Change(
        row.id,
        ChangeKind(row.kind),
        ROLE_BY_CODE[row.role],
        PersonId(row.person_id),
        PersonId(row.proposed_by),
        row.created_us,
        row.expires_us,
        row.decided_us,
        row.outcome,
    )


# Duty places


def add_duty_place(tx: Transaction, place: DutyPlace, link_key: bytes, link_expires_us: int) -> None:
    values = {
        "id": place.id,
        "name": place.name,
        "created_us": place.created_us,
        "link_key": link_key,
        "link_expires_us": link_expires_us,
    }
    tx.execute(sa.insert(DUTY_PLACE).values(values))


_MADE: Final = Order((DUTY_PLACE.c.created_us, UP), (DUTY_PLACE.c.id, UP))


def duty_places(tx: Transaction) -> tuple[DutyPlace, ...]:
    """Those that are not ended."""
    query = sa.select(DUTY_PLACE).where(DUTY_PLACE.c.ended_us.is_(None)).order_by(DUTY_PLACE.c.created_us)
    return tuple(_duty_place(row) for row in tx.execute(query))


def duty_places_page(tx: Transaction, after: Place | None, limit: int) -> Page[DutyPlace]:
    """A page of them, oldest first."""
    query = sa.select(DUTY_PLACE).where(DUTY_PLACE.c.ended_us.is_(None))
    return _MADE.page(tx, query, after, limit, _duty_place)


def duty_place(tx: Transaction, place_id: UUID) -> DutyPlace | None:
    row = tx.execute(sa.select(DUTY_PLACE).where(DUTY_PLACE.c.id == place_id).with_for_update()).first()
    return None if row is None or row.ended_us is not None else _duty_place(row)


def duty_place_of(tx: Transaction, device_key: bytes) -> DutyPlace | None:
    found = (DUTY_PLACE.c.device_key == device_key, DUTY_PLACE.c.ended_us.is_(None))
    row = tx.execute(sa.select(DUTY_PLACE).where(*found)).first()
    return None if row is None else _duty_place(row)


def enrol_duty_place(tx: Transaction, link_key: bytes, device_key: bytes, now_us: int) -> DutyPlace | None:
    """Use the link up; the place for exactly one caller."""
    good = (DUTY_PLACE.c.link_key == link_key, DUTY_PLACE.c.link_expires_us > now_us, DUTY_PLACE.c.ended_us.is_(None))
    values = {"link_key": None, "device_key": device_key, "enrolled_us": now_us}
    row = tx.execute(sa.update(DUTY_PLACE).where(*good).values(values).returning(DUTY_PLACE)).first()
    return None if row is None else _duty_place(row)


def end_duty_place(tx: Transaction, place_id: UUID, now_us: int) -> None:
    values = {"ended_us": now_us, "link_key": None, "device_key": None}
    tx.execute(sa.update(DUTY_PLACE).where(DUTY_PLACE.c.id == place_id).values(values))


def _duty_place(row: Any) -> DutyPlace:
    return DutyPlace(row.id, row.name, row.created_us, row.enrolled_us, row.ended_us, row.device_key)


# Tokens of programs


def add_program_token(tx: Transaction, token: Token) -> None:
    values = {
        "key": token.key,
        "id": token.id,
        "person_id": token.person_id,
        "name": token.name,
        "permissions": json.dumps(sorted(token.permissions)),
        "created_us": token.created_us,
        "expires_us": token.expires_us,
        "used_us": None,
        "used_address": "",
        "revoked_us": None,
    }
    tx.execute(sa.insert(PROGRAM_TOKEN).values(values))


def program_token(tx: Transaction, key: bytes) -> Token | None:
    row = tx.execute(sa.select(PROGRAM_TOKEN).where(PROGRAM_TOKEN.c.key == key)).first()
    return None if row is None else _program_token(row)


def program_tokens(tx: Transaction, people: Collection[UUID]) -> tuple[Token, ...]:
    """Those of these programs that were not revoked, oldest first."""
    mine = PROGRAM_TOKEN.c.person_id.in_(list(people)), PROGRAM_TOKEN.c.revoked_us.is_(None)
    query = sa.select(PROGRAM_TOKEN).where(*mine).order_by(PROGRAM_TOKEN.c.created_us)
    return tuple(_program_token(row) for row in tx.execute(query))


def use_program_token(tx: Transaction, key: bytes, now_us: int) -> None:
    tx.execute(sa.update(PROGRAM_TOKEN).where(PROGRAM_TOKEN.c.key == key).values(used_us=now_us))


def revoke_program_token(tx: Transaction, token_id: UUID, now_us: int) -> Token | None:
    good = (PROGRAM_TOKEN.c.id == token_id, PROGRAM_TOKEN.c.revoked_us.is_(None))
    row = tx.execute(sa.update(PROGRAM_TOKEN).where(*good).values(revoked_us=now_us).returning(PROGRAM_TOKEN)).first()
    return None if row is None else _program_token(row)


def _program_token(row: Any) -> Token:
    return Token(
        row.id,
        row.key,
        PersonId(row.person_id),
        row.name,
        frozenset(json.loads(row.permissions)),
        row.created_us,
        row.expires_us,
        row.used_us,
        row.used_address,
        row.revoked_us,
    )


# After a restore


def forget_what_opens(tx: Transaction, now_us: int) -> None:
    """End every sign-in, one-time link, duty place and program's token."""
    for table in (SESSION, ONE_TIME_TOKEN):
        tx.execute(sa.delete(table))
    tx.execute(sa.update(DUTY_PLACE).where(DUTY_PLACE.c.ended_us.is_(None)).values(ended_us=now_us))
    tx.execute(sa.update(PROGRAM_TOKEN).where(PROGRAM_TOKEN.c.revoked_us.is_(None)).values(revoked_us=now_us))
