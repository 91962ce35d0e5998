"""Motion and inputs of one camera, for as long as somebody wants them: subscribe, pull, renew, and begin again."""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from typing import Final, TypeVar

from mingjian.kernel.errors import MingjianError
from mingjian.onvif import topics
from mingjian.onvif.addresses import ServiceUrl
from mingjian.onvif.client import Access, OnvifClient, message_id
from mingjian.onvif.errors import (
    CREDENTIALS_NEEDED,
    CREDENTIALS_REFUSED,
    ENDED,
    NO_SERVICE,
    NOT_SUPPORTED,
    ONLY_BASIC,
    REFUSED,
    SUBSCRIPTION_REFUSED,
)
from mingjian.onvif.messages import events as messages
from mingjian.onvif.messages.xml import Node
from mingjian.onvif.model import Event, Service, Subscription

Sink = Callable[[Event], None]
Trouble = Callable[[MingjianError | None], None]
Turn = Callable[[], Awaitable[None]]
Found = TypeVar("Found")

LIFETIME_S: Final = 300
PULL_S: Final = 20
# An answer may come this much later than the time it was told to wait.
_SLACK_S: Final = 10.0
_ENDING_S: Final = 3.0
_FIRST_PAUSE_S: Final = 2.0
_LONGEST_PAUSE_S: Final = 60.0
# A camera that refuses the password, or has no events, is asked seldom: the one locks accounts, the other never helps.
_SELDOM_S: Final = 300.0
_SELDOM: Final = (CREDENTIALS_NEEDED, CREDENTIALS_REFUSED, ONLY_BASIC, NO_SERVICE)
# Without a word from the camera within this time after asking, a closed connection is its way to say «nothing yet».
_QUIET_CLOSE_S: Final = 1.0
# Some do not wait as they are told: they are not asked more often than this.
_PACE_S: Final = 0.5


async def _at_once() -> None:
    return


async def events(
    to: Access,
    sink: Sink,
    stop: asyncio.Event,
    *,
    trouble: Trouble = lambda _: None,
    turn: Turn = _at_once,
    pull_s: int = PULL_S,
) -> None:
    """Hand every event of a camera to `sink` until `stop` is set; only then it returns.

    `trouble` is told each error as it ends a subscription, and None once there is one again. What was active when a
    subscription was lost is said to have ended (`Event.assumed`): recording by it must not go on for ever. `turn` is
    awaited before each subscription: one gate of a process (`media.ingest.attempts`) keeps a switch that reboots from
    making a storm.
    """
    pause_s = _FIRST_PAUSE_S
    while not stop.is_set():
        await _until(stop, turn())
        listening = _Listening(to, sink, stop, trouble, pull_s)
        try:
            await listening.run()
        except MingjianError as error:
            trouble(error)
            listening.end_all()
            pause_s = _FIRST_PAUSE_S if listening.heard else min(pause_s * 2, _LONGEST_PAUSE_S)
            wait_s = _SELDOM_S if error.problem in _SELDOM else pause_s
            with suppress(TimeoutError):
                # Cameras behind one switch come back together; they are not asked together.
                await asyncio.wait_for(stop.wait(), wait_s * random.uniform(0.7, 1.0))  # noqa: S311 - no secret


class _Listening:
    """One subscription, from its making to its end."""

    def __init__(self, to: Access, sink: Sink, stop: asyncio.Event, trouble: Trouble, pull_s: int) -> None:
        self._client = OnvifClient(to)
        self._clock = to.clock
        self._sink = sink
        self._stop = stop
        self._trouble = trouble
        self._pull_s = pull_s
        self._active: dict[tuple[str, str], Event] = {}
        self.heard = False

    async def run(self) -> None:
        async with self._client:
            made = await self._until_stop(self._subscribe())
            if made is None:
                return
            one, at = made
            self._trouble(None)
            try:
                await self._pull_all(one, at)
            finally:
                # Cameras have few places for subscribers: one that is left gives its place back.
                with suppress(MingjianError):
                    await self._client.ask_at(
                        at, messages.unsubscribe(one, message_id=message_id()), within_s=_ENDING_S
                    )

    def end_all(self) -> None:
        """Say that what was active has ended, as far as anybody knows."""
        for event in self._active.values():
            self._sink(replace(event, active=False, at_us=self._clock.now_us(), camera_us=None, assumed=True))
        self._active.clear()

    async def _subscribe(self) -> tuple[Subscription, ServiceUrl]:
        wanted = await self._wanted()
        try:
            answer = await self._create(wanted)
        except MingjianError as error:
            if not wanted or error.problem is not SUBSCRIPTION_REFUSED:
                raise
            # Some refuse every filter; what is not wanted is then dropped as it is read.
            answer = await self._create([])
        one = messages.subscription(answer)
        at = await self._client.place(one.address, "SubscriptionReference") if one.address else None
        return one, at or await self._client.address(Service.EVENTS)

    async def _wanted(self) -> list[messages.Topic]:
        """The topics to ask for: those of the camera's own that are wanted; none where it does not declare any."""
        try:
            answer = await self._client.ask(Service.EVENTS, messages.get_properties())
        except MingjianError as error:
            if error.problem in _SELDOM or error.code.startswith("media."):
                raise
            return []
        return topics.wanted(messages.topics(answer))

    async def _create(self, wanted: list[messages.Topic]) -> Node:
        return await self._client.ask(Service.EVENTS, messages.create(lifetime_s=LIFETIME_S, wanted=wanted))

    async def _pull_all(self, one: Subscription, at: ServiceUrl) -> None:
        renew_at = self._renewal(one.lifetime_us)
        while not self._stop.is_set():
            next_at = self._clock.monotonic() + _PACE_S
            await self._until_stop(self._pull(one, at))
            if not self._stop.is_set() and self._clock.monotonic() >= renew_at:
                renew_at = await self._renewed(one, at)
            await self._until_stop(asyncio.sleep(next_at - self._clock.monotonic()))

    async def _renewed(self, one: Subscription, at: ServiceUrl) -> float:
        """Renew, and when to renew next. A camera that will not is pulled until it forgets the subscription."""
        request = messages.renew(one, message_id=message_id(), lifetime_s=LIFETIME_S)
        try:
            answer = await self._client.ask_at(at, request)
        except MingjianError as error:
            if error.problem in (NOT_SUPPORTED, REFUSED):
                return math.inf
            raise
        return self._renewal(messages.lifetime_us(answer))

    def _renewal(self, lifetime_us: int) -> float:
        """When to renew: at half of its life, by our monotonic clock; what a camera says of years is not believed."""
        lifetime_s = min(lifetime_us / 1e6, 2 * LIFETIME_S) or LIFETIME_S
        return self._clock.monotonic() + max(lifetime_s / 2, 1.0)

    async def _pull(self, one: Subscription, at: ServiceUrl) -> None:
        began = self._clock.monotonic()
        request = messages.pull(one, message_id=message_id(), seconds=self._pull_s)
        try:
            answer = await self._client.ask_at(at, request, within_s=self._pull_s + _SLACK_S)
        except MingjianError as error:
            if error.problem is ENDED and self._clock.monotonic() - began > _QUIET_CLOSE_S:
                return
            raise
        self.heard = True
        at_us = self._clock.now_us()
        for told in messages.notifications(answer):
            self._take(topics.event(told, at_us=at_us))

    def _take(self, event: Event | topics.LeftOut) -> None:
        if isinstance(event, topics.LeftOut):
            return
        key = (event.topic, event.source)
        if event.active:
            self._active[key] = event
        else:
            self._active.pop(key, None)
        self._sink(event)

    async def _until_stop(self, work: Awaitable[Found]) -> Found | None:
        return await _until(self._stop, work)


async def _until(stop: asyncio.Event, work: Awaitable[Found]) -> Found | None:
    """What `work` gives, or None once `stop` is set."""
    task = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((task, stopped), return_when=asyncio.FIRST_COMPLETED)
        return await task if task.done() else None
    finally:
        stopped.cancel()
        if not task.done():
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
