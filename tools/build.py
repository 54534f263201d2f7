"""Which build of a connector answers a call: recorded with it, so that calls of a bad build can be found again."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from tools.port import Tool


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """A configured connector: its name, its kind, and the version of the distribution that brings the kind."""

    name: str
    kind: str
    build: str


def built_by(tool: Tool) -> dict[str, dict[str, str]]:
    """What is recorded of a call of the tool: `connector` with its build; nothing where none is configured."""
    build = getattr(tool, "build", None)
    return {"connector": asdict(build)} if isinstance(build, Build) else {}
