"""The store in the console: disks, alerts, holds by two people, a plan, a copy with its digest."""

import hashlib
import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.conftest import Demonstration, screenshot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]

ALERT_S = 90
"""Alerts come with the look around that a job takes twice a minute."""


def sign_in(page: Page, demonstration: Demonstration, who: str) -> None:
    page.goto(f"{demonstration.address}/sign-in")
    page.get_by_label("登录名").fill(who)
    page.get_by_label("密码", exact=True).fill(demonstration.passwords[who])
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def sign_out(page: Page) -> None:
    page.get_by_test_id("person").click()
    page.get_by_text("退出登录").click()
    page.wait_for_url(lambda url: "/sign-in" in url)


def asked(page: Page, path: str) -> Any:
    return page.evaluate("path => fetch('/api/v1' + path).then(answer => answer.json())", path)


def channel_with_footage(page: Page, seconds: float) -> str:
    """A channel of which at least so many seconds are durable."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for channel in sorted(asked(page, "/channels")["items"], key=lambda one: one["id"]):  # oldest first
            if any(length(span) >= seconds for span in timeline(page, channel["id"])["spans"]):
                return str(channel["id"])
        page.wait_for_timeout(500)
    raise AssertionError(f"no channel has {seconds} s of footage after a minute")


def timeline(page: Page, channel: str) -> Any:
    """The hour around now."""
    now = datetime.now(UTC)
    start, end = ((now + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (-50, 10))
    return asked(page, f"/channels/{channel}/timeline?from={start}&to={end}")


def length(span: dict[str, str]) -> float:
    return (datetime.fromisoformat(span["end"]) - datetime.fromisoformat(span["start"])).total_seconds()


def test_the_storage_page_says_what_is_where_and_what_can_be_lost(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration, "manager")
    channel_with_footage(page, 5)
    page.get_by_role("link", name="存储").click()
    expect(page.get_by_test_id("volume-group")).to_have_count(2)
    expect(page.get_by_test_id("volume-state").first).to_have_attribute("data-state", "ok")
    expect(page.get_by_test_id("promise")).to_contain_text("断电时每个通道最多丢失 2 秒录像")
    expect(page.get_by_test_id("clock")).to_contain_text("可信")
    expect(page.get_by_test_id("deletion")).to_contain_text("期满录像自动清除")
    page.get_by_test_id("check-fast").click()
    expect(page.locator("[data-check=fast][data-state=done]").first).to_be_visible(timeout=60_000)
    expect(page.get_by_test_id("damage")).to_contain_text("没有损坏")
    screenshot(page, "storage-zh")
    page.get_by_test_id("language").click()
    expect(page.get_by_role("heading", name="Storage")).to_be_visible()
    screenshot(page, "storage-en")
    page.get_by_test_id("language").click()


def test_a_disk_that_is_gone_is_an_alert_until_it_is_back(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration, "maintain")
    page.goto(f"{demonstration.address}/storage")
    bell = page.get_by_test_id("alerts")
    expect(bell).to_be_visible()
    volume = demonstration.data / "video"
    away = demonstration.data / "video-elsewhere"
    shutil.move(volume, away)
    try:
        expect(page.locator("[data-testid=volume-state][data-state=missing]")).to_be_visible(timeout=30_000)
        bell.click()
        alert = page.locator("[data-testid=alert][data-code='storage.volume_missing']")
        expect(alert).to_be_visible(timeout=ALERT_S * 1000)
        expect(alert).to_contain_text(str(volume))
        expect(alert.get_by_role("link")).to_have_attribute("href", "/storage")
        assert int(bell.get_attribute("data-standing") or "0") >= 1
        acknowledge_and_hear(page, alert, bell)
    finally:
        shutil.move(away, volume)
    expect(alert).to_have_count(0, timeout=ALERT_S * 1000)
    assert any(one["code"] == "storage.volume_missing" for one in asked(page, "/alerts")["items"]), "it is remembered"


def acknowledge_and_hear(page: Page, alert: Locator, bell: Locator) -> None:
    """Sound begins with the click that switches it on; a note is kept with who gave it."""
    assert bell.get_attribute("data-sound") == "off"
    page.get_by_test_id("alert-sound").click()
    expect(bell).to_have_attribute("data-sound", "on")
    screenshot(page, "alerts")
    unseen = int(bell.get_attribute("data-unseen") or "0")
    alert.get_by_test_id("alert-note").fill("已派人更换磁盘")
    alert.get_by_test_id("acknowledge").click()
    expect(alert.get_by_test_id("alert-seen")).to_contain_text("已派人更换磁盘")
    expect(bell).to_have_attribute("data-unseen", str(unseen - 1))
    screenshot(page, "alerts-seen")
    page.keyboard.press("Escape")
    page.get_by_test_id("language").click()
    bell.click()
    expect(alert.get_by_test_id("alert-seen")).to_contain_text("Seen by")
    screenshot(page, "alerts-en")
    page.keyboard.press("Escape")
    page.get_by_test_id("language").click()
    bell.click()


def test_who_may_not_read_the_store_sees_its_alerts_and_no_more(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration, "duty")
    expect(page.get_by_role("link", name="保全")).to_be_visible()
    expect(page.get_by_role("link", name="存储")).to_have_count(0)
    expect(page.get_by_test_id("alerts")).to_be_visible()


def test_a_hold_needs_two_people(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration, "manager")
    channel = channel_with_footage(page, 5)
    page.goto(f"{demonstration.address}/playback?channel={channel}&zoom=600")
    page.get_by_test_id("mark-end").click()
    expect(page.get_by_test_id("selected")).to_contain_text("1 分")
    page.get_by_test_id("hold-dialog").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_test_id("reason").fill("校门口纠纷，派出所口头告知")
    screenshot(page, "hold")
    dialog.get_by_role("button", name="设定保全").click()
    expect(dialog).to_be_hidden()
    hold = asked(page, "/holds?standing=true")["items"][0]
    assert (hold["channel_id"], hold["placed_by_me"]) == (channel, True)

    page.get_by_role("link", name="保全").click()
    lift(page, "不再需要")
    refusal = page.get_by_role("dialog").get_by_role("alert").filter(has_text="keep.own_hold")
    expect(refusal).to_be_visible()
    screenshot(page, "own-hold")
    page.get_by_role("dialog").get_by_role("button", name="取消").click()
    sign_out(page)

    sign_in(page, demonstration, "police")
    page.get_by_role("link", name="保全").click()
    expect(page.get_by_text("校门口纠纷，派出所口头告知")).to_be_visible()
    lift(page, "案件已办结")
    expect(page.get_by_text("0 项生效")).to_be_visible()
    page.get_by_text("全部", exact=True).click()
    expect(page.get_by_text("案件已办结")).to_be_visible()
    screenshot(page, "holds")


def lift(page: Page, reason: str) -> None:
    page.get_by_test_id("lift").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_test_id("reason").fill(reason)
    dialog.get_by_role("button", name="解除").click()


def test_a_plan_stops_recording_and_an_event_starts_it(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration, "manager")
    channel = channel_with_footage(page, 2)
    page.goto(f"{demonstration.address}/cameras?camera={channel}&tab=plan")
    plan = page.get_by_test_id("plan")
    plan.get_by_text("按周计划").click()
    plan.get_by_text("工作日 8–18 时").click()
    expect(plan.get_by_label("周五的录像时段")).to_have_value("08:00-18:00")
    plan.get_by_label("周六的录像时段").fill("9:15-12:00，13:00-17:45")
    plan.get_by_label("周日的录像时段").click()
    expect(plan.get_by_label("周六的录像时段")).to_have_value("09:15-12:00, 13:00-17:45")
    screenshot(page, "plan")
    plan.get_by_test_id("save-plan").click()
    expect(page.get_by_text("的录像计划已保存").first).to_be_visible()
    weekly = asked(page, f"/channels/{channel}/recording")["weekly"]
    assert {"day": 6, "from": "09:15", "to": "12:00"} in weekly
    assert len(weekly) == 7

    plan.get_by_text("事件录像").click()
    plan.get_by_test_id("save-plan").click()
    state = page.locator(f"tr[data-channel='{channel}'] [data-testid=channel-state]")
    expect(state).to_have_attribute("data-state", "standby", timeout=30_000)
    expect(state).to_have_text("待机")

    # What an event keeps of the time before it must not reach back over the whole silence.
    before = asked(page, f"/channels/{channel}/recording")["pre_roll_s"]
    until_silent_for(page, channel, before + 2)
    page.get_by_test_id("event").click()
    page.get_by_label("事件名称").fill("门口聚集")
    page.get_by_role("button", name="触发录像").click()
    expect(state).to_have_attribute("data-state", "recording", timeout=30_000)
    plan.get_by_text("全天录像").click()
    plan.get_by_test_id("save-plan").click()
    expect(page.get_by_text("的录像计划已保存").first).to_be_visible()
    gaps = timeline(page, channel)["gaps"]
    assert any(gap["cause"] == "plan" for gap in gaps), "the silence has its cause"


def until_silent_for(page: Page, channel: str, seconds: float) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        end = datetime.fromisoformat(timeline(page, channel)["spans"][-1]["end"])
        if (datetime.now(UTC) - end).total_seconds() > seconds:
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"the channel was not silent for {seconds} s within a minute")


def test_a_clip_has_the_digest_that_is_shown(page: Page, demonstration: Demonstration, tmp_path: Path) -> None:
    sign_in(page, demonstration, "manager")
    channel = channel_with_footage(page, 12)
    longest = max(timeline(page, channel)["spans"], key=length)
    page.goto(f"{demonstration.address}/playback?channel={channel}&at={longest['start']}&zoom=600")
    page.get_by_test_id("clip-dialog").click()
    dialog = page.get_by_role("dialog")
    # In one stretch: with a gap there would be several files, in an archive.
    begin = datetime.fromisoformat(longest["start"]).astimezone(ZoneInfo("Asia/Shanghai")).replace(microsecond=0)
    dialog.get_by_label("开始").fill(f"{begin + timedelta(seconds=1):%Y-%m-%d %H:%M:%S}")
    dialog.get_by_label("结束").fill(f"{begin + timedelta(seconds=11):%Y-%m-%d %H:%M:%S}")
    dialog.get_by_test_id("reason").fill("核实东门口情况")
    dialog.get_by_role("button", name="生成").click()
    expect(dialog.locator("[data-testid=clip][data-state=ready]")).to_be_visible(timeout=90_000)
    shown = dialog.get_by_test_id("sha256").input_value()
    screenshot(page, "clip")
    with page.expect_download() as download:
        dialog.get_by_test_id("download").click()
    saved = tmp_path / "clip.mp4"
    download.value.save_as(saved)
    assert hashlib.sha256(saved.read_bytes()).hexdigest() == shown
    assert saved.read_bytes()[4:8] == b"ftyp"
    assert download.value.suggested_filename.endswith(".mp4")

    dialog.get_by_text("查看全部副本").click()
    expect(page.get_by_role("heading", name="录像下载", level=1)).to_be_visible()
    clip = page.locator("[data-testid=clip]").first
    expect(clip).to_contain_text("核实东门口情况")
    clip.get_by_test_id("delete-clip").click()
    page.locator(".ant-popover").get_by_role("button", name="删除").click()
    expect(page.locator("[data-testid=clip]")).to_have_count(0)
    assert json.dumps(asked(page, "/clips")) == json.dumps({"items": [], "next": None})
