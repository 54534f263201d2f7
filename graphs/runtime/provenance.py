"""Where values come from: what a step may claim of a fact, and what an action's protected arguments accept.

A tool declares its protected arguments. A process hands them over as facts, so that a value without a source, or
from one that may not set it, never becomes an action, whatever the process's code forgot.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphs.steps import ActionDraft, AnyStep, StepKind
from policies.canonical import jsonable
from policies.fact import Fact, Integrity, SourceKind
from policies.protected import check_protected
from tools.errors import Permanent
from tools.port import Tool

ACKNOWLEDGED = "acknowledged"
"""The argument with the names of the target's warnings that a person has acknowledged. Only the engine sets it."""

VOUCHES: Mapping[StepKind, frozenset[SourceKind]] = {
    StepKind.READ: frozenset({SourceKind.SYSTEM_OF_RECORD}),
    StepKind.EFFECT: frozenset({SourceKind.SYSTEM_OF_RECORD}),
    StepKind.REVIEW: frozenset({SourceKind.PERSON}),
}
"""Which sources a step may call trusted. No other step may call anything so, and no step what was derived:
only `policies.promotion` makes a trusted value of an untrusted one, and its answer is not kept as a fact."""


class UnvouchedFact(Permanent):
    """A step calls a fact trusted that it cannot know to be so."""

    code = "unvouched_fact"


class UnprotectedArgument(Permanent):
    """A protected argument has a value that no source that may set it stands behind."""

    code = "protected_argument"


class WarningNotAsked(Permanent):
    """A process acknowledges a warning of the target by itself; only a person may, by approving a task."""

    code = "warning_not_asked"


def arguments_of(draft: ActionDraft, tool: Tool, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The drafted arguments as plain values. Raises `UnprotectedArgument` or `WarningNotAsked`.

    What is said to be from a system of record must stand so among the case's `facts`, where a step put it that read it.
    """
    if ACKNOWLEDGED in draft.arguments and can_acknowledge(tool):
        raise WarningNotAsked(f"the process drafts {ACKNOWLEDGED!r} of {draft.tool}: leave it out", tool=draft.tool)
    protected: frozenset[str] = getattr(tool, "protected", frozenset())
    for name in sorted(protected & draft.arguments.keys()):
        fact = draft.arguments[name]
        if not isinstance(fact, Fact):
            why = f"{name} of {draft.tool} is protected: it needs a fact that says where its value comes from"
            raise UnprotectedArgument(why, tool=draft.tool)
        error = check_protected(name, fact)
        if error is not None:
            raise UnprotectedArgument(str(error), tool=draft.tool)
        if fact.source.kind is SourceKind.SYSTEM_OF_RECORD and jsonable(fact) not in facts.values():
            why = f"{name} of {draft.tool} is said to be from {fact.source.ref}, but no step of the case has read it"
            raise UnprotectedArgument(why, tool=draft.tool)
    return {name: value.value if isinstance(value, Fact) else value for name, value in draft.arguments.items()}


def can_acknowledge(tool: Tool) -> bool:
    """Whether the tool hands the target the warnings that a person has acknowledged."""
    return ACKNOWLEDGED in tool.arguments.model_fields


def check_labels(step: AnyStep, data: Mapping[str, Any], *, by: str | None) -> None:
    """Whether the step may say what it says of its facts; `by` is who answered. Raises `UnvouchedFact`."""
    for name, given in (data.get("facts") or {}).items():
        if given is None:
            continue
        fact = given if isinstance(given, Fact) else Fact.model_validate(given)
        if fact.integrity is not Integrity.TRUSTED:
            continue
        kind = fact.source.kind
        if kind not in VOUCHES.get(step.kind, frozenset()):
            raise UnvouchedFact(f"step {step.name!r} ({step.kind.value}) calls {name} trusted, from {kind.value}")
        if kind is SourceKind.PERSON and fact.source.ref != by:
            raise UnvouchedFact(f"step {step.name!r} says that {name} is from somebody who did not answer")
