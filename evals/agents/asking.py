"""What a suite needs of a decision class and of whoever answers: a question, a way to ask it, a way to weigh it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from evals.agents.case import AgentInputs
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
    arguments = AskArguments(
        question=asks.name,
        prompt=asks.prompt.reference,
        prompt_digest=asks.prompt.digest,
        fields=inputs.fields,
        passages=inputs.passages,
        samples=asks.samples,
        budget=asks.budget,
    )
    try:
        reply = await ask(arguments)
    except ModelFailed as failed:
        if failed.reason == MISSING:
            raise
        return AgentRun(weighed=None, failure=failed.reason, usage=failed.usage)
    found = weigh(inputs, reply)
    return AgentRun(weighed=found, usage=reply.usage, origin=reply.origin, model=reply.model)
