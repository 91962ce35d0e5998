"""Getting in and out: first set-up, invitations, sign-in, the own session."""

from typing import Annotated, Final

from fastapi import APIRouter, Depends, Response
from pydantic import ConfigDict, Field

from mingjian.api.deps import Caller, Data, FromVisit, Public, Requires, SignInDesk
from mingjian.api.schema import Language, Person, Role, RoleCode, Shape
from mingjian.api.security import COOKIE
from mingjian.identity import model, service, sign_in
from mingjian.identity.model import ROLE_BY_CODE, NewPerson
from mingjian.identity.permissions import Permission

router = APIRouter(tags=["session"])

# Forms are bounded here; what fits is decided in `identity.flow`.
_NAME: Final = Field(min_length=1, max_length=128)
_PASSWORD: Final = Field(min_length=1, max_length=1_024)
_TOKEN: Final = Field(min_length=1, max_length=128)

OwnSession = Annotated[Caller, Depends(Requires(Permission.SESSION_OWN))]


class SetUpPerson(Shape):
    """One of the first people."""

    role: RoleCode
    login_name: str = _NAME
    display_name: str = _NAME

    def to_model(self) -> NewPerson:
        return NewPerson(self.login_name, self.display_name, ROLE_BY_CODE[self.role])


class SetUp(Shape):
    """The first people, one for each role; `people[0]` gets `password` and is signed in."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "token": "…",
                    "people": [
                        {"role": "system_administrator", "login_name": "admin", "display_name": "李明"},
                        {"role": "security_administrator", "login_name": "security", "display_name": "王芳"},
                        {"role": "auditor", "login_name": "auditor", "display_name": "陈静"},
                    ],
                    "password": "…",
                }
            ]
        }
    )

    token: str = _TOKEN
    people: list[SetUpPerson] = Field(min_length=1, max_length=8)
    password: str = _PASSWORD


class Invitation(Shape):
    """Whom an invitation is for, and its token: the only time that it is shown."""

    login_name: str
    display_name: str
    role: Role
    token: str

    @classmethod
    def of(cls, invited: model.Invited) -> "Invitation":
        person = invited.person
        return cls(
            login_name=person.login_name,
            display_name=person.display_name,
            role=Role.of(person.role),
            token=invited.token,
        )


class SetUpResult(Shape):
    """The person who is signed in now, and the invitations for the others."""

    signed_in: Person
    invites: list[Invitation]


class InviteToken(Shape):
    """The token of an invitation."""

    token: str = _TOKEN


class Invite(Shape):
    """Whom an invitation is for."""

    login_name: str = Field(examples=["zhang.wei"])
    display_name: str = Field(examples=["张伟"])
    role: Role


class InviteRedemption(Shape):
    """An invitation and the password that its owner chose."""

    token: str = _TOKEN
    password: str = _PASSWORD


class Credentials(Shape):
    """What somebody signs in with."""

    login_name: str = Field(min_length=1, max_length=128, examples=["zhang.wei"])
    password: str = _PASSWORD


class LanguageChoice(Shape):
    """The language of the console for this person."""

    language: Language


class PasswordChange(Shape):
    """The password as it is and as it shall be."""

    current: str = _PASSWORD
    new: str = _PASSWORD


@router.post(
    "/setup",
    operation_id="setUp",
    status_code=201,
    dependencies=[Depends(Public("there is nobody yet; the one-time token is the proof"))],
)
def set_up(body: SetUp, response: Response, desk: SignInDesk, visit: FromVisit) -> SetUpResult:
    """Create the first people with the token that the server printed at its start."""
    people = [person.to_model() for person in body.people]
    done = sign_in.set_up(desk, body.token, people, body.password, visit)
    signed_in = _enter(response, done.opened, visit.now_us)
    return SetUpResult(signed_in=signed_in, invites=[Invitation.of(invited) for invited in done.invited])


@router.post(
    "/invites/look",
    operation_id="lookInvite",
    dependencies=[Depends(Public("the invited person has no password yet; the token is the proof"))],
)
def look_invite(body: InviteToken, data: Data, visit: FromVisit) -> Invite:
    """Whom an invitation is for. Changes nothing; POST keeps the token out of addresses and logs."""
    with data.read() as tx:
        person = service.invited_person(tx, body.token, visit.now_us)
    return Invite(login_name=person.login_name, display_name=person.display_name, role=Role.of(person.role))


@router.post(
    "/invites/redeem",
    operation_id="redeemInvite",
    dependencies=[Depends(Public("the invited person has no password yet; the token is the proof"))],
)
def redeem_invite(body: InviteRedemption, response: Response, desk: SignInDesk, visit: FromVisit) -> Person:
    """Set the own password with an invitation and sign in."""
    return _enter(response, sign_in.redeem_invite(desk, body.token, body.password, visit), visit.now_us)


@router.post(
    "/session",
    operation_id="signIn",
    dependencies=[Depends(Public("this is the sign-in"))],
)
def open_session(body: Credentials, response: Response, desk: SignInDesk, visit: FromVisit) -> Person:
    """Sign in; the session is in a cookie that scripts cannot read."""
    opened = sign_in.sign_in(desk, body.login_name, body.password, visit)
    return _enter(response, opened, visit.now_us)


@router.get("/session", operation_id="session")
def get_session(caller: OwnSession) -> Person:
    """Who is signed in."""
    return Person.of(caller.person)


@router.delete("/session", operation_id="signOut", status_code=204)
def close_session(caller: OwnSession, response: Response, data: Data) -> None:
    """Sign out: the session ends on the server, whoever else has the cookie."""
    with data.write() as tx:
        service.sign_out(tx, caller.session, caller.visit)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@router.put("/session/language", operation_id="setLanguage")
def set_language(body: LanguageChoice, caller: OwnSession, data: Data) -> Person:
    """Choose the language of the console."""
    with data.write() as tx:
        return Person.of(service.set_language(tx, caller.person, body.language, caller.actor, caller.visit.now_us))


@router.put("/session/password", operation_id="setPassword", status_code=204)
def set_password(body: PasswordChange, caller: OwnSession, desk: SignInDesk) -> None:
    """Change the own password; all other sessions of this person end."""
    sign_in.change_password(desk, caller.session, body.current, body.new, caller.visit)


def _enter(response: Response, opened: model.Opened, now_us: int) -> Person:
    seconds = (opened.session.expires_us - now_us) // 1_000_000
    response.set_cookie(COOKIE, opened.cookie, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict")
    return Person.of(opened.session.person)
