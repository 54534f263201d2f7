"""An OpenAPI document, read strictly and checked against its specification.

DocumentInvalid
├── DocumentUnreadable    the file cannot be opened, or is no OpenAPI 3.0 or 3.1 document
├── OperationMissing      the document has no operation of that id
└── OperationUnsupported  the operation needs something that cannot be called from here
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from openapi_schema_validator import OAS30Validator, OAS31Validator
from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator

from policies.strict_yaml import read_strictly
from tools.document.errors import DocumentRefused
from tools.document.strict_json import read_json

MAX_BYTES = 4 * 1024 * 1024
MAX_DEPTH = 64
MAX_REFERENCES = 32
METHODS = ("get", "put", "post", "delete", "options", "head", "patch")


class DocumentInvalid(ValueError):
    """An OpenAPI document cannot be used as it is configured."""


class DocumentUnreadable(DocumentInvalid):
    """The file cannot be opened, or is no OpenAPI 3.0 or 3.1 document."""


class OperationMissing(DocumentInvalid):
    """The document has no operation of that id."""


class OperationUnsupported(DocumentInvalid):
    """The operation needs something that cannot be called from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An operation as it stands in the document."""

    method: str
    path: str
    operation: Mapping[str, Any]
    shared: tuple[Any, ...]
    """Parameters of all operations of its path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApi:
    """A document; all its references lead into itself."""

    content: Mapping[str, Any]
    modern: bool
    """Whether it is of version 3.1, whose schemas are those of JSON Schema."""

    def named(self, operation_id: str) -> Found:
        """The operation of that id. Raises `OperationMissing`."""
        known: list[str] = []
        for path, item in self.content.get("paths", {}).items():
            for method in METHODS:
                operation = item.get(method)
                if operation is None:
                    continue
                if operation.get("operationId") == operation_id:
                    shared = tuple(item.get("parameters", ()))
                    return Found(method=method.upper(), path=path, operation=operation, shared=shared)
                known.append(str(operation.get("operationId")))
        raise OperationMissing(f"no operation has the id {operation_id!r} (there are {', '.join(sorted(known))})")

    def resolved(self, node: Any) -> Mapping[str, Any]:
        """What a node stands for: itself, or what its reference leads to. Raises `DocumentInvalid`."""
        for _ in range(MAX_REFERENCES):
            if not isinstance(node, dict):
                raise OperationUnsupported("a reference leads to no object")
            if "$ref" not in node:
                return node
            node = self._at(str(node["$ref"]))
        raise OperationUnsupported("references that lead to each other")

    def problem(self, schema: Any, value: Any) -> str:
        """How `value` does not fit the schema, without telling any of it; empty if it fits."""
        whole = {**self.resolved(schema), "components": self.content.get("components", {})}
        validator: Any = (OAS31Validator if self.modern else OAS30Validator)(whole)
        error = next(iter(validator.iter_errors(value)), None)
        if error is None:
            return ""
        where = ".".join(str(part) for part in error.absolute_path) or "it"
        return f"{where}: does not fit `{error.validator}` of its schema"

    def _at(self, reference: str) -> Any:
        node: Any = self.content
        for part in reference.removeprefix("#/").split("/"):
            name = part.replace("~1", "/").replace("~0", "~")
            if not isinstance(node, dict) or name not in node:
                raise OperationUnsupported(f"the reference {reference!r} leads nowhere")
            node = node[name]
        return node


def read_openapi(file: Path) -> OpenApi:
    """The document in `file`, JSON or YAML. Raises `DocumentUnreadable`."""
    content = _parsed(file)
    version = str(content.get("openapi", ""))
    if not version.startswith(("3.0.", "3.1.")):
        raise DocumentUnreadable(f"{file} is no OpenAPI 3.0 or 3.1 document")
    for reference in _references(content):
        if not reference.startswith("#/"):
            raise DocumentUnreadable(f"{file} refers to {reference!r}: only references into the document are followed")
    modern = version.startswith("3.1.")
    validator: Any = OpenAPIV31SpecValidator if modern else OpenAPIV30SpecValidator
    error = next(iter(validator(content).iter_errors()), None)
    if error is not None:
        where = "/".join(str(part) for part in getattr(error, "absolute_path", ()))
        raise DocumentUnreadable(f"{file} breaks the OpenAPI specification at {where or 'its root'}")
    return OpenApi(content=content, modern=modern)


def _parsed(file: Path) -> dict[str, Any]:
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise DocumentUnreadable(f"{file} cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BYTES:
        raise DocumentUnreadable(f"{file} has more than {MAX_BYTES} bytes")
    try:
        if raw.lstrip()[:1] == b"{":
            found: Any = read_json(raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH)
        else:
            found = _exact(read_strictly(raw.decode()))
    except (DocumentRefused, yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise DocumentUnreadable(f"{file} is neither JSON nor YAML as they are read here") from error
    if not isinstance(found, dict):
        raise DocumentUnreadable(f"{file} is no OpenAPI 3.0 or 3.1 document")
    return found


def _exact(value: Any) -> Any:
    """Fractions as decimals, so that what they bound is compared exactly."""
    match value:
        case float():
            return Decimal(str(value))
        case dict():
            return {str(key): _exact(item) for key, item in value.items()}
        case list():
            return [_exact(item) for item in value]
        case _:
            return value


def _references(value: Any) -> Iterator[str]:
    match value:
        case dict():
            reference = value.get("$ref")
            if isinstance(reference, str):
                yield reference
            for item in value.values():
                yield from _references(item)
        case list():
            for item in value:
                yield from _references(item)
        case _:
            return
