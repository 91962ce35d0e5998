"""Organisations and units, and which statutory role each has towards places and systems."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends
from pydantic import Field

from mingjian.api import door
from mingjian.api.basic import BasicText
from mingjian.api.deps import Caller, Data, Requires
from mingjian.api.routing import versioned
from mingjian.api.schema import Moment, Shape
from mingjian.identity.permissions import Permission
from mingjian.identity.scopes import Target
from mingjian.kernel.ids import OrganisationId, PlaceId, SystemId
from mingjian.registry import model, organisations, systems
from mingjian.registry.territories import full_name
from mingjian.storage.engine import Transaction

router = versioned("registry")

Manager = Annotated[Caller, Depends(Requires(Permission.REGISTRY_MANAGE))]
Reader = Annotated[Caller, Depends(Requires(Permission.CHANNEL_READ))]

NAME_PATTERN = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
LINE_PATTERN = r"^[^\x00-\x1f\x7f]*$"
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=NAME_PATTERN)]
Line = Annotated[str, Field(max_length=200, pattern=LINE_PATTERN)]
RegionCode = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["530581"])]
OrganisationKindCode = Literal["government", "police", "institution", "enterprise", "community", "other"]
StatutoryRoleCode = Literal["builder", "using_unit", "owner", "manager", "maintainer", "supervising_department"]


class Kind(Shape):
    """A code with its name in both languages."""

    code: str
    zh: str
    en: str


class OrganisationForm(Shape):
    """An organisation as it is typed. `credit_code` is the unified social credit code (GB 32100), or empty."""

    name: Name
    region_code: RegionCode
    kind: OrganisationKindCode = "other"
    parent_id: UUID | None = None
    credit_code: str = Field(default="", max_length=18, pattern=r"^([0-9A-Za-z]{18})?$")
    address: Line = ""
    contact: Line = ""
    phone: Line = ""

    def told(self) -> model.NewOrganisation:
        return model.NewOrganisation(
            self.name.strip(),
            self.region_code,
            model.ORGANISATION_KINDS[self.kind],
            OrganisationId(self.parent_id) if self.parent_id else None,
            self.credit_code,
            self.address.strip(),
            self.contact.strip(),
            self.phone.strip(),
        )


class OrganisationSystem(Shape):
    """A system of an organisation."""

    id: UUID
    name: str


class Organisation(Shape):
    """An organisation, and the systems that belong to it itself."""

    id: UUID
    name: str
    kind: Kind
    parent_id: UUID | None
    region_code: str
    region_zh: str
    region_en: str
    credit_code: BasicText
    address: BasicText
    contact: BasicText
    phone: BasicText
    systems: list[OrganisationSystem]

    @classmethod
    def of(cls, tx: Transaction, one: model.Organisation) -> "Organisation":
        region = full_name(one.region_code)
        return cls(
            id=one.id,
            name=one.name,
            kind=Kind(code=one.kind.code, zh=one.kind.zh, en=one.kind.en),
            parent_id=one.parent_id,
            region_code=one.region_code,
            region_zh=region.zh,
            region_en=region.en,
            credit_code=one.credit_code,
            address=one.address,
            contact=one.contact,
            phone=one.phone,
            systems=[OrganisationSystem(id=each.id, name=each.name) for each in systems.systems_of(tx, one.id)],
        )


class StatutoryRole(Shape):
    """An organisation in a statutory role; `until` is null while it holds."""

    id: UUID
    role: Kind
    organisation_id: UUID
    organisation: str
    since: Moment
    until: Moment | None

    @classmethod
    def of(cls, given: model.Assignment, organisation: model.Organisation) -> "StatutoryRole":
        return cls(
            id=given.id,
            role=Kind(code=given.role.code, zh=given.role.zh, en=given.role.en),
            organisation_id=organisation.id,
            organisation=organisation.name,
            since=given.from_us,
            until=given.until_us,
        )


class NewStatutoryRole(Shape):
    """Which organisation gets which role towards a place or a system."""

    role: StatutoryRoleCode
    organisation_id: UUID


@router.post("/organisations", operation_id="addOrganisation", status_code=201)
def add_organisation(body: OrganisationForm, data: Data, caller: Manager) -> Organisation:
    """Register an organisation."""
    with data.write() as tx:
        caller = caller.at(Permission.REGISTRY_MANAGE, _destination(tx, body))
        added = organisations.add(tx, body.told(), by=caller.actor, now_us=caller.visit.now_us)
        return Organisation.of(tx, added)


@router.get("/organisations/{organisation_id}", operation_id="getOrganisation")
def get_organisation(organisation_id: UUID, data: Data, _caller: Reader) -> Organisation:
    """One organisation."""
    with data.read() as tx:
        return Organisation.of(tx, organisations.organisation(tx, organisation_id))


@router.put("/organisations/{organisation_id}", operation_id="changeOrganisation")
def change_organisation(organisation_id: UUID, body: OrganisationForm, data: Data, caller: Manager) -> Organisation:
    """Make an organisation what the form says; with another one above it, all below it moves along."""
    with data.write() as tx:
        caller = caller.at(Permission.REGISTRY_MANAGE, _destination(tx, body))
        changed = organisations.change(tx, organisation_id, body.told(), by=caller.actor, now_us=caller.visit.now_us)
        return Organisation.of(tx, changed)


@router.delete("/organisations/{organisation_id}", operation_id="retireOrganisation", status_code=204)
def retire_organisation(organisation_id: UUID, data: Data, caller: Manager) -> None:
    """Take an organisation out of use; nothing may belong to it any more."""
    with data.write() as tx:
        organisations.retire(tx, organisation_id, by=caller.actor, now_us=caller.visit.now_us)


@router.post("/places/{place_id}/roles", operation_id="givePlaceRole", status_code=201)
def give_place_role(place_id: UUID, body: NewStatutoryRole, data: Data, caller: Manager) -> StatutoryRole:
    """Say which organisation has a statutory role towards a place."""
    with data.write() as tx:
        role = model.STATUTORY_ROLES[body.role]
        given = organisations.give_role(
            tx,
            role,
            body.organisation_id,
            place_id=PlaceId(place_id),
            by=caller.actor,
            now_us=caller.visit.now_us,
        )
        return StatutoryRole.of(given, organisations.organisation(tx, body.organisation_id))


@router.post("/systems/{system_id}/roles", operation_id="giveSystemRole", status_code=201)
def give_system_role(system_id: UUID, body: NewStatutoryRole, data: Data, caller: Manager) -> StatutoryRole:
    """Say which organisation has a statutory role towards a system."""
    with data.write() as tx:
        found = systems.system(tx, system_id)
        caller = caller.at(Permission.REGISTRY_MANAGE, systems.target(tx, found))
        role = model.STATUTORY_ROLES[body.role]
        given = organisations.give_role(
            tx,
            role,
            body.organisation_id,
            system_id=SystemId(system_id),
            by=caller.actor,
            now_us=caller.visit.now_us,
        )
        return StatutoryRole.of(given, organisations.organisation(tx, body.organisation_id))


@router.delete("/statutory-roles/{role_id}", operation_id="endStatutoryRole", status_code=204)
def end_statutory_role(role_id: UUID, data: Data, caller: Manager) -> None:
    """A statutory role holds no longer; that it did stays known."""
    with data.write() as tx:
        given = organisations.assignment(tx, role_id)
        caller = caller.at(Permission.REGISTRY_MANAGE, _target(tx, given))
        organisations.end_role(tx, role_id, by=caller.actor, now_us=caller.visit.now_us)


def _destination(tx: Transaction, body: OrganisationForm) -> Target:
    above = organisations.organisation(tx, body.parent_id).line if body.parent_id else ()
    return Target(body.region_code, above)


def _target(tx: Transaction, given: model.Assignment) -> Target:
    if given.place_id is not None:
        return door.of_place(tx, given.place_id)
    assert given.system_id is not None
    return systems.target(tx, systems.system(tx, given.system_id))
