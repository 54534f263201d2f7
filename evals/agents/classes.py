"""The decision classes that the released processes ask, read from their steps, so that none can be left out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from evals.dataset import DatasetError
from graphs.agents.decision_class import DecisionClass
from graphs.processes.released import process_definitions

WITHOUT_CASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "document_fields": "no pages with what a careful person reads on them have been collected; what no page proves "
        "is dropped by itself",
        "incident_fix": "no incidents with a careful person's fix have been collected",
    }
)
"""Classes that have no data set, and why; every other class must have one, and a cassette."""


class UnknownClass(DatasetError):
    """No released process asks a class of that name, or it has no cases."""


def decision_classes() -> Mapping[str, DecisionClass]:
    """The newest version of every class that an agent step of a released definition asks, by name, in order."""
    asked = [step.asks for definition in process_definitions() for step in definition.agent_steps]
    newest = {asks.name: asks for asks in sorted(asked, key=lambda asks: (asks.name, asks.version))}
    return MappingProxyType(newest)


def class_named(name: str) -> DecisionClass:
    """The class called `name`. Raises `UnknownClass`."""
    known = {found: asks for found, asks in decision_classes().items() if found not in WITHOUT_CASES}
    try:
        return known[name]
    except KeyError:
        raise UnknownClass(f"no decision class {name!r} has cases (known: {', '.join(known)})") from None
