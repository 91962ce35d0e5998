"""Places, what is looked at from where in them, and the signs that say so."""

from dataclasses import replace
from uuid import UUID

from mingjian.audit import service as audit
from mingjian.audit.model import JSON, Action, Actor, Entry
from mingjian.identity.scopes import Target
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import PlaceId, SignId, SpotId, new_id
from mingjian.registry import directory, gates, kinds, organisations, rows
from mingjian.registry.coordinates import Position
from mingjian.registry.errors import PLACE_UNKNOWN, REGION_UNKNOWN, SIGN_UNKNOWN, SPOT_UNKNOWN, VIEW_IMPOSSIBLE
from mingjian.registry.model import NewPlace, Place, Reasoned, Sign, Spot, SpotView, line_of
from mingjian.registry.territories import territory
from mingjian.storage.engine import Transaction


def place(tx: Transaction, place_id: UUID) -> Place:
    """Raises MingjianError PLACE_UNKNOWN."""
    found = rows.place(tx, place_id)
    if found is None:
        raise MingjianError(PLACE_UNKNOWN)
    return found


def spot(tx: Transaction, spot_id: UUID) -> Spot:
    """Raises MingjianError SPOT_UNKNOWN."""
    found = rows.spot(tx, spot_id)
    if found is None:
        raise MingjianError(SPOT_UNKNOWN)
    return found


def sign(tx: Transaction, sign_id: UUID) -> Sign:
    """A sign that is up. Raises MingjianError SIGN_UNKNOWN."""
    found = rows.sign(tx, sign_id)
    if found is None or found.taken_down_us is not None:
        raise MingjianError(SIGN_UNKNOWN)
    return found


def spots(tx: Transaction, place_id: UUID) -> list[Spot]:
    return rows.spots_of_place(tx, place_id)


def signs(tx: Transaction, place_id: UUID) -> list[Sign]:
    """Those that are up, oldest first."""
    return rows.signs_of_place(tx, place_id)


def target(tx: Transaction, found: Place) -> Target:
    """What a request about this place is about."""
    owner = rows.organisation(tx, found.organisation_id) if found.organisation_id else None
    return Target(found.region_code, line_of(owner.path) if owner else (), found.id)


def add(tx: Transaction, new: NewPlace, *, by: Actor, now_us: int) -> Place:
    """Raises MingjianError REGION_UNKNOWN, SPOT_KIND_UNKNOWN, VIEW_IMPOSSIBLE or ORGANISATION_UNKNOWN."""
    if new.organisation_id is not None:
        organisations.organisation(tx, new.organisation_id)
    added = made(new, now_us)
    rows.add_places(tx, [added])
    directory.refresh_places(tx, [added.id])
    detail: dict[str, JSON] = {"name": added.name, "region_code": added.region_code}
    if added.organisation_id is not None:
        detail["organisation"] = str(added.organisation_id)
    audit.record(tx, Entry(Action.PLACE_ADDED, by, "place", str(added.id), detail, now_us))
    return added


def made(new: NewPlace, now_us: int) -> Place:
    """The place that `add` would add. Raises MingjianError REGION_UNKNOWN, SPOT_KIND_UNKNOWN or VIEW_IMPOSSIBLE."""
    _check(new)
    return _as_said(PlaceId(new_id(now_us)), new)


def change(tx: Transaction, place_id: UUID, new: NewPlace, *, by: Actor, now_us: int) -> Place:
    """Make it what `new` says. Raises MingjianError PLACE_UNKNOWN, or as `add` does."""
    before = place(tx, place_id)
    _check(new)
    if new.organisation_id is not None:
        organisations.organisation(tx, new.organisation_id)
    after = _as_said(before.id, new)
    rows.change_place(tx, after)
    directory.refresh_places(tx, [after.id])
    old, said = _plain(before), _plain(after)
    changed = [key for key in said if said[key] != old[key]]
    detail: dict[str, JSON] = {
        "name": after.name,
        "after": {key: said[key] for key in changed},
        "before": {key: old[key] for key in changed},
    }
    audit.record(tx, Entry(Action.PLACE_CHANGED, by, "place", str(after.id), detail, now_us))
    return after


def add_spot(
    tx: Transaction,
    place_id: UUID,
    name: str,
    kind: str,
    view: SpotView,
    *,
    decision: Reasoned | None = None,
    by: Actor,
    now_us: int,
) -> Spot:
    """Raises MingjianError PLACE_UNKNOWN, SPOT_KIND_UNKNOWN, LAW_REVIEW_NEEDED unless a `decision` is given, or
    law.errors.FORBIDDEN: where no camera may be, nobody plans one.
    """
    where = place(tx, place_id)
    added = Spot(SpotId(new_id(now_us)), where.id, name, kinds.checked(kind), view)
    rows.add_spots(tx, [added])
    gates.ask_to_look(tx, where, added, now_us, gates.Signed(decision, by) if decision else None)
    directory.refresh_spots(tx, [added.id])
    detail: dict[str, JSON] = {"name": name, "place": where.name, "kind": kind, **_view_words(view)}
    audit.record(tx, Entry(Action.SPOT_ADDED, by, "spot", str(added.id), detail, now_us))
    return added


def change_spot(
    tx: Transaction,
    spot_id: UUID,
    name: str,
    kind: str,
    view: SpotView,
    *,
    decision: Reasoned | None = None,
    by: Actor,
    now_us: int,
) -> Spot:
    """What the spot is and what is seen from it; changing where a camera looks is asked of the law like installing it.

    Raises MingjianError SPOT_UNKNOWN, SPOT_KIND_UNKNOWN, LAW_REVIEW_NEEDED unless a `decision` is given, or
    law.errors.FORBIDDEN.
    """
    before = spot(tx, spot_id)
    where = place(tx, before.place_id)
    after = replace(before, name=name, kind=kinds.checked(kind), view=view)
    if (after.kind, after.view) != (before.kind, before.view):
        gates.ask_to_look(tx, where, after, now_us, gates.Signed(decision, by) if decision else None)
    rows.change_spot(tx, after)
    directory.refresh_spots(tx, [after.id])
    old, said = _spot_words(before), _spot_words(after)
    changed = [key for key in {**old, **said} if said.get(key) != old.get(key)]
    detail: dict[str, JSON] = {
        "name": after.name,
        "place": where.name,
        "after": {key: said.get(key) for key in changed},
        "before": {key: old.get(key) for key in changed},
    }
    audit.record(tx, Entry(Action.SPOT_CHANGED, by, "spot", str(after.id), detail, now_us))
    return after


def put_up_sign(
    tx: Transaction, place_id: UUID, text: str, position: Position | None, *, by: Actor, now_us: int
) -> Sign:
    """Raises MingjianError PLACE_UNKNOWN."""
    where = place(tx, place_id)
    added = Sign(SignId(new_id(now_us)), where.id, text, position, now_us)
    rows.add_sign(tx, added)
    detail: dict[str, JSON] = {"place": where.name, "text": text}
    audit.record(tx, Entry(Action.SIGN_PUT_UP, by, "sign", str(added.id), detail, now_us))
    return added


def set_photo(tx: Transaction, sign_id: UUID, digest: bytes, *, by: Actor, now_us: int) -> Sign:
    """The sign's photo is the one with this SHA-256. Raises MingjianError SIGN_UNKNOWN."""
    before = sign(tx, sign_id)
    rows.set_photo(tx, before.id, digest)
    detail: dict[str, JSON] = {"place": place(tx, before.place_id).name, "sha256": digest.hex()}
    audit.record(tx, Entry(Action.SIGN_PHOTO_SET, by, "sign", str(before.id), detail, now_us))
    return replace(before, photo=digest)


def take_down_sign(tx: Transaction, sign_id: UUID, *, by: Actor, now_us: int) -> None:
    """Raises MingjianError SIGN_UNKNOWN."""
    before = sign(tx, sign_id)
    rows.take_down(tx, before.id, now_us)
    detail: dict[str, JSON] = {"place": place(tx, before.place_id).name, "text": before.text}
    audit.record(tx, Entry(Action.SIGN_TAKEN_DOWN, by, "sign", str(before.id), detail, now_us))


def position_of(longitude: float | None, latitude: float | None) -> Position | None:
    """Both degrees or none. Raises MingjianError VIEW_IMPOSSIBLE."""
    if longitude is None and latitude is None:
        return None
    if longitude is None or latitude is None:
        raise MingjianError(VIEW_IMPOSSIBLE, reason="longitude, latitude")
    try:
        return Position(longitude, latitude)
    except ValueError as error:
        raise MingjianError(VIEW_IMPOSSIBLE, reason=str(error)) from error


def _check(new: NewPlace) -> None:
    if territory(new.region_code) is None:
        raise MingjianError(REGION_UNKNOWN, code=new.region_code[:12])
    for kind in new.kinds:
        kinds.checked(kind)
    position_of(new.longitude, new.latitude)


def _as_said(place_id: PlaceId, new: NewPlace) -> Place:
    return Place(
        place_id,
        new.name,
        new.address,
        new.region_code,
        new.longitude,
        new.latitude,
        new.organisation_id,
        tuple(dict.fromkeys(new.kinds)),
    )


def _plain(one: Place) -> dict[str, JSON]:
    return {
        "name": one.name,
        "address": one.address,
        "region_code": one.region_code,
        "position": _degrees(position_of(one.longitude, one.latitude)),
        "organisation": str(one.organisation_id) if one.organisation_id else None,
        "kinds": list[JSON](one.kinds),
    }


def _spot_words(one: Spot) -> dict[str, JSON]:
    return {"name": one.name, "kind": one.kind, **_view_words(one.view)}


def _view_words(view: SpotView) -> dict[str, JSON]:
    numbers = {"direction_deg": view.direction_deg, "field_deg": view.field_deg, "range_m": view.range_m}
    said: dict[str, JSON] = {name: f"{value:g}" for name, value in numbers.items() if value is not None}
    return said | ({"position": _degrees(view.position)} if view.position else {})


def _degrees(position: Position | None) -> str | None:
    # Entries hold no floats: their text differs between writers.
    return f"{position.longitude:.6f}, {position.latitude:.6f}" if position else None
