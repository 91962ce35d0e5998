"""The registry in the console: a table with two bad rows, the tree, forms, a sign's photo, many cameras at once."""

import re
from io import BytesIO

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Locator, Page, expect
from tests.e2e.conftest import Fresh, screenshot

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]

PASSWORD = "numbers not guesses"
PEOPLE = ("system_administrator", "security_administrator", "auditor")
GOOD = """单位名称,上级单位,行政区划代码,单位类别
教育体育局,,530581,国家机关
第一中学,教育体育局,530581,事业单位
第二中学,教育体育局,530581,事业单位
"""
BAD = GOOD + "第三中学,教育局,530581,事业单位\n第四中学,教育体育局,999999,事业单位\n"


def sign_in_first(page: Page, fresh: Fresh) -> None:
    """Set the platform up as a program would; the cookie stays in the browser."""
    page.goto(fresh.set_up_link)
    token = fresh.set_up_link.partition("token=")[2]
    people = [{"role": role, "login_name": role[:12], "display_name": role} for role in PEOPLE]
    status = page.evaluate(
        "body => fetch('/api/v1/setup', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify(body)}).then(answer => answer.status)",
        {"token": token, "people": people, "password": PASSWORD},
    )
    assert status == 201
    page.goto(f"{fresh.address}/registry")
    expect(page.get_by_role("heading", name="场所与设备")).to_be_visible()


def upload(page: Page, name: str, text: str, encoding: str) -> None:
    file = FilePayload(name=name, mimeType="text/csv", buffer=text.encode(encoding))
    page.get_by_test_id("import").locator("input[type=file]").set_input_files(file)


def choose(page: Page, field: Locator, words: str, option: str | re.Pattern[str]) -> None:
    field.click()
    field.fill(words)
    page.locator(".ant-select-item-option").filter(has_text=option).first.click()


def opened(page: Page, *names: str) -> None:
    """Open the tree down to the last of these and choose it."""
    tree = page.get_by_role("tree", name="目录")
    for name in names[:-1]:
        node = tree.get_by_role("treeitem").filter(has_text=name).first
        if node.get_attribute("aria-expanded") != "true":
            node.locator(".ant-tree-switcher").click()
    tree.get_by_text(names[-1], exact=True).first.click()


def test_the_registry_from_an_empty_tree_to_cameras(page: Page, fresh: Fresh) -> None:  # noqa: PLR0915 - one visit
    sign_in_first(page, fresh)
    expect(page.get_by_text("目录中还没有内容")).to_be_visible()

    # A table with two bad rows: told where, why and what to do, and nothing is imported.
    page.get_by_test_id("import-table").click()
    upload(page, "单位.csv", BAD, "gb18030")
    rows = page.get_by_test_id("bad-rows").locator("tbody tr.ant-table-row")
    expect(rows).to_have_count(2)
    expect(rows.nth(0)).to_contain_text("5上级单位没有单位“教育局”")
    expect(rows.nth(1)).to_contain_text("6行政区划代码没有行政区划代码 999999")
    expect(page.get_by_test_id("import-now")).to_have_count(0)
    screenshot(page, "registry-import-zh")
    upload(page, "单位.csv", GOOD, "utf-8")
    expect(page.get_by_text("试运行：3 行，没有错误")).to_be_visible()
    page.get_by_test_id("import-now").click()
    expect(page.get_by_text("已导入 3 行")).to_be_visible()

    # The tree, and a place with what is looked at in it.
    opened(page, "云南省", "保山市", "腾冲市", "教育体育局", "第一中学")
    page.get_by_test_id("add-place").click()
    drawer = page.get_by_test_id("details")
    drawer.get_by_label("场所名称").fill("第一中学本部")
    drawer.get_by_placeholder("经度").fill("98.4912")
    drawer.get_by_placeholder("纬度").fill("25.0203")
    drawer.get_by_title("GCJ-02").click()
    drawer.get_by_test_id("save-place").click()
    expect(drawer).to_be_hidden()
    page.get_by_test_id("entries").get_by_role("button", name="第一中学本部").click()
    expect(drawer.get_by_label("场所名称")).to_have_value("第一中学本部")
    expect(drawer.get_by_placeholder("经度")).not_to_have_value("98.4912")  # it is WGS-84 now
    drawer.get_by_role("tab", name="部位").click()
    drawer.get_by_role("button", name="新增部位").click()
    drawer.get_by_label("部位名称").fill("卫生间")
    choose(page, drawer.get_by_label("部位类别"), "公共卫生间", "公共卫生间")
    drawer.get_by_test_id("save-spot").click()
    expect(drawer.locator("[data-problem='law.forbidden']")).to_be_visible()
    drawer.get_by_label("部位名称").fill("楼梯口")
    choose(page, drawer.get_by_label("部位类别"), "楼梯", "楼梯间")
    drawer.get_by_label("方向").fill("90")
    drawer.get_by_label("视场角").fill("80")
    drawer.get_by_test_id("save-spot").click()
    expect(drawer.get_by_test_id("spots")).to_contain_text("90° · ∠80°")
    screenshot(page, "registry-spots-zh")

    # A sign and its photo.
    drawer.get_by_role("tab", name="标识").click()
    drawer.get_by_label("标识内容").fill("您已进入公共视频区域")
    drawer.get_by_role("button", name="登记标识").click()
    sign = drawer.get_by_test_id("sign")
    expect(sign).to_have_count(1)
    picture = BytesIO()
    Image.new("RGB", (800, 600), "steelblue").save(picture, "JPEG")
    photo = FilePayload(name="sign.jpg", mimeType="image/jpeg", buffer=picture.getvalue())
    sign.locator("input[type=file]").set_input_files(photo)
    expect(sign.get_by_role("img", name="您已进入公共视频区域")).to_be_visible()
    assert sign.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 800
    drawer.get_by_label("Close").click()

    # Many cameras with one password.
    page.get_by_test_id("bulk-add").click()
    form = page.get_by_test_id("bulk")
    addresses = [f"rtsp://127.0.0.1:{fresh.cameras}/cam/{number}" for number in (1, 2, 3)]
    form.get_by_label("地址", exact=True).fill("\n".join([*addresses, "rtsp://127.0.0.1:1/none"]))
    form.get_by_label("密码").fill("hunter2")
    choose(page, form.get_by_label("场所"), "bb", "第一中学本部")
    form.get_by_label("名称前缀").fill("枪机")
    form.get_by_label("部位", exact=True).fill("操场")
    form.get_by_test_id("bulk-start").click()
    progress = page.get_by_test_id("bulk-progress")
    expect(progress).to_have_attribute("data-done", "true", timeout=60_000)
    expect(progress).to_contain_text("已添加 3，失败 1")
    screenshot(page, "registry-bulk-zh")
    page.get_by_role("dialog").get_by_label("Close").click()

    # Found by initials, with the place that they belong to.
    page.get_by_label("搜索名称").fill("qj02")
    entry = page.get_by_test_id("entries").locator("tbody tr.ant-table-row")
    expect(entry).to_have_count(1)
    expect(entry).to_contain_text("枪机02")
    expect(entry).to_contain_text("教育体育局 / 第一中学 / 第一中学本部")
    page.get_by_label("搜索名称").fill("")
    opened(page, "云南省", "保山市", "腾冲市", "教育体育局", "第一中学", "第一中学本部", "操场")
    screenshot(page, "registry-zh")
    page.get_by_test_id("language").click()
    expect(page.get_by_role("heading", name="Places and devices")).to_be_visible()
    screenshot(page, "registry-en")
    page.get_by_test_id("entries").get_by_role("button", name="枪机01").click()
    expect(drawer.get_by_role("heading", name="Devices")).to_be_visible()
    screenshot(page, "registry-channel-en")
