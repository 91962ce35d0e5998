"""Cameras by the dozen: fifty with one password, pages of a list, another device for a channel, another spot."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from tests.e2e.conftest import Demonstration, screenshot
from tests.e2e.platform import cameras

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400), pytest.mark.breadth]

FIFTY = 50
SPARE = FIFTY + 1
PATIENT_MS = 180_000
CORRIDOR = "dormitory_building_corridor"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Of fifty cameras and one to spare."""
    folder = tmp_path_factory.mktemp("fifty")
    with cameras(folder, SPARE, "--fps", "5") as found:
        yield found


def asked(page: Page, method: str, path: str, body: object = None) -> Any:
    """An answer of the API to the person of the page."""
    status, answer = page.evaluate(
        "([method, path, body]) => fetch(`/api/v1${path}`, {method, headers: {'Content-Type': 'application/json'},"
        " ...(body && {body: JSON.stringify(body)})}).then(async a => [a.status, await a.json()])",
        [method, path, body],
    )
    assert status < 300, answer
    return answer


def sign_in(page: Page, demonstration: Demonstration, name: str = "manager") -> None:
    page.goto(f"{demonstration.address}/sign-in")
    asked(page, "POST", "/session", {"login_name": name, "password": demonstration.passwords[name]})


def choose(page: Page, field: Locator, words: str) -> None:
    field.click()
    field.fill(words)
    page.locator(".ant-select-item-option").filter(has_text=words).first.click()


def test_fifty_cameras_with_one_password(page: Page, demonstration: Demonstration, port: int) -> None:
    sign_in(page, demonstration)
    asked(page, "POST", "/places", {"name": "体育中心", "region_code": "530581"})
    page.goto(f"{demonstration.address}/registry")
    page.get_by_test_id("bulk-add").click()
    form = page.get_by_test_id("bulk")
    wanted = [f"rtsp://127.0.0.1:{port}/cam/{number}" for number in range(1, FIFTY + 1)]
    wrong = [f"rtsp://127.0.0.1:{port}/cam/999", "rtsp://127.0.0.1:9/nobody"]
    form.get_by_label("地址", exact=True).fill("\n".join([*wanted, *wrong]))
    form.get_by_label("用户名").fill("admin")
    form.get_by_label("密码").fill("one for all of them")
    choose(page, form.get_by_label("场所"), "体育中心")
    form.get_by_label("名称前缀").fill("看台")
    form.get_by_label("部位", exact=True).fill("看台通道")
    # What the texts leave to people is asked before any camera is.
    choose(page, form.get_by_label("部位类别"), "宿舍楼走廊")
    page.get_by_test_id("bulk-start").click()
    decision = page.get_by_test_id("law-decision")
    expect(decision).to_be_visible()
    screenshot(page, "bulk-decision")
    decision.get_by_label("理由").fill("公共走廊，镜头不朝向房门")
    decision.get_by_test_id("decide").click()
    progress = page.get_by_test_id("bulk-progress")
    expect(progress.get_by_role("progressbar")).to_be_visible()
    expect(progress).to_have_attribute("data-done", "true", timeout=PATIENT_MS)
    expect(progress.get_by_role("alert")).to_contain_text(f"已添加 {FIFTY}，失败 {len(wrong)}")
    progress.locator(".ant-pagination-item-2").click()
    for address in wrong:
        row = progress.get_by_role("row").filter(has_text=address)
        expect(row).to_contain_text("失败")
        assert len(row.inner_text()) > len(address) + 20, "no word about why"
    screenshot(page, "bulk-fifty")
    decided = asked(page, "GET", "/registry/entries?kind=channel&q=看台&limit=200")["items"]
    assert len(decided) == FIFTY


def test_the_list_of_many_cameras_comes_in_pages_and_goes_by_keyboard(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration)
    page.goto(f"{demonstration.address}/cameras")
    rows = page.locator("[data-testid=cameras] tr[data-channel]")
    expect(rows.first).to_be_visible()
    assert len(asked(page, "GET", "/channels?limit=500")["items"]) > FIFTY
    assert rows.count() <= 20
    page.get_by_role("textbox", name="搜索").first.fill("看台17")
    expect(rows).to_have_count(1)
    name = rows.first.get_by_role("button").last
    name.focus()
    expect(name).to_be_focused()


def test_another_camera_takes_over_a_channel(page: Page, demonstration: Demonstration, port: int) -> None:
    sign_in(page, demonstration)
    (entry,) = asked(page, "GET", "/registry/entries?kind=channel&q=看台03")["items"]
    page.goto(f"{demonstration.address}/cameras?camera={entry['id']}&tab=device")
    history = page.get_by_test_id("device-history")
    expect(history).to_contain_text(f"rtsp://127.0.0.1:{port}/cam/3")
    page.get_by_test_id("replace-device").press("Enter")
    form = page.get_by_test_id("replace-form")
    form.get_by_label("地址", exact=False).first.fill(f"rtsp://127.0.0.1:{port}/cam/{SPARE}")
    form.get_by_test_id("probe").press("Enter")
    expect(form.get_by_test_id("probe-found")).to_be_visible()
    form.get_by_label("序列号").fill("SN-2026-17")
    form.get_by_test_id("save-replacement").press("Enter")
    expect(history).to_contain_text(f"rtsp://127.0.0.1:{port}/cam/{SPARE}")
    expect(history).to_contain_text("SN-2026-17")
    expect(history).to_contain_text(re.compile(r"/cam/3\b"))
    screenshot(page, "device-history")


def test_a_channel_moves_by_a_decision(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration)
    place = asked(page, "POST", "/places", {"name": "宿舍楼", "region_code": "530581"})["place"]["id"]
    asked(page, "POST", f"/places/{place}/spots", {"name": "三层走廊"})
    asked(page, "PUT", f"/places/{place}", {"name": "宿舍楼", "region_code": "530581", "kinds": [CORRIDOR]})
    page.goto(f"{demonstration.address}/registry")
    page.get_by_role("textbox", name="搜索名称").last.fill("看台05")
    page.get_by_role("button", name="看台05", exact=True).click()
    move = page.get_by_test_id("move-channel")
    choose(page, move.get_by_role("combobox").first, "宿舍楼")
    move.get_by_role("combobox", name="选择部位").click()
    page.locator(".ant-select-item-option").filter(has_text="三层走廊").click()
    move.get_by_role("button", name="移到其他部位").click()
    decision = move.get_by_test_id("law-decision")
    decision.get_by_label("理由").fill("公共走廊，镜头不朝向房门")
    decision.get_by_test_id("decide").click()
    expect(page.get_by_test_id("details")).to_contain_text("宿舍楼 · 三层走廊")


def test_a_system_has_its_statutory_roles(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration)
    unit = asked(page, "POST", "/organisations", {"name": "体育局", "region_code": "530581"})["id"]
    asked(page, "POST", "/systems", {"name": "看台系统", "organisation_id": unit})
    page.goto(f"{demonstration.address}/registry")
    page.get_by_role("textbox", name="搜索名称").last.fill("体育局")
    page.get_by_role("button", name="体育局", exact=True).click()
    page.get_by_test_id("details").get_by_text("看台系统").click()
    roles = page.get_by_test_id("system-roles")
    roles.get_by_label("角色").click()
    page.locator(".ant-select-item-option").filter(has_text="建设单位").click()
    choose(page, roles.get_by_label("单位"), "体育局")
    expect(roles.locator("form")).to_contain_text("建设单位")
    expect(roles.locator("form")).to_contain_text("体育局")
    roles.get_by_role("button", name="登记角色").click()
    expect(roles.get_by_role("row").filter(has_text="建设单位")).to_contain_text("体育局")
