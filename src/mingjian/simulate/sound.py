"""Sound of simulated cameras: a tone at each full second over soft noise, so that its time can be heard in a file.

AAC travels by RFC 3640 in AAC-hbr mode, G.711 as its octets are (RFC 3551 4.5.14). Codecs that nobody keeps are octets
without meaning.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final, Literal

import av
import numpy as np
import numpy.typing as npt
from av.audio.codeccontext import AudioCodecContext

from mingjian.simulate.packets import MAX_PAYLOAD, Template, framed

TONE_S: Final = 0.08
TONE_HZ: Final = 1000
PAYLOAD_TYPE: Final = 97
_AAC_SAMPLES: Final = 1024
_LONGEST_S: Final = 32
_STATIC: Final = {"alaw": ("PCMA", 8), "ulaw": ("PCMU", 0)}
_ENCODER: Final = {"alaw": "pcm_alaw", "ulaw": "pcm_mulaw"}
_SOFT: Final = 300
_LOUD: Final = 12_000

Samples = npt.NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class SoundSource:
    """Coded sound that loops for ever: what is sent (`templates`), and what a recorder should have kept (`frames`).

    `encoding` and `clock` (samples a second) as in the description's rtpmap, `format` as in its fmtp. Each template
    holds `samples` of each channel.
    """

    encoding: str
    clock: int
    channels: int
    payload_type: int
    format: str
    frames: tuple[bytes, ...]
    samples: int
    templates: tuple[Template, ...]
    rtpmap: bool = True
    shifts: tuple[int, ...] = ()

    @property
    def step(self) -> Fraction:
        return Fraction(self.samples, self.clock)


def aac(
    rate: int = 16_000, channels: int = 1, *, kbps: int = 48, units_in_packet: int = 1, max_payload: int = MAX_PAYLOAD
) -> SoundSource:
    """AAC-LC. A unit longer than `max_payload` is cut into fragments (RFC 3640 3.1)."""
    # As long as it takes to have whole seconds and whole frames.
    seconds = _AAC_SAMPLES // math.gcd(_AAC_SAMPLES, rate)
    if seconds > _LONGEST_S or seconds * rate // _AAC_SAMPLES % units_in_packet:
        raise ValueError(f"{rate} samples a second, {units_in_packet} in a packet, make no loop of whole seconds")
    frames, configuration = _aac(_pcm(rate, seconds), rate, channels, kbps)
    groups = [frames[at : at + units_in_packet] for at in range(0, len(frames), units_in_packet)]
    templates = tuple(framed(list(_aac_payloads(group, max_payload)), PAYLOAD_TYPE) for group in groups)
    fmtp = "streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3"
    return SoundSource(
        "MPEG4-GENERIC",
        rate,
        channels,
        PAYLOAD_TYPE,
        f"{fmtp};config={configuration.hex().upper()}",
        frames,
        _AAC_SAMPLES * units_in_packet,
        templates,
    )


def g711(law: Literal["alaw", "ulaw"], *, packet_ms: int = 40, rtpmap: bool = True) -> SoundSource:
    """G.711 at 8,000 samples a second; without `rtpmap` its static payload type says what it is (RFC 3551 table 4)."""
    encoding, payload_type = _STATIC[law]
    octets = _g711(law, _pcm(8000, 2))
    size = 8 * packet_ms
    frames = tuple(octets[at : at + size] for at in range(0, len(octets), size))
    templates = tuple(framed([frame], payload_type, marked=False) for frame in frames)
    return SoundSource(encoding, 8000, 1, payload_type, "", frames, size, templates, rtpmap)


def other(encoding: str, clock: int, *, payload_type: int = 102, packet_ms: int = 20, octets: int = 80) -> SoundSource:
    """A codec by name only, such as ``G726-32``: octets that no decoder takes."""
    random = np.random.default_rng(7)
    frames = tuple(random.bytes(octets) for _ in range(50))
    templates = tuple(framed([frame], payload_type, marked=False) for frame in frames)
    return SoundSource(encoding, clock, 1, payload_type, "", frames, clock * packet_ms // 1000, templates)


def order(source: SoundSource, kept: Sequence[bytes]) -> list[int]:
    """Which frames of the loop these are; -1 for one that was never sent. Frames are told apart by their octets."""
    places = {frame: at for at, frame in enumerate(source.frames)}
    return [places.get(frame, -1) for frame in kept]


def tones(samples: npt.NDArray[np.floating], rate: int) -> list[float]:
    """When tones begin in decoded sound (-1 to 1, one channel), in seconds from its start, to some milliseconds."""
    window = max(1, rate // 500)
    count = len(samples) // window
    loud = np.abs(samples[: count * window]).reshape(count, window).max(axis=1) > _LOUD / 32768 / 3
    begins = np.flatnonzero(loud & ~np.concatenate([[False], loud[:-1]]))
    found: list[float] = []
    for at in begins * window / rate:
        if not found or at - found[-1] > 2 * TONE_S:
            found.append(float(at))
    return found


def _pcm(rate: int, seconds: int) -> Samples:
    random = np.random.default_rng(20260101)
    noise = random.normal(0, _SOFT, rate * seconds)
    times = np.arange(rate * seconds) / rate
    tone = np.where(times % 1 < TONE_S, _LOUD * np.sin(2 * np.pi * TONE_HZ * times), 0)
    return np.asarray(noise + tone, np.int16)


def _g711(law: str, pcm: Samples) -> bytes:
    context = _open(_ENCODER[law], 8000, 1, "s16")
    return b"".join(_encoded(context, pcm, 8000, 1, "s16", 320))


def _aac(pcm: Samples, rate: int, channels: int, kbps: int) -> tuple[tuple[bytes, ...], bytes]:
    """The loop's access units and the AudioSpecificConfig. The second of two rounds, when the encoder has settled."""
    context = _open("aac", rate, channels, "fltp", kbps)
    packets = list(_encoded(context, np.concatenate([pcm, pcm]), rate, channels, "fltp", _AAC_SAMPLES))
    count = len(pcm) // _AAC_SAMPLES
    # One more at the start: what the encoder needs before the first sample comes out (its priming).
    # The first two octets say all; libav adds that there is no SBR.
    return tuple(packets[count + 1 : 2 * count + 1]), bytes(context.extradata or b"")[:2]


def _aac_payloads(units: Sequence[bytes], room: int) -> Iterator[bytes]:
    headers = b"".join((len(unit) << 3).to_bytes(2, "big") for unit in units)
    whole = (8 * len(headers)).to_bytes(2, "big") + headers + b"".join(units)
    if len(whole) <= room:
        yield whole
        return
    if len(units) > 1:
        raise ValueError(f"{len(units)} units of AAC do not fit into {room} octets")
    (unit,) = units
    for at in range(0, len(unit), room - 4):
        yield b"\x00\x10" + headers + unit[at : at + room - 4]


def _open(name: str, rate: int, channels: int, form: str, kbps: int = 64) -> AudioCodecContext:
    context = av.CodecContext.create(name, "w")
    assert isinstance(context, AudioCodecContext)
    context.sample_rate, context.format, context.bit_rate = rate, form, kbps * 1000
    context.layout = _layout(channels)
    context.time_base = Fraction(1, rate)
    context.open()
    return context


def _encoded(
    context: AudioCodecContext, pcm: Samples, rate: int, channels: int, form: str, size: int
) -> Iterator[bytes]:
    convert = _CONVERT[form]
    for at in range(0, len(pcm), size):
        piece = np.tile(convert(pcm[at : at + size]), (channels, 1))
        frame = av.AudioFrame.from_ndarray(piece, format=form, layout=_layout(channels))
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        yield from map(bytes, context.encode(frame))
    yield from map(bytes, context.encode(None))


def _layout(channels: int) -> str:
    return "mono" if channels == 1 else "stereo"


def _as_float(pcm: Samples) -> npt.NDArray[np.float32]:
    return np.asarray(pcm / 32768, np.float32)


def _as_is(pcm: Samples) -> Samples:
    return pcm


_CONVERT: Final[dict[str, Callable[[Samples], npt.NDArray[np.generic]]]] = {"s16": _as_is, "fltp": _as_float}
