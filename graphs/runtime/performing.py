"""What becomes of a chosen performer: another takes over, or what came of it is on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from graphs.ledger import HAPPENED, OutcomeUnknown
from graphs.refusals import BreakerOpen, NotAdmitted, SwitchedOff
from graphs.routing.performers.chosen import Chosen
from graphs.routing.performers.surroundings import work_of
from graphs.runtime.outcome import StepOutcome
from graphs.runtime.parking import MAX_ATTEMPTS
from graphs.runtime.run import Run
from graphs.state import CaseView
from graphs.steps import PerformerKind, ProposeStep
from graphs.store.statements import PERFORMERS, json_text
from tools.errors import Permanent, ToolError, Transient


def falls_over(step: ProposeStep, chosen: Chosen, error: ToolError, run: Run, *, key: str) -> bool:
    """Whether another performer may be proposed after this failure: only where it is certain that nothing happened.

    What passes by itself is waited for, as long as nobody else would begin before it is tried again.
    """
    if not chosen.others or run.effects.get(key, {}).get("status") in HAPPENED:
        return False
    performer = next(one for one in step.performers if one.name == chosen.performer)
    match error:
        case OutcomeUnknown():
            return False
        case BreakerOpen():
            return not chosen.waits and _another_begins(step, chosen, error, run)
        case NotAdmitted():
            impatient = run.clock() - chosen.chosen_at > step.patience
            return not chosen.waits and impatient and _another_begins(step, chosen, error, run)
        case SwitchedOff():
            return error.scope == "tool"
        case Transient():
            visited = run.pending.journaled > run.case.journaled
            tried = (0 if visited else run.case.attempt) + 1
            is_last = tried >= MAX_ATTEMPTS
            return tried >= step.attempts and (is_last or _another_begins(step, chosen, error, run))
        case Permanent():
            return error.reason in performer.falls_over_on
        case _:
            return False


def _another_begins(step: ProposeStep, chosen: Chosen, error: Transient, run: Run) -> bool:
    """Whether another begins within patience, or before this one would be tried again."""
    within = run.clock() + step.patience
    return chosen.another_begins(max(within, error.ask_at) if error.ask_at is not None else within)


def fallen_over(
    step: ProposeStep, view: CaseView, chosen: Chosen, error: ToolError, run: Run, *, key: str
) -> StepOutcome:
    """Back to the proposal, where another performer is chosen and judged; nothing has happened."""
    why = f"{error.message} ({error.reason})"
    conclude(run, step, chosen, "failed", detail=why)
    refused = {"refusals": {step.name: None}} if view.section("refusals").get(step.name) else {}
    failure = {"performer": chosen.performer, "code": error.reason, "message": error.message}
    return StepOutcome(
        route=step.name,
        data={**chosen.without(chosen.performer, why).section(step.name), **refused},
        kind="performer.failed",
        values={"key": key, **failure, "others": list(chosen.others)},
    )


def conclude(
    run: Run, step: ProposeStep, chosen: Chosen, outcome: str, *, detail: str = "", took: timedelta | None = None
) -> None:
    """Hold what came of the choice; `took` is how long it took, where that was measured."""
    ended = {
        "ended_at": run.clock(),
        "outcome": outcome,
        "detail": detail[:500] or None,
        "took": f"{took.total_seconds():.6f} seconds" if took is not None else None,
    }
    explained = run.explained.get(step.name, {}) if run.pending.holds(step.name) else {}
    hold_choice(run, step, chosen, explained=explained, **ended)


def hold_choice(run: Run, step: ProposeStep, chosen: Chosen, *, explained: Mapping[str, Any], **ended: Any) -> None:
    """Hold the row of the choice; a copy for analysis has none."""
    if run.analysis:
        return
    row = {
        "case_id": run.case.id,
        "step": step.name,
        "visit": chosen.visit,
        "tenant": run.case.tenant,
        "work": work_of(run.case.process, step.name, chosen.performer),
        "performer": chosen.performer,
        "kind": chosen.kind,
        "tool": chosen.tool,
        "target": chosen.target,
        "explained": explained,
        "chosen_at": chosen.chosen_at,
        **ended,
    }
    run.pending.change.add(PERFORMERS, json_text(row))


def is_person(chosen: Chosen | None) -> bool:
    """Whether what was proposed is done by hand."""
    return chosen is not None and chosen.kind == PerformerKind.PERSON.value
