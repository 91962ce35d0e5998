"""Duty places: browsers at which the operator on shift stays signed in."""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

from mingjian.audit.model import Action, Entry
from mingjian.audit.service import record
from mingjian.identity import flow, service, store
from mingjian.identity.errors import DUTY_PLACE_UNKNOWN
from mingjian.identity.model import DutyPlace, Person, Visit
from mingjian.identity.tokens import digest, new_token
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import new_id
from mingjian.storage.engine import Transaction
from mingjian.storage.keyset import Page, Place

LINK_US: Final = 24 * 3_600_000_000
"""How long the link that makes a browser the duty place may be opened."""


def places(tx: Transaction) -> tuple[DutyPlace, ...]:
    """Those in use, and those whose link was not opened yet."""
    return store.duty_places(tx)


def page(tx: Transaction, after: Place | None, limit: int) -> tuple[Page[DutyPlace], Mapping[bytes, Sequence[str]]]:
    """A page of those in use or whose link was not opened yet, and who is signed in, by the key of the device."""
    found = store.duty_places_page(tx, after, limit)
    holders: dict[bytes, list[str]] = {one.device_key: [] for one in found.items if one.device_key}
    for session in store.sessions_at(tx, holders.keys()):
        if session.device_key is not None:
            holders[session.device_key].append(session.person.display_name)
    return found, holders


def at(tx: Transaction, device: str | None) -> DutyPlace | None:
    """The duty place that the browser with this lasting cookie is."""
    return store.duty_place_of(tx, digest(device)) if device else None


def add(tx: Transaction, name: str, by: Person, visit: Visit) -> tuple[DutyPlace, str]:
    """A new duty place and the token of its link, to be opened in the browser there.

    Raises MingjianError DISPLAY_NAME_UNFIT.
    """
    shown = flow.display_name(unicodedata.normalize("NFC", name))
    token = new_token()
    place = DutyPlace(new_id(visit.now_us), shown, visit.now_us, None, None, None)
    store.add_duty_place(tx, place, digest(token), visit.now_us + LINK_US)
    _record(tx, Action.DUTY_PLACE_ADDED, place, by, visit)
    return place, token


def enrol(tx: Transaction, token: str, visit: Visit) -> tuple[DutyPlace, str]:
    """Make the browser that opened the link the duty place; its new lasting cookie.

    Always a new one: a cookie that was there before may have been read there before. Raises MingjianError
    DUTY_PLACE_UNKNOWN.
    """
    device = new_token()
    place = store.enrol_duty_place(tx, digest(token), digest(device), visit.now_us)
    if place is None:
        raise MingjianError(DUTY_PLACE_UNKNOWN)
    actor = service.anonymous(visit)
    detail = {"name": place.name}
    record(tx, Entry(Action.DUTY_PLACE_ENROLLED, actor, "duty_place", str(place.id), dict(detail), visit.now_us))
    return place, device


def end(tx: Transaction, place_id: UUID, by: Person, visit: Visit) -> tuple[bytes, ...]:
    """The browser is no duty place any more, and nobody is signed in there: the keys that ended.

    Raises MingjianError DUTY_PLACE_UNKNOWN.
    """
    place = store.duty_place(tx, place_id)
    if place is None:
        raise MingjianError(DUTY_PLACE_UNKNOWN)
    ended = store.drop_sessions_at(tx, place.device_key) if place.device_key else ()
    store.end_duty_place(tx, place.id, visit.now_us)
    _record(tx, Action.DUTY_PLACE_ENDED, place, by, visit)
    return ended


def _record(tx: Transaction, action: Action, place: DutyPlace, by: Person, visit: Visit) -> None:
    actor = service.actor_of(by, visit.address)
    record(tx, Entry(action, actor, "duty_place", str(place.id), {"name": place.name}, visit.now_us))
