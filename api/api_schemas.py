"""The schemas of an OpenAPI document: each as a word that people read, as a table, and as an example."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import Any, Final

DEEPEST: Final = 4
"""How far an example goes into schemas within schemas."""
SAMPLES: Final[Mapping[str, Any]] = {"string": "…", "integer": 1, "number": 1, "boolean": True, "null": None}
FORMATS: Final[Mapping[str, str]] = {"date-time": "2026-12-01T09:00:00Z", "date": "2026-12-01"}


class Schemas:
    """The schemas by name."""

    def __init__(self, known: Mapping[str, Mapping[str, Any]]) -> None:
        """`known` are the document's components."""
        self._known = known

    def __len__(self) -> int:
        """How many there are."""
        return len(self._known)

    def resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        """The schema itself, where another one is only named."""
        name = _named(schema)
        return self._known.get(name, {}) if name else schema

    def shown(self, schema: Mapping[str, Any]) -> str:
        """What a value is, in a few words of HTML; a schema with a name leads to its table."""
        name = _named(schema)
        if name:
            return f'<a href="#schema-{escape(name)}">{escape(name)}</a>'
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return " or ".join(self.shown(one) for one in schema[choice])
        if "enum" in schema or "const" in schema:
            return " or ".join(f"<code>{_value(one)}</code>" for one in schema.get("enum", [schema.get("const")]))
        if schema.get("type") == "array":
            return f"list of {self.shown(schema.get('items', {}))}"
        kind = schema.get("format") or schema.get("type") or "anything"
        return f"{escape(str(kind))}{_limits(schema)}"

    def listed(self, prose: Callable[[str], str]) -> Iterator[str]:
        """Every schema by name, as a table of what is in it."""
        for name, schema in sorted(self._known.items()):
            yield f'<details id="schema-{escape(name)}"><summary><code>{escape(name)}</code></summary>'
            yield '<div class="body">'
            yield prose(schema.get("description", ""))
            properties = schema.get("properties")
            if not properties:
                yield f"<p>{self.shown(schema)}</p></div></details>"
                continue
            yield f"<table>{columns('Name', 'Kind', 'What')}<tbody>"
            needed = set(schema.get("required", ()))
            for key, value in properties.items():
                told = f"{'needed. ' if key in needed else ''}{value.get('description', '')}"
                yield f'<tr><th scope="row"><code>{escape(key)}</code></th><td>{self.shown(value)}</td>'
                yield f"<td>{escape(told)}</td></tr>"
            yield "</tbody></table></div></details>"

    def example(self, schema: Mapping[str, Any], *, depth: int = 0) -> Any:
        """A value of the schema, with what it needs and no more."""
        schema = self.resolved(schema)
        for choice in ("anyOf", "oneOf", "allOf"):
            if choice in schema:
                return self.example(schema[choice][0], depth=depth)
        if "enum" in schema or "const" in schema:
            return schema.get("enum", [schema.get("const")])[0]
        kind = schema.get("type")
        if kind == "array":
            some = schema.get("minItems", 0) > 0 and depth < DEEPEST
            return [self.example(schema.get("items", {}), depth=depth + 1)] if some else []
        if kind == "object" or "properties" in schema:
            if depth >= DEEPEST:
                return {}
            properties = schema.get("properties", {})
            return {key: self.example(properties[key], depth=depth + 1) for key in schema.get("required", ())}
        return FORMATS.get(schema.get("format", ""), SAMPLES.get(str(kind), "…"))


def columns(*names: str) -> str:
    """The head of a table."""
    cells = "".join(f'<th scope="col">{escape(name)}</th>' for name in names)
    return f"<thead><tr>{cells}</tr></thead>"


def _named(schema: Mapping[str, Any]) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _value(value: object) -> str:
    return escape(value if isinstance(value, str) else json.dumps(value))


def _limits(schema: Mapping[str, Any]) -> str:
    """The bounds of a number or a text, where there are any."""
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    if low is None and high is None:
        return ""
    return f" ({'' if low is None else low}–{'' if high is None else high})"
