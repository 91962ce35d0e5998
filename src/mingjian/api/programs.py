"""Service accounts with their tokens, and duty places: what else than a person's browser may come in."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Response
from pydantic import Field

from mingjian.api import paging
from mingjian.api.deps import Caller, Context, Data, FromVisit, Public, Requires
from mingjian.api.paging import Cursor, Limit, Words
from mingjian.api.routing import versioned
from mingjian.api.schema import Moment, Shape
from mingjian.api.security import DEVICE_COOKIE
from mingjian.api.session import DEVICE_S
from mingjian.identity import model, programs, seats
from mingjian.identity.permissions import Permission

router = versioned("programs")

Manager = Annotated[Caller, Depends(Requires(Permission.PEOPLE_MANAGE))]
_NAME = Field(min_length=1, max_length=128)


class Token(Shape):
    """A token as it is listed; its secret was shown once."""

    id: UUID
    name: str
    permissions: list[str]
    created_at: Moment
    expires_at: Moment
    used_at: Moment | None

    @classmethod
    def of(cls, token: model.Token) -> "Token":
        return cls(
            id=token.id,
            name=token.name,
            permissions=sorted(token.permissions),
            created_at=token.created_us,
            expires_at=token.expires_us,
            used_at=token.used_us,
        )


class Program(Shape):
    """A service account with its tokens."""

    id: UUID
    login_name: str
    display_name: str
    created_at: Moment
    disabled_at: Moment | None
    tokens: list[Token]


class Programs(Shape):
    """A page of service accounts, and the permissions that a token can have at most."""

    items: list[Program]
    next: str | None
    permissions: list[str]


class NewProgram(Shape):
    """A service account to be made."""

    login_name: str = Field(min_length=1, max_length=128, examples=["svc.platform"])
    display_name: str = Field(min_length=1, max_length=128, examples=["市级平台"])


class NewToken(Shape):
    """What a token shall be good for."""

    name: str = Field(min_length=1, max_length=128, examples=["2027"])
    permissions: list[str] = Field(min_length=1, max_length=64, examples=[["channel.read"]])
    days: int = Field(ge=1, le=3_660)


class TokenIssued(Shape):
    """The token and its secret, for the header `Authorization: Bearer …`: the only time that it is shown."""

    token: Token
    secret: str


class DutyPlace(Shape):
    """A duty place; `enrolled_at` null: its link was not opened yet."""

    id: UUID
    name: str
    created_at: Moment
    enrolled_at: Moment | None
    holders: list[str]


class DutyPlaces(Shape):
    """A page of the duty places in use."""

    items: list[DutyPlace]
    next: str | None


class NewDutyPlace(Shape):
    """A duty place to be made."""

    name: str = Field(min_length=1, max_length=128, examples=["指挥中心 1 号席"])


class DutyPlaceAdded(Shape):
    """The token of the link to be opened in the browser of the place: the only time that it is shown."""

    id: UUID
    link_token: str


class DutyPlaceLink(Shape):
    """The token of a duty place's link."""

    token: str = _NAME


class DutyPlaceEnrolled(Shape):
    """The place that this browser is now."""

    name: str


@router.get("/programs", operation_id="listPrograms", dependencies=[Depends(Requires(Permission.PEOPLE_READ))])
def list_programs(data: Data, q: Words = "", cursor: Cursor = None, limit: Limit = 200) -> Programs:
    """Service accounts with their tokens; with `q` those whose names hold every word of it."""
    with data.read() as tx:
        page, tokens = programs.accounts(tx, q, paging.place(cursor, int, str), limit)
    items = [
        Program(
            id=one.id,
            login_name=one.login_name,
            display_name=one.display_name,
            created_at=one.created_us,
            disabled_at=one.disabled_us,
            tokens=[Token.of(token) for token in tokens[one.id]],
        )
        for one in (account.person for account in page.items)
    ]
    allowed = [permission.value for permission in programs.grantable()]
    return Programs(items=items, next=paging.following(page.next), permissions=allowed)


@router.post("/programs", operation_id="addProgram", status_code=201)
def add_program(body: NewProgram, caller: Manager, data: Data) -> Program:
    """Make a service account. It reaches nothing before it is given a scope."""
    with data.write() as tx:
        made = programs.add(tx, body.login_name, body.display_name, caller.person, caller.visit)
    return Program(
        id=made.id,
        login_name=made.login_name,
        display_name=made.display_name,
        created_at=made.created_us,
        disabled_at=None,
        tokens=[],
    )


@router.post("/programs/{program_id}/disable", operation_id="disableProgram", status_code=204)
def disable_program(program_id: UUID, caller: Manager, data: Data) -> None:
    """End a service account and all of its tokens."""
    with data.write() as tx:
        programs.disable(tx, program_id, caller.person, caller.visit)


@router.post("/programs/{program_id}/tokens", operation_id="issueToken", status_code=201)
def issue_token(program_id: UUID, body: NewToken, caller: Manager, context: Context, data: Data) -> TokenIssued:
    """Issue a token to a service account."""
    with data.write() as tx:
        token, secret = programs.issue(
            tx,
            program_id,
            body.name,
            body.permissions,
            body.days,
            by=caller.person,
            visit=caller.visit,
            settings=context.settings.identity,
        )
    return TokenIssued(token=Token.of(token), secret=secret)


@router.delete("/tokens/{token_id}", operation_id="revokeToken", status_code=204)
def revoke_token(token_id: UUID, caller: Manager, data: Data) -> None:
    """Revoke a token: the next request with it is refused."""
    with data.write() as tx:
        programs.revoke(tx, token_id, caller.person, caller.visit)


@router.get("/duty-places", operation_id="listDutyPlaces", dependencies=[Depends(Requires(Permission.PEOPLE_READ))])
def list_duty_places(data: Data, cursor: Cursor = None, limit: Limit = 200) -> DutyPlaces:
    """Duty places, and who is signed in there."""
    with data.read() as tx:
        page, holders = seats.page(tx, paging.place(cursor, int, UUID), limit)
    items = [
        DutyPlace(
            id=place.id,
            name=place.name,
            created_at=place.created_us,
            enrolled_at=place.enrolled_us,
            holders=list(holders.get(place.device_key or b"", ())),
        )
        for place in page.items
    ]
    return DutyPlaces(items=items, next=paging.following(page.next))


@router.post("/duty-places", operation_id="addDutyPlace", status_code=201)
def add_duty_place(body: NewDutyPlace, caller: Manager, data: Data) -> DutyPlaceAdded:
    """Make a duty place; the browser that opens the link becomes it."""
    with data.write() as tx:
        place, token = seats.add(tx, body.name, caller.person, caller.visit)
    return DutyPlaceAdded(id=place.id, link_token=token)


@router.post(
    "/duty-places/enrol",
    operation_id="enrolDutyPlace",
    dependencies=[Depends(Public("the one-time token of the link is the proof; it signs nobody in"))],
)
def enrol_duty_place(body: DutyPlaceLink, response: Response, data: Data, visit: FromVisit) -> DutyPlaceEnrolled:
    """Make this browser the duty place of the link."""
    with data.write() as tx:
        place, device = seats.enrol(tx, body.token, visit)
    response.set_cookie(
        DEVICE_COOKIE, device, max_age=DEVICE_S, path="/", secure=True, httponly=True, samesite="strict"
    )
    return DutyPlaceEnrolled(name=place.name)


@router.delete("/duty-places/{place_id}", operation_id="endDutyPlace", status_code=204)
def end_duty_place(place_id: UUID, caller: Manager, data: Data) -> None:
    """The browser is a duty place no longer; whoever is signed in there is signed out."""
    with data.write() as tx:
        seats.end(tx, place_id, caller.person, caller.visit)
