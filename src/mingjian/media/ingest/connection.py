"""One connection to one camera: the sockets around `formats.rtsp.RtspClient`, as thin as they can be."""

import asyncio
import secrets
import socket
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Final

from mingjian.kernel.clock import Clock
from mingjian.kernel.errors import MingjianError
from mingjian.media.errors import NO_PICTURE, STALLED, TIMED_OUT, of_peer, unreachable
from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.errors import PeerError, Wrong
from mingjian.media.formats.frames import Frame, Sound, SoundParameters
from mingjian.media.formats.rtsp import ClockReading, Ports, RtspClient, Stage
from mingjian.media.formats.url import StreamUrl
from mingjian.media.ingest.datagrams import Datagrams
from mingjian.media.ingest.networks import Network, resolve
from mingjian.media.ingest.reading import MAX_READS, Reading

CONNECT_TIMEOUT_S: Final = 5.0
ANSWER_TIMEOUT_S: Final = 10.0
STALL_TIMEOUT_S: Final = 10.0
LOOK_S: Final = 1.0
# RFC 3550 section 6.2: five seconds between reports.
REPORT_S: Final = 5.0

FrameSink = Callable[[list[Frame], int], None]
"""Takes the frames of one read, in order, and the wall time in microseconds when they were read."""
SoundSink = Callable[[SoundParameters, list[Sound]], None]
"""Takes the sound of one read, in order; called before the frames of the same read."""
ClockSink = Callable[[list[ClockReading]], None]
"""Takes what the camera's clock says of moments of its media time; called after the frames of the same read."""


class Transport(StrEnum):
    """How RTP is asked for."""

    TCP = "tcp"  # in the connection of RTSP
    UDP = "udp"


class Connection:
    """Feeds the client and hands on its frames; `ended` gets the error that ended it."""

    def __init__(
        self,
        sock: socket.socket,
        client: RtspClient,
        sink: FrameSink,
        clock: Clock,
        reading: Reading,
        clock_sink: ClockSink | None = None,
        sound_sink: SoundSink | None = None,
        datagrams: Datagrams | None = None,
    ) -> None:
        self.client = client
        self.ended: asyncio.Future[MingjianError] = asyncio.get_running_loop().create_future()
        self.frames = 0
        self._socket = sock
        self._sink = sink
        self._clock_sink = clock_sink
        self._sound_sink = sound_sink
        self._datagrams = datagrams
        self._now_us = clock.now_us
        self._reading = reading
        self._unsent = b""
        self._watched = False

    @property
    def transport(self) -> Transport:
        return Transport.TCP if self._datagrams is None else Transport.UDP

    @property
    def server(self) -> str:
        """What the camera calls itself."""
        return self.client.server

    @property
    def packets_lost(self) -> int:
        """Packets of the picture that never came."""
        return self.client.track.lost_packets if self.client.track is not None else 0

    @property
    def packets_dropped(self) -> int:
        """Datagrams that the kernel had no room for."""
        return self._datagrams.dropped if self._datagrams is not None else 0

    @property
    def units_damaged(self) -> int:
        """Pictures that were left out because a part of them was missing."""
        return self.client.track.damaged_units if self.client.track is not None else 0

    def fileno(self) -> int:
        return self._socket.fileno()

    def start(self) -> None:
        self.client.start()
        self._reading.promptly(self)
        self.send()

    def watched(self, watched: bool) -> None:
        """Whether somebody watches: then frames are taken more often."""
        self._watched = watched
        if not self.ended.done() and self.client.stage is Stage.PLAYING:
            self._reading.by_tick(self, watched=watched)

    def readable(self, buffer: memoryview) -> None:
        """Take what has arrived, through a buffer that all connections share."""
        self._read_stream(buffer)
        if self._datagrams is not None and not self.ended.done() and self.client.stage is Stage.PLAYING:
            try:
                for lane, packets in self._datagrams.read(buffer):
                    self._handed(self.client.datagrams(lane, packets))
            except PeerError as error:
                self._end(of_peer(error))

    def report(self) -> None:
        """Say to the camera that somebody listens: some stop without."""
        if self._datagrams is not None and self.client.stage is Stage.PLAYING:
            self._datagrams.report(self.client.receiver_report())

    def _read_stream(self, buffer: memoryview) -> None:
        for _ in range(MAX_READS):
            try:
                data = self._socket.recv(len(buffer))
            except BlockingIOError:
                return
            except OSError as error:
                self._end(of_peer(PeerError(Wrong.ENDED, error.strerror or "")))
                return
            if not data:
                self._end(of_peer(PeerError(Wrong.ENDED)))
                return
            self._received(data)
            if len(data) < len(buffer) or self.ended.done():
                return

    def send(self) -> None:
        """Send what the client wants to say; what the socket does not take is tried again with the next."""
        data = self._unsent + self.client.data_to_send()
        try:
            sent = self._socket.send(data) if data else 0
        except BlockingIOError:
            sent = 0
        except OSError as error:
            self._end(of_peer(PeerError(Wrong.ENDED, error.strerror or "")))
            return
        self._unsent = data[sent:]

    def close(self) -> None:
        self.client.tear_down()
        if not self.ended.done():
            self.send()
        self._end(of_peer(PeerError(Wrong.ENDED)))

    def _received(self, data: bytes) -> None:
        starting = self.client.stage is not Stage.PLAYING
        try:
            frames = self.client.receive(data)
        except PeerError as error:
            self._end(of_peer(error))
            return
        self._handed(frames)
        if self.client.wants_to_send:
            self.send()
        if starting and self.client.stage is Stage.PLAYING:
            self._starts()

    def _starts(self) -> None:
        if self._datagrams is not None:
            self._datagrams.connect(self.client.peer_ports)
            self.report()
        self.watched(self._watched)

    def _handed(self, frames: list[Frame]) -> None:
        """Sound first: a cut that these frames bring takes it along."""
        if pieces := self.client.take_sound():
            sound = self.client.sound
            if self._sound_sink is not None and sound is not None:
                self._sound_sink(sound.parameters, pieces)
        if frames:
            self.frames += len(frames)
            self._sink(frames, self._now_us())
        if self.client.knows_clock:
            self._tell_clock()

    def _tell_clock(self) -> None:
        readings = self.client.take_clock()
        if self._clock_sink is not None:
            self._clock_sink(readings)

    def _end(self, error: MingjianError) -> None:
        if not self.ended.done():
            self.ended.set_result(error)
            self._reading.forget(self)
            self._socket.close()
            if self._datagrams is not None:
                self._datagrams.close()


async def connect(
    url: StreamUrl,
    credentials: Credentials | None,
    sink: FrameSink,
    *,
    allowed: Sequence[Network],
    clock: Clock,
    reading: Reading,
    clock_sink: ClockSink | None = None,
    sound_sink: SoundSink | None = None,
    transport: Transport = Transport.TCP,
) -> Connection:
    """Connect and start the session; frames flow into `sink` from then on, the camera's time into `clock_sink`.

    Raises MingjianError NETWORK_REFUSED, HOST_UNKNOWN, UNREACHABLE or TIMED_OUT.
    """
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            sock = await _connected(await resolve(url.host, url.port, allowed), url.port)
    except TimeoutError as error:
        raise MingjianError(TIMED_OUT, address=f"{url.host}:{url.port}", seconds=int(CONNECT_TIMEOUT_S)) from error
    except OSError as error:
        raise unreachable(f"{url.host}:{url.port}", error) from error
    try:
        datagrams = Datagrams(sock) if transport is Transport.UDP else None
    except OSError as error:
        sock.close()
        raise unreachable(f"{url.host}:{url.port}", error) from error
    ports = Ports(*datagrams.ports) if datagrams is not None else None
    client = RtspClient(url, credentials, secrets.token_hex(8), ports)
    connection = Connection(sock, client, sink, clock, reading, clock_sink, sound_sink, datagrams)
    connection.start()
    return connection


async def _connected(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    sock.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(sock, (address, port))
    except (OSError, asyncio.CancelledError):
        sock.close()
        raise
    return sock


async def watch(connection: Connection, url: StreamUrl, clock: Clock) -> MingjianError:
    """Keep a connection alive until it ends, and return why it ended.

    A camera must answer within ANSWER_TIMEOUT_S, send its first frame within STALL_TIMEOUT_S more, and go on.
    """
    client, since = connection.client, clock.monotonic()
    seen, kept, reported, stage = 0, since, since, client.stage
    try:
        while True:
            done, _ = await asyncio.wait({connection.ended}, timeout=LOOK_S)
            if done:
                return connection.ended.result()
            now = clock.monotonic()
            if connection.frames != seen or (client.stage is not stage and client.stage is Stage.PLAYING):
                seen, since = connection.frames, now
            stage = client.stage
            if client.stage is not Stage.PLAYING and now - since > ANSWER_TIMEOUT_S:
                return MingjianError(TIMED_OUT, address=f"{url.host}:{url.port}", seconds=int(ANSWER_TIMEOUT_S))
            if now - since > STALL_TIMEOUT_S:
                return MingjianError(STALLED if seen else NO_PICTURE, seconds=int(STALL_TIMEOUT_S))
            if now - reported > REPORT_S:
                reported = now
                connection.report()
            if now - kept > client.session_timeout_s / 2:
                kept = now
                client.keep_alive()
                connection.send()
    finally:
        connection.close()
