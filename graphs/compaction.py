"""Compaction: a finished case keeps of its rows what the trail does not hold, and is read from both together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from graphs.audit import ChainEntry
from graphs.errors import NotFound
from graphs.store.database import UnitOfWork
from graphs.store.retention import CompactedCase, Retained, Slim
from graphs.store.tables import Case, Effect, Task

Entries = Sequence[tuple[ChainEntry, Mapping[str, Any]]]

TASK_STATUSES = ("open", "claimed", "answered", "cancelled", "withdrawn")
MAX_TASKS = 1000
OWNER = ("tenant", "case_id")

Row = TypeVar("Row", Task, Effect)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptCase:
    """A case with its tasks and effects, whether they stand in rows or, once compacted, in the trail."""

    case: Case
    tasks: Sequence[Task]
    effects: Sequence[Effect]
    compacted_at: datetime | None


async def compact_cases(unit: UnitOfWork, tenant: str, case_ids: Sequence[str], *, now: datetime) -> int:
    """Compact cases that the transaction has locked; returns how many. A compacted case stays as it is."""
    retained = Retained(unit.session)
    rows = await retained.rows(case_ids)
    slim: list[Slim] = []
    for case_id in case_ids:
        tasks, effects = rows[case_id]
        entries = await unit.audit_log.of_case(case_id)
        case = await unit.cases.get(case_id)
        slim.append(
            Slim(
                case_id=case_id,
                tasks=[without_held(task, held_of_task(task["id"], entries)) for task in tasks],
                effects=[
                    without_held(effect, held_of_effect(effect["idempotency_key"], entries)) for effect in effects
                ],
                without_input=held_input(entries) == case.input,
            )
        )
    return await retained.compact(tenant, slim, now=now)


async def kept_case(unit: UnitOfWork, case_id: str) -> KeptCase:
    """The case with its tasks and effects. Raises `NotFound`."""
    case = await unit.cases.get(case_id)
    compacted = await Retained(unit.session).compacted(case_id)
    if compacted is None:
        tasks = await unit.inbox.listed(case.tenant, status=TASK_STATUSES, case_id=case_id, limit=MAX_TASKS)
        return KeptCase(case=case, tasks=tasks, effects=await unit.effects.of_case(case_id), compacted_at=None)
    entries = await unit.audit_log.of_case(case_id)
    unit.session.expunge(case)  # what is put back is shown, not written
    case.input = case.input or held_input(entries) or {}
    return KeptCase(
        case=case,
        tasks=whole_tasks(compacted, entries),
        effects=[whole_effect(effect, entries) for effect in compacted.effects],
        compacted_at=compacted.at,
    )


async def kept_task(unit: UnitOfWork, task_id: str) -> Task:
    """The task, also of a compacted case. Raises `NotFound`."""
    try:
        return await unit.inbox.get(task_id)
    except NotFound:
        compacted = await Retained(unit.session).compacted_by_task(task_id)
        if compacted is None:
            raise
        entries = await unit.audit_log.of_case(compacted.case_id)
        return next(task for task in whole_tasks(compacted, entries) if task.id == task_id)


def whole_tasks(compacted: CompactedCase, entries: Entries) -> list[Task]:
    """The tasks with what the trail holds of them."""
    return [filled(task, held_of_task(task.id, entries)) for task in compacted.tasks]


def whole_effect(effect: Effect, entries: Entries) -> Effect:
    """The effect with what the trail holds of it."""
    return filled(effect, held_of_effect(effect.idempotency_key, entries))


def filled(row: Row, held: Mapping[str, Any]) -> Row:
    """The row, with each empty column that the trail holds."""
    for name, value in held.items():
        if value is not None and not getattr(row, name):
            setattr(row, name, value)
    return row


def without_held(record: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Any]:
    """The record without what is absent, what its case says, and what the trail holds word for word."""
    return {
        name: value
        for name, value in record.items()
        if value is not None and name not in OWNER and (name not in held or held[name] != value)
    }


def held_input(entries: Entries) -> Any:
    """The input as the trail holds it; None once erased."""
    return next((values.get("input") for entry, values in entries if entry.kind == "case.started"), None)


def held_of_task(task_id: str, entries: Entries) -> dict[str, Any]:
    """Title, reasons, action, changes and decision of a task as the trail holds them."""
    held: dict[str, Any] = {}
    for entry, values in entries:
        asked = values.get("task")
        if isinstance(asked, Mapping) and asked.get("task") == task_id:
            held |= {"title": asked.get("title"), "reasons": asked.get("reasons"), "action": values.get("action")}
            held["changes"] = values.get("changes")
        elif entry.kind == "task.answered" and asked == task_id:
            held["decision"] = values.get("decision")
        elif entry.kind == "task.answer_undone" and asked == task_id:
            held.pop("decision", None)
    return held


def held_of_effect(key: str, entries: Entries) -> dict[str, Any]:
    """Arguments, result and error of an effect as the trail holds them."""
    held: dict[str, Any] = {}
    judged: dict[tuple[str | None, int | None], Any] = {}
    for entry, values in entries:
        action = values.get("action")
        if entry.kind == "action.judged":
            judged[entry.step, entry.visit] = action
        elif entry.kind == "effect.sent":
            place = values.get("judged")
            found = judged.get((place["step"], place["visit"])) if isinstance(place, Mapping) else action
            if isinstance(found, Mapping) and found.get("idempotency_key") == key:
                held["arguments"] = found.get("arguments")
        elif values.get("key") == key:
            refusal = values.get("refusal")
            held["result"] = values.get("result")
            held["error"] = refusal.get("message") if isinstance(refusal, Mapping) else values.get("error")
    return held
