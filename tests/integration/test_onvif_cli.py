"""`mingjian onvif` as a person uses it."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.unit.onvif.answers import matching
from tests.unit.onvif.cameras import PERSON, Camera, served

import mingjian

SOURCE = Path(mingjian.__file__).parents[1]
LIMIT_S = 60.0


def run(*words: object, **extra: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MINGJIAN_", "LC_", "LANG"))}
    environ = kept | {"PYTHONPATH": str(SOURCE), "LANG": "en_GB.UTF-8"} | extra
    command = [sys.executable, "-m", "mingjian", "onvif", *map(str, words)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=LIMIT_S)


@contextmanager
def behind(camera: Camera) -> Iterator[Camera]:
    """The camera in a loop of its own."""
    loop, ready, over = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with served(camera):
            ready.set()
            await over.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        assert ready.wait(LIMIT_S)
        yield camera
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(LIMIT_S)
        loop.close()


def allowing(folder: Path) -> Path:
    (folder / "mingjian.toml").write_text('[media]\nallowed_networks = ["127.0.0.0/8"]\n')
    return folder


def test_a_camera_is_shown_with_its_password_from_the_environment(tmp_path: Path) -> None:
    data = allowing(tmp_path)
    with behind(Camera(auth="digest", base="http://10.0.0.5")) as camera:
        told = run("show", camera.address, "--user", PERSON.user_name, "--data", data,
                   MINGJIAN_CAMERA_PASSWORD=PERSON.password)  # fmt: skip
        assert told.returncode == 0, told.stderr
        assert "H264 1920x1080 25 fps 3840 kbit/s" in told.stdout
        assert "rtsp://127.0.0.1:554/Streaming/Profile_2" in told.stdout
        assert "named another host" in told.stdout
        as_json = run("show", camera.address, "--user", PERSON.user_name, "--data", data, "--json",
                      MINGJIAN_CAMERA_PASSWORD=PERSON.password)  # fmt: skip
        device = json.loads(as_json.stdout)
        assert device["pictures"][0]["main"]["profile"]["encoding"] == "h264"
        assert PERSON.password not in told.stdout + as_json.stdout


def test_a_refused_password_is_said_in_two_lines(tmp_path: Path) -> None:
    with behind(Camera(auth="digest")) as camera:
        refused = run("show", camera.address, "--user", "x", "--data", allowing(tmp_path), MINGJIAN_CAMERA_PASSWORD="y")
    assert refused.returncode == 7
    assert "onvif.credentials_refused" in refused.stderr
    assert len(refused.stderr.splitlines()) == 2


def test_a_network_that_is_not_allowed_is_not_asked(tmp_path: Path) -> None:
    (tmp_path / "mingjian.toml").write_text('[media]\nallowed_networks = ["10.0.0.0/8"]\n')
    with behind(Camera()) as camera:
        for words in (("show", camera.address), ("discover", "--address", "127.0.0.1", "--seconds", "0.2")):
            told = run(*words, "--data", tmp_path)
            assert told.returncode == 2
            assert "media.network_refused" in told.stderr
        assert camera.connections == 0


def test_an_address_that_is_none(tmp_path: Path) -> None:
    told = run("show", "http://user:secret@127.0.0.1", "--data", allowing(tmp_path))
    assert told.returncode == 2
    assert "onvif.address_unreadable" in told.stderr
    assert "secret" not in told.stderr + told.stdout


@contextmanager
def answering(address: str) -> Iterator[int]:
    """A device that answers probes on a port of its own."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        port: int = opened.getsockname()[1]

        def answer() -> None:
            while True:
                data, sender = opened.recvfrom(65_536)
                if data == b"over":
                    return
                heard = re.search(rb"MessageID>([^<]+)<", data)
                assert heard is not None
                opened.sendto(matching(heard.group(1).decode(), address, name="Gate"), sender)

        thread = threading.Thread(target=answer)
        thread.start()
        try:
            yield port
        finally:
            opened.sendto(b"over", ("127.0.0.1", port))
            thread.join(LIMIT_S)


def test_cameras_are_found(tmp_path: Path) -> None:
    address = "http://127.0.0.1:8000/onvif/device_service"
    with answering(address) as port:
        asked = ("discover", "--address", "127.0.0.1", "--port", port, "--seconds", "3", "--data", allowing(tmp_path))
        (found,) = json.loads(run(*asked, "--json").stdout)
        told = run(*asked)
    assert (found["addresses"], found["scopes"]["name"]) == ([address], "Gate")
    assert address in told.stdout
    assert "Gate" in told.stdout


def test_nothing_is_found_where_nothing_is(tmp_path: Path) -> None:
    asked = ("discover", "--address", "127.0.0.1", "--port", 9, "--seconds", "0.3", "--data", allowing(tmp_path))
    assert run(*asked).stdout == "Nothing answered.\n"
