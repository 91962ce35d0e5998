"""Pages that hear what changes, and survive a restart of the server; the page on how the installation is doing."""

import json
import os
import re
import signal
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, Route, expect
from tests.e2e.conftest import SCENES, Demonstration, scenes, screenshot
from tests.e2e.platform import process

from mingjian.alerts import service as alerts
from mingjian.alerts.model import Alert
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.ids import ChannelId
from mingjian.media.keep import store as keep_store
from mingjian.media.keep.errors import DISK_FULL
from mingjian.media.keep.model import Completeness
from mingjian.media.model import day_of
from mingjian.registry import service as registry
from mingjian.storage.engine import Database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]

HOUR = 3_600_000_000
QUIET_MS = 15_000
"""A quarter of the minute in which pages asked 27 times before there was a feed."""


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demonstration]:
    """On a port that stays: the API role comes back where it was."""
    data = tmp_path_factory.mktemp("demo") / "d"
    data.mkdir(mode=0o700)
    (data / "demonstration-scenes").symlink_to(SCENES)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {"MINGJIAN_API__PORT": str(port), "MINGJIAN_LANGUAGE": "zh"}
    command = [sys.executable, "-m", "mingjian", "serve", "--data", str(data), "--demo"]
    with scenes(), process(command, environment, data.parent / "serve.log") as lines:
        address = lines.find(r"已就绪：(http\S+)", within_s=180).group(1)
        people = [found for line in lines.seen if (found := re.search(r"(\w+)\s+(\w{5}-\w{5}-\w{5})", line))]
        yield Demonstration(address, {found.group(1): found.group(2) for found in people}, data)


def sign_in(page: Page, demonstration: Demonstration, who: str) -> None:
    page.goto(f"{demonstration.address}/sign-in")
    page.get_by_label("登录名").fill(who)
    page.get_by_label("密码", exact=True).fill(demonstration.passwords[who])
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)
    expect(page.locator("html[data-feed=up]")).to_be_attached()


def database(demonstration: Demonstration) -> Database:
    return Database(f"sqlite:///{demonstration.data / 'mingjian.db'}")


def raise_alert(demonstration: Demonstration, group: str) -> None:
    """As `jobs` would, from another process than the one that the page talks to."""
    with closing(database(demonstration)) as opened, opened.write() as tx:
        alerts.raise_(tx, Alert(DISK_FULL, group, {"group": "一组"}, SystemClock().now_us()))


def asked(requests: list[Request]) -> list[str]:
    return [f"{one.method} {urlsplit(one.url).path}" for one in requests if "/api/" in one.url]


def test_a_quiet_wall_asks_nothing_and_hears_everything(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration, "duty")
    page.goto(f"{demonstration.address}/live")
    expect(page.locator("html[data-feed=up]")).to_be_attached()
    page.wait_for_timeout(5_000)  # pictures come, views are opened
    requests: list[Request] = []
    page.on("request", lambda one: requests.append(one))  # noqa: PLW0108 - a method of a list cannot be marked
    page.wait_for_timeout(QUIET_MS)
    # What a camera or a job does in these seconds may be asked for; nothing is asked because time passes.
    assert len(asked(requests)) <= 2, asked(requests)
    requests.clear()
    unseen = int(page.get_by_test_id("alerts").get_attribute("data-unseen") or 0)
    begun = time.monotonic()
    raise_alert(demonstration, "quiet")
    expect(page.get_by_test_id("alerts")).to_have_attribute("data-unseen", re.compile(rf"^(?!{unseen}$)\d+$"))
    assert time.monotonic() - begun < 10, "the feed told it, no question did"


@pytest.fixture
def lonely(chromium: Browser) -> Iterator[Page]:
    """A page whose server goes away: each refused socket is an error line of Chromium's own; others fail the test."""
    context = chromium.new_context(viewport={"width": 1366, "height": 768}, locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    trouble: list[str] = []
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    own = ("Failed to load resource", "WebSocket connection to")
    assert [line for line in trouble if not line.startswith(own)] == []


def test_pages_survive_a_restart_of_the_server(lonely: Page, demonstration: Demonstration) -> None:
    page = lonely
    sign_in(page, demonstration, "duty")
    opened: list[float] = []
    page.on("websocket", lambda one: opened.append(time.monotonic()) if one.url.endswith("/events") else None)
    requests: list[Request] = []
    page.on("request", lambda one: requests.append(one))  # noqa: PLW0108 - as above
    page.evaluate("window.kept = 1")
    killed = time.monotonic()
    os.kill(api_process(demonstration), signal.SIGKILL)
    expect(page.locator("html[data-feed=down]")).to_be_attached()
    expect(page.locator("html[data-feed=up]")).to_be_attached(timeout=60_000)
    back = time.monotonic()
    expect(page.get_by_test_id("connection-lost")).to_have_count(0)
    assert page.evaluate("window.kept") == 1, "the page was not loaded again"
    assert sum(at - killed < 1 for at in opened) <= 2
    assert len(opened) <= 8
    page.wait_for_timeout(3_000)
    seconds = back - killed + 3
    assert len(asked(requests)) < 20 + 4 * seconds, f"a storm: {asked(requests)}"
    unseen = page.get_by_test_id("alerts").get_attribute("data-unseen")
    raise_alert(demonstration, "after")
    expect(page.get_by_test_id("alerts")).not_to_have_attribute("data-unseen", str(unseen))


def test_a_page_that_does_not_come_is_asked_for_again(lonely: Page, demonstration: Demonstration) -> None:
    page = lonely
    sign_in(page, demonstration, "manager")
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        route.abort()

    parts = re.compile(r"/assets/StoragePage-[^/]*\.(js|css)$")
    page.route(parts, refuse)
    page.get_by_role("link", name="存储").click()
    page.wait_for_timeout(2_000)
    assert refused
    page.unroute(parts)
    expect(page.get_by_role("heading", name="存储", level=1)).to_be_visible()
    page.wait_for_function("[...document.styleSheets].some((one) => /StoragePage-/.test(one.href ?? ''))")


def api_process(demonstration: Demonstration) -> int:
    told: dict[str, Any] = json.loads((demonstration.data / "run" / "processes.json").read_text())
    return next(int(one["pid"]) for one in told["processes"] if one["role"] == "api")


def test_health_says_what_is_recorded_what_is_wrong_and_what_to_do(page: Page, demonstration: Demonstration) -> None:
    channels = note_yesterday(demonstration)
    sign_in(page, demonstration, "manager")
    page.get_by_role("link", name="运行状况").click()
    expect(page.get_by_role("heading", name="运行状况")).to_be_visible()
    expect(page.get_by_test_id("share")).to_contain_text("%")
    rows = page.get_by_test_id("health-worst").locator("tbody tr.ant-table-row")
    expect(rows.first).to_contain_text(channels[0])
    expect(rows.first).to_contain_text("网络")
    expect(page.get_by_test_id("verdict")).to_have_attribute("data-state", "warn")
    expect(page.get_by_test_id("findings")).to_contain_text("请")
    expect(page.get_by_test_id("health-roles")).to_contain_text("media")
    expect(page.get_by_test_id("health-upkeep")).to_contain_text("从未备份")
    expect(page.get_by_test_id("health-disks")).to_contain_text("SMART")
    screenshot(page, "health-zh")
    with page.expect_download() as download:
        page.get_by_test_id("health-csv").click()
    table = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert channels[0] in table
    page.get_by_test_id("language").click()
    expect(page.get_by_role("heading", name="Health")).to_be_visible()
    page.set_viewport_size({"width": 1920, "height": 1080})
    screenshot(page, "health-en-1920")
    page.get_by_test_id("language").click()


def note_yesterday(demonstration: Demonstration) -> list[str]:
    """What the job would have written of yesterday: the first channel the worst. Their names."""
    now_us = SystemClock().now_us()
    day = day_of(now_us) - 1
    with closing(database(demonstration)) as opened, opened.write() as tx:
        channels = registry.channels(tx)
        for number, one in enumerate(channels):
            lost = HOUR * max(0, 6 - 2 * number)
            causes = {"network": lost} if lost else {}
            keep_store.save_completeness(
                tx, Completeness(ChannelId(one.id), day, 24 * HOUR, 24 * HOUR - lost, causes, 0, now_us)
            )
    return [one.name for one in channels]


def test_no_page_asks_another_host(page: Page, chromium: Browser, demonstration: Demonstration) -> None:
    del chromium
    hosts: set[str] = set()
    page.on("request", lambda one: hosts.add(urlsplit(one.url).netloc) if one.url.startswith("http") else None)
    sign_in(page, demonstration, "manager")
    for link in page.locator("nav a").all():
        link.click()
        page.wait_for_timeout(300)
    assert hosts == {urlsplit(demonstration.address).netloc}
