"""The groups of commands. Each is loaded when it is asked for: all of them take longer than most commands do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from types import ModuleType

import typer


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Modules of this package that make up a group."""

    module: str
    name: str = "app"
    """What the module calls the group."""
    commands: tuple[str, ...] = ()
    """Modules with `COMMANDS` of the group."""
    parts: tuple[str, ...] = ()
    """Modules whose own group's commands belong to this one, too."""
    within: Mapping[str, str] = field(default_factory=dict)
    """Groups within it, by name, and their modules."""


GROUPS: Mapping[str, Group] = {
    "case": Group(module="cases", commands=("steering",)),
    "message": Group(module="messages"),
    "task": Group(module="tasks", commands=("task_work", "questions", "information", "precedents")),
    "question": Group(module="questions"),
    "request": Group(module="information"),
    "account": Group(module="accounts"),
    "keys": Group(module="keys"),
    "authority": Group(module="authority", name="authority"),
    "delegation": Group(module="authority", name="delegation"),
    "duty": Group(module="authority", name="duty"),
    "calendar": Group(module="calendar"),
    "people": Group(module="people"),
    "roles": Group(module="roles"),
    "sla": Group(module="sla"),
    "notice": Group(module="notices"),
    "forecast": Group(module="forecast"),
    "analytics": Group(module="analytics"),
    "agents": Group(module="agents", commands=("calibration",)),
    "documents": Group(module="documents"),
    "audit": Group(module="audit"),
    "incident": Group(module="incidents"),
    "operation": Group(module="operations"),
    "process": Group(module="processes", commands=("proof",)),
    "quality": Group(module="quality"),
    "switch": Group(module="switches"),
    "target": Group(module="targets"),
    "connectors": Group(module="connectors"),
    "retention": Group(module="retention"),
    "policies": Group(module="packs", parts=("policies", "tables"), within={"suggestions": "suggestions"}),
    "recall": Group(module="recall"),
    "evals": Group(module="evals"),
    "bench": Group(module="bench"),
}


@cache
def loaded(name: str) -> typer.Typer:
    """The group of this name, with all of its commands. Raises `KeyError`."""
    group = GROUPS[name]
    app: typer.Typer = getattr(_module(group.module), group.name)
    for module in group.commands:
        for command in _module(module).COMMANDS:
            app.command()(command)
    for module in group.parts:
        app.add_typer(_module(module).app)
    for within, module in group.within.items():
        app.add_typer(_module(module).app, name=within)
    return app


def _module(name: str) -> ModuleType:
    return import_module(f"api.cli.{name}")
