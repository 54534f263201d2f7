"""A process with two effects that can be taken back, and a pause in which it can be cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from graphs.ledger import EffectLedger, OutcomeNeedsPerson
from graphs.process import ProcessDefinition
from graphs.runtime.run import Run
from graphs.state import CaseView
from graphs.steps import ActionDraft, AnyStep, Compensation, EffectStep, EndStep, ProposeStep, ReadStep, TimerStep
from graphs.store.tables import Case
from policies.action import Action
from policies.fact import FactValue
from policies.judgement import RuleBook
from tests.support.engine import Engine
from tests.support.toy import PACK, amount_facts, check_input, draft, look_up, toy_rulebook
from tools.port import OutcomeLookup, Tool

UNDO = """  - id: TOY-UNDO
    at: [undo]
    title: Too large to take back alone
    severity: review
    when: note.amount > p.auto_limit
    message: "{note.amount} is more than {p.auto_limit}."
    source: {regulation: Toy, clause: "5"}
    examples:
      - {expect: passes, given: {note.amount: 1000}}
      - {expect: fires, given: {note.amount: 1001}}
"""


def saga_rulebook(*, auto_limit: int = 1000) -> RuleBook:
    """The toy's rules, and one for taking back."""
    return toy_rulebook((PACK + UNDO).replace("value: 1000,", f"value: {auto_limit},"))


def undo(case: CaseView, result: Mapping[str, Any]) -> ActionDraft:
    return ActionDraft(tool="toy.write", arguments={"amount": -int(case.value("amount") or 0) - int(result["line"])})


def undo_facts(case: CaseView, result: Mapping[str, Any]) -> Mapping[str, FactValue]:
    return {"note.amount": case.value("amount")}


TAKE_BACK = Compensation(tool="toy.write", point="undo", draft=undo, facts=undo_facts)


def writes(name: str, then: str, compensation: Compensation | None) -> tuple[AnyStep, ...]:
    return (
        ProposeStep(
            name=f"propose_{name}",
            stage="write",
            point="write",
            draft=draft,
            facts=amount_facts,
            allow=name,
            review="rejected",
            deny="rejected",
        ),
        EffectStep(name=name, stage="write", of=f"propose_{name}", next=then, compensation=compensation),
    )


def saga_definition(*, compensation: Compensation | None = TAKE_BACK) -> ProcessDefinition:
    """look_up → first → second → pause → done; `first` and `second` write, and the writing can be taken back."""
    return ProcessDefinition(
        name="toy",
        version=1,
        title="Saga",
        pack="toy",
        start="look_up",
        check_input=check_input,
        case_title=lambda body: str(body["subject"]),
        steps=(
            ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up, next="propose_first"),
            *writes("first", "propose_second", compensation),
            *writes("second", "pause", compensation),
            TimerStep(name="pause", stage="write", due=lambda case, now: now + timedelta(days=3), next="done"),
            EndStep(name="done", stage="end", ends="done", outcome=lambda case: "written"),
            EndStep(name="rejected", stage="end", ends="rejected", outcome=lambda case: "not written"),
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlingLedger(EffectLedger):
    """The ledger with the question that compensation asks; it stands here until the ledger has it."""

    async def settle(self, tool: Tool, action: Action) -> dict[str, Any] | None:
        async with self.database.unit_of_work(self.case.tenant) as unit:
            effect = await unit.effects.by_key(self.case.tenant, action.idempotency_key)
        assert effect is not None
        if tool.outcome_lookup is not OutcomeLookup.ASKABLE:
            raise OutcomeNeedsPerson(f"nobody knows whether {action.tool} has happened", tool=action.tool)
        found = await self._ask(tool, action, effect)
        if found is None:
            await self._conclude(action, "planned", error="it did not happen", asked=True)
        return found


async def held(engine: Engine, case_id: str) -> tuple[Run, Case]:
    """The case as a worker holds it, whatever its status is."""
    async with engine.database.unit_of_work("acme") as unit:
        case = await unit.cases.take_lease(case_id, owner="w", now=engine.clock(), for_=timedelta(minutes=1))
    assert case is not None
    services = engine.services
    run = Run(
        database=engine.database,
        catalog=services.catalogs("acme"),
        rulebook=engine.rulebook,
        clock=engine.clock,
        definition=engine.definitions[0],
        case=case,
        epoch=case.epoch,
    )
    return run, case


def ledger_of(run: Run) -> Any:
    """The ledgers of the run's case."""

    def of(step: str, visit: int) -> SettlingLedger:
        return SettlingLedger(
            database=run.database, clock=run.clock, case=run.case, epoch=run.epoch, step=step, visit=visit
        )

    return of
