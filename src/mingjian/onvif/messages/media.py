"""Profiles and addresses of streams: Media (Profile S) and Media2 (Profile T, with H.265)."""

from collections.abc import Sequence
from typing import Final

from mingjian.onvif.messages.soap import Request, operation
from mingjian.onvif.messages.xml import Node, tag
from mingjian.onvif.model import Encoding, Profile

MAX_PROFILES: Final = 256
_SHORT: Final = 128
_MAX_SIDE: Final = 32_768
_MAX_FPS: Final = 1000
_ENCODINGS: Final = {
    "H264": Encoding.H264,
    "AVC": Encoding.H264,
    "H265": Encoding.H265,
    "HEVC": Encoding.H265,
    "JPEG": Encoding.JPEG,
}


def get_profiles() -> Request:
    return operation(tag("trt:GetProfiles"))


_USED: Final = ("VideoSource", "VideoEncoder", "AudioEncoder", "PTZ")


def get_profiles2(types: Sequence[str] = _USED) -> Request:
    """Media2 leaves configurations out unless they are asked for; what is not used is not, and costs no camera work."""
    return operation(tag("tr2:GetProfiles", *(tag("tr2:Type", one) for one in types)))


def profiles(answer: Node) -> list[Profile]:
    """The profiles of either version that have a token, in the camera's order."""
    read = (_profile(node) for node in answer.all("Profiles")[:MAX_PROFILES])
    return [one for one in read if one.token]


def _profile(node: Node) -> Profile:
    configurations = node.get("Configurations")  # Media2
    found = [
        configurations.get(name) if configurations else node.get(f"{name}Configuration")  # Media
        for name in _USED
    ]
    source, video, audio, ptz = found
    fps, kbps = _rates(video)
    return Profile(
        token=_token(node),
        name=node.value("Name")[:_SHORT],
        source=source.value("SourceToken")[:_SHORT] if source else "",
        configuration=_token(source) if source else "",
        encoder=_token(video) if video else "",
        encoding=_encoding(video.value("Encoding")) if video else None,
        width=video.count("Resolution", "Width", limit=_MAX_SIDE) if video else 0,
        height=video.count("Resolution", "Height", limit=_MAX_SIDE) if video else 0,
        fps=fps,
        kbps=kbps,
        audio=audio.value("Encoding")[:16] if audio else "",
        has_ptz=ptz is not None,
    )


def _token(node: Node) -> str:
    return (node.attributes.get("token") or node.attributes.get("Token") or "")[:_SHORT]


def _encoding(said: str) -> Encoding:
    return _ENCODINGS.get(said.upper().replace(".", "").rpartition("/")[2], Encoding.OTHER)


def _rates(video: Node | None) -> tuple[float, int]:
    """Frames a second and kbit/s. Both versions have these in the same places."""
    control = video.get("RateControl") if video else None
    if control is None:
        return 0.0, 0
    fps = control.number("FrameRateLimit")
    return (fps if 0 < fps <= _MAX_FPS else 0.0), control.count("BitrateLimit", limit=10_000_000)


def get_stream(token: str, transport: str) -> Request:
    """`transport` is RTSP (in the same TCP connection) or UDP; both in unicast (Media section 5.15.1)."""
    setup = tag(
        "trt:StreamSetup",
        tag("tt:Stream", "RTP-Unicast"),
        tag("tt:Transport", tag("tt:Protocol", transport)),
    )
    return operation(tag("trt:GetStreamUri", setup, tag("trt:ProfileToken", token)))


def get_stream2(token: str, transport: str) -> Request:
    """`transport` as in `get_stream`; Media2 names them RTSP and RtspUnicast (section 5.3.1)."""
    protocol = "RTSP" if transport == "RTSP" else "RtspUnicast"
    return operation(tag("tr2:GetStreamUri", tag("tr2:Protocol", protocol), tag("tr2:ProfileToken", token)))


def get_snapshot(token: str) -> Request:
    return operation(tag("trt:GetSnapshotUri", tag("trt:ProfileToken", token)))


def get_snapshot2(token: str) -> Request:
    return operation(tag("tr2:GetSnapshotUri", tag("tr2:ProfileToken", token)))


def uri(answer: Node) -> str:
    """The address in an answer of either version; empty where there is none."""
    return answer.value("MediaUri", "Uri") or answer.value("Uri")
