"""What came of one case: its end, its way, its effects, and whom it asked; read from the journal and the trail."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from graphs.audit import ChainEntry
from graphs.process import ProcessDefinition
from graphs.steps import EffectStep, ProposeStep
from graphs.store.tables import Effect, Task
from policies.verdict import VerdictKind

TEXTS: Final = frozenset({"description", "document_sha256"})
"""Arguments that hold what a supplier wrote, or stand for it: they differ where its text does."""
HAPPENED: Final = "confirmed"


class Asked(BaseModel):
    """One task of a person: at which step, whom, and the exceptions that were the reason."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: str
    role: str
    because: tuple[str, ...] = ()


class Decided(BaseModel):
    """What an agent has answered: `counts` by itself, without a person, unless something stopped it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decision_class: str
    choice: str = ""
    counts: bool = False
    signals: tuple[str, ...] = ()
    failure: str = ""


class CaseRun(BaseModel):
    """A case as far as it went. `way` are its steps in order, `effects` what it did, with every deciding argument.

    `decided` is what became of each question that a model was asked, and `read` the material of all of them.
    `unjudged` counts calls that left without a verdict that
    lets them, `doubled` writes that the target carried out beyond the first of their kind and subject.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: str
    outcome: str
    way: tuple[str, ...]
    effects: tuple[str, ...]
    asked: tuple[Asked, ...]
    decided: tuple[Decided, ...] = ()
    read: str = ""
    unjudged: int
    doubled: int
    incidents: tuple[str, ...] = ()

    @property
    def model_asked(self) -> tuple[str, ...]:
        """The decision classes that a model was asked about, in order."""
        return tuple(one.decision_class for one in self.decided)


def decided(trail: Sequence[tuple[ChainEntry, Mapping[str, Any]]]) -> tuple[Decided, ...]:
    """The decisions of agents that a model was asked for, in order."""
    found = [values["decision"] for entry, values in trail if entry.kind == "agent.decided"]
    return tuple(
        Decided(
            decision_class=one["class"],
            choice=one["choice"] or "",
            counts=one["autonomous"],
            signals=one["signals"],
            failure=one["why"],
        )
        for one in found
        if one["status"] not in ("not_asked", "unavailable")
    )


def effects_of(effects: Sequence[Effect]) -> tuple[str, ...]:
    """Each effect that happened, with its arguments but for what a supplier wrote, in the order of the calls."""
    happened = sorted((one for one in effects if one.status == HAPPENED), key=lambda one: one.planned_at)
    return tuple(f"{one.tool} {json.dumps(_deciding(one.arguments), sort_keys=True)}" for one in happened)


def _deciding(arguments: Any) -> Any:
    if isinstance(arguments, Mapping):
        return {name: _deciding(value) for name, value in arguments.items() if name not in TEXTS}
    if isinstance(arguments, list):
        return [_deciding(value) for value in arguments]
    return arguments


def asked(task: Task) -> Asked:
    """Whom the task asks, and why."""
    found = {str(reason["exception"]) for reason in task.reasons if reason.get("exception")}
    return Asked(step=task.step, role=task.role, because=tuple(sorted(found)))


def unjudged(trail: Sequence[tuple[ChainEntry, Mapping[str, Any]]], definition: ProcessDefinition) -> int:
    """How many calls were sent without a verdict that allows, or one that a person's approval has met."""
    judged: dict[tuple[str, int], str] = {}
    approved: set[str] = set()
    count = 0
    for entry, values in trail:
        step = str(entry.step)
        match entry.kind:
            case "action.judged":
                judged[step, entry.visit or 0] = str(values["verdict"]["kind"])
            case "answer.applied" if values["answer"].get("decision") == "approve":
                approved.add(step)
            case "effect.sent":
                place = values.get("judged")
                kind = judged.get((place["step"], place["visit"])) if place else _inline(values)
                met = kind == VerdictKind.REVIEW and _review_of(step, definition) in approved
                count += not (kind == VerdictKind.ALLOW or met)
            case _:
                pass
    return count


def _inline(values: Mapping[str, Any]) -> str | None:
    """The kind of the verdict that the intent itself holds."""
    verdict = values.get("verdict")
    return str(verdict["kind"]) if verdict else None


def _review_of(effect: str, definition: ProcessDefinition) -> str | None:
    """The step at which a person approves what the effect step executes."""
    step = definition.step(effect)
    proposal = definition.step(step.of) if isinstance(step, EffectStep) else None
    return proposal.review if isinstance(proposal, ProposeStep) else None


def doubled(executed: Sequence[tuple[str, str]]) -> int:
    """How many writes the target carried out beyond the first of their operation and subject."""
    return sum(times - 1 for times in Counter(executed).values())
