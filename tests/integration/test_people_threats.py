"""Threats 23 and 24 of the threat model, and guessing, against a real server on both engines."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
import sqlalchemy as sa
from tests.integration.test_api_audited import add_channel
from tests.unit.api.serving import AGENT, API, NO_TLS, Browser, Served, add, served, set_up
from tests.unit.identity.people import PASSWORD, actions, cheap_desk
from tests.unit.identity.people import set_up as first_people

from mingjian.identity import service, sign_in
from mingjian.identity.model import Visit
from mingjian.identity.store import MOST_BRAKES, SIGN_IN_BRAKE
from mingjian.kernel.errors import MingjianError
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

LIMIT_S = 30


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Served]:
    with served(database, tmp_path) as running:
        yield running


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def copied(browser: Browser, *, agent: str = AGENT, without: str = "") -> Browser:
    cookies = {name: value for name, value in browser.cookies.items() if name != without}
    return Browser(browser.origin, cookies, agent=agent)


def enrolled(browser: Browser, site: Served) -> tuple[pyotp.TOTP, list[str]]:
    """A second factor in force, and its recovery codes."""
    begun = browser.post("/session/factor", None)
    assert begun.status_code == 201, begun.text
    totp = pyotp.TOTP(begun.json()["secret"])
    confirmed = browser.post("/session/factor/confirm", {"code": now_code(totp, site)})
    assert confirmed.status_code == 200, confirmed.text
    return totp, confirmed.json()["codes"]


def now_code(totp: pyotp.TOTP, site: Served, steps: int = 0) -> str:
    return totp.generate_otp(site.clock.us // 30_000_000 + steps)


def entry(site: Served, login_name: str, code: str | None = None, browser: Browser | None = None) -> httpx.Response:
    body = {"login_name": login_name, "password": PASSWORD}
    return (browser or site.browser()).post("/session", body | ({"code": code} if code else {}))


# 23: a stolen session


@pytest.mark.parametrize("how", ["another browser", "without the device's cookie"])
def test_threat_23_a_copied_cookie_is_refused_and_ends_the_session(site: Served, how: str) -> None:
    victim = set_up(site)["auditor"]
    thief = copied(victim, agent="curl/8") if how == "another browser" else copied(victim)
    if how != "another browser":
        del thief.cookies["__Host-mingjian-device"]
    assert code(thief.get("/session")) == (401, "identity.session_elsewhere")
    assert code(thief.get("/session")) == (401, "identity.not_signed_in")
    assert code(victim.get("/session")) == (401, "identity.not_signed_in"), "the safe side: both have to sign in"
    assert entry(site, "auditor", browser=victim).status_code == 200
    told = victim.get("/session/state").json()["notices"]
    assert [one["kind"] for one in told] == ["session_elsewhere"]
    assert "127.0.0.1" in told[0]["zh"]
    assert "people.session_elsewhere" in actions(site.context.database)
    assert victim.post("/session/notices/read", {"ids": [told[0]["id"]]}).status_code == 204
    assert victim.get("/session/state").json()["notices"] == []


def test_threat_23_another_network_is_another_place(database: Database) -> None:
    desk = cheap_desk(database)
    opened = first_people(desk).opened
    for address, outcome in (("192.0.2.99", "done"), ("192.0.77.1", "done"), ("198.51.100.7", "elsewhere")):
        visit = Visit(address, opened.session.created_us + 1, device=opened.device)
        with desk.database.read() as tx:
            try:
                service.find_session(tx, opened.cookie, visit, desk.settings)
                found = "done"
            except MingjianError as refusal:
                found = refusal.code.removeprefix("identity.session_")
        assert found == outcome, address


def test_threat_23_what_matters_asks_for_a_fresh_proof(site: Served) -> None:
    security = set_up(site)["security_administrator"]
    new = {"login_name": "zhang.wei", "display_name": "张伟", "role": "duty_operator"}
    site.clock.forward(5 * 60)
    refused = security.post("/people", new)
    assert code(refused) == (403, "identity.assertion_needed")
    assert "密码" in refused.json()["zh"]["why"]
    assert code(security.post("/session/proof", {"password": "not this one at all"})) == (
        422,
        "identity.password_wrong",
    )
    assert code(security.post("/people", new)) == (403, "identity.assertion_needed")
    assert security.post("/session/proof", {"password": PASSWORD}).status_code == 204
    assert security.post("/people", new).status_code == 201
    site.clock.forward(5 * 60)
    assert code(security.post("/people", new)) == (403, "identity.assertion_needed"), "before it looks at anything"


def test_threat_23_a_copy_in_the_same_browser_cannot_do_what_matters(site: Served) -> None:
    """Both cookies and the name of the browser copied within the network: what cannot be told apart may read on for
    the rest of the session, and may decide nothing without a proof.
    """
    security = set_up(site)["security_administrator"]
    site.clock.forward(5 * 60)
    thief = copied(security)
    assert thief.get("/people").status_code == 200
    for answer in (
        thief.post("/people", {"login_name": "x.y", "display_name": "某", "role": "auditor"}),
        thief.post("/session/factor", None),
        thief.post("/programs", {"login_name": "svc", "display_name": "某"}),
    ):
        assert code(answer) == (403, "identity.assertion_needed")


def test_threat_23_revoked_means_the_next_request(site: Served) -> None:
    browsers = set_up(site)
    auditor, again = browsers["auditor"], site.browser()
    assert entry(site, "auditor", browser=again).status_code == 200
    mine = auditor.get("/session/sign-ins").json()["items"]
    assert [(one["address"], one["agent"]) for one in mine] == [("127.0.0.1", AGENT)] * 2
    (other,) = [one["id"] for one in mine if not one["this"]]
    assert auditor.send("DELETE", f"{API}/session/sign-ins/{other}").status_code == 204
    assert code(again.get("/session")) == (401, "identity.not_signed_in")
    assert auditor.get("/session").status_code == 200
    # and by an administrator, seen by the person
    people = browsers["security_administrator"].get("/people").json()["items"]
    person = next(one["id"] for one in people if one["login_name"] == "auditor")
    assert browsers["security_administrator"].send("DELETE", f"{API}/people/{person}/sign-ins").status_code == 204
    assert code(auditor.get("/session")) == (401, "identity.not_signed_in")
    assert entry(site, "auditor", browser=auditor).status_code == 200
    kinds = [one["kind"] for one in auditor.get("/session/state").json()["notices"]]
    assert sorted(kinds) == ["new_device", "sign_ins_ended"]


def test_threat_23_a_new_device_is_told_once(site: Served) -> None:
    first = set_up(site)["auditor"]
    second = site.browser()
    assert entry(site, "auditor", browser=second).status_code == 200
    assert entry(site, "auditor", browser=second).status_code == 200, "a device that is known by now"
    kinds = [one["kind"] for one in first.get("/session/state").json()["notices"]]
    assert kinds == ["new_device"]


# 24: codes that somebody was tricked into giving, and push fatigue: there is no push


def test_threat_24_a_code_works_once(site: Served) -> None:
    auditor = set_up(site)["auditor"]
    totp, _ = enrolled(auditor, site)
    assert code(entry(site, "auditor")) == (401, "identity.code_needed")
    assert code(entry(site, "auditor", now_code(totp, site))) == (401, "identity.code_wrong"), "it enrolled with it"
    site.clock.forward(30)
    shown = now_code(totp, site)
    assert entry(site, "auditor", shown).status_code == 200
    assert code(entry(site, "auditor", shown)) == (401, "identity.code_wrong"), "seen over the shoulder, and replayed"
    site.clock.forward(30)
    assert code(entry(site, "auditor", shown)) == (401, "identity.code_wrong"), "inside the window, and used"


def test_threat_24_two_at_the_same_time_get_in_once(site: Served) -> None:
    auditor = set_up(site)["auditor"]
    totp, _ = enrolled(auditor, site)
    site.clock.forward(30)
    shown = now_code(totp, site)
    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: entry(site, "auditor", shown).status_code, range(2)))
    assert sorted(answers) == [200, 401]


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 200), (0, 200), (1, 200), (2, 401)])
def test_threat_24_the_window_is_one_step(site: Served, steps: int, status: int) -> None:
    auditor = set_up(site)["auditor"]
    totp, _ = enrolled(auditor, site)
    site.clock.forward(300)
    assert entry(site, "auditor", now_code(totp, site, steps)).status_code == status


def test_threat_24_codes_cannot_be_guessed(site: Served) -> None:
    auditor = set_up(site)["auditor"]
    enrolled(auditor, site)
    answers = [code(entry(site, "auditor", f"{number:06}")) for number in range(8)]
    assert answers[:5] == [(401, "identity.code_wrong")] * 5
    assert answers[5:] == [(429, "identity.too_many_guesses")] * 3
    # A right password without a code lets go of nothing.
    site.clock.forward(2)
    assert code(entry(site, "auditor")) == (401, "identity.code_needed")
    assert code(entry(site, "auditor", "000001")) == (429, "identity.too_many_guesses")


def test_threat_24_a_factor_is_not_in_force_before_a_code_was_right(site: Served) -> None:
    auditor = set_up(site)["auditor"]
    assert auditor.post("/session/factor", None).json()["drawing"].startswith("<svg")
    assert code(auditor.post("/session/factor/confirm", {"code": "000000"})) == (401, "identity.code_wrong")
    assert entry(site, "auditor").status_code == 200
    assert auditor.get("/session/factor").json() == {"since": None, "recovery_codes_left": 0}


def test_threat_24_recovery_codes_work_once_each(site: Served) -> None:
    auditor = set_up(site)["auditor"]
    _, codes = enrolled(auditor, site)
    assert len(set(codes)) == 10
    assert entry(site, "auditor", codes[0].upper()).status_code == 200
    assert code(entry(site, "auditor", codes[0])) == (401, "identity.code_wrong")
    assert auditor.get("/session/factor").json()["recovery_codes_left"] == 9
    assert auditor.post("/session/factor/recovery-codes", None).status_code == 200
    assert code(entry(site, "auditor", codes[1])) == (401, "identity.code_wrong"), "the earlier ones ended"


def test_threat_24_nothing_in_the_database_makes_a_code(site: Served, database: Database) -> None:
    auditor = set_up(site)["auditor"]
    begun = auditor.post("/session/factor", None).json()["secret"]
    totp = pyotp.TOTP(begun)
    codes = auditor.post("/session/factor/confirm", {"code": now_code(totp, site)}).json()["codes"]
    with database.read() as tx:
        rows = [
            repr(tuple(row))
            for table in ("second_factor", "recovery_code", "audit_entry", "person", "person_notice")
            for row in tx.execute(sa.text(f"SELECT * FROM {table}"))
        ]
    kept = "\n".join(rows)
    assert begun not in kept
    assert not [each for each in codes if each in kept or each.replace("-", "") in kept]


def test_threat_24_a_link_alone_is_no_second_factor(site: Served) -> None:
    browsers = set_up(site)
    manager = add(site, browsers, "security_manager", "manager")
    totp, _ = enrolled(manager, site)
    people = browsers["security_administrator"].get("/people").json()["items"]
    person = next(one["id"] for one in people if one["login_name"] == "manager")
    token = browsers["security_administrator"].post(f"/people/{person}/invite", None).json()["invite_token"]
    chosen = {"token": token, "password": "another good phrase"}
    assert code(site.browser().post("/invites/redeem", chosen)) == (401, "identity.code_needed")
    site.clock.forward(30)
    body = chosen | {"code": now_code(totp, site)}
    assert site.browser().post("/invites/redeem", body).status_code == 200


def test_threat_24_a_lost_factor_is_reset_by_another_and_seen(site: Served) -> None:
    browsers = set_up(site)
    auditor, security = browsers["auditor"], browsers["security_administrator"]
    enrolled(auditor, site)
    people = {one["login_name"]: one["id"] for one in security.get("/people").json()["items"]}
    own = auditor.send("DELETE", f"{API}/people/{people['auditor']}/factor")
    assert code(own) == (403, "identity.not_oneself")
    assert security.send("DELETE", f"{API}/people/{people['auditor']}/factor").status_code == 204
    assert code(auditor.get("/session")) == (401, "identity.not_signed_in")
    assert entry(site, "auditor", browser=auditor).status_code == 200, "the password alone, until a new one is set up"
    told = auditor.get("/session/state").json()["notices"]
    assert [one["kind"] for one in told] == ["factor_reset"]
    assert "王芳" in told[0]["zh"]
    assert "people.factor_reset" in actions(site.context.database)


# Guessing


def test_sixty_addresses_guess_at_one_name_and_keep_nobody_out(database: Database) -> None:
    desk = cheap_desk(database)
    opened = first_people(desk).opened
    now_us = opened.session.created_us

    def attempt(number: int) -> str:
        try:
            sign_in.sign_in(desk, "admin", f"guess number {number}", Visit(f"198.51.100.{number}", now_us))
        except MingjianError as refusal:
            return refusal.code.removeprefix("identity.")
        return "in"

    outcomes = [attempt(number) for number in range(60)]
    assert outcomes[:5] == ["sign_in_refused"] * 5
    assert set(outcomes[5:]) == {"too_many_guesses"}, "the name is braked, from wherever"
    # Others sign in, and so does the owner, on the device that is known.
    owner = Visit("192.0.2.7", now_us, device=opened.device)
    assert sign_in.sign_in(desk, "admin", PASSWORD, owner).session.person.login_name == "admin"
    stranger = Visit("192.0.2.8", now_us)
    with pytest.raises(MingjianError) as refused:
        sign_in.sign_in(desk, "admin", PASSWORD, stranger)
    assert refused.value.code == "identity.too_many_guesses"


def test_one_machine_of_ipv6_is_one_guesser(database: Database) -> None:
    desk = cheap_desk(database)
    outcomes = []
    for number in range(8):
        visit = Visit(f"2001:db8:1:2::{number:x}", 1_800_000_000_000_000)
        try:
            sign_in.sign_in(desk, f"name{number}", "whatever it is", visit)
        except MingjianError as refusal:
            outcomes.append(refusal.code.removeprefix("identity."))
    assert outcomes == ["sign_in_refused"] * 5 + ["too_many_guesses"] * 3


def test_what_is_remembered_of_guessing_is_bounded(database: Database) -> None:
    desk = cheap_desk(database)
    now_us = 1_800_000_000_000_000
    rows = [
        {"key": number.to_bytes(32, "big"), "failures": 1, "last_us": now_us - 1_000_000 + number}
        for number in range(MOST_BRAKES + 150)
    ]
    with database.write() as tx:
        tx.execute(sa.insert(SIGN_IN_BRAKE), rows)
    for number in range(2):
        with pytest.raises(MingjianError):
            sign_in.sign_in(desk, f"name{number}", "whatever it is", Visit(f"198.51.100.{number}", now_us))
    with database.read() as tx:
        count = tx.execute(sa.select(sa.func.count()).select_from(SIGN_IN_BRAKE)).scalar_one()
        newest = tx.execute(sa.select(sa.func.max(SIGN_IN_BRAKE.c.last_us))).scalar_one()
    assert count <= MOST_BRAKES
    assert newest == now_us


# Programs


def bearer(site: Served, token: str, path: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", **more.pop("headers", {})}
    method = more.pop("method", "GET")
    url = f"{site.origin}{API}{path}"
    return httpx.request(method, url, headers=headers, timeout=LIMIT_S, trust_env=False, verify=NO_TLS, **more)


def issued(security: Browser, permissions: list[str], days: int = 30) -> tuple[str, str, str]:
    program = security.post("/programs", {"login_name": "svc.city", "display_name": "市级平台"}).json()["id"]
    answer = security.post(f"/programs/{program}/tokens", {"name": "2027", "permissions": permissions, "days": days})
    assert answer.status_code == 201, answer.text
    return program, answer.json()["token"]["id"], answer.json()["secret"]


def test_a_token_has_its_permissions_and_its_time(site: Served, database: Database) -> None:
    security = set_up(site)["security_administrator"]
    program, token_id, secret = issued(security, ["health.read"])
    assert secret.startswith("mjt_")
    assert bearer(site, secret, "/health").status_code == 200
    assert code(bearer(site, secret, "/channels")) == (403, "identity.not_permitted"), "its role may, this token not"
    assert code(bearer(site, secret, "/people")) == (403, "identity.not_permitted")
    assert code(bearer(site, secret, "/session")) == (403, "identity.not_permitted")
    assert code(site.browser().post("/session", {"login_name": "svc.city", "password": secret}))[0] == 401
    with database.read() as tx:
        kept = [repr(tuple(row)) for row in tx.execute(sa.text("SELECT * FROM program_token"))]
    assert secret not in "".join(kept)
    listed = security.get("/programs").json()
    assert [(one["login_name"], len(one["tokens"])) for one in listed["items"]] == [("svc.city", 1)]
    assert secret not in json.dumps(listed)
    site.clock.forward(30 * 86_400)
    assert code(bearer(site, secret, "/health")) == (401, "identity.token_refused")
    assert program != token_id


def test_a_program_reaches_what_it_was_granted(site: Served) -> None:
    browsers = set_up(site)
    security = browsers["security_administrator"]
    program, _, secret = issued(security, ["channel.read"])
    add_channel(site, browsers)
    assert bearer(site, secret, "/channels").json()["items"] == [], "it was given no scope"
    given = security.post("/grants", {"person_id": program, "kind": "territory", "value": "530581"})
    assert given.status_code == 201, given.text
    (channel,) = bearer(site, secret, "/channels").json()["items"]
    assert channel["name"] == "校门"
    assert security.post(f"/programs/{program}/disable", None).status_code == 204
    assert code(bearer(site, secret, "/channels")) == (401, "identity.token_refused")


def test_a_token_is_never_a_cookie_and_a_cookie_beside_it_counts_for_nothing(site: Served) -> None:
    browsers = set_up(site)
    security = browsers["security_administrator"]
    _, token_id, secret = issued(security, ["health.read"])
    as_cookie = Browser(site.origin, {"__Host-mingjian": secret})
    assert code(as_cookie.get("/health")) == (401, "identity.not_signed_in")
    cookies = {"Cookie": security.cookie_header, "User-Agent": AGENT}
    assert code(bearer(site, secret, "/people", headers=cookies)) == (403, "identity.not_permitted")
    assert code(bearer(site, "mjt_wrong", "/people", headers=cookies)) == (401, "identity.token_refused")
    foreign = {"Origin": "https://evil.example", "Cookie": security.cookie_header, "User-Agent": AGENT}
    refused = bearer(site, "mjt_wrong", "/programs", method="POST", json={}, headers=foreign)
    assert code(refused) == (401, "identity.token_refused"), "no way around the own origin with the cookie's authority"
    assert security.send("DELETE", f"{API}/tokens/{token_id}").status_code == 204
    assert code(bearer(site, secret, "/health")) == (401, "identity.token_refused")


def test_wrong_tokens_are_braked_and_right_ones_are_not(site: Served) -> None:
    security = set_up(site)["security_administrator"]
    _, _, secret = issued(security, ["health.read"])
    answers = [bearer(site, f"mjt_{number}", "/health").status_code for number in range(8)]
    assert answers == [401] * 5 + [429] * 3
    assert bearer(site, secret, "/health").status_code == 200


@pytest.mark.parametrize(
    ("permissions", "days"), [(["people.manage"], 30), (["session.own"], 30), (["health.read"], 367), (["nothing"], 1)]
)
def test_a_token_cannot_be_for_more_than_the_table_gives(site: Served, permissions: list[str], days: int) -> None:
    security = set_up(site)["security_administrator"]
    program = security.post("/programs", {"login_name": "svc", "display_name": "某平台"}).json()["id"]
    answer = security.post(f"/programs/{program}/tokens", {"name": "x", "permissions": permissions, "days": days})
    assert code(answer) == (422, "identity.token_terms")


# Live pictures of a sign-in that was ended; with a real picture in `test_api_views`


def test_endings_are_told_by_one_question_for_all(site: Served) -> None:
    browsers = set_up(site)
    with site.context.database.read() as tx:
        people = {one.login_name: one.id for one in service.everybody(tx)}
        keys = {
            name: service.sign_ins(tx, people[name], site.clock.us, site.context.settings.identity)[0].key
            for name in ("admin", "auditor")
        }

    async def wait() -> tuple[bool, bool]:
        endings, database = site.context.endings, site.context.database
        async with endings.told(database, keys["auditor"]) as ended, endings.told(database, keys["admin"]) as holds:
            threading.Timer(0.05, lambda: browsers["auditor"].send("DELETE", f"{API}/session")).start()
            begun = time.monotonic()
            await asyncio.wait_for(ended.wait(), LIMIT_S)
            assert time.monotonic() - begun < LIMIT_S
            return ended.is_set(), holds.is_set()

    assert asyncio.run(wait()) == (True, False)
