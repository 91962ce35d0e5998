"""The recorder: makes what is recorded equal to what the registry says should be, and keeps it so."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, VolumeGroupId, new_id
from mingjian.media import metrics, store
from mingjian.media.errors import ADDRESS_UNREADABLE, REQUEST_UNKNOWN
from mingjian.media.formats import url as addresses
from mingjian.media.formats.authentication import Credentials
from mingjian.media.ingest.attempts import Attempts
from mingjian.media.ingest.channel import ChannelRecorder
from mingjian.media.ingest.connection import Transport
from mingjian.media.ingest.line import Exchange
from mingjian.media.ingest.reading import Reading
from mingjian.media.ingest.source import Source
from mingjian.media.ingest.sub_stream import SubStream
from mingjian.media.ingest.triggers import Listen, Triggers, TriggerSource
from mingjian.media.keep import service as keep
from mingjian.media.keep.model import ChannelRecording, PlanKind, RecordingEvent
from mingjian.media.live.afar import PURPOSE, Trust
from mingjian.media.live.feed import Feed
from mingjian.media.live.server import LiveServer, sound_document
from mingjian.media.members import store as members
from mingjian.media.members.costs import Costs
from mingjian.media.members.membership import Membership
from mingjian.media.members.model import Assignment, Fenced, Member, Place
from mingjian.media.members.plan import Plan, Standing, plan
from mingjian.media.model import ChannelState, GapCause
from mingjian.media.probe import probe
from mingjian.media.record.berths import RECOVERY_S, Berths
from mingjian.media.record.clock_watch import ClockWatch
from mingjian.media.record.gate import Gate
from mingjian.media.record.placement import Placement
from mingjian.media.record.writer import SegmentWriter
from mingjian.media.settings import MediaSettings
from mingjian.media.store import ChannelStatus
from mingjian.registry import service as registry
from mingjian.registry.model import Channel
from mingjian.registry.vault import Vault
from mingjian.storage.engine import Database, Transaction

RECONCILE_S: Final = 3.0
# A frame may wait in memory this long when no other follows it.
STALL_TICK_S: Final = 1.0

# How often a process whose number is taken asks whether it still is.
JOIN_S: Final = 1.0

# A channel whose picture comes in and whose bytes do not become durable for so long is begun anew.
LANDING_S: Final = 20.0
# Events that can still matter: the longest time of recording after one.
EVENTS_US: Final = 3_600_000_000

_log: Final = structlog.get_logger(__name__)


Answerer = Callable[[Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""Answers a request of the API that is no business of this package; refusals as `problem` in the answer."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What should be done with a channel."""

    channel: Channel
    source: Source | MingjianError
    sub: Source | None
    recording: ChannelRecording
    group_id: VolumeGroupId
    events_us: tuple[int, ...]


class Recorder:
    """One life of a `media` process among those that record. `run` returns when `stop` is set and all is durable."""

    def __init__(
        self,
        database: Database,
        settings: MediaSettings,
        clock: Clock,
        vault: Vault,
        *,
        socket_path: str,
        floor_bytes: int = 0,
        listen: Listen | None = None,
        member: int = 1,
        place: Place | None = None,
        is_gone: Callable[[int], bool] = lambda _number: False,
        live_at: tuple[str, int] | None = None,
        answers: Mapping[str, Answerer] | None = None,
    ) -> None:
        """`floor_bytes`: what should stay free on each volume; see `keep.ladder`. `listen` hears what cameras say.
        `member`, `place`, `is_gone`: which of the processes that record this is, and where; see `members.membership`.
        `live_at`: where live pictures are handed to other machines. `answers`: what else the API may ask.
        """
        place = place or Place(socket.gethostname(), str(Path(socket_path).parent))
        self._membership = Membership(database, clock, member, place, is_gone=is_gone)
        self._costs = Costs()
        self._living: frozenset[int] = frozenset()
        self._silent: list[Member] = []
        self._turns: dict[ChannelId, int] = {}
        self._letting_go: set[ChannelId] = set()
        self._awaited: dict[ChannelId, float] = {}
        self._database = database
        self._settings = settings
        self._clock = clock
        self._vault = vault
        self._networks = list(settings.allowed_networks)
        self._socket_path = socket_path
        self._live_at = live_at
        self._answers = answers or {}
        self._channels: dict[ChannelId, ChannelRecorder] = {}
        self._subs: dict[ChannelId, SubStream] = {}
        self._listen = listen
        self._triggers: dict[ChannelId, Triggers] = {}
        self._given_up: dict[ChannelId, str] = {}
        self._live = LiveServer(self._feed_of, self._answer, self._turn_of)
        self._hurry = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop
        self._exchange: Exchange
        self._placement = Placement(clock)
        self._writer = SegmentWriter(
            database,
            clock,
            self._placement,
            flush_interval_s=settings.flush_interval_s,
            on_broken=self._broken,
            on_durable=metrics.flushed,
            max_lane_bytes=settings.waiting_mb << 20,
            membership=self._membership,
            after_turn=self._after_turn,
        )
        self._berths = Berths(
            database,
            self._placement,
            self._writer,
            clock,
            policy=settings.flush,
            floor_bytes=floor_bytes,
            membership=self._membership,
        )
        self._watch = ClockWatch(clock, place.host)

    async def run(self, stop: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Record until `stop`; `ready` is called once requests are answered.

        A volume that is not in its place is done without until it is back. Raises Fenced when this life is over:
        what it had is another's, and nothing of it is held open any more.
        """
        self._loop = asyncio.get_running_loop()
        self._exchange = Exchange(self._networks, self._clock, Reading(self._loop), Attempts())
        await asyncio.to_thread(self._watch.begin, self._database)
        if not await self._join(stop):
            return
        self._writer.start()
        await self._berths.first_look()
        await asyncio.to_thread(Path(self._socket_path).unlink, missing_ok=True)
        await self._live.start(self._socket_path)
        await self._serve_afar()
        ready()
        tasks = [asyncio.create_task(self._reconcile_always()), asyncio.create_task(self._tick_always())]
        ending = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({*tasks, ending}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*tasks, ending):
                task.cancel()
            await asyncio.gather(*(one.stop() for one in self._channels.values()))
            await asyncio.gather(*(one.stop() for one in self._subs.values()))
            await asyncio.gather(*(one.stop() for one in self._triggers.values()))
            await self._live.stop()
            await asyncio.to_thread(self._writer.stop)
        if self._membership.fenced and self._writer.hangs:
            raise RuntimeError("a disk does not answer, and files that may be another's are open")
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()

    async def _serve_afar(self) -> None:
        """Hand live pictures to other machines, where that is wanted; recording does not depend on it."""
        if self._live_at is None:
            return
        host, port = self._live_at
        try:
            await self._live.listen(host, port, Trust(self._vault.derive(PURPOSE)))
        except OSError as error:
            _log.error("recorder.live_address_unusable", host=host, port=port, error=error.strerror or str(error))
            return
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        await asyncio.to_thread(self._say_address, address)

    def _say_address(self, address: str) -> None:
        with self._database.write() as tx:
            self._membership.renew(tx)
            members.set_live_address(tx, self._membership.me.fence, address)

    # Among others

    async def _join(self, stop: asyncio.Event) -> bool:
        """Begin a life; waits while the number is taken. False when `stop` was set before."""
        said = False
        while not await asyncio.to_thread(self._membership.try_join, self._watch.epoch):
            if not said:
                _log.warning("recorder.member_taken", member=self._membership.number)
                said = True
            try:
                async with asyncio.timeout(JOIN_S):
                    await stop.wait()
            except TimeoutError:
                continue
            return False
        self._living = self._membership.roll.fences
        return True

    def _look_at_members(self) -> None:
        """Once a second: whether there is something to do about the others, or for them."""
        membership = self._membership
        if membership.fenced:
            raise Fenced(membership.me.fence)
        self._silent = membership.look()
        if self._silent or membership.roll.due or membership.roll.fences != self._living:
            self._hurry.set()

    async def _see_to_the_dead(self) -> None:
        """Say whose lease is over, and look after what those have left that are gone."""
        for one in self._silent:
            await asyncio.to_thread(self._membership.bury, one)
        self._silent = []
        living = self._membership.roll.fences
        if self._living - living:
            await self._berths.somebody_died()
        self._living = living

    def _divide(self, channels: Collection[ChannelId]) -> tuple[dict[ChannelId, Assignment], Plan]:
        """Whose each channel is, once this member has decided, taken up and let go what is for it to."""
        me = self._membership.me
        with self._database.read() as tx:
            standing = Standing(members.assignments(tx), members.living(tx), self._membership.settled())
            found = plan(me, standing, channels)
            claim = self._claimable(tx, found.claim)
        if not (found.assign or found.forget or claim):
            return dict(standing.assignments), found
        with self._database.write() as tx:
            self._membership.renew(tx)
            members.assign(tx, found.assign)
            members.forget(tx, found.forget)
            had = members.claim(tx, me, claim)
            store.forget_statuses(tx, had.keys(), self._clock.now_us())
            now = members.assignments(tx)
        self._letting_go -= had.keys()
        return now, found

    def _claimable(self, tx: Transaction, claim: Mapping[ChannelId, int | None]) -> dict[ChannelId, int | None]:
        """What can be taken up now: nobody is just closing what the last one has left of it."""
        ripe = {channel: before for channel, before in claim.items() if before not in self._living}
        left = [channel for channel, before in ripe.items() if before is not None]
        busy = members.being_recovered(tx, left, self._membership.me.fence) if left else set()
        now = self._clock.monotonic()
        self._awaited = {channel: self._awaited.get(channel, now) for channel in busy}
        return {
            channel: before
            for channel, before in ripe.items()
            if channel not in busy or now - self._awaited[channel] > RECOVERY_S
        }

    async def _let_go(self, channel_id: ChannelId) -> None:
        """Another member should have it: as soon as all of it is durable."""
        recorder = self._channels.pop(channel_id, None)
        if recorder is not None:
            await recorder.stop()
        self._given_up.pop(channel_id, None)
        self._letting_go.add(channel_id)
        self._writer.let_go(channel_id)
        self._live.channel_gone(channel_id)

    async def _suspend(self) -> None:
        """Others may have taken over what is recorded here: nothing is, until the database answers again."""
        _log.error("recorder.lapsed", seconds=round(self._membership.silent_s))
        channels, self._channels = self._channels, {}
        for channel_id, recorder in channels.items():
            await recorder.stop()
            self._writer.interrupt(channel_id, GapCause.ROLE_DOWN)

    def _measure(self, assignments: Mapping[ChannelId, Assignment]) -> None:
        known = {channel: assignments[channel].bytes_per_s for channel in self._channels if channel in assignments}
        news = self._costs.measure(self._writer.taken_bytes(), known, self._clock.monotonic())
        if news:
            self._writer.later(lambda tx: members.note_costs(tx, news))

    # What should be against what is

    async def _reconcile_always(self) -> None:
        while True:
            try:
                await self._reconcile()
            except MingjianError as error:
                _log.error("recorder.reconcile_failed", problem=error.code, error=str(error))
            except IntegrityError as error:  # two who thought that they decide; the next look sees what came of it
                _log.warning("recorder.reconcile_failed", error=str(error.orig))
            self._hurry.clear()
            try:
                async with asyncio.timeout(RECONCILE_S):
                    await self._hurry.wait()
            except TimeoutError:
                pass

    async def _reconcile(self) -> None:
        if self._membership.lapsed:
            return
        await self._see_to_the_dead()
        await self._berths.look()
        self._membership.able = self._berths.sees_any
        wanted = await self._own(await asyncio.to_thread(self._wanted))
        rungs = {group_id: self._berths.rung(group_id) for group_id in {one.group_id for one in wanted.values()}}
        await self._reconcile_subs(wanted)
        await self._reconcile_triggers(wanted)
        for channel_id, one in wanted.items():
            running = self._channels.get(channel_id)
            if isinstance(one.source, MingjianError):
                # One that runs goes on with what it has: its key may be back at the next look.
                if running is None:
                    await self._give_up(one, one.source)
                continue
            if running is not None and (running.source, running.group_id) == (one.source, one.group_id):
                no_room = not rungs[one.group_id].may_record(one.recording.priority)
                running.replan(one.recording, one.events_us, no_room=no_room)
                continue
            if running is not None:
                await running.stop()
            await self._begin(one, one.source)
        self._look_at_landing()
        metrics.records(self._membership.number, len(self._channels))

    async def _own(self, wanted: Mapping[ChannelId, _Wanted]) -> dict[ChannelId, _Wanted]:
        """Those of all channels that are this member's; what is not any more is let go."""
        assignments, found = await asyncio.to_thread(self._divide, wanted.keys())
        mine = {channel for channel, one in assignments.items() if one.fence == self._membership.me.fence}
        self._letting_go &= mine
        for channel_id in self._channels.keys() - wanted.keys():
            await self._end(channel_id)
        for channel_id in (mine - wanted.keys() | set(found.let_go)) - self._letting_go:
            await self._let_go(channel_id)
        mine -= self._letting_go
        self._turns = {channel: assignments[channel].turn for channel in mine}
        self._measure(assignments)
        return {channel: one for channel, one in wanted.items() if channel in mine}

    async def _reconcile_subs(self, wanted: Mapping[ChannelId, _Wanted]) -> None:
        """Small streams by their sources: one that stays is not touched, whoever watches it."""
        for channel_id, running in list(self._subs.items()):
            if channel_id not in wanted or wanted[channel_id].sub != running.source:
                del self._subs[channel_id]
                await running.stop()
        for channel_id, one in wanted.items():
            if one.sub is not None and channel_id not in self._subs:
                self._subs[channel_id] = SubStream(channel_id, one.sub, self._exchange)
                self._live.channel_appeared(channel_id)

    async def _reconcile_triggers(self, wanted: Mapping[ChannelId, _Wanted]) -> None:
        """Cameras are listened to whose plan is by events, and which say where they tell of them."""
        sources = {channel_id: source for channel_id, one in wanted.items() if (source := self._trigger_source(one))}
        for channel_id, running in list(self._triggers.items()):
            if sources.get(channel_id) != running.source:
                del self._triggers[channel_id]
                await running.stop()
        if self._listen is None:
            return
        for channel_id, source in sources.items():
            if channel_id not in self._triggers:
                happened = partial(self._happened, channel_id)
                self._triggers[channel_id] = Triggers(source, self._listen, happened, self._clock)

    def _trigger_source(self, wanted: _Wanted) -> TriggerSource | None:
        address = wanted.channel.device.onvif_address
        if address is None or isinstance(wanted.source, MingjianError) or wanted.recording.plan is not PlanKind.EVENT:
            return None
        return TriggerSource(address, wanted.source.credentials, wanted.source.url.path)

    def _happened(self, channel_id: ChannelId, name: str) -> None:
        """Open the gate at once; the row is for other pages and for a recorder that starts again."""
        at_us = self._clock.now_us()
        if (channel := self._channels.get(channel_id)) is not None:
            channel.gate.event(at_us)
            event = RecordingEvent(new_id(at_us), channel_id, at_us, name)
            self._writer.later(lambda tx: keep.note_event(tx, event))

    def _wanted(self) -> dict[ChannelId, _Wanted]:
        with self._database.read() as tx:
            channels = registry.channels(tx)
            recordings = keep.recordings(tx)
            events = keep.recent_events(tx, self._clock.now_us() - EVENTS_US)
        return {one.id: self._wish(one, recordings.get(one.id), events.get(one.id, ())) for one in channels}

    def _wish(self, channel: Channel, set_up: ChannelRecording | None, events_us: Sequence[int]) -> _Wanted:
        recording = set_up or ChannelRecording()
        group_id = recording.group_id or self._berths.group_for(demonstration=channel.demonstration)
        source = self._source(channel)
        return _Wanted(channel, source, self._sub(channel, source), recording, group_id, tuple(events_us))

    def _look_at_landing(self) -> None:
        """What should be recorded against the bytes that became durable."""
        now, landed = self._clock.monotonic(), self._writer.landed()
        for channel_id, channel in self._channels.items():
            last = max(landed.get(channel_id, 0.0), channel.open_since)
            if channel.connected and channel.gate.open and now - last > LANDING_S:
                _log.error("recorder.not_landing", channel=str(channel_id), seconds=round(now - last))
                channel.broken()

    def _source(self, channel: Channel) -> Source | MingjianError:
        """Where the channel's picture comes from, or why that cannot be known."""
        try:
            secret = registry.credentials(channel, self._vault)
            url, _ = addresses.parse(channel.device.address)
        except addresses.BadAddress:
            return MingjianError(ADDRESS_UNREADABLE)
        except MingjianError as error:
            return error
        transport = Transport(channel.device.transport) if channel.device.transport != "auto" else None
        return Source(url, Credentials(secret.user_name, secret.password) if secret else None, transport)

    def _sub(self, channel: Channel, main: Source | MingjianError) -> Source | None:
        """Where the channel's small stream comes from: the same account, another path."""
        if isinstance(main, MingjianError) or channel.device.sub_address is None:
            return None
        try:
            return replace(main, url=addresses.parse(channel.device.sub_address)[0])
        except addresses.BadAddress:
            return None

    async def _give_up(self, wanted: _Wanted, error: MingjianError) -> None:
        """Say why a channel is not recorded, where it is not the camera's doing; once for each reason."""
        channel = wanted.channel
        if self._given_up.get(channel.id) == error.code:
            return
        self._given_up[channel.id] = error.code
        _log.error("recorder.bad_channel", channel=str(channel.id), problem=error.code)
        adopt = self._writer.adopt
        await asyncio.to_thread(adopt, channel.id, wanted.group_id, channel.created_us, expected=False)
        self._writer.interrupt(channel.id, GapCause.ROLE_DOWN)
        now_us = self._clock.now_us()
        self._writer.status(ChannelStatus(channel.id, ChannelState.OFFLINE, now_us, (error.code, {}), None))

    async def _begin(self, wanted: _Wanted, source: Source) -> None:
        channel = wanted.channel
        self._look_at_clock()
        until = await asyncio.to_thread(self._writer.adopt, channel.id, wanted.group_id, channel.created_us)
        gate = Gate(wanted.recording)
        recorder = ChannelRecorder(
            channel.id,
            source,
            settings=self._settings,
            exchange=self._exchange,
            writer=self._writer,
            recorded_until_us=until,
            clock_epoch=self._watch.epoch,
            gate=gate,
            group_id=wanted.group_id,
        )
        recorder.replan(wanted.recording, wanted.events_us, no_room=False)
        self._given_up.pop(channel.id, None)
        self._channels[channel.id] = recorder
        recorder.start()
        self._live.channel_appeared(channel.id)

    async def _end(self, channel_id: ChannelId) -> None:
        recorder = self._channels.pop(channel_id)
        await recorder.stop()
        self._writer.interrupt(channel_id, GapCause.OPERATOR)
        retired = ChannelStatus(channel_id, ChannelState.RETIRED, self._clock.now_us(), None, None)
        self._writer.status(retired)
        recorder.feed.state_changed(retired)

    async def _tick_always(self) -> None:
        while True:
            await asyncio.sleep(STALL_TICK_S)
            if not self._writer.alive and not self._membership.fenced:
                raise RuntimeError("the segment writer has ended; nothing would be recorded")
            self._look_at_members()
            if self._membership.lapsed and self._channels:
                await self._suspend()
            self._look_at_clock()
            for channel in self._channels.values():
                channel.tick()
            for triggers in self._triggers.values():
                triggers.tick()
            metrics.received(self._membership.number, (channel.frames for channel in self._channels.values()))

    def _look_at_clock(self) -> None:
        """Whether the clock stepped, here or where others record. Also before a channel begins in an epoch."""
        if (step := self._watch.look(self._membership.roll.newest_epoch)) is not None:
            self._writer.stepped(step)
            for channel in self._channels.values():
                channel.stepped(step.epoch)

    def _after_turn(self, do: Callable[[], None]) -> None:
        self._loop.call_soon(do)

    def _broken(self, channel_id: ChannelId, error: OSError) -> None:
        """From the writer's thread."""
        _log.error("recorder.segment_given_up", channel=str(channel_id), error=str(error))
        self._loop.call_soon_threadsafe(self._restart, channel_id)

    def _restart(self, channel_id: ChannelId) -> None:
        if (channel := self._channels.get(channel_id)) is not None:
            channel.broken()

    # The socket

    def _turn_of(self, channel_id: UUID) -> int:
        return self._turns.get(ChannelId(channel_id), 0)

    def _feed_of(self, channel_id: UUID, stream: str) -> Feed | None:
        if stream == "sub":
            sub = self._subs.get(ChannelId(channel_id))
            return sub.feed if sub else None
        channel = self._channels.get(ChannelId(channel_id))
        return channel.feed if channel else None

    async def _answer(self, request: Mapping[str, Any]) -> tuple[Mapping[str, Any], bytes]:
        match request["do"]:
            case "refresh":
                self._hurry.set()
                return {}, b""
            case "probe":
                return await self._probe(request)
            case other if str(other) in self._answers:
                return await self._answers[str(other)](request), b""
            case other:
                return {"problem": {"code": REQUEST_UNKNOWN.code, "values": {"do": str(other)[:40]}}}, b""

    async def _probe(self, request: Mapping[str, Any]) -> tuple[Mapping[str, Any], bytes]:
        try:
            try:
                url, _ = addresses.parse(request["address"])
            except addresses.BadAddress as error:
                raise MingjianError(ADDRESS_UNREADABLE) from error
            user_name = request.get("user_name")
            credentials = Credentials(user_name, request.get("password") or "") if user_name else None
            asked = request.get("transport") or "auto"
            found = await probe(
                url,
                credentials,
                allowed=self._networks,
                clock=self._clock,
                reading=self._exchange.reading,
                transport=None if asked == "auto" else Transport(asked),
            )
        except MingjianError as error:
            values = {key: str(value) for key, value in error.values.items()}
            return {"problem": {"code": error.code, "values": values}}, b""
        picture = found.parameters
        return {
            "codec": picture.codec,
            "mime": picture.mime,
            "width": picture.width,
            "height": picture.height,
            "fps": found.fps,
            "server": found.server,
            "sound": sound_document(picture.sound),
            "sound_left_out": found.sound_left_out,
            "transport": found.transport.value,
        }, found.key_frame
