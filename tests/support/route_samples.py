"""Requests that fit every route: made from the API's own description, so that nothing but a permission refuses them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute

from api.app import ROUTERS
from api.openapi_file import FILE

UNKNOWN = "00000000-0000-4000-8000-000000000000"
TEXTS = {"uuid": UNKNOWN, "date-time": "2026-01-31T09:00:00+01:00", "date": "2026-01-31"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A method and a path as the router has it."""

    method: str
    path: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def every_route() -> Iterator[Route]:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            for method in sorted(route.methods):
                yield Route(method=method, path=route.path)


def api_document() -> dict[str, Any]:
    """What the API says of itself, as it is checked in; a test of the architecture holds it to the application."""
    document: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return document


@dataclass(slots=True)
class Samples:
    """What to send to a route; `special` are parts by their name that a schema does not tell."""

    document: dict[str, Any]
    special: dict[str, Any]

    @classmethod
    def described(cls, **special: Any) -> Samples:
        return cls(api_document(), special)

    def request(self, route: Route) -> dict[str, Any]:
        """For `httpx.AsyncClient.request`."""
        operation = self.document["paths"][route.path][route.method.lower()]
        wanted = {one["name"]: one for one in operation.get("parameters", [])}
        path = re.sub(
            r"\{([^}]+)\}", lambda found: str(self.value(found[1], self._schema(wanted, found[1]))), route.path
        )
        query = {name: self.value(name, one["schema"]) for name, one in wanted.items() if self._asked(one, "query")}
        headers = {
            name: str(self.value(name, one["schema"])) for name, one in wanted.items() if self._asked(one, "header")
        }
        request: dict[str, Any] = {"method": route.method, "url": path, "params": query, "headers": headers}
        content = operation.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            request["json"] = self.value("", content["application/json"]["schema"])
        return request

    def value(self, name: str, schema: dict[str, Any]) -> Any:
        """Something small that fits the schema."""
        if name in self.special:
            return self.special[name]
        if "$ref" in schema:
            return self.value(name, self.document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]])
        if "enum" in schema:
            return schema["enum"][0]
        if "const" in schema:
            return schema["const"]
        choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if choices:
            return self.value(name, choices[0])
        match schema.get("type"):
            case "object":
                known = schema.get("properties", {})
                wanted = [part for part in known if part in schema.get("required", []) or part in self.special]
                return {part: self.value(part, known[part]) for part in wanted}
            case "array":
                return [self.value(name, schema["items"]) for _ in range(schema.get("minItems", 0))]
            case "integer" | "number":
                return int(schema.get("minimum", 1))
            case "boolean":
                return True
            case _:
                return TEXTS.get(schema.get("format", ""), "a" * max(1, schema.get("minLength", 1)))

    def _schema(self, wanted: dict[str, Any], name: str) -> dict[str, Any]:
        return dict(wanted.get(name, {}).get("schema", {}))

    def _asked(self, parameter: dict[str, Any], where: str) -> bool:
        return parameter["in"] == where and (bool(parameter.get("required")) or parameter["name"] in self.special)
