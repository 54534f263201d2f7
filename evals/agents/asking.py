"""What a suite needs of a decision class and of whoever answers: a question, a way to ask it, a way to weigh it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from pydantic import BaseModel, ConfigDict, JsonValue

from evals.agents.case import AgentInputs
from graphs.agents.decision_class import LOOKUPS, Asked, Lookup, looked_up
from graphs.agents.spending import added
from tools.llm.errors import ModelFailed
from tools.llm.question import AskArguments, Budget, Prompt, Reply, Usage

MISSING = "cassette_entry_missing"
"""The code of a request that a cassette does not hold: the suite cannot say anything then."""
INVALID = "model_answer_invalid"

Ask = Callable[[AskArguments], Awaitable[Reply]]
"""Asks the model, or a cassette of its answers. Raises `ModelFailed`."""


class Asks(Protocol):
    """A decision class, as far as a suite asks it."""

    @property
    def name(self) -> str: ...
    @property
    def prompt(self) -> Prompt: ...
    @property
    def samples(self) -> int: ...
    @property
    def budget(self) -> Budget: ...
    @property
    def fields(self) -> frozenset[str]: ...
    @property
    def lookups(self) -> tuple[str, ...]: ...


class Weighed(BaseModel):
    """The answer that most samples gave: how many agree, what that is worth, and what speaks against it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    choice: str
    agreement_bps: int
    raw_bps: int
    quotes: int
    verified: int
    signals: tuple[str, ...]


Weigh = Callable[[AgentInputs, Reply], Weighed]
"""Weighs a reply as the process does."""


class AgentRun(BaseModel):
    """What came of one case. Without `weighed` there is no answer, and `failure` is the code of why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    weighed: Weighed | None
    failure: str = ""
    usage: Usage
    origin: str = ""
    model: str = ""

    @property
    def way(self) -> str:
        """Where the case goes next: only what was answered, and has no signal, is a matter of the gate."""
        if self.weighed is None:
            return f"a person: {self.failure}"
        return f"a person: {', '.join(self.weighed.signals)}" if self.weighed.signals else "the gate"


class FieldsNotAllowed(ValueError):
    """A case holds fields that the decision class does not let a model see."""


async def ask_once(asks: Asks, inputs: AgentInputs, ask: Ask, weigh: Weigh) -> AgentRun:
    """Ask the case as the process would. Raises `FieldsNotAllowed`, and `ModelFailed` where a cassette lacks it."""
    if refused := inputs.fields.keys() - asks.fields:
        raise FieldsNotAllowed(f"{asks.name} may not see {', '.join(sorted(refused))}")
    used = Usage()

    async def wanted(material: Asked) -> Reply:
        nonlocal used
        reply = await ask(arguments_of(asks, material, lookup=True))
        used = added(used, reply.usage)
        return reply

    async def made(lookup: Lookup) -> Mapping[str, JsonValue]:
        return lookup_of(asks, inputs, lookup)

    try:
        material = Asked(fields=inputs.fields, passages=inputs.passages)
        if asks.lookups:
            material = await looked_up(material, wanted, made)
        reply = await ask(arguments_of(asks, material))
    except ModelFailed as failed:
        if failed.reason == MISSING:
            raise
        return AgentRun(weighed=None, failure=failed.reason, usage=added(used, failed.usage))
    found = weigh(inputs.model_copy(update={"passages": material.passages}), reply)
    return AgentRun(weighed=found, usage=added(used, reply.usage), origin=reply.origin, model=reply.model)


def arguments_of(asks: Asks, material: Asked, *, lookup: bool = False) -> AskArguments:
    """The question about the material, or the one which look-ups the model wants."""
    return AskArguments(
        question=f"{asks.name}{LOOKUPS}" if lookup else asks.name,
        prompt=asks.prompt.reference,
        prompt_digest=asks.prompt.digest,
        fields=material.fields,
        passages=material.passages,
        samples=1 if lookup else asks.samples,
        budget=asks.budget,
    )


def lookup_of(asks: Asks, inputs: AgentInputs, lookup: Lookup) -> Mapping[str, JsonValue]:
    """What the case has of a look-up, and why it has nothing, in the words of the process."""
    if lookup.tool not in asks.lookups:
        return {"refused": "not on the list"}
    if lookup.arguments or lookup.tool not in inputs.lookups:
        return {"refused": "not about this case"}
    return {"result": inputs.lookups[lookup.tool]}
