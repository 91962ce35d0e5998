"""Pictures in the console: under the pointer, taken out with a reason, and stills where nothing can be decoded."""

import hashlib
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import Demonstration, screenshot
from tests.e2e.test_store_pages import channel_with_footage, sign_in, timeline

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]

# As a browser that knows no codec of ours.
CANNOT_DECODE = "MediaSource.isTypeSupported = () => false;"


def microseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1_000_000)


def play(page: Page, address: str, channel: str, moment_us: int) -> None:
    """The playback page of a channel at a moment, with the reason given."""
    at = datetime.fromtimestamp(moment_us / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    page.goto(f"{address}/playback?channel={channel}&at={at}&zoom=60")
    page.get_by_test_id("start").click()
    page.get_by_test_id("reason").fill("核实校门口事件")
    page.get_by_test_id("reason").press("Enter")


def footage_of(page: Page, channel: str) -> tuple[int, int]:
    """The longest span of the last hour, in microseconds."""
    spans = [(microseconds(one["start"]), microseconds(one["end"])) for one in timeline(page, channel)["spans"]]
    return max(spans, key=lambda span: span[1] - span[0])


def point_at(page: Page, moment_us: int) -> None:
    canvas = page.get_by_test_id("timeline")
    box = canvas.bounding_box()
    assert box is not None
    start, span = (float(canvas.get_attribute(f"data-{name}-us") or 0) for name in ("start", "span"))
    page.mouse.move(box["x"] + (moment_us - start) / span * box["width"], box["y"] + box["height"] / 2)


def width_of_picture(page: Page, test_id: str) -> int:
    script = "id => document.querySelector(`[data-testid=${id}] img`)?.naturalWidth ?? 0"
    found: int = page.evaluate(script, test_id)
    return found


def test_pictures_of_the_timeline_and_of_a_moment(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration, "duty")
    channel = channel_with_footage(page, 12)
    start_us, end_us = footage_of(page, channel)
    middle_us = (start_us + end_us) // 2
    play(page, demonstration.address, channel, middle_us)
    expect(page.get_by_test_id("recorded-clock")).not_to_be_empty(timeout=30_000)
    page.get_by_test_id("toggle").click()
    point_at(page, start_us + 3_000_000)
    thumbnail = page.get_by_test_id("thumbnail")
    expect(thumbnail.locator("img")).to_be_visible(timeout=30_000)
    assert width_of_picture(page, "thumbnail") == 160
    shown_us = int(thumbnail.get_attribute("data-at-us") or 0)
    assert start_us <= shown_us <= start_us + 3_500_000
    screenshot(page, "timeline-thumbnail")

    page.get_by_test_id("snapshot").click()
    expect(page.get_by_test_id("snapshot-dialog").get_by_test_id("reason")).to_have_value("核实校门口事件")
    seen_us = int(page.get_by_test_id("recorded-clock").get_attribute("data-wall-us") or 0)
    files: list[Any] = []
    page.on("download", lambda download: files.append(download))  # noqa: PLW0108 - it cannot call a method of a list
    page.get_by_role("button", name="截图").last.click()
    expect(page.get_by_test_id("snapshot-taken")).to_be_visible(timeout=30_000)
    deadline = time.monotonic() + 30
    while len(files) < 2 and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    image, sidecar = files
    assert image.suggested_filename.endswith(".jpg")
    assert sidecar.suggested_filename == f"{image.suggested_filename}.json"
    saved = Path(image.path()).read_bytes()
    told = json.loads(Path(sidecar.path()).read_text())
    digest = hashlib.sha256(saved).hexdigest()
    assert told["file"]["sha256"] == digest
    expect(page.get_by_test_id("snapshot-taken")).to_contain_text(digest)
    assert abs(microseconds(told["at"]) - seen_us) < 5_000  # the very frame
    screenshot(page, "snapshot-taken")


def test_stills_where_nothing_can_be_decoded(page: Page, demonstration: Demonstration) -> None:
    page.add_init_script(CANNOT_DECODE)
    sign_in(page, demonstration, "duty")
    channel = channel_with_footage(page, 12)
    page.goto(f"{demonstration.address}/live")
    still = page.get_by_test_id("still").first
    expect(still.locator("img")).to_be_visible(timeout=60_000)
    expect(still).to_contain_text("静态画面，每 2 秒")
    expect(still).to_contain_text("无法解码 H.264")
    first_us = still.get_attribute("data-at-us")
    expect(still).not_to_have_attribute("data-at-us", first_us or "", timeout=30_000)
    assert width_of_picture(page, "still") > 0
    screenshot(page, "live-stills")

    start_us, end_us = footage_of(page, channel)
    play(page, demonstration.address, channel, (start_us + end_us) // 2)
    expect(still.locator("img")).to_be_visible(timeout=30_000)
    expect(still).to_contain_text("无法解码 H.264")
    expect(page.get_by_test_id("snapshot")).to_be_enabled()
    shown_us = int(still.get_attribute("data-at-us") or 0)
    assert start_us <= shown_us <= end_us
    screenshot(page, "playback-still")
