"""Every page in both languages and both tones: nothing serious for axe, no error in the console, no overflow.

Chinese and dark is what the duty room sees; light and English come with `make soak`. Language changes in place, as it
does for a person who chooses in another window.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import Any, Final

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.e2e.conftest import Demonstration
from tests.e2e.pages import LANGUAGES, VISITS, Visit, come, prefer, settled, signed_in, too_wide
from tests.e2e.platform import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

AXE: Final = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
GRAVE: Final = {"serious", "critical"}


@dataclass(frozen=True)
class Desk:
    """Where one of the people sits: a page that goes from visit to visit, and the errors of its console."""

    page: Page
    trouble: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def desks(chromium: Browser, demonstration: Demonstration) -> Iterator[dict[str, Desk]]:
    """A browser for each of the people, signed in once, at the smallest size."""
    found: dict[str, Desk] = {}
    for who in sorted({visit.who for visit in VISITS}):
        context = signed_in(chromium, demonstration.address, who, demonstration.passwords[who])
        context.add_init_script(path=AXE)
        found[who] = sit_down(context.new_page())
    yield found
    for desk in found.values():
        desk.page.context.close()


def sit_down(page: Page) -> Desk:
    desk = Desk(page)
    page.set_viewport_size({"width": 1366, "height": 768})
    page.set_default_timeout(20_000)
    page.on("pageerror", lambda error: desk.trouble.append(str(error)))
    page.on("console", lambda message: desk.trouble.append(message.text) if message.type == "error" else None)
    return desk


def findings(page: Page, **options: Any) -> list[str]:
    """What axe calls serious or critical, a line each; `options` as axe takes them."""
    found: Any = page.evaluate(
        "options => axe.run(document, {resultTypes: ['violations'], iframes: false, ...options}).then(({violations}) =>"
        " violations.map(({id, impact, nodes}) => ({id, impact, nodes: nodes.slice(0, 3).map(node => node.html)})))",
        options,
    )
    return [json.dumps(one, ensure_ascii=False) for one in found if one["impact"] in GRAVE]


def change_language(page: Page, language: str) -> None:
    page.evaluate(
        "([key, value]) => { localStorage.setItem(key, value); dispatchEvent(new StorageEvent('storage', {key})); }",
        ["mingjian.language", LANGUAGES[language]],
    )
    expect(page.locator(f"html[lang={LANGUAGES[language]}]")).to_have_count(1)
    settled(page)


@contextmanager
def opened(desk: Desk) -> Iterator[Page]:
    """The page of a desk; an error in its console meanwhile fails the test."""
    desk.trouble.clear()
    yield desk.page
    assert [line for line in desk.trouble if not line.startswith("Failed to load resource")] == []


# What hangs on a page, drawers and dialogs, comes with `make soak`.
FEW = [pytest.param(visit, marks=[pytest.mark.breadth] * bool(visit.opens)) for visit in VISITS]
named = partial(pytest.mark.parametrize, "visit", ids=lambda visit: visit.name)


@named(FEW)
def test_a_page(visit: Visit, demonstration: Demonstration, desks: dict[str, Desk]) -> None:
    with opened(desks[visit.who]) as page:
        prefer(page, demonstration.address, "zh", "dark")
        come(page, demonstration.address, visit)
        assert too_wide(page) == []
        assert findings(page) == []


@pytest.mark.breadth
@named(VISITS)
def test_a_page_in_light_and_in_english(visit: Visit, demonstration: Demonstration, desks: dict[str, Desk]) -> None:
    with opened(desks[visit.who]) as page:
        prefer(page, demonstration.address, "zh", "light")
        come(page, demonstration.address, visit)
        # Contrast is most of what axe computes, and the same in both languages; only it differs between tones.
        assert findings(page, runOnly=["color-contrast"]) == []
        change_language(page, "en")
        assert too_wide(page) == []
        assert findings(page, rules={"color-contrast": {"enabled": False}}) == []


def test_the_menu_leads_to_the_pages_that_are_tested(demonstration: Demonstration, desks: dict[str, Desk]) -> None:
    """A page that somebody adds to the menu is tested too; the menu fits, is one stop for Tab, and goes by arrows."""
    tested = {visit.path.partition("?")[0] for visit in VISITS}
    for who, desk in desks.items():
        with opened(desk) as page:
            page.goto(demonstration.address)
            walk(page, who, tested)


def walk(page: Page, who: str, tested: set[str]) -> None:
    menu = page.get_by_test_id("side-menu").locator("nav")
    links = menu.get_by_role("link")
    expect(links.first).to_be_visible()
    paths = [link.get_attribute("href") for link in links.all()]
    assert set(paths) <= tested, f"{who} has pages that no visit of pages.py comes to"
    assert menu.evaluate("menu => menu.scrollHeight <= menu.clientHeight"), f"the menu of {who} does not fit"
    assert menu.locator("a[tabindex='0']").count() == 1
    links.first.focus()
    for before, after in pairwise(range(len(paths))):
        assert links.nth(before).evaluate("link => link === document.activeElement")
        page.keyboard.press("ArrowDown")
        assert links.nth(after).evaluate("link => link === document.activeElement")


def test_search_keys_and_titles(demonstration: Demonstration, desks: dict[str, Desk]) -> None:
    """Ctrl+K finds a camera by its pinyin and opens its picture, a page by its name; `?` lists keys that act."""
    with opened(desks["duty"]) as page:
        prefer(page, demonstration.address, "zh", "page")
        page.goto(f"{demonstration.address}/law")
        expect(page).to_have_title("法规 · 明鉴 Mingjian")
        page.keyboard.press("Control+k")
        expect(page.get_by_test_id("search-words")).to_be_focused()
        page.keyboard.type("jizhen")
        hit = page.get_by_test_id("search-hit").and_(page.locator("[data-kind=channel]"))
        expect(hit.first).to_contain_text("急诊入口")
        page.keyboard.press("Enter")
        page.wait_for_url("**/live?*")
        expect(page.get_by_test_id("tile").first).to_have_attribute("data-state", "playing")
        expect(page).to_have_title("实时 · 明鉴 Mingjian")
        page.keyboard.press("?")
        expect(page.get_by_test_id("key-help")).to_contain_text("Ctrl")
        page.keyboard.press("Escape")
        expect(page.get_by_test_id("key-help")).to_have_count(0)
        page.keyboard.press("Control+b")
        expect(page.get_by_test_id("side-menu")).to_have_attribute("data-folded", "true")
        page.reload()
        expect(page.get_by_test_id("side-menu")).to_have_attribute("data-folded", "true")
        page.keyboard.press("Control+b")
        page.goto(f"{demonstration.address}/no-such-page")
        expect(page.get_by_test_id("nowhere")).to_contain_text("/no-such-page")


@pytest.mark.breadth
def test_the_dark_frame_is_readable_around_a_light_page(demonstration: Demonstration, desks: dict[str, Desk]) -> None:
    with opened(desks["manager"]) as page:
        prefer(page, demonstration.address, "zh", "page")
        page.goto(f"{demonstration.address}/live")
        page.get_by_role("link", name="运行状况").click()
        expect(page.get_by_role("heading", name="运行状况", level=1)).to_be_visible()
        expect(page.locator("[data-tone=light]").first).to_be_attached()
        assert findings(page, runOnly=["color-contrast"]) == []


@pytest.mark.breadth
def test_the_tone_that_a_person_chose_stays(demonstration: Demonstration, desks: dict[str, Desk]) -> None:
    with opened(desks["manager"]) as page:
        prefer(page, demonstration.address, "zh", "page")
        page.goto(f"{demonstration.address}/holds")
        ground = page.locator("html")
        expect(ground).to_have_attribute("data-tone", "light")
        page.get_by_test_id("tone").click()
        page.get_by_role("menuitem", name="一律深色").click()
        expect(ground).to_have_attribute("data-tone", "dark")
        page.reload()
        expect(ground).to_have_attribute("data-tone", "dark")
        expect(page.get_by_role("heading", name="保全", exact=True)).to_be_visible()
        assert page.evaluate("getComputedStyle(document.querySelector('main h1')).color") == "rgb(232, 236, 233)"
