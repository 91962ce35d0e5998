"""ONVIF cameras as triggers of recording: `media` names what it wants to hear, `onvif` hears it.

Channels of one device share one subscription, for cameras have few places for subscribers; each hears what is about its
own picture.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import structlog

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.media.formats.authentication import Credentials
from mingjian.media.ingest.attempts import Attempts
from mingjian.media.ingest.networks import Network
from mingjian.media.ingest.triggers import Happening, Listen, TriggerSource
from mingjian.onvif.model import Event, Picture
from mingjian.onvif.streams import concerns, shown_at

_log = structlog.get_logger(__name__)

Sink = Callable[[Happening], None]


def listener(allowed: Sequence[Network], clock: Clock) -> Listen:
    """What listens to cameras in these networks; they are called one after the other, as for their pictures."""
    attempts = Attempts()
    devices: dict[tuple[str, Credentials | None], _Device] = {}

    async def listen(source: TriggerSource, sink: Sink, stop: asyncio.Event) -> None:
        key = source.address, source.credentials
        device = devices.get(key)
        if device is None:
            device = devices[key] = _Device(source.address, source.credentials, list(allowed), clock, attempts)
            device.task = asyncio.create_task(device.run())
        ear = _Ear(source.path, sink)
        device.join(ear)
        try:
            await stop.wait()
        finally:
            device.ears.remove(ear)
            if not device.ears:
                del devices[key]
                await device.leave()

    return listen


@dataclass(eq=False, slots=True)
class _Ear:
    """A channel, by the path of its stream. `heard`: what is active as far as it was told."""

    path: str
    sink: Sink
    heard: dict[tuple[str, str], Event] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        if event.active:
            self.heard[_key(event)] = event
        else:
            self.heard.pop(_key(event), None)
        self.sink(Happening(event.kind.value, event.source, event.active))


def _key(event: Event) -> tuple[str, str]:
    return event.topic, event.source


class _Device:
    """One subscription, and those who hear by it."""

    def __init__(
        self,
        address: str,
        credentials: Credentials | None,
        allowed: list[Network],
        clock: Clock,
        attempts: Attempts,
    ) -> None:
        self.ears: list[_Ear] = []
        self.task: asyncio.Task[None] | None = None
        self._address = address
        self._credentials = credentials
        self._allowed = allowed
        self._clock = clock
        self._attempts = attempts
        self._stop = asyncio.Event()
        self._active: dict[tuple[str, str], Event] = {}
        self._pictures: tuple[Picture, ...] = ()
        self._looking: asyncio.Task[None] | None = None

    def join(self, ear: _Ear) -> None:
        """Who comes later hears what goes on already."""
        self.ears.append(ear)
        for event in self._active.values():
            self._tell(ear, event)

    async def leave(self) -> None:
        """Give the camera its place back."""
        self._stop.set()
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})
        if self.task is not None:
            await self.task

    async def run(self) -> None:
        # Late: who has no such camera does not pay for its libraries.
        from mingjian.onvif.client import access  # noqa: PLC0415
        from mingjian.onvif.events import events  # noqa: PLC0415

        try:
            to = access(self._address, self._credentials, allowed=self._allowed, clock=self._clock)
        except MingjianError as error:
            self._trouble(error)
            await self._stop.wait()
            return
        await events(to, self._take, self._stop, trouble=self._trouble, turn=self._attempts.turn)

    def _trouble(self, error: MingjianError | None) -> None:
        _log.info("camera.events", address=self._address, problem=error and error.code)
        if error is None and (self._looking is None or self._looking.done()):
            # Once for each subscription: the camera has accepted the password, and may have been set up anew.
            self._looking = asyncio.create_task(self._look())

    async def _look(self) -> None:
        """Learn which pictures there are; until it is known, everybody hears everything."""
        from mingjian.onvif.looking import look  # noqa: PLC0415

        try:
            found = await look(self._address, self._credentials, allowed=self._allowed, clock=self._clock)
        except MingjianError as error:
            _log.info("camera.pictures", address=self._address, problem=error.code)
            return
        self._pictures = found.pictures
        for ear in self.ears:
            for event in list(ear.heard.values()):
                if not self._concerns(ear, event):
                    ear.take(replace(event, active=False))

    def _take(self, event: Event) -> None:
        if event.active:
            self._active[_key(event)] = event
        else:
            self._active.pop(_key(event), None)
        for ear in self.ears:
            self._tell(ear, event)

    def _tell(self, ear: _Ear, event: Event) -> None:
        if self._concerns(ear, event) or (not event.active and _key(event) in ear.heard):
            ear.take(event)

    def _concerns(self, ear: _Ear, event: Event) -> bool:
        return concerns(event, shown_at(ear.path, self._pictures), self._pictures)
