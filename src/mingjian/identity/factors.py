"""Second factors: setting one up, using it, losing it. Each in the caller's transaction, each with its entry."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from mingjian.audit.model import Action, Entry
from mingjian.audit.service import record
from mingjian.identity import factor, service, store
from mingjian.identity.errors import (
    CODE_WRONG,
    FACTOR_ACTIVE,
    FACTOR_MISSING,
    NOT_ONESELF,
    PIN_UNFIT,
    SEAT_BY_TWO,
)
from mingjian.identity.model import SEPARATE_ROLES, Factor, NoticeKind, Person, Visit
from mingjian.identity.sealing import Sealer
from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Transaction


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What is shown once while a factor is set up."""

    secret: str = field(repr=False)
    address: str = field(repr=False)
    drawing: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class FactorState:
    """How a person's factor stands; `since_us` None: none is in force."""

    since_us: int | None
    recovery_codes_left: int


def state(tx: Transaction, person: Person) -> FactorState:
    """How the own factor stands."""
    found = store.factor(tx, person.id)
    return FactorState(found.confirmed_us if found else None, store.recovery_codes_left(tx, person.id))


def enrol(tx: Transaction, person: Person, sealer: Sealer, visit: Visit) -> Enrolment:
    """Begin: a secret that is not in force before `confirm`. Beginning again forgets the one before.

    Raises MingjianError FACTOR_ACTIVE.
    """
    found = store.factor(tx, person.id, for_change=True)
    if found is not None and found.confirmed_us is not None:
        raise MingjianError(FACTOR_ACTIVE)
    secret = factor.new_secret()
    store.put_factor(tx, Factor(person.id, sealer.seal(secret, person.id), visit.now_us, None, 0))
    _record(tx, Action.FACTOR_BEGUN, person, person, visit)
    address = factor.address(secret, person.login_name)
    return Enrolment(secret, address, factor.drawn(address))


def confirm(tx: Transaction, person: Person, code: str, sealer: Sealer, visit: Visit) -> tuple[str, ...]:
    """Put the factor in force, once a code shows that the telephone has it; the recovery codes, shown once.

    Raises MingjianError FACTOR_MISSING, FACTOR_ACTIVE or CODE_WRONG.
    """
    found = store.factor(tx, person.id, for_change=True)
    if found is None:
        raise MingjianError(FACTOR_MISSING)
    if found.confirmed_us is not None:
        raise MingjianError(FACTOR_ACTIVE)
    if not _use_one_time(tx, found, factor.normal(code), sealer, visit.now_us):
        raise MingjianError(CODE_WRONG)
    store.confirm_factor(tx, person.id, visit.now_us)
    _record(tx, Action.FACTOR_ADDED, person, person, visit)
    return _new_codes(tx, person, sealer)


def renew_codes(tx: Transaction, person: Person, sealer: Sealer, visit: Visit) -> tuple[str, ...]:
    """Ten new recovery codes; the old ones end. Raises MingjianError FACTOR_MISSING."""
    found = store.factor(tx, person.id, for_change=True)
    if found is None or found.confirmed_us is None:
        raise MingjianError(FACTOR_MISSING)
    _record(tx, Action.RECOVERY_CODES_MADE, person, person, visit)
    return _new_codes(tx, person, sealer)


def remove(tx: Transaction, person: Person, visit: Visit) -> None:
    """Take the own factor away. Raises MingjianError FACTOR_MISSING."""
    if not store.drop_factor(tx, person.id):
        raise MingjianError(FACTOR_MISSING)
    store.set_pin_hash(tx, person.id, None)
    _record(tx, Action.FACTOR_REMOVED, person, person, visit)


def reset(tx: Transaction, person_id: UUID, by: Person, visit: Visit) -> tuple[bytes, ...]:
    """Another administrator takes the factor of somebody who lost it away; the person sees it, and is signed out.

    It opens nothing by itself: the password is still asked for. Of an administrator only an administrator may.
    Raises MingjianError PERSON_UNKNOWN, NOT_ONESELF, SEAT_BY_TWO or FACTOR_MISSING.
    """
    if person_id == by.id:
        raise MingjianError(NOT_ONESELF)
    person = service.require_person(tx, person_id)
    if person.role in SEPARATE_ROLES and by.role not in SEPARATE_ROLES:
        raise MingjianError(SEAT_BY_TWO, role_zh=person.role.zh, role_en=person.role.en)
    if not store.drop_factor(tx, person.id):
        raise MingjianError(FACTOR_MISSING)
    store.set_pin_hash(tx, person.id, None)
    service.notify(tx, person, NoticeKind.FACTOR_RESET, visit.now_us, by=by.display_name)
    _record(tx, Action.FACTOR_RESET, by, person, visit, login_name=person.login_name)
    return store.drop_sessions_of(tx, person.id, but=None)


def use(tx: Transaction, person: Person, code: str, sealer: Sealer, visit: Visit) -> bool:
    """Use a code of the factor in force, or a recovery code, up: False where it is wrong or was used."""
    found = store.factor(tx, person.id, for_change=True)
    if found is None or found.confirmed_us is None:
        return False
    given = factor.normal(code)
    if factor.is_one_time(given):
        return _use_one_time(tx, found, given, sealer, visit.now_us)
    if not store.use_recovery_code(tx, person.id, sealer.digest(given, person.id)):
        return False
    left = store.recovery_codes_left(tx, person.id)
    _record(tx, Action.RECOVERY_CODE_USED, person, person, visit, left=str(left))
    return True


def set_pin(tx: Transaction, person: Person, pin_hash: str | None, visit: Visit) -> None:
    """Set or remove what takes over a duty place together with a code.

    Raises MingjianError PIN_UNFIT without a factor in force: a PIN alone is next to nothing.
    """
    found = store.factor(tx, person.id)
    if pin_hash is not None and (found is None or found.confirmed_us is None):
        raise MingjianError(PIN_UNFIT)
    store.set_pin_hash(tx, person.id, pin_hash)
    _record(tx, Action.PIN_SET if pin_hash else Action.PIN_REMOVED, person, person, visit)


def _use_one_time(tx: Transaction, found: Factor, code: str, sealer: Sealer, now_us: int) -> bool:
    step = factor.matching_step(sealer.open(found.sealed, found.person_id), code, now_us, found.step)
    return step is not None and store.use_step(tx, found.person_id, step)


def _new_codes(tx: Transaction, person: Person, sealer: Sealer) -> tuple[str, ...]:
    codes = factor.new_recovery_codes()
    store.put_recovery_codes(tx, person.id, [sealer.digest(code, person.id) for code in codes])
    return tuple(factor.grouped(code) for code in codes)


def _record(tx: Transaction, action: Action, by: Person, about: Person, visit: Visit, **detail: str) -> None:
    given: Mapping[str, str] = detail
    actor = service.actor_of(by, visit.address)
    record(tx, Entry(action, actor, "person", str(about.id), dict(given), visit.now_us))
