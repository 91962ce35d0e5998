"""The recorder: makes what is recorded equal to what the registry says should be, and keeps it so."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import structlog

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.kernel.ids import ChannelId
from mingjian.media import metrics, volumes
from mingjian.media.errors import ADDRESS_UNREADABLE, REQUEST_UNKNOWN
from mingjian.media.formats import url as addresses
from mingjian.media.formats.authentication import Credentials
from mingjian.media.ingest.channel import ChannelRecorder, Source
from mingjian.media.ingest.reading import Reading
from mingjian.media.live.feed import Feed
from mingjian.media.live.server import LiveServer
from mingjian.media.model import ChannelState, GapCause, Volume
from mingjian.media.probe import probe
from mingjian.media.record.files import SegmentFiles
from mingjian.media.record.recovery import recover
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

_log: Final = structlog.get_logger(__name__)


class Recorder:
    """One `media` process. `run` returns when `stop` is set and everything is durable."""

    def __init__(
        self,
        database: Database,
        settings: MediaSettings,
        clock: Clock,
        vault: Vault,
        *,
        footage: Volume,
        demonstration: Volume | None,
        socket_path: str,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock
        self._vault = vault
        self._networks = list(settings.allowed_networks)
        self._volumes = {False: footage, True: demonstration or footage}
        self._files = {one.id: SegmentFiles(Path(one.path)) for one in (footage, demonstration) if one}
        self._socket_path = socket_path
        self._channels: dict[ChannelId, ChannelRecorder] = {}
        self._given_up: dict[ChannelId, str] = {}
        self._live = LiveServer(self._feed_of, self._answer)
        self._hurry = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop
        self._reading: Reading
        self._writer = SegmentWriter(
            database,
            clock,
            flush_interval_s=settings.flush_interval_s,
            on_broken=self._broken,
            on_durable=metrics.flushed,
        )

    async def run(self, stop: asyncio.Event, ready: Callable[[], None] = lambda: None) -> None:
        """Record until `stop`; `ready` is called once requests are answered.

        Raises MingjianError VOLUME_MISSING at the start when a volume is not in its place.
        """
        self._loop = asyncio.get_running_loop()
        self._reading = Reading(self._loop)
        for volume in self._volumes.values():
            volumes.verify(volume)
        await asyncio.to_thread(recover, self._database, self._files)
        self._writer.start()
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
            await asyncio.gather(*(channel.stop() for channel in self._channels.values()))
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
        wanted = await asyncio.to_thread(self._wanted)
        for channel_id in self._channels.keys() - wanted.keys():
            await self._end(channel_id)
        for channel_id, (channel, source) in wanted.items():
            running = self._channels.get(channel_id)
            if isinstance(source, MingjianError):
                # One that runs goes on with what it has: its key may be back at the next look.
                if running is None:
                    await self._give_up(channel, source)
                continue
            if running is not None and running.source == source:
                continue
            if running is not None:
                await running.stop()
            await self._begin(channel, source)
        metrics.CHANNELS.set(len(self._channels))

    def _wanted(self) -> dict[ChannelId, tuple[Channel, Source | MingjianError]]:
        with self._database.read() as tx:
            channels = registry.channels(tx)
        return {channel.id: (channel, self._source(channel)) for channel in channels}

    def _source(self, channel: Channel) -> Source | MingjianError:
        """Where the channel's picture comes from, or why that cannot be known."""
        try:
            secret = registry.credentials(channel, self._vault)
            url, _ = addresses.parse(channel.device.address)
        except addresses.BadAddress:
            return MingjianError(ADDRESS_UNREADABLE)
        except MingjianError as error:
            return error
        return Source(url, Credentials(secret.user_name, secret.password) if secret else None)

    async def _give_up(self, channel: Channel, error: MingjianError) -> None:
        """Say why a channel is not recorded, where it is not the camera's doing; once for each reason."""
        if self._given_up.get(channel.id) == error.code:
            return
        self._given_up[channel.id] = error.code
        _log.error("recorder.bad_channel", channel=str(channel.id), problem=error.code)
        volume = self._volumes[channel.demonstration]
        adopt = self._writer.adopt
        await asyncio.to_thread(adopt, channel.id, volume.id, self._files[volume.id], channel.created_us)
        self._writer.interrupt(channel.id, GapCause.ROLE_DOWN)
        now_us = self._clock.now_us()
        self._writer.status(ChannelStatus(channel.id, ChannelState.OFFLINE, now_us, (error.code, {}), None))

    async def _begin(self, channel: Channel, source: Source) -> None:
        volume = self._volumes[channel.demonstration]
        files = self._files[volume.id]
        until = await asyncio.to_thread(self._writer.adopt, channel.id, volume.id, files, channel.created_us)
        recorder = ChannelRecorder(
            channel.id,
            source,
            settings=self._settings,
            networks=self._networks,
            writer=self._writer,
            clock=self._clock,
            reading=self._reading,
            recorded_until_us=until,
        )
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
            for channel in self._channels.values():
                channel.tick()
            metrics.received(channel.frames for channel in self._channels.values())

    def _broken(self, channel_id: ChannelId, error: OSError) -> None:
        """From the writer's thread."""
        _log.error("recorder.segment_given_up", channel=str(channel_id), error=str(error))
        self._loop.call_soon_threadsafe(self._restart, channel_id)

    def _restart(self, channel_id: ChannelId) -> None:
        if (channel := self._channels.get(channel_id)) is not None:
            channel.broken()

    # The socket

    def _feed_of(self, channel_id: UUID) -> Feed | None:
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
            found = await probe(url, credentials, allowed=self._networks, clock=self._clock, reading=self._reading)
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
        }, found.key_frame
