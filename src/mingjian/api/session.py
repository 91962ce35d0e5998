"""Getting in and out: first set-up, invitations, sign-in, taking over, the own session."""

from functools import partial
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Depends, Path, Response
from pydantic import ConfigDict, Field

from mingjian.api.deps import Caller, Context, Data, FromVisit, Public, Requires, SignInDesk
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, Language, Moment, Person, Role, RoleCode, Shape
from mingjian.api.security import COOKIE, DEVICE_COOKIE
from mingjian.audit.model import Actor
from mingjian.identity import factors, flow, model, seats, service, sign_in
from mingjian.identity.model import DEFAULT_LANGUAGE, ROLE_BY_CODE, NewPerson, SessionKind
from mingjian.identity.permissions import Permission
from mingjian.registry import organisations
from mingjian.registry.model import ORGANISATION_KINDS, NewOrganisation
from mingjian.site import service as site
from mingjian.storage.engine import Transaction

router = versioned("session")

# Forms are bounded here; what fits is decided in `identity.flow`.
_NAME: Final = Field(min_length=1, max_length=128)
_PASSWORD: Final = Field(min_length=1, max_length=1_024)
_TOKEN: Final = Field(min_length=1, max_length=128)
_CODE: Final = Field(default=None, min_length=1, max_length=64, examples=["287082"])

SignInId = Annotated[str, Path(min_length=32, max_length=32, pattern="^[0-9a-f]*$")]
DEVICE_S: Final = 400 * 86_400
"""The longest that browsers keep a cookie."""

_MINUTE_US: Final = 60_000_000

OwnSession = Annotated[Caller, Depends(Requires(Permission.SESSION_OWN))]


class SetUpPerson(Shape):
    """One of the first people."""

    role: RoleCode
    login_name: str = _NAME
    display_name: str = _NAME
    number: str = Field(default="", max_length=64, examples=["530581-0217"])

    def to_model(self, language: Language) -> NewPerson:
        return NewPerson(self.login_name, self.display_name, ROLE_BY_CODE[self.role], self.number, language)


class SetUpSite(Shape):
    """Whose installation it is and where: an organisation and the code of its division."""

    organisation: str = Field(min_length=1, max_length=64, pattern=NO_CONTROLS, examples=["腾冲市第一中学"])
    kind: Literal["government", "police", "institution", "enterprise", "community", "other"] = "other"
    region_code: str = Field(min_length=6, max_length=12, pattern="^[0-9]*$", examples=["530581"])


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
    site: SetUpSite | None = None
    language: Language = DEFAULT_LANGUAGE


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
    code: str | None = _CODE


class Credentials(Shape):
    """What somebody signs in with; `code` where a second factor is in force."""

    login_name: str = Field(min_length=1, max_length=128, examples=["zhang.wei"])
    password: str = _PASSWORD
    code: str | None = _CODE


class TakeOver(Shape):
    """Who takes over a duty place: `secret` is the password, or the PIN together with a code."""

    login_name: str = Field(min_length=1, max_length=128, examples=["zhang.wei"])
    secret: str = _PASSWORD
    code: str | None = _CODE


class Proof(Shape):
    """The own password, or a code of the second factor."""

    password: str | None = Field(default=None, min_length=1, max_length=1_024)
    code: str | None = _CODE


class Notice(Shape):
    """Something that the person is told."""

    id: UUID
    kind: str
    at: Moment
    zh: str
    en: str

    @classmethod
    def of(cls, notice: model.Notice) -> "Notice":
        text = notice.text
        return cls(id=notice.id, kind=notice.kind.code, at=notice.at_us, zh=text.zh, en=text.en)


class Watermark(Shape):
    """Over which pictures the console draws who watches and when: the policy of the installation."""

    live: bool
    playback: bool


class OwnState(Shape):
    """How the own sign-in stands. `locks_at` for a duty place: when everything but live locks; `fresh_until` when
    acts that need a proof will ask for one again, null where they ask now. `organisation`: whose installation it is,
    empty where nobody said.
    """

    organisation: str
    kind: Literal["browser", "duty"]
    duty_place: str | None
    locked: bool
    locks_at: Moment | None
    fresh_until: Moment | None
    expires_at: Moment
    second_factor: bool
    watermark: Watermark
    notices: list[Notice]


class NoticesRead(Shape):
    """Notices that the person has read."""

    ids: list[UUID] = Field(min_length=1, max_length=100)


class SignIn(Shape):
    """Where somebody is signed in."""

    id: str
    address: str
    agent: str
    duty: bool
    signed_in_at: Moment
    seen_at: Moment
    expires_at: Moment
    this: bool

    @classmethod
    def of(cls, session: model.Session, own: bytes | None) -> "SignIn":
        return cls(
            id=session.id,
            address=session.address,
            agent=session.agent,
            duty=session.kind is SessionKind.DUTY,
            signed_in_at=session.created_us,
            seen_at=session.seen_us,
            expires_at=session.expires_us,
            this=session.key == own,
        )


class SignIns(Shape):
    """Sign-ins that hold now, newest first."""

    items: list[SignIn]


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
    people = [person.to_model(body.language) for person in body.people]
    founded = partial(_found, body, visit.now_us)
    done = sign_in.set_up(desk, body.token, people, body.password, visit, founded)
    signed_in = enter(response, done.opened, visit.now_us)
    return SetUpResult(signed_in=signed_in, invites=[Invitation.of(invited) for invited in done.invited])


def _found(body: SetUp, now_us: int, tx: Transaction, by: Actor) -> None:
    given = body.site
    if given is None:
        site.change(tx, by, now_us, language=body.language)
        return
    new = NewOrganisation(given.organisation, given.region_code, ORGANISATION_KINDS[given.kind])
    made = organisations.add(tx, new, by=by, now_us=now_us)
    facts = {"organisation": made.name, "organisation_id": str(made.id), "region_code": made.region_code}
    site.change(tx, by, now_us, language=body.language, **facts)


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
    opened = sign_in.redeem_invite(desk, body.token, body.password, visit, body.code)
    return enter(response, opened, visit.now_us)


@router.post(
    "/session",
    operation_id="signIn",
    dependencies=[Depends(Public("this is the sign-in"))],
)
def open_session(body: Credentials, response: Response, desk: SignInDesk, visit: FromVisit) -> Person:
    """Sign in; the session is in a cookie that scripts cannot read."""
    opened = sign_in.sign_in(desk, body.login_name, body.password, visit, body.code)
    return enter(response, opened, visit.now_us)


@router.post(
    "/session/take-over",
    operation_id="takeOver",
    dependencies=[Depends(Public("the next operator signs in at a duty place"))],
)
def take_over(body: TakeOver, response: Response, desk: SignInDesk, visit: FromVisit) -> Person:
    """The next operator takes over this duty place: the one before is signed out."""
    opened = sign_in.take_over(desk, body.login_name, body.secret, visit, body.code)
    return enter(response, opened, visit.now_us)


@router.get("/session", operation_id="session")
def get_session(caller: OwnSession) -> Person:
    """Who is signed in, with everything that is allowed now: by the own role and by those of whom they stand in for."""
    return Person.of(caller.person).model_copy(
        update={"permissions": [permission.value for permission in caller.authority.permissions()]}
    )


@router.delete("/session", operation_id="signOut", status_code=204)
def close_session(caller: OwnSession, response: Response, data: Data) -> None:
    """Sign out: the session ends on the server, whoever else has the cookie."""
    with data.write() as tx:
        service.sign_out(tx, caller.session, caller.visit)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")


@router.get("/session/state", operation_id="ownState")
def get_own_state(caller: OwnSession, context: Context, data: Data) -> OwnState:
    """How the own sign-in stands, and what the person is told."""
    settings, session, visit = context.settings.identity, caller.session, caller.visit
    on_duty = session.kind is SessionKind.DUTY
    fresh = flow.is_fresh(session, visit, settings)
    with data.read() as tx:
        place = seats.at(tx, visit.device) if on_duty else None
        notices = service.notices(tx, caller.person)
        factor = factors.state(tx, caller.person)
        organisation = site.site(tx).organisation
    return OwnState(
        organisation=organisation,
        kind="duty" if on_duty else "browser",
        duty_place=place.name if place else None,
        locked=flow.is_locked(session, visit.now_us, settings),
        locks_at=session.active_us + int(settings.duty_lock_minutes * _MINUTE_US) if on_duty else None,
        fresh_until=session.asserted_us + int(settings.assertion_minutes * _MINUTE_US) if fresh else None,
        expires_at=session.expires_us,
        second_factor=factor.since_us is not None,
        watermark=Watermark(
            live=context.settings.access.watermark_live, playback=context.settings.access.watermark_playback
        ),
        notices=[Notice.of(notice) for notice in notices],
    )


@router.post("/session/proof", operation_id="prove", status_code=204)
def prove(body: Proof, caller: OwnSession, desk: SignInDesk) -> None:
    """Prove to be there, by password or code: for acts that ask for it, and to unlock a duty place."""
    sign_in.prove(desk, caller.session, caller.visit, body.password, body.code)


@router.post("/session/hand", operation_id="moveHand", status_code=204)
def move_hand(caller: OwnSession, context: Context) -> None:
    """Somebody acts at this duty place: it locks later. A locked one is unlocked by a proof alone."""
    # What people do is recorded where they do it; that a hand moved is no effect of its own.
    if caller.session.kind is SessionKind.DUTY:
        with context.database.write() as tx:
            service.acted(tx, caller.session, caller.visit.now_us)


@router.post("/session/notices/read", operation_id="readNotices", status_code=204)
def read_notices(body: NoticesRead, caller: OwnSession, data: Data) -> None:
    """Put notices away."""
    with data.write() as tx:
        service.put_away(tx, caller.person, body.ids, caller.actor, caller.visit.now_us)


@router.get("/session/sign-ins", operation_id="listSignIns")
def list_sign_ins(caller: OwnSession, context: Context, data: Data) -> SignIns:
    """Where the person is signed in now."""
    with data.read() as tx:
        found = service.sign_ins(tx, caller.person.id, caller.visit.now_us, context.settings.identity)
    return SignIns(items=[SignIn.of(one, caller.session.key) for one in found])


@router.delete("/session/sign-ins/{sign_in_id}", operation_id="endSignIn", status_code=204)
def end_sign_in(sign_in_id: SignInId, caller: OwnSession, data: Data) -> None:
    """End one of the own sign-ins: its next request is refused, its live pictures end."""
    with data.write() as tx:
        service.end_sign_in(tx, caller.person, sign_in_id, caller.person, caller.visit)


@router.put("/session/language", operation_id="setLanguage")
def set_language(body: LanguageChoice, caller: OwnSession, data: Data) -> Person:
    """Choose the language of the console."""
    with data.write() as tx:
        return Person.of(service.set_language(tx, caller.person, body.language, caller.actor, caller.visit.now_us))


@router.put("/session/password", operation_id="setPassword", status_code=204)
def set_password(body: PasswordChange, caller: OwnSession, desk: SignInDesk) -> None:
    """Change the own password; all other sessions of this person end."""
    sign_in.change_password(desk, caller.session, body.current, body.new, caller.visit)


def enter(response: Response, opened: model.Opened, now_us: int) -> Person:
    """Send the cookie of a session just begun, and who is signed in."""
    seconds = (opened.session.expires_us - now_us) // 1_000_000
    _set_cookie(response, COOKIE, opened.cookie, seconds)
    if opened.device is not None:
        _set_cookie(response, DEVICE_COOKIE, opened.device, DEVICE_S)
    return Person.of(opened.session.person)


def _set_cookie(response: Response, name: str, value: str, seconds: int) -> None:
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="strict")
