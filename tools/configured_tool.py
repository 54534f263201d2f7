"""A tool as an operator has configured its connector: with a name, a target and limits of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

from pydantic import BaseModel

from policies.action import EffectKind
from tools.build import Build
from tools.configuration import ConfiguredConnector
from tools.limits import declared_limits, slots_of
from tools.port import OutcomeLookup, Tool
from tools.repetition import repetition_of


class ConfiguredTool:
    """`tool`, called something else, on another target, with other limits. Everything it does is the tool's."""

    def __init__(self, tool: Tool, connector: ConfiguredConnector) -> None:
        """The connector's name is the target; its prefix and limits go before what the tool declares."""
        self.name: str = f"{connector.prefix}.{tool.name}" if connector.prefix else tool.name
        self.effect_kind: EffectKind = tool.effect_kind
        self.outcome_lookup: OutcomeLookup = tool.outcome_lookup
        self.arguments: type[BaseModel] = tool.arguments
        self.target = connector.name
        self.build = Build(name=connector.name, kind=connector.kind, build=connector.build)
        self.limits = connector.limits or declared_limits(tool)
        self.slots = slots_of(tool)
        self.protected: frozenset[str] = getattr(tool, "protected", frozenset())
        self.channels: Sequence[str] = getattr(tool, "channels", ())
        again = repetition_of(tool)
        self.again: Tool | None = cast("Tool", ConfiguredTool(again, connector)) if again else None
        self._tool = tool

    @property
    def time_limit(self) -> timedelta:
        return self._tool.time_limit

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        return await self._tool.execute(arguments, key=key)

    async def find_by_key(self, arguments: BaseModel, *, key: str) -> dict[str, Any] | None:
        return await self._tool.find_by_key(arguments, key=key)


def configured(tools: Sequence[Tool], connector: ConfiguredConnector) -> list[Tool]:
    """The connector's tools as they go into its tenant's catalog."""
    # The port's names are of classes, for declaring them; here each is fixed when the object is made.
    return [cast("Tool", ConfiguredTool(tool, connector)) for tool in tools]
