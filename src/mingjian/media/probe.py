"""Ask a camera what it sends, before anything is saved: its parameters and one picture."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.media.errors import NO_PICTURE, TRANSPORT_REFUSED
from mingjian.media.formats import fmp4
from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.fmp4 import PictureRun
from mingjian.media.formats.frames import Frame, VideoParameters
from mingjian.media.formats.url import StreamUrl
from mingjian.media.ingest.connection import Transport, connect, watch
from mingjian.media.ingest.networks import Network
from mingjian.media.ingest.reading import Reading

# Enough frames to measure the rate where the camera does not tell it.
_ENOUGH_FRAMES: Final = 12
PROBE_TIMEOUT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Probed:
    """`key_frame`: a playable MP4 of one key frame; `server`: what the camera calls itself, printable.

    `parameters` have the sound as well; `sound_left_out` names one that cannot be kept.
    """

    parameters: VideoParameters
    fps: float
    server: str
    key_frame: bytes
    transport: Transport
    sound_left_out: str


async def probe(
    url: StreamUrl,
    credentials: Credentials | None,
    *,
    allowed: Sequence[Network],
    clock: Clock,
    reading: Reading,
    transport: Transport | None = None,
) -> Probed:
    """Connect, wait for a key frame and a few frames more, and leave; without `transport` as the recorder does.

    Raises MingjianError with what is wrong and what to do: every problem of `media.errors` about cameras.
    """
    try:
        first = transport or Transport.TCP
        return await _probe(url, credentials, first, allowed=allowed, clock=clock, reading=reading)
    except MingjianError as error:
        if transport is not None or error.code != TRANSPORT_REFUSED.code:
            raise
    return await _probe(url, credentials, Transport.UDP, allowed=allowed, clock=clock, reading=reading)


async def _probe(
    url: StreamUrl,
    credentials: Credentials | None,
    transport: Transport,
    *,
    allowed: Sequence[Network],
    clock: Clock,
    reading: Reading,
) -> Probed:
    frames: list[Frame] = []
    enough = asyncio.Event()

    def take(arrived: list[Frame], _arrival_us: int) -> None:
        frames.extend(frame for frame in arrived if frames or frame.key)
        if len(frames) >= _ENOUGH_FRAMES:
            enough.set()

    connection = await connect(
        url, credentials, take, allowed=allowed, clock=clock, reading=reading, transport=transport
    )
    watching = asyncio.create_task(watch(connection, url, clock))
    waiting = asyncio.create_task(enough.wait())
    try:
        await asyncio.wait({watching, waiting}, timeout=PROBE_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
        if not frames:
            raise watching.result() if watching.done() else MingjianError(NO_PICTURE, seconds=int(PROBE_TIMEOUT_S))
    finally:
        watching.cancel()
        waiting.cancel()
        await asyncio.wait({watching, waiting})
    first = frames[0]
    movie = fmp4.init(first.parameters) + fmp4.fragment(1, PictureRun(0, [first.data], [3600], [True]))
    heard = connection.client.sound
    parameters = replace(first.parameters, sound=heard.parameters if heard is not None else None)
    fps = parameters.fps or _measured(frames)
    left_out = connection.client.sound_left_out
    return Probed(parameters, fps, connection.client.server, movie, connection.transport, left_out)


def _measured(frames: list[Frame]) -> float:
    if len(frames) < 2 or frames[-1].ticks <= frames[0].ticks:
        return 0.0
    return round(90_000 * (len(frames) - 1) / (frames[-1].ticks - frames[0].ticks), 1)
