"""The JSON Schema of a configuration of connectors, with the settings of every kind that is installed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tools.configuration import ConfigurationFile, ConnectorEntry
from tools.plugin import Plugins

TITLE = "Connectors of Interlock"
REFERENCE = "#/$defs/{model}"


def configuration_schema(plugins: Plugins) -> dict[str, Any]:
    """For editors and checks before a start. Kinds that cannot be loaded are left out."""
    kinds = {plugin.kind: plugin.loaded.settings for plugin in plugins.listed() if plugin.loaded is not None}
    models: list[type[BaseModel]] = [ConfigurationFile, ConnectorEntry, *kinds.values()]
    references, schema = models_json_schema(
        [(model, "validation") for model in models], title=TITLE, ref_template=REFERENCE
    )
    definitions: dict[str, Any] = schema["$defs"]
    entry = definitions[references[ConnectorEntry, "validation"]["$ref"].rpartition("/")[2]]
    entry["properties"]["kind"]["enum"] = list(kinds)
    entry["allOf"] = [
        {
            "if": {"properties": {"kind": {"const": kind}}},
            "then": {"properties": {"settings": references[model, "validation"]}},
        }
        for kind, model in kinds.items()
    ]
    return {**references[ConfigurationFile, "validation"], **schema}
