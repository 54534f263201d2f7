"""The JSON Schema of rule packs, for editors: it knows names and forms, not what a pack means."""

from __future__ import annotations

from typing import Any

from policies.pack import RulePack

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def pack_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of a pack as it is written in YAML."""
    found = RulePack.model_json_schema(by_alias=True)
    return {"$schema": DIALECT, "title": "Interlock rule pack", **{k: v for k, v in found.items() if k != "title"}}
