"""Sound in the page: heard from the tile that is asked, with its picture, and gone with it; and played back."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.conftest import screenshot
from tests.e2e.platform import cameras, serving

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]

PASSWORD = "correct horse battery staple"
ROLES = ("system_administrator", "security_administrator", "auditor", "security_manager")
# Whatever goes to the loudspeaker goes through an analyser as well.
LISTEN = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (target, ...more) {
  if (target instanceof AudioDestinationNode) {
    target.context.analyser ??= new AnalyserNode(target.context, { fftSize: 8192 });
    window.analyser = target.context.analyser;
    connect.call(this, window.analyser);
  }
  return connect.call(this, target, ...more);
};
window.loudness = () => {
  if (!window.analyser || window.analyser.context.state === 'closed') return 0;
  const samples = new Float32Array(window.analyser.fftSize);
  window.analyser.getFloatTimeDomainData(samples);
  return Math.max(...samples.map(Math.abs));
};
"""
ADD = """
async ({ url, sub, name }) => {
  const post = (path, body) => fetch(`/api/v1${path}`, {
    method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
  }).then((answer) => answer.json());
  const probe = await post('/probes', { url, sub_url: sub });
  const place = { name, region_code: '530581' };
  const added = await post('/channels', { probe_id: probe.probe_id, name, place, spot: { name: '大门' } });
  return added.id;
}
"""


@dataclass(frozen=True)
class Heard:
    """A platform without people, and the port of cameras that send G.711 and have small streams."""

    address: str
    token: str
    port: int


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Heard]:
    folder: Path = tmp_path_factory.mktemp("heard")
    with (
        cameras(folder, 2, "--sound", "alaw", "--sub") as port,
        serving(folder / "d") as (address, lines),
    ):
        yield Heard(address, lines.find(r"/setup\?token=(\S+)").group(1), port)


def become_manager(page: Page, heard: Heard) -> None:
    page.goto(f"{heard.address}/sign-in")
    script = """async ({ token, people, password }) => {
      const post = (path, body) => fetch(`/api/v1${path}`, {
        method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
      }).then((answer) => answer.json());
      const { invites } = await post('/setup', { token, people, password });
      const { token: own } = invites.find((one) => one.role.code === 'security_manager');
      return post('/invites/redeem', { token: own, password });
    }"""
    people = [{"role": role, "login_name": role, "display_name": role} for role in ROLES]
    page.evaluate(script, {"token": heard.token, "people": people, "password": PASSWORD})


def sign_in(page: Page, heard: Heard) -> None:
    page.goto(f"{heard.address}/sign-in")
    script = """(body) => fetch('/api/v1/session', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
    }).then((answer) => answer.status)"""
    body = {"login_name": "security_manager", "password": PASSWORD}
    assert page.evaluate(script, body) < 300


def dataset(page: Page, index: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = page.get_by_test_id("tile").nth(index).evaluate("tile => ({ ...tile.dataset })")
    return found


def test_g711_is_heard_with_its_picture_and_goes_with_its_tile(page: Page, heard: Heard) -> None:
    page.add_init_script(LISTEN)
    become_manager(page, heard)
    root = f"rtsp://127.0.0.1:{heard.port}/cam"
    ids = [page.evaluate(ADD, {"url": f"{root}/{n}", "sub": f"{root}/{n}/sub", "name": f"{n} 号机"}) for n in (1, 2)]
    page.goto(f"{heard.address}/live?layout=4&channels={','.join(ids)}")
    page.wait_for_function("() => document.querySelectorAll('[data-testid=tile][data-state=playing]').length === 2")
    assert page.evaluate("loudness()") == 0
    first, second = page.get_by_test_id("tile").nth(0), page.get_by_test_id("tile").nth(1)

    first.hover()
    first.get_by_test_id("sound").click()
    expect(first).to_have_attribute("data-sound", "on")
    page.wait_for_function("() => loudness() > 0.1", timeout=15_000)  # a tone at each full second
    page.wait_for_function("() => Math.abs(document.querySelector('[data-tile=\"0\"]').dataset.soundOffMs) < 100")
    screenshot(page, "live-sound")

    # One tile at a time; by key as well.
    second.focus()
    expect(second.get_by_test_id("sound")).to_be_attached()  # once the page knows that this camera is heard
    expect(second).to_have_attribute("data-focused", "true")
    page.keyboard.press("m")
    expect(second).to_have_attribute("data-sound", "on")
    expect(first).to_have_attribute("data-sound", "off")
    assert second.get_by_test_id("sound").get_attribute("aria-pressed") == "true"
    page.wait_for_function("() => loudness() > 0.1", timeout=15_000)

    # It goes with its tile.
    page.keyboard.press("Delete")
    page.wait_for_function("() => loudness() === 0")
    assert dataset(page, 1).get("sound") == "off"
    expect(first).to_have_attribute("data-state", "playing")


def test_recorded_sound_is_heard_with_its_picture(page: Page, heard: Heard) -> None:
    """Runs after the first test, whose cameras have been recorded since."""
    page.add_init_script(LISTEN)
    sign_in(page, heard)
    channels = page.evaluate("() => fetch('/api/v1/channels').then((answer) => answer.json())")["items"]
    page.goto(f"{heard.address}/playback?channel={channels[0]['id']}")
    button = page.get_by_test_id("sound")
    assert button.get_attribute("data-sound") == "off"
    page.get_by_test_id("start").click()
    page.get_by_test_id("reason").fill("听取值班室对话")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("screen")).to_have_attribute("data-state", "playing")
    assert page.evaluate("loudness()") == 0

    button.click()
    expect(button).to_have_attribute("data-sound", "on")
    page.wait_for_function("() => loudness() > 0.1", timeout=15_000)
    page.wait_for_function(
        "() => Math.abs(document.querySelector('[data-testid=sound]').dataset.soundOffMs) < 100", timeout=15_000
    )
    screenshot(page, "playback-sound")

    # At another speed there is none, and it says so; it comes back with the picture's own.
    page.get_by_text("2×", exact=True).click()
    expect(button).to_have_attribute("data-sound", "speed")
    page.wait_for_function("() => loudness() === 0")
    page.get_by_text("1×", exact=True).click()
    expect(button).to_have_attribute("data-sound", "on")
    page.wait_for_function("() => loudness() > 0.1", timeout=15_000)

    page.get_by_test_id("toggle").click()
    page.wait_for_function("() => loudness() === 0")
    page.get_by_test_id("toggle").click()
    page.wait_for_function("() => loudness() > 0.1", timeout=15_000)
    button.click()
    expect(button).to_have_attribute("data-sound", "off")
    page.wait_for_function("() => loudness() === 0")
    expect(page.get_by_test_id("screen")).to_have_attribute("data-state", "playing")
