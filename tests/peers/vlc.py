"""VLC as an RTSP server: it sends a file over UDP, and grants nothing else."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers.processes import START_S, PeerDied, running
from tests.ports import free_port

NOBODY = "nobody"


@contextmanager
def vlc_server(movie: Path) -> Iterator[str]:
    """Serve this file in real time until the end of the block; the URL. Raises PeerDied."""
    with tempfile.TemporaryDirectory(prefix="vlc") as folder:
        home = Path(folder)
        home.chmod(0o755)
        shutil.copyfile(movie, home / movie.name)
        (home / movie.name).chmod(0o644)
        log = home / "log"
        port = free_port()
        address = f"rtsp://127.0.0.1:{port}/live"
        command = ["vlc", "--intf", "dummy", "--ignore-config", "--rtsp-host", "127.0.0.1", "--rtsp-port", str(port)]
        command += ["--loop", str(home / movie.name), "--sout", f"#rtp{{sdp={address}}}", "--sout-keep"]
        with running(command, log, environment={"HOME": folder}, user=_user()) as process:
            _wait_until_described(process, port, address, log)
            try:
                yield address
            finally:
                process.terminate()


def _user() -> tuple[int, int] | None:
    """VLC refuses to run as root; where tests do, it runs as nobody."""
    if os.getuid():
        return None
    entry = pwd.getpwnam(NOBODY)
    return entry.pw_uid, entry.pw_gid


def _wait_until_described(process: "subprocess.Popen[bytes]", port: int, address: str, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as asked:
                asked.settimeout(5)
                asked.sendall(f"DESCRIBE {address} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n".encode())
                if asked.recv(100).startswith(b"RTSP/1.0 200"):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise PeerDied(log.read_text(errors="replace")[-2000:])
