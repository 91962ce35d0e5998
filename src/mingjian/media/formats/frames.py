"""A coded picture on its way from the wire to files and viewers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VideoParameters:
    """What a decoder must know before the first frame; equal parameters share one init segment.

    `codec` is `h264`; `mime` the RFC 6381 codecs string; `configuration` the content of `avcC`
    (ISO/IEC 14496-15 section 5.3.3); width and height in pixels after cropping; fps 0.0 when not told.
    """

    codec: str
    mime: str
    width: int
    height: int
    fps: float
    configuration: bytes


@dataclass(slots=True)
class Frame:
    """One access unit in length-prefixed NAL units, exactly as the camera sent them.

    `ticks` is media time of 90 kHz, unwrapped, from the start of the connection's RTP clock;
    `key` says that decoding can start here.
    """

    data: bytes
    ticks: int
    key: bool
    parameters: VideoParameters
