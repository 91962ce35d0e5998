"""Many equal cameras for load: ``python -m mingjian.simulate.load --cameras 60 --cache DIR``.

Prints ``{"ready": true, "port": N, ...}`` when it serves, and a last line with what was sent when it ends: at the
end of its standard input (when that is a pipe, a socket or a terminal), at SIGTERM, or after ``--seconds``.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import signal
import stat
import sys
import time
from pathlib import Path
from typing import Any

import uvloop

from mingjian.simulate.cameras import CameraSpec
from mingjian.simulate.loadclip import load_clip
from mingjian.simulate.rtsp import RtspServer
from mingjian.simulate.sources import ClipSource


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    width, _, height = options.size.partition("x")
    clip = load_clip(options.cache, options.codec, int(width), int(height), options.fps, options.kbps)
    source = ClipSource(clip, aggregate=options.aggregate)
    specs = [CameraSpec(f"cam/{number}", number, source) for number in range(1, options.cameras + 1)]
    gc.freeze()
    uvloop.run(_serve(specs, options, clip.kbps))


def say(**facts: object) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def until_told(seconds: float | None = None) -> None:
    """Return at the end of standard input, at SIGTERM or SIGINT, or after `seconds`."""
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    watched = _can_be_watched(sys.stdin.fileno())
    if watched:
        loop.add_reader(sys.stdin.fileno(), _listen, told)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(told.wait(), seconds)
    if watched:
        loop.remove_reader(sys.stdin.fileno())


def _can_be_watched(handle: int) -> bool:
    mode = os.fstat(handle).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(handle)


def _listen(told: asyncio.Event) -> None:
    if not os.read(sys.stdin.fileno(), 4096):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        told.set()


async def _serve(specs: list[CameraSpec], options: argparse.Namespace, kbps: float) -> None:
    server = RtspServer(specs, host=options.host, port=options.port)
    port = await server.start()
    say(ready=True, port=port, cameras=len(specs), codec=options.codec, kbps=round(kbps))
    cpu = time.process_time()
    await until_told(options.seconds)
    say(**summary(server), cpu_s=round(time.process_time() - cpu, 3))
    await server.stop()


def summary(server: RtspServer) -> dict[str, Any]:
    """What each camera sent and dropped, by path, and how late the pacer was at worst."""
    cameras = server.cameras.items()
    return {
        "done": True,
        "frames_sent": {path: camera.frames_sent for path, camera in cameras},
        "frames_dropped": {path: camera.frames_dropped for path, camera in cameras},
        "late_max_s": round(server.pacer.late_max_s, 4),
    }


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m mingjian.simulate.load", description="Simulated cameras for load")
    parser.add_argument("--cameras", type=int, default=60)
    parser.add_argument("--codec", choices=("h264", "h265"), default="h264")
    parser.add_argument("--size", default="1920x1080", metavar="WIDTHxHEIGHT")
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--kbps", type=int, default=4000)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--cache", type=Path, required=True, help="directory for the encoded clip")
    parser.add_argument("--seconds", type=float, help="end by itself after so long")
    parser.add_argument("--aggregate", action="store_true", help="send parameter sets in one packet (STAP-A, AP)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
