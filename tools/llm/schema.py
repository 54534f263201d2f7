"""JSON Schemas as endpoints enforce them strictly: closed objects, every member required, few keywords."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNSUPPORTED = frozenset({"default", "title", "minLength", "maxLength", "examples"})
"""Keywords that strict mode refuses or that say nothing to a model; the question's own model checks them afterwards."""
NAMED = frozenset({"properties", "$defs"})
"""Keywords whose members are names and not keywords."""
OPEN = frozenset({"prefixItems", "patternProperties", "propertyNames", "not", "if", "allOf", "dependentRequired"})


def strict_schema(schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """The schema in the form of strict mode; None where that has none for it, as for objects with any members."""
    try:
        return {key: value for key, value in _strict(schema).items() if key != "description"}
    except _NotStrict:
        return None


class _NotStrict(ValueError):
    pass


def _strict(schema: Mapping[str, Any]) -> dict[str, Any]:
    if OPEN & set(schema) or not schema:
        raise _NotStrict
    found = {key: _member(key, value) for key, value in schema.items() if key not in UNSUPPORTED}
    if "oneOf" in found:
        found["anyOf"] = found.pop("oneOf")
        found.pop("discriminator", None)
    if "const" in found:
        found["enum"] = [found.pop("const")]
    if found.get("type") == "object":
        if schema.get("additionalProperties", False) is not False or "properties" not in found:
            raise _NotStrict
        found["additionalProperties"] = False
        found["required"] = list(found["properties"])
    return found


def _member(key: str, value: Any) -> Any:
    if key in NAMED:
        return {name: _strict(item) for name, item in value.items()}
    if key == "items":
        return _strict(value)
    if key in ("anyOf", "oneOf"):
        return [_strict(item) for item in value]
    return value
