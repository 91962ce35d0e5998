"""A browser and two platforms: an empty one with cameras beside it, and the demonstration."""

import fcntl
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.e2e.platform import ROOT, cameras, serving

from mingjian.simulate import clips
from mingjian.simulate.scenes import DEMO_CAMERAS, DemoCamera, render

SCENES = ROOT / ".run" / "test-scenes"
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Other tests run at the same time: what is slow is not wrong.
expect.set_options(timeout=30_000)


@dataclass(frozen=True)
class Fresh:
    """A platform without people, and the port of eight cameras."""

    address: str
    set_up_link: str
    cameras: int


@dataclass(frozen=True)
class Demonstration:
    """The demonstration, with the password of each of its people by login name and its data directory."""

    address: str
    passwords: dict[str, str]
    data: Path


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Closed with its module: Playwright keeps an event loop running, in which no other test can run its own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(SWITCHES))
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page of a person who works in Chinese; an error in its console fails the test.

    Nothing slides in: a press that lands on what still moves goes down on one thing and up on another.
    """
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    # A refused request is an error line of Chromium's own; what it meant is tested where it happens.
    assert [line for line in trouble if not line.startswith("Failed to load resource")] == []


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fresh]:
    folder = tmp_path_factory.mktemp("fresh")
    with cameras(folder, 8) as port, serving(folder / "d") as (address, lines):
        yield Fresh(address, lines.find(r"(http\S+/setup\?token=\S+)").group(1), port)


@contextmanager
def scenes() -> Iterator[None]:
    """Minutes of the cameras' scenes, made once; who wants them meanwhile waits until the first platform has started.

    To draw all of them costs two minutes of a processor. Here each is two seconds over and over.
    """
    SCENES.mkdir(parents=True, exist_ok=True)
    with (SCENES / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for camera in DEMO_CAMERAS:
            clips.cached(render.clip_path(SCENES, camera), partial(_two_seconds_again_and_again, camera))
        yield


def _two_seconds_again_and_again(camera: DemoCamera) -> clips.Clip:
    seconds = 2
    short = clips.make(render.SETTINGS, islice(render.pictures(camera), seconds * render.FPS))
    return clips.joined(*[short] * (render.SECONDS // seconds))


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    data = tmp_path_factory.mktemp("demo") / "d"
    data.mkdir(mode=0o700)
    (data / "demonstration-scenes").symlink_to(SCENES)
    with ExitStack() as stack:
        with scenes():
            address, lines = stack.enter_context(serving(data, "--demo"))
        people = [found for line in lines.seen if (found := re.search(r"(\w+)\s+(\w{5}-\w{5}-\w{5})", line))]
        yield Demonstration(address, {found.group(1): found.group(2) for found in people}, data)


def screenshot(page: Page, name: str) -> None:
    """Keep a picture of the page for a person to look at."""
    folder: Path = ROOT / ".test-results"
    folder.mkdir(exist_ok=True)
    page.screenshot(path=folder / f"{name}.png")
