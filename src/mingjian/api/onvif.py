"""Finding cameras by ONVIF before they are added: who answers, and what one offers."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import Field
from starlette.concurrency import run_in_threadpool

from mingjian.api.channels import Manager
from mingjian.api.deps import AppContext, Caller, Context, Data, Door
from mingjian.api.routing import versioned
from mingjian.api.schema import NO_CONTROLS, Shape
from mingjian.audit import service as audit
from mingjian.audit.model import Action, Entry
from mingjian.kernel.errors import MingjianError
from mingjian.media import errors as media_errors
from mingjian.media import service as media
from mingjian.onvif import addresses, errors
from mingjian.onvif.model import NOTE_TEXT, NoteKind
from mingjian.registry import service as registry

router = versioned("onvif")

# The recorder listens for three seconds, one person after the other.
SEARCH_S: Final = 30.0
# A recorder of many channels is asked for each of its streams.
LOOK_S: Final = 60.0
_CREDENTIAL: Final = r"^[^\x00-\x1f\x7f]*$"


class Search(Shape):
    """Whom to ask: one host, for cameras behind a router; empty for all that hear a multicast."""

    host: str = Field(default="", max_length=200, pattern=NO_CONTROLS, examples=["192.168.1.20"])


class FoundCamera(Shape):
    """A device that answered, as it calls itself. `known`: a channel fetches its stream from the same host already."""

    name: str
    hardware: str
    location: str
    host: str
    addresses: list[str]
    known: bool


class FoundCameras(Shape):
    """In the order of their addresses. `more` answered and are not listed."""

    items: list[FoundCamera]
    more: int


class Look(Shape):
    """A device to be asked what it offers: a host, host:port or the address of its service."""

    address: str = Field(min_length=1, max_length=1024, pattern=NO_CONTROLS, examples=["192.168.1.20"])
    username: str = Field(default="", max_length=128, pattern=_CREDENTIAL)
    password: str = Field(default="", max_length=256, pattern=_CREDENTIAL)


class OfferedStream(Shape):
    """One stream that can be recorded. Zero where the device said nothing; `sound` as it calls it."""

    url: str
    name: str
    codec: str
    width: int
    height: int
    fps: float
    kbps: int
    sound: str


class OfferedPicture(Shape):
    """One lens, or one channel of a recorder; null for a stream that it does not have."""

    source: str
    main: OfferedStream | None
    sub: OfferedStream | None


class OddThing(Shape):
    """What was odd about its answers, and what was done about it."""

    zh: str
    en: str
    detail: str


class OnvifDevice(Shape):
    """What a device says of itself. `clock_error_s` is its clock less the server's, good to about a second."""

    address: str
    name: str
    manufacturer: str
    model: str
    firmware: str
    serial_number: str
    clock_error_s: float | None
    has_ptz: bool
    has_events: bool
    pictures: list[OfferedPicture]
    notes: list[OddThing]


class OnvifAddress(Shape):
    """Where a channel's device answers ONVIF; empty for nowhere."""

    address: str = Field(max_length=1024, pattern=NO_CONTROLS)


@router.post("/onvif/searches", operation_id="searchCameras")
async def search(body: Search, context: Context, data: Data, caller: Manager) -> FoundCameras:
    """Ask the network of the recorder for cameras. Only devices in the allowed networks are listed."""
    await run_in_threadpool(_record_search, data, caller, body.host.strip())
    answer = await _asked(context, {"do": "search", "host": body.host.strip()}, SEARCH_S)
    known = await run_in_threadpool(_known_hosts, data)
    items = [_camera(one, known) for one in answer["found"]]
    return FoundCameras(items=items, more=answer["more"])


def _record_search(data: Door, caller: Caller, host: str) -> None:
    with data.write() as tx:
        detail = {"host": host or "*"}
        entry = Entry(Action.CAMERAS_SOUGHT, caller.actor, "network", host or "*", detail, caller.visit.now_us)
        audit.record(tx, entry)


def _known_hosts(data: Door) -> set[str]:
    with data.read() as tx:
        return {urlsplit(one.device.address).hostname or "" for one in registry.channels(tx)}


def _camera(one: Mapping[str, Any], known: set[str]) -> FoundCamera:
    hosts = {one["sender"], *(urlsplit(address).hostname or "" for address in one["addresses"])}
    return FoundCamera(
        name=one["name"],
        hardware=one["hardware"],
        location=one["location"],
        host=one["sender"],
        addresses=one["addresses"],
        known=not hosts.isdisjoint(known),
    )


@router.post("/onvif/looks", operation_id="lookAtCamera")
async def look(body: Look, context: Context, data: Data, caller: Manager) -> OnvifDevice:
    """Ask a device what it is and which streams it offers. Nothing is saved; that it was asked is recorded."""
    address = str(addresses.typed(body.address.strip()))
    await run_in_threadpool(_record_look, data, caller, address)
    request = {"do": "look", "address": address, "user_name": body.username, "password": body.password}
    answer = dict(await _asked(context, request, LOOK_S))
    error_us = answer.pop("clock_error_us")
    notes = [
        OddThing(zh=words.zh, en=words.en, detail=one["detail"])
        for one in answer.pop("notes")
        for words in (NOTE_TEXT[NoteKind(one["kind"])],)
    ]
    clock_error_s = error_us / 1e6 if error_us is not None else None
    return OnvifDevice(clock_error_s=clock_error_s, notes=notes, **answer)


def _record_look(data: Door, caller: Caller, address: str) -> None:
    with data.write() as tx:
        media.record_probe(tx, address, by=caller.actor, now_us=caller.visit.now_us)


async def _asked(context: AppContext, request: Mapping[str, Any], within_s: float) -> Mapping[str, Any]:
    """What a recorder answers. Raises MingjianError with what is wrong."""
    answer, _ = await context.media.ask(request, within_s)
    if problem := answer.get("problem"):
        raise told(problem["code"], problem["values"])
    return answer


def told(code: str, values: Mapping[str, str]) -> MingjianError:
    """A problem that the recorder named by its code: one of ONVIF, or of the network."""
    found = errors.PROBLEMS.get(code)
    return MingjianError(found, **values) if found is not None else media_errors.told(code, values)


@router.put("/channels/{channel_id}/onvif", operation_id="setOnvifAddress", status_code=204)
def set_address(channel_id: UUID, body: OnvifAddress, context: Context, data: Data, caller: Manager) -> None:
    """Say where a channel's device answers ONVIF: recording by events listens there."""
    address = str(addresses.typed(body.address.strip())) if body.address.strip() else None
    with data.write() as tx:
        registry.set_onvif_address(tx, channel_id, address, by=caller.actor, now_us=caller.visit.now_us)
    context.media.hint_threadsafe()
