"""The one door: what a request names is found here, and held against what the person may do."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from mingjian.duty import posts
from mingjian.duty import service as duty
from mingjian.identity.scopes import Reach, Target
from mingjian.kernel.errors import Fault, MingjianError
from mingjian.registry import organisations, places, systems
from mingjian.registry import service as registry
from mingjian.storage.engine import Transaction


def of_place(tx: Transaction, place_id: UUID) -> Target:
    """What a place is about. Raises MingjianError PLACE_UNKNOWN."""
    return places.target(tx, places.place(tx, place_id))


def _organisation(tx: Transaction, organisation_id: UUID) -> Target:
    return organisations.target(organisations.organisation(tx, organisation_id))


def _spot(tx: Transaction, spot_id: UUID) -> Target:
    return of_place(tx, places.spot(tx, spot_id).place_id)


def _sign(tx: Transaction, sign_id: UUID) -> Target:
    return of_place(tx, places.sign(tx, sign_id).place_id)


def _system(tx: Transaction, system_id: UUID) -> Target:
    return systems.target(tx, systems.system(tx, system_id))


def _post(tx: Transaction, post_id: UUID) -> Target:
    return posts.target(tx, posts.any_post(tx, post_id))


def _shift(tx: Transaction, shift_id: UUID) -> Target:
    return _post(tx, duty.shift(tx, shift_id).post_id)


def _handover(tx: Transaction, handover_id: UUID) -> Target:
    return _post(tx, duty.handover(tx, handover_id).post_id)


NAMED: Final[Mapping[str, Callable[[Transaction, UUID], Target]]] = {
    "channel_id": registry.target,
    "place_id": of_place,
    "organisation_id": _organisation,
    "spot_id": _spot,
    "sign_id": _sign,
    "system_id": _system,
    "post_id": _post,
    "shift_id": _shift,
    "handover_id": _handover,
}
"""Parameters of paths that name something with a place: `deps.Requires` asks the door about each by itself."""


def of_path(tx: Transaction, parameters: Mapping[str, object]) -> list[Target]:
    """What the path of a request is about.

    An id that is nothing's is left to the route, which refuses it in its own words; what is not even an id is refused
    by the framework before the route is called.
    """
    found = []
    for name, find in NAMED.items():
        if (identifier := _id(parameters.get(name))) is not None:
            with suppress_missing():
                found.append(find(tx, identifier))
    return found


def of_channels(tx: Transaction, channel_ids: Collection[UUID]) -> list[Target]:
    """What some channels are about, those that there are."""
    return list(registry.targets(tx, channel_ids).values())


@contextmanager
def suppress_missing() -> Iterator[None]:
    """Leave it to others to say that something is not there."""
    try:
        yield
    except MingjianError as error:
        if error.problem.fault is not Fault.MISSING:
            raise


def reached(tx: Transaction, reach: Reach, channel_ids: Collection[UUID]) -> frozenset[UUID]:
    """Those of these channels that lie within."""
    if reach.everywhere:
        return frozenset(channel_ids)
    return frozenset(one for one, target in registry.targets(tx, set(channel_ids)).items() if reach.covers(target))


def _id(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None
