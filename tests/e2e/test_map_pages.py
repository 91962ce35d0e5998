"""The map: cameras where they stand, heaps, areas as walls, a map of the site below; and without WebGL."""

import re
from collections.abc import Iterator
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright
from tests.e2e.conftest import SWITCHES, Demonstration, screenshot
from tests.pmtiles import archive, tile_number
from tests.unit.media.storing import until

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]

# No graphics card draws for the tests: the browser does it by itself.
DRAWN_BY_SOFTWARE = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
WITHOUT_WEBGL = ("--disable-3d-apis",)
CAMERAS = 12


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    switches = [one for one in SWITCHES if one != "--disable-gpu"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=[*switches, *DRAWN_BY_SOFTWARE])
        yield browser
        browser.close()


def sign_in(page: Page, demonstration: Demonstration, name: str = "manager") -> None:
    page.goto(f"{demonstration.address}/sign-in")
    body = {"login_name": name, "password": demonstration.passwords[name]}
    status = page.evaluate(
        "body => fetch('/api/v1/session', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify(body)}).then(answer => answer.status)",
        body,
    )
    assert status == 200


def opened(page: Page, demonstration: Demonstration, query: str = "") -> None:
    page.goto(f"{demonstration.address}/map{query}")
    expect(page.locator("[data-testid=map-sheet][data-drawn=true]")).to_be_visible()


def on_the_sheet(page: Page) -> int:
    """Cameras that the marks stand for altogether."""
    return sum(
        int(mark.get_attribute("data-cameras") or 0)
        for mark in page.get_by_test_id(re.compile("^map-(camera|heap)$")).all()
    )


def test_cameras_are_where_they_stand_and_lead_on(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration)
    opened(page, demonstration)
    rows = page.get_by_test_id("map-list").get_by_role("row")
    expect(page.get_by_test_id("map-list")).to_contain_text(f"视野内 {CAMERAS} 路")
    assert on_the_sheet(page) == CAMERAS
    assert page.get_by_test_id("map-heap").count() >= 3, "three counties are near enough to each other"
    # A heap opens into its cameras.
    page.get_by_test_id("map-heap").filter(has_text="3").first.click()
    expect(page.get_by_test_id("map-camera")).to_have_count(3)
    # The list is the same by keyboard: a camera that is chosen there is chosen on the sheet.
    gate = rows.filter(has_text="春城小学正门").or_(rows.filter(has_text="酒店大堂")).get_by_role("button")
    gate.focus()
    page.keyboard.press("Enter")
    card = page.get_by_test_id("map-card")
    expect(card).to_be_visible()
    chosen = card.get_attribute("data-camera") or ""
    expect(page.locator(f"[data-testid=map-camera][data-ids='{chosen}']")).to_have_attribute("aria-pressed", "true")
    expect(card).to_contain_text("朝向")
    # Its picture is a view, and that is asked for.
    expect(card.get_by_test_id("channel-state")).to_have_attribute("data-state", "recording")
    card.get_by_test_id("map-preview").click()
    expect(card.get_by_test_id("map-still")).to_have_attribute("data-shown", "true")
    screenshot(page, "map-card")
    # What is seen stands in the address: it comes back.
    page.reload()
    expect(page.get_by_test_id("map-card")).to_have_attribute("data-camera", chosen)


def test_an_area_becomes_a_wall(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration)
    opened(page, demonstration, "?box=102.6,24.9,102.9,25.15")
    expect(page.get_by_test_id("map-camera")).to_have_count(3)
    crossing = page.locator("[data-testid=map-camera][aria-label^='青云路口全景']").bounding_box()
    assert crossing is not None
    x, y = crossing["x"] + 13, crossing["y"] + 13
    page.get_by_test_id("draw-area").click()
    for right, down in ((-40, -40), (40, -40), (40, 40), (-40, 40)):
        page.mouse.click(x + right, y + down)
    page.keyboard.press("Enter")
    area = page.get_by_test_id("map-area")
    expect(area).to_have_attribute("data-cameras", "1")
    expect(page.get_by_test_id("map-list")).to_contain_text("青云路口全景")
    page.get_by_role("button", name="取消区域").click()
    # Without a mouse: the view itself.
    page.get_by_test_id("take-view").press("Enter")
    expect(area).to_have_attribute("data-cameras", "3")
    expect(page.get_by_test_id("map-wall")).to_have_attribute(
        "href", re.compile(r"layout=4&channels=[^,]+,[^,]+,[^,]+$")
    )
    page.get_by_test_id("map-wall").click()
    expect(page).to_have_url(re.compile("/live"))


def is_painted(page: Page) -> bool:
    """Whether the picture of the site's map is on the sheet, off the lines of the grid."""
    seen = Image.open(BytesIO(page.get_by_test_id("map-sheet").screenshot())).convert("RGB")
    pixel = seen.getpixel((seen.width // 2 + 11, seen.height // 3 + 7))
    assert isinstance(pixel, tuple)
    red, green, blue = pixel[:3]
    return red > 2 * green and blue > green


def test_words_find_cameras_anywhere(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration)
    opened(page, demonstration, "?box=102.6,24.9,102.9,25.15")
    page.get_by_role("textbox", name="搜索名称").fill("dqqm")  # 大桥桥面
    expect(page.get_by_test_id("map-list")).to_contain_text("找到 1 路")
    page.get_by_test_id("map-list").get_by_role("button", name="大桥桥面").click()
    expect(page.locator("[data-testid=map-camera][aria-label^='大桥桥面']")).to_be_in_viewport()


def test_a_map_of_the_site_lies_below(page: Page, demonstration: Demonstration) -> None:
    folder = demonstration.data / "map"
    folder.mkdir()
    picture = BytesIO()
    Image.new("RGB", (256, 256), (200, 40, 160)).save(picture, "PNG")
    tiles = {
        tile_number(zoom, x, y): picture.getvalue()
        for zoom in (0, 1, 2)
        for x in range(1 << zoom)
        for y in range(1 << zoom)
    }
    (folder / "全图.pmtiles").write_bytes(archive(tiles, (-180, -85, 180, 85), zooms=(0, 2)))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page, demonstration)
    opened(page, demonstration)
    expect(page.get_by_test_id("map-base")).to_contain_text("全图")
    until(lambda: is_painted(page), 30)
    foreign = [url for url in asked if not url.startswith((demonstration.address, "data:", "blob:"))]
    assert foreign == []


def test_without_webgl_the_list_is_the_map(chromium: Browser, demonstration: Demonstration) -> None:
    old = chromium.browser_type.launch(executable_path="/usr/bin/chromium", args=[*SWITCHES, *WITHOUT_WEBGL])
    page = old.new_context(locale="zh-CN").new_page()
    sign_in(page, demonstration)
    page.goto(f"{demonstration.address}/map")
    expect(page.get_by_test_id("no-webgl")).to_be_visible()
    expect(page.get_by_test_id("map-list").get_by_role("button")).to_have_count(CAMERAS)
    old.close()


def test_the_guide_is_found_and_opens_beside_each_page(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration)
    page.goto(f"{demonstration.address}/map")
    page.get_by_test_id("help").click()
    drawer = page.get_by_test_id("help-drawer")
    expect(drawer.get_by_test_id("chapter")).to_have_attribute("data-chapter", "map")
    drawer.get_by_role("link", name="打开整本手册").click()
    page.get_by_role("textbox", name="搜索帮助").fill("pmtiles")
    contents = page.get_by_test_id("help-contents").get_by_role("link")
    expect(contents).to_have_count(1)
    page.get_by_role("textbox", name="搜索帮助").fill("")
    contents.filter(has_text="告警").first.click()
    expect(page.get_by_test_id("chapter")).to_have_attribute("data-chapter", "alerts")
    screenshot(page, "help")


def test_the_browser_is_looked_at(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration)
    page.goto(f"{demonstration.address}/help/check")
    check = page.get_by_test_id("browser-check")
    # This Chromium plays H.264 and no H.265: so it is said, and what to do.
    expect(check).to_have_attribute("data-verdict", "h265")
    for name, outcome in (("mse", "yes"), ("h264", "yes"), ("h265", "lesser"), ("websocket", "yes"), ("webgl", "yes")):
        expect(check.locator(f"[data-check={name}]")).to_have_attribute("data-outcome", outcome)
    expect(check).to_contain_text("H.264 子码流")


def test_an_error_opens_its_page_in_one_s_own_language(page: Page, demonstration: Demonstration) -> None:
    for language, word in (("zh", "怎么办"), ("en", "What to do")):
        page.goto(f"{demonstration.address}/docs/errors/law.forbidden?lang={language}")
        expect(page.get_by_role("heading", name=word)).to_be_visible()
        expect(page.get_by_role("heading", level=2)).to_have_count(3)
