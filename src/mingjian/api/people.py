"""People: who there is, and inviting somebody new."""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from mingjian.api.deps import Caller, Context, Data, Requires
from mingjian.api.schema import Moment, Person, RoleCode, Shape, person_fields
from mingjian.identity import model, service
from mingjian.identity.model import ROLE_BY_CODE, NewPerson
from mingjian.identity.permissions import Permission

router = APIRouter(tags=["people"])


class PersonRecord(Person):
    """A person as whoever manages accounts sees them."""

    created_at: Moment
    disabled_at: Moment | None

    @classmethod
    def of(cls, person: model.Person) -> "PersonRecord":
        return cls.model_validate(
            person_fields(person) | {"created_at": person.created_us, "disabled_at": person.disabled_us}
        )


class People(Shape):
    """Everybody, in the order in which they were added, those added together by login name."""

    items: list[PersonRecord]


class PersonRequest(Shape):
    """Somebody who is to get an account."""

    login_name: str = Field(min_length=1, max_length=128, examples=["zhang.wei"])
    display_name: str = Field(min_length=1, max_length=128, examples=["张伟"])
    role: RoleCode


class PersonAdded(Shape):
    """The new person, and the token with which they set their password: the only time that it is shown."""

    person: PersonRecord
    invite_token: str


@router.get("/people", operation_id="listPeople", dependencies=[Depends(Requires(Permission.PEOPLE_READ))])
def list_people(data: Data) -> People:
    """Everybody with an account."""
    with data.read() as tx:
        return People(items=[PersonRecord.of(person) for person in service.everybody(tx)])


@router.post("/people", operation_id="addPerson", status_code=201)
def add_person(
    body: PersonRequest,
    caller: Annotated[Caller, Depends(Requires(Permission.PEOPLE_MANAGE))],
    context: Context,
    data: Data,
) -> PersonAdded:
    """Add a person, who sets the own password with the invitation."""
    given = NewPerson(body.login_name, body.display_name, ROLE_BY_CODE[body.role])
    with data.write() as tx:
        invited = service.add_person(tx, given, caller.actor, caller.visit.now_us, context.settings.identity)
    return PersonAdded(person=PersonRecord.of(invited.person), invite_token=invited.token)
