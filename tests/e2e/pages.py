"""Every page of the console that a person can come to, with the one who comes there and the things that open on it."""

from dataclasses import dataclass
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page, expect

SIZES: Final = {"1366": (1366, 768), "1920": (1920, 1080)}
LANGUAGES: Final = {"zh": "zh-CN", "en": "en"}
TONES: Final = ("dark", "light")
ADMIN, SECURITY, AUDITOR, DUTY = "admin", "security", "auditor", "duty"
MANAGER, MAINTAIN = "manager", "maintain"


@dataclass(frozen=True)
class Visit:
    """A page, by whom it is opened in the demonstration, and the parts (selectors) that are pressed one by one to open
    what hangs on it. `until` is there when the page with its data is.
    """

    name: str
    path: str
    who: str
    opens: tuple[str, ...] = ()
    until: str = "main h1, main [role=tab], main [role=status], main table"


def _tabs(name: str, path: str, who: str, tabs: tuple[str, ...]) -> tuple[Visit, ...]:
    return tuple(Visit(f"{name}-{tab}", f"{path}?tab={tab}", who) for tab in tabs)


_ID: Final = "[data-testid={}]"
CAMERA_TABS: Final = ("plan", "stream", "connections", "term", "completeness", "law")
VISITS: Final = (
    Visit("duty", "/duty", DUTY),
    Visit("live", "/live", DUTY, until="[data-testid=tile]"),
    Visit("playback", "/playback", DUTY, until="[data-testid=timeline]"),
    Visit("map", "/map", MANAGER, until="main canvas, [data-testid=no-webgl], [data-testid=map-list]"),
    Visit("help", "/help", DUTY),
    Visit("cameras", "/cameras", ADMIN),
    Visit("camera-add", "/cameras?add=1", ADMIN, until=".ant-drawer-open"),
    Visit("registry", "/registry", ADMIN, until="[role=tree], .ant-empty"),
    Visit("registry-import", "/registry", ADMIN, (_ID.format("import-table"),)),
    Visit("registry-export", "/registry", ADMIN, (_ID.format("export"),)),
    Visit("registry-bulk", "/registry", ADMIN, (_ID.format("bulk-add"),)),
    Visit("registry-unit", "/registry", ADMIN, (_ID.format("add-organisation"),)),
    Visit("registry-place", "/registry", ADMIN, (_ID.format("add-place"),)),
    Visit("health", "/health", ADMIN),
    Visit("storage", "/storage", ADMIN),
    *_tabs("law", "/law", MANAGER, ("texts", "ask", "compare", "here")),
    Visit("holds", "/holds", MANAGER),
    Visit("clips", "/clips", MANAGER),
    Visit("audit", "/audit", AUDITOR),
    *_tabs("people", "/people", SECURITY, ("people", "administration", "duty", "programs")),
    *_tabs("permissions", "/permissions", SECURITY, ("table", "grants", "deputies", "why")),
    *_tabs("settings", "/settings", ADMIN, ("review", "values")),
    Visit("account", "/account", DUTY),
    Visit("trail", "/trail", DUTY),
    Visit("search", "/cameras", ADMIN, (_ID.format("search"),)),
    Visit("keys", "/live", DUTY, (_ID.format("keys"),)),
    Visit("alerts", "/cameras", DUTY, (_ID.format("alerts"),)),
    Visit("nowhere", "/nowhere", DUTY, until=_ID.format("nowhere")),
)


def signed_in(browser: Browser, address: str, name: str, password: str) -> BrowserContext:
    """A browser that has signed in as a program would; the cookie stays."""
    context = browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    page = context.new_page()
    page.goto(f"{address}/mark.svg")
    body = {"login_name": name, "password": password}
    status = page.evaluate(
        "body => fetch('/api/v1/session', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify(body)}).then(answer => answer.status)",
        body,
    )
    assert status in {200, 201}, f"{name} was not let in: {status}"
    # That this is a new device is said on every page until it is put away.
    page.evaluate(
        "() => fetch('/api/v1/session/state').then(answer => answer.json()).then(state => state.notices.length &&"
        " fetch('/api/v1/session/notices/read', {method: 'POST', headers: {'Content-Type': 'application/json'},"
        " body: JSON.stringify({ids: state.notices.map(one => one.id)})}))"
    )
    page.close()
    return context


def prefer(page: Page, address: str, language: str, tone: str) -> None:
    """Language and tone as if the person had chosen them on this machine."""
    if not page.url.startswith(address):
        page.goto(f"{address}/mark.svg")
    page.evaluate(
        "([language, tone]) => { localStorage.setItem('mingjian.language', language);"
        " localStorage.setItem('mingjian.tone', JSON.stringify(tone)); }",
        [LANGUAGES[language], tone],
    )


def come(page: Page, address: str, visit: Visit) -> None:
    """Open the page and what hangs on it, and wait until its data are there."""
    page.goto(f"{address}{visit.path}")
    expect(page.locator(visit.until).first).to_be_visible()
    opened(page, visit)


def opened(page: Page, visit: Visit) -> None:
    """Open what hangs on the page that is there, and wait until nothing is on its way."""
    for part in visit.opens:
        page.locator(part).first.click()
        expect(page.locator("[role=dialog], .ant-popover, .ant-drawer-open").first).to_be_visible()
    settled(page)


def settled(page: Page) -> None:
    """No spinner is left, nothing moves: what axe and a picture see is the page and not the way to it."""
    expect(page.locator("main [role=status]:empty, .ant-spin-spinning, [aria-busy=true]")).to_have_count(0)
    page.wait_for_function(
        "() => document.getAnimations().every(one => one.playState !== 'running'"
        " || one.effect?.getComputedTiming().iterations === Infinity)"
    )


def too_wide(page: Page) -> list[str]:
    """What stands out of the window to the side, outside of boxes that scroll on their own."""
    found: Any = page.evaluate(
        """() => {
          const wide = [];
          if (document.documentElement.scrollWidth > innerWidth) wide.push('document');
          const main = document.querySelector('main');
          if (main && main.scrollWidth > main.clientWidth + 1) wide.push(`main ${main.scrollWidth}`);
          return wide;
        }"""
    )
    return [str(one) for one in found]
