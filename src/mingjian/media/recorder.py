"""The recorder: makes what is recorded equal to what the registry says should be, and keeps it so."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId, VolumeGroupId, new_id
from mingjian.media import metrics
from mingjian.media.errors import ADDRESS_UNREADABLE, REQUEST_UNKNOWN
from mingjian.media.formats import url as addresses
from mingjian.media.formats.authentication import Credentials
from mingjian.media.ingest.attempts import Attempts
from mingjian.media.ingest.channel import ChannelRecorder
from mingjian.media.ingest.connection import Transport
from mingjian.media.ingest.reading import Reading
from mingjian.media.ingest.source import Source
from mingjian.media.ingest.sub_stream import SubStream
from mingjian.media.ingest.triggers import Listen, Triggers, TriggerSource
from mingjian.media.keep import service as keep
from mingjian.media.keep.model import ChannelRecording, PlanKind, RecordingEvent
from mingjian.media.live.feed import Feed
from mingjian.media.live.server import LiveServer, sound_document
from mingjian.media.model import ChannelState, GapCause
from mingjian.media.probe import probe
from mingjian.media.record.berths import Berths
from mingjian.media.record.clock_watch import ClockWatch
from mingjian.media.record.gate import Gate
from mingjian.media.record.placement import Placement
from mingjian.media.record.writer import SegmentWriter
from mingjian.media.settings import MediaSettings
from mingjian.media.store import ChannelStatus
from mingjian.registry import service as registry
from mingjian.registry.model import Channel
from mingjian.registry.vault import Vault
from mingjian.storage.engine import Database

RECONCILE_S: Final = 3.0
# A frame may wait in memory this long when no other follows it.
STALL_TICK_S: Final = 1.0

# A channel whose picture comes in and whose bytes do not become durable for so long is begun anew.
LANDING_S: Final = 20.0
# Events that can still matter: the longest time of recording after one.
EVENTS_US: Final = 3_600_000_000

_log: Final = structlog.get_logger(__name__)


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
    """One `media` process. `run` returns when `stop` is set and everything is durable."""

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
    ) -> None:
        """`floor_bytes`: what should stay free on each volume; see `keep.ladder`. `listen` hears what cameras say."""
        self._database = database
        self._settings = settings
        self._clock = clock
        self._vault = vault
        self._networks = list(settings.allowed_networks)
        self._socket_path = socket_path
        self._channels: dict[ChannelId, ChannelRecorder] = {}
        self._subs: dict[ChannelId, SubStream] = {}
        self._listen = listen
        self._triggers: dict[ChannelId, Triggers] = {}
        self._given_up: dict[ChannelId, str] = {}
        self._live = LiveServer(self._feed_of, self._answer)
        self._hurry = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop
        self._reading: Reading
        self._attempts = Attempts()
        self._placement = Placement(clock)
        self._writer = SegmentWriter(
            database,
            clock,
            self._placement,
            flush_interval_s=settings.flush_interval_s,
            on_broken=self._broken,
            on_durable=metrics.flushed,
            max_lane_bytes=settings.waiting_mb << 20,
        )
        self._berths = Berths(
            database, self._placement, self._writer, clock, policy=settings.flush, floor_bytes=floor_bytes
        )
        self._watch = ClockWatch(clock)

    async def run(self, stop: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Record until `stop`; `ready` is called once requests are answered.

        A volume that is not in its place is done without until it is back.
        """
        self._loop = asyncio.get_running_loop()
        self._reading = Reading(self._loop)
        await asyncio.to_thread(self._watch.begin, self._database)
        self._writer.start()
        await self._berths.first_look()
        await asyncio.to_thread(Path(self._socket_path).unlink, missing_ok=True)
        await self._live.start(self._socket_path)
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
        for task in tasks:
            if task.done() and not task.cancelled():
                task.result()

    # What should be against what is

    async def _reconcile_always(self) -> None:
        while True:
            try:
                await self._reconcile()
            except MingjianError as error:
                _log.error("recorder.reconcile_failed", problem=error.code, error=str(error))
            self._hurry.clear()
            try:
                async with asyncio.timeout(RECONCILE_S):
                    await self._hurry.wait()
            except TimeoutError:
                pass

    async def _reconcile(self) -> None:
        await self._berths.look()
        wanted = await asyncio.to_thread(self._wanted)
        rungs = {group_id: self._berths.rung(group_id) for group_id in {one.group_id for one in wanted.values()}}
        for channel_id in self._channels.keys() - wanted.keys():
            await self._end(channel_id)
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
        metrics.CHANNELS.set(len(self._channels))

    async def _reconcile_subs(self, wanted: Mapping[ChannelId, _Wanted]) -> None:
        """Small streams by their sources: one that stays is not touched, whoever watches it."""
        for channel_id, running in list(self._subs.items()):
            if channel_id not in wanted or wanted[channel_id].sub != running.source:
                del self._subs[channel_id]
                await running.stop()
        for channel_id, one in wanted.items():
            if one.sub is not None and channel_id not in self._subs:
                self._subs[channel_id] = SubStream(
                    channel_id,
                    one.sub,
                    networks=self._networks,
                    clock=self._clock,
                    reading=self._reading,
                    attempts=self._attempts,
                )
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
        return TriggerSource(address, wanted.source.credentials)

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
        until = await asyncio.to_thread(self._writer.adopt, channel.id, wanted.group_id, channel.created_us)
        gate = Gate(wanted.recording)
        recorder = ChannelRecorder(
            channel.id,
            source,
            settings=self._settings,
            networks=self._networks,
            writer=self._writer,
            clock=self._clock,
            reading=self._reading,
            recorded_until_us=until,
            clock_epoch=self._watch.epoch,
            gate=gate,
            group_id=wanted.group_id,
            attempts=self._attempts,
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
            if not self._writer.alive:
                raise RuntimeError("the segment writer has ended; nothing would be recorded")
            if (step := self._watch.look()) is not None:
                self._writer.stepped(step)
            for channel in self._channels.values():
                if step is not None:
                    channel.stepped(step.epoch)
                channel.tick()
            for triggers in self._triggers.values():
                triggers.tick()
            metrics.received(channel.frames for channel in self._channels.values())

    def _broken(self, channel_id: ChannelId, error: OSError) -> None:
        """From the writer's thread."""
        _log.error("recorder.segment_given_up", channel=str(channel_id), error=str(error))
        self._loop.call_soon_threadsafe(self._restart, channel_id)

    def _restart(self, channel_id: ChannelId) -> None:
        if (channel := self._channels.get(channel_id)) is not None:
            channel.broken()

    # The socket

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
                reading=self._reading,
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
