"""What tests of media are made of: a small clip, its packets, frames with chosen times, and a camera in memory."""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from typing import Final

import av

from mingjian.media.formats import h264
from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.frames import Frame, VideoParameters
from mingjian.media.formats.rtsp import RtspClient
from mingjian.media.formats.url import StreamUrl
from mingjian.simulate import clips
from mingjian.simulate.encode import AccessUnit, Settings
from mingjian.simulate.loadclip import pictures
from mingjian.simulate.nal import digits
from mingjian.simulate.packets import Template, packetise

FPS: Final = 25
STEP: Final = 90_000 // FPS
CHANNEL: Final = StreamUrl("camera.test", 554, "/stream")


@cache
def clip(width: int = 256, height: int = 144, frames: int = 50, gop: int = 25) -> clips.Clip:
    """Two seconds of moving picture, a key frame each second; encoded once a session."""
    settings = Settings("h264", width, height, Fraction(FPS), 300, gop, preset="ultrafast", threads=1)
    return clips.make(settings, pictures(width, height, frames))


@cache
def templates(width: int = 256, height: int = 144, *, aggregate: bool = False) -> tuple[Template, ...]:
    return tuple(packetise("h264", unit, aggregate=aggregate) for unit in clip(width, height).units)


@cache
def parameters(width: int = 256, height: int = 144) -> VideoParameters:
    sps, pps = clip(width, height).parameter_sets
    found = h264.parameters(sps, pps)
    assert found is not None
    return found


def prefixed(unit: AccessUnit) -> bytes:
    """An access unit as files hold it: each NAL unit behind its length."""
    return b"".join(struct.pack(">I", len(nal)) + nal for nal in unit.nals)


@cache
def _coded(width: int, height: int) -> tuple[tuple[bytes, bool], ...]:
    return tuple((prefixed(unit), unit.key) for unit in clip(width, height).units)


def frames(count: int, *, first: int = 0, ticks: int = 0, width: int = 256, height: int = 144) -> list[Frame]:
    """Frames of the clip, over and over, numbered from `first`; decodable when they begin with a key frame."""
    coded, made = _coded(width, height), []
    for number in range(first, first + count):
        data, key = coded[number % len(coded)]
        at = data.index(b"MINGJIAN-FRAME-1") + 16
        data = data[:at] + digits(number, 7) + data[at + 24 :]
        made.append(Frame(data, ticks + (number - first) * STEP, key, parameters(width, height)))
    return made


def rtp(payload: bytes, sequence: int, timestamp: int, *, marker: bool = False, first: int = 0x80) -> bytes:
    """One RTP packet without its interleaved header."""
    return struct.pack(">BBHII", first, 0x60 | marker << 7, sequence & 0xFFFF, timestamp & 0xFFFFFFFF, 7) + payload


def interleaved(packet: bytes, channel: int = 0) -> bytes:
    return struct.pack(">BBH", 0x24, channel, len(packet)) + packet


def stream(count: int, *, channel: int = 0, sequence: int = 65_500, timestamp: int = 2**32 - 9_000) -> bytes:
    """Interleaved packets of `count` frames; sequence numbers and timestamps wrap early on."""
    out = bytearray()
    made = templates()
    for number in range(count):
        template = made[number % len(made)]
        out += template.stamped(channel, sequence, timestamp + number * STEP, 7, digits(number, 7))
        sequence += len(template.packets)
    return bytes(out)


def sdp(*, sets: bool = True, media: str = "", control: str = "track1") -> str:
    if not media:
        media = "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
        if sets:
            from base64 import b64encode

            sprop = ",".join(b64encode(one).decode() for one in clip().parameter_sets)
            media += f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={sprop}\r\n"
        media += f"a=control:{control}\r\n"
    return f"v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=x\r\nt=0 0\r\n{media}"


def reply(request: "Request", status: str = "200 OK", headers: str = "", body: str = "") -> bytes:
    lines = f"RTSP/1.0 {status}\r\nCSeq: {request.headers.get('cseq', '')}\r\n{headers}"
    if body:
        lines += f"Content-Length: {len(body.encode())}\r\n"
    return f"{lines}\r\n{body}".encode()


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    uri: str
    headers: dict[str, str]


def requests(data: bytes) -> Iterator[Request]:
    """The requests in what a client sent; every one must end with an empty line."""
    assert data == b"" or data.endswith(b"\r\n\r\n")
    for head in data.decode().split("\r\n\r\n")[:-1]:
        first, *lines = head.split("\r\n")
        method, uri, version = first.split(" ")
        assert version == "RTSP/1.0"
        yield Request(method, uri, {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)})


Answer = Callable[[Request], bytes]


def usual(request: Request) -> bytes:
    """What a good camera answers."""
    match request.method:
        case "DESCRIBE":
            return reply(request, headers="Content-Base: rtsp://camera.test:554/stream/\r\nServer: S\r\n", body=sdp())
        case "SETUP":
            transport = "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
            return reply(request, headers=f"{transport}Session: 42;timeout=30\r\n")
        case _:
            return reply(request, headers="Session: 42\r\n")


@dataclass
class Exchange:
    """A client and a camera in memory. `asked` keeps the requests; `piece` cuts what the camera says."""

    answer: Answer = usual
    credentials: Credentials | None = None
    piece: int = 1 << 20
    asked: list[Request] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = RtspClient(CHANNEL, self.credentials, "0a4f113b")

    def run(self, media: bytes = b"") -> "Exchange":
        """The whole session up to PLAY, then `media`."""
        self.client.start()
        while self.client.wants_to_send:
            for request in list(requests(self.client.data_to_send())):
                self.asked.append(request)
                self.hear(self.answer(request))
        self.hear(media)
        return self

    def hear(self, data: bytes) -> None:
        for at in range(0, len(data), self.piece):
            self.frames += self.client.receive(data[at : at + self.piece])

    def uris(self) -> list[tuple[str, str]]:
        return [(request.method, request.uri) for request in self.asked]


def annex_b(units: Sequence[bytes]) -> bytes:
    return b"".join(b"\x00\x00\x00\x01" + unit for unit in units)


def encoded_parameter_sets(width: int, height: int, profile: str = "high", fmt: str = "yuv420p") -> tuple[bytes, bytes]:
    """SPS and PPS as libx264 writes them for a picture of this size."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, fmt
    context.framerate, context.time_base = Fraction(25), Fraction(1, 25)
    context.options = {"preset": "ultrafast", "profile": profile, "x264-params": "annexb=1:repeat-headers=1"}
    context.thread_count = 1
    packets = context.encode(av.VideoFrame(width, height, fmt)) + context.encode(None)
    units = [one for one in bytes(packets[0]).replace(b"\0\0\0\1", b"\0\0\1").split(b"\0\0\1") if one]
    sps = next(one for one in units if one[0] & 0x1F == 7)
    pps = next(one for one in units if one[0] & 0x1F == 8)
    return sps, pps
