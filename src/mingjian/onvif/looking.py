"""All that a camera says of itself, in one look."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.redaction import redact_text
from mingjian.media.formats.authentication import Credentials
from mingjian.media.ingest.networks import Network
from mingjian.onvif import addresses, streams
from mingjian.onvif.client import OnvifClient, access
from mingjian.onvif.errors import CREDENTIALS_NEEDED, CREDENTIALS_REFUSED, ONLY_BASIC
from mingjian.onvif.messages import device, media, soap
from mingjian.onvif.messages.soap import Request
from mingjian.onvif.messages.xml import Node
from mingjian.onvif.model import DeviceInfo, NoteKind, OnvifDevice, Picture, Profile, Scopes, Service, Stream

MAX_PICTURES: Final = 64
# In the order of asking: in the same connection, which always passes; then UDP, for the few that know nothing else.
_TRANSPORTS: Final = ("RTSP", "UDP")
_NO_INFO: Final = DeviceInfo("", "", "", "", "")
Found = TypeVar("Found")
_FINAL: Final = (CREDENTIALS_NEEDED, CREDENTIALS_REFUSED, ONLY_BASIC)


@dataclass(frozen=True, slots=True)
class _Dialect:
    """The two versions of the media service, asked alike."""

    service: Service
    profiles: tuple[Request, ...]  # one after the other, until there is a picture
    stream: Callable[[str, str], Request]
    snapshot: Callable[[str], Request]


# Media2 first: where both are there, it alone names H.265.
_DIALECTS: Final = (
    _Dialect(
        Service.MEDIA2,
        # Some take one type only; one server of free firmwares dies when it is asked about sound.
        (media.get_profiles2(), media.get_profiles2(("All",)), media.get_profiles2(("VideoSource", "VideoEncoder"))),
        media.get_stream2,
        media.get_snapshot2,
    ),
    _Dialect(Service.MEDIA, (media.get_profiles(),), media.get_stream, media.get_snapshot),
)


async def look(
    address: str,
    credentials: Credentials | None,
    *,
    allowed: Sequence[Network],
    clock: Clock,
    allow_basic: bool = False,
) -> OnvifDevice:
    """Connect to the camera at `address` (host, host:port, or its device service), and read what it is and offers.

    Raises MingjianError: ADDRESS_UNREADABLE, HOST_UNKNOWN, NETWORK_REFUSED, UNREACHABLE, TIMED_OUT, NOT_ONVIF,
    CREDENTIALS_NEEDED, CREDENTIALS_REFUSED, ONLY_BASIC, MALFORMED. What a camera can do without is left empty.
    """
    to = access(address, credentials, allowed=allowed, clock=clock, allow_basic=allow_basic)
    async with OnvifClient(to) as client:
        return await look_with(client)


async def look_with(client: OnvifClient) -> OnvifDevice:
    """As `look`, in a conversation that goes on."""
    clock_error_us = await _clock_error(client)
    services = await client.services()
    info = await _optional(client, Service.DEVICE, device.get_information(), device.information, _NO_INFO)
    scopes = await _optional(client, Service.DEVICE, device.get_scopes(), device.scopes_of, Scopes())
    profiles, pictures = await _pictures(client)
    turning = next((one.token for one in profiles if one.has_ptz), None)
    return OnvifDevice(
        address=str(client.access.url),
        info=info,
        scopes=scopes,
        clock_error_us=clock_error_us,
        pictures=tuple(pictures),
        ptz_profile=turning if Service.PTZ in services else None,
        has_events=Service.EVENTS in services,
        has_imaging=Service.IMAGING in services,
        notes=tuple(client.notes),
    )


async def _clock_error(client: OnvifClient) -> int | None:
    try:
        _, ahead_us = await client.time()
    except MingjianError as error:
        if _is_final(error):
            raise
        ahead_us = None
    if ahead_us is None:
        client.note(NoteKind.NO_CLOCK, "GetSystemDateAndTime")
    return ahead_us


async def _optional(
    client: OnvifClient, service: Service, request: Request, read: Callable[[Node], Found], default: Found
) -> Found:
    """What an answer says, or `default` where the camera would not say it; a refused password is told."""
    try:
        return read(await client.ask(service, request))
    except MingjianError as error:
        if _is_final(error):
            raise
        return default


async def _pictures(client: OnvifClient) -> tuple[list[Profile], list[Picture]]:
    """The profiles of the newer service that has any, and the pictures chosen from them.

    Raises what the last service raised where none answered: a broken answer is not a camera without pictures.
    """
    broken: MingjianError | None = None
    for dialect, request in [(one, request) for one in _DIALECTS for request in one.profiles]:
        if not await client.has(dialect.service):
            continue
        try:
            profiles = media.profiles(await client.ask(dialect.service, request))
        except MingjianError as error:
            if _is_final(error):
                raise
            broken = error
            continue
        if any(one.encoding is not None for one in profiles):
            choices = streams.choose(profiles)[:MAX_PICTURES]
            pictures = [await _picture(client, dialect, choice) for choice in choices]
            return profiles, [
                replace(one, tokens=_tokens(one.source, profiles), ptz_profile=_turning(one.source, profiles))
                for one in pictures
            ]
        broken = None
    if broken is not None:
        raise broken
    return [], []


def _is_final(error: MingjianError) -> bool:
    """Whether nothing else need be asked of the camera."""
    return error.problem in _FINAL or error.code.startswith("media.")


def _tokens(source: str, profiles: Sequence[Profile]) -> frozenset[str]:
    used = {one.configuration for one in profiles if one.source == source}
    return frozenset({source, *used} - {""})


def _turning(source: str, profiles: Sequence[Profile]) -> str | None:
    return next((one.token for one in profiles if one.has_ptz and one.source == source), None)


async def _picture(client: OnvifClient, dialect: _Dialect, choice: streams.Choice) -> Picture:
    return Picture(
        choice.source,
        await _stream(client, dialect, choice.main),
        await _stream(client, dialect, choice.sub),
        await _snapshot(client, dialect, choice.main),
    )


async def _stream(client: OnvifClient, dialect: _Dialect, profile: Profile | None) -> Stream | None:
    if profile is None:
        return None
    told = ""
    for transport in _TRANSPORTS:
        told = told or await _optional(client, dialect.service, dialect.stream(profile.token, transport), media.uri, "")
    if not told:
        client.note(NoteKind.NO_STREAM, soap.shown(profile.token))
        return None
    placed = addresses.stream_at(await client.reached(), told)
    if placed is None:
        client.note(NoteKind.UNUSABLE_ADDRESS, f"GetStreamUri: {redact_text(soap.shown(told))}")
        return None
    if placed.told:
        client.note(NoteKind.ELSEWHERE, f"GetStreamUri: {placed.told}")
    return Stream(profile, str(placed.url), placed.told)


async def _snapshot(client: OnvifClient, dialect: _Dialect, profile: Profile | None) -> str | None:
    if profile is None:
        return None
    told = await _optional(client, dialect.service, dialect.snapshot(profile.token), media.uri, "")
    placed = await client.place(told, "GetSnapshotUri") if told else None
    return str(placed) if placed else None
