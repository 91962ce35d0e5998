"""Service accounts and their tokens: programs that read or act over the API, never with a cookie."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from mingjian.audit.model import JSON, Action, Entry
from mingjian.audit.service import record
from mingjian.identity import flow, service, store
from mingjian.identity.errors import LOGIN_NAME_UNFIT, PERSON_STATE, PROGRAM_UNKNOWN, TOKEN_TERMS
from mingjian.identity.model import DEFAULT_LANGUAGE, Account, Person, Role, Token, Visit, Wanted
from mingjian.identity.permissions import Permission, permissions_of
from mingjian.identity.settings import IdentitySettings
from mingjian.identity.tokens import digest, new_token
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId, new_id
from mingjian.storage.engine import Transaction
from mingjian.storage.keyset import Page, Place

PREFIX: Final = "mjt_"
"""So that people and scanners of code know what it is that they found."""

DAY_US: Final = 86_400_000_000


def accounts(
    tx: Transaction, words: str, after: Place | None, limit: int
) -> tuple[Page[Account], Mapping[PersonId, Sequence[Token]]]:
    """A page of service accounts in the order in which they were added, and their tokens that were not revoked."""
    page = store.accounts(tx, Wanted(words, programs=True), after, limit)
    tokens: dict[PersonId, list[Token]] = {one.person.id: [] for one in page.items}
    for token in store.program_tokens(tx, tokens.keys()):
        tokens[token.person_id].append(token)
    return page, tokens


def add(tx: Transaction, login_name: str, display_name: str, by: Person, visit: Visit) -> Person:
    """A service account. It reaches nothing before it is given a scope, and nobody signs in with it.

    Raises MingjianError LOGIN_NAME_UNFIT, DISPLAY_NAME_UNFIT or LOGIN_NAME_TAKEN.
    """
    login = flow.login_name(login_name)
    if login is None:
        raise MingjianError(LOGIN_NAME_UNFIT)
    person_id = PersonId(new_id(visit.now_us))
    shown = flow.display_name(display_name)
    person = Person(person_id, login, shown, Role.SERVICE, DEFAULT_LANGUAGE, visit.now_us)
    service.add_account(tx, person)
    _record(tx, Action.PROGRAM_ADDED, person, by, visit, {"login_name": login})
    return person


def disable(tx: Transaction, person_id: UUID, by: Person, visit: Visit) -> None:
    """End an account and all of its tokens. Raises MingjianError PROGRAM_UNKNOWN or PERSON_STATE."""
    person = _account(tx, person_id)
    if person.disabled_us is not None:
        raise MingjianError(PERSON_STATE)
    store.set_disabled(tx, person.id, visit.now_us)
    _record(tx, Action.PROGRAM_DISABLED, person, by, visit, {"login_name": person.login_name})


def issue(
    tx: Transaction,
    person_id: UUID,
    name: str,
    permissions: Collection[str],
    days: int,
    *,
    by: Person,
    visit: Visit,
    settings: IdentitySettings,
) -> tuple[Token, str]:
    """A token with some of what the table gives service accounts, and its secret: the only time that it is there.

    Raises MingjianError PROGRAM_UNKNOWN, PERSON_STATE, DISPLAY_NAME_UNFIT or TOKEN_TERMS.
    """
    person = _account(tx, person_id)
    if person.disabled_us is not None:
        raise MingjianError(PERSON_STATE)
    wanted = frozenset(permissions)
    known = {permission.value for permission in grantable()}
    if not wanted or not wanted <= known or not 1 <= days <= settings.longest_token_days:
        raise MingjianError(TOKEN_TERMS, days=settings.longest_token_days)
    secret = PREFIX + new_token()
    expires_us = visit.now_us + days * DAY_US
    shown = flow.display_name(name)
    token = Token(
        new_id(visit.now_us), digest(secret), person.id, shown, wanted, visit.now_us, expires_us, None, "", None
    )
    store.add_program_token(tx, token)
    detail: dict[str, JSON] = {
        "login_name": person.login_name,
        "name": token.name,
        "permissions": [*sorted(wanted)],
        "expires_us": expires_us,
    }
    _record(tx, Action.PROGRAM_TOKEN_ISSUED, person, by, visit, detail)
    return token, secret


def revoke(tx: Transaction, token_id: UUID, by: Person, visit: Visit) -> bytes:
    """End a token; its key. Raises MingjianError PROGRAM_UNKNOWN."""
    token = store.revoke_program_token(tx, token_id, visit.now_us)
    if token is None:
        raise MingjianError(PROGRAM_UNKNOWN)
    person = _account(tx, token.person_id)
    _record(tx, Action.PROGRAM_TOKEN_REVOKED, person, by, visit, {"login_name": person.login_name, "name": token.name})
    return token.key


def grantable() -> tuple[Permission, ...]:
    """What a token can be for at most: what the table lets service accounts do, but for what a sign-in is."""
    nobody = Person(PersonId(UUID(int=0)), "", "", Role.SERVICE, DEFAULT_LANGUAGE, 0)
    return tuple(one for one in permissions_of(nobody) if one is not Permission.SESSION_OWN)


def _account(tx: Transaction, person_id: UUID) -> Person:
    found = store.lock_person(tx, person_id)
    if found is None or found.role is not Role.SERVICE:
        raise MingjianError(PROGRAM_UNKNOWN)
    return found


def _record(tx: Transaction, action: Action, about: Person, by: Person, visit: Visit, detail: dict[str, JSON]) -> None:
    actor = service.actor_of(by, visit.address)
    record(tx, Entry(action, actor, "person", str(about.id), detail, visit.now_us))
