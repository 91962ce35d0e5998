"""The law in the console: what it refuses, what it leaves to people, and what it says when it is asked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.conftest import screenshot
from tests.e2e.platform import cameras, serving
from tests.e2e.test_live_sound import ADD, Heard, become_manager

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]

ARTICLE_8 = "《国务院条例》第八条第一款第三项"
REASON = "走廊公共区域，镜头不朝向房门"


@dataclass(frozen=True)
class School:
    """A platform with a school that has one camera; a second one is there to be added."""

    address: str
    port: int
    cookies: list[Any]


@pytest.fixture(scope="module")
def school(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[School]:
    folder: Path = tmp_path_factory.mktemp("law")
    with cameras(folder, 2, "--sub") as port, serving(folder / "d") as (address, lines):
        page = chromium.new_page()
        become_manager(page, Heard(address, lines.find(r"/setup\?token=(\S+)").group(1), port))
        camera = f"rtsp://127.0.0.1:{port}/cam/1"
        assert page.evaluate(ADD, {"url": camera, "sub": f"{camera}/sub", "name": "第一中学"})
        cookies = page.context.cookies()
        page.close()
        yield School(address, port, cookies)


@pytest.fixture
def manager(page: Page, school: School) -> Page:
    """The page of a security manager who works in Chinese, whatever was chosen before."""
    page.context.add_cookies(school.cookies)
    page.goto(f"{school.address}/sign-in")
    page.evaluate(
        "() => fetch('/api/v1/session/language', {method: 'PUT', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify({language: 'zh-CN'})})"
    )
    page.evaluate("() => localStorage.setItem('mingjian.language', 'zh-CN')")
    return page


def choose(page: Page, field: Locator, words: str, option: str) -> None:
    field.click()
    field.fill(words)
    page.locator(".ant-select-dropdown:visible .ant-select-item-option").filter(has_text=option).first.click()


def add_camera(page: Page, school: School) -> Locator:
    """The form of a camera that has answered, filled in but for the kind of its spot."""
    page.goto(f"{school.address}/cameras?add=1")
    form = page.get_by_test_id("add-drawer")
    form.locator("#url").fill(f"rtsp://127.0.0.1:{school.port}/cam/2")
    form.get_by_test_id("probe").click()
    expect(form.get_by_test_id("probe-found")).to_be_visible()
    form.locator("#name").fill("宿舍枪机")
    choose(page, form.locator("#place"), "第一", "第一中学")
    form.locator("#spot").fill("更衣室")
    return form


def test_a_camera_is_refused_or_left_to_people(manager: Page, school: School) -> None:
    page = manager
    form = add_camera(page, school)
    choose(page, form.locator("#kind"), "更衣室", "更衣室")
    form.get_by_test_id("save-camera").click()
    refused = form.locator("[data-problem='law.forbidden']")
    expect(refused).to_contain_text(ARTICLE_8)
    expect(form.get_by_test_id("law-decision")).to_have_count(0)
    refused.scroll_into_view_if_needed()
    screenshot(page, "law-refused-zh")

    # Another kind is another question; this one the texts leave open.
    form.locator("#spot").fill("宿舍走廊")
    choose(page, form.locator("#kind"), "宿舍楼走廊", "宿舍楼走廊")
    expect(refused).to_have_count(0)
    form.get_by_test_id("save-camera").click()
    decision = form.get_by_test_id("law-decision")
    expect(decision).to_contain_text("由人决定")
    decide = decision.get_by_test_id("decide")
    expect(decide).to_have_text("决定可以安装")
    decision.get_by_label("理由（至少 4 个字）").fill("可以")
    expect(decide).to_be_disabled()
    decision.get_by_label("理由（至少 4 个字）").fill(REASON)
    decide.scroll_into_view_if_needed()
    screenshot(page, "law-decide-zh")
    decide.click()
    expect(form).to_be_hidden()

    # Its page says how long footage stays, what was decided, and by which article.
    page.locator("[data-testid=settings][aria-label*='宿舍枪机']").click()
    drawer = page.get_by_test_id("camera-drawer")
    drawer.get_by_role("tab", name="法规").click()
    said = drawer.get_by_test_id("channel-law")
    expect(said).to_contain_text("30 日")
    expect(said.locator("[data-topic=prohibited]")).to_have_attribute("data-verdict", "review")
    expect(said.get_by_test_id("decision")).to_contain_text(REASON)
    screenshot(page, "law-channel-zh")


def test_a_hotel_corridor_passes_and_a_changing_room_is_refused_in_english(manager: Page, school: School) -> None:
    page = manager
    page.goto(f"{school.address}/registry")
    page.get_by_label("搜索名称").fill("第一中学")
    page.get_by_test_id("entries").get_by_role("button", name="第一中学").first.click()
    details = page.get_by_test_id("details")
    details.get_by_role("tab", name="部位").click()
    details.get_by_role("button", name="新增部位").click()
    details.get_by_label("部位名称").fill("客房走廊")
    choose(page, details.get_by_label("部位类别"), "旅馆走廊", "旅馆走廊")
    details.get_by_test_id("save-spot").click()
    expect(details.get_by_test_id("spots")).to_contain_text("旅馆走廊")
    details.get_by_label("Close").click()
    page.get_by_test_id("language").click()
    page.get_by_test_id("entries").get_by_role("button", name="第一中学").first.click()
    details.get_by_role("tab", name="Spots").click()
    details.get_by_role("button", name="Add spot").click()
    details.locator("#name").fill("Changing room")
    choose(page, details.locator("#kind"), "changing", "changing room")
    details.get_by_test_id("save-spot").click()
    english = details.locator("[data-problem='law.forbidden']")
    expect(english).to_contain_text("State Council Regulations, article 8 paragraph 1 item 3")
    english.scroll_into_view_if_needed()
    screenshot(page, "law-refused-en")


def test_the_law_is_asked_read_and_compared(manager: Page, school: School) -> None:
    page = manager
    page.goto(f"{school.address}/law")
    page.get_by_role("tab", name="问一问").click()
    ask = page.get_by_test_id("ask")
    choose(page, ask.get_by_label("场所、部位类别"), "更衣室", "更衣室")
    forbidden = page.locator("[data-topic=prohibited]")
    expect(forbidden).to_have_attribute("data-verdict", "yes")
    expect(forbidden.locator("strong")).to_have_text("禁止")
    expect(page.locator("[data-topic=responsible]")).to_have_attribute("data-verdict", "silent")
    screenshot(page, "law-ask-zh")

    # Silence is said as silence; before any text nothing is said at all.
    choose(page, ask.get_by_label("场所、部位类别"), "旅馆走廊", "旅馆走廊")
    expect(forbidden).to_have_attribute("data-verdict", "silent")
    expect(page.get_by_text("没有提到不等于许可")).to_be_visible()
    page.get_by_test_id("language").click()
    choose(page, ask.get_by_label("Kind of place or spot"), "corridor of a dormitory", "corridor of a dormitory")
    expect(forbidden.locator("strong")).to_have_text("For people to decide")
    screenshot(page, "law-ask-en")

    # The citation leads to the article, with what the platform does about it.
    forbidden.get_by_role("link", name="Yunnan provisions, article 11").first.click()
    article = page.get_by_test_id("articles").locator("tr[data-article='11']").first
    expect(article).to_be_in_viewport()
    expect(article).to_contain_text("enforced")
    screenshot(page, "law-texts-en")
    page.get_by_test_id("language").click()
    page.get_by_label("在条文中查找").fill("十五日")
    expect(page.get_by_test_id("articles").locator("tr[data-article='22']").first).to_be_visible()
    expect(page.get_by_test_id("articles").locator("tr[data-article='11']")).to_have_count(0)
    page.get_by_label("在条文中查找").fill("")
    expect(page.get_by_test_id("articles").locator("tr.ant-table-row").first).to_contain_text("第一条")
    screenshot(page, "law-texts-zh")

    page.goto(f"{school.address}/law?tab=compare&region=530000&from=2025-03-31&to=2025-04-01")
    begin = page.get_by_test_id("begin-end").locator("[data-code]")
    expect(begin).to_have_count(1)
    expect(begin).to_have_attribute("data-code", "NAT")
    expect(begin).to_contain_text("2025-04-01")
    page.get_by_test_id("changes").get_by_text("法律责任").click()
    expect(page.get_by_test_id("changes")).to_contain_text("拒不改正")
    screenshot(page, "law-compare-zh")
    page.get_by_test_id("language").click()
    expect(page.get_by_test_id("changes")).to_contain_text("refuses to put it right")
    screenshot(page, "law-compare-en")
    page.goto(f"{school.address}/law?tab=compare&region=530000&from=2025-03-30&to=2025-03-31")
    expect(page.get_by_text("Questions answered otherwise: 0")).to_be_visible()
    expect(begin).to_have_count(0)


def test_a_designation_changes_what_applies_at_a_place(manager: Page, school: School) -> None:
    page = manager
    page.goto(f"{school.address}/law?tab=here")
    choose(page, page.get_by_role("combobox", name="场所", exact=True), "第一", "第一中学")
    applies = page.get_by_test_id("applies")
    expect(applies).to_contain_text("30 日")
    applies.get_by_test_id("add-designation").click()
    applies.locator("#kind").click()
    page.locator(".ant-select-item-option").get_by_text("防范恐怖袭击重点目标").click()
    applies.locator("#authority").fill("腾冲市公安局")
    applies.locator("#document").fill("腾公反恐〔2026〕3号")
    applies.locator("#issued_on").fill("2026-03-02")
    applies.get_by_test_id("save-designation").click()
    expect(applies.get_by_test_id("designations")).to_contain_text("腾公反恐〔2026〕3号")
    expect(applies).to_contain_text("90 日")
    screenshot(page, "law-here-zh")
    page.get_by_test_id("language").click()
    expect(applies).to_contain_text("Footage is kept at least")
    screenshot(page, "law-here-en")
    page.get_by_test_id("language").click()
    applies.get_by_role("button", name="终止").click()
    page.locator(".ant-popconfirm").get_by_role("button", name="终止").click()
    expect(applies.get_by_test_id("designations")).not_to_contain_text("腾公反恐〔2026〕3号")
    expect(applies).to_contain_text("30 日")
