"""People: who there is, inviting, disabling, roles, lost factors, sign-ins of others, the three administrators."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import Field

from mingjian.api import paging
from mingjian.api.deps import Caller, Context, Data, Requires
from mingjian.api.paging import Cursor, Limit, Words
from mingjian.api.routing import versioned
from mingjian.api.schema import Moment, Person, Role, RoleCode, Shape, person_fields
from mingjian.api.session import SignIn, SignInId, SignIns
from mingjian.identity import administration, factors, model, service
from mingjian.identity.model import ROLE_BY_CODE, ChangeKind, NewPerson
from mingjian.identity.permissions import Permission
from mingjian.storage.engine import Transaction

router = versioned("people")

Manager = Annotated[Caller, Depends(Requires(Permission.PEOPLE_MANAGE))]
Reader = Annotated[Caller, Depends(Requires(Permission.PEOPLE_READ))]
Administrator = Annotated[Caller, Depends(Requires(Permission.ADMINISTRATION_CHANGE))]


class PersonRecord(Person):
    """A person as whoever manages accounts sees them. `has_password` false: the invitation was not taken up yet."""

    number: str | None
    created_at: Moment
    disabled_at: Moment | None
    has_password: bool
    second_factor: bool

    @classmethod
    def of_account(cls, account: model.Account) -> "PersonRecord":
        person = account.person
        more = {
            "number": person.number,
            "created_at": person.created_us,
            "disabled_at": person.disabled_us,
            "has_password": account.has_password,
            "second_factor": account.second_factor,
        }
        return cls.model_validate(person_fields(person) | more)


class People(Shape):
    """A page of people, in the order in which they were added, those added together by login name."""

    items: list[PersonRecord]
    next: str | None


class PersonRequest(Shape):
    """Somebody who is to get an account; `number` is the one by which the organisation knows them."""

    login_name: str = Field(min_length=1, max_length=128, examples=["zhang.wei"])
    display_name: str = Field(min_length=1, max_length=128, examples=["张伟"])
    role: RoleCode
    number: str = Field(default="", max_length=64, examples=["530581-0217"])


class PersonAdded(Shape):
    """The new person, and the token with which they set their password: the only time that it is shown."""

    person: PersonRecord
    invite_token: str


class RoleChange(Shape):
    """The role that a person gets."""

    role: RoleCode


class InviteRenewed(Shape):
    """The token of a new link: the only time that it is shown."""

    invite_token: str


class Seat(Shape):
    """One of the three administrations and who holds it."""

    role: Role
    person_id: UUID | None
    display_name: str | None
    number: str | None


class AdministrationChange(Shape):
    """A proposal that waits for the remaining administrator. `may_confirm`: it is the caller."""

    id: UUID
    kind: Literal["replace", "renew"]
    role: Role
    person_id: UUID
    display_name: str
    proposed_by: str
    proposed_at: Moment
    expires_at: Moment
    may_confirm: bool
    may_withdraw: bool


class Administration(Shape):
    """The three administrators and what is proposed about them."""

    seats: list[Seat]
    changes: list[AdministrationChange]


class AdministrationProposal(Shape):
    """`replace`: the person takes the seat of the role; `renew`: its holder gets a new link."""

    kind: Literal["replace", "renew"]
    role: Literal["system_administrator", "security_administrator", "auditor"]
    person_id: UUID


class AdministrationConfirmed(Shape):
    """What was done; the token of the link where one was made: the only time that it is shown."""

    invite_token: str | None


@router.get("/people", operation_id="listPeople", dependencies=[Depends(Requires(Permission.PEOPLE_READ))])
def list_people(
    data: Data,
    q: Words = "",
    role: RoleCode | None = None,
    *,
    enabled: Annotated[bool | None, Query(description="Only those that are let in, or only those that are not")] = None,
    cursor: Cursor = None,
    limit: Limit = 200,
) -> People:
    """People with an account; with `q` those whose names or number hold every word of it."""
    wanted = model.Wanted(q, ROLE_BY_CODE[role] if role else None, enabled)
    with data.read() as tx:
        page = service.accounts(tx, wanted, paging.place(cursor, int, str), limit)
    return People(items=[PersonRecord.of_account(one) for one in page.items], next=paging.following(page.next))


@router.post("/people", operation_id="addPerson", status_code=201)
def add_person(body: PersonRequest, caller: Manager, context: Context, data: Data) -> PersonAdded:
    """Add a person, who sets the own password with the invitation."""
    given = NewPerson(body.login_name, body.display_name, ROLE_BY_CODE[body.role], body.number)
    with data.write() as tx:
        invited = service.add_person(tx, given, caller.actor, caller.visit.now_us, context.settings.identity)
    return PersonAdded(
        person=PersonRecord.of_account(model.Account(invited.person, has_password=False, second_factor=False)),
        invite_token=invited.token,
    )


@router.post("/people/{person_id}/disable", operation_id="disablePerson", status_code=204)
def disable_person(person_id: UUID, caller: Manager, data: Data) -> None:
    """Let nobody in by this account; its sign-ins end at once."""
    with data.write() as tx:
        service.disable(tx, person_id, caller.person, caller.visit)


@router.post("/people/{person_id}/enable", operation_id="enablePerson", status_code=204)
def enable_person(person_id: UUID, caller: Manager, data: Data) -> None:
    """Let a disabled person in again."""
    with data.write() as tx:
        service.enable(tx, person_id, caller.person, caller.visit)


@router.put("/people/{person_id}/role", operation_id="changeRole", status_code=204)
def change_role(person_id: UUID, body: RoleChange, caller: Manager, data: Data) -> None:
    """Give a person another role; their sign-ins end. The seats of the three administrators change by two."""
    with data.write() as tx:
        service.change_role(tx, person_id, ROLE_BY_CODE[body.role], caller.person, caller.visit)


@router.post("/people/{person_id}/invite", operation_id="renewInvite")
def renew_invite(person_id: UUID, caller: Manager, context: Context, data: Data) -> InviteRenewed:
    """A new link to set a password; an earlier one ends."""
    with data.write() as tx:
        invited = service.renew(tx, person_id, caller.person, caller.visit, context.settings.identity)
    return InviteRenewed(invite_token=invited.token)


@router.delete("/people/{person_id}/factor", operation_id="resetFactor", status_code=204)
def reset_factor(
    person_id: UUID,
    caller: Annotated[Caller, Depends(Requires(Permission.PEOPLE_MANAGE, Permission.ADMINISTRATION_CHANGE))],
    data: Data,
) -> None:
    """Remove the second factor of somebody who lost it; they are told, and signed out. The password stays."""
    with data.write() as tx:
        factors.reset(tx, person_id, caller.person, caller.visit)


@router.get("/people/{person_id}/sign-ins", operation_id="listSignInsOf")
def list_sign_ins_of(person_id: UUID, caller: Reader, context: Context, data: Data) -> SignIns:
    """Where a person is signed in now."""
    with data.read() as tx:
        person = service.require_person(tx, person_id)
        found = service.sign_ins(tx, person.id, caller.visit.now_us, context.settings.identity)
    return SignIns(items=[SignIn.of(one, caller.session.key) for one in found])


@router.delete("/people/{person_id}/sign-ins", operation_id="endSignInsOf", status_code=204)
def end_sign_ins_of(person_id: UUID, caller: Manager, data: Data) -> None:
    """End all sign-ins of a person, who is told."""
    with data.write() as tx:
        service.end_sign_ins(tx, service.require_person(tx, person_id), caller.person, caller.visit)


@router.delete("/people/{person_id}/sign-ins/{sign_in_id}", operation_id="endSignInOf", status_code=204)
def end_sign_in_of(person_id: UUID, sign_in_id: SignInId, caller: Manager, data: Data) -> None:
    """End one sign-in of a person, who is told."""
    with data.write() as tx:
        service.end_sign_in(tx, service.require_person(tx, person_id), sign_in_id, caller.person, caller.visit)


@router.get("/administration", operation_id="administration")
def get_administration(caller: Reader, data: Data) -> Administration:
    """The three administrators, and what is proposed about them."""
    with data.read() as tx:
        found = administration.seats(tx)
        changes = administration.open_changes(tx, caller.visit.now_us)
        people = _named(tx, changes)
    return Administration(
        seats=[_seat(role, holder) for role, holder in found],
        changes=[_change(change, people, caller.person) for change in changes],
    )


@router.post("/administration/changes", operation_id="proposeAdministration", status_code=201)
def propose_administration(body: AdministrationProposal, caller: Administrator, data: Data) -> AdministrationChange:
    """Propose to change one of the three administrators; the remaining one confirms it."""
    with data.write() as tx:
        change = administration.propose(
            tx, ChangeKind(body.kind), ROLE_BY_CODE[body.role], body.person_id, caller.person, caller.visit
        )
        people = _named(tx, [change])
    return _change(change, people, caller.person)


@router.post("/administration/changes/{change_id}/confirm", operation_id="confirmAdministration")
def confirm_administration(
    change_id: UUID, caller: Administrator, context: Context, data: Data
) -> AdministrationConfirmed:
    """Confirm what another administrator proposed: it is done at once."""
    with data.write() as tx:
        invited, _ = administration.confirm(tx, change_id, caller.person, caller.visit, context.settings.identity)
    return AdministrationConfirmed(invite_token=invited.token if invited else None)


@router.post("/administration/changes/{change_id}/withdraw", operation_id="withdrawAdministration", status_code=204)
def withdraw_administration(change_id: UUID, caller: Administrator, data: Data) -> None:
    """Take an own proposal back, or refuse the other's."""
    with data.write() as tx:
        administration.withdraw(tx, change_id, caller.person, caller.visit)


def _named(tx: Transaction, changes: Iterable[model.Change]) -> Mapping[UUID, model.Person]:
    return service.named(tx, {one for change in changes for one in (change.person_id, change.proposed_by)})


def _seat(role: model.Role, holder: model.Person | None) -> Seat:
    return Seat(
        role=Role.of(role),
        person_id=holder.id if holder else None,
        display_name=holder.display_name if holder else None,
        number=holder.number if holder else None,
    )


def _change(change: model.Change, people: Mapping[UUID, model.Person], caller: model.Person) -> AdministrationChange:
    mine = change.proposed_by == caller.id
    decides = administration.may_decide(change, caller)
    return AdministrationChange(
        id=change.id,
        kind=change.kind.value,
        role=Role.of(change.role),
        person_id=change.person_id,
        display_name=people[change.person_id].display_name,
        proposed_by=people[change.proposed_by].display_name,
        proposed_at=change.created_us,
        expires_at=change.expires_us,
        may_confirm=decides,
        may_withdraw=mine or decides,
    )
