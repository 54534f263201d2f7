"""What a step that leads to a wait prepares for it, in its own transaction: a timer, a subscription."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from graphs.messages import subscription_of, timer_of_wait
from graphs.runtime.question import task_id
from graphs.state import CaseView
from graphs.steps import AnyStep, HandStep, InterruptingStep, ReviewStep, TimerStep, WaitStep
from graphs.store.lifecycle_tables import Subscription
from graphs.store.tables import Timer


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """The rows of a wait."""

    timer: Timer | None = None
    subscription: Subscription | None = None


def waits_of(following: AnyStep | None, view: CaseView, visits: Mapping[str, int], *, now: datetime) -> Waits:
    """What `following` waits for, if it is a timer or a wait for a message."""
    match following:
        case TimerStep():
            visit = visits.get(following.name, 0) + 1
            timer = Timer(
                id=timer_id(view.case_id, following.name, visit),
                tenant=view.tenant,
                case_id=view.case_id,
                subject="step",
                subject_id=f"{view.case_id}/{following.name}",
                visit=visit,
                due_at=following.due(view, now),
                status="set",
            )
            return Waits(timer=timer)
        case WaitStep():
            visit = visits.get(following.name, 0) + 1
            return Waits(
                timer=timer_of_wait(following, view, visit=visit, now=now),
                subscription=subscription_of(following, view, visit=visit, now=now),
            )
        case _:
            return Waits()


def question_of(step: InterruptingStep, case_id: str, visits: Mapping[str, int]) -> dict[str, Any]:
    """The value of the interrupt: what the case waits for, by an id that can be looked up."""
    visit = visits.get(step.name, 0) + 1
    match step:
        case ReviewStep() | HandStep():
            return {"kind": "task", "step": step.name, "visit": visit, "task": task_id(case_id, step.name, visit)}
        case TimerStep():
            return {"kind": "timer", "step": step.name, "visit": visit, "timer": timer_id(case_id, step.name, visit)}
        case WaitStep():
            return {"kind": "message", "step": step.name, "visit": visit}


def timer_id(case_id: str, step: str, visit: int) -> str:
    """The id of the timer of a timer step's visit."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{case_id}/{step}/{visit}"))
