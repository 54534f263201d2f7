"""The decision classes that the released processes ask, read from their steps, so that none can be left out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from evals.dataset import DatasetError
from graphs.agents.decision_class import DecisionClass
from graphs.processes.released import process_definitions


class UnknownClass(DatasetError):
    """No released process asks a class of that name."""


def decision_classes() -> Mapping[str, DecisionClass]:
    """The newest version of every class that an agent step of a released definition asks, by name, in order."""
    asked = [step.asks for definition in process_definitions() for step in definition.agent_steps]
    newest = {asks.name: asks for asks in sorted(asked, key=lambda asks: (asks.name, asks.version))}
    return MappingProxyType(newest)


def class_named(name: str) -> DecisionClass:
    """The class called `name`. Raises `UnknownClass`."""
    known = decision_classes()
    try:
        return known[name]
    except KeyError:
        raise UnknownClass(f"no decision class is called {name!r} (known: {', '.join(known)})") from None
