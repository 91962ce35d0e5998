"""An example for every body of the description: the one that a shape declares, else one made from its fields. Pure."""

import re
from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_DEEPEST: Final = 12
_BY_FORMAT: Final[Mapping[str, str]] = {
    "date-time": "2026-11-20T06:03:00.000000Z",
    "date": "2026-11-20",
    "uuid": "0193498a-7b00-7000-8000-000000000001",
    "uri": "https://video.example.cn/",
    "binary": "",
}
# For a text with a pattern and no example of its own: the first of these that fits.
_TEXTS: Final = (
    "校门口", "zhang.wei", "530581", "2026-11-20", "08:00", "18:00", "zh-CN", "0193498a-7b00-7000-8000-000000000001",
    "192.168.10.10", "rtsp://192.168.10.10:554/stream1", "12345678", "91530581MA6K0000XX", "a" * 43, "0" * 64, "1", "",
)  # fmt: skip


def add(document: dict[str, Any]) -> None:
    """Give every JSON body and answer of `document` an example, where it has none."""
    schemas = document.get("components", {}).get("schemas", {})
    for item in document["paths"].values():
        for operation in item.values():
            if not isinstance(operation, dict):
                continue
            bodies = [operation.get("requestBody", {}), *operation.get("responses", {}).values()]
            for media in (one for body in bodies for one in _json(body)):
                if "example" not in media and "examples" not in media:
                    media["example"] = example_of(media.get("schema", {"type": "object"}), schemas)


def _json(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [media for kind, media in body.get("content", {}).items() if kind.endswith("json")]


def example_of(schema: Schema, schemas: Mapping[str, Schema], depth: int = 0) -> Any:  # noqa: PLR0911 - the ways in turn
    """A value that fits `schema`, as a person would write it; what refers to itself ends at _DEEPEST."""
    if depth > _DEEPEST:
        return None
    if "$ref" in schema:
        return example_of(_named(schema, schemas), schemas, depth + 1)
    if schema.get("examples"):
        return _completed(schema["examples"][0], schema, schemas, depth)
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("example", "const"):
        if key in schema:
            return schema[key]
    if schema.get("default") not in (None, "", [], {}):
        return schema["default"]
    return _by_form(schema, schemas, depth)


def _named(schema: Schema, schemas: Mapping[str, Schema]) -> Schema:
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _completed(example: Any, schema: Schema, schemas: Mapping[str, Schema], depth: int) -> Any:
    """A declared example with what it lacks: the framework drops nulls, and fields may be younger than examples."""
    schema = _named(schema, schemas)
    if depth > _DEEPEST:
        return example
    if "anyOf" in schema and example is not None:
        schema = next((_named(one, schemas) for one in schema["anyOf"] if one.get("type") != "null"), schema)
    if isinstance(example, dict) and "properties" in schema:
        fields = schema["properties"]
        kept = {
            name: _completed(value, fields[name], schemas, depth + 1) if name in fields else value
            for name, value in example.items()
        }
        lacking = [name for name in schema.get("required", ()) if name not in example]
        return kept | {name: _least(fields[name], schemas, depth + 1) for name in lacking}
    if isinstance(example, list) and "items" in schema:
        return [_completed(value, schema["items"], schemas, depth + 1) for value in example]
    return example


def _least(schema: Schema, schemas: Mapping[str, Schema], depth: int) -> Any:
    nullable = any(one.get("type") == "null" for one in schema.get("anyOf", ()))
    return None if nullable else example_of(schema, schemas, depth)


def _by_form(schema: Schema, schemas: Mapping[str, Schema], depth: int) -> Any:
    for key in ("anyOf", "oneOf"):
        if key in schema:
            kinds = [one for one in schema[key] if one.get("type") != "null"] or list(schema[key])
            return example_of(kinds[0], schemas, depth + 1)
    if "allOf" in schema:
        parts = [example_of(one, schemas, depth + 1) for one in schema["allOf"]]
        return {name: value for part in parts if isinstance(part, dict) for name, value in part.items()}
    made: Any = {} if "properties" in schema else None
    match schema.get("type"):
        case "object":
            made = _object(schema, schemas, depth)
        case "array":
            made = _array(schema, schemas, depth)
        case "string":
            made = _text(schema)
        case "integer" | "number":
            made = _number(schema)
        case "boolean":
            made = False
    return made


def _object(schema: Schema, schemas: Mapping[str, Schema], depth: int) -> dict[str, Any]:
    fields = schema.get("properties", {})
    return {name: example_of(one, schemas, depth + 1) for name, one in fields.items()}


def _array(schema: Schema, schemas: Mapping[str, Schema], depth: int) -> list[Any]:
    items = schema.get("items")
    if items is None or depth >= _DEEPEST - 1 or schema.get("maxItems") == 0:
        return []
    return [example_of(items, schemas, depth + 1)] * max(1, schema.get("minItems", 1))


def _text(schema: Schema) -> str:
    known = _BY_FORMAT.get(schema.get("format", ""))
    if known is not None:
        return known
    least, most = schema.get("minLength", 0), schema.get("maxLength", 1 << 20)
    pattern = re.compile(schema.get("pattern", ""))
    fitting = (text for text in _TEXTS if least <= len(text) <= most and pattern.search(text))
    return next(fitting, "校门口" if not schema.get("pattern") else "")[:most]


def _number(schema: Schema) -> float:
    least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
    most = schema.get("maximum", schema.get("exclusiveMaximum"))
    whole = schema.get("type") == "integer"
    wanted = max(1 if whole else 1.0, least + (1 if "exclusiveMinimum" in schema else 0))
    wanted = min(wanted, most) if most is not None else wanted
    return int(wanted) if whole else float(wanted)
