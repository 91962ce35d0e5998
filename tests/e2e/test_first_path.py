"""The first whole path in a real browser: token, people, cameras, live, playback, both languages."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import Demonstration, Fresh, screenshot

# The scenes of the demonstration are rendered once, which takes a minute of a busy machine.
pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

PASSWORD = "correct horse battery staple"
ADMINISTRATORS = ("system_administrator", "security_administrator", "auditor")
STEPPING = "a picture shows that it moves"
TILES = """() => [...document.querySelectorAll('[data-frames]')].map(tile => ({
    state: tile.dataset.state, frames: Number(tile.dataset.frames), wall: Number(tile.dataset.frameWallUs),
    picture: (() => {
        const video = tile.querySelector('video'), canvas = document.createElement('canvas');
        canvas.width = 64; canvas.height = 36;
        const context = canvas.getContext('2d');
        context.drawImage(video, 0, 0, 64, 36);
        return [...context.getImageData(0, 0, 64, 36).data].reduce((sum, one, at) => (sum * 31 + one) % 4294967291, 7);
    })(),
}))"""


@pytest.fixture(scope="module")
def members() -> dict[str, str]:
    """Login name to invitation link, filled by the first test of this file."""
    return {}


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("登录名").fill(name)
    page.get_by_label("密码", exact=True).fill(password)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(lambda url: "/sign-in" not in url)


def tiles(page: Page) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page.evaluate(TILES)
    return found


def wait_until_playing(page: Page, count: int) -> None:
    page.wait_for_function(
        "count => [...document.querySelectorAll('[data-frames]')]"
        ".filter(tile => tile.dataset.state === 'playing' && Number(tile.dataset.frames) > 5).length >= count",
        arg=count,
        timeout=30_000,
    )


def test_a_token_makes_the_first_people(page: Page, fresh: Fresh, members: dict[str, str]) -> None:
    page.goto(fresh.set_up_link)
    to_the_people(page)
    expect(page.get_by_text("三员分立")).to_be_visible()
    for number, name in enumerate(("李明", "王芳", "陈静", "张伟", "赵敏")):
        page.get_by_label(re.compile("姓名$")).nth(number).fill(name)
    screenshot(page, "setup")
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再输一次").fill(PASSWORD)
    page.get_by_role("button", name="创建人员并登录").click()
    expect(page.get_by_text("邀请链接只显示这一次")).to_be_visible()
    screenshot(page, "invites")
    links = [
        value for value in page.locator("input").evaluate_all("all => all.map(one => one.value)") if "/invite?" in value
    ]
    assert len(set(links)) == 4
    members.update({str(number): link for number, link in enumerate(dict.fromkeys(links))})


def to_the_people(page: Page) -> None:
    """The pages before the people; `test_people_pages` looks at each."""
    page.get_by_test_id("next").click()
    page.get_by_test_id("new-installation").click()
    page.get_by_test_id("organisation").fill("腾冲市第一中学")
    page.get_by_test_id("division").first.click()
    page.keyboard.type("云南省")
    page.get_by_title("云南省", exact=True).click()
    page.get_by_role("button", name="下一步").click()


def test_the_link_serves_once(page: Page, fresh: Fresh, members: dict[str, str]) -> None:
    assert members, "the first test makes the people"
    page.goto(fresh.set_up_link)
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    people = [{"role": role, "login_name": role, "display_name": role} for role in ADMINISTRATORS]
    status = page.evaluate(
        "body => fetch('/api/v1/setup', {method: 'POST', headers: {'Content-Type': 'application/json'}, "
        "body: JSON.stringify(body)}).then(answer => answer.status)",
        {"token": fresh.set_up_link.rpartition("=")[2], "people": people, "password": PASSWORD},
    )
    assert status in {403, 409, 422}


def test_an_invited_manager_adds_cameras_and_watches_and_plays_back(
    page: Page, fresh: Fresh, members: dict[str, str]
) -> None:
    redeem_as(page, members, "安保负责人")
    page.goto(f"{fresh.address}/cameras")
    for number in range(1, 5):
        add_camera(page, f"rtsp://127.0.0.1:{fresh.cameras}/cam/{number}", f"{number} 号机", new_place=number == 1)
    expect(page.get_by_text("4 路正在录像")).to_be_visible(timeout=20_000)
    screenshot(page, "cameras")
    four_tiles_move(page, fresh.address)
    plays_back(page, fresh.address)


def redeem_as(page: Page, members: dict[str, str], role: str) -> None:
    for link in members.values():
        page.goto(link)
        page.get_by_label("新密码", exact=True).wait_for()
        if page.get_by_text(role).count():
            page.get_by_label("新密码", exact=True).fill(PASSWORD)
            page.get_by_label("再输一次").fill(PASSWORD)
            page.get_by_role("button", name="设置密码并登录").click()
            page.wait_for_url(lambda url: "/invite" not in url)
            return
    raise AssertionError(f"nobody was invited as {role}")


def add_camera(page: Page, url: str, name: str, *, new_place: bool) -> None:
    page.get_by_role("button", name="添加摄像机").first.click()
    page.get_by_label("视频流地址").fill(url)
    page.get_by_role("button", name="测试连接").click()
    expect(page.get_by_alt_text("测试取得的画面")).to_be_visible()
    page.get_by_label("名称", exact=True).fill(name)
    page.get_by_role("combobox", name="场所", exact=True).click()
    if new_place:
        page.get_by_text("新建场所…").last.click()
        page.get_by_label("场所名称").fill("腾冲市人民广场")
        page.get_by_label("行政区划").fill("530581")
        page.locator(".ant-select-item-option", has_text="530581").first.click()
        page.get_by_label("详细地址").fill("腾越街道文化路 1 号")
    else:
        page.locator(".ant-select-item-option", has_text="腾冲市人民广场").last.click()
    page.get_by_label("部位", exact=True).fill("大门出入口")
    if new_place:
        screenshot(page, "add-camera")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("cell", name=name).first).to_be_visible()
    # The drawer that closes still has fields in which one could type.
    expect(page.get_by_test_id("add-drawer")).to_have_count(0)


def four_tiles_move(page: Page, address: str) -> None:
    ids: list[str] = page.evaluate("fetch('/api/v1/channels').then(r => r.json()).then(j => j.items.map(c => c.id))")
    page.goto(f"{address}/live?layout=4&channels={','.join(ids[:4])}")
    wait_until_playing(page, 4)
    before = tiles(page)
    page.wait_for_timeout(1_500)
    after = tiles(page)
    screenshot(page, "live")
    for was, now in zip(before, after, strict=True):
        assert now["state"] == "playing"
        assert now["frames"] - was["frames"] >= 15, "at 25 frames a second"
        assert now["wall"] > was["wall"]
        assert now["picture"] != was["picture"], STEPPING


def plays_back(page: Page, address: str) -> None:
    ids: list[str] = page.evaluate("fetch('/api/v1/channels').then(r => r.json()).then(j => j.items.map(c => c.id))")
    spans = page.evaluate(
        "id => fetch(`/api/v1/channels/${id}/timeline?from=${new Date(Date.now() - 6e5).toISOString()}"
        "&to=${new Date().toISOString()}`).then(r => r.json()).then(j => j.spans)",
        ids[0],
    )
    page.goto(f"{address}/playback?channel={ids[0]}&at={spans[0]['start']}&zoom=600")
    page.get_by_role("button", name="开始回放").click()
    screenshot(page, "reason")
    page.get_by_role("dialog").get_by_role("textbox").fill("核实东门口情况")
    page.get_by_role("dialog").get_by_role("button", name="开始回放").click()
    page.wait_for_function(
        "() => { const video = document.querySelector('video');"
        " return video && video.videoWidth > 0 && video.currentTime > 0 && !video.paused }"
    )
    first = page.evaluate("document.querySelector('video').currentTime")
    page.wait_for_timeout(1_500)
    assert page.evaluate("document.querySelector('video').currentTime") > first + 0.5
    screenshot(page, "playback")


WRONG = {
    "http://127.0.0.1/video": "地址无法识别",
    "rtsp://8.8.8.8/stream": "不允许连接该网络",
    "rtsp://127.0.0.1:{port}/cam/99": "没有这个码流",
    "rtsp://127.0.0.1:{console}/": "不是摄像机的 RTSP 服务",
    "rtsp://127.0.0.1:1/stream": "无法连接摄像机",
}


def test_a_camera_that_cannot_be_added_is_explained(page: Page, demonstration: Demonstration, fresh: Fresh) -> None:
    sign_in(page, demonstration.address, "manager", demonstration.passwords["manager"])
    page.goto(f"{demonstration.address}/cameras")
    page.get_by_role("button", name="添加摄像机").first.click()
    for address, words in WRONG.items():
        filled = address.format(port=fresh.cameras, console=demonstration.address.rpartition(":")[2])
        page.get_by_label("视频流地址").fill(filled)
        page.get_by_role("button", name="测试连接").click()
        expect(page.get_by_text(words)).to_be_visible()
        screenshot(page, f"refused-{words[:4]}")


def test_the_demonstration_moves_within_seconds_and_speaks_both_languages(
    page: Page, demonstration: Demonstration
) -> None:
    sign_in(page, demonstration.address, "duty", demonstration.passwords["duty"])
    page.goto(f"{demonstration.address}/live")
    wait_until_playing(page, 4)
    screenshot(page, "wall-zh")
    page.keyboard.press("9")
    wait_until_playing(page, 9)
    screenshot(page, "wall-9")
    page.get_by_text("English", exact=True).click()
    expect(page.get_by_text("Playback", exact=True)).to_be_visible()
    screenshot(page, "wall-en")


@pytest.mark.breadth
def test_an_auditor_sees_no_picture(page: Page, demonstration: Demonstration) -> None:
    sign_in(page, demonstration.address, "auditor", demonstration.passwords["auditor"])
    page.goto(f"{demonstration.address}/live")
    expect(page.get_by_text("没有查看此页面的权限")).to_be_visible()
    refused = page.evaluate(
        "fetch('/api/v1/channels').then(r => r.json()).then(j => fetch('/api/v1/views', {method: 'POST', "
        "headers: {'Content-Type': 'application/json'}, "
        "body: JSON.stringify({kind: 'live', channels: [j.items[0].id]})})).then(r => r.status)"
    )
    assert refused == 403
