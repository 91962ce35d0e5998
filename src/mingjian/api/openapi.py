"""The OpenAPI document: every refusal is declared as a problem document."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.json_schema import models_json_schema

from mingjian import __version__
from mingjian.api import examples, idempotency
from mingjian.api.deps import Public, Requires
from mingjian.api.problems import MEDIA_TYPE
from mingjian.api.schema import Problem

_REFERENCE: Final = "#/components/schemas/{model}"
_METHODS: Final = ("get", "put", "post", "delete", "patch")


_KEY: Final = {
    "name": idempotency.HEADER,
    "in": "header",
    "required": False,
    "description": (
        "Something random, such as a UUID. The same request with the same key happens once: it gets the same answer "
        "for a day, with `Idempotency-Replayed: true`. The key of a refused request is free again."
    ),
    "schema": {
        "type": "string",
        "minLength": idempotency.LEAST,
        "maxLength": idempotency.MOST,
        "pattern": "^[!-~]+$",
        "examples": ["0193498a-7b00-7000-8000-00000000beef"],
    },
}


def document(app: FastAPI) -> dict[str, Any]:
    """The document of `app`'s routes; needs neither a database nor a context."""
    made = get_openapi(
        title="明鉴 Mingjian",
        version=__version__,
        summary="Public-safety video that answers to the law",
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    declared = _declarations(app)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas.update(_problem_schemas())
    for item in made["paths"].values():
        for operation in (item[method] for method in _METHODS if method in item):
            _declare_refusals(operation, declared[operation["operationId"]])
    _declare_keys(made, declared)
    examples.add(made)
    return made


def _declare_keys(made: dict[str, Any], declared: dict[str, Requires | Public | None]) -> None:
    """Whatever a signed-in caller posts may be sent again under a key."""
    for item in made["paths"].values():
        operation = item.get("post")
        if operation is not None and isinstance(declared[operation["operationId"]], Requires):
            operation.setdefault("parameters", []).append(_KEY)


def declaration(dependant: Dependant) -> Requires | Public | None:
    """What a route says about who may use it, or None when it says nothing."""
    if isinstance(dependant.call, Requires | Public):
        return dependant.call
    found = (declaration(below) for below in dependant.dependencies)
    return next((each for each in found if each is not None), None)


def _declarations(app: FastAPI) -> dict[str, Requires | Public | None]:
    return {
        route.operation_id: declaration(route.dependant)
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
    }


def _declare_refusals(operation: dict[str, Any], declared: Requires | Public | None) -> None:
    responses = operation["responses"]
    takes_input = responses.pop("422", None) is not None
    if isinstance(declared, Requires):
        permissions = " / ".join(permission.value for permission in declared.any_of)
        operation["description"] = f"{operation.get('description', '')}\n\nPermission: {permissions}".strip()
        responses["401"] = _refusal("Not signed in, or the session is over.")
        responses["403"] = _refusal("Not permitted, or asked from another site.")
    if takes_input:
        responses["422"] = _refusal("The request does not have the right form; `fields` says where.")
    responses["default"] = _refusal("Any other refusal or failure.")


def _refusal(description: str) -> dict[str, Any]:
    schema = {"$ref": _REFERENCE.format(model="Problem")}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _problem_schemas() -> dict[str, Any]:
    _, made = models_json_schema([(Problem, "serialization")], ref_template=_REFERENCE)
    found: dict[str, Any] = made["$defs"]
    return found
