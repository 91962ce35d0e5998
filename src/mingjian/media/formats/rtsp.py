"""The RTSP 1.0 client (RFC 2326) as a machine without sockets: bytes in, requests and frames out.

    client = RtspClient(url, credentials, client_nonce)
    client.start()
    send(client.data_to_send())
    while data := receive():
        for frame in client.receive(data): ...
        send(client.data_to_send())

RTP travels in the same connection (section 10.12), and so do the camera's sender reports: `take_clock` gives what they
say of its clock. `receive` raises PeerError when the peer ends or spoils the session; the client is then finished.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import urljoin

from mingjian.kernel.redaction import redact_text
from mingjian.media.formats import authentication, h264, rtcp, sdp
from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.errors import PeerError, Wrong, printable
from mingjian.media.formats.frames import Frame
from mingjian.media.formats.url import StreamUrl

MAX_HEADER: Final = 16 << 10
MAX_BODY: Final = sdp.MAX_SIZE
MAX_GARBAGE: Final = 1 << 20
MAX_READINGS: Final = 64
DEFAULT_TIMEOUT_S: Final = 60.0
USER_AGENT: Final = "Mingjian"
_DOLLAR: Final = 0x24
_MESSAGE: Final = b"RTSP/1."


class Stage(Enum):
    """Where the session stands; each stage before PLAYING waits for one response."""

    IDLE = "idle"
    DESCRIBING = "describing"
    SETTING_UP = "setting_up"
    STARTING = "starting"
    PLAYING = "playing"


@dataclass(frozen=True, slots=True)
class Response:
    status: int
    reason: str
    headers: dict[str, list[str]]
    body: bytes

    def header(self, name: str) -> str:
        return self.headers.get(name, [""])[0]


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a camera's clock says of a moment of its media time.

    `ntp_us`: microseconds since 1970 in the first NTP era; `ticks`: the media time of `Frame.ticks`.
    """

    ntp_us: int
    ticks: int


class RtspClient:
    """One session with one camera: describe, set up the first H.264 track, play, stay alive."""

    def __init__(self, url: StreamUrl, credentials: Credentials | None, client_nonce: str) -> None:
        """`client_nonce` is random text for Digest answers; randomness comes from outside."""
        self._url = url
        self._credentials = credentials
        self._client_nonce = client_nonce
        self._challenge: authentication.Challenge | None = None
        self._nonce_count = 0
        self._sequence = 0
        self._pending: deque[tuple[int, str, str, dict[str, str], bool]] = deque()
        self._out = bytearray()
        self._rest = b""
        self._session = ""
        self._play_uri = str(url)
        self._track: h264.Depacketizer | None = None
        self._channel = 0
        self._control_channel = 1
        self._garbage = 0
        self._readings: list[ClockReading] = []
        self.stage = Stage.IDLE
        self.server = ""
        self.session_timeout_s = DEFAULT_TIMEOUT_S
        self.garbage_bytes = 0
        self.bad_reports = 0  # control packets, or reports in them, that make no sense

    @property
    def track(self) -> h264.Depacketizer | None:
        """The video track once it is set up: its parameters and its counters of loss."""
        return self._track

    def start(self) -> None:
        self.stage = Stage.DESCRIBING
        self._request("DESCRIBE", str(self._url), {"Accept": "application/sdp"})

    def keep_alive(self) -> None:
        """Ask something harmless so that the session does not time out; GET_PARAMETER with no body, section 10.8."""
        if self.stage is Stage.PLAYING:
            self._pending.clear()  # some cameras never answer these, and their sessions live by them all the same
            self._request("GET_PARAMETER", self._play_uri, {})

    def tear_down(self) -> None:
        if self._session:
            self._request("TEARDOWN", self._play_uri, {})

    @property
    def wants_to_send(self) -> bool:
        return bool(self._out)

    def data_to_send(self) -> bytes:
        data = bytes(self._out)
        self._out.clear()
        return data

    def receive(self, data: bytes) -> list[Frame]:
        """Take what arrived; return the access units that it finished, in order.

        Raises PeerError for everything the peer may not do.
        """
        if self._rest:
            data = self._rest + data
        at, size = 0, len(data)
        track, channel = self._track, self._channel
        while at < size:
            if data[at] != _DOLLAR:
                behind = self._message_or_garbage(data, at)
                if behind is None:
                    break
                at, track, channel = behind, self._track, self._channel
                continue
            if size - at < 4:
                break
            end = at + 4 + (data[at + 2] << 8 | data[at + 3])
            if end > size:
                break
            if track is not None and data[at + 1] == channel:
                track.push(data, at + 4, end)
            else:
                self._other(data, at, end)
            at = end
        self._rest = data[at:]
        if track is None:
            return []
        if track.reorders:
            raise PeerError(Wrong.CODEC, "H.264 with B-frames")
        return track.take()

    @property
    def knows_clock(self) -> bool:
        """Whether `take_clock` would give something."""
        return bool(self._readings)

    def take_clock(self) -> list[ClockReading]:
        """What sender reports said since the last call, in order."""
        readings, self._readings = self._readings, []
        return readings

    def _other(self, data: bytes, at: int, end: int) -> None:
        """A packet that is not of the picture: reports are read, all else is nobody's."""
        track = self._track
        if track is None or data[at + 1] != self._control_channel:
            return
        reports, sound = rtcp.sender_reports(data, at + 4, end)
        self.bad_reports += not sound
        for report in reports:
            ticks = track.ticks_at(report.timestamp)
            if ticks is None:
                self.bad_reports += 1
            elif len(self._readings) < MAX_READINGS:
                self._readings.append(ClockReading(report.ntp_us, ticks))

    def _message_or_garbage(self, data: bytes, at: int) -> int | None:
        """The position behind one response or one stretch of garbage; None when more bytes are needed."""
        if data.startswith(_MESSAGE, at) or _MESSAGE.startswith(data[at : at + len(_MESSAGE)]):
            return self._message(data, at)
        end = self._next_mark(data, at + 1)
        if self.stage is not Stage.PLAYING:
            # Line ends behind a body whose length was told too short (RFC 2326 section 4) are nobody's.
            blank = len(data) - at - len(data[at:].lstrip(b"\r\n"))
            if not blank:
                _refuse_stranger(data[at : at + 80])
            end = at + blank
        self.garbage_bytes += end - at
        self._garbage += end - at
        if self._garbage > MAX_GARBAGE:
            raise PeerError(Wrong.MALFORMED, "more than 1 MiB between packets that is no RTP")
        return end

    def _next_mark(self, data: bytes, at: int) -> int:
        """Where a packet of one of our two channels or a message may begin; a mark cut off at the end counts."""
        marks = (bytes((_DOLLAR, self._channel)), bytes((_DOLLAR, self._control_channel)), _MESSAGE)
        following = [found for mark in marks if (found := data.find(mark, at)) >= 0]
        following += [len(data) - cut for mark in marks for cut in range(1, len(mark)) if data.endswith(mark[:cut])]
        return min((one for one in following if one >= at), default=len(data))

    def _message(self, data: bytes, at: int) -> int | None:
        head_end = data.find(b"\r\n\r\n", at, at + MAX_HEADER)
        if head_end < 0:
            if len(data) - at >= MAX_HEADER:
                raise PeerError(Wrong.MALFORMED, "a header longer than 16 KiB")
            return None
        status, reason, headers = _head(data[at:head_end])
        length_text = headers.get("content-length", ["0"])[0]
        length = _number(length_text)
        if length is None or length > MAX_BODY:
            raise PeerError(Wrong.MALFORMED, f"Content-Length {length_text}")
        end = head_end + 4 + length
        if end > len(data):
            return None
        self._answered(Response(status, reason, headers, data[head_end + 4 : end]))
        return end

    def _answered(self, response: Response) -> None:
        if not self._pending:
            return
        self._garbage = 0
        sequence, method, uri, headers, retried = self._pending[0]
        told = response.header("cseq")
        if told and told != str(sequence):
            if self.stage is Stage.PLAYING:
                return  # a late answer to an earlier sign of life
            raise PeerError(Wrong.MALFORMED, f"an answer to request {told} instead of {sequence}")
        self._pending.popleft()
        self.server = self.server or printable(response.header("server"), 60)
        if response.status == 401 and not retried and self._challenged(response):
            self._request(method, uri, headers, retried=True)
            return
        if response.status != 200:
            if method == "GET_PARAMETER":
                return  # cameras that do not know it still keep the session alive by it
            raise _refusal(response)
        if method == "DESCRIBE":
            self._described(response)
        elif method == "SETUP":
            self._set_up(response)
        elif method == "PLAY":
            self.stage = Stage.PLAYING

    def _challenged(self, response: Response) -> bool:
        if self._credentials is None:
            return False
        self._challenge = authentication.choose(response.headers.get("www-authenticate", []))
        self._nonce_count = 0
        return self._challenge is not None

    def _described(self, response: Response) -> None:
        described = sdp.parse(response.body)
        videos = [media for media in described.media if media.kind == "video"]
        if not videos:
            raise PeerError(Wrong.NO_VIDEO, ", ".join(media.encoding or media.kind for media in described.media))
        video = next((media for media in videos if media.encoding == "H264"), None)
        if video is None:
            raise PeerError(Wrong.CODEC, videos[0].encoding or f"payload type {videos[0].payload_type}")
        base = response.header("content-base") or response.header("content-location") or str(self._url)
        self._play_uri = self._own(base, described.control)
        self._track = h264.Depacketizer(h264.sprop_parameter_sets(video.parameters.get("sprop-parameter-sets", "")))
        self.stage = Stage.SETTING_UP
        self._request("SETUP", self._own(base, video.control), {"Transport": "RTP/AVP/TCP;unicast;interleaved=0-1"})

    def _own(self, base: str, control: str) -> str:
        """A control address (RFC 2326 appendix C.1.1); one that leaves the camera is not followed."""
        joined = base if control in ("", "*") else control if control.startswith("rtsp://") else _join(base, control)
        sound = joined.startswith("rtsp://") and len(joined) <= 2048 and joined.isprintable() and " " not in joined
        return joined if sound else str(self._url)

    def _set_up(self, response: Response) -> None:
        session, _, parameters = response.header("session").partition(";")
        self._session = printable(session.strip(), 128)
        name, _, value = parameters.strip().partition("=")
        if name.strip().lower() == "timeout" and (told := _number(value.strip())):
            self.session_timeout_s = float(min(max(told, 4), 3600))
        transport = response.header("transport").lower()
        if "tcp" not in transport and "interleaved" not in transport:
            raise PeerError(Wrong.TRANSPORT, transport)
        for part in transport.split(";"):
            name, _, value = part.partition("=")
            first, second = (_number(text.strip()) for text in value.partition("-")[::2])
            if name.strip() == "interleaved" and first is not None and first < 256:
                self._channel = first
                self._control_channel = second if second is not None and second < 256 else first + 1 & 0xFF
        self.stage = Stage.STARTING
        self._request("PLAY", self._play_uri, {"Range": "npt=0.000-"})

    def _request(self, method: str, uri: str, headers: dict[str, str], *, retried: bool = False) -> None:
        self._sequence += 1
        lines = [f"{method} {uri} RTSP/1.0", f"CSeq: {self._sequence}", f"User-Agent: {USER_AGENT}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        if self._session:
            lines.append(f"Session: {self._session}")
        if self._challenge is not None and self._credentials is not None:
            self._nonce_count += 1
            authorization = authentication.answer(
                self._challenge,
                self._credentials,
                method,
                uri,
                count=self._nonce_count,
                client_nonce=self._client_nonce,
            )
            lines.append(f"Authorization: {authorization}")
        self._out += ("\r\n".join(lines) + "\r\n\r\n").encode()
        self._pending.append((self._sequence, method, uri, headers, retried))


def _join(base: str, control: str) -> str:
    # urljoin knows rtsp; cameras mean "append" even where the base lacks its last slash.
    try:
        return urljoin(base if base.endswith("/") or control.startswith("/") else base + "/", control)
    except ValueError:  # such as unbalanced brackets
        return ""


def _number(text: str) -> int | None:
    """A decimal number as the peer wrote it; None for anything else, and for more digits than any field has."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _head(data: bytes) -> tuple[int, str, dict[str, list[str]]]:
    lines = data.decode("utf-8", "replace").split("\r\n")
    words = lines[0].split(" ", 2)
    if len(words) < 2 or len(words[1]) != 3 or not words[1].isascii() or not words[1].isdigit():
        raise PeerError(Wrong.MALFORMED, lines[0])
    headers: dict[str, list[str]] = {}
    for line in lines[1:200]:
        name, separator, value = line.partition(":")
        if separator:
            headers.setdefault(name.strip().lower(), []).append(value.strip())
    return int(words[1]), words[2] if len(words) > 2 else "", headers


def _refusal(response: Response) -> PeerError:
    if response.status == 401:
        return PeerError(Wrong.CREDENTIALS, response.reason)
    if response.status in (404, 454):
        return PeerError(Wrong.NOT_FOUND, response.reason)
    if 300 <= response.status < 400:
        return PeerError(Wrong.REDIRECT, redact_text(response.header("location")))
    if response.status == 461:
        return PeerError(Wrong.TRANSPORT, response.reason)
    return PeerError(Wrong.REFUSED, f"{response.status} {response.reason}")


def _refuse_stranger(start: bytes) -> None:
    text = printable(start.decode("latin-1").splitlines()[0] if start.strip() else "")
    raise PeerError(Wrong.NOT_RTSP, text)
