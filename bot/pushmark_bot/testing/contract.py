"""GitHub's own description of its API, asked whether a request or an answer is one that GitHub knows.

The fake builds its answers by hand; this module is the independent judge of them and of what a client
sends. Every difference becomes one sentence, such as
`POST /repos/{owner}/{repo}/check-runs request: at /output: "summary" is a required property`.
"""

import functools
import gzip
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import unquote

try:
    import jsonschema_rs
except ImportError as missing:  # pragma: no cover - the extra is always there where this is tested
    raise ImportError("pushmark_bot.testing needs jsonschema-rs: pip install 'pushmark[bot,testing]'") from missing

Json: TypeAlias = Any
"""JSON from outside: nothing is known about it before the description has been asked."""

DESCRIPTION = Path(__file__).with_name("github-openapi.json.gz")
LICENCE = Path(__file__).with_name("github-openapi.LICENSE")

ALWAYS_POSSIBLE = frozenset({401, 403, 404, 422, 429, 500, 502, 503})
"""GitHub answers with these anywhere; its description lists them for a few operations only."""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One thing that GitHub's API can do, as described."""

    id: str
    method: str
    template: str
    pattern: re.Pattern[str]
    query: dict[str, Json]
    body: Json | None
    body_required: bool
    answers: dict[int, Json | None]


class Contract:
    """The trimmed description, indexed by operation and with its validators built once."""

    def __init__(self, description: Json) -> None:
        self._components = {"schemas": _as_json_schema(description["components"]["schemas"], names=True)}
        self._parts = description["components"]
        self._validators: dict[str, jsonschema_rs.Draft4Validator] = {}
        self.operations = [
            self._read_operation(method, template, raw)
            for template, methods in description["paths"].items()
            for method, raw in methods.items()
        ]
        self._webhooks = {
            name: _as_json_schema(hook["post"]["requestBody"]["content"]["application/json"]["schema"])
            for name, hook in description["x-webhooks"].items()
        }

    def match(self, method: str, path: str) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation that answers at this path, with the names it takes from it."""
        for operation in self.operations:
            found = operation.pattern.fullmatch(path)
            if found and operation.method == method:
                return operation, {name: unquote(value) for name, value in found.groupdict().items()}
        return None

    def request_problems(self, operation: Operation, query: dict[str, str], body: Json | None) -> list[str]:
        """Say what in this request GitHub does not describe."""
        problems = [f"unknown query parameter {name!r}" for name in query if name not in operation.query]
        for name, text in query.items():
            schema = operation.query.get(name)
            if schema is not None:
                value = int(text) if schema.get("type") == "integer" and text.isdigit() else text
                problems += self._problems(f"{operation.id}?{name}", schema, value)
        if body is None and operation.body_required:
            problems.append("the body is missing")
        if body is not None and operation.body is None:
            problems.append("a body where none is described")
        elif body is not None:
            problems += self._problems(f"{operation.id} body", operation.body, body)
            problems += _undescribed(operation.body, body, "")
        return [f"{operation.method} {operation.template} request: {problem}" for problem in problems]

    def answer_problems(self, operation: Operation, status: int, body: Json | None) -> list[str]:
        """Say what in this answer GitHub does not describe."""
        where = f"{operation.method} {operation.template} answer {status}: "
        if status not in operation.answers:
            if status not in ALWAYS_POSSIBLE:
                return [f"{where}a status that is not described"]
            schema: Json | None = {"$ref": "#/components/schemas/basic-error"}
        else:
            schema = operation.answers[status]
        if schema is None:
            return [f"{where}a body where none is described"] if body is not None else []
        return [where + problem for problem in self._problems(f"{operation.id} {status}", schema, body)]

    def webhook_problems(self, name: str, payload: Json) -> list[str]:
        """Say what in this webhook payload GitHub does not describe; `name` is like `check-run-created`."""
        if name not in self._webhooks:
            return [f"webhook {name}: not described"]
        return [f"webhook {name}: {problem}" for problem in self._problems(name, self._webhooks[name], payload)]

    def schema(self, name: str) -> Json:
        """Return one named schema as JSON Schema."""
        return self._components["schemas"][name]

    def webhook_schema(self, name: str) -> Json:
        """Return the schema of one webhook's payload."""
        return self._webhooks[name]

    def _problems(self, key: str, schema: Json, value: Json) -> list[str]:
        if key not in self._validators:
            # Draft 4 ignores whatever stands beside a $ref, so that the schema goes one level down.
            whole = {"allOf": [schema], "components": self._components}
            self._validators[key] = jsonschema_rs.Draft4Validator(whole, validate_formats=False)
        return [
            f"at /{'/'.join(map(str, error.instance_path))}: {error.message[:300]}"
            for error in self._validators[key].iter_errors(value)
        ]

    def _read_operation(self, method: str, template: str, raw: Json) -> Operation:
        parameters = [self._resolve(parameter) for parameter in raw.get("parameters", [])]
        body = raw.get("requestBody", {})
        return Operation(
            id=raw["operationId"],
            method=method.upper(),
            template=template,
            pattern=_pattern(template),
            query={p["name"]: _as_json_schema(p["schema"]) for p in parameters if p["in"] == "query"},
            body=_content(body),
            body_required=bool(body.get("required")),
            answers={int(status): _content(self._resolve(answer)) for status, answer in raw["responses"].items()},
        )

    def _resolve(self, node: Json) -> Json:
        if "$ref" not in node:
            return node
        _, _, kind, name = node["$ref"].split("/")
        return self._parts[kind][name]


def _pattern(template: str) -> re.Pattern[str]:
    """A name is one part of the path; a ref may be several, such as `heads/main`."""
    named = re.sub(r"\\{ref\\}", r"(?P<ref>.+)", re.escape(template))
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", named))


@functools.cache
def load() -> Contract:
    """Return the shipped description; reading and converting it takes about 50 ms, once per process."""
    return Contract(json.loads(gzip.decompress(DESCRIPTION.read_bytes())))


def _undescribed(schema: Json, value: Json, path: str) -> list[str]:
    """Name the members of a request body that GitHub would ignore without a word: slips of the pen."""
    if isinstance(value, list):
        parts = [_undescribed(schema.get("items", {}), item, f"{path}/{index}") for index, item in enumerate(value)]
        return [problem for part in parts for problem in part]
    members = schema.get("properties")
    if not isinstance(value, dict) or members is None:
        return []
    problems = [f"at {path or '/'}: {name!r} is not described" for name in value if name not in members]
    for name in value.keys() & members.keys():
        problems += _undescribed(members[name], value[name], f"{path}/{name}")
    return problems


def _content(node: Json) -> Json | None:
    content = node.get("content", {}).get("application/json")
    return None if content is None else _as_json_schema(content["schema"])


def _as_json_schema(node: Json, names: bool = False) -> Json:
    """Turn OpenAPI 3.0's `nullable` into JSON Schema's null type; `names`: the keys are names."""
    if isinstance(node, list):
        return [_as_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    converted = {key: _as_json_schema(value, names=not names and key == "properties") for key, value in node.items()}
    if names or not converted.pop("nullable", False):
        return converted
    if isinstance(converted.get("type"), str):
        converted["type"] = [converted["type"], "null"]
        if "enum" in converted and None not in converted["enum"]:
            converted["enum"] = [*converted["enum"], None]
        return converted
    return {"anyOf": [converted, {"type": "null"}]}
