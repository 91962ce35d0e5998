"""The whole API by its own description: whatever is asked by whomever, no answer is a 500 and each is as described.

A few requests of each operation here, by somebody who may and by nobody; all roles and many requests in `make soak`.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
import jsonschema_rs
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from tests.counts import counted
from tests.unit.api.serving import API, Browser, Served, add, served, set_up
from tests.unit.identity.people import PASSWORD
from tests.unit.media.shelf import Shelf, at

from mingjian.api.schema import moment_text
from mingjian.identity.permissions import COLUMNS
from mingjian.media.keep.errors import DISK_FULL
from mingjian.storage.engine import Database

# What `scripts/client` holds against the server: made anew, it would cost each process of tests two seconds.
DOCUMENT: Final[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "web" / "openapi.json").read_text())
ROLES: Final = tuple(role.code for role in COLUMNS if role.code != "service")
NOBODY: Final = ""
SENT: Final = ("content-type", "idempotency-key", "if-none-match", "range")
# Ends the sign-in by which everything else is asked: the last of each person.
LAST: Final = {"signOut", "setPassword", "endSignIn", "endOwnSignIns"}
# Not asked by chance: it takes the only administrators away.
LEFT_OUT: Final[dict[str, str]] = {}

schemathesis_schema = schemathesis.openapi.from_dict(DOCUMENT)


def operations() -> dict[str, Any]:
    found = {}
    for result in schemathesis_schema.get_all_operations():
        assert isinstance(result, Ok)
        operation = result.ok()
        found[str(operation.definition.raw["operationId"])] = operation
    return found


OPERATIONS: Final = operations()


@dataclass
class Target:
    """A site with something of everything, and who asks."""

    site: Served
    browsers: dict[str, Browser]
    login_names: dict[str, str]
    wrong: list[str] = field(default_factory=list)
    answered: dict[int, int] = field(default_factory=dict)

    def ask(self, case: Any, role: str) -> None:
        browser = self.browsers[role] if role else Browser(self.site.origin)
        kwargs = case.as_transport_kwargs(base_url=self.site.origin)
        headers = {name: value for name, value in dict(kwargs["headers"]).items() if name.lower() in SENT}
        path = httpx.URL(kwargs["url"]).raw_path.decode()
        answer = browser.send(
            kwargs["method"],
            path,
            kwargs.get("json"),
            headers,
            **({"content": kwargs["data"]} if isinstance(kwargs.get("data"), bytes) else {}),
            **({"params": kwargs["params"]} if kwargs.get("params") else {}),
            **({"files": kwargs["files"]} if kwargs.get("files") else {}),
        )
        self.answered[answer.status_code] = self.answered.get(answer.status_code, 0) + 1
        if (wrong := wrong_with(answer, case.operation.definition.raw)) is not None:
            self.wrong.append(f"{kwargs['method']} {path} as {role or 'nobody'}: {wrong}"[:1_500])

    def again(self, role: str) -> None:
        """Sign in anew where the last request ended the sign-in."""
        browser = self.browsers[role]
        if browser.get("/session").status_code == 401:
            browser.cookies.clear()
            browser.post("/session", {"login_name": self.login_names[role], "password": PASSWORD})


def wrong_with(answer: httpx.Response, declared: dict[str, Any]) -> str | None:
    """What is not as it should be: a failure of ours, or an answer that the description does not know."""
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code == 500:
        return answer.text
    if answer.status_code >= 400:
        if kind != "application/problem+json":
            return f"{answer.status_code} as {kind}: {answer.text[:200]}"
        return _misfit("#/components/schemas/Problem", answer)
    described = declared["responses"].get(str(answer.status_code))
    if described is None:
        return f"{answer.status_code} is not described"
    content = described.get("content", {})
    if answer.status_code != 204 and content and kind not in {one.partition(";")[0] for one in content}:
        return f"{kind} is not described"
    schema = content.get(kind, {}).get("schema")
    return _misfit(schema, answer) if schema and kind.endswith("json") else None


def _misfit(schema: Any, answer: httpx.Response) -> str | None:
    whole = {"$ref": schema} if isinstance(schema, str) else schema
    try:
        jsonschema_rs.validate({**whole, "components": DOCUMENT["components"]}, answer.json())
    except (ValueError, json.JSONDecodeError) as error:
        return f"{answer.status_code}: {str(error)[:600]}"
    return None


@pytest.fixture(scope="module")
def target(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    folder = tmp_path_factory.mktemp("fuzzed")
    (folder / "mingjian.db").write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{folder / 'mingjian.db'}")
    shelf = Shelf(database, folder / "video")
    channel = shelf.channel()
    shelf.minutes(channel, 10)
    with served(database, folder) as site:
        browsers = set_up(site)
        for number, role in enumerate(ROLES):
            if role not in browsers:
                browsers[role] = add(site, browsers, role, f"person{number}")
        names = {role: str(browser.get("/session").json()["login_name"]) for role, browser in browsers.items()}
        manager = browsers["security_manager"]
        span = {"start": moment_text(at(1)), "end": moment_text(at(2))}
        manager.post("/holds", {"channel_id": str(channel), "reason": "核实事件", **span})
        manager.post("/views", {"kind": "live", "channels": [str(channel)]})
        from mingjian.alerts import service as alerts
        from mingjian.alerts.model import Alert

        with database.write() as tx:
            alerts.raise_(tx, Alert(DISK_FULL, "group", {"group": "一组"}, site.clock.now_us()))
        yield Target(site, browsers, names)
    database.close()


def asked(target: Target, name: str, roles: list[str], examples: int) -> None:
    """Ask one operation `examples` times by each role."""
    operation = OPERATIONS[name]
    quick = settings(
        max_examples=examples,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    def ask(case: Any) -> None:
        for role in roles:
            target.ask(case, role)

    run: Callable[[], None] = given(case=operation.as_strategy(generation_mode=GenerationMode.POSITIVE))(quick(ask))
    run()
    for role in roles:
        if role and name in LAST:
            target.again(role)


def allowed(name: str) -> list[str]:
    """Somebody who may; every role in turn, so that all are heard."""
    words = OPERATIONS[name].definition.raw.get("description", "")
    if "Permission:" not in words:
        return []
    needed = words.rpartition("Permission:")[2].split("/")[0].strip()
    from mingjian.identity.permissions import TABLE

    found = [role.code for role in COLUMNS if any(one.value == needed for who, one in TABLE if who is role)]
    return [role for role in found if role in ROLES][:1]


@pytest.mark.parametrize("name", sorted(set(OPERATIONS) - LAST - LEFT_OUT.keys()))
def test_no_request_breaks_the_api(target: Target, name: str) -> None:
    asked(target, name, [NOBODY, *allowed(name)], 2)
    assert target.wrong == []


def test_the_requests_were_not_all_refused(target: Target) -> None:
    """The tests above have teeth: some were answered, some refused for each reason."""
    if len(target.answered) > 1:
        assert {200, 401, 422} <= target.answered.keys()


REQUESTS = counted("SOAK_REQUESTS", 10)


@pytest.mark.soak
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_no_request_of_any_role_breaks_the_api(target: Target, name: str) -> None:
    asked(target, name, [NOBODY, *ROLES], REQUESTS)
    assert target.wrong == []


def test_the_api_is_where_it_says() -> None:
    assert all(path.startswith((API, "/")) for path in DOCUMENT["paths"])
