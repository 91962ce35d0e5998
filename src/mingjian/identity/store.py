"""The tables of people. Whatever would let somebody in is stored as a digest or an argon2id hash."""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from mingjian.identity.model import ROLE_BY_CODE, Brake, Credentials, Language, Person, Session
from mingjian.kernel.ids import PersonId
from mingjian.storage.engine import METADATA, Transaction

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
)
SESSION: Final = sa.Table(
    "session",
    METADATA,
    sa.Column("key", sa.LargeBinary(), primary_key=True),
    sa.Column("person_id", sa.Uuid(), sa.ForeignKey("person.id"), nullable=False, index=True),
    sa.Column("created_us", sa.BigInteger(), nullable=False),
    sa.Column("seen_us", sa.BigInteger(), nullable=False),
    sa.Column("expires_us", sa.BigInteger(), nullable=False, index=True),
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

SETUP: Final = "setup"
INVITE: Final = "invite"
_PURGED_AT_ONCE: Final = 100


# People


def anybody(tx: Transaction) -> bool:
    return tx.execute(sa.select(PERSON.c.id).limit(1)).first() is not None


def add_person(tx: Transaction, person: Person, password_hash: str | None) -> None:
    """Insert; an IntegrityError means that the login name is taken."""
    values = {
        "id": person.id,
        "login_name": person.login_name,
        "display_name": person.display_name,
        "role": person.role.code,
        "language": person.language,
        "password_hash": password_hash,
        "created_us": person.created_us,
        "disabled_us": person.disabled_us,
    }
    tx.execute(sa.insert(PERSON).values(values))


def person(tx: Transaction, person_id: UUID) -> Person | None:
    row = tx.execute(sa.select(PERSON).where(PERSON.c.id == person_id)).first()
    return None if row is None else _person(row)


def people(tx: Transaction) -> tuple[Person, ...]:
    return tuple(
        _person(row) for row in tx.execute(sa.select(PERSON).order_by(PERSON.c.created_us, PERSON.c.login_name))
    )


def credentials(tx: Transaction, login_name: str) -> Credentials | None:
    columns = (PERSON.c.id, PERSON.c.password_hash, PERSON.c.disabled_us)
    row = tx.execute(sa.select(*columns).where(PERSON.c.login_name == login_name)).first()
    return None if row is None else Credentials(row.id, row.password_hash, row.disabled_us is not None)


def lock_credentials(tx: Transaction, person_id: UUID) -> Credentials | None:
    """As `credentials`, and nobody else changes them before this transaction ends."""
    columns = (PERSON.c.id, PERSON.c.password_hash, PERSON.c.disabled_us)
    row = tx.execute(sa.select(*columns).where(PERSON.c.id == person_id).with_for_update()).first()
    return None if row is None else Credentials(row.id, row.password_hash, row.disabled_us is not None)


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
    }
    tx.execute(sa.insert(SESSION).values(values))


def session(tx: Transaction, key: bytes) -> Session | None:
    """The session of this key with its person: one read by primary keys."""
    joined = SESSION.join(PERSON, SESSION.c.person_id == PERSON.c.id)
    mine = (SESSION.c.key, SESSION.c.created_us.label("begun_us"), SESSION.c.seen_us, SESSION.c.expires_us)
    row = tx.execute(sa.select(*mine, PERSON).select_from(joined).where(SESSION.c.key == key)).first()
    if row is None:
        return None
    return Session(row.key, _person(row), row.begun_us, row.seen_us, row.expires_us)


def touch_session(tx: Transaction, key: bytes, now_us: int) -> None:
    tx.execute(sa.update(SESSION).where(SESSION.c.key == key, SESSION.c.seen_us < now_us).values(seen_us=now_us))


def drop_session(tx: Transaction, key: bytes) -> bool:
    return tx.execute(sa.delete(SESSION).where(SESSION.c.key == key)).rowcount == 1


def drop_sessions_of(tx: Transaction, person_id: UUID, but: bytes | None) -> None:
    query = sa.delete(SESSION).where(SESSION.c.person_id == person_id)
    tx.execute(query if but is None else query.where(SESSION.c.key != but))


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
    )
