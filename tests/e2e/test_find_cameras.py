"""Adding a camera by ONVIF: the device says what it offers, and its streams are taken over into the form."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import screenshot
from tests.e2e.platform import cameras, serving
from tests.e2e.test_live_sound import Heard, become_manager
from tests.unit.onvif import answers
from tests.unit.onvif.beside import beside
from tests.unit.onvif.cameras import PERSON, Camera, Reply
from tests.unit.onvif.cameras import Heard as Request

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    folder: Path = tmp_path_factory.mktemp("found")
    with cameras(folder, 1, "--sub") as port, serving(folder / "d") as (address, lines):
        yield Heard(address, lines.find(r"/setup\?token=(\S+)").group(1), port)


def device_with(port: int) -> Camera:
    """A device that wants a password; its streams are those of the first simulated camera."""
    paths = {"Profile_1": "cam/1", "Profile_2": "cam/1/sub"}

    def stream(one: Request) -> Reply:
        uri = f"rtsp://127.0.0.1:{port}/{paths[one.text('ProfileToken')]}"
        found = f"<trt:MediaUri><tt:Uri>{uri}</tt:Uri></trt:MediaUri>"
        return Reply(answers.enveloped(f"<trt:GetStreamUriResponse>{found}</trt:GetStreamUriResponse>"))

    return Camera(auth="digest", said={"GetStreamUri": stream})


def test_a_camera_is_added_by_what_it_says_of_itself(page: Page, platform: Heard) -> None:
    become_manager(page, platform)
    with beside(device_with(platform.port)) as device:
        page.goto(f"{platform.address}/cameras")
        page.get_by_role("button", name="添加摄像机").first.click()
        page.get_by_test_id("find-cameras").click()
        page.get_by_test_id("onvif-host").fill(device.address)
        page.get_by_test_id("ask-host").click()
        page.get_by_test_id("onvif-user").fill(PERSON.user_name)
        page.get_by_test_id("onvif-password").fill("wrong")
        page.get_by_test_id("look").click()
        expect(page.get_by_test_id("discovery")).to_contain_text("密码")
        page.get_by_test_id("onvif-password").fill(PERSON.password)
        page.get_by_test_id("look").click()
        expect(page.get_by_test_id("offered")).to_contain_text("H.264 · 1920×1080 · 25 fps")
        screenshot(page, "find-cameras")
        page.get_by_test_id("take-over").click()

    expect(page.locator("#url")).to_have_value(f"rtsp://127.0.0.1:{platform.port}/cam/1")
    expect(page.locator("#subUrl")).to_have_value(f"rtsp://127.0.0.1:{platform.port}/cam/1/sub")
    expect(page.locator("#username")).to_have_value(PERSON.user_name)
    page.get_by_test_id("probe").click()
    expect(page.get_by_test_id("probe-found")).to_be_visible()
    expect(page.get_by_test_id("probe-sub")).to_contain_text("H.264")
