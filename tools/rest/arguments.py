"""The arguments of an operation as a Pydantic model, made from its schemas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr, create_model

from tools.rest.document import OpenApi, OperationUnsupported
from tools.rest.operation import Operation

MAX_DEPTH = 8
"""Deeper, and where a schema says one of several things, a value is only checked by the schema itself."""
STRICT = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, protected_namespaces=())
OPEN = ConfigDict(frozen=True, extra="allow", populate_by_name=True, protected_namespaces=())
SIMPLE: Mapping[str, Any] = {"string": StrictStr, "integer": StrictInt, "number": Decimal, "boolean": StrictBool}
COMPOSED = ("allOf", "oneOf", "anyOf", "not", "if")
BODY = "body"


def arguments_model(document: OpenApi, operation: Operation, *, name: str, filled: str | None) -> type[BaseModel]:
    """A frozen model with a field for each parameter, and `body`. Raises `OperationUnsupported`.

    `filled` is a field of the body that the tool itself fills in, so nobody has to give it.
    """
    fields: dict[str, Any] = {}
    for parameter in operation.parameters:
        type_ = type_of(document, parameter.schema, name, depth=0)
        fields[identifier(parameter.name)] = _field(type_, parameter.name, required=parameter.required)
    if operation.body is not None:
        schema = {**operation.body, "required": [one for one in operation.body.get("required", ()) if one != filled]}
        fields[BODY] = _field(type_of(document, schema, name, depth=0), BODY, required=operation.body_required)
    if len(fields) != len(operation.parameters) + (operation.body is not None):
        raise OperationUnsupported("two of its parameters have names that cannot be told apart here")
    made: type[BaseModel] = create_model(name, __config__=STRICT, **fields)
    return made


def type_of(document: OpenApi, schema: Mapping[str, Any], name: str, *, depth: int) -> Any:
    """The Python type of a schema; `Any` where only the schema itself can say whether a value fits."""
    schema = document.resolved(schema)
    if depth > MAX_DEPTH or any(word in schema for word in COMPOSED):
        return Any
    if "enum" in schema:
        members = tuple(one for one in schema["enum"] if one is None or isinstance(one, str | int | bool))
        return Literal[members] if len(members) == len(schema["enum"]) and members else Any  # pyright: ignore[reportInvalidTypeForm]  # made of the document's values
    declared = schema.get("type")
    kinds = [kind for kind in (declared if isinstance(declared, list) else [declared]) if kind != "null"]
    nullable = bool(schema.get("nullable")) or (isinstance(declared, list) and "null" in declared)
    found = _single(document, schema, kinds[0], name, depth) if len(kinds) == 1 else Any
    return Optional[found] if nullable else found  # noqa: UP045 - a type that is computed


def _single(document: OpenApi, schema: Mapping[str, Any], kind: Any, name: str, depth: int) -> Any:
    match kind:
        case "array":
            return list[type_of(document, schema.get("items", {}), f"{name}Item", depth=depth + 1)]  # type: ignore[misc]  # computed
        case "object" if schema.get("properties"):
            return _object(document, schema, name, depth)
        case "object":
            return dict[str, Any]
        case _:
            return SIMPLE.get(str(kind), Any)


def _object(document: OpenApi, schema: Mapping[str, Any], name: str, depth: int) -> Any:
    required = set(schema.get("required", ()))
    fields: dict[str, Any] = {}
    for key, node in schema["properties"].items():
        type_ = type_of(document, node, f"{name}{key.title()}", depth=depth + 1)
        fields[identifier(key)] = _field(type_, key, required=key in required)
    if len(fields) != len(schema["properties"]):
        return dict[str, Any]
    config = STRICT if schema.get("additionalProperties") is False else OPEN
    return create_model(name, __config__=config, **fields)


def _field(type_: Any, alias: str, *, required: bool) -> tuple[Any, Any]:
    if required:
        return type_, Field(alias=alias)
    return Optional[type_], Field(alias=alias, default=None)  # noqa: UP045 - a type that is computed


def identifier(name: str) -> str:
    """`name` as a Python name."""
    plain = re.sub(r"\W", "_", name, flags=re.ASCII).strip("_")
    return plain if plain and not plain[0].isdigit() and plain not in dir(BaseModel) else f"field_{plain}"
