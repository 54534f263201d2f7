"""Agent steps: a question, judged before it leaves the company; the answer weighed, and written down as a decision."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from graphs.agents.decision import Decision, decided, undecided, weighed
from graphs.agents.decision_class import Asked, DecisionClass, Lookup, looked_up
from graphs.agents.facts import DECISIONS
from graphs.agents.gate import Identity
from graphs.agents.spending import SPEND, added, left_of_case, spent_by
from graphs.refusals import BreakerOpen, NotAdmitted, SwitchedOff
from graphs.runtime.outcome import StepOutcome
from graphs.runtime.reading import GuardedReader, ModelCallWithheld
from graphs.runtime.run import Run
from graphs.state import CaseState, CaseView
from graphs.steps import AgentStep
from policies.canonical import jsonable
from policies.fact import FULL_BPS, FactValue
from tools.catalog import UnknownTool
from tools.errors import Permanent, ToolError
from tools.llm.errors import NOT_CONFIGURED, ModelFailed, ModelUnavailable
from tools.llm.question import AskArguments, Budget, Question, Reply, Usage

MODEL_TOOL = "model.ask"
NOT_CONNECTED = f"{NOT_CONFIGURED}; until then a person decides"


class FieldNotAllowed(Permanent):
    """A step puts a field into a question that its decision class may not see."""

    code = "field_not_allowed"


@dataclass(slots=True, kw_only=True)
class Consultation:
    """One question of one step's visit: what it may still use, and what it has used."""

    step: AgentStep
    view: CaseView
    run: Run
    reader: GuardedReader | NobodyToAsk
    usage: Usage = field(default_factory=Usage)

    @property
    def asks(self) -> DecisionClass:
        """The class of the question."""
        return self.step.asks

    async def reply(self, question: Question, asked: Asked, *, samples: int) -> Reply:
        """What the model says. Raises `ModelFailed`, `ModelCallWithheld`, or another `ToolError`."""
        before = added(spent_by(self.view), self.usage)
        budget = left_of_case(self.run.model_terms.case, before, wanted=self.asks.budget, used=self.usage)
        arguments = AskArguments(
            question=question.name,
            prompt=question.prompt.reference,
            prompt_digest=question.prompt.digest,
            fields=jsonable(dict(asked.fields)),
            passages=asked.passages,
            samples=samples,
            budget=budget or Budget(calls=0),
        )
        spending = self.run.model_terms.spending
        tenant, day = self.run.case.tenant, self.run.today
        reserved = budget is not None and await spending.reserve(tenant, day, arguments.budget)
        used = Usage()
        try:
            facts = {
                "model.fields_allowed": set(asked.fields) <= self.asks.fields,
                "model.case_budget_left": budget is not None,
                "model.tenant_budget_left": reserved,
            }
            result = await self.reader.ask(MODEL_TOOL, arguments, facts=facts, agent=self.asks.name)
            reply = Reply.model_validate(result)
            used = reply.usage
            return reply
        except ModelFailed as error:
            used = error.usage
            raise
        finally:
            self.usage = added(self.usage, used)
            if reserved:
                await spending.settle(tenant, day, arguments.budget, used)

    async def looked_up(self, asked: Asked) -> Asked:
        """The material, with what the model wanted to look up and may: each read judged like any other."""
        return await looked_up(
            asked, lambda material: self.reply(self.asks.lookup_question, material, samples=1), self._lookup
        )

    async def _lookup(self, wanted: Lookup) -> Mapping[str, Any]:
        """What a read gave, or why it gave nothing. Whatever was wanted of a tool that there is, is in the trail."""
        tool, bound, why = wanted.tool, None, "not on the list"
        if tool in self.asks.lookups:
            bound, why = self.step.scope(self.view, tool, wanted.arguments), "not about this case"
        try:
            if bound is None:
                await self.reader.look_up(tool, wanted.arguments, refused=why)
                return {"refused": why}
            return {"result": await self.reader.look_up(tool, bound)}
        except UnknownTool:
            return {"refused": why}
        except ToolError as error:
            return {"refused": error.reason if bound is not None else why}


class NobodyToAsk:
    """The reader where no model is connected: material for a question that nobody answers is not worth a call."""

    def __init__(self) -> None:
        """Nothing is ever called."""
        self.calls: list[dict[str, Any]] = []

    async def read(self, tool: str, arguments: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ARG002 - the reader's
        """Raises `ModelUnavailable`."""
        raise ModelUnavailable(NOT_CONNECTED, tool=MODEL_TOOL)

    async def look_up(
        self,
        tool: str,
        arguments: Mapping[str, Any],  # noqa: ARG002 - the reader's
        *,
        refused: str = "",  # noqa: ARG002 - the reader's
    ) -> dict[str, Any]:
        """Raises `ModelUnavailable`."""
        raise ModelUnavailable(NOT_CONNECTED, tool=tool)

    async def ask(
        self,
        tool: str,
        arguments: BaseModel,  # noqa: ARG002 - the reader's
        *,
        facts: Mapping[str, FactValue],  # noqa: ARG002 - the reader's
        agent: str,  # noqa: ARG002 - the reader's
    ) -> dict[str, Any]:
        """Raises `ModelUnavailable`."""
        raise ModelUnavailable(NOT_CONNECTED, tool=tool)


async def run_ask(step: AgentStep, state: CaseState, run: Run, *, visit: int) -> StepOutcome:
    """Ask, and write the decision down. A model that does not answer is a decision too: a person's to make."""
    view = run.view(state)
    reader = GuardedReader(step, run) if MODEL_TOOL in run.catalog else NobodyToAsk()
    consultation = Consultation(step=step, view=view, run=run, reader=reader)
    try:
        asked = await step.question(view, reader)
    except ModelUnavailable as error:
        decision = undecided(step.asks, "unavailable", error.message)
    else:
        nothing = undecided(step.asks, "not_asked", "")
        decision = nothing if asked is None else await _decision(consultation, asked, visit)
    recorded = decision.recorded()
    data: dict[str, Any] = {DECISIONS: {step.name: recorded}, **step.result(view, recorded)}
    if consultation.usage.calls:
        data[SPEND] = added(spent_by(view), consultation.usage).model_dump(mode="json")
    return StepOutcome(
        route=step.next, data=data, kind="agent.decided", values={"decision": recorded, "calls": reader.calls}
    )


async def _decision(consultation: Consultation, asked: Asked, visit: int) -> Decision:
    """The decision about the material; a person makes it where no model does.

    Raises `FieldNotAllowed`, a mistake of the process and not of a model; `NotAdmitted` where all that is lacking is
    room, and `SwitchedOff` where the whole process is stopped: then the case waits.
    """
    asks = consultation.asks
    beyond = set(asked.fields) - asks.fields
    if beyond:
        raise FieldNotAllowed(f"{asks.name} may not see {', '.join(sorted(beyond))}", tool=MODEL_TOOL)
    try:
        material = await consultation.looked_up(asked) if asks.lookups else asked
        reply = await consultation.reply(asks.question, material, samples=asks.samples)
    except ModelCallWithheld as error:
        return undecided(asks, "withheld", error.message, consultation.usage)
    except (ModelUnavailable, SwitchedOff, BreakerOpen) as error:
        if isinstance(error, SwitchedOff) and error.scope == "process":
            raise
        return undecided(asks, "unavailable", error.message, consultation.usage)
    except ToolError as error:
        if isinstance(error, NotAdmitted):
            raise
        return undecided(asks, "failed", f"{error.reason}: {error.message}", consultation.usage)
    found = weighed(asks, material, reply)
    run = consultation.run
    identity = Identity(
        decision_class=asks.name,
        class_version=asks.version,
        model=reply.model,
        prompt_digest=reply.prompt_digest,
    )
    gate = await run.model_terms.gates.of(run.case.tenant, identity)
    terms = run.model_terms
    drawn = is_drawn(terms.draw_key, f"{run.case.id}/{consultation.step.name}/{visit}", share_bps=terms.blind_bps)
    return decided(asks, found, reply, gate, drawn=drawn, used=consultation.usage)


def is_drawn(key: bytes, subject: str, *, share_bps: int) -> bool:
    """Whether this decision is one of the share that a person makes blind: nobody without the key can foresee it."""
    drawn = int.from_bytes(hmac.digest(key, b"interlock.blind/" + subject.encode(), "sha256")[:8], "big")
    return drawn % FULL_BPS < share_bps
