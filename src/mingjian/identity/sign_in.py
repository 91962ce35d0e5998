"""What hashes a password: sign-in, taking over a duty place, proofs, first set-up, invitations, a new password.

The order is the same everywhere: wait for a turn, check what is cheap, hash with no transaction open, then write the
effect and its audit entry together. A hash takes about 0.2 s; a write transaction held that long would stop recording.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mingjian.audit.model import Actor
from mingjian.audit.service import audited
from mingjian.identity import factors, flow, seats, service
from mingjian.identity.errors import (
    CODE_NEEDED,
    CODE_WRONG,
    NOT_AT_DUTY,
    PASSWORD_WRONG,
    ROLE_NOT_ON_DUTY,
    SIGN_IN_REFUSED,
)
from mingjian.identity.model import (
    Credentials,
    DutyPlace,
    NewPerson,
    Opened,
    Person,
    Session,
    SessionKind,
    SetUpDone,
    Visit,
)
from mingjian.identity.passwords import Hasher
from mingjian.identity.rights import service as rights
from mingjian.identity.sealing import Sealer
from mingjian.identity.settings import IdentitySettings
from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Database, Transaction

Also = Callable[[Transaction, Actor], object]
"""Something else that belongs to the first set-up."""


def _nothing_else(_tx: Transaction, _by: Actor) -> None:
    """The people alone."""


AtSeat = Callable[[Transaction, DutyPlace, Person, Visit], object]
"""What else happens when somebody signs in at a duty place: the shift there is theirs from now on."""
WithPerson = Callable[[Transaction, Person], object]


def _no_shift(_tx: Transaction, _seat: DutyPlace, _person: Person, _visit: Visit) -> None:
    """Nobody asked about shifts."""


@dataclass(frozen=True, slots=True)
class Desk:
    """What every use case here needs."""

    database: Database
    hasher: Hasher
    settings: IdentitySettings
    sealer: Sealer
    at_seat: AtSeat = _no_shift


def sign_in(desk: Desk, login_name: str, password: str, visit: Visit, code: str | None = None) -> Opened:
    """A session for whoever knows the password and, where a second factor is in force, a code.

    A refused attempt is recorded although it fails. Attempts refused by the brake are not: they say nothing new, and
    an entry for each would let anybody fill the log. A right password without a code is half an attempt: it is not
    counted, and lets go of nothing that was.

    Raises MingjianError SIGN_IN_REFUSED, CODE_NEEDED, CODE_WRONG, TOO_MANY_GUESSES or HASHING_BUSY.
    """
    return _enter(desk, login_name, password, visit, code, on_duty=False)


def take_over(desk: Desk, login_name: str, secret: str, visit: Visit, code: str | None = None) -> Opened:
    """The next operator takes over a duty place: by password, or by PIN together with a code.

    Raises MingjianError NOT_AT_DUTY, ROLE_NOT_ON_DUTY and what `sign_in` raises.
    """
    with desk.database.read() as tx:
        if seats.at(tx, visit.device) is None:
            raise MingjianError(NOT_AT_DUTY)
    return _enter(desk, login_name, secret, visit, code, on_duty=True)


def take_over_from(
    desk: Desk, before: Session, login_name: str, secret: str, visit: Visit, code: str | None, also: WithPerson
) -> Opened:
    """The next person signs in in the browser of `before`, whose sign-in ends; `also` is done in the same transaction.

    At a duty place as `take_over`, elsewhere as `sign_in`. Raises what they raise, and what `also` raises: then nobody
    is signed in or out.
    """
    with desk.database.read() as tx:
        on_duty = seats.at(tx, visit.device) is not None

    def both(tx: Transaction, person: Person) -> None:
        also(tx, person)
        service.sign_out(tx, before, visit)

    return _enter(desk, login_name, secret, visit, code, on_duty=on_duty, also=both)


def _enter(
    desk: Desk,
    login_name: str,
    secret: str,
    visit: Visit,
    code: str | None,
    *,
    on_duty: bool,
    also: WithPerson | None = None,
) -> Opened:
    name = flow.login_name(login_name)
    with desk.database.read() as tx:
        known = service.knows_device(tx, name, visit.device)
    keys = _brake_keys(name or login_name, visit, known=known)
    with desk.hasher.turn():
        _count(desk, keys, visit.now_us)
        with desk.database.read() as tx:
            found = service.credentials(tx, name)
        right = _right_on_duty(desk.hasher, found, secret, code) if on_duty else _right(desk.hasher, found, secret)
        if not right or found is None:
            with audited(desk.database) as tx:
                service.refuse_sign_in(tx, found, visit)
            raise MingjianError(SIGN_IN_REFUSED)
    if found.has_factor and not code:
        # Not an effect that anybody asked for, so it has no audit entry.
        with desk.database.write() as tx:
            service.uncount_guess(tx, keys)
        raise MingjianError(CODE_NEEDED)
    return _admit(desk, found, code, keys, visit, on_duty=on_duty, also=also)


def _admit(
    desk: Desk,
    found: Credentials,
    code: str | None,
    keys: tuple[bytes, bytes],
    visit: Visit,
    *,
    on_duty: bool,
    also: WithPerson | None,
) -> Opened:
    with audited(desk.database) as tx:
        person = service.admit(tx, found)
        good = not found.has_factor or factors.use(tx, person, code or "", desk.sealer, visit)
        if not good:
            service.refuse_sign_in(tx, found, visit)
        elif on_duty and person.role not in service.DUTY_ROLES:
            raise MingjianError(ROLE_NOT_ON_DUTY, role_zh=person.role.zh, role_en=person.role.en)
        else:
            service.forgive_guess(tx, *keys)
            if also is not None:
                also(tx, person)
            opened = service.open_session(tx, person, visit, desk.settings)
            seat = seats.at(tx, visit.device) if opened.session.kind is SessionKind.DUTY else None
            if seat is not None:
                desk.at_seat(tx, seat, person, visit)
            return opened
    raise MingjianError(CODE_WRONG)


def prove(desk: Desk, session: Session, visit: Visit, password: str | None, code: str | None) -> None:
    """The person of a session proves to be there: by password, or by a code of the second factor.

    Raises MingjianError PASSWORD_WRONG, CODE_WRONG, TOO_MANY_GUESSES or HASHING_BUSY.
    """
    name = session.person.login_name
    keys = _brake_keys(name, visit, known=True)
    with desk.hasher.turn():
        _count(desk, keys, visit.now_us)
        with desk.database.read() as tx:
            found = service.credentials(tx, name)
        right = password is None or _right(desk.hasher, found, password)
    with audited(desk.database) as tx:
        if password is None:
            right = factors.use(tx, session.person, code or "", desk.sealer, visit)
        if right:
            service.forgive_guess(tx, *keys)
            service.asserted(tx, session, visit, "code" if password is None else "password")
            return
        service.refuse_assertion(tx, session, visit)
    raise MingjianError(CODE_WRONG if password is None else PASSWORD_WRONG)


def refuse_token(database: Database, settings: IdentitySettings, visit: Visit) -> None:
    """Count and record a token that nobody has. Raises MingjianError TOO_MANY_GUESSES.

    Only wrong ones are counted: a right one works from the same address meanwhile.
    """
    keys = (flow.brake_key("token", flow.guessing_address(visit.address)),)
    with database.read() as tx:
        service.require_no_wait(tx, keys, visit.now_us, settings)
    with audited(database) as tx:
        service.count_guess(tx, keys, visit.now_us, settings)
        service.refuse_program(tx, visit)


def set_pin(desk: Desk, person: Person, pin: str, visit: Visit) -> None:
    """Set the PIN of duty places. Raises MingjianError PIN_UNFIT or HASHING_BUSY."""
    flow.check_pin(pin)
    hashed = _hash(desk.hasher, pin)
    with audited(desk.database) as tx:
        factors.set_pin(tx, person, hashed, visit)


def set_up(
    desk: Desk, token: str, people: Sequence[NewPerson], password: str, visit: Visit, also: Also = _nothing_else
) -> SetUpDone:
    """Create the first people; `people[0]` gets the password and is signed in, the others get invitations.

    `also` is done in the same transaction. Raises what it raises, and MingjianError TOKEN_INVALID, ALREADY_SET_UP,
    ROLE_TWICE, THREE_PEOPLE, SEAT_SAME_NAME, PASSWORD_WEAK, PASSWORD_COMMON, LOGIN_NAME_TAKEN and what
    `flow.new_person` raises.
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
        rights.give_everywhere(tx, [first, *(one.person for one in invited)], rights.AT_SET_UP, visit.now_us)
        also(tx, actor)
        opened = service.open_session(tx, first, visit, desk.settings)
    return SetUpDone(opened, invited)


def redeem_invite(desk: Desk, token: str, password: str, visit: Visit, code: str | None = None) -> Opened:
    """Set the password of an invited person and sign in.

    Raises MingjianError TOKEN_INVALID, PASSWORD_WEAK, PASSWORD_COMMON, and CODE_NEEDED or CODE_WRONG where a second
    factor is in force: a link alone is no second factor.
    """
    with desk.database.read() as tx:
        person = service.invited_person(tx, token, visit.now_us)
        has_factor = factors.state(tx, person).since_us is not None
    flow.check_password(password, person.login_name)
    if has_factor and not code:
        raise MingjianError(CODE_NEEDED)
    keys = _brake_keys(person.login_name, visit, known=False)
    if has_factor:
        _count(desk, keys, visit.now_us)
    hashed = _hash(desk.hasher, password)
    with audited(desk.database) as tx:
        if not has_factor or factors.use(tx, person, code or "", desk.sealer, visit):
            person = service.redeem_invite(tx, token, hashed, visit)
            return service.open_session(tx, person, visit, desk.settings)
        service.refuse_sign_in(tx, None, visit)
    raise MingjianError(CODE_WRONG)


def change_password(desk: Desk, session: Session, current: str, new: str, visit: Visit) -> None:
    """Replace the password of the session's person; all other sessions of that person end.

    Raises MingjianError PASSWORD_WRONG, PASSWORD_WEAK, TOO_MANY_GUESSES or HASHING_BUSY.
    """
    name = session.person.login_name
    flow.check_password(new, name)
    keys = _brake_keys(name, visit, known=True)
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


def _brake_keys(name: str, visit: Visit, *, known: bool) -> tuple[bytes, bytes]:
    """Whose guesses are counted together. Who comes with a device on which this name signed in before is counted for
    that device: guesses of others, from however many addresses, do not keep the owner out.
    """
    own = flow.brake_key("device", f"{name}\0{visit.device}") if known else flow.brake_key("name", name)
    return own, flow.brake_key("address", flow.guessing_address(visit.address))


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


def _right_on_duty(hasher: Hasher, found: Credentials | None, secret: str, code: str | None) -> bool:
    """A PIN opens nothing without a code of the factor, which `_admit` then asks for."""
    if found and found.pin_hash and found.has_factor and code and secret.isdecimal() and not found.disabled:
        return hasher.verify(found.pin_hash, secret)
    return _right(hasher, found, secret)


def _hash(hasher: Hasher, password: str) -> str:
    with hasher.turn():
        return hasher.hash(password)
