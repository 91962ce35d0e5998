"""What open pages hear: one look into the database each second for all of them, and none while nobody listens.

A look finds which subjects changed (`storage.news`), says once what is so now, and gives each listener what it may
hear. A page that does not keep up, or for which too much changed at once, is told to ask for everything again.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import structlog
from starlette.concurrency import run_in_threadpool

from mingjian.alerts import service as alerts
from mingjian.api.schema import Problem, moment_text
from mingjian.identity.permissions import Authority, Permission
from mingjian.identity.scopes import Target
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, new_id
from mingjian.media import errors as media_errors
from mingjian.media import service as media
from mingjian.media.export import service as exports
from mingjian.media.keep import service as keeping
from mingjian.media.live.hub import LiveHub
from mingjian.media.service import ChannelStatus
from mingjian.registry import service as registry
from mingjian.storage import news
from mingjian.storage.engine import Database, Transaction
from mingjian.storage.news import News, Topic

EVERY_S: Final = 1.0
MOST_WAITING: Final = 500
"""Messages that wait for one page; beyond it the page is told to ask for everything again."""
MOST_AT_ONCE: Final = 2_000
"""Subjects of one look that are described; beyond it everybody asks again, which is less work than to tell."""

_LOG: Final = structlog.get_logger(__name__)

Message = Mapping[str, Any]
RELOAD: Final[Message] = {"topic": "server", "reload": True}


@dataclass(frozen=True, slots=True)
class Told:
    """One message and who may hear it: whoever may do one of `any_of`, at `at` where it is about a channel.

    `person_id` where it is about one person's own things.
    """

    message: Message
    any_of: tuple[Permission, ...]
    at: Target | None = None
    person_id: UUID | None = None

    def is_for(self, authority: Authority) -> bool:
        if self.person_id is not None and authority.person.id != self.person_id:
            return False
        targets = () if self.at is None else (self.at,)
        return any(authority.may(permission, *targets) for permission in self.any_of)


class Listener:
    """One page: what it may hear and what waits for it, the newest of each subject."""

    def __init__(self, authority: Authority) -> None:
        self.authority = authority
        self._waiting: dict[tuple[str, str], Message] = {}
        self._arrived = asyncio.Event()

    def put(self, message: Message) -> None:
        key = str(message["topic"]), str(message.get("id", ""))
        self._waiting.pop(key, None)  # what is newest comes last
        if len(self._waiting) >= MOST_WAITING:
            self._waiting = {("server", ""): RELOAD}
        elif self._waiting.get(("server", "")) is not RELOAD:
            self._waiting[key] = message
        self._arrived.set()

    async def take(self) -> list[Message]:
        """Everything that waits, at least one message."""
        await self._arrived.wait()
        self._arrived.clear()
        found, self._waiting = list(self._waiting.values()), {}
        return found


class Feed:
    """Looks while there is a listener. Belongs to one event loop; `boot` is another one after each start."""

    def __init__(self) -> None:
        self.boot: Final = str(new_id(0))
        self._listeners: set[Listener] = set()
        self._looking: asyncio.Task[None] | None = None
        self.looks = 0

    def join(self, listener: Listener, database: Database, hub: LiveHub) -> None:
        self._listeners.add(listener)
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look(database, hub))

    def leave(self, listener: Listener) -> None:
        self._listeners.discard(listener)
        if not self._listeners and self._looking is not None:
            self._looking.cancel()
            self._looking = None

    async def _look(self, database: Database, hub: LiveHub) -> None:
        seen: _Seen | None = None
        while True:
            try:
                seen, told = await run_in_threadpool(_look, database, seen, (hub.connected, hub.lost))
            except MingjianError as error:  # asked again in a second; what is missed meanwhile is found then
                _LOG.warning("cannot look for news", code=error.code)
                told = ()
            self.looks += 1
            for one in told:
                self._tell(one)
            await asyncio.sleep(EVERY_S)

    def _tell(self, one: Told) -> None:
        for listener in self._listeners:
            if one.is_for(listener.authority):
                listener.put(one.message)


Recorders = tuple[bool, frozenset[int]]
"""Whether any answers, and which do not any more: what the sockets of `media` say."""


@dataclass(frozen=True, slots=True)
class _Seen:
    place: news.Place
    recorders: Recorders
    unheard: frozenset[ChannelId]


def _look(database: Database, before: _Seen | None, recorders: Recorders) -> tuple[_Seen, Sequence[Told]]:
    with database.read() as tx:
        place, found = news.look(tx, before.place) if before else (news.now(tx), [])
        unheard = media.without_recorder(tx, recorders[1])
        seen = _Seen(place, recorders, unheard)
        if before is None:
            return seen, ()
        if len(found) > MOST_AT_ONCE:
            return seen, [Told(RELOAD, (Permission.SESSION_OWN,))]
        told = list(_described(tx, found, recorders))
        if (before.recorders, before.unheard) != (recorders, unheard):
            told.append(Told({"topic": Topic.CHANNEL.value}, (Permission.CHANNEL_READ,)))
        return seen, told


def _described(tx: Transaction, found: Iterable[News], recorders: Recorders) -> Iterable[Told]:
    by_topic: dict[Topic, list[str]] = {}
    for one in found:
        by_topic.setdefault(one.topic, []).append(one.subject)
    for topic, subjects in by_topic.items():
        if topic is Topic.CHANNEL:
            yield from _channels(tx, [ChannelId(UUID(one)) for one in subjects], recorders)
        elif (describe := _DESCRIBED.get(topic)) is not None:
            yield from describe(tx, [UUID(one) for one in subjects])
        else:
            yield from (Told(_message(topic, one), _PLAIN[topic]) for one in subjects)


def _message(topic: Topic, subject: str = "", **more: Any) -> Message:
    return {"topic": topic.value, **({"id": subject} if subject else {}), **more}


def _channels(tx: Transaction, ids: Collection[ChannelId], recorders: Recorders) -> Iterable[Told]:
    said = media.said_of(tx, ids, recorder_up=recorders[0], lost=recorders[1])
    targets = registry.targets(tx, [one.channel_id for one in said])
    for one in said:
        if (target := targets.get(one.channel_id)) is not None:
            yield Told(channel_message(one), (Permission.CHANNEL_READ,), target)


def channel_message(status: ChannelStatus) -> Message:
    """How a channel is doing, in the words of `GET /channels`; no basic data."""
    problem = Problem.of(media_errors.told(*status.problem)) if status.problem else None
    return _message(
        Topic.CHANNEL,
        str(status.channel_id),
        state=status.state.value,
        state_since=moment_text(status.since_us),
        problem=problem.model_dump(mode="json", exclude_none=True) if problem else None,
    )


def _alerts(tx: Transaction, ids: Collection[UUID]) -> Iterable[Told]:
    found = alerts.some(tx, ids)
    targets = registry.targets(tx, {UUID(one.object_id) for one in found if one.object_kind == "channel"})
    for one in found:
        message = _message(Topic.ALERT, str(one.id), code=one.code, standing=one.cleared_us is None)
        if one.object_kind != "channel":
            yield Told(message, (Permission.ALERT_READ,))
        elif (target := targets.get(UUID(one.object_id))) is not None:
            yield Told(message, (Permission.ALERT_READ,), target)


def _clips(tx: Transaction, ids: Collection[UUID]) -> Iterable[Told]:
    for one in exports.some(tx, ids):
        message = _message(
            Topic.CLIP,
            str(one.id),
            state=one.state.value,
            done_bytes=min(one.done_bytes, one.total_bytes),
            total_bytes=one.total_bytes,
        )
        yield Told(message, (Permission.CLIP_MAKE,), person_id=one.person_id)


def _holds(tx: Transaction, ids: Collection[UUID]) -> Iterable[Told]:
    found = [hold for one in ids if (hold := keeping.find_hold(tx, one)) is not None]
    targets = registry.targets(tx, {one.channel_id for one in found})
    for one in found:
        if (target := targets.get(one.channel_id)) is not None:
            yield Told(_message(Topic.HOLD, str(one.id)), (Permission.HOLD_READ,), target)


def _at_channels(topic: Topic, *any_of: Permission) -> Callable[[Transaction, Collection[UUID]], Iterable[Told]]:
    """Of what has the channel as its subject: that it changed, to those who reach the channel."""

    def describe(tx: Transaction, ids: Collection[UUID]) -> Iterable[Told]:
        for channel_id, target in registry.targets(tx, ids).items():
            yield Told(_message(topic, str(channel_id)), any_of, target)

    return describe


_DESCRIBED: Final[Mapping[Topic, Callable[[Transaction, Collection[UUID]], Iterable[Told]]]] = {
    Topic.ALERT: _alerts,
    Topic.CLIP: _clips,
    Topic.HOLD: _holds,
    Topic.PTZ: _at_channels(Topic.PTZ, Permission.LIVE_VIEW),
    Topic.MARK: _at_channels(Topic.MARK, Permission.RECORDING_READ),
}
"""Topics whose subjects are ids of something that not everybody may know of."""
_PLAIN: Final[Mapping[Topic, tuple[Permission, ...]]] = {
    Topic.REGISTRY: (Permission.CHANNEL_READ,),
    Topic.DUTY: (Permission.DUTY_READ,),
    Topic.JOB: (Permission.STORAGE_READ, Permission.AUDIT_VERIFY),
    Topic.SETTINGS: (Permission.SESSION_OWN,),
    Topic.SESSION: (Permission.PEOPLE_READ,),
}
"""Topics whose subjects say nothing by themselves."""
