"""An RTSP 1.0 server (RFC 2326) with any number of simulated cameras on one port; the path selects the camera."""

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Final, Self, cast

from mingjian.simulate import auth, sdp, wire
from mingjian.simulate.cameras import Camera, CameraSpec, Misbehaviour
from mingjian.simulate.packets import Template
from mingjian.simulate.sending import Feed, Pacer, Stream
from mingjian.simulate.sources import ClipSource, LiveSource, Sink

REPORT_INTERVAL_S: Final = 5.0
_METHODS: Final = "OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, GET_PARAMETER, SET_PARAMETER"
_GARBAGE: Final = b"\x00\xff\x80GARBAGE\x00\x01\x02\x03" * 5
_FILLER: Final = b"X-Filler: " + b"a" * 16374 + b"\r\n"
_PAGE: Final = "<html><head><title>Router</title></head><body>Please sign in.</body></html>"
_MEDIA: Final = {Misbehaviour.AUDIO_ONLY: sdp.AUDIO_ONLY, Misbehaviour.MJPEG: sdp.MJPEG, Misbehaviour.VP8: sdp.VP8}


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

    def forget(self, connection: "Connection") -> None:
        """A connection is gone; called by the connection itself."""
        self.connections.discard(connection)
        if not self.connections:
            self._emptied.set()

    async def _keep_house(self) -> None:
        tick = min(1.0, self.report_interval_s, self.session_timeout_s) / 2
        while True:
            await asyncio.sleep(tick)
            for connection in tuple(self.connections):
                connection.housekeeping()


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
        self._channel: int | None = None
        self._playing: Playing | None = None
        self._heard = self._loop.time()
        self._timers: list[asyncio.TimerHandle] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._server.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        self._server.forget(self)
        self._stop_playing()
        for timer in self._timers:
            timer.cancel()
        if self._camera is not None:
            self._camera.links.discard(self)

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        try:
            for request in self._reader.feed(data):
                self._answer(request)
        except wire.BadRequest:
            self._transport.write(wire.response(400, "0", {}))
            self._transport.close()

    def abort(self) -> None:
        """Reset the connection."""
        self._transport.abort()

    def housekeeping(self) -> None:
        """Report what is due, and end the session of a client that has gone quiet."""
        now = self._loop.time()
        if self._session and now - self._heard > self._server.session_timeout_s:
            self._transport.close()
        elif self._playing is not None:
            self._playing.report_when_due(now, self._server.report_interval_s)

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
            self._reply(request, 200, {"Public": _METHODS})
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
            return True
        self._reply(request, 401, {"WWW-Authenticate": auth.challenge(account, self._nonce, stale=stale)})
        return False

    def _describe(self, camera: Camera, request: wire.Request) -> None:
        spec = camera.spec
        sets = spec.source.parameter_sets if spec.parameter_sets_in_sdp else ()
        wrong = _MEDIA.get(spec.misbehaviour) if spec.misbehaviour else None
        media = wrong or sdp.video(spec.source.codec, sets, spec.source.fps)
        base = request.url.partition("?")[0].rstrip("/") + "/"
        headers = {"Content-Base": base, "Content-Type": "application/sdp"}
        self._reply(request, 200, headers, sdp.describe(media, spec.title))

    def _setup(self, _camera: Camera, request: wire.Request) -> None:
        channel = wire.interleaved_channel(request.headers.get("transport", ""))
        if channel is None:
            self._reply(request, 461)
        elif self._playing is not None:
            self._reply(request, 455)
        else:
            self._channel = channel
            self._session = self._session or secrets.token_hex(4).upper()
            transport = f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"
            timeout = f"{self._session};timeout={round(self._server.session_timeout_s)}"
            self._reply(request, 200, {"Transport": transport, "Session": timeout})

    def _play(self, camera: Camera, request: wire.Request) -> None:
        if self._channel is None:
            self._reply(request, 455)
        elif self._in_session(request):
            sequence, timestamp = secrets.randbits(16), secrets.randbits(32)
            track = request.url.partition("?")[0].rstrip("/") + "/" + sdp.TRACK
            info = {"Range": "npt=0-", "RTP-Info": f"url={track};seq={sequence};rtptime={timestamp}"}
            if self._playing is not None:  # a second PLAY changes nothing
                info = {"Range": "npt=0-"}
            self._reply(request, 200, info)
            if self._playing is None:
                stream = Stream(
                    camera,
                    self._transport,
                    self._channel,
                    ssrc=secrets.randbits(32),
                    sequence=sequence,
                    timestamp=timestamp,
                )
                self._begin(camera, stream)

    def _begin(self, camera: Camera, stream: Stream) -> None:
        spec = camera.spec
        if spec.misbehaviour is Misbehaviour.SILENT:
            return
        if spec.misbehaviour is Misbehaviour.GARBAGE:
            stream.garbage = _GARBAGE
        if spec.misbehaviour is Misbehaviour.CLOSES:
            self._timers.append(self._loop.call_later(spec.closes_after_s, self._transport.close))
        self._playing = Playing(self._server.pacer, spec, stream, self._loop)

    def _pause(self, _camera: Camera, request: wire.Request) -> None:
        if self._in_session(request):
            self._stop_playing()
            self._reply(request, 200)

    def _teardown(self, _camera: Camera, request: wire.Request) -> None:
        if self._in_session(request):
            self._stop_playing()
            self._reply(request, 200)
            self._session, self._channel = "", None

    def _parameter(self, _camera: Camera, request: wire.Request) -> None:
        if "session" not in request.headers or self._in_session(request):
            self._reply(request, 200)

    def _in_session(self, request: wire.Request) -> bool:
        named = request.headers.get("session", "").partition(";")[0]
        if not self._session or named != self._session:
            self._reply(request, 454)
            return False
        return True

    def _reply(
        self, request: wire.Request, status: int, headers: Mapping[str, str] | None = None, body: str = ""
    ) -> None:
        fields = dict(headers or {})
        if self._session and "Session" not in fields and status == 200:
            fields["Session"] = self._session
        self._transport.write(wire.response(status, request.headers.get("cseq", "0"), fields, body))

    def _stop_playing(self) -> None:
        if self._playing is not None:
            self._playing.stop()
            self._playing = None


class Playing:
    """One PLAY in progress, from a clip or from a live source."""

    def __init__(self, pacer: Pacer, spec: CameraSpec, stream: Stream, loop: asyncio.AbstractEventLoop) -> None:
        self._stream = stream
        self._loop = loop
        self._started: float | None = None
        self._reported = 0.0
        self._feed: Feed | None = None
        self._live: LiveSource | None = None
        self._first_ticks = 0
        self._drift = spec.clock_drift_ppm / 1e6
        self._sink: Sink = self._take
        if isinstance(spec.source, ClipSource):
            self._feed = pacer.play(spec.source, stream, spec.number, drift_ppm=spec.clock_drift_ppm)
            self._started = self._feed.started
        else:
            self._live = spec.source
            self._live.subscribe(self._sink)

    def stop(self) -> None:
        if self._feed is not None:
            self._feed.closed = True
        if self._live is not None:
            self._live.unsubscribe(self._sink)

    def report_when_due(self, now: float, interval_s: float) -> None:
        """Send a sender report when the first frame is out and the last report is `interval_s` old."""
        if self._started is not None and self._started <= now and now - self._reported >= interval_s:
            self._reported = now
            elapsed = now - self._started
            ticks = self._feed.ticks_at(now) if self._feed is not None else round(elapsed * 90000)
            self._stream.report(ticks, time.time() + elapsed * self._drift)

    def _take(self, template: Template, ticks: int) -> None:
        if self._started is None:
            if not template.key:
                return
            self._started, self._first_ticks = self._loop.time(), ticks
        self._stream.send(template, ticks - self._first_ticks)


_HANDLERS: Final[dict[str, Callable[[Connection, Camera, wire.Request], None]]] = {
    "DESCRIBE": Connection._describe,  # noqa: SLF001 - the table belongs to the class
    "SETUP": Connection._setup,  # noqa: SLF001
    "PLAY": Connection._play,  # noqa: SLF001
    "PAUSE": Connection._pause,  # noqa: SLF001
    "TEARDOWN": Connection._teardown,  # noqa: SLF001
    "GET_PARAMETER": Connection._parameter,  # noqa: SLF001
    "SET_PARAMETER": Connection._parameter,  # noqa: SLF001
}


def html_page() -> bytes:
    """What a web server answers, whatever the question."""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(_PAGE)}\r\nConnection: close\r\n\r\n"
    return (head + _PAGE).encode()
