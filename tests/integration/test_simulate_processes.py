"""The two commands of the simulated cameras as processes: what they print, how they end, what they refuse."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from mingjian.simulate import clips, readback
from mingjian.simulate.auth import Scheme
from mingjian.simulate.demo import SPARE
from mingjian.simulate.encode import Settings
from mingjian.simulate.loadclip import pictures
from mingjian.simulate.scenes import DEMO_CAMERAS, DemoCamera, render

LIMIT_S = 30


@contextmanager
def process(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", f"mingjian.simulate.{module}", *arguments]
    environment = os.environ | {"PYTHONPATH": str(Path(clips.__file__).parents[2])}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=environment, **pipes) as child:  # type: ignore[call-overload]
        try:
            yield child
        finally:
            child.kill()


def ready(child: "subprocess.Popen[str]") -> dict[str, object]:
    assert child.stdout is not None
    line = child.stdout.readline()
    assert line, child.stderr.read() if child.stderr else ""
    told = json.loads(line)
    assert isinstance(told, dict)
    assert told["ready"] is True
    return told


def received(url: str, frames: int, transport: str = "tcp") -> list[readback.Stamp]:
    stamps: list[readback.Stamp] = []
    with av.open(url, mode="r", options={"rtsp_transport": transport}, timeout=LIMIT_S) as container:
        for packet in container.demux(container.streams.video[0]):
            stamps += readback.stamps(bytes(packet))
            if len(stamps) >= frames:
                break
    return stamps


def end_input(child: "subprocess.Popen[str]") -> None:
    assert child.stdin is not None
    child.stdin.close()


def terminate(child: "subprocess.Popen[str]") -> None:
    child.send_signal(signal.SIGTERM)


LOAD = ("--cameras", "3", "--size", "320x180", "--fps", "25", "--kbps", "300", "--port", "0")


@pytest.mark.parametrize("end", [end_input, terminate])
def test_load_says_when_it_is_ready_and_what_it_sent(
    end: Callable[["subprocess.Popen[str]"], None], tmp_path: Path
) -> None:
    with process("load", *LOAD, "--cache", str(tmp_path)) as child:
        port = ready(child)["port"]
        stamps = received(f"rtsp://127.0.0.1:{port}/cam/3", 20)
        end(child)
        assert child.stdout is not None
        told = json.loads(child.stdout.read())
        assert child.wait(LIMIT_S) == 0
    assert [stamp.frame for stamp in stamps[:20]] == list(range(20))
    assert {stamp.camera for stamp in stamps} == {3}
    assert told["frames_sent"].keys() == {"cam/1", "cam/2", "cam/3"}
    assert told["frames_sent"]["cam/3"] >= 20
    assert told["frames_sent"]["cam/1"] == 0
    assert told["frames_dropped"] == {"cam/1": 0, "cam/2": 0, "cam/3": 0}


def test_load_ends_by_itself_after_its_seconds(tmp_path: Path) -> None:
    with process("load", *LOAD, "--cache", str(tmp_path), "--seconds", "0.3", "--codec", "h265") as child:
        assert ready(child)["codec"] == "h265"
        assert child.wait(LIMIT_S) == 0


def ask(child: "subprocess.Popen[str]", command: str) -> dict[str, object]:
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(command + "\n")
    child.stdin.flush()
    told = json.loads(child.stdout.readline())
    assert isinstance(told, dict)
    return told


def test_load_over_udp_with_sound_and_sub_streams(tmp_path: Path) -> None:
    more = ("--transport", "udp", "--sub", "--sound", "aac", "--b-frames", "2", "--loss", "0")
    with process("load", *LOAD, *more, "--cache", str(tmp_path)) as child:
        address = f"rtsp://127.0.0.1:{ready(child)['port']}/cam/2"
        with pytest.raises(av.FFmpegError):
            received(address, 1)
        main = received(address, 20, "udp")
        sub = received(f"{address}/sub", 20, "udp")
        end_input(child)
        assert child.stdout is not None
        told = json.loads(child.stdout.read())
    assert ({stamp.camera for stamp in main}, {stamp.camera for stamp in sub}) == ({2}, {1_000_002})
    assert [stamp.frame for stamp in main[:20]] == list(range(20))
    assert told["frames_sent"].keys() == {f"cam/{n}{tail}" for n in (1, 2, 3) for tail in ("", "/sub")}
    assert told["sounds_sent"] > 5


def test_load_takes_commands(tmp_path: Path) -> None:
    with process("load", *LOAD, "--cache", str(tmp_path)) as child:
        url = f"rtsp://127.0.0.1:{ready(child)['port']}/cam/1"
        received(url, 2)
        assert ask(child, "attempts") == {"attempts": {"0": 1}, "busiest_second": 1}
        assert ask(child, "outage 0.6") == {"outage_s": 0.6}
        with pytest.raises(av.FFmpegError):
            received(url, 2)
        until = time.monotonic() + LIMIT_S
        while True:
            try:
                received(url, 2)
                break
            except av.FFmpegError:
                assert time.monotonic() < until
                time.sleep(0.2)
        assert ask(child, "attempts")["busiest_second"] in range(2, 7)
        assert "error" in ask(child, "outage soon")
        assert "error" in ask(child, "dance")


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache as if the scenes had been rendered: small minutes in their place."""
    folder = tmp_path_factory.mktemp("scenes")
    settings = Settings("h264", 640, 360, Fraction(10), 200, gop=10, preset="ultrafast")
    clip = clips.make(settings, pictures(640, 360, 600))
    for camera in DEMO_CAMERAS:
        clips.save(render.clip_path(folder, camera), replace(clip))
    return folder


SPARE_CAMERA = replace(DEMO_CAMERAS[0], slug=SPARE, number=len(DEMO_CAMERAS) + 1, scheme=Scheme.DIGEST)


def credentials(folder: Path) -> Path:
    path = folder / "credentials.json"
    users = {
        camera.slug: {"user": f"user-{camera.slug}", "password": f"Pa55-{camera.slug}"}
        for camera in (*DEMO_CAMERAS, SPARE_CAMERA)
        if camera.scheme is not Scheme.NONE
    }
    path.write_text(json.dumps(users))
    path.chmod(0o600)
    return path


def visit(camera: DemoCamera, address: str) -> None:
    """Watch one camera; try a wrong password first if it asks for one."""
    url = f"rtsp://{address}"
    if camera.scheme is not Scheme.NONE:
        url = f"rtsp://user-{camera.slug}:Pa55-{camera.slug}@{address}"
        with pytest.raises(av.error.HTTPUnauthorizedError):
            received(f"rtsp://user-{camera.slug}:other@{address}", 1)
    assert received(url, 3)[0] == readback.Stamp(0, camera.number)


def test_demo_serves_all_twelve_and_the_spare_one_to_those_who_sign_in(cache: Path, tmp_path: Path) -> None:
    arguments = ("--port", "0", "--cache", str(cache), "--credentials", str(credentials(tmp_path)))
    with process("demo", *arguments) as child:
        told = ready(child)
        assert told.keys() == {"ready", "port"}
        paths = {camera: camera.path for camera in DEMO_CAMERAS} | {SPARE_CAMERA: SPARE}
        with ThreadPoolExecutor(len(paths)) as pool:
            list(pool.map(lambda camera: visit(camera, f"127.0.0.1:{told['port']}/{paths[camera]}"), paths))
        end_input(child)
        assert child.wait(LIMIT_S) == 0
        assert child.stderr is not None
        assert "Pa55" not in child.stderr.read()


def broken_json(path: Path) -> None:
    path.write_text('{"crossing": {"user": "u", "password": "Pa55-secret"')


def open_to_others(path: Path) -> None:
    path.chmod(0o644)


def without_one(path: Path) -> None:
    users = json.loads(path.read_text())
    del users["hotel"]
    path.write_text(json.dumps(users))


def not_an_object(path: Path) -> None:
    path.write_text('["Pa55-secret"]')


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (broken_json, "the file must hold"),
        (not_an_object, "the file must hold"),
        (open_to_others, "chmod 600"),
        (without_one, "no entry hotel"),
        (Path.unlink, "No such file"),
    ],
)
def test_demo_refuses_bad_credentials_and_does_not_print_them(
    damage: Callable[[Path], None], said: str, cache: Path, tmp_path: Path
) -> None:
    path = credentials(tmp_path)
    damage(path)
    with process("demo", "--cache", str(cache), "--credentials", str(path)) as child:
        out, error = child.communicate(timeout=LIMIT_S)
        assert child.returncode == 2
    assert out == ""
    assert said in error
    assert "Pa55" not in error
    assert "Traceback" not in error
