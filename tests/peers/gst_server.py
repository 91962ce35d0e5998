"""GStreamer's RTSP server with a camera for each combination of codecs and transport.

Run by the system's Python, which has the bindings: ``/usr/bin/python3 gst_server.py``. Prints one JSON line when it
serves and ends at the end of its standard input. Paths: ``/<tcp|udp>/<picture>`` or ``/<tcp|udp>/<picture>-<sound>``.
"""

import json
import sys
from typing import Any

import gi  # type: ignore[import-not-found,unused-ignore]

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # type: ignore[import-not-found,unused-ignore]  # noqa: E402

RAW = "videotestsrc is-live=true pattern=smpte ! video/x-raw,format=I420,width=320,height=240,framerate=25/1"
H264_PAY = "h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 aggregate-mode=zero-latency"
H265_PAY = "h265parse ! rtph265pay name=pay0 pt=96 config-interval=-1 aggregate-mode=zero-latency"
X264 = "x264enc speed-preset=ultrafast key-int-max=25 bitrate=300 threads=1"
X265 = "x265enc speed-preset=ultrafast key-int-max=25 bitrate=300 log-level=none"
CALM = "pools=1:frame-threads=1"
LEADING = "bframes=3:b-adapt=0:rc-lookahead=4:keyint=26:min-keyint=26:open-gop=1"
PICTURES = {
    "h264": f"{RAW} ! {X264} tune=zerolatency ! video/x-h264,profile=main ! {H264_PAY}",
    "h264b": f"{RAW} ! {X264} bframes=2 b-adapt=false rc-lookahead=4 ! video/x-h264,profile=main ! {H264_PAY}",
    "h265": f'{RAW} ! {X265} tune=zerolatency option-string="{CALM}" ! {H265_PAY}',
    "h265b": f'{RAW} ! {X265} option-string="{CALM}:{LEADING}" ! {H265_PAY}',
}
TONE = "audiotestsrc is-live=true wave=ticks samplesperbuffer={} ! audio/x-raw,format=S16LE,channels=1,rate={}"
G711 = TONE.format(320, 8000)
SOUNDS = {
    "": "",
    "-aac": f"{TONE.format(1024, 16000)} ! voaacenc bitrate=32000 ! aacparse ! rtpmp4gpay name=pay1 pt=97",
    "-alaw": f"{G711} ! alawenc ! rtppcmapay name=pay1 pt=8",
    "-ulaw": f"{G711} ! mulawenc ! rtppcmupay name=pay1 pt=0",
}
WAYS = {"tcp": GstRtsp.RTSPLowerTrans.TCP, "udp": GstRtsp.RTSPLowerTrans.UDP}


def main() -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer.new()
    server.set_address("127.0.0.1")
    server.set_service("0")
    paths = []
    for way, protocols in WAYS.items():
        for picture, pictures in PICTURES.items():
            for sound, sounds in SOUNDS.items():
                factory = GstRtspServer.RTSPMediaFactory.new()
                factory.set_launch(f"( {pictures} {sounds} )")
                factory.set_protocols(protocols)
                paths.append(f"/{way}/{picture}{sound}")
                server.get_mount_points().add_factory(paths[-1], factory)
    server.attach(None)
    loop = GLib.MainLoop()
    GLib.io_add_watch(sys.stdin.fileno(), GLib.IO_HUP | GLib.IO_IN, _ended, loop)
    sys.stdout.write(json.dumps({"ready": True, "port": server.get_bound_port(), "paths": paths}) + "\n")
    sys.stdout.flush()
    loop.run()


def _ended(_handle: int, _condition: Any, loop: Any) -> bool:
    loop.quit()
    return False


if __name__ == "__main__":
    main()
