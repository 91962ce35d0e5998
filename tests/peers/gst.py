"""GStreamer's RTSP server as a peer."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.peers.processes import line, running

PYTHON = "/usr/bin/python3"
"""Debian's, for it has the bindings."""
PICTURES = ("h264", "h264b", "h265", "h265b")
SOUNDS = ("", "aac", "alaw", "ulaw")
TRANSPORTS = ("tcp", "udp")
FPS = 25


@dataclass(frozen=True, slots=True)
class GstServer:
    port: int
    paths: tuple[str, ...]

    def url(self, transport: str, picture: str, sound: str = "") -> str:
        """A camera that grants this transport only."""
        path = f"/{transport}/{picture}" + f"-{sound}" * bool(sound)
        assert path in self.paths
        return f"rtsp://127.0.0.1:{self.port}{path}"


@contextmanager
def gst_server() -> Iterator[GstServer]:
    """The server, on a free port, until the end of the block."""
    with tempfile.TemporaryDirectory(prefix="gst") as folder:
        log = Path(folder) / "log"
        # The registry of plug-ins is the user's own, so that nothing is written outside of the folder.
        environment = {"GST_REGISTRY": str(Path(folder) / "registry"), "GST_DEBUG": "1", "GST_DEBUG_NO_COLOR": "1"}
        script = str(Path(__file__).with_name("gst_server.py"))
        with running([PYTHON, script], log, environment=environment) as process:
            told = json.loads(line(process, log))
            yield GstServer(told["port"], tuple(told["paths"]))
