"""Places with what is looked at in them, and the signs that say so; systems over them."""

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Body, Depends, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from mingjian.api import door
from mingjian.api.basic import BasicNumber
from mingjian.api.channels import Place
from mingjian.api.decisions import DecisionForm
from mingjian.api.deps import AppContext, Caller, Context, Data, Door, Requires
from mingjian.api.organisations import Line, Name, RegionCode, StatutoryRole
from mingjian.api.routing import versioned
from mingjian.api.schema import Moment, Shape
from mingjian.identity.permissions import Permission
from mingjian.identity.scopes import Target
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import OrganisationId
from mingjian.registry import coordinates, model, organisations, photos, places, systems
from mingjian.registry.errors import SIGN_UNKNOWN, VIEW_IMPOSSIBLE
from mingjian.storage.engine import Transaction

router = versioned("registry")

Manager = Annotated[Caller, Depends(Requires(Permission.REGISTRY_MANAGE))]
Installer = Annotated[Caller, Depends(Requires(Permission.CHANNEL_MANAGE))]
Reader = Annotated[Caller, Depends(Requires(Permission.CHANNEL_READ))]
KindOfPlace = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
BODIES: Final = {"/signs/": photos.MOST_BYTES}
Photo = Annotated[bytes, Body(media_type="application/octet-stream")]


class PositionForm(Shape):
    """Degrees; `datum` says which: GPS gives WGS-84, Chinese web maps GCJ-02. Stored is WGS-84."""

    longitude: float = Field(ge=-180, le=180)
    latitude: float = Field(ge=-90, le=90)
    datum: Literal["wgs84", "gcj02"] = "wgs84"

    def told(self) -> coordinates.Position:
        return coordinates.position_in(self.longitude, self.latitude, self.datum)


class PlaceForm(Shape):
    """A place as it is typed; `kinds` are codes of the taxonomy of the texts."""

    name: Name
    region_code: RegionCode
    address: Line = ""
    organisation_id: UUID | None = None
    kinds: list[KindOfPlace] = Field(default=[], max_length=10)
    position: PositionForm | None = None

    def told(self) -> model.NewPlace:
        position = self.position.told() if self.position else None
        return model.NewPlace(
            self.name.strip(),
            self.address.strip(),
            self.region_code,
            position.longitude if position else None,
            position.latitude if position else None,
            OrganisationId(self.organisation_id) if self.organisation_id else None,
            tuple(self.kinds),
        )


class SpotForm(Shape):
    """A spot as it is typed: what it is, where the camera stands, which way, how wide and how far it looks."""

    name: Name
    kind: KindOfPlace = model.UNCLASSIFIED
    position: PositionForm | None = None
    direction: float | None = Field(default=None, ge=0, lt=360)
    field: float | None = Field(default=None, gt=0, le=360)
    range_m: float | None = Field(default=None, gt=0, le=20_000)
    decision: DecisionForm | None = None

    def decided(self, caller: Caller, *where: Target) -> model.Reasoned | None:
        """The decision, from somebody who may decide there. Raises MingjianError NOT_PERMITTED or OUT_OF_SCOPE."""
        if self.decision is None:
            return None
        caller.at(Permission.LAW_DECIDE, *where)
        return self.decision.told()

    def view(self) -> model.SpotView:
        try:
            position = self.position.told() if self.position else None
            return model.SpotView(position, self.direction, self.field, self.range_m)
        except ValueError as error:  # NaN passes every comparison
            raise MingjianError(VIEW_IMPOSSIBLE, reason=str(error)) from error


class SpotOfPlace(Shape):
    """A spot with its view: degrees of WGS-84, degrees clockwise from north, metres. The view is basic data."""

    id: UUID
    name: str
    kind: str
    longitude: BasicNumber
    latitude: BasicNumber
    direction: BasicNumber
    field: BasicNumber
    range_m: BasicNumber

    @classmethod
    def of(cls, one: model.Spot) -> "SpotOfPlace":
        position = one.view.position
        return cls(
            id=one.id,
            name=one.name,
            kind=one.kind,
            longitude=position.longitude if position else None,
            latitude=position.latitude if position else None,
            direction=one.view.direction_deg,
            field=one.view.field_deg,
            range_m=one.view.range_m,
        )


class Sign(Shape):
    """A sign that is up; `photo` says whether there is one (GET it from `/signs/{id}/photo`)."""

    id: UUID
    text: str
    longitude: BasicNumber
    latitude: BasicNumber
    put_up_at: Moment
    photo: str | None

    @classmethod
    def of(cls, one: model.Sign) -> "Sign":
        return cls(
            id=one.id,
            text=one.text,
            longitude=one.position.longitude if one.position else None,
            latitude=one.position.latitude if one.position else None,
            put_up_at=one.put_up_us,
            photo=one.photo.hex()[:16] if one.photo else None,
        )


class PlaceDetails(Shape):
    """A place with everything that is registered for it."""

    place: Place
    organisation_id: UUID | None
    organisation: str | None
    kinds: list[str]
    spots: list[SpotOfPlace]
    signs: list[Sign]
    roles: list[StatutoryRole]

    @classmethod
    def of(cls, tx: Transaction, one: model.Place) -> "PlaceDetails":
        owner = organisations.organisation(tx, one.organisation_id) if one.organisation_id else None
        return cls(
            place=Place.of(one),
            organisation_id=one.organisation_id,
            organisation=owner.name if owner else None,
            kinds=list(one.kinds),
            spots=[SpotOfPlace.of(each) for each in places.spots(tx, one.id)],
            signs=[Sign.of(each) for each in places.signs(tx, one.id)],
            roles=[StatutoryRole.of(*each) for each in organisations.roles(tx, place_id=one.id)],
        )


class SignForm(Shape):
    """What a sign says and where it is."""

    text: Name
    position: PositionForm | None = None


class SystemForm(Shape):
    """A system as it is typed; `spots`, where given, are all that it covers."""

    name: Name
    organisation_id: UUID
    spots: list[UUID] | None = Field(default=None, max_length=5_000)


class System(Shape):
    """A system: what is accepted and filed. It belongs to one unit and covers spots."""

    id: UUID
    name: str
    organisation_id: UUID
    spots: list[UUID]
    roles: list[StatutoryRole]

    @classmethod
    def of(cls, tx: Transaction, one: model.System) -> "System":
        return cls(
            id=one.id,
            name=one.name,
            organisation_id=one.organisation_id,
            spots=list(systems.spots_of(tx, one.id)),
            roles=[StatutoryRole.of(*each) for each in organisations.roles(tx, system_id=one.id)],
        )


@router.post("/places", operation_id="addPlace", status_code=201)
def add_place(body: PlaceForm, data: Data, caller: Manager) -> PlaceDetails:
    """Register a place."""
    with data.write() as tx:
        caller = caller.at(Permission.REGISTRY_MANAGE, _destination(tx, body))
        added = places.add(tx, body.told(), by=caller.actor, now_us=caller.visit.now_us)
        return PlaceDetails.of(tx, added)


@router.get("/places/{place_id}", operation_id="getPlace")
def get_place(place_id: UUID, data: Data, _caller: Reader) -> PlaceDetails:
    """A place with its spots, its signs and who has which role."""
    with data.read() as tx:
        return PlaceDetails.of(tx, places.place(tx, place_id))


@router.put("/places/{place_id}", operation_id="changePlace")
def change_place(place_id: UUID, body: PlaceForm, data: Data, caller: Manager) -> PlaceDetails:
    """Make a place what the form says."""
    with data.write() as tx:
        caller = caller.at(Permission.REGISTRY_MANAGE, _destination(tx, body))
        changed = places.change(tx, place_id, body.told(), by=caller.actor, now_us=caller.visit.now_us)
        return PlaceDetails.of(tx, changed)


@router.post("/places/{place_id}/spots", operation_id="addSpot", status_code=201)
def add_spot(place_id: UUID, body: SpotForm, data: Data, caller: Installer) -> SpotOfPlace:
    """Register what a camera is to look at; the law is asked whether one may."""
    with data.write() as tx:
        decision = body.decided(caller, door.of_place(tx, place_id))
        added = places.add_spot(
            tx,
            place_id,
            body.name.strip(),
            body.kind,
            body.view(),
            decision=decision,
            by=caller.actor,
            now_us=caller.visit.now_us,
        )
    return SpotOfPlace.of(added)


@router.put("/spots/{spot_id}", operation_id="changeSpot")
def change_spot(spot_id: UUID, body: SpotForm, data: Data, caller: Installer) -> SpotOfPlace:
    """Say what a spot is and what is seen from it; the law is asked again when either changes."""
    with data.write() as tx:
        found = places.spot(tx, spot_id)
        where = door.of_place(tx, found.place_id)
        caller = caller.at(Permission.CHANNEL_MANAGE, where)
        changed = places.change_spot(
            tx,
            spot_id,
            body.name.strip(),
            body.kind,
            body.view(),
            decision=body.decided(caller, where),
            by=caller.actor,
            now_us=caller.visit.now_us,
        )
    return SpotOfPlace.of(changed)


@router.post("/places/{place_id}/signs", operation_id="putUpSign", status_code=201)
def put_up_sign(place_id: UUID, body: SignForm, data: Data, caller: Installer) -> Sign:
    """Register a sign; its photo is sent by itself."""
    position = body.position.told() if body.position else None
    with data.write() as tx:
        put_up = places.put_up_sign(
            tx, place_id, body.text.strip(), position, by=caller.actor, now_us=caller.visit.now_us
        )
    return Sign.of(put_up)


@router.put("/signs/{sign_id}/photo", operation_id="setSignPhoto")
async def set_sign_photo(sign_id: UUID, photo: Photo, context: Context, data: Data, caller: Installer) -> Sign:
    """The photo of a sign: JPEG, PNG or WebP. It is written anew from its pixels; nothing else of the file is kept."""
    return await run_in_threadpool(_set_photo, context, data, caller, sign_id, photo)


def _set_photo(context: AppContext, data: Door, caller: Caller, sign_id: UUID, photo: bytes) -> Sign:
    with data.read() as tx:
        before = places.sign(tx, sign_id)
        caller = caller.at(Permission.CHANNEL_MANAGE, door.of_place(tx, before.place_id))
    digest = photos.keep(context.data_dir, before.id, photos.cleaned(photo))
    with data.write() as tx:
        changed = places.set_photo(tx, before.id, digest, by=caller.actor, now_us=caller.visit.now_us)
        if before.photo not in (None, digest):
            old = before.photo
            tx.after_commit(lambda: photos.forget(context.data_dir, before.id, old) if old else None)
    return Sign.of(changed)


@router.get(
    "/signs/{sign_id}/photo",
    operation_id="signPhoto",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
def sign_photo(sign_id: UUID, context: Context, data: Data, caller: Reader) -> Response:
    """The photo of a sign as a JPEG."""
    with data.read() as tx:
        found = places.sign(tx, sign_id)
        caller.at(Permission.CHANNEL_READ, door.of_place(tx, found.place_id))
    if found.photo is None:
        raise MingjianError(SIGN_UNKNOWN)
    picture = photos.read(context.data_dir, found.id, found.photo)
    return Response(picture, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"})


@router.delete("/signs/{sign_id}", operation_id="takeDownSign", status_code=204)
def take_down_sign(sign_id: UUID, data: Data, caller: Installer) -> None:
    """A sign is up no longer; that it was stays known."""
    with data.write() as tx:
        found = places.sign(tx, sign_id)
        caller = caller.at(Permission.CHANNEL_MANAGE, door.of_place(tx, found.place_id))
        places.take_down_sign(tx, sign_id, by=caller.actor, now_us=caller.visit.now_us)


@router.post("/systems", operation_id="addSystem", status_code=201)
def add_system(body: SystemForm, data: Data, caller: Manager) -> System:
    """Register a system of a unit."""
    with data.write() as tx:
        unit = organisations.organisation(tx, body.organisation_id)
        caller = caller.at(Permission.REGISTRY_MANAGE, organisations.target(unit))
        now_us = caller.visit.now_us
        added = systems.add(tx, body.name.strip(), unit.id, by=caller.actor, now_us=now_us)
        if body.spots:
            _cover(tx, added, body, caller)
        return System.of(tx, added)


@router.get("/systems/{system_id}", operation_id="getSystem")
def get_system(system_id: UUID, data: Data, caller: Reader) -> System:
    """A system with the spots that it covers and who has which role."""
    with data.read() as tx:
        found = systems.system(tx, system_id)
        caller.at(Permission.CHANNEL_READ, systems.target(tx, found))
        return System.of(tx, found)


@router.put("/systems/{system_id}", operation_id="changeSystem")
def change_system(system_id: UUID, body: SystemForm, data: Data, caller: Manager) -> System:
    """Make a system what the form says."""
    with data.write() as tx:
        found = systems.system(tx, system_id)
        unit = organisations.organisation(tx, body.organisation_id)
        where = (systems.target(tx, found), organisations.target(unit))
        caller = caller.at(Permission.REGISTRY_MANAGE, *where)
        return System.of(tx, _cover(tx, found, body, caller))


def _cover(tx: Transaction, system: model.System, body: SystemForm, caller: Caller) -> model.System:
    for spot_id in body.spots or ():
        caller.at(Permission.REGISTRY_MANAGE, door.of_place(tx, places.spot(tx, spot_id).place_id))
    return systems.change(
        tx,
        system.id,
        name=body.name.strip(),
        organisation_id=body.organisation_id,
        spot_ids=body.spots,
        by=caller.actor,
        now_us=caller.visit.now_us,
    )


def _destination(tx: Transaction, body: PlaceForm) -> Target:
    owner = organisations.organisation(tx, body.organisation_id).line if body.organisation_id else ()
    return Target(body.region_code, owner)
