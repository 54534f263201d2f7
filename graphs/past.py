"""The past of a case: its visits in order, with the names that its steps have now.

The journal is append-only: a visit keeps the name that its step had. Moving a case to another version may rename
steps; its entry `case.migrated` says how, and everything before it is read with the new names. The state needs none of
this: that entry is one of the journal's, and puts into the state what the new names need.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from graphs.audit import ChainEntry
from graphs.errors import EngineError
from graphs.state import CaseState, folded

MIGRATED = "case.migrated"
MOVES = frozenset({MIGRATED, "case.steered", "step.skipped"})
"""Entries of the journal that are no visit by the step's own function."""
KEYED_BY_STEP = ("judgements", "performers", "refusals", "results")
"""Sections of a case's data that the engine keeps by the name of a step."""

Names = Mapping[str, str]
"""Old name of a step → its new name; steps that are not in it keep theirs."""


class PastErased(EngineError):
    """Values that the state of the case is made of were erased."""

    code = "past_erased"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastVisit:
    """A visit of a step that ended. `values` are those of its audit entry: verdict, action, digest, answer."""

    name: str
    visit: int
    kind: str
    route: str
    update: Mapping[str, Any]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastMove:
    """A person moved the case: to another version, to an earlier step, past a step."""

    route: str
    update: Mapping[str, Any]


Past = Sequence[PastVisit | PastMove]


def past_of(trail: Iterable[tuple[ChainEntry, Mapping[str, Any]]]) -> Past:
    """The past that a case's audit entries tell, in order. Raises `PastErased`."""
    past: list[PastVisit | PastMove] = []
    for entry, values in trail:
        if entry.visit is None:
            continue
        if entry.kind == MIGRATED and values.get("mapping"):
            past = renamed_past(past, values["mapping"])
        past.append(_past_item(entry, values))
    return past


def _past_item(entry: ChainEntry, values: Mapping[str, Any]) -> PastVisit | PastMove:
    step, update = values.get("step"), values.get("update")
    if entry.step is None or entry.visit is None or step is None or update is None:
        raise PastErased(f"what {entry.step} put into the state (entry {entry.seq}) was erased")
    if entry.kind in MOVES:
        return PastMove(route=update["route"], update=update)
    return PastVisit(
        name=entry.step, visit=entry.visit, kind=step["kind"], route=step["route"], update=update, values=values
    )


def state_of(past: Past) -> CaseState:
    """The state of the case: the fold of its past."""
    return folded(item.update for item in past)


def renamed_past(past: Past, names: Names) -> list[PastVisit | PastMove]:
    """The past, told with other names of steps."""
    return [_renamed(item, names) for item in past]


def _renamed(item: PastVisit | PastMove, names: Names) -> PastVisit | PastMove:
    route = names.get(item.route, item.route)
    update = {
        "data": renamed_data(item.update["data"], names),
        "visits": renamed_keys(item.update["visits"], names),
        "route": names.get(item.update["route"], item.update["route"]),
    }
    if isinstance(item, PastMove):
        return PastMove(route=route, update=update)
    return replace(item, name=names.get(item.name, item.name), route=route, update=update)


def renamed_keys(section: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The section with the names of steps that are its keys replaced."""
    return {names.get(key, key): value for key, value in section.items()}


def renamed_data(data: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """A case's data with the names of steps replaced where the engine keeps them; a process's own data stays."""
    renamed = dict(data)
    for name in KEYED_BY_STEP:
        if isinstance(data.get(name), dict):
            renamed[name] = renamed_keys(data[name], names)
    if isinstance(data.get("approvals"), dict):
        given = data["approvals"]
        renamed["approvals"] = {task: {**one, "of": names.get(one["of"], one["of"])} for task, one in given.items()}
    return renamed
