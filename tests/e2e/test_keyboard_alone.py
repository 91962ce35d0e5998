"""The tasks of a duty operator by keys alone: no mouse is moved, and what has the focus can always be seen."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import Demonstration

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]

_SEEN = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return 'nothing has the focus';
  const frame = at.closest('.ant-input-affix-wrapper, .ant-select, .ant-segmented-item, label');
  const framed = [at, frame, at.parentElement];
  const shown = framed.some(one => {
    if (!one) return false;
    const style = getComputedStyle(one), after = getComputedStyle(one, '::after');
    return style.outlineStyle !== 'none' || style.boxShadow !== 'none' || parseFloat(after.borderTopWidth) >= 2;
  });
  return shown ? '' : `the focus on ${at.outerHTML.slice(0, 120)} cannot be seen`;
}"""


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def go_to(page: Page, what: str, most: int = 60) -> None:
    """Tab until the focus is on what the selector names; each stop on the way can be seen."""
    for _ in range(most):
        press(page, "Tab")
        unseen: Any = page.evaluate(_SEEN)
        assert unseen in {"", "nothing has the focus"}, unseen
        if page.evaluate("what => document.activeElement?.matches(what) ?? false", what):
            return
    raise AssertionError(f"{most} stops of Tab and none is {what}")


def test_the_watch_of_an_operator(page: Page, demonstration: Demonstration) -> None:
    # Sign in.
    page.goto(f"{demonstration.address}/sign-in?next=/live")
    expect(page.get_by_label("登录名")).to_be_focused()
    page.keyboard.type("duty")
    press(page, "Tab")
    page.keyboard.type(demonstration.passwords["duty"])
    press(page, "Enter")
    page.wait_for_url("**/live?*")
    tiles = page.get_by_test_id("tile")
    expect(tiles.first).to_have_attribute("data-state", "playing")

    # Choose a camera: the search, its answer, the tile.
    press(page, "1", "/")
    expect(page.get_by_test_id("channel-search").or_(page.get_by_label("搜索摄像机")).first).to_be_focused()
    press(page, "Escape")
    press(page, "Control+k")
    expect(page.get_by_test_id("search-words")).to_be_focused()
    page.keyboard.type("xiaomen")
    expect(page.get_by_test_id("search-hit").first).to_have_attribute("data-kind", "channel")
    expect(page.get_by_test_id("search-hit").first).to_contain_text("春城小学")
    press(page, "Enter")
    expect(tiles.first).to_have_attribute("aria-label", re.compile("春城小学正门.*实时"))
    shown = tiles.first.get_attribute("data-channel")

    # Four on the wall, from tile to tile, one large and back.
    press(page, "4", "ArrowRight")
    expect(page.locator("[data-tile='1'][data-focused=true]")).to_be_visible()
    press(page, "ArrowLeft", "Enter")
    expect(page.locator("[data-testid=tile]:visible")).to_have_count(1)
    press(page, "Escape")
    expect(page.locator("[data-testid=tile]:visible")).to_have_count(4)

    # The same camera in playback, at a time.
    press(page, "Control+k")
    expect(page.get_by_test_id("search-words")).to_be_focused()
    page.keyboard.type("xiaomen")
    expect(page.get_by_test_id("search-hit").first).to_have_attribute("data-kind", "channel")
    expect(page.get_by_test_id("search-hit").first).to_contain_text("春城小学")
    press(page, "Control+Enter")
    page.wait_for_url("**/playback?*")
    assert f"channel={shown}" in page.url
    expect(page.get_by_test_id("timeline").first).to_be_visible()
    by_menu_and_skip_link(page, demonstration)


def by_menu_and_skip_link(page: Page, demonstration: Demonstration) -> None:
    """Over the skip link into a page, by the menu to another, and out."""
    page.goto(f"{demonstration.address}/cameras")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    press(page, "Tab")
    expect(page.get_by_role("button", name="跳到页面内容")).to_be_focused()
    press(page, "Enter")
    expect(page.locator("main")).to_be_focused()
    page.goto(f"{demonstration.address}/cameras")
    go_to(page, "[data-testid=side-menu] a")
    press(page, "Home")
    press(page, "Enter")
    page.wait_for_url(lambda url: not url.endswith("/cameras"))
    go_to(page, "[data-testid=person]")
    press(page, "Enter")
    expect(page.get_by_role("menuitem", name="退出登录")).to_be_visible()
