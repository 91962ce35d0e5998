"""An RTSP 1.0 server (RFC 2326) with any number of simulated cameras on one port; the path selects the camera."""

import asyncio
import secrets
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Final, Self, cast

from mingjian.simulate import auth, sdp, wire
from mingjian.simulate.cameras import Camera, CameraSpec, Keepalive, Misbehaviour, Transports
from mingjian.simulate.outlets import Datagrams, Interleaved, Outlet, Weathered
from mingjian.simulate.playing import Playing
from mingjian.simulate.sending import Pacer, PictureStream, SoundStream
from mingjian.simulate.sources import ClipSource
from mingjian.simulate.weather import Path

REPORT_INTERVAL_S: Final = 5.0
PICTURES: Final = 1
SOUND: Final = 2
_METHODS: Final = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
_FEWER_METHODS: Final = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN"
_FILLER: Final = b"X-Filler: " + b"a" * 16374 + b"\r\n"
_PAGE: Final = "<html><head><title>Router</title></head><body>Please sign in.</body></html>"
_MEDIA: Final = {Misbehaviour.AUDIO_ONLY: sdp.AUDIO_ONLY, Misbehaviour.MJPEG: sdp.MJPEG, Misbehaviour.VP8: sdp.VP8}
_LIE: Final = 1000
_MOST_ATTEMPTS: Final = 100_000


class RtspServer:
    """The server and, in `cameras`, the handles on its cameras by path.

    ``async with RtspServer([CameraSpec("cam/1", 1, ClipSource(clip))]) as server: server.url("cam/1")``
    """

    def __init__(
        self,
        cameras: Iterable[CameraSpec] = (),
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        session_timeout_s: float = 60.0,
        report_interval_s: float = REPORT_INTERVAL_S,
    ) -> None:
        self.cameras = {spec.path: Camera(spec) for spec in cameras}
        self.host = host
        self.port = port
        self.session_timeout_s = session_timeout_s
        self.report_interval_s = report_interval_s
        self.connections: set[Connection] = set()
        self.attempts: deque[float] = deque(maxlen=_MOST_ATTEMPTS)
        """When connections were made, refused ones too, in seconds of the event loop's clock."""
        self._refuses_until = 0.0
        self._emptied = asyncio.Event()
        self.pacer: Pacer
        self._listener: asyncio.Server
        self._housekeeping: asyncio.Task[None]

    async def start(self) -> int:
        """Listen; return the port. Raises OSError when the port is taken."""
        loop = asyncio.get_running_loop()
        self.pacer = Pacer(loop)
        self._listener = await loop.create_server(lambda: Connection(self), self.host, self.port, backlog=1024)
        self.port = self._listener.sockets[0].getsockname()[1]
        self._housekeeping = loop.create_task(self._keep_house())
        return self.port

    async def stop(self) -> None:
        """Close the port and reset all connections."""
        self._housekeeping.cancel()
        self._listener.close()
        for connection in tuple(self.connections):
            connection.abort()
        self.pacer.close()
        await asyncio.wait({self._housekeeping})
        if self.connections:  # a reset takes a turn of the loop
            self._emptied.clear()
            await self._emptied.wait()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    def add(self, spec: CameraSpec) -> Camera:
        """Add or replace a camera while running."""
        self.cameras[spec.path] = Camera(spec)
        return self.cameras[spec.path]

    def url(self, path: str) -> str:
        """The URL of a camera, without credentials."""
        return f"rtsp://{self.host}:{self.port}/{path}"

    def outage(self, seconds: float) -> None:
        """All cameras are gone at once, as when their switch starts anew: connections break, new ones are reset."""
        self._refuses_until = asyncio.get_running_loop().time() + seconds
        for connection in tuple(self.connections):
            connection.abort()

    def met(self, connection: "Connection", now: float) -> bool:
        """A connection was made; called by the connection itself. Whether it may stay."""
        self.attempts.append(now)
        self.connections.add(connection)
        return now >= self._refuses_until

    def forget(self, connection: "Connection") -> None:
        """A connection is gone; called by the connection itself."""
        self.connections.discard(connection)
        if not self.connections:
            self._emptied.set()

    async def _keep_house(self) -> None:
        timeouts = [camera.spec.session_timeout_s or self.session_timeout_s for camera in self.cameras.values()]
        tick = min(1.0, self.report_interval_s, self.session_timeout_s, *timeouts) / 2
        while True:
            await asyncio.sleep(tick)
            for connection in tuple(self.connections):
                connection.housekeeping()


def busiest_second(attempts: Iterable[float]) -> int:
    """The most connections that fell into any one second; `attempts` in order, as in `RtspServer.attempts`."""
    window: deque[float] = deque()
    most = 0
    for moment in attempts:
        window.append(moment)
        while window[0] <= moment - 1:
            window.popleft()
        most = max(most, len(window))
    return most


def by_second(attempts: Sequence[float]) -> dict[int, int]:
    """How many connections were made in each second since the first one."""
    return dict(Counter(int(moment - attempts[0]) for moment in attempts))


class Connection(asyncio.Protocol):
    """One client."""

    def __init__(self, server: RtspServer) -> None:
        self._server = server
        self._loop = asyncio.get_running_loop()
        self._reader = wire.RequestReader()
        self._transport: asyncio.Transport
        self._camera: Camera | None = None
        self._nonce, self._nonce_used = secrets.token_hex(16), 0
        self._session = ""
        self._outlets: dict[int, Outlet] = {}
        self._sources: dict[int, int] = {}
        self._playing: Playing | None = None
        self._heard = self._loop.time()
        self._timers: list[asyncio.TimerHandle] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        if not self._server.met(self, self._loop.time()):
            self.abort()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._server.forget(self)
        self._end_session()
        for timer in self._timers:
            timer.cancel()
        if self._camera is not None:
            self._camera.links.discard(self)

    def data_received(self, data: bytes) -> None:
        self._alive(Keepalive.ANYTHING)
        try:
            for request in self._reader.feed(data):
                self._answer(request)
        except wire.BadRequest:
            self._transport.write(wire.response(400, "0", {}))
            self._transport.close()

    def abort(self) -> None:
        """Reset the connection."""
        self._transport.abort()

    def switch(self, source: ClipSource) -> None:
        """Send another clip from now on."""
        if self._playing is not None:
            self._playing.switch(source)

    def housekeeping(self) -> None:
        """Report what is due, and end the session of a client that has gone quiet."""
        now = self._loop.time()
        if self._camera is not None and self._session and now - self._heard > self._timeout_s(self._camera):
            self._camera.timeouts += 1
            self._end_session()
            self._transport.close()
        elif self._playing is not None:
            self._playing.report_when_due(now, self._server.report_interval_s)

    def _timeout_s(self, camera: Camera) -> float:
        return camera.spec.session_timeout_s or self._server.session_timeout_s

    def _alive(self, by: Keepalive) -> None:
        """Something was heard: does this camera's session live by it?"""
        wanted = self._camera.spec.keepalive if self._camera is not None else Keepalive.ANYTHING
        if wanted is by:
            self._heard = self._loop.time()

    def _answer(self, request: wire.Request) -> None:
        camera = self._server.cameras.get(request.path)
        if camera is not None:
            self._attach(camera)
            if not camera.running:
                self.abort()
                return
        if camera is None and request.method != "OPTIONS":
            self._reply(request, 404)
        elif camera is None or not self._misbehave(camera, request):
            self._serve(camera, request)

    def _attach(self, camera: Camera) -> None:
        if self._camera is not camera:
            if self._camera is not None:
                self._camera.links.discard(self)
            self._camera = camera
            camera.links.add(self)

    def _misbehave(self, camera: Camera, request: wire.Request) -> bool:
        """Answer wrongly at the level of messages, if this camera does; True when that was the answer."""
        match camera.spec.misbehaviour:
            case Misbehaviour.NOT_FOUND:
                self._reply(request, 404)
            case Misbehaviour.REDIRECT:
                self._reply(request, 302, {"Location": camera.spec.redirect_to})
            case Misbehaviour.HTML:
                self._transport.write(html_page())
                self._transport.close()
            case Misbehaviour.ENDLESS_HEADER if request.method == "DESCRIBE":
                self._transport.write(f"RTSP/1.0 200 OK\r\nCSeq: {request.headers.get('cseq', '0')}\r\n".encode())
                self._fill()
            case _:
                return False
        return True

    def _fill(self) -> None:
        if self._transport.is_closing():
            return
        if self._transport.get_write_buffer_size() < 4 * len(_FILLER):
            self._transport.write(_FILLER)
        self._timers = [self._loop.call_later(0.002, self._fill)]

    def _serve(self, camera: Camera | None, request: wire.Request) -> None:
        if request.method == "OPTIONS":
            self._alive(Keepalive.OPTIONS)
            fussy = camera is not None and camera.spec.keepalive is Keepalive.OPTIONS
            self._reply(request, 200, {"Public": _FEWER_METHODS if fussy else _METHODS})
            return
        assert camera is not None
        if not self._signed_in(camera, request):
            return
        handler = _HANDLERS.get(request.method)
        if handler is None:
            self._reply(request, 405, {"Allow": _METHODS})
        else:
            handler(self, camera, request)

    def _signed_in(self, camera: Camera, request: wire.Request) -> bool:
        account = camera.spec.account
        given = request.headers.get("authorization", "")
        stale = bool(given) and 0 < account.nonce_uses <= self._nonce_used
        if stale:
            self._nonce, self._nonce_used = secrets.token_hex(16), 0
        elif auth.accepts(account, request.method, request.url, given, self._nonce):
            self._nonce_used += 1
            camera.signed_by = auth.parameters(given).get("algorithm", "MD5") if given else ""
            return True
        self._reply(request, 401, {"WWW-Authenticate": auth.challenges(account, self._nonce, stale=stale)})
        return False

    def _describe(self, camera: Camera, request: wire.Request) -> None:
        base = request.url.partition("?")[0].rstrip("/") + "/"
        headers = {"Content-Base": base, "Content-Type": "application/sdp"}
        lie = _LIE if camera.spec.misbehaviour is Misbehaviour.LYING_BODY else 0
        self._reply(request, 200, headers, _description(camera.spec), lie=lie)

    def _setup(self, camera: Camera, request: wire.Request) -> None:
        track = request.track
        if self._playing is not None:
            self._reply(request, 455)
        elif track not in ((PICTURES, SOUND) if camera.spec.sound else (PICTURES,)):
            self._reply(request, 404)
        elif (offer := _granted(camera.spec, request)) is None:
            self._reply(request, 461)
        else:
            self._set_up(camera, request, track, offer)

    def _set_up(self, camera: Camera, request: wire.Request, track: int, offer: wire.Offer) -> None:
        try:
            outlet, transport = self._outlet(offer, track)
        except OSError:
            self._reply(request, 500)
            return
        self._close_outlet(track)
        self._outlets[track] = outlet
        self._sources[track] = secrets.randbits(32)
        self._session = self._session or secrets.token_hex(4).upper()
        self._heard = self._loop.time()
        headers = {
            "Transport": f"{transport};ssrc={self._sources[track]:08X}",
            "Session": f"{self._session};timeout={round(self._timeout_s(camera))}",
        }
        self._reply(request, 200, headers)

    def _outlet(self, offer: wire.Offer, track: int) -> tuple[Outlet, str]:
        """A way for the packets of a track, and how the Transport header tells it. Raises OSError: no ports left."""
        if not offer.udp:
            first, second = offer.pair or (2 * track - 2, 2 * track - 1)
            told = f"RTP/AVP/TCP;unicast;interleaved={first}-{second}"
            return Interleaved(self._transport, first, second), told
        assert offer.pair is not None
        client = self._transport.get_extra_info("peername")[0]
        outlet = Datagrams(self._server.host, (client, *offer.pair))
        for handle in outlet.handles:
            self._loop.add_reader(handle, self._heard_by_udp, outlet)
        ports = "client_port={}-{};server_port={}-{}".format(*offer.pair, *outlet.ports)
        return outlet, f"RTP/AVP;unicast;{ports}"

    def _heard_by_udp(self, outlet: Datagrams) -> None:
        if outlet.heard():
            self._alive(Keepalive.ANYTHING)

    def _play(self, camera: Camera, request: wire.Request) -> None:
        if not self._outlets:
            self._reply(request, 455)
        elif self._in_session(request):
            self._heard = self._loop.time()
            if self._playing is not None:  # a second PLAY changes nothing
                self._reply(request, 200, {"Range": "npt=0-"})
                return
            starts = {track: _start(camera.spec) for track in self._outlets}
            base = request.url.partition("?")[0].rstrip("/")
            told = [f"url={base}/trackID={track};seq={seq};rtptime={time}" for track, (seq, time) in starts.items()]
            self._reply(request, 200, {"Range": "npt=0-", "RTP-Info": ",".join(told)})
            self._begin(camera, starts)

    def _begin(self, camera: Camera, starts: Mapping[int, tuple[int, int]]) -> None:
        spec = camera.spec
        if spec.misbehaviour is Misbehaviour.SILENT:
            return
        pictures = self._pictures(camera, starts[PICTURES]) if PICTURES in starts else None
        sound = None
        if SOUND in starts:
            sequence, timestamp = starts[SOUND]
            ssrc = self._sources[SOUND]
            sound = SoundStream(camera, self._outlets[SOUND], ssrc=ssrc, sequence=sequence, timestamp=timestamp)
        self._playing = Playing(self._server.pacer, camera, pictures, sound, self._loop)
        if ending := _ENDINGS.get(spec.misbehaviour) if spec.misbehaviour else None:
            self._timers.append(self._loop.call_later(spec.closes_after_s, ending, self))

    def _pictures(self, camera: Camera, start: tuple[int, int]) -> PictureStream:
        outlet, path = self._outlets[PICTURES], None
        udp = isinstance(outlet, Datagrams)
        if camera.spec.weather is not None:
            path = Path(camera.spec.weather)
            outlet = Weathered(outlet, path)
        ssrc = self._sources[PICTURES]
        stream = PictureStream(camera, outlet, ssrc=ssrc, sequence=start[0], timestamp=start[1])
        stream.counters.transport = "udp" if udp else "tcp"
        stream.counters.fates = path.fates if path else None
        return stream

    def _pause(self, _camera: Camera, request: wire.Request) -> None:
        if self._in_session(request):
            self._stop_playing()
            self._reply(request, 200)

    def _teardown(self, _camera: Camera, request: wire.Request) -> None:
        if self._in_session(request):
            self._stop_playing()
            self._reply(request, 200)
            self._end_session()

    def _parameter(self, camera: Camera, request: wire.Request) -> None:
        if camera.spec.keepalive is Keepalive.OPTIONS:
            self._reply(request, camera.spec.get_parameter_status)
        elif "session" not in request.headers or self._in_session(request):
            self._alive(Keepalive.GET_PARAMETER)
            self._reply(request, 200)

    def _in_session(self, request: wire.Request) -> bool:
        named = request.headers.get("session", "").partition(";")[0]
        if not self._session or named != self._session:
            self._reply(request, 454)
            return False
        return True

    def _reply(
        self,
        request: wire.Request,
        status: int,
        headers: Mapping[str, str | Sequence[str]] | None = None,
        body: str = "",
        *,
        lie: int = 0,
    ) -> None:
        fields = dict(headers or {})
        if self._session and "Session" not in fields and status == 200:
            fields["Session"] = self._session
        self._transport.write(wire.response(status, request.headers.get("cseq", "0"), fields, body, lie=lie))

    def _close(self) -> None:
        self._transport.close()

    def _say_bye(self) -> None:
        if self._playing is not None:
            self._playing.bye()
            self._playing = None

    def _tear_down(self) -> None:
        if self._camera is not None and self._session:
            lines = [f"TEARDOWN {self._server.url(self._camera.spec.path)} RTSP/1.0", "CSeq: 1"]
            self._transport.write("\r\n".join([*lines, f"Session: {self._session}", "", ""]).encode())
        self._end_session()

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None

    def _end_session(self) -> None:
        self._stop_playing()
        self._session = ""
        for track in tuple(self._outlets):
            self._close_outlet(track)

    def _close_outlet(self, track: int) -> None:
        outlet = self._outlets.pop(track, None)
        if isinstance(outlet, Datagrams):
            for handle in outlet.handles:
                self._loop.remove_reader(handle)
        if outlet is not None:
            outlet.close()


def _description(spec: CameraSpec) -> str:
    sets = spec.source.parameter_sets if spec.parameter_sets_in_sdp else ()
    wrong = _MEDIA.get(spec.misbehaviour) if spec.misbehaviour else None
    tracks = {sdp.TRACK: wrong or sdp.video(spec.source.codec, sets, spec.source.fps)}
    if spec.sound is not None:
        sound = {sdp.SOUND_TRACK: sdp.sound(spec.sound)}
        tracks = sound | tracks if spec.sound_first else tracks | sound
    return sdp.describe(tracks, spec.title, at_least=spec.sdp_bytes)


def _granted(spec: CameraSpec, request: wire.Request) -> wire.Offer | None:
    """The first of the client's ways that this camera goes."""
    refused = {Transports.TCP: True, Transports.UDP: False, Transports.BOTH: None}[spec.transports]
    offers = wire.offers(request.headers.get("transport", ""))
    return next((offer for offer in offers if offer.udp is not refused), None)


def _start(spec: CameraSpec) -> tuple[int, int]:
    """The first sequence number and the first timestamp of a track."""
    sequence = secrets.randbits(16) if spec.first_sequence is None else spec.first_sequence
    return sequence, secrets.randbits(32) if spec.first_timestamp is None else spec.first_timestamp


_HANDLERS: Final[dict[str, Callable[[Connection, Camera, wire.Request], None]]] = {
    "DESCRIBE": Connection._describe,  # noqa: SLF001 - the table belongs to the class
    "SETUP": Connection._setup,  # noqa: SLF001
    "PLAY": Connection._play,  # noqa: SLF001
    "PAUSE": Connection._pause,  # noqa: SLF001
    "TEARDOWN": Connection._teardown,  # noqa: SLF001
    "GET_PARAMETER": Connection._parameter,  # noqa: SLF001
    "SET_PARAMETER": Connection._parameter,  # noqa: SLF001
}
_ENDINGS: Final[dict[Misbehaviour, Callable[[Connection], None]]] = {
    Misbehaviour.CLOSES: Connection._close,  # noqa: SLF001
    Misbehaviour.TEARS_DOWN: Connection._tear_down,  # noqa: SLF001
    Misbehaviour.SAYS_BYE: Connection._say_bye,  # noqa: SLF001
}


def html_page() -> bytes:
    """What a web server answers, whatever the question."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(_PAGE)}\r\nConnection: close\r\n\r\n"
    return (head + _PAGE).encode()
