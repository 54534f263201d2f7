"""Steering: how a person's order changes where a case stands. Pure; the runtime applies it at the next claim."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from graphs.audit import AuditRecord
from graphs.errors import Conflict, Invalid, ProtectedField
from graphs.process import ProcessDefinition
from graphs.routing.performers.chosen import SECTION
from graphs.state import CaseState, applied, folded
from graphs.steps import (
    AgentStep,
    AnyStep,
    DecisionStep,
    EffectStep,
    EndStep,
    HandStep,
    ProposeStep,
    ReadStep,
    ReviewStep,
    TimerStep,
    WaitStep,
)
from graphs.store.lifecycle_tables import Steering
from policies.canonical import jsonable
from policies.fact import Fact, FactValue, Integrity, Source, SourceKind
from policies.protected import is_protected


class CaseNotSteerable(Conflict):
    """What is asked does not fit the case's status."""

    code = "case_not_steerable"


class StateErased(Conflict):
    """Values of the case were erased, so its state is not known."""

    code = "case_state_erased"


class CaseMoved(Conflict):
    """The case moved on at the same moment: look at it, and try again."""

    code = "case_moved"


class NotAtStep(Conflict):
    """The case does not stand at that step."""

    code = "case_not_at_step"


class StepNotSkippable(Conflict):
    """The step may not be skipped."""

    code = "step_not_skippable"


class StepNotVisited(Conflict):
    """The case has not been at that step."""

    code = "step_not_visited"


class StepNotRetryable(Conflict):
    """A case cannot go on from that step: another step has to prepare it."""

    code = "step_not_retryable"


class Visited(Protocol):
    """A journal row: what a step's visit put into the state."""

    @property
    def name(self) -> str: ...

    @property
    def update(self) -> Mapping[str, Any] | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Steered:
    """What the order puts into the state, and the step the case enters next.

    `record` is its entry in the journal, by the person who ordered it, as visit number `visit`: 0 for a jump, which
    visits no step. `after` is the state then. Where the case enters a wait or a timer, its subscription or timer is
    written in the same transaction, as after any step that leads there.
    """

    update: dict[str, Any]
    after: CaseState
    enters: str
    record: AuditRecord

    @property
    def visit(self) -> int:
        """The number of the visit."""
        return self.record.visit or 0


def fold(updates: Iterable[Mapping[str, Any] | None]) -> CaseState:
    """The state of a case, from the updates of its journal in order. Raises `StateErased`."""
    every = list(updates)
    known = [update for update in every if update is not None]
    if len(known) != len(every):
        raise StateErased("values of this case were erased: nobody knows its state any more")
    return folded(known)


def before(journal: Iterable[Visited], step: str) -> CaseState:
    """The state as it was before the last visit of `step`. Raises `StepNotVisited` or `StateErased`."""
    visits = list(journal)
    places = [place for place, visit in enumerate(visits) if visit.name == step]
    if not places:
        raise StepNotVisited(f"the case has not been at {step!r}")
    state = fold(visit.update for visit in visits[: places[-1]])
    return CaseState(data=state["data"], visits=state["visits"], route=step)


def standing_at(definition: ProcessDefinition, state: CaseState) -> AnyStep:
    """The step the case waits at, failed in, or comes to next."""
    return definition.step(state["route"] or definition.start)


def check_retry(definition: ProcessDefinition, state: CaseState, step: str) -> None:
    """Whether the case can go on from `step`. Raises `Invalid`, `StepNotVisited` or `StepNotRetryable`."""
    check_entry(definition, step)
    if step not in state["visits"] and standing_at(definition, state).name != step:
        been = ", ".join(state["visits"]) or "none"
        raise StepNotVisited(f"the case has not been at {step!r} (it was at: {been})")


def check_entry(definition: ProcessDefinition, step: str) -> None:
    """Whether a case can enter `step` from anywhere. Raises `Invalid` or `StepNotRetryable`."""
    wanted = definition.by_name.get(step)
    if wanted is None:
        raise Invalid(f"{definition.reference} has no step {step!r}")
    if not isinstance(wanted, ReadStep | AgentStep | DecisionStep | ProposeStep):
        instead = f": go on from {wanted.of!r}" if isinstance(wanted, ReviewStep | EffectStep) else ""
        instead = f": go on from {wanted.back!r}" if isinstance(wanted, HandStep) else instead
        raise StepNotRetryable(f"a case cannot go on from {step!r}, a step of kind {wanted.kind.value}{instead}")


def skip_destination(definition: ProcessDefinition, step: AnyStep) -> str:
    """Where a case goes that skips the step; never to an effect. Raises `StepNotSkippable`."""
    match step:
        case ReadStep() | AgentStep() | TimerStep() | WaitStep():
            return step.next
        case DecisionStep() if not isinstance(definition.step(step.allow), ReviewStep):
            return step.allow
        case EffectStep(skippable=True):
            return step.next
        case ReviewStep(skippable=True):
            return _past_review(definition, step)
        case DecisionStep() | EffectStep() | ReviewStep() | HandStep() | ProposeStep() | EndStep():
            raise StepNotSkippable(f"{step.name!r}, a step of kind {step.kind.value}, may not be skipped")


def _past_review(definition: ProcessDefinition, step: ReviewStep) -> str:
    """Past the decision that asked, or past the effect of the proposal: skipping a question approves nothing."""
    match definition.step(step.of):
        case DecisionStep() as asked if asked.allow != step.name:
            return asked.allow
        case ProposeStep() as asked:
            return skip_destination(definition, definition.step(asked.allow))
        case _:
            raise StepNotSkippable(f"{step.name!r} may not be skipped")


def check_skip(definition: ProcessDefinition, state: CaseState, step: str, facts: Mapping[str, FactValue]) -> None:
    """Whether the step may be skipped with these facts.

    Raises `NotAtStep`, `StepNotSkippable`, `ProtectedField`, or `Invalid` for a fact that the case has already.
    """
    here = standing_at(definition, state)
    if here.name != step:
        raise NotAtStep(f"the case stands at {here.name!r}, not at {step!r}")
    skip_destination(definition, here)
    known = state["data"].get("facts") or {}
    for name in facts:
        if is_protected(name):
            raise ProtectedField(f"{name} accepts no value from whoever skips a step: change it at its source")
        if (known.get(name) or {}).get("value") is not None:
            raise Invalid(f"{name} is known already: only a review may correct it")


def steer(definition: ProcessDefinition, state: CaseState, steering: Steering, *, now: datetime) -> Steered:
    """What a retry, skip or fork puts into the state.

    Raises what `check_retry` and `check_skip` raise: the case may have moved since the order was given.
    """
    match steering.kind:
        case "retry":
            check_retry(definition, state, steering.step)
            corrected = steering.data.get("patch") or {}
            data = {**corrected, **_refusal_cleared(state, steering.step)}
            part = {"data": data, "visits": _withdrawn(definition, state)}
            return _jump(definition, state, steering, part, steering.step, now)
        case "skip":
            check_skip(definition, state, steering.step, steering.data["facts"])
            return _skip(definition, state, steering, now)
        case "fork":
            copied: CaseState = steering.data["state"]
            here = standing_at(definition, copied)
            enters = _asked_anew(here)
            part = {"data": copied["data"], "visits": copied["visits"]}
            return _jump(definition, state, steering, part, enters, now)
        case other:
            raise Invalid(f"{other!r} does not change where a case stands")


def _withdrawn(definition: ProcessDefinition, state: CaseState) -> dict[str, int]:
    """The visit of the question that the order withdraws: its number is used up, or the next one would have its task's.

    A task is one of a step and a visit, so a second question of the same number would be asked of nobody.
    """
    here = standing_at(definition, state)
    return {here.name: state["visits"].get(here.name, 0) + 1} if isinstance(here, ReviewStep | HandStep) else {}


def _asked_anew(here: AnyStep) -> str:
    """Where a copy goes on that stands at `here`: what a person was asked is judged again."""
    match here:
        case ReviewStep():
            return here.of
        case HandStep():
            return here.back
        case _:
            return here.name


def _refusal_cleared(state: CaseState, step: str) -> dict[str, Any]:
    """A refusal, or a performer's failure, would send the proposal to a person again: whoever retries has seen it."""
    refused = {"refusals": {step: None}} if (state["data"].get("refusals") or {}).get(step) else {}
    chosen = (state["data"].get(SECTION) or {}).get(step)
    return {**refused, **({SECTION: {step: {**chosen, "failed": {}, "nobody": None}}} if chosen else {})}


def _jump(
    definition: ProcessDefinition,
    state: CaseState,
    steering: Steering,
    part: Mapping[str, Any],
    enters: str,
    now: datetime,
) -> Steered:
    update = {"data": {}, "visits": {}, **part, "route": enters}
    values = _entry(steering, steering.kind, definition.step(enters).stage, update, now)
    record = AuditRecord(
        kind="case.steered", actor=steering.ordered_by, case_id=steering.case_id, step=enters, visit=0, values=values
    )
    return Steered(update=update, after=applied(state, update), enters=enters, record=record)


def _skip(definition: ProcessDefinition, state: CaseState, steering: Steering, now: datetime) -> Steered:
    step = definition.step(steering.step)
    facts = {name: person_fact(value, steering.ordered_by) for name, value in steering.data["facts"].items()}
    told = {"by": steering.ordered_by, "reason": steering.reason, "order": steering.id}
    data: dict[str, Any] = {"skipped": {step.name: told}, **({"facts": facts} if facts else {})}
    visit = state["visits"].get(step.name, 0) + 1
    enters = skip_destination(definition, step)
    update = {"data": jsonable(data), "visits": {step.name: visit}, "route": enters}
    values = _entry(steering, step.kind.value, step.stage, update, now)
    record = AuditRecord(
        kind="step.skipped",
        actor=steering.ordered_by,
        case_id=steering.case_id,
        step=step.name,
        visit=visit,
        values=values,
    )
    return Steered(update=update, after=applied(state, update), enters=enters, record=record)


def _entry(steering: Steering, kind: str, stage: str, update: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    step = {"kind": kind, "stage": stage, "route": update["route"], "started_at": now.isoformat()}
    return {"step": step, "update": dict(update), "order": steering.id, "reason": steering.reason}


def person_fact(value: FactValue, by: str) -> Fact:
    """A value that a person gave."""
    source = Source(kind=SourceKind.PERSON, ref=by)
    return Fact(value=value, confidence=1.0, source=source, integrity=Integrity.TRUSTED)
