"""What is wrong with the performers that a process declares."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from graphs.steps import (
    AgentStep,
    AnyStep,
    EffectStep,
    HandStep,
    Performer,
    PerformerKind,
    ProposeStep,
    by_performer,
)
from tools.by_hand import NAME as BY_HAND


def fault_of(step: AnyStep, steps: Mapping[str, AnyStep]) -> str | None:
    """Why the step's performers, or its work by hand, do not fit the other steps; None where they do."""
    match step:
        case ProposeStep(performers=()):
            drafts = step.draft is not by_performer
            return None if drafts else f"proposal {step.name!r} has neither a draft nor performers"
        case ProposeStep():
            return _of_proposal(step, steps)
        case EffectStep(by_hand=str() as name):
            hand = steps[name]
            if isinstance(hand, HandStep) and hand.of == step.name:
                return None
            return f"effect {step.name!r} is done by hand at {name!r}, which is not its hand step"
        case HandStep():
            return _of_hand(step, steps)
        case _:
            return None


def _of_proposal(step: ProposeStep, steps: Mapping[str, AnyStep]) -> str | None:
    where = f"proposal {step.name!r}"
    if step.draft is not by_performer:
        return f"{where} has performers: each of them drafts, and not the step"
    if len({performer.name for performer in step.performers}) != len(step.performers):
        return f"{where}: two performers have the same name"
    if step.attempts < 1 or step.patience < timedelta(0):
        return f"{where} needs at least one attempt, and no negative patience"
    faults = (_of_performer(performer, step, steps) for performer in step.performers)
    fault = next((found for found in faults if found), None)
    return f"{where}: {fault}" if fault else None


def _of_performer(performer: Performer, step: ProposeStep, steps: Mapping[str, AnyStep]) -> str | None:
    effect, agent = steps[step.allow], steps.get(performer.drafted_by or "")
    if not performer.name or not performer.tool:
        return "a performer needs a name and a tool"
    if (performer.kind is PerformerKind.PERSON) is not (performer.tool == BY_HAND):
        return f"{performer.name!r}: what a person does is the tool {BY_HAND}, and nothing else is"
    if performer.takes <= timedelta(0):
        return f"{performer.name!r} takes no time"
    if performer.kind is PerformerKind.PERSON and not (isinstance(effect, EffectStep) and effect.by_hand):
        return f"{performer.name!r} is a person, but its effect has no step `by_hand`"
    if performer.kind is PerformerKind.AGENT and not isinstance(agent, AgentStep):
        return f"{performer.name!r} is an agent, but no agent step drafts for it"
    if performer.kind is not PerformerKind.AGENT and performer.drafted_by is not None:
        return f"{performer.name!r} is drafted by an agent step, so it must be of the kind agent"
    return None


def _of_hand(step: HandStep, steps: Mapping[str, AnyStep]) -> str | None:
    effect = steps.get(step.of)
    entering = [other.name for other in steps.values() if step.name in other.destinations]
    if not isinstance(effect, EffectStep) or effect.by_hand != step.name or entering != [step.of]:
        return f"hand step {step.name!r} must be entered from the effect it is about only: {entering}"
    if (step.next, step.back) != (effect.next, effect.of):
        return f"hand step {step.name!r} goes on with {effect.next!r}, or back to {effect.of!r}"
    if not step.enters or not all(step.enters):
        return f"hand step {step.name!r} asks for nothing that shows what was done"
    return None
