"""Coded pictures and sound on their way from the wire to files and viewers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SoundParameters:
    """What a decoder must know of sound: `codec` is `aac`, `alaw` or `ulaw`; `rate` samples a second.

    `configuration` is the AudioSpecificConfig of AAC (ISO/IEC 14496-3 section 1.6.2.1), empty for G.711.
    """

    codec: str
    rate: int
    channels: int
    configuration: bytes = b""

    @property
    def mime(self) -> str:
        """The RFC 6381 codecs string; what no browser plays has the name of its sample entry."""
        return f"mp4a.40.{self.configuration[0] >> 3}" if self.codec == "aac" else self.codec


@dataclass(frozen=True, slots=True)
class VideoParameters:
    """What a decoder must know before the first frame; equal parameters share one init segment.

    `codec` is `h264` or `h265`; `mime` the RFC 6381 codecs string; `configuration` the content of `avcC` or `hvcC`
    (ISO/IEC 14496-15 sections 5.3.3 and 8.3.3); width and height in pixels after cropping; fps 0.0 when not told;
    `sound` what lies beside the picture in the same segment.
    """

    codec: str
    mime: str
    width: int
    height: int
    fps: float
    configuration: bytes
    sound: SoundParameters | None = None


@dataclass(slots=True)
class Frame:
    """One access unit in length-prefixed NAL units, exactly as the camera sent them.

    `ticks` is the media time of decoding, 90 kHz, unwrapped, from the start of the connection's RTP clock; `shift` is
    how much later than that it is shown, negative for earlier; `key` says that decoding can start here; `leading` that
    it refers to pictures before the last key frame and cannot be shown when decoding started there (H.265 RASL).
    """

    data: bytes
    ticks: int
    key: bool
    parameters: VideoParameters
    shift: int = 0
    leading: bool = False


@dataclass(slots=True)
class Sound:
    """A piece of sound as the camera sent it: one access unit of AAC, or the samples of a packet of G.711.

    `ticks` is when it is heard, on the clock of `Frame.ticks`; `samples` how many it holds of each channel.
    """

    data: bytes
    ticks: int
    samples: int
