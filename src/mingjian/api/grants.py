"""Who reaches what: grants, deputies, the table, and why somebody may see something."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Depends, Query
from pydantic import ConfigDict, Field

from mingjian.api import door, grounds, paging
from mingjian.api.deps import Caller, Data, Requires
from mingjian.api.paging import Cursor, Limit
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, TIME_EXAMPLE, Grounds, Moment, Role, Shape
from mingjian.identity import service as identity
from mingjian.identity.model import Person
from mingjian.identity.permissions import COLUMNS, SCOPED, TABLE, Permission
from mingjian.identity.rights import service as rights
from mingjian.identity.rights.errors import GRANT_UNFIT, GRANT_UNKNOWN
from mingjian.identity.rights.explain import Explanation
from mingjian.identity.rights.flow import in_words
from mingjian.identity.rights.model import Deputy, GivenGrant
from mingjian.identity.rights.words import WORDS
from mingjian.identity.scopes import ANYWHERE, Grant, Hours, Reach, Scope, ScopeKind, Target
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PersonId
from mingjian.registry import browsing, organisations, places, territories
from mingjian.registry import service as registry
from mingjian.registry.model import EntryKind, ListEntry
from mingjian.storage.engine import Transaction

router = versioned("permissions")

GrantReader = Annotated[Caller, Depends(Requires(Permission.GRANTS_READ))]
GrantManager = Annotated[Caller, Depends(Requires(Permission.GRANTS_MANAGE))]
OwnSession = Annotated[Caller, Depends(Requires(Permission.SESSION_OWN))]

KindCode = Literal["everywhere", "territory", "organisation", "place", "channel"]
ThingCode = Literal["territory", "organisation", "place", "channel"]
_NOTE: Final = Field(default="", max_length=200, pattern=NO_CONTROLS, examples=["负责腾冲市第一中学的维护"])
_VALUE: Final = Field(default="", max_length=40, pattern=r"^[0-9a-f-]*$", examples=["530581"])
_FOUND: Final = 50


class ScopeShown(Shape):
    """Where a right holds; `value` is a region code, or the id of an organisation, a place or a channel."""

    kind: KindCode
    value: str
    zh: str
    en: str


class HoursOfWeek(Shape):
    """A stretch of one day of the week: 1 is Monday; minutes since midnight of Asia/Shanghai, 1440 ends the day."""

    day: int = Field(ge=1, le=7)
    from_minute: int = Field(ge=0, lt=1440)
    until_minute: int = Field(gt=0, le=1440)

    @classmethod
    def of(cls, hours: Hours) -> "HoursOfWeek":
        return cls(day=hours.day + 1, from_minute=hours.from_minute, until_minute=hours.until_minute)


class Somebody(Shape):
    """A person or a program by name."""

    login_name: str
    display_name: str
    role: Role

    @classmethod
    def of(cls, person: Person) -> "Somebody":
        return cls(login_name=person.login_name, display_name=person.display_name, role=Role.of(person.role))


class GrantShown(Shape):
    """A grant: whose, where, when, who gave it and why. `holds`: at this moment."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "0193498a-7b00-7000-8000-000000000040",
                    "person_id": "0193498a-7b00-7000-8000-000000000001",
                    "person": {
                        "login_name": "zhang.wei",
                        "display_name": "张伟",
                        "role": {"code": "maintenance", "zh": "运维人员", "en": "maintenance"},
                    },
                    "scope": {"kind": "territory", "value": "530581", "zh": "云南省腾冲市", "en": "Tengchong, Yunnan"},
                    "from_at": TIME_EXAMPLE,
                    "until_at": None,
                    "hours": [],
                    "note": "负责全市设备维护",
                    "given_by": "王芳 (security)",
                    "given_at": TIME_EXAMPLE,
                    "ended_by": "",
                    "ended_at": None,
                    "holds": True,
                }
            ]
        }
    )

    id: UUID
    person_id: UUID
    person: Somebody
    scope: ScopeShown
    from_at: Moment
    until_at: Moment | None
    hours: list[HoursOfWeek]
    note: str
    given_by: str
    given_at: Moment
    ended_by: str
    ended_at: Moment | None
    holds: bool

    @classmethod
    def of(
        cls, given: GivenGrant, names: Mapping[Scope, str], people: Mapping[UUID, Person], now_us: int
    ) -> "GrantShown":
        grant = given.grant
        return cls(
            id=given.id,
            person_id=grant.person_id,
            person=Somebody.of(people[grant.person_id]),
            scope=_scope(grant.scope, names),
            from_at=grant.from_us,
            until_at=grant.until_us,
            hours=[HoursOfWeek.of(one) for one in grant.hours],
            note=given.note,
            given_by=given.given_label,
            given_at=given.given_us,
            ended_by=given.ended_label,
            ended_at=given.ended_us,
            holds=given.ended_us is None and grant.holds(now_us),
        )


class Grants(Shape):
    """A page of grants, newest first."""

    items: list[GrantShown]
    next: str | None


class NewGrant(Shape):
    """What somebody is to reach. Without `from_at` from now on, without `until_at` until it is taken back."""

    person_id: UUID
    kind: KindCode
    value: str = _VALUE
    from_at: Moment | None = None
    until_at: Moment | None = None
    hours: list[HoursOfWeek] = Field(default=[], max_length=70)
    note: str = _NOTE


class DeputyShown(Shape):
    """Somebody stands in for somebody for a span. `holds`: at this moment."""

    id: UUID
    absent_id: UUID
    absent: Somebody
    stand_in_id: UUID
    stand_in: Somebody
    from_at: Moment
    until_at: Moment
    note: str
    given_by: str
    given_at: Moment
    ended_by: str
    ended_at: Moment | None
    holds: bool

    @classmethod
    def of(cls, deputy: Deputy, people: Mapping[UUID, Person], now_us: int) -> "DeputyShown":
        return cls(
            id=deputy.id,
            absent_id=deputy.absent_id,
            absent=Somebody.of(people[deputy.absent_id]),
            stand_in_id=deputy.stand_in_id,
            stand_in=Somebody.of(people[deputy.stand_in_id]),
            from_at=deputy.from_us,
            until_at=deputy.until_us,
            note=deputy.note,
            given_by=deputy.given_label,
            given_at=deputy.given_us,
            ended_by=deputy.ended_label,
            ended_at=deputy.ended_us,
            holds=deputy.holds(now_us),
        )


class Deputies(Shape):
    """A page of deputies, newest first."""

    items: list[DeputyShown]
    next: str | None


class NewDeputy(Shape):
    """Who is to stand in for whom; at most 92 days."""

    absent_id: UUID
    stand_in_id: UUID
    from_at: Moment | None = None
    until_at: Moment
    note: str = _NOTE


class PermissionRow(Shape):
    """One permission: what it is for, whether it needs a scope, and the roles that have it."""

    code: str
    zh: str
    en: str
    scoped: bool
    roles: list[str]


class PermissionTable(Shape):
    """The whole table."""

    roles: list[Role]
    permissions: list[PermissionRow]


class RightsPart(Shape):
    """A role and where it holds; `stands_for` names whose it is, when it is not the own one."""

    role: Role
    stands_for: str | None
    scopes: list[ScopeShown]


class OwnRights(Shape):
    """What you may do now, and where."""

    permissions: list[str]
    parts: list[RightsPart]


class ExplanationStep(Shape):
    """One link of the chain."""

    kind: str
    holds: bool
    depth: int
    zh: str
    en: str


class Why(Shape):
    """Why somebody may do something to something, or what is missing."""

    allowed: bool
    steps: list[ExplanationStep]

    @classmethod
    def of(cls, found: Explanation) -> "Why":
        steps = [
            ExplanationStep(kind=step.kind, holds=step.holds, depth=step.depth, zh=step.text.zh, en=step.text.en)
            for step in found.steps
        ]
        return cls(allowed=found.allowed, steps=steps)


class Thing(Shape):
    """Something that a scope can name; `within` says where it stands."""

    kind: ThingCode
    value: str
    name: str
    within: str


class Things(Shape):
    """What was found, at most fifty."""

    items: list[Thing]


# Grants


@router.get("/grants", operation_id="listGrants")
def list_grants(
    data: Data,
    caller: GrantReader,
    person_id: UUID | None = None,
    cursor: Cursor = None,
    limit: Limit = 200,
    *,
    standing: bool = False,
) -> Grants:
    """Grants of one person or of everybody, newest first; those that ended too, unless `standing`."""
    now_us = caller.visit.now_us
    with data.read() as tx:
        page = rights.grants(tx, person_id, paging.place(cursor, int, UUID), limit, standing=standing)
        names = _names(tx, (one.grant.scope for one in page.items))
        people = identity.named(tx, {one.grant.person_id for one in page.items})
    items = [GrantShown.of(one, names, people, now_us) for one in page.items]
    return Grants(items=items, next=paging.following(page.next))


@router.post("/grants", operation_id="giveGrant", status_code=201)
def give_grant(body: NewGrant, data: Data, caller: GrantManager) -> GrantShown:
    """Let somebody reach something; nobody grants to themselves."""
    now_us = caller.visit.now_us
    scope = rights.scope_of(body.kind, body.value)
    grant = Grant(PersonId(body.person_id), scope, body.from_at or now_us, body.until_at, _hours(body.hours))
    with data.write() as tx:
        names = _names(tx, [scope], must=True)
        given = rights.give(tx, rights.NewGrant(grant, body.note, names.get(scope, "")), caller.actor, now_us)
        people = identity.named(tx, [body.person_id])
    return GrantShown.of(given, names, people, now_us)


@router.delete("/grants/{grant_id}", operation_id="endGrant", status_code=204)
def end_grant(grant_id: UUID, data: Data, caller: GrantManager) -> None:
    """Take a grant back; pictures that are open by it end within seconds."""
    with data.write() as tx:
        given = rights.find_grant(tx, grant_id)
        if given is None:
            raise MingjianError(GRANT_UNKNOWN)
        name = _name_where_known(tx, given.grant.scope)
        rights.end(tx, grant_id, caller.actor, caller.visit.now_us, name)


def _hours(given: Iterable[HoursOfWeek]) -> tuple[Hours, ...]:
    try:
        return tuple(Hours(one.day - 1, one.from_minute, one.until_minute) for one in given)
    except ValueError as error:
        raise MingjianError(GRANT_UNFIT) from error


# Deputies


@router.get("/deputies", operation_id="listDeputies")
def list_deputies(data: Data, caller: GrantReader, cursor: Cursor = None, limit: Limit = 200) -> Deputies:
    """Who stands, stood or will stand in for whom."""
    with data.read() as tx:
        page = rights.deputies(tx, paging.place(cursor, int, UUID), limit)
        people = identity.named(tx, {one for deputy in page.items for one in (deputy.absent_id, deputy.stand_in_id)})
    items = [DeputyShown.of(one, people, caller.visit.now_us) for one in page.items]
    return Deputies(items=items, next=paging.following(page.next))


@router.post("/deputies", operation_id="appointDeputy", status_code=201)
def appoint_deputy(body: NewDeputy, data: Data, caller: GrantManager) -> DeputyShown:
    """Let one person stand in for another: never for an administrator, unless both are of the same role."""
    now_us = caller.visit.now_us
    new = rights.NewDeputy(body.absent_id, body.stand_in_id, body.from_at or now_us, body.until_at, body.note)
    with data.write() as tx:
        appointed = rights.appoint(tx, new, caller.actor, now_us)
        return DeputyShown.of(appointed, identity.named(tx, [new.absent_id, new.stand_in_id]), now_us)


@router.delete("/deputies/{deputy_id}", operation_id="endDeputy", status_code=204)
def end_deputy(deputy_id: UUID, data: Data, caller: GrantManager) -> None:
    """End it before its time."""
    with data.write() as tx:
        rights.end_deputy(tx, deputy_id, caller.actor, caller.visit.now_us)


# The table, and why


@router.get("/permissions", operation_id="permissionTable")
def get_table(_caller: OwnSession) -> PermissionTable:
    """Every role and every permission. Everybody may know the rules."""
    rows = [
        PermissionRow(
            code=permission.value,
            zh=WORDS[permission].zh,
            en=WORDS[permission].en,
            scoped=permission in SCOPED,
            roles=[role.code for role in COLUMNS if (role, permission) in TABLE],
        )
        for permission in Permission
    ]
    return PermissionTable(roles=[Role.of(role) for role in COLUMNS], permissions=rows)


@router.get("/permissions/grounds", operation_id="permissionGrounds")
def get_grounds(_caller: OwnSession, permission: Permission) -> Grounds:
    """What a page that needs this permission rests on: the rule, the article, and who may. Everybody may know."""
    return grounds.of_permission(permission)


@router.get("/permissions/own", operation_id="ownRights")
def get_own(data: Data, caller: OwnSession) -> OwnRights:
    """What you may do, and where."""
    with data.read() as tx:
        scopes = {part: _scopes(part.reach) for part in caller.authority.parts}
        names = _names(tx, (scope for some in scopes.values() for scope in some))
    parts = [
        RightsPart(
            role=Role.of(part.role),
            stands_for=part.stands_for.display_name if part.stands_for else None,
            scopes=[_scope(scope, names) for scope in some],
        )
        for part, some in scopes.items()
    ]
    return OwnRights(permissions=[one.value for one in caller.authority.permissions()], parts=parts)


@router.get("/permissions/why", operation_id="whyPermitted")
def get_why(
    data: Data,
    caller: GrantReader,
    person_id: UUID,
    permission: Annotated[str, Query(max_length=40, examples=["live.view"])],
    kind: KindCode = "everywhere",
    value: Annotated[str, Query(max_length=40, pattern=r"^[0-9a-f-]*$")] = "",
) -> Why:
    """Why this person may do this to this thing, or what is missing and who may give it."""
    asked = next((one for one in Permission if one.value == permission), None)
    if asked is None:
        raise MingjianError(GRANT_UNFIT)
    with data.read() as tx:
        target = None if kind == "everywhere" else _target(tx, rights.scope_of(kind, value))
        found = rights.explain(tx, person_id, asked, target, caller.visit.now_us, partial(_name_where_known, tx))
    return Why.of(found)


@router.get("/permissions/things", operation_id="findScopes")
def find_things(
    data: Data,
    _caller: GrantReader,
    kind: ThingCode,
    query: Annotated[str, Query(max_length=100, pattern=NO_CONTROLS)] = "",
) -> Things:
    """Territories, organisations, places or channels by name, to grant or to ask about: names only."""
    if kind == "territory":
        return Things(items=_territories(query))
    with data.read() as tx:
        found = browsing.search(tx, ANYWHERE, query=query, kinds=(EntryKind.coded(kind),), limit=_FOUND, basic=False)
    items = [Thing(kind=kind, value=str(one.id), name=one.name, within=_within(one)) for one in found.entries]
    return Things(items=items)


def _territories(query: str) -> list[Thing]:
    named = ((code, territories.full_name(code)) for code in territories.territories())
    held = [
        (code, name) for code, name in named if query in name.zh or query.lower() in name.en.lower() or query in code
    ]
    return [Thing(kind="territory", value=code, name=name.zh, within="") for code, name in held[:_FOUND]]


def _within(entry: ListEntry) -> str:
    return " · ".join(entry.above)


def _target(tx: Transaction, scope: Scope) -> Target:
    match scope.kind:
        case ScopeKind.TERRITORY:
            return Target(scope.value)
        case ScopeKind.ORGANISATION:
            return door.NAMED["organisation_id"](tx, UUID(scope.value))
        case ScopeKind.PLACE:
            return door.NAMED["place_id"](tx, UUID(scope.value))
        case ScopeKind.CHANNEL:
            return door.NAMED["channel_id"](tx, UUID(scope.value))
    return Target()


def _scope(scope: Scope, names: Mapping[Scope, str]) -> ScopeShown:
    if scope.kind is ScopeKind.TERRITORY:
        words = territories.full_name(scope.value)
    else:
        words = in_words(scope, names.get(scope, ""))
    return ScopeShown.model_validate({"kind": scope.kind.code, "value": scope.value, "zh": words.zh, "en": words.en})


def _scopes(reach: Reach) -> list[Scope]:
    if reach.everywhere:
        return [Scope(ScopeKind.EVERYWHERE)]
    found = [Scope(ScopeKind.TERRITORY, stem.ljust(6, "0")) for stem in sorted(reach.territories)]
    kinds = ((ScopeKind.ORGANISATION, reach.organisations), (ScopeKind.PLACE, reach.places))
    for kind, ids in (*kinds, (ScopeKind.CHANNEL, reach.channels)):
        found += [Scope(kind, str(one)) for one in sorted(ids)]
    return found


def _names(tx: Transaction, scopes: Iterable[Scope], *, must: bool = False) -> dict[Scope, str]:
    """What the things of these scopes are called. With `must`, raises what the registry raises for one that is not."""
    asked = set(scopes)
    of_things = {one: UUID(one.value) for one in asked if one.kind not in (ScopeKind.EVERYWHERE, ScopeKind.TERRITORY)}
    known = browsing.names(tx, set(of_things.values()))
    found = {scope: known[thing] for scope, thing in of_things.items() if thing in known}
    for scope in asked - found.keys():
        try:
            found[scope] = _name(tx, scope)
        except MingjianError:
            if must:
                raise
    return found


def _name_where_known(tx: Transaction, scope: Scope) -> str:
    return _names(tx, [scope]).get(scope, "")


def _name(tx: Transaction, scope: Scope) -> str:
    match scope.kind:
        case ScopeKind.TERRITORY:
            return territories.full_name(scope.value).zh
        case ScopeKind.ORGANISATION:
            return organisations.organisation(tx, UUID(scope.value)).name
        case ScopeKind.PLACE:
            return places.place(tx, UUID(scope.value)).name
        case ScopeKind.CHANNEL:
            return registry.channel(tx, UUID(scope.value)).name
    return ""
