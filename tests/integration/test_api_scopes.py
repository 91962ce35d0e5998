"""No route around the door: every route that names something with a place, every list, every answer with basic data."""

import ast
import inspect
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts
from tests.unit.api.serving import API, Browser, Served, add, grant, served, set_up
from tests.unit.media.shelf import Shelf, at

from mingjian.api import door
from mingjian.api.app import _with_routers, openapi_document
from mingjian.api.deps import Public, Requires
from mingjian.api.schema import moment_text
from mingjian.identity.model import Role
from mingjian.identity.permissions import TABLE
from mingjian.identity.scopes import EVERYWHERE, Scope, ScopeKind
from mingjian.registry import service as registry
from mingjian.registry.vault import Secret
from mingjian.storage.engine import Database

MOSTLY = "sqlite"  # what is called here is tested on both engines

HERE: Final = Scope(ScopeKind.TERRITORY, "530581")
ELSEWHERE: Final = Scope(ScopeKind.TERRITORY, "530502")
on_sqlite: Final = pytest.mark.parametrize("engine", ["sqlite"])
ORDINARY: Final = ("duty_operator", "security_manager", "police_supervisor", "maintenance")
REASON: Final = "核实校门口事件"

# Parameters of paths whose route looks up what they stand for and asks about that; a test holds that it does.
LOOKED_UP: Final = {"hold_id", "term_id", "alert_id", "role_id", "designation_id"}
# Parameters of paths that stand for nothing with a place of its own, and why.
OTHER_PARAMETERS: Final = {
    "view_id": "one's own view only; its channels were asked about when it was opened",
    "clip_id": "one's own clips only; the download asks about its channels again",
    "bulk_id": "one's own work only; adding asked about its place",
    "code": "about texts of law and pages of errors",
    "token": "the random token is the right; the person's reach is asked for each part",
    "mark_id": "its channel is asked for in the route, by a test of its own",
    "lock_id": "of a channel that the path names",
    "day": "of a post that the path names",
    "name": "one's own",
    "segment_id": "a part of what the token is for",
    "first": "as above",
    "last": "as above",
    "ticks": "as above",
    "grant_id": "about people",
    "deputy_id": "about people",
    "person_id": "about people",
    "program_id": "about programs",
    "token_id": "about programs",
    "sign_in_id": "one's own",
    "notice_id": "one's own",
    "change_id": "about the three administrators",
    "duty_place_id": "about a browser",
    "step": "about the set-up",
    "import_id": "one's own file only; applying it asks about each row's place",
}
# Routes whose answer names channels or places without asking for a reach, and why that is right.
WHOLE_LISTS: Final = {
    "listDamage": "about the store as a whole",
    "listChecks": "about the store as a whole",
    "health": "counts only",
    "findScopes": "names only, for whoever grants scopes",
    "listGrants": "about people",
    "whyPermitted": "about people",
    "listClips": "one's own",
    "addedCameras": "one's own",
    "listDutyLog": "of posts within reach",
    "previewHandover": "of one's own shift",
    "givePlaceRole": "the place is in the path; the unit that has the duty may be anywhere",
}


@dataclass(frozen=True)
class Walked:
    """A route: its name, its function, and the permissions that open it."""

    name: str
    method: str
    path: str
    endpoint: Any
    any_of: tuple[Any, ...]


@cache
def routes() -> tuple[Walked, ...]:
    found = []
    for context in iter_route_contexts(_with_routers([]).routes):
        route = context.original_route
        if not isinstance(route, APIRoute | APIWebSocketRoute):
            continue
        doors = [one.call for one in route.dependant.dependencies if isinstance(one.call, Requires | Public)]
        assert doors, f"{route.path}: neither Requires nor Public"
        any_of = doors[0].any_of if isinstance(doors[0], Requires) else ()
        method = min(route.methods or {"GET"}) if isinstance(route, APIRoute) else "WEBSOCKET"
        name = (route.operation_id if isinstance(route, APIRoute) else route.name) or ""
        found.append(Walked(name, method, context.path or "", route.endpoint, any_of))
    return tuple(found)


def parameters(path: str) -> list[str]:
    return [part.partition("}")[0] for part in path.split("{")[1:]]


def test_every_parameter_of_a_path_is_known() -> None:
    """A new kind of parameter has to be given to the door, or be explained here."""
    used = {name for one in routes() for name in parameters(one.path)}
    assert used - set(door.NAMED) - LOOKED_UP - set(OTHER_PARAMETERS) == set()


def test_what_the_door_looks_for_is_an_id() -> None:
    for one in routes():
        for name in set(parameters(one.path)) & set(door.NAMED):
            assert inspect.signature(one.endpoint).parameters[name].annotation is UUID, (one.name, name)


# Bodies, queries, and lists: what a function names, it has to hold against a reach


PLACED: Final = {
    "channel", "channels", "channel_id", "channel_ids", "place", "place_id", "organisation_id", "spot_id", "system_id",
    "parent_id", "into",
}  # fmt: skip


def names_in(schema: Mapping[str, Any], document: Mapping[str, Any], seen: frozenset[str] = frozenset()) -> set[str]:
    """Every name of a field below a schema."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return set() if name in seen else names_in(document["components"]["schemas"][name], document, seen | {name})
    found = set(schema.get("properties", {}))
    inner = [*schema.get("properties", {}).values(), *schema.get("anyOf", ()), *schema.get("oneOf", ())]
    inner += [schema["items"]] if isinstance(schema.get("items"), dict) else []
    for one in inner:
        found |= names_in(one, document, seen)
    return found


@cache
def described() -> dict[str, Any]:
    document = openapi_document()
    operations = {one["operationId"]: one for path in document["paths"].values() for one in path.values()}
    return {"document": document, "operations": operations}


def asked_in_body(name: str) -> set[str]:
    operation = described()["operations"].get(name, {})
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    query = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
    return (names_in(content, described()["document"]) | query) & PLACED


def told_in_answer(name: str) -> set[str]:
    operation = described()["operations"].get(name, {})
    answers = [answer.get("content", {}) for code, answer in operation.get("responses", {}).items() if code[0] == "2"]
    schemas = [one["application/json"].get("schema", {}) for one in answers if "application/json" in one]
    return set().union(*(names_in(one, described()["document"]) for one in schemas), set()) & {
        "channel_id", "place_id", "channels", "channel",
    }  # fmt: skip


def asks_the_door(endpoint: Any) -> bool:
    """Whether the function, or one of its module that it names, asks for a reach or for a right at a place."""
    module = inspect.getmodule(endpoint)
    waiting, seen = [endpoint], set()
    while waiting:
        function = waiting.pop()
        tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and node.attr in {"at", "at_channels", "reach", "reached"}:
                return True
            inner = getattr(module, node.id, None) if isinstance(node, ast.Name) else None
            if inspect.isfunction(inner) and inner.__module__ == endpoint.__module__ and inner not in seen:
                seen.add(inner)
                waiting.append(inner)
    return False


@pytest.mark.parametrize("one", routes(), ids=lambda one: one.name)
def test_what_a_body_names_is_held_against_a_reach(one: Walked) -> None:
    if asked_in_body(one.name) and one.name not in WHOLE_LISTS:
        assert asks_the_door(one.endpoint), f"{one.name} names {asked_in_body(one.name)} and asks for no right there"


@pytest.mark.parametrize(
    "one", [one for one in routes() if set(parameters(one.path)) & LOOKED_UP], ids=lambda one: one.name
)
def test_what_a_path_names_is_looked_up_and_asked_about(one: Walked) -> None:
    assert asks_the_door(one.endpoint), one.name


@pytest.mark.parametrize("one", routes(), ids=lambda one: one.name)
def test_what_a_list_tells_is_filtered(one: Walked) -> None:
    path_is_asked = bool(set(parameters(one.path)) & (set(door.NAMED) | set(OTHER_PARAMETERS)))
    if one.method == "GET" and told_in_answer(one.name) and not path_is_asked and one.name not in WHOLE_LISTS:
        assert asks_the_door(one.endpoint), f"{one.name} tells of {told_in_answer(one.name)} and filters nothing"


# Driven: somebody with the permission, somewhere else


MARK: Final = "腾越路标记18号"
SECRET_ADDRESS: Final = "rtsp://192.0.2.77:554/marked"
POSITION: Final = (98.494949, 25.020202)


@dataclass
class Town:
    site: Served
    browsers: dict[str, Browser]
    here: str
    there: str
    place: str
    ids: dict[str, str]

    def elsewhere(self, role: str) -> Browser:
        """Somebody of this role whose reach is another county."""
        return self.browsers[f"{role} elsewhere"]

    def everywhere(self, role: str) -> Browser:
        return self.browsers[role]


@pytest.fixture(scope="module")
def town(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    folder = tmp_path_factory.mktemp("town")
    path = folder / "mingjian.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    with served(database, folder) as site:
        browsers = set_up(site)
        for role in ORDINARY:
            browsers[role] = add(site, browsers, role, role)
            browsers[f"{role} elsewhere"] = add(site, browsers, role, f"{role}.elsewhere", ELSEWHERE)
        yield _built(site, browsers)
    database.close()


def _built(site: Served, browsers: dict[str, Browser]) -> Town:
    admin = browsers["system_administrator"]
    person = UUID(admin.get("/session").json()["id"])
    ids = []
    for name, region, address in (("一中", "530581", SECRET_ADDRESS), ("东桥", "530502", "rtsp://192.0.2.78/1")):
        probe = site.context.probes.keep(person, address, Secret("admin", "12345"), site.clock.now_us())  # type: ignore[arg-type]
        place = {"name": name, "address": MARK, "region_code": region}
        body = {"probe_id": probe.id, "name": f"{name}门口", "place": place, "spot": {"name": "门口"}}
        added = admin.post("/channels", body)
        assert added.status_code == 201, added.text
        ids.append(added.json())
    here = ids[0]
    filled = {
        "channel_id": here["id"],
        "place_id": here["place"]["id"],
        "spot_id": here["spot"]["id"],
        "view_id": str(uuid4()),
    }
    return Town(site, browsers, here["id"], ids[1]["id"], here["place"]["id"], filled)


def role_for(one: Walked) -> str | None:
    roles = [role.code for role in Role for permission in one.any_of if (role, permission) in TABLE]
    return next((role for role in ORDINARY if role in roles), None)


IN_PATH: Final = [
    one
    for one in routes()
    if set(parameters(one.path)) & {"channel_id", "place_id", "spot_id"} and one.method != "WEBSOCKET" and one.any_of
]


@pytest.mark.parametrize("one", IN_PATH, ids=lambda one: one.name)
def test_a_route_that_names_something_is_shut_to_who_reaches_something_else(town: Town, one: Walked) -> None:
    role = role_for(one)
    if role is None:
        pytest.skip("no ordinary role may do this anywhere")
    path = one.path.removeprefix(API)
    for name in parameters(one.path):
        path = path.replace(f"{{{name}}}", town.ids.get(name, str(uuid4())))
    answer = town.elsewhere(role).send(one.method, API + path, {} if one.method in {"POST", "PUT", "PATCH"} else None)
    assert (answer.status_code, answer.json()["code"]) == (403, "identity.out_of_scope"), answer.text
    assert MARK not in answer.text


def span() -> dict[str, str]:
    return {"start": moment_text(at(1)), "end": moment_text(at(2))}


def test_bodies_are_shut_to_who_reaches_something_else(town: Town) -> None:
    term = {"kind": "minimum", "days": 30, "source": "policy"}
    asked = [
        ("duty_operator", "/views", {"kind": "live", "channels": [town.here]}),
        ("duty_operator", "/views", {"kind": "playback", "channels": [town.here], "reason": REASON}),
        ("duty_operator", "/views", {"kind": "live", "channels": [town.there, town.here]}),
        ("security_manager", "/clips", {"channels": [town.here], "reason": REASON, **span()}),
        ("duty_operator", "/holds", {"channel_id": town.here, "reason": REASON, **span()}),
        ("security_manager", "/retention/terms", {"channel_id": town.here, **term}),
        ("security_manager", "/retention/terms", term),
        ("duty_operator", f"/views/{uuid4()}/streams", {"channel": town.here}),
        ("duty_operator", f"/views/{uuid4()}/snapshots", {"channel": town.here, "reason": REASON}),
    ]  # fmt: skip
    for role, path, body in asked:
        answer = town.elsewhere(role).post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "identity.out_of_scope"), (path, answer.text)
    assert town.elsewhere("duty_operator").post("/views", {"kind": "live", "channels": [town.there]}).status_code == 201


def test_a_hold_of_somewhere_else_is_neither_seen_nor_lifted(town: Town) -> None:
    placed = town.everywhere("duty_operator").post("/holds", {"channel_id": town.here, "reason": REASON, **span()})
    assert placed.status_code == 201, placed.text
    hold = placed.json()["id"]
    lifted = town.elsewhere("police_supervisor").post(f"/holds/{hold}/lift", {"reason": REASON})
    assert lifted.json()["code"] == "identity.out_of_scope"
    assert hold not in town.elsewhere("police_supervisor").get("/holds").text
    assert hold in town.everywhere("police_supervisor").get("/holds").text


def test_lists_hold_what_is_reached_and_no_more(town: Town) -> None:
    for path in ("/channels", "/places"):
        seen = town.elsewhere("maintenance").get(path).text
        assert "东桥" in seen
        assert "一中" not in seen
        assert {"一中", "东桥"} <= {
            name for name in ("一中", "东桥") if name in town.everywhere("maintenance").get(path).text
        }


def test_channels_come_in_pages_by_words_by_node_and_by_id(town: Town) -> None:
    everywhere, elsewhere = town.everywhere("maintenance"), town.elsewhere("maintenance")
    every = {one["id"] for one in everywhere.get("/channels").json()["items"]}
    assert {town.here, town.there} <= every
    seen: list[str] = []
    cursor = ""
    while cursor is not None:
        page = everywhere.get(f"/channels?limit=1&cursor={cursor}").json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next"]
    assert sorted(seen) == sorted(every)
    named = {one["id"] for one in everywhere.get("/channels?q=东桥").json()["items"]}
    assert town.there in named
    assert town.here not in named
    both = f"/channels?id={town.here}&id={town.there}&id={uuid4()}"
    assert {one["id"] for one in everywhere.get(both).json()["items"]} == {town.here, town.there}
    assert [one["id"] for one in elsewhere.get(both).json()["items"]] == [town.there]
    assert elsewhere.get("/channels?q=一中").json()["items"] == []
    assert everywhere.get(f"/channels/{town.here}").json()["id"] == town.here
    assert elsewhere.get(f"/channels/{town.here}").json()["code"] == "identity.out_of_scope"
    whole = everywhere.get("/channels/summary").json()
    assert whole["total"] == len(every) == sum(whole.values()) - whole["total"]
    part = elsewhere.get("/channels/summary").json()
    assert part["total"] == len(elsewhere.get("/channels").json()["items"]) < whole["total"]


def test_the_refusal_is_recorded(town: Town) -> None:
    begin, end = span().values()
    town.elsewhere("duty_operator").get(f"/channels/{town.here}/timeline?from={begin}&to={end}")
    found = town.browsers["auditor"].get("/audit?action=access.denied&limit=200").json()["items"]
    denied = [one for one in found if one["object_id"] == "GET /channels/{channel_id}/timeline"]
    assert denied
    assert denied[0]["actor"]["label"].endswith("(duty_operator.elsewhere)")


# Basic data


READS: Final = [one for one in routes() if one.method == "GET" and one.any_of]
MARKS: Final = (MARK, "192.0.2.77", "98.4949", "25.0202", "标记型号")


def read_all(town: Town, browser: Browser) -> Iterator[tuple[str, str]]:
    for one in READS:
        path = one.path.removeprefix(API)
        for name in parameters(one.path):
            path = path.replace(f"{{{name}}}", town.ids.get(name, str(uuid4())))
        yield one.name, browser.get(path + "?query=" + "门口" if one.name.startswith(("search", "find")) else path).text


def test_basic_data_is_in_no_answer_to_who_may_not_see_it(town: Town) -> None:
    """Tengchong 26, Chongqing 22: every GET route of the API, asked by a duty operator who reaches everything."""
    told = {
        name: [mark for mark in MARKS if mark in text]
        for name, text in read_all(town, town.everywhere("duty_operator"))
    }
    assert {name: marks for name, marks in told.items() if marks} == {}
    shown = town.everywhere("duty_operator").get("/channels").json()["items"][0]
    assert (shown["place"]["address"], shown["device"]["address"]) == (None, None)


def test_nothing_is_found_by_what_is_not_shown(town: Town) -> None:
    """A search that finds by an address tells the address, letter by letter."""
    duty, repair = town.everywhere("duty_operator"), town.everywhere("maintenance")
    for path in (
        "/channels?q=192.0.2.77",
        "/registry/entries?q=192.0.2.77",
        f"/registry/entries?q={MARK}",
        f"/places?q={MARK}",
    ):
        assert duty.get(path).json()["items"] == [], path
        assert repair.get(path).json()["items"] != [], path
    assert duty.get("/channels?q=一中").json()["items"] != []


def test_the_marks_are_there_for_who_may_see_them(town: Town) -> None:
    """The test above has teeth."""
    told = {name for name, text in read_all(town, town.everywhere("maintenance")) if MARK in text}
    assert "listChannels" in told
    assert "listPlaces" in told


def test_an_entry_of_the_own_trail_hides_addresses(town: Town) -> None:
    trail = town.browsers["system_administrator"].get("/session/trail").json()["items"]
    added = next(one for one in trail if one["action"] == "channel.added" and "一中" in one["detail"]["name"])
    assert "192.0.2.77" in added["detail"]["address"]  # the system administrator may see basic data
    alone = town.everywhere("duty_operator").get("/session/trail").json()["items"]
    own = town.everywhere("duty_operator").get("/session").json()["id"]
    assert {"people.signed_in", "people.created"} <= {one["action"] for one in alone}
    assert all(own in (one["actor"]["id"], one["object_id"]) for one in alone)


# Grants and deputies


@dataclass
class Granting:
    """A town in which a worker reaches one camera and a manager the county of the other."""

    town: Town
    worker: Browser
    manager: Browser

    @property
    def security(self) -> Browser:
        return self.town.browsers["security_administrator"]

    @property
    def auditor(self) -> Browser:
        return self.town.browsers["auditor"]

    def why(self, permission: str, channel: str) -> dict[str, Any]:
        asked = f"person_id={own_id(self.worker)}&permission={permission}&kind=channel&value={channel}"
        answer = self.auditor.get(f"/permissions/why?{asked}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def own_id(browser: Browser) -> str:
    return str(browser.get("/session").json()["id"])


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")


@pytest.fixture
def granting(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Granting]:
    path = tmp_path / "mingjian.db"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    with served(database, tmp_path) as site:
        town = _built(site, set_up(site))
        worker = add(site, town.browsers, "maintenance", "worker", Scope(ScopeKind.CHANNEL, town.there))
        manager = add(site, town.browsers, "security_manager", "manager", HERE)
        yield Granting(town, worker, manager)
    database.close()


def test_a_grant_opens_what_was_shut_and_the_page_says_why(granting: Granting) -> None:
    town, worker, security = granting.town, granting.worker, granting.security
    live = {"kind": "live", "channels": [town.here]}
    assert code(worker.post("/views", live)) == (403, "identity.out_of_scope")
    refused = granting.why("live.view", town.here)
    assert not refused["allowed"]
    assert [step["kind"] for step in refused["steps"]] == ["account", "role", "scope", "verdict"]
    assert "安全管理员" in refused["steps"][-1]["zh"]
    assert not granting.why("playback.view", town.there)["allowed"]  # the role, whatever the scope
    body = {"person_id": own_id(worker), "kind": "place", "value": town.place, "note": "负责一中的设备"}
    assert code(granting.manager.post("/grants", body)) == (403, "identity.not_permitted")
    given = security.post("/grants", body)
    assert given.status_code == 201, given.text
    assert given.json()["scope"]["zh"].endswith("一中")
    assert worker.post("/views", live).status_code == 201
    chain = granting.why("live.view", town.here)
    assert chain["allowed"]
    assert "负责一中的设备" in next(step["zh"] for step in chain["steps"] if step["kind"] == "grant")
    assert security.send("DELETE", f"{API}/grants/{given.json()['id']}").status_code == 204
    assert code(worker.post("/views", live)) == (403, "identity.out_of_scope")
    assert code(security.send("DELETE", f"{API}/grants/{given.json()['id']}")) == (404, "identity.grant_unknown")


def test_grants_that_are_refused(granting: Granting) -> None:
    security, worker_id = granting.security, own_id(granting.worker)
    body = {"person_id": worker_id, "kind": "place", "value": granting.town.place}
    for change, refusal in (
        ({"kind": "territory", "value": "53"}, (422, "identity.grant_unfit")),
        ({"kind": "everywhere"}, (422, "identity.grant_unfit")),  # with a value
        ({"until_at": "2020-01-01T00:00:00Z"}, (422, "identity.grant_unfit")),
        ({"hours": [{"day": 1, "from_minute": 60, "until_minute": 30}]}, (422, "identity.grant_unfit")),
        ({"value": str(uuid4())}, (404, "registry.place_unknown")),
        ({"person_id": str(uuid4())}, (404, "identity.person_unknown")),
        ({"person_id": own_id(security)}, (403, "identity.own_grant")),
    ):
        assert code(security.post("/grants", {**body, **change})) == refusal, change


def test_a_deputy_acts_by_the_right_of_another_and_the_log_says_whose(granting: Granting) -> None:
    town, worker, security = granting.town, granting.worker, granting.security
    worker_id, manager_id = own_id(worker), own_id(granting.manager)
    until = moment_text(town.site.clock.now_us() + 3_600_000_000)
    stand_in = {"absent_id": manager_id, "stand_in_id": worker_id, "until_at": until}
    for change, refusal in (
        ({"absent_id": own_id(granting.auditor)}, (403, "identity.deputy_apart")),
        ({"stand_in_id": own_id(security)}, (403, "identity.own_grant")),
        ({"stand_in_id": manager_id}, (422, "identity.deputy_unfit")),
        ({"until_at": "2020-01-01T00:00:00Z"}, (422, "identity.deputy_unfit")),
        ({"until_at": moment_text(town.site.clock.now_us() + 93 * 86_400_000_000)}, (422, "identity.deputy_unfit")),
    ):
        assert code(security.post("/deputies", {**stand_in, **change})) == refusal, change
    appointed = security.post("/deputies", stand_in)
    assert appointed.status_code == 201, appointed.text
    assert "playback.view" in worker.get("/session").json()["permissions"]
    playback = {"kind": "playback", "channels": [town.here], "reason": REASON}
    assert worker.post("/views", playback).status_code == 201
    assert code(worker.post("/views", {**playback, "channels": [town.there]})) == (403, "identity.out_of_scope")
    entry = granting.auditor.get("/audit?action=view.opened").json()["items"][0]
    assert entry["actor"]["stands_for"] == "新人 (manager)"
    assert "（代 新人 (manager)）" in entry["zh"]
    found = granting.auditor.get(f"/audit?person={manager_id}&action=view.opened").json()["items"]
    assert found[0]["seq"] == entry["seq"]  # also who was stood in for finds it
    # Never for approving one's own, and never in the name of who asked.
    placed = granting.manager.post("/holds", {"channel_id": town.here, "reason": REASON, **span()}).json()["id"]
    assert code(worker.post(f"/holds/{placed}/lift", {"reason": REASON})) == (403, "keep.own_hold")
    assert security.send("DELETE", f"{API}/deputies/{appointed.json()['id']}").status_code == 204
    assert code(worker.post("/views", playback)) == (403, "identity.not_permitted")


def test_a_deputy_ends_with_the_time_and_with_the_account(granting: Granting) -> None:
    town, worker, security = granting.town, granting.worker, granting.security
    until = moment_text(town.site.clock.now_us() + 60_000_000)
    stand_in = {"absent_id": own_id(granting.manager), "stand_in_id": own_id(worker), "until_at": until}
    assert security.post("/deputies", stand_in).status_code == 201
    assert "playback.view" in worker.get("/session").json()["permissions"]
    town.site.clock.forward(61)
    assert "playback.view" not in worker.get("/session").json()["permissions"]


@on_sqlite
def test_a_right_that_ends_while_somebody_watches(database: Database, tmp_path: Path, engine: str) -> None:
    """Footage is asked for window by window, and each asks the door."""
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        shelf = Shelf(database, tmp_path / "video")
        channel = str(shelf.channel())
        shelf.minutes(UUID(channel), 2)  # type: ignore[arg-type]
        duty = add(site, browsers, "duty_operator", "duty", Scope(ScopeKind.CHANNEL, channel))
        body = {"kind": "playback", "channels": [channel], "reason": REASON}
        view = duty.post("/views", body).json()["id"]
        window = f"/views/{view}/media/{channel}?from={moment_text(at(0.5))}&to={moment_text(at(0.6))}"
        assert duty.get(window).status_code == 200
        person = duty.get("/session").json()["id"]
        given = browsers["security_administrator"].get(f"/grants?person_id={person}").json()["items"]
        browsers["security_administrator"].send("DELETE", f"{API}/grants/{given[0]['id']}")
        assert duty.get(window).json()["code"] == "identity.out_of_scope"


@on_sqlite
def test_new_people_reach_nothing_and_the_first_reach_all(database: Database, tmp_path: Path, engine: str) -> None:
    with served(database, tmp_path) as site:
        browsers = set_up(site)
        body = {"login_name": "new.person", "display_name": "新人", "role": "security_manager"}
        added = browsers["security_administrator"].post("/people", body).json()
        new = site.browser()
        assert (
            new.post(
                "/invites/redeem", {"token": added["invite_token"], "password": "correct horse battery"}
            ).status_code
            == 200
        )
        assert new.get("/permissions/own").json()["parts"][0]["scopes"] == []
        assert new.get("/channels").json()["items"] == []
        first = browsers["system_administrator"].get("/permissions/own").json()["parts"][0]
        assert [scope["kind"] for scope in first["scopes"]] == ["everywhere"]
        grant(site, UUID(added["person"]["id"]), EVERYWHERE)
        assert [one["kind"] for one in new.get("/permissions/own").json()["parts"][0]["scopes"]] == ["everywhere"]


def test_registry_targets_are_the_doors(town: Town) -> None:
    """What the door asks about is what the registry says of a channel."""
    with town.site.context.database.read() as tx:
        assert registry.target(tx, UUID(town.here)).region_code == "530581"
