"""A case's state: small JSON in three channels, and the view that steps get of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypedDict

from policies.fact import Fact, FactValue


def merge_sections(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """`old` with the sections of `new`; a section that is an object in both is merged one level deep."""
    merged = dict(old)
    for name, section in new.items():
        before = old.get(name)
        merged[name] = {**before, **section} if isinstance(before, dict) and isinstance(section, dict) else section
    return merged


class CaseState(TypedDict):
    """`data`: sections of JSON; `visits`: how often each step ended; `route`: where the last step goes.

    A node returns all three as they are after its steps: exactly one node runs at a time.
    """

    data: dict[str, Any]
    visits: dict[str, int]
    route: str


EMPTY: CaseState = {"data": {}, "visits": {}, "route": ""}
"""The state of a case before its first step."""


def folded(updates: Iterable[Mapping[str, Any]]) -> CaseState:
    """The state of a case, from the updates of its journal in order."""
    state = EMPTY
    for update in updates:
        state = applied(state, update)
    return state


def applied(state: CaseState, update: Mapping[str, Any]) -> CaseState:
    """The state after a visit's update. The fold of a journal's updates, from `EMPTY`, is the state of its case."""
    return {
        "data": merge_sections(state["data"], update["data"]),
        "visits": {**state["visits"], **update["visits"]},
        "route": update["route"],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """What a step's function sees: the case's identity, its input and its data. Nothing here can be changed."""

    case_id: str
    tenant: str
    requester: str
    input: Mapping[str, Any]
    data: Mapping[str, Any]

    def section(self, name: str) -> dict[str, Any]:
        """A copy of a section of the data; empty if absent."""
        return dict(self.data.get(name) or {})

    def fact(self, name: str) -> Fact | None:
        """The fact called `name`, with its provenance."""
        found = self.section("facts").get(name)
        return Fact.model_validate(found) if found is not None else None

    def value(self, name: str) -> FactValue:
        """The value of the fact called `name`, None if unknown."""
        fact = self.fact(name)
        return fact.value if fact else None
