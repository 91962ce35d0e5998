"""In a browser: a maintenance worker sees only their scope, grants and reasons by hand, an auditor verifies."""

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect
from tests.unit.api.serving import Browser, Served, add, served, set_up
from tests.unit.identity.people import PASSWORD

from mingjian.identity.scopes import Scope, ScopeKind
from mingjian.kernel.clock import SystemClock
from mingjian.kernel.ids import PersonId
from mingjian.registry.vault import Secret
from mingjian.storage import jobs
from mingjian.storage.engine import Database
from mingjian.workers import audit_jobs

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300), pytest.mark.breadth]


@dataclass
class Town:
    """Two schools in two counties, and the people who look after them."""

    site: Served
    browsers: dict[str, Browser]
    channels: dict[str, str]


@pytest.fixture(scope="module")
def town(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("permissions")
    path = folder / "mingjian.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    with served(database, folder) as site:
        browsers = set_up(site)
        yield Town(site, browsers, _channels(site, browsers["system_administrator"]))
    database.close()


def _channels(site: Served, admin: Browser) -> dict[str, str]:
    person = PersonId(UUID(admin.get("/session").json()["id"]))
    found: dict[str, str] = {}
    for number, (name, region) in enumerate((("腾冲市第一中学", "530581"), ("隆阳区实验小学", "530502"))):
        place: dict[str, str] = {"name": name, "address": "城关路1号", "region_code": region}
        for spot in ("校门", "操场"):
            address = f"rtsp://192.0.2.{number + 1}/{len(found)}"
            probe = site.context.probes.keep(person, address, Secret("admin", "12345"), site.clock.now_us())
            body = {"probe_id": probe.id, "name": f"{name}{spot}", "place": place, "spot": {"name": spot}}
            added = admin.post("/channels", body)
            assert added.status_code == 201, added.text
            found[f"{name}{spot}"] = str(added.json()["id"])
            place = {"id": str(added.json()["place"]["id"])}
    return found


def sign_in(page: Page, town: Town, login_name: str, to: str) -> None:
    page.goto(f"{town.site.origin}{to}")
    page.get_by_label("登录名").fill(login_name)
    page.locator("input[type=password]").fill(PASSWORD)
    page.get_by_role("button", name="登录", exact=True).click()
    page.wait_for_url(re.compile(re.escape(to)))


def test_a_maintenance_worker_sees_only_their_scope(page: Page, town: Town) -> None:
    add(town.site, town.browsers, "maintenance", "weixiu", Scope(ScopeKind.TERRITORY, "530581"))
    sign_in(page, town, "weixiu", "/cameras")
    expect(page.get_by_text("腾冲市第一中学校门")).to_be_visible()
    expect(page.get_by_text("腾冲市第一中学操场")).to_be_visible()
    expect(page.get_by_text("隆阳区实验小学")).to_have_count(0)
    # By the address as well: what is not reached is refused, with words.
    answer = page.request.get(f"{town.site.origin}/api/v1/channels/{town.channels['隆阳区实验小学校门']}/recording")
    assert answer.status == 403
    assert answer.json()["code"] == "identity.out_of_scope"
    page.get_by_test_id("person").click()
    page.get_by_text("我的日志").click()
    expect(page.get_by_test_id("audit-entries").get_by_text("登录").first).to_be_visible()


def test_the_security_administrator_grants_and_sees_why(page: Page, town: Town) -> None:
    add(town.site, town.browsers, "security_manager", "anbao", Scope(ScopeKind.TERRITORY, "500103"))
    sign_in(page, town, "security", "/permissions?tab=why")
    _choose(page, "人员", "anbao")
    page.get_by_test_id("scope-value").click()
    page.keyboard.type("实验小学校门")
    page.get_by_title(re.compile("隆阳区实验小学校门")).first.click()
    why = page.get_by_test_id("why")
    expect(why).to_have_attribute("data-allowed", "false")
    expect(why.get_by_text("都不包含此对象")).to_be_visible()
    page.get_by_role("tab", name="授权范围").click()
    page.get_by_test_id("give-grant").click()
    dialog = page.get_by_role("dialog")
    _choose(page, "人员", "anbao", dialog)
    dialog.get_by_test_id("scope-kind").click()
    page.locator(".ant-select-dropdown:visible").get_by_title("场所").click()
    dialog.get_by_test_id("scope-value").click()
    page.keyboard.type("实验小学")
    page.locator(".ant-select-dropdown:visible").get_by_title(re.compile("隆阳区实验小学")).first.click()
    dialog.get_by_label("事由").fill("负责该校安保")
    dialog.get_by_role("button", name="授权").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_test_id("grants").get_by_text("负责该校安保")).to_be_visible()
    manager = next(
        one for one in town.browsers["auditor"].get("/people").json()["items"] if one["login_name"] == "anbao"
    )
    asked = f"person_id={manager['id']}&permission=live.view&kind=channel&value={town.channels['隆阳区实验小学校门']}"
    assert town.browsers["auditor"].get(f"/permissions/why?{asked}").json()["allowed"]
    page.get_by_role("tab", name="权限表").click()
    expect(page.get_by_test_id("permission-table").get_by_text("live.view")).to_be_visible()


def _choose(page: Page, label: str, typed: str, within: Any = None) -> None:
    (within or page).get_by_role("combobox", name=label).first.click()
    page.keyboard.type(typed)
    page.locator(".ant-select-dropdown:visible").get_by_title(re.compile(typed)).first.click()


@contextmanager
def jobs_role(town: Town) -> Iterator[None]:
    """What the role `jobs` does about the log, again and again."""
    over, database, folder = threading.Event(), town.site.context.database, town.site.context.data_dir

    def work() -> None:
        while not over.wait(0.2):
            audit_jobs.seal(database, folder, SystemClock(), lambda _tx: None, over.is_set)
            with database.write() as tx:
                job = jobs.claim(tx, "test", 1 << 60, 60_000_000, ["audit.verify"])
            if job is not None:
                run = UUID(job.payload["run"])
                audit_jobs.verify(database, run, folder, SystemClock(), lambda _tx: None, over.is_set)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


def test_an_auditor_searches_and_verifies(page: Page, town: Town) -> None:
    sign_in(page, town, "auditor", "/audit")
    entries = page.get_by_test_id("audit-entries")
    page.get_by_placeholder("搜索文字").fill("隆阳区实验小学操场")
    page.keyboard.press("Enter")
    expect(entries.locator("[data-action]")).to_have_count(1)
    expect(entries.locator("[data-action='channel.added']")).to_be_visible()
    entries.locator("[data-action='channel.added']").click()
    expect(entries.get_by_text("摘要（SHA-256）")).to_be_visible()
    page.get_by_role("tab", name="校验").click()
    with jobs_role(town):
        page.get_by_test_id("verify").click()
        result = page.get_by_test_id("verification").first
        expect(result).to_have_attribute("data-state", "whole", timeout=60_000)
        expect(page.get_by_test_id("audit-head")).to_contain_text("/audit+")
        with town.site.context.database.engine.connect() as connection:
            connection.exec_driver_sql("DROP TRIGGER audit_entry_no_update")
            connection.exec_driver_sql("UPDATE audit_entry SET actor_label = '别人' WHERE seq = 4")
            connection.commit()
        page.get_by_test_id("verify").click()
        expect(page.get_by_test_id("first-bad")).to_have_text("第一处：第 4 条被改动", timeout=60_000)
