"""Pictures and sound as libx264, libx265 and libav write them, with B-frames and open groups if asked for."""

import re
import struct
from base64 import b64encode
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Final

import av
import numpy as np

from mingjian.media.formats import h264, h265
from mingjian.media.formats.frames import Frame, SoundParameters, VideoParameters
from mingjian.media.formats.order import DecodingOrder

STEP: Final = 3600
_START_CODE: Final = re.compile(b"\x00*\x00\x00\x01")
_ENCODERS: Final = {"h264": "libx264", "h265": "libx265"}
_SETS: Final = {"h264": (7, 8), "h265": (32, 33, 34)}


@dataclass(frozen=True, slots=True)
class Unit:
    """An access unit in the order of sending; `shown` in ticks of 90 kHz from the first picture shown."""

    nals: tuple[bytes, ...]
    key: bool
    shown: int

    @property
    def data(self) -> bytes:
        """As files hold it."""
        return b"".join(struct.pack(">I", len(nal)) + nal for nal in self.nals)


@dataclass(frozen=True, slots=True)
class Coded:
    codec: str
    sets: tuple[bytes, ...]
    units: tuple[Unit, ...]

    @property
    def parameters(self) -> VideoParameters:
        made = h264.parameters(*self.sets) if self.codec == "h264" else h265.parameters(*self.sets)
        assert made is not None
        return made

    @property
    def depth(self) -> int:
        return (h264.sequence_of(self.sets[0]) if self.codec == "h264" else h265.sequence_of(self.sets[1])).depth

    def frames(self) -> list[Frame]:
        order, made = DecodingOrder(), []
        for unit in self.units:
            ticks = order.place(unit.shown, self.depth)
            made.append(
                Frame(unit.data, ticks, unit.key, self.parameters, unit.shown - ticks, is_leading(self.codec, unit))
            )
        return made

    def media_lines(self, *, sets: bool = True) -> str:
        """As a description tells of it."""
        texts = [b64encode(one).decode() for one in self.sets]
        if self.codec == "h264":
            parameters = "packetization-mode=1" + f";sprop-parameter-sets={','.join(texts)}" * sets
        else:
            names = ("sprop-vps", "sprop-sps", "sprop-pps")
            parameters = ";".join(f"{name}={text}" for name, text in zip(names, texts, strict=True)) if sets else ""
        return f"m=video 0 RTP/AVP 96\r\na=rtpmap:96 {self.codec.upper()}/90000\r\na=fmtp:96 {parameters}\r\n"


def kind(codec: str, nal: bytes) -> int:
    return nal[0] & 0x1F if codec == "h264" else nal[0] >> 1 & 0x3F


def is_leading(codec: str, unit: Unit) -> bool:
    return codec == "h265" and any(kind(codec, nal) in (8, 9) for nal in unit.nals)


def split(stream: bytes) -> list[bytes]:
    return [one for piece in _START_CODE.split(stream) if (one := piece.rstrip(b"\0"))]


@cache
def pictures(
    codec: str, params: str = "bframes=0", count: int = 50, width: int = 256, height: int = 144, fmt: str = "yuv420p"
) -> Coded:
    """`count` pictures at 25 a second, a key frame each second; each has its number in its grey."""
    context = av.CodecContext.create(_ENCODERS[codec], "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, fmt
    context.framerate, context.time_base = Fraction(25), Fraction(1, 25)
    context.thread_count, context.gop_size = 1, 25
    more = f"keyint=25:min-keyint=25:scenecut=0:b-adapt=0:{params}"
    if codec == "h265":
        more += ":pools=1:frame-threads=1:log-level=none:info=0:repeat-headers=1"
    context.options = {"preset": "ultrafast", "x264-params" if codec == "h264" else "x265-params": more}
    packets = [packet for number in range(count) for packet in context.encode(_picture(number, width, height, fmt))]
    packets += context.encode(None)
    units = [Unit(tuple(split(bytes(one))), one.is_keyframe, (one.pts or 0) * STEP) for one in packets]
    wanted = _SETS[codec]
    sets = tuple(next(nal for nal in units[0].nals if kind(codec, nal) == number) for number in wanted)
    return Coded(codec, sets, tuple(units))


def _picture(number: int, width: int, height: int, fmt: str) -> av.VideoFrame:
    frame = av.VideoFrame(width, height, fmt)
    for plane in frame.planes:
        plane.update(bytes((16 + 4 * (number % 50),)) * plane.buffer_size)
    frame.pts, frame.time_base = number, Fraction(1, 25)
    return frame


def shown_number(frame: av.VideoFrame) -> int:
    """The number of a decoded picture, of fifty."""
    middle = frame.planes[0].line_size * (frame.height // 2) + frame.width // 2
    return round((bytes(frame.planes[0])[middle] - 16) / 4)


@dataclass(frozen=True, slots=True)
class Heard:
    parameters: SoundParameters
    pieces: tuple[bytes, ...]
    samples: int


@cache
def sound(codec: str, rate: int = 16_000, channels: int = 1, count: int = 60) -> Heard:
    """Pieces of a tone, as they are sent: AAC units of 1,024 samples, or 20 ms of G.711."""
    name = {"aac": "aac", "alaw": "pcm_alaw", "ulaw": "pcm_mulaw"}[codec]
    form = "fltp" if codec == "aac" else "s16"
    context = av.CodecContext.create(name, "w")
    assert isinstance(context, av.AudioCodecContext)
    context.sample_rate, context.format, context.layout = rate, form, {1: "mono", 2: "stereo"}[channels]
    context.time_base = Fraction(1, rate)
    context.open()
    size = 1024 if codec == "aac" else rate // 50
    pieces: list[bytes] = []
    for number in range(count):
        wave = np.sin(np.arange(number * size, (number + 1) * size) * (2 * np.pi * 440 / rate)) / 3
        plane = np.tile(wave.astype(np.float32), (channels, 1))
        if form == "s16":
            plane = (plane.T.reshape(1, -1) * 32_767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(plane, format=form, layout=context.layout.name)
        frame.sample_rate, frame.pts, frame.time_base = rate, number * size, Fraction(1, rate)
        pieces += [bytes(one) for one in context.encode(frame)]
    configuration = bytes(context.extradata or b"")[:2] if codec == "aac" else b""
    return Heard(SoundParameters(codec, rate, channels, configuration), tuple(pieces[:count]), size)
