"""A person's answer as an evaluation case: what the agent was shown, and the choice that the person made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphs.audit import AuditRecord, ChainEntry
from graphs.compaction import kept_task
from graphs.errors import Conflict
from graphs.intake import require
from graphs.runtime.asking import MODEL_TOOL
from graphs.runtime.services import Services
from graphs.store.people import Actor

MAKE = "evaluation.make"
WARNING = "This case holds what the agent was shown, also about people: keep it where that may be kept, or remove it."

Entries = Sequence[tuple[ChainEntry, Mapping[str, Any]]]


class TaskNotAnswered(Conflict):
    """The task has no answer yet, or it has not been applied."""

    code = "task_not_answered"


class NothingToEvaluate(Conflict):
    """The answer says nothing about an agent's, or what the agent was shown is not on record any more."""

    code = "nothing_to_evaluate"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationCase:
    """A case for the data set of `decision_class`, in the form of its file."""

    decision_class: str
    case: Mapping[str, Any]
    warning: str = WARNING


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationDesk:
    """Makes evaluation cases of answered tasks."""

    services: Services

    async def of_task(self, actor: Actor, task_id: str) -> EvaluationCase:
        """The evaluation case of an answered task, whose making is recorded.

        Raises `PermissionMissing`, `NotFound`, `TaskNotAnswered`, `NothingToEvaluate`.
        """
        require(actor, MAKE)
        async with self.services.database.unit_of_work(actor.tenant) as unit:
            task = await kept_task(unit, task_id)
            entries = await unit.audit_log.of_case(task.case_id)
            made = evaluation_case(task_id, entries, exceptions=[str(r["exception"]) for r in _named(task.reasons)])
            values = {"task": task_id, "class": made.decision_class}
            record = AuditRecord(
                kind="evaluation.made", actor=actor.user_id, case_id=task.case_id, step=task.step, values=values
            )
            unit.record(actor.tenant, record)
        return made


def evaluation_case(task_id: str, entries: Entries, *, exceptions: Sequence[str]) -> EvaluationCase:
    """The case that the trail of a business case tells. Raises `TaskNotAnswered`, `NothingToEvaluate`."""
    place, values = _answer(task_id, entries)
    outcome = values.get("outcome")
    if not outcome:
        raise NothingToEvaluate(f"task {task_id} shows no agent's answer, or the person's does not say what is right")
    arguments = _arguments(outcome["step"], entries[:place])
    metadata = {
        "difficulty": "reviewed",
        "exception": exceptions[0] if exceptions else None,
        "attack": None,
        "note": f"the agent said {outcome['choice']}{' (reviewed blind)' if outcome['blind'] else ''}",
    }
    case = {
        "name": f"task_{task_id.replace('-', '')}",
        "inputs": {"fields": arguments["fields"], "passages": arguments["passages"]},
        "expected_output": {"choice": outcome["person"]},
        "metadata": metadata,
    }
    return EvaluationCase(decision_class=str(outcome["class"]), case=case)


def _answer(task_id: str, entries: Entries) -> tuple[int, Mapping[str, Any]]:
    for place, (entry, values) in enumerate(entries):
        if entry.kind == "answer.applied" and (values.get("answer") or {}).get("task") == task_id:
            return place, values
    raise TaskNotAnswered(f"task {task_id} has no answer that was applied, or the answer was erased")


def _arguments(step: str, entries: Entries) -> Mapping[str, Any]:
    """The arguments of the last question that the step's model has answered."""
    decided = [values for entry, values in entries if entry.kind == "agent.decided" and entry.step == step]
    calls = (decided[-1].get("calls") or []) if decided else []
    asked = [call for call in calls if call["action"]["tool"] == MODEL_TOOL and "result" in call]
    if not asked:
        raise NothingToEvaluate(f"what step {step!r} has shown its agent is not on record any more")
    arguments: Mapping[str, Any] = asked[-1]["action"]["arguments"]
    return arguments


def _named(reasons: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return [reason for reason in reasons if reason.get("exception")]
