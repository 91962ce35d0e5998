"""Finding cameras for a person at the console: `media` asks the network, because the API never does."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.media.formats.authentication import Credentials
from mingjian.media.ingest.networks import Network
from mingjian.onvif.model import Found, OnvifDevice, Picture, Stream

LISTEN_S = 3.0
MOST = 512
Answerer = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]


def finder(allowed: Sequence[Network], clock: Clock) -> Mapping[str, Answerer]:
    """What answers `search` (who is there: one host, or whoever hears a multicast) and `look` (what one offers)."""
    one_at_a_time = asyncio.Lock()

    async def search(request: Mapping[str, Any]) -> Mapping[str, Any]:
        # Late: who has no such camera does not pay for its libraries.
        from mingjian.onvif.discovery import discover  # noqa: PLC0415

        async with one_at_a_time:
            found = await discover(allowed=list(allowed), target=request.get("host") or None, seconds=LISTEN_S)
        return {"found": [_found(one) for one in found[:MOST]], "more": max(0, len(found) - MOST)}

    async def look(request: Mapping[str, Any]) -> Mapping[str, Any]:
        from mingjian.onvif.looking import look  # noqa: PLC0415

        user_name = request.get("user_name")
        credentials = Credentials(user_name, request.get("password") or "") if user_name else None
        return _device(await look(request["address"], credentials, allowed=list(allowed), clock=clock))

    return {"search": told(search), "look": told(look)}


def told(answer: Answerer) -> Answerer:
    """Refusals by their code, as everything that crosses the socket."""

    async def answered(request: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            return await answer(request)
        except MingjianError as error:
            values = {key: str(value) for key, value in error.values.items()}
            return {"problem": {"code": error.code, "values": values}}

    return answered


def _found(one: Found) -> dict[str, Any]:
    return {
        "name": one.scopes.name,
        "hardware": one.scopes.hardware,
        "location": one.scopes.location,
        "sender": one.sender,
        "addresses": list(one.addresses),
    }


def _device(device: OnvifDevice) -> dict[str, Any]:
    info = device.info
    return {
        "address": device.address,
        "name": device.scopes.name,
        "manufacturer": info.manufacturer,
        "model": info.model,
        "firmware": info.firmware,
        "serial_number": info.serial_number,
        "clock_error_us": device.clock_error_us,
        "has_ptz": device.has_ptz,
        "has_events": device.has_events,
        "pictures": [_picture(one) for one in device.pictures],
        "notes": [{"kind": one.kind.value, "detail": one.detail} for one in device.notes],
    }


def _picture(picture: Picture) -> dict[str, Any]:
    return {"source": picture.source, "main": _stream(picture.main), "sub": _stream(picture.sub)}


def _stream(stream: Stream | None) -> dict[str, Any] | None:
    if stream is None:
        return None
    profile = stream.profile
    return {
        "url": stream.url,
        "name": profile.name,
        "codec": profile.encoding.value if profile.encoding is not None else "",
        "width": profile.width,
        "height": profile.height,
        "fps": profile.fps,
        "kbps": profile.kbps,
        "sound": profile.audio,
    }
