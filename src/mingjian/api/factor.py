"""The own second factor, recovery codes, and the PIN of duty places."""

from typing import Final

from pydantic import Field

from mingjian.api.deps import Data, SignInDesk
from mingjian.api.routing import versioned
from mingjian.api.schema import Moment, Shape
from mingjian.api.session import OwnSession
from mingjian.identity import factors, sign_in

router = versioned("session")

_CODE: Final = Field(min_length=1, max_length=64, examples=["287082"])


class FactorState(Shape):
    """How the own second factor stands; `since` null: none is in force."""

    since: Moment | None
    recovery_codes_left: int


class FactorEnrolment(Shape):
    """What an authenticator app needs, shown once: a secret to type, and the same as a QR code (SVG)."""

    secret: str
    address: str
    drawing: str


class FactorCode(Shape):
    """A code that the app shows."""

    code: str = _CODE


class RecoveryCodes(Shape):
    """Ten codes, each for one time; shown once."""

    codes: list[str]


class Pin(Shape):
    """Digits that take over a duty place together with a code."""

    pin: str = Field(min_length=1, max_length=64)


@router.get("/session/factor", operation_id="ownFactor")
def get_factor(caller: OwnSession, data: Data) -> FactorState:
    """How the own second factor stands."""
    with data.read() as tx:
        found = factors.state(tx, caller.person)
    return FactorState(since=found.since_us, recovery_codes_left=found.recovery_codes_left)


@router.post("/session/factor", operation_id="beginFactor", status_code=201)
def begin_factor(caller: OwnSession, data: Data, desk: SignInDesk) -> FactorEnrolment:
    """Begin to set a second factor up; it is in force once a code was confirmed."""
    with data.write() as tx:
        begun = factors.enrol(tx, caller.person, desk.sealer, caller.visit)
    return FactorEnrolment(secret=begun.secret, address=begun.address, drawing=begun.drawing)


@router.post("/session/factor/confirm", operation_id="confirmFactor")
def confirm_factor(body: FactorCode, caller: OwnSession, data: Data, desk: SignInDesk) -> RecoveryCodes:
    """Put the second factor in force with a code that the app shows."""
    with data.write() as tx:
        codes = factors.confirm(tx, caller.person, body.code, desk.sealer, caller.visit)
    return RecoveryCodes(codes=list(codes))


@router.delete("/session/factor", operation_id="removeFactor", status_code=204)
def remove_factor(caller: OwnSession, data: Data) -> None:
    """Remove the own second factor, its recovery codes and the PIN."""
    with data.write() as tx:
        factors.remove(tx, caller.person, caller.visit)


@router.post("/session/factor/recovery-codes", operation_id="renewRecoveryCodes")
def renew_recovery_codes(caller: OwnSession, data: Data, desk: SignInDesk) -> RecoveryCodes:
    """Ten new recovery codes; the earlier ones end."""
    with data.write() as tx:
        codes = factors.renew_codes(tx, caller.person, desk.sealer, caller.visit)
    return RecoveryCodes(codes=list(codes))


@router.put("/session/pin", operation_id="setPin", status_code=204)
def set_pin(body: Pin, caller: OwnSession, desk: SignInDesk) -> None:
    """Set the PIN of duty places; it needs a second factor in force."""
    sign_in.set_pin(desk, caller.person, body.pin, caller.visit)
