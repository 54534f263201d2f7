"""A process with two effects that can be taken back, and a pause in which it can be cancelled."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from graphs.process import ProcessDefinition
from graphs.runtime.run import Run
from graphs.state import CaseView
from graphs.steps import ActionDraft, AnyStep, Compensation, EffectStep, EndStep, ProposeStep, ReadStep, TimerStep
from policies.fact import FactValue
from policies.judgement import RuleBook
from tests.support.engine import Engine
from tests.support.toy import PACK, amount_facts, draft, look_up, process, toy_rulebook

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
    return process(
        "Saga",
        ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up, next="propose_first"),
        *writes("first", "propose_second", compensation),
        *writes("second", "pause", compensation),
        TimerStep(name="pause", stage="write", due=lambda case, now: now + timedelta(days=3), next="done"),
        EndStep(name="done", stage="end", ends="done", outcome=lambda case: "written"),
        EndStep(name="rejected", stage="end", ends="rejected", outcome=lambda case: "not written"),
    )


async def held(engine: Engine, case_id: str) -> Run:
    """The case as a worker holds it."""
    advancer = engine.advancer(owner="w")
    leased = await advancer._claims.take("acme", case_id)
    await advancer.close()
    assert leased is not None
    return await advancer._opened(leased, advancer.room.place())
