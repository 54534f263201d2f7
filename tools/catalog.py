"""The catalog of tools a composition root has wired."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tools.port import Tool


class UnknownTool(LookupError):
    """No tool of that name is wired."""


class DuplicateTool(ValueError):
    """Two tools claim the same name."""


class Catalog:
    """Tools by name."""

    def __init__(self, tools: Iterable[Tool] = ()) -> None:
        """Raises `DuplicateTool`."""
        self._tools: dict[str, Tool] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise DuplicateTool(tool.name)
            self._tools[tool.name] = tool

    def __getitem__(self, name: str) -> Tool:
        """The tool called `name`. Raises `UnknownTool`."""
        try:
            return self._tools[name]
        except KeyError:
            known = ", ".join(sorted(self._tools)) or "none"
            raise UnknownTool(f"no tool {name!r} is wired (known: {known})") from None

    def __contains__(self, name: object) -> bool:
        """Whether a tool of that name is wired."""
        return name in self._tools

    def __iter__(self) -> Iterator[Tool]:
        """Tools in the order they were wired."""
        return iter(self._tools.values())
