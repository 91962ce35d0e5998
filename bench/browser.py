"""What a person sees: the delay of a live picture in Chromium and the time to the first one.

The crossing of the demonstration is encoded live, with the time of capture as a block code in every picture. The page
reads the code of each picture that Chromium presents, so the delay includes encoding, network, recorder, API, browser
and everything in between.
"""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

from playwright.sync_api import Page, sync_playwright

from bench.platform import READY_S
from bench.processes import BenchError, running
from bench.report import Report, Row
from mingjian.simulate.scenes import DEMO_CAMERAS, scene_clips

DELAY_BAR_S: Final = 0.3
FIRST_PICTURE_BAR_S: Final = 1.0
_RENDER_AND_START_S: Final = READY_S * 3
_CROSSING: Final = next(one for one in DEMO_CAMERAS if one.slug == "crossing")
_SWITCHES: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# Geometry of the code: `mingjian.simulate.blockcode`.
_READ_DELAYS: Final = """
([pictures, limitMs]) => new Promise((resolve) => {
  const video = document.querySelector('[data-frames] video');
  const canvas = document.createElement('canvas');
  canvas.width = 256; canvas.height = 16;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const delays = [];
  const end = () => resolve(delays);
  setTimeout(end, limitMs);
  const brightness = (data, cell) => {
    let sum = 0;
    for (let y = 2; y < 6; y += 1) for (let x = 2; x < 6; x += 1) {
      const at = ((Math.floor(cell / 32) * 8 + y) * 256 + (cell % 32) * 8 + x) * 4;
      sum += data[at] + data[at + 1] + data[at + 2];
    }
    return sum / 48;
  };
  const read = () => {
    context.drawImage(video, 0, 0, 256, 16, 0, 0, 256, 16);
    const { data } = context.getImageData(0, 0, 256, 16);
    const sync = [1, 0, 1, 1, 0, 0, 1, 0];
    const level = [...Array(64).keys()].map((cell) => brightness(data, cell));
    const mean = (bit) => level.slice(0, 8).filter((_, i) => sync[i] === bit).reduce((a, b) => a + b) / 4;
    const threshold = (mean(1) + mean(0)) / 2;
    if (mean(1) - mean(0) < 60) return null;
    const bits = level.map((one) => (one > threshold ? 1 : 0));
    return bits.slice(8, 56).reduce((value, bit) => value * 2 + bit, 0);
  };
  const presented = () => {
    const now = Date.now() % 4294967296;
    const captured = read();
    if (captured !== null) delays.push((now - captured + 4294967296) % 4294967296);
    if (delays.length >= pictures) end(); else video.requestVideoFrameCallback(presented);
  };
  video.requestVideoFrameCallback(presented);
})
"""
# `loadeddata` is fired when the first picture of a new source can be shown; then one frame to present it.
_ROWS: Final = "[data-testid=channel-tree] [data-testid=channel]"
_FIRST_PICTURE: Final = """
([entry, limitMs]) => new Promise((resolve) => {
  const began = performance.now();
  setTimeout(() => resolve(null), limitMs);
  document.addEventListener(
    'loadeddata',
    (event) => event.target.requestVideoFrameCallback(() => resolve(performance.now() - began)),
    { capture: true, once: true },
  );
  entry.click();
})
"""


def run(report: Report, folder: Path, scenes: Path, *, pictures: int, joins: int) -> None:
    """Measure on the demonstration; `scenes` is where its clips are rendered once."""
    report.begin("A live picture in Chromium, demonstration running")
    scene_clips(scenes)
    with _page(folder, scenes) as (page, address):
        delays = _delays(page, address, pictures)
        report.add(Row("delay of a live picture, median", median(delays), "s", DELAY_BAR_S, f"{len(delays)} pictures"))
        report.add(Row("delay of a live picture, p95", quantiles(delays, n=20)[-1], "s"))
        firsts = _first_pictures(page, address, joins)
        report.add(Row("first picture, median", median(firsts), "s", None, f"{len(firsts)} joins"))
        report.add(Row("first picture, p95", quantiles(firsts, n=20)[-1], "s", FIRST_PICTURE_BAR_S))


@contextmanager
def _page(folder: Path, scenes: Path) -> Iterator[tuple[Page, str]]:
    data = folder / "browser"
    data.mkdir(mode=0o700)
    (data / "demonstration-scenes").symlink_to(scenes.absolute())
    command = [sys.executable, "-m", "mingjian", "serve", "--demo", "--data", str(data)]
    environment = {"MINGJIAN_API__PORT": "0", "MINGJIAN_LANGUAGE": "en"}
    with running(command, log=folder / "browser.log", environment=environment) as (process,):
        password = process.line(r" duty +(\S+-\S+-\S+)", _RENDER_AND_START_S).group(1)
        address = process.line(r"ready: (http\S+)", READY_S).group(1)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(_SWITCHES))
            page = browser.new_page(viewport={"width": 1366, "height": 768}, locale="en")
            _sign_in(page, address, password)
            yield page, address
            browser.close()


def _sign_in(page: Page, address: str, password: str) -> None:
    page.goto(f"{address}/sign-in")
    page.locator("input").nth(0).fill("duty")
    page.locator("input").nth(1).fill(password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    _until(page, lambda: len(_channels(page)) == 12 and all(one["state"] == "recording" for one in _channels(page)))


def _until(page: Page, condition: Callable[[], bool], within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            raise BenchError(f"the demonstration is not there after {within_s:.0f} s")
        page.wait_for_timeout(200)


def _channels(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate("fetch('/api/v1/channels').then(r => r.json()).then(j => j.items)")
    return found


def _delays(page: Page, address: str, pictures: int) -> list[float]:
    crossing = next(one for one in _channels(page) if one["name"] == _CROSSING.name_zh)
    page.goto(f"{address}/live?layout=1&channels={crossing['id']}")
    frames = "Number(document.querySelector('[data-frames]')?.dataset.frames)"
    _until(page, lambda: page.evaluate(frames) > 45)
    found: list[int] = page.evaluate(_READ_DELAYS, [pictures, 60_000])
    if len(found) < pictures // 2:
        raise BenchError(f"only {len(found)} of {pictures} pictures could be read")
    return [one / 1000 for one in found]


def _first_pictures(page: Page, address: str, joins: int) -> list[float]:
    """From the click on a camera to its first presented picture, one camera after the other in one tile."""
    page.goto(f"{address}/live?layout=1&channels=")
    page.locator(_ROWS).first.wait_for()
    found = []
    for number in range(joins):
        rows = page.query_selector_all(_ROWS)
        taken = page.evaluate(_FIRST_PICTURE, [rows[number % len(rows)], 20_000])
        if taken is None:
            raise BenchError(f"no picture of the camera in row {number % len(rows)} within 20 s")
        found.append(taken / 1000)
        page.wait_for_timeout(400)
    return found
