"""The first run on an empty data folder page by page, a second factor, a proof, and a duty place that locks itself."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from tests.e2e.conftest import screenshot
from tests.e2e.platform import cameras, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]

PASSWORD = "correct horse battery staple"
LOCKS_AFTER_S = 6
FRESH_FOR_S = 12


@dataclass
class Place:
    """A platform on a fresh data folder, and what the tests of this file learn on their way."""

    address: str
    token: str
    cameras: int
    links: dict[str, str] = field(default_factory=dict)
    totp: pyotp.TOTP | None = None


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("people")
    data = folder / "d"
    data.mkdir(mode=0o700)
    (data / "mingjian.toml").write_text(
        f"[identity]\nduty_lock_minutes = {LOCKS_AFTER_S / 60}\nassertion_minutes = {FRESH_FOR_S / 60}\n"
    )
    with cameras(folder, 1) as port, serving(data) as (address, lines):
        yield Place(address, lines.find(r"/setup\?token=(\S+)").group(1), port)


def asked(page: Page, path: str) -> Any:
    return page.evaluate("path => fetch('/api/v1' + path).then(answer => answer.json())", path)


def sign_in(page: Page, place: Place, name: str) -> None:
    page.goto(f"{place.address}/sign-in")
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def redeem(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再输一次").fill(PASSWORD)
    page.get_by_role("button", name="设置密码并登录").click()
    page.wait_for_url(lambda url: "/invite" not in url)


def proved(page: Page, result: Locator) -> None:
    """Whatever is awaited comes; on a slow machine the proof of before may be too old by now."""
    proof = page.get_by_test_id("proof-password")
    expect(result.or_(proof).first).to_be_visible()
    if proof.is_visible():
        proof.fill(PASSWORD)
        page.get_by_role("dialog").last.get_by_role("button", name="确认").click()
    expect(result).to_be_visible()


def test_the_wizard_on_a_fresh_data_folder(page: Page, place: Place) -> None:
    page.goto(f"{place.address}/setup")
    expect(page.get_by_test_id("stage-language")).to_be_visible()
    screenshot(page, "wizard-language")
    page.locator("button[lang=en][aria-pressed]").click()
    expect(page.get_by_role("button", name="Next")).to_be_visible()
    screenshot(page, "wizard-language-en")
    page.locator("button[lang=zh-CN][aria-pressed]").click()
    page.get_by_test_id("next").click()

    page.get_by_label("终端上显示的口令或整个链接").fill("not-the-token")
    page.get_by_role("button", name="下一步").click()
    expect(page.locator("[data-problem='identity.token_invalid']")).to_be_visible()
    page.get_by_label("终端上显示的口令或整个链接").fill(f"{place.address}/setup?token={place.token}")
    screenshot(page, "wizard-token")
    page.get_by_role("button", name="下一步").click()

    page.get_by_role("button", name=re.compile("从备份恢复")).click()
    expect(page.get_by_test_id("restore-command")).to_contain_text("mingjian restore")
    screenshot(page, "wizard-origin")
    page.get_by_test_id("new-installation").click()

    page.get_by_test_id("organisation").fill("腾冲市第一中学")
    for number, name in enumerate(("云南省", "保山市", "腾冲市")):
        page.get_by_test_id("division").nth(number).click()
        page.keyboard.type(name)
        page.get_by_title(name, exact=True).last.click()
    expect(page.get_by_text("区划代码 530581")).to_be_visible()
    screenshot(page, "wizard-site")
    page.get_by_role("button", name="下一步").click()

    for number, name in enumerate(("李明", "李明", "陈静", "张伟", "赵敏")):
        page.get_by_label(re.compile("姓名$")).nth(number).fill(name)
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再输一次").fill(PASSWORD)
    page.get_by_role("button", name="创建人员并登录").click()
    expect(page.locator("[data-problem='identity.seat_same_name']")).to_be_visible()
    page.get_by_label(re.compile("姓名$")).nth(1).fill("王芳")
    screenshot(page, "wizard-people")
    page.get_by_role("button", name="创建人员并登录").click()

    expect(page.get_by_test_id("stage-links")).to_be_visible()
    for row in page.locator("li:has([data-testid=invite-link])").all():
        login = re.search(r"\w+$", row.locator("span span").first.inner_text())
        assert login
        place.links[login[0]] = row.get_by_test_id("invite-link").input_value()
    assert set(place.links) == {"security", "auditor", "duty", "manager"}
    screenshot(page, "wizard-links")
    page.get_by_test_id("links-done").click()

    looks_at_the_site(page, place)
    site = asked(page, "/site")
    assert (site["organisation"], site["region_code"], site["cameras"]) == ("腾冲市第一中学", "530581", 2)
    assert all(one["at"] for one in site["reviewed"]), "each part was looked at"
    looks_at_settings(page, place)


def looks_at_settings(page: Page, place: Place) -> None:
    """The set-up gone through again, and every value with where it comes from."""
    page.goto(f"{place.address}/settings")
    expect(page.get_by_role("main")).to_contain_text("腾冲市第一中学")
    expect(page.get_by_test_id("plan-days")).to_be_visible()
    screenshot(page, "settings-review")
    page.get_by_role("tab", name="全部设置").click()
    settings = page.get_by_test_id("settings")
    expect(settings.locator("[data-setting='api.port']")).to_contain_text("监听")
    settings.get_by_label("按名称、用途或值查找").fill("segment_s")
    expect(settings.locator("[data-setting]")).to_have_count(1)
    screenshot(page, "settings-values")


def looks_at_the_site(page: Page, place: Place) -> None:
    """What comes after the people: storage, clock, certificate, network, cameras."""
    expect(page.get_by_test_id("stage-storage")).to_be_visible()
    days = page.get_by_test_id("plan-days")
    expect(days).to_be_visible()
    page.get_by_test_id("plan-cameras").fill("2")
    page.get_by_label("每路码率").fill("500")
    page.get_by_label("每路码率").blur()
    advice = asked(page, "/site/storage?cameras=2&kbit_s=500")
    assert advice["volumes"][0]["free_bytes"] >= advice["free_bytes"], "what the reserve keeps is not promised"
    assert advice["bytes_per_day"] == 2 * 500 * 125 * 86_400
    assert advice["days"] == advice["free_bytes"] // advice["bytes_per_day"]
    expect(days).to_have_text(re.compile(rf"^{advice['days']}$|^{advice['days'] - 1}$"))
    screenshot(page, "wizard-storage")
    page.get_by_test_id("step-done").click()

    expect(page.get_by_test_id("clock-differs")).to_contain_text("秒")
    assert abs(float(page.get_by_test_id("clock-differs").inner_text().split()[0])) < 2
    screenshot(page, "wizard-clock")
    page.get_by_test_id("step-done").click()
    expect(page.get_by_text("服务只监听本机地址")).to_be_visible()
    screenshot(page, "wizard-certificate")
    page.get_by_test_id("step-done").click()

    expect(page.get_by_test_id("step-network")).to_contain_text("192.168.0.0/16")
    page.get_by_label("摄像机地址").fill("rtsp://203.0.113.5/cam")
    page.get_by_test_id("try-address").click()
    expect(page.locator("[data-problem]")).to_be_visible()
    page.get_by_label("摄像机地址").fill(f"rtsp://127.0.0.1:{place.cameras}/cam/1")
    page.get_by_test_id("try-address").click()
    expect(page.get_by_test_id("answers")).to_be_visible()
    screenshot(page, "wizard-network")
    page.get_by_test_id("step-done").click()
    expect(page.get_by_test_id("stage-cameras")).to_be_visible()
    page.get_by_test_id("step-done").click()
    expect(page.get_by_text("初始化完成")).to_be_visible()
    screenshot(page, "wizard-end")


def test_people_and_the_three_administrators(page: Page, place: Place) -> None:
    assert place.links, "the first test makes the people"
    redeem(page, place.links["security"])
    page.goto(f"{place.address}/people")
    expect(page.get_by_test_id("people")).to_contain_text("陈静")
    page.get_by_test_id("add-person").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("姓名").fill("周强")
    dialog.get_by_label("登录名").fill("zhou.qiang")
    dialog.get_by_label("工号（警号）").fill("530581-0217")
    screenshot(page, "people-add")
    while asked(page, "/session/state")["fresh_until"] is not None:
        page.wait_for_timeout(250)
    dialog.get_by_role("button", name="生成邀请链接").click()
    expect(page.get_by_test_id("proof-password")).to_be_focused()
    screenshot(page, "proof")
    page.get_by_test_id("proof-password").fill("not this one at all")
    page.get_by_role("dialog").last.get_by_role("button", name="确认").click()
    expect(page.locator("[data-problem='identity.password_wrong']")).to_be_visible()
    proved(page, page.get_by_test_id("one-time"))
    screenshot(page, "people-link")
    page.get_by_role("button", name="已复制").click()
    screenshot(page, "people")
    page.get_by_role("tab", name="三员").click()
    expect(page.get_by_test_id("seat-auditor")).to_contain_text("陈静")
    screenshot(page, "people-administration")
    page.get_by_role("tab", name="服务账号").click()
    page.get_by_label("登录名").fill("svc.city")
    page.get_by_label("名称", exact=True).fill("市级平台")
    page.get_by_role("button", name="新增服务账号").click()
    proved(page, page.get_by_test_id("program-svc.city"))
    screenshot(page, "people-programs")
    page.get_by_role("tab", name="值班席位").click()
    page.get_by_label("席位名称").fill("指挥中心 1 号席")
    page.get_by_role("button", name="新增席位").click()
    proved(page, page.get_by_test_id("one-time"))
    place.links["place"] = page.get_by_test_id("one-time").input_value()
    page.get_by_role("button", name="已复制").click()
    screenshot(page, "people-duty")


def test_a_second_factor_from_enrolment_to_sign_in(page: Page, place: Place) -> None:
    redeem(page, place.links["auditor"])
    page.goto(f"{place.address}/account")
    page.get_by_test_id("begin-factor").click()
    proved(page, page.get_by_alt_text("第二因素二维码"))
    place.totp = pyotp.TOTP(page.get_by_test_id("secret").input_value())
    screenshot(page, "account-factor")
    page.get_by_test_id("code").fill(place.totp.now())
    page.get_by_role("button", name="验证并启用").click()
    expect(page.get_by_test_id("recovery-codes").locator("li")).to_have_count(10)
    code = page.get_by_test_id("recovery-codes").locator("li").first.inner_text()
    screenshot(page, "account-codes")
    page.get_by_role("button", name="已保存").click()
    expect(page.get_by_test_id("second-factor")).to_contain_text("恢复码剩余 10 个")
    screenshot(page, "account")
    page.get_by_test_id("person").click()
    page.get_by_text("退出登录").click()
    page.wait_for_url(lambda url: "/sign-in" in url)
    sign_in(page, place, "auditor")
    expect(page.get_by_test_id("code")).to_be_visible()
    screenshot(page, "sign-in-code")
    page.get_by_test_id("code").fill(code)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def test_a_duty_place_locks_everything_but_live(chromium: Browser, page: Page, place: Place) -> None:
    page.goto(place.links["place"])
    page.get_by_role("button", name="登记本机").click()
    expect(page.get_by_text("本机已成为值班席位：指挥中心 1 号席")).to_be_visible()
    redeem(page, place.links["duty"])
    page.goto(f"{place.address}/live")
    bar = page.get_by_test_id("duty-place")
    expect(bar).to_contain_text("指挥中心 1 号席")
    expect(bar).to_have_attribute("data-locked", "false")
    screenshot(page, "duty-place")
    deadline = time.monotonic() + 60
    while asked(page, "/session/state")["locked"] is False:
        assert time.monotonic() < deadline
        page.wait_for_timeout(500)
    refused = page.evaluate("() => fetch('/api/v1/session/sign-ins').then(answer => answer.json())")
    assert refused["code"] == "identity.locked", "the server refuses, whatever the page shows"
    page.reload()
    expect(bar).to_have_attribute("data-locked", "true")
    assert asked(page, "/channels")["items"] is not None
    screenshot(page, "duty-locked")
    page.get_by_test_id("hand-over").click()
    page.get_by_role("dialog").get_by_test_id("proof-password").fill(PASSWORD)
    page.get_by_role("dialog").get_by_role("button", name="解锁").click()
    expect(bar).to_have_attribute("data-locked", "false")

    with_manager = chromium.new_context(locale="zh-CN")
    redeem(with_manager.new_page(), place.links["manager"])
    with_manager.close()
    page.get_by_test_id("hand-over").click()
    dialog = page.get_by_role("dialog")
    name, other_way = dialog.get_by_label("接班人登录名"), dialog.get_by_text("下一位接班")
    expect(name.or_(other_way).first).to_be_visible()
    if other_way.is_visible():  # it locked again meanwhile
        other_way.click()
    name.fill("manager")
    dialog.get_by_label("密码或接班码").fill(PASSWORD)
    screenshot(page, "duty-hand-over")
    dialog.get_by_role("button", name="接班").click()
    expect(bar).to_contain_text("赵敏 当班")
    assert asked(page, "/session")["login_name"] == "manager"


def test_the_pages_in_english(page: Page, place: Place, tmp_path: Path) -> None:
    sign_in(page, place, "security")
    page.wait_for_url(lambda url: "/sign-in" not in url)
    page.goto(f"{place.address}/people")
    page.get_by_test_id("language").click()
    for tab, name in (("Three administrators", "administration"), ("Duty places", "duty"), ("Programs", "programs")):
        page.get_by_role("tab", name=tab).click()
        screenshot(page, f"people-{name}-en")
    page.get_by_role("tab", name="People").click()
    screenshot(page, "people-en")
    page.goto(f"{place.address}/account")
    expect(page.get_by_role("heading", name="My account")).to_be_visible()
    screenshot(page, "account-en")
    page.get_by_test_id("language").click()
