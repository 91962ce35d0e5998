"""A whole shift by keyboard alone: begin, alerts, the log with a camera and its time, hand over with a second person.

Rules 7, 8 and 9 of the console: a denial says which rule, which article and who may approve; forms keep drafts and
submissions get a number and a paper; alerts work by keyboard, and one click at the begin of the shift lets them sound.
"""

import re
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import Demonstration, screenshot

from mingjian.alerts import service as alerts
from mingjian.alerts.errors import TRIAL
from mingjian.alerts.model import Alert
from mingjian.storage.engine import Database

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]

POST: Final = "演示值班室"
LONG_AGO_US: Final = 1_700_000_000_000_000


def raise_two(data: Path) -> list[str]:
    """Two alerts that nothing of the demonstration ends, the oldest of all; their ids by age."""
    with closing(Database(f"sqlite:///{data / 'mingjian.db'}")) as database, database.write() as tx:
        for number in range(2):
            alerts.raise_(tx, Alert(TRIAL, f"way-{number}", {}, LONG_AGO_US + number * 1_000_000))
        found = sorted(alerts.standing(tx, TRIAL), key=lambda one: one.raised_us)
    return [str(one.id) for one in found]


def sign_in(page: Page, demonstration: Demonstration, name: str) -> None:
    page.goto(f"{demonstration.address}/sign-in")
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码", exact=True).fill(demonstration.passwords[name])
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/sign-in" not in url)


def asked(page: Page, path: str) -> Any:
    return page.evaluate("path => fetch('/api/v1' + path).then(answer => answer.json())", path)


def focused(page: Page, test_id: str, within: str = "body") -> None:
    """Go on with the Tab key until this has the focus."""
    wanted = page.locator(within).get_by_test_id(test_id)
    expect(wanted).to_be_visible()
    for _ in range(80):
        if wanted.evaluate("element => element === document.activeElement || element.contains(document.activeElement)"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{test_id} cannot be reached with the Tab key")


def prove_where_asked(page: Page, password: str, then: str) -> None:
    """The proof of before may be too old by now on a slow machine."""
    result, proof = page.get_by_test_id(then), page.get_by_test_id("proof-password")
    expect(result.or_(proof).first).to_be_visible()
    if proof.is_visible():
        proof.fill(password)
        page.keyboard.press("Enter")
    expect(result).to_be_visible()


def test_a_whole_shift_by_keyboard(page: Page, demonstration: Demonstration) -> None:
    raised = raise_two(demonstration.data)
    sign_in(page, demonstration, "duty")
    page.wait_for_url("**/duty")
    expect(page.get_by_test_id("post")).to_have_attribute("data-post", POST)
    expect(page.get_by_test_id("articles").first).to_contain_text("第十五条第一款")
    screenshot(page, "duty-off")

    focused(page, "begin-shift")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("shift")).to_have_attribute("data-number", re.compile(r"^ZB-\d{8}-0001$"))
    expect(page.get_by_test_id("alerts")).to_have_attribute("data-sound", "on")
    alerts_by_keyboard(page, raised)
    log_with_camera_and_time(page, demonstration)

    page.goto(f"{demonstration.address}/duty")
    expect(page.get_by_test_id("log-entry")).to_have_count(2)
    focused(page, "tick", "[data-testid=task][data-kind=once]")
    page.keyboard.press("Enter")
    page.keyboard.type("设备正常")
    page.keyboard.press("Enter")
    expect(page.locator("[data-testid=task][data-kind=once]").first).to_have_attribute("data-finished", "true")
    screenshot(page, "duty")
    hand_over_by_two(page, demonstration)


def alerts_by_keyboard(page: Page, raised: list[str]) -> None:
    first, second = (page.locator(f"[data-testid=queued-alert][data-id='{one}']") for one in raised)
    expect(first).to_have_attribute("data-chosen", "true")
    page.keyboard.press("j")
    expect(second).to_have_attribute("data-chosen", "true")
    page.keyboard.press("k")
    expect(first).to_have_attribute("data-chosen", "true")
    page.keyboard.press("a")
    expect(first).to_have_attribute("data-acknowledged", "true")

    page.keyboard.press("g")
    focused(page, "assignee")
    page.keyboard.type("刘洋")
    expect(page.locator(".ant-select-item-option-active")).to_contain_text("刘洋")
    page.keyboard.press("Enter")
    focused(page, "assign-confirm")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("assigned")).to_contain_text("刘洋")

    page.keyboard.press("c")
    focused(page, "close-note")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-problem='alerts.note_needed']")).to_be_visible()
    page.keyboard.type("学校停电检修")
    page.keyboard.press("Control+Enter")
    expect(first).to_be_hidden()
    expect(second).to_have_attribute("data-chosen", "true")
    closed = next(one for one in asked(page, "/alerts")["items"] if one["id"] == raised[0])
    assert (closed["closed"]["reason"], closed["closed"]["note"]) == ("handled", "学校停电检修")
    assert closed["assigned"]["to"] == "刘洋"


def log_with_camera_and_time(page: Page, demonstration: Demonstration) -> None:
    """From live and from playback by one key; the entry leads back to the camera at that time."""
    page.goto(f"{demonstration.address}/live")
    expect(page.locator("[data-tile]").first).to_be_visible()
    expect(page.get_by_test_id("log-here")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_test_id("log-moment")).to_be_visible()
    focused(page, "log-text")
    page.keyboard.type("校门口有人徘徊")
    page.reload()  # what was typed is kept
    expect(page.locator("[data-tile]").first).to_be_visible()
    expect(page.get_by_test_id("log-here")).to_be_visible()
    page.keyboard.press("n")
    expect(page.get_by_test_id("log-text")).to_have_value("校门口有人徘徊")
    focused(page, "log-text")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("log-text")).to_be_hidden()
    entry = asked(page, "/duty/log")["items"][0]
    assert re.fullmatch(r"RZ-\d{8}-0001", entry["number"])
    assert entry["attached"]["name"]

    channel = entry["attached"]["channel_id"]
    page.goto(f"{demonstration.address}/playback?channel={channel}")
    expect(page.get_by_test_id("log-here")).to_be_visible()
    page.keyboard.press("n")
    focused(page, "log-text")
    page.keyboard.type("回看核实，系家长等候")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_test_id("log-text")).to_be_hidden()
    assert asked(page, "/duty/log")["items"][0]["attached"]["channel_id"] == channel
    page.goto(f"{demonstration.address}/duty")
    link = page.get_by_test_id("entry-moment").first.get_attribute("href")
    assert link
    assert channel in link
    assert "at=" in link


def hand_over_by_two(page: Page, demonstration: Demonstration) -> None:
    page.keyboard.press("Escape")
    page.locator("body").press("h")
    focused(page, "handover-summary")
    page.keyboard.type("白班平稳，校门口徘徊者已核实")
    page.reload()
    expect(page.get_by_test_id("shift")).to_be_visible()
    page.locator("body").press("h")
    expect(page.get_by_test_id("handover-summary")).to_have_value("白班平稳，校门口徘徊者已核实")
    expect(page.get_by_test_id("sheet-facts")).to_contain_text("未办结告警（")
    screenshot(page, "duty-handover")
    focused(page, "handover-summary")
    page.keyboard.press("Control+Enter")
    prove_where_asked(page, demonstration.passwords["duty"], "handover-number")
    expect(page.get_by_test_id("handover-number")).to_contain_text(re.compile(r"JJ-\d{8}-0001"))

    fill_incoming(page, demonstration, "duty")
    refused = page.locator("[data-problem='duty.handover_self']")
    expect(refused.get_by_test_id("grounds-rule")).to_have_text("交接班须两个人分别确认")
    expect(refused.get_by_test_id("grounds-articles")).to_contain_text("第十五条第一款")
    expect(refused.get_by_test_id("grounds-who")).to_contain_text("接班人")
    screenshot(page, "duty-refused")
    fill_incoming(page, demonstration, "night")
    expect(page.get_by_test_id("shift")).to_contain_text("马丽")
    desk = asked(page, "/duty/desk")
    assert desk["shift"]["person"] == "马丽"
    page.get_by_test_id("end-shift").click()
    expect(page.get_by_test_id("end-shift-confirm")).to_be_visible()
    assert asked(page, "/duty/desk")["shift"]["person"] == "马丽", "one click ends no shift"
    page.goto(f"{demonstration.address}/duty?handover={desk['received']['id']}")
    expect(page.get_by_test_id("handover-paper-number").first).to_have_text(re.compile(r"JJ-\d{8}-0001"))
    expect(page.get_by_test_id("sheet")).to_contain_text("张伟")
    expect(page.get_by_test_id("sheet")).to_contain_text("马丽")
    page.emulate_media(media="print")
    expect(page.locator("#root")).to_be_hidden()
    expect(page.locator("[data-print]")).to_be_visible()
    page.emulate_media(media="screen")
    screenshot(page, "duty-sheet")
    page.goto(f"{demonstration.address}/duty?shift={desk['received']['shift_id']}")
    expect(page.get_by_test_id("sheet")).to_contain_text("校门口有人徘徊")
    screenshot(page, "duty-paper")


def fill_incoming(page: Page, demonstration: Demonstration, who: str) -> None:
    page.get_by_test_id("incoming-name").fill(who)
    page.get_by_test_id("incoming-secret").fill(demonstration.passwords[who])
    page.get_by_test_id("incoming-secret").press("Enter")


def test_the_manager_plans_and_gets_a_receipt(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration, "manager")
    page.goto(f"{demonstration.address}/duty?part=roster")
    page.get_by_test_id("week").get_by_test_id("add-slot").first.click()
    page.reload()
    expect(page.get_by_test_id("week").get_by_label("开始时间")).to_have_count(1)  # the draft is kept
    page.get_by_role("button", name="每天同周一").click()
    screenshot(page, "duty-roster")
    page.get_by_test_id("save-week").click()
    expect(page.get_by_test_id("receipt-number").first).to_have_text(re.compile(r"^PB-\d{8}-\d{4}$"))
    page.get_by_test_id("receipt-done").click()
    post = asked(page, "/duty/posts")["items"][0]
    assert len(asked(page, f"/duty/posts/{post['id']}/roster")["week"]) == 7
    page.goto(f"{demonstration.address}/duty?part=records")
    expect(page.get_by_text("交接完毕").first).to_be_visible()
    screenshot(page, "duty-records")


def test_a_page_that_is_refused_says_who_may(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration, "maintain")
    page.goto(f"{demonstration.address}/duty")
    expect(page.get_by_test_id("grounds-rule")).to_contain_text("duty.read")
    expect(page.get_by_test_id("grounds-articles")).to_contain_text("第十六条第二款第二项")
    expect(page.get_by_test_id("grounds-who")).to_contain_text("值班员")
    screenshot(page, "duty-not-allowed")
