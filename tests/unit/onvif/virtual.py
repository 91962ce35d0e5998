"""IPyCam (MIT, github.com/olkham/IPyCam), an ONVIF camera made by others, as a process: device, media, PTZ, discovery.

It is a test's peer because nobody here wrote it. Of its package only the ONVIF half runs: no pictures, hence no OpenCV.
Started as a script it serves on 127.0.0.1 and prints its port. It takes the port of WS-Discovery for itself, so one
file of tests alone may run it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

USER, PASSWORD = "operator", "p&<w>"


@contextmanager
def running(folder: Path, *, signed: bool) -> Iterator[int]:
    """The port of a virtual camera that keeps its files in `folder`; `signed`: it wants WS-UsernameToken."""
    environ = {**os.environ, "IPYCAM_PASSWORD": PASSWORD if signed else ""}
    process = subprocess.Popen(
        [sys.executable, __file__], cwd=folder, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        try:
            assert process.stdout is not None
            yield int(json.loads(process.stdout.readline())["port"])
        finally:
            process.kill()


def _serve() -> None:
    import types
    from http.server import ThreadingHTTPServer

    sys.modules["cv2"] = types.ModuleType("cv2")
    from ipycam import CameraConfig, IPCameraHTTPHandler, ONVIFService, PTZController, WSDiscoveryServer

    password = os.environ["IPYCAM_PASSWORD"]
    config = CameraConfig(
        name="Gate", local_ip="127.0.0.1", username=USER if password else "", password=password, main_fps=25
    )
    turning = PTZController()
    onvif = ONVIFService(config, turning)
    server = ThreadingHTTPServer(("127.0.0.1", 0), IPCameraHTTPHandler)
    IPCameraHTTPHandler.camera = types.SimpleNamespace(config=config, onvif=onvif, ptz=turning)
    config.onvif_port = server.server_address[1]
    WSDiscoveryServer(onvif).start()
    sys.stdout.write(json.dumps({"port": config.onvif_port}) + "\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    _serve()
