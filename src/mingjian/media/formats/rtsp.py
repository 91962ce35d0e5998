"""The RTSP 1.0 client (RFC 2326) as a machine without sockets: bytes in, requests and frames out.

    client = RtspClient(url, credentials, client_nonce)
    client.start()
    send(client.data_to_send())
    while data := receive():
        for frame in client.receive(data): ...
        send(client.data_to_send())

RTP travels in the same connection (section 10.12), or in datagrams which `datagrams` takes; so do the camera's sender
reports: `take_clock` gives what they say of its clock. `take_sound` gives the sound that came. `receive` raises
PeerError when the peer ends or spoils the session; the client is then finished.
"""

from collections import deque
from dataclasses import dataclass
from enum import Enum
from typing import Final
from urllib.parse import urljoin

from mingjian.kernel.media_time import TICKS_PER_SECOND
from mingjian.kernel.redaction import redact_text
from mingjian.media.formats import authentication, h264, h265, rtcp, sdp, sound
from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.errors import PeerError, Wrong, printable
from mingjian.media.formats.frames import Frame, Sound
from mingjian.media.formats.reorder import Reorder
from mingjian.media.formats.sdp import Media
from mingjian.media.formats.sound import SoundDepacketizer
from mingjian.media.formats.units import Depacketizer
from mingjian.media.formats.url import StreamUrl

MAX_HEADER: Final = 16 << 10
MAX_BODY: Final = sdp.MAX_SIZE
MAX_GARBAGE: Final = 1 << 20
MAX_READINGS: Final = 64
MAX_REPORT_DISTANCE: Final = 10 * TICKS_PER_SECOND
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


class Lane(Enum):
    """The four ways that packets come."""

    PICTURE = "picture"
    PICTURE_CONTROL = "picture_control"
    SOUND = "sound"
    SOUND_CONTROL = "sound_control"


@dataclass(frozen=True, slots=True)
class Ports:
    """Our ports for datagrams, an even one and the next for each track (RFC 3550 section 11)."""

    picture: int
    sound: int


class RtspClient:
    """One session with one camera: describe, set up the first picture and the first sound that can be kept, play."""

    def __init__(
        self, url: StreamUrl, credentials: Credentials | None, client_nonce: str, ports: Ports | None = None
    ) -> None:
        """`client_nonce` is random text for Digest answers, hexadecimal; randomness comes from outside.

        With `ports` RTP is asked for in datagrams to them.
        """
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
        self._ports = ports
        self._to_set_up: deque[tuple[Lane, str]] = deque()
        self._track: Depacketizer | None = None
        self._sound: SoundDepacketizer | None = None
        self._channel = 0
        self._control_channel = 1
        self._sound_channel = -1
        self._sound_control_channel = -1
        self._orders: dict[Lane, Reorder] = {Lane.PICTURE: Reorder(), Lane.SOUND: Reorder()}
        self._garbage = 0
        self._readings: list[ClockReading] = []
        self._picture_clock: ClockReading | None = None
        self._keeps_alive = "OPTIONS"
        self.peer_ports: dict[Lane, int] = {}
        """Where datagrams of each track come from; that of its reports is the next."""
        self.sound_left_out = ""
        """The sound that the camera offers and that cannot be kept, by its name in the description."""
        self.stage = Stage.IDLE
        self.server = ""
        self.session_timeout_s = DEFAULT_TIMEOUT_S
        self.garbage_bytes = 0
        self.bad_reports = 0  # control packets, or reports in them, that make no sense

    @property
    def track(self) -> Depacketizer | None:
        """The video track once it is set up: its parameters and its counters of loss."""
        return self._track

    @property
    def sound(self) -> SoundDepacketizer | None:
        """The track of sound once it is set up."""
        return self._sound

    @property
    def late_packets(self) -> int:
        """Datagrams that came twice, or too late."""
        return sum(one.late_packets for one in self._orders.values())

    def start(self) -> None:
        self.stage = Stage.DESCRIBING
        self._request("DESCRIBE", str(self._url), {"Accept": "application/sdp"})

    def keep_alive(self) -> None:
        """Ask something harmless so that the session does not time out.

        OPTIONS first: it says whether the camera knows GET_PARAMETER without a body, which section 10.8 means for this.
        """
        if self.stage is Stage.PLAYING:
            self._pending.clear()  # some cameras never answer these, and their sessions live by them all the same
            self._request(self._keeps_alive, self._play_uri, {})

    def receiver_report(self) -> bytes:
        """For cameras that stop without: an empty report and a name (RFC 3550 sections 6.4.2, 6.5)."""
        source = int(self._client_nonce[:8], 16).to_bytes(4, "big")
        return b"\x80\xc9\x00\x01" + source + b"\x81\xca\x00\x04" + source + b"\x01\x08mingjian\x00\x00"

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
        if not self._rest:
            self._read(data, 0)
        elif 0 < (missing := _missing(self._rest)) <= len(data):
            # Made whole by itself: all that arrived would be copied once more for it.
            self._read(self._rest + data[:missing], 0)
            self._read(data, missing)
        else:
            self._read(self._rest + data, 0)
        return [] if self._track is None else self._track.take()

    def _read(self, data: bytes, at: int) -> None:
        """Take what is whole in data[at:], and keep the rest."""
        size = len(data)
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
                at = track.follow(data, at, end)
            else:
                self._other(data, at, end)
                at = end
        self._rest = data[at:]

    def datagrams(self, lane: Lane, packets: list[bytes]) -> list[Frame]:
        """Take what arrived on one lane since the last turn, called in every turn; the access units it finished.

        Raises PeerError when the camera says goodbye.
        """
        if lane in (Lane.PICTURE_CONTROL, Lane.SOUND_CONTROL):
            for packet in packets:
                self._reports(lane, packet, 0, len(packet))
            return []
        track, heard = self._track, self._sound
        for packet in self._orders[lane].turn(packets):
            if lane is Lane.SOUND:
                self._hear(heard, packet, 0, len(packet))
            elif track is not None:
                track.push(packet, 0, len(packet))
        return track.take() if track is not None and lane is Lane.PICTURE else []

    def take_sound(self) -> list[Sound]:
        """The pieces of sound that came since the last call, in order."""
        return self._sound.take() if self._sound is not None else []

    @property
    def knows_clock(self) -> bool:
        """Whether `take_clock` would give something."""
        return bool(self._readings)

    def take_clock(self) -> list[ClockReading]:
        """What sender reports said since the last call, in order."""
        readings, self._readings = self._readings, []
        return readings

    def _other(self, data: bytes, at: int, end: int) -> None:
        """A packet that is not of the picture: sound and reports are read, all else is nobody's."""
        channel = data[at + 1]
        if channel == self._sound_channel:
            self._hear(self._sound, data, at + 4, end)
        elif channel == self._control_channel:
            self._reports(Lane.PICTURE_CONTROL, data, at + 4, end)
        elif channel == self._sound_control_channel:
            self._reports(Lane.SOUND_CONTROL, data, at + 4, end)

    def _hear(self, heard: SoundDepacketizer | None, data: bytes, start: int, end: int) -> None:
        if heard is not None and self._track is not None and self._track.begun:
            heard.push(data, start, end, self._track.shown_ticks)

    def _reports(self, lane: Lane, data: bytes, start: int, end: int) -> None:
        if self._track is None:
            return
        if lane is Lane.PICTURE_CONTROL and rtcp.says_goodbye(data, start, end):
            raise PeerError(Wrong.ENDED, "BYE")
        reports, sound_packet = rtcp.sender_reports(data, start, end)
        self.bad_reports += not sound_packet
        for report in reports:
            if lane is Lane.SOUND_CONTROL:
                self._align(report)
                continue
            ticks = self._track.ticks_at(report.timestamp)
            if ticks is None:
                self.bad_reports += 1
                continue
            self._picture_clock = ClockReading(report.ntp_us, ticks)
            if len(self._readings) < MAX_READINGS:
                self._readings.append(self._picture_clock)

    def _align(self, report: rtcp.SenderReport) -> None:
        """The camera names the same moment on the clocks of picture and sound."""
        known = self._picture_clock
        if known is None or self._sound is None or self._track is None:
            return
        ticks = known.ticks + (report.ntp_us - known.ntp_us) * 9 // 100
        # A report speaks of about now, unless the camera's clock was set since its last one.
        near = abs(ticks - self._track.shown_ticks) <= MAX_REPORT_DISTANCE
        self.bad_reports += not (near and self._sound.align(report.timestamp, ticks))

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
        """Where a packet of one of our channels or a message may begin; a mark cut off at the end counts."""
        channels = (self._channel, self._control_channel, self._sound_channel, self._sound_control_channel)
        marks = (*(bytes((_DOLLAR, one)) for one in channels if one >= 0), _MESSAGE)
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
            self._declined(method, response)
        else:
            self._granted(method, response)

    def _declined(self, method: str, response: Response) -> None:
        if self.stage is Stage.PLAYING:
            self._keeps_alive = "OPTIONS"  # cameras that do not know the other still keep the session alive by it
        elif method == "SETUP" and self._to_set_up[0][0] is Lane.SOUND:
            self._to_set_up.popleft()
            self._sound_refused(str(response.status))
            self._set_up_next()
        else:
            raise _refusal(response)

    def _granted(self, method: str, response: Response) -> None:
        if method == "DESCRIBE":
            self._described(response)
        elif method == "SETUP":
            self._set_up(response)
        elif method == "PLAY":
            self.stage = Stage.PLAYING
        elif method == "OPTIONS" and "GET_PARAMETER" in response.header("public").upper().replace(",", " ").split():
            self._keeps_alive = "GET_PARAMETER"
            self.keep_alive()

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
        video, track = next(((one, found) for one in videos if (found := _picture_of(one))), (None, None))
        if video is None:
            raise PeerError(Wrong.CODEC, videos[0].encoding or f"payload type {videos[0].payload_type}")
        told = response.header("content-base") or response.header("content-location")
        base = told if told.startswith("rtsp://") else str(self._url)
        self._play_uri = self._own(base, described.control)
        self._track = track
        self._to_set_up.append((Lane.PICTURE, self._own(base, video.control)))
        heard = [one for one in described.media if one.kind == "audio"]
        kept = next(((one, reader) for one in heard if (reader := sound.of_media(one))), None)
        if kept is not None:
            self._sound = kept[1]
            self._to_set_up.append((Lane.SOUND, self._own(base, kept[0].control)))
        elif heard:
            self.sound_left_out = printable(heard[0].encoding or f"payload type {heard[0].payload_type}", 40)
        self.stage = Stage.SETTING_UP
        self._set_up_next()

    def _set_up_next(self) -> None:
        if not self._to_set_up:
            self.stage = Stage.STARTING
            self._request("PLAY", self._play_uri, {"Range": "npt=0.000-"})
            return
        lane, uri = self._to_set_up[0]
        if self._ports is None:
            first = 0 if lane is Lane.PICTURE else 2
            transport = f"RTP/AVP/TCP;unicast;interleaved={first}-{first + 1}"
        else:
            first = self._ports.picture if lane is Lane.PICTURE else self._ports.sound
            transport = f"RTP/AVP;unicast;client_port={first}-{first + 1}"
        self._request("SETUP", uri, {"Transport": transport})

    def _sound_refused(self, why: str) -> None:
        """Sound never costs the picture."""
        self.sound_left_out = printable(f"{self._sound.parameters.codec if self._sound else ''} {why}", 80)
        self._sound = None

    def _own(self, base: str, control: str) -> str:
        """A control address (RFC 2326 appendix C.1.1); one that leaves the camera is not followed."""
        joined = base if control in ("", "*") else control if control.startswith("rtsp://") else _join(base, control)
        sane = joined.startswith("rtsp://") and len(joined) <= 2048 and joined.isprintable() and " " not in joined
        return joined if sane else str(self._url)

    def _set_up(self, response: Response) -> None:
        session, _, parameters = response.header("session").partition(";")
        self._session = printable(session.strip(), 128) or self._session
        name, _, value = parameters.strip().partition("=")
        if name.strip().lower() == "timeout" and (told := _number(value.strip())):
            self.session_timeout_s = float(min(max(told, 4), 3600))
        lane, _ = self._to_set_up.popleft()
        transport = response.header("transport").lower()
        fields = {name.strip(): value for name, _, value in (part.partition("=") for part in transport.split(";"))}
        try:
            if self._ports is None:
                self._interleaved(lane, transport, fields)
            else:
                self._in_datagrams(lane, transport, fields)
        except PeerError as error:
            if lane is not Lane.SOUND:
                raise
            self._sound_refused(error.detail)
        self._set_up_next()

    def _interleaved(self, lane: Lane, transport: str, fields: dict[str, str]) -> None:
        if "tcp" not in transport and "interleaved" not in transport:
            raise PeerError(Wrong.TRANSPORT, transport)
        usual = 0 if lane is Lane.PICTURE else 2
        first, second = (_number(text.strip()) for text in fields.get("interleaved", "").partition("-")[::2])
        first = first if first is not None and first < 256 else usual
        second = second if second is not None and second < 256 else first + 1 & 0xFF
        if lane is Lane.PICTURE:
            self._channel, self._control_channel = first, second
        elif first in (self._channel, self._control_channel):
            raise PeerError(Wrong.TRANSPORT, transport)
        else:
            self._sound_channel, self._sound_control_channel = first, second

    def _in_datagrams(self, lane: Lane, transport: str, fields: dict[str, str]) -> None:
        port = _number(fields.get("server_port", "").partition("-")[0].strip())
        if "tcp" in transport or port is None or not 0 < port < 1 << 16:
            raise PeerError(Wrong.TRANSPORT, transport)
        self.peer_ports[lane] = port

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


def _missing(rest: bytes) -> int:
    """How much an interleaved packet lacks that was cut off; 0 for anything else."""
    return 4 + (rest[2] << 8 | rest[3]) - len(rest) if len(rest) >= 4 and rest[0] == _DOLLAR else 0


def _picture_of(media: Media) -> Depacketizer | None:
    """What reads this track; None for a codec that cannot be kept."""
    if media.encoding == "H264":
        return h264.H264Depacketizer(h264.sprop_parameter_sets(media.parameters.get("sprop-parameter-sets", "")))
    if media.encoding == "H265" and media.parameters.get("sprop-max-don-diff", "0") == "0":
        return h265.H265Depacketizer(h265.sprop_parameter_sets(media.parameters))
    return None


def _join(base: str, control: str) -> str:
    # urljoin knows rtsp; cameras mean "append" even where the base lacks its last slash, or ends in a query.
    if "?" in base and not control.startswith("/"):
        return f"{base.rstrip('/')}/{control}"
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
