"""Every route says who may use it, and what it says is what the contract says."""

import ast
from pathlib import Path
from typing import Any, Final, get_args

import pytest
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

import mingjian.api
from mingjian.api import openapi
from mingjian.api.app import _with_routers, openapi_document
from mingjian.api.deps import Public, Requires
from mingjian.api.fresh import FRESH, WHILE_LOCKED
from mingjian.api.routing import PREFIX
from mingjian.api.schema import RoleCode
from mingjian.identity.model import ROLE_BY_CODE

ROUTES: Final = list(iter_route_contexts(_with_routers([]).routes))

# operation: permission, or "public"
PEOPLE_ROUTES: Final = {
    "state": "public",
    "setUp": "public",
    "lookSetup": "public",
    "listDivisions": "public",
    "authorityCertificate": "public",
    "site": "health.read",
    "storageAdvice": "health.read",
    "clockState": "health.read",
    "certificateState": "health.read",
    "networkState": "health.read",
    "planSite": "site.manage",
    "reviewStep": "site.manage",
    "settings": "site.manage",
    "lookInvite": "public",
    "redeemInvite": "public",
    "signIn": "public",
    "session": "session.own",
    "signOut": "session.own",
    "setLanguage": "session.own",
    "setPassword": "session.own",
    "takeOver": "public",
    "enrolDutyPlace": "public",
    "ownState": "session.own",
    "prove": "session.own",
    "moveHand": "session.own",
    "readNotices": "session.own",
    "listSignIns": "session.own",
    "endSignIn": "session.own",
    "ownFactor": "session.own",
    "beginFactor": "session.own",
    "confirmFactor": "session.own",
    "removeFactor": "session.own",
    "renewRecoveryCodes": "session.own",
    "setPin": "session.own",
    "disablePerson": "people.manage",
    "enablePerson": "people.manage",
    "changeRole": "people.manage",
    "renewInvite": "people.manage",
    "resetFactor": "people.manage / administration.change",
    "listSignInsOf": "people.read",
    "endSignInsOf": "people.manage",
    "endSignInOf": "people.manage",
    "administration": "people.read",
    "proposeAdministration": "administration.change",
    "confirmAdministration": "administration.change",
    "withdrawAdministration": "administration.change",
    "listPrograms": "people.read",
    "addProgram": "people.manage",
    "disableProgram": "people.manage",
    "issueToken": "people.manage",
    "revokeToken": "people.manage",
    "listDutyPlaces": "people.read",
    "addDutyPlace": "people.manage",
    "endDutyPlace": "people.manage",
    "listPeople": "people.read",
    "addPerson": "people.manage",
    "listAudit": "audit.read",
    "health": "health.read",
    "metrics": "health.read",
    "createClip": "clip.make",
    "listClips": "clip.make",
    "getClip": "clip.make",
    "deleteClip": "clip.make",
    "clipManifest": "clip.make",
    "downloadClip": "clip.make",
    "thumbnail": "playback.view",
    "still": "live.view",
    "takeSnapshot": "snapshot.take",
    "openStream": "live.view / playback.view",
    "hlsIndex": "public",  # by the token in the address
    "hlsInit": "public",
    "hlsPart": "public",
}


def operation_of(route: Any) -> str:
    return getattr(route, "operation_id", None) or str(route.name)


def test_acts_that_ask_for_a_proof_and_those_that_stay_when_locked_are_routes() -> None:
    operations = {operation_of(route) for route in ROUTES}
    assert operations >= FRESH
    assert operations >= WHILE_LOCKED
    assert not FRESH & WHILE_LOCKED
    pictures_and_copies = {"playback", "thumbnail", "takeSnapshot", "openStream", "createClip", "downloadClip"}
    assert operations >= pictures_and_copies
    assert not WHILE_LOCKED & pictures_and_copies


def declared(route: Any) -> Requires | Public | None:
    return openapi.declaration(route.dependant)


# Where the `type` of a problem points.
ERROR_PAGE = "/docs/errors/{code}"


def test_there_are_routes() -> None:
    assert len(ROUTES) >= len(PEOPLE_ROUTES)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.name}")
def test_every_route_declares_who_may_use_it(route: Any) -> None:
    # Anything else (a mount, a plain Starlette route) would answer without being asked about permissions.
    assert isinstance(route.original_route, APIRoute | APIWebSocketRoute)
    found = declared(route)
    assert found is not None, f"{route.path} declares neither Requires nor Public"
    assert not isinstance(found, Public) or len(found.reason) > 10
    assert route.path.startswith(f"{PREFIX}/") or route.path == ERROR_PAGE


def test_the_walk_sees_a_route_without_a_declaration() -> None:
    app = _with_routers([])
    app.get("/api/v1/forgotten")(lambda: None)
    app.websocket("/api/v1/forgotten-too")(lambda websocket: None)
    missing = [route.path for route in iter_route_contexts(app.routes) if declared(route) is None]
    assert missing == ["/api/v1/forgotten", "/api/v1/forgotten-too"]


def test_permissions_of_the_people_routes() -> None:
    found = {}
    for route in ROUTES:
        said = declared(route)
        assert said is not None
        any_of = ["public"] if isinstance(said, Public) else [permission.value for permission in said.any_of]
        found[getattr(route, "operation_id", route.name)] = " / ".join(any_of)
    assert {name: found.get(name) for name in PEOPLE_ROUTES} == PEOPLE_ROUTES


def test_roles_of_the_schema_are_the_roles() -> None:
    assert set(get_args(RoleCode)) == set(ROLE_BY_CODE)


def calls_around_the_door(source: str) -> list[int]:
    """Lines that open a write transaction without the check for an audit entry."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Attribute)
        and node.attr in {"write", "engine"}
        and isinstance(node.value, ast.Attribute | ast.Name)
        and (node.value.attr if isinstance(node.value, ast.Attribute) else node.value.id).endswith("database")
    ]


def test_routers_write_through_the_door_alone() -> None:
    assert calls_around_the_door("with context.database.write() as tx: pass") == [1]
    assert calls_around_the_door("with data.write() as tx: pass") == []
    directory = Path(mingjian.api.__file__).parent
    found = {path.name: calls_around_the_door(path.read_text()) for path in directory.glob("*.py")}
    assert {name: len(lines) for name, lines in found.items() if lines} == {
        "deps.py": 1,  # when a session was last used
        "idempotency.py": 3,  # what a request was answered that may come twice; its effect has its entry
        "hls.py": 1,  # how long parts are that were sent; the closing entry of the view says it
        "pictures.py": 1,  # how long stills were seen
        "preferences.py": 1,  # how somebody arranges the own console
        "session.py": 1,  # that a hand moved at a duty place
        "turning.py": 1,  # until when a camera is in hand; taking it and letting it go have entries
        "views.py": 2,  # how long pictures were seen; the closing entry of the view says it
    }


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi_document()


def operations(document: dict[str, Any]) -> dict[str, Any]:
    return {operation["operationId"]: operation for item in document["paths"].values() for operation in item.values()}


def test_operations_have_the_names_of_the_contract(document: dict[str, Any]) -> None:
    assert set(PEOPLE_ROUTES) <= set(operations(document))
    assert {"State", "Person", "Role", "Problem", "ProblemText", "Invite"} <= set(document["components"]["schemas"])


def test_every_refusal_is_a_problem_document(document: dict[str, Any]) -> None:
    problem = {"$ref": "#/components/schemas/Problem"}
    for name, operation in operations(document).items():
        refusals = {status: each for status, each in operation["responses"].items() if not status.startswith("2")}
        assert "default" in refusals, name
        for each in refusals.values():
            assert set(each["content"]) == {"application/problem+json"}, name
            assert each["content"]["application/problem+json"]["schema"] == problem, name
        assert ("401" in refusals) == (PEOPLE_ROUTES.get(name) != "public"), name


def test_every_reference_leads_somewhere_and_nothing_of_the_framework_is_left(document: dict[str, Any]) -> None:
    schemas = set(document["components"]["schemas"])

    def references(node: Any) -> set[str]:
        if isinstance(node, dict):
            own = {node["$ref"].rsplit("/", 1)[1]} if "$ref" in node else set()
            return own.union(*(references(each) for each in node.values()))
        return set().union(*(references(each) for each in node)) if isinstance(node, list) else set()

    assert references(document) <= schemas
    assert not {"HTTPValidationError", "ValidationError"} & schemas


def test_examples_fit_their_schemas() -> None:
    from mingjian.api import audit, schema, session, state

    for shape in (state.State, schema.Person, schema.Problem, session.SetUp, audit.AuditEntry):
        examples = shape.model_json_schema()["examples"]
        assert [shape.model_validate(example) for example in examples]
