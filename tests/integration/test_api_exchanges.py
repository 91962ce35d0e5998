"""Whole exchanges with a real server on a real socket: cookies, sessions, refusals, headers, the console."""

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
import sqlalchemy as sa
from fastapi import APIRouter, Depends, FastAPI, WebSocket
from tests.unit.api.serving import AGENT, API, Served, add, first_people, served, set_up, setup_token
from tests.unit.identity.people import PASSWORD
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from mingjian.api.console import Console
from mingjian.api.deps import Caller, ChannelCounts, Context, Data, Requires, VolumeHealth, still_allowed
from mingjian.api.security import COOKIE, DEVICE_COOKIE
from mingjian.identity.permissions import Permission
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Iterator[Served]:
    with served(database, tmp_path) as running:
        yield running


def code(answer: Any) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    document = answer.json()
    assert document["status"] == answer.status_code
    assert all(document[language][part] for language in ("zh", "en") for part in ("what", "why", "advice"))
    return answer.status_code, document["code"]


# Getting in


def test_from_nobody_to_three_people(site: Served) -> None:
    browser = site.browser()
    assert browser.get("/state").json() == {
        "version": "0.1.0",
        "initialized": False,
        "demonstration": False,
        "server_time": "2027-01-15T08:00:00.000000Z",
        "languages": ["zh-CN", "en"],
    }
    body = {"token": setup_token(site.context), "people": first_people(), "password": PASSWORD}
    done = browser.post("/setup", body)
    assert done.status_code == 201
    assert done.json()["signed_in"]["role"]["zh"] == "系统管理员"
    assert browser.get("/session").json() == done.json()["signed_in"]
    assert browser.get("/state").json()["initialized"] is True
    assert code(browser.post("/setup", body)) == (409, "identity.already_set_up")

    invite = done.json()["invites"][0]
    invited = site.browser()
    looked = invited.post("/invites/look", {"token": invite["token"]})
    assert looked.json() == {
        "login_name": "security",
        "display_name": "王芳",
        "role": {"code": "security_administrator", "zh": "安全管理员", "en": "security administrator"},
    }
    assert code(invited.get("/session")) == (401, "identity.not_signed_in")
    redeemed = invited.post("/invites/redeem", {"token": invite["token"], "password": PASSWORD})
    assert redeemed.json() == invited.get("/session").json()
    assert code(invited.post("/invites/look", {"token": invite["token"]})) == (403, "identity.token_invalid")


def test_the_cookie(site: Served) -> None:
    set_up(site)
    browser = site.browser()
    assert browser.post("/session", {"login_name": "admin", "password": PASSWORD}).status_code == 200
    name, _, rest = browser.set_cookie.partition("=")
    value, *attributes = [part.strip() for part in rest.split(";")]
    assert name == "__Host-mingjian"
    assert len(value) == 43
    assert {each.lower() for each in attributes} == {
        "httponly",
        "secure",
        "samesite=strict",
        "path=/",
        "max-age=43200",
    }


def test_signing_out_ends_the_session_for_everybody_who_has_the_cookie(site: Served) -> None:
    browser = set_up(site)["auditor"]
    copy = site.browser()
    copy.cookies = dict(browser.cookies)
    assert copy.get("/session").status_code == 200
    assert browser.send("DELETE", f"{API}/session").status_code == 204
    assert set(browser.cookies) == {DEVICE_COOKIE}, "it says which browser this is, and lets nobody in"
    assert code(copy.get("/session")) == (401, "identity.not_signed_in")


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "x" * 5000, "a=b"])
def test_other_cookies_let_nobody_in(site: Served, cookie: str) -> None:
    set_up(site)
    browser = site.browser()
    browser.cookies = {COOKIE: cookie}
    answer = browser.get("/session")
    assert code(answer) == (401, "identity.not_signed_in")


def wait_until_seen(site: Served) -> None:
    """The last use is written after the answer: wait until it is there."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with site.context.database.read() as tx:
            if tx.execute(sa.text("SELECT max(seen_us) FROM session")).scalar_one() == site.clock.us:
                return
    raise AssertionError("the last use was never written")


def test_idle_and_longest_session(site: Served) -> None:
    browsers = set_up(site)
    used, idle = browsers["auditor"], browsers["system_administrator"]
    for _ in range(13):  # 11 h 55 min, asking every 55 minutes
        site.clock.forward(55 * 60)
        assert used.get("/session").status_code == 200
        wait_until_seen(site)
    assert code(idle.get("/session")) == (401, "identity.not_signed_in")
    site.clock.forward(5 * 60)
    assert code(used.get("/session")) == (401, "identity.not_signed_in")


def test_reading_costs_a_write_at_most_once_a_minute(site: Served, database: Database) -> None:
    browser = set_up(site)["auditor"]
    writes = 0
    begin = type(database).write

    def counting(self: Database) -> Any:
        nonlocal writes
        writes += 1
        return begin(self)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(database), "write", counting)
        for _ in range(5):
            assert browser.get("/session").status_code == 200
        assert writes == 0
        site.clock.forward(61)
        assert browser.get("/session").status_code == 200
        wait_until_seen(site)
        for _ in range(5):
            assert browser.get("/session").status_code == 200
        assert writes == 1


def test_the_brake_says_when_to_come_back(site: Served) -> None:
    set_up(site)
    browser = site.browser()
    wrong = {"login_name": "admin", "password": "not the right one"}
    for _ in range(5):
        assert code(browser.post("/session", wrong)) == (401, "identity.sign_in_refused")
    braked = browser.post("/session", {"login_name": "admin", "password": PASSWORD})
    assert code(braked) == (429, "identity.too_many_guesses")
    assert braked.headers["retry-after"] == "1"
    site.clock.forward(1)
    assert browser.post("/session", {"login_name": "admin", "password": PASSWORD}).status_code == 200


def test_language_and_password(site: Served) -> None:
    browser = set_up(site)["auditor"]
    assert browser.send("PUT", f"{API}/session/language", {"language": "en"}).json()["language"] == "en"
    assert browser.get("/session").json()["language"] == "en"
    weak = browser.send("PUT", f"{API}/session/password", {"current": PASSWORD, "new": "short"})
    assert code(weak) == (422, "identity.password_weak")
    change = {"current": PASSWORD, "new": "a rather different one"}
    assert browser.send("PUT", f"{API}/session/password", change).status_code == 204
    assert browser.get("/session").status_code == 200
    assert code(site.browser().post("/session", {"login_name": "auditor", "password": PASSWORD}))[0] == 401


# What each role may do


def test_people_and_the_log_by_role(site: Served) -> None:
    browsers = set_up(site)
    browsers["duty_operator"] = add(site, browsers, "duty_operator", "duty")
    allowed = {
        ("GET", "/people"): {"system_administrator", "security_administrator", "auditor"},
        ("GET", "/audit"): {"auditor"},
        ("GET", "/health"): {"system_administrator", "security_administrator", "auditor"},
        ("GET", "/metrics"): {"system_administrator", "security_administrator", "auditor"},
        ("POST", "/people"): {"security_administrator"},
    }
    for (method, path), roles in allowed.items():
        assert code(site.browser().send(method, API + path)) == (401, "identity.not_signed_in")
        for role, browser in browsers.items():
            answer = browser.send(method, API + path)
            if role not in roles:
                assert code(answer) == (403, "identity.not_permitted"), (role, path)
            else:
                assert answer.status_code in {200, 422}, (role, path)


def test_a_refusal_is_in_the_log_once_a_minute(site: Served) -> None:
    browsers = set_up(site)

    def denials() -> list[dict[str, Any]]:
        items = browsers["auditor"].get("/audit?limit=200").json()["items"]
        return [item for item in items if item["action"] == "access.denied"]

    for _ in range(3):
        assert browsers["system_administrator"].get("/audit").status_code == 403
    (entry,) = denials()
    assert entry["actor"]["label"] == "李明 (admin)"
    assert entry["actor"]["address"] == "127.0.0.1"
    assert entry["detail"] == {"operation": "GET /audit"}
    assert entry["zh"] == "李明 (admin) 无权执行 GET /audit，已拒绝"
    site.clock.forward(61)
    assert browsers["system_administrator"].get("/audit").status_code == 403
    assert len(denials()) == 2


def test_the_log_by_pages(site: Served) -> None:
    auditor = set_up(site)["auditor"]
    seen: list[int] = []
    page: dict[str, Any] = {"next": None}
    while not seen or page["next"] is not None:
        before = f"&before={page['next']}" if page["next"] is not None else ""
        page = auditor.get(f"/audit?limit=3{before}").json()
        seen += [item["seq"] for item in page["items"]]
    assert seen == sorted(seen, reverse=True)
    assert seen[-1] == 1
    for query in ("limit=0", "limit=201", "before=0", "before=9223372036854775808", "before=x"):
        assert code(auditor.get(f"/audit?{query}")) == (422, "api.invalid")


def test_new_people(site: Served) -> None:
    browsers = set_up(site)
    security = browsers["security_administrator"]
    added = security.post("/people", {"login_name": "Zhang.Wei", "display_name": "张伟", "role": "duty_operator"})
    person = added.json()["person"]
    assert (person["login_name"], person["disabled_at"]) == ("zhang.wei", None)
    assert person["created_at"] == "2027-01-15T08:00:00.000000Z"
    assert security.get("/people").json()["items"][-1] == person
    again = security.post("/people", {"login_name": "zhang.wei", "display_name": "别人", "role": "auditor"})
    assert code(again) == (409, "identity.login_name_taken")


# Other sites


def test_other_sites_change_nothing(site: Served) -> None:
    browser = set_up(site)["auditor"]
    foreign: list[dict[str, str]] = [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
        {"Origin": "http://127.0.0.1:1"},
        {"Origin": "", "Sec-Fetch-Site": "cross-site"},
        {"Origin": "http://evil.example", "Host": "evil.example"},
    ]
    for headers in foreign:
        for method, path in (("DELETE", "/session"), ("PUT", "/session/language"), ("POST", "/session")):
            answer = browser.send(method, API + path, {"language": "en"}, headers=headers)
            assert code(answer) == (403, "api.cross_origin"), headers
    assert browser.get("/session").json()["language"] == "zh-CN"
    # Reading needs no origin: browsers send none with plain navigation.
    assert browser.send("GET", f"{API}/session", headers={"Origin": ""}).status_code == 200
    same = {"Origin": "", "Sec-Fetch-Site": "same-origin"}
    assert browser.send("DELETE", f"{API}/session", headers=same).status_code == 204


# Shapes


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b"{}", {"login_name", "password"}),
        (b'{"login_name": "a", "password": "b", "more": 1}', {"more"}),
        (b'{"login_name": 7, "password": null}', {"login_name", "password"}),
        (b'{"login_name": "\\ud800", "password": "b"}', {"login_name"}),
        (b"[]", {""}),
        (b"nonsense", {""}),
        (b"", {""}),
        (b'{"login_name": "' + b"x" * 200 + b'", "password": "b"}', {"login_name"}),
    ],
)
def test_what_does_not_fit_is_said_by_field(site: Served, content: bytes, fields: set[str]) -> None:
    answer = site.browser().send(
        "POST", f"{API}/session", headers={"Content-Type": "application/json"}, content=content
    )
    assert code(answer) == (422, "api.invalid")
    said = answer.json()["fields"]
    assert {field["path"] for field in said} == fields
    assert all(field["zh"] and field["en"] for field in said)


def test_a_refused_password_is_not_repeated(site: Served) -> None:
    secret = "x" * 2000
    answer = site.browser().post("/session", {"login_name": "a", "password": secret})
    assert code(answer) == (422, "api.invalid")
    assert secret not in answer.text


def test_bodies_are_bounded(site: Served) -> None:
    browser = site.browser()
    headers = {"Content-Type": "application/json"}
    too_large = b" " * (1 << 20) + b"{}"
    assert code(browser.send("POST", f"{API}/session", headers=headers, content=too_large)) == (
        413,
        "api.body_too_large",
    )

    def endless() -> Iterator[bytes]:  # chunked: no length is announced
        for _ in range(64):
            yield b" " * 65_536

    try:
        answer = browser.send("POST", f"{API}/session", headers=headers, content=endless())
    except OSError:
        return
    assert answer.status_code == 413


@pytest.mark.parametrize("content", [b"[" * 500_000, b'{"a":' * 150_000, b"9" * 100_000])
def test_strange_json_is_refused(site: Served, content: bytes) -> None:
    answer = site.browser().send(
        "POST", f"{API}/session", headers={"Content-Type": "application/json"}, content=content
    )
    assert answer.status_code in {400, 422}
    assert code(answer)[1] in {"api.invalid", "api.refused"}


def test_unknown_addresses_and_methods(site: Served) -> None:
    browser = site.browser()
    assert code(browser.get("/nothing")) == (404, "api.not_found")
    assert code(browser.get("/state/")) == (404, "api.not_found")
    assert code(browser.post("/nothing", {})) == (404, "api.not_found")
    wrong = browser.send("PATCH", f"{API}/session")
    assert code(wrong) == (405, "api.method_not_allowed")
    assert wrong.headers["allow"] == "DELETE, GET, POST"


def test_headers_of_every_answer(site: Served) -> None:
    browser = site.browser()
    answers = [
        browser.get("/state"),
        browser.get("/session"),
        browser.get("/nothing"),
        browser.send("GET", "/"),
        browser.send("POST", f"{API}/session", headers={"Origin": ""}),
    ]
    for answer in answers:
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "strict-transport-security" not in answer.headers  # no TLS here
        assert "server" not in answer.headers
        assert answer.headers["cache-control"] in {"no-store", "no-cache"}  # the page itself, when it is built


# Failures


def test_an_unforeseen_error_shows_a_number_and_no_detail(database: Database, tmp_path: Path) -> None:
    def broken() -> None:
        raise RuntimeError("the secret is 42")

    with served(database, tmp_path, lambda app: app.get(f"{API}/broken")(broken)) as site:
        answer = site.browser().get("/broken")
    assert code(answer) == (500, "api.internal")
    assert len(answer.json()["values"]["incident"]) == 8
    assert "42" not in answer.text.replace(answer.json()["values"]["incident"], "")
    assert "Traceback" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_a_write_without_an_entry_is_undone_and_answers_500(database: Database, tmp_path: Path) -> None:
    def forgetful(data: Data) -> None:
        with data.write():
            pass

    with served(database, tmp_path, lambda app: app.post(f"{API}/forgetful")(forgetful)) as site:
        assert code(site.browser().post("/forgetful", {})) == (500, "api.internal")


def test_health(database: Database, tmp_path: Path) -> None:
    class Facilities:
        def volumes(self, _tx: object) -> list[VolumeHealth]:
            return [VolumeHealth("v1", "recordings", 10, 20, None, demonstration=False)]

        def channels(self, _tx: object) -> ChannelCounts:
            return ChannelCounts(recording=2, total=3)

    class Process:
        role, pid, started_us, restarts, state = "media", 7, 0, 1, "up"

    with served(database, tmp_path, facilities=Facilities(), processes=lambda: [Process()]) as site:
        found = set_up(site)["auditor"].get("/health")
    assert found.json() == {
        "roles": [
            {"role": "media", "pid": 7, "started_at": "1970-01-01T00:00:00.000000Z", "restarts": 1, "state": "up"}
        ],
        "storage": [
            {
                "volume": "v1",
                "path_name": "recordings",
                "used_bytes": 10,
                "free_bytes": 20,
                "limit_bytes": None,
                "demonstration": False,
            }
        ],
        "channels": {"recording": 2, "total": 3},
    }


# WebSockets

sockets = APIRouter()


@sockets.websocket(f"{API}/watch")
async def watch(
    socket: WebSocket, caller: Annotated[Caller, Depends(Requires(Permission.LIVE_VIEW))], context: Context
) -> None:
    await socket.accept()
    while await socket.receive_text():
        caller = still_allowed(context, caller, Permission.LIVE_VIEW)
        await socket.send_text(caller.person.login_name)


@pytest.fixture
def watched(database: Database, tmp_path: Path) -> Iterator[Served]:
    with served(database, tmp_path, lambda app: app.include_router(sockets)) as running:
        yield running


def opened(site: Served, cookie: str, origin: str | None) -> ClientConnection:
    address = site.origin.replace("http", "ws") + API + "/watch"
    headers = {"Cookie": cookie} if cookie else {}
    return connect(
        address,
        origin=Origin(origin) if origin else None,
        additional_headers=headers,
        user_agent_header=AGENT,
        proxy=None,
    )


def close_code(socket: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=10)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def test_a_socket_asks_for_session_and_permission(watched: Served) -> None:
    auditor = set_up(watched)["auditor"]
    with opened(watched, "", watched.origin) as socket:
        assert close_code(socket) == 4401
    with opened(watched, auditor.cookie_header, watched.origin) as socket:
        assert close_code(socket) == 4403


@pytest.mark.parametrize("origin", ["http://evil.example", None])
def test_a_socket_of_another_site_is_refused(watched: Served, origin: str | None) -> None:
    duty = add(watched, set_up(watched), "duty_operator", "duty")
    with pytest.raises(InvalidStatus) as refused:
        opened(watched, duty.cookie_header, origin)
    assert refused.value.response.status_code == 403


def test_a_socket_ends_with_its_session(watched: Served) -> None:
    duty = add(watched, set_up(watched), "duty_operator", "duty")
    with opened(watched, duty.cookie_header, watched.origin) as socket:
        socket.send("who am I")
        assert socket.recv(timeout=10) == "duty"
        duty.send("DELETE", f"{API}/session")
        socket.send("who am I")
        assert close_code(socket) == 4401


# The console


@pytest.fixture
def built(tmp_path: Path) -> Path:
    directory = tmp_path / "static"
    (directory / "assets").mkdir(parents=True)
    (directory / "index.html").write_text("<!doctype html><title>console</title>")
    (directory / "assets" / "entry-abc123.js").write_text("1")
    (tmp_path / "secret.txt").write_text("outside")
    return directory


@pytest.fixture
def console(database: Database, tmp_path: Path, built: Path) -> Iterator[Served]:
    def use_built(app: FastAPI) -> None:
        app.router.default = Console(built)

    with served(database, tmp_path, use_built) as running:
        yield running


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize("path", ["/", "/index.html", "/live", "/playback/a/b", "/setup?token=x"])
def test_the_console_answers_at_all_its_addresses(console: Served, path: str, engine: str) -> None:
    page = console.browser().send("GET", path)
    assert page.status_code == 200
    assert "console" in page.text
    assert page.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("engine", ["sqlite"])
def test_hashed_files_are_kept_for_ever_and_missing_ones_are_missing(console: Served, engine: str) -> None:
    browser = console.browser()
    asset = browser.send("GET", "/assets/entry-abc123.js")
    assert asset.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert "javascript" in asset.headers["content-type"]
    assert code(browser.send("GET", "/assets/gone-000.js")) == (404, "api.not_found")
    assert code(browser.send("POST", "/live", {})) == (405, "api.method_not_allowed")
    assert browser.send("HEAD", "/live").status_code == 200


@pytest.mark.parametrize("engine", ["sqlite"])
@pytest.mark.parametrize(
    "path", [b"/../secret.txt", b"/%2e%2e/secret.txt", b"/assets/..%2f..%2fsecret.txt", b"//secret.txt"]
)
def test_nothing_outside_the_console_is_served(console: Served, path: bytes, engine: str) -> None:
    assert b"outside" not in raw(console.origin, path)


def raw(origin: str, path: bytes) -> bytes:
    """A request whose path nobody tidies up first."""
    host, port = origin.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as opened:
        opened.sendall(b"GET " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        received = b""
        while piece := opened.recv(65_536):
            received += piece
    assert received.startswith(b"HTTP/1.1 ")
    return received


@pytest.mark.parametrize("engine", ["sqlite"])
def test_a_console_that_is_not_built_says_so(database: Database, tmp_path: Path, engine: str) -> None:
    def use_nothing(app: FastAPI) -> None:
        app.router.default = Console(tmp_path / "nothing here")

    with served(database, tmp_path, use_nothing) as site:
        page = site.browser().send("GET", "/live")
    assert page.status_code == 503
    assert "控制台页面尚未构建" in page.text


def test_many_at_once(site: Served) -> None:
    """Forty requests at the same time on one session: no deadlock between threads and connections."""
    browser = set_up(site)["auditor"]
    outcomes: list[int] = []

    def ask() -> None:
        outcomes.append(browser.get("/session").status_code)

    threads = [threading.Thread(target=ask) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert outcomes == [200] * 40
