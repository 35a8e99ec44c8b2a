"""docs/reference/http-api.md from the table of operations that routes and OpenAPI are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from core.auth import Action
from reference.markdown import code, page, table
from server.api.delivering_table import DELIVERING
from server.api.openapi import PREFIX, document, statuses
from server.api.table import OPERATIONS

if TYPE_CHECKING:
    from server.api.operations import Operation

INTRODUCTION = f"""
JSON in, JSON out, under `{PREFIX}`. The same in OpenAPI 3.1 is at `{PREFIX}/openapi.json` of a
running Segue. Sign-in is a signed cookie, set by `POST {PREFIX}/session`. A change must come from
a page of the same site. Feeds that deliver over HTTP send their key instead, as
`Authorization: Bearer segue_…`, or a token that `POST {PREFIX}/oauth/token` gives for it;
[this is how they deliver](../how-to/deliver-over-http.md). Every error reads
`{{"error": {{"code", "message", "remedy", …}}}}`;
[here are the codes](codes.md#errors-of-the-api).
"""

WHO = {
    Action.BROWSE: "anybody",
    Action.PLAY: "listeners",
    Action.OPERATE: "operators",
    Action.DELIVER: "feeds, by their key",
}
ALL = (*OPERATIONS, *DELIVERING)


def _kind(schema: dict[str, Any]) -> str:
    """A JSON schema in a few words."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_kind(choice) for choice in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}" if schema.get("items") else "list"
    if "enum" in schema:
        return ", ".join(code(value) for value in schema["enum"])
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_kind(schema['additionalProperties'])}"
    return str(schema.get("type", "any"))


def _bounds(schema: dict[str, Any]) -> str:
    """Default and limits of a field."""
    default = schema.get("default")
    found = [] if default is None or default in ("", []) else [f"default {code(default)}"]
    for word, key in (("from", "minimum"), ("to", "maximum"), ("up to", "maxLength")):
        if key in schema:
            found.append(f"{word} {schema[key]}{' characters' if key == 'maxLength' else ''}")
    return ", ".join(found)


def _fields(schema: dict[str, Any]) -> str:
    needed = set(schema.get("required", ()))
    rows = [
        (code(name), _kind(field), "yes" if name in needed else "", _bounds(field))
        for name, field in schema.get("properties", {}).items()
    ]
    return table(("field", "type", "required", "bounds"), rows)


def _section(operation: Operation) -> str:
    parts = [
        f"## {operation.method} {PREFIX}{operation.path}",
        f"{operation.summary}. For {WHO[operation.action]}.",
    ]
    if operation.accepts:
        parts.append(f"Body: {', '.join(map(code, operation.accepts))}.")
    for title, model in (("Query:", operation.query), ("Body:", operation.body)):
        if model:
            parts += [title, _fields(model.model_json_schema())]
    answer = operation.answer.__name__ if operation.answer else ""
    shown = f"[{answer}](#{answer.lower()})" if answer else "empty"
    parts.append(f"Answer: {operation.status}, {shown}.")
    if wrong := sorted(statuses(operation)):
        parts.append(f"Errors: {', '.join(map(str, wrong))}.")
    return "\n\n".join(parts)


def _shapes() -> list[str]:
    """Every shape of an answer, and those it is made of."""
    schemas = document(ALL, "")["components"]["schemas"]
    answers = {operation.answer for operation in ALL}
    bodies = {each.body.__name__ for each in OPERATIONS if each.body and each.body not in answers}
    return [
        f"### {name}\n\n{schema.get('description', '')}\n\n{_fields(schema)}"
        for name, schema in sorted(schemas.items())
        if name not in bodies
    ]


def http_page() -> str:
    """All operations, then the shapes of the answers."""
    return page("HTTP API", INTRODUCTION, *map(_section, ALL), "## Shapes", *_shapes())
