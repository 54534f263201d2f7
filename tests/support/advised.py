"""The toy with an agent: look something up, ask whether it is right, decide, write it down."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from pydantic import BaseModel

from graphs.agents.answer import AgentAnswer, Quote
from graphs.agents.decision_class import Asked, DecisionClass
from graphs.agents.facts import decision_facts
from graphs.agents.gate import Gate
from graphs.process import ProcessDefinition
from graphs.state import CaseView
from graphs.steps import (
    AgentStep,
    DecisionStep,
    EffectStep,
    ProposeStep,
    Reader,
    ReadStep,
    ReviewStep,
)
from policies.fact import Fact, FactValue
from tests.support.asked_model import AskedModel, question_of, reply_to
from tests.support.toy import PACK, amount_facts, approval, corrected, draft, ends, look_up, process
from tools.errors import ToolError
from tools.llm.question import AskArguments, Passage, Prompt, Sample, Usage

FIELDS = PACK.replace(
    "rules:\n",
    """  model.fields_allowed: {type: bool, description: Only listed fields are sent}
  model.case_budget_left: {type: bool, description: The case may still ask}
  model.tenant_budget_left: {type: bool, description: The tenant may still ask}
  advice.asked: {type: bool, description: A model was to be asked}
  advice.answered: {type: bool, description: It answered}
  advice.choice: {type: str, description: What it chose}
  advice.autonomous: {type: bool, description: Its answer counts without a person}
  advice.signals: {type: int, description: Signs that something is wrong with the answer}
  advice.blind: {type: bool, description: A person decides without seeing the answer}
rules:
  - id: TOY-ASK
    at: [ask]
    title: Not to be sent
    severity: block
    when: >-
      not action.tool_allowed or not model.fields_allowed or not model.case_budget_left
      or not model.tenant_budget_left
    message: This question may not be sent.
    source: {regulation: Toy, clause: "5"}
    examples:
      - {expect: fires, given: {model.tenant_budget_left: false}}
      - expect: passes
        given:
          {action.tool_allowed: true, model.fields_allowed: true, model.case_budget_left: true,
          model.tenant_budget_left: true}
  - id: TOY-ADVICE
    at: [advised]
    title: Nobody has looked at it
    severity: review
    exception: unclear
    when: missing(advice.choice) or not advice.autonomous or advice.choice != 'fine'
    message: The agent's answer does not count by itself.
    source: {regulation: Toy, clause: "6"}
    examples:
      - {expect: fires, given: {advice.choice: fine, advice.autonomous: false}}
      - {expect: fires, given: {advice.choice: wrong, advice.autonomous: true}}
      - {expect: fires, given: {advice.autonomous: true}}
      - {expect: passes, given: {advice.choice: fine, advice.autonomous: true}}
""",
)
"""The toy's rules, with what it takes to ask and to count an answer."""


class Opinion(AgentAnswer):
    verdict: Literal["fine", "wrong"]

    @property
    def choice(self) -> str:
        return self.verdict


def reviewed(answer: Mapping[str, Any], _decision: Mapping[str, Any]) -> str | None:
    return {"approve": "fine", "correct": "wrong", "reject": "wrong"}.get(answer["decision"])


SCOUT = DecisionClass(
    name="scout",
    version=1,
    title="Whether a note is right",
    prompt=Prompt(name="scout", version=1, text="Say whether the note is right, and quote what shows it."),
    answer=Opinion,
    fields=frozenset({"amount"}),
    reviewed=reviewed,
    samples=5,
)


def opinion(verdict: str = "fine", *, quote: str = "500", source: str = "fields", reason: str = "it is") -> Sample:
    evidence = (Quote(source=source, text=quote),)
    return Sample(answer={"reason": reason, "evidence": [item.model_dump() for item in evidence], "verdict": verdict})


NO_ANSWER = Sample(failure="model_answer_invalid")


@dataclass
class ScriptedModel(AskedModel):
    """Answers with what it is given; keeps what it was asked."""

    samples: tuple[Sample, ...] | Callable[[AskArguments], tuple[Sample, ...]] = tuple(opinion() for _ in range(5))
    fault: ToolError | None = None
    usage: Usage = field(default_factory=lambda: Usage(calls=5, tokens_in=500, tokens_out=100, cost_micros=90))
    model: str = "scripted-1"
    asked: list[AskArguments] = field(default_factory=list)

    async def execute(self, arguments: BaseModel, *, key: str) -> dict[str, Any]:
        question = question_of(arguments)
        self.asked.append(question)
        if self.fault is not None:
            raise self.fault
        samples = self.samples(question) if callable(self.samples) else self.samples
        return reply_to(question, samples, self.usage, model=self.model)


OPEN = Gate(
    open=True, why="300 of 300 were right", threshold_bps=9_000, calibration="c1", points=((0, 0), (8_000, 9_900))
)


async def about_the_amount(case: CaseView, _reader: Reader) -> Asked | None:
    amount = case.value("amount")
    return None if amount == 0 else Asked(fields={"amount": amount}, passages=notes(case))


def notes(case: CaseView) -> tuple[Passage, ...]:
    """What the input says beside its subject."""
    text = case.input.get("text")
    return (Passage(label="note", text=str(text)),) if text else ()


def advised(case: CaseView) -> Mapping[str, FactValue | Fact]:
    return decision_facts(case, "advise", "advice")


def advised_definition(
    asks: DecisionClass = SCOUT, *, tools: tuple[str, ...] = (), version: int = 1
) -> ProcessDefinition:
    """look_up → advise → weigh → propose → write → done, with a person where the agent's answer does not count."""
    return process(
        "Toy with an agent",
        ReadStep(name="look_up", stage="intake", tools=("toy.read",), run=look_up, next="advise"),
        AgentStep(name="advise", stage="check", asks=asks, question=about_the_amount, tools=tools, next="weigh"),
        DecisionStep(
            name="weigh",
            stage="check",
            point="advised",
            facts=advised,
            allow="propose",
            review="resolve",
            deny="rejected",
        ),
        ReviewStep(
            name="resolve",
            stage="check",
            of="weigh",
            role="clerk",
            title=lambda case: "Is this right?",
            correct_to="advise",
            reject_to="rejected",
            answer_within=timedelta(hours=8),
            correction=corrected,
            advised_by="advise",
        ),
        ProposeStep(
            name="propose",
            stage="write",
            point="write",
            draft=draft,
            facts=amount_facts,
            allow="write",
            review="approve",
            deny="rejected",
        ),
        approval(correct_to="advise"),
        EffectStep(name="write", stage="write", of="propose", next="done"),
        *ends(),
        version=version,
    )
