"""What hashes a password: sign-in, first set-up, invitations, a new password.

The order is the same everywhere: wait for a turn, check what is cheap, hash with no transaction open, then write the
effect and its audit entry together. A hash takes about 0.2 s; a write transaction held that long would stop recording.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from mingjian.audit.service import audited
from mingjian.identity import flow, service
from mingjian.identity.errors import PASSWORD_WRONG, SIGN_IN_REFUSED
from mingjian.identity.model import Credentials, NewPerson, Opened, Session, SetUpDone, Visit
from mingjian.identity.passwords import Hasher
from mingjian.identity.settings import IdentitySettings
from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Database


@dataclass(frozen=True, slots=True)
class Desk:
    """What every use case here needs."""

    database: Database
    hasher: Hasher
    settings: IdentitySettings


def sign_in(desk: Desk, login_name: str, password: str, visit: Visit) -> Opened:
    """A session for whoever knows the password.

    A refused attempt is recorded although it fails. Attempts refused by the brake are not: they say nothing new, and
    an entry for each would let anybody fill the log.

    Raises MingjianError SIGN_IN_REFUSED, TOO_MANY_GUESSES or HASHING_BUSY.
    """
    name = flow.login_name(login_name)
    keys = _brake_keys(name or login_name, visit.address)
    with desk.hasher.turn():
        _count(desk, keys, visit.now_us)
        with desk.database.read() as tx:
            found = service.credentials(tx, name)
        if not _right(desk.hasher, found, password) or found is None:
            with audited(desk.database) as tx:
                service.refuse_sign_in(tx, found, visit)
            raise MingjianError(SIGN_IN_REFUSED)
    with audited(desk.database) as tx:
        person = service.admit(tx, found)
        service.forgive_guess(tx, *keys)
        return service.open_session(tx, person, visit, desk.settings)


def set_up(desk: Desk, token: str, people: Sequence[NewPerson], password: str, visit: Visit) -> SetUpDone:
    """Create the first people; `people[0]` gets the password and is signed in, the others get invitations.

    Raises MingjianError TOKEN_INVALID, ALREADY_SET_UP, ROLE_TWICE, THREE_PEOPLE, PASSWORD_WEAK, LOGIN_NAME_TAKEN and
    what `flow.new_person` raises.
    """
    with desk.database.read() as tx:
        service.require_setup_token(tx, token, visit.now_us)
    checked = flow.first_people(people)
    flow.check_password(password, checked[0].login_name)
    hashed = _hash(desk.hasher, password)
    with audited(desk.database) as tx:
        service.use_setup_token(tx, token, visit.now_us)
        first = service.add_first_person(tx, checked[0], hashed, visit)
        actor = service.actor_of(first, visit.address)
        invited = tuple(service.add_person(tx, person, actor, visit.now_us, desk.settings) for person in checked[1:])
        opened = service.open_session(tx, first, visit, desk.settings)
    return SetUpDone(opened, invited)


def redeem_invite(desk: Desk, token: str, password: str, visit: Visit) -> Opened:
    """Set the password of an invited person and sign in. Raises MingjianError TOKEN_INVALID or PASSWORD_WEAK."""
    with desk.database.read() as tx:
        person = service.invited_person(tx, token, visit.now_us)
    flow.check_password(password, person.login_name)
    hashed = _hash(desk.hasher, password)
    with audited(desk.database) as tx:
        person = service.redeem_invite(tx, token, hashed, visit)
        return service.open_session(tx, person, visit, desk.settings)


def change_password(desk: Desk, session: Session, current: str, new: str, visit: Visit) -> None:
    """Replace the password of the session's person; all other sessions of that person end.

    Raises MingjianError PASSWORD_WRONG, PASSWORD_WEAK, TOO_MANY_GUESSES or HASHING_BUSY.
    """
    name = session.person.login_name
    flow.check_password(new, name)
    keys = _brake_keys(name, visit.address)
    with desk.hasher.turn():
        _count(desk, keys, visit.now_us)
        with desk.database.read() as tx:
            found = service.credentials(tx, name)
        if not _right(desk.hasher, found, current) or found is None:
            with audited(desk.database) as tx:
                service.refuse_password_change(tx, session, visit)
            raise MingjianError(PASSWORD_WRONG)
        hashed = desk.hasher.hash(new)
    with audited(desk.database) as tx:
        service.admit(tx, found)
        service.forgive_guess(tx, *keys)
        service.change_password(tx, session, hashed, visit)


def _brake_keys(name: str, address: str) -> tuple[bytes, bytes]:
    return flow.brake_key("name", name), flow.brake_key("address", address)


def _count(desk: Desk, keys: Sequence[bytes], now_us: int) -> None:
    # Read first: whoever is braked must not cost the one writer of the database anything.
    with desk.database.read() as tx:
        service.require_no_wait(tx, keys, now_us, desk.settings)
    # A count is no effect that anybody asked for, so it has no audit entry; the refusal that follows has one.
    with desk.database.write() as tx:
        service.count_guess(tx, keys, now_us, desk.settings)


def _right(hasher: Hasher, found: Credentials | None, password: str) -> bool:
    usable = found is not None and not found.disabled
    return hasher.verify(found.password_hash if found and usable else None, password)


def _hash(hasher: Hasher, password: str) -> str:
    with hasher.turn():
        return hasher.hash(password)
