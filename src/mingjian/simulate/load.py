"""Many equal cameras for load: ``python -m mingjian.simulate.load --cameras 60 --cache DIR``.

Prints ``{"ready": true, "port": N, ...}`` when it serves, and a last line with what was sent when it ends: at the
end of its standard input (when that is a pipe, a socket or a terminal), at SIGTERM, or after ``--seconds``.

Main streams are at ``/cam/N``; with ``--sub`` each has a sub-stream at ``/cam/N/sub``, stamped with number
N + 1,000,000. Lines on its standard input are commands, each answered by a line:

    outage 10   all cameras are gone for 10 seconds: connections break, new ones are reset
    attempts    ``{"attempts": {"0": 20, ...}, "busiest_second": 20}``: connections made in each second since the first
                one, or since the last outage began
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
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, Final

import uvloop

from mingjian.simulate.cameras import CameraSpec, Transports
from mingjian.simulate.clips import Clip
from mingjian.simulate.loadclip import load_clip
from mingjian.simulate.rtsp import RtspServer, busiest_second, by_second
from mingjian.simulate.sound import SoundSource, aac, g711
from mingjian.simulate.sources import ClipSource
from mingjian.simulate.weather import Weather

SUB_NUMBER: Final = 1_000_000
SUB: Final = (640, 360, 15, 500)
"""Width, height, frames a second and rate of sub-streams."""

Command = Callable[[str], None]


def main(arguments: list[str] | None = None) -> None:
    options = _options(arguments)
    clip = _clip(options)
    numbers = range(1, options.cameras + 1)
    common: dict[str, Any] = {"transports": Transports(options.transport)}
    if options.loss:
        common["weather"] = Weather(loss=options.loss / 100)
    source = ClipSource(clip, aggregate=options.aggregate)
    sound = _SOUND[options.sound]()
    specs = [CameraSpec(f"cam/{number}", number, source, sound=sound, **common) for number in numbers]
    if options.sub:
        sub = ClipSource(load_clip(options.cache, "h264", *SUB))
        specs += [CameraSpec(f"cam/{number}/sub", SUB_NUMBER + number, sub, **common) for number in numbers]
    gc.freeze()
    uvloop.run(_serve(specs, options, clip.kbps))


def say(**facts: object) -> None:
    """One line of JSON on standard output."""
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


async def until_told(seconds: float | None = None, command: Command | None = None) -> None:
    """Return at the end of standard input, at SIGTERM or SIGINT, or after `seconds`.

    `command` is given each line of standard input.
    """
    loop = asyncio.get_running_loop()
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    watched = _can_be_watched(sys.stdin.fileno())
    if watched:
        loop.add_reader(sys.stdin.fileno(), _listen, told, bytearray(), command)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(told.wait(), seconds)
    if watched:
        loop.remove_reader(sys.stdin.fileno())


def _can_be_watched(handle: int) -> bool:
    mode = os.fstat(handle).st_mode
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) or os.isatty(handle)


def _listen(told: asyncio.Event, rest: bytearray, command: Command | None) -> None:
    data = os.read(sys.stdin.fileno(), 4096)
    if not data:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        told.set()
        return
    rest += data
    *lines, last = bytes(rest[-4096:]).split(b"\n")
    rest[:] = last
    for line in lines:
        if command is not None:
            command(line.decode("utf-8", "replace").strip())


async def _serve(specs: list[CameraSpec], options: argparse.Namespace, kbps: float) -> None:
    server = RtspServer(specs, host=options.host, port=options.port)
    port = await server.start()
    say(ready=True, port=port, cameras=options.cameras, codec=options.codec, kbps=round(kbps))
    cpu = time.process_time()
    await until_told(options.seconds, partial(_obey, server))
    say(**summary(server), cpu_s=round(time.process_time() - cpu, 3))
    await server.stop()


def _obey(server: RtspServer, line: str) -> None:
    word, _, value = line.partition(" ")
    if word == "outage" and value.replace(".", "", 1).isdecimal():
        server.attempts.clear()
        server.outage(float(value))
        say(outage_s=float(value))
    elif word == "attempts":
        say(attempts=by_second(server.attempts), busiest_second=busiest_second(server.attempts))
    else:
        say(error=f"no command {line[:80]!r}")


def summary(server: RtspServer) -> dict[str, Any]:
    """What each camera sent and dropped, by path, and how late the pacer was at worst."""
    cameras = server.cameras.items()
    return {
        "done": True,
        "frames_sent": {path: camera.frames_sent for path, camera in cameras},
        "frames_dropped": {path: camera.frames_dropped for path, camera in cameras},
        "sounds_sent": sum(camera.sounds_sent for _, camera in cameras),
        "late_max_s": round(server.pacer.late_max_s, 4),
    }


def _clip(options: argparse.Namespace) -> Clip:
    width, _, height = options.size.partition("x")
    size = (int(width), int(height), options.fps, options.kbps)
    return load_clip(options.cache, options.codec, *size, b_frames=options.b_frames, open_gop=options.open_gop)


_SOUND: Final[dict[str, Callable[[], SoundSource | None]]] = {
    "none": lambda: None,
    "aac": aac,
    "alaw": lambda: g711("alaw"),
    "ulaw": lambda: g711("ulaw"),
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
    parser.add_argument("--transport", choices=[one.value for one in Transports], default="both", help="granted")
    parser.add_argument("--sound", choices=list(_SOUND), default="none")
    parser.add_argument("--sub", action="store_true", help="a sub-stream beside each")
    parser.add_argument("--b-frames", type=int, default=0, metavar="N", help="at most so many between two others")
    parser.add_argument("--open-gop", action="store_true", help="H.265: CRA pictures with RASL behind them")
    parser.add_argument("--loss", type=float, default=0, metavar="PERCENT", help="of packets of pictures")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
