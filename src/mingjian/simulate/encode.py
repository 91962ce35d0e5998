"""Encoding pictures as a camera does: a fixed distance of key frames, a bounded rate, B-frames when asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

import av
import numpy as np
import numpy.typing as npt
from av.video.codeccontext import VideoCodecContext
from av.video.reformatter import VideoReformatter

from mingjian.simulate import nal

_ENCODER: Final[dict[nal.Codec, str]] = {"h264": "libx264", "h265": "libx265"}
_LIMITED_RANGE: Final = 1
_BT709: Final = 1  # ITU-T H.273; named in the stream, because players guess otherwise


@dataclass(frozen=True, slots=True)
class Settings:
    """How to encode. `kbps` in 1000 bit/s; `gop` in frames; `threads` 0 lets the encoder choose.

    `b_frames`: at most so many between two others, shown before a picture that is sent before them. `open_gop`, H.265
    only: key frames but the first are CRA pictures with RASL pictures behind them (ITU-T H.265 3.29, 3.111).
    """

    codec: nal.Codec
    width: int
    height: int
    fps: Fraction
    kbps: int
    gop: int
    preset: str = "veryfast"
    threads: int = 0
    low_delay: bool = False
    profile: str = "high"
    b_frames: int = 0
    open_gop: bool = False


@dataclass(frozen=True, slots=True)
class AccessUnit:
    """One coded frame: NAL units without start codes, and when it is shown, in 1/90000 s from the first one shown."""

    nals: tuple[bytes, ...]
    key: bool
    timestamp_90k: int


class Encoder:
    """Encode pictures one by one; what comes out is numbered access units in the order of sending."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._context = _open(settings)
        self._fed = 0
        self.parameter_sets: tuple[bytes, ...] = ()

    def feed(self, picture: av.VideoFrame) -> list[AccessUnit]:
        """Encode one picture; may return nothing while the encoder looks ahead."""
        picture.pts = self._fed
        picture.time_base = 1 / self._settings.fps
        self._fed += 1
        return self._units(self._context.encode(picture))

    def finish(self) -> list[AccessUnit]:
        """Return what the encoder still holds. It takes no more pictures afterwards."""
        return self._units(self._context.encode(None))

    def _units(self, packets: "list[av.Packet[Any]]") -> list[AccessUnit]:
        return [self._unit(bytes(packet), packet.pts or 0, key=packet.is_keyframe) for packet in packets]

    def _unit(self, coded: bytes, shown: int, *, key: bool) -> AccessUnit:
        codec = self._settings.codec
        if key and not self.parameter_sets:
            self.parameter_sets = tuple(unit for unit in nal.split(coded) if nal.is_parameter_set(codec, unit))
        timestamp = round(shown * 90000 / self._settings.fps)
        return AccessUnit(nal.frame(codec, coded, self.parameter_sets, key=key), key, timestamp)


def from_luma_chroma(planes: npt.NDArray[np.uint8]) -> av.VideoFrame:
    """A picture from I420 planes stacked in one array of shape (height * 3 / 2, width)."""
    return av.VideoFrame.from_ndarray(planes, format="yuv420p")


class FromRgb:
    """Make pictures from RGB of shape (height, width, 3), limited range, BT.709. One keeps its conversion tables."""

    def __init__(self) -> None:
        self._reformatter = VideoReformatter()

    def __call__(self, pixels: npt.NDArray[np.uint8]) -> av.VideoFrame:
        frame = av.VideoFrame.from_ndarray(pixels, format="rgb24")
        return self._reformatter.reformat(frame, format="yuv420p", dst_colorspace=_BT709)


def encode(settings: Settings, frames: Iterator[av.VideoFrame]) -> tuple[tuple[bytes, ...], list[AccessUnit]]:
    """Encode all `frames`; return the parameter sets and the access units."""
    encoder = Encoder(settings)
    units = [unit for picture in frames for unit in encoder.feed(picture)]
    units += encoder.finish()
    return encoder.parameter_sets, units


def _open(settings: Settings) -> VideoCodecContext:
    context = av.CodecContext.create(_ENCODER[settings.codec], "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = settings.width, settings.height, "yuv420p"
    context.framerate, context.time_base = settings.fps, 1 / settings.fps
    context.bit_rate = settings.kbps * 1000
    context.max_b_frames, context.gop_size = settings.b_frames, settings.gop
    context.thread_count = settings.threads
    context.color_range, context.colorspace = _LIMITED_RANGE, _BT709
    context.color_primaries, context.color_trc = _BT709, _BT709
    context.options = _x264(settings) if settings.codec == "h264" else _x265(settings)
    context.open()
    return context


def _x264(settings: Settings) -> dict[str, str]:
    options = {
        "preset": settings.preset,
        "profile": settings.profile,
        "x264-params": f"keyint={settings.gop}:min-keyint={settings.gop}:scenecut=0:"
        f"bframes={settings.b_frames}:b-adapt=0:vbv-maxrate={settings.kbps}:vbv-bufsize={settings.kbps}:force-cfr=1:sliced-threads=0",
    }
    return options | ({"tune": "zerolatency"} if settings.low_delay else {})


def _x265(settings: Settings) -> dict[str, str]:
    params = (
        f"keyint={settings.gop}:min-keyint={settings.gop}:scenecut=0:info=0:log-level=none:"
        f"bframes={settings.b_frames}:b-adapt=0:open-gop={int(settings.open_gop)}:"
        f"repeat-headers=1:vbv-maxrate={settings.kbps}:vbv-bufsize={settings.kbps}"
    )
    if settings.threads:
        params += f":pools={settings.threads}:frame-threads=1"
    return {"preset": settings.preset, "x265-params": params} | ({"tune": "zerolatency"} if settings.low_delay else {})
