"""That other people's servers serve what they are to serve: before they judge us, libav judges them."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import av
import pytest
from tests.peers.gst import PICTURES, SOUNDS, TRANSPORTS, GstServer, gst_server
from tests.peers.movies import numbered
from tests.peers.vlc import vlc_server

LIMIT_S = 60.0
VIDEO = {"h264": "h264", "h264b": "h264", "h265": "hevc", "h265b": "hevc"}
AUDIO = {"": [], "aac": ["aac"], "alaw": ["pcm_alaw"], "ulaw": ["pcm_mulaw"]}


@pytest.fixture(scope="module")
def gst() -> Iterator[GstServer]:
    with gst_server() as server:
        yield server


def streams(url: str, transport: str) -> list[tuple[str, str]]:
    with av.open(url, options={"rtsp_transport": transport}, timeout=LIMIT_S) as container:
        return [(stream.type, stream.codec_context.name) for stream in container.streams]


FEW = {("tcp", "h264", "aac"), ("udp", "h264", ""), ("udp", "h265", "alaw"), ("tcp", "h265b", "ulaw")}
"""In every run; the others in the long counts."""
CASES = [
    pytest.param(*case, marks=[] if case in FEW else [pytest.mark.breadth])
    for case in itertools.product(TRANSPORTS, PICTURES, SOUNDS)
]


@pytest.mark.parametrize(("transport", "picture", "sound"), CASES)
def test_gstreamer_serves_what_its_path_says(gst: GstServer, transport: str, picture: str, sound: str) -> None:
    """Decodable pictures in both orders of time, and sound."""
    frames, heard = 0, 0
    with av.open(gst.url(transport, picture, sound), options={"rtsp_transport": transport}, timeout=LIMIT_S) as file:
        kinds = [(stream.type, stream.codec_context.name) for stream in file.streams]
        assert kinds == [("video", VIDEO[picture]), *(("audio", name) for name in AUDIO[sound])]
        out_of_order = False
        shown = -1
        for packet in file.demux():
            if packet.stream.type == "video" and packet.pts is not None:
                out_of_order |= packet.pts < shown
                shown = max(shown, packet.pts)
                frames += len(packet.decode())
            elif packet.stream.type == "audio":
                heard += len(packet.decode())
            if frames > 30:
                break
    assert out_of_order == picture.endswith("b")
    assert (heard > 10) == bool(sound)


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_gstreamer_grants_what_its_path_says_and_nothing_else(gst: GstServer, transport: str) -> None:
    other = {"tcp": "udp", "udp": "tcp"}[transport]
    with pytest.raises(av.FFmpegError):
        streams(gst.url(transport, "h264"), other)


def test_vlc_serves_a_file_over_udp(tmp_path: Path) -> None:
    with vlc_server(numbered(tmp_path, 12)) as url:
        assert streams(url, "udp") == [("video", "h264")]
        with pytest.raises(av.FFmpegError):
            streams(url, "tcp")
