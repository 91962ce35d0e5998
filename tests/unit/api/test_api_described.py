"""The description of the API: words and examples for every operation, pages for every list that can grow."""

import json
from collections.abc import Iterator
from typing import Any, Final

import jsonschema_rs
import pytest

from mingjian.api.app import openapi_document
from mingjian.api.examples import example_of

DOCUMENT: Final[dict[str, Any]] = openapi_document()
SCHEMAS: Final[dict[str, Any]] = DOCUMENT["components"]["schemas"]
METHODS: Final = ("get", "put", "post", "delete", "patch")


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, item in DOCUMENT["paths"].items():
        for method in METHODS:
            if method in item:
                yield f"{method.upper()} {path}", item[method]


OPERATIONS: Final = dict(operations())


def bodies(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    answers = [answer for status, answer in operation["responses"].items() if status.startswith("2")]
    for body in [operation.get("requestBody", {}), *answers]:
        yield from (media for kind, media in body.get("content", {}).items() if kind.endswith("json"))


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_operation_says_what_it_does(name: str) -> None:
    operation = OPERATIONS[name]
    words = operation.get("description", "").partition("Permission:")[0].strip()
    assert len(words) > 10, "the docstring of the route is its description"
    assert operation["operationId"]
    assert operation["tags"]


@pytest.mark.parametrize("name", OPERATIONS)
def test_every_body_has_an_example_that_fits_its_schema(name: str) -> None:
    for media in bodies(OPERATIONS[name]):
        assert "example" in media or "examples" in media
        schema = json.loads(json.dumps({**media.get("schema", {}), "components": DOCUMENT["components"]}))
        jsonschema_rs.validate(schema, media["example"])


@pytest.mark.parametrize("name", [name for name in OPERATIONS if name.startswith("POST ")])
def test_what_a_person_posts_may_be_sent_again(name: str) -> None:
    operation = OPERATIONS[name]
    headers = [one["name"] for one in operation.get("parameters", []) if one["in"] == "header"]
    assert ("Idempotency-Key" in headers) is ("Permission:" in operation.get("description", ""))


def test_examples_of_every_kind_of_schema() -> None:
    assert example_of({"type": "integer", "minimum": 5}, {}) == 5
    assert example_of({"type": "string", "pattern": "^[0-9]{6}$"}, {}) == "530581"
    assert example_of({"anyOf": [{"type": "null"}, {"type": "boolean"}]}, {}) is False
    assert example_of({"type": "array", "items": {"const": "x"}, "minItems": 2}, {}) == ["x", "x"]
    itself: dict[str, Any] = {"type": "object", "properties": {"below": {"$ref": "#/components/schemas/A"}}}
    assert json.dumps(example_of({"$ref": "#/components/schemas/A"}, {"A": itself})).count("below") < 20
