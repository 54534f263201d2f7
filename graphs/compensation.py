"""Compensation: a cancelled case takes back its confirmed effects, the last one first, each through the ledger.

Every reversal has a key made from the key of the effect it takes back, so it happens once, however often a worker
begins anew. What the rules do not allow, or the target refuses, stops the rest and becomes an incident that names it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from graphs.audit import WORKER, AuditRecord
from graphs.errors import EngineError
from graphs.process import ProcessDefinition
from graphs.runtime.provenance import ACKNOWLEDGED
from graphs.state import CaseState, CaseView
from graphs.steps import Compensation, EffectStep
from graphs.store.tables import Effect
from policies.action import Action, EffectKind
from policies.canonical import digest
from policies.fact import FactValue
from policies.verdict import Verdict, VerdictKind
from tools.catalog import Catalog
from tools.errors import NeedsPerson, Permanent
from tools.port import Tool

UNRESOLVED = frozenset({"sent", "unknown"})
CONFIRMED = "confirmed"


class CompensationStopped(EngineError):
    """An effect could not be taken back: the rules do not allow it, or the target refused."""

    code = "compensation_stopped"


class CompensationInvalid(EngineError):
    """The draft of a compensation names another tool than the compensation declares, or acknowledges a warning."""

    code = "compensation_invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """The proposal that takes back the effect with the key `of`; judged at `point` over `facts`."""

    of: str
    case_id: str
    step: str
    visit: int
    action: Action
    point: str
    facts: Mapping[str, FactValue]


class Ledger(Protocol):
    """The effect ledger of a case, as compensation needs it."""

    async def perform(self, tool: Tool, action: Action, *, verdict: AuditRecord) -> dict[str, Any]:
        """The action's result; the call is made only if it has not happened yet. Raises a `ToolError`."""
        ...

    async def settle(self, tool: Tool, action: Action) -> dict[str, Any] | None:
        """What an effect whose outcome was unknown has done, None once it is certain that it did nothing.

        It is never sent again. Raises `OutcomeUnknown` while nobody can say, `NeedsPerson` where only a person can.
        """
        ...


class CompensatingRun(Protocol):
    """What is needed of a run."""

    @property
    def definition(self) -> ProcessDefinition: ...
    @property
    def catalog(self) -> Catalog: ...

    async def judged(self, point: str, facts: Mapping[str, FactValue]) -> Verdict:
        """The verdict of the rules active now."""
        ...

    def view(self, state: CaseState) -> CaseView:
        """The state as a step's function sees it."""
        ...


LedgerOf = Callable[[str, int], Ledger]
"""The ledger for a step and a visit of the case."""


def reversal_key(effect: Effect) -> str:
    """The idempotency key of what takes the effect back."""
    business = f"compensate/{effect.idempotency_key}"
    whole = {"case": effect.case_id, "effect": effect.step, "business": business}
    return f"interlock-{digest(whole)[:32]}"


def originals(effects: Sequence[Effect]) -> list[Effect]:
    """The effects without those that take others back."""
    reversals = {reversal_key(effect) for effect in effects}
    return [effect for effect in effects if effect.idempotency_key not in reversals]


def needs_compensation(definition: ProcessDefinition, effects: Sequence[Effect]) -> bool:
    """Whether a cancelled case has effects to take back, or some whose outcome must be found out first.

    A planned effect counts: the worker that planned it may be about to send it.
    """
    open_ones = {"planned", *UNRESOLVED}
    return bool(to_take_back(definition, effects)) or any(effect.status in open_ones for effect in effects)


def to_take_back(
    definition: ProcessDefinition, effects: Sequence[Effect], *, waived: frozenset[str] = frozenset()
) -> list[Effect]:
    """Confirmed effects that declare a compensation and are not taken back yet, the last confirmed first.

    `waived` are keys of effects that a person has taken back by hand.
    """
    done = {effect.idempotency_key for effect in effects if effect.status == CONFIRMED}
    found = [
        effect
        for effect in originals(effects)
        if effect.status == CONFIRMED
        and compensation_of(definition, effect) is not None
        and reversal_key(effect) not in done
        and effect.idempotency_key not in waived
    ]
    return sorted(found, key=lambda effect: effect.ended_at or effect.planned_at, reverse=True)


def compensation_of(definition: ProcessDefinition, effect: Effect) -> Compensation | None:
    """How the effect's step says it is taken back."""
    step = definition.step(effect.step)
    return step.compensation if isinstance(step, EffectStep) else None


def plan_compensation(
    definition: ProcessDefinition,
    effects: Sequence[Effect],
    view: CaseView,
    *,
    kind_of: Callable[[str], EffectKind],
    waived: frozenset[str] = frozenset(),
) -> tuple[Reversal, ...]:
    """The reversals still to be made, in the order they are made. Raises `CompensationInvalid`."""
    planned: list[Reversal] = []
    for effect in to_take_back(definition, effects, waived=waived):
        compensation = compensation_of(definition, effect)
        if compensation is not None:
            planned.append(_reversal(effect, compensation, view, kind_of))
    return tuple(planned)


def _reversal(
    effect: Effect, compensation: Compensation, view: CaseView, kind_of: Callable[[str], EffectKind]
) -> Reversal:
    result = dict(effect.result or {})
    draft = compensation.draft(view, result)
    if draft.tool != compensation.tool:
        raise CompensationInvalid(f"effect {effect.step!r} is taken back by {compensation.tool}, not by {draft.tool}")
    if draft.arguments.get(ACKNOWLEDGED):
        raise CompensationInvalid(f"taking back {effect.step!r} acknowledges a warning that no person was asked about")
    action = Action(
        tool=draft.tool,
        arguments=dict(draft.arguments),
        effect_kind=kind_of(draft.tool),
        idempotency_key=reversal_key(effect),
    )
    facts = compensation.facts(view, result)
    return Reversal(
        of=effect.idempotency_key,
        case_id=effect.case_id,
        step=effect.step,
        visit=effect.visit,
        action=action,
        point=compensation.point,
        facts=facts,
    )


async def compensate(
    run: CompensatingRun,
    state: CaseState,
    effects: Callable[[], Awaitable[Sequence[Effect]]],
    ledger_of: LedgerOf,
    *,
    waived: frozenset[str] = frozenset(),
) -> int:
    """Take back what the case has done; returns how many effects. Safe to run again at any point.

    `effects` reads the case's effects as they are now. First the outcome of every effect that is under way is found
    out, but of those that a person has `waived`: nobody but a person can say what came of work by hand. Raises
    `OutcomeUnknown` or `Transient` to be tried later, `CompensationStopped`, or `LeaseLost`.
    """
    for effect in originals(await effects()):
        if effect.status in UNRESOLVED and effect.idempotency_key not in waived:
            await ledger_of(effect.step, effect.visit).settle(run.catalog[effect.tool], action_of(effect))
    planned = plan_compensation(
        run.definition,
        await effects(),
        run.view(state),
        kind_of=lambda tool: run.catalog[tool].effect_kind,
        waived=waived,
    )
    for reversal in planned:
        await _take_back(run, reversal, ledger_of(reversal.step, reversal.visit))
    return len(planned)


async def _take_back(run: CompensatingRun, reversal: Reversal, ledger: Ledger) -> None:
    verdict = await run.judged(reversal.point, reversal.facts)
    if verdict.kind is not VerdictKind.ALLOW:
        raise CompensationStopped(f"{reversal.action.tool} for step {reversal.step!r}: {_why(verdict)}")
    values = {"verdict": verdict, "action": reversal.action, "compensates": reversal.of}
    judged = AuditRecord(
        kind="action.judged", actor=WORKER, case_id=reversal.case_id, step=reversal.step, values=values
    )
    try:
        await ledger.perform(run.catalog[reversal.action.tool], reversal.action, verdict=judged)
    except (Permanent, NeedsPerson) as error:
        raise CompensationStopped(f"{reversal.action.tool} for step {reversal.step!r}: {error.message}") from error


def _why(verdict: Verdict) -> str:
    if verdict.engine_fault:
        return verdict.engine_fault
    rules = [*(finding.rule for finding in verdict.findings), *(unknown.rule for unknown in verdict.indeterminate)]
    return f"the rules say {verdict.kind.value} ({', '.join(rules)})"


def action_of(effect: Effect) -> Action:
    """The action that the effect is the row of."""
    return Action(
        tool=effect.tool,
        arguments=effect.arguments,
        effect_kind=EffectKind(effect.effect_kind),
        idempotency_key=effect.idempotency_key,
    )
