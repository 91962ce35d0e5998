"""Exchanges with makers' cameras, after what public projects tell of them: what must come out of each.

The files are in `tests/vectors/rtsp`, a folder for each, with where their facts come from. In them `*` stands for the
number of the request and for the length of the body.
"""

import contextlib
import re
import struct
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import pytest
from tests.unit.media import making

from mingjian.media.formats import sdp
from mingjian.media.formats.authentication import Credentials
from mingjian.media.formats.errors import PeerError, Wrong
from mingjian.media.formats.frames import Frame, SoundParameters
from mingjian.media.formats.rtsp import Lane, Ports, RtspClient, Stage
from mingjian.media.formats.url import parse
from mingjian.simulate import clips, nal, readback
from mingjian.simulate.encode import AccessUnit, Settings
from mingjian.simulate.loadclip import pictures
from mingjian.simulate.packets import packetise

FOLDER = Path(__file__).parents[1] / "vectors" / "rtsp"
WHO = Credentials("admin", "Geheim9")
PORTS = Ports(18714, 18716)


@dataclass(frozen=True, slots=True)
class Expected:
    """What a session with a camera comes to.

    `size`: of the picture by the parameter sets of the description, none when it has none; `track` and `play`: the
    addresses of SETUP and PLAY; `channel`: where pictures travel, or `server_port` over UDP.
    """

    url: str
    track: str
    play: str
    codec: str = "h264"
    size: tuple[int, int] | None = None
    sound: SoundParameters | None = None
    sound_track: str = ""
    left_out: str = ""
    timeout_s: float = 60.0
    channel: int = 0
    server_port: int = 0


ALAW = SoundParameters("alaw", 8000, 1)
ULAW = SoundParameters("ulaw", 8000, 1)


def aac(rate: int, channels: int, configuration: str) -> SoundParameters:
    return SoundParameters("aac", rate, channels, bytes.fromhex(configuration))


HOST = "rtsp://192.0.2.10"
HIK = f"{HOST}:554/Streaming/Channels/101/"
QUERY = "?transportmode=unicast&profile=Profile_1"
DAHUA = f"{HOST}:554/cam/realmonitor?channel=1&subtype="
GW = f"{HOST}:5050/H264?channel=1&subtype=0&unicast=true&proto=Onvif"

SESSIONS: dict[str, Expected] = {
    "aiphone-h264": Expected(
        f"{HOST}/udp/unicast/aiphone_H264",
        f"{HOST}:554/udp/unicast/aiphone_H264/trackID=video",
        f"{HOST}:554/udp/unicast/aiphone_H264/",
        size=(1280, 720),
        sound=ULAW,
        sound_track=f"{HOST}:554/udp/unicast/aiphone_H264/trackID=audio",
    ),
    "anjvision-h265": Expected(
        f"{HOST}/stream0", f"{HOST}:554/stream0/trackID=1", f"{HOST}:554/stream0", codec="h265", size=(1280, 704)
    ),
    "anpviz-aac-at-0": Expected(
        f"{HOST}/stream1",
        f"{HOST}:554/stream1/trackID=1",
        f"{HOST}:554/stream1/",
        size=(704, 576),
        sound=aac(16_000, 1, "1408"),
        sound_track=f"{HOST}:554/stream1/trackID=2",
    ),
    "axis-media-amp": Expected(
        f"{HOST}/axis-media/media.amp",
        f"{HOST}/axis-media/media.amp/trackID=1",
        f"{HOST}/axis-media/media.amp/",
        size=(1280, 800),
    ),
    "bosch-flexidome-8000i": Expected(
        f"{HOST}/?inst=2&h26x=4",
        f"{HOST}:554/?inst=2&h26x=4&stream=video",
        f"{HOST}:554/?inst=2&h26x=4",
        size=(1920, 1080),
    ),
    "dahua-h265-pcma": Expected(
        f"{HOST}/cam/realmonitor?channel=1&subtype=2",
        f"{HOST}/cam/realmonitor?channel=1&subtype=2/trackID=0",
        f"{HOST}/cam/realmonitor?channel=1&subtype=2/",
        codec="h265",
        size=(704, 480),
        sound=ALAW,
        sound_track=f"{HOST}/cam/realmonitor?channel=1&subtype=2/trackID=1",
    ),
    "dahua-onvif-aac": Expected(
        f"{DAHUA}1&unicast=true&proto=Onvif",
        f"{DAHUA}1&unicast=true&proto=Onvif/trackID=0",
        f"{DAHUA}1&unicast=true&proto=Onvif/",
        size=(704, 480),
        sound=aac(48_000, 1, "1188"),
        sound_track=f"{DAHUA}1&unicast=true&proto=Onvif/trackID=1",
    ),
    "foscam-fi8620": Expected(f"{HOST}/11", f"{HOST}:554/11/trackID=0", f"{HOST}:554/11/", size=(704, 576)),
    "foscam-videomain": Expected(
        f"{HOST}:65534/videoMain",
        f"{HOST}:65534/videoMain/track1",
        f"{HOST}:65534/videoMain/",
        size=(1280, 720),
        sound=ULAW,
        sound_track=f"{HOST}:65534/videoMain/track2",
        timeout_s=65.0,
    ),
    "gw-security-main": Expected(GW, f"{GW}/video", GW, size=(1920, 1080), sound=ULAW, sound_track=f"{GW}/audio"),
    "hikvision-media-server-5": Expected(
        f"{HOST}/h264/ch1/main/av_stream",
        f"{HOST}:554/h264/ch1/main/av_stream/trackID=video",
        f"{HOST}:554/h264/ch1/main/av_stream",
        left_out="MPEG4-GENERIC",
    ),
    "hikvision-onvif-profile": Expected(f"{HIK}{QUERY}", f"{HIK}trackID=1{QUERY}", f"{HIK}{QUERY}", size=(1920, 1080)),
    "ipcam-c9f0": Expected(f"{HOST}/live", f"{HOST}:554/live/trackID=1", f"{HOST}:554/live", size=(1280, 960)),
    "libavformat-58": Expected(
        f"{HOST}/live",
        f"{HOST}:554/live/streamid=0",
        f"{HOST}:554/live",
        size=(320, 180),
        sound=aac(48_000, 2, "119056E500"),
        sound_track=f"{HOST}:554/live/streamid=1",
    ),
    "macrovideo-camera": Expected(f"{HOST}/live", f"{HOST}:554/live/track1", f"{HOST}:554/live", size=(1280, 720)),
    "panasonic-mediainput": Expected(
        f"{HOST}/MediaInput/h264",
        f"{HOST}/MediaInput/h264/trackID=1",
        f"{HOST}/MediaInput/h264/",
        size=(1920, 1080),
        timeout_s=120.0,
        channel=20,
    ),
    "reolink-h264preview": Expected(
        f"{HOST}/h264Preview_01_main",
        f"{HOST}/h264Preview_01_main/trackID=1",
        f"{HOST}/h264Preview_01_main/",
        size=(2560, 1440),
        sound=aac(16_000, 1, "1408"),
        sound_track=f"{HOST}/h264Preview_01_main/trackID=2",
    ),
    "rockchip-rkipc": Expected(f"{HOST}/live/0", f"{HOST}:554/live/0/track0", f"{HOST}:554/live/0/"),
    "tp-link-ipc": Expected(
        f"{HOST}/stream1",
        f"{HOST}:554/stream1/track1",
        f"{HOST}:554/stream1/",
        codec="h265",
        size=(1920, 1080),
        sound=ALAW,
        sound_track=f"{HOST}:554/stream1/track2",
    ),
    "ubiquiti-evostream": Expected(
        f"{HOST}:7447/stream",
        f"{HOST}:7447/stream/trackID=2",
        f"{HOST}:7447/stream",
        size=(1920, 1080),
        sound=aac(48_000, 1, "1188"),
        sound_track=f"{HOST}:7447/stream/trackID=0",
    ),
    "uniview-ipc2122": Expected(
        f"{HOST}/media/video1", f"{HOST}/media/video1/video", f"{HOST}:554/media/video1", size=(2560, 1440)
    ),
    "unknown-nvr-bare": Expected(f"{HOST}/", f"{HOST}:554/trackID=0", f"{HOST}:554/"),
    "vstarcam-camera": Expected(
        f"{HOST}:10554/tcp/av0_0",
        f"{HOST}:10554/tcp/av0_0/track0",
        f"{HOST}:10554/tcp/av0_0",
        size=(1920, 1080),
        sound=ALAW,
        sound_track=f"{HOST}:10554/tcp/av0_0/track1",
    ),
    "xiongmai-h264dvr": Expected(
        f"{HOST}/camera",
        f"{HOST}:554/camera/trackID=3",
        f"{HOST}:554/camera",
        size=(1920, 1080),
        sound=ALAW,
        sound_track=f"{HOST}:554/camera/trackID=4",
        server_port=40_004,
    ),
}
REFUSED: dict[str, tuple[Wrong, str]] = {
    "xiongmai-mjpeg-g726": (Wrong.CODEC, "JPEG"),
}
CHALLENGES: dict[str, tuple[str, ...]] = {
    "amcrest-camera": ('realm="Login to AMC0000000000000000"',),
    "hikvision-oem-sha256": ('realm="IP Camera(GH455)"', "SHA-256"),
    "longse-dvr": ('realm="Surveillance Server"', 'nonce="98480000"'),
}


@cache
def sections(name: str) -> dict[str, str]:
    """The parts of an exchange by their title."""
    _, *parts = (FOLDER / name / "exchange.txt").read_text().split("\n== ")
    return {title: text for title, _, text in (part.partition("\n") for part in parts)}


def answer(text: str, sequence: str) -> bytes:
    """An answer as it was on the wire."""
    head, _, body = text.partition("\n\n")
    octets = body.replace("\n", "\r\n").encode()
    lines = []
    for line in head.rstrip("\n").split("\n"):
        name, _, _ = line.partition(":")
        told = {"cseq": sequence, "content-length": str(len(octets))}.get(name.lower())
        lines.append(line if told is None else line.replace("*", told))
    return "\r\n".join([*lines, "", ""]).encode() + octets


@dataclass
class Camera:
    """Answers as the file says: the first SETUP is that of the picture."""

    name: str
    asked: list[making.Request] = field(default_factory=list)

    def __call__(self, request: making.Request) -> bytes:
        known = sections(self.name)
        title = request.method
        if title == "DESCRIBE" and "authorization" not in request.headers:
            title = next(one for one in ("DESCRIBE UNAUTHORIZED", "DESCRIBE") if one in known)
        elif title == "SETUP" and any(one.method == "SETUP" for one in self.asked):
            title = "SETUP SOUND"
        self.asked.append(request)
        return answer(known[title], request.headers["cseq"])

    def uris(self, method: str) -> list[str]:
        return [request.uri for request in self.asked if request.method == method]


def session(name: str, url: str, ports: Ports | None) -> tuple[RtspClient, Camera]:
    """All of a session up to PLAY."""
    client, camera = RtspClient(parse(url)[0], WHO, "0a4f113b", ports), Camera(name)
    client.start()
    while client.wants_to_send:
        for request in making.requests(client.data_to_send()):
            client.receive(camera(request))
    return client, camera


@cache
def clip(codec: nal.Codec) -> clips.Clip:
    settings = Settings(codec, 256, 144, Fraction(25), 300, 25, preset="ultrafast", threads=1)
    return clips.make(settings, pictures(256, 144, 10))


def key_frame(codec: nal.Codec) -> AccessUnit:
    return clip(codec).units[0]


@cache
def stream(codec: nal.Codec, channel: int) -> tuple[bytes, ...]:
    """Ten frames in packets framed for the connection, their parameter sets in band."""
    found: list[bytes] = []
    sequence = 65_530
    for number, unit in enumerate(clip(codec).units):
        template = packetise(codec, unit)
        octets = bytes(template.stamped(channel, sequence, 3600 * number, 7, nal.digits(number, 1)))
        ends = [*template.packets[1:], len(octets)]
        found += [octets[start:end] for start, end in zip(template.packets, ends, strict=True)]
        sequence += len(template.packets)
    return tuple(found)


def play(client: RtspClient, expected: Expected, codec: nal.Codec) -> Iterator[Frame]:
    """What comes out when the camera sends."""
    packets = stream(codec, expected.channel)
    if expected.server_port:
        for packet in packets:
            yield from client.datagrams(Lane.PICTURE, [packet[4:]])
    else:
        yield from client.receive(b"".join(packets))


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_with_this_camera(name: str) -> None:
    expected = SESSIONS[name]
    client, camera = session(name, expected.url, PORTS if expected.server_port else None)
    assert client.stage is Stage.PLAYING
    assert camera.uris("SETUP") == [expected.track, expected.sound_track][: 1 + bool(expected.sound)]
    assert camera.uris("PLAY") == [expected.play]
    assert client.session_timeout_s == expected.timeout_s
    track, heard = client.track, client.sound
    assert track is not None
    told = track.parameters
    assert (None if told is None else (told.width, told.height)) == expected.size
    assert told is None or told.codec == expected.codec
    assert (heard.parameters if heard is not None else None) == expected.sound
    assert client.sound_left_out == expected.left_out
    assert client.peer_ports.get(Lane.PICTURE, 0) == expected.server_port
    codec: nal.Codec = "h265" if expected.codec == "h265" else "h264"
    frames = list(play(client, expected, codec))
    assert readback.numbers(b"".join(frame.data for frame in frames)) == list(range(len(frames)))
    assert len(frames) >= 8


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_kept_is_named(name: str) -> None:
    wrong, detail = REFUSED[name]
    with pytest.raises(PeerError) as caught:
        session(name, f"{HOST}/", None)
    assert caught.value.wrong is wrong
    assert detail in caught.value.detail


@pytest.mark.parametrize("name", CHALLENGES)
def test_the_challenge_of_this_camera_is_answered(name: str) -> None:
    client = RtspClient(parse(f"{HOST}/live")[0], WHO, "0a4f113b")
    client.start()
    camera = Camera(name)
    (first,) = making.requests(client.data_to_send())
    client.receive(camera(first))
    (second,) = making.requests(client.data_to_send())
    assert second.method == "DESCRIBE"
    given = second.headers["authorization"]
    assert given.startswith("Digest ")
    for part in CHALLENGES[name]:
        assert part in given
    with pytest.raises(PeerError) as caught:  # the same answer again is a refusal
        client.receive(camera(second))
    assert caught.value.wrong is Wrong.CREDENTIALS


def test_digest_comes_before_basic_whatever_the_order() -> None:
    _, camera = session("tp-link-ipc", SESSIONS["tp-link-ipc"].url, None)
    assert [one.headers.get("authorization", "")[:6] for one in camera.asked[:2]] == ["", "Digest"]


@pytest.mark.parametrize("name", sorted(path.parent.name for path in FOLDER.glob("*/exchange.txt")))
def test_each_exchange_is_used_and_says_where_it_comes_from(name: str) -> None:
    assert name in SESSIONS | REFUSED | CHALLENGES
    text = (FOLDER / name / "exchange.txt").read_text()
    assert text.startswith("# from: github.com/")
    body = sections(name).get("DESCRIBE", "").partition("\n\n")[2]
    if name in SESSIONS and body.startswith("v="):
        described = sdp.parse(body.encode())
        assert [media.kind for media in described.media if media.kind == "video"] == ["video"]


@pytest.mark.parametrize("name", [name for name in SESSIONS if SESSIONS[name].size])
def test_libav_reads_the_same_size_from_the_parameter_sets(name: str) -> None:
    """The table above is not what our own parser says: libav read it."""
    codec: nal.Codec = "h265" if SESSIONS[name].codec == "h265" else "h264"
    (told,) = [line for line in sections(name)["DESCRIBE"].splitlines() if "sprop" in line]
    names = ("vps", "sps", "pps") if codec == "h265" else ("parameter-sets",)
    sets = [one for kind in names for one in re.findall(f"sprop-{kind}=([^; ]+)", told)[0].split(",")]
    pieces = [b64decode(one) for one in sets]
    pieces += nal.pictures(codec, key_frame(codec).nals)  # of another picture: libav looks at the size when one begins
    reader = av.CodecContext.create({"h264": "h264", "h265": "hevc"}[codec], "r")
    assert isinstance(reader, av.VideoCodecContext)
    with contextlib.suppress(av.FFmpegError):
        for packet in [*reader.parse(making.annex_b(pieces)), *reader.parse(None)]:
            reader.decode(packet)
    assert (reader.width, reader.height) == SESSIONS[name].size


def test_numbers_of_packets_are_framed() -> None:
    assert all(struct.unpack_from(">H", packet, 2)[0] == len(packet) - 4 for packet in stream("h265", 3))
