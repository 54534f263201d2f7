"""An operation of an OpenAPI document: what it takes, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tools.rest.document import Found, OpenApi, OperationUnsupported

JSON = "application/json"
Place = Literal["path", "query", "header"]
PLACES: Mapping[str, Place] = {"path": "path", "query": "query", "header": "header"}
SCALARS = ("string", "integer", "number", "boolean")
OWN_HEADERS = frozenset({"accept", "content-type", "authorization", "host", "cookie", "content-length"})
"""Headers that are not an operation's to set."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter, in the path, the query or a header."""

    name: str
    place: Place
    required: bool
    schema: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """How it is called. `answers` are schemas by status (`200`, `2XX`, `default`); None promises no JSON."""

    operation_id: str
    method: str
    path: str
    parameters: tuple[Parameter, ...]
    body: Mapping[str, Any] | None
    body_required: bool
    answers: Mapping[str, Mapping[str, Any] | None]

    @property
    def reads(self) -> bool:
        """Whether its method promises to change nothing (RFC 9110)."""
        return self.method in ("GET", "HEAD", "OPTIONS")

    def answer_schema(self, status: int) -> Mapping[str, Any] | None:
        """What an answer of that status is promised to be."""
        for key in (str(status), f"{status // 100}XX", "default"):
            if key in self.answers:
                return self.answers[key]
        return None


def operation_of(document: OpenApi, operation_id: str) -> Operation:
    """The operation of that id. Raises `OperationMissing` or `OperationUnsupported`."""
    found = document.named(operation_id)
    body, required = _body(document, found)
    responses = found.operation.get("responses", {})
    answers = {
        str(status).upper().replace("DEFAULT", "default"): _answer(document, node) for status, node in responses.items()
    }
    return Operation(
        operation_id=operation_id,
        method=found.method,
        path=found.path,
        parameters=_parameters(document, found),
        body=body,
        body_required=required,
        answers=answers,
    )


def _parameters(document: OpenApi, found: Found) -> tuple[Parameter, ...]:
    named: dict[tuple[str, str], Parameter] = {}
    for node in (*found.shared, *found.operation.get("parameters", ())):
        given = document.resolved(node)
        name, place, required = str(given["name"]), str(given["in"]), bool(given.get("required", False))
        if place == "header" and name.lower() in OWN_HEADERS:
            continue
        schema = document.resolved(given.get("schema", {}))
        if place not in PLACES or not _is_scalar(schema):
            if required:
                raise OperationUnsupported(f"the parameter {name!r} in {place} is no single value that can be sent")
            continue
        named[place, name] = Parameter(name=name, place=PLACES[place], required=required, schema=schema)
    names = [name for _, name in named]
    if len(set(names)) != len(names) or "body" in names:
        raise OperationUnsupported("two parameters have the same name, or one is called `body`")
    return tuple(named.values())


def _is_scalar(schema: Mapping[str, Any]) -> bool:
    declared = schema.get("type")
    kinds = declared if isinstance(declared, list) else [declared]
    if "anyOf" in schema:
        return all(isinstance(one, dict) and (one.get("type") in (*SCALARS, "null")) for one in schema["anyOf"])
    return "enum" in schema or all(kind in (*SCALARS, "null") for kind in kinds)


def _body(document: OpenApi, found: Found) -> tuple[Mapping[str, Any] | None, bool]:
    if "requestBody" not in found.operation:
        return None, False
    body = document.resolved(found.operation["requestBody"])
    content = body.get("content", {})
    if JSON not in content:
        if body.get("required"):
            raise OperationUnsupported(f"its body is not {JSON}")
        return None, False
    return document.resolved(content[JSON].get("schema", {})), bool(body.get("required", False))


def _answer(document: OpenApi, node: Any) -> Mapping[str, Any] | None:
    content = document.resolved(node).get("content", {})
    return document.resolved(content[JSON].get("schema", {})) if JSON in content else None
