"""Pictures of every page in both languages, both tones and two sizes, with data, empty, loading and with an error.

`make screenshots` or `python -m tests.e2e.screenshots --only live,playback --states data`. They are made to be looked
at one by one, and land outside of git: .run/screenshots/STATE/SIZE/PAGE-LANGUAGE-TONE.png.
"""

import argparse
import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from httpx import Response
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, sync_playwright
from tests.e2e.conftest import SCENES, SWITCHES, scenes
from tests.e2e.pages import (
    ADMIN,
    AUDITOR,
    DUTY,
    LANGUAGES,
    MAINTAIN,
    MANAGER,
    SECURITY,
    SIZES,
    TONES,
    VISITS,
    Visit,
    come,
    opened,
    prefer,
    settled,
    signed_in,
)
from tests.e2e.platform import ROOT, serving
from tests.unit.api.serving import Browser as Caller

STATES: Final = ("data", "empty", "loading", "error")
PASSWORD: Final = "pictures of nothing at all"
ROLES: Final = {
    ADMIN: "system_administrator",
    SECURITY: "security_administrator",
    AUDITOR: "auditor",
    DUTY: "duty_operator",
    MANAGER: "security_manager",
    MAINTAIN: "maintenance",
}
_SHELL: Final = re.compile(r"/api/v1/(state|session|session/state|alerts.*|me/.*|events)$")
_BUSY: Final = {
    "type": "about:blank",
    "code": "storage.unavailable",
    "status": 503,
    "zh": {"what": "服务器暂时不能回答。", "why": "数据库正忙。", "advice": "请稍候再试；仍不行请联系运维人员。"},
    "en": {
        "what": "The server cannot answer now.",
        "why": "The database is busy.",
        "advice": "Try again shortly; if it goes on, call maintenance.",
    },
}


@dataclass(frozen=True)
class Place:
    """A platform to take pictures of: its address and the passwords of its people."""

    address: str
    passwords: dict[str, str]


@contextmanager
def demonstration(folder: Path) -> Iterator[Place]:
    data = folder / "demonstration"
    data.mkdir(mode=0o700, parents=True)
    (data / "demonstration-scenes").symlink_to(SCENES)
    with ExitStack() as stack:
        with scenes():
            address, lines = stack.enter_context(serving(data, "--demo"))
        yield Place(address, passwords_in(lines.seen))


def passwords_in(lines: list[str]) -> dict[str, str]:
    found = (re.search(r"(\w+)\s+(\w{5}-\w{5}-\w{5})", line) for line in lines)
    return {one.group(1): one.group(2) for one in found if one}


@contextmanager
def empty(folder: Path) -> Iterator[Place]:
    """A platform with somebody for every page, and nothing to see."""
    with serving(folder / "empty" / "d") as (address, lines):
        token = lines.find(r"/setup\?token=(\S+)").group(1)
        _settle_in(address, token)
        yield Place(address, dict.fromkeys(ROLES, PASSWORD))


def _settle_in(address: str, token: str) -> None:
    """The first three people by the setup's link, the others by the security administrator, for everything."""
    desks = {name: Caller(address) for name in ROLES}
    seats = [{"role": ROLES[one], "login_name": one, "display_name": one} for one in (ADMIN, SECURITY, AUDITOR)]
    done = _made(desks[ADMIN].post("/setup", {"token": token, "people": seats, "password": PASSWORD}))
    names = {role: name for name, role in ROLES.items()}
    for invite in done["invites"]:
        _made(desks[names[invite["role"]["code"]]].post("/invites/redeem", _redeemed(invite["token"])))
    for name in (DUTY, MANAGER, MAINTAIN):
        person = {"role": ROLES[name], "login_name": name, "display_name": name}
        added = _made(desks[SECURITY].post("/people", person))
        _made(desks[name].post("/invites/redeem", _redeemed(added["invite_token"])))
        _made(desks[SECURITY].post("/grants", {"person_id": added["person"]["id"], "kind": "everywhere", "value": ""}))


def _redeemed(token: str) -> dict[str, str]:
    return {"token": token, "password": PASSWORD}


def _made(answer: Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def keep_waiting(_route: Route) -> None:
    """The answer never comes."""


def refuse(route: Route) -> None:
    route.fulfill(status=503, content_type="application/problem+json", body=json.dumps(_BUSY))


class Photographer:
    """Goes through the pages of one platform and keeps a picture of each."""

    def __init__(self, browser: Browser, place: Place, folder: Path) -> None:
        self._browser, self._place, self._folder = browser, place, folder
        self._contexts: dict[str, BrowserContext] = {}
        self.failed: list[str] = []

    def take(self, visit: Visit, state: str, sizes: list[str], languages: list[str], tones: list[str]) -> None:
        page = self._of(visit.who).new_page()
        page.set_default_timeout(20_000)
        for language in languages:
            for tone in tones:
                prefer(page, self._place.address, language, tone)
                if state in {"loading", "error"}:
                    page.unroute_all()
                    page.route("**/api/v1/**", answering(keep_waiting if state == "loading" else refuse))
                self._one(page, visit, state, f"{visit.name}-{language}-{tone}", sizes)
        page.close()

    def _one(self, page: Page, visit: Visit, state: str, name: str, sizes: list[str]) -> None:
        for size in sizes:
            width, height = SIZES[size]
            page.set_viewport_size({"width": width, "height": height})
            path = self._folder / state / size / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                if size == sizes[0]:
                    self._come(page, visit, state)
                else:
                    page.wait_for_timeout(400)
                page.screenshot(path=path)
            except (Error, AssertionError) as trouble:
                self.failed.append(f"{state} {size} {name}: {str(trouble).splitlines()[0]}")
                page.screenshot(path=path)

    def _come(self, page: Page, visit: Visit, state: str) -> None:
        if state == "data":
            come(page, self._place.address, visit)
            page.wait_for_timeout(1_500 if visit.name in {"live", "playback", "map"} else 300)
            return
        page.goto(f"{self._place.address}{visit.path}")
        page.wait_for_timeout(1_200)
        if state == "empty":
            settled(page)
            opened(page, visit)

    def _of(self, who: str) -> BrowserContext:
        if who not in self._contexts:
            self._contexts[who] = signed_in(self._browser, self._place.address, who, self._place.passwords[who])
        return self._contexts[who]


def answering(otherwise: Callable[[Route], None]) -> Callable[[Route], None]:
    """What the shell asks for is answered; what the page asks for is not."""

    def answer(route: Route) -> None:
        if _SHELL.search(route.request.url.partition("?")[0]):
            route.continue_()
        else:
            otherwise(route)

    return answer


def chosen(asked: str, known: tuple[str, ...]) -> list[str]:
    """All that are known, or those asked for; exits with the names that there are when one is not known."""
    wanted = set(filter(None, asked.split(",")))
    if strange := wanted.difference(known):
        raise SystemExit(f"not known: {', '.join(sorted(strange))}; there are {', '.join(known)}")
    return [one for one in known if not wanted or one in wanted]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / ".run" / "screenshots")
    parser.add_argument("--only", default="", help="names of pages, with commas between")
    parser.add_argument("--states", default="")
    parser.add_argument("--sizes", default="")
    parser.add_argument("--languages", default="")
    parser.add_argument("--tones", default="")
    parser.add_argument("--at", default="", help="address of a demonstration that runs already")
    parser.add_argument("--log", type=Path, help="what that demonstration printed, with the passwords of its people")
    given = parser.parse_args()
    names = chosen(given.only, tuple(visit.name for visit in VISITS))
    visits = [visit for visit in VISITS if visit.name in names]
    states = chosen(given.states, STATES)
    ways = (
        chosen(given.sizes, tuple(SIZES)),
        chosen(given.languages, tuple(LANGUAGES)),
        chosen(given.tones, TONES),
    )
    failed: list[str] = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright, ExitStack() as stack:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(SWITCHES))
        if set(states) - {"empty"}:
            place = (
                Place(given.at, passwords_in(given.log.read_text().splitlines()))
                if given.at
                else stack.enter_context(demonstration(Path(folder)))
            )
            failed += photograph(browser, place, visits, [one for one in states if one != "empty"], ways, given.out)
        if "empty" in states:
            place = stack.enter_context(empty(Path(folder)))
            failed += photograph(browser, place, visits, ["empty"], ways, given.out)
        browser.close()
    sys.stdout.writelines(f"{line}\n" for line in failed)
    return bool(failed)


def photograph(
    browser: Browser,
    place: Place,
    visits: list[Visit],
    states: list[str],
    ways: tuple[list[str], list[str], list[str]],
    out: Path,
) -> list[str]:
    photographer = Photographer(browser, place, out)
    for visit in visits:
        for state in states:
            photographer.take(visit, state, *ways)
    return photographer.failed


if __name__ == "__main__":
    sys.exit(main())
