"""Session descriptions (RFC 4566) of simulated cameras, right and wrong ones."""

import base64
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from mingjian.simulate import nal
from mingjian.simulate.packets import PAYLOAD_TYPE
from mingjian.simulate.sound import SoundSource

TRACK: Final = "trackID=1"
SOUND_TRACK: Final = "trackID=2"
_FILLER: Final = "a=x-filler:" + "f" * 900

AUDIO_ONLY: Final = ("m=audio 0 RTP/AVP 8", "a=rtpmap:8 PCMA/8000")
MJPEG: Final = ("m=video 0 RTP/AVP 26", "a=rtpmap:26 JPEG/90000")
VP8: Final = ("m=video 0 RTP/AVP 97", "a=rtpmap:97 VP8/90000")


def video(codec: nal.Codec, parameter_sets: Sequence[bytes], fps: Fraction) -> tuple[str, ...]:
    """The media lines of a video track (RFC 6184 8.2.1, RFC 7798 7.2.1); no sprop lines without `parameter_sets`."""
    name = codec.upper()
    return (
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} {name}/90000",
        f"a=fmtp:{PAYLOAD_TYPE} {_format(codec, parameter_sets)}".rstrip(),
        f"a=framerate:{float(fps):g}",
    )


def sound(source: SoundSource) -> tuple[str, ...]:
    """The media lines of a sound track (RFC 3551 6, RFC 3640 4.1)."""
    kind = source.payload_type
    channels = f"/{source.channels}" if source.channels > 1 else ""
    lines = [f"m=audio 0 RTP/AVP {kind}"]
    lines += [f"a=rtpmap:{kind} {source.encoding}/{source.clock}{channels}"] * source.rtpmap
    lines += [f"a=fmtp:{kind} {source.format}"] * bool(source.format)
    return tuple(lines)


def describe(tracks: Mapping[str, Sequence[str]], title: str, *, at_least: int = 0) -> str:
    """The whole description: by the name of its control, the lines of each track; filled up to `at_least` octets."""
    lines = [
        "v=0",
        "o=- 1 1 IN IP4 127.0.0.1",
        f"s={title}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        "a=range:npt=0-",
    ]
    for control, media in tracks.items():
        lines += [*media, f"a=control:{control}"]
    short = at_least - sum(len(line.encode()) + 2 for line in lines)
    lines += [_FILLER] * max(0, -(-short // (len(_FILLER) + 2)))
    return "\r\n".join([*lines, ""])


def _format(codec: nal.Codec, parameter_sets: Sequence[bytes]) -> str:
    texts = [base64.b64encode(unit).decode() for unit in parameter_sets]
    if codec == "h265":
        names = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}
        pairs = zip(parameter_sets, texts, strict=True)
        return "; ".join(f"{names[nal.kind(codec, unit)]}={text}" for unit, text in pairs)
    if not parameter_sets:
        return "packetization-mode=1"
    profile = parameter_sets[0][1:4].hex().upper()
    return f"packetization-mode=1; profile-level-id={profile}; sprop-parameter-sets={','.join(texts)}"
